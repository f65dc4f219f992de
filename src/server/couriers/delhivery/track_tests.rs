//! Recorded tracking answers, read; bulk answers sorted out; and what proves that there is no parcel.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::domain::time::UnixMillis;
use crate::server::couriers::Heard;
use crate::server::couriers::delhivery::Delhivery;
use crate::server::couriers::delhivery::tests::{answer, fixture_json, recorded};
use crate::server::couriers::status::{Meaning, meaning};

const AWB: &str = "58110020045521";

fn numbered(awb: &str) -> Numbers {
    Numbers { awb: Some(awb.to_owned()), ..Numbers::default() }
}

fn one(name: &str) -> Report {
    let mut reports = read(&recorded(200, name)).expect("readable");
    assert_eq!(reports.len(), 1, "{name}");
    reports.remove(0)
}

fn heard(report: &Report) -> &[Heard] {
    report.heard.as_deref().expect("readable")
}

fn means(leg: Leg, heard: &Heard) -> Meaning {
    meaning(&Delhivery, &[], leg, &heard.code)
}

#[test]
fn every_recorded_state_is_understood_in_its_leg() {
    for (name, leg, expected) in [
        ("track_manifested.json", Leg::Forward, ShipmentStatus::Pending),
        ("track_in_transit.json", Leg::Forward, ShipmentStatus::InTransit),
        ("track_pending_at_dc.json", Leg::Forward, ShipmentStatus::InTransit),
        ("track_dispatched.json", Leg::Forward, ShipmentStatus::OutForDelivery),
        ("track_ndr_pending_eod11.json", Leg::Forward, ShipmentStatus::Undelivered),
        ("track_delivered.json", Leg::Forward, ShipmentStatus::Delivered),
        ("track_rto_in_transit.json", Leg::Forward, ShipmentStatus::RtoInitiated),
        ("track_rto_delivered.json", Leg::Forward, ShipmentStatus::RtoDelivered),
        ("track_cancelled_by_seller.json", Leg::Forward, ShipmentStatus::Cancelled),
        ("track_reverse_pickup_dto.json", Leg::Return, ShipmentStatus::Delivered),
        ("track_verbose0_no_scans.json", Leg::Forward, ShipmentStatus::InTransit),
    ] {
        let report = one(name);
        let last = heard(&report).last().expect("a state");
        assert_eq!(means(leg, last), Meaning::Is(expected), "{name}");
        assert!(report.numbers.awb.is_some() && report.numbers.reference.is_some(), "{name}");
    }
}

#[test]
fn scans_come_oldest_first_and_the_state_is_the_last_of_them() {
    let report = one("track_dispatched.json");
    let all = heard(&report);
    assert_eq!(all.len(), 5, "the state is not told twice");
    assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
    let codes: Vec<&str> = all.iter().map(|heard| heard.code.code.as_str()).collect();
    assert_eq!(codes, ["X-UCI", "X-PPOM", "X-PIOM", "X-DLL2F", "X-DDD3FD"]);
    assert_eq!(means(Leg::Forward, &all[1]), Meaning::Is(ShipmentStatus::PickedUp));
    assert_eq!((all[4].location.as_str(), all[4].activity.as_str()), ("YamunaNagar_DC (Haryana)", "Out for delivery"));
}

#[test]
fn times_are_indian_with_any_number_of_fraction_digits() {
    let report = one("track_in_transit.json");
    // 2026-04-13T04:11:09.86 in India.
    assert_eq!(heard(&report)[3].at, Some(UnixMillis(1_776_033_669_860)));
    assert_eq!(report.expected_delivery_at, Some(UnixMillis(1_776_364_199_000)), "2026-04-16T23:59:59");
    for fraction in ["", ".8", ".8600000", ".123456"] {
        let mut body = fixture_json("track_verbose0_no_scans.json");
        body["ShipmentData"][0]["Shipment"]["Status"]["StatusDateTime"] =
            json!(format!("2026-04-13T04:11:09{fraction}"));
        let reports = read(&answer(200, body.to_string())).expect("readable");
        let at = heard(&reports[0])[0].at.expect("a time");
        assert_eq!(at.0 / 1_000, 1_776_033_669, "{fraction}");
    }
}

#[test]
fn an_answer_without_scans_is_its_state_alone() {
    let report = one("track_verbose0_no_scans.json");
    assert_eq!(heard(&report).len(), 1);
    assert_eq!(heard(&report)[0].code.code, "");
    assert_eq!(heard(&report)[0].activity, "In Transit", "its word where it has no instructions");
}

