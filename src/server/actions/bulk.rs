//! Bringing many orders to a state: a run with a result for each.
//!
//! Each order is changed in a transaction of its own, in which its result is written too, so that a run that
//! is cut off goes on where it stopped and no order is changed twice.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{OrderId, StoreId};
use crate::domain::messages::EN;
use crate::domain::orders::{OrderAction, OrderStatus};
use crate::domain::staff::Role;
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::error::{AppError, FieldError};
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::fulfilment::Step;
use crate::server::actions::work::Work;
use crate::server::db::events::Author;
use crate::server::db::jobs::runs::{self, ItemOutcome, NewRun, StoredRun};
use crate::server::db::write::Failure;
use crate::server::db::{Conn, fulfilment, orders};
use crate::server::live::Hint;

/// The kind of run that changes the state of many orders.
pub const KIND: &str = "bulk_update_status";
/// Orders of one run: a person waits for it.
pub const ORDERS_MAX: usize = 200;
/// When a job looks after a run whose request was cut off.
const LOOKED_AFTER_MS: i64 = MINUTE_MS;
/// Orders looked for at a time.
const BATCH: i64 = 50;

#[derive(Serialize, Deserialize)]
struct Params {
    status: OrderStatus,
}

/// Brings orders (ids or references) to a state, one by one, and answers the run. Those that cannot be
/// brought there have the reason in their item; the others are changed all the same.
///
/// # Errors
/// [`AppError::Forbidden`] for anybody who works in no store, [`AppError::Invalid`] for a state that no
/// action leads to.
pub async fn set_status(app: &App, actor: &Actor, names: &[String], status: OrderStatus) -> Result<String, AppError> {
    if !matches!(actor.role, Some(Role::Seller | Role::Staff | Role::Admin)) {
        return Err(AppError::Forbidden);
    }
    if OrderAction::leading_to(status).is_none() {
        return Err(AppError::invalid("status", EN.api_status_start));
    }
    let (pen, items) = (app.pen(), items_of(app, actor, names).await?);
    let run = NewRun {
        id: app.chance.id(pen.now),
        store_id: actor.only_store.clone(),
        kind: KIND,
        params: serde_json::to_string(&Params { status }).unwrap_or_default(),
        author: actor.author.clone(),
        items,
        entity: "order",
    };
    let id = run.id.clone();
    app.db
        .write(move |conn| {
            let (pen, run) = (pen.clone(), run.clone());
            Box::pin(async move {
                runs::insert(conn, &run, pen.now).await?;
                let work = Work::StatusRun(run.id.clone());
                Ok(work.enqueue(conn, &pen.chance, pen.now.plus(LOOKED_AFTER_MS), pen.now).await?)
            })
        })
        .await?;
    go_on(app, &id).await?;
    Ok(id)
}

/// The orders with their stores, each once.
///
/// # Errors
/// [`AppError::Invalid`] that names the ones that are not there or not the actor's to see.
async fn items_of(app: &App, actor: &Actor, names: &[String]) -> Result<Vec<(String, StoreId)>, AppError> {
    let mut conn = app.db.read().await?;
    let mut items = Vec::new();
    let mut missing = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let found = orders::find(&mut conn, name).await?;
        match found.filter(|found| actor.works_in(&found.order.store_id)) {
            Some(found) => {
                let item = (found.order.id.to_string(), found.order.store_id);
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            None => missing.push(FieldError::new(format!("order_ids[{at}]"), EN.bulk_missing)),
        }
    }
    if missing.is_empty() { Ok(items) } else { Err(AppError::Invalid { fields: missing }) }
}

/// Goes on with a run until it is through.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn go_on(app: &App, run: &str) -> Result<(), AppError> {
    let Some(stored) = runs::find(&mut *app.db.read().await?, run).await? else { return Ok(()) };
    let Ok(Params { status }) = serde_json::from_str(&stored.params) else { return Err(AppError::Internal) };
    let actor = author_of(&stored);
    loop {
        let waiting = runs::waiting(&mut *app.db.read().await?, run, BATCH).await?;
        if waiting.is_empty() {
            break;
        }
        for order in waiting {
            if let Err(error) = change_one(app, &actor, run, &order, status).await {
                if matches!(error, AppError::Internal) {
                    return Err(error);
                }
                settle(app, run, &order, error.sentence()).await?;
            }
        }
    }
    let (now, name) = (app.clock.now(), run.to_owned());
    app.db
        .write(move |conn| {
            let name = name.clone();
            Box::pin(async move { Ok(runs::set_state(conn, &name, true, now).await?) })
        })
        .await
}

/// Whoever asked for the run; what that one may do was decided when it was asked for.
fn author_of(run: &StoredRun) -> Actor {
    let kind = match run.author_kind.as_str() {
        "user" => "user",
        "token" => "token",
        _ => "system",
    };
    Actor {
        author: Author { kind, id: run.author_id.clone() },
        role: Some(Role::Admin),
        user_id: None,
        only_store: run.store_id.clone(),
    }
}

/// Changes one order and writes its result, in one transaction.
async fn change_one(app: &App, actor: &Actor, run: &str, order: &str, status: OrderStatus) -> Result<(), AppError> {
    let pen = app.pen();
    let (actor, run, order) = (actor.clone(), run.to_owned(), order.to_owned());
    let id = OrderId::new(order.clone());
    app.db
        .write(move |conn| {
            let (pen, actor, run, order) = (pen.clone(), actor.clone(), run.clone(), order.clone());
            Box::pin(async move {
                let locked = fulfilment::lock(conn, &order).await?.ok_or_else(|| AppError::not_found("Order"))?;
                if !runs::is_waiting(conn, &run, &order).await? {
                    return Ok(());
                }
                let action = OrderAction::leading_to(status).ok_or(AppError::Internal)?;
                let step = Step { actor: &actor, note: "", chance: &pen.chance, now: pen.now };
                let reached = step.apply(conn, &locked, action).await?;
                let outcome = ItemOutcome {
                    entity_id: order.clone(),
                    is_done: true,
                    is_change: reached != locked.status,
                    message: (EN.bulk_done)(&reached.code().replace('_', " ")),
                };
                write_outcome(conn, &run, &outcome, pen.now).await
            })
        })
        .await?;
    app.live.publish(Hint::order(&id));
    Ok(())
}

async fn write_outcome(conn: &mut Conn, run: &str, outcome: &ItemOutcome, now: UnixMillis) -> Result<(), Failure> {
    Ok(runs::settle(conn, run, outcome, now).await?)
}

async fn settle(app: &App, run: &str, order: &str, reason: String) -> Result<(), AppError> {
    let (now, run) = (app.clock.now(), run.to_owned());
    let outcome = ItemOutcome { entity_id: order.to_owned(), is_done: false, is_change: false, message: reason };
    app.db
        .write(move |conn| {
            let (run, outcome) = (run.clone(), outcome.clone());
            Box::pin(async move { write_outcome(conn, &run, &outcome, now).await })
        })
        .await
}
