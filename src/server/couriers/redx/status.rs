//! RedX's status table. Webhooks and look-ups share their words.

use crate::domain::shipping::ShipmentStatus;
use crate::server::couriers::Code;
use crate::server::couriers::status::{Meaning, StatusRow};

/// Version of [`STATUSES`]; raised with every change of a line.
pub const VERSION: i64 = 1;

const fn row(text: &'static str, meaning: Meaning) -> StatusRow {
    StatusRow { leg: None, id_space: "", kind: "", text, code: "", meaning }
}

/// What RedX says and what it means.
#[rustfmt::skip]
pub const STATUSES: &[StatusRow] = &[
    row("pickup-pending",       Meaning::Is(ShipmentStatus::ReadyToShip)),
    row("pickup-processing",    Meaning::Is(ShipmentStatus::ReadyToShip)),
    row("ready-for-delivery",   Meaning::Is(ShipmentStatus::InTransit)),
    row("agent-area-change",    Meaning::Is(ShipmentStatus::InTransit)),
    row("delivery-in-progress", Meaning::Is(ShipmentStatus::OutForDelivery)),
    row("delivered",            Meaning::Is(ShipmentStatus::Delivered)),
    row("agent-hold",           Meaning::Is(ShipmentStatus::OnHold)),
    row("agent-returning",      Meaning::Is(ShipmentStatus::RtoInitiated)),
    row("returned",             Meaning::Is(ShipmentStatus::RtoDelivered)),
    row("cancelled",            Meaning::Is(ShipmentStatus::Cancelled)),
];

/// The code of a status.
pub fn code(status: &str) -> Code {
    Code { text: status.trim().to_lowercase(), ..Code::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shipping::Leg;
    use crate::server::couriers::redx::Redx;
    use crate::server::couriers::status::meaning;

    fn means(status: &str) -> Meaning {
        meaning(&Redx, &[], Leg::Forward, &code(status))
    }

    #[test]
    fn every_published_status_has_its_meaning() {
        for (status, expected) in [
            ("ready-for-delivery", ShipmentStatus::InTransit),
            ("delivery-in-progress", ShipmentStatus::OutForDelivery),
            ("delivered", ShipmentStatus::Delivered),
            ("agent-hold", ShipmentStatus::OnHold),
            ("agent-returning", ShipmentStatus::RtoInitiated),
            ("returned", ShipmentStatus::RtoDelivered),
            ("agent-area-change", ShipmentStatus::InTransit),
            ("pickup-pending", ShipmentStatus::ReadyToShip),
            ("pickup-processing", ShipmentStatus::ReadyToShip),
            ("cancelled", ShipmentStatus::Cancelled),
        ] {
            assert_eq!(means(status), Meaning::Is(expected), "{status}");
        }
        assert_eq!(STATUSES.len(), 10);
    }

    #[test]
    fn a_status_is_never_understood_by_a_part_of_it() {
        for status in ["undelivered", "delivered soon", "ready", "agent", "return"] {
            assert_eq!(means(status), Meaning::Unknown, "{status}");
        }
        assert_eq!(means(" Delivered "), Meaning::Is(ShipmentStatus::Delivered), "blanks and capitals do not count");
    }
}
