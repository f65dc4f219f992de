//! A batch of pushes with bad ones among them, for every courier: the good ones are applied, the bad ones
//! are laid aside with a sentence each, and nobody but the sender's own server hears of it.

use axum::body::Body;
use axum::http::Request;
use harkara::domain::couriers::Provider;
use harkara::domain::shipping::ShipmentStatus;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{booking, desk};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::stand::{SECRET, Stand, stand};

/// Good pushes of a batch, each about a parcel of its own.
const GOOD: usize = 3;
const ITEMS: usize = 10_000;

/// A courier's news that a parcel is with the rider.
fn news(provider: Provider, awb: &str) -> Value {
    match provider {
        Provider::Packzy => json!({ "notification_type": "delivery_status", "consignment_id": awb, "invoice": null,
            "status": "delivered_approval_pending", "updated_at": "2026-11-21 12:30:00" }),
        Provider::Pathao => json!({ "consignment_id": awb, "event": "order.assigned-for-delivery",
            "updated_at": "2026-11-21 12:30:00" }),
        Provider::Redx => json!({ "tracking_number": awb, "status": "delivery-in-progress",
            "timestamp": "2026-11-21T06:30:00.000Z" }),
        Provider::Shiprocket => json!({ "awb": awb, "shipment_status": "OUT FOR DELIVERY", "shipment_status_id": 17,
            "current_timestamp": "21 11 2026 12:00:00", "order_id": "x", "scans": [], "is_return": 0 }),
        Provider::Delhivery => json!({ "Shipment": { "AWB": awb, "NSLCode": "X-DDD3FD", "Status": {
            "Status": "Dispatched", "StatusType": "UD", "StatusDateTime": "2026-11-21T12:00:00" } } }),
        Provider::Generic => json!({ "parcels": [
            { "awb": awb, "events": [{ "at": "2026-11-21T06:30:00Z", "status": "out_for_delivery" }] }] }),
        Provider::Manual => Value::Null,
    }
}

/// Bodies that no courier sends.
fn bad(good: &Value) -> Vec<Vec<u8>> {
    let whole = good.to_string().into_bytes();
    let mut garbled = whole.clone();
    garbled[0] = 0xff;
    vec![
        whole[..whole.len() - 3].to_vec(),
        b"<!DOCTYPE html><title>502 Bad Gateway</title>".to_vec(),
        garbled,
        format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes(),
        format!("[{}]", vec!["1"; ITEMS].join(",")).into_bytes(),
        br#"{"awb":NaN}"#.to_vec(),
        [whole.as_slice(), whole.as_slice()].concat(),
        vec![0xff, 0xfe, 0x00],
    ]
}

async fn send(stand: &Stand, body: Vec<u8>) {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(&body);
    let request = Request::post(format!("{}?token={SECRET}", stand.hook().await))
        .header("authorization", format!("Bearer {SECRET}"))
        .header("x-api-key", SECRET)
        .header("x-pathao-signature", SECRET)
        .header("x-harkara-signature", hex::encode(mac.finalize().into_bytes()));
    let answer = stand.shop.browser().send(request.body(Body::from(body)).expect("a request")).await;
    assert!((200..300).contains(&answer.status.as_u16()), "{}: {}", answer.status, answer.body);
}

async fn a_batch_of(provider: Provider) {
    let stand = stand(provider, 80, |form| {
        form.pickup_location = "Main Godown".to_owned();
        form.pickup_pincode = "560034".to_owned();
    })
    .await;
    let mut orders = Vec::new();
    for number in 0..GOOD {
        let (order, awb) = (stand.confirmed().await, format!("5811002004552{number}"));
        let attached = booking::attach(&stand.shop.app, &Actor::system(), &order, provider.code(), &awb, "").await;
        attached.expect("attached");
        orders.push((order, awb));
    }
    let bad = bad(&news(provider, &orders[0].1));
    for (at, body) in bad.iter().enumerate() {
        if let Some((_, awb)) = orders.get(at) {
            send(&stand, news(provider, awb).to_string().into_bytes()).await;
        }
        send(&stand, body.clone()).await;
    }
    stand.apply().await;
    for (order, _) in &orders {
        let order = stand.order(order).await;
        assert_eq!(order.shipments[0].status, ShipmentStatus::OutForDelivery, "{provider:?}");
    }
    let list = desk::pushes(&stand.shop.app, None, Some("dead"), None).await.expect("a list");
    assert_eq!(list.len(), bad.len(), "{provider:?}: {list:?}");
    for push in &list {
        let why = push.error.as_deref().expect("a reason");
        assert!(why.len() > 10 && why.ends_with('.'), "{provider:?}: {why}");
    }
    let all = stand.shop.number("SELECT COUNT(*) FROM webhook_log").await;
    assert_eq!(all, i64::try_from(bad.len() + GOOD).expect("a few"), "{provider:?}");
    stand.close().await;
}

#[tokio::test]
async fn bad_pushes_of_every_courier_are_laid_aside_and_the_good_ones_applied() {
    for (provider, _) in Provider::TABLE {
        if *provider != Provider::Manual {
            a_batch_of(*provider).await;
        }
    }
}
