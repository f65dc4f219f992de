//! Checkouts, orders and their lines.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::domain::catalogue::Store;
use crate::domain::checkout::PlacedCheckout;
use crate::domain::customers::{Address, Country, Phone};
use crate::domain::ids::{BlobId, CheckoutId, OrderId, StoreId, UserId, VariantId};
use crate::domain::money::{Currency, Minor};
use crate::domain::orders::search::index_text;
use crate::domain::orders::{Order, OrderItem, OrderMoney, OrderStatus};
use crate::domain::payments::{PaymentMethod, PaymentStatus};
use crate::domain::time::UnixMillis;
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Result, catalogue, extras};

/// A checkout to save.
#[derive(Clone, Debug)]
pub struct NewCheckout {
    /// Identity.
    pub id: CheckoutId,
    /// The cart's key.
    pub key: String,
    /// Secret of the page.
    pub token: String,
    /// Digest of the request.
    pub fingerprint: String,
    /// The WhatsApp text.
    pub message: String,
    /// Who placed it, if signed in.
    pub user_id: Option<UserId>,
}

/// Saves a checkout; false when its key is taken, and then nothing was written.
///
/// On PostgreSQL a second request with the same key waits here until the first has committed.
///
/// # Errors
/// When the database is away.
pub async fn insert_checkout(conn: &mut Conn, new: &NewCheckout, now: UnixMillis) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO checkouts (id, key, token, fingerprint, message, user_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (key) DO NOTHING",
    )
    .bind(&new.id)
    .bind(&new.key)
    .bind(&new.token)
    .bind(&new.fingerprint)
    .bind(&new.message)
    .bind(&new.user_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An order to save, with what only the database keeps.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The order.
    pub order: Order,
    /// Newest-first order; see `domain::time::sequence`.
    pub seq: i64,
    /// Its checkout.
    pub checkout_id: CheckoutId,
    /// Who placed it, if signed in.
    pub user_id: Option<UserId>,
    /// Per line: row id, product id, barcode, tax rate in hundredths of a percent, tariff code.
    pub lines: Vec<NewLine>,
}

/// What a line keeps beside what people see.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Row id.
    pub id: String,
    /// Product.
    pub product_id: String,
    /// Barcode, possibly empty.
    pub barcode: String,
    /// Tax rate in hundredths of a percent.
    pub tax_rate_bp: i64,
    /// Tariff code, possibly empty.
    pub hsn: String,
}

/// Saves an order and its lines, and makes it findable.
///
/// # Errors
/// A unique violation when the reference is taken.
pub async fn insert(conn: &mut Conn, new: &NewOrder) -> Result<()> {
    let order = &new.order;
    sqlx::query(
        "INSERT INTO orders (id, seq, checkout_id, store_id, reference, status, payment_status, payment_method, user_id,
            customer_name, customer_phone, customer_email, address_line1, address_line2, address_landmark, address_city,
            address_state, address_pincode, address_country, note, currency, goods_minor, discount_minor, shipping_minor,
            cod_fee_minor, giftwrap_minor, transaction_minor, total_minor, item_count, weight_grams, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
            $25, $26, $27, $28, $29, $30, $31, $32)",
    )
    .bind(&order.id)
    .bind(new.seq)
    .bind(&new.checkout_id)
    .bind(&order.store_id)
    .bind(&order.reference)
    .bind(order.status.code())
    .bind(order.payment_status.code())
    .bind(order.payment_method.code())
    .bind(&new.user_id)
    .bind(&order.customer_name)
    .bind(&order.customer_phone)
    .bind(&order.customer_email)
    .bind(&order.address.line1)
    .bind(&order.address.line2)
    .bind(&order.address.landmark)
    .bind(&order.address.city)
    .bind(&order.address.state)
    .bind(&order.address.pincode)
    .bind(order.address.country.code())
    .bind(&order.note)
    .bind(order.currency.code())
    .bind(order.money.goods)
    .bind(order.money.discount)
    .bind(order.money.shipping)
    .bind(order.money.cod_fee)
    .bind(order.money.giftwrap)
    .bind(order.money.transaction)
    .bind(order.money.total())
    .bind(order.item_count())
    .bind(order.weight_grams())
    .bind(order.created_at)
    .bind(order.updated_at)
    .execute(&mut *conn)
    .await?;
    let text = index_text(&order.store_id, &order.reference, &order.customer_name, &order.customer_phone);
    extras::index_order(conn, new.seq, &text).await?;
    insert_items(conn, new).await
}

