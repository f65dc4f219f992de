//! The orders screen: a page of orders with everything staff act on, read in a fixed number of
//! statements however many orders are on it.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::domain::couriers::Provider;
use crate::domain::customers::Phone;
use crate::domain::ids::{CourierId, OrderId, ShipmentId, StoreId, UserId};
use crate::domain::money::Minor;
use crate::domain::orders::search::{Search, store_mark};
use crate::domain::orders::{CaseView, DeskFilter, OrderEventView, OrderStatus, ShipmentView, TrackingStep};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus};
use crate::domain::time::{SECOND_MS, UnixMillis, sequence};
use crate::domain::tracking::{CaseKind, rank};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Engine, Result, extras};

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

/// Which orders are looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only of this person.
    pub user_id: Option<UserId>,
    /// Only in this state.
    pub status: Option<OrderStatus>,
    /// Only placed since then.
    pub since: Option<UnixMillis>,
    /// Only placed before the one with this `seq`: the last one of the page before.
    pub before: Option<i64>,
}

impl From<&DeskFilter> for Scope {
    fn from(filter: &DeskFilter) -> Self {
        Scope { store_id: filter.store_id.clone(), status: filter.status, before: filter.before, ..Scope::default() }
    }
}

impl Scope {
    /// `WHERE …` of a statement over `orders`, with those that were archived left out.
    fn push_to(&self, sql: &mut Sql) {
        sql.push(" WHERE orders.archived_at IS NULL");
        if let Some(store) = &self.store_id {
            sql.push(" AND orders.store_id = ").bind(store);
        }
        if let Some(user) = &self.user_id {
            sql.push(" AND orders.user_id = ").bind(user);
        }
        if let Some(status) = self.status {
            sql.push(" AND orders.status = ").bind(status.code());
        }
        if let Some(since) = self.since {
            // By `seq`, which has an index and begins with the instant.
            sql.push(" AND orders.seq >= ").bind(sequence(since, 0));
        }
        if let Some(before) = self.before {
            sql.push(" AND orders.seq < ").bind(before);
        }
    }
}

/// Orders looked at one by one, newest first, before the index is asked.
///
/// What many orders match is found among the newest at once, and so is everything in a scope that has few
/// orders; for neither is an index any good, because it would answer with all there is. What is not found
/// that way is rare, and for that it is made.
const NEWEST_LOOKED_AT: i64 = 1_000;

