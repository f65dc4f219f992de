//! The outbox: effects that an event has promised, each at most once for good.

use crate::domain::time::UnixMillis;
use crate::server::db::sql;
use crate::server::db::{Conn, Result};

/// The promise of one effect of one event.
#[derive(Clone, Debug)]
pub struct NewEffect<'a> {
    /// Identity, made by the caller.
    pub id: &'a str,
    /// The merchant it belongs to, if any.
    pub store_id: Option<&'a str>,
    /// The event that causes it.
    pub event_id: &'a str,
    /// What is to happen: `order_placed_mail`.
    pub effect: &'a str,
    /// Kind of the thing it is about: `order`.
    pub entity: &'a str,
    /// Identity of that thing.
    pub entity_id: &'a str,
    /// What the effect needs, as JSON.
    pub payload: &'a str,
    /// Not before this instant.
    pub run_at: UnixMillis,
}

const PROMISE: &str = "
    INSERT INTO outbox (id, store_id, event_id, effect, entity, entity_id, payload, state, run_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9)
    ON CONFLICT (event_id, effect) DO NOTHING";

/// Promises an effect in the transaction of its event; `false` when it was promised before, which
/// a replay or a repeated fold may do as often as it likes.
pub async fn promise(conn: &mut Conn, effect: &NewEffect<'_>, now: UnixMillis) -> Result<bool> {
    let query = sqlx::query(PROMISE)
        .bind(effect.id)
        .bind(effect.store_id)
        .bind(effect.event_id)
        .bind(effect.effect)
        .bind(effect.entity)
        .bind(effect.entity_id)
        .bind(effect.payload)
        .bind(effect.run_at)
        .bind(now);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

/// Promises the effects of many events; those that were promised before stay.
pub async fn promise_all(conn: &mut Conn, effects: &[NewEffect<'_>], now: UnixMillis) -> Result<()> {
    let head = "INSERT INTO outbox (id, store_id, event_id, effect, entity, entity_id, payload, state, run_at, created_at) VALUES";
    sql::write_rows(conn, (head, "ON CONFLICT (event_id, effect) DO NOTHING"), effects, |sql, effect| {
        sql.bind(effect.id).push(", ").bind(effect.store_id).push(", ").bind(effect.event_id).push(", ");
        sql.bind(effect.effect).push(", ").bind(effect.entity).push(", ").bind(effect.entity_id).push(", ");
        sql.bind(effect.payload).push(", 'pending', ").bind(effect.run_at).push(", ").bind(now);
    })
    .await?;
    Ok(())
}

/// Event and effect of everything that was promised about a thing.
pub async fn promised_to(conn: &mut Conn, entity_id: &str) -> Result<Vec<(String, String)>> {
    sqlx::query_as("SELECT event_id, effect FROM outbox WHERE entity_id = $1 ORDER BY id")
        .bind(entity_id)
        .fetch_all(conn)
        .await
}
