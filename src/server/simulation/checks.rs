//! What must hold of a run: of the couriers' books after every step, of everything once all has settled.

use std::collections::BTreeMap;

use crate::domain::couriers::{Provider, Push};
use crate::domain::orders::OrderStatus;
use crate::domain::shipping::BookingState;
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::domain::tracking::CaseKind;
use crate::error::AppError;
use crate::server::actions::{checking, invariants};
use crate::server::couriers::Numbers;
use crate::server::db::jobs::{self, JobFilter, JobState, outbox};
use crate::server::db::shipping::Shipment;
use crate::server::db::tracking::{self, StoredEvent};
use crate::server::db::webhooks::{self, PushFilter};
use crate::server::db::{desk, orders};
use crate::server::sandbox::state::Parcel;
use crate::server::simulation::steps::{parcels_of, staff};
use crate::server::simulation::town::{Ordered, Town};
use crate::server::simulation::truth::{End, end_of, may_be_delivered};
use crate::server::{App, couriers, secrets};

/// What a shop promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Its data are sound: stock, money, counters, states folded from events.
    Sound,
    /// An order has at most one parcel that a courier may deliver, and none when it is cancelled.
    OneParcel,
    /// What was acknowledged is kept and applied.
    NoLostPush,
    /// What was pushed, and what can be asked for, is in the timeline.
    NoLostScan,
    /// An order goes back only where a person takes it.
    NoStepBack,
    /// The state a parcel is in was announced, and everything once.
    Announced,
    /// Nothing is left open.
    Settled,
    /// Orders and parcels are what their couriers say in the end.
    True,
    /// An order that can be placed is placed.
    Served,
}

impl Promise {
    /// Its name.
    pub fn code(self) -> &'static str {
        match self {
            Promise::Sound => "sound",
            Promise::OneParcel => "one-parcel",
            Promise::NoLostPush => "no-lost-push",
            Promise::NoLostScan => "no-lost-scan",
            Promise::NoStepBack => "no-step-back",
            Promise::Announced => "announced",
            Promise::Settled => "settled",
            Promise::True => "true",
            Promise::Served => "served",
        }
    }
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub promise: Promise,
    /// How.
    pub sentence: String,
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.promise.code(), self.sentence)
    }
}

/// Whether a parcel was booked for an order, the first time or again.
fn is_for(parcel: &Parcel, order: &Ordered) -> bool {
    let rest = parcel.reference.strip_prefix(&order.reference);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("-R"))
}

/// Looks whether couriers have more than one parcel of an order.
pub fn live_parcels(town: &Town) {
    let parcels = town.sandbox.parcels();
    for order in town.orders() {
        let live = parcels.iter().filter(|parcel| is_for(parcel, &order) && may_be_delivered(parcel));
        let awbs: Vec<&str> = live.map(|parcel| parcel.awb.as_str()).collect();
        if awbs.len() > 1 {
            town.breach(Promise::OneParcel, format!("{} has the parcels {}.", order.reference, awbs.join(", ")));
        }
    }
}

/// Looks whether everything holds once all has settled.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn check(town: &Town, app: &App) -> Result<(), AppError> {
    live_parcels(town);
    for finding in invariants::check(app).await? {
        town.breach(Promise::Sound, finding.to_string());
    }
    check_queues(town, app).await?;
    let mut all = Vec::new();
    for order in town.orders() {
        let parcels = parcels_of(app, &order.reference).await?;
        check_order(town, app, &order, &parcels).await?;
        all.extend(parcels);
    }
    check_pushes(town, app, &all).await?;
    check_questions(town, app, &all).await
}

async fn check_queues(town: &Town, app: &App) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    for state in [JobState::Running, JobState::Dead] {
        let jobs = jobs::count(&mut conn, &JobFilter { state: Some(state), kind: None }).await?;
        if jobs > 0 {
            town.breach(Promise::Settled, format!("{jobs} jobs are {}.", state.code()));
        }
    }
    for state in ["queued", "dead"] {
        let filter = PushFilter { state: Some(state), ..PushFilter::default() };
        let pushes = webhooks::count(&mut conn, &filter).await?;
        if pushes > 0 {
            town.breach(Promise::Settled, format!("{pushes} pushes are {state}."));
        }
    }
    let (spooled, _) = app.intake.waiting().await;
    if spooled > 0 {
        town.breach(Promise::Settled, format!("{spooled} pushes are in the spool."));
    }
    Ok(())
}

