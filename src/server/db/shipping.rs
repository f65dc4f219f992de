//! Parcels: their booking, their numbers and their folded state.

use sqlx::FromRow;

use crate::domain::couriers::{Booking, Numbers, ParcelSize};
use crate::domain::ids::{CourierId, OrderId, ShipmentId, StoreId};
use crate::domain::money::{Currency, Minor};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus, is_live};
use crate::domain::time::UnixMillis;
use crate::domain::tracking::Folded;
use crate::server::db::events::Author;
use crate::server::db::sql::{self, Sql};
use crate::server::db::{Conn, Engine, Result};

/// A parcel as rules see it.
#[derive(Clone, Debug, FromRow)]
pub struct Shipment {
    /// Identity.
    pub id: ShipmentId,
    /// Whose it is.
    pub store_id: StoreId,
    /// The order in it.
    pub order_id: OrderId,
    /// The courier account.
    pub courier_id: CourierId,
    /// Which way it goes.
    #[sqlx(try_from = "String")]
    pub leg: Leg,
    /// Which booking of this parcel it is, from 1.
    pub booking: i64,
    /// How the booking stands.
    #[sqlx(try_from = "String")]
    pub booking_state: BookingState,
    /// Our reference at the courier.
    pub our_reference: Option<String>,
    /// Its number.
    pub awb: Option<String>,
    /// Its second number.
    pub courier_tracking_code: Option<String>,
    /// The courier's id of the order.
    pub courier_order_id: Option<String>,
    /// The courier's id of the shipment.
    pub courier_shipment_id: Option<String>,
    /// The courier's service that was chosen.
    pub service_id: Option<String>,
    /// When the courier was last about to be asked to book it.
    pub in_flight_at: Option<UnixMillis>,
    /// When another booking took its place.
    pub released_at: Option<UnixMillis>,
    /// Bookings tried so far.
    pub retry_count: i64,
    /// State.
    #[sqlx(try_from = "String")]
    pub status: ShipmentStatus,
    /// The event that made it.
    pub status_event_id: Option<String>,
    /// A person's "do not sync".
    pub is_pinned: i64,
    /// When its courier last pushed news of it.
    pub last_push_at: Option<UnixMillis>,
    /// Currency of the amounts.
    #[sqlx(try_from = "String")]
    pub currency: Currency,
    /// What the rider collects.
    pub cod_amount_minor: Minor,
    /// When it was booked or attached.
    pub created_at: UnixMillis,
}

impl Shipment {
    /// What the courier calls it.
    pub fn numbers(&self) -> Numbers {
        Numbers {
            awb: self.awb.clone(),
            tracking_code: self.courier_tracking_code.clone(),
            courier_order_id: self.courier_order_id.clone(),
            courier_shipment_id: self.courier_shipment_id.clone(),
            reference: self.our_reference.clone(),
        }
    }

    /// Whether it may be with the courier now: the one live booking of its parcel.
    pub fn is_live(&self) -> bool {
        is_live(self.released_at.is_some(), self.booking_state, self.status)
    }
}

const COLUMNS: &str =
    "id, store_id, order_id, courier_id, leg, booking, booking_state, our_reference, awb, courier_tracking_code,
    courier_order_id, courier_shipment_id, service_id, in_flight_at, released_at, retry_count, status, status_event_id,
    is_pinned, last_push_at, currency, cod_amount_minor, created_at";

/// The statement that reads parcels, up to its conditions.
pub(super) fn select() -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM shipments");
    sql
}

/// A parcel to save.
#[derive(Clone, Debug)]
pub struct NewShipment {
    /// Identity.
    pub id: ShipmentId,
    /// Newest-first order.
    pub seq: i64,
    /// Whose it is.
    pub store_id: StoreId,
    /// The order in it.
    pub order_id: OrderId,
    /// The courier account.
    pub courier_id: CourierId,
    /// Which booking it is, from 1.
    pub booking: i64,
    /// How the booking stands.
    pub booking_state: BookingState,
    /// Our reference at the courier; none for a number that was booked elsewhere.
    pub our_reference: Option<String>,
    /// Its number, if it has one already.
    pub awb: Option<String>,
    /// The courier's service that was chosen.
    pub service_id: Option<String>,
    /// State.
    pub status: ShipmentStatus,
    /// Weight in grams.
    pub weight_grams: i64,
    /// Packed size in millimetres.
    pub size_mm: (i64, i64, i64),
    /// Currency of the amounts.
    pub currency: Currency,
    /// What the rider collects.
    pub cod_amount: Minor,
    /// What it is worth.
    pub declared_value: Minor,
    /// Who made it.
    pub author: Author,
}

