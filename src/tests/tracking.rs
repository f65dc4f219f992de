//! Pushes through the couriers' door: stored first, applied once, in whatever order they come.

use axum::body::Body;
use axum::http::Request;
use harkara::domain::orders::OrderStatus;
use harkara::domain::shipping::ShipmentStatus;
use harkara::domain::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use harkara::domain::tracking::CaseKind;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::pushes::{self, Applier};
use harkara::server::actions::{booking, checking, desk, upkeep};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::merchant::{Merchant, WEBHOOK_SECRET, merchant};

const AWB: i64 = 184_402_211;
/// 2026-11-21 12:00 in Dhaka, the time of the first pushes.
const NOON_IN_DHAKA_MS: i64 = 1_795_240_800_000;

fn push(awb: i64, minute: i64, status: &str) -> Value {
    let at = format!("2026-11-21 {:02}:{:02}:00", 12 + minute / 60, minute % 60);
    json!({"notification_type": "delivery_status", "consignment_id": awb, "invoice": null, "cod_amount": 100,
        "status": status, "delivery_charge": 60, "tracking_message": "", "updated_at": at})
}

async fn attached(merchant: &Merchant, awb: i64) -> String {
    let reference = merchant.confirmed().await;
    let attached =
        booking::attach(&merchant.shop.app, &Actor::system(), &reference, "packzy", &awb.to_string(), "").await;
    attached.expect("attached");
    reference
}

#[tokio::test]
async fn a_push_is_stored_answered_applied_and_shown_on_the_customers_page() {
    let merchant = merchant(1).await;
    let reference = attached(&merchant, AWB).await;
    let answer = merchant.push(&push(AWB, 1, "delivered_approval_pending")).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert!(answer.body.contains("success"), "Packzy's own acknowledgement: {}", answer.body);
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Processing, "stored, not applied yet");
    merchant.apply().await;
    let order = merchant.order(&reference).await;
    assert_eq!(order.order.status, OrderStatus::OutForDelivery, "waiting for approval is not delivered");
    merchant.push(&push(AWB, 2, "Delivered")).await;
    merchant.push(&push(AWB, 2, "Delivered")).await;
    merchant.apply().await;
    let order = merchant.order(&reference).await;
    assert_eq!(order.order.status, OrderStatus::Delivered);
    assert_eq!(order.shipments[0].steps.len(), 2, "the same push twice is one line");
    let seen = desk::tracked(&merchant.shop.app, &reference, "5678", "127.0.0.1").await.expect("tracked");
    assert_eq!((seen.status, seen.city.as_str(), seen.shipments.len()), (OrderStatus::Delivered, "Dhaka", 1));
    for (name, digits) in [(reference.as_str(), "0000"), ("LEG-NOPE-222222", "5678"), ("", ""), (&reference, "45678")] {
        let missed = desk::tracked(&merchant.shop.app, name, digits, "127.0.0.2").await.unwrap_err();
        assert_eq!(missed, harkara::error::AppError::not_found("Order"), "{name} {digits}");
    }
    merchant.close().await;
}

