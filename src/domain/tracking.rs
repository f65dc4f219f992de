//! How events make a parcel's state.
//!
//! The same set of events gives the same state, attempts, order progress and cases, in whatever order and
//! however often they arrive: all is computed from the sorted set, nothing from what was there before.

use serde::{Deserialize, Serialize};

use crate::domain::orders::OrderStatus;
use crate::domain::shipping::{Phase, ShipmentStatus};
use crate::domain::time::{SECOND_MS, UnixMillis};

/// A question only a person can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// An attempt failed; the courier wants instructions.
    Ndr,
    /// News after a hard end.
    Disputed,
    /// It comes back although it was delivered.
    RtoAfterDelivery,
    /// It was delivered although it was coming back.
    DeliveredDuringRto,
    /// It moves although it was cancelled or lost.
    Revived,
    /// A released booking moves beside the one that replaced it.
    TwoLiveParcels,
    /// Nobody knows whether the courier has booked it.
    BookingUnknown,
    /// Only a part was accepted.
    PartialDelivery,
    /// The courier used a code nobody knows.
    UnknownCode,
    /// Nothing was heard for days.
    NoMovement,
    /// Cash that does not add up.
    CodDifference,
}

impl CaseKind {
    /// Every kind, in the order of the enum, with its code in the database.
    pub const TABLE: [(CaseKind, &'static str); 11] = [
        (CaseKind::Ndr, "ndr"),
        (CaseKind::Disputed, "disputed"),
        (CaseKind::RtoAfterDelivery, "rto_after_delivery"),
        (CaseKind::DeliveredDuringRto, "delivered_during_rto"),
        (CaseKind::Revived, "revived"),
        (CaseKind::TwoLiveParcels, "two_live_parcels"),
        (CaseKind::BookingUnknown, "booking_unknown"),
        (CaseKind::PartialDelivery, "partial_delivery"),
        (CaseKind::UnknownCode, "unknown_code"),
        (CaseKind::NoMovement, "no_movement"),
        (CaseKind::CodDifference, "cod_difference"),
    ];

    /// The code stored in the database.
    pub fn code(self) -> &'static str {
        Self::TABLE[self as usize].1
    }
}

impl TryFrom<String> for CaseKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let found = Self::TABLE.into_iter().find_map(|(kind, code)| (code == text).then_some(kind));
        found.ok_or_else(|| format!("unknown kind of case {text}"))
    }
}

/// What the fold needs to know of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingEvent {
    /// Identity, made from its content.
    pub id: String,
    /// When it happened, by the courier's clock.
    pub at: UnixMillis,
    /// What it means; `None` is a line of the timeline that says nothing about the state.
    pub status: Option<ShipmentStatus>,
    /// Delivered in part.
    pub is_partial: bool,
    /// A code nobody knows.
    pub is_unknown: bool,
    /// A person's decision: it sets the state, and the fold goes on from it.
    pub is_correction: bool,
}

/// A case the events have opened, and closed if they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedCase {
    /// What about.
    pub kind: CaseKind,
    /// The event that opened it.
    pub event_id: String,
    /// When it was opened.
    pub opened_at: UnixMillis,
    /// When later events settled it.
    pub closed_at: Option<UnixMillis>,
}

/// What a parcel's events come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The state.
    pub status: ShipmentStatus,
    /// The event that made it; `None` before the first.
    pub status_event: Option<String>,
    /// When it was reached.
    pub status_at: Option<UnixMillis>,
    /// Failed attempts to deliver.
    pub attempts: i64,
    /// News after a hard end that no person has settled.
    pub is_disputed: bool,
    /// Delivered in part.
    pub is_partial: bool,
    /// When it was delivered, if it is.
    pub delivered_at: Option<UnixMillis>,
    /// When the newest event happened.
    pub last_event_at: Option<UnixMillis>,
    /// The highest state of the order that any event is worth.
    pub order: Option<OrderStatus>,
    /// Cases, in the order they were opened.
    pub cases: Vec<FoldedCase>,
}

/// What an event does to the state it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It becomes the state.
    Applies,
    /// It becomes the state, and a person is asked.
    AppliesAsking(CaseKind),
    /// It is only shown.
    TimelineOnly,
    /// It is only shown, and a person is asked.
    Disputes(CaseKind),
}