#[test]
fn odd_types_in_other_fields_change_nothing() {
    let mut body = fixture_json("track_reverse_pickup_dto.json");
    let shipment = &mut body["ShipmentData"][0]["Shipment"];
    shipment["AWB"] = json!(58_110_020_077_777_i64);
    shipment["Quantity"] = json!([]);
    shipment["Consignee"] = json!(null);
    shipment["ExpectedDeliveryDate"] = json!("soon");
    let reports = read(&answer(200, body.to_string())).expect("readable");
    assert_eq!(reports[0].numbers.awb.as_deref(), Some("58110020077777"));
    assert!(reports[0].heard.is_ok());
    assert_eq!(reports[0].expected_delivery_at, None);
}

#[test]
fn an_unreadable_scan_is_left_out_and_an_unreadable_state_is_said() {
    let mut body = fixture_json("track_in_transit.json");
    let shipment = &mut body["ShipmentData"][0]["Shipment"];
    shipment["Scans"][1]["ScanDetail"]["StatusDateTime"] = json!("yesterday");
    shipment["Scans"][2] = json!("nothing");
    let reports = read(&answer(200, body.to_string())).expect("readable");
    assert_eq!(heard(&reports[0]).len(), 2);
    body["ShipmentData"][0]["Shipment"]["Status"]["StatusDateTime"] = json!("yesterday");
    let reports = read(&answer(200, body.to_string())).expect("readable");
    assert!(reports[0].heard.as_ref().is_err_and(|reason| reason.contains("time")));
}

#[test]
fn parcels_are_told_apart_by_their_awb_in_whatever_order_they_come() {
    let entry = |awb: &str, status: &str| {
        json!({ "Shipment": { "AWB": awb, "Status": { "Status": status, "StatusType": "UD", "StatusCode": "X-1",
            "StatusDateTime": "2026-04-13T04:11:09" } } })
    };
    let mut broken = entry("3", "Pending");
    broken["Shipment"]["Status"] = json!({ "StatusType": "UD" });
    let body = json!({ "ShipmentData": [entry("2", "Dispatched"), broken, entry("1", "In Transit")] });
    let asked = ["1", "2", "3", "4"].map(numbered);
    let reports = read(&answer(200, body.to_string())).expect("readable");
    let sorted: Vec<_> = asked.iter().map(|numbers| sorted_out(numbers, &reports)).collect();
    let text = |at: usize| sorted[at].as_ref().map(|report| report.heard.as_ref().expect("read")[0].code.text.clone());
    assert_eq!((text(0), text(1)), (Ok("in transit".to_owned()), Ok("dispatched".to_owned())));
    assert!(sorted[2].as_ref().is_ok_and(|report| report.heard.is_err()), "marked, and the others go on");
    assert!(matches!(&sorted[3], Err(CourierError::Refused(_))), "left out means that it is not known");
}

#[test]
fn a_parcel_without_a_name_in_the_answer_is_nobodys() {
    let body =
        json!({ "ShipmentData": [7, { "Shipment": { "Status": { "Status": "Delivered", "StatusType": "DL" } } }] });
    let sorted = sorted_out(&numbered("1"), &read(&answer(200, body.to_string())).expect("readable"));
    assert!(matches!(sorted, Err(CourierError::Unreadable(_))), "{sorted:?}");
}

#[test]
fn only_its_own_sentence_proves_that_there_is_no_parcel() {
    assert_eq!(read(&recorded(200, "track_unknown_waybill.json")), Ok(Vec::new()));
    for (status, body) in [
        (200, ""),
        (204, ""),
        (200, "<html>"),
        (404, "<html>Not Found</html>"),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"Success":false}"#),
        (200, r#"{"Success":false,"Error":"Something else"}"#),
        (200, r#"{"Success":false,"rmk":"ClientWarehouse matching query does not exist."}"#),
        (200, r#"{"ShipmentData":null}"#),
        (400, r#"{"Success":false,"Error":"Data does not exists for provided Waybill(s)"}"#),
    ] {
        assert!(read(&answer(status, body)).is_err(), "{status} {body}");
    }
}

#[test]
fn a_look_up_by_reference_finds_the_number() {
    let found = booking(read(&recorded(200, "track_in_transit.json")).expect("readable"), "WEB-20431");
    let found = found.expect("readable").expect("a booking");
    assert_eq!(found.numbers.awb.as_deref(), Some(AWB));
    assert_eq!(found.heard.expect("its state").code.code, "X-DLL2F");
    assert_eq!(booking(Vec::new(), "WEB-20431"), Ok(None));
    let other = booking(read(&recorded(200, "track_in_transit.json")).expect("readable"), "WEB-1");
    assert!(matches!(other, Err(CourierError::Unreadable(_))), "no proof of anything");
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..120)) {
        read(&answer(status, body)).ok();
    }
}
