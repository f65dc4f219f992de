//! Delhivery's status table: type, then text, then NSL code.
//!
//! The type decides the direction, for the texts of the way there and of the way back are the same. The
//! family of an NSL code, such as `EOD`, is its id space, so that a line can be about a whole family.

use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::server::couriers::Code;
use crate::server::couriers::status::{Meaning, StatusRow};

/// Version of [`STATUSES`]; raised with every change of a line.
pub const VERSION: i64 = 1;

const fn row(
    leg: Option<Leg>,
    kind: &'static str,
    text: &'static str,
    (id_space, code): (&'static str, &'static str),
    meaning: Meaning,
) -> StatusRow {
    StatusRow { leg, id_space, kind, text, code, meaning }
}

const THERE: Option<Leg> = Some(Leg::Forward);
const BACK: Option<Leg> = Some(Leg::Return);
/// Whatever the NSL code is, and whether there is one.
const ANY: (&str, &str) = ("*", "*");

/// What Delhivery says and what it means; the first line that fits counts. `UD` is the way there and not a
/// failed attempt. Nothing but `DL` with `Delivered` is a delivery.
#[rustfmt::skip]
pub const STATUSES: &[StatusRow] = &[
    // A call to the customer: the parcel is where it was.
    row(THERE, "UD", "*",          ("ST", "ST-114"),      Meaning::Nothing),
    row(THERE, "UD", "manifested", ("FMPUR", "FMPUR-101"), Meaning::Is(ShipmentStatus::ReadyToShip)),
    row(THERE, "UD", "manifested", ("FMOFP", "FMOFP-101"), Meaning::Is(ShipmentStatus::ReadyToShip)),
    row(THERE, "UD", "manifested", ("X", "X-PNP"),        Meaning::Is(ShipmentStatus::ReadyToShip)),
    row(THERE, "UD", "manifested", ANY,                   Meaning::Is(ShipmentStatus::Pending)),
    row(THERE, "UD", "not picked", ("DTUP", "DTUP-210"),  Meaning::Is(ShipmentStatus::Cancelled)),
    row(THERE, "UD", "not picked", ANY,                   Meaning::Is(ShipmentStatus::ReadyToShip)),
    row(THERE, "UD", "in transit", ("X", "X-PPOM"),       Meaning::Is(ShipmentStatus::PickedUp)),
    row(THERE, "UD", "in transit", ANY,                   Meaning::Is(ShipmentStatus::InTransit)),
    // Codes of a delivery without the type of one: not believed, and no failed attempt either.
    row(THERE, "UD", "pending",    ("EOD", "EOD-38"),     Meaning::Is(ShipmentStatus::InTransit)),
    row(THERE, "UD", "pending",    ("EOD", "EOD-36"),     Meaning::Is(ShipmentStatus::InTransit)),
    row(THERE, "UD", "pending",    ("EOD", "EOD-135"),    Meaning::Is(ShipmentStatus::InTransit)),
    row(THERE, "UD", "pending",    ("EOD", "*"),          Meaning::Is(ShipmentStatus::Undelivered)),
    row(THERE, "UD", "pending",    ("ST", "ST-108"),      Meaning::Is(ShipmentStatus::Undelivered)),
    row(THERE, "UD", "pending",    ANY,                   Meaning::Is(ShipmentStatus::InTransit)),
    row(THERE, "UD", "dispatched", ANY,                   Meaning::Is(ShipmentStatus::OutForDelivery)),
    row(THERE, "DL", "delivered",  ANY,                   Meaning::Is(ShipmentStatus::Delivered)),
    row(THERE, "DL", "rto",        ANY,                   Meaning::Is(ShipmentStatus::RtoDelivered)),
    row(THERE, "RT", "*",          ANY,                   Meaning::Is(ShipmentStatus::RtoInitiated)),
    row(BACK,  "PP", "*",          ("EOD", "EOD-21"),     Meaning::Is(ShipmentStatus::OnHold)),
    row(BACK,  "PP", "*",          ("EOD", "EOD-777"),    Meaning::Is(ShipmentStatus::OnHold)),
    row(BACK,  "PP", "open",       ANY,                   Meaning::Is(ShipmentStatus::Pending)),
    row(BACK,  "PP", "scheduled",  ANY,                   Meaning::Is(ShipmentStatus::ReadyToShip)),
    row(BACK,  "PP", "dispatched", ANY,                   Meaning::Is(ShipmentStatus::ReadyToShip)),
    row(BACK,  "PU", "in transit", ("X", "X-PPOM"),       Meaning::Is(ShipmentStatus::PickedUp)),
    row(BACK,  "PU", "*",          ANY,                   Meaning::Is(ShipmentStatus::InTransit)),
    row(BACK,  "DL", "dto",        ANY,                   Meaning::Is(ShipmentStatus::Delivered)),
    row(BACK,  "CN", "canceled",   ANY,                   Meaning::Is(ShipmentStatus::Cancelled)),
    row(BACK,  "CN", "closed",     ANY,                   Meaning::Is(ShipmentStatus::Cancelled)),
    row(None,  "LT", "*",          ANY,                   Meaning::Is(ShipmentStatus::Lost)),
];

