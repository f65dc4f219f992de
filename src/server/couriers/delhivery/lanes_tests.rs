//! Recorded answers about postcodes, prices and waybills, read.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::server::couriers::delhivery::tests::{account, answer, recorded};

fn is_refused<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Refused(_)))
}

#[test]
fn a_postcode_is_served_not_served_or_under_embargo() {
    let offer = read_serviceability(&recorded(200, "pincode_serviceable.json"), 135_001);
    let Ok(Service::Offered(offer)) = offer else { panic!("{offer:?}") };
    assert_eq!((offer.city.as_str(), offer.state_code.as_str()), ("Yamuna Nagar", "HR"));
    assert!(offer.cod && offer.prepaid && offer.pickup && !offer.is_remote);
    assert_eq!(offer.amount_max, None, "0 means that there is no limit");
    assert_eq!(read_serviceability(&recorded(200, "pincode_not_serviceable.json"), 999_999), Ok(Service::None));
    assert_eq!(read_serviceability(&recorded(200, "pincode_embargo.json"), 194_101), Ok(Service::Embargo));
}

#[test]
fn a_postcode_comes_as_number_or_text_and_another_one_does_not_count() {
    let code = |pin: Value| {
        json!({ "delivery_codes": [{ "postal_code": { "pin": pin, "cod": "N", "pre_paid": "Y",
        "max_amount": "5000.0", "remarks": null } }] })
    };
    for pin in [json!(135_001), json!("135001")] {
        let offer = read_serviceability(&answer(200, code(pin).to_string()), 135_001);
        let Ok(Service::Offered(offer)) = offer else { panic!("{offer:?}") };
        assert_eq!((offer.cod, offer.prepaid, offer.amount_max), (false, true, Some(Minor(500_000))));
    }
    assert_eq!(read_serviceability(&answer(200, code(json!(1)).to_string()), 135_001), Ok(Service::None));
    for (status, body) in [(200, ""), (200, "<html>"), (200, "{}"), (500, r#"{"delivery_codes":[]}"#)] {
        assert!(read_serviceability(&answer(status, body), 135_001).is_err(), "{status} {body}");
    }
}

#[test]
fn a_price_is_a_list_with_one_entry_or_the_entry_alone() {
    let charges = read_charges(&recorded(200, "charges_response.json")).expect("a price");
    assert_eq!((charges.total, charges.tax), (Minor(9_322), Minor(1_422)));
    assert_eq!(
        (charges.gross, charges.delivery, charges.cod),
        (Some(Minor(7_900)), Some(Minor(7_900)), Some(Minor(0)))
    );
    assert_eq!((charges.zone.as_str(), charges.charged_weight_grams), ("D1", Some(500)));
    let alone = read_charges(&answer(200, r#"{"total_amount":"93.22","tax_data":[]}"#)).expect("a price");
    assert_eq!((alone.total, alone.tax), (Minor(9_322), Minor(0)));
    let wrong = read_charges(&answer(400, "Invalid pincode, please contact lastmile-integration@delhivery.com"));
    assert!(is_refused(&wrong), "{wrong:?}");
    assert!(read_charges(&answer(200, "[]")).is_err());
}

#[test]
fn a_price_is_asked_for_in_grams_and_letters() {
    let lane = Lane {
        from: "560034".to_owned(),
        to: "135001".to_owned(),
        mode: Mode::Surface,
        weight_grams: 500,
        is_cod: false,
        ending: Ending::Delivered,
    };
    let query = |lane: &Lane| {
        let pairs = charges_query(lane).expect("a query");
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    assert_eq!(query(&lane), "md=S&cgm=500&o_pin=560034&d_pin=135001&ss=Delivered&pt=Pre-paid");
    let back = Lane { mode: Mode::Express, is_cod: true, ending: Ending::Rto, ..lane.clone() };
    assert_eq!(query(&back), "md=E&cgm=500&o_pin=560034&d_pin=135001&ss=RTO&pt=COD");
    assert!(is_refused(&charges_query(&Lane { to: "12".to_owned(), ..lane })));
}

#[test]
fn days_are_read_where_they_are_and_missed_nowhere() {
    let read = |body: &str| read_expected_days(&answer(200, body));
    assert_eq!(read(r#"{"success":true,"data":{"tat":4}}"#), Ok(Some(4)));
    assert_eq!(read(r#"{"tat":"3"}"#), Ok(Some(3)));
    assert_eq!(read(r#"{"success":true,"data":{}}"#), Ok(None));
    assert!(is_refused(&read(r#"{"success":false,"message":"No lane"}"#)));
    assert!(read("<html>").is_err());
}

#[test]
fn waybills_come_as_one_text_as_several_in_one_and_as_a_list() {
    assert_eq!(read_waybills(&recorded(200, "waybill_fetch_single.json")), Ok(vec!["58110020045521".to_owned()]));
    let three = ["58110020045521", "58110020045532", "58110020045543"].map(str::to_owned).to_vec();
    assert_eq!(read_waybills(&recorded(200, "waybill_fetch_many.json")), Ok(three.clone()));
    let list = json!([58_110_020_045_521_i64, "58110020045532", "58110020045543"]);
    assert_eq!(read_waybills(&answer(200, list.to_string())), Ok(three));
    assert!(is_refused(&read_waybills(&answer(200, r#""Login or API Key Required""#))));
    for body in ["", "[]", "\"\"", "<html>", "null", r#"{"error":"Wrong client"}"#, r#""1,,2""#] {
        assert!(read_waybills(&answer(200, body)).is_err(), "{body}");
    }
}

#[test]
fn waybills_are_fetched_for_a_client_name_to_the_letter() {
    let mut account = account();
    assert_eq!(client_name(&account), Ok("DEMOCLIENT".to_owned()));
    account.credentials.remove("client_name");
    assert!(is_refused(&client_name(&account)));
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..120)) {
        let answer = answer(status, body);
        read_serviceability(&answer, 1).ok();
        read_expected_days(&answer).ok();
        read_charges(&answer).ok();
        read_waybills(&answer).ok();
    }
}
