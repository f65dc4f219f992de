//! Time and chance, injected: no test waits for a clock, and tests can repeat a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use uuid::Uuid;

use crate::domain::time::UnixMillis;

/// Where "now" comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until a test or the sandbox moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    pub fn manual(at: UnixMillis) -> Self {
        Clock::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// The present instant.
    pub fn now(&self) -> UnixMillis {
        match self {
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Clock::Manual(at) => UnixMillis(at.load(Ordering::SeqCst)),
        }
    }

    /// Lets time pass. On a manual clock none passes by itself, so that whoever waits only lets others go on.
    pub async fn pause(&self, time: Duration) {
        match self {
            Clock::System => tokio::time::sleep(time).await,
            Clock::Manual(_) => tokio::task::yield_now().await,
        }
    }

    /// Does things side by side; on a manual clock one after the other, so that a run can be repeated.
    pub async fn side_by_side<F: Future>(&self, things: Vec<F>) -> Vec<F::Output> {
        match self {
            Clock::System => join_all(things).await,
            Clock::Manual(_) => {
                let mut done = Vec::new();
                for thing in things {
                    done.push(thing.await);
                }
                done
            }
        }
    }

    /// Moves a manual clock on; the machine's clock cannot be moved.
    pub fn advance(&self, milliseconds: i64) {
        if let Clock::Manual(at) = self {
            at.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }
}

/// Where randomness comes from.
#[derive(Clone, Debug)]
pub enum Chance {
    /// The operating system.
    System,
    /// A repeatable sequence, for tests and simulations. Never for secrets.
    Seeded(Arc<AtomicU64>),
}

impl Chance {
    /// A repeatable sequence.
    pub fn seeded(seed: u64) -> Self {
        Chance::Seeded(Arc::new(AtomicU64::new(seed)))
    }

    /// Random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing could be safe then.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Chance::System => getrandom::fill(&mut bytes).expect("the operating system gives random bytes"),
            Chance::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&splitmix(state).to_le_bytes()[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A random number.
    pub fn number(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A new row id: UUIDv7, so that rows of one time lie together in an index.
    pub fn id(&self, now: UnixMillis) -> String {
        let bytes: [u8; 10] = self.bytes();
        let milliseconds = u64::try_from(now.0).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid().to_string()
    }

    /// A 128-bit secret as 32 hex digits.
    pub fn token(&self) -> String {
        hex::encode(self.bytes::<16>())
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014).
fn splitmix(state: &AtomicU64) -> u64 {
    let mut mixed = state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Whether the text is a UUID of any version; ids from outside are checked before a query.
pub fn is_uuid(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_a_seed_repeats_them() {
        let (first, second) = (Chance::seeded(1), Chance::seeded(1));
        let at = UnixMillis(1_763_700_000_000);
        assert_eq!(first.id(at), second.id(at));
        assert!(first.id(at) < first.id(at.plus(1)));
        assert_ne!(Chance::System.token(), Chance::System.token());
    }
}
