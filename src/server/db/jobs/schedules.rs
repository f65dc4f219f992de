//! Schedules: each makes a job whenever its time has come, on any number of instances once.

use crate::domain::time::UnixMillis;
use crate::server::db::jobs::backoff_ms;
use crate::server::db::{Conn, Result};

/// How often a scheduled job is tried: the next one comes by itself.
const ATTEMPTS_MAX: i64 = 3;

/// A schedule: what to queue, and when next.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Schedule {
    /// Name; at most one unfinished job exists per schedule.
    pub name: String,
    /// Queue of its jobs.
    pub queue: String,
    /// Kind of its jobs.
    pub kind: String,
    /// Payload of its jobs.
    pub payload: String,
    /// Priority of its jobs.
    pub priority: i64,
    /// Interval; or else there is a cron line.
    pub every_ms: Option<i64>,
    /// Cron line, read in `tz`.
    pub cron: Option<String>,
    /// Time zone of the cron line.
    pub tz: String,
    /// Each interval is longer by a random part of this.
    pub jitter_ms: i64,
    /// When it is due.
    pub next_fire: UnixMillis,
}

impl Schedule {
    /// When a schedule with an interval is due again; `None` for a cron line. Counted from now and
    /// not from the missed instant: after a week of downtime it fires once, not a week's worth.
    pub fn next_interval(&self, now: UnixMillis, random: u64) -> Option<UnixMillis> {
        let jitter = backoff_ms(1, self.jitter_ms, self.jitter_ms, random);
        self.every_ms.map(|every| now.plus(every.saturating_add(jitter)))
    }
}

const ADD: &str = "
    INSERT INTO schedules (name, queue, kind, payload, priority, every_ms, cron, tz, jitter_ms, next_fire, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
    ON CONFLICT (name) DO NOTHING";

/// Adds a schedule unless it is there: what the admin has changed is left alone.
pub async fn add(conn: &mut Conn, schedule: &Schedule, now: UnixMillis) -> Result<bool> {
    let query = sqlx::query(ADD)
        .bind(&schedule.name)
        .bind(&schedule.queue)
        .bind(&schedule.kind)
        .bind(&schedule.payload)
        .bind(schedule.priority)
        .bind(schedule.every_ms)
        .bind(&schedule.cron)
        .bind(&schedule.tz)
        .bind(schedule.jitter_ms)
        .bind(schedule.next_fire)
        .bind(now);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const DUE: &str = "
    SELECT name, queue, kind, payload, priority, every_ms, cron, tz, jitter_ms, next_fire
    FROM schedules WHERE is_enabled = 1 AND next_fire <= $1 ORDER BY next_fire";

/// The schedules that are due.
pub async fn due(conn: &mut Conn, now: UnixMillis) -> Result<Vec<Schedule>> {
    sqlx::query_as(DUE).bind(now).fetch_all(conn).await
}

const ADVANCE: &str = "
    UPDATE schedules SET next_fire = $3, last_fire = $2, updated_at = $4
    WHERE name = $1 AND next_fire = $2 AND is_enabled = 1";

// Any conflict, not only the one of the fire: while the last job of this schedule is unfinished
// there is nothing to add, or a slow worker would find a heap of the same work.
const ENQUEUE_FIRE: &str = "
    INSERT INTO jobs (id, queue, kind, payload, unique_key, priority, run_at, state, max_attempts, schedule, fire_ms, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'ready', $8, $5, $7, $9)
    ON CONFLICT DO NOTHING";

/// Queues the job of a due schedule and moves the schedule on; `false` when another instance has
/// done so already.
pub async fn fire(
    conn: &mut Conn,
    schedule: &Schedule,
    job_id: &str,
    next_fire: UnixMillis,
    now: UnixMillis,
) -> Result<bool> {
    let advance = sqlx::query(ADVANCE).bind(&schedule.name).bind(schedule.next_fire).bind(next_fire).bind(now);
    if advance.execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(ENQUEUE_FIRE)
        .bind(job_id)
        .bind(&schedule.queue)
        .bind(&schedule.kind)
        .bind(&schedule.payload)
        .bind(&schedule.name)
        .bind(schedule.priority)
        .bind(schedule.next_fire)
        .bind(ATTEMPTS_MAX)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(true)
}
