//! What RedX says of itself, and what it refuses without a call.

use super::*;
use crate::domain::couriers::Provider;
use crate::server::couriers::testing;

#[test]
fn redx_offers_what_it_documents_and_nothing_else() {
    let can = Redx.capabilities();
    assert!(can.books && can.tracks && can.cancels);
    assert!(!can.recalls && !can.finds_by_reference && !can.labels);
    assert_eq!((can.webhook, can.webhook_name), (WebhookMode::Query, Some("token")));
    assert_eq!(Redx.base_url(), "https://openapi.redx.com.bd/v1.0.0-beta");
    let account = testing::account(Provider::Redx, &[]);
    assert_eq!(Redx.push_accepted(&account).status, 200);
}

#[tokio::test]
async fn without_a_token_or_a_number_nothing_is_sent() {
    let http = Outbound::new(false).unwrap();
    let account = testing::account(Provider::Redx, &[("api_token", " ")]);
    let booked = Redx.book(&http, &account, &testing::dhaka_parcel()).await;
    assert!(matches!(booked, Err(CourierError::Refused(sentence)) if sentence.contains("not set")));
    let numbers = Numbers::default();
    let cancelled = Redx.cancel(&http, &account, &numbers).await;
    assert!(matches!(cancelled, Err(CourierError::Refused(sentence)) if sentence.contains("no number")));
    assert!(matches!(Redx.recall(&http, &account, &numbers, "").await, Err(CourierError::Refused(_))));
    let found = Redx.find(&http, &account, "HK-1").await;
    assert!(matches!(found, Err(CourierError::Unavailable { .. })), "never a proof that there is none");
}
