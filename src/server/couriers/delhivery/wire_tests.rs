//! The recorded booking, built and read; and every way a package is not booked.

use proptest::prelude::*;

use super::*;
use crate::server::couriers::delhivery::tests::{answer, body_text, fixture_json, parcel, recorded};

fn built(parcel: &Parcel) -> Value {
    shipment(parcel, Direction::Forward, "").expect("a shipment")
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

fn read(body: &Value) -> Result<Booking, CourierError> {
    read_booking(&answer(200, body.to_string()), &parcel())
}

#[test]
fn the_recorded_booking_is_built() {
    let recorded = fixture_json("create_request_data_object.json");
    let mut expected = recorded["shipments"][0].clone();
    // The shop knows no HSN codes, but how long the parcel is.
    expected["hsn_code"] = json!("");
    expected["shipment_length"] = json!("28");
    expected["return_name"] = json!("");
    expected["add"] = json!("H No 12, Sector 17, near Park");
    assert_eq!(built(&parcel()), expected);
    let form = form(vec![built(&parcel())], "Main Godown");
    let data: Value = serde_json::from_str(&form[1].1).expect("JSON");
    assert_eq!(data["pickup_location"], recorded["pickup_location"]);
}

#[test]
fn the_recorded_form_is_the_one_we_send() {
    let recorded = body_text("create_request_raw_body.json");
    let fields: Vec<(String, String)> = form_urlencoded::parse(recorded.as_bytes()).into_owned().collect();
    let ours = form(vec![built(&parcel())], "Main Godown");
    let names = |fields: &[(String, String)]| fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let ours: Vec<(String, String)> = ours.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(names(&fields), names(&ours));
    let keys = |text: &str| {
        let data: Value = serde_json::from_str(text).expect("JSON");
        let mut keys: Vec<String> = data["shipments"][0].as_object().expect("fields").keys().cloned().collect();
        keys.retain(|key| key != "shipment_length" && key != "return_name");
        keys.sort();
        keys
    };
    assert_eq!(keys(&fields[1].1), keys(&ours[1].1));
}

#[test]
fn characters_that_break_the_form_are_replaced_everywhere() {
    assert_eq!(clean("Shah & Sons; 50% #1\\2\n x", 100), "Shah and Sons, 50 1/2 x");
    let mut odd = parcel();
    odd.name = "A&B".to_owned();
    odd.contents = "100% cotton; a\\b".to_owned();
    odd.address.line1 = "Flat #3".to_owned();
    odd.address.landmark = "Sharma & Co".to_owned();
    odd.address.city = "X;Y".to_owned();
    odd.address.state = "P%Q".to_owned();
    let built = built(&odd);
    for (name, value) in built.as_object().expect("fields") {
        let text = value.as_str().unwrap_or_default();
        assert!(!text.contains(['&', '#', '%', ';', '\\']), "{name}: {text}");
    }
    assert_eq!(built["add"], "Flat 3, Sector 17, near Sharma and Co");
}

#[test]
fn an_order_is_letters_digits_hyphens_and_underscores_and_at_most_50() {
    assert_eq!(order(" HK-26,11/আ_b "), "HK-26-11--_b");
    let long = Parcel { reference: "x".repeat(51), ..parcel() };
    assert!(is_refused(&shipment(&long, Direction::Forward, "")), "cut off it could be another's");
    assert!(is_refused(&shipment(&Parcel { reference: String::new(), ..parcel() }, Direction::Forward, "")));
}

#[test]
fn a_paid_parcel_collects_nothing() {
    let paid = built(&Parcel { cod_amount: Minor(0), ..parcel() });
    assert_eq!((&paid["payment_mode"], &paid["cod_amount"]), (&json!("Prepaid"), &json!("0.00")));
    assert_eq!(paid["total_amount"], "1848.50");
    let cod = built(&Parcel { cod_amount: Minor(7), ..parcel() });
    assert_eq!((&cod["payment_mode"], &cod["cod_amount"]), (&json!("COD"), &json!("0.07")));
}

#[test]
fn weights_are_grams_and_sides_whole_centimetres_never_too_small() {
    let mut odd = parcel();
    (odd.size.length_mm, odd.size.width_mm, odd.size.height_mm) = (201, 200, 1);
    odd.weight_grams = 0;
    let built = built(&odd);
    assert_eq!(
        [&built["shipment_length"], &built["shipment_width"], &built["shipment_height"], &built["weight"]],
        [&json!("21"), &json!("20"), &json!("1"), &json!("1")]
    );
}

#[test]
fn a_return_is_collected_from_the_customer_and_brought_to_us() {
    let ours = parcel();
    let to = Contact { name: "Godown & Co".to_owned(), phone: ours.phone.clone(), address: ours.address.clone() };
    let back = shipment(&ours, Direction::Return(&to), "").expect("a shipment");
    assert_eq!((&back["payment_mode"], &back["cod_amount"]), (&json!("Pickup"), &json!("0.00")));
    assert_eq!((&back["return_name"], &back["return_pin"]), (&json!("Godown and Co"), &json!("135001")));
    assert_eq!(back["name"], "Harish Doe");
}

#[test]
fn a_waybill_fetched_beforehand_is_sent_and_none_lets_delhivery_choose() {
    assert_eq!(built(&parcel())["waybill"], "");
    let with = shipment(&parcel(), Direction::Forward, " 58110020045521 ").expect("a shipment");
    assert_eq!(with["waybill"], "58110020045521");
}

#[test]
fn what_delhivery_cannot_carry_is_refused_before_it_is_sent() {
    let bangladeshi = Phone::parse("01700000043", Country::BD).expect("a phone");
    let mut no_pin = parcel();
    no_pin.address.pincode = String::new();
    let mut odd_pin = parcel();
    odd_pin.address.pincode = "012345".to_owned();
    let mut abroad = parcel();
    abroad.address.country = Country::BD;
    for wrong in [
        Parcel { phone: bangladeshi, ..parcel() },
        Parcel { currency: Currency::BDT, ..parcel() },
        Parcel { cod_amount: Minor(-1), ..parcel() },
        Parcel { service_id: Some("Teleport".to_owned()), ..parcel() },
        no_pin,
        odd_pin,
        abroad,
    ] {
        assert!(is_refused(&shipment(&wrong, Direction::Forward, "")));
    }
    let by_air = Parcel { service_id: Some("e".to_owned()), ..parcel() };
    assert_eq!(built(&by_air)["shipping_mode"], "Express");
    assert_eq!(built(&parcel())["shipping_mode"], "Surface");
}

#[test]
fn the_recorded_booking_is_read() {
    let booking = read_booking(&recorded(200, "create_success.json"), &parcel()).expect("booked");
    assert_eq!(booking.numbers.awb.as_deref(), Some("58110020045521"), "and not the id of the upload");
    assert_eq!(booking.numbers.reference.as_deref(), Some("WEB-20431"));
}

#[test]
fn it_is_booked_only_with_a_2xx_the_word_success_and_a_waybill() {
    let success = fixture_json("create_success.json");
    let mut other = success.clone();
    other["packages"][0]["waybill"] = json!(58_110_020_045_521_i64);
    assert_eq!(read(&other).expect("booked").numbers.awb.as_deref(), Some("58110020045521"));
    assert!(is_unreadable(&read_booking(&answer(302, success.to_string()), &parcel())));
    for none in [json!(""), json!(null), json!("0")] {
        let mut other = success.clone();
        other["packages"][0]["waybill"] = none;
        assert!(is_unreadable(&read(&other)), "nobody knows");
    }
    let mut other = success.clone();
    other["packages"][0]["status"] = json!("Fail");
    assert!(is_unavailable(&read(&other)), "a number beside a failure may be a parcel");
    let mut other = success;
    other["packages"][0]["refnum"] = json!("WEB-1");
    assert!(is_unreadable(&read(&other)), "the answer to another order");
}

#[test]
fn a_200_that_refuses_the_whole_is_refused() {
    for (name, word) in [
        ("create_failed_warehouse_200.json", "ClientWarehouse matching query does not exist"),
        ("create_failed_format_key.json", "format key missing"),
    ] {
        let Err(CourierError::Refused(said)) = read_booking(&recorded(200, name), &parcel()) else {
            unreachable!("{name} is refused")
        };
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn a_package_that_may_be_half_saved_is_looked_up_first() {
    let theirs = Parcel { reference: "WEB-20440".to_owned(), ..parcel() };
    assert!(is_unavailable(&read_booking(&recorded(200, "create_failed_package_200.json"), &theirs)));
    let failed = fixture_json("create_failed_package_200.json");
    for remark in ["Duplicate order id", "Unable to consume waybill 58110020045521", "Shipment already exists"] {
        for remarks in [json!([remark]), json!(remark)] {
            let mut other = failed.clone();
            other["packages"][0]["refnum"] = json!("WEB-20431");
            other["packages"][0]["remarks"] = remarks;
            assert!(is_unavailable(&read(&other)), "{remark}");
        }
    }
    let mut silent = failed;
    silent["packages"][0]["refnum"] = json!("WEB-20431");
    silent["packages"][0]["remarks"] = json!([""]);
    assert!(is_unavailable(&read(&silent)), "an internal error and no reason");
}

#[test]
fn a_package_that_is_refused_says_why() {
    let mut failed = fixture_json("create_failed_package_200.json");
    failed["packages"][0]["refnum"] = json!("WEB-20431");
    failed["packages"][0]["remarks"] = json!(["Pincode 999999 is non serviceable, call 9000000135"]);
    assert_eq!(
        read(&failed),
        Err(CourierError::Refused("Delhivery said no: Pincode 999999 is non serviceable, call …".to_owned())),
        "and names no phone"
    );
    failed["packages"][0]["remarks"] = json!(null);
    failed["rmk"] = json!(null);
    assert!(is_refused(&read(&failed)), "not serviceable");
}

#[test]
fn a_call_for_many_maps_each_package_to_its_parcel() {
    let body = json!({ "success": false, "packages": [
        { "status": "Fail", "waybill": "", "refnum": "B", "remarks": ["Wrong phone"] },
        { "status": "Success", "waybill": "111", "refnum": "C", "remarks": [""] },
        { "status": "Success", "waybill": "222", "refnum": "A" },
    ] });
    let orders = ["A", "B", "C", "D"].map(str::to_owned);
    let read = read_bookings(&answer(200, body.to_string()), &orders).expect("packages");
    let awb = |at: usize| read[at].as_ref().ok().and_then(|booking| booking.numbers.awb.as_deref());
    assert_eq!((awb(0), awb(2)), (Some("222"), Some("111")));
    assert!(is_refused(&read[1]) && is_unreadable(&read[3]));
}

#[test]
fn a_booking_without_a_readable_answer_is_neither_made_nor_refused() {
    for (status, body) in [
        (200, ""),
        (204, ""),
        (200, "<html>Maintenance</html>"),
        (200, "null"),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"success":true,"packages":[]}"#),
        (200, r#"{"success":true,"packages":[{}]}"#),
        (404, "<html>Not Found</html>"),
    ] {
        assert!(is_unreadable(&read_booking(&answer(status, body), &parcel())), "{status} {body}");
    }
    let internal = r#"{"success":false,"packages":[],"rmk":"An internal Error has occurred"}"#;
    assert!(is_unavailable(&read_booking(&answer(200, internal), &parcel())));
}

#[test]
fn refused_keys_and_the_wrong_environment_are_said_in_words() {
    let said = |status: u16, body: Vec<u8>| match read_booking(&answer(status, body), &parcel()) {
        Err(CourierError::Refused(said)) => said,
        other => unreachable!("{other:?}"),
    };
    assert!(said(200, super::super::tests::fixture("auth_error.json")).contains("keys"));
    assert!(said(200, b"Login or API Key Required".to_vec()).contains("keys"));
    assert!(said(200, b"NoneType object has no attribute end_date".to_vec()).contains("staging"));
    assert!(said(400, br#"{"error":"'NoneType' object has no attribute 'end_date'"}"#.to_vec()).contains("staging"));
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..120)) {
        read_booking(&answer(status, body), &parcel()).ok();
    }

    #[test]
    fn no_text_brings_a_forbidden_character_into_the_form(text in "\\PC{0,60}[&#%;\\\\]{0,5}\\PC{0,60}") {
        let cleaned = clean(&text, 100);
        prop_assert!(!cleaned.contains(['&', '#', '%', ';', '\\']) && cleaned.chars().count() <= 100);
        prop_assert!(order(&text).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
    }
}
