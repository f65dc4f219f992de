//! Asking couriers for news: one parcel, or a run over all of them.

use std::collections::BTreeMap;

use crate::domain::checkout::clean_line;
use crate::domain::ids::{CourierId, ShipmentId, StoreId};
use crate::domain::messages::EN;
use crate::domain::shipping::{BookingState, ShipmentStatus};
use crate::domain::time::UnixMillis;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::desk::CHECK_KIND;
use crate::server::actions::pushes::cleaned_report;
use crate::server::actions::shipping as parcels;
use crate::server::actions::tracking::{self, News, Pen, Source};
use crate::server::actions::work::Work;
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, CourierError, Report};
use crate::server::db::events::{self, Author, NewActivity};
use crate::server::db::jobs::runs::{self, ItemOutcome, NewRun};
use crate::server::db::shipping::{self, Shipment};
use crate::server::db::{couriers as accounts, orders, polling};
use crate::server::live::Hint;
use crate::server::metrics::SyncKind;

/// Parcels asked for per step of a run.
const BATCH: i64 = 50;
/// Parcels of one run.
pub const RUN_MAX: i64 = 5_000;

/// What asking for a parcel has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The parcel.
    pub shipment: ShipmentId,
    /// Whether its state is another one now.
    pub is_change: bool,
    /// Whether the courier did not answer, or asked to come again later.
    pub is_away: bool,
    /// Its state, or why the courier could not say.
    pub outcome: Result<ShipmentStatus, String>,
}

impl Checked {
    fn of(shipment: ShipmentId, outcome: Result<ShipmentStatus, String>) -> Self {
        Self { shipment, is_change: false, is_away: false, outcome }
    }

    /// In one sentence.
    pub fn sentence(&self) -> String {
        let label = |status: &ShipmentStatus| status.label_key().to_owned();
        match &self.outcome {
            Ok(status) if self.is_change => (EN.check_changed)(&label(status)),
            Ok(status) => (EN.check_same)(&label(status)),
            Err(reason) => reason.clone(),
        }
    }
}

/// Asks for one parcel at once; answers what came of it in one sentence.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see, [`AppError::Conflict`] when the courier cannot
/// be asked or did not answer.
pub async fn check_one(app: &App, actor: &Actor, shipment: &str) -> Result<String, AppError> {
    let found = parcels::find(app, actor, shipment).await?;
    let account = app.accounts.find(app, &found.courier_id).await?;
    if !couriers::of(account.provider()).is_some_and(|courier| courier.capabilities().tracks) {
        return Err(AppError::conflict(EN.check_by_hand));
    }
    let checked = ask(app, &account, vec![found]).await?.pop().ok_or(AppError::Internal)?;
    let sentence = checked.sentence();
    if checked.outcome.is_err() { Err(AppError::conflict((EN.courier_failed)(&sentence))) } else { Ok(sentence) }
}

/// Asks for a parcel whose order was just called shipped; a courier that cannot be asked is none to wait for.
///
/// # Errors
/// [`AppError::Conflict`] when the courier did not answer; then it is to be asked again.
pub async fn check_shipped(app: &App, id: &ShipmentId) -> Result<(), AppError> {
    let Some(found) = shipping::find(&mut *app.db.read().await?, id).await? else { return Ok(()) };
    if !found.is_live() || found.is_pinned != 0 || found.booking_state != BookingState::Booked {
        return Ok(());
    }
    for checked in ask_all(app, vec![found]).await? {
        checked.outcome.map_err(AppError::conflict)?;
    }
    Ok(())
}

/// Begins a run over every live parcel of orders in processing, shipped or out for delivery (K58).
///
/// # Errors
/// [`AppError::Forbidden`] for anybody who works in no store.
pub async fn begin_run(app: &App, actor: &Actor, wish: &RunWish) -> Result<String, AppError> {
    let store = match actor.role {
        Some(crate::domain::staff::Role::Seller) => Some(actor.only_store.clone().ok_or(AppError::Forbidden)?),
        Some(crate::domain::staff::Role::Staff | crate::domain::staff::Role::Admin) => actor.only_store.clone(),
        Some(crate::domain::staff::Role::Customer) | None => return Err(AppError::Forbidden),
    };
    let found = to_check(app, store.as_ref(), wish).await?;
    let (pen, author) = (app.pen(), actor.author.clone());
    let run = NewRun {
        id: app.chance.id(pen.now),
        store_id: store,
        kind: CHECK_KIND,
        params: "{}".to_owned(),
        author,
        items: found.into_iter().map(|one| (one.id.to_string(), one.store_id)).collect(),
        entity: "shipment",
    };
    let id = run.id.clone();
    app.db
        .write(move |conn| {
            let (pen, run) = (pen.clone(), run.clone());
            Box::pin(async move {
                runs::insert(conn, &run, pen.now).await?;
                events::insert_activity(conn, &check_activity(&pen, &run.author), pen.now).await?;
                Ok(Work::CheckRun(run.id.clone()).enqueue(conn, &pen.chance, pen.now, pen.now).await?)
            })
        })
        .await?;
    app.live.publish(Hint::run(&id));
    Ok(id)
}

