//! RedX's bodies and webhooks against the recorded ones.

use proptest::prelude::*;

use super::*;
use crate::domain::couriers::Provider;
use crate::domain::money::Currency;
use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::server::couriers::redx::Redx;
use crate::server::couriers::status::{Meaning, meaning};
use crate::server::couriers::testing::{self, answer, anything, dhaka_parcel};

fn fixture(name: &str) -> Vec<u8> {
    testing::fixture(Provider::Redx, name)
}

fn dhanmondi() -> Place {
    Place { id: 12, name: "Dhanmondi".to_owned() }
}

fn is_refused<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Refused(_)))
}

fn is_unreadable<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Unreadable(_)))
}

#[test]
fn the_recorded_booking_is_built() {
    let mut parcel = dhaka_parcel();
    // The recorded one tells the area apart and nothing more of the place.
    (parcel.address.city, parcel.address.state) = (String::new(), String::new());
    let mut recorded: Value = serde_json::from_slice(&fixture("create_parcel_request.json")).expect("JSON");
    recorded["parcel_details_json"][0]["category"] = json!(CATEGORY);
    assert_eq!(booking_body(&parcel, &dhanmondi(), Some(9_001)), Ok(recorded));
}

#[test]
fn what_is_collected_is_a_text_and_exact() {
    let body = |minor| booking_body(&Parcel { cod_amount: Minor(minor), ..dhaka_parcel() }, &dhanmondi(), None);
    for (minor, written) in [(0, "0"), (125_000, "1250"), (125_050, "1250.5"), (1, "0.01")] {
        assert_eq!(body(minor).expect("a body")["cash_collection_amount"], written);
    }
    assert!(is_refused(&body(-1)));
    assert!(body(0).expect("a body").get("pickup_store_id").is_none(), "no store is no field");
    assert!(is_refused(&booking_body(&Parcel { currency: Currency::INR, ..dhaka_parcel() }, &dhanmondi(), None)));
}

#[test]
fn the_recorded_booking_is_read() {
    for status in [200, 201] {
        let booking = read_booking(&answer(status, fixture("create_parcel_response.json")), "INV-20431");
        let numbers = booking.expect("booked").numbers;
        assert_eq!(numbers.awb.as_deref(), Some("26A411DE0SAM"));
        assert_eq!(numbers.reference.as_deref(), Some("INV-20431"));
    }
}

