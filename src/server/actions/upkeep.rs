//! What is swept away once nobody can need it any more.

use crate::domain::time::{DAY_MS, SECOND_MS};
use crate::error::AppError;
use crate::server::App;
use crate::server::db::{people, settings};

/// How long an answer is kept under its idempotency key.
const ANSWERS_KEPT_MS: i64 = DAY_MS;
/// Rows swept at a time: checkout shares the one writer.
const ROWS_MAX: i64 = 200;

/// Sweeps old answers and expired sessions, at most 200 rows of each; answers how many there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn sweep(app: &App) -> Result<u64, AppError> {
    let now = app.clock.now();
    app.db
        .write(move |conn| {
            Box::pin(async move {
                let answers = settings::forget_answers(conn, now.plus(-ANSWERS_KEPT_MS), ROWS_MAX).await?;
                let sessions = people::delete_expired_sessions(conn, now.plus(-SECOND_MS), ROWS_MAX).await?;
                Ok(answers + sessions)
            })
        })
        .await
}
