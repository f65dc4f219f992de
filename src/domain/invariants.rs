//! What must hold of the shop's data at any time, whatever was killed when: the judgement on facts that
//! `server/db/invariants.rs` has read. A finding names a row and never a person.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{OrderId, ShipmentId, StoreId, VariantId};
use crate::domain::orders::{OrderStatus, advance};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus, is_live};
use crate::domain::time::UnixMillis;
use crate::domain::tracking::{TrackingEvent, counted, fold, order_of_parcels};

/// What does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A variant's stock is not the sum of its movements.
    StockSum,
    /// A variant's stock is below zero.
    StockNegative,
    /// A counter is not the number of orders it counts.
    Counter,
    /// An order's total is not what its parts come to.
    OrderTotal,
    /// An order's goods are not the sum of its lines.
    OrderGoods,
    /// An order's pieces are not those of its lines.
    OrderPieces,
    /// An order holds other stock than its state says.
    OrderStock,
    /// No step of its timeline led an order to its state.
    OrderStep,
    /// An order is behind what its parcels' events say.
    OrderBehind,
    /// More than one booking of a parcel is live.
    LiveBookings,
    /// A parcel is not what its events come to.
    ParcelState,
    /// A job waits or is held, and nobody works on it.
    JobStuck,
    /// A push waits, and nobody applies it.
    PushStuck,
    /// Nobody finds out what became of a booking.
    BookingStuck,
}

/// One line of the table of kinds.
pub struct FindingRow {
    /// The kind.
    pub kind: FindingKind,
    /// Its name in JSON.
    pub code: &'static str,
    /// What kind of thing the id of a finding names.
    pub entity: &'static str,
    /// Nothing is wrong with the data; nobody seems to be at work.
    pub is_warning: bool,
}

const fn broken(kind: FindingKind, code: &'static str, entity: &'static str) -> FindingRow {
    FindingRow { kind, code, entity, is_warning: false }
}

const fn waiting(kind: FindingKind, code: &'static str, entity: &'static str) -> FindingRow {
    FindingRow { kind, code, entity, is_warning: true }
}

/// Every kind, in the order of the enum.
pub static FINDINGS: [FindingRow; 14] = [
    broken(FindingKind::StockSum, "stock_sum", "variant"),
    broken(FindingKind::StockNegative, "stock_negative", "variant"),
    broken(FindingKind::Counter, "counter", "store"),
    broken(FindingKind::OrderTotal, "order_total", "order"),
    broken(FindingKind::OrderGoods, "order_goods", "order"),
    broken(FindingKind::OrderPieces, "order_pieces", "order"),
    broken(FindingKind::OrderStock, "order_stock", "order"),
    broken(FindingKind::OrderStep, "order_step", "order"),
    broken(FindingKind::OrderBehind, "order_behind", "order"),
    broken(FindingKind::LiveBookings, "live_bookings", "order"),
    broken(FindingKind::ParcelState, "parcel_state", "shipment"),
    waiting(FindingKind::JobStuck, "job_stuck", "job"),
    waiting(FindingKind::PushStuck, "push_stuck", "push"),
    waiting(FindingKind::BookingStuck, "booking_stuck", "shipment"),
];

impl FindingKind {
    /// Its line of the table.
    pub fn row(self) -> &'static FindingRow {
        &FINDINGS[self as usize]
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// What does not hold.
    pub kind: FindingKind,
    /// Of which row.
    pub id: String,
    /// In one sentence without personal data.
    pub sentence: String,
}

impl Finding {
    /// A finding about a row.
    pub fn new(kind: FindingKind, id: impl ToString, sentence: String) -> Self {
        Self { kind, id: id.to_string(), sentence }
    }

    /// Whether the data are sound all the same.
    pub fn is_warning(&self) -> bool {
        self.kind.row().is_warning
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = self.kind.row();
        write!(f, "{}  {} {}: {}", row.code, row.entity, self.id, self.sentence)
    }
}

/// A variant's stock beside its movements.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct StockFacts {
    /// The variant.
    pub variant_id: VariantId,
    /// Pieces in stock.
    pub stock: i64,
    /// Sum of its movements.
    pub moved: i64,
}

/// Stock is the sum of its movements and never negative.
pub fn of_stock(facts: &StockFacts) -> Vec<Finding> {
    let (stock, moved) = (facts.stock, facts.moved);
    let mut found = Vec::new();
    if stock != moved {
        let sentence = format!("{stock} pieces in stock, its movements come to {moved}.");
        found.push(Finding::new(FindingKind::StockSum, &facts.variant_id, sentence));
    }
    if stock < 0 {
        found.push(Finding::new(FindingKind::StockNegative, &facts.variant_id, format!("{stock} pieces in stock.")));
    }
    found
}

