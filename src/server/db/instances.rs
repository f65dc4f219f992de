//! Which instances of the program run on this database.

use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// Notes that an instance runs and forgets those that have not said so since `dead_before`.
///
/// # Errors
/// When the database is away.
pub async fn note(conn: &mut Conn, id: &str, dead_before: UnixMillis, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO instances (id, started_at, seen_at) VALUES ($1, $2, $2)
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
    )
    .bind(id)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM instances WHERE seen_at < $1").bind(dead_before).execute(conn).await?;
    Ok(())
}

/// How many have said since an instant that they run.
///
/// # Errors
/// When the database is away.
pub async fn count(conn: &mut Conn, since: UnixMillis) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM instances WHERE seen_at >= $1").bind(since).fetch_one(conn).await
}

/// Forgets an instance that ends.
///
/// # Errors
/// When the database is away.
pub async fn forget(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM instances WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
