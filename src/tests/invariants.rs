//! `harkara check`: a shop that has been at work is found sound, also while it works, and whatever is
//! meddled with is found.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harkara::domain::ids::ShipmentId;
use harkara::domain::invariants::{FINDINGS, FindingKind};
use harkara::domain::orders::{OrderAction, OrderStatus};
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{booking, invariants, upkeep};
use harkara::server::sandbox::faults::Fault;
use serde_json::json;

use crate::support::merchant::{Merchant, merchant};
use crate::support::{self, is_postgres, parcels};

/// Orders of every kind, by id.
struct Journey {
    merchant: Merchant,
    variant: String,
    pending: String,
    confirmed: String,
    cancelled: String,
    delivered: String,
    /// The parcel of the delivered one.
    shipment: String,
    /// A refused booking that another one has replaced.
    refused: String,
}

async fn journey() -> Journey {
    let merchant = merchant(81).await;
    let app = merchant.shop.app.clone();
    let variants = merchant.variants(2).await;
    let lines = [(variants[0].as_str(), 2), (variants[1].as_str(), 1)];
    let pending = merchant.place(&lines).await;
    let never_confirmed = merchant.place(&lines).await;
    merchant.act(&never_confirmed, OrderAction::Cancel).await.expect("cancelled");
    let cancelled = merchant.place(&lines).await;
    merchant.act(&cancelled, OrderAction::Confirm).await.expect("confirmed");
    merchant.act(&cancelled, OrderAction::Cancel).await.expect("cancelled");
    // What is counted so far is folded, what comes is not.
    upkeep::sweep(&app).await.expect("swept");
    let confirmed = merchant.place(&lines).await;
    merchant.act(&confirmed, OrderAction::Confirm).await.expect("confirmed");
    let by_hand = merchant.confirmed().await;
    for action in [OrderAction::Ship, OrderAction::SendOut, OrderAction::Deliver, OrderAction::Refund] {
        merchant.act(&by_hand, action).await.expect("moved");
    }
    let (delivered, shipment, refused) = book_and_deliver(&merchant).await;
    let order = merchant.order(&delivered).await;
    assert_eq!(order.order.status, OrderStatus::Delivered);
    assert!(!order.cases.is_empty(), "it was called off after it was delivered");
    Journey {
        pending: merchant.order(&pending).await.order.id.to_string(),
        confirmed: merchant.order(&confirmed).await.order.id.to_string(),
        cancelled: merchant.order(&cancelled).await.order.id.to_string(),
        delivered: order.order.id.to_string(),
        shipment: shipment.to_string(),
        refused: refused.to_string(),
        variant: variants[0].clone(),
        merchant,
    }
}

/// A booking that was refused and made again, and a parcel that was delivered and then called off; answers
/// the reference of the delivered order, its parcel and the refused booking.
async fn book_and_deliver(merchant: &Merchant) -> (String, ShipmentId, ShipmentId) {
    let app = &merchant.shop.app;
    let booked_twice = merchant.confirmed().await;
    merchant.desk.fault("create_order", Fault::OkButFailed);
    let refused = booking::create(app, &Actor::system(), &booked_twice, "packzy", "").await.expect("written down");
    booking::create(app, &Actor::system(), &booked_twice, "packzy", "").await.expect("booked");
    let delivered = merchant.confirmed().await;
    let shipment =
        booking::attach(app, &Actor::system(), &delivered, "packzy", "555000111", "").await.expect("attached");
    for (second, status) in [(10, "hold"), (20, "Delivered"), (30, "cancelled")] {
        let push = json!({"notification_type": "delivery_status", "consignment_id": 555000111, "invoice": "ELSEWHERE-1",
            "status": status, "updated_at": format!("2026-11-21 12:30:{second}")});
        assert_eq!(merchant.push(&push).await.status.as_u16(), 200);
    }
    merchant.apply().await;
    (delivered, shipment, refused)
}

impl Journey {
    async fn found(&self) -> BTreeSet<FindingKind> {
        let found = invariants::check(&self.merchant.shop.app).await.expect("looked through");
        found.into_iter().map(|finding| finding.kind).collect()
    }

    /// Lets the database take what it would refuse.
    async fn loosen(&self) {
        let loosened: Vec<String> = if is_postgres() {
            let table = |table: &str| {
                format!(
                    "DO $$ DECLARE one record; BEGIN FOR one IN SELECT conname FROM pg_constraint
                        WHERE conrelid = '{table}'::regclass AND contype = 'c'
                     LOOP EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT ' || quote_ident(one.conname); END LOOP; END $$"
                )
            };
            vec![table("orders"), table("product_variants")]
        } else {
            vec!["PRAGMA ignore_check_constraints = ON".to_owned()]
        };
        self.merchant.shop.meddle(&loosened).await;
        self.merchant.shop.meddle(&["DROP INDEX shipments_current".to_owned()]).await;
    }
}