/// Saves a parcel with all lines of its order.
///
/// # Errors
/// A unique violation when the parcel has a current booking already (`shipments_current`), or the AWB
/// is another parcel's (`shipments_awb`).
pub async fn insert(conn: &mut Conn, new: &NewShipment, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO shipments (id, seq, store_id, order_id, courier_id, leg, booking, booking_state, our_reference, awb,
            service_id, in_flight_at, booked_at, status, status_at, weight_grams, length_mm, width_mm, height_mm, currency,
            cod_amount_minor, declared_value_minor, author_kind, author_id, created_at, updated_at, next_poll_at)
         VALUES ($1, $2, $3, $4, $5, 'forward', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23, $14, $14, $24)",
    )
    .bind(&new.id)
    .bind(new.seq)
    .bind(&new.store_id)
    .bind(&new.order_id)
    .bind(&new.courier_id)
    .bind(new.booking)
    .bind(new.booking_state.code())
    .bind(&new.our_reference)
    .bind(&new.awb)
    .bind(&new.service_id)
    .bind((new.booking_state == BookingState::InFlight).then_some(now))
    .bind((new.booking_state == BookingState::Booked).then_some(now))
    .bind(new.status.code())
    .bind(now)
    .bind(new.weight_grams.max(1))
    .bind(new.size_mm.0.max(1))
    .bind(new.size_mm.1.max(1))
    .bind(new.size_mm.2.max(1))
    .bind(new.currency.code())
    .bind(new.cod_amount)
    .bind(new.declared_value)
    .bind(new.author.kind)
    .bind(&new.author.id)
    .bind((new.booking_state == BookingState::Booked).then_some(now))
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO shipment_items (shipment_id, order_item_id, store_id, quantity)
         SELECT $1, id, $2, quantity FROM order_items WHERE order_id = $3",
    )
    .bind(&new.id)
    .bind(&new.store_id)
    .bind(&new.order_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a parcel; the first statement of every change of it, after the lock of its order.
///
/// # Errors
/// When the database is away.
pub async fn lock(conn: &mut Conn, id: &ShipmentId) -> Result<Option<Shipment>> {
    sqlx::query("UPDATE shipments SET version = version + 1 WHERE id = $1").bind(id).execute(&mut *conn).await?;
    find(conn, id).await
}

/// Locks several parcels, in the order of their ids. `ids` must be sorted.
///
/// # Errors
/// When the database is away.
pub async fn lock_many(conn: &mut Conn, engine: Engine, ids: &[ShipmentId]) -> Result<Vec<Shipment>> {
    let mut sql = select();
    sql.push(" WHERE id IN ").bind_list(ids).push(" ORDER BY id");
    // SQLite has one writer, which this is.
    if engine == Engine::Postgres {
        sql.push(" FOR UPDATE");
    }
    sql.fetch_all(conn).await
}

/// The parcel with an id.
///
/// # Errors
/// When the database is away.
pub async fn find(conn: &mut Conn, id: &ShipmentId) -> Result<Option<Shipment>> {
    let mut sql = select();
    sql.push(" WHERE id = ").bind(id);
    Ok(sql.fetch_all(conn).await?.pop())
}

/// Every parcel of some orders, newest booking first.
///
/// # Errors
/// When the database is away.
pub async fn of_orders(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Shipment>> {
    let mut sql = select();
    sql.push(" WHERE order_id IN ").bind_list(orders).push(" ORDER BY order_id, booking DESC, id");
    sql.fetch_all(conn).await
}

/// Weight in grams and size of a parcel as it was packed.
///
/// # Errors
/// When the database is away.
pub async fn measures(conn: &mut Conn, id: &ShipmentId) -> Result<Option<(i64, ParcelSize)>> {
    let row: Option<(i64, i64, i64, i64)> =
        sqlx::query_as("SELECT weight_grams, length_mm, width_mm, height_mm FROM shipments WHERE id = $1")
            .bind(id)
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(grams, length_mm, width_mm, height_mm)| (grams, ParcelSize { length_mm, width_mm, height_mm })))
}