/// Where a status stands among others of the same second: the later on a parcel's way, the later. A line
/// without a status comes first, a person's decision last.
pub fn rank(status: Option<ShipmentStatus>, is_correction: bool) -> usize {
    use ShipmentStatus::*;
    const ORDER: [ShipmentStatus; 12] = [
        Pending,
        ReadyToShip,
        PickedUp,
        InTransit,
        OnHold,
        OutForDelivery,
        Undelivered,
        RtoInitiated,
        Cancelled,
        Lost,
        RtoDelivered,
        Delivered,
    ];
    if is_correction {
        return ORDER.len() + 1;
    }
    status.and_then(|status| ORDER.iter().position(|other| *other == status)).map_or(0, |place| place + 1)
}

fn verdict(present: ShipmentStatus, heard: ShipmentStatus) -> Verdict {
    use ShipmentStatus::*;
    if heard == present && !matches!(present.phase(), Phase::BeforeHandover | Phase::Moving) {
        return Verdict::TimelineOnly;
    }
    match present.phase() {
        Phase::BeforeHandover => Verdict::Applies,
        Phase::Moving => match heard.phase() {
            Phase::BeforeHandover => Verdict::TimelineOnly,
            Phase::Moving | Phase::Rto | Phase::SoftEnd | Phase::HardEnd => Verdict::Applies,
        },
        Phase::Rto => match heard {
            Delivered => Verdict::AppliesAsking(CaseKind::DeliveredDuringRto),
            RtoDelivered | Lost => Verdict::Applies,
            Pending | ReadyToShip | PickedUp | InTransit | OutForDelivery | Undelivered | RtoInitiated | Cancelled
            | OnHold => Verdict::TimelineOnly,
        },
        Phase::SoftEnd => match heard.phase() {
            Phase::Moving | Phase::Rto | Phase::HardEnd => Verdict::AppliesAsking(CaseKind::Revived),
            Phase::BeforeHandover | Phase::SoftEnd => Verdict::TimelineOnly,
        },
        Phase::HardEnd => after_hard_end(present, heard),
    }
}

/// Nothing applies by itself after a hard end; what contradicts it is put before a person.
fn after_hard_end(present: ShipmentStatus, heard: ShipmentStatus) -> Verdict {
    use ShipmentStatus::*;
    match heard {
        RtoInitiated | RtoDelivered if present == Delivered => Verdict::Disputes(CaseKind::RtoAfterDelivery),
        Undelivered | Cancelled | Lost | Delivered | RtoDelivered => Verdict::Disputes(CaseKind::Disputed),
        Pending | ReadyToShip | PickedUp | InTransit | OutForDelivery | OnHold | RtoInitiated => Verdict::TimelineOnly,
    }
}

/// What an event is worth to the order. A part that was accepted is not a delivered order.
fn order_worth(event: &TrackingEvent) -> Option<OrderStatus> {
    match event.status.and_then(ShipmentStatus::order) {
        Some(OrderStatus::Delivered) if event.is_partial => Some(OrderStatus::OutForDelivery),
        worth => worth,
    }
}

/// The events of one leg, sorted and without repetition.
fn sorted(events: &[TrackingEvent]) -> Vec<&TrackingEvent> {
    let mut sorted: Vec<&TrackingEvent> = events.iter().collect();
    // In part before whole: what a person has to look at is not hidden by its second.
    sorted.sort_by_key(|event| {
        let place = rank(event.status, event.is_correction);
        (event.at.0.div_euclid(SECOND_MS), place, !event.is_partial, &event.id)
    });
    sorted.dedup_by(|later, earlier| later.id == earlier.id);
    sorted
}

/// What a leg's events come to, from the state the booking gave it.
pub fn fold(start: ShipmentStatus, events: &[TrackingEvent]) -> Folded {
    let mut folded = Folded {
        status: start,
        status_event: None,
        status_at: None,
        attempts: 0,
        is_disputed: false,
        is_partial: false,
        delivered_at: None,
        last_event_at: None,
        order: None,
        cases: Vec::new(),
    };
    for event in sorted(events) {
        folded.last_event_at = folded.last_event_at.max(Some(event.at));
        let worth = order_worth(event);
        if worth.map(|status| status as usize) > folded.order.map(|status| status as usize) {
            folded.order = worth;
        }
        folded.take(event);
    }
    folded
}

