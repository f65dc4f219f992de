//! Pathao's bodies against the recorded ones.

use proptest::prelude::*;

use super::*;
use crate::domain::money::Currency;
use crate::server::couriers::pathao::tests::{fixture, recorded};
use crate::server::couriers::testing::{answer, anything, dhaka_parcel};

fn is_refused<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Refused(_)))
}

fn is_unreadable<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Unreadable(_)))
}

#[test]
fn the_recorded_booking_is_built() {
    assert_eq!(booking_body(&dhaka_parcel(), 130_042), Ok(recorded("create_order_request.json")));
}

#[test]
fn city_zone_and_area_are_left_out_and_never_null() {
    let body = booking_body(&dhaka_parcel(), 1).expect("a body");
    let fields = body.as_object().expect("fields");
    assert!(!fields.keys().any(|name| ["recipient_city", "recipient_zone", "recipient_area"].contains(&name.as_str())));
    assert!(fields.values().all(|value| !value.is_null()));
}

#[test]
fn name_and_address_keep_to_their_lengths() {
    let mut parcel = dhaka_parcel();
    parcel.name = "x".repeat(120);
    parcel.address.line1 = "y ".repeat(300);
    let body = booking_body(&parcel, 1).expect("a body");
    assert_eq!(body["recipient_name"].as_str().map(str::len), Some(100));
    assert!(body["recipient_address"].as_str().expect("text").chars().count() <= 220);
    parcel.name = "Xi".to_owned();
    assert!(is_refused(&booking_body(&parcel, 1)));
    let mut short = dhaka_parcel();
    (short.address.line1, short.address.city, short.address.state) = ("H 1".into(), "Bx".into(), String::new());
    assert!(is_refused(&booking_body(&short, 1)));
}

#[test]
fn a_weight_is_a_text_of_half_a_kilogram_to_ten() {
    for (grams, written) in [(1, "0.5"), (500, "0.5"), (501, "0.501"), (1_250, "1.25"), (10_000, "10")] {
        assert_eq!(kilograms(grams), written);
    }
    assert!(is_refused(&booking_body(&Parcel { weight_grams: 10_001, ..dhaka_parcel() }, 1)));
}

#[test]
fn whole_taka_are_collected_and_nothing_for_a_paid_parcel() {
    let collected = |minor| booking_body(&Parcel { cod_amount: Minor(minor), ..dhaka_parcel() }, 1);
    assert_eq!(collected(0).expect("a body")["amount_to_collect"], 0);
    assert_eq!(collected(99_900).expect("a body")["amount_to_collect"], 999);
    assert!(is_refused(&collected(99_950)), "never another amount than the parcel's");
    assert!(is_refused(&booking_body(&Parcel { currency: Currency::INR, ..dhaka_parcel() }, 1)));
}

#[test]
fn a_service_is_chosen_by_its_number() {
    let service = |id: Option<&str>| {
        let parcel = Parcel { service_id: id.map(str::to_owned), ..dhaka_parcel() };
        booking_body(&parcel, 1).expect("a body")["delivery_type"].clone()
    };
    assert_eq!((service(None), service(Some("12")), service(Some("48"))), (json!(48), json!(12), json!(48)));
}

#[test]
fn the_recorded_booking_is_read() {
    let booking = read_booking(&answer(200, fixture("create_order_response.json"))).expect("booked");
    assert_eq!(booking.numbers.awb.as_deref(), Some("DD110426ABC123"));
    assert_eq!(booking.numbers.reference.as_deref(), Some("INV-20431"));
    assert_eq!(booking.charged_cost, Some(Minor(8_000)));
    let heard = booking.heard.expect("a first state");
    assert_eq!((heard.code, heard.at), (status::code("Pending"), None), "an answer is an observation");
}

#[test]
fn a_refusal_says_why_whatever_its_status() {
    for http_status in [200, 400, 422] {
        let refused = read_booking(&answer(http_status, fixture("create_order_422.json")));
        let Err(CourierError::Refused(sentence)) = refused else { panic!("{http_status} {refused:?}") };
        assert!(sentence.contains("phone format is invalid") && sentence.contains("Wrong Store"), "{sentence}");
    }
}

