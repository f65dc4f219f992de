//! The shop with a Shiprocket account: its form, a booking, a webhook, and what the order comes to.

use axum::body::Body;
use axum::http::Request;
use harkara::domain::couriers::CourierForm;
use harkara::domain::orders::{OrderAction, OrderStatus};
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::time::DAY_MS;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{accounts, booking, checking};
use harkara::server::sandbox::faults::Fault;
use harkara::server::sandbox::state::Journey;
use serde_json::{Value, json};

use super::*;
use crate::support::merchant::{Merchant, WEBHOOK_SECRET, merchant};

/// Saves an account of the Mumbai store as the form does; answers the path of its webhooks.
pub async fn open(merchant: &Merchant) -> String {
    let keys = merchant.desk.sandbox.keys(Provider::Shiprocket);
    let path = merchant.desk.sandbox.base_path(Provider::Shiprocket).expect("a path");
    let form = CourierForm {
        slug: "in1".into(),
        store: "mumbai".into(),
        name: "Shiprocket".into(),
        provider: "shiprocket".into(),
        base_url: format!("http://{}{path}", merchant.desk.host),
        enabled: "yes".into(),
        test_mode: "yes".into(),
        credential_1: keys[0].1.into(),
        credential_2: keys[1].1.into(),
        webhook_secret: WEBHOOK_SECRET.into(),
        pickup_location: "Main Godown".into(),
        pickup_pincode: "560034".into(),
        ..CourierForm::default()
    };
    accounts::save(&merchant.shop.app, &Actor::system(), &form).await.expect("an account");
    let all = merchant.shop.app.accounts.all(&merchant.shop.app).await.expect("accounts");
    let account = all.iter().find(|account| account.shown.slug == "in1").expect("the account");
    assert_eq!(account.shown.webhook_mode, WebhookMode::Header);
    let hook = format!("/hooks/t/{}", account.shown.webhook_token);
    assert!(!["sr", "kr", "rocket"].iter().any(|word| hook.to_lowercase().contains(word)), "{hook}");
    hook
}

/// Places and confirms an order of the Mumbai store; answers its reference.
pub async fn confirmed(merchant: &Merchant) -> String {
    let variant: String = {
        let mut conn = merchant.shop.app.db.read().await.expect("a connection");
        sqlx::query_scalar(
            "SELECT v.id FROM product_variants v JOIN stores ON stores.id = v.store_id
             WHERE stores.slug = 'mumbai' AND v.stock_quantity >= 10 ORDER BY v.sku LIMIT 1",
        )
        .fetch_one(&mut *conn)
        .await
        .expect("a variant")
    };
    let body = json!({
        "customer_name": "Meera Tandale", "customer_phone": "9000000411", "payment_method": "cod",
        "address": {"line1": "Flat 4, Kaveri Residency", "city": "Pune", "state": "Maharashtra", "pincode": "411045"},
        "items": [{"variant": variant, "quantity": 2}],
    });
    let answer = merchant.send("POST", "/api/v1/orders/", None, &body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    let order: Value = serde_json::from_str(&answer.body).expect("JSON");
    let reference = order["order_reference"].as_str().expect("a reference").to_owned();
    merchant.act(&reference, OrderAction::Confirm).await.expect("confirmed");
    reference
}

async fn push(merchant: &Merchant, hook: &str, key: &str, body: &Value) -> u16 {
    let request = Request::post(hook).header("content-type", "application/json").header("x-api-key", key);
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let status = merchant.shop.browser().send(request).await.status.as_u16();
    merchant.apply().await;
    status
}

#[tokio::test]
async fn an_order_is_booked_with_shiprocket_and_delivered_by_its_webhooks() {
    let merchant = merchant(80).await;
    let hook = open(&merchant).await;
    let reference = confirmed(&merchant).await;
    merchant.desk.sandbox.set_journeys([Journey::FailedAttempts]);
    let app = &merchant.shop.app;
    booking::create(app, &Actor::system(), &reference, "in1", "").await.expect("written down");
    let order = merchant.order(&reference).await;
    let parcel = merchant.desk.sandbox.parcels().remove(0);
    assert_eq!(order.shipments[0].booking_state, BookingState::Booked);
    assert_eq!(order.shipments[0].awb.as_deref(), Some(parcel.awb.as_str()));
    assert_eq!((parcel.reference.as_str(), parcel.cod), (reference.as_str(), order.order.money.total()));
    merchant.desk.sandbox.advance(20 * DAY_MS).await;
    let bodies: Vec<Value> = merchant.desk.sandbox.pushes().into_iter().map(|push| push.body).collect();
    // Newest first, and all of them twice: the order of arrival does not matter.
    for body in bodies.iter().rev().chain(&bodies) {
        assert_eq!(push(&merchant, &hook, WEBHOOK_SECRET, body).await, 200);
    }
    let order = merchant.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::Delivered, ShipmentStatus::Delivered));
    let failed = parcel_failures(&merchant);
    assert_eq!(order.shipments[0].attempts, failed, "each failed attempt counts once");
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

