//! The status table of our own format: the codes of our states, whatever the relay's courier calls them.

use crate::domain::shipping::ShipmentStatus;
use crate::server::couriers::Code;
use crate::server::couriers::status::{Meaning, StatusRow};

/// Version of [`STATUSES`]; raised with every change of a line.
pub const VERSION: i64 = 1;

/// The relay's courier's own code is kept beside the status and does not matter.
const fn row(text: &'static str, meaning: Meaning) -> StatusRow {
    StatusRow { leg: None, id_space: "", kind: "", text, code: "*", meaning }
}

/// What a relay says and what it means.
#[rustfmt::skip]
pub const STATUSES: &[StatusRow] = &[
    row("pending",          Meaning::Is(ShipmentStatus::Pending)),
    row("ready_to_ship",    Meaning::Is(ShipmentStatus::ReadyToShip)),
    row("picked_up",        Meaning::Is(ShipmentStatus::PickedUp)),
    row("in_transit",       Meaning::Is(ShipmentStatus::InTransit)),
    row("out_for_delivery", Meaning::Is(ShipmentStatus::OutForDelivery)),
    row("delivered",        Meaning::Is(ShipmentStatus::Delivered)),
    row("partly_delivered", Meaning::PartlyDelivered),
    row("undelivered",      Meaning::Is(ShipmentStatus::Undelivered)),
    row("rto_initiated",    Meaning::Is(ShipmentStatus::RtoInitiated)),
    row("rto_delivered",    Meaning::Is(ShipmentStatus::RtoDelivered)),
    row("cancelled",        Meaning::Is(ShipmentStatus::Cancelled)),
    row("lost",             Meaning::Is(ShipmentStatus::Lost)),
    row("on_hold",          Meaning::Is(ShipmentStatus::OnHold)),
];

/// The code of a status and of the courier's own word for it; without a status, a line of text.
pub fn code(status: Option<&str>, raw: &str) -> Code {
    match status {
        Some(status) => Code { text: status.trim().to_lowercase(), code: raw.to_owned(), ..Code::default() },
        None => Code::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shipping::Leg;
    use crate::server::couriers::generic::Generic;
    use crate::server::couriers::status::meaning;

    #[test]
    fn every_state_of_ours_has_its_line_by_its_own_code() {
        let means = |text: &str, raw: &str| meaning(&Generic, &[], Leg::Forward, &code(Some(text), raw));
        for row in &crate::domain::shipping::SHIPMENT_STATUSES {
            assert_eq!(means(row.code, ""), Meaning::Is(row.status), "{}", row.code);
            assert_eq!(means(row.code, "X-17"), Meaning::Is(row.status), "with any word beside it");
        }
        assert_eq!(STATUSES.len(), crate::domain::shipping::SHIPMENT_STATUSES.len() + 1, "and a part that was kept");
        assert_eq!(means("partly_delivered", ""), Meaning::PartlyDelivered);
        for status in ["delivered soon", "DELIVERY", "returned", ""] {
            assert_eq!(means(status, "delivered"), Meaning::Unknown, "{status}");
        }
        assert_eq!(meaning(&Generic, &[], Leg::Forward, &code(None, "HUB")), Meaning::Nothing);
    }
}
