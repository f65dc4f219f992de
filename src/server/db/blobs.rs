//! Stored files: product pictures, and the papers of parcels.

use sqlx::FromRow;

use crate::domain::ids::{BlobId, StoreId};
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// A file with its bytes.
#[derive(Clone, Debug, FromRow)]
pub struct Blob {
    /// Media type as it is served.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A file that everybody with its link may see.
///
/// # Errors
/// When the database is away.
pub async fn find_public(conn: &mut Conn, id: &str) -> Result<Option<Blob>> {
    sqlx::query_as("SELECT media_type, bytes FROM blobs WHERE id = $1 AND is_public = 1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Saves a file that everybody with its link may see.
///
/// # Errors
/// When the database is away.
pub async fn insert_public(conn: &mut Conn, id: &BlobId, store: &StoreId, blob: &Blob, now: UnixMillis) -> Result<()> {
    insert(conn, id, store, blob, true, now).await
}

/// Saves a file that only the store's staff may see, by a route of its own.
///
/// # Errors
/// When the database is away.
pub async fn insert_private(conn: &mut Conn, id: &BlobId, store: &StoreId, blob: &Blob, now: UnixMillis) -> Result<()> {
    insert(conn, id, store, blob, false, now).await
}

async fn insert(
    conn: &mut Conn,
    id: &BlobId,
    store: &StoreId,
    blob: &Blob,
    is_public: bool,
    now: UnixMillis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO blobs (id, store_id, media_type, bytes, byte_count, is_public, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(store)
    .bind(&blob.media_type)
    .bind(blob.bytes.as_slice())
    .bind(i64::try_from(blob.bytes.len()).unwrap_or(i64::MAX))
    .bind(i64::from(is_public))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
