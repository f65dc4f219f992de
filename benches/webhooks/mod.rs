//! Pushes of couriers at a steady rate: whether they are all taken, how soon they are answered, how many
//! commits they share, and when the last effect is visible.
//!
//! An open loop: a push is due at its instant whether or not earlier ones were answered, and its time
//! counts from that instant, so that a server that falls behind cannot hide it. Beside it stands what the
//! disk alone would make of it: nothing that answers from the disk can be quicker.

use std::os::unix::fs::FileExt;
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

/// A rate of pushes, and what is wanted of it.
struct Load {
    per_second: usize,
    answer_p99_max: Option<Duration>,
    visible_max: Duration,
}

/// The first as DESIGN 2 has it; at twice that pushes may pile up for as long as it lasts.
const LOADS: [Load; 2] = [
    Load { per_second: 2_500, answer_p99_max: Some(Duration::from_millis(50)), visible_max: Duration::from_secs(2) },
    Load { per_second: 5_000, answer_p99_max: None, visible_max: Duration::from_secs(10) },
];
/// Of those offered: the last answer comes a little after the last push.
const TAKEN_SHARE_MIN: f64 = 0.99;
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
    let seconds = usize::try_from(plan.push_seconds).unwrap_or(1);
    let file = folder.join("webhooks.db");
    let url = format!("sqlite://{}", file.display());
    let app = App::open(config(url, folder), Clock::System, Chance::System).await.expect("the shop opens");
    demo::fill(&app).await.expect("the demo data");
    let hook = parcels::account(&app, SLUG, "", [""; 2]).await;
    let started = Instant::now();
    let all: usize = LOADS.iter().map(|load| load.per_second * seconds / WORDS.len()).sum();
    let mut awbs = parcels::make(&app, SLUG, all).await;
    rows.push(Row::new(
        "parcels to push about",
        awbs.len().to_string(),
        format!("placed, confirmed, numbered in {}", ms(started.elapsed())),
    ));
    jobs::start(&app);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    tokio::spawn(listen::serve(listener, http::router(&app), std::future::pending()));
    let (mut pushes, parcels) = (0, awbs.len());
    for load in &LOADS {
        let own = awbs.split_off(awbs.len() - load.per_second * seconds / WORDS.len());
        let offer = Offer {
            host: host.clone(),
            hook: hook.clone(),
            awbs: own,
            per_second: load.per_second,
            next: AtomicUsize::new(0),
        };
        pushes += offer.len();
        rows.extend(run(&app, &file, load, offer).await);
    }
    rows.push(disk_alone(folder, Duration::from_secs(plan.push_seconds)));
    check(&app, pushes, parcels).await;
    app.db.close().await;
}

async fn run(app: &App, file: &Path, load: &Load, offer: Offer) -> Vec<Row> {
    let (before, offered) = (Counts::of(app, file).await, offer.len());
    let offer = Arc::new(offer);
    let (mut times, took) = tokio::task::spawn_blocking(move || run_apart(offer)).await.expect("the load");
    let answered = Instant::now();
    let visible = wait_until_visible(app, answered).await;
    let counts = Counts::of(app, file).await;
    let rate = times.len() as f64 / took.as_secs_f64();
    let rate_min = load.per_second as f64 * TAKEN_SHARE_MIN;
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    let answer = match load.answer_p99_max {
        Some(max) => Row::at_most("answer to a push, p99", p99, max, format!("p50 {}", ms(p50))),
        None => Row::new("answer to a push, p99", ms(p99), format!("p50 {}", ms(p50))),
    };
    let share = |count: u32| f64::from(count) * 1_000.0 / offered as f64;
    let commits = counts.commits.wrapping_sub(before.commits);
    let fsyncs = counts.spooled - before.spooled + counts.durable - before.durable;
    let note = format!("{} of them in the spool; {:.0} commits", counts.spooled - before.spooled, share(commits));
    vec![
        Row::new(
            "pushes taken",
            format!("{rate:.0}/s"),
            format!("{offered} offered at {}/s, {CONNECTIONS} connections, open loop", load.per_second),
        )
        .limit(format!("≥ {rate_min:.0}/s"), rate >= rate_min),
        answer,
        Row::new("fsyncs per 1,000 pushes", format!("{:.0}", share(fsyncs)), note),
        Row::at_most("last effect of a push visible after", visible, load.visible_max, String::new()),
    ]
}

/// Writes so far.
struct Counts {
    commits: u32,
    /// Commits that waited for the disk, with one fsync each.
    durable: u32,
    /// Writes to the spool, with one fsync each.
    spooled: u32,
}

impl Counts {
    async fn of(app: &App, file: &Path) -> Counts {
        // SQLite counts commits in the header of the WAL index (`iChange`, the third number).
        let index = std::fs::read(format!("{}-shm", file.display())).expect("the WAL index");
        let commits = u32::from_ne_bytes(index[8..12].try_into().expect("four bytes"));
        let text = metrics::gather(app).await;
        let count = |name: &str| text.lines().find_map(|one| one.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0);
        Counts {
            commits,
            durable: count("harkara_commit_duration_seconds_count{durable=\"yes\"}"),
            spooled: count("harkara_webhook_spool_write_duration_seconds_count"),
        }
    }
}

/// When pushes could be answered if each waited for nothing but the disk: one small write after the other
/// into a file that has its size, with nothing else going on.
fn disk_alone(folder: &Path, time: Duration) -> Row {
    const BYTES: usize = 4_096;
    const FILE_BYTES: usize = 4 << 20;
    const PAUSE: Duration = Duration::from_millis(2);
    let path = folder.join("disk-alone");
    std::fs::write(&path, vec![0; FILE_BYTES]).expect("a file");
    let file = std::fs::OpenOptions::new().write(true).open(path).expect("a file");
    file.sync_all().expect("on disk");
    let (started, mut waits) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let (arrived, at) = (Instant::now(), waits.len() * BYTES % FILE_BYTES);
        std::thread::sleep(PAUSE);
        file.write_all_at(&[1; BYTES], at as u64).expect("written");
        file.sync_data().expect("on disk");
        waits.push(arrived.elapsed());
    }
    // Arrivals are even in time, so one that waits long stands for as many as came meanwhile.
    waits.sort();
    let all: Duration = waits.iter().sum();
    let mut beyond = Duration::ZERO;
    let p99 = waits.iter().rev().find(|wait| {
        beyond += **wait;
        beyond > all / 100
    });
    let worst = waits.last().copied().unwrap_or_default();
    Row::new(
        "the same if the disk were all, p99",
        ms(p99.copied().unwrap_or_default()),
        format!("longest {}", ms(worst)),
    )
}

/// What is offered.
struct Offer {
    host: String,
    hook: String,
    awbs: Vec<String>,
    per_second: usize,
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
        let due = started + Duration::from_secs_f64(at as f64 / offer.per_second as f64);
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
    app.intake.caught_up(PATIENCE).await;
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
