//! What differs from courier to courier beside its HTTP. To add a courier: its folder, its line in
//! [`of`], and its router in `router` of the room.

use serde_json::Value;

use crate::domain::couriers::Provider;
use crate::server::sandbox::state::{Event, Parcel};
use crate::server::sandbox::{delhivery, packzy, shiprocket};

/// A courier as the sandbox plays it.
pub struct Side {
    /// Where its API is below the sandbox's own address.
    pub base_path: &'static str,
    /// The credentials it accepts, by the names its capabilities give them.
    pub keys: &'static [(&'static str, &'static str)],
    /// Whether nothing comes after a status.
    pub is_final: fn(&str) -> bool,
    /// The webhook about something that happened to a parcel; the last is whether numbers come as texts
    /// and the like.
    pub push_body: fn(&Parcel, &Event, bool) -> Value,
    /// A webhook about no parcel.
    pub ping_body: fn() -> Value,
    /// Whether a webhook has a status.
    pub has_status: fn(&Value) -> bool,
    /// Puts a status nobody knows into a webhook that has one.
    pub make_unknown: fn(&mut Value),
    /// Header of the secret, unless it was told another, and what stands before the secret.
    pub secret: (&'static str, &'static str),
    /// How often a webhook that was not accepted is sent again at once.
    pub repeats: u32,
    /// How "too often" is answered.
    pub too_many_status: u16,
}

/// A courier's side; `None` for one that is not played here.
pub fn of(courier: Provider) -> Option<&'static Side> {
    match courier {
        Provider::Delhivery => Some(&delhivery::SIDE),
        Provider::Packzy => Some(&packzy::SIDE),
        Provider::Shiprocket => Some(&shiprocket::SIDE),
        Provider::Manual | Provider::Generic => None,
    }
}
