//! Bulk runs: one thing done to many, with a state for each, so that a run can be looked at, resumed
//! after a restart, and repeated for what failed.

use sqlx::FromRow;

use crate::domain::ids::StoreId;
use crate::domain::shipping::CheckRun;
use crate::domain::time::UnixMillis;
use crate::server::db::events::Author;
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Result};

/// Lines of a run that are shown.
const LINES_SHOWN: i64 = 100;

/// A run to begin.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Identity.
    pub id: String,
    /// Whose; `None` for a run over all stores.
    pub store_id: Option<StoreId>,
    /// What is done.
    pub kind: &'static str,
    /// What that needs to know, as JSON.
    pub params: String,
    /// Who asked for it.
    pub author: Author,
    /// What it is done to: ids of one kind of thing with the store of each.
    pub items: Vec<(String, StoreId)>,
    /// That kind.
    pub entity: &'static str,
}

/// Saves a run with its items.
///
/// # Errors
/// When the database is away.
pub async fn insert(conn: &mut Conn, run: &NewRun, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO bulk_runs (id, store_id, kind, params, state, author_kind, author_id, created_at)
         VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7)",
    )
    .bind(&run.id)
    .bind(&run.store_id)
    .bind(run.kind)
    .bind(&run.params)
    .bind(run.author.kind)
    .bind(&run.author.id)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    let items: Vec<_> = (0_i64..).zip(&run.items).collect();
    let head = "INSERT INTO bulk_run_items (run_id, position, store_id, entity, entity_id, state, updated_at) VALUES";
    sql::write_rows(conn, (head, ""), &items, |sql, (position, (id, store))| {
        sql.bind(run.id.clone()).push(", ").bind(*position).push(", ").bind(store).push(", ").bind(run.entity);
        sql.push(", ").bind(id.clone()).push(", 'waiting', ").bind(now);
    })
    .await?;
    Ok(())
}

/// The next items of a run that wait.
///
/// # Errors
/// When the database is away.
pub async fn waiting(conn: &mut Conn, run: &str, limit: i64) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT entity_id FROM bulk_run_items WHERE run_id = $1 AND state = 'waiting' ORDER BY position LIMIT $2",
    )
    .bind(run)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// What became of an item.
#[derive(Clone, Debug)]
pub struct ItemOutcome {
    /// The item.
    pub entity_id: String,
    /// Whether it worked.
    pub is_done: bool,
    /// Whether it changed anything.
    pub is_change: bool,
    /// In words.
    pub message: String,
}

/// Writes what became of an item that waited.
///
/// # Errors
/// When the database is away.
pub async fn settle(conn: &mut Conn, run: &str, outcome: &ItemOutcome, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "UPDATE bulk_run_items SET state = $3, message = $4, is_change = $5, attempts = attempts + 1, updated_at = $6
         WHERE run_id = $1 AND entity_id = $2 AND state = 'waiting'",
    )
    .bind(run)
    .bind(&outcome.entity_id)
    .bind(if outcome.is_done { "done" } else { "failed" })
    .bind(&outcome.message)
    .bind(i64::from(outcome.is_change))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a run as begun or through.
///
/// # Errors
/// When the database is away.
pub async fn set_state(conn: &mut Conn, run: &str, is_finished: bool, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "UPDATE bulk_runs SET version = version + 1, state = $2, started_at = COALESCE(started_at, $3),
            finished_at = CASE WHEN $2 = 'finished' THEN CAST($3 AS BIGINT) ELSE finished_at END WHERE id = $1",
    )
    .bind(run)
    .bind(if is_finished { "finished" } else { "running" })
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// A run as it was asked for, and how far it is.
#[derive(Clone, Debug, FromRow)]
pub struct StoredRun {
    /// Identity.
    pub id: String,
    /// Whose; `None` for a run over all stores.
    pub store_id: Option<StoreId>,
    /// What is done.
    pub kind: String,
    /// What that needs to know, as JSON.
    pub params: String,
    /// Code of `bulk_run_states`.
    pub state: String,
    /// Code of `author_kinds`.
    pub author_kind: String,
    /// Id of the user or token, if it is one.
    pub author_id: Option<String>,
    /// When it was asked for.
    pub created_at: UnixMillis,
    /// When it was through.
    pub finished_at: Option<UnixMillis>,
}

