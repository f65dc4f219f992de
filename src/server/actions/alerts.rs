//! Looking out for what goes wrong for a while: what every instance has counted is added up by the minute,
//! judged by `domain::alerts`, and kept as rows, so that many instances and restarts tell it once.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::alerts::{Alert, AlertKind, LATE_MS, Observed, Seen, WINDOW_MS, Watched, judge};
use crate::domain::messages::EN;
use crate::domain::time::{DAY_MS, MINUTE_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::work::QUEUE;
use crate::server::db::Conn;
use crate::server::db::watch;
use crate::server::db::write::Failure;

/// How long counted minutes are kept.
const MINUTES_KEPT_MS: i64 = DAY_MS;

/// What is going wrong, as this instance last heard.
#[derive(Clone, Debug, Default)]
pub struct Alerts(Arc<RwLock<Vec<Alert>>>);

impl Alerts {
    /// What is going wrong, oldest first.
    pub fn open(&self) -> Vec<Alert> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, open: Vec<Alert>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = open;
    }
}

/// Adds what this instance has counted to what all have, and hears what is going wrong. Called by every
/// instance once a minute.
///
/// # Errors
/// [`AppError::Internal`] when the database is away; what was counted is kept for the next time.
pub async fn record(app: &App) -> Result<(), AppError> {
    let counted = app.metrics.take_watched();
    if counted.iter().any(|(_, count)| *count > 0) {
        let minute_at = minute_of(app.clock.now());
        let rows = counted.clone();
        let written = app.db.write(move |conn| {
            let rows = rows.clone();
            Box::pin(async move { Ok(watch::add_minutes(conn, minute_at, &rows).await?) })
        });
        if let Err(error) = written.await {
            app.metrics.give_back_watched(&counted);
            return Err(error);
        }
    }
    refresh(app).await
}

async fn refresh(app: &App) -> Result<(), AppError> {
    let open = watch::open_alerts(&mut *app.db.read().await?).await?;
    app.alerts.keep(open);
    Ok(())
}

fn minute_of(at: UnixMillis) -> UnixMillis {
    UnixMillis(at.0.div_euclid(MINUTE_MS) * MINUTE_MS)
}

/// Judges what was counted; opens what begins and closes what is over. A job, so that one instance does it.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn watch(app: &App) -> Result<(), AppError> {
    record(app).await?;
    let now = app.clock.now();
    let observed = observe(app, now).await?;
    let id = app.chance.id(now);
    let changes = app
        .db
        .write(move |conn| {
            let id = id.clone();
            Box::pin(async move {
                watch::forget_minutes(conn, now.plus(-MINUTES_KEPT_MS)).await?;
                let mut changes = Vec::new();
                for (kind, code) in AlertKind::TABLE {
                    let seen = judge(kind, &observed);
                    if settle(conn, kind, &format!("{id}-{code}"), seen, now).await? {
                        changes.push((kind, seen));
                    }
                }
                Ok(changes)
            })
        })
        .await?;
    for (kind, seen) in changes {
        let alert = kind.code();
        match seen {
            Some(seen) => tracing::warn!(alert, "{}", EN.alert_what(kind, seen)),
            None => tracing::info!(alert, "an alert is over"),
        }
    }
    refresh(app).await
}

/// Opens, keeps or closes; answers whether that is news.
async fn settle(
    conn: &mut Conn,
    kind: AlertKind,
    id: &str,
    seen: Option<Seen>,
    now: UnixMillis,
) -> Result<bool, Failure> {
    let is_news = match seen {
        Some(seen) => {
            !watch::update_alert(conn, kind, seen, now).await? && watch::open_alert(conn, id, kind, seen, now).await?
        }
        None => watch::close_alert(conn, kind, now).await?,
    };
    Ok(is_news)
}

async fn observe(app: &App, now: UnixMillis) -> Result<Observed, AppError> {
    let mut conn = app.db.read().await?;
    let sums = watch::sums(&mut conn, now.plus(-WINDOW_MS)).await?;
    let late = now.plus(-LATE_MS);
    let (spooled, oldest) = app.intake.waiting().await;
    let late_spooled = if oldest.is_some_and(|oldest| oldest < late) { spooled } else { 0 };
    let late_tasks = watch::late_tasks(&mut conn, QUEUE, late).await? + late_spooled;
    let sum = |watched: Watched| sums.iter().find(|(name, _)| name == watched.name()).map_or(0, |(_, sum)| *sum);
    Ok(Observed {
        syncs: sum(Watched::Syncs),
        sync_failures: sum(Watched::SyncFailures),
        slow_calls: sum(Watched::SlowCalls),
        webhook_errors: sum(Watched::WebhookErrors),
        late_tasks,
    })
}
