//! What a parcel is: the states it can be in, its leg, and how its booking stands.
//!
//! One table per vocabulary; buttons, errors, the API and the tests are made from it. How events
//! move a parcel from state to state is the business of `tracking`.

use serde::{Deserialize, Serialize};

use crate::domain::orders::OrderStatus;
use crate::domain::time::UnixMillis;

/// The state of a parcel. A code nobody knows is a property of an event and never a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    /// Known to us, perhaps to the courier.
    Pending,
    /// The courier knows it and may fetch it.
    ReadyToShip,
    /// In the courier's hands.
    PickedUp,
    /// On its way.
    InTransit,
    /// With the rider.
    OutForDelivery,
    /// Handed to the customer.
    Delivered,
    /// An attempt failed; another may follow.
    Undelivered,
    /// On its way back to the merchant.
    RtoInitiated,
    /// Back at the merchant.
    RtoDelivered,
    /// Called off.
    Cancelled,
    /// Lost, damaged or destroyed.
    Lost,
    /// Stopped; the courier waits for something.
    OnHold,
}

/// Which later events still apply; the fold decides by this and by nothing finer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not with the courier yet: everything applies.
    BeforeHandover,
    /// With the courier, in any direction.
    Moving,
    /// On the way back: movement is only shown, ends apply.
    Rto,
    /// An end that couriers take back: later movement applies, and a person is asked.
    SoftEnd,
    /// An end: nothing applies by itself.
    HardEnd,
}

/// One line of the table of parcel states.
pub struct ShipmentStatusRow {
    /// The state.
    pub status: ShipmentStatus,
    /// Its code in the database and in JSON.
    pub code: &'static str,
    /// English name, which is also the key of its translations.
    pub label_key: &'static str,
    /// Which later events apply.
    pub phase: Phase,
    /// The state this event is worth to the order. The order takes the highest it has ever heard,
    /// so what does not bring an order forward is worth nothing.
    pub order: Option<OrderStatus>,
}

const fn row(
    status: ShipmentStatus,
    code: &'static str,
    label_key: &'static str,
    phase: Phase,
    order: Option<OrderStatus>,
) -> ShipmentStatusRow {
    ShipmentStatusRow { status, code, label_key, phase, order }
}

/// Every parcel state, in the order of the enum: the one table everything else is derived from.
#[rustfmt::skip]
pub static SHIPMENT_STATUSES: [ShipmentStatusRow; 12] = [
    row(ShipmentStatus::Pending,        "pending",          "Pending",            Phase::BeforeHandover, None),
    row(ShipmentStatus::ReadyToShip,    "ready_to_ship",    "Ready to ship",      Phase::BeforeHandover, Some(OrderStatus::Processing)),
    row(ShipmentStatus::PickedUp,       "picked_up",        "Picked up",          Phase::Moving,         Some(OrderStatus::Shipped)),
    row(ShipmentStatus::InTransit,      "in_transit",       "In transit",         Phase::Moving,         Some(OrderStatus::Shipped)),
    row(ShipmentStatus::OutForDelivery, "out_for_delivery", "Out for delivery",   Phase::Moving,         Some(OrderStatus::OutForDelivery)),
    row(ShipmentStatus::Delivered,      "delivered",        "Delivered",          Phase::HardEnd,        Some(OrderStatus::Delivered)),
    row(ShipmentStatus::Undelivered,    "undelivered",      "Delivery failed",    Phase::Moving,         None),
    row(ShipmentStatus::RtoInitiated,   "rto_initiated",    "Returning to sender", Phase::Rto,           None),
    row(ShipmentStatus::RtoDelivered,   "rto_delivered",    "Returned to sender", Phase::HardEnd,        None),
    row(ShipmentStatus::Cancelled,      "cancelled",        "Cancelled",          Phase::SoftEnd,        None),
    row(ShipmentStatus::Lost,           "lost",             "Lost",               Phase::SoftEnd,        None),
    row(ShipmentStatus::OnHold,         "on_hold",          "On hold",            Phase::Moving,         None),
];

impl ShipmentStatus {
    const WHAT: &'static str = "status";

