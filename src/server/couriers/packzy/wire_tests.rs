//! Recorded bodies, read; bodies for Packzy, built; and every way it says no.

use proptest::prelude::*;

use super::*;
use crate::domain::customers::{Country, Phone};
use crate::domain::money::Currency;
use crate::server::couriers::packzy::tests::{fixture, parcel};
use crate::server::couriers::testing::answer;

fn recorded(status: u16, name: &str) -> Answer {
    answer(status, fixture(name))
}

fn recorded_json(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).expect("JSON")
}

fn is_refused<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Refused(_)))
}

fn is_unavailable<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Unavailable { .. }))
}

fn is_unreadable<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Unreadable(_)))
}

#[test]
fn the_recorded_booking_is_built() {
    let mut expected = recorded_json("create_order_request.json");
    // The shop asks customers for one phone.
    expected.as_object_mut().expect("an object").remove("alternative_phone");
    assert_eq!(booking_body(&parcel()).expect("a body"), expected);
}

#[test]
fn an_invoice_is_letters_digits_hyphens_and_underscores() {
    assert_eq!(invoice("HK-2611-7QX4-R2"), "HK-2611-7QX4-R2");
    assert_eq!(invoice(" shop/১২#a_b "), "shop----a_b");
}

#[test]
fn a_name_has_at_most_100_characters() {
    let body = booking_body(&Parcel { name: "আ".repeat(101), ..parcel() }).expect("a body");
    assert_eq!(body["recipient_name"], "আ".repeat(100));
}

#[test]
fn a_phone_has_eleven_digits_and_starts_with_01() {
    assert_eq!(booking_body(&parcel()).expect("a body")["recipient_phone"], "01700000043");
    let indian = Phone::parse("9876543210", Country::IN).expect("a phone");
    assert!(is_refused(&booking_body(&Parcel { phone: indian, ..parcel() })));
}

#[test]
fn an_address_is_one_line_of_at_most_250_characters() {
    let mut long = parcel();
    long.address.line2 = "first\nsecond  third".to_owned();
    long.address.landmark = "the mosque".to_owned();
    let body = booking_body(&long).expect("a body");
    assert_eq!(body["recipient_address"], "বাসা ১২, রোড ৫, first second third, near the mosque, ধানমন্ডি, ঢাকা");
    long.address.line1 = "ঢাকা ".repeat(200);
    let body = booking_body(&long).expect("a body");
    let cut = body["recipient_address"].as_str().expect("text");
    assert!((245..=250).contains(&cut.chars().count()), "cut between characters: {}", cut.chars().count());
}

#[test]
fn what_is_collected_is_taka_exact_to_the_poisha() {
    for (minor, written) in [(0, "0"), (125_000, "1250"), (125_050, "1250.5"), (7, "0.07"), (99_999_999, "999999.99")] {
        let body = booking_body(&Parcel { cod_amount: Minor(minor), ..parcel() }).expect("a body");
        assert_eq!(body["cod_amount"].to_string(), written);
    }
    assert!(is_refused(&booking_body(&Parcel { cod_amount: Minor(-1), ..parcel() })));
    assert!(is_refused(&booking_body(&Parcel { currency: Currency::INR, ..parcel() })));
}

#[test]
fn the_recorded_booking_is_read() {
    let booking = read_booking(&recorded(200, "create_order_response.json")).expect("booked");
    assert_eq!(booking.numbers.awb.as_deref(), Some("184402211"));
    assert_eq!(booking.numbers.tracking_code.as_deref(), Some("7KD20F4A"));
    assert_eq!(booking.numbers.reference.as_deref(), Some("INV-20431"));
    let heard = booking.heard.expect("a first status");
    assert_eq!((heard.code.text.as_str(), heard.at), ("in_review", None), "an answer is an observation");
}

#[test]
fn it_is_booked_only_with_a_2xx_and_status_200_and_a_consignment_id() {
    let body = String::from_utf8(fixture("create_order_response.json")).expect("text");
    let as_text = body.replace("\"status\": 200", "\"status\": \"200\"").replace("184402211", "\"184402211\"");
    assert!(read_booking(&answer(201, as_text)).is_ok(), "numbers may be texts");
    assert!(is_unreadable(&read_booking(&answer(400, body.clone()))));
    assert!(is_unreadable(&read_booking(&answer(200, body.replace("\"status\": 200", "\"status\": 400")))));
    for none in ["null", "0", "\"\"", "[]"] {
        let body = body.replace("\"consignment_id\": 184402211", &format!("\"consignment_id\": {none}"));
        assert!(is_unreadable(&read_booking(&answer(200, body))), "{none}: nobody knows");
    }
}