#[test]
fn it_is_booked_only_with_a_2xx_and_a_tracking_id() {
    for (status, body) in [(200, ""), (200, "{}"), (200, "<html>"), (302, ""), (200, r#"{"tracking_id":null}"#)] {
        assert!(is_unreadable(&read_booking(&answer(status, body), "A")), "{status} {body}: nobody knows");
    }
    for body in [r#"{"message":"Invalid area"}"#, r#"{"errors":[{"message":"Invalid area"}]}"#] {
        let refused = read_booking(&answer(400, body), "A");
        assert_eq!(refused, Err(CourierError::Refused("RedX said no: Invalid area".to_owned())));
    }
    assert!(is_refused(&read_booking(&answer(200, r#"{"success":false,"message":"No"}"#), "A")));
}

#[test]
fn a_parcel_tells_its_state_and_no_time() {
    let report = read_info(&answer(200, fixture("parcel_info_response.json"))).expect("a parcel");
    assert_eq!(report.numbers.reference.as_deref(), Some("INV-20431"));
    let heard = report.heard.expect("readable").remove(0);
    assert_eq!(heard.at, None, "created_at is not when it came into this state");
    let means = meaning(&Redx, &[], Leg::Forward, &heard.code);
    assert_eq!(means, Meaning::Is(ShipmentStatus::OutForDelivery));
    assert!(is_unreadable(&read_info(&answer(200, r#"{"parcel":{}}"#))));
    assert!(is_refused(&read_info(&answer(404, r#"{"message":"Parcel not found"}"#))));
}

#[test]
fn messages_are_words_in_two_languages_oldest_first() {
    let body = fixture("track_response.json");
    let mut turned: Value = serde_json::from_slice(&body).expect("JSON");
    turned["tracking"].as_array_mut().expect("a list").reverse();
    let messages = read_messages(&answer(200, body)).expect("messages");
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].english, "Package is out for delivery");
    assert!(!messages[0].bangla.is_empty() && messages[0].at < messages[1].at);
    assert_eq!(read_messages(&answer(200, turned.to_string())), Ok(messages), "their order is not promised");
}

#[test]
fn a_cancellation_names_the_parcel_and_must_be_said_to_be_done() {
    let body = cancel_body("26A411DE0SAM", "why");
    assert_eq!((&body["entity_type"], &body["entity_id"]), (&json!("parcel-tracking-id"), &json!("26A411DE0SAM")));
    assert_eq!(body["update_details"]["new_value"], "cancelled");
    assert_eq!(read_done(&answer(200, r#"{"success":true,"message":"ok"}"#)), Ok(()));
    assert!(is_refused(&read_done(&answer(200, r#"{"success":false,"message":"Too late"}"#))));
    assert!(is_unreadable(&read_done(&answer(200, "{}"))));
}

#[test]
fn charges_and_stores_are_read() {
    let charge = read_charge(&answer(200, r#"{"deliveryCharge":70,"codCharge":"12.5"}"#));
    assert_eq!(charge, Ok(Charge { delivery: Minor(7_000), cod: Minor(1_250) }));
    let store = Place { id: 9_001, name: "Demo Store".to_owned() };
    for body in [r#"{"id":9001,"name":"Demo Store"}"#, r#"{"pickup_store":{"id":"9001","name":"Demo Store"}}"#] {
        assert_eq!(read_store(&answer(200, body)), Ok(store.clone()));
    }
    let stores = r#"{"pickup_stores":[{"id":9001,"name":"Demo Store"},{"id":0,"name":"None"}]}"#;
    assert_eq!(read_places(&answer(200, stores), "pickup_stores"), Ok(vec![store]));
}

#[test]
fn an_area_is_the_only_one_or_named_by_the_address_and_is_never_guessed() {
    let address =
        |line2: &str, city: &str| Address { line2: line2.to_owned(), city: city.to_owned(), ..dhaka_parcel().address };
    let areas = || ["Mirpur 10", "Pallabi", "Kazipara"].into_iter().zip(1..);
    let areas = || areas().map(|(name, id)| Place { id, name: name.to_owned() }).collect::<Vec<_>>();
    let chosen = |address: &Address| area_of(address, areas()).map(|area| area.id);
    assert_eq!(chosen(&address("", "pallabi")), Ok(2));
    assert_eq!(chosen(&address("Block C, Kazipara , near the school", "Dhaka")), Ok(3));
    let Err(CourierError::Refused(sentence)) = chosen(&address("Mirpur", "Dhaka")) else { panic!("refused") };
    assert!(sentence.contains("Mirpur 10, Pallabi, Kazipara"), "{sentence}");
    assert_eq!(area_of(&address("", "Dhaka"), vec![dhanmondi()]), Ok(dhanmondi()), "the only one");
    assert!(is_refused(&area_of(&address("", "Dhaka"), Vec::new())));
}

fn one(body: &[u8]) -> Report {
    let Ok(Push::Parcels { mut reports, .. }) = read_push(body) else { panic!("no parcel in {body:?}") };
    reports.remove(0)
}

#[test]
fn a_webhook_tells_the_state_with_its_instant_and_words() {
    let report = one(&fixture("webhook_delivered.json"));
    assert_eq!(report.numbers.awb.as_deref(), Some("26A411DE0SAM"));
    assert_eq!(report.numbers.reference.as_deref(), Some("INV-20431"));
    let heard = report.heard.expect("readable").remove(0);
    assert_eq!(heard.at, scalar::instant("2026-04-14T09:22:00Z", Country::BD));
    assert_eq!(heard.activity, "Parcel has been delivered");
    assert_eq!(meaning(&Redx, &[], Leg::Forward, &heard.code), Meaning::Is(ShipmentStatus::Delivered));
}

#[test]
fn a_webhook_without_an_invoice_is_matched_by_its_number() {
    let report = one(&fixture("webhook_agent_hold_no_invoice.json"));
    assert_eq!(report.numbers, Numbers { awb: Some("26A411DE0SAN".to_owned()), ..Numbers::default() });
    let heard = report.heard.expect("readable").remove(0);
    assert_eq!(heard.at, scalar::instant("2026-04-13T06:00:00Z", Country::BD), "+06:00 is its zone");
    assert_eq!(meaning(&Redx, &[], Leg::Forward, &heard.code), Meaning::Is(ShipmentStatus::OnHold));
}

#[test]
fn wrong_shapes_are_said_to_be_wrong() {
    for body in ["", "[]", "{}", r#"{"status":"delivered"}"#, r#"{"tracking_number":0}"#] {
        assert!(is_unreadable(&read_push(body.as_bytes())), "{body}");
    }
    for body in [r#"{"tracking_number":"A"}"#, r#"{"tracking_number":"A","status":"delivered","timestamp":"soon"}"#] {
        assert!(one(body.as_bytes()).heard.is_err(), "{body}");
    }
}

const NAMES: [&str; 9] = [
    "tracking_id",
    "tracking_number",
    "status",
    "timestamp",
    "parcel",
    "tracking",
    "areas",
    "success",
    "deliveryCharge",
];
const WORDS: [&str; 4] = ["delivered", "2026-04-14T09:22:00.000Z", "26A411DE0SAM", "70"];

proptest! {
    #[test]
    fn nothing_makes_reading_panic(status in 100_u16..600, value in anything(&NAMES, &WORDS)) {
        let answer = answer(status, value.to_string());
        if let Ok(booking) = read_booking(&answer, "A") {
            prop_assert!(answer.is_success() && booking.numbers.awb.is_some());
        }
        read_info(&answer).ok();
        read_messages(&answer).ok();
        read_done(&answer).ok();
        read_places(&answer, "areas").ok();
        read_store(&answer).ok();
        read_charge(&answer).ok();
        if let Ok(Push::Parcels { reports, .. }) = read_push(&answer.body) {
            prop_assert!(reports.iter().all(|report| report.numbers != Numbers::default()));
        }
    }
}