async fn check_order(town: &Town, app: &App, order: &Ordered, parcels: &[Shipment]) -> Result<(), AppError> {
    let mut conn = app.db.read().await?;
    let Some(found) = orders::find(&mut conn, &order.reference).await? else {
        town.breach(Promise::Served, format!("{} is gone.", order.reference));
        return Ok(());
    };
    let status = found.order.status;
    let histories = desk::histories(&mut conn, std::slice::from_ref(&found.order.id)).await?;
    for step in histories.values().flatten().filter(|step| ["courier", "system"].contains(&step.author_kind.as_str())) {
        let (Some(from), Some(to)) = (step.from, step.to) else { continue };
        let is_called_off = to == OrderStatus::Cancelled && order.is_recalled;
        if (to as usize) <= (from as usize) || (to == OrderStatus::Cancelled && !is_called_off) {
            let sentence = format!("{} went from {} to {} by itself.", order.reference, from.code(), to.code());
            town.breach(Promise::NoStepBack, sentence);
        }
    }
    drop(conn);
    check_announcements(town, app, parcels).await?;
    check_truth(town, app, order, status, parcels).await?;
    town.note(format!("in the end {} is {}", order.reference, status.code()));
    Ok(())
}

async fn check_announcements(town: &Town, app: &App, parcels: &[Shipment]) -> Result<(), AppError> {
    for parcel in parcels {
        let mut promised = outbox::promised_to(&mut *app.db.read().await?, parcel.id.as_str()).await?;
        let count = promised.len();
        let state = format!("shipment.{}", parcel.status.code());
        let event = parcel.status_event_id.clone();
        if let Some(event) = event.filter(|event| !promised.contains(&(event.clone(), state.clone()))) {
            town.breach(Promise::Announced, format!("{} was not announced for {event}.", state));
        }
        promised.sort();
        promised.dedup();
        if promised.len() != count {
            town.breach(Promise::Announced, format!("{} has an effect twice.", parcel.id));
        }
    }
    Ok(())
}

/// The parcel at its courier.
fn at_courier<'p>(parcels: &'p [Parcel], courier: Provider, shipment: &Shipment) -> Option<&'p Parcel> {
    let own = || parcels.iter().filter(|parcel| parcel.courier == courier);
    let by_awb = shipment.awb.as_ref().and_then(|awb| own().find(|parcel| parcel.awb == *awb));
    by_awb.or_else(|| own().find(|parcel| Some(&parcel.reference) == shipment.our_reference.as_ref()))
}

async fn check_truth(
    town: &Town,
    app: &App,
    order: &Ordered,
    status: OrderStatus,
    shipments: &[Shipment],
) -> Result<(), AppError> {
    let parcels = town.sandbox.parcels();
    let name = &order.reference;
    for parcel in parcels.iter().filter(|parcel| is_for(parcel, order) && may_be_delivered(parcel)) {
        if status == OrderStatus::Cancelled {
            town.breach(Promise::OneParcel, format!("{name} is cancelled and {} is {}.", parcel.awb, parcel.status));
        }
        let is_known = shipments.iter().any(|shipment| shipment.our_reference.as_ref() == Some(&parcel.reference));
        if !is_known {
            town.breach(Promise::OneParcel, format!("Nobody knows of {} of {name}.", parcel.awb));
        }
    }
    for shipment in shipments.iter().filter(|shipment| shipment.released_at.is_none()) {
        let courier = app.accounts.find(app, &shipment.courier_id).await?.provider();
        let is_open = matches!(shipment.booking_state, BookingState::InFlight | BookingState::Unknown);
        if is_open && shipment.is_live() {
            let state = shipment.booking_state.code();
            town.breach(Promise::Settled, format!("The booking of {name} with {} is {state}.", courier.code()));
        }
        let Some(parcel) = at_courier(&parcels, courier, shipment) else { continue };
        let end = end_of(parcel);
        if shipment.booking_state == BookingState::Refused && end.is_live() {
            town.breach(Promise::OneParcel, format!("{name} is refused, and {} has {}.", courier.code(), parcel.awb));
            continue;
        }
        let (said, is) = (shipment.status.code(), &parcel.status);
        // Who hands over what the courier has called off is asked about it, and right until then.
        let is_asked = asks_whether_it_moves(app, shipment).await?;
        if !end.allows(shipment.status) && !is_asked {
            town.breach(Promise::True, format!("The parcel of {name} is {said}; {} says {is}.", courier.code()));
        }
        let is_order_right = match (end, status) {
            (_, OrderStatus::Cancelled | OrderStatus::Refunded) => true,
            (End::Delivered, status) => status == OrderStatus::Delivered,
            (End::Returned, OrderStatus::Shipped | OrderStatus::OutForDelivery) => !order.is_recalled,
            (End::Partly | End::Returned | End::CalledOff | End::Lost | End::Open, status) => {
                status != OrderStatus::Delivered
            }
        };
        if !is_order_right {
            let sentence = format!("{name} is {}; {} says {is} of its parcel.", status.code(), courier.code());
            town.breach(Promise::True, sentence);
        }
        town.note(format!("in the end {} is {said}, {is} at its courier", parcel.awb));
    }
    Ok(())
}