fn parcel_failures(merchant: &Merchant) -> i64 {
    let parcel = merchant.desk.sandbox.parcels().remove(0);
    let failures = parcel.events.iter().filter(|event| event.status.as_deref() == Some("UNDELIVERED")).count();
    i64::try_from(failures).expect("a few")
}

#[tokio::test]
async fn a_webhook_with_a_wrong_key_changes_nothing() {
    let merchant = merchant(81).await;
    let hook = open(&merchant).await;
    let reference = confirmed(&merchant).await;
    booking::create(&merchant.shop.app, &Actor::system(), &reference, "in1", "").await.expect("written down");
    let awb = merchant.order(&reference).await.shipments[0].awb.clone();
    let body = json!({ "awb": awb, "shipment_status_id": 7, "current_timestamp": "21 11 2026 12:00:00" });
    push(&merchant, &hook, "wrong", &body).await;
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Processing);
    assert_eq!(push(&merchant, &hook, WEBHOOK_SECRET, &body).await, 200);
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Delivered);
    merchant.close().await;
}

#[tokio::test]
async fn an_awb_that_was_pending_comes_with_the_next_question() {
    let merchant = merchant(82).await;
    open(&merchant).await;
    let reference = confirmed(&merchant).await;
    merchant.desk.fault("assign_awb", Fault::TimeoutAfter);
    let app = &merchant.shop.app;
    let shipment = booking::create(app, &Actor::system(), &reference, "in1", "").await.expect("written down");
    let order = merchant.order(&reference).await;
    assert_eq!((order.shipments[0].booking_state, &order.shipments[0].awb), (BookingState::Booked, &None));
    checking::check_one(app, &Actor::system(), shipment.as_str()).await.expect("asked");
    let awb = merchant.order(&reference).await.shipments[0].awb.clone();
    assert_eq!(awb.as_deref(), Some(merchant.desk.sandbox.parcels()[0].awb.as_str()));
    merchant.close().await;
}

#[tokio::test]
async fn an_admin_opens_an_account_with_its_login() {
    let merchant = merchant(83).await;
    let mut admin = merchant.shop.browser();
    let login = [("email", "admin@example.com"), ("password", "harkara-demo"), ("next", "/admin/couriers")];
    admin.post("/login", &login).await;
    let page = admin.get("/admin/couriers?new=shiprocket").await.body;
    for shown in [
        "Shiprocket",
        "E-mail",
        "Password",
        "name=\"credential_1\" type=\"text\"",
        "name=\"credential_2\" type=\"password\"",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let path = merchant.desk.sandbox.base_path(Provider::Shiprocket).expect("a path");
    let base_url = format!("http://{}{path}", merchant.desk.host);
    let fields = [
        ("provider", "shiprocket"),
        ("store", "mumbai"),
        ("name", "India one"),
        ("base_url", base_url.as_str()),
        ("credential_1", "api-user@example.com"),
        ("credential_2", "sandbox-password"),
        ("webhook_mode", "header"),
        ("webhook_secret", WEBHOOK_SECRET),
        ("pickup_location", "Main Godown"),
        ("enabled", "yes"),
    ];
    let saved = admin.post("/admin/couriers", &fields).await;
    assert_eq!(saved.location, "/admin/couriers?done=saved", "{}", saved.body);
    let all = merchant.shop.app.accounts.all(&merchant.shop.app).await.expect("accounts");
    let account = all.iter().find(|account| account.shown.slug == "india-one").expect("the account");
    let outbound = &merchant.shop.app.outbound;
    assert_eq!(Shiprocket.find(outbound, account, "HK-1").await, Ok(None), "its login works");
    assert!(!admin.get("/admin/couriers?edit=india-one").await.body.contains("sandbox-password"));
    merchant.close().await;
}
