//! Stock: every change is a movement, and the quantity never falls below zero.

use sqlx::FromRow;

use crate::domain::ids::{OrderId, ProductId, StoreId, VariantId};
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// A change of a variant's stock.
pub struct Movement<'a> {
    /// Id of the movement.
    pub id: &'a str,
    /// Whose stock.
    pub store_id: &'a StoreId,
    /// Which variant.
    pub variant_id: &'a VariantId,
    /// Pieces, negative when they leave.
    pub quantity: i64,
    /// Code of `stock_reasons`.
    pub reason: &'a str,
    /// The order they belong to, if it is one's.
    pub order_id: Option<&'a OrderId>,
    /// Who moved them.
    pub author: &'a str,
}

/// Changes a variant's stock and writes the movement; false when the stock would fall below zero,
/// and then nothing has changed.
///
/// # Errors
/// When the database is away.
pub async fn move_stock(conn: &mut Conn, movement: &Movement<'_>, now: UnixMillis) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE product_variants SET stock_quantity = stock_quantity + $1, version = version + 1
         WHERE id = $2 AND stock_quantity + $1 >= 0",
    )
    .bind(movement.quantity)
    .bind(movement.variant_id)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO stock_movements (id, store_id, variant_id, quantity, reason, author, created_at, order_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(movement.id)
    .bind(movement.store_id)
    .bind(movement.variant_id)
    .bind(movement.quantity)
    .bind(movement.reason)
    .bind(movement.author)
    .bind(now)
    .bind(movement.order_id)
    .execute(conn)
    .await?;
    Ok(true)
}

/// Locks a variant and returns its store, product and stock; the first statement of a stock change.
///
/// # Errors
/// When the database is away.
pub async fn lock_variant(conn: &mut Conn, id: &VariantId) -> Result<Option<(StoreId, ProductId, i64)>> {
    sqlx::query_as(
        "UPDATE product_variants SET version = version + 1 WHERE id = $1 AND archived_at IS NULL
         RETURNING store_id, product_id, stock_quantity",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// What an order needs of a variant, all its lines together.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Need {
    /// The variant.
    pub variant_id: VariantId,
    /// Name of the product when it was ordered.
    pub product_name: String,
    /// Pieces.
    pub quantity: i64,
}

/// What an order needs, in the order of the variants' ids: whoever takes stock takes it in this order,
/// so that two orders with the same variants wait for each other and never deadlock.
///
/// # Errors
/// When the database is away.
pub async fn needs_of(conn: &mut Conn, order: &OrderId) -> Result<Vec<Need>> {
    sqlx::query_as(
        "SELECT variant_id, MIN(product_name) AS product_name, CAST(SUM(quantity) AS BIGINT) AS quantity
         FROM order_items WHERE order_id = $1 GROUP BY variant_id ORDER BY variant_id",
    )
    .bind(order)
    .fetch_all(conn)
    .await
}

/// What an order has taken, as it would be given back.
///
/// # Errors
/// When the database is away.
pub async fn taken_by(conn: &mut Conn, order: &OrderId) -> Result<Vec<(VariantId, i64)>> {
    sqlx::query_as(
        "SELECT variant_id, -quantity FROM stock_movements WHERE order_id = $1 AND reason = 'confirmed' ORDER BY variant_id",
    )
    .bind(order)
    .fetch_all(conn)
    .await
}

/// Pieces of a variant in stock.
///
/// # Errors
/// When the database is away.
pub async fn available(conn: &mut Conn, variant: &VariantId) -> Result<i64> {
    sqlx::query_scalar("SELECT stock_quantity FROM product_variants WHERE id = $1").bind(variant).fetch_one(conn).await
}