async fn asks_whether_it_moves(app: &App, shipment: &Shipment) -> Result<bool, AppError> {
    let mut conn = app.db.read().await?;
    let cases = desk::open_cases(&mut conn, std::slice::from_ref(&shipment.order_id)).await?;
    let mut all = cases.into_values().flatten();
    Ok(all.any(|case| case.kind == CaseKind::Revived && case.shipment_id.as_ref() == Some(&shipment.id)))
}

/// Every acknowledged push has its row, and every scan in it is in the timeline of its parcel.
async fn check_pushes(town: &Town, app: &App, shipments: &[Shipment]) -> Result<(), AppError> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let acknowledged = town.acknowledged();
    for push in &acknowledged {
        *times.entry(secrets::digest(&push.body)).or_default() += 1;
    }
    for (hash, count) in times {
        let states = webhooks::states_of(&mut *app.db.read().await?, &hash).await?;
        if states.len() < count {
            town.breach(Promise::NoLostPush, format!("Of {count} pushes {hash:.8} there are {}.", states.len()));
        }
        for state in states.iter().filter(|state| !["applied", "ignored"].contains(&state.as_str())) {
            town.breach(Promise::NoLostPush, format!("The push {hash:.8} is {state}."));
        }
    }
    for push in acknowledged {
        let read = couriers::of(push.courier).and_then(|courier| courier.read_push(&push.body).ok());
        let Some(Push::Parcels { reports, .. }) = read else { continue };
        for report in reports {
            let instants = report.heard.into_iter().flatten().filter_map(|heard| heard.at).collect();
            must_be_told(town, app, shipments, push.courier, &report.numbers, instants).await?;
        }
    }
    Ok(())
}

async fn must_be_told(
    town: &Town,
    app: &App,
    shipments: &[Shipment],
    courier: Provider,
    numbers: &Numbers,
    instants: Vec<UnixMillis>,
) -> Result<(), AppError> {
    let is_it = |shipment: &&Shipment| {
        let is_awb = numbers.awb.is_some() && shipment.awb == numbers.awb;
        is_awb || (numbers.reference.is_some() && shipment.our_reference == numbers.reference)
    };
    let Some(shipment) = shipments.iter().find(is_it) else { return Ok(()) };
    let told = tracking::of_shipments(&mut *app.db.read().await?, std::slice::from_ref(&shipment.id)).await?;
    let is_at =
        |event: &StoredEvent, at: UnixMillis| event.happened_at.0.div_euclid(SECOND_MS) == at.0.div_euclid(SECOND_MS);
    for at in instants {
        if !told.iter().any(|event| is_at(event, at)) {
            let awb = shipment.awb.as_deref().unwrap_or("a parcel");
            let sentence = format!("{} told of {awb} at {}, and the timeline does not.", courier.code(), at.0);
            town.breach(Promise::NoLostScan, sentence);
        }
    }
    Ok(())
}

/// Asks about every parcel once more: what couriers answer is in the timeline then.
async fn check_questions(town: &Town, app: &App, shipments: &[Shipment]) -> Result<(), AppError> {
    for shipment in shipments {
        let account = app.accounts.find(app, &shipment.courier_id).await?;
        if shipment.booking_state != BookingState::Booked || shipment.released_at.is_some() {
            continue;
        }
        if checking::check_one(app, &staff(), shipment.id.as_str()).await.is_err() {
            // Couriers without an AWB have nothing to say.
            continue;
        }
        let Some(courier) = couriers::of(account.provider()) else { continue };
        let asked = courier.track(&app.outbound, &account, &[shipment.numbers()]).await;
        for report in asked.into_iter().flatten().flatten() {
            let instants = report.heard.into_iter().flatten().filter_map(|heard| heard.at).collect();
            let own = std::slice::from_ref(shipment);
            must_be_told(town, app, own, account.provider(), &shipment.numbers(), instants).await?;
        }
        let events = tracking::of_shipments(&mut *app.db.read().await?, std::slice::from_ref(&shipment.id)).await?;
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        let digest = secrets::digest(ids.join("\n").as_bytes());
        town.note(format!("{} has {} events, {digest:.16}", shipment.id, events.len()));
    }
    Ok(())
}
