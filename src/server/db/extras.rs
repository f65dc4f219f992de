//! What must differ per engine: the search indexes, which keep their versions in `engine_extras`, and
//! telling other instances that something has changed, which only PostgreSQL can.
//!
//! SQLite has FTS5 tables with trigrams, PostgreSQL tables with a pg_trgm index; both have the columns
//! `rowid` (the `seq` of what is found) and `content` under one name.

use std::collections::BTreeSet;

use sqlx::postgres::PgListener;
use sqlx::{Executor, FromRow};

use crate::domain::customers::Phone;
use crate::domain::ids::StoreId;
use crate::domain::orders::search::index_text;
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Engine, Result};

const PRODUCT_SEARCH: (&str, i64) = ("product_search", 1);
const ORDER_SEARCH: (&str, i64) = ("order_search", 1);
/// How far the index of orders has come while it is made: the `seq` of the last order in it.
const ORDER_SEARCH_REACHED: &str = "order_search.reached";
/// Orders put into the index by one transaction while it is made: checkout may be waiting.
const REACHED_ROWS_MAX: i64 = 200;
/// Batches after which SQLite's log is folded into the file meanwhile.
const FOLD_EVERY_BATCHES: u32 = 20;
/// Letters the index of SQLite looks up at a time.
const TRIGRAM_CHARS: usize = 3;
/// Trigrams of one search: a dozen tell orders apart, and the text itself is looked at anyway.
const TRIGRAMS_MAX: usize = 24;

/// Held on PostgreSQL while something is made; an arbitrary number of our own.
const LOCK: &str = "SELECT pg_advisory_lock(7022460118)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7022460118)";

/// Creates what is missing, and goes on where an earlier call was killed. Safe to call at every start.
///
/// # Errors
/// What the database says.
pub async fn ensure(conn: &mut Conn, engine: Engine) -> Result<()> {
    if engine == Engine::Sqlite {
        return make_missing(conn, engine).await;
    }
    // Another instance may be at it, or the server may not know yet that one was killed.
    conn.execute(LOCK).await?;
    let made = make_missing(conn, engine).await;
    conn.execute(UNLOCK).await?;
    made
}

async fn make_missing(conn: &mut Conn, engine: Engine) -> Result<()> {
    if version(conn, PRODUCT_SEARCH.0).await? != Some(PRODUCT_SEARCH.1) {
        create_product_search(conn, engine).await?;
        set_version(conn, PRODUCT_SEARCH.0, PRODUCT_SEARCH.1).await?;
    }
    if version(conn, ORDER_SEARCH.0).await? == Some(ORDER_SEARCH.1) {
        return Ok(());
    }
    create_order_search(conn, engine).await?;
    let mut batches = 0_u32;
    while index_older_orders(conn, engine).await? {
        batches += 1;
        if engine == Engine::Sqlite && batches.is_multiple_of(FOLD_EVERY_BATCHES) {
            // What folds the log beside the work waits for a gap between writes, and here is none.
            conn.execute("PRAGMA wal_checkpoint(PASSIVE)").await?;
        }
    }
    finish_order_search(conn, engine).await?;
    set_version(conn, ORDER_SEARCH.0, ORDER_SEARCH.1).await
}

async fn version(conn: &mut Conn, name: &str) -> Result<Option<i64>> {
    sqlx::query_scalar("SELECT version FROM engine_extras WHERE name = $1").bind(name).fetch_optional(conn).await
}

async fn set_version(conn: &mut Conn, name: &str, version: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO engine_extras (name, version) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version",
    )
    .bind(name)
    .bind(version)
    .execute(conn)
    .await?;
    Ok(())
}

async fn create_product_search(conn: &mut Conn, engine: Engine) -> Result<()> {
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
    Ok(())
}

async fn create_order_search(conn: &mut Conn, engine: Engine) -> Result<()> {
    match engine {
        // Only which orders have a trigram is kept, not where in the text: the text is looked at anyway.
        Engine::Sqlite => {
            conn.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS order_search USING fts5(content, detail = none, columnsize = 0,
                    tokenize = 'trigram case_sensitive 1')",
            )
            .await?;
        }
        Engine::Postgres => {
            conn.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm").await?;
            conn.execute("CREATE TABLE IF NOT EXISTS order_search (rowid BIGINT PRIMARY KEY, content TEXT NOT NULL)")
                .await?;
        }
    }
    Ok(())
}

