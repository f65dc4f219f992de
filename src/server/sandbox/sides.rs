//! What differs from courier to courier beside its HTTP. To add a courier: its folder, its line in
//! [`of`], and its router in `router` of the room.

use serde_json::Value;

use crate::domain::couriers::Provider;
use crate::server::sandbox::state::{Event, Parcel};
use crate::server::sandbox::{delhivery, generic, packzy, pathao, redx, shiprocket};

/// How a courier's webhooks prove where they come from. The header is the usual one; the sandbox may be
/// told another.
#[derive(Clone, Copy)]
pub enum Proof {
    /// The secret in a header, and what stands before it.
    Header(&'static str, &'static str),
    /// The secret in the address, as the merchant has written it there.
    Address,
    /// HMAC-SHA256 of the body in a header, in hex.
    Signature(&'static str),
}

/// What a web server says when what is behind it has broken.
pub const BROKEN_PAGE: (&str, &str) = ("text/html; charset=UTF-8", "<h1>Server Error</h1>");

/// A courier as the sandbox plays it.
pub struct Side {
    /// Where its API is below the sandbox's own address.
    pub base_path: &'static str,
    /// The credentials it accepts, by the names its capabilities give them.
    pub keys: &'static [(&'static str, &'static str)],
    /// Whether nothing comes after a status.
    pub is_final: fn(&str) -> bool,
    /// The webhook about something that happened to a parcel, null where there is none; the last is whether
    /// numbers come as texts and the like.
    pub push_body: fn(&Parcel, &Event, bool) -> Value,
    /// A webhook about no parcel.
    pub ping_body: fn() -> Value,
    /// Whether a webhook has a status.
    pub has_status: fn(&Value) -> bool,
    /// Puts a status nobody knows into a webhook that has one.
    pub make_unknown: fn(&mut Value),
    /// How a webhook proves where it comes from.
    pub proof: Proof,
    /// How often a webhook that was not accepted is sent again at once.
    pub repeats: u32,
    /// How "too often" is answered.
    pub too_many_status: u16,
    /// The type and the body of a 500.
    pub broken: (&'static str, &'static str),
    /// The calls that are known to book by half.
    pub halves: &'static [&'static str],
}

/// A courier's side; `None` for one that is not played here.
pub fn of(courier: Provider) -> Option<&'static Side> {
    match courier {
        Provider::Delhivery => Some(&delhivery::SIDE),
        Provider::Packzy => Some(&packzy::SIDE),
        Provider::Shiprocket => Some(&shiprocket::SIDE),
        Provider::Generic => Some(&generic::SIDE),
        Provider::Pathao => Some(&pathao::SIDE),
        Provider::Redx => Some(&redx::SIDE),
        Provider::Manual => None,
    }
}
