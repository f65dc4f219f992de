//! The clock's door: what runs by itself. A job is short: it names one action and says whether to come
//! back.
//!
//! Three loops: one applies pushes, one works on jobs, one makes jobs of schedules. Each can be run a
//! step at a time, which is how tests run them.

use std::time::{Duration, Instant};

use crate::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::pushes::{self, Applier};
use crate::server::actions::work::{QUEUE, Work};
use crate::server::actions::{alerts, awbs, booking, bulk, checking, polling, rates, rereading, upkeep};
use crate::server::db::jobs::schedules::{self, Schedule};
use crate::server::db::jobs::{self, Claim, Job, RETRY_BASE_MS, RETRY_CAP_MS, backoff_ms};

/// Jobs worked on at a time.
const WORKERS: i64 = 4;
/// How long a worker holds a job before others may take it over; longer than any call to a courier.
const LEASE_MS: i64 = 180 * SECOND_MS;
/// Longest wait of an idle loop: work that another instance queued is found by then.
const IDLE: Duration = Duration::from_secs(1);
/// Pause after the database has failed.
const AWAY: Duration = Duration::from_secs(2);
/// How often parcels that are due and bookings that were lost are looked for.
const ROUND_MS: i64 = MINUTE_MS;
const ROUND_JITTER_MS: i64 = 5 * SECOND_MS;
/// How often prices that are in use are asked for again (R169).
const RATES_MS: i64 = 6 * HOUR_MS;

/// Starts the loops; they end with the process, since everything they hold is given back by a lease or a
/// rollback.
pub fn start(app: &App) {
    tokio::spawn(apply_pushes(app.clone()));
    tokio::spawn(work(app.clone()));
}

async fn apply_pushes(app: App) {
    // Known from the start, accounts serve even if the database goes away before the first push.
    if app.accounts.all(&app).await.is_err() {
        tracing::warn!("courier accounts could not be read yet");
    }
    let (mut applier, mut looked) = (Applier::default(), Instant::now());
    loop {
        let mut applied = pushes::apply_spooled(&app, &mut applier).await;
        if let Ok(spooled) = applied
            && (app.intake.is_queue_rung() || looked.elapsed() > IDLE)
        {
            looked = Instant::now();
            let due = pushes::apply_due(&app, &mut applier).await;
            if due != Ok(0) {
                // There may be more.
                app.intake.ring();
            }
            applied = due.map(|due| due + spooled);
        }
        match applied {
            Ok(0) => {
                // Woken by a push, or by time for what was put off.
                let _ = tokio::time::timeout(IDLE, app.intake.rung()).await;
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(AWAY).await,
        }
    }
}

async fn work(app: App) {
    if let Err(error) = add_schedules(&app).await {
        tracing::error!("schedules could not be set up: {error}");
    }
    loop {
        match step(&app).await {
            Ok(0) => tokio::time::sleep(IDLE).await,
            Ok(_) => {}
            Err(_) => tokio::time::sleep(AWAY).await,
        }
    }
}

/// Adds the shop's own schedules unless they are there.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn add_schedules(app: &App) -> Result<(), AppError> {
    add_rounds(app).await?;
    let others = [(Work::Watch(String::new()), ROUND_MS), (Work::RefreshRates(String::new()), RATES_MS)];
    schedule(app, [&others[..], &[(Work::Forget(String::new()), DAY_MS)]].concat()).await
}

/// Of these, those that see to parcels.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn add_rounds(app: &App) -> Result<(), AppError> {
    schedule(app, vec![(Work::Poll(String::new()), ROUND_MS), (Work::SweepBookings(String::new()), ROUND_MS)]).await
}

