//! What staff see on their screens, and what everybody sees of an order by its link or reference.

use crate::domain::checkout::clean_line;
use crate::domain::couriers::CourierAccount;
use crate::domain::ids::{OrderId, StoreId};
use crate::domain::orders::search::Search;
use crate::domain::orders::{DeskFilter, DeskOrder, DeskPage, ORDER_STATUSES, TrackedOrder, TrackedParcel};
use crate::domain::shipping::{BookingState, CheckRun};
use crate::domain::time::UnixMillis;
use crate::domain::webhooks::{PushView, RefusalView};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::pushes::CATCH_UP_TIME_MAX;
use crate::server::db::desk::{self, Scope};
use crate::server::db::jobs::runs;
use crate::server::db::{Conn, couriers, fulfilment, orders, refusals, webhooks};

/// Orders on a page of the orders screen.
pub const PAGE_SIZE: usize = 25;
/// Pushes and refusals on a page.
pub const PUSHES_SHOWN: i64 = 50;
/// The kind of run that asks couriers about many parcels.
pub const CHECK_KIND: &str = "check_delivery_status";

/// A page of the orders screen.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn page(app: &App, filter: &DeskFilter) -> Result<DeskPage, AppError> {
    let mut conn = app.db.read().await?;
    let search = Search::parse(&filter.search);
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX) + 1;
    let mut found = desk::find(&mut conn, &Scope::from(filter), &search, limit).await?;
    let has_older = found.len() > PAGE_SIZE;
    found.truncate(PAGE_SIZE);
    let older = found.last().map(|(_, seq)| *seq).filter(|_| has_older);
    let ids: Vec<OrderId> = found.into_iter().map(|(id, _)| id).collect();
    let counted = fulfilment::counts(&mut conn, filter.store_id.as_ref()).await?;
    let counts = ORDER_STATUSES
        .iter()
        .map(|row| {
            let name = format!("orders.{}", row.code);
            (row.status, counted.iter().find(|(counter, _)| *counter == name).map_or(0, |(_, value)| *value))
        })
        .collect();
    Ok(DeskPage { orders: load(&mut conn, &ids).await?, older, counts })
}

/// One order with everything staff act on.
///
/// # Errors
/// [`AppError::NotFound`] when there is none or it is another store's.
pub async fn order(app: &App, id_or_reference: &str, only_store: Option<&StoreId>) -> Result<DeskOrder, AppError> {
    let missing = || AppError::not_found("Order");
    let mut conn = app.db.read().await?;
    let found = orders::find(&mut conn, &clean_line(id_or_reference)).await?.ok_or_else(missing)?;
    if only_store.is_some_and(|only| *only != found.order.store_id) {
        return Err(missing());
    }
    load(&mut conn, &[found.order.id]).await?.pop().ok_or_else(missing)
}

/// Orders with everything about them, newest first.
async fn load(conn: &mut Conn, ids: &[OrderId]) -> Result<Vec<DeskOrder>, AppError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = orders::by_ids(conn, ids).await?;
    let mut extras = desk::extras(conn, ids).await?;
    let mut histories = desk::histories(conn, ids).await?;
    let mut parcels = desk::parcels(conn, ids).await?;
    let mut cases = desk::open_cases(conn, ids).await?;
    let mut loaded: Vec<DeskOrder> = found
        .into_iter()
        .filter_map(|(store, order)| {
            let extra = extras.remove(&order.id)?;
            Some(DeskOrder {
                seq: extra.seq,
                version: extra.version,
                token: extra.token,
                is_recalled: extra.recalled_at.is_some(),
                events: histories.remove(&order.id).unwrap_or_default(),
                shipments: parcels.remove(&order.id).unwrap_or_default(),
                cases: cases.remove(&order.id).unwrap_or_default(),
                order,
                store,
            })
        })
        .collect();
    loaded.sort_by_key(|order| std::cmp::Reverse(order.seq));
    Ok(loaded)
}

/// The courier accounts of a store or of all.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn accounts(app: &App, only_store: Option<&StoreId>) -> Result<Vec<CourierAccount>, AppError> {
    let stored = couriers::all(&mut *app.db.read().await?).await?;
    let seen = |account: &CourierAccount| only_store.is_none_or(|only| *only == account.store_id);
    Ok(stored.into_iter().map(|one| one.shown).filter(seen).collect())
}

