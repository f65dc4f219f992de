//! Shiprocket's status tables: two spaces of ids that overlap and disagree. The order space is in
//! `status_code` and `current_status_id`, the shipment space in `shipment_status` and `sr-status`.

use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::server::couriers::Code;
use crate::server::couriers::status::{Meaning, StatusRow};

/// Version of [`STATUSES`]; raised with every change of a line.
pub const VERSION: i64 = 1;

/// Name of the order space.
pub const ORDER: &str = "order";
/// Name of the shipment space.
pub const SHIPMENT: &str = "shipment";
/// Type of a code that is about goods on their way back from the customer, by the courier's own word.
pub const RETURN: &str = "return";

const PENDING: Meaning = Meaning::Is(ShipmentStatus::Pending);
const READY: Meaning = Meaning::Is(ShipmentStatus::ReadyToShip);
const PICKED_UP: Meaning = Meaning::Is(ShipmentStatus::PickedUp);
const MOVING: Meaning = Meaning::Is(ShipmentStatus::InTransit);
const WITH_RIDER: Meaning = Meaning::Is(ShipmentStatus::OutForDelivery);
const DELIVERED: Meaning = Meaning::Is(ShipmentStatus::Delivered);
const FAILED: Meaning = Meaning::Is(ShipmentStatus::Undelivered);
const RTO: Meaning = Meaning::Is(ShipmentStatus::RtoInitiated);
const RETURNED: Meaning = Meaning::Is(ShipmentStatus::RtoDelivered);
const CANCELLED: Meaning = Meaning::Is(ShipmentStatus::Cancelled);
const LOST: Meaning = Meaning::Is(ShipmentStatus::Lost);
const ON_HOLD: Meaning = Meaning::Is(ShipmentStatus::OnHold);

/// An id, its label as [`fold`] writes it, and what it means.
type Line = (&'static str, &'static str, Meaning);

/// Orders on both legs. A cancellation that is only asked for says nothing yet.
#[rustfmt::skip]
const ORDER_LINES: &[Line] = &[
    ("1",  "NEW",                          PENDING),
    ("2",  "INVOICED",                     PENDING),
    ("3",  "READY TO SHIP",                READY),
    ("4",  "PICKUP SCHEDULED",             READY),
    ("5",  "CANCELLED",                    CANCELLED),
    ("6",  "SHIPPED",                      MOVING),
    ("7",  "DELIVERED",                    DELIVERED),
    ("8",  "EPAYMENT FAILED",              ON_HOLD),
    // "Returned" does not say which way it went: a person decides.
    ("9",  "RETURNED",                     Meaning::Unknown),
    ("10", "UNMAPPED",                     PENDING),
    ("11", "UNFULFILLABLE",                ON_HOLD),
    ("12", "PICKUP QUEUE",                 READY),
    ("13", "PICKUP RESCHEDULED",           READY),
    ("14", "PICKUP ERROR",                 ON_HOLD),
    ("15", "RTO INITIATED",                RTO),
    ("16", "RTO DELIVERED",                RETURNED),
    ("17", "RTO ACKNOWLEDGED",             RETURNED),
    ("18", "CANCELLATION REQUESTED",       Meaning::Nothing),
    ("19", "OUT FOR DELIVERY",             WITH_RIDER),
    ("20", "IN TRANSIT",                   MOVING),
    ("33", "LOST",                         LOST),
    ("34", "OUT FOR PICKUP",               READY),
    ("35", "PICKUP EXCEPTION",             ON_HOLD),
    ("36", "UNDELIVERED",                  FAILED),
    ("37", "DELIVERY DELAYED",             MOVING),
    ("38", "PARTIAL DELIVERED",            Meaning::PartlyDelivered),
    ("39", "DESTROYED",                    LOST),
    ("40", "DAMAGED",                      LOST),
    ("41", "FULFILLED",                    DELIVERED),
    ("42", "ARCHIVED",                     Meaning::Nothing),
    ("43", "REACHED DESTINATION HUB",      MOVING),
    ("44", "MISROUTED",                    MOVING),
    ("45", "RTO OFD",                      RTO),
    ("46", "RTO NDR",                      RTO),
    ("51", "PICKED UP",                    PICKED_UP),
    ("52", "SELF FULFILLED",               DELIVERED),
    ("53", "DISPOSED OFF",                 LOST),
    ("54", "CANCELLED BEFORE DISPATCHED",  CANCELLED),
    ("55", "RTO IN TRANSIT",               RTO),
    ("57", "QC FAILED",                    ON_HOLD),
    ("58", "REACHED WAREHOUSE",            MOVING),
    ("59", "CUSTOM CLEARED",               MOVING),
    ("60", "IN FLIGHT",                    MOVING),
    ("61", "HANDOVER TO COURIER",          PICKED_UP),
    ("62", "BOOKED",                       READY),
    ("64", "IN TRANSIT OVERSEAS",          MOVING),
    ("65", "CONNECTION ALIGNED",           MOVING),
    ("66", "REACHED OVERSEAS WAREHOUSE",   MOVING),
    ("67", "CUSTOM CLEARED OVERSEAS",      MOVING),
    ("69", "BOX PACKING",                  READY),
    ("70", "PICKUP BOOKED",                READY),
    ("71", "DARKSTORE SCHEDULED",          READY),
    ("72", "ALLOCATION IN PROGRESS",       PENDING),
    ("73", "FC ALLOCATED",                 PENDING),
    ("74", "PICKLIST GENERATED",           PENDING),
    ("75", "READY TO PACK",                PENDING),
    ("76", "PACKED",                       READY),
    ("80", "FC MANIFEST GENERATED",        READY),
    ("81", "PROCESSED AT WAREHOUSE",       READY),
    ("82", "PACKED EXCEPTION",             ON_HOLD),
    ("83", "HANDOVER EXCEPTION",           ON_HOLD),
    ("87", "RTO LOCK",                     RTO),
    ("88", "UNTRACEABLE",                  LOST),
    ("89", "ISSUE RELATED TO THE RECIPIENT", FAILED),
    ("90", "REACHED BACK AT SELLER CITY",  RTO),
];