    fn row(self) -> &'static ShipmentStatusRow {
        &SHIPMENT_STATUSES[self as usize]
    }

    fn codes() -> impl Iterator<Item = (Self, &'static str)> {
        SHIPMENT_STATUSES.iter().map(|row| (row.status, row.code))
    }

    /// The code stored in the database and spoken by the API.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// English name and key of the translations.
    pub fn label_key(self) -> &'static str {
        self.row().label_key
    }

    /// Which later events apply.
    pub fn phase(self) -> Phase {
        self.row().phase
    }

    /// The state this event is worth to the order.
    pub fn order(self) -> Option<OrderStatus> {
        self.row().order
    }
}

/// Which way a parcel goes. Each leg folds its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// From the merchant to the customer, return to origin included.
    Forward,
    /// From the customer back, after a return was approved.
    Return,
}

impl Leg {
    const WHAT: &'static str = "leg";
    const ALL: [Leg; 2] = [Leg::Forward, Leg::Return];

    fn codes() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.into_iter().map(|leg| (leg, leg.code()))
    }

    /// The code stored in the database and spoken by the API.
    pub fn code(self) -> &'static str {
        match self {
            Leg::Forward => "forward",
            Leg::Return => "return",
        }
    }
}

/// How the booking with the courier stands. "Unknown" is an outcome, not an error: the courier
/// may have booked, and must be asked before anything is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// The courier was not asked.
    #[serde(rename = "none")]
    NotAsked,
    /// About to be asked or being asked; after a crash as good as unknown.
    InFlight,
    /// The courier has it; the AWB may still be to come.
    Booked,
    /// The courier said no, in words.
    Refused,
    /// No answer that can be trusted.
    Unknown,
}

impl BookingState {
    const WHAT: &'static str = "booking state";
    const ALL: [BookingState; 5] = [
        BookingState::NotAsked,
        BookingState::InFlight,
        BookingState::Booked,
        BookingState::Refused,
        BookingState::Unknown,
    ];

    fn codes() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.into_iter().map(|state| (state, state.code()))
    }

    /// The code stored in the database.
    pub fn code(self) -> &'static str {
        match self {
            BookingState::NotAsked => "none",
            BookingState::InFlight => "in_flight",
            BookingState::Booked => "booked",
            BookingState::Refused => "refused",
            BookingState::Unknown => "unknown",
        }
    }

    /// What the API calls it. Unknown is still being found out, so it is pending: "failed" would
    /// invite people and programs to book again.
    pub fn sync_status(self) -> SyncStatus {
        match self {
            BookingState::NotAsked | BookingState::InFlight | BookingState::Unknown => SyncStatus::Pending,
            BookingState::Booked => SyncStatus::Synced,
            BookingState::Refused => SyncStatus::Failed,
        }
    }
}

/// Whether a booking may be with the courier now: the one live booking of its parcel.
pub fn is_live(is_released: bool, booking: BookingState, status: ShipmentStatus) -> bool {
    !is_released
        && matches!(booking, BookingState::InFlight | BookingState::Booked | BookingState::Unknown)
        && !matches!(status, ShipmentStatus::Cancelled | ShipmentStatus::RtoDelivered | ShipmentStatus::Lost)
}

/// `sync_status` of the API, derived from [`BookingState`] and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    /// Not known to be at the courier.
    Pending,
    /// At the courier.
    Synced,
    /// Refused by the courier.
    Failed,
}

impl SyncStatus {
    const WHAT: &'static str = "sync status";
    const ALL: [SyncStatus; 3] = [SyncStatus::Pending, SyncStatus::Synced, SyncStatus::Failed];

    fn codes() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.into_iter().map(|status| (status, status.code()))
    }

    /// The code spoken by the API.
    pub fn code(self) -> &'static str {
        match self {
            SyncStatus::Pending => "pending",
            SyncStatus::Synced => "synced",
            SyncStatus::Failed => "failed",
        }
    }

    /// The booking states a filter by this status means.
    pub fn booking_states(self) -> impl Iterator<Item = BookingState> {
        BookingState::ALL.into_iter().filter(move |state| state.sync_status() == self)
    }
}

