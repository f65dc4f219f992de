//! What couriers would charge for a parcel, and whether they go there.
//!
//! An answer serves for a quarter of an hour, and marked approximate for some hours more while its courier
//! does not answer. What was asked within a day is asked again from time to time, so that there is such an
//! answer.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::checkout::clean_line;
use crate::domain::couriers::CourierAccount;
use crate::domain::ids::StoreId;
use crate::domain::messages::EN;
use crate::domain::money::Minor;
use crate::domain::payments::PaymentMethod;
use crate::domain::rates::{FRESH_MS, Offers, Rate, RateQuestion, STALE_MS};
use crate::domain::time::{DAY_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, CourierError};
use crate::server::db::{orders, rates};

/// How long somebody who looks at a page waits for prices. Shorter than a call may take.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Weight of a parcel nobody has weighed, in grams (R104).
const WEIGHT_GRAMS: i64 = 500;
/// Questions that were asked within so long are asked again by ourselves (K24), so many at a time.
const USED_WITHIN_MS: i64 = DAY_MS;
const REFRESHED_MAX: i64 = 100;

/// What one account offers.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The account.
    pub account: CourierAccount,
    /// What it offers.
    pub offers: Offers,
}

/// A parcel whose price is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Postcode of who gets it.
    pub pincode: String,
    /// Weight in grams.
    pub weight_grams: i64,
    /// Whether the rider collects money.
    pub is_cod: bool,
    /// What it is worth.
    pub value: Minor,
}

/// What the accounts of an order's store would carry it for.
///
/// # Errors
/// [`AppError::NotFound`] when it is not the actor's to see.
pub async fn for_order(app: &App, actor: &Actor, order: &str) -> Result<Vec<Offered>, AppError> {
    let missing = || AppError::not_found("Order");
    let found = orders::find(&mut *app.db.read().await?, &clean_line(order)).await?.ok_or_else(missing)?.order;
    actor.must_work_in(&found.store_id, "Order")?;
    let wanted = Wanted {
        pincode: found.address.pincode.clone(),
        weight_grams: found.weight_grams(),
        is_cod: found.payment_method == PaymentMethod::Cod,
        value: found.money.total(),
    };
    offered(app, &wanted, |store| *store == found.store_id).await
}

/// What the accounts of some stores would carry a parcel for; one entry per account that can be asked.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn offered(app: &App, wanted: &Wanted, is_of: impl Fn(&StoreId) -> bool) -> Result<Vec<Offered>, AppError> {
    let accounts = app.accounts.all(app).await?;
    let can_be_asked = |account: &&Account| {
        account.shown.is_enabled
            && is_of(&account.shown.store_id)
            && couriers::of(account.provider()).is_some_and(|courier| courier.capabilities().rates)
    };
    let asking: Vec<_> = accounts
        .iter()
        .filter(can_be_asked)
        .cloned()
        .map(|account| {
            let (app, wanted) = (app.clone(), wanted.clone());
            tokio::spawn(async move {
                let offers = of_account(&app, &account, &wanted).await?;
                Ok::<_, AppError>(Offered { account: account.shown, offers })
            })
        })
        .collect();
    let mut all = Vec::with_capacity(asking.len());
    for one in asking {
        all.push(one.await.map_err(|_| AppError::Internal)??);
    }
    Ok(all)
}

/// What an account offers: as it has said a moment ago, else as it says now, else as it said lately.
async fn of_account(app: &App, account: &Account, wanted: &Wanted) -> Result<Offers, AppError> {
    let nothing = |problem: String| Offers { problem: Some(problem), ..Offers::default() };
    let Some(from) = account.shown.pickup_pincode.as_deref().filter(|pincode| !pincode.trim().is_empty()) else {
        return Ok(nothing((EN.rates_no_pickup)(&account.shown.name)));
    };
    let weight = if wanted.weight_grams > 0 { wanted.weight_grams } else { WEIGHT_GRAMS };
    let question = RateQuestion::about(from, &wanted.pincode, weight, wanted.is_cod, wanted.value);
    let (id, now) = (&account.shown.id, app.clock.now());
    let kept = rates::find(&mut *app.db.read().await?, id, &question).await?;
    let age = |at: UnixMillis| now.0 - at.0;
    if let Some(kept) = kept.as_ref().filter(|kept| age(kept.fetched_at) < FRESH_MS) {
        return Ok(Offers { rates: kept.rates.clone(), asked_at: Some(kept.fetched_at), ..Offers::default() });
    }
    let courier = couriers::of(account.provider()).ok_or(AppError::Internal)?;
    let asked = tokio::time::timeout(ANSWER_WAIT, courier.rates(&app.outbound, account, &question)).await;
    let error = match asked {
        Ok(Ok(found)) => {
            keep(app, account, question, found.clone(), Some(now)).await?;
            return Ok(Offers { rates: found, asked_at: Some(now), ..Offers::default() });
        }
        Ok(Err(error)) => error,
        Err(_) => CourierError::Unavailable { reason: EN.rates_slow.to_owned(), retry_after_ms: None },
    };
    // A refusal is the courier's answer of now; only silence leaves the old one standing.
    let still_serves = !matches!(error, CourierError::Refused(_));
    match kept.filter(|kept| still_serves && age(kept.fetched_at) < STALE_MS) {
        Some(kept) => {
            Ok(Offers { rates: kept.rates, asked_at: Some(kept.fetched_at), is_approximate: true, problem: None })
        }
        None => Ok(nothing((EN.courier_failed)(&error.to_string()))),
    }
}

async fn keep(
    app: &App,
    account: &Account,
    question: RateQuestion,
    found: Vec<Rate>,
    used_at: Option<UnixMillis>,
) -> Result<(), AppError> {
    let (store, id, now) = (account.shown.store_id.clone(), account.shown.id.clone(), app.clock.now());
    app.db
        .write(move |conn| {
            let (store, id, question, found) = (store.clone(), id.clone(), question.clone(), found.clone());
            Box::pin(async move { Ok(rates::keep(conn, (&store, &id), &question, &found, used_at, now).await?) })
        })
        .await
}

/// Asks again what people have asked within a day, those asked last first; an account that does not answer is
/// asked no more this time. Answers how many answers came.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn refresh(app: &App) -> Result<usize, AppError> {
    let now = app.clock.now();
    let (since, older_than) = (now.plus(-USED_WITHIN_MS), now.plus(-FRESH_MS));
    let lanes = rates::used_since(&mut *app.db.read().await?, since, older_than, REFRESHED_MAX).await?;
    let (mut silent, mut answered) = (BTreeSet::new(), 0);
    for (courier, question) in lanes {
        if silent.contains(&courier) {
            continue;
        }
        let Ok(account) = app.accounts.find(app, &courier).await else { continue };
        let Some(spoken) = couriers::of(account.provider()).filter(|_| account.shown.is_enabled) else { continue };
        match spoken.rates(&app.outbound, &account, &question).await {
            Ok(found) => {
                keep(app, &account, question, found, None).await?;
                answered += 1;
            }
            Err(CourierError::Unavailable { .. }) => drop(silent.insert(courier)),
            Err(CourierError::Refused(_) | CourierError::Unreadable(_)) => {}
        }
    }
    Ok(answered)
}
