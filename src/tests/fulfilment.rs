//! Moving orders: stock is taken once, all lines or none, whoever clicks how often and all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use harkara::domain::orders::{DeskFilter, OrderAction, OrderStatus};
use harkara::domain::staff::Role;
use harkara::domain::time::SECOND_MS;
use harkara::error::AppError;
use harkara::server::actions::upkeep;
use harkara::server::{http, listen};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::support::merchant::{Merchant, merchant};
use crate::support::wire::Wire;

#[tokio::test]
async fn confirming_takes_stock_once_and_a_second_confirm_answers_the_present_state() {
    let merchant = merchant(1).await;
    let variant = merchant.variants(1).await.remove(0);
    merchant.stock(&variant, 5).await;
    let reference = merchant.place(&[(&variant, 3)]).await;
    assert_eq!(merchant.stock_of(&variant).await, 5, "placing does not touch stock");
    merchant.shop.app.clock.advance(SECOND_MS);
    assert_eq!(merchant.act(&reference, OrderAction::Confirm).await, Ok(OrderStatus::Confirmed));
    assert_eq!(merchant.stock_of(&variant).await, 2);
    assert_eq!(merchant.act(&reference, OrderAction::Confirm).await, Ok(OrderStatus::Confirmed));
    assert_eq!(merchant.stock_of(&variant).await, 2, "taken once");

    let order = merchant.order(&reference).await;
    let kinds: Vec<&str> = order.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["placed", "confirmed"]);
    let count = |sql| merchant.shop.number(sql);
    assert_eq!(count("SELECT COUNT(*) FROM activity WHERE action = 'order.confirmed'").await, 1);
    assert_eq!(count("SELECT COUNT(*) FROM outbox WHERE effect = 'order.confirmed'").await, 1);
    assert_eq!(count("SELECT CAST(SUM(delta) AS BIGINT) FROM counter_deltas WHERE name = 'orders.pending'").await, 0);
    assert_eq!(count("SELECT CAST(SUM(delta) AS BIGINT) FROM counter_deltas WHERE name = 'orders.confirmed'").await, 1);
    merchant.close().await;
}

#[tokio::test]
async fn folding_the_counters_changes_no_count() {
    let merchant = merchant(1).await;
    for _ in 0..3 {
        merchant.confirmed().await;
    }
    let counted = || async {
        let page = harkara::server::actions::desk::page(&merchant.shop.app, &DeskFilter::default()).await.unwrap();
        page.counts.into_iter().filter(|(_, count)| *count != 0).collect::<Vec<_>>()
    };
    let before = counted().await;
    assert_eq!(before, [(OrderStatus::Confirmed, 3)]);
    upkeep::sweep(&merchant.shop.app).await.expect("swept");
    assert_eq!(counted().await, before);
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM counter_deltas").await, 0);
    merchant.close().await;
}

#[tokio::test]
async fn an_order_that_cannot_be_filled_takes_nothing_and_names_the_product() {
    let merchant = merchant(1).await;
    let variants = merchant.variants(2).await;
    let reference = merchant.place(&[(&variants[0], 1), (&variants[1], 4)]).await;
    merchant.stock(&variants[0], 9).await;
    merchant.stock(&variants[1], 3).await;
    let refused = merchant.act(&reference, OrderAction::Confirm).await.unwrap_err();
    let AppError::InsufficientStock { product, available } = &refused else { panic!("{refused:?}") };
    assert_eq!(*available, 3);
    assert!(!product.is_empty());
    assert_eq!(refused.sentence(), format!("{product}: Insufficient stock. Available: 3"));
    assert_eq!((merchant.stock_of(&variants[0]).await, merchant.stock_of(&variants[1]).await), (9, 3));
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Pending);
    merchant.close().await;
}

#[tokio::test]
async fn cancelling_gives_stock_back_once() {
    let merchant = merchant(1).await;
    let variant = merchant.variants(1).await.remove(0);
    merchant.stock(&variant, 5).await;
    let reference = merchant.place(&[(&variant, 2)]).await;
    merchant.act(&reference, OrderAction::Confirm).await.unwrap();
    assert_eq!(merchant.act(&reference, OrderAction::Cancel).await, Ok(OrderStatus::Cancelled));
    assert_eq!(merchant.stock_of(&variant).await, 5);
    let again = merchant.act(&reference, OrderAction::Cancel).await.unwrap_err();
    assert!(matches!(&again, AppError::Conflict { allowed, .. } if allowed.is_empty()), "{again:?}");
    assert_eq!(merchant.stock_of(&variant).await, 5);
    merchant.close().await;
}

