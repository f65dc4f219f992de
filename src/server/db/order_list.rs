//! Lists of orders for programs: filtered, ordered, by page or by cursor; and the figures over all of them.

use sqlx::FromRow;

use crate::domain::catalogue::Store;
use crate::domain::ids::{BlobId, OrderId, StoreId, UserId, VariantId};
use crate::domain::money::Minor;
use crate::domain::orders::search::Search;
use crate::domain::orders::{Order, OrderItem, OrderStatus};
use crate::domain::payments::{PaymentMethod, PaymentStatus};
use crate::domain::time::{DAY_MS, MINUTE_MS, UnixMillis, sequence};
use crate::server::db::paging::{Cut, Part, Slice};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Engine, Result, extras, fulfilment, orders};

/// Which orders a list is about.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Only of this store.
    pub store_id: Option<StoreId>,
    /// Only of this person.
    pub user_id: Option<UserId>,
    /// Only in this state.
    pub status: Option<OrderStatus>,
    /// Only with this state of payment.
    pub payment_status: Option<PaymentStatus>,
    /// Only paid this way.
    pub payment_method: Option<PaymentMethod>,
    /// Only shipped this way.
    pub shipping_method: Option<String>,
    /// Only placed since then.
    pub since: Option<UnixMillis>,
    /// Only what this search finds.
    pub search: Option<Search>,
}

impl OrderFilter {
    fn push_to(&self, sql: &mut Sql, engine: Engine) {
        if let Some(store) = &self.store_id {
            sql.push(" AND orders.store_id = ").bind(store);
        }
        if let Some(user) = &self.user_id {
            sql.push(" AND orders.user_id = ").bind(user);
        }
        if let Some(status) = self.status {
            sql.push(" AND orders.status = ").bind(status.code());
        }
        if let Some(status) = self.payment_status {
            sql.push(" AND orders.payment_status = ").bind(status.code());
        }
        if let Some(method) = self.payment_method {
            sql.push(" AND orders.payment_method = ").bind(method.code());
        }
        if let Some(method) = &self.shipping_method {
            sql.push(" AND orders.shipping_method = ").bind(method.clone());
        }
        if let Some(since) = self.since {
            // By `seq`, which has an index and begins with the instant.
            sql.push(" AND orders.seq >= ").bind(sequence(since, 0));
        }
        if let Some(search) = &self.search {
            push_found(sql, engine, search);
        }
    }

    /// Whether the counters know how many there are: they count by store and state.
    fn is_counted(&self) -> bool {
        let OrderFilter {
            store_id: _,
            status: _,
            user_id,
            payment_status,
            payment_method,
            shipping_method,
            since,
            search,
        } = self;
        user_id.is_none()
            && payment_status.is_none()
            && payment_method.is_none()
            && shipping_method.is_none()
            && since.is_none()
            && search.is_none()
    }
}

/// Appends the condition that a search finds the order. What it finds is looked up first, by index, so
/// that any other condition and order can stand beside it.
fn push_found(sql: &mut Sql, engine: Engine, search: &Search) {
    let Some(number) = search.number() else { return };
    sql.push(" AND orders.seq IN (");
    match search {
        Search::Phone { phone, .. } => {
            sql.push("SELECT named.seq FROM orders AS named WHERE named.customer_phone = ").bind(phone);
        }
        Search::Everything | Search::Words { .. } => {
            sql.push("SELECT order_search.rowid FROM order_search WHERE 1 = 1");
            extras::push_indexed_parts(sql, engine, search.parts());
        }
    }
    for numbered in [" WHERE shipments.awb = ", " WHERE shipments.courier_tracking_code = "] {
        sql.push(" UNION SELECT named.seq FROM shipments JOIN orders AS named ON named.id = shipments.order_id");
        sql.push(numbered).bind(number.to_owned());
    }
    sql.push(")");
}

