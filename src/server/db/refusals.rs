//! Pushes that were not taken: who came to which door, and why it stayed closed.

use sqlx::FromRow;

use crate::domain::ids::{CourierId, StoreId};
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// A push that was not taken; counted up when the same one comes from the same place within the hour.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Identity of a first one.
    pub id: String,
    /// The account, if it is known.
    pub courier: Option<(CourierId, StoreId)>,
    /// The route's pattern.
    pub route: &'static str,
    /// Where it came from.
    pub ip: String,
    /// Bytes of the body.
    pub size_bytes: i64,
    /// Code of `webhook_verdicts`.
    pub verdict: &'static str,
}

/// Writes refusals down.
///
/// # Errors
/// When the database is away.
pub async fn note(conn: &mut Conn, refusal: &Refusal, since: UnixMillis, now: UnixMillis) -> Result<()> {
    let done = sqlx::query(
        "UPDATE webhook_refusals SET repeats = repeats + 1, last_at = $1
         WHERE id = (SELECT id FROM webhook_refusals WHERE received_at >= $2 AND route = $3 AND ip = $4 AND verdict = $5
            AND COALESCE(courier_id, '') = $6 LIMIT 1)",
    )
    .bind(now)
    .bind(since)
    .bind(refusal.route)
    .bind(&refusal.ip)
    .bind(refusal.verdict)
    .bind(refusal.courier.as_ref().map_or("", |(courier, _)| courier.as_str()))
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() > 0 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO webhook_refusals (id, received_at, store_id, courier_id, route, ip, size_bytes, verdict, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $2)",
    )
    .bind(&refusal.id)
    .bind(now)
    .bind(refusal.courier.as_ref().map(|(_, store)| store))
    .bind(refusal.courier.as_ref().map(|(courier, _)| courier))
    .bind(refusal.route)
    .bind(&refusal.ip)
    .bind(refusal.size_bytes)
    .bind(refusal.verdict)
    .execute(conn)
    .await?;
    Ok(())
}

/// A line of the list of refusals.
#[derive(Clone, Debug, FromRow)]
pub struct RefusalRow {
    /// When it last happened.
    pub last_at: UnixMillis,
    /// The account, if it was known.
    pub courier_id: Option<CourierId>,
    /// The route's pattern.
    pub route: String,
    /// Where it came from.
    pub ip: String,
    /// Code of `webhook_verdicts`.
    pub verdict: String,
    /// How often.
    pub repeats: i64,
}

/// The newest refusals.
///
/// # Errors
/// When the database is away.
pub async fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<RefusalRow>> {
    sqlx::query_as(
        "SELECT last_at, courier_id, route, ip, verdict, repeats FROM webhook_refusals ORDER BY received_at DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The account if it was known, the code of `webhook_verdicts`, how many, and when the last one came.
pub type RefusedSince = (Option<CourierId>, String, i64, UnixMillis);

/// How often pushes were turned away since an instant, by account and verdict, and when last.
///
/// # Errors
/// When the database is away.
pub async fn since(conn: &mut Conn, since: UnixMillis) -> Result<Vec<RefusedSince>> {
    sqlx::query_as(
        "SELECT courier_id, verdict, CAST(SUM(repeats) AS BIGINT), MAX(last_at) FROM webhook_refusals
         WHERE received_at >= $1 GROUP BY courier_id, verdict ORDER BY courier_id, verdict",
    )
    .bind(since)
    .fetch_all(conn)
    .await
}