/// Orders of goods on their way back from the customer; on the way there they mean nothing known.
#[rustfmt::skip]
const RETURN_LINES: &[Line] = &[
    ("21", "RETURN PENDING",                PENDING),
    ("22", "RETURN INITIATED",              PENDING),
    ("23", "RETURN PICKUP QUEUED",          READY),
    ("24", "RETURN PICKUP ERROR",           ON_HOLD),
    ("25", "RETURN IN TRANSIT",             MOVING),
    ("26", "RETURN DELIVERED",              DELIVERED),
    ("27", "RETURN CANCELLED",              CANCELLED),
    ("28", "RETURN PICKUP GENERATED",       READY),
    ("29", "RETURN CANCELLATION REQUESTED", Meaning::Nothing),
    ("30", "RETURN PICKUP CANCELLED",       ON_HOLD),
    ("31", "RETURN PICKUP RESCHEDULED",     READY),
    ("32", "RETURN PICKED UP",              PICKED_UP),
    ("47", "RETURN OUT FOR PICKUP",         READY),
    ("48", "RETURN OUT FOR DELIVERY",       WITH_RIDER),
    ("49", "RETURN PICKUP EXCEPTION",       ON_HOLD),
    ("50", "RETURN UNDELIVERED",            FAILED),
    ("68", "RETURN ACKNOWLEDGED",           DELIVERED),
];

