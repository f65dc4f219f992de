//! Our neutral format against the page merchants read, and against what a relay may get wrong.

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::domain::couriers::Provider;
use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::server::couriers::generic::Generic;
use crate::server::couriers::status::{Meaning, meaning};
use crate::server::couriers::testing::{self, answer, anything, dhaka_parcel};

const PAGE: &str = include_str!("../../../../docs/generic-courier.md");

/// The example of the page with this name.
fn example(name: &str) -> &'static str {
    let mut fences = PAGE.split("```").skip(1).step_by(2).filter_map(|fence| fence.split_once('\n'));
    let named = fences.find(|(head, _)| head.split_whitespace().nth(1) == Some(name));
    named.unwrap_or_else(|| panic!("no example is called {name}")).1
}

fn example_json(name: &str) -> Value {
    serde_json::from_str(example(name)).expect("JSON")
}

fn fixture(name: &str) -> Vec<u8> {
    testing::fixture(Provider::Generic, name)
}

fn account() -> Account {
    let mut account = testing::account(Provider::Generic, &[("token", "t")]);
    account.shown.pickup_location = Some("Main store".to_owned());
    account.shown.pickup_pincode = Some("1216".to_owned());
    account
}

fn numbers(awb: Option<&str>, reference: &str) -> Numbers {
    Numbers { awb: awb.map(str::to_owned), reference: Some(reference.to_owned()), ..Numbers::default() }
}

fn means(heard: &Heard) -> Meaning {
    meaning(&Generic, &[], Leg::Forward, &heard.code)
}

fn is_unreadable<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Unreadable(_)))
}

#[test]
fn the_booking_of_the_page_is_the_one_we_send() {
    let parcel = Parcel { reference: "HK-20431".to_owned(), ..dhaka_parcel() };
    assert_eq!(booking_body(&account(), &parcel), example_json("booking"));
}

#[test]
fn the_parcel_of_the_page_is_read_whole() {
    let booking = read_booking(&answer(201, example("parcel")), "HK-20431").expect("booked");
    assert_eq!(booking.numbers.awb.as_deref(), Some("RELAY-000017"));
    assert_eq!(booking.numbers.tracking_code.as_deref(), Some("7KD20F4A"));
    assert_eq!((booking.carrier_name.as_deref(), booking.charged_cost), (Some("Sundarban"), Some(Minor(8_000))));
    let last = booking.heard.expect("an event");
    assert_eq!(means(&last), Meaning::Is(ShipmentStatus::OutForDelivery));
    assert_eq!(last.at, instant("2026-11-22T05:40:00Z"), "its zone counts");
    let report = report(&example_json("parcel")).expect("a parcel");
    assert_eq!(report.expected_delivery_at, instant("2026-11-24T12:00:00Z"));
    let first = report.heard.expect("events").remove(0);
    assert_eq!((first.code.code.as_str(), first.location.as_str()), ("PUP-OK", "Dhaka"), "the raw code is kept");
}

#[test]
fn the_question_of_the_page_is_the_one_we_send_and_its_answer_is_told_apart() {
    let asked = [numbers(Some("RELAY-000017"), "HK-20431"), numbers(None, "HK-20432")];
    assert_eq!(json!({ "parcels": asked.iter().map(named).collect::<Vec<_>>() }), example_json("track"));
    let told = read_tracked(&answer(200, example("tracked")), &asked).expect("a list");
    let heard = told[0].as_ref().expect("known").heard.as_ref().expect("readable");
    assert_eq!((means(&heard[0]), heard[0].at), (Meaning::Is(ShipmentStatus::InTransit), None), "true now");
    assert!(matches!(told[1], Err(CourierError::Refused(_))), "one that was left out is not known");
}