/// Numbers by which couriers mean parcels.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// AWBs.
    pub awbs: Vec<String>,
    /// References of ours.
    pub references: Vec<String>,
    /// The couriers' ids of orders.
    pub order_ids: Vec<String>,
    /// Second numbers.
    pub tracking_codes: Vec<String>,
}

/// The orders whose parcels any of the numbers means at an account.
///
/// # Errors
/// When the database is away.
pub async fn orders_of(conn: &mut Conn, courier: &CourierId, wanted: &Wanted) -> Result<Vec<OrderId>> {
    // A look-up by index each; an OR over the columns would make a scan of it.
    let mut found = Vec::new();
    for (condition, numbers) in [
        (" AND awb IN ", &wanted.awbs),
        (" AND our_reference IN ", &wanted.references),
        (" AND courier_order_id IN ", &wanted.order_ids),
        (" AND courier_tracking_code IN ", &wanted.tracking_codes),
    ] {
        if !numbers.is_empty() {
            let mut sql = Sql::new("SELECT order_id FROM shipments WHERE courier_id = ");
            sql.bind(courier).push(condition).bind_list(numbers);
            found.extend(sql.fetch_all::<(OrderId,)>(conn).await?.into_iter().map(|(order,)| order));
        }
    }
    Ok(found)
}

/// Writes the outcome of a booking that was in flight or unknown; false when somebody else has settled
/// it since (`attempt` is the count of tries it belongs to).
///
/// One that was refused to a later try is booked all the same when the answer to an earlier one says so.
///
/// # Errors
/// When the database is away, or a unique violation when the AWB is another parcel's.
pub async fn settle_booking(
    conn: &mut Conn,
    shipment: &Shipment,
    state: BookingState,
    error: Option<&str>,
    now: UnixMillis,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE shipments SET booking_state = $3, error_message = $4, updated_at = $5, version = version + 1,
            booked_at = CASE WHEN $3 = 'booked' THEN COALESCE(booked_at, $5) ELSE booked_at END,
            next_poll_at = CASE WHEN $3 = 'booked' THEN CAST($5 AS BIGINT) ELSE next_poll_at END,
            in_flight_at = CASE WHEN $3 = 'in_flight' THEN CAST($5 AS BIGINT) ELSE in_flight_at END,
            retry_count = retry_count + CASE WHEN $3 = 'in_flight' THEN 1 ELSE 0 END
         WHERE id = $1 AND retry_count = $2 AND released_at IS NULL
            AND (booking_state IN ('in_flight', 'unknown') OR ($3 = 'booked' AND booking_state = 'refused'))",
    )
    .bind(&shipment.id)
    .bind(shipment.retry_count)
    .bind(state.code())
    .bind(error)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds the numbers a courier gave; what is there already stays. With the AWB goes the reason why there
