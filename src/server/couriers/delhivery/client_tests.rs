//! What the folder's tests share, and what is asked of Delhivery where.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::domain::couriers::{ParcelItem, ParcelSize, Provider};
use crate::domain::customers::{Address, Country, Phone};
use crate::domain::money::{Currency, Minor};
use crate::domain::time::UnixMillis;
use crate::server::couriers::testing;

pub use crate::server::couriers::testing::answer;

/// A recorded body.
pub fn fixture(name: &str) -> Vec<u8> {
    testing::fixture(Provider::Delhivery, name)
}

/// A recorded body that is JSON.
pub fn fixture_json(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).expect("JSON")
}

/// The body inside a recorded envelope, for those that are no JSON.
pub fn body_text(name: &str) -> String {
    fixture_json(name)["body_text"].as_str().expect("a text").to_owned()
}

/// A recorded answer.
pub fn recorded(status: u16, name: &str) -> Answer {
    answer(status, fixture(name))
}

/// An account with a token.
pub fn account() -> Account {
    let mut account = testing::account(Provider::Delhivery, &[("api_token", "a-token"), ("client_name", "DEMOCLIENT")]);
    account.shown.pickup_location = Some("Main Godown".to_owned());
    account.shown.pickup_pincode = Some("560034".to_owned());
    account
}

/// The parcel of the recorded booking.
pub fn parcel() -> Parcel {
    let kurta = ParcelItem {
        sku: "KURTA-M".to_owned(),
        name: "Kurta indigo M".to_owned(),
        quantity: 2,
        unit_price: Minor(92_425),
    };
    Parcel {
        reference: "WEB-20431".to_owned(),
        name: "Harish Doe".to_owned(),
        phone: Phone::parse("9000000135", Country::IN).expect("a phone"),
        email: "harish@example.com".to_owned(),
        address: Address {
            line1: "H No 12".to_owned(),
            line2: "Sector 17".to_owned(),
            landmark: "Park".to_owned(),
            city: "Yamuna Nagar".to_owned(),
            state: "Haryana".to_owned(),
            pincode: "135001".to_owned(),
            country: Country::IN,
        },
        note: "Call before delivery".to_owned(),
        contents: "Kurta indigo M x2".to_owned(),
        items: vec![kurta],
        pieces: 2,
        ordered_at: UnixMillis(0),
        weight_grams: 800,
        size: ParcelSize { length_mm: 280, width_mm: 220, height_mm: 60 },
        currency: Currency::INR,
        cod_amount: Minor(184_850),
        declared_value: Minor(184_850),
        service_id: None,
    }
}

#[test]
fn delhivery_offers_what_it_documents() {
    let can = Delhivery.capabilities();
    assert!(can.books && can.finds_by_reference && can.cancels && can.recalls && can.tracks && can.rates && can.labels);
    assert_eq!((can.track_max, can.webhook), (50, WebhookMode::Header));
    assert_eq!(can.credentials, [("api_token", true), ("client_name", false)]);
    assert_eq!(Delhivery.base_url(), "https://track.delhivery.com");
}

#[test]
fn a_booking_is_a_form_with_two_fields() {
    let shipment = wire::shipment(&parcel(), Direction::Forward, "").expect("a shipment");
    let ask = creation("book", &account(), vec![shipment]).expect("an ask");
    assert_eq!((ask.method.as_str(), ask.path.join("/").as_str()), ("POST", "api/cmu/create.json"));
    assert!(ask.body.is_none(), "plain JSON is answered “format key missing in the post”");
    let names: Vec<&str> = ask.form.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["format", "data"]);
    assert_eq!(ask.form[0].1, "json");
}

#[test]
fn the_pickup_place_is_named_to_the_letter() {
    let mut account = account();
    let ask = creation("book", &account, Vec::new()).expect("an ask");
    let data: Value = serde_json::from_str(&ask.form[1].1).expect("JSON");
    assert_eq!(data["pickup_location"]["name"], "Main Godown");
    assert_eq!(data["shipments"], Value::Array(Vec::new()), "a sibling, not a part");
    account.shown.pickup_location = Some(" ".to_owned());
    let none = creation("book", &account, Vec::new());
    assert!(matches!(none, Err(CourierError::Refused(sentence)) if sentence.contains("pickup place")));
}

