//! Pushes of couriers as staff see them.

use serde::{Deserialize, Serialize};

use crate::domain::time::UnixMillis;

/// The states of a stored push, as in the code table `webhook_states`.
pub const PUSH_STATES: [&str; 5] = ["queued", "applied", "ignored", "unmatched", "dead"];

/// A stored push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PushView {
    /// Identity.
    pub id: String,
    /// Name of the courier account.
    pub courier_name: String,
    /// When it arrived.
    pub received_at: UnixMillis,
    /// The courier's name for what it was; missing until it is read.
    pub event_type: Option<String>,
    /// The parcel.
    pub awb: Option<String>,
    /// One of [`PUSH_STATES`].
    pub state: String,
    /// Times it was tried.
    pub attempts: i64,
    /// Why it did not work.
    pub error: Option<String>,
}

/// Pushes that were not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusalView {
    /// When it last happened.
    pub last_at: UnixMillis,
    /// Name of the courier account, if it is known.
    pub courier_name: Option<String>,
    /// The route's pattern.
    pub route: String,
    /// Where it came from.
    pub ip: String,
    /// Code of `webhook_verdicts`.
    pub verdict: String,
    /// How often.
    pub repeats: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_table_of_the_migration_has_every_state() {
        let migration = include_str!("../../migrations/0006_webhooks.sql");
        let start = migration.find("INSERT INTO webhook_states ").expect("the code table is filled");
        let statement = migration[start..].split(';').next().unwrap_or_default();
        assert_eq!(statement.split('\'').skip(1).step_by(2).collect::<Vec<_>>(), PUSH_STATES);
    }
}