/// A code as the table writes it: type and NSL code in capitals, the text in small letters.
pub fn code(kind: &str, text: &str, nsl: &str) -> Code {
    let nsl = nsl.trim().to_uppercase();
    let family = nsl.split_once('-').map_or("", |(family, _)| family).to_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    Code { id_space: family, kind: kind.trim().to_uppercase(), text, code: nsl }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::delhivery::Delhivery;
    use crate::server::couriers::status::meaning;

    fn means(leg: Leg, kind: &str, text: &str, nsl: &str) -> Meaning {
        meaning(&Delhivery, &[], leg, &code(kind, text, nsl))
    }

    #[track_caller]
    fn assert_there(kind: &str, text: &str, nsl: &str, expected: ShipmentStatus) {
        assert_eq!(means(Leg::Forward, kind, text, nsl), Meaning::Is(expected), "{kind} {text} {nsl}");
    }

    #[test]
    fn the_way_there_is_told_by_type_and_text() {
        for (text, expected) in [
            ("Manifested", ShipmentStatus::Pending),
            ("Not Picked", ShipmentStatus::ReadyToShip),
            ("In Transit", ShipmentStatus::InTransit),
            ("Pending", ShipmentStatus::InTransit),
            ("Dispatched", ShipmentStatus::OutForDelivery),
        ] {
            for nsl in ["", "X-ANYTHING", "DTUP-203"] {
                assert_there("UD", text, nsl, expected);
            }
        }
        assert_there("DL", "Delivered", "EOD-38", ShipmentStatus::Delivered);
        assert_there("LT", "LOST", "LT-100", ShipmentStatus::Lost);
    }

    #[test]
    fn codes_of_the_pickup_say_how_far_it_is() {
        assert_there("UD", "Manifested", "X-UCI", ShipmentStatus::Pending);
        for nsl in ["FMPUR-101", "FMOFP-101", "X-PNP"] {
            assert_there("UD", "Manifested", nsl, ShipmentStatus::ReadyToShip);
        }
        assert_there("UD", "Not Picked", "X-PNP", ShipmentStatus::ReadyToShip);
        assert_there("UD", "In Transit", "X-PPOM", ShipmentStatus::PickedUp);
        for nsl in ["X-PIOM", "X-DBL1F", "X-DLL2F", "X-ILL1F", "X-ILL2F", "X-OLL4F", "X-IBD3F", "X-DWS"] {
            assert_there("UD", "In Transit", nsl, ShipmentStatus::InTransit);
        }
        assert_there("UD", "Dispatched", "X-DDD3FD", ShipmentStatus::OutForDelivery);
    }

    #[test]
    fn only_the_sellers_own_code_makes_not_picked_a_cancellation() {
        assert_there("UD", "Not Picked", "DTUP-210", ShipmentStatus::Cancelled);
        assert_there("UD", "Not Picked", "DTUP-203", ShipmentStatus::ReadyToShip);
        assert_there("UD", "In Transit", "DTUP-210", ShipmentStatus::InTransit);
    }

    #[test]
    fn pending_is_a_failed_attempt_only_by_its_code() {
        for number in [3, 6, 11, 15, 40, 43, 69, 74, 86, 104, 111, 9_999] {
            assert_there("UD", "Pending", &format!("EOD-{number}"), ShipmentStatus::Undelivered);
        }
        assert_there("UD", "Pending", "ST-108", ShipmentStatus::Undelivered);
        assert_there("UD", "Pending", "X-IBD3F", ShipmentStatus::InTransit);
        assert_there("UD", "Pending", "EODX-1", ShipmentStatus::InTransit);
        assert_eq!(means(Leg::Forward, "UD", "Pending", "ST-114"), Meaning::Nothing);
    }

    #[test]
    fn a_delivery_is_never_made_of_an_nsl_code_or_a_text_alone() {
        for nsl in ["EOD-38", "EOD-135", "EOD-36"] {
            assert_there("UD", "Pending", nsl, ShipmentStatus::InTransit);
        }
        for (kind, text) in [("UD", "Delivered"), ("", "Delivered"), ("DL", "Undelivered"), ("DL", ""), ("PU", "Rto")] {
            assert_eq!(means(Leg::Forward, kind, text, "EOD-38"), Meaning::Unknown, "{kind} {text}");
        }
    }

    #[test]
    fn the_way_back_has_the_texts_of_the_way_there_and_another_type() {
        for text in ["In Transit", "Pending", "Dispatched"] {
            for nsl in ["RT-101", "RT-108", "RT-113", "RD-PD12", "EOD-11", ""] {
                assert_there("RT", text, nsl, ShipmentStatus::RtoInitiated);
            }
        }
        assert_there("DL", "RTO", "RT-110", ShipmentStatus::RtoDelivered);
        assert_there("DL", "RTO", "RD-AC", ShipmentStatus::RtoDelivered);
    }

    #[test]
    fn a_return_has_types_of_its_own() {
        for (kind, text, nsl, expected) in [
            ("PP", "Open", "", ShipmentStatus::Pending),
            ("PP", "Scheduled", "FMPUR-101", ShipmentStatus::ReadyToShip),
            ("PP", "Dispatched", "", ShipmentStatus::ReadyToShip),
            ("PP", "Scheduled", "EOD-777", ShipmentStatus::OnHold),
            ("PP", "Dispatched", "EOD-21", ShipmentStatus::OnHold),
            ("PU", "In Transit", "X-PPOM", ShipmentStatus::PickedUp),
            ("PU", "In Transit", "X-PIOM", ShipmentStatus::InTransit),
            ("PU", "Pending", "", ShipmentStatus::InTransit),
            ("PU", "Dispatched", "", ShipmentStatus::InTransit),
            ("DL", "DTO", "RD-AC", ShipmentStatus::Delivered),
            ("CN", "Canceled", "EOD-21", ShipmentStatus::Cancelled),
            ("CN", "Closed", "EOD-777", ShipmentStatus::Cancelled),
            ("LT", "Lost", "LT-100", ShipmentStatus::Lost),
        ] {
            assert_eq!(means(Leg::Return, kind, text, nsl), Meaning::Is(expected), "{kind} {text} {nsl}");
        }
    }

    #[test]
    fn a_type_of_one_leg_means_nothing_known_on_the_other() {
        for (kind, text) in [("PP", "Open"), ("PU", "In Transit"), ("DL", "DTO"), ("CN", "Canceled")] {
            assert_eq!(means(Leg::Forward, kind, text, ""), Meaning::Unknown, "{kind} {text}");
        }
        for (kind, text) in [("UD", "In Transit"), ("DL", "Delivered"), ("DL", "RTO"), ("RT", "Pending")] {
            assert_eq!(means(Leg::Return, kind, text, ""), Meaning::Unknown, "{kind} {text}");
        }
    }

    #[test]
    fn a_status_is_the_same_in_any_case() {
        assert_eq!(code(" ud", "In  TRANSIT ", "x-ppom"), code("UD", "In Transit", "X-PPOM"));
        assert_there("ud", "dispatched", "x-ddd3fd", ShipmentStatus::OutForDelivery);
        assert_there("dl", "rto", "", ShipmentStatus::RtoDelivered);
    }
}
