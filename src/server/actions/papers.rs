//! Papers of parcels and the riders who fetch them: labels, manifests, pickups. What a courier draws is
//! fetched once and kept here: its own address for it grows old, and shows names to whoever has it.

use crate::domain::checkout::clean_line;
use crate::domain::customers::Country;
use crate::domain::ids::{BlobId, ShipmentId};
use crate::domain::messages::EN;
use crate::domain::shipping::{BookingState, Phase};
use crate::domain::time::{DAY_MS, HOUR_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::shipping::{able, change, failed, find};
use crate::server::couriers::account::Account;
use crate::server::couriers::{CourierError, Numbers, Pickup, scalar};
use crate::server::db::blobs::Blob;
use crate::server::db::catalogue;
use crate::server::db::papers::{self, NewManifest, NewPickup, PickupOutcome};
use crate::server::db::shipping::Shipment;
use crate::server::live::Hint;

/// Parcels of one manifest, or of one request for a rider or for labels.
pub const PARCELS_MAX: usize = 50;
/// How long before a rider comes, at least.
const PICKUP_AHEAD_MS: i64 = HOUR_MS;
/// After midnight, when nobody says when a rider is wanted.
const PICKUP_HOUR_MS: i64 = 14 * HOUR_MS;
/// The furthest day a rider is asked for.
const PICKUP_WITHIN_MS: i64 = 14 * DAY_MS;

/// Whether a courier has a parcel whose number is known.
fn must_have_awb(shipment: &Shipment) -> Result<(), AppError> {
    let has_it = shipment.booking_state == BookingState::Booked && shipment.awb.is_some() && shipment.is_live();
    if has_it { Ok(()) } else { Err(AppError::conflict(EN.paper_needs_awb)) }
}

/// Sees to it that the label of a parcel is here: fetched from the courier unless it was before.
///
/// # Errors
/// [`AppError::Conflict`] for a parcel without an AWB, and when the courier draws no labels or did not.
pub async fn fetch_label(app: &App, actor: &Actor, shipment: &str) -> Result<(), AppError> {
    let found = find(app, actor, shipment).await?;
    if papers::label(&mut *app.db.read().await?, &found.id).await?.is_some() {
        return Ok(());
    }
    let account = app.accounts.find(app, &found.courier_id).await?;
    let courier = able(&account, |can| can.labels, EN.cannot_label)?;
    must_have_awb(&found)?;
    let bytes = courier.label(&app.outbound, &account, &found.numbers()).await.map_err(failed)?;
    change(app, found.id.as_str(), move |conn, pen, shipment| {
        let bytes = bytes.clone();
        Box::pin(async move {
            let (id, blob) = (pen.chance.id(pen.now), BlobId::new(pen.chance.id(pen.now)));
            Ok(papers::keep_label(conn, &shipment, (&id, &blob), &bytes, pen.now).await?)
        })
    })
    .await
}

/// The label of a parcel that was fetched.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see, or was not fetched.
pub async fn label(app: &App, actor: &Actor, shipment: &str) -> Result<(Shipment, Blob), AppError> {
    let found = find(app, actor, shipment).await?;
    let label = papers::label(&mut *app.db.read().await?, &found.id).await?;
    label.map(|label| (found, label)).ok_or_else(|| AppError::not_found("Label"))
}

/// The parcels with ids, each the actor's to see; repeated ones once.
async fn find_all(app: &App, actor: &Actor, shipments: &[String]) -> Result<Vec<Shipment>, AppError> {
    if shipments.is_empty() || shipments.len() > PARCELS_MAX {
        return Err(AppError::invalid("shipments", (EN.paper_count)(PARCELS_MAX)));
    }
    let mut all: Vec<Shipment> = Vec::with_capacity(shipments.len());
    for id in shipments {
        let one = find(app, actor, id).await?;
        if all.iter().all(|other| other.id != one.id) {
            all.push(one);
        }
    }
    Ok(all)
}

/// The account of parcels that wait to be handed over, all with the same one.
async fn account_of(app: &App, parcels: &[Shipment]) -> Result<Account, AppError> {
    let Some(first) = parcels.first() else { return Err(AppError::Internal) };
    if parcels.iter().any(|one| one.courier_id != first.courier_id) {
        return Err(AppError::invalid("shipments", EN.paper_one_account));
    }
    for one in parcels {
        must_have_awb(one)?;
        if one.status.phase() != Phase::BeforeHandover {
            return Err(AppError::conflict(EN.paper_too_late));
        }
    }
    app.accounts.find(app, &first.courier_id).await
}

/// Makes the manifest of parcels that wait to be handed over; answers its id.
///
/// # Errors
/// [`AppError::Invalid`] for parcels of several accounts, [`AppError::Conflict`] for parcels that do not
/// wait, and when the courier makes no manifests or did not.
pub async fn make_manifest(app: &App, actor: &Actor, shipments: &[String]) -> Result<String, AppError> {
    let parcels = find_all(app, actor, shipments).await?;
    let account = account_of(app, &parcels).await?;
    let courier = able(&account, |can| can.manifests, EN.cannot_manifest)?;
    let numbers: Vec<Numbers> = parcels.iter().map(Shipment::numbers).collect();
    let bytes = courier.manifest(&app.outbound, &account, &numbers).await.map_err(failed)?;
    let now = app.clock.now();
    let new = NewManifest {
        id: app.chance.id(now),
        store_id: account.shown.store_id.clone(),
        courier_id: account.shown.id.clone(),
        blob_id: BlobId::new(app.chance.id(now)),
        author: actor.author.clone(),
    };
    let (id, ids) = (new.id.clone(), ids_of(&parcels));
    app.db
        .write(move |conn| {
            let (new, ids, bytes) = (new.clone(), ids.clone(), bytes.clone());
            Box::pin(async move { Ok(papers::keep_manifest(conn, &new, &ids, &bytes, now).await?) })
        })
        .await?;
    tell(app, &parcels);
    Ok(id)
}

/// A manifest that was made.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see.
pub async fn manifest(app: &App, actor: &Actor, id: &str) -> Result<Blob, AppError> {
    let missing = || AppError::not_found("Manifest");
    let found = papers::manifest(&mut *app.db.read().await?, &clean_line(id)).await?;
    let (store, blob) = found.ok_or_else(missing)?;
    actor.must_work_in(&store, "Manifest")?;
    Ok(blob)
}

/// What came of asking for a rider for one parcel: when, or why not.
pub type Asked = (ShipmentId, Result<UnixMillis, String>);

/// Asks for a rider to fetch parcels on a day of the store's, `2026-11-22`, or as soon as can be; answers
/// one entry per parcel.
///
/// # Errors
/// As [`make_manifest`], and [`AppError::Invalid`] for a day that is over, far away or none.
pub async fn request_pickup(app: &App, actor: &Actor, shipments: &[String], day: &str) -> Result<Vec<Asked>, AppError> {
    let now = app.clock.now();
    let parcels = find_all(app, actor, shipments).await?;
    let account = account_of(app, &parcels).await?;
    let courier = able(&account, |can| can.pickups, EN.cannot_pickup)?;
    let at = instant_of(day, country_of(app, &account).await?, now)?;
    // Written down first: a request that nobody confirmed must not look like one that was.
    let new = NewPickup {
        id: app.chance.id(now),
        store_id: account.shown.store_id.clone(),
        courier_id: account.shown.id.clone(),
        author: actor.author.clone(),
    };
    let id = new.id.clone();
    app.db
        .write(move |conn| {
            let new = new.clone();
            Box::pin(async move { Ok(papers::begin_pickup(conn, &new, now).await?) })
        })
        .await?;
    let numbers: Vec<Numbers> = parcels.iter().map(Shipment::numbers).collect();
    let answered = courier.request_pickup(&app.outbound, &account, &numbers, at).await;
    let outcomes = match &answered {
        Ok(outcomes) => outcomes.clone(),
        Err(error) => parcels.iter().map(|_| Err(error.clone())).collect(),
    };
    settle_pickup(app, &id, &parcels, &outcomes, at).await?;
    tell(app, &parcels);
    answered.map_err(failed)?;
    let entry = |(parcel, outcome): (&Shipment, Result<Pickup, CourierError>)| {
        let outcome = outcome.map(|pickup| pickup.scheduled_at.unwrap_or(at)).map_err(|error| error.to_string());
        (parcel.id.clone(), outcome)
    };
    Ok(parcels.iter().zip(outcomes).map(entry).collect())
}

async fn country_of(app: &App, account: &Account) -> Result<Country, AppError> {
    let stores = catalogue::stores(&mut *app.db.read().await?).await?;
    let store = stores.iter().find(|store| store.id == account.shown.store_id);
    store.map(|store| store.country).ok_or(AppError::Internal)
}

/// When a rider is wanted on a day: in the afternoon, when parcels are packed; today in an hour.
fn instant_of(day: &str, country: Country, now: UnixMillis) -> Result<UnixMillis, AppError> {
    let soon = now.plus(PICKUP_AHEAD_MS);
    if day.trim().is_empty() {
        return Ok(soon);
    }
    let wrong = || AppError::invalid("date", EN.pickup_day);
    let midnight = scalar::instant(&format!("{} 00:00:00", day.trim()), country).ok_or_else(wrong)?;
    let is_near = midnight.plus(DAY_MS) > soon && midnight < now.plus(PICKUP_WITHIN_MS);
    if is_near { Ok(midnight.plus(PICKUP_HOUR_MS).max(soon)) } else { Err(wrong()) }
}

async fn settle_pickup(
    app: &App,
    id: &str,
    parcels: &[Shipment],
    outcomes: &[Result<Pickup, CourierError>],
    at: UnixMillis,
) -> Result<(), AppError> {
    let agreed = outcomes.iter().find_map(|outcome| outcome.as_ref().ok());
    let error = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
    let outcome = PickupOutcome {
        state: match (agreed, error) {
            (Some(_), _) => BookingState::Booked,
            (None, Some(CourierError::Refused(_))) => BookingState::Refused,
            (None, _) => BookingState::Unknown,
        },
        reference: agreed.and_then(|pickup| pickup.reference.clone()),
        scheduled_at: agreed.map(|pickup| pickup.scheduled_at.unwrap_or(at)),
        error: error.map(|error| clean_line(&error.to_string())),
    };
    let fetched: Vec<(ShipmentId, UnixMillis)> = parcels
        .iter()
        .zip(outcomes)
        .filter_map(|(parcel, outcome)| Some((parcel.id.clone(), outcome.as_ref().ok()?.scheduled_at.unwrap_or(at))))
        .collect();
    let (id, now) = (id.to_owned(), app.clock.now());
    app.db
        .write(move |conn| {
            let (id, outcome, fetched) = (id.clone(), outcome.clone(), fetched.clone());
            Box::pin(async move {
                papers::settle_pickup(conn, &id, &outcome, now).await?;
                for (shipment, at) in &fetched {
                    papers::set_pickup(conn, shipment, &id, *at, now).await?;
                }
                Ok(())
            })
        })
        .await
}

fn ids_of(parcels: &[Shipment]) -> Vec<ShipmentId> {
    parcels.iter().map(|one| one.id.clone()).collect()
}

fn tell(app: &App, parcels: &[Shipment]) {
    for one in parcels {
        app.live.publish(Hint::order(&one.order_id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rider_is_wanted_on_a_day_that_is_to_come() {
        // 2026-11-21, 11:30 in India.
        let now = UnixMillis(1_795_240_800_000);
        let on = |day: &str| instant_of(day, Country::IN, now).map(|at| at.0 - now.0).ok();
        assert_eq!(on(""), Some(HOUR_MS));
        assert_eq!(on("2026-11-21"), Some(HOUR_MS * 5 / 2), "14:00");
        assert_eq!(on(" 2026-11-22 "), Some(DAY_MS + HOUR_MS * 5 / 2));
        for wrong in ["2026-11-20", "2026-12-24", "2026-02-30", "tomorrow", "22-11-2026"] {
            assert_eq!(on(wrong), None, "{wrong}");
        }
        let evening = now.plus(10 * HOUR_MS);
        assert_eq!(instant_of("2026-11-21", Country::IN, evening), Ok(evening.plus(HOUR_MS)));
    }
}
