//! What the contract tests of Pathao share, and what the courier says of itself.

use serde_json::Value;

use super::*;
use crate::domain::couriers::Provider;
use crate::server::couriers::testing;

/// A recorded body.
pub fn fixture(name: &str) -> Vec<u8> {
    testing::fixture(Provider::Pathao, name)
}

/// The same as JSON.
pub fn recorded(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).expect("JSON")
}

fn account() -> Account {
    let keys = [("client_id", "c"), ("client_secret", "s"), ("username", "u"), ("password", "p")];
    testing::account(Provider::Pathao, &keys)
}

#[test]
fn pathao_offers_what_it_documents_and_nothing_else() {
    let can = Pathao.capabilities();
    assert!(can.books && can.tracks);
    assert!(!can.cancels && !can.recalls && !can.finds_by_reference && !can.labels);
    assert_eq!((can.webhook, can.webhook_name), (WebhookMode::Header, Some("X-PATHAO-Signature")));
    assert_eq!(Pathao.base_url(), "https://api-hermes.pathao.com/aladdin/api/v1");
}

#[test]
fn a_webhook_is_answered_202_with_the_header_the_panel_shows() {
    let accepted = Pathao.push_accepted(&account());
    assert_eq!(accepted.status, 202);
    assert_eq!(accepted.headers, [(INTEGRATION_HEADER, "f3992ecc-59da-4cbe-a049-a13da2018d51".to_owned())]);
    let mut own = account();
    own.credentials.insert("integration_secret".to_owned(), " of-the-panel ".to_owned());
    assert_eq!(Pathao.push_accepted(&own).headers[0].1, "of-the-panel");
}

#[tokio::test]
async fn without_keys_or_a_store_nothing_is_sent() {
    let http = Outbound::new(false).unwrap();
    let parcel = testing::dhaka_parcel();
    let refused = |wanted: &'static str| move |outcome| matches!(outcome, Err(CourierError::Refused(sentence)) if sentence.contains(wanted));
    let mut account = account();
    assert!(refused("pickup place")(Pathao.book(&http, &account, &parcel).await));
    account.shown.pickup_location = Some("130042".to_owned());
    account.credentials.insert("password".to_owned(), " ".to_owned());
    assert!(refused("not all set")(Pathao.book(&http, &account, &parcel).await));
}

#[tokio::test]
async fn what_pathao_cannot_do_is_refused_in_words() {
    let http = Outbound::new(false).unwrap();
    let (account, numbers) = (account(), Numbers::default());
    let found = Pathao.find(&http, &account, "HK-1").await;
    assert!(matches!(found, Err(CourierError::Unavailable { .. })), "never a proof that there is none");
    assert!(matches!(Pathao.cancel(&http, &account, &numbers).await, Err(CourierError::Refused(_))));
    assert!(matches!(Pathao.recall(&http, &account, &numbers, "").await, Err(CourierError::Refused(_))));
    let tracked = Pathao.track(&http, &account, &[numbers]).await.unwrap();
    assert!(matches!(&tracked[0], Err(CourierError::Refused(sentence)) if sentence.contains("no number")));
}
