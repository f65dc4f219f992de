//! What a shop counts about itself, for `/metrics`.
//!
//! Own code, and not the `metrics` crate: its macros write to one recorder per process, and one process
//! may run many shops (the tests do), and its exporter keeps every sample until somebody calls for
//! upkeep. What is needed is a map from a name and its labels to a number or to fixed buckets.
//!
//! Each thing that is counted has one function here, called from where it happens. Labels are bounded:
//! patterns of routes, codes of ours, providers, slugs of stores; never a path, an address or a person.
//! `text` writes all of it as Prometheus reads it; what must be looked up is in [`gather`].

mod families;
mod gather;
mod text;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::alerts::{SLOW_CALL_MS, Watched};
use crate::domain::couriers::Provider;
use crate::domain::orders::OrderStatus;
use crate::domain::time::SECOND_MS;
use crate::server::metrics::families::{Family, Kind, LABELS_MAX};

pub use gather::gather;

type Labels = [Cow<'static, str>; LABELS_MAX];

/// The counts of one shop. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    series: Arc<Mutex<BTreeMap<(Family, Labels), Series>>>,
    /// What alerts are judged by, since it was last taken.
    watched: Arc<[AtomicI64; Watched::TABLE.len()]>,
}

#[derive(Clone, Debug)]
enum Series {
    Count(u64),
    Spread { counts: Vec<u64>, sum: f64 },
}

/// How a call to a courier ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// An answer for its caller to read.
    Answered,
    /// The keys were not accepted.
    KeysRefused,
    /// "Later", or an error of the courier's.
    Unavailable,
    /// None, or none in time.
    NoAnswer,
}

impl CallOutcome {
    fn code(self) -> &'static str {
        match self {
            CallOutcome::Answered => "answered",
            CallOutcome::KeysRefused => "keys_refused",
            CallOutcome::Unavailable => "unavailable",
            CallOutcome::NoAnswer => "no_answer",
        }
    }
}

/// What is brought in line with a courier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncKind {
    /// A booking.
    Booking,
    /// The state of a parcel.
    Tracking,
}

impl Metrics {
    /// An order was placed with a store.
    pub fn order_placed(&self, store: &str) {
        self.count(Family::OrdersPlaced, [store.to_owned().into(), "".into(), "".into()]);
    }

    /// A commit was made: how long it took, whether until it was on disk, how many writes shared it, and
    /// which orders they moved.
    pub fn committed(&self, took: Duration, is_durable: bool, writes: usize, moves: Moves) {
        let durable = if is_durable { "yes" } else { "no" };
        self.observe(Family::CommitSeconds, [durable.into(), "".into(), "".into()], took.as_secs_f64());
        self.observe(Family::CommitWrites, Labels::default(), writes as f64);
        for (from, to) in moves {
            self.count(Family::OrderMoves, [from.code().into(), to.code().into(), "".into()]);
        }
    }

    /// Pushes are on disk in the spool: how long the write took.
    pub fn spooled(&self, took: Duration) {
        self.observe(Family::SpoolSeconds, Labels::default(), took.as_secs_f64());
    }

