//! Recorded pushes, read, in every shape there is.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::domain::time::UnixMillis;
use crate::server::couriers::Heard;
use crate::server::couriers::delhivery::tests::{fixture, fixture_json, recorded};
use crate::server::couriers::delhivery::{Delhivery, track};
use crate::server::couriers::status::{Meaning, meaning};
use crate::server::couriers::testing::anything;

fn reports(body: &Value) -> Vec<Report> {
    match read(body.to_string().as_bytes()) {
        Ok(Push::Parcels { event_type, reports }) => {
            assert_eq!(event_type, "scan");
            reports
        }
        other => panic!("{other:?} of {body}"),
    }
}

fn one(body: &Value) -> (Numbers, Heard) {
    let mut reports = reports(body);
    assert_eq!(reports.len(), 1);
    let report = reports.remove(0);
    let mut heard = report.heard.expect("readable");
    assert_eq!(heard.len(), 1);
    (report.numbers, heard.remove(0))
}

fn means(heard: &Heard) -> Meaning {
    meaning(&Delhivery, &[], Leg::Forward, &heard.code)
}

#[test]
fn the_documented_push_is_one_scan() {
    let (numbers, heard) = one(&fixture_json("push_in_transit.json"));
    assert_eq!(numbers.awb.as_deref(), Some("58110020045521"));
    assert_eq!(numbers.reference.as_deref(), Some("WEB-20431"));
    assert_eq!(heard.at, Some(UnixMillis(1_776_033_669_860)), "04:11:09.86 in India");
    assert_eq!((heard.activity.as_str(), heard.code.code.as_str()), ("Bag added to trip", "X-DLL2F"));
    assert_eq!(heard.location, "Bengaluru_Hub_H (Karnataka)");
    assert_eq!(means(&heard), Meaning::Is(ShipmentStatus::InTransit));
}

#[test]
fn a_push_and_a_poll_of_one_scan_are_one_event() {
    let (_, pushed) = one(&fixture_json("push_in_transit.json"));
    let polled = track::read(&recorded(200, "track_in_transit.json")).expect("readable").remove(0);
    let polled = polled.heard.expect("readable").into_iter().next_back().expect("a scan");
    let identity = |heard: &Heard| (heard.at, heard.code.clone(), heard.distinct_by.clone());
    assert_eq!(identity(&pushed), identity(&polled));
}

#[test]
fn small_letters_blanks_in_dates_and_numbers_for_awbs_are_the_same() {
    let (numbers, heard) = one(&fixture_json("push_lowercase_space_date.json"));
    assert_eq!(numbers.awb.as_deref(), Some("58110020045521"));
    assert_eq!(means(&heard), Meaning::Is(ShipmentStatus::OutForDelivery));
    assert_eq!(heard.code.code, "X-DDD3FD");
    let mut body = fixture_json("push_lowercase_space_date.json");
    body["Shipment"]["Status"]["StatusDateTime"] = json!("2026-04-15 09:02:00.000");
    assert_eq!(one(&body).1.at, heard.at);
    body["Shipment"]["PickUpDate"] = json!("");
    assert_eq!(one(&body).1, heard);
}

#[test]
fn a_push_laid_out_for_one_client_is_read_flat() {
    let (numbers, heard) = one(&fixture_json("push_flat_custom.json"));
    assert_eq!(numbers.awb.as_deref(), Some("58110020045521"));
    assert_eq!(numbers.reference.as_deref(), Some("WEB-20431"));
    assert_eq!(heard.code.code, "EOD-38");
    assert_eq!(means(&heard), Meaning::Is(ShipmentStatus::Delivered));
    let bare = json!({ "awb_number": "7", "Status": "Delivered" });
    assert_eq!(means(&one(&bare).1), Meaning::Unknown, "without a type nobody knows which way it goes");
}

#[test]
fn a_list_of_pushes_marks_the_bad_one_and_reads_the_others() {
    let good = fixture_json("push_in_transit.json");
    let mut bad = good.clone();
    bad["Shipment"]["AWB"] = json!("8");
    bad["Shipment"]["Status"]["StatusDateTime"] = json!("14/04/26");
    let mut empty = good.clone();
    empty["Shipment"]["AWB"] = json!("9");
    empty["Shipment"]["Status"] = json!({});
    for body in [json!([bad, good, 7, empty]), json!({ "ShipmentData": [bad, good, null, empty] })] {
        let reports = reports(&body);
        let outcomes: Vec<bool> = reports.iter().map(|report| report.heard.is_ok()).collect();
        assert_eq!(outcomes, [false, true, false]);
    }
}

#[test]
fn a_list_of_scans_is_as_many_events() {
    let scan = |status: &str, time: &str| json!({ "status": status, "status_type": "UD", "nsl_code": "X-1", "scan_datetime": time });
    let body = json!({ "waybill": "7", "scans": [
        scan("Manifested", "2026-04-13 01:00:00"), scan("In Transit", "2026-04-13 02:00:00"), scan("Lost its time", ""),
    ] });
    let reports = reports(&body);
    let heard = reports[0].heard.as_ref().expect("readable");
    let texts: Vec<&str> = heard.iter().map(|heard| heard.code.text.as_str()).collect();
    assert_eq!(texts, ["manifested", "in transit"]);
}

#[test]
fn proofs_of_delivery_and_pings_are_no_news() {
    let document = json!({ "waybill": "58110020045521", "EPOD": "https://pod.example.net/1.png" });
    assert_eq!(read(document.to_string().as_bytes()), Ok(Push::Ignored { event_type: "document".to_owned() }));
    let ping = json!({ "event": "test" });
    assert_eq!(read(ping.to_string().as_bytes()), Ok(Push::Ignored { event_type: "test".to_owned() }));
}

#[test]
fn wrong_shapes_are_said_to_be_wrong() {
    for body in
        ["", "[]", "[1]", "\"Delivered\"", "{}", r#"{"Shipment":{"Status":{"Status":"Delivered"}}}"#, r#"{"awb":0}"#]
    {
        assert!(matches!(read(body.as_bytes()), Err(CourierError::Unreadable(_))), "{body}");
    }
    assert!(reports(&json!({ "waybill": "7" }))[0].heard.is_err());
    assert!(read(&fixture("cancel_response_xml.json")).is_err());
}

const NAMES: [&str; 9] =
    ["Shipment", "Status", "StatusType", "StatusDateTime", "NSLCode", "AWB", "scans", "ScanDetail", "waybill"];
const WORDS: [&str; 4] = ["Delivered", "DL", "9999-12-31T23:59:59.9999999", "-9999-01-01T00:00:00"];

proptest! {
    #[test]
    fn no_bytes_make_reading_a_push_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes).ok();
    }

    #[test]
    fn no_json_makes_reading_a_push_panic(value in anything(&NAMES, &WORDS)) {
        if let Ok(Push::Parcels { reports, .. }) = read(value.to_string().as_bytes()) {
            for report in reports {
                prop_assert!(report.numbers != Numbers::default());
            }
        }
    }
}
