//! Backup and restore of a SQLite database. PostgreSQL has its own tools (`pg_dump`).

use std::path::Path;

use sqlx::Executor;

use crate::server::db::{Db, Engine, sqlite_file};

const NOT_SQLITE: &str = "This works on a SQLite database; for PostgreSQL use pg_dump and pg_restore.";

/// Writes a consistent copy of the database while it is in use.
///
/// # Errors
/// A sentence for the operator.
pub async fn write(url: &str, file: &Path) -> Result<(), String> {
    if Engine::of(url) != Some(Engine::Sqlite) {
        return Err(NOT_SQLITE.to_owned());
    }
    if !Path::new(&sqlite_file(url)).exists() {
        return Err(format!("There is no database at {}.", sqlite_file(url)));
    }
    if file.exists() {
        return Err(format!("{} exists; choose another name.", file.display()));
    }
    let db = Db::connect(url).await.map_err(|error| format!("The database cannot be opened: {error}."))?;
    let mut conn = db.writer_pool().acquire().await.map_err(|error| error.to_string())?;
    sqlx::query("VACUUM INTO $1")
        .bind(file.to_string_lossy().into_owned())
        .execute(&mut *conn)
        .await
        .map_err(|error| format!("The backup could not be written: {error}."))?;
    drop(conn);
    db.close().await;
    println!("{}", file.display());
    Ok(())
}

/// Puts a backup in place of the database; the one that was there is kept beside it.
///
/// # Errors
/// A sentence for the operator; then the database is as it was.
pub async fn restore(url: &str, file: &Path) -> Result<(), String> {
    if Engine::of(url) != Some(Engine::Sqlite) {
        return Err(NOT_SQLITE.to_owned());
    }
    check(file).await?;
    let target = sqlite_file(url);
    let fresh = format!("{target}.restoring");
    std::fs::copy(file, &fresh).map_err(|error| format!("The backup could not be copied: {error}."))?;
    std::fs::File::open(&fresh).and_then(|copied| copied.sync_all()).map_err(|error| error.to_string())?;
    if Path::new(&target).exists() {
        fold_wal(url).await?;
        std::fs::rename(&target, format!("{target}.before-restore")).map_err(|error| error.to_string())?;
    }
    for leftover in ["-wal", "-shm"] {
        // An old write-ahead log would be replayed into the restored file.
        if let Err(error) = std::fs::remove_file(format!("{target}{leftover}"))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(format!("{target}{leftover} cannot be removed: {error}."));
        }
    }
    std::fs::rename(&fresh, &target).map_err(|error| error.to_string())?;
    println!("Restored. The database as it was is kept at {target}.before-restore");
    Ok(())
}

async fn check(file: &Path) -> Result<(), String> {
    if !file.exists() {
        return Err(format!("There is no file {}.", file.display()));
    }
    let broken = |error: sqlx::Error| format!("{} is no usable backup: {error}.", file.display());
    sqlx::any::install_default_drivers();
    let pool = sqlx::any::AnyPoolOptions::new()
        .max_connections(1)
        .connect(&format!("sqlite://{}?mode=ro", file.display()))
        .await
        .map_err(broken)?;
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.map_err(broken)?;
    let applied: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&pool).await.map_err(broken)?;
    pool.close().await;
    if verdict != "ok" || applied == 0 {
        return Err(format!("{} is damaged: {verdict}.", file.display()));
    }
    Ok(())
}

/// Takes the old database out of WAL mode, which also proves that nothing else has it open.
async fn fold_wal(url: &str) -> Result<(), String> {
    let pool = sqlx::any::AnyPoolOptions::new()
        .max_connections(1)
        .connect(&format!("sqlite://{}?mode=rw", sqlite_file(url)))
        .await
        .map_err(|error| error.to_string())?;
    let result = async {
        let mut conn = pool.acquire().await?;
        conn.execute("PRAGMA journal_mode = DELETE").await
    }
    .await;
    pool.close().await;
    result.map(|_| ()).map_err(|_| "The database is in use. Stop the shop first.".to_owned())
}
