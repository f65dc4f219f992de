//! What people and time do, one thing after the other, as the dice say.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::orders::OrderAction;
use crate::domain::shipping::{BookingState, ShipmentStatus};
use crate::domain::staff::Role;
use crate::domain::time::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::domain::tracking::CaseKind;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::pushes::{self, Applier};
use crate::server::actions::{booking, checking, fulfilment, shipping};
use crate::server::db::events::Author;
use crate::server::db::shipping::{self as rows, Shipment};
use crate::server::db::{desk, orders};
use crate::server::simulation::checks::{self, Promise};
#[cfg(test)]
use crate::server::simulation::plants::{self, Plant};
use crate::server::simulation::settling;
use crate::server::simulation::template::{self, Folder};
use crate::server::simulation::town::{Event, Interruption, Ordered, Town};
use crate::server::simulation::truth;
use crate::server::{App, couriers, jobs};

/// Steps of a run, at least and at most.
const STEPS: (u64, u64) = (36, 64);
/// Orders of a run at most.
const ORDERS_MAX: usize = 6;
/// Jobs that may be due at one time; more never end.
const JOBS_MAX: usize = 60;
/// After so long without a parcel in the courier's panel a person believes that there is none.
const MISSING_FOR_MS: i64 = HOUR_MS;

/// Lives one life of the shop's process; answers whether the run is over.
///
/// # Errors
/// A sentence when the shop does not open or does not answer.
pub async fn live(town: &Arc<Town>, folder: &Folder) -> Result<bool, String> {
    let app = town.open_shop(folder).await?;
    tokio::select! {
        biased;
        () = town.died() => Ok(false),
        ended = act(town, &app) => ended.map(|()| true).map_err(|error| error.sentence()),
    }
}

async fn act(town: &Town, app: &App) -> Result<(), AppError> {
    let count = STEPS.0 + town.below(STEPS.1 - STEPS.0);
    while town.take_step() < count {
        step(town, app).await?;
        town.interrupt_with(None);
        checks::live_parcels(town);
    }
    settling::settle(town, app).await?;
    checks::check(town, app).await
}

/// Somebody who works in the shop.
pub fn staff() -> Actor {
    Actor { author: Author { kind: "user", id: None }, role: Some(Role::Admin), user_id: None, only_store: None }
}

async fn step(town: &Town, app: &App) -> Result<(), AppError> {
    let known = town.orders();
    let what = town.below(100);
    if known.is_empty() || (what < 15 && known.len() < ORDERS_MAX) {
        place(town).await;
        return Ok(());
    }
    let Some(order) = town.pick(&known) else { return Ok(()) };
    town.interrupt_with(interruption(town, &order, (30..46).contains(&what)));
    match what {
        0..30 => {
            let confirmed = fulfilment::change(app, &staff(), &order.reference, OrderAction::Confirm, "").await;
            town.note(format!("confirm {}: {}", order.reference, outcome(&confirmed)));
        }
        30..46 => book(town, app, &order).await,
        46..50 => with_parcel(town, app, &order, Deed::HandOver).await?,
        50..54 => with_parcel(town, app, &order, Deed::Void).await?,
        54..57 => with_parcel(town, app, &order, Deed::Check).await?,
        57..60 => {
            let cancelled = fulfilment::change(app, &staff(), &order.reference, OrderAction::Cancel, "").await;
            town.note(format!("cancel {}: {}", order.reference, outcome(&cancelled)));
        }
        60..64 => {
            let recalled = shipping::recall(app, &staff(), &order.reference, "The customer changed her mind").await;
            town.note(format!("recall {}: {}", order.reference, outcome(&recalled)));
            if recalled.is_ok() {
                town.recalled(&order.reference);
            }
        }
        64..67 => look_into_panels(town, app).await?,
        67..69 if town.may_crash() => town.die().await,
        67..72 => {
            town.deliver_late().await;
        }
        72..78 => apply(app).await?,
        78..86 => work(town, app).await?,
        _ => pass(town).await,
    }
    Ok(())
}

/// What an outcome is called in the lines of a run.
fn outcome<T: std::fmt::Debug>(result: &Result<T, AppError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.sentence(),
    }
}