#[test]
fn parcels_are_asked_for_below_a_path_that_ends_with_a_slash() {
    let ask = tracking("track", "waybill", "1,2");
    assert_eq!(ask.path.join("/"), "api/v1/packages/json/");
    assert_eq!(ask.query, [("waybill", "1,2".to_owned()), ("verbose", "2".to_owned())]);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let http = Outbound::new(false).expect("a client");
    for token in ["", "  ", "Token "] {
        let mut account = account();
        account.credentials.insert("api_token".to_owned(), token.to_owned());
        let found = Delhivery.find(&http, &account, "HK-1").await;
        assert!(matches!(found, Err(CourierError::Refused(sentence)) if sentence.contains("not set")), "{token:?}");
    }
}

#[tokio::test]
async fn a_parcel_without_a_number_is_marked_and_nothing_is_sent() {
    let http = Outbound::new(false).expect("a client");
    let reports = Delhivery.track(&http, &account(), &[Numbers::default()]).await.expect("one entry per parcel");
    assert!(matches!(reports.as_slice(), [Err(CourierError::Refused(_))]), "{reports:?}");
}

/// A Delhivery whose answers are spoilt by some waybills, and how many it was asked for in each call.
async fn spoilt_by(bad: &'static [&'static str]) -> (Account, Arc<Mutex<Vec<usize>>>) {
    let calls: Arc<Mutex<Vec<usize>>> = Arc::default();
    let heard = calls.clone();
    let answer = move |uri: axum::http::Uri| async move {
        let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let list = pairs.find(|(name, _)| name == "waybill").map(|(_, list)| list.into_owned()).unwrap_or_default();
        let wanted: Vec<&str> = list.split(',').collect();
        heard.lock().expect("a list").push(wanted.len());
        if wanted.iter().any(|one| bad.contains(one)) {
            return "<html>Server Error</html>".to_owned();
        }
        let entry = |awb: &&str| {
            let state = json!({ "Status": "In Transit", "StatusType": "UD", "StatusDateTime": "2026-04-13T04:11:09" });
            json!({ "Shipment": { "AWB": awb, "Status": state } })
        };
        json!({ "ShipmentData": wanted.iter().map(entry).collect::<Vec<Value>>() }).to_string()
    };
    let router = axum::Router::new().route("/api/v1/packages/json/", axum::routing::get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut account = account();
    account.shown.base_url = Some(format!("http://{}", listener.local_addr().expect("an address")));
    tokio::spawn(crate::server::listen::serve(listener, router, std::future::pending()));
    (account, calls)
}

#[tokio::test]
async fn a_waybill_that_spoils_the_answer_is_found_and_the_others_go_on() {
    let numbered = |at: usize| Numbers { awb: Some(at.to_string()), ..Numbers::default() };
    let asked: Vec<Numbers> = (1..=50).map(numbered).collect();
    let http = Outbound::new(true).expect("a client");
    let (account, calls) = spoilt_by(&["17"]).await;
    let reports = Delhivery.track(&http, &account, &asked).await.expect("one entry per parcel");
    let failed: Vec<usize> = reports.iter().enumerate().filter(|(_, one)| one.is_err()).map(|(at, _)| at).collect();
    assert_eq!(failed, [16], "number 17");
    assert_eq!(calls.lock().expect("a list").first(), Some(&50), "all at once first");
    let (account, calls) = spoilt_by(&["3", "9", "17", "25", "33", "41", "49"]).await;
    let reports = Delhivery.track(&http, &account, &asked).await.expect("one entry per parcel");
    assert!(reports.len() == 50 && reports[16].is_err());
    let calls = calls.lock().expect("a list").len();
    assert!(calls <= LOOK_UPS_MAX, "{calls}: a Delhivery that is down is not asked fifty times");
}
