//! What is known about the webhooks of every account, for whoever wonders why none come.

use crate::domain::couriers::WebhookMode;
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::time::DAY_MS;
use crate::domain::webhooks::{Finding, HookFacts, Refused, hook_path, judge};
use crate::error::AppError;
use crate::server::App;
use crate::server::couriers;
use crate::server::couriers::account::Account;
use crate::server::db::{couriers as accounts, refusals};

/// An account with what is known of its webhooks, and what is to be said about it.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The account, opened.
    pub account: Account,
    /// What is known.
    pub facts: HookFacts,
    /// What is to be said, without asking anybody.
    pub findings: Vec<Finding>,
}

/// The accounts whose couriers push, of a store or of all.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn examine(app: &App, only_store: Option<&StoreId>, site_url: &str) -> Result<Vec<Examined>, AppError> {
    let all = app.accounts.all(app).await?;
    let mut conn = app.db.read().await?;
    let pushes = accounts::pushes(&mut conn).await?;
    let refused = refusals::since(&mut conn, app.clock.now().plus(-DAY_MS)).await?;
    drop(conn);
    let is_asked = |account: &&Account| {
        let pushes =
            couriers::of(account.provider()).is_some_and(|one| one.capabilities().webhook != WebhookMode::None);
        let is_theirs = only_store.is_none_or(|only| *only == account.shown.store_id);
        is_theirs && (pushes || account.shown.webhook_mode != WebhookMode::None)
    };
    let examined = all.iter().filter(is_asked).map(|account| {
        let shown = &account.shown;
        let health = pushes.iter().find(|(id, _, _)| *id == shown.id);
        let facts = HookFacts {
            provider: shown.provider,
            url: format!("{site_url}{}", hook_path(&shown.webhook_token)),
            is_enabled: shown.is_enabled,
            mode: shown.webhook_mode,
            has_secret: account.webhook_secret.as_deref().is_some_and(|secret| !secret.is_empty()),
            last_push_at: health.and_then(|(_, at, _)| *at),
            unannounced: health.map_or(0, |(_, _, count)| *count),
            refusals: refused.iter().filter_map(|one| refused_at(&shown.id, one)).collect(),
        };
        Examined { findings: judge(&facts), account: account.clone(), facts }
    });
    Ok(examined.collect())
}

fn refused_at(courier: &CourierId, one: &refusals::RefusedSince) -> Option<Refused> {
    let (at, verdict, count, last_at) = one;
    (at.as_ref() == Some(courier)).then(|| Refused { verdict: verdict.clone(), count: *count, last_at: *last_at })
}

/// What is to be said about pushes to addresses that are nobody's.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn strangers(app: &App) -> Result<Option<Finding>, AppError> {
    let since = app.clock.now().plus(-DAY_MS);
    let refused = refusals::since(&mut *app.db.read().await?, since).await?;
    let count: i64 = refused.iter().filter(|(courier, ..)| courier.is_none()).map(|(_, _, count, _)| count).sum();
    Ok((count > 0).then_some(Finding::Strangers(count)))
}
