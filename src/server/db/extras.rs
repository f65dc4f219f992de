//! What must differ per engine: the search index, which keeps its version in `engine_extras`, and telling
//! other instances that something has changed, which only PostgreSQL can.
//!
//! SQLite has an FTS5 table with trigrams, PostgreSQL a table with a pg_trgm index; both have the
//! columns `seq` and `content` under one name and answer `content LIKE '%word%'` from the index, so
//! that the queries are the same.

use sqlx::Executor;
use sqlx::postgres::PgListener;

use crate::server::db::{Conn, Engine, Result};

const PRODUCT_SEARCH_VERSION: i64 = 1;

/// Creates what is missing. Safe to call at every start.
///
/// # Errors
/// What the database says.
pub async fn ensure(conn: &mut Conn, engine: Engine) -> Result<()> {
    let present: Option<i64> = sqlx::query_scalar("SELECT version FROM engine_extras WHERE name = 'product_search'")
        .fetch_optional(&mut *conn)
        .await?;
    if present == Some(PRODUCT_SEARCH_VERSION) {
        return Ok(());
    }
    match engine {
        Engine::Sqlite => {
            conn.execute("CREATE VIRTUAL TABLE IF NOT EXISTS product_search USING fts5(content, tokenize = 'trigram')")
                .await?;
        }
        Engine::Postgres => {
            conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm").await?;
            conn.execute("CREATE TABLE IF NOT EXISTS product_search (rowid BIGINT PRIMARY KEY, content TEXT NOT NULL)")
                .await?;
            conn.execute(
                "CREATE INDEX IF NOT EXISTS product_search_trigrams ON product_search USING gin (content gin_trgm_ops)",
            )
            .await?;
        }
    }
    sqlx::query(
        "INSERT INTO engine_extras (name, version) VALUES ('product_search', $1)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version",
    )
    .bind(PRODUCT_SEARCH_VERSION)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Puts the searchable text of a product in the index, in place of what was there.
///
/// # Errors
/// What the database says.
pub async fn index_product(conn: &mut Conn, seq: i64, content: &str) -> Result<()> {
    sqlx::query("DELETE FROM product_search WHERE rowid = $1").bind(seq).execute(&mut *conn).await?;
    sqlx::query("INSERT INTO product_search (rowid, content) VALUES ($1, $2)")
        .bind(seq)
        .bind(content.to_lowercase())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// The channel hints travel on.
const CHANNEL: &str = "harkara_hints";

/// Tells every listening instance something; PostgreSQL only.
///
/// # Errors
/// When the database is away.
pub async fn notify(conn: &mut Conn, text: &str) -> Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(conn).await?;
    Ok(())
}

/// Hears what instances tell until the connection breaks; PostgreSQL only.
///
/// # Errors
/// When the connection breaks.
pub async fn listen(url: &str, heard: impl Fn(&str)) -> Result<()> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    while let Some(notification) = listener.try_recv().await? {
        heard(notification.payload());
    }
    Ok(())
}
