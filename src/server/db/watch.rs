//! What is looked at to see how the shop is doing: queues, what was counted by the minute, and alerts.

use sqlx::FromRow;

use crate::domain::alerts::{Alert, AlertKind, Seen, Watched};
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// How far queues stand. Nothing is counted beyond 10,000.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Pushes that wait to be applied.
    pub pushes: i64,
    /// When the oldest of them came.
    pub oldest_push: Option<UnixMillis>,
    /// Pushes laid aside for a person.
    pub pushes_dead: i64,
    /// Jobs that could run now.
    pub jobs_due: i64,
    /// Since when the first of them could.
    pub oldest_job: Option<UnixMillis>,
    /// Jobs somebody works on.
    pub jobs_running: i64,
    /// Jobs given up.
    pub jobs_dead: i64,
}

/// Looks at the queues, each by its index.
///
/// # Errors
/// When the database is away.
pub async fn queues(conn: &mut Conn, queue: &str, now: UnixMillis) -> Result<Queues> {
    let (pushes, oldest_push) = sqlx::query_as(
        "SELECT COUNT(*), MIN(received_at) FROM (
            SELECT received_at FROM webhook_log WHERE state = 'queued' ORDER BY run_at LIMIT 10000) AS waiting",
    )
    .fetch_one(&mut *conn)
    .await?;
    let (jobs_due, oldest_job) = sqlx::query_as(
        "SELECT COUNT(*), MIN(run_at) FROM (
            SELECT run_at FROM jobs WHERE queue = $1 AND state = 'ready' AND run_at <= $2 LIMIT 10000) AS due",
    )
    .bind(queue)
    .bind(now)
    .fetch_one(&mut *conn)
    .await?;
    let mut counts = [0_i64; 3];
    for (count, text) in counts.iter_mut().zip([
        "SELECT COUNT(*) FROM (SELECT id FROM webhook_log WHERE state = 'dead' LIMIT 10000) AS dead",
        "SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE state = 'running' LIMIT 10000) AS running",
        "SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE state = 'dead' LIMIT 10000) AS dead",
    ]) {
        *count = sqlx::query_scalar(text).fetch_one(&mut *conn).await?;
    }
    let [pushes_dead, jobs_running, jobs_dead] = counts;
    Ok(Queues { pushes, oldest_push, pushes_dead, jobs_due, oldest_job, jobs_running, jobs_dead })
}

/// Adds what an instance has counted to a minute.
///
/// # Errors
/// When the database is away.
pub async fn add_minutes(conn: &mut Conn, minute_at: UnixMillis, counted: &[(Watched, i64)]) -> Result<()> {
    for (watched, count) in counted.iter().filter(|(_, count)| *count > 0) {
        sqlx::query(
            "INSERT INTO watched_minutes (name, minute_at, value) VALUES ($1, $2, $3)
             ON CONFLICT (name, minute_at) DO UPDATE SET value = watched_minutes.value + excluded.value",
        )
        .bind(watched.name())
        .bind(minute_at)
        .bind(count)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// What was counted in all minutes that began after an instant.
///
/// # Errors
/// When the database is away.
pub async fn sums(conn: &mut Conn, after: UnixMillis) -> Result<Vec<(String, i64)>> {
    sqlx::query_as("SELECT name, CAST(SUM(value) AS BIGINT) FROM watched_minutes WHERE minute_at > $1 GROUP BY name")
        .bind(after)
        .fetch_all(conn)
        .await
}

/// Forgets minutes that nobody looks at any more.
///
/// # Errors
/// When the database is away.
pub async fn forget_minutes(conn: &mut Conn, before: UnixMillis) -> Result<()> {
    sqlx::query("DELETE FROM watched_minutes WHERE minute_at < $1").bind(before).execute(conn).await?;
    Ok(())
}

/// Jobs and pushes that were due before an instant; not counted beyond 10,000 each.
///
/// # Errors
/// When the database is away.
pub async fn late_tasks(conn: &mut Conn, queue: &str, before: UnixMillis) -> Result<i64> {
    let jobs: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (
            SELECT id FROM jobs WHERE queue = $1 AND state = 'ready' AND run_at < $2 LIMIT 10000) AS late",
    )
    .bind(queue)
    .bind(before)
    .fetch_one(&mut *conn)
    .await?;
    let pushes: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT id FROM webhook_log WHERE state = 'queued' AND run_at < $1 LIMIT 10000) AS late",
    )
    .bind(before)
    .fetch_one(conn)
    .await?;
    Ok(jobs + pushes)
}

/// Opens an alert; false when one of its kind is open.
///
/// # Errors
/// When the database is away.
pub async fn open_alert(conn: &mut Conn, id: &str, kind: AlertKind, seen: Seen, now: UnixMillis) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO alerts (id, kind, seen, seen_of, opened_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(kind.code())
    .bind(seen.count)
    .bind(seen.of)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes what is seen of an open alert; false when none of its kind is open.
///
/// # Errors
/// When the database is away.
pub async fn update_alert(conn: &mut Conn, kind: AlertKind, seen: Seen, now: UnixMillis) -> Result<bool> {
    let done =
        sqlx::query("UPDATE alerts SET seen = $2, seen_of = $3, updated_at = $4 WHERE kind = $1 AND closed_at IS NULL")
            .bind(kind.code())
            .bind(seen.count)
            .bind(seen.of)
            .bind(now)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Closes the open alert of a kind; false when there is none.
///
/// # Errors
/// When the database is away.
pub async fn close_alert(conn: &mut Conn, kind: AlertKind, now: UnixMillis) -> Result<bool> {
    let done = sqlx::query("UPDATE alerts SET closed_at = $2, updated_at = $2 WHERE kind = $1 AND closed_at IS NULL")
        .bind(kind.code())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(FromRow)]
struct AlertRow {
    #[sqlx(try_from = "String")]
    kind: AlertKind,
    seen: i64,
    seen_of: i64,
    opened_at: UnixMillis,
}

/// The open alerts, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn open_alerts(conn: &mut Conn) -> Result<Vec<Alert>> {
    let rows: Vec<AlertRow> = sqlx::query_as(
        "SELECT kind, seen, seen_of, opened_at FROM alerts WHERE closed_at IS NULL ORDER BY opened_at, kind",
    )
    .fetch_all(conn)
    .await?;
    let alert = |row: AlertRow| Alert {
        kind: row.kind,
        seen: Seen { count: row.seen, of: row.seen_of },
        opened_at: row.opened_at,
    };
    Ok(rows.into_iter().map(alert).collect())
}
