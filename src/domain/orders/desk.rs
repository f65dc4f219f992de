//! What staff see of an order on the orders screen: the order itself, its history and its parcels; and
//! what of it everybody with its link or reference may see.

use serde::{Deserialize, Serialize};

use crate::domain::catalogue::Store;
use crate::domain::couriers::Provider;
use crate::domain::customers::Country;
use crate::domain::ids::{CourierId, ShipmentId, StoreId};
use crate::domain::money::Minor;
use crate::domain::orders::{Order, OrderStatus};
use crate::domain::shipping::{BookingState, Leg, ShipmentStatus};
use crate::domain::time::UnixMillis;
use crate::domain::tracking::CaseKind;

/// Which orders staff want to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskFilter {
    /// Only of this store; `None` is all stores.
    pub store_id: Option<StoreId>,
    /// Only in this state.
    pub status: Option<OrderStatus>,
    /// A reference, a name, a phone or an AWB, as typed; empty is no search.
    pub search: String,
    /// Only those placed before this one: `seq` of the last row of the page before.
    pub before: Option<i64>,
}

/// A page of the orders screen, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeskPage {
    /// The orders.
    pub orders: Vec<DeskOrder>,
    /// Cursor of the next page, if there is one.
    pub older: Option<i64>,
    /// How many orders there are in each state, in the order of the states' table.
    pub counts: Vec<(OrderStatus, i64)>,
}

/// An order with everything staff act on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskOrder {
    /// The order.
    pub order: Order,
    /// Its store.
    pub store: Store,
    /// Newest-first order and cursor.
    pub seq: i64,
    /// Raised by every change.
    pub version: i64,
    /// Token of the customer's page.
    pub token: String,
    /// Whether it was asked to come back.
    pub is_recalled: bool,
    /// Its own history, oldest first.
    pub events: Vec<OrderEventView>,
    /// Its parcels, newest booking first.
    pub shipments: Vec<ShipmentView>,
    /// Open questions about it and its parcels.
    pub cases: Vec<CaseView>,
}

/// A line of an order's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderEventView {
    /// Code of `order_event_kinds`.
    pub kind: String,
    /// State before, if it changed one.
    pub from: Option<OrderStatus>,
    /// State after, if it changed one.
    pub to: Option<OrderStatus>,
    /// Who: customer, user, token, courier or system.
    pub author_kind: String,
    /// What was written with it, possibly empty.
    pub note: String,
    /// When.
    pub at: UnixMillis,
}

/// A parcel as staff see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShipmentView {
    /// Identity.
    pub id: ShipmentId,
    /// The courier account.
    pub courier_id: CourierId,
    /// Name of the account.
    pub courier_name: String,
    /// Slug of the account.
    pub courier_slug: String,
    /// Which courier; its capabilities decide about the buttons.
    pub provider: Provider,
    /// Whether the account is a test account.
    pub is_test: bool,
    /// Which way it goes.
    pub leg: Leg,
    /// How the booking stands.
    pub booking_state: BookingState,
    /// Whether this is the booking that counts; an earlier one was released.
    pub is_current: bool,
    /// Our reference at the courier.
    pub our_reference: Option<String>,
    /// Its number; missing while pending.
    pub awb: Option<String>,
    /// A second number for customers.
    pub tracking_code: Option<String>,
    /// Who carries it, where the courier is an aggregator.
    pub carrier_name: Option<String>,
    /// Why the courier refused it or what went wrong.
    pub error_message: Option<String>,
    /// State.
    pub status: ShipmentStatus,
    /// The courier's own word for it.
    pub raw_status: Option<String>,
    /// When the state was reached.
    pub status_at: UnixMillis,
    /// Failed attempts.
    pub attempts: i64,
    /// News after a hard end that nobody has settled.
    pub is_disputed: bool,
    /// Delivered in part.
    pub is_partial: bool,
    /// When the courier expects to deliver it.
    pub expected_delivery_at: Option<UnixMillis>,
    /// What the rider collects.
    pub cod_amount: Minor,
    /// Whether its label is here.
    pub has_label: bool,
    /// When the rider comes for it.
    pub pickup_at: Option<UnixMillis>,
    /// When the courier was last told what to do about a failed attempt.
    pub ndr_answered_at: Option<UnixMillis>,
    /// When it was last asked for at the courier.
    pub last_polled_at: Option<UnixMillis>,
    /// When it was booked or attached.
    pub created_at: UnixMillis,
    /// What was said about it, oldest first.
    pub steps: Vec<TrackingStep>,
}

impl ShipmentView {
    /// Whether it may still be with the courier: only then another booking is out of the question.
    pub fn is_live(&self) -> bool {
        self.is_current
            && matches!(self.booking_state, BookingState::InFlight | BookingState::Booked | BookingState::Unknown)
            && !matches!(self.status, ShipmentStatus::Cancelled | ShipmentStatus::RtoDelivered | ShipmentStatus::Lost)
    }
}

/// A line of a parcel's timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackingStep {
    /// When.
    pub at: UnixMillis,
    /// What it means; `None` is text alone.
    pub status: Option<ShipmentStatus>,
    /// The courier's own word, possibly empty.
    pub raw_status: String,
    /// What happened, in the courier's words, possibly empty.
    pub activity: String,
    /// Where, possibly empty.
    pub location: String,
    /// Where we have it from: webhook, poll, observation, manual or sandbox.
    pub source: String,
    /// A person's decision.
    pub is_correction: bool,
    /// A code nobody knows.
    pub is_unknown: bool,
}

/// An open question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseView {
    /// Identity.
    pub id: String,
    /// What about.
    pub kind: CaseKind,
    /// The parcel, if it is about one.
    pub shipment_id: Option<ShipmentId>,
    /// Since when.
    pub opened_at: UnixMillis,
}

/// What anybody who may track an order sees: nothing personal but the city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackedOrder {
    /// Reference.
    pub reference: String,
    /// State.
    pub status: OrderStatus,
    /// Name of the store.
    pub store_name: String,
    /// Decides the time zone it is shown in.
    pub country: Country,
    /// Where it goes.
    pub city: String,
    /// When it was placed.
    pub placed_at: UnixMillis,
    /// Token of its page.
    pub token: String,
    /// Its own history, oldest first, without notes.
    pub events: Vec<OrderEventView>,
    /// Its parcels that count.
    pub shipments: Vec<TrackedParcel>,
}

/// A parcel as its customer sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackedParcel {
    /// Name of the courier.
    pub courier_name: String,
    /// Its number, once there is one.
    pub awb: Option<String>,
    /// The number to use on the courier's own page, where that is another one.
    pub tracking_code: Option<String>,
    /// State.
    pub status: ShipmentStatus,
    /// When the courier expects to deliver it.
    pub expected_delivery_at: Option<UnixMillis>,
    /// What was said about it, oldest first.
    pub steps: Vec<TrackingStep>,
}
