//! What was said about parcels, and the questions it raised.

use sqlx::FromRow;

use crate::domain::couriers::{Code, Meaning};
use crate::domain::ids::{OrderId, ShipmentId, StoreId};
use crate::domain::shipping::ShipmentStatus;
use crate::domain::time::UnixMillis;
use crate::domain::tracking::{CaseKind, FoldedCase, TrackingEvent};
use crate::server::db::events::Author;
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Result};

/// What was made of a code: all that a new mapping changes of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What it means.
    pub status: Option<ShipmentStatus>,
    /// A code nobody knows.
    pub is_unknown: bool,
    /// Delivered in part.
    pub is_partial: bool,
    /// The merchant's own row by which it was read, if it was not the built-in table.
    pub courier_code_id: Option<String>,
}

impl Reading {
    /// A meaning as the columns of an event.
    pub fn of(meaning: Meaning, courier_code_id: Option<String>) -> Reading {
        let (status, is_partial) = match meaning {
            Meaning::Is(status) => (Some(status), false),
            Meaning::PartlyDelivered => (Some(ShipmentStatus::Delivered), true),
            Meaning::Nothing | Meaning::Unknown => (None, false),
        };
        Reading { status, is_unknown: meaning == Meaning::Unknown, is_partial, courier_code_id }
    }

    /// The meaning in these columns.
    pub fn meaning(&self) -> Meaning {
        match self.status {
            Some(_) if self.is_partial => Meaning::PartlyDelivered,
            Some(status) => Meaning::Is(status),
            None if self.is_unknown => Meaning::Unknown,
            None => Meaning::Nothing,
        }
    }
}

/// An event to store.
#[derive(Clone, Debug)]
pub struct NewTrackingEvent {
    /// Identity, made from the content.
    pub id: String,
    /// Whose parcel.
    pub store_id: StoreId,
    /// The parcel.
    pub shipment_id: ShipmentId,
    /// Code of `event_sources`.
    pub source: &'static str,
    /// When it happened.
    pub happened_at: UnixMillis,
    /// The courier's code.
    pub code: Code,
    /// What it means.
    pub reading: Reading,
    /// Version of the built-in table when it was read.
    pub mapping_version: i64,
    /// A person's decision.
    pub is_correction: bool,
    /// The courier's words, possibly empty.
    pub activity: String,
    /// Where, possibly empty.
    pub location: String,
    /// What a person wrote with it, possibly empty.
    pub note: String,
    /// Who, if it is a person's.
    pub author: Option<Author>,
    /// The delivery it came in.
    pub webhook_id: Option<String>,
}

/// Stores events; those that are stored already stay as they are.
///
/// # Errors
/// When the database is away.
pub async fn insert_events(conn: &mut Conn, events: &[NewTrackingEvent], now: UnixMillis) -> Result<()> {
    let head = "INSERT INTO tracking_events (id, store_id, shipment_id, source, happened_at, received_at, id_space,
            raw_type, raw_status, raw_code, status, is_unknown, is_partial, mapping_version, is_correction, activity, location,
            note, author_kind, author_id, webhook_id, courier_code_id) VALUES";
    sql::write_rows(conn, (head, "ON CONFLICT (id) DO NOTHING"), events, |sql, event| {
        sql.bind(event.id.clone()).push(", ").bind(&event.store_id).push(", ").bind(&event.shipment_id).push(", ");
        sql.bind(event.source).push(", ").bind(event.happened_at).push(", ").bind(now).push(", ");
        sql.bind(event.code.id_space.clone()).push(", ").bind(event.code.kind.clone()).push(", ");
        sql.bind(event.code.text.clone()).push(", ").bind(event.code.code.clone()).push(", ");
        let reading = &event.reading;
        sql.bind(reading.status.map(ShipmentStatus::code)).push(", ");
        sql.bind(i64::from(reading.is_unknown)).push(", ").bind(i64::from(reading.is_partial)).push(", ");
        sql.bind(event.mapping_version).push(", ");
        sql.bind(i64::from(event.is_correction)).push(", ").bind(event.activity.clone()).push(", ");
        sql.bind(event.location.clone()).push(", ").bind(event.note.clone()).push(", ");
        sql.bind(event.author.as_ref().map(|author| author.kind)).push(", ");
        sql.bind(event.author.as_ref().and_then(|author| author.id.clone())).push(", ");
        sql.bind(event.webhook_id.clone()).push(", ").bind(reading.courier_code_id.clone());
    })
    .await?;
    Ok(())
}

