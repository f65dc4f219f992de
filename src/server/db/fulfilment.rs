//! Changing an order's state: its lock, its new state and everything that is written with it.

use sqlx::FromRow;

use crate::domain::ids::{OrderId, StoreId, UserId};
use crate::domain::money::{Currency, Minor};
use crate::domain::orders::search::index_text;
use crate::domain::orders::{Order, OrderStatus};
use crate::domain::payments::PaymentMethod;
use crate::domain::time::UnixMillis;
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Engine, Result, extras};

/// An order under its lock.
#[derive(Clone, Debug, FromRow)]
pub struct LockedOrder {
    /// Identity.
    pub id: OrderId,
    /// Reference.
    pub reference: String,
    /// Whose it is.
    pub store_id: StoreId,
    /// The person it belongs to.
    pub user_id: Option<UserId>,
    /// Present state.
    #[sqlx(try_from = "String")]
    pub status: OrderStatus,
    /// How it is to be paid.
    #[sqlx(try_from = "String")]
    pub payment_method: PaymentMethod,
    /// Currency of the total.
    #[sqlx(try_from = "String")]
    pub currency: Currency,
    /// What the customer pays.
    pub total_minor: Minor,
    /// Weight of all pieces in grams.
    pub weight_grams: i64,
    /// Courier events no longer move it.
    pub is_pinned: i64,
    /// When it was asked to come back.
    pub recalled_at: Option<UnixMillis>,
}

const COLUMNS: &str = "id, reference, store_id, user_id, status, payment_method, currency, total_minor, weight_grams,
    is_pinned, recalled_at";

/// Locks the order with an id or a reference; the first statement of every change of it.
///
/// # Errors
/// When the database is away.
pub async fn lock(conn: &mut Conn, id_or_reference: &str) -> Result<Option<LockedOrder>> {
    sqlx::query_as(
        "UPDATE orders SET version = version + 1 WHERE archived_at IS NULL AND (id = $1 OR reference = $1)
         RETURNING id, reference, store_id, user_id, status, payment_method, currency, total_minor, weight_grams,
            is_pinned, recalled_at",
    )
    .bind(id_or_reference)
    .fetch_optional(conn)
    .await
}

/// Locks several orders, in the order of their ids. `ids` must be sorted.
///
/// # Errors
/// When the database is away.
pub async fn lock_many(conn: &mut Conn, engine: Engine, ids: &[OrderId]) -> Result<Vec<LockedOrder>> {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM orders WHERE id IN ").bind_list(ids).push(" ORDER BY id");
    // SQLite has one writer, which this is.
    if engine == Engine::Postgres {
        sql.push(" FOR UPDATE");
    }
    sql.fetch_all(conn).await
}

/// The same without a lock, for whoever changes nothing.
///
/// # Errors
/// When the database is away.
pub async fn read_many(conn: &mut Conn, ids: &[OrderId]) -> Result<Vec<LockedOrder>> {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM orders WHERE id IN ").bind_list(ids).push(" ORDER BY id");
    sql.fetch_all(conn).await
}

/// Gives a locked order another state; false when it is no longer in the one it was locked in.
///
/// # Errors
/// When the database is away.
pub async fn set_status(
    conn: &mut Conn,
    id: &OrderId,
    from: OrderStatus,
    to: OrderStatus,
    now: UnixMillis,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE orders SET status = $3, version = version + 1, updated_at = $4,
            confirmed_at = CASE WHEN $3 = 'confirmed' THEN CAST($4 AS BIGINT) ELSE confirmed_at END,
            delivered_at = CASE WHEN $3 = 'delivered' THEN CAST($4 AS BIGINT) ELSE delivered_at END
         WHERE id = $1 AND status = $2",
    )
    .bind(id)
    .bind(from.code())
    .bind(to.code())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives locked orders that are in the same state another one.
///
/// # Errors
/// When the database is away.
pub async fn set_status_of_all(
    conn: &mut Conn,
    ids: &[OrderId],
    from: OrderStatus,
    to: OrderStatus,
    now: UnixMillis,
) -> Result<()> {
    let mut sql = Sql::new("UPDATE orders SET version = version + 1, status = ");
    sql.bind(to.code()).push(", updated_at = ").bind(now);
    match to {
        OrderStatus::Confirmed => sql.push(", confirmed_at = ").bind(now),
        OrderStatus::Delivered => sql.push(", delivered_at = ").bind(now),
        OrderStatus::Pending
        | OrderStatus::Processing
        | OrderStatus::Shipped
        | OrderStatus::OutForDelivery
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => &mut sql,
    };
    sql.push(" WHERE status = ").bind(from.code()).push(" AND id IN ").bind_list(ids);
    sql.execute(conn).await?;
    Ok(())
}

/// Notes that an order was asked to come back.
///
/// # Errors
/// When the database is away.
pub async fn set_recalled(conn: &mut Conn, id: &OrderId, now: UnixMillis) -> Result<()> {
    sqlx::query("UPDATE orders SET recalled_at = COALESCE(recalled_at, $2), updated_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that something about an order has changed, for lists and hints.
///
/// # Errors
/// When the database is away.
pub async fn touch(conn: &mut Conn, id: &OrderId, now: UnixMillis) -> Result<()> {
    sqlx::query("UPDATE orders SET updated_at = $2, version = version + 1 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes what a person has changed about the customer of a locked order, which is found by it from now on.
///
/// # Errors
/// When the database is away.
pub async fn set_customer(conn: &mut Conn, order: &Order, now: UnixMillis) -> Result<()> {
    let address = &order.address;
    sqlx::query(
        "UPDATE orders SET customer_name = $2, customer_phone = $3, customer_email = $4, address_line1 = $5,
            address_line2 = $6, address_landmark = $7, address_city = $8, address_state = $9, address_pincode = $10,
            address_country = $11, note = $12, updated_at = $13
         WHERE id = $1",
    )
    .bind(&order.id)
    .bind(&order.customer_name)
    .bind(order.customer_phone.clone())
    .bind(&order.customer_email)
    .bind(&address.line1)
    .bind(&address.line2)
    .bind(&address.landmark)
    .bind(&address.city)
    .bind(&address.state)
    .bind(&address.pincode)
    .bind(address.country.code())
    .bind(&order.note)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    let seq: i64 =
        sqlx::query_scalar("SELECT seq FROM orders WHERE id = $1").bind(&order.id).fetch_one(&mut *conn).await?;
    let text = index_text(&order.store_id, &order.reference, &order.customer_name, &order.customer_phone);
    extras::index_order(conn, seq, &text).await
}

/// Puts a locked order away: it is in no list any more, and nothing is done to it.
///
/// # Errors
/// When the database is away.
pub async fn archive(conn: &mut Conn, id: &OrderId, now: UnixMillis) -> Result<()> {
    sqlx::query("UPDATE orders SET archived_at = $2, updated_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many orders of each state there are, by the counters; for one store or for all.
///
/// # Errors
/// When the database is away.
pub async fn counts(conn: &mut Conn, store: Option<&StoreId>) -> Result<Vec<(String, i64)>> {
    let mut sql = Sql::new(
        "SELECT name, CAST(SUM(value) AS BIGINT) FROM (SELECT name, value FROM counters WHERE name LIKE 'orders.%'",
    );
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    sql.push(" UNION ALL SELECT name, delta FROM counter_deltas WHERE name LIKE 'orders.%'");
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    sql.push(") AS counted GROUP BY name");
    sql.fetch_all(conn).await
}
