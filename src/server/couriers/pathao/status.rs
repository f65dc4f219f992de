//! Pathao's status table. Its webhooks name events (`order.in-transit`), its answers states (`In Transit`);
//! both are written alike here, so that one table serves both.

use crate::domain::shipping::ShipmentStatus;
use crate::server::couriers::Code;
use crate::server::couriers::status::{Meaning, StatusRow};

/// Version of [`STATUSES`]; raised with every change of a line.
pub const VERSION: i64 = 1;

/// Type of a code that is about a parcel.
pub const ORDER: &str = "order";

const fn row(text: &'static str, meaning: Meaning) -> StatusRow {
    StatusRow { leg: None, id_space: "", kind: ORDER, text, code: "", meaning }
}

/// What Pathao says and what it means. Only the events are published; of the states of answers `Pending`
/// and `Delivered` have been seen, and the others are taken to be the events' names.
#[rustfmt::skip]
pub const STATUSES: &[StatusRow] = &[
    row("pending",                      Meaning::Is(ShipmentStatus::Pending)),
    row("created",                      Meaning::Is(ShipmentStatus::Pending)),
    row("updated",                      Meaning::Nothing),
    row("pickup-requested",             Meaning::Is(ShipmentStatus::ReadyToShip)),
    row("assigned-for-pickup",          Meaning::Is(ShipmentStatus::ReadyToShip)),
    row("pickup-failed",                Meaning::Is(ShipmentStatus::OnHold)),
    row("pickup-cancelled",             Meaning::Is(ShipmentStatus::Cancelled)),
    row("picked",                       Meaning::Is(ShipmentStatus::PickedUp)),
    row("at-the-sorting-hub",           Meaning::Is(ShipmentStatus::InTransit)),
    row("in-transit",                   Meaning::Is(ShipmentStatus::InTransit)),
    row("received-at-last-mile-hub",    Meaning::Is(ShipmentStatus::InTransit)),
    row("assigned-for-delivery",        Meaning::Is(ShipmentStatus::OutForDelivery)),
    row("delivered",                    Meaning::Is(ShipmentStatus::Delivered)),
    row("exchanged",                    Meaning::Is(ShipmentStatus::Delivered)),
    row("partial-delivery",             Meaning::PartlyDelivered),
    row("delivery-failed",              Meaning::Is(ShipmentStatus::Undelivered)),
    row("on-hold",                      Meaning::Is(ShipmentStatus::OnHold)),
    row("returned",                     Meaning::Is(ShipmentStatus::RtoInitiated)),
    row("return-id-created",            Meaning::Is(ShipmentStatus::RtoInitiated)),
    row("return-in-transit",            Meaning::Is(ShipmentStatus::RtoInitiated)),
    row("paid-return",                  Meaning::Is(ShipmentStatus::RtoInitiated)),
    row("returned-to-merchant",         Meaning::Is(ShipmentStatus::RtoDelivered)),
    row("paid",                         Meaning::Nothing),
];

/// A state or an event as the table writes it: lower case, blanks and `_` as hyphens, without `order.`.
pub fn fold(status: &str) -> String {
    let lower = status.trim().to_lowercase();
    let words = lower.strip_prefix("order.").unwrap_or(&lower);
    let words = words.split(|letter: char| letter.is_whitespace() || letter == '-' || letter == '_');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The code of a state or an event.
pub fn code(status: &str) -> Code {
    Code { kind: ORDER.to_owned(), text: fold(status), ..Code::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shipping::Leg;
    use crate::server::couriers::pathao::Pathao;
    use crate::server::couriers::status::meaning;

    fn means(status: &str) -> Meaning {
        meaning(&Pathao, &[], Leg::Forward, &code(status))
    }

    #[test]
    fn every_published_event_has_its_meaning() {
        for (events, expected) in [
            ("created", ShipmentStatus::Pending),
            ("pickup-requested assigned-for-pickup", ShipmentStatus::ReadyToShip),
            ("pickup-failed on-hold", ShipmentStatus::OnHold),
            ("pickup-cancelled", ShipmentStatus::Cancelled),
            ("picked", ShipmentStatus::PickedUp),
            ("at-the-sorting-hub in-transit received-at-last-mile-hub", ShipmentStatus::InTransit),
            ("assigned-for-delivery", ShipmentStatus::OutForDelivery),
            ("delivered exchanged", ShipmentStatus::Delivered),
            ("delivery-failed", ShipmentStatus::Undelivered),
            ("returned return-id-created return-in-transit paid-return", ShipmentStatus::RtoInitiated),
            ("returned-to-merchant", ShipmentStatus::RtoDelivered),
        ] {
            for event in events.split(' ') {
                assert_eq!(means(&format!("order.{event}")), Meaning::Is(expected), "{event}");
            }
        }
        assert_eq!(means("order.partial-delivery"), Meaning::PartlyDelivered);
        assert_eq!((means("order.paid"), means("order.updated")), (Meaning::Nothing, Meaning::Nothing));
        assert_eq!(STATUSES.len(), 23, "twenty-two published events and the first state");
    }

    #[test]
    fn an_answer_and_an_event_say_the_same_in_any_writing() {
        for written in ["order.assigned-for-delivery", "Assigned for Delivery", "Assigned_for_Delivery"] {
            assert_eq!(means(written), Meaning::Is(ShipmentStatus::OutForDelivery), "{written}");
        }
        assert_eq!(means("Pending"), Meaning::Is(ShipmentStatus::Pending));
    }

    #[test]
    fn a_status_is_never_understood_by_a_part_of_it() {
        for status in ["order.undelivered", "delivered soon", "not picked", "order.", ""] {
            assert_eq!(means(status), Meaning::Unknown, "{status}");
        }
    }
}
