//! What a courier's last word about a parcel means, written down apart from the tables the shop uses: whoever
//! judges by the tables he tests finds nothing.

use crate::domain::couriers::Provider;
use crate::domain::shipping::ShipmentStatus;
use crate::server::sandbox::state::Parcel;

/// Where a parcel is in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the customer.
    Delivered,
    /// A part of it.
    Partly,
    /// Back at the merchant.
    Returned,
    /// Called off.
    CalledOff,
    /// Lost or destroyed.
    Lost,
    /// Still somewhere.
    Open,
}

impl End {
    /// Whether the courier may still deliver the parcel, or has done so.
    pub fn is_live(self) -> bool {
        matches!(self, End::Delivered | End::Partly | End::Open)
    }

    /// Whether a shop may call a parcel so.
    pub fn allows(self, status: ShipmentStatus) -> bool {
        match self {
            End::Delivered | End::Partly => status == ShipmentStatus::Delivered,
            End::Returned => status == ShipmentStatus::RtoDelivered,
            End::CalledOff => status == ShipmentStatus::Cancelled,
            End::Lost => status == ShipmentStatus::Lost,
            End::Open => {
                ![ShipmentStatus::Delivered, ShipmentStatus::RtoDelivered, ShipmentStatus::Lost].contains(&status)
            }
        }
    }
}

/// Words that end a parcel's way, courier by courier. RedX has one word for whole and for part.
const WORDS: &[(Provider, &str, End)] = &[
    (Provider::Shiprocket, "DELIVERED", End::Delivered),
    (Provider::Shiprocket, "PARTIAL_DELIVERED", End::Partly),
    (Provider::Shiprocket, "RTO DELIVERED", End::Returned),
    (Provider::Shiprocket, "CANCELED", End::CalledOff),
    (Provider::Shiprocket, "LOST", End::Lost),
    (Provider::Shiprocket, "DESTROYED", End::Lost),
    (Provider::Delhivery, "DL/Delivered/EOD-38", End::Delivered),
    (Provider::Delhivery, "DL/RTO/RT-110", End::Returned),
    (Provider::Delhivery, "UD/Not Picked/DTUP-210", End::CalledOff),
    (Provider::Delhivery, "LT/LOST/LT-100", End::Lost),
    (Provider::Packzy, "delivered", End::Delivered),
    (Provider::Packzy, "partial_delivered", End::Partly),
    (Provider::Packzy, "cancelled", End::CalledOff),
    (Provider::Pathao, "delivered", End::Delivered),
    (Provider::Pathao, "partial-delivery", End::Partly),
    (Provider::Pathao, "returned-to-merchant", End::Returned),
    (Provider::Pathao, "pickup-cancelled", End::CalledOff),
    (Provider::Redx, "delivered", End::Delivered),
    (Provider::Redx, "returned", End::Returned),
    (Provider::Redx, "cancelled", End::CalledOff),
    (Provider::Generic, "delivered", End::Delivered),
    (Provider::Generic, "partly_delivered", End::Partly),
    (Provider::Generic, "rto_delivered", End::Returned),
    (Provider::Generic, "cancelled", End::CalledOff),
    (Provider::Generic, "lost", End::Lost),
];

/// Where a courier's parcel is.
pub fn end_of(parcel: &Parcel) -> End {
    let found = WORDS.iter().find(|(courier, word, _)| *courier == parcel.courier && *word == parcel.status);
    found.map_or(End::Open, |(_, _, end)| *end)
}

/// Whether a courier may still deliver a parcel, or has done so. One that it has agreed to call off or to turn
/// round is none, however late its books say so.
pub fn may_be_delivered(parcel: &Parcel) -> bool {
    let mut ahead = parcel.ahead.iter();
    let next = ahead.next().and_then(|event| event.status.as_deref());
    let is_being_called_off = next.is_some() && next == called_off(parcel.courier) && ahead.next().is_none();
    end_of(parcel).is_live() && !parcel.is_called_off && !is_being_called_off
}

/// The word by which somebody calls a parcel off in a courier's panel.
pub fn called_off(courier: Provider) -> Option<&'static str> {
    WORDS.iter().find(|(of, _, end)| *of == courier && *end == End::CalledOff).map(|(_, word, _)| *word)
}
