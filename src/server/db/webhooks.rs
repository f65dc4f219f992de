//! Pushes of couriers: their rows, and the queue of those that could not be applied when they came.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::domain::ids::{CourierId, StoreId};
use crate::domain::time::UnixMillis;
use crate::server::db::paging::{Cut, Slice};
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Engine, Result};

/// A push to store. Its JSON is what the spool holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewPush {
    /// Identity, made when it arrived.
    pub id: String,
    /// Whose account.
    pub store_id: StoreId,
    /// The account.
    pub courier_id: CourierId,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// Sealed body.
    pub body: String,
    /// SHA-256 of the body in hex.
    pub body_hash: String,
    /// Bytes of the body.
    pub size_bytes: i64,
}

/// Puts pushes into the queue; one that is stored already stays as it is.
///
/// # Errors
/// When the database is away.
pub async fn insert(conn: &mut Conn, pushes: &[NewPush]) -> Result<()> {
    let head = "INSERT INTO webhook_log (id, store_id, courier_id, received_at, body, body_hash, size_bytes, run_at,
            is_verified, verdict, state) VALUES";
    sql::write_rows(conn, (head, "ON CONFLICT (id) DO NOTHING"), pushes, |sql, push| {
        push_columns(sql, push);
        sql.push(", 1, 'verified', 'queued'");
    })
    .await?;
    Ok(())
}

/// Stores pushes with what became of them; answers how many were not stored before.
///
/// # Errors
/// When the database is away.
pub async fn insert_settled(conn: &mut Conn, pushes: &[(&NewPush, &Settled)], now: UnixMillis) -> Result<u64> {
    let head = "INSERT INTO webhook_log (id, store_id, courier_id, received_at, body, body_hash, size_bytes, run_at,
            is_verified, verdict, attempts, state, event_type, awb, error, applied_at) VALUES";
    sql::write_rows(conn, (head, "ON CONFLICT (id) DO NOTHING"), pushes, |sql, (push, settled)| {
        push_columns(sql, push);
        sql.push(", 1, 'verified', 1, ").bind(settled.state).push(", ").bind(settled.event_type.clone()).push(", ");
        sql.bind(settled.awb.clone()).push(", ").bind(settled.error.clone()).push(", ").bind(now);
    })
    .await
}

fn push_columns(sql: &mut Sql, push: &NewPush) {
    sql.bind(push.id.clone()).push(", ").bind(&push.store_id).push(", ").bind(&push.courier_id).push(", ");
    sql.bind(push.received_at).push(", ").bind(push.body.clone()).push(", ").bind(push.body_hash.clone()).push(", ");
    sql.bind(push.size_bytes).push(", ").bind(push.received_at);
}

/// A push waiting to be applied.
#[derive(Clone, Debug, FromRow)]
pub struct QueuedPush {
    /// Identity.
    pub id: String,
    /// Whose account.
    pub store_id: StoreId,
    /// The account.
    pub courier_id: CourierId,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// Sealed body; gone after 90 days.
    pub body: Option<String>,
    /// Times it was tried.
    pub attempts: i64,
}

impl From<&NewPush> for QueuedPush {
    fn from(push: &NewPush) -> Self {
        QueuedPush {
            id: push.id.clone(),
            store_id: push.store_id.clone(),
            courier_id: push.courier_id.clone(),
            received_at: push.received_at,
            body: Some(push.body.clone()),
            attempts: 0,
        }
    }
}