/// Writes down that somebody had couriers asked.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn note_check(app: &App, actor: &Actor) -> Result<(), AppError> {
    let (pen, author) = (app.pen(), actor.author.clone());
    app.db
        .write(move |conn| {
            let (activity, now) = (check_activity(&pen, &author), pen.now);
            Box::pin(async move { Ok(events::insert_activity(conn, &activity, now).await?) })
        })
        .await
}

/// Which parcels a run is about.
#[derive(Clone, Debug)]
pub struct RunWish {
    /// Only of this account.
    pub courier: Option<CourierId>,
    /// Only booked at least so long ago, in milliseconds.
    pub older_than_ms: i64,
    /// At most so many.
    pub max: i64,
}

/// The parcels a run would ask for, those that were asked for longest ago first.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn to_check(app: &App, store: Option<&StoreId>, wish: &RunWish) -> Result<Vec<Shipment>, AppError> {
    let before = UnixMillis(app.clock.now().0.saturating_sub(wish.older_than_ms));
    let mut conn = app.db.read().await?;
    Ok(polling::to_check(&mut conn, store, wish.courier.as_ref(), before, wish.max.clamp(1, RUN_MAX)).await?)
}

fn check_activity(pen: &Pen, author: &Author) -> NewActivity {
    NewActivity {
        id: pen.chance.id(pen.now),
        store_id: None,
        action: "delivery_status.checked",
        entity: "shipments",
        entity_id: String::new(),
        author: author.clone(),
    }
}

/// Goes on with a run until it is through. A run that was cut off by a restart goes on where it stopped.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn go_on(app: &App, run: &str) -> Result<(), AppError> {
    mark(app, run, false).await?;
    loop {
        let waiting = runs::waiting(&mut *app.db.read().await?, run, BATCH).await?;
        if waiting.is_empty() {
            mark(app, run, true).await?;
            return Ok(());
        }
        let mut found = Vec::new();
        for id in &waiting {
            found.extend(shipping::find(&mut *app.db.read().await?, &ShipmentId::new(id)).await?);
        }
        let checked = ask_all(app, found).await?;
        let outcomes: Vec<ItemOutcome> = waiting
            .into_iter()
            .map(|id| match checked.iter().find(|one| one.shipment.as_str() == id) {
                Some(one) => ItemOutcome {
                    entity_id: id,
                    is_done: one.outcome.is_ok(),
                    is_change: one.is_change,
                    message: one.sentence(),
                },
                None => ItemOutcome { entity_id: id, is_done: true, is_change: false, message: String::new() },
            })
            .collect();
        settle(app, run, outcomes).await?;
    }
}