/// Stands between the parts of a code that is read as one column; what couriers say is kept without control
/// characters.
const PART: char = '\u{1f}';
const IS_UNKNOWN: i64 = 1;
const IS_PARTIAL: i64 = 2;
const IS_CORRECTION: i64 = 4;

/// A stored event with what the fold needs and what tells observations apart.
#[derive(Clone, Debug, FromRow)]
pub struct StoredEvent {
    /// Identity.
    pub id: String,
    /// The parcel.
    pub shipment_id: ShipmentId,
    /// Code of `event_sources`.
    pub source: String,
    /// When it happened.
    pub happened_at: UnixMillis,
    code: String,
    status: Option<String>,
    marks: i64,
    courier_code_id: Option<String>,
}

impl StoredEvent {
    /// The courier's code.
    pub fn code(&self) -> Code {
        let [id_space, kind, text, code] = self.parts().map(str::to_owned);
        Code { id_space, kind, text, code }
    }

    /// Whether the courier said the same, in whichever space of numbers.
    pub fn says(&self, said: &Code) -> bool {
        let [_, kind, text, code] = self.parts();
        kind == said.kind && text == said.text && code == said.code
    }

    /// The courier's word: its text, or its number where it has none.
    pub fn word(&self) -> &str {
        let [_, _, text, code] = self.parts();
        if text.is_empty() { code } else { text }
    }

    fn parts(&self) -> [&str; 4] {
        let mut parts = self.code.splitn(4, PART);
        [(); 4].map(|()| parts.next().unwrap_or(""))
    }

    /// What was made of it.
    pub fn reading(&self) -> Reading {
        Reading {
            status: self.status.as_deref().and_then(|code| code.parse().ok()),
            is_unknown: self.is(IS_UNKNOWN),
            is_partial: self.is(IS_PARTIAL),
            courier_code_id: self.courier_code_id.clone(),
        }
    }

    /// Makes something else of it.
    pub fn read_as(&mut self, reading: &Reading) {
        self.status = reading.status.map(|status| status.code().to_owned());
        self.marks = marks(reading, self.is(IS_CORRECTION));
        self.courier_code_id.clone_from(&reading.courier_code_id);
    }

    /// As the fold sees it.
    pub fn folding(&self) -> TrackingEvent {
        TrackingEvent {
            id: self.id.clone(),
            at: self.happened_at,
            status: self.status.as_deref().and_then(|code| code.parse().ok()),
            is_partial: self.is(IS_PARTIAL),
            is_unknown: self.is(IS_UNKNOWN),
            is_correction: self.is(IS_CORRECTION),
        }
    }

    fn is(&self, mark: i64) -> bool {
        self.marks & mark != 0
    }
}

fn marks(reading: &Reading, is_correction: bool) -> i64 {
    IS_UNKNOWN * i64::from(reading.is_unknown)
        + IS_PARTIAL * i64::from(reading.is_partial)
        + IS_CORRECTION * i64::from(is_correction)
}

impl From<&NewTrackingEvent> for StoredEvent {
    fn from(event: &NewTrackingEvent) -> Self {
        let code = &event.code;
        let parts = [&code.id_space, &code.kind, &code.text, &code.code].map(String::as_str);
        StoredEvent {
            id: event.id.clone(),
            shipment_id: event.shipment_id.clone(),
            source: event.source.to_owned(),
            happened_at: event.happened_at,
            code: parts.join(&PART.to_string()),
            status: event.reading.status.map(|status| status.code().to_owned()),
            marks: marks(&event.reading, event.is_correction),
            courier_code_id: event.reading.courier_code_id.clone(),
        }
    }
}

