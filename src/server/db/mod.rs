//! All SQL. One file per table group; every function takes `&mut Conn` first, so that it works on a
//! pooled connection and inside a transaction alike.
//!
//! `mod` knows which engine runs · `write` is the only way into a transaction · `sql` builds dynamic
//! statements · `migrate` brings the schema up to date, with a backup before · `extras` is what must
//! differ per engine · `paging` which part of a list is read · the rest is tables: `people`, `catalogue`,
//! `stock`, `orders`, `order_list`, `fulfilment`, `events`, `couriers`, `shipping`, `polling`,
//! `logins`, `awbs`, `papers`, `rates`, `shipment_list`, `tracking`, `mappings`, `webhooks`, `refusals`, `desk`,
//! `blobs`, `settings`, `instances`, `jobs`; `backup` copies it,
//! `invariants` looks through all of it, `watch` looks how it is doing.

pub mod awbs;
pub mod backup;
pub mod blobs;
pub mod catalogue;
pub mod checkpoint;
pub mod couriers;
pub mod desk;
pub mod events;
pub mod extras;
pub mod fulfilment;
pub mod instances;
pub mod invariants;
pub mod jobs;
pub mod logins;
pub mod mappings;
pub mod migrate;
pub mod order_list;
pub mod orders;
pub mod paging;
pub mod papers;
pub mod people;
pub mod polling;
pub mod rates;
pub mod refusals;
pub mod settings;
pub mod shipment_list;
pub mod shipping;
pub mod sql;
pub mod stock;
pub mod tracking;
pub mod watch;
pub mod webhooks;
pub mod write;

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Executor};

use crate::error::AppError;
use crate::server::metrics::Metrics;

/// A connection to either engine.
pub type Conn = sqlx::AnyConnection;
/// What the functions of this room return.
pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// Connections that only read, on SQLite.
const SQLITE_READERS: u32 = 4;
/// Connections, on PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a PostgreSQL connection lives: short, so that a poisoned one does not stay.
const POSTGRES_LIFETIME: Duration = Duration::from_secs(600);

/// PRAGMAs of every SQLite connection. `synchronous=FULL`: an acknowledged order survives a power
/// cut; group commit pays for it. `wal_autocheckpoint`: never, see [`checkpoint`].
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; \
     PRAGMA mmap_size = 1073741824; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 134217728;";

/// Which engine a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Bundled, one file, one writer.
    Sqlite,
    /// A server; any number of instances may share it.
    Postgres,
}

impl Engine {
    /// The engine of a `DATABASE_URL`.
    pub fn of(url: &str) -> Option<Engine> {
        if url.starts_with("sqlite:") {
            Some(Engine::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Some(Engine::Postgres)
        } else {
            None
        }
    }

    /// The engine at the other end of a connection.
    pub fn of_conn(conn: &Conn) -> Engine {
        if conn.backend_name() == "PostgreSQL" { Engine::Postgres } else { Engine::Sqlite }
    }
}

/// The open database: a pool to read from and the one way to write.
#[derive(Clone)]
pub struct Db {
    /// Which engine runs.
    pub engine: Engine,
    /// What is counted of it.
    pub metrics: Metrics,
    readers: AnyPool,
    writer: AnyPool,
    /// What folds SQLite's log into the file.
    folder: Option<AnyPool>,
    queue: write::Queue,
}

impl Db {
    /// Opens the database a URL names; a SQLite file and its folder are made when missing.
    ///
    /// # Errors
    /// When the URL is of no known engine or the database cannot be opened.
    pub async fn connect(url: &str) -> Result<Db> {
        install_default_drivers();
        match Engine::of(url) {
            Some(Engine::Sqlite) => Self::connect_sqlite(url).await,
            Some(Engine::Postgres) => Self::connect_postgres(url).await,
            None => Err(sqlx::Error::Configuration("DATABASE_URL must start with sqlite:// or postgres://".into())),
        }
    }

    async fn connect_sqlite(url: &str) -> Result<Db> {
        let file = sqlite_file(url);
        if let Some(folder) = Path::new(&file).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let url = format!("sqlite://{file}?mode=rwc");
        let pool = |connections: u32, read_only: bool| {
            AnyPoolOptions::new()
                .max_connections(connections)
                .min_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                // A file does not hang up; asking before each use would cost as much as a query.
                .test_before_acquire(false)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .after_connect(move |conn, _| {
                    Box::pin(async move {
                        conn.execute(SQLITE_PRAGMAS).await?;
                        if read_only {
                            conn.execute("PRAGMA query_only = ON").await?;
                        }
                        Ok(())
                    })
                })
                .connect(&url)
        };
        // The writer first: it switches a new file to WAL before a reader looks at it.
        let writer = pool(1, false).await?;
        let readers = pool(SQLITE_READERS, true).await?;
        let folder = pool(1, false).await?;
        let (rest, metrics) = (checkpoint::Rest::default(), Metrics::default());
        checkpoint::start(folder.clone(), rest.clone());
        let queue = write::Queue::of_one_writer(writer.clone(), rest, metrics.clone())?;
        Ok(Db { engine: Engine::Sqlite, metrics, readers, writer, folder: Some(folder), queue })
    }

    async fn connect_postgres(url: &str) -> Result<Db> {
        let pool = AnyPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .max_lifetime(POSTGRES_LIFETIME)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect(url)
            .await?;
        let metrics = Metrics::default();
        let queue = write::Queue::of_many_writers(pool.clone(), metrics.clone());
        Ok(Db { engine: Engine::Postgres, metrics, readers: pool.clone(), writer: pool, folder: None, queue })
    }

    /// A connection to read with. It holds no transaction: each statement sees the newest commit.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self) -> Result<PoolConnection<Any>> {
        self.readers.acquire().await
    }

    /// The pool that writes; for migrations, extras and the PRAGMA test only.
    pub fn writer_pool(&self) -> &AnyPool {
        &self.writer
    }

    /// The pool that reads; for the PRAGMA test.
    pub fn reader_pool(&self) -> &AnyPool {
        &self.readers
    }

    /// Whether the database answers.
    pub async fn is_alive(&self) -> bool {
        match self.read().await {
            Ok(mut conn) => sqlx::query("SELECT 1").execute(&mut *conn).await.is_ok(),
            Err(_) => false,
        }
    }

    /// Closes every connection; on SQLite the WAL is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Some(folder) = &self.folder {
            folder.close().await;
        }
        self.writer.close().await;
    }
}

/// The file a SQLite URL names.
pub fn sqlite_file(url: &str) -> String {
    let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
    rest.split('?').next().unwrap_or(rest).to_owned()
}

impl From<sqlx::Error> for AppError {
    /// Logs once and hides the text: database words are never shown to people.
    fn from(error: sqlx::Error) -> Self {
        match &error {
            // Display of a database error is its message; the detail with values is left out.
            sqlx::Error::Database(database) => {
                tracing::error!(
                    code = database.code().as_deref(),
                    constraint = database.constraint(),
                    "database refused: {}",
                    database.message()
                );
            }
            other => tracing::error!("database failed: {other}"),
        }
        AppError::Internal
    }
}

/// Whether the error is a violation of the named unique constraint (PostgreSQL) or of its columns
/// (SQLite, which names `table.column`).
pub fn is_unique(error: &sqlx::Error, constraint: &str, columns: &str) -> bool {
    match error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            database.constraint() == Some(constraint) || database.message().contains(columns)
        }
        _ => false,
    }
}
