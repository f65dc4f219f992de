//! Stored events, read again by what is known of their codes today.
//!
//! Nothing but the reading of an event changes, and then its parcel is folded again by the road that all
//! news take: hard ends and corrections stand as they stand in any fold, and the outbox knows what it has
//! promised. It goes on in small transactions, and selects by state: an event is read again because what is stored is
//! not what would be read today. So it may be broken off anywhere, and doing it twice changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::couriers::{AddedRow, Meaning, Provider};
use crate::domain::ids::{CourierId, OrderId, ShipmentId, StoreId};
use crate::domain::mappings::{CodeKey, Reread};
use crate::domain::orders::OrderStatus;
use crate::domain::shipping::{Leg, ShipmentStatus};
use crate::domain::time::SECOND_MS;
use crate::domain::tracking::{CaseKind, counted};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::tracking::{Desk, Pen};
use crate::server::actions::work::Work;
use crate::server::couriers::{self, status};
use crate::server::db::mappings::{self, Candidate, NewReading};
use crate::server::db::tracking::{Reading, StoredEvent};
use crate::server::db::{Conn, couriers as accounts, webhooks};
use crate::server::live::Hint;

/// Events read again in one transaction: with all that may follow from one, no more than 200 rows.
const BATCH: usize = 25;
/// Events looked at in one go.
const PAGE: i64 = 1_000;
/// Events a job reads again before it lets others have their turn.
const RUN_MAX: usize = 2_000;
/// Events of which is worked out what would come of them, and orders of these looked at in one go.
const FORECAST_MAX: usize = 2_000;
const FORECAST_ORDERS: usize = 100;
/// When a job looks after a change whose request was cut off.
const LOOKED_AFTER_MS: i64 = 5 * SECOND_MS;

/// What codes mean today: the tables of the couriers, and what merchants have added.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    providers: BTreeMap<CourierId, Provider>,
    own: BTreeMap<CourierId, Vec<AddedRow>>,
}

impl Mapping {
    /// The mapping of today.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the database is away.
    pub async fn today(app: &App) -> Result<Mapping, AppError> {
        let all = app.accounts.all(app).await?;
        let providers = all.iter().map(|account| (account.shown.id.clone(), account.provider())).collect();
        let mapping = Mapping { providers, own: BTreeMap::new() };
        Ok(mapping.read_own(&mut *app.db.read().await?).await?)
    }

    /// The same with what merchants have added by now.
    async fn read_own(mut self, conn: &mut Conn) -> Result<Mapping, sqlx::Error> {
        let couriers: Vec<CourierId> = self.providers.keys().cloned().collect();
        self.own.clear();
        for (courier, row) in accounts::added_codes(conn, &couriers).await? {
            self.own.entry(courier).or_default().push(row);
        }
        Ok(self)
    }

    /// The mapping as it would be if a code meant something else; without a meaning, if the merchant had said
    /// nothing about it.
    pub fn supposing(mut self, key: &CodeKey, meaning: Option<Meaning>) -> Mapping {
        let own = self.own.entry(key.courier.clone()).or_default();
        own.retain(|row| !(row.leg == key.leg && row.code == key.code));
        own.extend(meaning.map(|meaning| AddedRow {
            id: String::new(),
            leg: key.leg,
            code: key.code.clone(),
            meaning,
        }));
        self
    }

    /// How a code is read, and by which version of its courier's table; nothing for an account that is not
    /// there any more.
    pub fn read(&self, key: &CodeKey) -> Option<(Reading, i64)> {
        let courier = couriers::of(*self.providers.get(&key.courier)?)?;
        let own = self.own.get(&key.courier).map_or(&[][..], Vec::as_slice);
        let (meaning, row) = status::read(courier, own, key.leg, &key.code);
        Some((Reading::of(meaning, row.map(|row| row.id.clone())), courier.statuses_version()))
    }