async fn insert_items(conn: &mut Conn, new: &NewOrder) -> Result<()> {
    let items: Vec<_> = (0_i64..).zip(new.order.items.iter().zip(&new.lines)).collect();
    let head =
        "INSERT INTO order_items (id, order_id, position, product_id, variant_id, product_name, sku, barcode, size,
            color, picture_id, quantity, unit_price_minor, subtotal_minor, weight_grams, tax_rate_bp, hsn) VALUES";
    sql::write_rows(conn, (head, ""), &items, |sql, (position, (item, line))| {
        sql.bind(line.id.clone()).push(", ").bind(&new.order.id).push(", ");
        sql.bind(*position).push(", ").bind(line.product_id.clone()).push(", ");
        sql.bind(&item.variant_id).push(", ").bind(item.product_name.clone()).push(", ");
        sql.bind(item.sku.clone()).push(", ").bind(line.barcode.clone()).push(", ");
        sql.bind(item.size.clone()).push(", ").bind(item.color.clone()).push(", ");
        sql.bind(&item.picture).push(", ").bind(item.quantity).push(", ");
        sql.bind(item.unit_price).push(", ").bind(item.subtotal()).push(", ");
        sql.bind(item.weight_grams).push(", ").bind(line.tax_rate_bp).push(", ");
        sql.bind(line.hsn.clone());
    })
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct CheckoutRow {
    id: CheckoutId,
    key: String,
    token: String,
    fingerprint: String,
    created_at: UnixMillis,
}

/// The checkout with a page token, with its orders.
///
/// # Errors
/// When the database is away.
pub async fn placed_by_token(conn: &mut Conn, token: &str) -> Result<Option<PlacedCheckout>> {
    let mut sql = Sql::new("SELECT id, key, token, fingerprint, created_at FROM checkouts WHERE token = ");
    sql.bind(token.to_owned());
    let row = sql.fetch_all(conn).await?.pop();
    load_checkout(conn, row).await
}

/// The checkout with a cart key, with its orders.
///
/// # Errors
/// When the database is away.
pub async fn placed_by_key(conn: &mut Conn, key: &str) -> Result<Option<PlacedCheckout>> {
    let mut sql = Sql::new("SELECT id, key, token, fingerprint, created_at FROM checkouts WHERE key = ");
    sql.bind(key.to_owned());
    let row = sql.fetch_all(conn).await?.pop();
    load_checkout(conn, row).await
}

async fn load_checkout(conn: &mut Conn, row: Option<CheckoutRow>) -> Result<Option<PlacedCheckout>> {
    let Some(row) = row else { return Ok(None) };
    let mut sql = Sql::new(ORDER_COLUMNS);
    sql.push(" WHERE orders.checkout_id = ").bind(&row.id).push(" ORDER BY orders.seq");
    let orders = load_orders(conn, sql).await?;
    let stores = catalogue::stores(conn).await?;
    Ok(Some(PlacedCheckout {
        key: row.key,
        token: row.token,
        fingerprint: row.fingerprint,
        orders: with_stores(orders, &stores),
        created_at: row.created_at,
    }))
}

fn with_stores(orders: Vec<Order>, stores: &[Store]) -> Vec<(Store, Order)> {
    orders
        .into_iter()
        .filter_map(|order| stores.iter().find(|store| store.id == order.store_id).map(|store| (store.clone(), order)))
        .collect()
}

/// The newest orders of a person.
///
/// # Errors
/// When the database is away.
pub async fn of_user(conn: &mut Conn, user: &UserId, limit: i64) -> Result<Vec<(Store, Order)>> {
    let mut sql = Sql::new(ORDER_COLUMNS);
    sql.push(" WHERE orders.user_id = ").bind(user);
    sql.push(" AND orders.archived_at IS NULL ORDER BY orders.seq DESC LIMIT ").bind(limit);
    let orders = load_orders(conn, sql).await?;
    let stores = catalogue::stores(conn).await?;
    Ok(with_stores(orders, &stores))
}

/// The orders with these ids, with their stores, in no particular order.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(conn: &mut Conn, ids: &[OrderId]) -> Result<Vec<(Store, Order)>> {
    let mut sql = Sql::new(ORDER_COLUMNS);
    sql.push(" WHERE orders.id IN ").bind_list(ids);
    let orders = load_orders(conn, sql).await?;
    let stores = catalogue::stores(conn).await?;
    Ok(with_stores(orders, &stores))
}

/// The order with an id or a reference, with its store, the page token and the person it belongs to.
///
/// # Errors
/// When the database is away.
pub async fn find(conn: &mut Conn, id_or_reference: &str) -> Result<Option<FoundOrder>> {
    let mut sql = Sql::new(ORDER_COLUMNS);
    sql.push(" WHERE orders.archived_at IS NULL AND (orders.id = ").bind(id_or_reference.to_owned());
    sql.push(" OR orders.reference = ").bind(id_or_reference.to_owned()).push(")");
    let Some(order) = load_orders(conn, sql).await?.pop() else { return Ok(None) };
    let mut sql = Sql::new(
        "SELECT checkouts.token, orders.user_id FROM orders JOIN checkouts ON checkouts.id = orders.checkout_id WHERE orders.id = ",
    );
    sql.bind(&order.id);
    let row: Option<(String, Option<UserId>)> = sql.fetch_all(conn).await?.pop();
    let (token, user_id) = row.ok_or(sqlx::Error::RowNotFound)?;
    let stores = catalogue::stores(conn).await?;
    let store = stores.into_iter().find(|store| store.id == order.store_id);
    Ok(store.map(|store| FoundOrder { order, store, token, user_id }))
}

