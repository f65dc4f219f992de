//! Codes that merchants explain: their rows, the codes nobody knows, and the events whose reading hangs on
//! either.

use sqlx::FromRow;

use crate::domain::couriers::{Code, Meaning};
use crate::domain::ids::{CourierId, OrderId, ShipmentId, StoreId};
use crate::domain::mappings::{CodeKey, OwnCode, UnknownCode};
use crate::domain::shipping::Leg;
use crate::domain::time::UnixMillis;
use crate::server::db::couriers::meaning_of;
use crate::server::db::events::Author;
use crate::server::db::sql::Sql;
use crate::server::db::tracking::Reading;
use crate::server::db::{Conn, Result};

/// The parts of a code as a statement selects them.
#[derive(Clone, Debug, FromRow)]
struct Parts {
    courier_id: CourierId,
    #[sqlx(try_from = "String")]
    leg: Leg,
    id_space: String,
    raw_type: String,
    raw_status: String,
    raw_code: String,
}

impl Parts {
    fn key(self) -> CodeKey {
        let code = Code { id_space: self.id_space, kind: self.raw_type, text: self.raw_status, code: self.raw_code };
        CodeKey { courier: self.courier_id, leg: self.leg, code }
    }
}

#[derive(FromRow)]
struct UnknownRow {
    #[sqlx(flatten)]
    parts: Parts,
    times: i64,
    first_at: UnixMillis,
    last_at: UnixMillis,
    awb: Option<String>,
    activity: String,
    order_reference: String,
}

/// Codes that nobody knows, met last first, each with its newest event.
///
/// # Errors
/// When the database is away.
pub async fn unknown(conn: &mut Conn, store: Option<&StoreId>, limit: i64) -> Result<Vec<UnknownCode>> {
    let mut sql = Sql::new(
        "SELECT met.courier_id, met.leg, met.id_space, met.raw_type, met.raw_status, met.raw_code, met.times, met.first_at,
            met.last_at, shipments.awb, newest.activity, orders.reference AS order_reference
         FROM (SELECT shipments.courier_id, shipments.leg, said.id_space, said.raw_type, said.raw_status, said.raw_code,
                COUNT(*) AS times, MIN(said.happened_at) AS first_at, MAX(said.happened_at) AS last_at, MAX(said.id) AS newest_id
            FROM tracking_events AS said JOIN shipments ON shipments.id = said.shipment_id
            WHERE said.is_unknown = 1",
    );
    if let Some(store) = store {
        sql.push(" AND said.store_id = ").bind(store);
    }
    sql.push(
        " GROUP BY shipments.courier_id, shipments.leg, said.id_space, said.raw_type, said.raw_status, said.raw_code
            ORDER BY last_at DESC LIMIT ",
    )
    .bind(limit)
    .push(
        ") AS met JOIN tracking_events AS newest ON newest.id = met.newest_id
         JOIN shipments ON shipments.id = newest.shipment_id JOIN orders ON orders.id = shipments.order_id
         ORDER BY met.last_at DESC, met.newest_id",
    );
    let rows: Vec<UnknownRow> = sql.fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| UnknownCode {
            key: row.parts.key(),
            times: row.times,
            first_at: row.first_at,
            last_at: row.last_at,
            order_reference: row.order_reference,
            awb: row.awb,
            activity: row.activity,
        })
        .collect())
}

#[derive(FromRow)]
struct OwnRow {
    id: String,
    #[sqlx(flatten)]
    parts: Parts,
    status: Option<String>,
    is_partial: i64,
    author_kind: String,
    created_at: UnixMillis,
}

impl From<OwnRow> for OwnCode {
    fn from(row: OwnRow) -> Self {
        OwnCode {
            id: row.id,
            key: row.parts.key(),
            meaning: meaning_of(row.status.as_deref(), row.is_partial != 0),
            author_kind: row.author_kind,
            created_at: row.created_at,
        }
    }
}

/// Codes that merchants have explained, newest first.
///
/// # Errors
/// When the database is away.
pub async fn own(conn: &mut Conn, store: Option<&StoreId>) -> Result<Vec<OwnCode>> {
    let mut sql = Sql::new(
        "SELECT id, courier_id, leg, id_space, status_type AS raw_type, status_text AS raw_status,
            status_code AS raw_code, status, is_partial, author_kind, created_at
         FROM courier_codes WHERE 1 = 1",
    );
    if let Some(store) = store {
        sql.push(" AND store_id = ").bind(store);
    }
    sql.push(" ORDER BY created_at DESC, id");
    Ok(sql.fetch_all::<OwnRow>(conn).await?.into_iter().map(OwnCode::from).collect())
}

/// A row to store.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Identity.
    pub id: String,
    /// Whose account.
    pub store_id: StoreId,
    /// The code.
    pub key: CodeKey,
    /// What it means; never that it is unknown.
    pub meaning: Meaning,
    /// Who says so.
    pub author: Author,
}