    fn reads_otherwise(&self, event: &Candidate) -> bool {
        self.read(&event.key).is_some_and(|(reading, _)| reading != event.reading)
    }

    /// The courier an account is with.
    pub fn provider(&self, courier: &CourierId) -> Option<Provider> {
        self.providers.get(courier).copied()
    }

    /// What merchants have added, as the desk of parcels wants it.
    pub fn added(&self) -> Vec<(CourierId, AddedRow)> {
        let rows = |(courier, rows): (&CourierId, &Vec<AddedRow>)| {
            rows.iter().map(|row| (courier.clone(), row.clone())).collect::<Vec<_>>()
        };
        self.own.iter().flat_map(rows).collect()
    }
}

/// What becomes of a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The parcel.
    pub shipment: ShipmentId,
    /// Its state before.
    pub from: ShipmentStatus,
    /// Its state then.
    pub to: ShipmentStatus,
    /// Questions that are asked then and were not before.
    pub asked: Vec<CaseKind>,
    /// Questions that are no longer asked.
    pub settled: Vec<CaseKind>,
}

/// What becomes of parcels and their orders.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    /// The parcels that were touched.
    pub parcels: Vec<Outcome>,
    /// Orders that are brought forward: from where, to where.
    pub orders: BTreeMap<OrderId, (OrderStatus, OrderStatus)>,
}

impl Desk {
    /// Reads chosen events again; answers those that mean something else now. What people said is no code.
    pub(super) fn read_again(
        &mut self,
        mapping: &Mapping,
        is_chosen: impl Fn(&StoredEvent) -> bool,
    ) -> Vec<NewReading> {
        let mut readings = Vec::new();
        for (shipment, events) in &mut self.events {
            let Some(parcel) = self.parcels.get(shipment) else { continue };
            for event in events.iter_mut().filter(|event| event.source != "manual" && is_chosen(event)) {
                let key = CodeKey { courier: parcel.courier_id.clone(), leg: parcel.leg, code: event.code() };
                let Some((reading, version)) = mapping.read(&key) else { continue };
                if reading != event.reading() {
                    event.read_as(&reading);
                    readings.push((event.id.clone(), reading, version));
                    self.touched.insert(shipment.clone());
                }
            }
        }
        readings
    }

    /// What will come of what was touched.
    pub(super) fn outcomes(&self) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for parcel in self.touched.iter().filter_map(|id| self.parcels.get(id)) {
            let folded = self.outcome(parcel);
            let open = self.cases.iter().filter(|case| {
                let is_folded = case.kind != CaseKind::BookingUnknown;
                is_folded && case.closed_at.is_none() && case.shipment_id.as_ref() == Some(&parcel.id)
            });
            let before: Vec<CaseKind> = open.map(|case| case.kind).collect();
            let then: Vec<CaseKind> =
                folded.cases.iter().filter(|case| case.closed_at.is_none()).map(|case| case.kind).collect();
            let beyond = |these: &[CaseKind], others: &[CaseKind]| {
                these.iter().copied().filter(|kind| !others.contains(kind)).collect::<Vec<_>>()
            };
            outcomes.parcels.push(Outcome {
                shipment: parcel.id.clone(),
                from: parcel.status,
                to: folded.status,
                asked: beyond(&then, &before),
                settled: beyond(&before, &then),
            });
        }
        let touched: BTreeSet<&OrderId> =
            self.touched.iter().filter_map(|id| self.parcels.get(id)).map(|parcel| &parcel.order_id).collect();
        for order in self.orders.iter().filter(|order| touched.contains(&order.id)) {
            let of_order = self.parcels.values().filter(|one| one.order_id == order.id && one.leg == Leg::Forward);
            let counted = counted(of_order.collect(), |parcel| parcel.released_at.is_some());
            if let Some(to) = self.forward(order, &counted) {
                outcomes.orders.insert(order.id.clone(), (order.status, to));
            }
        }
        outcomes
    }
}