/// The newest pushes; `before` is the instant of the last one of the page before.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn pushes(
    app: &App,
    only_store: Option<&StoreId>,
    state: Option<&str>,
    before: Option<UnixMillis>,
) -> Result<Vec<PushView>, AppError> {
    let accounts = accounts(app, None).await?;
    app.intake.caught_up(CATCH_UP_TIME_MAX).await;
    let rows = webhooks::list(&mut *app.db.read().await?, only_store, state, before, PUSHES_SHOWN).await?;
    let name = |id| accounts.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| PushView {
            id: row.id,
            courier_name: name(row.courier_id),
            received_at: row.received_at,
            event_type: row.event_type,
            awb: row.awb,
            state: row.state,
            attempts: row.attempts,
            error: row.error,
        })
        .collect())
}

/// The newest pushes that were not taken; for staff of all stores, since most have no account.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn refusals(app: &App) -> Result<Vec<RefusalView>, AppError> {
    let accounts = accounts(app, None).await?;
    let rows = refusals::newest(&mut *app.db.read().await?, PUSHES_SHOWN).await?;
    Ok(rows
        .into_iter()
        .map(|row| RefusalView {
            last_at: row.last_at,
            courier_name: row
                .courier_id
                .and_then(|id| accounts.iter().find(|one| one.id == id).map(|one| one.name.clone())),
            route: row.route,
            ip: row.ip,
            verdict: row.verdict,
            repeats: row.repeats,
        })
        .collect())
}

/// The newest run of checks, as it stands.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn latest_check(app: &App, only_store: Option<&StoreId>) -> Result<Option<CheckRun>, AppError> {
    Ok(runs::latest(&mut *app.db.read().await?, CHECK_KIND, only_store).await?)
}

/// The order with a reference, for whoever knows the last four digits of its phone. Every miss is the
/// same miss, after the same work.
///
/// # Errors
/// [`AppError::NotFound`] for every miss, [`AppError::TooMany`] after too many.
pub async fn tracked(app: &App, reference: &str, last4: &str, client_ip: &str) -> Result<TrackedOrder, AppError> {
    app.limits.track(client_ip)?;
    let reference = clean_line(reference).to_uppercase();
    let digits: String = last4.chars().filter(char::is_ascii_digit).collect();
    let mut conn = app.db.read().await?;
    let found = orders::find(&mut conn, &reference).await?;
    // The same statements run for a miss: how long it takes says nothing about what exists.
    let id = found.as_ref().map_or_else(|| OrderId::new("none"), |found| found.order.id.clone());
    let loaded = load(&mut conn, &[id]).await?.pop();
    let order = loaded.filter(|desk| {
        let phone = desk.order.customer_phone.digits();
        digits.len() == 4 && phone.ends_with(&digits) && desk.order.reference == reference
    });
    order.map(shown).ok_or_else(|| AppError::not_found("Order"))
}

/// The orders of a checkout, for whoever has its link.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn tracked_by_token(app: &App, token: &str) -> Result<Vec<TrackedOrder>, AppError> {
    let mut conn = app.db.read().await?;
    let Some(placed) = orders::placed_by_token(&mut conn, &clean_line(token)).await? else { return Ok(Vec::new()) };
    let ids: Vec<OrderId> = placed.orders.iter().map(|(_, order)| order.id.clone()).collect();
    let mut loaded = load(&mut conn, &ids).await?;
    loaded.reverse();
    Ok(loaded.into_iter().map(shown).collect())
}

fn shown(desk: DeskOrder) -> TrackedOrder {
    let events = desk.events.into_iter().map(|mut event| {
        event.note.clear();
        event
    });
    let shipments =
        desk.shipments.into_iter().filter(|one| one.is_current && one.booking_state == BookingState::Booked);
    TrackedOrder {
        reference: desk.order.reference,
        status: desk.order.status,
        store_name: desk.store.name,
        country: desk.store.country,
        city: desk.order.address.city,
        placed_at: desk.order.created_at,
        token: desk.token,
        events: events.collect(),
        shipments: shipments
            .map(|one| TrackedParcel {
                courier_name: one.carrier_name.unwrap_or(one.courier_name),
                awb: one.awb,
                tracking_code: one.tracking_code,
                status: one.status,
                expected_delivery_at: one.expected_delivery_at,
                steps: one.steps,
            })
            .collect(),
    }
}