/// A run that asks couriers about many parcels, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRun {
    /// Identity.
    pub id: String,
    /// Code of `bulk_run_states`: queued, running, stopped, finished.
    pub state: String,
    /// Parcels to ask for.
    pub total: i64,
    /// Parcels asked for so far.
    pub done: i64,
    /// Parcels with news.
    pub updated: i64,
    /// Parcels that could not be asked for.
    pub failed: i64,
    /// When it was asked for.
    pub started_at: UnixMillis,
    /// When it was through.
    pub finished_at: Option<UnixMillis>,
    /// Reference, outcome in words, and whether it failed; at most a hundred.
    pub lines: Vec<(String, String, bool)>,
}

impl CheckRun {
    /// Whether it is still going on.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "running")
    }
}

macro_rules! text_codes {
    ($($name:ident),+) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            /// Accepts the code in any case, as clients write it.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::codes()
                    .find(|(_, code)| code.eq_ignore_ascii_case(text.trim()))
                    .map(|(value, _)| value)
                    .ok_or_else(|| {
                        let codes: Vec<_> = Self::codes().map(|(_, code)| code).collect();
                        format!("The {} must be one of {}.", Self::WHAT, codes.join(", "))
                    })
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )+};
}

text_codes!(ShipmentStatus, Leg, BookingState, SyncStatus);

#[cfg(test)]
mod tests {
    use super::*;

    const MIGRATION: &str = include_str!("../../migrations/0005_shipping.sql");

    fn codes_in_migration(table: &str) -> Vec<&'static str> {
        let start = MIGRATION.find(&format!("INSERT INTO {table} ")).expect("the code table is filled");
        let statement = MIGRATION[start..].split(';').next().unwrap_or_default();
        statement.split('\'').skip(1).step_by(2).collect()
    }

    macro_rules! assert_round_trip {
        ($name:ident) => {
            for (value, code) in $name::codes() {
                assert_eq!(value.to_string(), code);
                assert_eq!(code.parse(), Ok(value));
                assert_eq!($name::try_from(code.to_uppercase()), Ok(value));
                assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{code}\""));
                assert_eq!(serde_json::from_str::<$name>(&format!("\"{code}\"")).unwrap(), value);
            }
            assert!("no such thing".parse::<$name>().is_err());
        };
    }

    #[test]
    fn every_code_round_trips_through_text_and_json() {
        assert_round_trip!(ShipmentStatus);
        assert_round_trip!(Leg);
        assert_round_trip!(BookingState);
        assert_round_trip!(SyncStatus);
    }

    #[test]
    fn the_code_tables_of_the_migration_are_the_enums() {
        let statuses: Vec<_> = ShipmentStatus::codes().map(|(_, code)| code).collect();
        assert_eq!(codes_in_migration("shipment_statuses"), statuses);
        let legs: Vec<_> = Leg::codes().map(|(_, code)| code).collect();
        assert_eq!(codes_in_migration("shipment_legs"), legs);
        let states: Vec<_> = BookingState::codes().map(|(_, code)| code).collect();
        assert_eq!(codes_in_migration("booking_states"), states);
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, row) in SHIPMENT_STATUSES.iter().enumerate() {
            assert_eq!(row.status as usize, at, "{}", row.code);
        }
    }

    #[test]
    fn only_handover_and_later_progress_brings_an_order_beyond_processing() {
        for row in &SHIPMENT_STATUSES {
            match row.order {
                None | Some(OrderStatus::Processing) => {}
                Some(OrderStatus::Shipped | OrderStatus::OutForDelivery | OrderStatus::Delivered) => {
                    assert!(matches!(row.phase, Phase::Moving | Phase::HardEnd), "{}", row.code);
                }
                Some(
                    other @ (OrderStatus::Pending
                    | OrderStatus::Confirmed
                    | OrderStatus::Cancelled
                    | OrderStatus::Refunded),
                ) => panic!("a courier never makes an order {other:?}"),
            }
        }
    }

    #[test]
    fn an_unknown_booking_is_not_reported_as_failed() {
        assert_eq!(BookingState::Unknown.sync_status(), SyncStatus::Pending);
        assert_eq!(SyncStatus::Failed.booking_states().collect::<Vec<_>>(), [BookingState::Refused]);
    }
}
