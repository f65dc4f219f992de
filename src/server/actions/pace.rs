//! How many pushes one transaction takes.

use std::time::Duration;

/// Pushes applied in one transaction at most.
pub const BATCH: i64 = 2_000;
/// And at least: each commit has its price.
const BATCH_MIN: i64 = 10;
/// How long such a transaction is to take. Customers who order wait for the same writer, and a push that
/// delivers a parcel costs ten times as much as one that only says where it is.
const WRITE_TIME: Duration = Duration::from_millis(15);
/// The same at most when many wait: larger batches cost less a push, most of all where one parcel is in them
/// several times, and effects are late already.
const WRITE_TIME_MAX: Duration = Duration::from_millis(250);
/// For so many bytes in the spool a transaction may take once more as long: some hundred pushes.
const WAITING_BYTES: u64 = 256 << 10;

/// How many pushes the next transaction takes: as many as the last ones say fit into its time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    batch: i64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { batch: BATCH_MIN }
    }
}

impl Pace {
    /// So many.
    pub fn batch(self) -> i64 {
        self.batch
    }

    /// The same.
    pub fn count(self) -> usize {
        usize::try_from(self.batch).unwrap_or(1)
    }

    /// Learns from a batch how long one takes; `waiting_bytes` are still in the spool.
    pub fn learn(&mut self, count: usize, took: Duration, waiting_bytes: u64) {
        let longer = u32::try_from(waiting_bytes / WAITING_BYTES).unwrap_or(u32::MAX);
        let time = WRITE_TIME.saturating_mul(longer.saturating_add(1)).min(WRITE_TIME_MAX);
        let each = took.as_nanos() / u128::try_from(count.max(1)).unwrap_or(1);
        let fitting = i64::try_from(time.as_nanos() / each.max(1)).unwrap_or(BATCH);
        // Less at once, more by and by: one that was quick by chance says little.
        self.batch = fitting.min(self.batch * 2).clamp(BATCH_MIN, BATCH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches of a pace at which one push takes so long.
    fn batches(each: Duration, waiting_bytes: u64, times: usize) -> Vec<i64> {
        let mut pace = Pace::default();
        let next = |_| {
            pace.learn(pace.count(), each * u32::try_from(pace.batch()).unwrap(), waiting_bytes);
            pace.batch()
        };
        (0..times).map(next).collect()
    }

    #[test]
    fn a_batch_grows_by_and_by_up_to_what_fits_into_its_time() {
        assert_eq!(batches(Duration::from_micros(200), 0, 5), [20, 40, 75, 75, 75]);
        assert_eq!(batches(Duration::from_millis(50), 0, 2), [10, 10]);
    }

    #[test]
    fn many_that_wait_make_it_larger_within_limits() {
        assert_eq!(batches(Duration::from_micros(200), WAITING_BYTES, 5).last(), Some(&150));
        assert_eq!(batches(Duration::from_micros(200), u64::MAX, 9).last(), Some(&1_250));
        assert_eq!(batches(Duration::from_micros(1), u64::MAX, 9).last(), Some(&BATCH));
        assert_eq!(batches(Duration::ZERO, 0, 9).last(), Some(&BATCH));
    }
}