#[test]
fn an_http_200_that_says_no_is_refused() {
    for status in [200, 400, 422] {
        let refused = read_booking(&recorded(status, "create_order_error_phone.json"));
        let Err(CourierError::Refused(sentence)) = refused else {
            unreachable!("refused whatever the status: {status} {refused:?}")
        };
        assert!(sentence.contains("phone must be 11 digits") && sentence.contains("address field"), "{sentence}");
    }
    let bare = json!({ "status": 400, "message": "Invalid data" }).to_string();
    assert!(is_refused(&read_booking(&answer(200, bare))));
}

#[test]
fn a_used_invoice_is_never_refused_because_it_may_be_ours() {
    for status in [200, 400, 422] {
        let used = read_booking(&recorded(status, "create_order_error_duplicate_invoice.json"));
        assert!(is_unavailable(&used), "{used:?}");
    }
    let short = json!({ "status": 422, "message": "The Invoice has Already Been Taken." }).to_string();
    assert!(is_unavailable(&read_booking(&answer(422, short))));
}

#[test]
fn a_booking_without_a_readable_answer_is_neither_made_nor_refused() {
    for (status, body) in [
        (200, ""),
        (200, "<html>Maintenance</html>"),
        (200, "null"),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"status":200,"message":"Consignment has been created successfully."}"#),
        (302, ""),
        (404, "<html>Not Found</html>"),
    ] {
        assert!(is_unreadable(&read_booking(&answer(status, body))), "{status} {body}");
    }
    assert!(is_unavailable(&read_booking(&answer(200, r#"{"status":500,"message":"Server Error"}"#))));
    assert!(is_refused(&read_booking(&recorded(200, "unauthorized_401.json"))), "keys refused inside a 200");
}

#[test]
fn a_bulk_booking_is_sent_in_both_forms() {
    let mut second = parcel();
    second.reference = "INV-20433".to_owned();
    let text = bulk_body(&[parcel(), second.clone()], BulkForm::Text).expect("a body");
    let inside: Value = serde_json::from_str(text["data"].as_str().expect("a text")).expect("JSON in it");
    let list = bulk_body(&[parcel(), second], BulkForm::List).expect("a body");
    assert_eq!(inside, list["data"]);
    let recorded: Value =
        serde_json::from_str(recorded_json("bulk_request_json_string.json")["data"].as_str().expect("a text"))
            .expect("JSON in it");
    let keys = |row: &Value| row.as_object().expect("a row").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&inside[0]), keys(&recorded[0]));
    assert!(is_refused(&bulk_body(&vec![parcel(); 501], BulkForm::Text)));
}

#[test]
fn a_bulk_answer_is_read_bare_and_wrapped() {
    let bare = read_bulk(&recorded(200, "bulk_response_array.json")).expect("rows");
    assert_eq!(bare.len(), 2);
    let numbers = bare[0].booked.as_ref().expect("booked");
    assert_eq!((numbers.awb.as_deref(), numbers.tracking_code.as_deref()), (Some("184402212"), Some("7KD20F4B")));
    assert_eq!(bare[1].invoice.as_deref(), Some("INV-20433"));
    assert!(is_unavailable(&bare[1].booked), "an error without a reason could be a used invoice");
    let wrapped = read_bulk(&recorded(200, "bulk_response_wrapped.json")).expect("rows");
    assert_eq!(wrapped.len(), 1);
    assert!(wrapped[0].booked.is_err());
    assert!(is_refused(&read_bulk(&recorded(200, "create_order_error_phone.json"))));
}

#[test]
fn the_status_of_a_bulk_row_is_not_where_the_parcel_is() {
    let row = json!([{ "invoice": "A", "consignment_id": 1, "tracking_code": "B", "status": "delivered" }]);
    let rows = read_bulk(&answer(200, row.to_string())).expect("rows");
    assert!(is_unreadable(&rows[0].booked));
}

#[test]
fn a_look_up_reads_delivery_status_and_not_the_number_beside_it() {
    for (name, word) in [
        ("status_in_review.json", "in_review"),
        ("status_delivered.json", "delivered"),
        ("status_partial_approval_pending.json", "partial_delivered_approval_pending"),
        ("status_status_as_string.json", "hold"),
    ] {
        let heard = read_status(&recorded(200, name)).expect("readable").expect("known");
        assert_eq!((heard.len(), heard[0].code.text.as_str(), heard[0].at), (1, word, None), "{name}");
    }
}

#[test]
fn a_word_in_status_counts_only_without_delivery_status() {
    let heard = read_status(&recorded(200, "status_seed_style.json")).expect("readable").expect("known");
    assert_eq!(heard[0].code.text, "delivered");
    let both = r#"{"status":"delivered","delivery_status":"pending"}"#;
    assert_eq!(read_status(&answer(200, both)).expect("readable").expect("known")[0].code.text, "pending");
    let neither = read_status(&answer(200, r#"{"status":200,"delivery_status":null}"#));
    assert_eq!(neither, Ok(Some(Vec::new())), "no news");
    assert!(is_unreadable(&read_status(&answer(200, r#"{"status":"error","message":"Try again"}"#))));
}

#[test]
fn only_not_found_proves_that_there_is_no_parcel() {
    assert_eq!(read_status(&recorded(404, "status_not_found.json")), Ok(None));
    assert_eq!(read_status(&recorded(200, "status_not_found.json")), Ok(None));
    assert_eq!(read_status(&answer(404, "<html>")), Ok(None));
    assert_eq!(read_status(&answer(400, r#"{"status":400,"message":"Invoice not found"}"#)), Ok(None));
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (400, r#"{"status":400}"#),
        (200, r#"{"status":401,"message":"User not found"}"#),
        (200, r#"{"status":500,"message":"Connection not found"}"#),
        (302, ""),
    ] {
        assert!(read_status(&answer(status, body)).is_err(), "{status} {body}");
    }
}

#[test]
fn the_balance_is_a_number_or_a_text_and_may_be_below_zero() {
    assert_eq!(read_balance(&recorded(200, "balance.json")), Ok(Minor(-3_550)));
    let text = r#"{"status":"200","current_balance":"1250.75"}"#;
    assert_eq!(read_balance(&answer(200, text)), Ok(Minor(125_075)));
    assert!(read_balance(&answer(200, r#"{"status":200}"#)).is_err());
}

#[test]
fn a_return_is_asked_for_by_one_of_the_three_numbers() {
    let numbers = |awb: Option<&str>, reference: Option<&str>, code: Option<&str>| Numbers {
        awb: awb.map(str::to_owned),
        reference: reference.map(str::to_owned),
        tracking_code: code.map(str::to_owned),
        ..Numbers::default()
    };
    let body = return_body(&numbers(Some("184402211"), Some("A"), None), "Customer refused");
    assert_eq!(body, Ok(recorded_json("return_request.json")));
    assert_eq!(return_body(&numbers(None, Some("A/1"), Some("B")), " "), Ok(json!({ "invoice": "A-1" })));
    assert_eq!(return_body(&numbers(None, None, Some("B")), ""), Ok(json!({ "tracking_code": "B" })));
    assert!(is_refused(&return_body(&Numbers::default(), "")));
}

#[test]
fn a_return_request_is_read_alone_and_in_a_list() {
    let one = read_return(&recorded(200, "return_response.json")).expect("a request");
    assert_eq!((one.id.as_str(), one.status.as_str()), ("7711", "pending"));
    assert_eq!(one.consignment_id.as_deref(), Some("184402211"));
    let body = recorded_json("return_response.json");
    for list in [json!([body]), json!({ "data": [body] })] {
        assert_eq!(read_returns(&answer(200, list.to_string())).expect("a list"), std::slice::from_ref(&one));
    }
    let refused = json!({ "status": 400, "message": "Already delivered" }).to_string();
    assert!(is_refused(&read_return(&answer(400, refused))));
}

#[test]
fn a_refusal_names_no_phone_number() {
    let echo = json!({ "status": 422, "errors": { "recipient_phone": ["01700000043 is not valid."] } }).to_string();
    assert_eq!(
        read_booking(&answer(422, echo)),
        Err(CourierError::Refused("Packzy said no: … is not valid.".to_owned()))
    );
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..120)) {
        let answer = answer(status, body);
        read_booking(&answer).ok();
        read_bulk(&answer).ok();
        read_status(&answer).ok();
        read_balance(&answer).ok();
        read_return(&answer).ok();
        read_returns(&answer).ok();
    }

    #[test]
    fn an_amount_is_written_and_read_without_loss(minor in 0_i64..1_000_000_000_000) {
        let written = taka(Minor(minor)).expect("a number").to_string();
        let value: Value = serde_json::from_str(&written).expect("a number");
        prop_assert_eq!(scalar::amount(&value), Some(Minor(minor)));
    }
}