/// A counter beside what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct CounterFacts {
    /// Whose.
    pub store_id: StoreId,
    /// Its name: `orders.pending`.
    pub name: String,
    /// Its value, deltas included.
    pub counted: i64,
    /// Orders there are.
    pub present: i64,
}

/// A counter is the number of orders it counts.
pub fn of_counter(facts: &CounterFacts) -> Option<Finding> {
    let CounterFacts { store_id, name, counted, present } = facts;
    let sentence = || format!("The counter {name} says {counted}, and there are {present}.");
    (counted != present).then(|| Finding::new(FindingKind::Counter, store_id, sentence()))
}

/// An order's amounts beside its lines, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct MoneyFacts {
    /// The order.
    pub order_id: OrderId,
    /// Goods of the order.
    pub goods_minor: i64,
    /// Goods, less the discount, and all charges.
    pub parts_minor: i64,
    /// Its total.
    pub total_minor: i64,
    /// Its pieces.
    pub item_count: i64,
    /// Sum of its lines.
    pub lines_minor: i64,
    /// Pieces of its lines.
    pub lines_count: i64,
}

/// Total and pieces are what the parts and the lines come to.
pub fn of_money(facts: &MoneyFacts) -> Vec<Finding> {
    let sums = [
        (FindingKind::OrderTotal, facts.total_minor, facts.parts_minor, "The total is"),
        (FindingKind::OrderGoods, facts.goods_minor, facts.lines_minor, "The goods are"),
        (FindingKind::OrderPieces, facts.item_count, facts.lines_count, "The pieces are"),
    ];
    let differing = sums.into_iter().filter(|(_, stored, sum, _)| stored != sum);
    differing
        .map(|(kind, stored, sum, what)| {
            Finding::new(kind, &facts.order_id, format!("{what} {stored}, their parts come to {sum}."))
        })
        .collect()
}

/// What an order needs of a variant beside what it has taken and given back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct HeldFacts {
    /// The order.
    pub order_id: OrderId,
    /// Its state.
    #[cfg_attr(feature = "ssr", sqlx(try_from = "String"))]
    pub status: OrderStatus,
    /// The variant.
    pub variant_id: VariantId,
    /// Pieces of its lines.
    pub needed: i64,
    /// Pieces taken when it was confirmed.
    pub taken: i64,
    /// Pieces given back when it was cancelled.
    pub given_back: i64,
}

/// An order takes its stock once, and gives all of it back when it is called off.
pub fn of_held(facts: &HeldFacts) -> Option<Finding> {
    let HeldFacts { needed, taken, given_back, .. } = facts;
    let should_hold = if facts.status.holds_stock() { *needed } else { 0 };
    let is_right = taken - given_back == should_hold && (*taken == 0 || taken == needed);
    let sentence = || {
        let (variant, status) = (&facts.variant_id, facts.status.code());
        format!("Is {status} and needs {needed} of variant {variant}; took {taken} and gave back {given_back}.")
    };
    (!is_right).then(|| Finding::new(FindingKind::OrderStock, &facts.order_id, sentence()))
}

/// An order with its parcels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFacts {
    /// The order.
    pub id: OrderId,
    /// Its state.
    pub status: OrderStatus,
    /// Courier events do not move it.
    pub is_pinned: bool,
    /// Every booking of it.
    pub parcels: Vec<ParcelFacts>,
}

/// A booking with everything that was said about its parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelFacts {
    /// The parcel.
    pub id: ShipmentId,
    /// Which way it goes.
    pub leg: Leg,
    /// Which parcel of the order.
    pub parcel: i64,
    /// Whether another booking may take its place.
    pub is_released: bool,
    /// How the booking stands.
    pub booking_state: BookingState,
    /// What it is stored as.
    pub standing: Standing,
    /// What was said.
    pub events: Vec<TrackingEvent>,
}

/// What is stored of a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// State.
    pub status: ShipmentStatus,
    /// Failed attempts.
    pub attempts: i64,
    /// News after a hard end.
    pub is_disputed: bool,
    /// Delivered in part.
    pub is_partial: bool,
    /// When it was delivered.
    pub delivered_at: Option<UnixMillis>,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} failed attempts", self.status.code(), self.attempts)?;
        for (is_so, word) in [(self.is_disputed, ", disputed"), (self.is_partial, ", in part")] {
            f.write_str(if is_so { word } else { "" })?;
        }
        self.delivered_at.map_or(Ok(()), |at| write!(f, ", delivered at {}", at.0))
    }
}

