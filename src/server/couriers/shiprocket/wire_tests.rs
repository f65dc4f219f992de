//! Recorded answers, read; and every way Shiprocket says no.

use proptest::prelude::*;

use super::*;
use crate::server::couriers::shiprocket::tests::{answer, fixture, recorded as recorded_json};

fn recorded(status: u16, name: &str) -> Answer {
    answer(status, fixture(name))
}

fn is_unavailable<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Unavailable { .. }))
}

fn is_unreadable<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Unreadable(_)))
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, CourierError>) -> String {
    let Err(CourierError::Refused(sentence)) = result else { panic!("refused: {result:?}") };
    sentence
}

#[test]
fn the_recorded_order_is_read_whatever_its_empty_fields_are() {
    for (name, order, shipment) in [
        ("create_adhoc_response.json", "512640981", "509871223"),
        ("create_adhoc_response_nulls.json", "512640982", "509871224"),
    ] {
        let known = read_created(&recorded(200, name)).expect("an order");
        let numbers = &known.booking.numbers;
        assert_eq!(
            (numbers.courier_order_id.as_deref(), numbers.courier_shipment_id.as_deref()),
            (Some(order), Some(shipment))
        );
        assert_eq!((numbers.awb.as_deref(), known.booking.carrier_name.as_deref(), known.is_dead), (None, None, false));
        let heard = known.booking.heard.expect("a status");
        assert_eq!((heard.code.id_space.as_str(), heard.code.code.as_str(), heard.at), (ORDER, "1", None));
    }
}

#[test]
fn an_order_is_there_only_with_a_2xx_and_both_its_ids() {
    let body = String::from_utf8(fixture("create_adhoc_response.json")).expect("text");
    let as_text = body.replace("512640981", "\"512640981\"").replace("\"status_code\": 1", "\"status_code\": \"1\"");
    assert!(read_created(&answer(200, as_text)).is_ok(), "numbers may be texts");
    assert!(read_created(&answer(500, body.clone())).is_err());
    for none in ["null", "0", "\"\"", "[]"] {
        let half = body.replace("509871223", none);
        assert!(is_unreadable(&read_created(&answer(200, half))), "{none}: nobody knows");
    }
}

#[test]
fn a_cancelled_order_handed_back_is_dead() {
    let known = read_created(&recorded(200, "create_adhoc_duplicate_returns_canceled.json")).expect("an order");
    assert!(known.is_dead);
    assert_eq!(known.booking.numbers.courier_order_id.as_deref(), Some("512611177"));
}

#[test]
fn an_http_200_that_says_no_is_refused() {
    let sentence = refusal(read_created(&recorded(200, "create_adhoc_wrong_pickup_location.json")));
    assert!(sentence.contains("Wrong Pickup location") && sentence.contains("Main Godown"), "{sentence}");
}

#[test]
fn every_field_of_a_refusal_is_told() {
    let sentence = refusal(read_created(&recorded(422, "create_adhoc_422.json")));
    assert!(sentence.contains("billing phone field is required") && sentence.contains("selling_price"), "{sentence}");
    let sentence = refusal(read_done(&recorded(422, "addpickup_error_message_is_object.json")));
    assert!(sentence.contains("36 characters") && sentence.contains("6 digits"), "{sentence}");
    let channel = r#"{"message":"Given channel id does not exist","status_code":400}"#;
    assert!(refusal(read_created(&answer(400, channel))).contains("channel id"));
}