/// Every event of some parcels, each parcel's in the order in which they happened.
///
/// All of a parcel's past is read for each word about it, and every column of a row costs as much as finding
/// it: they are few.
///
/// # Errors
/// When the database is away.
pub async fn of_shipments(conn: &mut Conn, shipments: &[ShipmentId]) -> Result<Vec<StoredEvent>> {
    let mut sql = Sql::new(
        "SELECT id, shipment_id, source, happened_at, status, courier_code_id,
            id_space || '\u{1f}' || raw_type || '\u{1f}' || raw_status || '\u{1f}' || raw_code AS code,
            is_unknown + 2 * is_partial + 4 * is_correction AS marks
         FROM tracking_events WHERE shipment_id IN ",
    );
    sql.bind_list(shipments).push(" ORDER BY shipment_id, happened_at, id");
    sql.fetch_all(conn).await
}

/// A case as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct StoredCase {
    /// Identity.
    pub id: String,
    /// The order.
    pub order_id: OrderId,
    /// The parcel.
    pub shipment_id: Option<ShipmentId>,
    /// What about.
    #[sqlx(try_from = "String")]
    pub kind: CaseKind,
    /// The event that opened it.
    pub event_id: Option<String>,
    /// When it was opened.
    pub opened_at: UnixMillis,
    /// When it was closed.
    pub closed_at: Option<UnixMillis>,
    /// Who closed it, if a person did.
    pub closed_by_kind: Option<String>,
}

/// Every case of some parcels.
///
/// # Errors
/// When the database is away.
pub async fn cases_of_shipments(conn: &mut Conn, shipments: &[ShipmentId]) -> Result<Vec<StoredCase>> {
    let mut sql = Sql::new(
        "SELECT id, order_id, shipment_id, kind, event_id, opened_at, closed_at, closed_by_kind FROM cases WHERE shipment_id IN ",
    );
    sql.bind_list(shipments);
    sql.fetch_all(conn).await
}

/// Opens a case; nothing happens when the same one is open.
///
/// # Errors
/// When the database is away.
pub async fn open_case(
    conn: &mut Conn,
    id: &str,
    (store, order, shipment): (&StoreId, &OrderId, Option<&ShipmentId>),
    case: &FoldedCase,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO cases (id, store_id, order_id, shipment_id, kind, event_id, opened_at, closed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(store)
    .bind(order)
    .bind(shipment)
    .bind(case.kind.code())
    .bind((!case.event_id.is_empty()).then_some(&case.event_id))
    .bind(case.opened_at)
    .bind(case.closed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes a case, by events (`author` is none) or by a person; one that a person has closed stays so.
///
/// # Errors
/// When the database is away.
pub async fn close_case(
    conn: &mut Conn,
    id: &str,
    author: Option<&Author>,
    resolution: &str,
    at: Option<UnixMillis>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE cases SET version = version + 1, closed_at = $2, closed_by_kind = $3, closed_by_id = $4, resolution = $5
         WHERE id = $1 AND closed_by_kind IS NULL",
    )
    .bind(id)
    .bind(at)
    .bind(author.map(|author| author.kind))
    .bind(author.and_then(|author| author.id.clone()))
    .bind(resolution)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes back a case that the events no longer raise and no person has touched.
///
/// # Errors
/// When the database is away.
pub async fn withdraw_case(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM cases WHERE id = $1 AND closed_by_kind IS NULL").bind(id).execute(conn).await?;
    Ok(())
}

/// A case with whose it is.
///
/// # Errors
/// When the database is away.
pub async fn find_case(conn: &mut Conn, id: &str) -> Result<Option<(StoredCase, StoreId)>> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        case: StoredCase,
        store_id: StoreId,
    }
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, order_id, shipment_id, kind, event_id, opened_at, closed_at, closed_by_kind, store_id FROM cases WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.case, row.store_id)))
}
