//! Packzy's status table. There is no word for "on its way": movement shows in messages only.

use crate::domain::shipping::ShipmentStatus;
use crate::server::couriers::Code;
use crate::server::couriers::status::{Meaning, StatusRow};

/// Version of [`STATUSES`]; raised with every change of a line.
pub const VERSION: i64 = 1;

/// Type of a code that is a state; an answer and a push share it, so that one table serves both.
pub const DELIVERY_STATUS: &str = "delivery_status";

/// Type of a push that carries a message and no state.
pub const TRACKING_UPDATE: &str = "tracking_update";

const fn row(text: &'static str, meaning: Meaning) -> StatusRow {
    StatusRow { leg: None, id_space: "", kind: DELIVERY_STATUS, text, code: "", meaning }
}

/// What Packzy says and what it means. Nothing that waits for an approval is final.
#[rustfmt::skip]
pub const STATUSES: &[StatusRow] = &[
    row("in_review",                          Meaning::Is(ShipmentStatus::Pending)),
    row("pending",                            Meaning::Is(ShipmentStatus::Pending)),
    row("hold",                               Meaning::Is(ShipmentStatus::OnHold)),
    row("delivered_approval_pending",         Meaning::Is(ShipmentStatus::OutForDelivery)),
    row("partial_delivered_approval_pending", Meaning::Is(ShipmentStatus::OutForDelivery)),
    row("cancelled_approval_pending",         Meaning::Is(ShipmentStatus::OnHold)),
    row("unknown_approval_pending",           Meaning::Is(ShipmentStatus::OnHold)),
    row("delivered",                          Meaning::Is(ShipmentStatus::Delivered)),
    row("partial_delivered",                  Meaning::PartlyDelivered),
    row("cancelled",                          Meaning::Is(ShipmentStatus::Cancelled)),
    row("unknown",                            Meaning::Unknown),
    StatusRow { leg: None, id_space: "", kind: TRACKING_UPDATE, text: "", code: "", meaning: Meaning::Nothing },
];

/// A status as the table writes it: lower case, blanks and hyphens as `_`.
pub fn fold(status: &str) -> String {
    let words = status.split(|letter: char| letter.is_whitespace() || letter == '-' || letter == '_');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_").to_lowercase()
}

/// The code of a status.
pub fn code(status: &str) -> Code {
    Code { kind: DELIVERY_STATUS.to_owned(), text: fold(status), ..Code::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shipping::Leg;
    use crate::server::couriers::packzy::Packzy;
    use crate::server::couriers::status::meaning;

    fn means(status: &str) -> Meaning {
        meaning(&Packzy, &[], Leg::Forward, &code(status))
    }

    #[test]
    fn every_published_status_has_its_meaning() {
        for (status, expected) in [
            ("in_review", Meaning::Is(ShipmentStatus::Pending)),
            ("pending", Meaning::Is(ShipmentStatus::Pending)),
            ("hold", Meaning::Is(ShipmentStatus::OnHold)),
            ("delivered", Meaning::Is(ShipmentStatus::Delivered)),
            ("partial_delivered", Meaning::PartlyDelivered),
            ("cancelled", Meaning::Is(ShipmentStatus::Cancelled)),
            ("unknown", Meaning::Unknown),
        ] {
            assert_eq!(means(status), expected, "{status}");
        }
        assert_eq!(STATUSES.len(), 12, "eleven published statuses and the message");
    }

    #[test]
    fn nothing_that_waits_for_an_approval_is_final() {
        for (status, expected) in [
            ("delivered_approval_pending", ShipmentStatus::OutForDelivery),
            ("partial_delivered_approval_pending", ShipmentStatus::OutForDelivery),
            ("cancelled_approval_pending", ShipmentStatus::OnHold),
            ("unknown_approval_pending", ShipmentStatus::OnHold),
        ] {
            assert_eq!(means(status), Meaning::Is(expected), "{status}");
        }
    }

    #[test]
    fn a_status_is_the_same_in_any_case_and_with_any_separator() {
        for written in ["Partial Delivered", "partial-delivered", " PARTIAL_DELIVERED ", "partial  delivered"] {
            assert_eq!(fold(written), "partial_delivered");
            assert_eq!(means(written), Meaning::PartlyDelivered, "{written}");
        }
        assert_eq!(means("Delivered"), Meaning::Is(ShipmentStatus::Delivered));
    }

    #[test]
    fn a_status_is_never_understood_by_a_part_of_it() {
        for status in ["undelivered", "rto delivered", "delivered_soon", "not cancelled", "200", ""] {
            assert_eq!(means(status), Meaning::Unknown, "{status}");
        }
    }

    #[test]
    fn a_message_says_nothing_about_the_state() {
        let code = Code { kind: TRACKING_UPDATE.to_owned(), ..Code::default() };
        assert_eq!(meaning(&Packzy, &[], Leg::Forward, &code), Meaning::Nothing);
    }
}
