//! What `make bench` measures: the real program over real HTTP, against what the disk can do.
//!
//! The load generator shares the machine with the server, so figures are lower than a server of its
//! own would show; the ratio to the raw commit rate, measured in the same run on the same file with
//! the same PRAGMAs, is what counts. `HARKARA_BENCH_ONLY=shop`, `webhooks` or `scale` runs one part;
//! `HARKARA_BENCH_SECONDS` is how long pushes are offered, `HARKARA_BENCH_ORDERS` how many orders the shop
//! of the last part has.

mod invariants;
#[allow(dead_code)]
#[path = "../src/tests/support/many/mod.rs"]
mod many;
#[allow(dead_code)]
#[path = "../src/tests/support/parcels.rs"]
mod parcels;
mod report;
mod scale;
#[allow(dead_code)]
#[path = "../src/tests/support/server.rs"]
mod server;
mod webhooks;
#[path = "../src/tests/support/wire.rs"]
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harkara::domain::checkout::{Cart, CartKey};
use harkara::domain::ids::VariantId;
use harkara::server::cart;
use harkara::server::clock::Chance;
use harkara::server::config::Config;
use harkara::server::db::Db;
use harkara::server::secrets::Secrets;
use sqlx::Executor;

use report::{Row, ms, p99};
use server::{SECRET, Server};
use wire::Wire;

// As in the program, for the half that runs the server in here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Share of the raw commit rate that placing orders over HTTP must reach.
const ORDER_RATIO_MIN: f64 = 0.5;
/// Script and wasm of a shop page in brotli bytes (DESIGN 2).
const SHOP_PAGE_SCRIPT_BYTES_MAX: usize = 110_000;
const CONNECTIONS: usize = 32;

/// Orders of the big shop.
const ORDERS: u64 = 1_000_000;
const ORDERS_SMOKE: u64 = 20_000;

struct Plan {
    seconds: u64,
    push_seconds: u64,
    orders: u64,
    /// A smoke run checks that everything works; its figures are not judged.
    judged: bool,
}

