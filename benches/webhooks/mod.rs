//! Pushes of couriers at a steady rate: whether they are all taken, how soon they are answered, how many
//! commits they share, and when the last effect is visible.
//!
//! An open loop: a push is due at its instant whether or not earlier ones were answered, and its time
//! counts from that instant, so that a server that falls behind cannot hide it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harkara::server::clock::{Chance, Clock};
use harkara::server::{App, demo, http, jobs, listen, metrics};
use tokio::net::TcpListener;

use crate::report::{Row, ms, percentile};
use crate::wire::Wire;
use crate::{Plan, config, parcels};

/// Pushes offered, and to be taken, per second (DESIGN 2).
const OFFERED_PER_SECOND: usize = 2_500;
/// Of those offered: the last answer comes a little after the last push.
const TAKEN_SHARE_MIN: f64 = 0.99;
const ANSWER_P99_MAX: Duration = Duration::from_millis(50);
const VISIBLE_MAX: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 64;
/// What a parcel's pushes say; the last one is final.
const WORDS: [&str; 8] = ["In_review", "Pending", "", "", "Hold", "", "Delivered_approval_pending", "Delivered"];
/// Parcels that are on their way at the same time.
const COHORT: usize = 500;
const SLUG: &str = "packzy-bench";
/// How long the shop may take to apply everything before the run counts as failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs it; adds the lines of the table.
pub async fn measure(folder: &Path, plan: &Plan, rows: &mut Vec<Row>) {
    let total = OFFERED_PER_SECOND * usize::try_from(plan.push_seconds).unwrap_or(1);
    let file = folder.join("webhooks.db");
    let url = format!("sqlite://{}", file.display());
    let app = App::open(config(url, folder), Clock::System, Chance::System).await.expect("the shop opens");
    demo::fill(&app).await.expect("the demo data");
    let hook = parcels::account(&app, SLUG, "", [""; 2]).await;
    let started = Instant::now();
    let awbs = parcels::make(&app, SLUG, total / WORDS.len()).await;
    let prepared = started.elapsed();
    jobs::start(&app);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    tokio::spawn(listen::serve(listener, http::router(&app), std::future::pending()));
    let (parcels, before) = (awbs.len(), Commits::of(&app, &file).await);
    let offer = Arc::new(Offer { host, hook, awbs, next: AtomicUsize::new(0) });
    let (mut times, took) = tokio::task::spawn_blocking(move || run_apart(offer)).await.expect("the load");
    let answered = Instant::now();
    let visible = wait_until_visible(&app, answered).await;
    let commits = Commits::of(&app, &file).await;
    let all = f64::from(commits.all.wrapping_sub(before.all));
    let synced = f64::from(commits.durable - before.durable);
    check(&app, times.len(), parcels).await;
    app.db.close().await;
    let rate = times.len() as f64 / took.as_secs_f64();
    let rate_min = OFFERED_PER_SECOND as f64 * TAKEN_SHARE_MIN;
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    rows.extend([
        Row::new(
            "parcels to push about",
            parcels.to_string(),
            format!("placed, confirmed, numbered in {}", ms(prepared)),
        ),
        Row::new(
            "pushes taken",
            format!("{rate:.0}/s"),
            format!("{OFFERED_PER_SECOND}/s offered for {} s, {CONNECTIONS} connections, open loop", plan.push_seconds),
        )
        .limit(format!("≥ {rate_min:.0}/s"), rate >= rate_min),
        Row::at_most("answer to a push, p99", p99, ANSWER_P99_MAX, format!("p50 {}", ms(p50))),
        Row::new(
            "commits per 1,000 pushes",
            format!("{:.0}", all * 1_000.0 / times.len() as f64),
            format!("taking and applying; fsyncs per commit {:.2}", synced / all),
        ),
        Row::at_most("last effect of a push visible after", visible, VISIBLE_MAX, String::new()),
    ]);
}

/// Commits so far.
struct Commits {
    all: u32,
    /// Those that waited for the disk, with one fsync each.
    durable: u32,
}