/// The run with an id.
///
/// # Errors
/// When the database is away.
pub async fn find(conn: &mut Conn, id: &str) -> Result<Option<StoredRun>> {
    sqlx::query_as(
        "SELECT id, store_id, kind, params, state, author_kind, author_id, created_at, finished_at FROM bulk_runs WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// An item of a run, as it stands.
#[derive(Clone, Debug, FromRow)]
pub struct RunItem {
    /// Kind of thing.
    pub entity: String,
    /// Which.
    pub entity_id: String,
    /// Code of `bulk_item_states`.
    pub state: String,
    /// What came of it, in words.
    pub message: Option<String>,
    /// Whether it changed anything.
    pub is_change: i64,
}

/// The items of a run, in the order they were given.
///
/// # Errors
/// When the database is away.
pub async fn items(conn: &mut Conn, run: &str, page: i64, page_size: i64) -> Result<(Vec<RunItem>, i64)> {
    let total = sqlx::query_scalar("SELECT COUNT(*) FROM bulk_run_items WHERE run_id = $1")
        .bind(run)
        .fetch_one(&mut *conn)
        .await?;
    let rows = sqlx::query_as(
        "SELECT entity, entity_id, state, message, is_change FROM bulk_run_items WHERE run_id = $1
         ORDER BY position LIMIT $2 OFFSET $3",
    )
    .bind(run)
    .bind(page_size)
    .bind(page.saturating_sub(1).saturating_mul(page_size))
    .fetch_all(conn)
    .await?;
    Ok((rows, total))
}

/// How many items of a run are in each state, and how many of them were changed.
///
/// # Errors
/// When the database is away.
pub async fn counts(conn: &mut Conn, run: &str) -> Result<Vec<(String, i64, i64)>> {
    sqlx::query_as(
        "SELECT state, COUNT(*), CAST(SUM(is_change) AS BIGINT) FROM bulk_run_items WHERE run_id = $1 GROUP BY state",
    )
    .bind(run)
    .fetch_all(conn)
    .await
}

/// Whether an item still waits; asked under the lock of what it is about.
///
/// # Errors
/// When the database is away.
pub async fn is_waiting(conn: &mut Conn, run: &str, entity_id: &str) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT position FROM bulk_run_items WHERE run_id = $1 AND entity_id = $2 AND state = 'waiting'",
    )
    .bind(run)
    .bind(entity_id)
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

#[derive(FromRow)]
struct RunRow {
    id: String,
    state: String,
    created_at: UnixMillis,
    finished_at: Option<UnixMillis>,
}

/// The newest run of a kind that somebody of this store may see, as it stands.
///
/// # Errors
/// When the database is away.
pub async fn latest(conn: &mut Conn, kind: &str, store: Option<&StoreId>) -> Result<Option<CheckRun>> {
    let mut sql = Sql::new("SELECT id, state, created_at, finished_at FROM bulk_runs WHERE kind = ");
    sql.bind(kind.to_owned());
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    sql.push(" ORDER BY created_at DESC LIMIT 1");
    let Some(run) = sql.fetch_all::<RunRow>(conn).await?.pop() else { return Ok(None) };
    let counts = counts(conn, &run.id).await?;
    let lines: Vec<(String, Option<String>, String)> = sqlx::query_as(
        "SELECT orders.reference, bulk_run_items.message, bulk_run_items.state FROM bulk_run_items
         JOIN shipments ON shipments.id = bulk_run_items.entity_id JOIN orders ON orders.id = shipments.order_id
         WHERE bulk_run_items.run_id = $1 AND bulk_run_items.state <> 'waiting' ORDER BY bulk_run_items.position LIMIT $2",
    )
    .bind(&run.id)
    .bind(LINES_SHOWN)
    .fetch_all(conn)
    .await?;
    let count = |wanted: &str| counts.iter().filter(|row| row.0 == wanted).map(|row| row.1).sum::<i64>();
    Ok(Some(CheckRun {
        id: run.id,
        state: run.state,
        total: counts.iter().map(|row| row.1).sum(),
        done: count("done") + count("failed") + count("skipped"),
        updated: counts.iter().map(|row| row.2).sum(),
        failed: count("failed"),
        started_at: run.created_at,
        finished_at: run.finished_at,
        lines: lines
            .into_iter()
            .map(|(name, message, state)| (name, message.unwrap_or_default(), state == "failed"))
            .collect(),
    }))
}