fn interruption(town: &Town, order: &Ordered, is_booking: bool) -> Option<Interruption> {
    let dice = town.below(100);
    let event = match dice {
        0..14 => Event::Crash,
        14..26 if is_booking => Event::SecondBooker(order.reference.clone()),
        26..32 => Event::Sleep,
        32..38 => Event::News,
        _ => return None,
    };
    Some(Interruption { calls_before: town.below(3), after_effect: town.below(2) == 0, event })
}

async fn place(town: &Town) {
    let Some(shelf) = town.pick(&town.shelves) else { return };
    let address = if shelf.store == "mumbai" {
        json!({"line1": "Flat 4, Kaveri Residency", "city": "Pune", "state": "Maharashtra", "pincode": "411045"})
    } else {
        json!({"line1": "House 3, Road 7", "city": "Dhaka", "pincode": "1209"})
    };
    let phone = if shelf.store == "mumbai" { "9000000411" } else { "01712345678" };
    let method = if town.below(4) == 0 { "whatsapp" } else { "cod" };
    let body = json!({
        "customer_name": "Zubeida Quill", "customer_phone": phone, "payment_method": method, "address": address,
        "items": [{"variant": shelf.variant, "quantity": 1 + town.below(2)}],
    });
    let request = Request::post("/api/v1/orders/").header("content-type", "application/json");
    let Ok(request) = request.body(Body::from(body.to_string())) else { return };
    let Some(response) = town.visit(request).await else { return };
    let status = response.status();
    let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    match answer["order_reference"].as_str().filter(|_| status == 201) {
        Some(reference) => {
            town.note(format!("place {reference} in {}", shelf.store));
            town.ordered(reference.to_owned(), shelf.store);
        }
        None if status == 409 => town.note(format!("place in {}: sold out", shelf.store)),
        None => town.breach(Promise::Served, format!("An order was answered with {status}.")),
    }
}

/// A courier of the plan that serves the order's store.
fn courier_for(town: &Town, order: &Ordered) -> Option<Provider> {
    let serving = town.plan.couriers.iter().filter(|courier| template::store_of(**courier) == order.store);
    town.pick(&serving.copied().collect::<Vec<_>>())
}

async fn book(town: &Town, app: &App, order: &Ordered) {
    let Some(courier) = courier_for(town, order) else { return };
    let booked = booking::create(app, &staff(), &order.reference, courier.code(), "").await;
    let outcome = outcome(&booked.map(|_| "asked"));
    town.note(format!("book {} with {}: {outcome}", order.reference, courier.code()));
}

/// Somebody else books while a call about the same order is under way.
pub async fn book_beside(town: &Town, app: &App, reference: &str) {
    #[cfg(test)]
    if plants::is(Plant::NoLease) {
        plants::take_lease_away(app, reference).await;
    }
    let order = town.orders().into_iter().find(|order| order.reference == reference);
    if let Some(order) = order {
        book(town, app, &order).await;
    }
}

/// The process sleeps for longer than a booking may take, and does what is due by then.
pub async fn oversleep(town: &Town, app: &App) {
    town.pass(booking::BOOKING_GRACE_MS + town.below(4 * 60) as i64 * SECOND_MS).await;
    work(town, app).await.ok();
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    HandOver,
    Void,
    Check,
}

/// Every parcel of an order.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn parcels_of(app: &App, reference: &str) -> Result<Vec<Shipment>, AppError> {
    let mut conn = app.db.read().await?;
    let Some(found) = orders::find(&mut conn, reference).await? else { return Ok(Vec::new()) };
    Ok(rows::of_orders(&mut conn, std::slice::from_ref(&found.order.id)).await?)
}

async fn with_parcel(town: &Town, app: &App, order: &Ordered, deed: Deed) -> Result<(), AppError> {
    let parcels = parcels_of(app, &order.reference).await?;
    let Some(parcel) = parcels.into_iter().find(|parcel| parcel.released_at.is_none()) else { return Ok(()) };
    let done = match deed {
        Deed::HandOver => shipping::hand_over(app, &staff(), parcel.id.as_str()).await,
        Deed::Check => checking::check_one(app, &staff(), parcel.id.as_str()).await.map(|_| ()),
        Deed::Void => {
            call_off_in_panel(town, app, &parcel).await?;
            shipping::void(app, &staff(), parcel.id.as_str(), true).await
        }
    };
    town.note(format!("{deed:?} {}: {}", order.reference, outcome(&done)));
    Ok(())
}