/// A thing done to the data, how it is undone, and what is found in between.
struct Damage {
    harm: String,
    undo: String,
    finds: Vec<FindingKind>,
}

fn damage(harm: &str, undo: &str, finds: &[FindingKind]) -> Damage {
    Damage { harm: harm.to_owned(), undo: undo.to_owned(), finds: finds.to_vec() }
}

/// An update of one row, and the update that takes it back.
fn update(table: &str, id: &str, harm: &str, undo: &str, finds: &[FindingKind]) -> Damage {
    damage(
        &format!("UPDATE {table} SET {harm} WHERE id = '{id}'"),
        &format!("UPDATE {table} SET {undo} WHERE id = '{id}'"),
        finds,
    )
}

fn damages_to_stock_and_money(journey: &Journey) -> Vec<Damage> {
    use FindingKind::*;
    let Journey { variant, pending, confirmed, cancelled, .. } = journey;
    let movement = |order: &str, from: &str, to: &str| {
        format!("UPDATE stock_movements SET reason = '{to}' WHERE order_id = '{order}' AND reason = '{from}'")
    };
    let twice = |sign: &str| {
        format!(
            "UPDATE stock_movements SET quantity = quantity {sign} 2 WHERE order_id = '{confirmed}' AND variant_id = '{variant}'"
        )
    };
    vec![
        update(
            "product_variants",
            variant,
            "stock_quantity = stock_quantity + 1",
            "stock_quantity = stock_quantity - 1",
            &[StockSum],
        ),
        update(
            "product_variants",
            variant,
            "stock_quantity = -1 - stock_quantity",
            "stock_quantity = -1 - stock_quantity",
            &[StockSum, StockNegative],
        ),
        update("orders", pending, "total_minor = total_minor + 1", "total_minor = total_minor - 1", &[OrderTotal]),
        update(
            "orders",
            pending,
            "goods_minor = goods_minor + 1, total_minor = total_minor + 1",
            "goods_minor = goods_minor - 1, total_minor = total_minor - 1",
            &[OrderGoods],
        ),
        update("orders", pending, "item_count = item_count + 1", "item_count = item_count - 1", &[OrderPieces]),
        damage(
            &movement(confirmed, "confirmed", "correction"),
            &movement(confirmed, "correction", "confirmed"),
            &[OrderStock],
        ),
        damage(
            &movement(cancelled, "cancelled", "correction"),
            &movement(cancelled, "correction", "cancelled"),
            &[OrderStock],
        ),
        damage(&twice("*"), &twice("/"), &[StockSum, OrderStock]),
    ]
}

fn damages_to_orders_and_parcels(journey: &Journey) -> Vec<Damage> {
    use FindingKind::*;
    let Journey { pending, delivered, shipment, refused, .. } = journey;
    let step = |from: &str, to: &str| {
        format!("UPDATE order_events SET to_status = '{to}' WHERE order_id = '{pending}' AND to_status = '{from}'")
    };
    let parcel = |harm: &str, undo: &str, finds: &[FindingKind]| update("shipments", shipment, harm, undo, finds);
    vec![
        damage(&step("pending", "confirmed"), &step("confirmed", "pending"), &[OrderStep]),
        update("orders", delivered, "status = 'processing'", "status = 'delivered'", &[Counter, OrderBehind]),
        update(
            "orders",
            delivered,
            "status = 'processing', is_pinned = 1",
            "status = 'delivered', is_pinned = 0",
            &[Counter],
        ),
        update("orders", delivered, "archived_at = 1", "archived_at = NULL", &[Counter]),
        damage(
            "UPDATE counters SET value = value + 1 WHERE name = 'orders.pending'",
            "UPDATE counters SET value = value - 1 WHERE name = 'orders.pending'",
            &[Counter],
        ),
        damage(
            "INSERT INTO counter_deltas (id, store_id, name, delta, created_at)
             SELECT 'meddled', id, 'orders.delivered', 1, 0 FROM stores WHERE slug = 'mumbai'",
            "DELETE FROM counter_deltas WHERE id = 'meddled'",
            &[Counter],
        ),
        update(
            "shipments",
            refused,
            "released_at = NULL, booking_state = 'booked'",
            "released_at = 1, booking_state = 'refused'",
            &[LiveBookings],
        ),
        parcel("status = 'in_transit'", "status = 'delivered'", &[ParcelState]),
        parcel("delivery_attempts = 3", "delivery_attempts = 0", &[ParcelState]),
        parcel("is_disputed = 0", "is_disputed = 1", &[ParcelState]),
        parcel("delivered_at = delivered_at + 1", "delivered_at = delivered_at - 1", &[ParcelState]),
        damage(
            &format!(
                "UPDATE tracking_events SET status = 'lost' WHERE shipment_id = '{shipment}' AND status = 'on_hold'"
            ),
            &format!(
                "UPDATE tracking_events SET status = 'on_hold' WHERE shipment_id = '{shipment}' AND status = 'lost'"
            ),
            // It would have come back to life, which is a question but no other state.
            &[],
        ),
        damage(
            &format!(
                "UPDATE tracking_events SET status = NULL WHERE shipment_id = '{shipment}' AND status = 'delivered'"
            ),
            &format!(
                "UPDATE tracking_events SET status = 'delivered' WHERE shipment_id = '{shipment}' AND status IS NULL"
            ),
            &[ParcelState],
        ),
    ]
}

