//! Many orders at once: a shop as it is after years, made in minutes, for benchmarks and for the tests of
//! plans. Nothing in it is random: the same count makes the same shop but for what the demo drew.
//!
//! Rows go in by the thousand, past the actions, and yet as these would have left them: stock is the sum of
//! its movements, totals the sum of their lines, counters the number of orders. The search index is left
//! to the program, as after an update.
//!
//! Whoever makes other rows here raises `MAKER` in the benchmarks, which keep what was made.

pub mod made;
mod rows;

use harkara::domain::couriers::CourierForm;
use harkara::domain::money::Currency;
use harkara::server::actions::accounts;
use harkara::server::actions::actor::Actor;
use harkara::server::db::{Engine, extras};
use harkara::server::{App, demo};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, FromRow};

use made::Made;
use rows::Tables;

/// Orders that go in together.
const BATCH: u64 = 2_000;
/// What the names of the accounts begin with that the parcels belong to: by hand, so that nobody is asked.
const COURIER: &str = "scale-by-hand";

/// A thing to sell.
#[derive(Debug, FromRow)]
pub struct Ware {
    variant_id: String,
    product_id: String,
    product_name: String,
    sku: String,
    barcode: String,
    size: String,
    color: String,
    picture_id: Option<String>,
    unit_price_minor: i64,
    weight_grams: i64,
    tax_rate_bp: i64,
    hsn: String,
}

/// A store with what it sells.
pub struct Shelf {
    id: String,
    courier_id: String,
    currency: Currency,
    wares: Vec<Ware>,
}

/// Fills a shop that has no orders yet, and has it index them.
pub async fn fill(app: &App, count: u64) {
    demo::fill(app).await.expect("the demo data");
    let shelves = [shelf(app, "dhaka").await, shelf(app, "mumbai").await];
    run(app, &["DROP TABLE order_search", "DELETE FROM engine_extras WHERE name LIKE 'order_search%'"]).await;
    let mut sink = Sink::open(app).await;
    for first in (0..count).step_by(usize::try_from(BATCH).expect("a batch")) {
        let mut tables = Tables::new();
        for number in first..(first + BATCH).min(count) {
            let made = Made::new(number, count);
            tables.add(&made, &shelves[made.store]);
        }
        sink.take(&tables).await;
    }
    sink.close().await;
    settle(app, count).await;
    index(app).await;
}

/// Has the program index the orders, as at its start after an update.
pub async fn index(app: &App) {
    let mut conn = app.db.writer_pool().acquire().await.expect("a connection");
    extras::ensure(&mut conn, app.db.engine).await.expect("an index");
}

async fn run(app: &App, statements: &[&str]) {
    let mut conn = app.db.writer_pool().acquire().await.expect("a connection");
    for statement in statements {
        conn.execute(AssertSqlSafe((*statement).to_owned())).await.expect(statement);
    }
}

/// What follows from the orders: counters, and the stock after them.
async fn settle(app: &App, count: u64) {
    let deliveries = format!(
        "INSERT INTO stock_movements (id, store_id, variant_id, quantity, reason, author, created_at)
         SELECT 'scale-' || id, store_id, id, {}, 'correction', 'system', 0 FROM product_variants",
        count * 10
    );
    run(
        app,
        &[
            &deliveries,
            "UPDATE product_variants SET stock_quantity =
                (SELECT CAST(SUM(quantity) AS BIGINT) FROM stock_movements WHERE variant_id = product_variants.id)",
            "INSERT INTO counters (store_id, name, value)
                SELECT store_id, 'orders.' || status, COUNT(*) FROM orders GROUP BY store_id, status",
        ],
    )
    .await;
    if app.db.engine == Engine::Postgres {
        run(app, &["VACUUM ANALYZE"]).await;
    }
}

async fn shelf(app: &App, store: &str) -> Shelf {
    let slug = format!("{COURIER}-{store}");
    let form = CourierForm {
        slug: slug.clone(),
        store: store.to_owned(),
        name: "By hand".to_owned(),
        provider: "manual".to_owned(),
        enabled: "yes".to_owned(),
        test_mode: "yes".to_owned(),
        ..CourierForm::default()
    };
    accounts::save(app, &Actor::system(), &form).await.expect("an account");
    let mut conn = app.db.read().await.expect("a connection");
    let (id, courier_id, country): (String, String, String) = sqlx::query_as(
        "SELECT stores.id, couriers.id, stores.country FROM stores JOIN couriers ON couriers.store_id = stores.id
         WHERE stores.slug = $1 AND couriers.slug = $2",
    )
    .bind(store)
    .bind(&slug)
    .fetch_one(&mut *conn)
    .await
    .expect("a store");
    let wares = sqlx::query_as(
        "SELECT v.id AS variant_id, p.id AS product_id, p.name AS product_name, v.sku, v.barcode, v.size, v.color,
            p.picture_id, v.price_minor AS unit_price_minor, COALESCE(v.weight_grams, p.weight_grams) AS weight_grams,
            p.tax_rate_bp, p.hsn
         FROM product_variants v JOIN products p ON p.id = v.product_id WHERE v.store_id = $1 ORDER BY v.sku",
    )
    .bind(&id)
    .fetch_all(&mut *conn)
    .await
    .expect("wares");
    let currency = if country == "BD" { Currency::BDT } else { Currency::INR };
    Shelf { id, courier_id, currency, wares }
}

/// Where rows go in bulk: statements with thousands of rows, or COPY.
enum Sink {
    Sqlite(Box<sqlx::pool::PoolConnection<sqlx::Any>>),
    Postgres(Box<PgConnection>),
}

impl Sink {
    async fn open(app: &App) -> Sink {
        match app.db.engine {
            Engine::Sqlite => {
                let mut conn = app.db.writer_pool().acquire().await.expect("a connection");
                // Half a shop is thrown away: nothing of it has to survive.
                conn.execute(
                    "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;
                     PRAGMA wal_autocheckpoint = 16000",
                )
                .await
                .expect("settings");
                Sink::Sqlite(Box::new(conn))
            }
            Engine::Postgres => {
                let mut conn = PgConnection::connect(&app.config.database_url).await.expect("a connection");
                conn.execute("SET synchronous_commit = off").await.expect("a setting");
                // No foreign keys either.
                conn.execute("SET session_replication_role = replica").await.expect("a setting");
                Sink::Postgres(Box::new(conn))
            }
        }
    }

    async fn take(&mut self, tables: &Tables) {
        match self {
            Sink::Sqlite(conn) => {
                conn.execute("BEGIN IMMEDIATE").await.expect("begin");
                for statement in tables.all().iter().flat_map(|table| table.inserts()) {
                    conn.execute(AssertSqlSafe(statement)).await.expect("rows");
                }
                conn.execute("COMMIT").await.expect("commit");
            }
            Sink::Postgres(conn) => {
                for table in tables.all() {
                    let mut copy = conn.copy_in_raw(&table.copy()).await.expect("COPY");
                    copy.send(table.copied().into_bytes()).await.expect("rows");
                    copy.finish().await.expect("the end of the rows");
                }
            }
        }
    }

    async fn close(self) {
        match self {
            Sink::Sqlite(mut conn) => {
                conn.execute(
                    "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
                     PRAGMA wal_autocheckpoint = 0",
                )
                .await
                .expect("settings");
            }
            Sink::Postgres(conn) => conn.close().await.expect("closed"),
        }
    }
}