/// The longest-waiting pushes that are due.
///
/// # Errors
/// When the database is away.
pub async fn due(conn: &mut Conn, now: UnixMillis, limit: i64) -> Result<Vec<QueuedPush>> {
    let mut sql = Sql::new(
        "SELECT id, store_id, courier_id, received_at, body, attempts FROM webhook_log WHERE state = 'queued' AND run_at <= ",
    );
    sql.bind(now).push(" ORDER BY run_at LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// Which of these still wait; on PostgreSQL locked, and without those another instance has locked.
///
/// # Errors
/// When the database is away.
pub async fn still_queued(conn: &mut Conn, engine: Engine, ids: &[String]) -> Result<Vec<String>> {
    match engine {
        Engine::Postgres => {
            let mut sql = Sql::new("SELECT id FROM webhook_log WHERE state = 'queued' AND id IN ");
            sql.bind_list(ids.iter().cloned()).push(" FOR UPDATE SKIP LOCKED");
            Ok(sql.fetch_all::<(String,)>(conn).await?.into_iter().map(|row| row.0).collect())
        }
        Engine::Sqlite => {
            // The others, which are few: each row costs a turn between two threads.
            let mut sql = Sql::new("SELECT id FROM webhook_log WHERE state <> 'queued' AND id IN ");
            sql.bind_list(ids.iter().cloned());
            let gone: Vec<(String,)> = sql.fetch_all(conn).await?;
            Ok(ids.iter().filter(|id| !gone.iter().any(|(other,)| other == *id)).cloned().collect())
        }
    }
}

/// A push that was settled and whose body is still there.
#[derive(Clone, Debug, FromRow)]
pub struct KeptPush {
    /// The push.
    #[sqlx(flatten)]
    pub push: QueuedPush,
    /// Code of `webhook_states`.
    pub state: String,
}

/// The settled pushes about a parcel of an account whose bodies are still there, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn kept(conn: &mut Conn, courier: &CourierId, awb: &str, limit: i64) -> Result<Vec<KeptPush>> {
    sqlx::query_as(
        "SELECT id, store_id, courier_id, received_at, body, attempts, state FROM webhook_log
         WHERE awb = $1 AND courier_id = $2 AND body IS NOT NULL AND state <> 'queued' ORDER BY received_at, id LIMIT $3",
    )
    .bind(awb)
    .bind(courier)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Pushes without a parcel for which there is one by now.
///
/// # Errors
/// When the database is away.
pub async fn matchable(conn: &mut Conn, limit: i64) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT webhook_log.id FROM webhook_log
         JOIN shipments ON shipments.awb = webhook_log.awb AND shipments.courier_id = webhook_log.courier_id
         WHERE webhook_log.state = 'unmatched' AND webhook_log.body IS NOT NULL LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// What became of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The push.
    pub id: String,
    /// Code of `webhook_states`.
    pub state: &'static str,
    /// The courier's name for what it was.
    pub event_type: String,
    /// The first parcel in it.
    pub awb: Option<String>,
    /// Why it did not work, in words.
    pub error: Option<String>,
}

/// Writes what became of pushes: those that were applied many in a statement.
///
/// # Errors
/// When the database is away.
pub async fn settle(conn: &mut Conn, settled: &[Settled], now: UnixMillis) -> Result<()> {
    let mut plain: Vec<&Settled> = Vec::new();
    for one in settled {
        if one.error.is_none() && one.state == "applied" {
            plain.push(one);
        } else {
            settle_one(conn, one, now).await?;
        }
    }
    for lot in sql::lots(&plain) {
        let mut sql =
            Sql::new("UPDATE webhook_log SET state = 'applied', error = NULL, attempts = attempts + 1, applied_at = ");
        sql.bind(now).push(", event_type = fresh.column2, awb = fresh.column3 FROM (VALUES ");
        sql.bind_rows(lot, |sql, one| {
            sql.bind(one.id.clone()).push(", ").bind(one.event_type.clone()).push(", ").bind(one.awb.clone());
        });
        sql.push(") AS fresh WHERE webhook_log.id = fresh.column1");
        sql.execute(conn).await?;
    }
    Ok(())
}

async fn settle_one(conn: &mut Conn, one: &Settled, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "UPDATE webhook_log SET state = $2, event_type = $3, awb = $4, error = $5, attempts = attempts + 1, applied_at = $6
         WHERE id = $1",
    )
    .bind(&one.id)
    .bind(one.state)
    .bind(&one.event_type)
    .bind(&one.awb)
    .bind(&one.error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts off a push that could not be applied for reasons of ours.
///
/// # Errors
/// When the database is away.
pub async fn put_off(conn: &mut Conn, id: &str, until: UnixMillis, error: &str) -> Result<()> {
    sqlx::query(
        "UPDATE webhook_log SET attempts = attempts + 1, run_at = $2, error = $3 WHERE id = $1 AND state = 'queued'",
    )
    .bind(id)
    .bind(until)
    .bind(error)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a push into the queue again; false when it waits there already or its body is gone.
///
/// # Errors
/// When the database is away.
pub async fn requeue(conn: &mut Conn, id: &str, only_store: Option<&StoreId>, now: UnixMillis) -> Result<bool> {
    let mut sql = Sql::new("UPDATE webhook_log SET state = 'queued', attempts = 0, error = NULL, run_at = ");
    sql.bind(now).push(" WHERE state <> 'queued' AND body IS NOT NULL AND id = ").bind(id.to_owned());
    if let Some(store) = only_store {
        sql.push(" AND store_id = ").bind(store);
    }
    Ok(sql.execute(conn).await? == 1)
}

/// Takes up pushes of parcels that were unknown until now.
///
/// # Errors
/// When the database is away.
pub async fn requeue_unmatched(conn: &mut Conn, courier: &CourierId, awb: &str, now: UnixMillis) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE webhook_log SET state = 'queued', attempts = 0, run_at = $3 WHERE courier_id = $1 AND awb = $2 AND state = 'unmatched'
            AND body IS NOT NULL",
    )
    .bind(courier)
    .bind(awb)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Takes away the bodies of pushes that came between two instants; the lines stay. Answers how many there
/// were, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn forget_bodies(conn: &mut Conn, from: UnixMillis, before: UnixMillis, limit: i64) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE webhook_log SET body = NULL WHERE id IN (SELECT id FROM webhook_log
            WHERE received_at >= $1 AND received_at < $2 AND body IS NOT NULL ORDER BY received_at LIMIT $3)",
    )
    .bind(from)
    .bind(before)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// A line of the list of pushes.