/// What is quicker or only possible when the orders are in.
async fn finish_order_search(conn: &mut Conn, engine: Engine) -> Result<()> {
    if engine == Engine::Postgres {
        // What was placed lately waits in a list that every search reads: it is kept short.
        conn.execute(
            "CREATE INDEX IF NOT EXISTS order_search_trigrams ON order_search USING gin (content gin_trgm_ops)
             WITH (gin_pending_list_limit = 256)",
        )
        .await?;
        conn.execute("ANALYZE order_search").await?;
    }
    Ok(())
}

#[derive(FromRow)]
struct OlderOrder {
    seq: i64,
    store_id: StoreId,
    reference: String,
    customer_name: String,
    customer_phone: Phone,
}

/// Puts the next orders into an index that is being made; false when all are in.
async fn index_older_orders(conn: &mut Conn, engine: Engine) -> Result<bool> {
    conn.execute(if engine == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await?;
    match index_next_orders(conn).await {
        Ok(goes_on) => {
            conn.execute("COMMIT").await?;
            Ok(goes_on)
        }
        Err(error) => {
            // The first error is the one to tell; a connection that cannot roll back is broken anyway.
            let _ = conn.execute("ROLLBACK").await;
            Err(error)
        }
    }
}

async fn index_next_orders(conn: &mut Conn) -> Result<bool> {
    let reached = version(conn, ORDER_SEARCH_REACHED).await?.unwrap_or(i64::MIN);
    let orders: Vec<OlderOrder> = sqlx::query_as(
        "SELECT seq, store_id, reference, customer_name, customer_phone FROM orders WHERE seq > $1 ORDER BY seq LIMIT $2",
    )
    .bind(reached)
    .bind(REACHED_ROWS_MAX)
    .fetch_all(&mut *conn)
    .await?;
    let Some(last) = orders.last().map(|order| order.seq) else { return Ok(false) };
    let texts: Vec<(i64, String)> = orders
        .iter()
        .map(|one| (one.seq, index_text(&one.store_id, &one.reference, &one.customer_name, &one.customer_phone)))
        .collect();
    index_orders(conn, &texts).await?;
    set_version(conn, ORDER_SEARCH_REACHED, last).await?;
    Ok(true)
}

/// Puts the searchable text of an order in the index, in place of what was there. In the transaction of
/// whatever changes the text.
///
/// # Errors
/// What the database says.
pub async fn index_order(conn: &mut Conn, seq: i64, content: &str) -> Result<()> {
    index_orders(conn, &[(seq, content.to_owned())]).await
}

/// The same for many orders in one statement; the quickest when they come in the order of their `seq`.
///
/// # Errors
/// What the database says.
pub async fn index_orders(conn: &mut Conn, texts: &[(i64, String)]) -> Result<()> {
    let engine = Engine::of_conn(conn);
    let around = match engine {
        Engine::Sqlite => ("INSERT OR REPLACE INTO order_search (rowid, content) VALUES", ""),
        Engine::Postgres => (
            "INSERT INTO order_search (rowid, content) VALUES",
            "ON CONFLICT (rowid) DO UPDATE SET content = excluded.content",
        ),
    };
    sql::write_rows(conn, around, texts, |sql, (seq, content)| {
        sql.bind(*seq).push(", ").bind(content.clone());
    })
    .await?;
    Ok(())
}

/// Appends the condition that the text of an order in `order_search` has every one of some parts.
pub fn push_parts(sql: &mut Sql, engine: Engine, parts: &[String]) {
    for part in parts {
        match engine {
            // LIKE would not tell capitals from small letters.
            Engine::Sqlite => {
                sql.push(" AND instr(order_search.content, ").bind(part.clone()).push(") > 0");
            }
            Engine::Postgres => {
                let pattern = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                sql.push(" AND order_search.content LIKE ").bind(format!("%{pattern}%"));
            }
        }
    }
}

/// The same with the help of the index, which FTS5 wants to be asked for by name.
pub fn push_indexed_parts(sql: &mut Sql, engine: Engine, parts: &[String]) {
    if engine == Engine::Sqlite {
        let trigrams: BTreeSet<String> = parts.iter().flat_map(|part| trigrams(part)).collect();
        let quoted: Vec<String> =
            trigrams.iter().take(TRIGRAMS_MAX).map(|trigram| format!("\"{}\"", trigram.replace('"', "\"\""))).collect();
        sql.push(" AND order_search MATCH ").bind(quoted.join(" AND "));
    }
    push_parts(sql, engine, parts);
}

fn trigrams(part: &str) -> Vec<String> {
    let letters: Vec<char> = part.chars().collect();
    letters.windows(TRIGRAM_CHARS).map(|window| window.iter().collect()).collect()
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
