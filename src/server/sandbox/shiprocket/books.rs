//! What Shiprocket keeps beside its parcels: logins, orders, pickup places, and what was drawn.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::time::{MINUTE_MS, UnixMillis};

/// The pickup places there are from the start.
const PLACES: [&str; 2] = ["Primary", "Main Godown"];
/// Wrong logins in a row before the user is blocked, and for how long.
const WRONG_LOGINS_MAX: u32 = 5;
const BLOCKED_MS: i64 = 30 * MINUTE_MS;

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Shiprocket's id of it.
    pub id: u64,
    /// Shiprocket's id of its shipment.
    pub shipment: u64,
    /// The merchant's reference.
    pub reference: String,
    /// What was sent.
    pub fields: Value,
    /// Whether the goods come back from a customer.
    pub is_return: bool,
    /// Whether it was called off.
    pub is_cancelled: bool,
    /// The AWB, once there is one.
    pub awb: Option<String>,
    /// The carrier it was given to.
    pub carrier: u64,
    /// Since when its AWB is promised.
    pub queued_at: Option<UnixMillis>,
    /// Whether it was given to another one, which is possible once.
    pub was_reassigned: bool,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// Everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Books {
    /// Orders, in the order they were made.
    pub orders: Vec<Order>,
    /// Tokens and when they expire.
    pub tokens: Vec<(String, UnixMillis)>,
    /// How often somebody logged in.
    pub logins: u64,
    /// Wrong logins in a row.
    wrong_logins: u32,
    /// Until when nobody can log in.
    blocked_until: Option<UnixMillis>,
    /// Nicknames of pickup places.
    pub places: Vec<String>,
    /// Shipments with a manifest.
    pub manifested: BTreeSet<u64>,
    /// Shipments somebody comes for.
    pub pickups: BTreeSet<u64>,
    /// What was spent on AWBs, in paise.
    pub spent: i64,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            orders: Vec::new(),
            tokens: Vec::new(),
            logins: 0,
            wrong_logins: 0,
            blocked_until: None,
            places: PLACES.map(str::to_owned).into(),
            manifested: BTreeSet::new(),
            pickups: BTreeSet::new(),
            spent: 0,
        }
    }
}

impl Books {
    /// Whether nobody can log in now.
    pub fn is_blocked(&self, now: UnixMillis) -> bool {
        self.blocked_until.is_some_and(|until| until > now)
    }

    /// Counts a login; too many wrong ones in a row block the user.
    pub fn count_login(&mut self, is_right: bool, now: UnixMillis) {
        self.logins += 1;
        self.wrong_logins = if is_right { 0 } else { self.wrong_logins + 1 };
        if self.wrong_logins >= WRONG_LOGINS_MAX {
            self.wrong_logins = 0;
            self.blocked_until = Some(now.plus(BLOCKED_MS));
        }
    }

    /// Whether a token is good now.
    pub fn is_token(&self, text: &str, now: UnixMillis) -> bool {
        self.tokens.iter().any(|(token, expires_at)| token == text && *expires_at > now)
    }

    /// The place in the list of the order with an id.
    pub fn by_id(&self, id: u64) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id)
    }

    /// The place in the list of the order with a shipment.
    pub fn by_shipment(&self, shipment: u64) -> Option<usize> {
        self.orders.iter().position(|order| order.shipment == shipment)
    }

    /// The order that has an AWB.
    pub fn by_awb(&self, awb: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.awb.as_deref() == Some(awb))
    }
}
