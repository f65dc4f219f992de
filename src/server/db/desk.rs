//! The orders screen: a page of orders with everything staff act on, read in a fixed number of
//! statements however many orders are on it.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::domain::couriers::Provider;
use crate::domain::customers::Phone;
use crate::domain::ids::{CourierId, OrderId, ShipmentId};
use crate::domain::money::Minor;
use crate::domain::orders::{CaseView, DeskFilter, OrderEventView, OrderStatus, ShipmentView, TrackingStep};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus};
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::domain::tracking::{CaseKind, rank};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

/// What an order keeps beside itself.
#[derive(Clone, Debug, FromRow)]
pub struct OrderExtra {
    /// The order.
    pub id: OrderId,
    /// Newest-first order.
    pub seq: i64,
    /// Raised by every change.
    pub version: i64,
    /// Token of the customer's page.
    pub token: String,
    /// When it was asked to come back.
    pub recalled_at: Option<UnixMillis>,
}

/// A search, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Nothing was searched for.
    Everything,
    /// The digits of a phone, or how it begins or ends.
    Phone(Phone),
    /// A word: a reference, a name, an AWB, or a part of a phone.
    Word(String),
}

/// The ids of a page of orders, newest first, one more than asked for when there are older ones.
///
/// # Errors
/// When the database is away.
pub async fn page_ids(
    conn: &mut Conn,
    filter: &DeskFilter,
    search: &Search,
    limit: i64,
) -> Result<Vec<(OrderId, i64)>> {
    let mut sql = Sql::new("SELECT id, seq FROM orders WHERE archived_at IS NULL");
    if let Some(store) = &filter.store_id {
        sql.push(" AND store_id = ").bind(store);
    }
    if let Some(status) = filter.status {
        sql.push(" AND status = ").bind(status.code());
    }
    if let Some(before) = filter.before {
        sql.push(" AND seq < ").bind(before);
    }
    match search {
        Search::Everything => {}
        Search::Phone(phone) => {
            sql.push(" AND customer_phone = ").bind(phone.clone());
        }
        Search::Word(word) => {
            let upper = word.to_uppercase();
            sql.push(" AND (reference = ").bind(upper.clone());
            sql.push(" OR id IN (SELECT order_id FROM shipments WHERE awb = ").bind(word.clone());
            sql.push(" OR courier_tracking_code = ").bind(word.clone());
            sql.push(") OR UPPER(reference) LIKE ").bind(contains(&upper)).push(" ESCAPE '\\'");
            sql.push(" OR LOWER(customer_name) LIKE ").bind(contains(&word.to_lowercase())).push(" ESCAPE '\\'");
            sql.push(" OR customer_phone LIKE ").bind(contains(word)).push(" ESCAPE '\\')");
        }
    }
    sql.push(" ORDER BY seq DESC LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

fn contains(word: &str) -> String {
    format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// What orders keep beside themselves.
///
/// # Errors
/// When the database is away.
pub async fn extras(conn: &mut Conn, orders: &[OrderId]) -> Result<HashMap<OrderId, OrderExtra>> {
    let mut sql = Sql::new(
        "SELECT orders.id, orders.seq, orders.version, checkouts.token, orders.recalled_at
         FROM orders JOIN checkouts ON checkouts.id = orders.checkout_id WHERE orders.id IN ",
    );
    sql.bind_list(orders);
    let rows: Vec<OrderExtra> = sql.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

#[derive(FromRow)]
struct EventRow {
    order_id: OrderId,
    kind: String,
    from_status: Option<String>,
    to_status: Option<String>,
    author_kind: String,
    note: String,
    created_at: UnixMillis,
}

/// The histories of orders, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn histories(conn: &mut Conn, orders: &[OrderId]) -> Result<HashMap<OrderId, Vec<OrderEventView>>> {
    let mut sql = Sql::new(
        "SELECT order_id, kind, from_status, to_status, author_kind, note, created_at FROM order_events WHERE order_id IN ",
    );
    sql.bind_list(orders).push(" ORDER BY created_at, id");
    let status = |code: Option<String>| code.and_then(|code| code.parse::<OrderStatus>().ok());
    let mut histories: HashMap<OrderId, Vec<OrderEventView>> = HashMap::new();
    for row in sql.fetch_all::<EventRow>(conn).await? {
        histories.entry(row.order_id).or_default().push(OrderEventView {
            kind: row.kind,
            from: status(row.from_status),
            to: status(row.to_status),
            author_kind: row.author_kind,
            note: row.note,
            at: row.created_at,
        });
    }
    Ok(histories)
}

#[derive(FromRow)]
struct ShipmentRow {
    id: ShipmentId,
    order_id: OrderId,
    courier_id: CourierId,
    courier_name: String,
    courier_slug: String,
    #[sqlx(try_from = "String")]
    provider: Provider,
    is_test: i64,
    #[sqlx(try_from = "String")]
    leg: Leg,
    #[sqlx(try_from = "String")]
    booking_state: BookingState,
    released_at: Option<UnixMillis>,
    our_reference: Option<String>,
    awb: Option<String>,
    courier_tracking_code: Option<String>,
    carrier_name: Option<String>,
    error_message: Option<String>,
    #[sqlx(try_from = "String")]
    status: ShipmentStatus,
    raw_status: Option<String>,
    status_at: UnixMillis,
    delivery_attempts: i64,
    is_disputed: i64,
    is_partial: i64,
    expected_delivery_at: Option<UnixMillis>,
    cod_amount_minor: Minor,
    last_polled_at: Option<UnixMillis>,
    created_at: UnixMillis,
}

/// The parcels of orders with their timelines, newest booking first.
///
/// # Errors
/// When the database is away.
pub async fn parcels(conn: &mut Conn, orders: &[OrderId]) -> Result<HashMap<OrderId, Vec<ShipmentView>>> {
    let mut sql = Sql::new(
        "SELECT shipments.id, shipments.order_id, shipments.courier_id, couriers.name AS courier_name,
            couriers.slug AS courier_slug, couriers.provider, couriers.is_test, shipments.leg, shipments.booking_state,
            shipments.released_at, shipments.our_reference, shipments.awb, shipments.courier_tracking_code,
            shipments.carrier_name, shipments.error_message, shipments.status, shipments.raw_status, shipments.status_at,
            shipments.delivery_attempts, shipments.is_disputed, shipments.is_partial, shipments.expected_delivery_at,
            shipments.cod_amount_minor, shipments.last_polled_at, shipments.created_at
         FROM shipments JOIN couriers ON couriers.id = shipments.courier_id WHERE shipments.order_id IN ",
    );
    sql.bind_list(orders).push(" ORDER BY shipments.booking DESC, shipments.id");
    let rows: Vec<ShipmentRow> = sql.fetch_all(conn).await?;
    let ids: Vec<ShipmentId> = rows.iter().map(|row| row.id.clone()).collect();
    let mut steps = timelines(conn, &ids).await?;
    let mut parcels: HashMap<OrderId, Vec<ShipmentView>> = HashMap::new();
    for row in rows {
        let steps = steps.remove(&row.id).unwrap_or_default();
        parcels.entry(row.order_id.clone()).or_default().push(view(row, steps));
    }
    Ok(parcels)
}

fn view(row: ShipmentRow, steps: Vec<TrackingStep>) -> ShipmentView {
    ShipmentView {
        id: row.id,
        courier_id: row.courier_id,
        courier_name: row.courier_name,
        courier_slug: row.courier_slug,
        provider: row.provider,
        is_test: row.is_test != 0,
        leg: row.leg,
        booking_state: row.booking_state,
        is_current: row.released_at.is_none(),
        our_reference: row.our_reference,
        awb: row.awb,
        tracking_code: row.courier_tracking_code,
        carrier_name: row.carrier_name,
        error_message: row.error_message,
        status: row.status,
        raw_status: row.raw_status,
        status_at: row.status_at,
        attempts: row.delivery_attempts,
        is_disputed: row.is_disputed != 0,
        is_partial: row.is_partial != 0,
        expected_delivery_at: row.expected_delivery_at,
        cod_amount: row.cod_amount_minor,
        last_polled_at: row.last_polled_at,
        created_at: row.created_at,
        steps,
    }
}

#[derive(FromRow)]
struct StepRow {
    shipment_id: ShipmentId,
    source: String,
    happened_at: UnixMillis,
    raw_status: String,
    raw_code: String,
    status: Option<String>,
    is_correction: i64,
    is_unknown: i64,
    activity: String,
    location: String,
}

async fn timelines(conn: &mut Conn, shipments: &[ShipmentId]) -> Result<HashMap<ShipmentId, Vec<TrackingStep>>> {
    if shipments.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(
        "SELECT shipment_id, source, happened_at, raw_status, raw_code, status, is_correction, is_unknown, activity, location
         FROM tracking_events WHERE shipment_id IN ",
    );
    sql.bind_list(shipments).push(" ORDER BY happened_at, id");
    let mut timelines: HashMap<ShipmentId, Vec<TrackingStep>> = HashMap::new();
    for row in sql.fetch_all::<StepRow>(conn).await? {
        timelines.entry(row.shipment_id).or_default().push(TrackingStep {
            at: row.happened_at,
            status: row.status.and_then(|code| code.parse().ok()),
            raw_status: if row.raw_status.is_empty() { row.raw_code } else { row.raw_status },
            activity: row.activity,
            location: row.location,
            source: row.source,
            is_correction: row.is_correction != 0,
            is_unknown: row.is_unknown != 0,
        });
    }
    // Within a second as the fold sees it; the statement's order decides the rest.
    for steps in timelines.values_mut() {
        steps.sort_by_key(|step| (step.at.0.div_euclid(SECOND_MS), rank(step.status, step.is_correction)));
    }
    Ok(timelines)
}

#[derive(FromRow)]
struct CaseRow {
    id: String,
    order_id: OrderId,
    shipment_id: Option<ShipmentId>,
    #[sqlx(try_from = "String")]
    kind: CaseKind,
    opened_at: UnixMillis,
}

/// The open questions about orders and their parcels, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn open_cases(conn: &mut Conn, orders: &[OrderId]) -> Result<HashMap<OrderId, Vec<CaseView>>> {
    let mut sql = Sql::new(
        "SELECT id, order_id, shipment_id, kind, opened_at FROM cases WHERE closed_at IS NULL AND order_id IN ",
    );
    sql.bind_list(orders).push(" ORDER BY opened_at, id");
    let mut cases: HashMap<OrderId, Vec<CaseView>> = HashMap::new();
    for row in sql.fetch_all::<CaseRow>(conn).await? {
        cases.entry(row.order_id).or_default().push(CaseView {
            id: row.id,
            kind: row.kind,
            shipment_id: row.shipment_id,
            opened_at: row.opened_at,
        });
    }
    Ok(cases)
}