#[test]
fn the_recall_of_the_page_is_the_one_we_send() {
    let mut body = named(&numbers(Some("RELAY-000017"), "HK-20431"));
    body["reason"] = json!("The customer has changed their mind");
    assert_eq!(body, example_json("recall"));
    for (status, body) in [(204, ""), (200, "ok"), (202, r#"{"queued":true}"#)] {
        assert_eq!(read_done(&answer(status, body)), Ok(()), "any 2xx");
    }
    let refused = read_done(&answer(409, r#"{"error":"It was delivered."}"#));
    assert_eq!(refused, Err(CourierError::Refused("The relay said no: It was delivered.".to_owned())));
}

#[test]
fn the_webhook_of_the_page_is_read() {
    let Ok(Push::Parcels { reports, .. }) = read_push(example("webhook").as_bytes()) else { panic!("parcels") };
    let heard = reports[0].heard.as_ref().expect("readable");
    assert_eq!((means(&heard[0]), heard[0].activity.as_str()), (Meaning::Is(ShipmentStatus::Delivered), "Handed over"));
    assert_eq!(read_push(br#"{"ping":true}"#), Ok(Push::Ignored { event_type: "ping".to_owned() }));
}

#[test]
fn the_signature_of_the_page_is_right() {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a-webhook-secret").expect("a key");
    mac.update(br#"{"ping":true}"#);
    assert_eq!(example("signature").trim(), hex::encode(mac.finalize().into_bytes()));
}

#[test]
fn the_page_names_every_status_and_no_other() {
    let listed = PAGE.split("`status` is one of").nth(1).and_then(|rest| rest.split("Leave").next()).expect("a list");
    let named: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
    let ours: Vec<&str> = status::STATUSES.iter().map(|row| row.text).collect();
    assert_eq!(named, ours);
}

#[test]
fn an_empty_list_is_the_proof_and_nothing_else_is() {
    assert_eq!(read_found(&answer(200, fixture("none.json")), "HK-1"), Ok(None));
    let found = read_found(&answer(200, fixture("found.json")), "HK-20431").expect("an answer").expect("a parcel");
    assert_eq!(found.numbers.awb.as_deref(), Some("RELAY-000017"));
    assert!(is_unreadable(&read_found(&answer(200, fixture("found.json")), "HK-1")), "other parcels prove nothing");
    for (status, body) in [(200, "{}"), (200, ""), (200, "[]"), (404, "<html>"), (404, ""), (204, "")] {
        assert!(is_unreadable(&read_found(&answer(status, body), "HK-1")), "{status} {body}");
    }
    assert!(matches!(read_found(&answer(503, ""), "HK-1"), Err(CourierError::Unavailable { .. })));
}

#[test]
fn a_booking_is_about_our_reference_and_may_have_no_number_yet() {
    let pending = read_booking(&answer(201, r#"{"awb":null,"reference":"HK-1"}"#), "HK-1").expect("booked");
    assert_eq!(pending.numbers, numbers(None, "HK-1"));
    let wrapped = read_booking(&answer(200, fixture("booked.json")), "HK-20431").expect("booked");
    assert_eq!(wrapped.numbers, numbers(Some("RELAY-000017"), "HK-20431"), "below a name of its own");
    for (status, body) in [
        (200, r#"{"awb":"R-1","reference":"HK-2"}"#),
        (200, r#"{"awb":"R-1"}"#),
        (200, "{}"),
        (200, "<html>"),
        (302, ""),
    ] {
        assert!(is_unreadable(&read_booking(&answer(status, body), "HK-1")), "{status} {body}: nobody knows");
    }
    let refused = read_booking(&answer(200, fixture("refused.json")), "HK-1");
    assert!(matches!(refused, Err(CourierError::Refused(sentence)) if sentence.contains("outside our area")));
}

#[test]
fn one_bad_parcel_spoils_no_other() {
    let Ok(Push::Parcels { reports, .. }) = read_push(&fixture("webhook_one_bad.json")) else { panic!("parcels") };
    assert_eq!(reports.len(), 2, "what has no number is left out");
    assert!(reports[0].heard.as_ref().is_err_and(|why| why.contains("zone")), "a local time is no time");
    let good = reports[1].heard.as_ref().expect("readable");
    assert_eq!(means(&good[0]), Meaning::Unknown, "a status nobody knows is kept");
    assert_eq!((good[0].code.text.as_str(), good[0].code.code.as_str()), ("teleported", "T-9"));
    assert_eq!(means(&good[1]), Meaning::Nothing, "a line of text");
}

#[test]
fn wrong_shapes_are_said_to_be_wrong() {
    for body in ["", "[]", "{}", r#"{"ping":"yes"}"#, r#"{"parcels":[]}"#, r#"{"parcels":[{"status":"lost"}]}"#] {
        assert!(is_unreadable(&read_push(body.as_bytes())), "{body}");
    }
}

const NAMES: [&str; 8] = ["parcels", "awb", "reference", "events", "at", "status", "raw", "ping"];
const WORDS: [&str; 4] = ["delivered", "2026-11-22T17:05:00Z", "HK-1", "9999-12-31T23:59:59Z"];

proptest! {
    #[test]
    fn nothing_makes_reading_panic(http_status in 100_u16..600, value in anything(&NAMES, &WORDS)) {
        let answer = answer(http_status, value.to_string());
        if let Ok(booking) = read_booking(&answer, "HK-1") {
            prop_assert_eq!(booking.numbers.reference.as_deref(), Some("HK-1"));
        }
        read_found(&answer, "HK-1").ok();
        let told = read_tracked(&answer, &[numbers(None, "HK-1")]);
        prop_assert!(told.is_err() || told.is_ok_and(|told| told.len() == 1));
        if let Ok(Push::Parcels { reports, .. }) = read_push(&answer.body) {
            prop_assert!(reports.iter().all(|report| report.numbers != Numbers::default()));
        }
    }
}
