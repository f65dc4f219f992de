//! What couriers and people say about parcels, and everything that follows from it: one function for
//! pushes, polls and corrections, for one parcel or for two hundred, in the caller's transaction.
//!
//! The order's lock guards its parcels too: whoever changes a parcel locks its order first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::couriers::{AddedRow, Booking, Heard, Numbers};
use crate::domain::ids::{CourierId, OrderId, ShipmentId};
use crate::domain::orders::{OrderStatus, advance};
use crate::domain::polling::{Asking, next_poll};
use crate::domain::shipping::{BookingState, Leg, Phase, ShipmentStatus};
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::domain::tracking::{CaseKind, Folded, FoldedCase, are_returned, counted, fold, order_of_parcels};
use crate::server::actions::actor::Actor;
use crate::server::actions::booking;
use crate::server::actions::effects::Promise;
use crate::server::actions::fulfilment::{Step, kind_of, order_change};
use crate::server::clock::Chance;
use crate::server::couriers::{self, status};
use crate::server::db::events::{self, Author};
use crate::server::db::fulfilment::{self, LockedOrder};
use crate::server::db::jobs::outbox;
use crate::server::db::shipping::{self, Shipment, Standing};
use crate::server::db::tracking::{self, NewTrackingEvent, Reading, StoredCase, StoredEvent};
use crate::server::db::write::Failure;
use crate::server::db::{Conn, Engine};
use crate::server::secrets;

/// News of one parcel.
#[derive(Clone, Debug)]
pub struct News {
    /// The parcel.
    pub shipment: Shipment,
    /// The provider whose table its codes are read by.
    pub provider: crate::domain::couriers::Provider,
    /// What was said.
    pub heard: Vec<Heard>,
    /// What the courier calls the parcel; fills numbers that were pending.
    pub numbers: Numbers,
    /// When the courier expects to deliver it, if it said so.
    pub expected_delivery_at: Option<UnixMillis>,
    /// Where it comes from.
    pub source: Source,
}

/// Where news come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A push, with the id of its stored row and when it arrived.
    Push(String, UnixMillis),
    /// An answer to our question.
    Poll,
}

/// What a person says about a parcel.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The state it is in.
    pub status: ShipmentStatus,
    /// Whether it overrules what couriers said, or is one more piece of news.
    pub is_correction: bool,
    /// Why.
    pub note: String,
    /// Who.
    pub author: Author,
}

/// What a transaction of this room needs beside the connection.
#[derive(Clone, Debug)]
pub struct Pen {
    /// The engine.
    pub engine: Engine,
    /// Randomness for ids.
    pub chance: Chance,
    /// When.
    pub now: UnixMillis,
}

/// What became of news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Orders whose pages have changed.
    pub orders: BTreeSet<OrderId>,
    /// Parcels whose state is another one now.
    pub moved: BTreeSet<ShipmentId>,
}

/// Takes news of parcels in. The same news again changes nothing.
///
/// # Errors
/// When the database is away; a unique violation when a number belongs to another parcel.
pub async fn apply(
    conn: &mut Conn,
    pen: &Pen,
    added: &[(CourierId, AddedRow)],
    news: &[News],
) -> Result<Applied, Failure> {
    let desk = Desk::open(conn, pen, news.iter().map(|one| one.shipment.order_id.clone())).await?;
    desk.apply(conn, pen, added, news).await
}

/// Takes in what a person says about a parcel; a correction sets its state and settles its open cases.
///
/// # Errors
/// When the database is away.
pub async fn declare(
    conn: &mut Conn,
    pen: &Pen,
    shipment: &Shipment,
    statement: &Statement,
) -> Result<Applied, Failure> {
    let mut desk = Desk::open(conn, pen, std::iter::once(shipment.order_id.clone())).await?;
    let event = NewTrackingEvent {
        id: pen.chance.id(pen.now),
        store_id: shipment.store_id.clone(),
        shipment_id: shipment.id.clone(),
        source: "manual",
        happened_at: pen.now,
        code: couriers::Code::default(),
        reading: Reading { status: Some(statement.status), ..Reading::default() },
        mapping_version: 0,
        is_correction: statement.is_correction,
        activity: String::new(),
        location: String::new(),
        note: statement.note.clone(),
        author: Some(statement.author.clone()),
        webhook_id: None,
    };
    desk.take(&event);
    desk.touched.insert(shipment.id.clone());
    tracking::insert_events(conn, std::slice::from_ref(&event), pen.now).await?;
    desk.settle(conn, pen, &[]).await
}

