//! What a courier is asked for beside a booking: to come and fetch, to try again, to bring goods back.

use crate::domain::customers::{Address, Phone};
use crate::domain::time::UnixMillis;

/// Somebody who gives or takes a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: Phone,
    /// Where.
    pub address: Address,
}

/// A pickup that is agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pickup {
    /// When the rider comes, where the courier says so.
    pub scheduled_at: Option<UnixMillis>,
    /// What the courier calls it, or what its rider asks for.
    pub reference: Option<String>,
}

/// What is to be done after a failed attempt (NDR).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NdrAnswer {
    /// Try again.
    Reattempt {
        /// Not before this day, `2026-04-16`; as soon as can be without one.
        day: Option<String>,
        /// Who gets it and where, whole, where anything of it is new.
        contact: Option<Box<Contact>>,
        /// What the rider should know, possibly empty.
        note: String,
    },
    /// Bring it back to the merchant.
    GiveBack {
        /// Why, possibly empty.
        reason: String,
    },
}