/// What a list can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKey {
    /// When it was placed.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// What the customer pays, whatever the currency.
    Total,
    /// Its reference.
    Reference,
    /// Its state, by name.
    Status,
}

impl OrderKey {
    fn column(self) -> &'static str {
        match self {
            // The same order, and it has an index.
            OrderKey::CreatedAt => "orders.seq",
            OrderKey::UpdatedAt => "orders.updated_at",
            OrderKey::Total => "orders.total_minor",
            OrderKey::Reference => "orders.reference",
            OrderKey::Status => "orders.status",
        }
    }
}

/// One part of an order: by what, and whether it falls.
pub type Ordering = (OrderKey, bool);

/// A part of a list of orders. An `ordering` other than newest first goes by page number only.
///
/// # Errors
/// When the database is away.
pub async fn list(
    conn: &mut Conn,
    filter: &OrderFilter,
    ordering: &[Ordering],
    slice: &Slice<i64>,
) -> Result<Cut<(Store, Order, i64)>> {
    let mut sql = Sql::new("SELECT orders.id, orders.seq FROM orders WHERE orders.archived_at IS NULL");
    filter.push_to(&mut sql, Engine::of_conn(conn));
    if ordering.is_empty() {
        slice.push_to(&mut sql, "orders.seq");
    } else {
        let mut separator = " ORDER BY ";
        for (key, descends) in ordering {
            sql.push(separator).push(key.column()).push(if *descends { " DESC" } else { "" });
            separator = ", ";
        }
        // What is equal stays in place from page to page.
        sql.push(", orders.seq DESC");
        Slice::<i64> { part: Part::Page(page_of(slice)), size: slice.size }.push_limit(&mut sql);
    }
    let cut: Cut<(OrderId, i64)> = slice.cut(sql.fetch_all(conn).await?);
    if cut.rows.is_empty() {
        return Ok(Cut { rows: Vec::new(), has_newer: cut.has_newer, has_older: cut.has_older });
    }
    let ids: Vec<OrderId> = cut.rows.iter().map(|(id, _)| id.clone()).collect();
    let mut found = orders::by_ids(conn, &ids).await?;
    let rows = cut.rows.iter().filter_map(|(id, seq)| {
        let at = found.iter().position(|(_, order)| order.id == *id)?;
        let (store, order) = found.swap_remove(at);
        Some((store, order, *seq))
    });
    Ok(Cut { rows: rows.collect(), has_newer: cut.has_newer, has_older: cut.has_older })
}

fn page_of(slice: &Slice<i64>) -> i64 {
    match slice.part {
        Part::Page(number) => number,
        Part::Newest | Part::Older(_) | Part::Newer(_) => 1,
    }
}

/// How many orders a filter lets through; by the counters where they know.
///
/// # Errors
/// When the database is away.
pub async fn count(conn: &mut Conn, filter: &OrderFilter) -> Result<i64> {
    if filter.is_counted() {
        let counted = fulfilment::counts(conn, filter.store_id.as_ref()).await?;
        let wanted = filter.status.map(|status| format!("orders.{}", status.code()));
        let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
        return Ok(counted.iter().filter(|(name, _)| is_wanted(name)).map(|(_, value)| value).sum());
    }
    let mut sql = Sql::new("SELECT COUNT(*) FROM orders WHERE orders.archived_at IS NULL");
    filter.push_to(&mut sql, Engine::of_conn(conn));
    Ok(sql.fetch_all::<(i64,)>(conn).await?.first().map_or(0, |row| row.0))
}

/// The orders of one day in one state.
#[derive(Clone, Debug, FromRow)]
pub struct DayFigures {
    /// Days since 1970-01-01 in the store's own time zone.
    pub day: i64,
    /// State.
    #[sqlx(try_from = "String")]
    pub status: OrderStatus,
    /// How many.
    pub orders: i64,
    /// What customers pay for them, tax included.
    pub total: Minor,
}