#[test]
fn it_is_booked_only_with_a_2xx_a_success_and_a_consignment() {
    let body = String::from_utf8(fixture("create_order_response.json")).expect("text");
    assert!(read_booking(&answer(201, body.replace("200", "\"200\""))).is_ok(), "numbers may be texts");
    assert!(read_booking(&answer(200, body.replace("success", "error"))).is_err());
    assert!(matches!(
        read_booking(&answer(200, body.replace("\"code\": 200", "\"code\": 500"))),
        Err(CourierError::Unavailable { .. })
    ));
    for none in ["null", "\"\"", "[]", "0"] {
        let body = body.replace("\"DD110426ABC123\"", none);
        assert!(is_unreadable(&read_booking(&answer(200, body))), "{none}: nobody knows");
    }
    for (http_status, body) in [(200, ""), (200, "<html>"), (200, "[]"), (302, ""), (404, "<html>")] {
        assert!(is_unreadable(&read_booking(&answer(http_status, body))), "{http_status} {body}");
    }
}

#[test]
fn a_bulk_booking_is_only_taken() {
    let taken = json!({ "message": "accepted", "type": "success", "code": 202, "data": true });
    assert_eq!(read_bulk(&answer(202, taken.to_string())), Ok(()));
    let odd = json!({ "message": "accepted", "type": "success", "code": 202, "data": null });
    assert!(is_unreadable(&read_bulk(&answer(202, odd.to_string()))));
    assert!(is_refused(&read_bulk(&answer(422, fixture("create_order_422.json")))));
}

#[test]
fn an_order_tells_its_state_and_when_it_changed() {
    let report = read_info(&answer(200, fixture("order_info_response.json"))).expect("an order");
    assert_eq!(report.numbers.awb.as_deref(), Some("DD110426ABC123"));
    let heard = report.heard.expect("readable").remove(0);
    assert_eq!((heard.code, heard.at.is_some()), (status::code("order.delivered"), true));
    let nothing = json!({ "type": "success", "code": 200, "data": { "consignment_id": "DD1" } });
    assert!(is_unreadable(&read_info(&answer(200, nothing.to_string()))));
    let unknown = json!({ "type": "error", "code": 404, "message": "Order not found" });
    assert!(is_refused(&read_info(&answer(404, unknown.to_string()))));
}

#[test]
fn places_and_prices_are_read_below_data() {
    let cities = json!({ "type": "success", "code": 200, "data": { "data": [
        { "city_id": 1, "city_name": "Dhaka" }, { "city_id": 2, "city_name": "Chittagong " }, { "city_id": null },
    ] } });
    let places = read_places(&answer(200, cities.to_string()), "city").expect("places");
    assert_eq!(places.len(), 2);
    assert_eq!((places[1].id.as_str(), places[1].name.as_str()), ("2", "Chittagong"));
    let price = json!({ "type": "success", "code": 200, "data": { "price": 80, "final_price": "83.50" } });
    assert_eq!(read_price(&answer(200, price.to_string())), Ok(Minor(8_350)));
    assert!(is_unreadable(&read_price(&answer(200, cities.to_string()))));
}

const NAMES: [&str; 9] =
    ["code", "type", "data", "errors", "message", "consignment_id", "order_status", "updated_at", "city_id"];
const WORDS: [&str; 5] = ["success", "error", "Delivered", "2026-04-14 15:20:00", "200"];

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(http_status in 100_u16..600, value in anything(&NAMES, &WORDS)) {
        let answer = answer(http_status, value.to_string());
        if let Ok(booking) = read_booking(&answer) {
            prop_assert!(answer.is_success() && booking.numbers.awb.is_some());
        }
        read_bulk(&answer).ok();
        read_info(&answer).ok();
        read_places(&answer, "city").ok();
        read_price(&answer).ok();
    }
}
