//! Settings by store and name; the store `''` is the whole instance. Also answers kept for
//! idempotency keys of the REST API.

use sqlx::FromRow;

use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// The value of a setting.
///
/// # Errors
/// When the database is away.
pub async fn get(conn: &mut Conn, store: &str, name: &str) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM settings WHERE store_id = $1 AND name = $2")
        .bind(store)
        .bind(name)
        .fetch_optional(conn)
        .await
}

/// Sets a setting.
///
/// # Errors
/// When the database is away.
pub async fn set(conn: &mut Conn, store: &str, name: &str, value: &str, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO settings (store_id, name, value, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (store_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
    )
    .bind(store)
    .bind(name)
    .bind(value)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// An answer that was given under an idempotency key.
#[derive(Clone, Debug, FromRow)]
pub struct KeptAnswer {
    /// Digest of method, path and body of the request.
    pub fingerprint: String,
    /// HTTP status of the answer.
    pub status: i64,
    /// JSON body of the answer.
    pub body: String,
}

/// The answer kept under a key.
///
/// # Errors
/// When the database is away.
pub async fn kept_answer(conn: &mut Conn, scope: &str, key: &str) -> Result<Option<KeptAnswer>> {
    sqlx::query_as("SELECT fingerprint, status, body FROM idempotency_keys WHERE scope = $1 AND key = $2")
        .bind(scope)
        .bind(key)
        .fetch_optional(conn)
        .await
}

/// Keeps an answer; false when the key holds one already.
///
/// # Errors
/// When the database is away.
pub async fn keep_answer(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    answer: &KeptAnswer,
    now: UnixMillis,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO idempotency_keys (scope, key, fingerprint, status, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (scope, key) DO NOTHING",
    )
    .bind(scope)
    .bind(key)
    .bind(&answer.fingerprint)
    .bind(answer.status)
    .bind(&answer.body)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets answers given before an instant, oldest first; answers how many.
///
/// # Errors
/// When the database is away.
pub async fn forget_answers(conn: &mut Conn, before: UnixMillis, rows_max: i64) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM idempotency_keys WHERE (scope, key) IN
            (SELECT scope, key FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
    )
    .bind(before)
    .bind(rows_max)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
