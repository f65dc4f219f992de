//! What is looked at to see how the shop is doing.

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
