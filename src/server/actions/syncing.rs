//! Bringing parcels in line with their couriers at once, whatever is in the way: bookings nobody knows about
//! are found out, pending AWBs asked for, the others asked about.

use crate::domain::checkout::clean_line;
use crate::domain::ids::ShipmentId;
use crate::domain::messages::EN;
use crate::domain::shipping::BookingState;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::{awbs, booking, checking};
use crate::server::couriers;
use crate::server::db::shipping::{self, Shipment};
use crate::server::db::{orders, polling};

/// Parcels of one step.
const BATCH: i64 = 50;

/// Which parcels are brought in line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncWish {
    /// Those whose booking is unclear or whose AWB is pending.
    Unclear,
    /// Those of an order, by reference or id.
    Order(String),
    /// All that may have news.
    All,
}

/// What became of a parcel.
#[derive(Clone, Debug)]
pub struct Synced {
    /// The parcel, as it was before.
    pub shipment: Shipment,
    /// Whether it stands otherwise now.
    pub is_change: bool,
    /// In one sentence; an error when nothing could be found out.
    pub outcome: Result<String, String>,
}

/// Where a walk over parcels is: after the one with this `seq`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(i64);

/// Brings the next parcels in line, from a place on; answers what became of them and where to go on, or
/// `None` when there are no more.
///
/// # Errors
/// [`AppError::NotFound`] for an order that is not there, [`AppError::Internal`] when the database is away.
pub async fn sync_next(app: &App, wish: &SyncWish, place: Place) -> Result<Option<(Vec<Synced>, Place)>, AppError> {
    let (found, next) = match wish {
        SyncWish::Order(_) if place.0 > 0 => return Ok(None),
        SyncWish::Order(name) => (of_order(app, name).await?, Place(i64::MAX)),
        SyncWish::Unclear | SyncWish::All => {
            let is_unclear = *wish == SyncWish::Unclear;
            let rows = polling::to_sync(&mut *app.db.read().await?, is_unclear, place.0, BATCH).await?;
            let Some((last, _)) = rows.last() else { return Ok(None) };
            let (next, mut found) = (Place(*last), Vec::new());
            for (_, id) in &rows {
                found.extend(find(app, id).await?);
            }
            (found, next)
        }
    };
    Ok(Some((sync_all(app, found).await?, next)))
}

async fn of_order(app: &App, name: &str) -> Result<Vec<Shipment>, AppError> {
    let mut conn = app.db.read().await?;
    let found = orders::find(&mut conn, &clean_line(name)).await?.ok_or_else(|| AppError::not_found("Order"))?;
    let all = shipping::of_orders(&mut conn, &[found.order.id]).await?;
    Ok(all.into_iter().filter(|one| one.released_at.is_none()).collect())
}

async fn find(app: &App, id: &ShipmentId) -> Result<Option<Shipment>, AppError> {
    Ok(shipping::find(&mut *app.db.read().await?, id).await?)
}

/// Brings parcels in line; those that are only asked about are asked about together.
async fn sync_all(app: &App, shipments: Vec<Shipment>) -> Result<Vec<Synced>, AppError> {
    let mut synced = Vec::with_capacity(shipments.len());
    let mut known = Vec::new();
    for shipment in shipments {
        match shipment.booking_state {
            BookingState::InFlight | BookingState::Unknown => {
                let asked = booking::resolve(app, &shipment.id).await;
                synced.push(told(app, shipment, asked).await?);
            }
            BookingState::Booked if wants_awb(app, &shipment).await? => {
                let asked = awbs::ask_again(app, &Actor::system(), shipment.id.as_str()).await;
                synced.push(told(app, shipment, asked).await?);
            }
            BookingState::Booked => known.push(shipment),
            BookingState::Refused | BookingState::NotAsked => {
                synced.push(Synced { shipment, is_change: false, outcome: Ok(EN.sync_nothing.to_owned()) });
            }
        }
    }
    for checked in checking::ask_all(app, known.clone()).await? {
        let Some(at) = known.iter().position(|one| one.id == checked.shipment) else { continue };
        let sentence = checked.sentence();
        let outcome = if checked.outcome.is_ok() { Ok(sentence) } else { Err(sentence) };
        synced.push(Synced { shipment: known.swap_remove(at), is_change: checked.is_change, outcome });
    }
    Ok(synced)
}

async fn wants_awb(app: &App, shipment: &Shipment) -> Result<bool, AppError> {
    if shipment.awb.is_some() || !shipment.is_live() {
        return Ok(false);
    }
    let account = app.accounts.find(app, &shipment.courier_id).await?;
    Ok(couriers::of(account.provider()).is_some_and(|courier| courier.capabilities().assigns_awb))
}

/// What a question came to, by what is known of the parcel now.
async fn told(app: &App, shipment: Shipment, asked: Result<(), AppError>) -> Result<Synced, AppError> {
    let outcome = match asked {
        Err(AppError::Internal) => return Err(AppError::Internal),
        Err(error) => Err(error.sentence()),
        Ok(()) => Ok(()),
    };
    let now = find(app, &shipment.id).await?.unwrap_or_else(|| shipment.clone());
    let is_change = now.booking_state != shipment.booking_state || now.awb != shipment.awb;
    let outcome = outcome.map(|()| (EN.sync_booking)(now.booking_state, now.awb.as_deref()));
    Ok(Synced { shipment, is_change, outcome })
}
