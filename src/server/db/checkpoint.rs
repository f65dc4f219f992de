//! Folding SQLite's log into its file, beside the work.
//!
//! SQLite itself would do it within whichever commit makes the log long enough, and everybody behind that
//! commit would wait for the disk (measured: a tenth of a second, under load every few seconds).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::AnyPool;

use crate::server::db::{Conn, Result};

/// How often the log is looked at.
const EVERY: Duration = Duration::from_millis(200);
/// Pages of 4 kB that are worth a fold: many changes of one page are one write.
const FOLD_FROM_PAGES: i64 = 2_000;
/// Pages from which the log is to begin anew: it would grow for as long as writes never cease.
const RESTART_FROM_PAGES: i64 = 16_000;

/// What SQLite answers: whether it was kept from finishing, pages in the log, pages of those in the file.
type Answer = (i64, i64, i64);

/// Whether the writer is to fold the rest of the log before it goes on.
///
/// With nothing left to fold its next write begins the log anew. Another connection could do that only by
/// waiting for a gap between writes.
#[derive(Clone, Debug, Default)]
pub struct Rest(Arc<AtomicBool>);

impl Rest {
    /// Folds the rest by the writer's own connection, between two transactions, if that is wanted.
    pub async fn fold_if_wanted(&self, writer: &AnyPool) {
        if !self.0.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Ok(mut conn) = writer.acquire().await {
            let _ = checkpoint(&mut conn).await;
        }
    }
}

/// Starts folding by a connection of its own; ends when its pool is closed.
pub fn start(pool: AnyPool, rest: Rest) {
    tokio::spawn(async move {
        while !pool.is_closed() {
            tokio::time::sleep(EVERY).await;
            // The next round tries again; the log is as durable as the file.
            let _ = fold(&pool, &rest).await;
        }
    });
}

async fn fold(pool: &AnyPool, rest: &Rest) -> Result<()> {
    let mut conn = pool.acquire().await?;
    let (_, pages, folded): Answer = sqlx::query_as("PRAGMA wal_checkpoint(NOOP)").fetch_one(&mut *conn).await?;
    if pages - folded < FOLD_FROM_PAGES && pages < RESTART_FROM_PAGES {
        return Ok(());
    }
    let (_, pages, _) = checkpoint(&mut conn).await?;
    if pages >= RESTART_FROM_PAGES {
        rest.0.store(true, Ordering::Relaxed);
    }
    Ok(())
}

async fn checkpoint(conn: &mut Conn) -> Result<Answer> {
    sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(conn).await
}