/// Stores what a code means, in place of what was said about it before.
///
/// # Errors
/// When the database is away; a unique violation when somebody else was quicker.
pub async fn insert(conn: &mut Conn, new: &NewCode, now: UnixMillis) -> Result<()> {
    let (key, code) = (&new.key, &new.key.code);
    sqlx::query(
        "DELETE FROM courier_codes WHERE courier_id = $1 AND leg = $2 AND id_space = $3 AND status_type = $4
            AND status_text = $5 AND status_code = $6",
    )
    .bind(&key.courier)
    .bind(key.leg.code())
    .bind(&code.id_space)
    .bind(&code.kind)
    .bind(&code.text)
    .bind(&code.code)
    .execute(&mut *conn)
    .await?;
    // A row and an event keep a meaning in the same columns.
    let reading = Reading::of(new.meaning, None);
    sqlx::query(
        "INSERT INTO courier_codes (id, store_id, courier_id, leg, id_space, status_type, status_text, status_code, status,
            is_partial, author_kind, author_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&new.id)
    .bind(&new.store_id)
    .bind(&key.courier)
    .bind(key.leg.code())
    .bind(&code.id_space)
    .bind(&code.kind)
    .bind(&code.text)
    .bind(&code.code)
    .bind(reading.status.map(|status| status.code()))
    .bind(i64::from(reading.is_partial))
    .bind(new.author.kind)
    .bind(&new.author.id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a row; false when it is gone already.
///
/// # Errors
/// When the database is away.
pub async fn remove(conn: &mut Conn, id: &str) -> Result<bool> {
    let done = sqlx::query("DELETE FROM courier_codes WHERE id = $1").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// An event whose reading may change with what merchants say about codes.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The event.
    pub id: String,
    /// The order of its parcel.
    pub order_id: OrderId,
    /// The parcel.
    pub shipment_id: ShipmentId,
    /// Its code.
    pub key: CodeKey,
    /// What was made of it.
    pub reading: Reading,
}

#[derive(FromRow)]
struct CandidateRow {
    id: String,
    order_id: OrderId,
    shipment_id: ShipmentId,
    #[sqlx(flatten)]
    parts: Parts,
    status: Option<String>,
    is_unknown: i64,
    is_partial: i64,
    courier_code_id: Option<String>,
}

impl From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        Candidate {
            id: row.id,
            order_id: row.order_id,
            shipment_id: row.shipment_id,
            key: row.parts.key(),
            reading: Reading {
                status: row.status.and_then(|code| code.parse().ok()),
                is_unknown: row.is_unknown != 0,
                is_partial: row.is_partial != 0,
                courier_code_id: row.courier_code_id,
            },
        }
    }
}

/// Events of a store that no table knew or that a merchant's own row has read, after one, in the order of
/// their ids.
///
/// # Errors
/// When the database is away.
pub async fn candidates(conn: &mut Conn, store: &StoreId, after: &str, limit: i64) -> Result<Vec<Candidate>> {
    let mut sql = Sql::new(
        "SELECT said.id, shipments.order_id, said.shipment_id, shipments.courier_id, shipments.leg, said.id_space, said.raw_type,
            said.raw_status, said.raw_code, said.status, said.is_unknown, said.is_partial, said.courier_code_id
         FROM tracking_events AS said JOIN shipments ON shipments.id = said.shipment_id
         WHERE (said.is_unknown = 1 OR said.courier_code_id IS NOT NULL) AND said.store_id = ",
    );
    sql.bind(store).push(" AND said.id > ").bind(after.to_owned()).push(" ORDER BY said.id LIMIT ").bind(limit);
    Ok(sql.fetch_all::<CandidateRow>(conn).await?.into_iter().map(Candidate::from).collect())
}

/// The parcels with an AWB, newest first: two couriers may use one number.
///
/// # Errors
/// When the database is away.
pub async fn with_awb(conn: &mut Conn, awb: &str) -> Result<Vec<(ShipmentId, OrderId)>> {
    sqlx::query_as("SELECT id, order_id FROM shipments WHERE awb = $1 ORDER BY seq DESC")
        .bind(awb)
        .fetch_all(conn)
        .await
}

/// What an event is to be read as, by which version of the built-in table.
pub type NewReading = (String, Reading, i64);

/// Writes what was made of events.
///
/// # Errors
/// When the database is away.
pub async fn set_readings(conn: &mut Conn, readings: &[NewReading]) -> Result<()> {
    for (id, reading, version) in readings {
        sqlx::query(
            "UPDATE tracking_events SET status = $2, is_unknown = $3, is_partial = $4, courier_code_id = $5,
                mapping_version = $6
             WHERE id = $1",
        )
        .bind(id)
        .bind(reading.status.map(|status| status.code()))
        .bind(i64::from(reading.is_unknown))
        .bind(i64::from(reading.is_partial))
        .bind(&reading.courier_code_id)
        .bind(version)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