/// Sums up batches; a parcel of two of them counts once.
#[derive(Default)]
struct Tally {
    events: usize,
    parcels: BTreeSet<ShipmentId>,
    moved: BTreeSet<ShipmentId>,
    orders: BTreeSet<OrderId>,
    is_more: bool,
}

impl Tally {
    fn add(&mut self, events: usize, outcomes: Outcomes) {
        self.events += events;
        for one in outcomes.parcels {
            if one.from != one.to {
                self.moved.insert(one.shipment.clone());
            }
            self.parcels.insert(one.shipment);
        }
        self.orders.extend(outcomes.orders.into_keys());
    }

    fn sum(self) -> Reread {
        Reread {
            events: self.events,
            parcels: self.parcels.len(),
            moved: self.moved.len(),
            orders: self.orders.len(),
            is_more: self.is_more,
        }
    }
}

/// Queues reading a store's events again, in the transaction of its cause. Whoever waits for it begins at
/// once by [`go_on`]; the job sees to the rest.
///
/// # Errors
/// When the database is away.
pub async fn enqueue(conn: &mut Conn, pen: &Pen, store: &StoreId) -> Result<(), sqlx::Error> {
    let later = pen.now.plus(LOOKED_AFTER_MS);
    Work::ReadAgain(store.clone()).enqueue(conn, &pen.chance, later, pen.now).await
}

/// Reads a store's events again as a job, and comes again while there are more.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn run(app: &App, store: &StoreId) -> Result<(), AppError> {
    if !go_on(app, store, RUN_MAX).await?.is_more {
        return Ok(());
    }
    let (pen, store) = (app.pen(), store.clone());
    app.db
        .write(move |conn| {
            let (pen, store) = (pen.clone(), store.clone());
            Box::pin(async move { Ok(enqueue(conn, &pen, &store).await?) })
        })
        .await
}

/// Reads a store's events again whose reading is not that of today, at most so many.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn go_on(app: &App, store: &StoreId, max: usize) -> Result<Reread, AppError> {
    let mapping = Mapping::today(app).await?;
    let (mut tally, mut after) = (Tally::default(), String::new());
    loop {
        let page = mappings::candidates(&mut *app.db.read().await?, store, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(tally.sum()) };
        after.clone_from(&last.id);
        let misread: Vec<Candidate> = page.into_iter().filter(|event| mapping.reads_otherwise(event)).collect();
        for batch in misread.chunks(BATCH) {
            if tally.events >= max {
                tally.is_more = true;
                return Ok(tally.sum());
            }
            let (events, outcomes) = read_batch(app, &mapping, batch).await?;
            tally.add(events, outcomes);
        }
    }
}

/// One transaction: the mapping is read once more under the locks, for it may have changed.
async fn read_batch(app: &App, mapping: &Mapping, batch: &[Candidate]) -> Result<(usize, Outcomes), AppError> {
    let orders: Vec<OrderId> = batch.iter().map(|event| event.order_id.clone()).collect();
    let chosen: BTreeSet<String> = batch.iter().map(|event| event.id.clone()).collect();
    let (pen, mapping) = (app.pen(), mapping.clone());
    let (events, outcomes, applied) = app
        .db
        .write(move |conn| {
            let (pen, mapping, orders, chosen) = (pen.clone(), mapping.clone(), orders.clone(), chosen.clone());
            Box::pin(async move {
                let mut desk = Desk::open(conn, &pen, orders).await?;
                let mapping = mapping.read_own(conn).await?;
                let readings = desk.read_again(&mapping, |event| chosen.contains(&event.id));
                let outcomes = desk.outcomes();
                mappings::set_readings(conn, &readings).await?;
                let applied = desk.settle(conn, &pen, &[]).await?;
                Ok((readings.len(), outcomes, applied))
            })
        })
        .await?;
    for order in &applied.orders {
        app.live.publish(Hint::order(order));
    }
    Ok((events, outcomes))
}

