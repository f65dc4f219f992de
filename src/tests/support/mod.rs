//! A shop for a test: its own database on the engine under test, a clock that stands still, the real
//! router without a socket.

pub mod delhivery;
pub mod desk;
pub mod gate;
pub mod many;
pub mod merchant;
pub mod paper;
pub mod parcels;
pub mod server;
pub mod stand;
pub mod wire;

use std::path::PathBuf;
use std::sync::OnceLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{Request, Response, StatusCode};
use harkara::domain::staff::Role;
use harkara::domain::time::UnixMillis;
use harkara::server::actions::{invariants, staff};
use harkara::server::clock::{Chance, Clock};
use harkara::server::config::Config;
use harkara::server::{App, demo, http};
use sqlx::{AnyPool, Executor, Row};
use tower::ServiceExt;

/// 2026-11-21T06:00:00Z: the instant every test starts at.
pub const START: UnixMillis = UnixMillis(1_795_240_800_000);

/// A shop of a test.
pub struct Shop {
    pub app: App,
    router: Router,
    drop: Option<String>,
    _folder: tempfile::TempDir,
}

/// An empty shop with the schema in place.
pub async fn shop() -> Shop {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, drop) = match server_url() {
        Some(server) => {
            let name = create_postgres_database(&server).await;
            (format!("{server}/{name}"), Some(name))
        }
        None => (format!("sqlite://{}/test.db", folder.path().display()), None),
    };
    let app = App::open(config(&url, folder.path().to_path_buf()), Clock::manual(START), Chance::System)
        .await
        .expect("the shop opens");
    Shop { router: http::router(&app), app, drop, _folder: folder }
}

/// The configuration of a test's shop.
pub fn config(url: &str, data_dir: PathBuf) -> Config {
    Config {
        database_url: url.to_owned(),
        addr: "127.0.0.1:0".parse().expect("an address"),
        site_url: Some("http://shop.test".to_owned()),
        data_dir,
        secret_key: Some("a secret for tests only".to_owned()),
        trusted_proxies: Vec::new(),
        allow_local_couriers: true,
        log_level: "INFO".to_owned(),
        log_file: None,
        demo: false,
        dev: false,
    }
}

/// Whether this run is on PostgreSQL.
pub fn is_postgres() -> bool {
    server_url().is_some()
}

/// `TEST_DATABASE_URL` without a database name, if it is set.
fn server_url() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
    let path_at = url.find("://").map_or(0, |at| at + 3);
    let end = url[path_at..].find('/').map_or(url.len(), |at| path_at + at);
    Some(url[..end].to_owned())
}

async fn admin_pool(server: &str) -> AnyPool {
    sqlx::any::install_default_drivers();
    sqlx::any::AnyPoolOptions::new()
        .max_connections(1)
        .connect(&format!("{server}/postgres"))
        .await
        .expect("the test's PostgreSQL")
}

/// A fresh database; copied from a migrated template, so that a test does not wait for migrations.
async fn create_postgres_database(server: &str) -> String {
    static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = format!("template_{}", Chance::System.token());
            let pool = admin_pool(server).await;
            pool.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a template");
            let url = format!("{server}/{name}");
            let folder = tempfile::tempdir().expect("a folder");
            let db = harkara::server::db::Db::connect(&url).await.expect("the template opens");
            harkara::server::db::migrate::run(&db, folder.path(), START).await.expect("the template migrates");
            db.close().await;
            pool.close().await;
            name
        })
        .await;
    let name = format!("test_{}", Chance::System.token());
    // A template can be copied by one at a time.
    static COPYING: OnceLock<tokio::sync::Mutex<()>> = OnceLock::new();
    let _one = COPYING.get_or_init(|| tokio::sync::Mutex::new(())).lock().await;
    let pool = admin_pool(server).await;
    pool.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}"))).await.expect("a database");
    pool.close().await;
    name
}

impl Shop {
    /// Sends a request through the real router.
    pub async fn request(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router answers")
    }

    /// Fills in the demo data.
    pub async fn demo(&self) {
        demo::fill(&self.app).await.expect("the demo data");
    }

