//! What `harkara check` looks at: facts side by side, each statement of one moment, so that a shop at work
//! is not found wrong.
//!
//! Orders are read in windows of their sequence; where the answer is a row per order, only those come
//! back that cannot be right.

use sqlx::FromRow;

use crate::domain::ids::{OrderId, ShipmentId, VariantId};
use crate::domain::invariants::{CounterFacts, HeldFacts, MoneyFacts, OrderFacts, ParcelFacts, Standing, StockFacts};
use crate::domain::orders::{ORDER_STATUSES, OrderStatus};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus};
use crate::domain::time::UnixMillis;
use crate::domain::tracking::TrackingEvent;
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

/// The next variants after an id, with their stock and the sum of their movements.
///
/// # Errors
/// When the database is away.
pub async fn stock(conn: &mut Conn, after: &VariantId, limit: i64) -> Result<Vec<StockFacts>> {
    sqlx::query_as(
        "SELECT id AS variant_id, stock_quantity AS stock, CAST(COALESCE(
            (SELECT SUM(quantity) FROM stock_movements WHERE variant_id = product_variants.id), 0) AS BIGINT) AS moved
         FROM product_variants WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Every counter of orders beside the orders there are.
///
/// # Errors
/// When the database is away.
pub async fn counters(conn: &mut Conn) -> Result<Vec<CounterFacts>> {
    sqlx::query_as(
        "SELECT store_id, name, CAST(SUM(counted) AS BIGINT) AS counted, CAST(SUM(present) AS BIGINT) AS present FROM (
            SELECT store_id, name, value AS counted, 0 AS present FROM counters WHERE name LIKE 'orders.%'
            UNION ALL
            SELECT store_id, name, delta AS counted, 0 AS present FROM counter_deltas WHERE name LIKE 'orders.%'
            UNION ALL
            SELECT store_id, 'orders.' || status AS name, 0 AS counted, COUNT(*) AS present FROM orders
            WHERE archived_at IS NULL GROUP BY store_id, status
         ) AS side_by_side GROUP BY store_id, name ORDER BY store_id, name",
    )
    .fetch_all(conn)
    .await
}

/// Orders whose sequence is above one and at most another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Above this.
    pub after: i64,
    /// Up to this.
    pub upto: i64,
}

/// The window of the next so many orders; `None` after the last.
///
/// # Errors
/// When the database is away.
pub async fn next_window(conn: &mut Conn, after: i64, orders: i64) -> Result<Option<Window>> {
    let upto: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(seq) FROM (SELECT seq FROM orders WHERE seq > $1 ORDER BY seq LIMIT $2) AS next",
    )
    .bind(after)
    .bind(orders)
    .fetch_one(conn)
    .await?;
    Ok(upto.map(|upto| Window { after, upto }))
}

/// Orders of a window whose amounts are not what their parts and lines come to.
///
/// # Errors
/// When the database is away.
pub async fn wrong_money(conn: &mut Conn, window: Window) -> Result<Vec<MoneyFacts>> {
    sqlx::query_as(
        "SELECT order_id, goods_minor, parts_minor, total_minor, item_count, lines_minor, lines_count FROM (
            SELECT orders.id AS order_id, goods_minor, total_minor, item_count,
                goods_minor - discount_minor + shipping_minor + cod_fee_minor + giftwrap_minor + transaction_minor AS parts_minor,
                CAST(COALESCE(SUM(order_items.subtotal_minor), 0) AS BIGINT) AS lines_minor,
                CAST(COALESCE(SUM(order_items.quantity), 0) AS BIGINT) AS lines_count
            FROM orders LEFT JOIN order_items ON order_items.order_id = orders.id
            WHERE orders.seq > $1 AND orders.seq <= $2 GROUP BY orders.seq, orders.id
         ) AS sums WHERE goods_minor <> lines_minor OR total_minor <> parts_minor OR item_count <> lines_count",
    )
    .bind(window.after)
    .bind(window.upto)
    .fetch_all(conn)
    .await
}

