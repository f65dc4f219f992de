//! What follows an order's change in the same transaction: its event, the activity log, counter
//! deltas. Promised effects are in `jobs/outbox.rs`.

use std::collections::BTreeMap;

use sqlx::FromRow;

use crate::domain::ids::{OrderId, StoreId};
use crate::domain::orders::OrderStatus;
use crate::domain::time::UnixMillis;
use crate::server::db::jobs::outbox::{self, NewEffect};
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Engine, Result};
use crate::server::metrics::note_move;

/// Who caused an event.
#[derive(Clone, Debug)]
pub struct Author {
    /// Code of `author_kinds`.
    pub kind: &'static str,
    /// Id of the user or token, if it is one.
    pub id: Option<String>,
}

/// An entry of an order's own timeline.
#[derive(Clone, Debug)]
pub struct NewOrderEvent {
    /// Row id; effects are unique per (event, effect).
    pub id: String,
    /// The order.
    pub order_id: OrderId,
    /// Code of `order_event_kinds`.
    pub kind: &'static str,
    /// State before.
    pub from: Option<OrderStatus>,
    /// State after.
    pub to: Option<OrderStatus>,
    /// Who.
    pub author: Author,
}

/// Appends to an order's timeline.
///
/// # Errors
/// When the database is away.
pub async fn insert_event(conn: &mut Conn, event: &NewOrderEvent, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO order_events (id, order_id, kind, from_status, to_status, author_kind, author_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&event.id)
    .bind(&event.order_id)
    .bind(event.kind)
    .bind(event.from.map(OrderStatus::code))
    .bind(event.to.map(OrderStatus::code))
    .bind(event.author.kind)
    .bind(&event.author.id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// An entry of an order's timeline as it is read.
#[derive(Clone, Debug, FromRow)]
pub struct OrderEventRow {
    /// Code of `order_event_kinds`.
    pub kind: String,
    /// State before, if it changed one.
    pub from_status: Option<String>,
    /// State after, if it changed one.
    pub to_status: Option<String>,
    /// Code of `author_kinds`.
    pub author_kind: String,
    /// When.
    pub created_at: UnixMillis,
}

/// A page of an order's timeline, oldest first, and how many entries there are.
///
/// # Errors
/// When the database is away.
pub async fn of_order(
    conn: &mut Conn,
    order: &OrderId,
    page: i64,
    page_size: i64,
) -> Result<(Vec<OrderEventRow>, i64)> {
    let total = sqlx::query_scalar("SELECT COUNT(*) FROM order_events WHERE order_id = $1")
        .bind(order)
        .fetch_one(&mut *conn)
        .await?;
    let rows = sqlx::query_as(
        "SELECT kind, from_status, to_status, author_kind, created_at FROM order_events WHERE order_id = $1
         ORDER BY created_at, id LIMIT $2 OFFSET $3",
    )
    .bind(order)
    .bind(page_size)
    .bind(page.clamp(1, 1_000_000).saturating_sub(1).saturating_mul(page_size))
    .fetch_all(conn)
    .await?;
    Ok((rows, total))
}

/// An entry of the instance's activity log; no personal data in it.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// Row id.
    pub id: String,
    /// Whose store, if it is about one.
    pub store_id: Option<StoreId>,
    /// What was done: `order.placed`.
    pub action: &'static str,
    /// To what kind of thing.
    pub entity: &'static str,
    /// To which.
    pub entity_id: String,
    /// By whom.
    pub author: Author,
}

/// Appends to the activity log.
///
/// # Errors
/// When the database is away.
pub async fn insert_activity(conn: &mut Conn, activity: &NewActivity, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO activity (id, store_id, action, entity, entity_id, author_kind, author_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&activity.id)
    .bind(&activity.store_id)
    .bind(activity.action)
    .bind(activity.entity)
    .bind(&activity.entity_id)
    .bind(activity.author.kind)
    .bind(&activity.author.id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds to a counter of a store, as a delta row.
///
/// # Errors
/// When the database is away.
pub async fn count(conn: &mut Conn, id: &str, store: &StoreId, name: &str, delta: i64, now: UnixMillis) -> Result<()> {
    sqlx::query("INSERT INTO counter_deltas (id, store_id, name, delta, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(store)
        .bind(name)
        .bind(delta)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Folds deltas into the counters; answers how many. On PostgreSQL those another instance folds are left
/// to it.
///
/// # Errors
/// When the database is away.
pub async fn fold_counters(conn: &mut Conn, engine: Engine, limit: i64) -> Result<usize> {
    let mut sql = Sql::new("SELECT id, store_id, name, delta FROM counter_deltas LIMIT ");
    sql.bind(limit);
    if engine == Engine::Postgres {
        sql.push(" FOR UPDATE SKIP LOCKED");
    }
    let rows: Vec<(String, StoreId, String, i64)> = sql.fetch_all(conn).await?;
    let mut sums: BTreeMap<(StoreId, String), i64> = BTreeMap::new();
    for (_, store, name, delta) in &rows {
        *sums.entry((store.clone(), name.clone())).or_default() += delta;
    }
    for ((store, name), sum) in sums {
        sqlx::query(
            "INSERT INTO counters (store_id, name, value) VALUES ($1, $2, $3)
             ON CONFLICT (store_id, name) DO UPDATE SET value = counters.value + excluded.value",
        )
        .bind(store)
        .bind(name)
        .bind(sum)
        .execute(&mut *conn)
        .await?;
    }
    if !rows.is_empty() {
        let mut sql = Sql::new("DELETE FROM counter_deltas WHERE id IN ");
        sql.bind_list(rows.iter().map(|row| row.0.clone()));
        sql.execute(conn).await?;
    }
    Ok(rows.len())
}

/// The value of a store's counter: what was folded plus the deltas since.
///
/// # Errors
/// When the database is away.
pub async fn counter(conn: &mut Conn, store: &StoreId, name: &str) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT CAST(COALESCE((SELECT value FROM counters WHERE store_id = $1 AND name = $2), 0)
            + COALESCE((SELECT SUM(delta) FROM counter_deltas WHERE store_id = $1 AND name = $2), 0) AS BIGINT)",
    )
    .bind(store)
    .bind(name)
    .fetch_one(conn)
    .await
}

/// Everything that is written beside an order's change, for any number of orders at once.
#[derive(Clone, Debug)]
pub struct OrderChange {
    /// Whose order.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
    /// Code of `order_event_kinds`.
    pub kind: &'static str,
    /// State before, if it changed one.
    pub from: Option<OrderStatus>,
    /// State after, if it changed one.
    pub to: Option<OrderStatus>,
    /// Who.
    pub author: Author,
    /// What was written with it, possibly empty.
    pub note: String,
    /// Ids of the event, the activity, the promised effect and the two counter deltas.
    pub ids: [String; 5],
}

impl OrderChange {
    /// What was done, for the activity log, and the effect it promises: `order.confirmed`.
    fn name(&self) -> String {
        format!("order.{}", self.to.map_or(self.kind, OrderStatus::code))
    }
}

/// Writes timeline, activity, promised effects and counters of changes.
///
/// # Errors
/// When the database is away.
pub async fn insert_changes(conn: &mut Conn, changes: &[OrderChange], now: UnixMillis) -> Result<()> {
    insert_events(conn, changes, now).await?;
    insert_activities(conn, changes, now).await?;
    for (from, to) in changes.iter().filter_map(|change| change.from.zip(change.to)) {
        note_move(from, to);
    }
    let moved: Vec<&OrderChange> = changes.iter().filter(|change| change.to.is_some()).collect();
    insert_effects(conn, &moved, now).await?;
    insert_counts(conn, &moved, now).await
}

async fn insert_events(conn: &mut Conn, changes: &[OrderChange], now: UnixMillis) -> Result<()> {
    let head = "INSERT INTO order_events (id, order_id, kind, from_status, to_status, author_kind, author_id, note, created_at) VALUES";
    sql::write_rows(conn, (head, ""), changes, |sql, change| {
        sql.bind(change.ids[0].clone()).push(", ").bind(&change.order_id).push(", ").bind(change.kind).push(", ");
        sql.bind(change.from.map(OrderStatus::code)).push(", ").bind(change.to.map(OrderStatus::code)).push(", ");
        sql.bind(change.author.kind).push(", ").bind(change.author.id.clone()).push(", ");
        sql.bind(change.note.clone()).push(", ").bind(now);
    })
    .await
    .map(|_| ())
}

async fn insert_activities(conn: &mut Conn, changes: &[OrderChange], now: UnixMillis) -> Result<()> {
    let head =
        "INSERT INTO activity (id, store_id, action, entity, entity_id, author_kind, author_id, created_at) VALUES";
    sql::write_rows(conn, (head, ""), changes, |sql, change| {
        sql.bind(change.ids[1].clone()).push(", ").bind(&change.store_id).push(", ").bind(change.name()).push(", ");
        sql.push("'order', ").bind(&change.order_id).push(", ").bind(change.author.kind).push(", ");
        sql.bind(change.author.id.clone()).push(", ").bind(now);
    })
    .await
    .map(|_| ())
}

async fn insert_effects(conn: &mut Conn, changes: &[&OrderChange], now: UnixMillis) -> Result<()> {
    let names: Vec<String> = changes.iter().map(|change| change.name()).collect();
    let effects: Vec<NewEffect<'_>> = changes
        .iter()
        .zip(&names)
        .map(|(change, name)| NewEffect {
            id: &change.ids[2],
            store_id: Some(change.store_id.as_str()),
            event_id: &change.ids[0],
            effect: name,
            entity: "order",
            entity_id: change.order_id.as_str(),
            payload: "{}",
            run_at: now,
        })
        .collect();
    outbox::promise_all(conn, &effects, now).await
}

async fn insert_counts(conn: &mut Conn, changes: &[&OrderChange], now: UnixMillis) -> Result<()> {
    let deltas: Vec<_> = changes
        .iter()
        .flat_map(|change| {
            [(change.from, &change.ids[3], -1_i64), (change.to, &change.ids[4], 1)]
                .into_iter()
                .filter_map(move |(status, id, delta)| Some((change, status?, id, delta)))
        })
        .collect();
    let head = "INSERT INTO counter_deltas (id, store_id, name, delta, created_at) VALUES";
    sql::write_rows(conn, (head, ""), &deltas, |sql, (change, status, id, delta)| {
        sql.bind((*id).clone()).push(", ").bind(&change.store_id).push(", ");
        sql.bind(format!("orders.{}", status.code())).push(", ").bind(*delta).push(", ").bind(now);
    })
    .await
    .map(|_| ())
}