async fn settle(app: &App, run: &str, outcomes: Vec<ItemOutcome>) -> Result<(), AppError> {
    let (now, name) = (app.clock.now(), run.to_owned());
    app.db
        .write(move |conn| {
            let (outcomes, name) = (outcomes.clone(), name.clone());
            Box::pin(async move {
                for outcome in &outcomes {
                    runs::settle(conn, &name, outcome, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    app.live.publish(Hint::run(run));
    Ok(())
}

async fn mark(app: &App, run: &str, is_finished: bool) -> Result<(), AppError> {
    let (now, name) = (app.clock.now(), run.to_owned());
    app.db
        .write(move |conn| {
            let name = name.clone();
            Box::pin(async move { Ok(runs::set_state(conn, &name, is_finished, now).await?) })
        })
        .await?;
    app.live.publish(Hint::run(run));
    Ok(())
}

/// Asks for parcels of any accounts.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn ask_all(app: &App, shipments: Vec<Shipment>) -> Result<Vec<Checked>, AppError> {
    let mut by_account: BTreeMap<CourierId, Vec<Shipment>> = BTreeMap::new();
    for shipment in shipments {
        by_account.entry(shipment.courier_id.clone()).or_default().push(shipment);
    }
    let mut checked = Vec::new();
    for (courier, shipments) in by_account {
        let account = app.accounts.find(app, &courier).await?;
        checked.extend(ask(app, &account, shipments).await?);
    }
    Ok(checked)
}

/// Asks an account for parcels and takes in what it says.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn ask(app: &App, account: &Account, shipments: Vec<Shipment>) -> Result<Vec<Checked>, AppError> {
    let courier = couriers::of(account.provider());
    let Some(courier) = courier.filter(|courier| courier.capabilities().tracks && account.shown.is_enabled) else {
        let silent = |one: Shipment| Checked::of(one.id, Ok(one.status));
        return Ok(shipments.into_iter().map(silent).collect());
    };
    let numbers: Vec<_> = shipments.iter().map(Shipment::numbers).collect();
    let answers = match courier.track(&app.outbound, account, &numbers).await {
        Ok(answers) => answers,
        Err(error) => numbers.iter().map(|_| Err(error.clone())).collect(),
    };
    let mut checked = Vec::with_capacity(shipments.len());
    let mut news = Vec::new();
    let mut failure = None;
    for (shipment, answer) in shipments.into_iter().zip(answers) {
        app.metrics.synced(account.provider(), SyncKind::Tracking, answer.is_ok());
        let is_away = matches!(answer, Err(CourierError::Unavailable { .. }));
        match answer
            .map_err(|error| clean_line(&error.to_string()))
            .and_then(|report| polled(&shipment, account, report))
        {
            Ok(one) => {
                checked.push(Checked::of(shipment.id.clone(), Ok(shipment.status)));
                news.push(one);
            }
            Err(reason) => {
                failure = Some(reason.clone());
                checked.push(Checked { is_away, ..Checked::of(shipment.id, Err(reason)) });
            }
        }
    }
    take_in(app, account, news, failure, &mut checked).await?;
    Ok(checked)
}

fn polled(shipment: &Shipment, account: &Account, report: Report) -> Result<News, String> {
    let report = cleaned_report(report);
    Ok(News {
        shipment: shipment.clone(),
        provider: account.provider(),
        heard: report.heard?,
        numbers: report.numbers,
        expected_delivery_at: report.expected_delivery_at,
        source: Source::Poll,
    })
}

async fn take_in(
    app: &App,
    account: &Account,
    news: Vec<News>,
    failure: Option<String>,
    checked: &mut [Checked],
) -> Result<(), AppError> {
    let (pen, shown) = (app.pen(), account.shown.clone());
    let announces = account.webhook_secret.is_some();
    let (applied, states) = app
        .db
        .write(move |conn| {
            let (pen, news, shown, failure) = (pen.clone(), news.clone(), shown.clone(), failure.clone());
            Box::pin(async move {
                let added = accounts::added_codes(conn, std::slice::from_ref(&shown.id)).await?;
                let applied = tracking::apply(conn, &pen, &added, &news).await?;
                let unannounced = if announces { i64::try_from(applied.moved.len()).unwrap_or(0) } else { 0 };
                let error = failure.as_deref();
                accounts::note_call(conn, &shown.id, &shown.store_id, error, unannounced, pen.now).await?;
                let orders: Vec<_> = applied.orders.iter().cloned().collect();
                Ok((applied, shipping::of_orders(conn, &orders).await?))
            })
        })
        .await?;
    for one in checked.iter_mut().filter(|one| one.outcome.is_ok()) {
        if let Some(present) = states.iter().find(|present| present.id == one.shipment) {
            one.outcome = Ok(present.status);
            one.is_change = applied.moved.contains(&one.shipment);
        }
    }
    for order in &applied.orders {
        app.live.publish(Hint::order(order));
    }
    Ok(())
}

/// The references of the orders of parcels, for people.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn references(app: &App, shipments: &[Shipment]) -> Result<BTreeMap<ShipmentId, String>, AppError> {
    let ids: Vec<_> = shipments.iter().map(|one| one.order_id.clone()).collect();
    let found = orders::by_ids(&mut *app.db.read().await?, &ids).await?;
    Ok(shipments
        .iter()
        .filter_map(|one| {
            let (_, order) = found.iter().find(|(_, order)| order.id == one.order_id)?;
            Some((one.id.clone(), order.reference.clone()))
        })
        .collect())
}