impl Folded {
    fn take(&mut self, event: &TrackingEvent) {
        if event.is_unknown {
            self.open(CaseKind::UnknownCode, event);
        }
        let Some(heard) = event.status else { return };
        if event.is_correction {
            self.close_all(event.at);
            self.is_disputed = false;
            self.set(heard, event);
            return;
        }
        match verdict(self.status, heard) {
            Verdict::Applies => self.set(heard, event),
            Verdict::AppliesAsking(kind) => {
                self.set(heard, event);
                self.open(kind, event);
            }
            Verdict::TimelineOnly => {}
            Verdict::Disputes(kind) => {
                // One question for a person, however much contradicts.
                if !self.is_disputed {
                    self.open(kind, event);
                }
                self.is_disputed = true;
            }
        }
    }

    fn set(&mut self, status: ShipmentStatus, event: &TrackingEvent) {
        self.close(CaseKind::Ndr, event.at);
        // Saying the same again is not another arrival there, except for an attempt that failed.
        let is_news = self.status != status || self.status_event.is_none() || event.is_correction;
        if status == ShipmentStatus::Undelivered {
            self.attempts += 1;
            self.open(CaseKind::Ndr, event);
        }
        if is_news || status == ShipmentStatus::Undelivered {
            self.status_event = Some(event.id.clone());
            self.status_at = Some(event.at);
        }
        self.status = status;
        self.delivered_at = (status == ShipmentStatus::Delivered).then_some(event.at);
        self.is_partial = event.is_partial && status == ShipmentStatus::Delivered;
        if self.is_partial {
            self.open(CaseKind::PartialDelivery, event);
        }
    }

    fn open(&mut self, kind: CaseKind, event: &TrackingEvent) {
        if self.cases.iter().any(|case| case.kind == kind && case.closed_at.is_none()) {
            return;
        }
        self.cases.push(FoldedCase { kind, event_id: event.id.clone(), opened_at: event.at, closed_at: None });
    }

    fn close(&mut self, kind: CaseKind, at: UnixMillis) {
        for case in self.cases.iter_mut().filter(|case| case.kind == kind && case.closed_at.is_none()) {
            case.closed_at = Some(at);
        }
    }

    fn close_all(&mut self, at: UnixMillis) {
        for case in self.cases.iter_mut().filter(|case| case.closed_at.is_none()) {
            case.closed_at = Some(at);
        }
    }
}

/// Which of an order's parcels count for it: those that no other booking has replaced, and when there
/// are none, all that ever were.
pub fn counted<P: Copy>(parcels: Vec<P>, is_released: impl Fn(P) -> bool) -> Vec<P> {
    let current: Vec<P> = parcels.iter().copied().filter(|parcel| !is_released(*parcel)).collect();
    if current.is_empty() { parcels } else { current }
}

/// Whether all parcels of an order are back with the merchant, by their states; none are none.
pub fn are_returned(statuses: impl IntoIterator<Item = ShipmentStatus>) -> bool {
    let mut statuses = statuses.into_iter().peekable();
    statuses.peek().is_some() && statuses.all(|status| status == ShipmentStatus::RtoDelivered)
}

/// What the parcels of an order together are worth to it: shipped or out for delivery as soon as one
/// is, delivered when all are. `worths` has one entry per live parcel.
pub fn order_of_parcels(worths: &[Option<OrderStatus>]) -> Option<OrderStatus> {
    let highest = worths.iter().flatten().copied().max_by_key(|status| *status as usize)?;
    let all_delivered = worths.iter().all(|worth| *worth == Some(OrderStatus::Delivered));
    if highest == OrderStatus::Delivered && !all_delivered {
        return Some(OrderStatus::OutForDelivery);
    }
    Some(highest)
}

#[cfg(test)]
#[path = "tracking_tests.rs"]
mod tests;