/// Where a courier cannot be asked by a call, the merchant calls a parcel off in its panel first.
async fn call_off_in_panel(town: &Town, app: &App, parcel: &Shipment) -> Result<(), AppError> {
    let courier = app.accounts.find(app, &parcel.courier_id).await?.provider();
    let can_cancel = couriers::of(courier).is_some_and(|courier| courier.capabilities().cancels);
    let phase = parcel.status.phase();
    if can_cancel || phase != ShipmentStatus::Pending.phase() || parcel.booking_state != BookingState::Booked {
        return Ok(());
    }
    let known = town.sandbox.parcels().into_iter().find(|one| {
        one.courier == courier
            && (Some(&one.reference) == parcel.our_reference.as_ref() || Some(&one.awb) == parcel.awb.as_ref())
    });
    if let Some(one) = known.filter(|one| truth::end_of(one) == truth::End::Open)
        && let Some(word) = truth::called_off(courier)
    {
        town.note(format!("{} is called off in the panel", one.awb));
        town.sandbox.event(&one.awb, Some(word.to_owned()), "Called off".to_owned()).await;
    }
    Ok(())
}

/// A person takes up the questions whether a parcel is booked that no call can answer, and types in what the
/// courier's panel shows.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn look_into_panels(town: &Town, app: &App) -> Result<(), AppError> {
    for order in town.orders() {
        let parcels = parcels_of(app, &order.reference).await?;
        let Some(order_id) = parcels.first().map(|parcel| parcel.order_id.clone()) else { continue };
        let cases = desk::open_cases(&mut *app.db.read().await?, &[order_id]).await?;
        for case in cases.into_values().flatten().filter(|case| case.kind == CaseKind::BookingUnknown) {
            let parcel = parcels.iter().find(|parcel| Some(&parcel.id) == case.shipment_id.as_ref());
            if let Some(parcel) = parcel {
                look_for(town, app, parcel, &case.id).await?;
            }
        }
    }
    Ok(())
}

async fn look_for(town: &Town, app: &App, parcel: &Shipment, case: &str) -> Result<(), AppError> {
    let courier = app.accounts.find(app, &parcel.courier_id).await?.provider();
    if couriers::of(courier).is_some_and(|courier| courier.capabilities().finds_by_reference) {
        return Ok(());
    }
    let mut panel = town.sandbox.parcels().into_iter();
    let found = panel.find(|one| one.courier == courier && Some(&one.reference) == parcel.our_reference.as_ref());
    let since = parcel.in_flight_at.unwrap_or(parcel.created_at);
    let id = parcel.id.as_str();
    let done = match found {
        Some(one) => shipping::set_awb(app, &staff(), id, &one.awb).await,
        None if town.clock.now().0 - since.0 < MISSING_FOR_MS => return Ok(()),
        None => {
            let note = "It is not in the courier's panel";
            shipping::correct(app, &staff(), id, ShipmentStatus::Cancelled, note).await?;
            shipping::close_case(app, &staff(), case, note).await
        }
    };
    town.note(format!("looked for {id} in the panel of {}: {}", courier.code(), outcome(&done)));
    Ok(())
}

/// Applies every push that waits.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn apply(app: &App) -> Result<(), AppError> {
    let mut applier = Applier::default();
    while pushes::apply_waiting(app, &mut applier).await? > 0 {}
    Ok(())
}

/// Does every job that is due, one after the other.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn work(town: &Town, app: &App) -> Result<(), AppError> {
    for _ in 0..JOBS_MAX {
        if !jobs::step_alone(app).await? {
            return Ok(());
        }
    }
    town.breach(Promise::Settled, format!("There were more than {JOBS_MAX} jobs at one time."));
    Ok(())
}

async fn pass(town: &Town) {
    let milliseconds = match town.below(3) {
        0 => 1 + town.below(90),
        1 => 60 + town.below(90 * 60),
        _ => 3_600 + town.below(10 * 3_600),
    } as i64
        * SECOND_MS;
    town.note(format!("{} min pass", milliseconds / MINUTE_MS));
    town.pass(milliseconds).await;
}