/// A store's orders by day and state. Reads all of them: for answers that are kept for a while.
///
/// # Errors
/// When the database is away.
pub async fn figures(conn: &mut Conn, store: &Store, user: Option<&UserId>) -> Result<Vec<DayFigures>> {
    let mut sql = Sql::new("SELECT (created_at + ");
    sql.bind(store.country.utc_offset_minutes() * MINUTE_MS).push(") / ").bind(DAY_MS).push(
        " AS day, status, COUNT(*) AS orders, CAST(SUM(total_minor) AS BIGINT) AS total
         FROM orders WHERE archived_at IS NULL AND store_id = ",
    );
    sql.bind(&store.id);
    if let Some(user) = user {
        sql.push(" AND user_id = ").bind(user);
    }
    // By position: the expression has placeholders, and two of them are never the same to PostgreSQL.
    sql.push(" GROUP BY 1, 2");
    sql.fetch_all(conn).await
}

/// A line of an order, by itself.
#[derive(Clone, Debug)]
pub struct ListedItem {
    /// Identity.
    pub id: String,
    /// Its order.
    pub order_id: OrderId,
    /// Reference of its order.
    pub order_reference: String,
    /// What was sold.
    pub item: OrderItem,
}

#[derive(FromRow)]
struct ListedItemRow {
    id: String,
    order_id: OrderId,
    reference: String,
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

impl From<ListedItemRow> for ListedItem {
    fn from(row: ListedItemRow) -> Self {
        ListedItem {
            id: row.id,
            order_id: row.order_id,
            order_reference: row.reference,
            item: OrderItem {
                variant_id: row.variant_id,
                product_name: row.product_name,
                sku: row.sku,
                size: row.size,
                color: row.color,
                picture: row.picture_id,
                quantity: row.quantity,
                unit_price: row.unit_price_minor,
                weight_grams: row.weight_grams,
            },
        }
    }
}

const ITEMS: &str = "SELECT order_items.id, order_items.order_id, orders.reference, order_items.variant_id,
        order_items.product_name, order_items.sku, order_items.size, order_items.color, order_items.picture_id,
        order_items.quantity, order_items.unit_price_minor, order_items.weight_grams
     FROM order_items JOIN orders ON orders.id = order_items.order_id WHERE orders.archived_at IS NULL";

/// A page of lines of the orders a filter lets through, those of the newest orders first, and how many
/// there are.
///
/// # Errors
/// When the database is away.
pub async fn items(
    conn: &mut Conn,
    filter: &OrderFilter,
    order: Option<&OrderId>,
    page: i64,
    page_size: i64,
) -> Result<(Vec<ListedItem>, i64)> {
    let engine = Engine::of_conn(conn);
    let narrow = |sql: &mut Sql| {
        filter.push_to(sql, engine);
        if let Some(order) = order {
            sql.push(" AND orders.id = ").bind(order);
        }
    };
    let mut counted = Sql::new(
        "SELECT COUNT(*) FROM order_items JOIN orders ON orders.id = order_items.order_id WHERE orders.archived_at IS NULL",
    );
    narrow(&mut counted);
    let count = counted.fetch_all::<(i64,)>(conn).await?.first().map_or(0, |row| row.0);
    let mut sql = Sql::new(ITEMS);
    narrow(&mut sql);
    sql.push(" ORDER BY orders.seq DESC, order_items.position");
    Slice::<i64> { part: Part::Page(page), size: page_size }.push_limit(&mut sql);
    let rows = sql.fetch_all::<ListedItemRow>(conn).await?;
    Ok((rows.into_iter().map(ListedItem::from).collect(), count))
}

/// The line with an id.
///
/// # Errors
/// When the database is away.
pub async fn item(conn: &mut Conn, id: &str) -> Result<Option<ListedItem>> {
    let mut sql = Sql::new(ITEMS);
    sql.push(" AND order_items.id = ").bind(id.to_owned());
    Ok(sql.fetch_all::<ListedItemRow>(conn).await?.pop().map(ListedItem::from))
}
