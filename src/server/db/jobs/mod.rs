//! Jobs: work that is committed with its cause and done later.
//! `schedules` what comes round by itself · `outbox` what an event promises · `runs` one thing done to many.
//!
//! A job is held by a lease with a token of its own. Whoever finishes, fails or extends it must
//! show that token; zero rows mean that somebody else has taken over and the result is thrown
//! away. Waking a worker is nobody's business here: workers sleep until [`next_due`] or a hint.
//! Errors are what the database says; a refusal by the rules of the queue is `false`.

pub mod outbox;
pub mod runs;
pub mod schedules;

use crate::domain::time::UnixMillis;
use crate::server::db::paging::{Cut, Slice};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Engine, Result};

/// Priority of what a person or a parcel waits for; smaller runs first.
pub const PRIORITY_HIGH: i64 = 10;
/// Priority of tracking and other routine.
pub const PRIORITY_NORMAL: i64 = 20;
/// Priority of caches, folding and cleaning.
pub const PRIORITY_LOW: i64 = 30;
/// How often a job is tried unless its kind says otherwise.
pub const ATTEMPTS_MAX: i64 = 12;
/// First pause after a failure; doubles with each.
pub const RETRY_BASE_MS: i64 = 2_000;
/// Longest pause after a failure.
pub const RETRY_CAP_MS: i64 = 30 * 60 * 1_000;
/// Characters of an error that are kept.
const ERROR_CHARACTERS_MAX: usize = 2_000;

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its time or for a worker.
    Ready,
    /// Held by a worker until the lease ends.
    Running,
    /// Finished.
    Done,
    /// Given up; waits for a person.
    Dead,
    /// A person decided that it is not to be done.
    Discarded,
}

impl JobState {
    /// Every state, in the order of the enum, with its code in the database.
    pub const TABLE: [(JobState, &'static str); 5] = [
        (JobState::Ready, "ready"),
        (JobState::Running, "running"),
        (JobState::Done, "done"),
        (JobState::Dead, "dead"),
        (JobState::Discarded, "discarded"),
    ];

    /// The code stored in the database.
    pub fn code(self) -> &'static str {
        Self::TABLE[self as usize].1
    }
}

impl std::str::FromStr for JobState {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let found = Self::TABLE.into_iter().find(|(_, code)| code.eq_ignore_ascii_case(text.trim()));
        found
            .map(|(state, _)| state)
            .ok_or_else(|| format!("The state must be one of {}.", Self::TABLE.map(|(_, code)| code).join(", ")))
    }
}

impl TryFrom<String> for JobState {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        Self::TABLE
            .into_iter()
            .find_map(|(state, code)| (code == text).then_some(state))
            .ok_or_else(|| format!("unknown job state {text}"))
    }
}

/// A job to be put into the queue.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Identity, made by the caller.
    pub id: &'a str,
    /// The merchant it belongs to, if any.
    pub store_id: Option<&'a str>,
    /// Which workers take it.
    pub queue: &'a str,
    /// Which function does it.
    pub kind: &'a str,
    /// What that function needs, as JSON.
    pub payload: &'a str,
    /// Names the work: a second request for unfinished work of this kind joins the first.
    pub unique_key: Option<&'a str>,
    /// Smaller runs first.
    pub priority: i64,
    /// Not before this instant.
    pub run_at: UnixMillis,
    /// Attempts before it is dead.
    pub max_attempts: i64,
}

/// A stored job; from [`claim`] it carries the lease.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// Identity.
    pub id: String,
    /// The merchant it belongs to, if any.
    pub store_id: Option<String>,
    /// Which workers take it.
    pub queue: String,
    /// Which function does it.
    pub kind: String,
    /// What that function needs, as JSON.
    pub payload: String,
    /// Smaller runs first.
    pub priority: i64,
    /// Not before this instant.
    pub run_at: UnixMillis,
    /// State.
    #[sqlx(try_from = "String")]
    pub state: JobState,
    /// Attempts so far, a running one included.
    pub attempts: i64,
    /// Attempts before it is dead.
    pub max_attempts: i64,
    /// Proof that a worker holds it.
    pub lease_token: Option<String>,
    /// When others may take it over.
    pub lease_until: Option<UnixMillis>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Which queue.
    pub queue: &'a str,
    /// At most so many jobs.
    pub limit: i64,
    /// A fresh random text for this call and no other.
    pub token: &'a str,
    /// The present instant.
    pub now: UnixMillis,
    /// When others may take the jobs over.
    pub lease_until: UnixMillis,
}

