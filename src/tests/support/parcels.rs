//! Parcels that couriers can push about: orders placed, confirmed and given a number, many at once, and
//! the account they belong to. Shared with the benchmarks, hence nothing of this crate's own in here.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use harkara::domain::couriers::CourierForm;
use harkara::domain::orders::OrderAction;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{accounts, booking, catalogue, fulfilment};
use harkara::server::{App, http};
use serde_json::{Value, json};
use tower::ServiceExt;

/// What the account's webhooks carry.
pub const SECRET: &str = "a-webhook-secret";
/// Pieces in stock before the first order.
const STOCK: i64 = 100_000;
/// Orders made side by side, so that they share commits.
const SIDE_BY_SIDE: usize = 64;

/// Saves a Packzy account of the Dhaka store; answers the path of its webhooks. Without an address it has
/// no keys either, so that nobody is ever called.
pub async fn account(app: &App, slug: &str, base_url: &str, keys: [&str; 2]) -> String {
    let form = CourierForm {
        slug: slug.to_owned(),
        store: "dhaka".to_owned(),
        name: format!("Packzy {slug}"),
        provider: "packzy".to_owned(),
        base_url: base_url.to_owned(),
        enabled: "yes".to_owned(),
        test_mode: "yes".to_owned(),
        credential_1: keys[0].to_owned(),
        credential_2: keys[1].to_owned(),
        webhook_secret: SECRET.to_owned(),
        ..CourierForm::default()
    };
    accounts::save(app, &Actor::system(), &form).await.expect("an account");
    let all = app.accounts.all(app).await.expect("accounts");
    let account = all.iter().find(|account| account.shown.slug == slug).expect("the account");
    format!("/hooks/t/{}", account.shown.webhook_token)
}

/// A variant of the Dhaka store with a stock that no test empties.
pub async fn variant(app: &App) -> String {
    let (variant, product): (String, String) = {
        let mut conn = app.db.read().await.expect("a connection");
        sqlx::query_as(
            "SELECT v.id, v.product_id FROM product_variants v JOIN stores ON stores.id = v.store_id
             WHERE stores.slug = 'dhaka' ORDER BY v.sku LIMIT 1",
        )
        .fetch_one(&mut *conn)
        .await
        .expect("a variant")
    };
    catalogue::set_stock(app, &product, &variant, STOCK, None, "test".to_owned()).await.expect("a stock");
    variant
}

/// Places and confirms an order of one piece; answers its reference.
pub async fn confirmed(app: &App, router: &Router, variant: &str) -> String {
    let body = json!({
        "customer_name": "Zubeida Quill", "customer_phone": "01712345678", "payment_method": "cod",
        "address": {"line1": "House 3, Road 7", "city": "Dhaka", "pincode": "1209"},
        "items": [{"variant": variant, "quantity": 1}],
    });
    let request = Request::post("/api/v1/orders/").header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1024 * 1024).await.expect("a body");
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&bytes));
    let order: Value = serde_json::from_slice(&bytes).expect("JSON");
    let reference = order["order_reference"].as_str().expect("a reference").to_owned();
    fulfilment::change(app, &Actor::system(), &reference, OrderAction::Confirm, "").await.expect("confirmed");
    reference
}

/// Makes parcels with the numbers 100 000 000 and up, and answers those.
pub async fn make(app: &App, courier: &str, count: usize) -> Vec<String> {
    let (variant, router) = (variant(app).await, http::router(app));
    let numbers: Vec<String> = (0..count).map(|at| (100_000_000 + at).to_string()).collect();
    let makers = (0..SIDE_BY_SIDE.min(count)).map(|first| {
        let (app, router, variant, courier) = (app.clone(), router.clone(), variant.clone(), courier.to_owned());
        let own: Vec<String> = numbers.iter().skip(first).step_by(SIDE_BY_SIDE).cloned().collect();
        tokio::spawn(async move {
            for awb in own {
                let reference = confirmed(&app, &router, &variant).await;
                booking::attach(&app, &Actor::system(), &reference, &courier, &awb, "").await.expect("attached");
            }
        })
    });
    for maker in makers.collect::<Vec<_>>() {
        maker.await.expect("parcels");
    }
    numbers
}