    /// An API token for a role.
    pub async fn token(&self, role: Role, store: Option<&str>) -> String {
        staff::create_token(&self.app, role, store, "test").await.expect("a token")
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser { shop: self, cookies: Vec::new(), bearer: None }
    }

    /// One number from the database.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let mut conn = self.app.db.read().await.expect("a connection");
        sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a number")
    }

    /// Whatever must hold of the data holds; that something waits is no breach.
    pub async fn must_be_sound(&self) {
        let found = invariants::check(&self.app).await.expect("looked through");
        let broken: Vec<String> =
            found.iter().filter(|finding| !finding.is_warning()).map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    /// Runs statements on the connection that writes, as somebody who meddles would.
    pub async fn meddle(&self, statements: &[String]) {
        let mut conn = self.app.db.writer_pool().acquire().await.expect("the writer");
        for statement in statements {
            let done = conn.execute(sqlx::AssertSqlSafe(statement.clone())).await;
            assert!(done.is_ok(), "{statement}: {done:?}");
        }
    }

    /// Every row of the tables that a parcel's news can change, as text.
    pub async fn dump(&self) -> Vec<String> {
        self.dump_of(&[
            "activity",
            "cases",
            "courier_codes",
            "courier_health",
            "jobs",
            "order_events",
            "orders",
            "outbox",
            "shipments",
            "tracking_events",
            "webhook_log",
            "webhook_refusals",
        ])
        .await
    }

    /// Every row of some tables, as text.
    pub async fn dump_of(&self, tables: &[&str]) -> Vec<String> {
        let mut conn = self.app.db.read().await.expect("a connection");
        let mut lines = Vec::new();
        for table in tables {
            let all = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}")));
            for row in all.fetch_all(&mut *conn).await.expect("rows") {
                let values = (0..row.len()).map(|at| match row.try_get::<Option<i64>, _>(at) {
                    Ok(number) => format!("{number:?}"),
                    Err(_) => format!("{:?}", row.try_get::<Option<String>, _>(at).expect("a number or a text")),
                });
                lines.push(format!("{table} {}", values.collect::<Vec<_>>().join(" ")));
            }
        }
        lines.sort();
        lines
    }

    /// Closes the shop and drops its database, unless the server goes as well: PostgreSQL writes out everything
    /// that every test has changed before it drops one, which takes as long as all else together.
    pub async fn close(mut self) {
        self.app.db.close().await;
        if std::env::var_os("TEST_DATABASES_STAY").is_some() {
            return;
        }
        if let (Some(name), Some(server)) = (self.drop.take(), server_url()) {
            let pool = admin_pool(&server).await;
            // Whoever still listens for hints would keep it, and keep this waiting for five seconds.
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            pool.execute(sqlx::AssertSqlSafe(drop)).await.expect("the database goes");
            pool.close().await;
        }
    }
}

/// A browser with scripting off: it keeps cookies and follows nothing by itself.
pub struct Browser<'s> {
    shop: &'s Shop,
    pub cookies: Vec<(String, String)>,
    pub bearer: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Browser<'_> {
    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// Sends any request with the browser's cookies and keeps those it gets.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() {
            let line =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            request.headers_mut().insert(COOKIE, line.parse().expect("a header"));
        }
        if let Some(token) = &self.bearer {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
        }
        let response = self.shop.request(request).await;
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            self.keep(line.to_str().expect("a cookie"));
        }
        // A stream of hints has no end to wait for.
        let is_endless = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let body = if is_endless { Body::empty() } else { body };
        let bytes = to_bytes(body, 64 * 1024 * 1024).await.expect("a body");
        Answer {
            status: parts.status,
            location: parts.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or("").to_owned(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name");
        self.cookies.retain(|(kept, _)| kept != name);
        if !attributes.contains("Max-Age=0") {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// The value of a hidden field of a page.
pub fn hidden(body: &str, name: &str) -> String {
    let marker = format!("name=\"{name}\"");
    let tags = body.split('<').filter(|tag| tag.starts_with("input") && tag.contains(&marker));
    let tag = tags.into_iter().next().unwrap_or_else(|| panic!("no field {name}"));
    let value = tag.split("value=\"").nth(1).unwrap_or_else(|| panic!("no value in {tag}"));
    value.split('"').next().unwrap_or("").to_owned()
}