/// Orders of a window that do not hold what they need, with each variant that is wrong.
///
/// # Errors
/// When the database is away.
pub async fn wrong_stock(conn: &mut Conn, window: Window) -> Result<Vec<HeldFacts>> {
    let Window { after, upto } = window;
    let holding = ORDER_STATUSES.iter().filter(|row| row.status.holds_stock()).map(|row| row.code);
    let mut sql = Sql::new(
        "SELECT order_id, status, variant_id, CAST(SUM(needed) AS BIGINT) AS needed, CAST(SUM(taken) AS BIGINT) AS taken,
            CAST(SUM(given_back) AS BIGINT) AS given_back
         FROM (SELECT orders.id AS order_id, orders.status, order_items.variant_id, order_items.quantity AS needed,
                0 AS taken, 0 AS given_back
            FROM orders JOIN order_items ON order_items.order_id = orders.id WHERE orders.seq > ",
    );
    sql.bind(after).push(" AND orders.seq <= ").bind(upto);
    sql.push(
        " UNION ALL SELECT orders.id, orders.status, stock_movements.variant_id, 0,
                CASE WHEN reason = 'confirmed' THEN -quantity ELSE 0 END,
                CASE WHEN reason = 'cancelled' THEN quantity ELSE 0 END
            FROM orders JOIN stock_movements ON stock_movements.order_id = orders.id
                AND order_id IS NOT NULL AND reason IN ('confirmed', 'cancelled')
            WHERE orders.seq > ",
    );
    sql.bind(after).push(" AND orders.seq <= ").bind(upto);
    sql.push(
        ") AS moved GROUP BY order_id, status, variant_id
         HAVING SUM(taken) - SUM(given_back) <> CASE WHEN status IN ",
    );
    sql.bind_list(holding).push(" THEN SUM(needed) ELSE 0 END OR (SUM(taken) <> 0 AND SUM(taken) <> SUM(needed))");
    sql.fetch_all(conn).await
}

/// Orders of a window in a state that no step of their timeline led to.
///
/// # Errors
/// When the database is away.
pub async fn without_step(conn: &mut Conn, window: Window) -> Result<Vec<(OrderId, String)>> {
    sqlx::query_as(
        "SELECT orders.id, orders.status FROM orders WHERE seq > $1 AND seq <= $2 AND NOT EXISTS (
            SELECT 1 FROM order_events WHERE order_events.order_id = orders.id AND order_events.to_status = orders.status)",
    )
    .bind(window.after)
    .bind(window.upto)
    .fetch_all(conn)
    .await
}

/// Which orders' parcels are read.
#[derive(Clone, Debug)]
pub enum Which {
    /// Those of a window.
    Window(Window),
    /// These.
    Orders(Vec<OrderId>),
}

#[derive(FromRow)]
struct ParcelRow {
    order_id: OrderId,
    #[sqlx(try_from = "String")]
    order_status: OrderStatus,
    order_is_pinned: i64,
    id: ShipmentId,
    #[sqlx(try_from = "String")]
    leg: Leg,
    parcel: i64,
    released_at: Option<UnixMillis>,
    #[sqlx(try_from = "String")]
    booking_state: BookingState,
    #[sqlx(try_from = "String")]
    status: ShipmentStatus,
    delivery_attempts: i64,
    is_disputed: i64,
    is_partial: i64,
    delivered_at: Option<UnixMillis>,
    events: Option<String>,
}

/// Orders that have parcels, with every parcel and its events.
///
/// A parcel's events come as one text, a line each: a row of its own costs more than all that is in it.
///
/// # Errors
/// When the database is away.
pub async fn parcels(conn: &mut Conn, which: &Which) -> Result<Vec<OrderFacts>> {
    let mut sql = Sql::new(
        "SELECT orders.id AS order_id, orders.status AS order_status, orders.is_pinned AS order_is_pinned, shipments.id,
            shipments.leg, shipments.parcel, shipments.released_at, shipments.booking_state, shipments.status,
            shipments.delivery_attempts, shipments.is_disputed, shipments.is_partial, shipments.delivered_at,
            (SELECT string_agg(said.id || ' ' || CAST(said.happened_at AS TEXT) || ' ' || COALESCE(said.status, '-') || ' '
                || CAST(said.is_partial + 2 * said.is_unknown + 4 * said.is_correction AS TEXT), '\n')
             FROM tracking_events AS said WHERE said.shipment_id = shipments.id) AS events
         FROM orders JOIN shipments ON shipments.order_id = orders.id WHERE ",
    );
    match which {
        Which::Window(window) => {
            sql.push("orders.seq > ").bind(window.after).push(" AND orders.seq <= ").bind(window.upto);
        }
        Which::Orders(ids) => {
            sql.push("orders.id IN ").bind_list(ids);
        }
    }
    sql.push(" ORDER BY orders.seq, shipments.seq");
    let mut orders: Vec<OrderFacts> = Vec::new();
    for row in sql.fetch_all::<ParcelRow>(conn).await? {
        let is_same = orders.last().is_some_and(|order| order.id == row.order_id);
        if !is_same {
            let (id, status, is_pinned) = (row.order_id.clone(), row.order_status, row.order_is_pinned != 0);
            orders.push(OrderFacts { id, status, is_pinned, parcels: Vec::new() });
        }
        if let Some(order) = orders.last_mut() {
            order.parcels.push(parcel(row)?);
        }
    }
    Ok(orders)
}

