//! The shops that are measured, made once and kept.

use std::path::{Path, PathBuf};
use std::time::Instant;

use harkara::server::App;
use harkara::server::actions::invariants::check_database;
use harkara::server::clock::{Chance, Clock};
use harkara::server::db::{Engine, migrate};
use sqlx::{AnyPool, AssertSqlSafe, Executor};

use crate::many;
use crate::report::Row;

/// Raised when `many` makes other rows.
const MAKER: u32 = 1;

/// A shop with many orders.
pub struct BigShop {
    /// Which engine it is on.
    pub engine: Engine,
    /// Where it is.
    pub url: String,
    /// Data folder of its servers.
    pub folder: PathBuf,
    /// How many orders it has.
    pub count: u64,
}

/// The engines that are there to be measured.
pub fn engines() -> Vec<Engine> {
    let mut engines = vec![Engine::Sqlite];
    engines.extend(server_url().map(|_| Engine::Postgres));
    engines
}

/// `TEST_DATABASE_URL` without a database name.
fn server_url() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
    let path_at = url.find("://").map_or(0, |at| at + 3);
    let end = url[path_at..].find('/').map_or(url.len(), |at| path_at + at);
    Some(url[..end].to_owned())
}

/// What the name of a kept shop begins with: other makers and other tables make other shops.
fn prefix() -> String {
    format!("scale_v{}_m{}_", MAKER, migrate::newest())
}

impl BigShop {
    /// The shop with so many orders; made now, unless it is kept from an earlier run.
    pub async fn open(engine: Engine, count: u64, rows: &mut Vec<Row>) -> BigShop {
        let name = format!("{}{count}", prefix());
        let kept = Path::new(&std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned())).join("scale");
        std::fs::create_dir_all(&kept).expect("a folder");
        let kept = kept.canonicalize().expect("a folder");
        let started = Instant::now();
        let (url, is_new) = match engine {
            Engine::Sqlite => keep_file(&kept, &name, count).await,
            Engine::Postgres => keep_database(&kept, &name, count).await,
        };
        if is_new {
            let engine = if engine == Engine::Sqlite { "SQLite" } else { "PostgreSQL" };
            rows.push(Row::new(
                &format!("{count} orders made, {engine}"),
                format!("{:.0} s", started.elapsed().as_secs_f64()),
                "and looked through by `harkara check`; kept for the next run".to_owned(),
            ));
        }
        BigShop { engine, url, folder: kept, count }
    }
}

async fn make(url: String, folder: &Path, count: u64) {
    let app = App::open(crate::config(url, folder), Clock::System, Chance::System).await.expect("the shop opens");
    many::fill(&app, count).await;
    let found = check_database(&app.db, app.clock.now()).await.expect("looked through");
    let broken: Vec<String> = found.iter().filter(|one| !one.is_warning()).map(ToString::to_string).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    app.db.close().await;
}

/// A file per shop. It gets its name when it is whole.
async fn keep_file(kept: &Path, name: &str, count: u64) -> (String, bool) {
    let folder = kept.join(name);
    let url = format!("sqlite://{}/shop.db", folder.display());
    if folder.exists() {
        return (url, false);
    }
    for entry in std::fs::read_dir(kept).expect("a folder").flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&prefix()) {
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
    let making = kept.join(format!("{name}.making"));
    std::fs::remove_dir_all(&making).ok();
    std::fs::create_dir_all(&making).expect("a folder");
    make(format!("sqlite://{}/shop.db", making.display()), kept, count).await;
    std::fs::rename(making, folder).expect("a name");
    (url, true)
}

/// A database per shop on the server.
async fn keep_database(kept: &Path, name: &str, count: u64) -> (String, bool) {
    let server = server_url().expect("a server");
    let url = format!("{server}/{name}");
    let making = format!("{name}_making");
    let pool = AnyPool::connect(&format!("{server}/postgres")).await.expect("the server");
    let names: Vec<(String,)> =
        sqlx::query_as("SELECT CAST(datname AS TEXT) FROM pg_database").fetch_all(&pool).await.expect("databases");
    if names.iter().any(|(other,)| other == name) {
        pool.close().await;
        return (url, false);
    }
    for (other,) in names.iter().filter(|(other,)| other.starts_with("scale_")) {
        if !other.starts_with(&prefix()) || *other == making {
            pool.execute(AssertSqlSafe(format!("DROP DATABASE {other}"))).await.expect("dropped");
        }
    }
    pool.execute(AssertSqlSafe(format!("CREATE DATABASE {making}"))).await.expect("a database");
    make(format!("{server}/{making}"), kept, count).await;
    // The shop in here still listens, and would come back when it is cut off.
    for statement in [
        format!("ALTER DATABASE {making} ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{making}'"),
        format!("ALTER DATABASE {making} RENAME TO {name}"),
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
    ] {
        pool.execute(AssertSqlSafe(statement)).await.expect("a name");
    }
    pool.close().await;
    (url, true)
}