/// The orders that a search finds in a scope, newest first, at most `limit`: their ids and `seq`.
///
/// # Errors
/// When the database is away.
pub async fn find(conn: &mut Conn, scope: &Scope, search: &Search, limit: i64) -> Result<Vec<(OrderId, i64)>> {
    let mut found = match search {
        Search::Everything => newest(conn, scope, None, limit).await?,
        Search::Phone { phone, .. } => newest(conn, scope, Some(phone), limit).await?,
        Search::Words { parts, .. } => with_parts(conn, scope, parts, limit).await?,
    };
    if let Some(number) = search.number() {
        found.extend(with_number(conn, scope, number, limit).await?);
        found.sort_by_key(|(_, seq)| std::cmp::Reverse(*seq));
        found.dedup();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(found)
}

async fn newest(conn: &mut Conn, scope: &Scope, phone: Option<&Phone>, limit: i64) -> Result<Vec<(OrderId, i64)>> {
    let mut sql = Sql::new("SELECT orders.id, orders.seq FROM orders");
    scope.push_to(&mut sql);
    if let Some(phone) = phone {
        sql.push(" AND orders.customer_phone = ").bind(phone);
    }
    sql.push(" ORDER BY orders.seq DESC LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// Those with a parcel of this number, or that their customers follow it by.
async fn with_number(conn: &mut Conn, scope: &Scope, number: &str, limit: i64) -> Result<Vec<(OrderId, i64)>> {
    // Two look-ups by index; an OR over two columns would make a scan of it.
    let mut sql = Sql::new("SELECT order_id FROM shipments WHERE awb = ");
    sql.bind(number.to_owned()).push(" UNION SELECT order_id FROM shipments WHERE courier_tracking_code = ");
    sql.bind(number.to_owned());
    let orders: Vec<(OrderId,)> = sql.fetch_all(conn).await?;
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT orders.id, orders.seq FROM orders");
    scope.push_to(&mut sql);
    sql.push(" AND orders.id IN ").bind_list(orders.iter().map(|(id,)| id));
    sql.push(" ORDER BY orders.seq DESC LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

async fn with_parts(conn: &mut Conn, scope: &Scope, parts: &[String], limit: i64) -> Result<Vec<(OrderId, i64)>> {
    let mut found = newest_with_parts(conn, scope, parts, limit).await?;
    let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
    if missing > 0
        && let Some(reached) = oldest_looked_at(conn, scope).await?
    {
        let older = Scope { before: Some(reached), ..scope.clone() };
        found.extend(indexed_with_parts(conn, &older, parts, missing).await?);
    }
    Ok(found)
}

async fn newest_with_parts(
    conn: &mut Conn,
    scope: &Scope,
    parts: &[String],
    limit: i64,
) -> Result<Vec<(OrderId, i64)>> {
    let engine = Engine::of_conn(conn);
    let mut sql = Sql::new("SELECT newest.id, newest.seq FROM (SELECT orders.id, orders.seq FROM orders");
    scope.push_to(&mut sql);
    sql.push(" ORDER BY orders.seq DESC LIMIT ").bind(NEWEST_LOOKED_AT);
    // CROSS JOIN: SQLite takes the tables in this order.
    sql.push(") AS newest CROSS JOIN order_search WHERE order_search.rowid = newest.seq");
    extras::push_parts(&mut sql, engine, parts);
    sql.push(" ORDER BY newest.seq DESC LIMIT ").bind(limit);
    sql.planned_anew().fetch_all(conn).await
}

/// The `seq` of the last of the newest orders that were looked at; `None` when there are no more.
async fn oldest_looked_at(conn: &mut Conn, scope: &Scope) -> Result<Option<i64>> {
    let mut sql = Sql::new("SELECT orders.seq FROM orders");
    scope.push_to(&mut sql);
    sql.push(" ORDER BY orders.seq DESC LIMIT 1 OFFSET ").bind(NEWEST_LOOKED_AT - 1);
    Ok(sql.fetch_all::<(i64,)>(conn).await?.first().map(|row| row.0))
}

async fn indexed_with_parts(
    conn: &mut Conn,
    scope: &Scope,
    parts: &[String],
    limit: i64,
) -> Result<Vec<(OrderId, i64)>> {
    let engine = Engine::of_conn(conn);
    let mut parts = parts.to_vec();
    parts.extend(scope.store_id.as_ref().map(store_mark));
    if engine == Engine::Postgres {
        let found = newest_texts_with_parts(conn, scope, &parts, limit).await?;
        if i64::try_from(found.len()).unwrap_or(limit) == limit {
            return Ok(found);
        }
        if let Some(found) = proposed_with_parts(conn, scope, &parts, limit).await? {
            return Ok(found);
        }
    }
    // FTS5 answers newest first and stops when it has enough.
    let mut sql = Sql::new("SELECT orders.id, orders.seq FROM order_search CROSS JOIN orders");
    scope.push_to(&mut sql);
    sql.push(" AND orders.seq = order_search.rowid");
    if let Some(before) = scope.before {
        sql.push(" AND order_search.rowid < ").bind(before);
    }
    extras::push_indexed_parts(&mut sql, engine, &parts);
    sql.push(" ORDER BY order_search.rowid DESC LIMIT ").bind(limit);
    sql.planned_anew().fetch_all(conn).await
}

/// Texts gone through on PostgreSQL before its index is asked: quicker than all that the index would
/// propose, when one in some hundreds matches.
const NEWEST_TEXTS: i64 = 10_000;
/// Orders that PostgreSQL's index may propose before it is quicker to go through them newest first.
const PROPOSED_MAX: i64 = 30_000;

async fn newest_texts_with_parts(
    conn: &mut Conn,
    scope: &Scope,
    parts: &[String],
    limit: i64,
) -> Result<Vec<(OrderId, i64)>> {
    let mut sql = Sql::new(
        "SELECT found.id, found.seq FROM (SELECT order_search.rowid FROM
            (SELECT rowid, content FROM order_search WHERE rowid < ",
    );
    sql.bind(scope.before.unwrap_or(i64::MAX)).push(" ORDER BY rowid DESC LIMIT ").bind(NEWEST_TEXTS);
    sql.push(") AS order_search WHERE TRUE");
    extras::push_parts(&mut sql, Engine::Postgres, parts);
    sql.push(") AS proposed");
    push_looked_up(&mut sql, scope, limit);
    sql.planned_anew().fetch_all(conn).await
}

/// PostgreSQL's index answers in no order, so everything it proposes is taken; `None` when that is too
/// much. Left to itself the planner would rather go through the orders as soon as it expects some dozens,
/// which takes long when they are all old.
async fn proposed_with_parts(
    conn: &mut Conn,
    scope: &Scope,
    parts: &[String],
    limit: i64,
) -> Result<Option<Vec<(OrderId, i64)>>> {
    let mut sql = Sql::new("WITH every AS MATERIALIZED (SELECT rowid FROM order_search WHERE rowid < ");
    sql.bind(scope.before.unwrap_or(i64::MAX));
    extras::push_indexed_parts(&mut sql, Engine::Postgres, parts);
    sql.push(" LIMIT ").bind(PROPOSED_MAX + 1);
    // How many there are comes first, beside no order.
    sql.push(
        ") SELECT '' AS id, COUNT(*) AS seq FROM every UNION ALL (SELECT found.id, found.seq FROM
            (SELECT rowid FROM every ORDER BY rowid DESC) AS proposed",
    );
    push_looked_up(&mut sql, scope, limit);
    sql.push(")");
    let rows: Vec<(OrderId, i64)> = sql.planned_anew().fetch_all(conn).await?;
    let (counts, mut found): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(id, _)| id.as_str().is_empty());
    if counts.iter().any(|(_, count)| *count > PROPOSED_MAX) {
        return Ok(None);
    }
    found.sort_by_key(|(_, seq)| std::cmp::Reverse(*seq));
    Ok(Some(found))
}

/// Looks the orders of `proposed` up one by one until there are enough: as an ordinary join PostgreSQL would
/// go through all orders beside them.
fn push_looked_up(sql: &mut Sql, scope: &Scope, limit: i64) {
    sql.push(" CROSS JOIN LATERAL (SELECT orders.id, orders.seq FROM orders");
    scope.push_to(sql);
    sql.push(" AND orders.seq = proposed.rowid LIMIT 1) AS found ORDER BY proposed.rowid DESC LIMIT ").bind(limit);
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
    labels: i64,
    pickup_scheduled_at: Option<UnixMillis>,
    ndr_answered_at: Option<UnixMillis>,
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
            shipments.cod_amount_minor, shipments.pickup_scheduled_at, shipments.ndr_answered_at, shipments.last_polled_at,
            shipments.created_at, (SELECT COUNT(*) FROM shipment_documents
                WHERE shipment_documents.shipment_id = shipments.id AND shipment_documents.kind = 'label') AS labels
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
        has_label: row.labels > 0,
        pickup_at: row.pickup_scheduled_at,
        ndr_answered_at: row.ndr_answered_at,
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
