//! What the contract tests of all couriers share.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::domain::couriers::{CourierAccount, Parcel, ParcelItem, ParcelSize, Provider};
use crate::domain::customers::{Address, Country, Phone};
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::money::{Currency, Minor};
use crate::domain::time::UnixMillis;
use crate::server::couriers;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Answer;

/// A recorded body of a courier.
pub fn fixture(provider: Provider, name: &str) -> Vec<u8> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/couriers/fixtures");
    std::fs::read(fixtures.join(provider.code()).join(name)).expect("a fixture")
}

/// An answer.
pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status, body: body.into(), retry_after_ms: None }
}

/// A test account with a courier, by its name and with its usual webhooks.
pub fn account(provider: Provider, keys: &[(&str, &str)]) -> Account {
    let can = couriers::of(provider).expect("a courier we speak to").capabilities();
    Account {
        shown: CourierAccount {
            id: CourierId::new("account"),
            store_id: StoreId::new("store"),
            slug: provider.code().to_owned(),
            name: can.name.to_owned(),
            provider,
            base_url: None,
            is_enabled: true,
            is_test: true,
            credentials_set_at: None,
            webhook_mode: can.webhook,
            webhook_name: None,
            webhook_secret_set_at: None,
            webhook_token: "token".to_owned(),
            pickup_location: None,
            pickup_pincode: None,
        },
        credentials: keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        webhook_secret: None,
        settings: Value::Null,
    }
}

/// A parcel for a customer in Dhaka, as the recorded bookings of Pathao and RedX have it.
pub fn dhaka_parcel() -> Parcel {
    Parcel {
        reference: "INV-20431".to_owned(),
        name: "Mehjabin Rahman".to_owned(),
        phone: Phone::parse("01700000043", Country::BD).expect("a phone"),
        email: String::new(),
        address: Address {
            line1: "House 12, Road 5".to_owned(),
            line2: String::new(),
            landmark: String::new(),
            city: "Dhanmondi".to_owned(),
            state: "Dhaka".to_owned(),
            pincode: "1209".to_owned(),
            country: Country::BD,
        },
        note: String::new(),
        contents: "Cotton three-piece".to_owned(),
        items: vec![ParcelItem {
            sku: "TP-1".to_owned(),
            name: "Three-piece".to_owned(),
            quantity: 1,
            unit_price: Minor(125_000),
        }],
        pieces: 1,
        ordered_at: UnixMillis(1_775_910_900_000),
        weight_grams: 500,
        size: ParcelSize { length_mm: 200, width_mm: 150, height_mm: 100 },
        currency: Currency::BDT,
        cod_amount: Minor(125_000),
        declared_value: Minor(125_000),
        service_id: None,
    }
}

/// Any JSON, with many of these names of fields and of these words in it.
pub fn anything(names: &'static [&'static str], words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        4 => prop::sample::select(words).prop_map(str::to_owned),
        1 => "\\PC{0,20}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop_oneof![prop::sample::select(names).prop_map(str::to_owned), "\\PC{0,5}"];
    leaf.prop_recursive(5, 40, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..12)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
