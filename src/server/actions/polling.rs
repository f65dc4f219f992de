//! Asking couriers by ourselves about parcels that are due.
//!
//! Account by account, no more often than the courier allows, those that are about to arrive first. One
//! instance at a time does so, for it is a job.

use std::time::{Duration, Instant};

use crate::domain::ids::ShipmentId;
use crate::domain::polling::{batch_size, urgent_share};
use crate::domain::time::{HOUR_MS, MINUTE_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::checking;
use crate::server::couriers;
use crate::server::couriers::account::Account;
use crate::server::db::polling as rows;
use crate::server::db::shipping::Shipment;

/// While parcels are being asked for, and after a failure, they are left alone for so long.
const PUT_OFF_MS: i64 = 15 * MINUTE_MS;
/// And for so long when the courier answers, but not about them.
const UNKNOWN_PUT_OFF_MS: i64 = 2 * HOUR_MS;
/// How long a round may go on, so that the next one begins a minute after it began.
const ROUND_TIME_MAX: Duration = Duration::from_secs(45);

/// Asks every courier for the parcels that are due, as many as it allows in a minute; answers how many.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn poll(app: &App) -> Result<usize, AppError> {
    let accounts = app.accounts.all(app).await?;
    let mut rounds = Vec::new();
    for account in accounts.iter().filter(|account| account.shown.is_enabled) {
        rounds.push(poll_account(app, account));
    }
    app.clock.side_by_side(rounds).await.into_iter().sum()
}

async fn poll_account(app: &App, account: &Account) -> Result<usize, AppError> {
    let courier = couriers::of(account.provider()).map(|courier| courier.capabilities());
    let Some(can) = courier.filter(|can| can.tracks) else { return Ok(0) };
    let (started, mut asked, mut calls_left) = (Instant::now(), 0, can.polls_per_minute);
    while calls_left > 0 && started.elapsed() < ROUND_TIME_MAX {
        let due = claim_due(app, account, batch_size(calls_left, can.track_max)).await?;
        if due.is_empty() {
            break;
        }
        asked += due.len();
        calls_left -= due.len().div_ceil(can.track_max).min(calls_left);
        let checked = checking::ask(app, account, due).await?;
        if checked.iter().all(|one| one.is_away) {
            break;
        }
        let unknown = checked.iter().filter(|one| one.outcome.is_err() && !one.is_away);
        put_off(app, unknown.map(|one| one.shipment.clone()).collect(), UNKNOWN_PUT_OFF_MS).await?;
    }
    Ok(asked)
}

/// The parcels of an account that are asked for next. They are put off, so that nobody else asks for them
/// meanwhile.
async fn claim_due(app: &App, account: &Account, count: usize) -> Result<Vec<Shipment>, AppError> {
    let due = due(app, account, count, app.clock.now()).await?;
    put_off(app, due.iter().map(|one| one.id.clone()).collect(), PUT_OFF_MS).await?;
    Ok(due)
}

async fn put_off(app: &App, shipments: Vec<ShipmentId>, wait_ms: i64) -> Result<(), AppError> {
    if shipments.is_empty() {
        return Ok(());
    }
    let until = app.clock.now().plus(wait_ms);
    app.db
        .write(move |conn| {
            let shipments = shipments.clone();
            Box::pin(async move { Ok(rows::put_off_poll(conn, &shipments, until).await?) })
        })
        .await
}

async fn due(app: &App, account: &Account, count: usize, now: UnixMillis) -> Result<Vec<Shipment>, AppError> {
    let limit = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (mut conn, id) = (app.db.read().await?, &account.shown.id);
    let mut found = rows::due_for_poll(&mut conn, id, true, now, limit(urgent_share(count))).await?;
    for other in rows::due_for_poll(&mut conn, id, false, now, limit(count)).await? {
        if found.len() < count && found.iter().all(|one| one.id != other.id) {
            found.push(other);
        }
    }
    Ok(found)
}
