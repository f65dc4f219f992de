//! Instances that share a database: they say that they run, so that each takes its part, and no more, of
//! what couriers let an account do.

use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::db::instances;

/// An instance that has not said for so long that it runs does not: three times it is due to.
const SEEN_WITHIN_MS: i64 = 3 * MINUTE_MS;

/// Says that this instance runs, and learns how many do.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn note(app: &App) -> Result<(), AppError> {
    let (id, now) = (app.boot_id.clone(), app.clock.now());
    let seen_since = UnixMillis(now.0 - SEEN_WITHIN_MS);
    let count = app
        .db
        .write(move |conn| {
            let id = id.clone();
            Box::pin(async move {
                instances::note(conn, &id, seen_since, now).await?;
                Ok(instances::count(conn, seen_since).await?)
            })
        })
        .await?;
    app.outbound.share_among(u32::try_from(count).unwrap_or(1));
    Ok(())
}

/// Says that this instance ends.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn leave(app: &App) -> Result<(), AppError> {
    let id = app.boot_id.clone();
    app.db
        .write(move |conn| {
            let id = id.clone();
            Box::pin(async move { Ok(instances::forget(conn, &id).await?) })
        })
        .await
}