async fn add_numbers(conn: &mut Conn, pen: &Pen, desk: &mut Desk, one: &News) -> Result<(), Failure> {
    let Some(parcel) = desk.parcels.get_mut(&one.shipment.id) else { return Ok(()) };
    let is_given_up = parcel.booking_state == BookingState::Refused && parcel.released_at.is_none();
    if is_given_up || matches!(parcel.booking_state, BookingState::InFlight | BookingState::Unknown) {
        // Nobody knew whether it was booked, or a later try was refused: now the courier speaks of it.
        let booking = Booking { numbers: one.numbers.clone(), ..Booking::default() };
        booking::book(conn, pen, parcel, &booking).await?;
        let orders: Vec<OrderId> = desk.orders.iter().map(|order| order.id.clone()).collect();
        for fresh in shipping::of_orders(conn, std::slice::from_ref(&one.shipment.order_id)).await? {
            desk.parcels.insert(fresh.id.clone(), fresh);
        }
        desk.orders = fulfilment::lock_many(conn, pen.engine, &orders).await?;
        return Ok(());
    }
    let has_new = (parcel.awb.is_none() && one.numbers.awb.is_some())
        || (parcel.courier_tracking_code.is_none() && one.numbers.tracking_code.is_some());
    if has_new {
        let booking = Booking { numbers: one.numbers.clone(), ..Booking::default() };
        shipping::add_numbers(conn, &parcel.id, &booking, pen.now).await?;
        parcel.awb = parcel.awb.take().or_else(|| one.numbers.awb.clone());
        parcel.courier_tracking_code =
            parcel.courier_tracking_code.take().or_else(|| one.numbers.tracking_code.clone());
    }
    Ok(())
}

/// Some orders with their parcels, and everything that was said about these, under lock.
pub struct Desk {
    pub(super) orders: Vec<LockedOrder>,
    pub(super) parcels: BTreeMap<ShipmentId, Shipment>,
    pub(super) events: HashMap<ShipmentId, Vec<StoredEvent>>,
    pub(super) cases: Vec<StoredCase>,
    pub(super) touched: BTreeSet<ShipmentId>,
    /// What parcels are worth to their orders, of those that were folded already.
    worths: HashMap<ShipmentId, Option<OrderStatus>>,
}

