//! Brings the schema up to date. Migrations only go forward; the way back is the backup taken
//! before them.

use std::path::PathBuf;

use sqlx::migrate::{Migrate, Migrator};

use crate::domain::time::UnixMillis;
use crate::server::db::{Db, Engine, Result, extras};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// What a migration run did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Versions that were applied.
    pub applied: Vec<i64>,
    /// Where the database as it was before has been saved.
    pub backup: Option<PathBuf>,
}

/// The newest version this program knows.
pub fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Applies what is missing; before that, a SQLite file with data in it is copied to `backups`.
///
/// # Errors
/// When the database refuses, or was migrated by a newer program.
pub async fn run(db: &Db, backups: &std::path::Path, now: UnixMillis) -> Result<Report> {
    let mut conn = db.writer_pool().acquire().await?;
    conn.ensure_migrations_table(&MIGRATIONS.table_name).await.map_err(from_migrate)?;
    let present: Vec<i64> = conn
        .list_applied_migrations(&MIGRATIONS.table_name)
        .await
        .map_err(from_migrate)?
        .iter()
        .map(|migration| migration.version)
        .collect();
    let missing: Vec<i64> =
        MIGRATIONS.iter().map(|migration| migration.version).filter(|version| !present.contains(version)).collect();
    let mut report = Report::default();
    if !missing.is_empty() && !present.is_empty() && db.engine == Engine::Sqlite {
        std::fs::create_dir_all(backups)?;
        let newest = present.iter().max().copied().unwrap_or(0);
        let file = backups.join(format!("before-migration-{newest:04}-{}.db", now.0));
        sqlx::query("VACUUM INTO $1").bind(file.to_string_lossy().into_owned()).execute(&mut *conn).await?;
        report.backup = Some(file);
    }
    MIGRATIONS.run_direct(None, &mut *conn, false).await.map_err(from_migrate)?;
    extras::ensure(&mut conn, db.engine).await?;
    report.applied = missing;
    Ok(report)
}

/// Whether every migration this program knows has been applied.
///
/// # Errors
/// When the database is away.
pub async fn is_current(db: &Db) -> Result<bool> {
    let mut conn = db.read().await?;
    let version: Option<i64> =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations WHERE success").fetch_one(&mut *conn).await?;
    Ok(version >= Some(newest()))
}

fn from_migrate(error: sqlx::migrate::MigrateError) -> sqlx::Error {
    sqlx::Error::Migrate(Box::new(error))
}