fn parcel(row: ParcelRow) -> Result<ParcelFacts> {
    let unreadable = || sqlx::Error::Protocol("an event came back in another shape than it was asked for".to_owned());
    let lines = row.events.as_deref().unwrap_or_default().lines();
    let events: Option<Vec<TrackingEvent>> = lines.map(event).collect();
    Ok(ParcelFacts {
        id: row.id,
        leg: row.leg,
        parcel: row.parcel,
        is_released: row.released_at.is_some(),
        booking_state: row.booking_state,
        standing: Standing {
            status: row.status,
            attempts: row.delivery_attempts,
            is_disputed: row.is_disputed != 0,
            is_partial: row.is_partial != 0,
            delivered_at: row.delivered_at,
        },
        events: events.ok_or_else(unreadable)?,
    })
}

/// One line: id, instant, state or `-`, and its three flags as one number.
fn event(line: &str) -> Option<TrackingEvent> {
    let mut parts = line.rsplitn(4, ' ');
    let flags: i64 = parts.next()?.parse().ok()?;
    let status = match parts.next()? {
        "-" => None,
        code => Some(code.parse().ok()?),
    };
    let at = UnixMillis(parts.next()?.parse().ok()?);
    let id = parts.next()?.to_owned();
    let (is_partial, is_unknown, is_correction) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
    Some(TrackingEvent { id, at, status, is_partial, is_unknown, is_correction })
}

/// Jobs that were due, or whose holder should have been back, before an instant: id, kind, and whether
/// somebody holds it.
///
/// # Errors
/// When the database is away.
pub async fn stuck_jobs(conn: &mut Conn, before: UnixMillis, limit: i64) -> Result<Vec<(String, String, i64)>> {
    let mut stuck: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT id, kind, CAST(1 AS BIGINT) FROM jobs WHERE state = 'running' AND lease_until < $1 LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    let waiting: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT id, kind, CAST(0 AS BIGINT) FROM jobs WHERE state = 'ready' AND run_at < $1 LIMIT $2")
            .bind(before)
            .bind(limit)
            .fetch_all(conn)
            .await?;
    stuck.extend(waiting);
    Ok(stuck)
}

/// Pushes that were due before an instant.
///
/// # Errors
/// When the database is away.
pub async fn stuck_pushes(conn: &mut Conn, before: UnixMillis, limit: i64) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT id FROM webhook_log WHERE state = 'queued' AND run_at < $1 ORDER BY run_at LIMIT $2")
        .bind(before)
        .bind(limit)
        .fetch_all(conn)
        .await
}

/// Bookings that were begun before an instant, never settled, and that no job of this kind works on.
///
/// # Errors
/// When the database is away.
pub async fn stuck_bookings(conn: &mut Conn, before: UnixMillis, kind: &str, limit: i64) -> Result<Vec<ShipmentId>> {
    sqlx::query_scalar(
        "SELECT id FROM shipments WHERE booking_state IN ('in_flight', 'unknown') AND released_at IS NULL
            AND status NOT IN ('cancelled', 'rto_delivered', 'lost') AND in_flight_at < $1
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = $2
                AND jobs.unique_key = shipments.id AND jobs.state IN ('ready', 'running'))
         ORDER BY seq LIMIT $3",
    )
    .bind(before)
    .bind(kind)
    .bind(limit)
    .fetch_all(conn)
    .await
}
