//! Stores, categories, products and variants.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::domain::catalogue::{CatalogueQuery, Category, Product, ProductCard, Store, Variant, search_words};
use crate::domain::checkout::{Cart, Quote, QuoteLine, StoreQuote};
use crate::domain::customers::{Country, Phone};
use crate::domain::ids::{BlobId, ProductId, StoreId, VariantId};
use crate::domain::money::Minor;
use crate::domain::time::UnixMillis;
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

#[derive(FromRow)]
struct StoreRow {
    id: StoreId,
    slug: String,
    name: String,
    #[sqlx(try_from = "String")]
    country: Country,
    whatsapp_phone: Phone,
    reference_prefix: String,
}

impl From<StoreRow> for Store {
    fn from(row: StoreRow) -> Store {
        Store {
            id: row.id,
            slug: row.slug,
            name: row.name,
            country: row.country,
            whatsapp_phone: row.whatsapp_phone,
            reference_prefix: row.reference_prefix,
        }
    }
}

/// Every store, in the operator's order.
///
/// # Errors
/// When the database is away.
pub async fn stores(conn: &mut Conn) -> Result<Vec<Store>> {
    let rows: Vec<StoreRow> = sqlx::query_as(
        "SELECT id, slug, name, country, whatsapp_phone, reference_prefix FROM stores ORDER BY position, slug",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Store::from).collect())
}

/// Saves a store.
///
/// # Errors
/// A unique violation when the slug is taken.
pub async fn insert_store(conn: &mut Conn, store: &Store, position: i64, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO stores (id, slug, name, country, whatsapp_phone, reference_prefix, position, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&store.id)
    .bind(&store.slug)
    .bind(&store.name)
    .bind(store.country.code())
    .bind(&store.whatsapp_phone)
    .bind(&store.reference_prefix)
    .bind(position)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Categories that have something on the shelf.
///
/// # Errors
/// When the database is away.
pub async fn categories(conn: &mut Conn) -> Result<Vec<Category>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT slug, name FROM categories
         WHERE id IN (SELECT category_id FROM products WHERE archived_at IS NULL) ORDER BY position, slug",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(slug, name)| Category { slug, name }).collect())
}

