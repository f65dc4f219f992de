//! Bookings whose AWB is pending: which are due to be asked about, and why they have none.

use crate::domain::ids::ShipmentId;
use crate::domain::time::UnixMillis;
use crate::server::db::shipping::{Shipment, select};
use crate::server::db::{Conn, Result};

/// Notes why a booking has no AWB yet; the next question is due at `next_at`, or never again by itself.
///
/// # Errors
/// When the database is away.
pub async fn set_pending(
    conn: &mut Conn,
    id: &ShipmentId,
    reason: &str,
    next_at: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<()> {
    sqlx::query(
        "UPDATE shipments SET error_message = $2, next_awb_at = $3, updated_at = $4, version = version + 1
         WHERE id = $1 AND awb IS NULL AND released_at IS NULL",
    )
    .bind(id)
    .bind(reason)
    .bind(next_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// How often an AWB was asked for by itself, with the question that is about to be asked; `None` when it
/// is pending no more, or somebody else is asking. Until `until` nobody else asks.
///
/// # Errors
/// When the database is away.
pub async fn take_turn(conn: &mut Conn, id: &ShipmentId, until: UnixMillis, now: UnixMillis) -> Result<Option<i64>> {
    sqlx::query_scalar(
        "UPDATE shipments SET next_awb_at = $2, awb_asks = awb_asks + 1
         WHERE id = $1 AND next_awb_at IS NOT NULL AND next_awb_at <= $3 AND awb IS NULL AND released_at IS NULL
         RETURNING awb_asks",
    )
    .bind(id)
    .bind(until)
    .bind(now)
    .fetch_optional(conn)
    .await
}

/// Bookings whose AWB is due to be asked for, longest due first.
///
/// # Errors
/// When the database is away.
pub async fn due(conn: &mut Conn, now: UnixMillis, limit: i64) -> Result<Vec<Shipment>> {
    let mut sql = select();
    sql.push(" WHERE next_awb_at IS NOT NULL AND next_awb_at <= ").bind(now);
    sql.push(" ORDER BY next_awb_at LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// Stops asking for an AWB by itself.
///
/// # Errors
/// When the database is away.
pub async fn stop_asking(conn: &mut Conn, id: &ShipmentId) -> Result<()> {
    sqlx::query("UPDATE shipments SET next_awb_at = NULL WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