#[derive(Clone, Debug, FromRow)]
pub struct PushRow {
    /// Identity.
    pub id: String,
    /// The account.
    pub courier_id: CourierId,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// The courier's name for what it was.
    pub event_type: Option<String>,
    /// The parcel.
    pub awb: Option<String>,
    /// Code of `webhook_states`.
    pub state: String,
    /// Times it was tried.
    pub attempts: i64,
    /// Why it did not work.
    pub error: Option<String>,
}

/// The newest pushes.
///
/// # Errors
/// When the database is away.
pub async fn list(
    conn: &mut Conn,
    store: Option<&StoreId>,
    state: Option<&str>,
    before: Option<UnixMillis>,
    limit: i64,
) -> Result<Vec<PushRow>> {
    let mut sql = Sql::new(
        "SELECT id, courier_id, received_at, event_type, awb, state, attempts, error FROM webhook_log WHERE received_at < ",
    );
    sql.bind(before.unwrap_or(UnixMillis(i64::MAX)));
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    if let Some(state) = state {
        sql.push(" AND state = ").bind(state.to_owned());
    }
    sql.push(" ORDER BY received_at DESC LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// A part of the log of pushes, newest first.
///
/// # Errors
/// When the database is away.
pub async fn log(conn: &mut Conn, filter: &PushFilter, slice: &Slice<String>) -> Result<Cut<PushRow>> {
    let mut sql = Sql::new(
        "SELECT id, courier_id, received_at, event_type, awb, state, attempts, error FROM webhook_log WHERE 1 = 1",
    );
    filter.push_to(&mut sql);
    slice.push_to(&mut sql, "id");
    Ok(slice.cut(sql.fetch_all(conn).await?))
}

/// How many pushes a filter lets through.
///
/// # Errors
/// When the database is away.
pub async fn count(conn: &mut Conn, filter: &PushFilter) -> Result<i64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM webhook_log WHERE 1 = 1");
    filter.push_to(&mut sql);
    Ok(sql.fetch_all::<(i64,)>(conn).await?.first().map_or(0, |row| row.0))
}

/// Whether a push is among those a filter lets through.
///
/// # Errors
/// When the database is away.
pub async fn has(conn: &mut Conn, filter: &PushFilter, id: &str) -> Result<bool> {
    let mut sql = Sql::new("SELECT id FROM webhook_log WHERE id = ");
    sql.bind(id.to_owned());
    filter.push_to(&mut sql);
    Ok(!sql.fetch_all::<(String,)>(conn).await?.is_empty())
}

/// The states of all pushes with this body, by its digest.
///
/// # Errors
/// When the database is away.
pub async fn states_of(conn: &mut Conn, body_hash: &str) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT state FROM webhook_log WHERE body_hash = $1").bind(body_hash).fetch_all(conn).await
}

/// Which pushes a list is about.
#[derive(Clone, Debug, Default)]
pub struct PushFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only in this state, one of `domain::webhooks::PUSH_STATES`.
    pub state: Option<&'static str>,
    /// Only about this parcel.
    pub awb: Option<String>,
    /// Only of these accounts.
    pub couriers: Option<Vec<CourierId>>,
}

impl PushFilter {
    fn push_to(&self, sql: &mut Sql) {
        if let Some(store) = &self.store_id {
            sql.push(" AND store_id = ").bind(store);
        }
        if let Some(state) = self.state {
            // Not bound: the indexes of the rare states are partial.
            sql.push(" AND state = '").push(state).push("'");
        }
        if let Some(awb) = &self.awb {
            sql.push(" AND awb = ").bind(awb.clone());
        }
        if let Some(couriers) = &self.couriers {
            sql.push(" AND courier_id IN ").bind_list(couriers);
        }
    }
}