#[test]
fn a_booking_without_a_readable_answer_is_neither_made_nor_refused() {
    for (status, body) in [
        (200, ""),
        (200, "<html>Maintenance</html>"),
        (200, "null"),
        (200, "{}"),
        (200, "[]"),
        (200, "[\"odd\"]"),
        (200, "\"odd\""),
        (204, ""),
        (302, ""),
        (404, "<html>"),
    ] {
        assert!(is_unreadable(&read_created(&answer(status, body))), "{status} {body}");
    }
    assert!(is_unavailable(&read_created(&recorded(500, "cancel_bad_id_500.json"))), "PHP's complaint proves nothing");
    for (status, body) in
        [(500, ""), (502, "<html>"), (503, "{}"), (408, ""), (429, ""), (200, r#"{"status_code":500,"message":"x"}"#)]
    {
        assert!(is_unavailable(&read_created(&answer(status, body))), "{status} {body}");
    }
}

#[test]
fn an_awb_is_assigned_only_with_its_flag_and_its_number() {
    let Ok(Assignment::Assigned(booking)) = read_assigned(&recorded(200, "assign_awb_response.json")) else {
        panic!("assigned")
    };
    assert_eq!(booking.numbers.awb.as_deref(), Some("78300041200888"));
    assert_eq!(booking.numbers.courier_shipment_id.as_deref(), Some("509871223"));
    assert_eq!(booking.carrier_name.as_deref(), Some("Xpress Surface Demo"));
    assert_eq!(booking.charged_cost.map(|cost| cost.0), Some(8_437));
    let mut body = recorded_json("assign_awb_response.json");
    body["response"]["data"]["awb_code"] = json!("");
    assert!(read_assigned(&answer(200, body.to_string())).is_err(), "no number, no AWB");
    body = recorded_json("assign_awb_response.json");
    body["awb_assign_status"] = json!(0);
    assert!(read_assigned(&answer(200, body.to_string())).is_err(), "no flag, no AWB");
}

#[test]
fn the_four_ways_to_get_no_awb_are_told_apart() {
    assert!(refusal(read_assigned(&recorded(200, "assign_awb_failed_200.json"))).contains("Insufficient amount"));
    assert!(refusal(read_assigned(&recorded(200, "assign_awb_wallet_350.json"))).contains("recharge"));
    assert!(refusal(read_assigned(&recorded(400, "assign_awb_reassign_400.json"))).contains("Cannot reassign"));
    assert_eq!(read_assigned(&recorded(200, "assign_awb_async.json")), Ok(Assignment::Queued));
    let taken =
        json!({ "awb_assign_status": 0, "response": { "data": { "awb_assign_error": "AWB is already assigned" } } });
    let taken = read_assigned(&answer(200, taken.to_string())).unwrap_err();
    assert!(has_awb_already(&taken));
    assert!(!has_awb_already(&failure(&recorded(200, "assign_awb_failed_200.json"))));
}

#[test]
fn an_awb_is_asked_for_by_shipment_and_carrier() {
    assert_eq!(assign_body("509871223", Some("24"), false), recorded_json("assign_awb_request.json"));
    assert_eq!(assign_body("1", Some(" "), true), json!({ "shipment_id": "1", "is_return": 1 }));
}

#[test]
fn a_cancelled_order_is_answered_with_nothing_and_a_wrong_one_with_php() {
    assert_eq!(read_done(&answer(204, "")), Ok(()));
    assert_eq!(read_done(&recorded(200, "cancel_awbs_response.json")), Ok(()));
    assert_eq!(read_done(&answer(202, " \n")), Ok(()));
    assert!(refusal(read_done(&recorded(500, "cancel_bad_id_500.json"))).contains("does not know"));
    assert_eq!(recorded_json("cancel_orders_request.json"), json!({ "ids": [512640981] }));
    for no in [
        r#"{"success":false,"message":"Too late"}"#,
        r#"{"status":0,"message":"No"}"#,
        r#"{"status_code":400,"message":"No"}"#,
    ] {
        refusal(read_done(&answer(200, no)));
    }
    assert!(is_unreadable(&read_done(&answer(200, "<html>"))));
}

#[test]
fn trouble_with_the_token_the_firewall_and_the_pace_is_told_apart() {
    assert!(refusal(read_done(&recorded(401, "token_expired_401.json"))).contains("keys"));
    assert!(is_unavailable(&read_done(&answer(403, "<html>Request blocked</html>"))), "a firewall, not the keys");
    assert!(
        refusal(read_done(&answer(403, r#"{"message":"Unauthorized! You do not have the required permissions"}"#)))
            .contains("permissions")
    );
    assert!(is_unavailable(&read_done(&recorded(429, "rate_limited_429.json"))));
    assert!(refusal(read_done(&answer(400, "\"Something is wrong\""))).contains("Something is wrong"), "a bare text");
}

#[test]
fn a_refusal_names_no_phone_number() {
    let echo = json!({ "message": "9000000411 is not valid.", "status_code": 422 }).to_string();
    assert_eq!(refusal(read_created(&answer(422, echo))), "Shiprocket said no: … is not valid.");
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..120)) {
        let answer = answer(status, body);
        read_created(&answer).ok();
        read_assigned(&answer).ok();
        read_done(&answer).ok();
        failure(&answer);
    }

    #[test]
    fn no_json_makes_reading_panic(status in prop::sample::select(vec![200_u16, 400, 422, 500]), body in "[\\[\\]{}\",:a-z0-9]{0,60}") {
        let answer = answer(status, body);
        read_created(&answer).ok();
        read_assigned(&answer).ok();
        read_done(&answer).ok();
    }
}
