//! What is looked up when somebody asks: queues, the spool, connections. Cheap by index, counted up to a
//! limit, and left out when the database is away.

use std::borrow::Cow;
use std::sync::PoisonError;
use std::time::Duration;

use crate::domain::alerts::{Alert, AlertKind};
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::server::actions::work::QUEUE;
use crate::server::db::watch::{self, Queues};
use crate::server::metrics::Labels;
use crate::server::metrics::families::Family;
use crate::server::metrics::text::{self, Reading};
use crate::server::{App, db};

/// How long the database may take to answer; a scrape gives up after ten seconds.
const LOOK_UP_TIME_MAX: Duration = Duration::from_secs(3);

/// Everything, as Prometheus reads it.
pub async fn gather(app: &App) -> String {
    let now = app.clock.now();
    let looked_up = tokio::time::timeout(LOOK_UP_TIME_MAX, look_up(app, now)).await;
    let mut readings = vec![plain(Family::SpoolBytes, app.intake.spooled_bytes() as f64)];
    readings.extend(connections(app));
    match looked_up {
        Ok(Ok((queues, alerts))) => {
            readings.extend(of_queues(&queues, now));
            readings.extend(of_alerts(&alerts));
        }
        Ok(Err(_)) | Err(_) => readings.push(plain(Family::DatabaseUp, 0.0)),
    }
    let series = app.metrics.series.lock().unwrap_or_else(PoisonError::into_inner).clone();
    text::write(series.iter(), &readings)
}

async fn look_up(app: &App, now: UnixMillis) -> db::Result<(Queues, Vec<Alert>)> {
    let mut conn = app.db.read().await?;
    let mut queues = watch::queues(&mut conn, QUEUE, now).await?;
    let (spooled, oldest) = app.intake.waiting().await;
    queues.pushes += spooled;
    queues.oldest_push = queues.oldest_push.into_iter().chain(oldest).min();
    Ok((queues, watch::open_alerts(&mut conn).await?))
}

fn of_alerts(open: &[Alert]) -> impl Iterator<Item = Reading> {
    AlertKind::TABLE.into_iter().map(|(kind, code)| {
        let is_open = open.iter().any(|alert| alert.kind == kind);
        (Family::Alert, [Cow::Borrowed(code), Cow::Borrowed(""), Cow::Borrowed("")], f64::from(u8::from(is_open)))
    })
}

fn plain(family: Family, value: f64) -> Reading {
    (family, Labels::default(), value)
}

fn of_queues(queues: &Queues, now: UnixMillis) -> Vec<Reading> {
    let age = |since: Option<UnixMillis>| {
        since.map_or(0.0, |since| now.0.saturating_sub(since.0).max(0) as f64 / SECOND_MS as f64)
    };
    vec![
        plain(Family::DatabaseUp, 1.0),
        plain(Family::PushesWaiting, queues.pushes as f64),
        plain(Family::PushOldestSeconds, age(queues.oldest_push)),
        plain(Family::PushesDead, queues.pushes_dead as f64),
        plain(Family::JobsDue, queues.jobs_due as f64),
        plain(Family::JobOldestSeconds, age(queues.oldest_job)),
        plain(Family::JobsRunning, queues.jobs_running as f64),
        plain(Family::JobsDead, queues.jobs_dead as f64),
    ]
}

fn connections(app: &App) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (name, pool) in [("read", app.db.reader_pool()), ("write", app.db.writer_pool())] {
        let (open, idle) = (pool.size() as usize, pool.num_idle());
        for (state, count) in [("idle", idle.min(open)), ("in_use", open.saturating_sub(idle))] {
            let labels = [Cow::Borrowed(name), Cow::Borrowed(state), Cow::Borrowed("")];
            readings.push((Family::Connections, labels, count as f64));
        }
    }
    readings
}