async fn schedule(app: &App, work: Vec<(Work, i64)>) -> Result<(), AppError> {
    let now = app.clock.now();
    app.db
        .write(move |conn| {
            let work = work.clone();
            Box::pin(async move {
                for (work, every_ms) in work {
                    let schedule = Schedule {
                        name: work.kind().to_owned(),
                        queue: QUEUE.to_owned(),
                        kind: work.kind().to_owned(),
                        payload: serde_json::to_string(&work).unwrap_or_default(),
                        priority: work.priority(),
                        every_ms: Some(every_ms),
                        cron: None,
                        tz: "UTC".to_owned(),
                        jitter_ms: ROUND_JITTER_MS,
                        next_fire: now,
                    };
                    schedules::add(conn, &schedule, now).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Fires what is due, claims due jobs and works on them side by side; answers how many jobs there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn step(app: &App) -> Result<usize, AppError> {
    let claimed = claim_due(app, WORKERS).await?;
    let count = claimed.len();
    let running: Vec<_> = claimed
        .into_iter()
        .map(|job| {
            let app = app.clone();
            tokio::spawn(async move { run(&app, job).await })
        })
        .collect();
    for one in running {
        if one.await.is_err() {
            tracing::error!("a job panicked; it is taken up again when its lease ends");
        }
    }
    Ok(count)
}

/// The same with the most urgent job alone, in the caller's own task: what runs side by side cannot be
/// repeated exactly.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn step_alone(app: &App) -> Result<bool, AppError> {
    let Some(job) = claim_due(app, 1).await?.pop() else { return Ok(false) };
    run(app, job).await;
    Ok(true)
}

async fn claim_due(app: &App, limit: i64) -> Result<Vec<Job>, AppError> {
    let now = app.clock.now();
    let due = jobs::next_due(&mut *app.db.read().await?, QUEUE).await?;
    if due.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    claim(app, limit, now).await
}

async fn claim(app: &App, limit: i64, now: UnixMillis) -> Result<Vec<Job>, AppError> {
    let (engine, chance) = (app.db.engine, app.chance.clone());
    app.db
        .write(move |conn| {
            let chance = chance.clone();
            Box::pin(async move {
                for schedule in schedules::due(conn, now).await? {
                    let next = schedule.next_interval(now, chance.number());
                    schedules::fire(conn, &schedule, &chance.id(now), next.unwrap_or(now.plus(ROUND_MS)), now).await?;
                }
                let token = chance.token();
                let claim = Claim { queue: QUEUE, limit, token: &token, now, lease_until: now.plus(LEASE_MS) };
                Ok(jobs::claim(conn, engine, &claim).await?)
            })
        })
        .await
}

async fn run(app: &App, job: Job) {
    let (kind, result) = match serde_json::from_str::<Work>(&job.payload) {
        Ok(work) => (work.kind(), perform(app, work).await),
        Err(_) => {
            let message = format!("A job of kind {} cannot be read.", job.kind);
            ("unreadable", Err(AppError::Unreadable { message }))
        }
    };
    app.metrics.job_ran(kind, result.is_ok());
    let (now, random) = (app.clock.now(), app.chance.number());
    let written = app.db.write(move |conn| {
        let (job, result) = (job.clone(), result.clone());
        Box::pin(async move {
            match result {
                Ok(()) => jobs::finish(conn, &job, now).await?,
                Err(error) => {
                    let retry = now.plus(backoff_ms(job.attempts, RETRY_BASE_MS, RETRY_CAP_MS, random));
                    jobs::fail(conn, &job, &error.sentence(), Some(retry), now).await?
                }
            };
            Ok(())
        })
    });
    if written.await.is_err() {
        tracing::warn!("the end of a job could not be written down; it is taken up again when its lease ends");
    }
}

async fn perform(app: &App, work: Work) -> Result<(), AppError> {
    match work {
        Work::ResolveBooking(id) => booking::resolve(app, &id).await,
        Work::AskForAwb(id) => awbs::ask_due(app, &id).await,
        Work::CheckShipment(id) => checking::check_shipped(app, &id).await,
        Work::CheckRun(run) => checking::go_on(app, &run).await,
        Work::StatusRun(run) => bulk::go_on(app, &run).await,
        Work::ReadAgain(store) => rereading::run(app, &store).await,
        Work::Poll(_) => polling::poll(app).await.map(|_| ()),
        Work::RefreshRates(_) => rates::refresh(app).await.map(|_| ()),
        Work::Watch(_) => alerts::watch(app).await,
        Work::Forget(_) => upkeep::forget_pushes(app).await,
        Work::SweepBookings(_) => {
            booking::sweep_bookings(app).await?;
            awbs::sweep(app).await?;
            pushes::sweep_unmatched(app).await
        }
    }
}