/// Shipments on both legs.
#[rustfmt::skip]
const SHIPMENT_LINES: &[Line] = &[
    ("1",  "AWB ASSIGNED",                 PENDING),
    ("2",  "LABEL GENERATED",              READY),
    ("3",  "PICKUP SCHEDULED",             READY),
    ("3",  "PICKUP GENERATED",             READY),
    ("4",  "PICKUP QUEUED",                READY),
    ("5",  "MANIFEST GENERATED",           READY),
    ("6",  "SHIPPED",                      MOVING),
    ("7",  "DELIVERED",                    DELIVERED),
    ("8",  "CANCELLED",                    CANCELLED),
    ("9",  "RTO INITIATED",                RTO),
    ("10", "RTO DELIVERED",                RETURNED),
    ("11", "PENDING",                      PENDING),
    ("12", "LOST",                         LOST),
    ("13", "PICKUP ERROR",                 ON_HOLD),
    ("14", "RTO ACKNOWLEDGED",             RETURNED),
    ("15", "PICKUP RESCHEDULED",           READY),
    ("16", "CANCELLATION REQUESTED",       Meaning::Nothing),
    ("17", "OUT FOR DELIVERY",             WITH_RIDER),
    ("18", "IN TRANSIT",                   MOVING),
    ("19", "OUT FOR PICKUP",               READY),
    ("20", "PICKUP EXCEPTION",             ON_HOLD),
    ("21", "UNDELIVERED",                  FAILED),
    ("22", "DELAYED",                      MOVING),
    ("23", "PARTIAL DELIVERED",            Meaning::PartlyDelivered),
    ("24", "DESTROYED",                    LOST),
    ("25", "DAMAGED",                      LOST),
    ("26", "FULFILLED",                    DELIVERED),
    ("27", "PICKUP BOOKED",                READY),
    ("38", "REACHED AT DESTINATION HUB",   MOVING),
    ("38", "REACHED DESTINATION HUB",      MOVING),
    ("39", "MISROUTED",                    MOVING),
    ("40", "RTO NDR",                      RTO),
    ("41", "RTO OFD",                      RTO),
    ("42", "PICKED UP",                    PICKED_UP),
    ("43", "SELF FULFILLED",               DELIVERED),
    ("44", "DISPOSED OFF",                 LOST),
    ("45", "CANCELLED BEFORE DISPATCHED",  CANCELLED),
    ("46", "RTO IN TRANSIT",               RTO),
    ("47", "QC FAILED",                    ON_HOLD),
    ("48", "REACHED WAREHOUSE",            MOVING),
    ("49", "CUSTOM CLEARED",               MOVING),
    ("50", "IN FLIGHT",                    MOVING),
    ("51", "HANDOVER TO COURIER",          PICKED_UP),
    ("52", "SHIPMENT BOOKED",              READY),
    ("54", "IN TRANSIT OVERSEAS",          MOVING),
    ("55", "CONNECTION ALIGNED",           MOVING),
    ("56", "REACHED OVERSEAS WAREHOUSE",   MOVING),
    ("57", "CUSTOM CLEARED OVERSEAS",      MOVING),
    ("59", "BOX PACKING",                  READY),
    ("60", "FC ALLOCATED",                 PENDING),
    ("61", "PICKLIST GENERATED",           PENDING),
    ("62", "READY TO PACK",                PENDING),
    ("63", "PACKED",                       READY),
    ("67", "FC MANIFEST GENERATED",        READY),
    ("68", "PROCESSED AT WAREHOUSE",       READY),
    ("71", "HANDOVER EXCEPTION",           ON_HOLD),
    ("72", "PACKED EXCEPTION",             ON_HOLD),
    ("75", "RTO LOCK",                     RTO),
    ("76", "UNTRACEABLE",                  LOST),
    ("77", "ISSUE RELATED TO RECIPIENT",   FAILED),
    ("77", "ISSUE RELATED TO THE RECIPIENT", FAILED),
    ("78", "REACHED BACK AT SELLER CITY",  RTO),
    ("79", "RIDER ASSIGNED",               READY),
    ("80", "RIDER UNASSIGNED",             READY),
    ("81", "RIDER ASSIGNED",               READY),
    ("82", "RIDER REACHED AT DROP",        WITH_RIDER),
    ("83", "SEARCHING FOR RIDER",          PENDING),
];

const COUNT: usize = 1 + 2 * (ORDER_LINES.len() + SHIPMENT_LINES.len()) + 3 * RETURN_LINES.len();

/// What Shiprocket says and what it means. A label that is known counts before its id, because of two
/// that contradict each other the label is what people were shown.
pub static STATUSES: [StatusRow; COUNT] = rows();

