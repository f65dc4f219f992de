//! What is known of logins with couriers, sealed before it comes here, and whose turn it is to log in.

use crate::domain::ids::CourierId;
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// The sealed session of an account, if one is kept.
///
/// # Errors
/// When the database is away.
pub async fn session(conn: &mut Conn, courier: &CourierId) -> Result<Option<String>> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("SELECT access_token FROM courier_health WHERE courier_id = $1")
            .bind(courier)
            .fetch_optional(conn)
            .await?;
    Ok(found.flatten())
}

/// Puts a sealed session in place of the one that is kept. `expires_at` is when its token ends,
/// `paused_until` until when no login is tried.
///
/// # Errors
/// When the database is away.
pub async fn keep_session(
    conn: &mut Conn,
    courier: &CourierId,
    sealed: &str,
    expires_at: Option<UnixMillis>,
    paused_until: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO courier_health (courier_id, store_id, access_token, access_token_expires_at, paused_until, updated_at)
         SELECT id, store_id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT)
            FROM couriers WHERE id = $1
         ON CONFLICT (courier_id) DO UPDATE SET access_token = excluded.access_token,
            access_token_expires_at = excluded.access_token_expires_at, paused_until = excluded.paused_until,
            updated_at = excluded.updated_at",
    )
    .bind(courier)
    .bind(sealed)
    .bind(expires_at)
    .bind(paused_until)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the turn to log in, unless another instance has it; true when it is ours now.
///
/// # Errors
/// When the database is away.
pub async fn claim(
    conn: &mut Conn,
    courier: &CourierId,
    instance: &str,
    until: UnixMillis,
    now: UnixMillis,
) -> Result<bool> {
    let claimed = sqlx::query(
        "INSERT INTO courier_health (courier_id, store_id, login_by, login_until, updated_at)
         SELECT id, store_id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM couriers WHERE id = $1
         ON CONFLICT (courier_id) DO UPDATE SET login_by = excluded.login_by, login_until = excluded.login_until
            WHERE courier_health.login_by IS NULL OR courier_health.login_by = excluded.login_by
                OR courier_health.login_until <= excluded.updated_at",
    )
    .bind(courier)
    .bind(instance)
    .bind(until)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Gives the turn back, if it is still ours.
///
/// # Errors
/// When the database is away.
pub async fn let_go(conn: &mut Conn, courier: &CourierId, instance: &str) -> Result<()> {
    sqlx::query(
        "UPDATE courier_health SET login_by = NULL, login_until = NULL WHERE courier_id = $1 AND login_by = $2",
    )
    .bind(courier)
    .bind(instance)
    .execute(conn)
    .await?;
    Ok(())
}
