//! The table of everything that is counted: name, labels and meaning. Names follow Prometheus: seconds
//! as the unit, `_total` for what only grows.

/// Most labels of a family.
pub const LABELS_MAX: usize = 3;

/// Upper ends of buckets, in seconds, of what should take milliseconds.
const QUICK: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// The same of what others take their time for; an alert looks at ten seconds.
const SLOW: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// The same of what may wait in a queue.
const WAITED: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 30.0, 120.0, 600.0, 3_600.0];
const WRITES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// Something that is counted; the table says what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    OrdersPlaced,
    OrderMoves,
    RequestSeconds,
    PushesReceived,
    PushesRefused,
    PushesLost,
    PushesSettled,
    PushEffectSeconds,
    CourierCallSeconds,
    Syncs,
    JobRuns,
    CacheLookups,
    CommitSeconds,
    CommitWrites,
    PushesWaiting,
    PushOldestSeconds,
    PushesDead,
    SpoolBytes,
    SpoolSeconds,
    JobsDue,
    JobOldestSeconds,
    JobsRunning,
    JobsDead,
    Connections,
    Alert,
    DatabaseUp,
}

/// How a family behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Values in buckets with these upper ends.
    Spread(&'static [f64]),
    /// Looked up when it is asked for.
    Gauge,
}

/// One line of the table.
pub struct FamilyRow {
    /// Which.
    pub family: Family,
    /// Its name for Prometheus.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// What it is, in one sentence.
    pub help: &'static str,
}

const fn row(
    family: Family,
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> FamilyRow {
    FamilyRow { family, name, kind, labels, help }
}

/// Every family, in the order of the enum.
#[rustfmt::skip]
pub static FAMILIES: [FamilyRow; 26] = [
    row(Family::OrdersPlaced, "harkara_orders_placed_total", Kind::Counter, &["store"], "Orders placed."),
    row(Family::OrderMoves, "harkara_order_moves_total", Kind::Counter, &["from", "to"], "Orders that came from one state to another."),
    row(Family::RequestSeconds, "harkara_http_request_duration_seconds", Kind::Spread(QUICK), &["route", "status"], "Requests answered, by the pattern of their route and the class of their status."),
    row(Family::PushesReceived, "harkara_webhooks_received_total", Kind::Counter, &["courier"], "Genuine pushes stored."),
    row(Family::PushesRefused, "harkara_webhooks_refused_total", Kind::Counter, &["verdict"], "Pushes turned away."),
    row(Family::PushesLost, "harkara_webhooks_lost_total", Kind::Counter, &["courier"], "Genuine pushes that could be stored nowhere; their courier was told to come again."),
    row(Family::PushesSettled, "harkara_webhooks_settled_total", Kind::Counter, &["state"], "Stored pushes settled: applied, unmatched, ignored or dead."),
    row(Family::PushEffectSeconds, "harkara_webhook_effect_seconds", Kind::Spread(WAITED), &[], "From the receipt of a push to its effect."),
    row(Family::CourierCallSeconds, "harkara_courier_call_duration_seconds", Kind::Spread(SLOW), &["courier", "operation", "outcome"], "Calls to couriers."),
    row(Family::Syncs, "harkara_syncs_total", Kind::Counter, &["courier", "operation", "outcome"], "Bookings and parcels brought in line with their courier."),
    row(Family::JobRuns, "harkara_job_runs_total", Kind::Counter, &["kind", "outcome"], "Jobs that ran."),
    row(Family::CacheLookups, "harkara_cache_lookups_total", Kind::Counter, &["cache", "outcome"], "Things looked up in a cache."),
    row(Family::CommitSeconds, "harkara_commit_duration_seconds", Kind::Spread(QUICK), &["durable"], "Commits; a durable one is answered when it is on disk."),
    row(Family::CommitWrites, "harkara_commit_writes", Kind::Spread(WRITES), &[], "Writes that shared a commit."),
    row(Family::PushesWaiting, "harkara_webhooks_waiting", Kind::Gauge, &[], "Stored pushes that wait to be applied; counted up to 10000."),
    row(Family::PushOldestSeconds, "harkara_webhook_oldest_waiting_seconds", Kind::Gauge, &[], "Age of the oldest push that waits."),
    row(Family::PushesDead, "harkara_webhooks_dead", Kind::Gauge, &[], "Pushes laid aside for a person; counted up to 10000."),
    row(Family::SpoolBytes, "harkara_webhook_spool_bytes", Kind::Gauge, &[], "Pushes in files of this instance that are not in the database yet."),
    row(Family::SpoolSeconds, "harkara_webhook_spool_write_duration_seconds", Kind::Spread(QUICK), &[], "Writes of pushes to the spool, each until it is on disk; pushes that come together share one."),
    row(Family::JobsDue, "harkara_jobs_due", Kind::Gauge, &[], "Jobs that could run now; counted up to 10000."),
    row(Family::JobOldestSeconds, "harkara_job_oldest_due_seconds", Kind::Gauge, &[], "How long the job that could have run longest ago has waited."),
    row(Family::JobsRunning, "harkara_jobs_running", Kind::Gauge, &[], "Jobs somebody works on."),
    row(Family::JobsDead, "harkara_jobs_dead", Kind::Gauge, &[], "Jobs given up; counted up to 10000."),
    row(Family::Connections, "harkara_database_connections", Kind::Gauge, &["pool", "state"], "Connections to the database of this instance."),
    row(Family::Alert, "harkara_alert", Kind::Gauge, &["name"], "1 while staff are told of it."),
    row(Family::DatabaseUp, "harkara_database_up", Kind::Gauge, &[], "Whether the database answers; without it, what must be looked up is missing."),
];

impl Family {
    /// Its line of the table.
    pub fn row(self) -> &'static FamilyRow {
        &FAMILIES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_keeps_to_the_conventions() {
        for (at, row) in FAMILIES.iter().enumerate() {
            assert_eq!(row.family as usize, at, "{}", row.name);
            assert!(row.labels.len() <= LABELS_MAX, "{}", row.name);
            assert_eq!(row.name.ends_with("_total"), row.kind == Kind::Counter, "{}", row.name);
            assert!(row.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", row.name);
            if let Kind::Spread(bounds) = row.kind {
                assert!(bounds.is_sorted(), "{}", row.name);
            }
        }
    }
}
