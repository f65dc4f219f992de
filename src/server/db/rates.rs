//! Prices that couriers have told, by lane and class: the one place they are kept in.

use sqlx::FromRow;

use crate::domain::ids::{CourierId, StoreId};
use crate::domain::money::Minor;
use crate::domain::rates::{Rate, RateQuestion};
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// What a courier has said about a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRates {
    /// The services, cheapest first.
    pub rates: Vec<Rate>,
    /// When.
    pub fetched_at: UnixMillis,
}

#[derive(FromRow)]
struct Row {
    rates: String,
    fetched_at: UnixMillis,
}

fn leg(question: &RateQuestion) -> &'static str {
    if question.is_return { "return" } else { "forward" }
}

/// What an account has said about a question; `None` when it was never asked, or not in a form that is
/// still understood.
///
/// # Errors
/// When the database is away.
pub async fn find(conn: &mut Conn, courier: &CourierId, question: &RateQuestion) -> Result<Option<KeptRates>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT rates, fetched_at FROM courier_rates
         WHERE courier_id = $1 AND leg = $2 AND pickup_pincode = $3 AND delivery_pincode = $4
            AND weight_slab_grams = $5 AND size_class = '' AND is_cod = $6 AND value_band_minor = $7",
    )
    .bind(courier)
    .bind(leg(question))
    .bind(&question.from)
    .bind(&question.to)
    .bind(question.weight_grams)
    .bind(i64::from(question.is_cod))
    .bind(question.declared_value)
    .fetch_optional(conn)
    .await?;
    let kept = |row: Row| Some(KeptRates { rates: serde_json::from_str(&row.rates).ok()?, fetched_at: row.fetched_at });
    Ok(row.and_then(kept))
}

/// Keeps what an account has just said, in place of what it said before. `used_at` is when somebody last
/// asked; `None` leaves that as it is.
///
/// # Errors
/// When the database is away.
pub async fn keep(
    conn: &mut Conn,
    (store, courier): (&StoreId, &CourierId),
    question: &RateQuestion,
    rates: &[Rate],
    used_at: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO courier_rates (store_id, courier_id, leg, pickup_pincode, delivery_pincode, weight_slab_grams,
            size_class, is_cod, value_band_minor, is_serviceable, rates, fetched_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, $11, COALESCE($12, $11))
         ON CONFLICT (courier_id, leg, pickup_pincode, delivery_pincode, weight_slab_grams, size_class, is_cod,
            value_band_minor)
         DO UPDATE SET is_serviceable = excluded.is_serviceable, rates = excluded.rates,
            fetched_at = excluded.fetched_at, last_used_at = COALESCE($12, courier_rates.last_used_at)",
    )
    .bind(store)
    .bind(courier)
    .bind(leg(question))
    .bind(&question.from)
    .bind(&question.to)
    .bind(question.weight_grams)
    .bind(i64::from(question.is_cod))
    .bind(question.declared_value)
    .bind(i64::from(!rates.is_empty()))
    .bind(serde_json::to_string(rates).unwrap_or_default())
    .bind(now)
    .bind(used_at)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Lane {
    courier_id: CourierId,
    leg: String,
    pickup_pincode: String,
    delivery_pincode: String,
    weight_slab_grams: i64,
    is_cod: i64,
    value_band_minor: Minor,
}

/// Questions that people have asked since an instant and whose answers are older than another one, those
/// asked last first.
///
/// # Errors
/// When the database is away.
pub async fn used_since(
    conn: &mut Conn,
    since: UnixMillis,
    older_than: UnixMillis,
    limit: i64,
) -> Result<Vec<(CourierId, RateQuestion)>> {
    let lanes: Vec<Lane> = sqlx::query_as(
        "SELECT courier_id, leg, pickup_pincode, delivery_pincode, weight_slab_grams, is_cod, value_band_minor
         FROM courier_rates WHERE last_used_at >= $1 AND fetched_at < $2 ORDER BY last_used_at DESC LIMIT $3",
    )
    .bind(since)
    .bind(older_than)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let question = |lane: Lane| {
        let question = RateQuestion {
            from: lane.pickup_pincode,
            to: lane.delivery_pincode,
            weight_grams: lane.weight_slab_grams,
            is_cod: lane.is_cod != 0,
            declared_value: lane.value_band_minor,
            is_return: lane.leg == "return",
        };
        (lane.courier_id, question)
    };
    Ok(lanes.into_iter().map(question).collect())
}

/// Forgets what was said before an instant, some of it; answers how much.
///
/// # Errors
/// When the database is away.
pub async fn forget(conn: &mut Conn, before: UnixMillis, limit: i64) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM courier_rates WHERE (courier_id, leg, pickup_pincode, delivery_pincode, weight_slab_grams,
            size_class, is_cod, value_band_minor) IN (SELECT courier_id, leg, pickup_pincode, delivery_pincode,
            weight_slab_grams, size_class, is_cod, value_band_minor FROM courier_rates WHERE last_used_at < $1 LIMIT $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