/// was none.
///
/// # Errors
/// A unique violation when the AWB is another parcel's.
pub async fn add_numbers(conn: &mut Conn, id: &ShipmentId, booking: &Booking, now: UnixMillis) -> Result<()> {
    let numbers = &booking.numbers;
    sqlx::query(
        "UPDATE shipments SET awb = COALESCE(awb, CAST($2 AS TEXT)), courier_tracking_code = COALESCE(courier_tracking_code, $3),
            courier_order_id = COALESCE(courier_order_id, $4), courier_shipment_id = COALESCE(courier_shipment_id, $5),
            carrier_name = COALESCE(carrier_name, $6), charged_cost_minor = COALESCE($7, charged_cost_minor), updated_at = $8,
            error_message = CASE WHEN awb IS NULL AND CAST($2 AS TEXT) IS NOT NULL THEN NULL ELSE error_message END,
            next_awb_at = CASE WHEN CAST($2 AS TEXT) IS NOT NULL THEN NULL ELSE next_awb_at END
         WHERE id = $1",
    )
    .bind(id)
    .bind(&numbers.awb)
    .bind(&numbers.tracking_code)
    .bind(&numbers.courier_order_id)
    .bind(&numbers.courier_shipment_id)
    .bind(&booking.carrier_name)
    .bind(booking.charged_cost)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a booking's claim to its parcel, so that another one can be made.
///
/// # Errors
/// When the database is away.
pub async fn release(conn: &mut Conn, id: &ShipmentId, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "UPDATE shipments SET released_at = COALESCE(released_at, $2), next_poll_at = NULL, next_awb_at = NULL, updated_at = $2
         WHERE id = $1",
    )
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes when a parcel was given to the courier.
///
/// # Errors
/// When the database is away.
pub async fn set_handed_over(conn: &mut Conn, id: &ShipmentId, now: UnixMillis) -> Result<()> {
    sqlx::query("UPDATE shipments SET handed_over_at = COALESCE(handed_over_at, $2), updated_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// What a fold and its circumstances leave on a parcel.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The parcel.
    pub id: ShipmentId,
    /// What its events come to.
    pub folded: Folded,
    /// The courier's own word for the state, if it is new.
    pub raw_status: Option<String>,
    /// When the courier expects to deliver it, if it said so.
    pub expected_delivery_at: Option<UnixMillis>,
    /// When it is to be asked for next; `None` when it never is again.
    pub next_poll_at: Option<UnixMillis>,
    /// When the courier pushed news of it, if this is such news.
    pub pushed_at: Option<UnixMillis>,
    /// When it was asked for, if this is the answer.
    pub polled_at: Option<UnixMillis>,
}

/// Writes the folded states of parcels, all in one statement.
///
/// # Errors
/// When the database is away.
pub async fn set_standings(conn: &mut Conn, standings: &[Standing], now: UnixMillis) -> Result<()> {
    for lot in sql::lots(standings) {
        let mut sql = Sql::new(
            "UPDATE shipments SET version = version + 1, status = fresh.column2, status_event_id = fresh.column3,
                status_at = COALESCE(fresh.column4, shipments.status_at), delivery_attempts = fresh.column5,
                is_disputed = fresh.column6, is_partial = fresh.column7, delivered_at = fresh.column8,
                last_event_at = fresh.column9, raw_status = COALESCE(fresh.column10, shipments.raw_status),
                expected_delivery_at = COALESCE(fresh.column11, shipments.expected_delivery_at),
                next_poll_at = fresh.column12, last_push_at = COALESCE(fresh.column13, shipments.last_push_at),
                last_polled_at = COALESCE(fresh.column14, shipments.last_polled_at), updated_at = ",
        );
        sql.bind(now).push(" FROM (VALUES ");
        sql.bind_rows(lot, |sql, one| {
            let folded = &one.folded;
            sql.bind(&one.id).push(", ").bind(folded.status.code()).push(", ");
            sql.bind(folded.status_event.clone()).push(", ");
            sql.bind(folded.status_at).push(", ").bind(folded.attempts).push(", ");
            sql.bind(i64::from(folded.is_disputed)).push(", ").bind(i64::from(folded.is_partial)).push(", ");
            sql.bind(folded.delivered_at).push(", ").bind(folded.last_event_at).push(", ");
            sql.bind(one.raw_status.clone()).push(", ").bind(one.expected_delivery_at).push(", ");
            sql.bind(one.next_poll_at).push(", ").bind(one.pushed_at).push(", ").bind(one.polled_at);
        });
        sql.push(") AS fresh WHERE shipments.id = fresh.column1");
        sql.execute(conn).await?;
    }
    Ok(())
}

/// Bookings that were begun before an instant and neither settled nor called off: after a crash, nobody knows
/// of them.
///
/// # Errors
/// When the database is away.
pub async fn stuck_bookings(conn: &mut Conn, before: UnixMillis, limit: i64) -> Result<Vec<Shipment>> {
    let mut sql = select();
    sql.push(
        " WHERE booking_state IN ('in_flight', 'unknown') AND released_at IS NULL
            AND status NOT IN ('cancelled', 'rto_delivered', 'lost') AND in_flight_at < ",
    );
    sql.bind(before);
    sql.push(" ORDER BY seq LIMIT ").bind(limit);
    sql.fetch_all(conn).await
}