/// Reads every event of one parcel again, and puts some of its stored pushes into the queue, in one
/// transaction; answers how many events mean something else now.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn read_parcel(
    app: &App,
    (shipment, order): (&ShipmentId, &OrderId),
    pushes: Vec<String>,
) -> Result<usize, AppError> {
    let (pen, mapping) = (app.pen(), Mapping::today(app).await?);
    let (shipment, order_id) = (shipment.clone(), order.clone());
    let count = app
        .db
        .write(move |conn| {
            let (pen, mapping, pushes) = (pen.clone(), mapping.clone(), pushes.clone());
            let (shipment, order_id) = (shipment.clone(), order_id.clone());
            Box::pin(async move {
                let mut desk = Desk::open(conn, &pen, [order_id]).await?;
                let mapping = mapping.read_own(conn).await?;
                let readings = desk.read_again(&mapping, |event| event.shipment_id == shipment);
                mappings::set_readings(conn, &readings).await?;
                desk.settle(conn, &pen, &[]).await?;
                for push in &pushes {
                    webhooks::requeue(conn, push, None, pen.now).await?;
                }
                Ok(readings.len())
            })
        })
        .await?;
    app.live.publish(Hint::order(order));
    Ok(count)
}

/// What would come of another mapping for the events of one code, or of all; nothing is locked or changed.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn forecast(
    app: &App,
    store: &StoreId,
    mapping: &Mapping,
    only: Option<&CodeKey>,
) -> Result<Reread, AppError> {
    let mut tally = Tally::default();
    let chosen = misread(app, store, mapping, only, &mut tally.is_more).await?;
    let mut by_order: BTreeMap<OrderId, Vec<String>> = BTreeMap::new();
    for event in chosen {
        by_order.entry(event.order_id).or_default().push(event.id);
    }
    let orders: Vec<OrderId> = by_order.keys().cloned().collect();
    for some in orders.chunks(FORECAST_ORDERS) {
        let events: BTreeSet<&String> = some.iter().filter_map(|order| by_order.get(order)).flatten().collect();
        let mut conn = app.db.read().await?;
        let mut desk = Desk::look(&mut conn, some).await?;
        let readings = desk.read_again(mapping, |event| events.contains(&event.id));
        tally.add(readings.len(), desk.outcomes());
    }
    Ok(tally.sum())
}

/// Events that a mapping reads otherwise, at most as many as are worked out.
async fn misread(
    app: &App,
    store: &StoreId,
    mapping: &Mapping,
    only: Option<&CodeKey>,
    is_more: &mut bool,
) -> Result<Vec<Candidate>, AppError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = mappings::candidates(&mut *app.db.read().await?, store, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.id);
        let is_asked = |event: &Candidate| only.is_none_or(|only| *only == event.key);
        found.extend(page.into_iter().filter(|event| is_asked(event) && mapping.reads_otherwise(event)));
        if found.len() > FORECAST_MAX {
            found.truncate(FORECAST_MAX);
            *is_more = true;
            return Ok(found);
        }
    }
}

/// How many events there are of each code that today's mapping reads otherwise than they are stored.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn misread_codes(
    app: &App,
    store: &StoreId,
    mapping: &Mapping,
) -> Result<Vec<(CodeKey, Meaning, usize)>, AppError> {
    let mut codes: Vec<(CodeKey, Meaning, usize)> = Vec::new();
    let mut is_more = false;
    for event in misread(app, store, mapping, None, &mut is_more).await? {
        match codes.iter_mut().find(|(key, _, _)| *key == event.key) {
            Some((_, _, count)) => *count += 1,
            None => {
                let meaning = mapping.read(&event.key).map_or(Meaning::Unknown, |(reading, _)| reading.meaning());
                codes.push((event.key, meaning, 1));
            }
        }
    }
    Ok(codes)
}
