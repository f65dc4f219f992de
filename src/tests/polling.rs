//! Asking couriers by ourselves: within what they allow, the urgent ones first, and less often where there is
//! nothing to hear.

use harkara::domain::couriers::Provider;
use harkara::domain::orders::OrderStatus;
use harkara::domain::time::{HOUR_MS, MINUTE_MS};
use harkara::error::AppError;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::syncing::{self, Place, SyncWish};
use harkara::server::actions::{booking, polling};
use harkara::server::couriers;
use harkara::server::sandbox::faults::{Fault, Rule};

use crate::support::merchant::{Merchant, merchant};

/// Attaches parcels that were booked elsewhere; the courier knows of `known` of them.
async fn parcels(merchant: &Merchant, known: usize, unknown: usize) {
    for at in 0..known + unknown {
        let reference = merchant.confirmed().await;
        let awb = if at < known {
            merchant.desk.book(&format!("ELSEWHERE-{at}")).await.expect("booked").awb.expect("an AWB")
        } else {
            format!("99900{at}")
        };
        let attached = booking::attach(&merchant.shop.app, &Actor::system(), &reference, "packzy", &awb, "").await;
        attached.expect("attached");
    }
    // What attaching asks for by itself is not what is looked at here.
    merchant.work().await;
    merchant.shop.meddle(&["UPDATE shipments SET last_polled_at = NULL, next_poll_at = 1".to_owned()]).await;
}

async fn put_off(merchant: &Merchant, wait_ms: i64) -> i64 {
    let at = merchant.shop.app.clock.now().0;
    let mut conn = merchant.shop.app.db.read().await.expect("a connection");
    let near = wait_ms / 10;
    sqlx::query_scalar("SELECT COUNT(*) FROM shipments WHERE next_poll_at BETWEEN $1 AND $2")
        .bind(at + wait_ms - near)
        .bind(at + wait_ms + near)
        .fetch_one(&mut *conn)
        .await
        .expect("a number")
}

#[tokio::test]
async fn a_courier_is_asked_no_more_than_it_allows_and_those_who_are_about_to_arrive_first() {
    let merchant = merchant(71).await;
    parcels(&merchant, 0, 1).await;
    let allowed = couriers::of(Provider::Packzy).expect("a courier").capabilities().polls_per_minute as i64;
    // A few hundred parcels more, of which the last that are due are with the rider.
    let columns = "seq, store_id, order_id, courier_id, leg, booking_state, status, status_at, weight_grams, length_mm,
        width_mm, height_mm, currency, cod_amount_minor, declared_value_minor, author_kind, created_at, updated_at,
        released_at";
    let copies = (0..3 * allowed).map(|at| {
        let (status, due) = if at % 10 == 0 { ("out_for_delivery", 1_000_000 + at) } else { ("in_transit", 2 + at) };
        let taken = columns.replace("seq", &format!("seq + 1 + {at}")).replace("status,", &format!("'{status}',"));
        format!(
            "INSERT INTO shipments (id, booking, awb, next_poll_at, {columns})
             SELECT 'copy-{at}', {}, '77700{at}', {due}, {} FROM shipments WHERE awb = '999000'",
            at + 2,
            taken.replace("released_at", "1"),
        )
    });
    merchant.shop.meddle(&copies.collect::<Vec<_>>()).await;
    let (riders, calls) = (3 * allowed / 10, "SELECT COUNT(*) FROM shipments WHERE next_poll_at > 2000000");
    assert_eq!(polling::poll(&merchant.shop.app).await, Ok(usize::try_from(allowed).unwrap()));
    assert_eq!(merchant.shop.number(calls).await, allowed, "as many calls as are allowed in a minute");
    let with_riders = "SELECT COUNT(*) FROM shipments WHERE status = 'out_for_delivery' AND next_poll_at > 2000000";
    assert_eq!(merchant.shop.number(with_riders).await, riders, "with all who are about to arrive");
    for _ in 0..3 {
        polling::poll(&merchant.shop.app).await.expect("asked");
    }
    assert_eq!(polling::poll(&merchant.shop.app).await, Ok(0), "everybody was asked for");
    merchant.close().await;
}

#[tokio::test]
async fn what_the_courier_does_not_know_is_asked_for_less_often_and_what_it_could_not_answer_soon() {
    let merchant = merchant(72).await;
    parcels(&merchant, 2, 3).await;
    assert_eq!(polling::poll(&merchant.shop.app).await, Ok(5));
    assert_eq!(put_off(&merchant, 2 * HOUR_MS).await, 5, "those it knows of, and those it does not");
    merchant.shop.meddle(&["UPDATE shipments SET next_poll_at = 1".to_owned()]).await;
    merchant.desk.sandbox.set_faults(vec![Rule::new("status_by_cid", Fault::ServerError)]);
    assert_eq!(polling::poll(&merchant.shop.app).await, Ok(5));
    assert_eq!(put_off(&merchant, 15 * MINUTE_MS).await, 5, "the courier was away");
    merchant.close().await;
}

/// What a walk over parcels came to: how many, how many changed, how many failed.
async fn synced(merchant: &Merchant, wish: SyncWish) -> (usize, usize, usize) {
    let (mut place, mut sums) = (Place::default(), (0, 0, 0));
    while let Some((some, next)) = syncing::sync_next(&merchant.shop.app, &wish, place).await.expect("synced") {
        for one in &some {
            sums.0 += 1;
            sums.1 += usize::from(one.is_change);
            sums.2 += usize::from(one.outcome.is_err());
        }
        place = next;
    }
    sums
}

#[tokio::test]
async fn a_sync_finds_out_what_is_unclear_and_asks_about_the_rest() {
    let merchant = merchant(73).await;
    let (booked, unclear, other) = (merchant.confirmed().await, merchant.confirmed().await, merchant.confirmed().await);
    let book = async |order: &str| {
        booking::create(&merchant.shop.app, &Actor::system(), order, "packzy", "").await.expect("begun");
    };
    book(&booked).await;
    merchant.desk.fault("create_order", Fault::TimeoutAfter);
    book(&unclear).await;
    book(&other).await;
    let awb = merchant.desk.sandbox.parcels()[0].awb.clone();
    merchant.desk.sandbox.event(&awb, Some("delivered".into()), String::new()).await.expect("a parcel");
    let unknown = "SELECT COUNT(*) FROM shipments WHERE booking_state = 'unknown'";
    assert_eq!(merchant.shop.number(unknown).await, 1);
    assert_eq!(synced(&merchant, SyncWish::Unclear).await, (1, 1, 0), "nothing else is touched");
    assert_eq!(merchant.shop.number(unknown).await, 0, "the courier has it, whose number is to come");
    assert_eq!(merchant.order(&booked).await.order.status, OrderStatus::Processing);
    assert_eq!(synced(&merchant, SyncWish::Order(booked.clone())).await, (1, 1, 0));
    assert_eq!(merchant.order(&booked).await.order.status, OrderStatus::Delivered);
    assert_eq!(synced(&merchant, SyncWish::All).await, (2, 0, 0), "what is delivered has no news");
    merchant.desk.sandbox.set_faults(vec![Rule::new("*", Fault::ServerError)]);
    assert_eq!(synced(&merchant, SyncWish::All).await, (2, 0, 2), "and who asks hears that nobody answered");
    let nobody = syncing::sync_next(&merchant.shop.app, &SyncWish::Order("LEG-NOBODY".into()), Place::default()).await;
    assert_eq!(nobody.unwrap_err(), AppError::not_found("Order"));
    merchant.close().await;
}