// A repeated request does not bring a job forward that is backing off after failures, or a
// merchant who clicks would turn the pauses off.
const ENQUEUE: &str = "
    INSERT INTO jobs (id, store_id, queue, kind, payload, unique_key, priority, run_at, state, max_attempts, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ready', $9, $10)
    ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND state IN ('ready', 'running')
    DO UPDATE SET
        asked_again = 1,
        run_at = CASE WHEN jobs.attempts = 0 AND excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END
    RETURNING id";

/// Puts a job into the queue, in the transaction of its cause.
///
/// Returns the id of the job that will do the work: an unfinished one of the same kind and key if
/// there is one. If that one is running already, it runs once more, since it may have read what has
/// changed since.
pub async fn enqueue(conn: &mut Conn, job: &NewJob<'_>, now: UnixMillis) -> Result<String> {
    sqlx::query_scalar(ENQUEUE)
        .bind(job.id)
        .bind(job.store_id)
        .bind(job.queue)
        .bind(job.kind)
        .bind(job.payload)
        .bind(job.unique_key)
        .bind(job.priority)
        .bind(job.run_at)
        .bind(job.max_attempts)
        .bind(now)
        .fetch_one(conn)
        .await
}

// Apart from the claim, so that the claim reads one partial index. A job whose last attempt did
// not even live to fail (it may be what kills the process) is dead, not tried for ever.
const TAKE_BACK: &str = "
    UPDATE jobs SET
        state = CASE WHEN attempts < max_attempts THEN 'ready' ELSE 'dead' END,
        finished_at = CASE WHEN attempts < max_attempts THEN NULL ELSE CAST($1 AS BIGINT) END,
        last_error = 'The worker did not come back before its lease ended.',
        lease_token = NULL,
        lease_until = NULL
    WHERE state = 'running' AND lease_until <= $1";

const CLAIM_SQLITE: &str = "
    UPDATE jobs SET state = 'running', attempts = attempts + 1, asked_again = 0, lease_token = $1, lease_until = $2
    WHERE id IN (
        SELECT id FROM jobs
        WHERE queue = $3 AND state = 'ready' AND run_at <= $4
        ORDER BY priority, run_at
        LIMIT $5
    )
    RETURNING id, store_id, queue, kind, payload, priority, run_at, state, attempts, max_attempts,
        lease_token, lease_until, last_error";

// MATERIALIZED: inlined into an IN, the planner may run the sub-select again and lock more rows
// than the limit says.
const CLAIM_POSTGRES: &str = "
    WITH due AS MATERIALIZED (
        SELECT id FROM jobs
        WHERE queue = $3 AND state = 'ready' AND run_at <= $4
        ORDER BY priority, run_at
        LIMIT $5
        FOR UPDATE SKIP LOCKED
    )
    UPDATE jobs SET state = 'running', attempts = attempts + 1, asked_again = 0, lease_token = $1, lease_until = $2
    FROM due
    WHERE jobs.id = due.id
    RETURNING jobs.id, store_id, queue, kind, payload, priority, run_at, state, attempts, max_attempts,
        lease_token, lease_until, last_error";

/// Takes due jobs of a queue, most urgent first, and first takes back those whose lease has ended.
pub async fn claim(conn: &mut Conn, engine: Engine, claim: &Claim<'_>) -> Result<Vec<Job>> {
    sqlx::query(TAKE_BACK).bind(claim.now).execute(&mut *conn).await?;
    let statement = match engine {
        Engine::Sqlite => CLAIM_SQLITE,
        Engine::Postgres => CLAIM_POSTGRES,
    };
    let mut jobs: Vec<Job> = sqlx::query_as(statement)
        .bind(claim.token)
        .bind(claim.lease_until)
        .bind(claim.queue)
        .bind(claim.now)
        .bind(claim.limit)
        .fetch_all(conn)
        .await?;
    // RETURNING promises no order.
    jobs.sort_by_key(|job| (job.priority, job.run_at));
    Ok(jobs)
}

const FINISH: &str = "
    UPDATE jobs SET
        state = CASE WHEN asked_again = 1 THEN 'ready' ELSE 'done' END,
        run_at = CASE WHEN asked_again = 1 THEN CAST($3 AS BIGINT) ELSE run_at END,
        attempts = CASE WHEN asked_again = 1 THEN 0 ELSE attempts END,
        finished_at = CASE WHEN asked_again = 1 THEN NULL ELSE CAST($3 AS BIGINT) END,
        asked_again = 0,
        lease_token = NULL,
        lease_until = NULL
    WHERE id = $1 AND lease_token = $2";

/// Marks a claimed job as done and says whether it was still ours. In one transaction with the
/// job's effects, `false` means: roll back.
pub async fn finish(conn: &mut Conn, job: &Job, now: UnixMillis) -> Result<bool> {
    let query = sqlx::query(FINISH).bind(&job.id).bind(&job.lease_token).bind(now);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

// Who asked during the last attempt gets a full set of attempts: the reason may be gone.
const FAIL: &str = "
    UPDATE jobs SET
        state = CASE WHEN asked_again = 1 OR (CAST($3 AS BIGINT) IS NOT NULL AND attempts < max_attempts)
            THEN 'ready' ELSE 'dead' END,
        finished_at = CASE WHEN asked_again = 1 OR (CAST($3 AS BIGINT) IS NOT NULL AND attempts < max_attempts)
            THEN NULL ELSE CAST($4 AS BIGINT) END,
        run_at = COALESCE($3, run_at),
        attempts = CASE WHEN asked_again = 1 THEN 0 ELSE attempts END,
        last_error = $5,
        asked_again = 0,
        lease_token = NULL,
        lease_until = NULL
    WHERE id = $1 AND lease_token = $2";

/// Puts a claimed job back until `retry_at` and says whether it was still ours. After its last
/// attempt it is dead, and without an instant too: trying again cannot help.
pub async fn fail(
    conn: &mut Conn,
    job: &Job,
    error: &str,
    retry_at: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<bool> {
    let query = sqlx::query(FAIL).bind(&job.id).bind(&job.lease_token).bind(retry_at).bind(now).bind(shortened(error));
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

const EXTEND: &str = "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND lease_token = $2";

/// Keeps a claimed job for longer and says whether it was still ours.
pub async fn extend(conn: &mut Conn, job: &Job, lease_until: UnixMillis) -> Result<bool> {
    let query = sqlx::query(EXTEND).bind(&job.id).bind(&job.lease_token).bind(lease_until);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

// Not while the same work is waiting or running under another id: it would be a second one.
const RETRY: &str = "
    UPDATE jobs SET state = 'ready', run_at = $2, attempts = 0, finished_at = NULL
    WHERE id = $1 AND state = 'dead' AND NOT EXISTS (
        SELECT 1 FROM jobs AS twin
        WHERE twin.kind = jobs.kind AND twin.unique_key = jobs.unique_key AND twin.state IN ('ready', 'running')
    )";

/// Lets a dead job run again, with a full set of attempts; `false` when it is not dead, or the
/// same work is queued already.
pub async fn retry(conn: &mut Conn, id: &str, now: UnixMillis) -> Result<bool> {
    Ok(sqlx::query(RETRY).bind(id).bind(now).execute(conn).await?.rows_affected() == 1)
}

const DISCARD: &str = "
    UPDATE jobs SET state = 'discarded', finished_at = $2 WHERE id = $1 AND state IN ('ready', 'dead')";

/// Takes a waiting or dead job out of the queue; `false` when it is neither.
pub async fn discard(conn: &mut Conn, id: &str, now: UnixMillis) -> Result<bool> {
    Ok(sqlx::query(DISCARD).bind(id).bind(now).execute(conn).await?.rows_affected() == 1)
}

const FIND: &str = "
    SELECT id, store_id, queue, kind, payload, priority, run_at, state, attempts, max_attempts,
        lease_token, lease_until, last_error
    FROM jobs WHERE id = $1";

/// The job with this id.
pub async fn find(conn: &mut Conn, id: &str) -> Result<Option<Job>> {
    sqlx::query_as(FIND).bind(id).fetch_optional(conn).await
}

/// A job as people look at it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JobRow {
    /// Identity.
    pub id: String,
    /// The merchant it belongs to, if any.
    pub store_id: Option<String>,
    /// Which function does it.
    pub kind: String,
    /// State.
    #[sqlx(try_from = "String")]
    pub state: JobState,
    /// Attempts so far.
    pub attempts: i64,
    /// Attempts before it is dead.
    pub max_attempts: i64,
    /// Not before this instant.
    pub run_at: UnixMillis,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: UnixMillis,
    /// When it was through, whatever the outcome.
    pub finished_at: Option<UnixMillis>,
}

/// Which jobs a list is about.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only of this kind.
    pub kind: Option<String>,
}

impl JobFilter {
    fn push_to(&self, sql: &mut Sql) {
        if let Some(state) = self.state {
            sql.push(" AND state = ").bind(state.code());
        }
        if let Some(kind) = &self.kind {
            sql.push(" AND kind = ").bind(kind.clone());
        }
    }
}

/// A part of the jobs, newest first.
pub async fn list(conn: &mut Conn, filter: &JobFilter, slice: &Slice<String>) -> Result<Cut<JobRow>> {
    let mut sql = Sql::new(
        "SELECT id, store_id, kind, state, attempts, max_attempts, run_at, last_error, created_at, finished_at
         FROM jobs WHERE 1 = 1",
    );
    filter.push_to(&mut sql);
    slice.push_to(&mut sql, "id");
    Ok(slice.cut(sql.fetch_all(conn).await?))
}

/// The job with this id, for people.
pub async fn row(conn: &mut Conn, id: &str) -> Result<Option<JobRow>> {
    sqlx::query_as(
        "SELECT id, store_id, kind, state, attempts, max_attempts, run_at, last_error, created_at, finished_at
         FROM jobs WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// How many jobs a filter lets through.
pub async fn count(conn: &mut Conn, filter: &JobFilter) -> Result<i64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM jobs WHERE 1 = 1");
    filter.push_to(&mut sql);
    Ok(sql.fetch_all::<(i64,)>(conn).await?.first().map_or(0, |row| row.0))
}

const NEXT_DUE: &str = "
    SELECT MIN(due_at) FROM (
        SELECT MIN(run_at) AS due_at FROM jobs WHERE queue = $1 AND state = 'ready'
        UNION ALL
        SELECT MIN(lease_until) AS due_at FROM jobs WHERE state = 'running'
        UNION ALL
        SELECT MIN(next_fire) AS due_at FROM schedules WHERE is_enabled = 1
    ) AS due";

/// When the next job of a queue, ended lease or schedule is due. A reading connection will do, so
/// an idle shop never touches its writer.
pub async fn next_due(conn: &mut Conn, queue: &str) -> Result<Option<UnixMillis>> {
    sqlx::query_scalar(NEXT_DUE).bind(queue).fetch_one(conn).await
}

/// How long to wait after a failed attempt (the first is 1): a random part of a window that
/// doubles up to the cap. Without chance, everything that failed together returns together.
pub fn backoff_ms(attempts: i64, base_ms: i64, cap_ms: i64, random: u64) -> i64 {
    let doublings = attempts.saturating_sub(1).clamp(0, 62);
    let window = base_ms.saturating_mul(1 << doublings).clamp(0, cap_ms);
    let choices = window.unsigned_abs() + 1;
    i64::try_from(random % choices).unwrap_or(window)
}

fn shortened(error: &str) -> String {
    error.chars().take(ERROR_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_the_cap_and_chance_fills_the_window() {
        for (attempts, window) in [(1, 2_000), (2, 4_000), (3, 8_000), (12, RETRY_CAP_MS), (i64::MAX, RETRY_CAP_MS)] {
            let wait = |random| backoff_ms(attempts, RETRY_BASE_MS, RETRY_CAP_MS, random);
            assert_eq!(wait(0), 0);
            assert_eq!(wait(window as u64), window, "attempt {attempts}");
            assert_eq!(wait(window as u64 + 1), 0, "never beyond the window of attempt {attempts}");
        }
    }

    #[test]
    fn the_code_table_of_the_migration_is_the_enum() {
        let migration = include_str!("../../../../migrations/0004_jobs.sql");
        let codes = JobState::TABLE.map(|(_, code)| format!("('{code}')")).join(", ");
        assert!(migration.contains(&format!("INSERT INTO job_states (code) VALUES\n    {codes};")));
    }
}