#[tokio::test]
async fn only_the_accounts_own_courier_is_believed_and_refusals_are_counted() {
    let merchant = merchant(1).await;
    attached(&merchant, AWB).await;
    let hook = merchant.hook().await;
    let body = push(AWB, 1, "Delivered");
    for (path, bearer, status) in [
        (hook.as_str(), None, 401),
        (hook.as_str(), Some("wrong"), 401),
        ("/hooks/t/nobody", Some(WEBHOOK_SECRET), 404),
        ("/api/webhooks/courier/by-hand", Some(WEBHOOK_SECRET), 401),
        ("/api/webhooks/shiprocket/", Some(WEBHOOK_SECRET), 404),
        (hook.as_str(), Some(WEBHOOK_SECRET), 200),
        ("/api/webhooks/packzy/", Some(WEBHOOK_SECRET), 200),
        ("/api/webhooks/courier/packzy", Some(WEBHOOK_SECRET), 200),
    ] {
        let answer = merchant.send("POST", path, bearer, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {bearer:?} {}", answer.body);
    }
    for method in ["GET", "HEAD"] {
        let probe = Request::builder().method(method).uri(&hook).body(Body::empty()).unwrap();
        assert_eq!(merchant.shop.browser().send(probe).await.status.as_u16(), 200);
    }
    let probe = Request::post(&hook).body(Body::empty()).unwrap();
    assert_eq!(merchant.shop.browser().send(probe).await.status.as_u16(), 200, "a probe without token does nothing");
    merchant.apply().await;
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM webhook_log").await, 3);
    assert_eq!(merchant.shop.number("SELECT CAST(SUM(repeats) AS BIGINT) FROM webhook_refusals").await, 5);
    merchant.close().await;
}

#[tokio::test]
async fn one_bad_push_is_laid_aside_with_its_reason_and_the_others_are_applied() {
    let merchant = merchant(1).await;
    let reference = attached(&merchant, AWB).await;
    for bad in [json!({"notification_type": "delivery_status"}), json!({"x": [1, 2]}), json!({"consignment_id": {}})] {
        assert_eq!(merchant.push(&bad).await.status.as_u16(), 200);
    }
    let hook = merchant.hook().await;
    let rubbish = Request::post(&hook)
        .header("authorization", format!("Bearer {WEBHOOK_SECRET}"))
        .body(Body::from(vec![0xff, 0xfe, 0x00]))
        .unwrap();
    assert_eq!(merchant.shop.browser().send(rubbish).await.status.as_u16(), 200);
    let nul = json!({"notification_type": "delivery_status", "consignment_id": "1\u{0}2", "invoice": "\u{0}",
        "status": "Del\u{0}ivered", "tracking_message": "\u{0}", "updated_at": "2026-11-21 12:30:00"});
    assert_eq!(merchant.push(&nul).await.status.as_u16(), 200, "a NUL holds nothing up");
    merchant.push(&push(AWB, 1, "no such word")).await;
    merchant.push(&push(AWB, 2, "hold")).await;
    merchant.apply().await;
    let order = merchant.order(&reference).await;
    assert_eq!(order.shipments[0].status, ShipmentStatus::OnHold);
    assert_eq!(order.cases.len(), 1, "the unknown word is put before a person: {:?}", order.cases);
    let dead = "SELECT COUNT(*) FROM webhook_log WHERE state = 'dead' AND error IS NOT NULL";
    assert!(merchant.shop.number(dead).await >= 2);
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM webhook_log WHERE state = 'queued'").await, 0);
    let id = {
        let list = desk::pushes(&merchant.shop.app, None, Some("dead"), None).await.unwrap();
        list[0].id.clone()
    };
    pushes::replay(&merchant.shop.app, &Actor::system(), &id).await.expect("queued again");
    assert!(pushes::replay(&merchant.shop.app, &Actor::system(), &id).await.is_err(), "it waits already");
    merchant.close().await;
}

#[tokio::test]
async fn bodies_are_kept_for_ninety_days_in_the_database_and_no_longer_in_the_spool() {
    let merchant = merchant(1).await;
    let reference = attached(&merchant, AWB).await;
    let app = &merchant.shop.app;
    let kept = "SELECT COUNT(*) FROM webhook_log WHERE body IS NOT NULL";
    merchant.push(&push(AWB, 1, "hold")).await;
    merchant.apply().await;
    app.clock.advance(89 * DAY_MS);
    merchant.push(&push(AWB, 2, "pending")).await;
    merchant.apply().await;
    upkeep::forget_pushes(app).await.expect("nothing is old enough");
    assert_eq!(merchant.shop.number(kept).await, 2);
    app.clock.advance(2 * DAY_MS);
    merchant.push(&push(AWB, 3, "hold")).await;
    upkeep::forget_pushes(app).await.expect("the first body is taken away");
    merchant.apply().await;
    assert_eq!(merchant.shop.number(kept).await, 2);
    let list = desk::pushes(app, None, None, None).await.unwrap();
    assert_eq!(list.len(), 3, "the lines stay");
    let gone = pushes::replay(app, &Actor::system(), &list[2].id).await;
    assert!(gone.is_err(), "there is nothing left to replay");
    assert_eq!(merchant.order(&reference).await.shipments[0].steps.len(), 3, "its effect stays");
    // What the spool held of the first ones is gone from the disk; of the last one it may be there.
    app.clock.advance(91 * DAY_MS);
    upkeep::forget_pushes(app).await.expect("all of them");
    assert_eq!(merchant.shop.number(kept).await, 0);
    let spool = app.config.data_dir.join("spool");
    for file in std::fs::read_dir(spool).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"body_hash"), "nothing is left here");
    }
    merchant.close().await;
}