const fn rows() -> [StatusRow; COUNT] {
    // First of all: what is about a return says nothing about the parcel that went out.
    let guard = StatusRow {
        leg: Some(Leg::Forward),
        id_space: "*",
        kind: RETURN,
        text: "*",
        code: "*",
        meaning: Meaning::Unknown,
    };
    let rows = [guard; COUNT];
    let (rows, at) = add(rows, 1, ORDER_LINES, ORDER, None, true);
    let (rows, at) = add(rows, at, RETURN_LINES, ORDER, Some(Leg::Return), true);
    let (rows, at) = add(rows, at, SHIPMENT_LINES, SHIPMENT, None, true);
    let (rows, at) = add(rows, at, RETURN_LINES, SHIPMENT, Some(Leg::Return), true);
    let (rows, at) = add(rows, at, ORDER_LINES, ORDER, None, false);
    let (rows, at) = add(rows, at, RETURN_LINES, ORDER, Some(Leg::Return), false);
    let (rows, at) = add(rows, at, SHIPMENT_LINES, SHIPMENT, None, false);
    // Checked when this is compiled: no line is left empty.
    assert!(at == COUNT);
    rows
}

const fn add(
    mut rows: [StatusRow; COUNT],
    mut at: usize,
    lines: &[Line],
    id_space: &'static str,
    leg: Option<Leg>,
    by_label: bool,
) -> ([StatusRow; COUNT], usize) {
    let mut line = 0;
    while line < lines.len() {
        let (id, label, meaning) = lines[line];
        let (text, code) = if by_label { (label, "*") } else { ("*", id) };
        rows[at] = StatusRow { leg, id_space, kind: "*", text, code, meaning };
        at += 1;
        line += 1;
    }
    (rows, at)
}

/// A label as the table writes it: upper case, every run of anything but letters and digits one blank,
/// one spelling of the words Shiprocket spells in two ways.
pub fn fold(label: &str) -> String {
    let upper = label.to_uppercase();
    let words = upper.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let spelt = words.map(|word| match word {
        "CANCELED" => "CANCELLED",
        "ACKNOWLEGED" => "ACKNOWLEDGED",
        other => other,
    });
    spelt.collect::<Vec<_>>().join(" ")
}

/// A code of an id and a label, either of which may be missing; none when both are.
pub fn code(id_space: &str, id: Option<String>, label: Option<&str>) -> Option<Code> {
    let text = label.map(fold).unwrap_or_default();
    // A label that is a number is the id in the wrong field.
    let (id, text) = match id {
        None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => (Some(text), String::new()),
        id => (id, text),
    };
    let code = id.unwrap_or_default();
    (!code.is_empty() || !text.is_empty()).then(|| Code {
        id_space: id_space.to_owned(),
        kind: String::new(),
        text,
        code,
    })
}