/// Saves a category.
///
/// # Errors
/// A unique violation when the slug is taken.
pub async fn insert_category(conn: &mut Conn, id: &str, category: &Category, position: i64) -> Result<()> {
    sqlx::query("INSERT INTO categories (id, slug, name, position) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(&category.slug)
        .bind(&category.name)
        .bind(position)
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct CardRow {
    slug: String,
    name: String,
    store_name: String,
    #[sqlx(try_from = "String")]
    country: Country,
    picture_id: Option<BlobId>,
    price_from: Option<i64>,
    price_to: Option<i64>,
    stock: Option<i64>,
}

/// A page of products that match, in shelf order, and how many match in all.
///
/// # Errors
/// When the database is away.
pub async fn list(conn: &mut Conn, query: &CatalogueQuery, page_size: i64) -> Result<(Vec<ProductCard>, i64)> {
    let total = count(conn, query, None).await?;
    // The page is cut before anything is joined or summed.
    let mut page = Sql::new(
        "SELECT products.slug, products.name, stores.name AS store_name, stores.country, products.picture_id,
            (SELECT MIN(price_minor) FROM product_variants v WHERE v.product_id = products.id AND v.archived_at IS NULL) AS price_from,
            (SELECT MAX(price_minor) FROM product_variants v WHERE v.product_id = products.id AND v.archived_at IS NULL) AS price_to,
            (SELECT MAX(stock_quantity) FROM product_variants v WHERE v.product_id = products.id AND v.archived_at IS NULL) AS stock
         FROM (SELECT products.* FROM products WHERE products.archived_at IS NULL",
    );
    push_filters(&mut page, query, None);
    page.push(" ORDER BY products.position, products.seq LIMIT ").bind(page_size);
    page.push(" OFFSET ").bind(query.page.clamp(1, 100_000).saturating_sub(1).saturating_mul(page_size));
    page.push(") products JOIN stores ON stores.id = products.store_id ORDER BY products.position, products.seq");
    let cards = page.fetch_all::<CardRow>(conn).await?.into_iter().filter_map(|row| {
        Some(ProductCard {
            slug: row.slug,
            name: row.name,
            store_name: row.store_name,
            currency: row.country.currency(),
            price_from: Minor(row.price_from?),
            price_varies: row.price_from != row.price_to,
            picture: row.picture_id,
            in_stock: row.stock > Some(0),
        })
    });
    Ok((cards.collect(), total))
}

async fn count(conn: &mut Conn, query: &CatalogueQuery, store: Option<&StoreId>) -> Result<i64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM products WHERE products.archived_at IS NULL");
    push_filters(&mut sql, query, store);
    Ok(sql.fetch_all::<(i64,)>(conn).await?.first().map_or(0, |row| row.0))
}

fn push_filters(sql: &mut Sql, query: &CatalogueQuery, store: Option<&StoreId>) {
    if let Some(store) = store {
        sql.push(" AND products.store_id = ").bind(store);
    }
    if !query.category.is_empty() {
        let slug = query.category.clone();
        sql.push(" AND products.category_id = (SELECT id FROM categories WHERE slug = ").bind(slug).push(")");
    }
    for word in search_words(&query.search) {
        sql.push(" AND products.seq IN (SELECT rowid FROM product_search WHERE content LIKE ")
            .bind(format!("%{word}%"))
            .push(")");
    }
}

#[derive(FromRow)]
struct ProductRow {
    id: ProductId,
    slug: String,
    name: String,
    description: String,
    store_id: StoreId,
    category_slug: Option<String>,
    category_name: Option<String>,
    picture_id: Option<BlobId>,
    length_mm: i64,
    width_mm: i64,
    height_mm: i64,
}

#[derive(FromRow)]
struct VariantRow {
    product_id: ProductId,
    id: VariantId,
    sku: String,
    barcode: String,
    size: String,
    color: String,
    price_minor: Minor,
    stock_quantity: i64,
    weight_grams: i64,
}

const PRODUCT_COLUMNS: &str =
    "SELECT products.id, products.slug, products.name, products.description, products.store_id,
        categories.slug AS category_slug, categories.name AS category_name, products.picture_id,
        products.length_mm, products.width_mm, products.height_mm
     FROM products LEFT JOIN categories ON categories.id = products.category_id WHERE products.archived_at IS NULL";

/// The product with a slug.
///
/// # Errors
/// When the database is away.
pub async fn find(conn: &mut Conn, slug: &str) -> Result<Option<Product>> {
    let mut sql = Sql::new(PRODUCT_COLUMNS);
    sql.push(" AND products.slug = ").bind(slug.to_owned());
    Ok(load_products(conn, sql).await?.pop())
}

/// The product with an id.
///
/// # Errors
/// When the database is away.
pub async fn find_by_id(conn: &mut Conn, id: &str) -> Result<Option<Product>> {
    let mut sql = Sql::new(PRODUCT_COLUMNS);
    sql.push(" AND products.id = ").bind(id.to_owned());
    Ok(load_products(conn, sql).await?.pop())
}

/// A page of whole products in shelf order, of one store or all, for programs; with the count of all.
///
/// # Errors
/// When the database is away.
pub async fn page(
    conn: &mut Conn,
    query: &CatalogueQuery,
    store: Option<&StoreId>,
    page_size: i64,
) -> Result<(Vec<Product>, i64)> {
    let total = count(conn, query, store).await?;
    let mut page = Sql::new(PRODUCT_COLUMNS);
    push_filters(&mut page, query, store);
    page.push(" ORDER BY products.position, products.seq LIMIT ").bind(page_size);
    page.push(" OFFSET ").bind(query.page.clamp(1, 100_000).saturating_sub(1).saturating_mul(page_size));
    Ok((load_products(conn, page).await?, total))
}

async fn load_products(conn: &mut Conn, sql: Sql) -> Result<Vec<Product>> {
    let rows: Vec<ProductRow> = sql.fetch_all(conn).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let stores = stores(conn).await?;
    let mut variants = variants(conn, &rows).await?;
    let mut products = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(store) = stores.iter().find(|store| store.id == row.store_id) else { continue };
        products.push(Product {
            variants: variants.remove(&row.id).unwrap_or_default(),
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            store: store.clone(),
            category: row.category_slug.zip(row.category_name).map(|(slug, name)| Category { slug, name }),
            picture: row.picture_id,
            dimensions_mm: (row.length_mm, row.width_mm, row.height_mm),
        });
    }
    Ok(products)
}

async fn variants(conn: &mut Conn, products: &[ProductRow]) -> Result<HashMap<ProductId, Vec<Variant>>> {
    let mut sql = Sql::new(
        "SELECT v.product_id, v.id, v.sku, v.barcode, v.size, v.color, v.price_minor, v.stock_quantity,
            COALESCE(v.weight_grams, products.weight_grams) AS weight_grams
         FROM product_variants v JOIN products ON products.id = v.product_id
         WHERE v.archived_at IS NULL AND v.product_id IN ",
    );
    sql.bind_list(products.iter().map(|row| &row.id)).push(" ORDER BY v.product_id, v.position, v.sku");
    let mut found: HashMap<ProductId, Vec<Variant>> = HashMap::new();
    for row in sql.fetch_all::<VariantRow>(conn).await? {
        found.entry(row.product_id).or_default().push(Variant {
            id: row.id,
            sku: row.sku,
            barcode: row.barcode,
            size: row.size,
            color: row.color,
            price: row.price_minor,
            stock_quantity: row.stock_quantity,
            weight_grams: row.weight_grams,
        });
    }
    Ok(found)
}

/// A product to save, with what the shop's pages do not show.
pub struct NewProduct<'a> {
    /// Everything the pages show; `store` must exist.
    pub product: &'a Product,
    /// Newest-first order; see `domain::time::sequence`.
    pub seq: i64,
    /// Id of the category row.
    pub category_id: Option<&'a str>,
    /// Weight of the packed piece in grams.
    pub weight_grams: i64,
    /// Tax rate in hundredths of a percent.
    pub tax_rate_bp: i64,
    /// Tariff code, possibly empty.
    pub hsn: &'a str,
    /// Place on the shelf.
    pub position: i64,
}