fn main() {
    let smoke = std::env::var("HARKARA_BENCH").is_ok_and(|mode| mode == "smoke");
    let mut plan = if smoke {
        Plan { seconds: 1, push_seconds: 2, orders: ORDERS_SMOKE, judged: false }
    } else {
        Plan { seconds: 6, push_seconds: 60, orders: ORDERS, judged: true }
    };
    if let Some(seconds) = number("HARKARA_BENCH_SECONDS") {
        plan.push_seconds = seconds;
    }
    if let Some(orders) = number("HARKARA_BENCH_ORDERS") {
        plan.orders = orders;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let rows = runtime.block_on(run(&plan));
    if report::print(&rows, plan.judged) > 0 {
        std::process::exit(1);
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

async fn run(plan: &Plan) -> Vec<Row> {
    let folder = tempfile::tempdir_in(std::env::var("HARKARA_BENCH_DIR").unwrap_or_else(|_| "target".to_owned()))
        .expect("a folder");
    let only = std::env::var("HARKARA_BENCH_ONLY").unwrap_or_default();
    let is_wanted = |part: &str| only.is_empty() || only == part;
    let mut rows = Vec::new();
    if is_wanted("shop") {
        measure_shop(folder.path(), plan, &mut rows).await;
    }
    if is_wanted("webhooks") {
        webhooks::measure(folder.path(), plan, &mut rows).await;
    }
    if is_wanted("scale") {
        scale::measure(plan, &mut rows).await;
    }
    let broken = invariants::broken_in(folder.path()).await;
    for what in &broken {
        eprintln!("Broken: {what}");
    }
    rows.push(
        Row::new("broken data", broken.len().to_string(), "what `harkara check` finds in what was made".to_owned())
            .budget("0".to_owned(), broken.is_empty()),
    );
    rows
}

/// The configuration of a shop that runs in here.
fn config(database_url: String, folder: &Path) -> Config {
    Config {
        database_url,
        addr: "127.0.0.1:0".parse().expect("an address"),
        site_url: Some("http://shop.test".to_owned()),
        data_dir: folder.to_path_buf(),
        secret_key: Some(SECRET.to_owned()),
        trusted_proxies: Vec::new(),
        allow_local_couriers: false,
        log_level: "WARN".to_owned(),
        log_file: None,
        demo: false,
        dev: false,
    }
}

async fn measure_shop(folder: &Path, plan: &Plan, rows: &mut Vec<Row>) {
    let url = format!("sqlite://{}/bench.db", folder.display());
    let program = Path::new(env!("CARGO_BIN_EXE_harkara"));

    // The demo shop is made first, so that the raw commits meet the same file.
    let started = Instant::now();
    Server::start(program, &url, folder.to_path_buf()).await.kill().await;
    rows.push(Row::new("first start with demo data", format!("{} ms", started.elapsed().as_millis()), String::new()));
    let raw = raw_commits_per_second(&url, plan.seconds).await;
    rows.push(Row::new(
        "raw commits",
        format!("{raw:.0}/s"),
        "one row each, synchronous=FULL, one connection".to_owned(),
    ));

    let started = Instant::now();
    let server = Server::start(program, &url, folder.to_path_buf()).await;
    rows.push(Row::new("start", format!("{} ms", started.elapsed().as_millis()), String::new()));
    let variant = variant(&url).await;
    let (orders, order_p99, token) = place_orders(&server.host, &variant, plan.seconds).await;
    let ratio = orders / raw;
    rows.push(Row::new(
        "orders placed over HTTP",
        format!("{orders:.0}/s"),
        format!("p99 {}, {CONNECTIONS} connections", ms(order_p99)),
    ));
    rows.push(
        Row::new("share of the raw commits", format!("{ratio:.2}"), "orders placed per raw commit".to_owned())
            .limit(format!("≥ {ORDER_RATIO_MIN:.2}"), ratio >= ORDER_RATIO_MIN),
    );
    let slug = slug(&url).await;
    measure_pages(&server.host, &slug, &token, plan, rows).await;
    measure_scripts(&server.host, &slug, &token, &variant, rows).await;
    server.kill().await;
}

async fn measure_pages(host: &str, slug: &str, token: &str, plan: &Plan, rows: &mut Vec<Row>) {
    for (what, path) in
        [("catalogue", "/".to_owned()), ("product page", format!("/p/{slug}")), ("order page", format!("/o/{token}"))]
    {
        let (rate, p99, bytes) = get_page(host, &path, plan.seconds).await;
        rows.push(Row::new(what, format!("{rate:.0}/s"), format!("p99 {}, {bytes} bytes of HTML", ms(p99))));
    }
}

async fn measure_scripts(host: &str, slug: &str, token: &str, variant: &VariantId, rows: &mut Vec<Row>) {
    for (what, path, cookie) in [
        ("script of the catalogue", "/".to_owned(), None),
        ("script of the product page", format!("/p/{slug}"), None),
        ("script of the checkout", "/checkout".to_owned(), Some(cart_cookie(&CartKey::from_bytes([3; 16]), variant))),
        ("script of the order page", format!("/o/{token}"), None),
    ] {
        let bytes = script_bytes(host, &path, cookie.as_deref()).await;
        rows.push(
            Row::new(what, format!("{bytes} B"), "script and wasm, brotli".to_owned())
                .budget(format!("≤ {SHOP_PAGE_SCRIPT_BYTES_MAX} B"), bytes <= SHOP_PAGE_SCRIPT_BYTES_MAX),
        );
    }
}

async fn raw_commits_per_second(url: &str, seconds: u64) -> f64 {
    let db = Db::connect(url).await.expect("the database");
    let mut conn = db.writer_pool().acquire().await.expect("a connection");
    conn.execute("CREATE TABLE IF NOT EXISTS bench_commits (id BIGINT PRIMARY KEY, content TEXT NOT NULL)")
        .await
        .expect("a table");
    let (started, mut commits) = (Instant::now(), 0_i64);
    while started.elapsed().as_secs() < seconds {
        conn.execute("BEGIN IMMEDIATE").await.expect("begin");
        sqlx::query("INSERT INTO bench_commits (id, content) VALUES ($1, $2)")
            .bind(commits)
            .bind("one small row")
            .execute(&mut *conn)
            .await
            .expect("insert");
        conn.execute("COMMIT").await.expect("commit");
        commits += 1;
    }
    let rate = commits as f64 / started.elapsed().as_secs_f64();
    conn.execute("DROP TABLE bench_commits").await.expect("drop");
    drop(conn);
    db.close().await;
    rate
}

async fn one(url: &str, sql: &'static str) -> String {
    let db = Db::connect(url).await.expect("the database");
    let mut conn = db.read().await.expect("a connection");
    let value = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a row");
    drop(conn);
    value
}

async fn variant(url: &str) -> VariantId {
    VariantId::new(one(url, "SELECT id FROM product_variants WHERE stock_quantity > 5 ORDER BY id LIMIT 1").await)
}

async fn slug(url: &str) -> String {
    one(url, "SELECT slug FROM products ORDER BY slug LIMIT 1").await
}

fn cart_cookie(key: &CartKey, variant: &VariantId) -> String {
    let mut cart = Cart::new(key.clone());
    cart.add(variant.clone(), 1).expect("a cart");
    format!("{}={}", cart::COOKIE, cart::encode(&cart, &Secrets::from_text(SECRET)))
}

/// Orders per second, the 99th percentile of their answers, and the token of one of them.
async fn place_orders(host: &str, variant: &VariantId, seconds: u64) -> (f64, Duration, String) {
    let until = Instant::now() + Duration::from_secs(seconds);
    let started = Instant::now();
    let clients: Vec<_> =
        (0..CONNECTIONS).map(|_| tokio::spawn(place_until(host.to_owned(), variant.clone(), until))).collect();
    let (mut times, mut token) = (Vec::new(), String::new());
    for client in clients {
        let (took, last) = client.await.expect("a client");
        times.extend(took);
        token = last;
    }
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    (rate, p99(&mut times), token)
}

async fn place_until(host: String, variant: VariantId, until: Instant) -> (Vec<Duration>, String) {
    let mut wire = Wire::connect(&host).await.expect("a connection");
    let (mut times, mut token) = (Vec::new(), String::new());
    while Instant::now() < until {
        let key = CartKey::from_bytes(Chance::System.bytes());
        let cookie = cart_cookie(&key, &variant);
        let body = format!(
            "key={}&name=Asha+Rao&phone=9876543210&line1=12+Park+Road&city=Pune&pincode=411001&country=IN&payment_method=cod",
            key.as_str()
        );
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.as_str())];
        let started = Instant::now();
        let reply = wire.send("POST", "/checkout", &headers, body.as_bytes()).await.expect("an answer");
        times.push(started.elapsed());
        assert_eq!(reply.status, 303, "{}", String::from_utf8_lossy(&reply.body));
        token = reply.header("location").unwrap_or("").trim_start_matches("/o/").to_owned();
    }
    (times, token)
}

/// Pages per second, the 99th percentile, and the size of the page.
async fn get_page(host: &str, path: &str, seconds: u64) -> (f64, Duration, usize) {
    let until = Instant::now() + Duration::from_secs(seconds);
    let (host, path) = (Arc::new(host.to_owned()), Arc::new(path.to_owned()));
    let started = Instant::now();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (host, path) = (Arc::clone(&host), Arc::clone(&path));
            tokio::spawn(async move {
                let mut wire = Wire::connect(&host).await.expect("a connection");
                let (mut times, mut bytes) = (Vec::new(), 0);
                while Instant::now() < until {
                    let started = Instant::now();
                    let reply = wire.send("GET", &path, &[], b"").await.expect("a page");
                    times.push(started.elapsed());
                    assert_eq!(reply.status, 200);
                    bytes = reply.body.len();
                }
                (times, bytes)
            })
        })
        .collect();
    let (mut times, mut bytes) = (Vec::new(), 0);
    for client in clients {
        let (took, size) = client.await.expect("a client");
        times.extend(took);
        bytes = size;
    }
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    (rate, p99(&mut times), bytes)
}

/// Brotli bytes of every script and wasm a page names.
async fn script_bytes(host: &str, path: &str, cookie: Option<&str>) -> usize {
    let mut wire = Wire::connect(host).await.expect("a connection");
    let headers: Vec<_> = cookie.map(|cookie| ("cookie", cookie)).into_iter().collect();
    let page = wire.send("GET", path, &headers, b"").await.expect("a page");
    assert_eq!(page.status, 200, "{path}");
    let html = String::from_utf8_lossy(&page.body);
    let mut names: Vec<&str> = html
        .split('"')
        .filter(|text| text.starts_with("/pkg/") && (text.ends_with(".js") || text.ends_with(".wasm")))
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut bytes = 0;
    for name in names {
        let file = wire.send("GET", name, &[("accept-encoding", "br")], b"").await.expect("a file");
        assert_eq!((file.status, file.header("content-encoding")), (200, Some("br")), "{name}");
        bytes += file.body.len();
    }
    bytes
}