impl Commits {
    async fn of(app: &App, file: &Path) -> Commits {
        // SQLite counts them in the header of the WAL index (`iChange`, the third number).
        let index = std::fs::read(format!("{}-shm", file.display())).expect("the WAL index");
        let all = u32::from_ne_bytes(index[8..12].try_into().expect("four bytes"));
        let text = metrics::gather(app).await;
        let line = "harkara_commit_duration_seconds_count{durable=\"yes\"} ";
        let durable = text.lines().find_map(|one| one.strip_prefix(line)?.parse().ok()).expect("a count");
        Commits { all, durable }
    }
}

/// What is offered.
struct Offer {
    host: String,
    hook: String,
    awbs: Vec<String>,
    next: AtomicUsize,
}

impl Offer {
    fn len(&self) -> usize {
        self.awbs.len() * WORDS.len()
    }

    /// The parcels go their ways a cohort at a time, one step each in turn.
    fn body(&self, at: usize) -> String {
        let cohort = at / (COHORT * WORDS.len());
        let first = cohort * COHORT;
        let size = COHORT.min(self.awbs.len() - first);
        let place = at - first * WORDS.len();
        let (step, awb) = (place / size, &self.awbs[first + place % size]);
        let word = WORDS[step];
        let kind = if word.is_empty() { "tracking_update" } else { "delivery_status" };
        format!(
            r#"{{"notification_type":"{kind}","consignment_id":{awb},"invoice":"","cod_amount":1250.0,"status":"{word}","delivery_charge":110.0,"tracking_message":"Step {step} of the way of the parcel","updated_at":"2026-11-21 12:{step:02}:30"}}"#
        )
    }
}

/// The load on a thread and a runtime of its own, so that it is not late because the server is busy.
fn run_apart(offer: Arc<Offer>) -> (Vec<Duration>, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let started = Instant::now();
        let clients: Vec<_> =
            (0..CONNECTIONS).map(|_| tokio::spawn(push_in_turn(Arc::clone(&offer), started))).collect();
        let mut times = Vec::with_capacity(offer.len());
        for client in clients {
            times.extend(client.await.expect("a client"));
        }
        (times, started.elapsed())
    })
}

async fn push_in_turn(offer: Arc<Offer>, started: Instant) -> Vec<Duration> {
    let bearer = format!("Bearer {}", parcels::SECRET);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let mut wire = Wire::connect(&offer.host).await.expect("a connection");
    let mut times = Vec::new();
    loop {
        let at = offer.next.fetch_add(1, Ordering::Relaxed);
        if at >= offer.len() {
            return times;
        }
        let due = started + Duration::from_secs_f64(at as f64 / OFFERED_PER_SECOND as f64);
        tokio::time::sleep_until(due.into()).await;
        let reply = wire.send("POST", &offer.hook, &headers, offer.body(at).as_bytes()).await.expect("an answer");
        times.push(due.elapsed());
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    }
}

async fn number(app: &App, sql: &'static str) -> usize {
    let mut conn = app.db.read().await.expect("a connection");
    let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a number");
    usize::try_from(count).unwrap_or(0)
}

async fn wait_until_visible(app: &App, answered: Instant) -> Duration {
    while number(app, "SELECT COUNT(*) FROM webhook_log WHERE state = 'queued'").await > 0 {
        assert!(answered.elapsed() < PATIENCE, "pushes are applied");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    answered.elapsed()
}

/// A fast wrong answer is none.
async fn check(app: &App, pushes: usize, parcels: usize) {
    assert_eq!(number(app, "SELECT COUNT(*) FROM webhook_log WHERE state = 'applied'").await, pushes);
    assert_eq!(number(app, "SELECT COUNT(*) FROM tracking_events").await, pushes);
    assert_eq!(number(app, "SELECT COUNT(*) FROM shipments WHERE status = 'delivered'").await, parcels);
    assert_eq!(number(app, "SELECT COUNT(*) FROM orders WHERE status = 'delivered'").await, parcels);
}
