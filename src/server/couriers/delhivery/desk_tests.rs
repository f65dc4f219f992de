//! Recorded labels and pickups, read; instructions and warehouses, built.

use proptest::prelude::*;

use super::*;
use crate::server::couriers::delhivery::tests::{answer, fixture_json, parcel, recorded};

fn is_refused<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Refused(_)))
}

fn numbered(awb: &str) -> Numbers {
    Numbers { awb: Some(awb.to_owned()), ..Numbers::default() }
}

#[test]
fn a_label_is_a_link_or_the_pdf_itself() {
    let labels = read_labels(&recorded(200, "packing_slip.json")).expect("labels");
    assert_eq!(labels.len(), 1);
    assert_eq!(labels[0].awb, "58110020045521");
    assert!(labels[0].link.as_deref().is_some_and(|link| link.ends_with("58110020045521.pdf")));
    assert_eq!(labels[0].pdf_base64, None, "an empty text is none");
    assert_eq!(read_labels(&recorded(200, "packing_slip_unknown.json")), Ok(Vec::new()));
    let odd = r#"{"packages":[{"wbn":7,"pdf_encoding":"JVBERi0="},{"wbn":"8","pdf_download_link":"javascript:x"},9]}"#;
    let labels = read_labels(&answer(200, odd)).expect("labels");
    assert_eq!(labels.len(), 1, "no link of another kind is passed on");
    assert_eq!((labels[0].awb.as_str(), labels[0].pdf_base64.as_deref()), ("7", Some("JVBERi0=")));
    assert!(read_labels(&answer(200, "{}")).is_err());
}

#[test]
fn the_recorded_pickup_is_built_in_indian_time() {
    let body = pickup_body("Main Godown", UnixMillis(1_775_991_600_000), 3);
    assert_eq!(body, fixture_json("pickup_request.json"));
}