    /// A request was answered; `route` is the pattern it matched, possibly none.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let route: Cow<'static, str> = if route.is_empty() { "none".into() } else { route.to_owned().into() };
        let class = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.observe(Family::RequestSeconds, [route, class.into(), "".into()], took.as_secs_f64());
    }

    /// A genuine push was stored.
    pub fn push_received(&self, provider: Provider) {
        self.count(Family::PushesReceived, [provider.code().into(), "".into(), "".into()]);
    }

    /// A genuine push could be stored nowhere.
    pub fn push_lost(&self, provider: Provider) {
        self.watch(Watched::WebhookErrors);
        self.count(Family::PushesLost, [provider.code().into(), "".into(), "".into()]);
    }

    /// A push was turned away, by the code of `webhook_verdicts`. That nobody knows whom it was for is not
    /// our courier's trouble: anybody may try addresses.
    pub fn push_refused(&self, verdict: &'static str, is_for_account: bool) {
        if is_for_account {
            self.watch(Watched::WebhookErrors);
        }
        self.count(Family::PushesRefused, [verdict.into(), "".into(), "".into()]);
    }

    /// A stored push was settled, by the code of `webhook_states`, so long after it came.
    pub fn push_settled(&self, state: &'static str, after_ms: i64) {
        self.count(Family::PushesSettled, [state.into(), "".into(), "".into()]);
        if state == "dead" {
            self.watch(Watched::WebhookErrors);
        }
        if state == "applied" {
            let seconds = after_ms.max(0) as f64 / SECOND_MS as f64;
            self.observe(Family::PushEffectSeconds, Labels::default(), seconds);
        }
    }

    /// A courier was called.
    pub fn courier_called(&self, provider: Provider, operation: &'static str, outcome: CallOutcome, took: Duration) {
        if took.as_millis() > SLOW_CALL_MS.unsigned_abs().into() {
            self.watch(Watched::SlowCalls);
        }
        let labels = [provider.code().into(), operation.into(), outcome.code().into()];
        self.observe(Family::CourierCallSeconds, labels, took.as_secs_f64());
    }

    /// A booking or a parcel's state was brought in line with its courier, or could not be.
    pub fn synced(&self, provider: Provider, what: SyncKind, is_success: bool) {
        self.watch(Watched::Syncs);
        if !is_success {
            self.watch(Watched::SyncFailures);
        }
        let what = match what {
            SyncKind::Booking => "booking",
            SyncKind::Tracking => "tracking",
        };
        let outcome = if is_success { "success" } else { "failure" };
        self.count(Family::Syncs, [provider.code().into(), what.into(), outcome.into()]);
    }

    /// A job ran, by its kind.
    pub fn job_ran(&self, kind: &'static str, is_success: bool) {
        let outcome = if is_success { "success" } else { "failure" };
        self.count(Family::JobRuns, [kind.into(), outcome.into(), "".into()]);
    }

    /// Something was found in a cache, or had to be fetched.
    pub fn looked_up(&self, cache: &'static str, is_hit: bool) {
        self.count(Family::CacheLookups, [cache.into(), if is_hit { "hit" } else { "miss" }.into(), "".into()]);
    }

    /// What was counted for alerts since the last time.
    pub fn take_watched(&self) -> Vec<(Watched, i64)> {
        Watched::TABLE
            .into_iter()
            .map(|(watched, _)| (watched, self.watched[watched as usize].swap(0, Ordering::Relaxed)))
            .collect()
    }

    /// Puts back what was taken and could not be kept.
    pub fn give_back_watched(&self, taken: &[(Watched, i64)]) {
        for (watched, count) in taken {
            self.watched[*watched as usize].fetch_add(*count, Ordering::Relaxed);
        }
    }

    fn watch(&self, watched: Watched) {
        self.watched[watched as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self, family: Family, labels: Labels) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        match series.entry((family, labels)).or_insert(Series::Count(0)) {
            Series::Count(count) => *count += 1,
            Series::Spread { .. } => {}
        }
    }

    fn observe(&self, family: Family, labels: Labels, value: f64) {
        let Kind::Spread(bounds) = family.row().kind else { return };
        let place = bounds.partition_point(|bound| *bound < value);
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Series::Spread { counts: vec![0; bounds.len() + 1], sum: 0.0 };
        match series.entry((family, labels)).or_insert_with(fresh) {
            Series::Spread { counts, sum } => {
                counts[place] += 1;
                *sum += value;
            }
            Series::Count(_) => {}
        }
    }
}

/// Orders that a write moved: from where to where.
pub type Moves = Vec<(OrderStatus, OrderStatus)>;

tokio::task_local! {
    static MOVES: RefCell<Moves>;
}

/// Runs a write; answers with it which orders it moved. They are counted once it is on disk: a write
/// that is taken back or run again moves nothing.
pub async fn noting_moves<T>(write: impl Future<Output = T>) -> (T, Moves) {
    let noting = async {
        let result = write.await;
        (result, MOVES.with(RefCell::take))
    };
    MOVES.scope(RefCell::default(), noting).await
}

/// Notes within a write that it moves an order.
pub fn note_move(from: OrderStatus, to: OrderStatus) {
    // Outside a write there is nobody to count it.
    let _ = MOVES.try_with(|moves| moves.borrow_mut().push((from, to)));
}
