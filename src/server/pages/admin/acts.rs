//! What the forms of an order's page do: each is one call of one server function.

use crate::domain::messages::Messages;
use crate::error::AppError;
use crate::server::forms::Fields;
use crate::server::pages::admin::order::{NEW_PARCEL, ORDER};
use crate::server::pages::call;
use crate::server::visit::Visit;
use crate::server_fns::orders::change_order;
use crate::server_fns::shipping::{
    answer_ndr, ask_for_awb, attach_shipment, check_shipment, close_case, correct_shipment, create_shipment,
    fetch_label, hand_over, recall_shipment, request_pickup, set_awb, void_shipment,
};

/// One kind of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Bring the order to another state.
    Change,
    /// Book a courier.
    Book,
    /// Write down a parcel that was booked elsewhere.
    Attach,
    /// Write down the number of a booking that came without one.
    SetAwb,
    /// Ask for that number again.
    AskAwb,
    /// Fetch the label.
    Label,
    /// Ask for a rider.
    Pickup,
    /// Answer a failed attempt.
    Ndr,
    /// The courier has taken it.
    HandOver,
    /// Call the booking off.
    Void,
    /// Ask the parcel back.
    Recall,
    /// Ask the courier where it is.
    Check,
    /// Say what its state really is.
    Correct,
    /// Settle an open question.
    CloseCase,
}

impl Act {
    const ALL: [Act; 14] = [
        Act::Change,
        Act::Book,
        Act::Attach,
        Act::SetAwb,
        Act::AskAwb,
        Act::Label,
        Act::Pickup,
        Act::Ndr,
        Act::HandOver,
        Act::Void,
        Act::Recall,
        Act::Check,
        Act::Correct,
        Act::CloseCase,
    ];

    /// Its name in the field `do`.
    pub fn code(self) -> &'static str {
        match self {
            Act::Change => "change",
            Act::Book => "book",
            Act::Attach => "attach",
            Act::SetAwb => "awb",
            Act::AskAwb => "ask_awb",
            Act::Label => "label",
            Act::Pickup => "pickup",
            Act::Ndr => "ndr",
            Act::HandOver => "hand_over",
            Act::Void => "void",
            Act::Recall => "recall",
            Act::Check => "check",
            Act::Correct => "correct",
            Act::CloseCase => "close_case",
        }
    }

    /// The act of a name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }

    /// Where the page says what came of it.
    pub fn place(self, fields: &Fields) -> String {
        match self {
            Act::Change => ORDER.to_owned(),
            Act::Book | Act::Attach => NEW_PARCEL.to_owned(),
            Act::SetAwb
            | Act::AskAwb
            | Act::Label
            | Act::Pickup
            | Act::Ndr
            | Act::HandOver
            | Act::Void
            | Act::Recall
            | Act::Check
            | Act::Correct => super::parcel::place(fields.get("shipment")),
            Act::CloseCase => super::cases::PLACE.to_owned(),
        }
    }

    /// What is said when it is done.
    pub fn done(self, words: &'static Messages) -> &'static str {
        match self {
            Act::Change => words.done_change,
            Act::Book => words.done_book,
            Act::Attach => words.done_attach,
            Act::SetAwb => words.done_awb,
            Act::AskAwb => words.done_ask_awb,
            Act::Label => words.done_label,
            Act::Pickup => words.done_pickup,
            Act::Ndr => words.done_ndr,
            Act::HandOver => words.done_hand_over,
            Act::Void => words.done_void,
            Act::Recall => words.done_recall,
            Act::Check => words.done_check,
            Act::Correct => words.done_correct,
            Act::CloseCase => words.done_close_case,
        }
    }
}

/// Does what a form asks for.
///
/// # Errors
/// What the server function answers.
pub async fn run(visit: &Visit, act: Act, fields: &Fields) -> Result<(), AppError> {
    let text = |name: &str| fields.get(name).to_owned();
    let (order, shipment) = (text("order"), text("shipment"));
    match act {
        Act::Change => call(visit, change_order(order, text("action"), text("note"))).await.map(drop),
        Act::Book => call(visit, create_shipment(order, text("courier"), text("service_id"))).await.map(drop),
        Act::Attach => call(visit, attach_shipment(order, text("courier"), text("awb"))).await.map(drop),
        Act::SetAwb => call(visit, set_awb(shipment, text("awb"))).await,
        Act::AskAwb => call(visit, ask_for_awb(shipment)).await,
        Act::Label => call(visit, fetch_label(shipment)).await,
        Act::Pickup => call(visit, request_pickup(vec![shipment], text("day"))).await.map(drop),
        Act::Ndr => {
            let (phone, line1, landmark) = (text("phone"), text("line1"), text("landmark"));
            let asked = answer_ndr(shipment, text("answer"), text("day"), phone, line1, landmark, text("note"));
            call(visit, asked).await
        }
        Act::HandOver => call(visit, hand_over(shipment)).await,
        Act::Void => call(visit, void_shipment(shipment, text("attested"))).await,
        Act::Recall => call(visit, recall_shipment(shipment, text("reason"))).await,
        Act::Check => call(visit, check_shipment(shipment)).await.map(drop),
        Act::Correct => call(visit, correct_shipment(shipment, text("status"), text("note"))).await,
        Act::CloseCase => call(visit, close_case(text("case"), text("resolution"))).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_reads_back_from_its_name() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.code()), Some(act));
        }
        assert_eq!(Act::parse("explode"), None);
    }
}