/// An order with what decides who may see it.
#[derive(Clone, Debug)]
pub struct FoundOrder {
    /// The order.
    pub order: Order,
    /// Its store.
    pub store: Store,
    /// Token of its page.
    pub token: String,
    /// The person it belongs to.
    pub user_id: Option<UserId>,
}

const ORDER_COLUMNS: &str = "SELECT orders.id, orders.store_id, orders.reference, orders.status, orders.payment_status,
        orders.payment_method, orders.customer_name, orders.customer_phone, orders.customer_email, orders.address_line1,
        orders.address_line2, orders.address_landmark, orders.address_city, orders.address_state, orders.address_pincode,
        orders.address_country, orders.note, orders.currency, orders.goods_minor, orders.discount_minor, orders.shipping_minor,
        orders.cod_fee_minor, orders.giftwrap_minor, orders.transaction_minor, orders.created_at, orders.updated_at
     FROM orders";

#[derive(FromRow)]
struct OrderRow {
    id: OrderId,
    store_id: StoreId,
    reference: String,
    #[sqlx(try_from = "String")]
    status: OrderStatus,
    #[sqlx(try_from = "String")]
    payment_status: PaymentStatus,
    #[sqlx(try_from = "String")]
    payment_method: PaymentMethod,
    customer_name: String,
    customer_phone: Phone,
    customer_email: String,
    address_line1: String,
    address_line2: String,
    address_landmark: String,
    address_city: String,
    address_state: String,
    address_pincode: String,
    #[sqlx(try_from = "String")]
    address_country: Country,
    note: String,
    #[sqlx(try_from = "String")]
    currency: Currency,
    goods_minor: Minor,
    discount_minor: Minor,
    shipping_minor: Minor,
    cod_fee_minor: Minor,
    giftwrap_minor: Minor,
    transaction_minor: Minor,
    created_at: UnixMillis,
    updated_at: UnixMillis,
}

#[derive(FromRow)]
struct ItemRow {
    order_id: OrderId,
    variant_id: VariantId,
    product_name: String,
    sku: String,
    size: String,
    color: String,
    picture_id: Option<BlobId>,
    quantity: i64,
    unit_price_minor: Minor,
    weight_grams: i64,
}

/// Reads the orders a statement selects and the lines of all of them in one more.
async fn load_orders(conn: &mut Conn, sql: Sql) -> Result<Vec<Order>> {
    let rows: Vec<OrderRow> = sql.fetch_all(conn).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT order_id, variant_id, product_name, sku, size, color, picture_id, quantity, unit_price_minor, weight_grams
         FROM order_items WHERE order_id IN ",
    );
    sql.bind_list(rows.iter().map(|row| &row.id)).push(" ORDER BY order_id, position");
    let mut items: HashMap<OrderId, Vec<OrderItem>> = HashMap::new();
    for row in sql.fetch_all::<ItemRow>(conn).await? {
        items.entry(row.order_id.clone()).or_default().push(item(row));
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let items = items.remove(&row.id).unwrap_or_default();
            order(row, items)
        })
        .collect())
}

fn item(row: ItemRow) -> OrderItem {
    OrderItem {
        variant_id: row.variant_id,
        product_name: row.product_name,
        sku: row.sku,
        size: row.size,
        color: row.color,
        picture: row.picture_id,
        quantity: row.quantity,
        unit_price: row.unit_price_minor,
        weight_grams: row.weight_grams,
    }
}

fn order(row: OrderRow, items: Vec<OrderItem>) -> Order {
    Order {
        id: row.id,
        reference: row.reference,
        store_id: row.store_id,
        status: row.status,
        payment_method: row.payment_method,
        payment_status: row.payment_status,
        customer_name: row.customer_name,
        customer_phone: row.customer_phone,
        customer_email: row.customer_email,
        address: Address {
            line1: row.address_line1,
            line2: row.address_line2,
            landmark: row.address_landmark,
            city: row.address_city,
            state: row.address_state,
            pincode: row.address_pincode,
            country: row.address_country,
        },
        note: row.note,
        currency: row.currency,
        money: OrderMoney {
            goods: row.goods_minor,
            discount: row.discount_minor,
            shipping: row.shipping_minor,
            cod_fee: row.cod_fee_minor,
            giftwrap: row.giftwrap_minor,
            transaction: row.transaction_minor,
        },
        items,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
