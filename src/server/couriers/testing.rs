//! What the contract tests of all couriers share.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::domain::couriers::{CourierAccount, Provider};
use crate::domain::ids::{CourierId, StoreId};
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