/// Saves a product without its variants.
///
/// # Errors
/// A unique violation when the slug is taken.
pub async fn insert_product(conn: &mut Conn, new: &NewProduct<'_>, now: UnixMillis) -> Result<()> {
    let (length_mm, width_mm, height_mm) = new.product.dimensions_mm;
    sqlx::query(
        "INSERT INTO products (id, seq, store_id, category_id, slug, name, description, picture_id, tax_rate_bp, hsn,
            weight_grams, length_mm, width_mm, height_mm, position, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
    )
    .bind(&new.product.id)
    .bind(new.seq)
    .bind(&new.product.store.id)
    .bind(new.category_id.map(str::to_owned))
    .bind(&new.product.slug)
    .bind(&new.product.name)
    .bind(&new.product.description)
    .bind(&new.product.picture)
    .bind(new.tax_rate_bp)
    .bind(new.hsn)
    .bind(new.weight_grams)
    .bind(length_mm)
    .bind(width_mm)
    .bind(height_mm)
    .bind(new.position)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves a variant with no stock; stock comes by a movement.
///
/// # Errors
/// A unique violation when the store has the SKU already.
pub async fn insert_variant(conn: &mut Conn, product: &Product, variant: &Variant, position: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO product_variants (id, product_id, store_id, sku, barcode, size, color, price_minor, stock_quantity, weight_grams, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)",
    )
    .bind(&variant.id)
    .bind(&product.id)
    .bind(&product.store.id)
    .bind(&variant.sku)
    .bind(&variant.barcode)
    .bind(&variant.size)
    .bind(&variant.color)
    .bind(variant.price)
    .bind(variant.weight_grams)
    .bind(position)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct QuoteRow {
    variant_id: VariantId,
    product_id: ProductId,
    store_id: StoreId,
    product_slug: String,
    product_name: String,
    sku: String,
    barcode: String,
    size: String,
    color: String,
    picture_id: Option<BlobId>,
    price_minor: Minor,
    stock_quantity: i64,
    weight_grams: i64,
    tax_rate_bp: i64,
    hsn: String,
}

/// What the lines of a cart cost now, by store.
///
/// # Errors
/// When the database is away.
pub async fn quote(conn: &mut Conn, cart: &Cart) -> Result<Quote> {
    if cart.lines.is_empty() {
        return Ok(Quote::default());
    }
    let mut sql = Sql::new(
        "SELECT v.id AS variant_id, products.id AS product_id, v.store_id, products.slug AS product_slug,
            products.name AS product_name, v.sku, v.barcode, v.size, v.color, products.picture_id, v.price_minor,
            v.stock_quantity, COALESCE(v.weight_grams, products.weight_grams) AS weight_grams, products.tax_rate_bp, products.hsn
         FROM product_variants v JOIN products ON products.id = v.product_id
         WHERE v.archived_at IS NULL AND products.archived_at IS NULL AND v.id IN ",
    );
    sql.bind_list(cart.lines.iter().map(|line| line.variant_id.as_str().to_owned()));
    let rows: Vec<QuoteRow> = sql.fetch_all(conn).await?;
    let stores = stores(conn).await?;
    let mut quote = Quote::default();
    for line in &cart.lines {
        let row = rows.iter().find(|row| row.variant_id == line.variant_id);
        let store = row.and_then(|row| stores.iter().find(|store| store.id == row.store_id));
        let (Some(row), Some(store)) = (row, store) else {
            quote.gone.push(line.variant_id.clone());
            continue;
        };
        let quoted = quote_line(row, line.quantity);
        match quote.stores.iter_mut().find(|part| part.store.id == store.id) {
            Some(part) => part.lines.push(quoted),
            None => quote.stores.push(StoreQuote { store: store.clone(), lines: vec![quoted] }),
        }
    }
    Ok(quote)
}

fn quote_line(row: &QuoteRow, quantity: i64) -> QuoteLine {
    QuoteLine {
        variant_id: row.variant_id.clone(),
        product_id: row.product_id.clone(),
        product_slug: row.product_slug.clone(),
        product_name: row.product_name.clone(),
        sku: row.sku.clone(),
        barcode: row.barcode.clone(),
        size: row.size.clone(),
        color: row.color.clone(),
        picture: row.picture_id.clone(),
        unit_price: row.price_minor,
        weight_grams: row.weight_grams,
        tax_rate_bp: row.tax_rate_bp,
        hsn: row.hsn.clone(),
        quantity,
        available: row.stock_quantity,
    }
}
