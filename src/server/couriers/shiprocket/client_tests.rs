//! What the contract tests of Shiprocket share, and what the courier says of itself.

use serde_json::Value;

use super::*;
use crate::domain::couriers::{ParcelItem, ParcelSize, Provider};
use crate::domain::customers::{Address, Country, Phone};
use crate::domain::money::{Currency, Minor};
use crate::domain::time::UnixMillis;
use crate::server::couriers::testing;

pub use crate::server::couriers::testing::answer;

/// A recorded body.
pub fn fixture(name: &str) -> Vec<u8> {
    testing::fixture(Provider::Shiprocket, name)
}

/// The same as JSON.
pub fn recorded(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).expect("JSON")
}

/// An account with keys.
pub fn account(base_url: Option<&str>) -> Account {
    let keys = [("email", "api-user@example.in"), ("password", "not-a-real-password")];
    let mut account = testing::account(Provider::Shiprocket, &keys);
    account.shown.base_url = base_url.map(str::to_owned);
    account.shown.pickup_location = Some("Main Godown".to_owned());
    account.shown.pickup_pincode = Some("560034".to_owned());
    account
}

/// The parcel of the recorded order.
pub fn parcel() -> Parcel {
    let item = |name: &str, sku: &str, quantity: i64, price: i64| ParcelItem {
        sku: sku.to_owned(),
        name: name.to_owned(),
        quantity,
        unit_price: Minor(price),
    };
    Parcel {
        reference: "WEB-20431".to_owned(),
        name: "Meera Tandale".to_owned(),
        phone: Phone::parse("9000000411", Country::IN).expect("a phone"),
        email: "meera.t@example.com".to_owned(),
        address: Address {
            line1: "Flat 4, Kaveri Residency".to_owned(),
            line2: String::new(),
            landmark: "water tank".to_owned(),
            city: "Pune".to_owned(),
            state: "Maharashtra".to_owned(),
            pincode: "411045".to_owned(),
            country: Country::IN,
        },
        note: String::new(),
        contents: "2 × Kurta indigo M, 1 × Dupatta".to_owned(),
        items: vec![item("Kurta indigo M", "KUR-IND-M", 2, 74_900), item("Dupatta", "DUP-01", 1, 35_050)],
        pieces: 3,
        // 18:05 in India.
        ordered_at: UnixMillis(1_775_910_900_000),
        weight_grams: 800,
        size: ParcelSize { length_mm: 280, width_mm: 220, height_mm: 60 },
        currency: Currency::INR,
        cod_amount: Minor(184_850),
        declared_value: Minor(184_850),
        service_id: None,
    }
}

#[test]
fn shiprocket_offers_what_it_documents() {
    let can = Shiprocket.capabilities();
    assert!(can.books && can.finds_by_reference && can.tracks && can.recalls && can.cancels && can.rates && can.labels);
    assert_eq!((can.track_max, can.webhook), (50, WebhookMode::Header), "x-api-key, and no signature");
    assert_eq!(can.credentials, [("email", false), ("password", true)]);
    assert_eq!(Shiprocket.base_url(), "https://apiv2.shiprocket.in/v1/external");
}

#[test]
fn a_webhook_is_answered_with_json() {
    assert!(serde_json::from_str::<Value>(Shiprocket.push_accepted(&account(None)).body).is_ok());
}

#[test]
fn the_four_numbers_of_a_parcel_are_never_mixed() {
    let known = Numbers {
        reference: Some("WEB-20431".to_owned()),
        courier_order_id: Some("512640981".to_owned()),
        courier_shipment_id: Some("509871223".to_owned()),
        ..Numbers::default()
    };
    let Ok(Assignment::Assigned(booking)) = wire::read_assigned(&answer(200, fixture("assign_awb_response.json")))
    else {
        panic!("assigned")
    };
    let numbers = with_ids_of(*booking, &known).numbers;
    assert_eq!(numbers, Numbers { awb: Some("78300041200888".to_owned()), ..known });
}

#[tokio::test]
async fn without_keys_nothing_is_sent() {
    let mut account = account(None);
    account.credentials.insert("password".to_owned(), " ".to_owned());
    let http = Outbound::new(false).unwrap();
    let found = Shiprocket.find(&http, &account, "HK-1").await;
    assert!(matches!(found, Err(CourierError::Refused(sentence)) if sentence.contains("not set")));
}