#[tokio::test]
async fn the_same_answer_to_a_question_is_one_observation_and_another_one_is_news() {
    let merchant = merchant(5).await;
    let reference = merchant.confirmed().await;
    let app = &merchant.shop.app;
    let id = booking::create(app, &Actor::system(), &reference, "packzy", "").await.expect("booked").to_string();
    let awb = merchant.desk.sandbox.parcels()[0].awb.clone();
    for status in ["pending", "hold", "hold", "pending", "hold"] {
        merchant.desk.sandbox.event(&awb, Some(status.into()), String::new()).await;
        app.clock.advance(MINUTE_MS);
        checking::check_one(app, &Actor::system(), &id).await.expect("asked");
    }
    let order = merchant.order(&reference).await;
    let seen: Vec<&str> = order.shipments[0].steps.iter().map(|step| step.raw_status.as_str()).collect();
    assert_eq!(seen, ["pending", "hold", "pending", "hold"]);
    assert_eq!(order.shipments[0].status, ShipmentStatus::OnHold);
    merchant.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_pushes_for_one_parcel_at_once_end_in_the_folds_state() {
    let merchant = merchant(1).await;
    let reference = attached(&merchant, AWB).await;
    let words = ["pending", "hold", "delivered_approval_pending", "cancelled", "Delivered"];
    let bodies: Vec<Value> = (0..50).map(|at| push(AWB, at, words[(at % 5) as usize])).collect();
    let sent = bodies.iter().map(|body| merchant.push(body));
    for answer in futures_util::future::join_all(sent).await {
        assert_eq!(answer.status.as_u16(), 200);
    }
    // Two appliers, as two instances would.
    let (one, two) = (merchant.shop.app.clone(), merchant.shop.app.clone());
    let apply = |app: harkara::server::App| async move {
        let mut applier = Applier::default();
        while pushes::apply_waiting(&app, &mut applier).await.unwrap() > 0 {}
    };
    let (one, two) = tokio::join!(tokio::spawn(apply(one)), tokio::spawn(apply(two)));
    one.and(two).expect("both end");
    merchant.apply().await;
    let order = merchant.order(&reference).await;
    assert_eq!(order.shipments[0].steps.len(), 50);
    assert_eq!(order.order.status, OrderStatus::Delivered);
    // Cancelled, then delivered: revived. Delivered is a hard end; what contradicts it disputes it once.
    assert_eq!((order.shipments[0].status, order.shipments[0].is_disputed), (ShipmentStatus::Delivered, true));
    let kinds: Vec<CaseKind> = order.cases.iter().map(|case| case.kind).collect();
    assert_eq!(kinds, [CaseKind::Revived, CaseKind::Disputed]);
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM webhook_log WHERE state <> 'applied'").await, 0);
    merchant.close().await;
}

#[tokio::test]
async fn what_one_has_opened_ahead_and_another_has_applied_is_applied_once() {
    let merchant = merchant(1).await;
    let reference = attached(&merchant, AWB).await;
    for minute in 0..30 {
        merchant.push(&push(AWB, minute, "pending")).await;
    }
    let (app, mut one, mut other) = (&merchant.shop.app, Applier::default(), Applier::default());
    assert_eq!(pushes::apply_spooled(app, &mut one).await.unwrap(), 10, "the first has ten more at hand");
    while pushes::apply_spooled(app, &mut other).await.unwrap() > 0 {}
    assert_eq!(pushes::apply_waiting(app, &mut one).await.unwrap(), 0);
    merchant.push(&push(AWB, 30, "hold")).await;
    assert_eq!(pushes::apply_waiting(app, &mut one).await.unwrap(), 1);
    assert_eq!(merchant.order(&reference).await.shipments[0].steps.len(), 31);
    merchant.close().await;
}

/// Everything about a parcel that any order of arrival must agree on.
async fn outcome(merchant: &Merchant, reference: &str) -> Value {
    let order = merchant.order(reference).await;
    let parcel = &order.shipments[0];
    // Two parcels have events of different ids, which is the last tie-breaker of what is shown.
    let mut steps: Vec<_> = parcel.steps.iter().map(|step| (step.at, step.raw_status.clone())).collect();
    steps.sort();
    let mut cases: Vec<_> = order.cases.iter().map(|case| (case.kind, case.opened_at)).collect();
    cases.sort();
    // Before the first word the state is as old as the parcel.
    let has_status = parcel.steps.iter().any(|step| step.status.is_some());
    let mut all_cases: Vec<(String, Option<i64>)> = {
        let mut conn = merchant.shop.app.db.read().await.unwrap();
        sqlx::query_as("SELECT kind, closed_at FROM cases WHERE order_id = $1 ORDER BY kind, opened_at")
            .bind(order.order.id.as_str())
            .fetch_all(&mut *conn)
            .await
            .unwrap()
    };
    all_cases.sort();
    json!({"order": order.order.status, "parcel": parcel.status, "attempts": parcel.attempts, "disputed": parcel.is_disputed,
        "partial": parcel.is_partial, "at": has_status.then_some(parcel.status_at), "steps": steps, "cases": cases, "all": all_cases})
}

/// Sends a set of pushes for a parcel of its own, in this order, some at a time, and says what came of it.
async fn played(merchant: &Merchant, awb: i64, order: &[(i64, usize)], batch: usize) -> Value {
    const WORDS: [&str; 8] = [
        "in_review",
        "pending",
        "hold",
        "delivered_approval_pending",
        "cancelled",
        "Delivered",
        "Partial Delivered",
        "gibberish",
    ];
    let reference = attached(merchant, awb).await;
    for chunk in order.chunks(batch.max(1)) {
        for (minute, word) in chunk {
            merchant.push(&push(awb, *minute, WORDS[*word])).await;
        }
        merchant.apply().await;
        merchant.shop.app.clock.advance(SECOND_MS);
    }
    outcome(merchant, &reference).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_order_and_repetition_of_pushes_gives_one_result() {
    let merchant = merchant(1).await;
    let variant = merchant.variants(1).await.remove(0);
    merchant.stock(&variant, 100_000).await;
    let events = prop::collection::vec((0..6_i64, 0..8_usize), 1..9);
    let cases = events.prop_flat_map(|events| {
        let twice: Vec<_> = events.iter().chain(&events).copied().collect();
        (Just(events), Just(twice).prop_shuffle(), 1..6_usize)
    });
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let runtime = tokio::runtime::Handle::current();
    let mut awb = 500_000_000;
    let seen = std::cell::RefCell::new(0);
    tokio::task::block_in_place(|| {
        let next = std::cell::Cell::new(awb);
        runner
            .run(&cases, |(events, shuffled, batch)| {
                next.set(next.get() + 2);
                let (first, second) = (next.get(), next.get() + 1);
                let (one, other) = runtime.block_on(async {
                    (
                        played(&merchant, first, &events, events.len()).await,
                        played(&merchant, second, &shuffled, batch).await,
                    )
                });
                *seen.borrow_mut() += 1;
                // Delivered, in part or whole, is a hard end: the first such word stands, whatever came after.
                let ends = events.iter().filter(|(_, word)| matches!(word, 5 | 6)).map(|(minute, _)| *minute).min();
                if let Some(minute) = ends {
                    prop_assert_eq!(&one["parcel"], &json!("delivered"));
                    prop_assert_eq!(&one["at"], &json!(NOON_IN_DHAKA_MS + minute * MINUTE_MS));
                }
                prop_assert_eq!(one, other);
                Ok(())
            })
            .unwrap();
        awb = next.get();
    });
    assert!(*seen.borrow() >= 24 && awb > 500_000_000);
    merchant.close().await;
}
