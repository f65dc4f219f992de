//! Papers of parcels, and the riders who come for them: labels, manifests, pickups.

use sqlx::FromRow;

use crate::domain::ids::{BlobId, CourierId, ShipmentId, StoreId};
use crate::domain::shipping::BookingState;
use crate::domain::time::UnixMillis;
use crate::server::db::blobs::{self, Blob};
use crate::server::db::events::Author;
use crate::server::db::shipping::{Shipment, select};
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

/// Media type of every paper.
const PDF: &str = "application/pdf";

/// Keeps the label of a parcel, unless it has one.
///
/// # Errors
/// When the database is away.
pub async fn keep_label(
    conn: &mut Conn,
    shipment: &Shipment,
    ids: (&str, &BlobId),
    bytes: &[u8],
    now: UnixMillis,
) -> Result<()> {
    if label(conn, &shipment.id).await?.is_some() {
        return Ok(());
    }
    let (id, blob_id) = ids;
    let blob = Blob { media_type: PDF.to_owned(), bytes: bytes.to_vec() };
    blobs::insert_private(conn, blob_id, &shipment.store_id, &blob, now).await?;
    sqlx::query(
        "INSERT INTO shipment_documents (id, store_id, shipment_id, kind, is_own, blob_id, created_at, updated_at)
         VALUES ($1, $2, $3, 'label', 0, $4, $5, $5)",
    )
    .bind(id)
    .bind(&shipment.store_id)
    .bind(&shipment.id)
    .bind(blob_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The label of a parcel, if it was fetched.
///
/// # Errors
/// When the database is away.
pub async fn label(conn: &mut Conn, shipment: &ShipmentId) -> Result<Option<Blob>> {
    sqlx::query_as(
        "SELECT blobs.media_type, blobs.bytes FROM shipment_documents
            JOIN blobs ON blobs.id = shipment_documents.blob_id
         WHERE shipment_documents.shipment_id = $1 AND shipment_documents.kind = 'label'
            AND shipment_documents.is_own = 0",
    )
    .bind(shipment)
    .fetch_optional(conn)
    .await
}

/// Which of some parcels have a label here.
///
/// # Errors
/// When the database is away.
pub async fn labelled(conn: &mut Conn, shipments: &[ShipmentId]) -> Result<Vec<ShipmentId>> {
    let mut sql =
        Sql::new("SELECT shipment_id FROM shipment_documents WHERE kind = 'label' AND is_own = 0 AND shipment_id IN ");
    sql.bind_list(shipments);
    Ok(sql.fetch_all::<(ShipmentId,)>(conn).await?.into_iter().map(|(id,)| id).collect())
}

/// A manifest to keep.
#[derive(Clone, Debug)]
pub struct NewManifest {
    /// Identity.
    pub id: String,
    /// Whose it is.
    pub store_id: StoreId,
    /// The courier account it is for.
    pub courier_id: CourierId,
    /// The PDF's identity.
    pub blob_id: BlobId,
    /// Who made it.
    pub author: Author,
}

/// Keeps a manifest and notes it on its parcels.
///
/// # Errors
/// When the database is away.
pub async fn keep_manifest(
    conn: &mut Conn,
    new: &NewManifest,
    shipments: &[ShipmentId],
    bytes: &[u8],
    now: UnixMillis,
) -> Result<()> {
    let blob = Blob { media_type: PDF.to_owned(), bytes: bytes.to_vec() };
    blobs::insert_private(conn, &new.blob_id, &new.store_id, &blob, now).await?;
    sqlx::query(
        "INSERT INTO manifests (id, store_id, courier_id, blob_id, author_kind, author_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&new.id)
    .bind(&new.store_id)
    .bind(&new.courier_id)
    .bind(&new.blob_id)
    .bind(new.author.kind)
    .bind(&new.author.id)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    let mut sql = Sql::new("UPDATE shipments SET manifest_id = ");
    sql.bind(new.id.clone()).push(", updated_at = ").bind(now).push(" WHERE id IN ").bind_list(shipments);
    sql.execute(conn).await?;
    Ok(())
}

/// A manifest's PDF and whose it is.
///
/// # Errors
/// When the database is away.
pub async fn manifest(conn: &mut Conn, id: &str) -> Result<Option<(StoreId, Blob)>> {
    let row: Option<(StoreId, String, Vec<u8>)> = sqlx::query_as(
        "SELECT manifests.store_id, blobs.media_type, blobs.bytes FROM manifests
            JOIN blobs ON blobs.id = manifests.blob_id WHERE manifests.id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(store, media_type, bytes)| (store, Blob { media_type, bytes })))
}

/// A manifest in a list.
#[derive(Clone, Debug, FromRow)]
pub struct ListedManifest {
    /// Identity.
    pub id: String,
    /// The courier account it is for.
    pub courier_id: CourierId,
    /// When it was made.
    pub created_at: UnixMillis,
    /// Parcels on it and on no later one.
    pub parcels: i64,
}

/// The latest manifests, of one store or of all.
///
/// # Errors
/// When the database is away.
pub async fn manifests(conn: &mut Conn, store: Option<&StoreId>, limit: i64) -> Result<Vec<ListedManifest>> {
    let mut sql = Sql::new(
        "SELECT manifests.id, manifests.courier_id, manifests.created_at,
            (SELECT COUNT(*) FROM shipments WHERE shipments.manifest_id = manifests.id) AS parcels FROM manifests",
    );
    if let Some(store) = store {
        sql.push(" WHERE manifests.store_id = ").bind(store);
    }
    sql.push(" ORDER BY manifests.created_at DESC, manifests.id LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}

/// A request for a rider, as it begins.
#[derive(Clone, Debug)]
pub struct NewPickup {
    /// Identity.
    pub id: String,
    /// Whose it is.
    pub store_id: StoreId,
    /// The courier account.
    pub courier_id: CourierId,
    /// Who asked.
    pub author: Author,
}

/// Writes down that a rider is about to be asked for.
///
/// # Errors
/// When the database is away.
pub async fn begin_pickup(conn: &mut Conn, new: &NewPickup, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO pickups (id, store_id, courier_id, booking_state, author_kind, author_id, created_at, updated_at)
         VALUES ($1, $2, $3, 'in_flight', $4, $5, $6, $6)",
    )
    .bind(&new.id)
    .bind(&new.store_id)
    .bind(&new.courier_id)
    .bind(new.author.kind)
    .bind(&new.author.id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// What came of asking for a rider.
#[derive(Clone, Debug)]
pub struct PickupOutcome {
    /// Booked, refused or unknown.
    pub state: BookingState,
    /// What the courier calls it.
    pub reference: Option<String>,
    /// When the rider comes.
    pub scheduled_at: Option<UnixMillis>,
    /// Why not, if not.
    pub error: Option<String>,
}

/// Writes down what came of it.
///
/// # Errors
/// When the database is away.
pub async fn settle_pickup(conn: &mut Conn, id: &str, outcome: &PickupOutcome, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "UPDATE pickups SET booking_state = $2, courier_reference = $3, scheduled_at = $4, error_message = $5,
            updated_at = $6 WHERE id = $1",
    )
    .bind(id)
    .bind(outcome.state.code())
    .bind(&outcome.reference)
    .bind(outcome.scheduled_at)
    .bind(&outcome.error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes on a parcel which rider comes for it, and when.
///
/// # Errors
/// When the database is away.
pub async fn set_pickup(
    conn: &mut Conn,
    shipment: &ShipmentId,
    pickup: &str,
    at: UnixMillis,
    now: UnixMillis,
) -> Result<()> {
    sqlx::query("UPDATE shipments SET pickup_id = $2, pickup_scheduled_at = $3, updated_at = $4 WHERE id = $1")
        .bind(shipment)
        .bind(pickup)
        .bind(at)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that the courier was told what to do about a failed attempt.
///
/// # Errors
/// When the database is away.
pub async fn set_ndr_answered(conn: &mut Conn, shipment: &ShipmentId, now: UnixMillis) -> Result<()> {
    sqlx::query("UPDATE shipments SET ndr_answered_at = $2, updated_at = $2 WHERE id = $1")
        .bind(shipment)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Booked parcels that wait to be handed over, oldest booking first.
///
/// # Errors
/// When the database is away.
pub async fn waiting_for_handover(conn: &mut Conn, store: Option<&StoreId>, limit: i64) -> Result<Vec<Shipment>> {
    let mut sql = select();
    sql.push(
        " WHERE status IN ('pending', 'ready_to_ship') AND booking_state = 'booked' AND released_at IS NULL
            AND awb IS NOT NULL",
    );
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    sql.push(" ORDER BY seq LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}
