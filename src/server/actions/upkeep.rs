//! What is swept away once nobody can need it any more, and counters that are folded.

use crate::domain::time::{DAY_MS, SECOND_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::pushes::note_durably;
use crate::server::db::{events, people, rates, settings, webhooks};

/// How long an answer is kept under its idempotency key.
const ANSWERS_KEPT_MS: i64 = DAY_MS;
/// How long prices are kept that nobody has asked for again.
const RATES_KEPT_MS: i64 = DAY_MS;
/// How long the body of a push is kept (K34).
const BODY_KEPT_MS: i64 = 90 * DAY_MS;
/// The setting that says from when on bodies are there.
const KEPT_FROM: &str = "webhook_bodies_kept_from";
/// Rows swept at a time: checkout shares the one writer.
const ROWS_MAX: i64 = 200;

/// Batches of counter deltas folded at a time.
const FOLDS_MAX: usize = 100;

/// Sweeps old answers and expired sessions, at most 200 rows of each; answers how many there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn sweep(app: &App) -> Result<u64, AppError> {
    fold_counters(app).await?;
    let now = app.clock.now();
    app.db
        .write(move |conn| {
            Box::pin(async move {
                let answers = settings::forget_answers(conn, now.plus(-ANSWERS_KEPT_MS), ROWS_MAX).await?;
                let sessions = people::delete_expired_sessions(conn, now.plus(-SECOND_MS), ROWS_MAX).await?;
                let old = rates::forget(conn, now.plus(-RATES_KEPT_MS), ROWS_MAX).await?;
                Ok(answers + sessions + old)
            })
        })
        .await
}

/// Takes away the bodies of old pushes, and what the spool still holds of applied ones.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn forget_pushes(app: &App) -> Result<(), AppError> {
    let (now, before) = (app.clock.now(), app.clock.now().plus(-BODY_KEPT_MS));
    // From where the last time ended: what is older has no body any more, however much of it there is.
    let from = settings::get(&mut *app.db.read().await?, "", KEPT_FROM).await?;
    let from = UnixMillis(from.and_then(|text| text.parse().ok()).unwrap_or(0));
    loop {
        let forgotten = app.db.write(move |conn| {
            Box::pin(async move {
                let count = webhooks::forget_bodies(&mut *conn, from, before, ROWS_MAX).await?;
                if count == 0 {
                    settings::set(conn, "", KEPT_FROM, &before.0.to_string(), now).await?;
                }
                Ok(count)
            })
        });
        if forgotten.await? == 0 {
            break;
        }
    }
    let place = app.intake.reader().await.end_file().await;
    note_durably(app).await?;
    app.intake.reader().await.clear(place).await;
    Ok(())
}

/// Folds counter deltas, in batches: what remains of them is what the last minute has brought.
async fn fold_counters(app: &App) -> Result<(), AppError> {
    let engine = app.db.engine;
    for _ in 0..FOLDS_MAX {
        let folded = app
            .db
            .write(move |conn| Box::pin(async move { Ok(events::fold_counters(conn, engine, ROWS_MAX).await?) }))
            .await?;
        if folded < usize::try_from(ROWS_MAX).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(())
}
