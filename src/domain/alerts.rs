//! When staff are told that something is going wrong, and when that is over (R201): rules over what was
//! counted in the last quarter of an hour.

use serde::{Deserialize, Serialize};

use crate::domain::time::{MINUTE_MS, SECOND_MS, UnixMillis};

/// How far back is looked.
pub const WINDOW_MS: i64 = 15 * MINUTE_MS;
/// A courier's answer that takes longer is a slow one.
pub const SLOW_CALL_MS: i64 = 10 * SECOND_MS;
/// What is due is not late before this.
pub const LATE_MS: i64 = MINUTE_MS;

/// Share of failed syncs, in percent, above which staff are told; of at least so many syncs, and at least
/// so many failures: one of three is chance.
const SYNC_FAILURES_PERCENT_MAX: i64 = 5;
const SYNCS_MIN: i64 = 20;
const SYNC_FAILURES_MIN: i64 = 2;
/// Slow calls from which on it is not one bad moment.
const SLOW_CALLS_MIN: i64 = 3;
/// Late tasks above which staff are told.
const LATE_TASKS_MAX: i64 = 100;
/// Failed pushes from which on it is not one bad push.
const WEBHOOK_ERRORS_MIN: i64 = 3;

/// What staff are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Bookings and tracking fail.
    SyncFailures,
    /// A courier takes long to answer.
    SlowCourier,
    /// Work waits.
    LongQueue,
    /// Pushes are turned away or cannot be applied.
    WebhookErrors,
}

impl AlertKind {
    /// Every kind, in the order of the enum, with its code in the database.
    pub const TABLE: [(AlertKind, &'static str); 4] = [
        (AlertKind::SyncFailures, "sync_failures"),
        (AlertKind::SlowCourier, "slow_courier"),
        (AlertKind::LongQueue, "long_queue"),
        (AlertKind::WebhookErrors, "webhook_errors"),
    ];

    /// The code stored in the database.
    pub fn code(self) -> &'static str {
        Self::TABLE[self as usize].1
    }
}

impl TryFrom<String> for AlertKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let found = Self::TABLE.into_iter().find_map(|(kind, code)| (code == text).then_some(kind));
        found.ok_or_else(|| format!("unknown kind of alert {text}"))
    }
}

/// What is counted by the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Bookings and parcels brought in line with their courier, or not.
    Syncs,
    /// Those that were not.
    SyncFailures,
    /// Calls to couriers that took too long.
    SlowCalls,
    /// Pushes that were turned away, not stored or laid aside.
    WebhookErrors,
}

impl Watched {
    /// Everything that is counted, in the order of the enum, with its name in the database.
    pub const TABLE: [(Watched, &'static str); 4] = [
        (Watched::Syncs, "syncs"),
        (Watched::SyncFailures, "sync_failures"),
        (Watched::SlowCalls, "slow_calls"),
        (Watched::WebhookErrors, "webhook_errors"),
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        Self::TABLE[self as usize].1
    }
}

/// What was counted in the window, and what is late now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Syncs tried.
    pub syncs: i64,
    /// Syncs that failed.
    pub sync_failures: i64,
    /// Calls that took too long.
    pub slow_calls: i64,
    /// Pushes that went wrong.
    pub webhook_errors: i64,
    /// Jobs and pushes that have been due for more than [`LATE_MS`].
    pub late_tasks: i64,
}

/// How many, and out of how many where that says more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many.
    pub count: i64,
    /// Out of how many; zero where nothing is to be compared.
    pub of: i64,
}

/// What is seen of something that staff should know; `None` when all is well or too little is known.
pub fn judge(kind: AlertKind, observed: &Observed) -> Option<Seen> {
    let (is_on, count, of) = match kind {
        AlertKind::SyncFailures => {
            let (failures, syncs) = (observed.sync_failures, observed.syncs);
            let enough = syncs >= SYNCS_MIN && failures >= SYNC_FAILURES_MIN;
            (enough && failures * 100 > syncs * SYNC_FAILURES_PERCENT_MAX, failures, syncs)
        }
        AlertKind::SlowCourier => (observed.slow_calls >= SLOW_CALLS_MIN, observed.slow_calls, 0),
        AlertKind::LongQueue => (observed.late_tasks > LATE_TASKS_MAX, observed.late_tasks, 0),
        AlertKind::WebhookErrors => (observed.webhook_errors >= WEBHOOK_ERRORS_MIN, observed.webhook_errors, 0),
    };
    is_on.then_some(Seen { count, of })
}

/// Something that is going wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What.
    pub kind: AlertKind,
    /// What was last seen of it.
    pub seen: Seen,
    /// Since when.
    pub opened_at: UnixMillis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_the_order_of_their_enums_and_the_migration_has_every_kind() {
        let migration = include_str!("../../migrations/0010_alerts.sql");
        for (at, (kind, code)) in AlertKind::TABLE.into_iter().enumerate() {
            assert_eq!((kind as usize, kind.code()), (at, code));
            assert_eq!(AlertKind::try_from(code.to_owned()), Ok(kind));
            assert!(migration.contains(&format!("('{code}')")), "{code}");
        }
        for (at, (watched, name)) in Watched::TABLE.into_iter().enumerate() {
            assert_eq!((watched as usize, watched.name()), (at, name));
        }
    }

    #[test]
    fn failures_are_told_above_five_percent_of_enough_syncs() {
        let is_on = |sync_failures, syncs| {
            judge(AlertKind::SyncFailures, &Observed { syncs, sync_failures, ..Observed::default() })
        };
        assert_eq!(is_on(5, 100), None, "five percent is not above it");
        assert_eq!(is_on(6, 100), Some(Seen { count: 6, of: 100 }));
        assert_eq!(is_on(2, 19), None, "too few to say");
        assert_eq!(is_on(2, 20), Some(Seen { count: 2, of: 20 }));
        assert_eq!(is_on(0, 0), None);
    }

    #[test]
    fn the_others_have_a_limit_each() {
        let on = |kind, observed: Observed| judge(kind, &observed).map(|seen| seen.count);
        let base = Observed::default();
        assert_eq!(on(AlertKind::SlowCourier, Observed { slow_calls: 2, ..base }), None);
        assert_eq!(on(AlertKind::SlowCourier, Observed { slow_calls: 3, ..base }), Some(3));
        assert_eq!(on(AlertKind::LongQueue, Observed { late_tasks: 100, ..base }), None);
        assert_eq!(on(AlertKind::LongQueue, Observed { late_tasks: 101, ..base }), Some(101));
        assert_eq!(on(AlertKind::WebhookErrors, Observed { webhook_errors: 2, ..base }), None);
        assert_eq!(on(AlertKind::WebhookErrors, Observed { webhook_errors: 3, ..base }), Some(3));
    }
}
