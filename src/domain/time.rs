//! Instants. They are Unix milliseconds in UTC everywhere; only a page turns them into local time.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type))]
#[cfg_attr(feature = "ssr", sqlx(transparent))]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// One second, minute, hour and day in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// 2024-01-01T00:00:00Z, the epoch of [`sequence`].
const SEQUENCE_EPOCH_MS: i64 = 1_704_067_200_000;
const SEQUENCE_RANDOM_BITS: u32 = 22;

impl UnixMillis {
    /// This instant moved by a number of milliseconds.
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// `orders.seq`: milliseconds since 2024 in the high bits, 22 random bits below.
///
/// It is the keyset cursor and the newest-first order, and it never changes (implicit row ids may
/// change on VACUUM, and the order of text ids depends on PostgreSQL's collation).
pub fn sequence(now: UnixMillis, random: u64) -> i64 {
    let since = (now.0 - SEQUENCE_EPOCH_MS).max(0);
    since << SEQUENCE_RANDOM_BITS | (random & ((1 << SEQUENCE_RANDOM_BITS) - 1)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_instant_always_has_the_greater_sequence() {
        let earlier = sequence(UnixMillis(SEQUENCE_EPOCH_MS + 5), u64::MAX);
        let later = sequence(UnixMillis(SEQUENCE_EPOCH_MS + 6), 0);
        assert!(later > earlier);
        assert!(sequence(UnixMillis(SEQUENCE_EPOCH_MS + 60 * 365 * DAY_MS), u64::MAX) > 0, "fits until the 2080s");
    }
}