/// Whether the table has a line for a code on any leg.
pub fn is_known(code: &Code) -> bool {
    let fits = |pattern: &str, part: &str| pattern == "*" || pattern == part;
    STATUSES
        .iter()
        .skip(1)
        .any(|row| fits(row.id_space, &code.id_space) && fits(row.text, &code.text) && fits(row.code, &code.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::shiprocket::Shiprocket;
    use crate::server::couriers::status::meaning;

    fn means(leg: Leg, space: &str, id: &str, label: &str) -> Meaning {
        let id = (!id.is_empty()).then(|| id.to_owned());
        let Some(code) = code(space, id, (!label.is_empty()).then_some(label)) else { return Meaning::Nothing };
        meaning(&Shiprocket, &[], leg, &code)
    }

    fn ids(text: &'static str) -> impl Iterator<Item = &'static str> {
        text.split_whitespace()
    }

    #[test]
    fn every_published_id_of_both_spaces_has_its_meaning() {
        for (expected, orders, shipments) in [
            (PENDING, "1 2 10 72 73 74 75", "1 11 60 61 62 83"),
            (READY, "3 4 12 13 34 62 69 70 71 76 80 81", "2 3 4 5 15 19 27 52 59 63 67 68 79 80 81"),
            (PICKED_UP, "51 61", "42 51"),
            (MOVING, "6 20 37 43 44 58 59 60 64 65 66 67", "6 18 22 38 39 48 49 50 54 55 56 57"),
            (WITH_RIDER, "19", "17 82"),
            (DELIVERED, "7 41 52", "7 26 43"),
            (Meaning::PartlyDelivered, "38", "23"),
            (FAILED, "36 89", "21 77"),
            (RTO, "15 45 46 55 87 90", "9 40 41 46 75 78"),
            (RETURNED, "16 17", "10 14"),
            (CANCELLED, "5 54", "8 45"),
            (LOST, "33 39 40 53 88", "12 24 25 44 76"),
            (ON_HOLD, "8 11 14 35 57 82 83", "13 20 47 71 72"),
            (Meaning::Nothing, "18 42", "16"),
            (Meaning::Unknown, "9 63 91 205", "28 84 197"),
        ] {
            for id in ids(orders) {
                assert_eq!(means(Leg::Forward, ORDER, id, ""), expected, "order {id}");
            }
            for id in ids(shipments) {
                assert_eq!(means(Leg::Forward, SHIPMENT, id, ""), expected, "shipment {id}");
            }
        }
    }

    #[test]
    fn one_id_means_two_things_in_the_two_spaces() {
        for id in ids("8 9 10 14 15 16 17 18 19 20 38 42 45") {
            assert_ne!(means(Leg::Forward, ORDER, id, ""), means(Leg::Forward, SHIPMENT, id, ""), "{id}");
        }
        for id in ids("1 6 7") {
            assert_eq!(means(Leg::Forward, ORDER, id, ""), means(Leg::Forward, SHIPMENT, id, ""), "{id}");
        }
    }

    #[test]
    fn codes_of_returns_count_on_the_way_back_only() {
        for (id, expected) in [("21", PENDING), ("26", DELIVERED), ("27", CANCELLED), ("50", FAILED), ("68", DELIVERED)]
        {
            assert_eq!(means(Leg::Return, ORDER, id, ""), expected, "{id}");
            assert_eq!(means(Leg::Forward, ORDER, id, ""), Meaning::Unknown, "{id}");
        }
        assert_eq!(means(Leg::Return, SHIPMENT, "7", "Delivered"), DELIVERED, "the goods reached the seller");
        let returned = Code { kind: RETURN.to_owned(), ..code(SHIPMENT, Some("7".to_owned()), None).unwrap() };
        assert_eq!(meaning(&Shiprocket, &[], Leg::Return, &returned), DELIVERED);
        assert_eq!(meaning(&Shiprocket, &[], Leg::Forward, &returned), Meaning::Unknown);
    }

    #[test]
    fn a_label_is_the_same_however_it_is_spelt() {
        for written in ["PARTIAL_DELIVERED", "partial-delivered", " Partial  Delivered "] {
            assert_eq!(means(Leg::Forward, SHIPMENT, "", written), Meaning::PartlyDelivered, "{written}");
        }
        for written in ["Canceled", "CANCELLED"] {
            assert_eq!(means(Leg::Forward, ORDER, "", written), CANCELLED);
        }
        assert_eq!(means(Leg::Return, ORDER, "", "RETURN ACKNOWLEGED"), DELIVERED);
    }

    #[test]
    fn a_label_counts_before_an_id_that_contradicts_it_and_an_unknown_label_does_not() {
        assert_eq!(means(Leg::Forward, SHIPMENT, "7", "UNDELIVERED"), FAILED);
        assert_eq!(means(Leg::Forward, SHIPMENT, "7", "Handed to the neighbour"), DELIVERED);
        assert_eq!(means(Leg::Forward, SHIPMENT, "", "17"), WITH_RIDER, "an id in the field of the label");
    }

    #[test]
    fn a_status_is_never_understood_by_a_part_of_it() {
        for (label, expected) in [
            ("UNDELIVERED", FAILED),
            ("RTO DELIVERED", RETURNED),
            ("RETURN DELIVERED", Meaning::Unknown),
            ("DELIVERED TO NEIGHBOUR", Meaning::Unknown),
            ("NOT CANCELED", Meaning::Unknown),
        ] {
            assert_eq!(means(Leg::Forward, SHIPMENT, "", label), expected, "{label}");
        }
    }

    #[test]
    fn every_label_of_an_id_means_what_the_id_means() {
        for (space, lines) in [(ORDER, ORDER_LINES), (SHIPMENT, SHIPMENT_LINES)] {
            for (id, label, expected) in lines {
                assert_eq!(means(Leg::Forward, space, id, ""), *expected, "{space} {id}");
                assert_eq!(means(Leg::Forward, space, "", label), *expected, "{space} {label}");
                assert_eq!(fold(label), *label);
            }
        }
    }
}