impl Desk {
    /// Locks orders and reads what there is.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn open(conn: &mut Conn, pen: &Pen, orders: impl IntoIterator<Item = OrderId>) -> Result<Desk, Failure> {
        let orders: BTreeSet<OrderId> = orders.into_iter().collect();
        let ids: Vec<OrderId> = orders.into_iter().collect();
        let orders = fulfilment::lock_many(conn, pen.engine, &ids).await?;
        Desk::around(conn, orders, &ids).await
    }

    /// The same without a lock, for whoever only wants to know what would come of something.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn look(conn: &mut Conn, ids: &[OrderId]) -> Result<Desk, Failure> {
        let orders = fulfilment::read_many(conn, ids).await?;
        Desk::around(conn, orders, ids).await
    }

    async fn around(conn: &mut Conn, orders: Vec<LockedOrder>, ids: &[OrderId]) -> Result<Desk, Failure> {
        let parcels = shipping::of_orders(conn, ids).await?;
        let shipment_ids: Vec<ShipmentId> = parcels.iter().map(|parcel| parcel.id.clone()).collect();
        let mut events: HashMap<ShipmentId, Vec<StoredEvent>> = HashMap::new();
        for event in tracking::of_shipments(conn, &shipment_ids).await? {
            events.entry(event.shipment_id.clone()).or_default().push(event);
        }
        let cases = tracking::cases_of_shipments(conn, &shipment_ids).await?;
        let parcels = parcels.into_iter().map(|parcel| (parcel.id.clone(), parcel)).collect();
        Ok(Desk { orders, parcels, events, cases, touched: BTreeSet::new(), worths: HashMap::new() })
    }

    /// The parcels of the orders.
    pub fn parcels(&self) -> impl Iterator<Item = &Shipment> {
        self.parcels.values()
    }

    /// Takes news of these parcels in. The same news again changes nothing.
    ///
    /// # Errors
    /// As [`apply`].
    pub async fn apply(
        mut self,
        conn: &mut Conn,
        pen: &Pen,
        added: &[(CourierId, AddedRow)],
        news: &[News],
    ) -> Result<Applied, Failure> {
        let mut fresh = Vec::new();
        for one in news {
            add_numbers(conn, pen, &mut self, one).await?;
            self.hear(one, added, pen, &mut fresh);
        }
        tracking::insert_events(conn, &fresh, pen.now).await?;
        self.settle(conn, pen, news).await
    }

    /// Turns what was said into events that are not stored yet.
    pub(super) fn hear(
        &mut self,
        one: &News,
        added: &[(CourierId, AddedRow)],
        pen: &Pen,
        fresh: &mut Vec<NewTrackingEvent>,
    ) {
        let Some(courier) = couriers::of(one.provider) else { return };
        let own: Vec<AddedRow> = added
            .iter()
            .filter(|(account, _)| *account == one.shipment.courier_id)
            .map(|(_, row)| row.clone())
            .collect();
        self.touched.insert(one.shipment.id.clone());
        for heard in &one.heard {
            if heard.at.is_none() && self.was_observed_last(&one.shipment.id, heard) {
                continue;
            }
            let (meaning, row) = status::read(courier, &own, one.shipment.leg, &heard.code);
            let reading = Reading::of(meaning, row.map(|row| row.id.clone()));
            let event = new_event(one, heard, reading, courier.statuses_version(), pen.now);
            if self.take(&event) {
                fresh.push(event);
            }
        }
    }

    /// Whether the parcel's latest observation says the same.
    fn was_observed_last(&self, shipment: &ShipmentId, heard: &Heard) -> bool {
        let observations =
            self.events.get(shipment).into_iter().flatten().filter(|event| event.source == "observation");
        observations
            .max_by(|left, right| (left.happened_at, &left.id).cmp(&(right.happened_at, &right.id)))
            .is_some_and(|latest| latest.says(&heard.code))
    }

    /// Adds an event to its parcel's; false when it is there already.
    fn take(&mut self, event: &NewTrackingEvent) -> bool {
        let events = self.events.entry(event.shipment_id.clone()).or_default();
        if events.iter().any(|stored| stored.id == event.id) {
            return false;
        }
        events.push(StoredEvent::from(event));
        true
    }

    fn folded(&self, shipment: &ShipmentId) -> Folded {
        let events: Vec<_> = self.events.get(shipment).into_iter().flatten().map(StoredEvent::folding).collect();
        fold(ShipmentStatus::Pending, &events)
    }

    /// What a parcel's events come to, with the question that two bookings raise together.
    pub(super) fn outcome(&self, parcel: &Shipment) -> Folded {
        let mut folded = self.folded(&parcel.id);
        folded.cases.extend(self.two_live_parcels(parcel, &folded));
        folded
    }

    /// Folds what was touched and writes everything that follows, a statement for each kind of row.
    pub(super) async fn settle(mut self, conn: &mut Conn, pen: &Pen, news: &[News]) -> Result<Applied, Failure> {
        let mut applied = Applied::default();
        // The last news of a parcel decide which source it was heard from.
        let last: HashMap<&ShipmentId, &News> = news.iter().map(|one| (&one.shipment.id, one)).collect();
        let (mut standings, mut promises) = (Vec::new(), Vec::new());
        for id in std::mem::take(&mut self.touched) {
            let Some(parcel) = self.parcels.get(&id).cloned() else { continue };
            let folded = self.outcome(&parcel);
            self.write_cases(conn, &parcel, &folded).await?;
            if folded.status_event != parcel.status_event_id && folded.status_event.is_some() {
                promises.push(Promise::new(pen, &parcel, &folded));
            }
            if folded.status != parcel.status {
                applied.moved.insert(id.clone());
            }
            applied.orders.insert(parcel.order_id.clone());
            if let Some(kept) = self.parcels.get_mut(&id) {
                kept.status = folded.status;
            }
            self.worths.insert(id.clone(), folded.order);
            standings.push(self.standing(pen, &parcel, folded, last.get(&id).copied()));
        }
        shipping::set_standings(conn, &standings, pen.now).await?;
        let effects: Vec<_> = promises.iter().map(|promise| promise.effect(pen.now)).collect();
        outbox::promise_all(conn, &effects, pen.now).await?;
        self.move_orders(conn, pen).await?;
        Ok(applied)
    }

    fn standing(&self, pen: &Pen, parcel: &Shipment, folded: Folded, last: Option<&News>) -> Standing {
        let (pushed_at, polled_at) = match last.map(|one| &one.source) {
            Some(Source::Push(_, at)) => (Some(*at), None),
            Some(Source::Poll) => (None, Some(pen.now)),
            None => (None, None),
        };
        let since = folded.last_event_at.unwrap_or(parcel.created_at).max(parcel.created_at);
        let polls = parcel.is_pinned == 0 && parcel.released_at.is_none();
        let asking = Asking {
            status: folded.status,
            has_awb: parcel.awb.is_some(),
            since,
            pushed_at: pushed_at.max(parcel.last_push_at),
        };
        let due = next_poll(&asking, pen.chance.number(), pen.now);
        let raw = folded
            .status_event
            .as_ref()
            .and_then(|id| self.events.get(&parcel.id).into_iter().flatten().find(|event| event.id == *id));
        Standing {
            id: parcel.id.clone(),
            folded,
            raw_status: raw.map(|event| event.word().to_owned()).filter(|word| !word.is_empty()),
            expected_delivery_at: last.and_then(|one| one.expected_delivery_at),
            next_poll_at: due.filter(|_| polls),
            pushed_at,
            polled_at,
        }
    }

    /// A released booking that moves beside the one that took its place.
    fn two_live_parcels(&self, parcel: &Shipment, folded: &Folded) -> Option<FoldedCase> {
        parcel.released_at?;
        let moves = matches!(folded.status.phase(), Phase::Moving | Phase::HardEnd | Phase::Rto);
        let other = self.parcels.values().any(|other| other.order_id == parcel.order_id && other.is_live());
        let event_id = folded.status_event.clone().filter(|_| moves && other)?;
        let opened_at = folded.status_at.unwrap_or(parcel.created_at);
        Some(FoldedCase { kind: CaseKind::TwoLiveParcels, event_id, opened_at, closed_at: None })
    }

    /// Makes the stored cases those the events raise. What a person has closed stays closed.
    async fn write_cases(&self, conn: &mut Conn, parcel: &Shipment, folded: &Folded) -> Result<(), Failure> {
        let stored: Vec<&StoredCase> = self
            .cases
            .iter()
            .filter(|case| case.shipment_id.as_ref() == Some(&parcel.id) && case.kind != CaseKind::BookingUnknown)
            .collect();
        let wanted: Vec<(String, &FoldedCase)> =
            folded.cases.iter().map(|case| (case_id(&parcel.id, case), case)).collect();
        // What is no longer raised goes first: at most one open case of a kind fits beside it.
        for old in stored.iter().filter(|old| !wanted.iter().any(|(id, _)| *id == old.id)) {
            tracking::withdraw_case(conn, &old.id).await?;
        }
        for (id, case) in wanted {
            match stored.iter().find(|old| old.id == id) {
                None => {
                    let place = (&parcel.store_id, &parcel.order_id, Some(&parcel.id));
                    tracking::open_case(conn, &id, place, case).await?;
                }
                Some(old) if old.closed_at != case.closed_at && old.closed_by_kind.is_none() => {
                    tracking::close_case(conn, &id, None, "", case.closed_at).await?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Brings the orders forward by what their parcels are worth together.
    async fn move_orders(&self, conn: &mut Conn, pen: &Pen) -> Result<(), Failure> {
        let mut by_order: HashMap<&OrderId, Vec<&Shipment>> = HashMap::new();
        for parcel in self.parcels.values().filter(|parcel| parcel.leg == Leg::Forward) {
            by_order.entry(&parcel.order_id).or_default().push(parcel);
        }
        let mut changes = Vec::new();
        let mut moves: BTreeMap<(usize, usize), Move> = BTreeMap::new();
        for order in &self.orders {
            let all = by_order.remove(&order.id).unwrap_or_default();
            let counted = counted(all, |parcel| parcel.released_at.is_some());
            if let Some(to) = self.forward(order, &counted) {
                let found = moves.entry((order.status as usize, to as usize));
                found.or_insert_with(|| Move { from: order.status, to, orders: vec![] }).orders.push(order.id.clone());
                let courier = counted.first().map(|parcel| parcel.courier_id.to_string());
                let author = Author { kind: "courier", id: courier };
                changes.push(order_change(order, kind_of(to), Some(to), &author, "", &pen.chance, pen.now));
                continue;
            }
            if are_returned(counted.iter().map(|one| one.status))
                && order.recalled_at.is_some()
                && matches!(order.status, OrderStatus::Shipped | OrderStatus::OutForDelivery)
            {
                let step = Step { actor: &Actor::system(), note: "", chance: &pen.chance, now: pen.now };
                step.cancel_returned(conn, order).await?;
            }
        }
        for one in moves.values() {
            fulfilment::set_status_of_all(conn, &one.orders, one.from, one.to, pen.now).await?;
        }
        if !changes.is_empty() {
            events::insert_changes(conn, &changes, pen.now).await?;
        }
        Ok(())
    }

    /// Where the parcels that count for an order bring it, if it is forward.
    pub(super) fn forward(&self, order: &LockedOrder, counted: &[&Shipment]) -> Option<OrderStatus> {
        if order.is_pinned != 0 {
            return None;
        }
        let worths: Vec<Option<OrderStatus>> = counted.iter().map(|parcel| self.worth(&parcel.id)).collect();
        order_of_parcels(&worths).and_then(|heard| advance(order.status, heard))
    }

    fn worth(&self, parcel: &ShipmentId) -> Option<OrderStatus> {
        self.worths.get(parcel).copied().unwrap_or_else(|| self.folded(parcel).order)
    }
}

/// Orders that go from one state to another.
struct Move {
    from: OrderStatus,
    to: OrderStatus,
    orders: Vec<OrderId>,
}

fn case_id(shipment: &ShipmentId, case: &FoldedCase) -> String {
    secrets::digest(format!("case\n{shipment}\n{}\n{}", case.kind.code(), case.event_id).as_bytes())[..32].to_owned()
}

/// An event from what was heard. Its id is made from its content: account and number (which the parcel
/// stands for), code and instant to the second; so that hearing it twice is hearing it once. The instant
/// leads, so that events of one time lie together in the index and not each on a page of its own.
fn new_event(one: &News, heard: &Heard, reading: Reading, version: i64, now: UnixMillis) -> NewTrackingEvent {
    let received_at = match &one.source {
        Source::Push(_, at) => *at,
        Source::Poll => now,
    };
    let code = &heard.code;
    let happened_at = heard.at.unwrap_or(received_at);
    let seconds = happened_at.0.div_euclid(SECOND_MS);
    let instant = match heard.at {
        Some(_) => seconds.to_string(),
        None => format!("seen {}", received_at.0),
    };
    let content =
        [one.shipment.id.as_str(), &code.id_space, &code.kind, &code.text, &code.code, &instant, &heard.distinct_by]
            .join("\n");
    NewTrackingEvent {
        id: format!("{:08x}{}", seconds & 0xffff_ffff, &secrets::digest(content.as_bytes())[..24]),
        store_id: one.shipment.store_id.clone(),
        shipment_id: one.shipment.id.clone(),
        source: match (&one.source, heard.at) {
            (_, None) => "observation",
            (Source::Push(..), Some(_)) => "webhook",
            (Source::Poll, Some(_)) => "poll",
        },
        happened_at,
        code: code.clone(),
        reading,
        mapping_version: version,
        is_correction: false,
        activity: heard.activity.clone(),
        location: heard.location.clone(),
        note: String::new(),
        author: None,
        webhook_id: match &one.source {
            Source::Push(id, _) => Some(id.clone()),
            Source::Poll => None,
        },
    }
}