#[tokio::test]
async fn a_refused_move_says_what_is_allowed_and_customers_only_cancel_the_own_pending_order() {
    let merchant = merchant(1).await;
    let reference = merchant.confirmed().await;
    let refused = merchant.act(&reference, OrderAction::Deliver).await.unwrap_err();
    let AppError::Conflict { allowed, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(allowed, ["process", "ship", "cancel"]);

    let seller_elsewhere = merchant.shop.token(Role::Seller, Some("mumbai")).await;
    let customer = merchant.shop.token(Role::Customer, None).await;
    let path = format!("/api/v1/orders/{reference}/ship/");
    for (token, status) in [(Some(seller_elsewhere.as_str()), 404), (Some(customer.as_str()), 403), (None, 401)] {
        let answer = merchant.send("POST", &path, token, &json!({})).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    }
    let staff = merchant.shop.token(Role::Staff, None).await;
    let refused = merchant.send("PATCH", &path.replace("ship", "deliver_order"), Some(&staff), &json!({})).await;
    let body: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!((refused.status.as_u16(), &body["allowed"]), (409, &json!(["process", "ship", "cancel"])));
    let shipped = merchant.send("POST", &path, Some(&staff), &json!({})).await;
    let body: Value = serde_json::from_str(&shipped.body).unwrap();
    assert_eq!((shipped.status.as_u16(), &body["status"]), (200, &json!("shipped")));
    merchant.close().await;
}

/// Serves the shop on a socket and sends one request per path over so many connections.
async fn storm(merchant: &Merchant, token: &str, paths: Vec<String>, connections: usize) -> Vec<(u16, Value)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(listen::serve(listener, http::router(&merchant.shop.app), async move {
        stopped.await.ok();
    }));
    let paths = Arc::new(Mutex::new(paths));
    let mut clients = Vec::new();
    for _ in 0..connections {
        let (paths, host, bearer) = (Arc::clone(&paths), host.clone(), format!("Bearer {token}"));
        clients.push(tokio::spawn(async move {
            let mut wire = Wire::connect(&host).await.expect("a connection");
            let mut answers = Vec::new();
            loop {
                let Some(path) = paths.lock().await.pop() else { return answers };
                let reply = wire.send("POST", &path, &[("authorization", &bearer)], b"").await.expect("an answer");
                answers.push((reply.status, serde_json::from_slice(&reply.body).unwrap_or_default()));
            }
        }));
    }
    let mut answers = Vec::new();
    for client in clients {
        answers.extend(client.await.expect("a client"));
    }
    stop.send(()).ok();
    server.await.expect("the server ends");
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_orders_for_fifty_pieces_confirm_exactly_fifty() {
    let merchant = merchant(1).await;
    let variant = merchant.variants(1).await.remove(0);
    let mut paths = Vec::new();
    merchant.stock(&variant, 200).await;
    for _ in 0..200 {
        let reference = merchant.place(&[(&variant, 1)]).await;
        paths.push(format!("/api/v1/orders/{reference}/confirm/"));
    }
    merchant.stock(&variant, 50).await;
    let staff = merchant.shop.token(Role::Staff, None).await;
    let answers = storm(&merchant, &staff, paths, 32).await;
    let mut counted: BTreeMap<u16, usize> = BTreeMap::new();
    for (status, body) in &answers {
        *counted.entry(*status).or_default() += 1;
        if *status == 409 {
            assert_eq!(body["error"], "Insufficient stock. Available: 0", "{body}");
            assert!(body["product"].is_string());
        }
    }
    assert_eq!(counted, BTreeMap::from([(200, 50), (409, 150)]));
    assert_eq!(merchant.stock_of(&variant).await, 0);
    let taken = "SELECT CAST(SUM(quantity) AS BIGINT) FROM stock_movements WHERE reason = 'confirmed'";
    assert_eq!(merchant.shop.number(taken).await, -50);
    merchant.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_with_the_same_lines_the_other_way_round_never_deadlock() {
    let merchant = merchant(1).await;
    let variants = merchant.variants(2).await;
    for variant in &variants {
        merchant.stock(variant, 100).await;
    }
    let mut paths = Vec::new();
    for at in 0..60 {
        let (first, second) = if at % 2 == 0 { (0, 1) } else { (1, 0) };
        let reference = merchant.place(&[(&variants[first], 1), (&variants[second], 1)]).await;
        paths.push(format!("/api/v1/orders/{reference}/confirm/"));
    }
    let staff = merchant.shop.token(Role::Staff, None).await;
    let answers = storm(&merchant, &staff, paths, 32).await;
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    for variant in &variants {
        assert_eq!(merchant.stock_of(variant).await, 40);
    }
    merchant.close().await;
}