/// Parcels are what their events come to, one booking of each is live, and the order is not behind.
pub fn of_parcels(order: &OrderFacts) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut worths = Vec::new();
    for parcel in &order.parcels {
        let folded = fold(ShipmentStatus::Pending, &parcel.events);
        worths.push((parcel, folded.order));
        let is_of_events = Standing {
            status: folded.status,
            attempts: folded.attempts,
            is_disputed: folded.is_disputed,
            is_partial: folded.is_partial,
            delivered_at: folded.delivered_at,
        };
        if parcel.standing != is_of_events {
            let sentence = format!("Is stored as {}; its events come to {is_of_events}.", parcel.standing);
            found.push(Finding::new(FindingKind::ParcelState, &parcel.id, sentence));
        }
    }
    found.extend(too_many_live(order));
    found.extend(behind(order, &worths));
    found
}

fn too_many_live(order: &OrderFacts) -> Vec<Finding> {
    let mut live: Vec<(&'static str, i64)> = order
        .parcels
        .iter()
        .filter(|parcel| is_live(parcel.is_released, parcel.booking_state, parcel.standing.status))
        .map(|parcel| (parcel.leg.code(), parcel.parcel))
        .collect();
    live.sort_unstable();
    live.chunk_by(|one, other| one == other)
        .filter(|same| same.len() > 1)
        .map(|same| {
            let sentence = format!("{} bookings of its {} parcel {} are live.", same.len(), same[0].0, same[0].1);
            Finding::new(FindingKind::LiveBookings, &order.id, sentence)
        })
        .collect()
}

/// A booked order is being processed at least, and its courier's events bring it forward unless a person
/// has pinned it.
fn behind(order: &OrderFacts, worths: &[(&ParcelFacts, Option<OrderStatus>)]) -> Option<Finding> {
    let forward = worths.iter().filter(|(parcel, _)| parcel.leg == Leg::Forward).collect();
    let counted: Vec<&(&ParcelFacts, Option<OrderStatus>)> = counted(forward, |one| one.0.is_released);
    let is_booked = counted.iter().any(|(parcel, _)| {
        parcel.booking_state == BookingState::Booked
            && is_live(parcel.is_released, parcel.booking_state, parcel.standing.status)
    });
    let of_booking = (is_booked && matches!(order.status, OrderStatus::Pending | OrderStatus::Confirmed))
        .then_some(OrderStatus::Processing);
    let worths: Vec<Option<OrderStatus>> = counted.iter().map(|one| one.1).collect();
    let heard = order_of_parcels(&worths).filter(|_| !order.is_pinned);
    let to = heard.and_then(|heard| advance(order.status, heard)).or(of_booking)?;
    let sentence = format!("Is {} and its parcels have brought it to {}.", order.status.code(), to.code());
    Some(Finding::new(FindingKind::OrderBehind, &order.id, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64, status: ShipmentStatus) -> TrackingEvent {
        TrackingEvent {
            id: format!("event {at}"),
            at: UnixMillis(at * 1_000),
            status: Some(status),
            is_partial: false,
            is_unknown: false,
            is_correction: false,
        }
    }

    fn parcel(events: &[(i64, ShipmentStatus)]) -> ParcelFacts {
        let events: Vec<TrackingEvent> = events.iter().map(|(at, status)| event(*at, *status)).collect();
        let folded = fold(ShipmentStatus::Pending, &events);
        ParcelFacts {
            id: ShipmentId::new("parcel"),
            leg: Leg::Forward,
            parcel: 1,
            is_released: false,
            booking_state: BookingState::Booked,
            standing: Standing {
                status: folded.status,
                attempts: folded.attempts,
                is_disputed: folded.is_disputed,
                is_partial: folded.is_partial,
                delivered_at: folded.delivered_at,
            },
            events,
        }
    }

    fn order(status: OrderStatus, parcels: Vec<ParcelFacts>) -> OrderFacts {
        OrderFacts { id: OrderId::new("order"), status, is_pinned: false, parcels }
    }

    fn kinds(order: &OrderFacts) -> Vec<FindingKind> {
        of_parcels(order).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_names_it_as_json_does() {
        for (at, row) in FINDINGS.iter().enumerate() {
            assert_eq!(row.kind as usize, at, "{}", row.code);
            assert_eq!(serde_json::to_string(&row.kind).unwrap(), format!("\"{}\"", row.code));
        }
    }

    #[test]
    fn an_order_may_be_ahead_of_its_parcel_and_never_behind() {
        let moved = || vec![parcel(&[(1, ShipmentStatus::PickedUp)])];
        assert_eq!(kinds(&order(OrderStatus::Processing, moved())), [FindingKind::OrderBehind]);
        for fine in [OrderStatus::Shipped, OrderStatus::Delivered, OrderStatus::Cancelled, OrderStatus::Refunded] {
            assert_eq!(kinds(&order(fine, moved())), [], "{fine:?}");
        }
        let pinned = OrderFacts { is_pinned: true, ..order(OrderStatus::Processing, moved()) };
        assert_eq!(kinds(&pinned), [], "a person wants it so");
    }

    #[test]
    fn a_booked_order_is_being_processed_even_if_it_is_pinned() {
        for status in [OrderStatus::Pending, OrderStatus::Confirmed] {
            let pinned = OrderFacts { is_pinned: true, ..order(status, vec![parcel(&[])]) };
            assert_eq!(kinds(&pinned), [FindingKind::OrderBehind], "{status:?}");
        }
        let refused = ParcelFacts { booking_state: BookingState::Refused, ..parcel(&[]) };
        assert_eq!(kinds(&order(OrderStatus::Confirmed, vec![refused])), []);
    }

    #[test]
    fn a_replaced_booking_counts_for_nothing() {
        let lost = [(1, ShipmentStatus::PickedUp), (2, ShipmentStatus::Delivered)];
        let replaced = ParcelFacts { is_released: true, ..parcel(&lost) };
        assert_eq!(kinds(&order(OrderStatus::Processing, vec![replaced.clone(), parcel(&[])])), []);
        assert_eq!(kinds(&order(OrderStatus::Processing, vec![replaced])), [FindingKind::OrderBehind], "unless alone");
    }

    #[test]
    fn two_live_bookings_of_one_parcel_are_one_too_many() {
        let twice = order(OrderStatus::Processing, vec![parcel(&[]), parcel(&[])]);
        assert_eq!(kinds(&twice), [FindingKind::LiveBookings]);
        let split = ParcelFacts { parcel: 2, ..parcel(&[]) };
        assert_eq!(kinds(&order(OrderStatus::Processing, vec![parcel(&[]), split])), [], "another parcel");
        let dead = parcel(&[(1, ShipmentStatus::Cancelled)]);
        assert_eq!(kinds(&order(OrderStatus::Processing, vec![parcel(&[]), dead])), [], "called off");
    }

    #[test]
    fn every_part_of_a_parcels_standing_counts() {
        let right = parcel(&[(1, ShipmentStatus::OutForDelivery), (2, ShipmentStatus::Undelivered)]);
        let standing = &right.standing;
        for wrong in [
            Standing { status: ShipmentStatus::OutForDelivery, ..standing.clone() },
            Standing { attempts: 0, ..standing.clone() },
            Standing { is_disputed: true, ..standing.clone() },
            Standing { is_partial: true, ..standing.clone() },
            Standing { delivered_at: Some(UnixMillis(1)), ..standing.clone() },
        ] {
            let parcel = ParcelFacts { standing: wrong, ..right.clone() };
            assert_eq!(kinds(&order(OrderStatus::OutForDelivery, vec![parcel])), [FindingKind::ParcelState]);
        }
        assert_eq!(kinds(&order(OrderStatus::OutForDelivery, vec![right])), []);
    }

    #[test]
    fn stock_is_taken_once_and_given_back_whole() {
        let is_found = |status, needed, taken, given_back| {
            let (order_id, variant_id) = (OrderId::new("order"), VariantId::new("variant"));
            of_held(&HeldFacts { order_id, status, variant_id, needed, taken, given_back }).is_some()
        };
        assert!(!is_found(OrderStatus::Pending, 2, 0, 0));
        assert!(is_found(OrderStatus::Pending, 2, 2, 0));
        for status in [OrderStatus::Confirmed, OrderStatus::Shipped, OrderStatus::Delivered, OrderStatus::Refunded] {
            assert!(!is_found(status, 2, 2, 0), "{status:?}");
            for (taken, given_back) in [(0, 0), (1, 0), (4, 0), (2, 2), (4, 2)] {
                assert!(is_found(status, 2, taken, given_back), "{status:?} {taken} {given_back}");
            }
        }
        assert!(!is_found(OrderStatus::Cancelled, 2, 0, 0), "it was never confirmed");
        assert!(!is_found(OrderStatus::Cancelled, 2, 2, 2));
        assert!(is_found(OrderStatus::Cancelled, 2, 2, 0));
        assert!(is_found(OrderStatus::Cancelled, 2, 2, 1));
        assert!(is_found(OrderStatus::Confirmed, 0, 1, 0), "a variant it has not");
    }
}