fn damages_to_queues(journey: &Journey) -> Vec<Damage> {
    use FindingKind::*;
    let job = |state: &str, lease: &str| {
        format!(
            "INSERT INTO jobs (id, queue, kind, payload, priority, run_at, state, max_attempts, lease_token, lease_until, created_at)
             VALUES ('meddled', 'shop', 'poll', '', 20, 0, '{state}', 3, {lease}, 0)"
        )
    };
    let no_job = "DELETE FROM jobs WHERE id = 'meddled'";
    let first_push = "WHERE id = (SELECT MIN(id) FROM webhook_log)";
    vec![
        damage(&job("ready", "NULL, NULL"), no_job, &[JobStuck]),
        damage(&job("running", "'token', 1"), no_job, &[JobStuck]),
        damage(
            &format!("UPDATE webhook_log SET state = 'queued', run_at = 0 {first_push}"),
            &format!("UPDATE webhook_log SET state = 'applied', run_at = received_at {first_push}"),
            &[PushStuck],
        ),
        update(
            "shipments",
            &journey.shipment,
            "booking_state = 'unknown', in_flight_at = 1",
            "booking_state = 'booked', in_flight_at = NULL",
            &[BookingStuck],
        ),
    ]
}

#[tokio::test]
async fn a_shop_that_was_at_work_is_sound_and_whatever_is_meddled_with_is_found() {
    let journey = journey().await;
    assert_eq!(journey.found().await, BTreeSet::new(), "nothing is wrong");
    journey.loosen().await;
    let mut seen = BTreeSet::new();
    let damages = damages_to_stock_and_money(&journey)
        .into_iter()
        .chain(damages_to_orders_and_parcels(&journey))
        .chain(damages_to_queues(&journey));
    for Damage { harm, undo, finds } in damages {
        journey.merchant.shop.meddle(std::slice::from_ref(&harm)).await;
        let finds: BTreeSet<FindingKind> = finds.into_iter().collect();
        assert_eq!(journey.found().await, finds, "{harm}");
        journey.merchant.shop.meddle(std::slice::from_ref(&undo)).await;
        assert_eq!(journey.found().await, BTreeSet::new(), "{undo}");
        seen.extend(finds);
    }
    let all: BTreeSet<FindingKind> = FINDINGS.iter().map(|row| row.kind).collect();
    assert_eq!(seen, all, "every kind was found once");
    journey.merchant.close().await;
}

#[tokio::test]
async fn a_finding_names_the_row_and_no_person() {
    let journey = journey().await;
    journey.merchant.shop.meddle(&["UPDATE shipments SET delivery_attempts = 7".to_owned()]).await;
    let found = invariants::check(&journey.merchant.shop.app).await.expect("looked through");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|finding| finding.id == journey.shipment));
    for finding in found {
        let text = finding.to_string();
        assert!(text.contains("7 failed attempts") && text.contains(&finding.id), "{text}");
        assert!(!text.contains("Zubeida") && !text.contains("01712345678"), "{text}");
    }
    journey.merchant.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_at_work_is_not_found_wrong() {
    const PARCELS: usize = 60;
    const SLUG: &str = "packzy-test";
    let shop = support::shop().await;
    shop.demo().await;
    parcels::account(&shop.app, SLUG, "", [""; 2]).await;
    let (app, is_over) = (shop.app.clone(), Arc::new(AtomicBool::new(false)));
    let ended = Arc::clone(&is_over);
    let work = tokio::spawn(async move {
        let made = parcels::make(&app, SLUG, PARCELS).await;
        ended.store(true, Ordering::SeqCst);
        made
    });
    let mut checks = 0;
    while !is_over.load(Ordering::SeqCst) {
        shop.must_be_sound().await;
        checks += 1;
    }
    assert_eq!(work.await.expect("parcels").len(), PARCELS);
    shop.must_be_sound().await;
    assert!(checks > 1, "it was looked at while it worked");
    shop.close().await;
}
