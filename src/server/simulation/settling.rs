//! How a run ends: no more trouble, late webhooks arrive, parcels go to the end of their ways, and people see
//! to what only people can see to.

use crate::domain::time::{HOUR_MS, MINUTE_MS};
use crate::error::AppError;
use crate::server::App;
use crate::server::simulation::steps;
use crate::server::simulation::town::Town;

/// What passes from round to round at first: whoever backs off comes back.
const FIRST_ROUNDS_MS: [i64; 5] = [MINUTE_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 40 * MINUTE_MS, 2 * HOUR_MS];
/// And then: longer than any wait between two questions about a parcel that moves.
const ROUND_MS: i64 = 7 * HOUR_MS;
/// Rounds until the last parcel is at its end.
const ROUNDS_MAX: usize = 80;
/// Rounds after that: the last questions, and their answers.
const LAST_ROUNDS: usize = 3;

/// Lets everything come to its end.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn settle(town: &Town, app: &App) -> Result<(), AppError> {
    town.settle();
    town.note("the trouble is over");
    while town.deliver_late().await {}
    for milliseconds in FIRST_ROUNDS_MS {
        round(town, app, milliseconds).await?;
    }
    let mut after = 0;
    for _ in 0..ROUNDS_MAX {
        let is_at_end = town.sandbox.parcels().iter().all(|parcel| parcel.ahead.is_empty());
        after = if is_at_end { after + 1 } else { 0 };
        if after > LAST_ROUNDS {
            break;
        }
        round(town, app, ROUND_MS).await?;
    }
    Ok(())
}

async fn round(town: &Town, app: &App, milliseconds: i64) -> Result<(), AppError> {
    town.pass(milliseconds).await;
    while town.deliver_late().await {}
    steps::apply(app).await?;
    steps::work(town, app).await?;
    steps::look_into_panels(town, app).await?;
    steps::apply(app).await
}