#[test]
fn a_pickup_that_was_asked_for_already_is_as_good() {
    let new = read_pickup(&recorded(200, "pickup_response.json"));
    assert_eq!(new, Ok(Pickup { id: Some("9910042".to_owned()), was_there: false }));
    assert_eq!(read_pickup(&recorded(201, "pickup_response.json")), new);
    for status in [200, 400] {
        let again = read_pickup(&recorded(status, "pickup_already_exists.json"));
        assert_eq!(again, Ok(Pickup { id: Some("9910042".to_owned()), was_there: true }));
    }
    let text = read_pickup(&answer(400, "A Pickup Request for this location Already Exist"));
    assert_eq!(text, Ok(Pickup { id: None, was_there: true }));
    assert!(is_refused(&read_pickup(&answer(400, r#"{"error":{"message":"Pickup date cannot be in past"}}"#))));
    for body in ["", "{}", "<html>", r#"{"pickup_id":0}"#] {
        assert!(read_pickup(&answer(200, body)).is_err(), "{body}");
    }
}

#[test]
fn the_recorded_instruction_is_built_and_its_id_read_in_any_shape() {
    let one = [(numbered("58110020045521"), NdrAction::Reattempt)];
    assert_eq!(ndr_body(&one), Ok(fixture_json("ndr_action_request.json")));
    let phone = parcel().phone;
    let edit = NdrAction::EditDetails { name: "A & B".to_owned(), address: "Flat #3".to_owned(), phone };
    let many = [
        (numbered("1"), NdrAction::ReschedulePickup),
        (numbered("2"), NdrAction::Defer("2026-04-20".to_owned())),
        (numbered("3"), edit),
    ];
    let body = ndr_body(&many).expect("a body");
    assert_eq!(body["data"][0]["act"], "PICKUP_RESCHEDULE");
    assert_eq!(body["data"][1]["action_data"]["deferred_date"], "2026-04-20");
    let details = json!({ "name": "A and B", "add": "Flat 3", "phone": "9000000135" });
    assert_eq!(body["data"][2]["action_data"], details);
    assert!(is_refused(&ndr_body(&[(Numbers::default(), NdrAction::Reattempt)])));
    for body in [r#"{"request_id":"UPL10575891"}"#, r#""UPL10575891""#, "UPL10575891", r#"{"upl":["UPL10575891"]}"#] {
        assert_eq!(read_upload_id(&answer(200, body)), Ok("UPL10575891".to_owned()), "{body}");
    }
    assert!(is_refused(&read_upload_id(&answer(200, r#"{"error":"Not allowed for this waybill"}"#))));
    for body in ["", "{}", "<html>UPLOAD</html>", r#"{"id":"UPL"}"#] {
        assert!(read_upload_id(&answer(200, body)).is_err(), "{body}");
    }
}

#[test]
fn an_instruction_is_taken_only_after_certain_codes() {
    for code in ["EOD-74", "EOD-15", "EOD-104", "EOD-43", "EOD-86", "EOD-11", "EOD-69", "EOD-6"] {
        assert!(may_instruct(&NdrAction::Reattempt, code, 1) && may_instruct(&NdrAction::Reattempt, code, 2));
        assert!(!may_instruct(&NdrAction::Reattempt, code, 0) && !may_instruct(&NdrAction::Reattempt, code, 3));
        assert!(!may_instruct(&NdrAction::ReschedulePickup, code, 1));
    }
    for code in ["EOD-777", "eod-21"] {
        assert!(may_instruct(&NdrAction::ReschedulePickup, code, 1) && !may_instruct(&NdrAction::Reattempt, code, 1));
    }
    assert!(!may_instruct(&NdrAction::Reattempt, "EOD-3", 1) && !may_instruct(&NdrAction::Reattempt, "", 1));
}

#[test]
fn an_upload_says_how_it_stands() {
    let upload = read_upload(&answer(200, r#"{"status":"Failure","remarks":["Attempt count"]}"#));
    assert_eq!(upload, Ok(Upload { status: "failure".to_owned(), words: "Attempt count".to_owned() }));
    assert!(read_upload(&answer(200, "{}")).is_err() && read_upload(&answer(404, r#"{"status":"x"}"#)).is_err());
}

#[test]
fn a_warehouse_is_registered_with_where_returns_go() {
    let ours = parcel();
    let mut warehouse = Warehouse {
        name: "Main Godown".to_owned(),
        registered_name: "Demo Client".to_owned(),
        phone: ours.phone.clone(),
        email: "godown@example.com".to_owned(),
        address: ours.address.clone(),
        return_address: None,
    };
    let body = warehouse_body(&warehouse).expect("a body");
    let mut keys: Vec<&str> = body.as_object().expect("fields").keys().map(String::as_str).collect();
    keys.sort_unstable();
    let documented = [
        "address",
        "city",
        "country",
        "email",
        "name",
        "phone",
        "pin",
        "registered_name",
        "return_address",
        "return_city",
        "return_country",
        "return_pin",
        "return_state",
    ];
    assert_eq!(keys, documented);
    assert_eq!((&body["pin"], &body["return_pin"]), (&json!("135001"), &json!("135001")));
    let mut other = ours.address;
    other.pincode = "560034".to_owned();
    warehouse.return_address = Some(other);
    assert_eq!(warehouse_body(&warehouse).expect("a body")["return_pin"], "560034");
    for name in ["", "A & B", "No #1"] {
        warehouse.name = name.to_owned();
        assert!(is_refused(&warehouse_body(&warehouse)), "{name}");
    }
}

#[test]
fn something_is_done_only_where_the_answer_says_so() {
    for body in
        [r#"{"success":true,"data":{}}"#, r#"{"success":"True"}"#, r#"{"data":{"name":"Main Godown"},"error":""}"#]
    {
        assert_eq!(read_done(&answer(200, body)), Ok(()), "{body}");
    }
    for (status, body) in [
        (200, r#"{"success":false,"error":["Already exists"]}"#),
        (200, r#"{"data":{"name":"Main Godown"},"error":["Already exists"]}"#),
        (400, r#"{"success":true}"#),
        (200, "{}"),
        (200, ""),
        (200, "<html>"),
    ] {
        assert!(read_done(&answer(status, body)).is_err(), "{status} {body}");
    }
}

#[test]
fn a_proof_of_delivery_is_a_link_wherever_it_is() {
    let body = r#"{"success":true,"data":[{"doc":{"url":"https://pod.example.net/1.png"}}]}"#;
    assert_eq!(read_document(&answer(200, body)), Ok("https://pod.example.net/1.png".to_owned()));
    assert!(is_refused(&read_document(&answer(200, r#"{"data":[]}"#))));
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..120)) {
        let answer = answer(status, body);
        read_labels(&answer).ok();
        read_pickup(&answer).ok();
        read_upload_id(&answer).ok();
        read_upload(&answer).ok();
        read_done(&answer).ok();
        read_document(&answer).ok();
    }
}

#[test]
fn a_balance_is_read_wherever_it_is_and_nothing_else_is_taken_for_one() {
    for (body, balance) in [
        (r#"{"current_balance":"-291.83"}"#, -29_183),
        (r#"{"success":true,"data":{"client":"DEMO","balance":1200.5}}"#, 120_050),
        (r#"{"data":[{"Balance":0}]}"#, 0),
    ] {
        assert_eq!(read_balance(&answer(200, body)), Ok(Minor(balance)), "{body}");
    }
    for body in ["{}", "[]", r#"{"balance":null,"total":5}"#, r#"{"balance":"NaN"}"#, "<html>"] {
        assert!(read_balance(&answer(200, body)).is_err(), "{body}");
    }
    assert!(read_balance(&answer(500, r#"{"balance":5}"#)).is_err());
}
