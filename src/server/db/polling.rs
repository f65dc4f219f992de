//! Which parcels couriers are asked about: those that are due, those that somebody wants to know of.

use crate::domain::ids::{CourierId, ShipmentId, StoreId};
use crate::domain::time::UnixMillis;
use crate::server::db::shipping::{Shipment, select};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

/// Puts off asking for parcels that are about to be asked for, so that nobody else asks too.
///
/// # Errors
/// When the database is away.
pub async fn put_off_poll(conn: &mut Conn, ids: &[ShipmentId], until: UnixMillis) -> Result<()> {
    let mut sql = Sql::new("UPDATE shipments SET next_poll_at = ");
    sql.bind(until).push(" WHERE next_poll_at IS NOT NULL AND id IN ").bind_list(ids);
    sql.execute(conn).await?;
    Ok(())
}

/// Parcels of an account that are due to be asked for, longest due first; only those that are out for
/// delivery if they are the `urgent` ones.
///
/// # Errors
/// When the database is away.
pub async fn due_for_poll(
    conn: &mut Conn,
    courier: &CourierId,
    is_urgent: bool,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<Shipment>> {
    let mut sql = select();
    // In the very words of the indexes: a bound value would not fit them.
    sql.push(" WHERE next_poll_at IS NOT NULL");
    if is_urgent {
        sql.push(" AND status = 'out_for_delivery'");
    }
    sql.push(" AND courier_id = ").bind(courier).push(" AND next_poll_at <= ").bind(now);
    sql.push(" ORDER BY next_poll_at LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// Parcels that may have news, in the order they were booked, after the one with `seq`; only those nobody
/// knows about or that have no AWB yet if they are the `unclear` ones.
///
/// # Errors
/// When the database is away.
pub async fn to_sync(conn: &mut Conn, is_unclear: bool, after: i64, limit: i64) -> Result<Vec<(i64, ShipmentId)>> {
    let mut sql = Sql::new("SELECT seq, id FROM shipments WHERE released_at IS NULL AND is_pinned = 0 AND seq > ");
    sql.bind(after).push(" AND (booking_state IN ('in_flight', 'unknown') OR booking_state = 'booked'");
    if is_unclear {
        sql.push(" AND awb IS NULL");
    }
    sql.push(" AND status NOT IN ('delivered', 'rto_delivered', 'cancelled', 'lost')) ORDER BY seq LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// Parcels of orders in processing, shipped or out for delivery, live, booked before an instant.
///
/// # Errors
/// When the database is away.
pub async fn to_check(
    conn: &mut Conn,
    store: Option<&StoreId>,
    courier: Option<&CourierId>,
    booked_before: UnixMillis,
    limit: i64,
) -> Result<Vec<Shipment>> {
    let mut sql = select();
    sql.push(
        " WHERE released_at IS NULL AND booking_state = 'booked'
            AND status NOT IN ('delivered', 'rto_delivered', 'cancelled', 'lost') AND created_at <= ",
    );
    sql.bind(booked_before);
    sql.push(
        " AND order_id IN (SELECT orders.id FROM orders WHERE orders.status IN ('processing', 'shipped', 'out_for_delivery')
            AND orders.archived_at IS NULL)",
    );
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    if let Some(courier) = courier {
        sql.push(" AND courier_id = ").bind(courier);
    }
    sql.push(" ORDER BY COALESCE(last_polled_at, 0), seq LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}
