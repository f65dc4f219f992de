//! Bookings that came without an AWB: the courier has the order, and its number is asked for again, by
//! itself and by staff. Never is another booking made for it.

use crate::domain::checkout::clean_line;
use crate::domain::couriers::Booking;
use crate::domain::ids::ShipmentId;
use crate::domain::messages::EN;
use crate::domain::orders::OrderStatus;
use crate::domain::shipping::BookingState;
use crate::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::booking::book;
use crate::server::actions::shipping::{able, change, failed, find};
use crate::server::actions::work::Work;
use crate::server::couriers::account::Account;
use crate::server::couriers::{Courier, CourierError};
use crate::server::db::shipping::Shipment;
use crate::server::db::{awbs, orders, shipping};
use crate::server::metrics::SyncKind;

/// How long is waited after the first question, the second, and so on; then always as long as the last.
/// Somebody may be filling a wallet, or nobody looks until tomorrow.
const WAITS_MS: [i64; 5] = [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS];
/// After this long only people ask: whatever is in the way does not go away by itself.
const ASKED_FOR_MS: i64 = 14 * DAY_MS;
/// While a question is under way nobody else asks the same. Longer than any call.
const TURN_MS: i64 = 10 * MINUTE_MS;

/// When an AWB is asked for next, after so many questions by itself.
pub fn next_question(asks: i64, booked_at: UnixMillis, now: UnixMillis) -> Option<UnixMillis> {
    let at = usize::try_from(asks).unwrap_or(0).min(WAITS_MS.len() - 1);
    let next = now.plus(WAITS_MS[at]);
    (next.0 - booked_at.0 <= ASKED_FOR_MS).then_some(next)
}

/// Whether a parcel is booked and only its AWB is missing.
fn is_pending(shipment: &Shipment) -> bool {
    shipment.booking_state == BookingState::Booked && shipment.awb.is_none() && shipment.is_live()
}

/// Asks for the AWB of a booking that came without one, now.
///
/// # Errors
/// [`AppError::Conflict`] when none is pending, the courier cannot be asked, or it still has none; the
/// reason is kept on the shipment.
pub async fn ask_again(app: &App, actor: &Actor, shipment: &str) -> Result<(), AppError> {
    let found = find(app, actor, shipment).await?;
    if found.awb.is_some() {
        return Err(AppError::conflict(EN.awb_known));
    }
    if !is_pending(&found) {
        return Err(AppError::conflict(EN.awb_not_pending));
    }
    let account = app.accounts.find(app, &found.courier_id).await?;
    let courier = able(&account, |can| can.assigns_awb, EN.cannot_assign_awb)?;
    ask(app, &account, courier, &found, None).await
}

/// Asks for an AWB that is due to be asked for; what is in the way is kept, and asked about later.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn ask_due(app: &App, id: &ShipmentId) -> Result<(), AppError> {
    let Some(found) = shipping::find(&mut *app.db.read().await?, id).await? else { return Ok(()) };
    let account = app.accounts.find(app, &found.courier_id).await?;
    let courier = able(&account, |can| can.assigns_awb, EN.cannot_assign_awb);
    let (Ok(courier), true) = (courier, is_pending(&found) && is_wanted(app, &found).await?) else {
        let id = id.clone();
        let stopped = app.db.write(move |conn| {
            let id = id.clone();
            Box::pin(async move { Ok(awbs::stop_asking(conn, &id).await?) })
        });
        return stopped.await;
    };
    let now = app.clock.now();
    let turn = {
        let id = id.clone();
        let taken = app.db.write(move |conn| {
            let id = id.clone();
            Box::pin(async move { Ok(awbs::take_turn(conn, &id, now.plus(TURN_MS), now).await?) })
        });
        taken.await?
    };
    let Some(asks) = turn else { return Ok(()) };
    match ask(app, &account, courier, &found, Some(asks)).await {
        // It is written down when to ask again; a job that fails would ask sooner.
        Err(AppError::Conflict { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether its order still wants a parcel: an AWB costs money.
async fn is_wanted(app: &App, shipment: &Shipment) -> Result<bool, AppError> {
    let found = orders::by_ids(&mut *app.db.read().await?, std::slice::from_ref(&shipment.order_id)).await?;
    Ok(found.iter().any(|(_, order)| match order.status {
        OrderStatus::Confirmed | OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::OutForDelivery => true,
        OrderStatus::Pending | OrderStatus::Delivered | OrderStatus::Cancelled | OrderStatus::Refunded => false,
    }))
}

/// Asks once and writes down what came of it. After somebody has asked by hand (`asks` is `None`), perhaps
/// having seen to what was in the way, it is asked again soon.
async fn ask(
    app: &App,
    account: &Account,
    courier: &dyn Courier,
    shipment: &Shipment,
    asks: Option<i64>,
) -> Result<(), AppError> {
    let service = shipment.service_id.as_deref();
    let asked = courier.assign_awb(&app.outbound, account, &shipment.numbers(), service).await;
    let outcome = asked.and_then(|booking| match booking.numbers.awb {
        Some(_) => Ok(booking),
        None => Err(CourierError::Unavailable { reason: EN.awb_still_none.to_owned(), retry_after_ms: None }),
    });
    app.metrics.synced(account.provider(), SyncKind::Booking, outcome.is_ok());
    let (written, booked_at) = (outcome.clone(), shipment.created_at);
    change(app, shipment.id.as_str(), move |conn, pen, present| {
        let written: Result<Booking, CourierError> = written.clone();
        Box::pin(async move {
            match written {
                // What the courier has it has; what came meanwhile by another road stays.
                Ok(booking) => book(conn, &pen, &present, &booking).await,
                Err(error) => {
                    let next_at = next_question(asks.unwrap_or(0), booked_at, pen.now);
                    let reason = clean_line(&error.to_string());
                    Ok(awbs::set_pending(conn, &present.id, &reason, next_at, pen.now).await?)
                }
            }
        })
    })
    .await?;
    outcome.map(drop).map_err(failed)
}

/// Gives a job to every AWB that is due to be asked for.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn sweep(app: &App) -> Result<(), AppError> {
    const BATCH: i64 = 50;
    let pen = app.pen();
    let due = awbs::due(&mut *app.db.read().await?, pen.now, BATCH).await?;
    if due.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |conn| {
            let (pen, due) = (pen.clone(), due.clone());
            Box::pin(async move {
                for one in &due {
                    Work::AskForAwb(one.id.clone()).enqueue(conn, &pen.chance, pen.now, pen.now).await?;
                }
                Ok(())
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let booked = UnixMillis(1_000_000_000_000);
        let waits: Vec<i64> =
            (0..7).map(|asks| next_question(asks, booked, booked).expect("asked again").0 - booked.0).collect();
        assert_eq!(waits[0], 5 * MINUTE_MS);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert_eq!(waits[6], waits[4]);
        assert_eq!(next_question(3, booked, booked.plus(14 * DAY_MS)), None);
        assert!(next_question(-1, booked, booked).is_some());
    }
}
