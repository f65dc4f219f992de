//! One thing done to many orders: `orders/bulk_update_status/`, `orders/check_delivery_status/`, and the runs
//! they begin.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::messages::EN;
use crate::domain::orders::OrderStatus;
use crate::domain::time::HOUR_MS;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::bulk;
use crate::server::actions::checking::{self, RUN_MAX, RunWish};
use crate::server::api::address::{Named, PAGE_SIZE_MAX, Paging, Query, is_name};
use crate::server::api::answers::{Problem, instant, private};
use crate::server::api::body::{Body, OptionalBody};
use crate::server::api::keys;
use crate::server::api::orders::{OrderAnswer, answer_one, find};
use crate::server::db::jobs::runs::{self, RunItem, StoredRun};
use crate::server::db::shipping as parcels;
use crate::server::visit::Visit;

/// A run over many things, as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkRun)]
pub struct RunAnswer {
    /// Identity.
    id: String,
    /// What is done: `bulk_update_status` or `check_delivery_status`.
    kind: String,
    /// `queued`, `running` or `finished`.
    state: String,
    /// Things it is about.
    total: i64,
    /// Those that are through, whatever the outcome.
    done: i64,
    /// Those that failed.
    failed: i64,
    /// Those that were changed.
    changed: i64,
    /// When it was asked for.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was through.
    #[schema(required = true, format = DateTime)]
    finished_at: Option<String>,
    /// What came of each, in the order they were given; a page of them where they are many.
    results: Vec<RunItemAnswer>,
}

/// What came of one thing of a run.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkRunItem)]
pub struct RunItemAnswer {
    /// `order` or `shipment`.
    entity: String,
    /// Its id.
    id: String,
    /// `waiting`, `done`, `failed` or `skipped`.
    state: String,
    /// In words.
    message: String,
    /// Whether it was changed.
    changed: bool,
}

impl From<RunItem> for RunItemAnswer {
    fn from(item: RunItem) -> Self {
        RunItemAnswer {
            entity: item.entity,
            id: item.entity_id,
            state: item.state,
            message: item.message.unwrap_or_default(),
            changed: item.is_change != 0,
        }
    }
}

/// Orders to bring to a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusChange {
    /// Ids or references.
    #[schema(min_items = 1, max_items = 200)]
    order_ids: Vec<String>,
    /// The state.
    status: OrderStatus,
}

/// Bring many orders to a state
///
/// Each by itself, by the action that leads there: those that cannot be brought there say why, and the
/// others are changed all the same.
#[utoipa::path(
    post, path = "/api/v1/orders/bulk_update_status/", tag = "Orders", operation_id = "bulk_update_status",
    request_body = StatusChange,
    responses((status = 200, description = "What came of each.", body = RunAnswer))
)]
pub async fn update_status(visit: Visit, method: Method, headers: HeaderMap, body: Body) -> Result<Response, AppError> {
    let wish = body.read(|fields| {
        fields.only(&["order_ids", "status"]);
        let order_ids = fields.texts("order_ids");
        if order_ids.is_empty() || order_ids.len() > bulk::ORDERS_MAX {
            fields.wrong("order_ids", (EN.api_orders_count)(bulk::ORDERS_MAX));
        }
        for (at, _) in order_ids.iter().enumerate().filter(|(_, name)| !is_name(name)) {
            fields.wrong(&format!("order_ids[{at}]"), EN.bulk_missing);
        }
        if !fields.has("status") {
            fields.wrong("status", EN.api_required);
        }
        let status = fields.new_text("status");
        let status = status.and_then(|text| text.parse().map_err(|error: String| fields.wrong("status", error)).ok());
        StatusChange { order_ids, status: status.unwrap_or(OrderStatus::Pending) }
    })?;
    let what = format!("bulk_update_status {}", serde_json::to_string(&wish).unwrap_or_default());
    keys::once(&visit, &headers, &method, &what, async {
        let run = bulk::set_status(&visit.app, &Actor::of(&visit), &wish.order_ids, wish.status).await?;
        let size = i64::try_from(bulk::ORDERS_MAX).unwrap_or(PAGE_SIZE_MAX);
        answer(&visit, &run, Paging { page: 1, page_size: size }).await
    })
    .await
}

/// Read a run
///
/// `page` and `page_size` are about its results.
#[utoipa::path(
    get, path = "/api/v1/bulk-runs/{id}/", tag = "Orders", operation_id = "read_bulk_run",
    params(("id" = String, Path, description = "Id."), Paging),
    responses((status = 200, description = "The run as it stands.", body = RunAnswer))
)]
pub async fn show(visit: Visit, Named(id): Named<String>, query: Query) -> Result<Response, AppError> {
    let paging = query.paging()?;
    if !is_name(&id) {
        return Err(AppError::not_found("Run"));
    }
    Ok(private(StatusCode::OK, &answer(&visit, &id, paging).await?))
}

async fn answer(visit: &Visit, id: &str, paging: Paging) -> Result<Value, AppError> {
    let mut conn = visit.app.db.read().await?;
    let run = runs::find(&mut conn, id).await?.filter(|run| is_seen(visit, run));
    let run = run.ok_or_else(|| AppError::not_found("Run"))?;
    let (items, _) = runs::items(&mut conn, id, paging.page, paging.page_size).await?;
    let counts = runs::counts(&mut conn, id).await?;
    let total: i64 = counts.iter().map(|row| row.1).sum();
    let of = |state: &str| counts.iter().filter(|row| row.0 == state).map(|row| row.1).sum::<i64>();
    let answer = RunAnswer {
        id: run.id,
        kind: run.kind,
        state: run.state,
        total,
        done: total - of("waiting"),
        failed: of("failed"),
        changed: counts.iter().map(|row| row.2).sum(),
        created_at: instant(run.created_at),
        finished_at: run.finished_at.map(instant),
        results: items.into_iter().map(RunItemAnswer::from).collect(),
    };
    serde_json::to_value(answer).map_err(|_| AppError::Internal)
}

/// Whoever works in one store sees the runs over that one.
fn is_seen(visit: &Visit, run: &StoredRun) -> bool {
    let actor = Actor::of(visit);
    actor.only_store.is_none() || actor.only_store == run.store_id
}

/// Which parcels to ask about.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct CheckWish {
    /// Only those of the accounts with this slug.
    #[schema(required = false)]
    courier: String,
    /// Only those that were booked at least so many hours ago.
    #[schema(required = false, minimum = 0, maximum = 8760, default = 0)]
    older_than_hours: i64,
    /// At most so many, those that were asked about longest ago.
    #[schema(required = false, minimum = 1, maximum = 5000, default = 5000)]
    max_orders: i64,
}

/// Ask the couriers about all parcels
///
/// Those of orders in processing, shipped and out for delivery. The answer comes at once; `bulk-runs/{id}/`
/// says how far it is.
#[utoipa::path(
    post, path = "/api/v1/orders/check_delivery_status/", tag = "Orders", operation_id = "check_delivery_status",
    request_body = Option<CheckWish>,
    responses((status = 202, description = "The run that has begun.", body = RunAnswer))
)]
pub async fn check_all(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody,
) -> Result<Response, AppError> {
    let wish = body.read(|fields| {
        fields.only(&["courier", "older_than_hours", "max_orders"]);
        let number = |name: &str, low: i64, high: i64, default: i64| {
            let number = if fields.has(name) { fields.whole(name) } else { default };
            if !(low..=high).contains(&number) {
                fields.wrong(name, (EN.api_between)(low, high));
            }
            number
        };
        CheckWish {
            courier: fields.text("courier"),
            older_than_hours: number("older_than_hours", 0, 8_760, 0),
            max_orders: number("max_orders", 1, RUN_MAX, RUN_MAX),
        }
    })?;
    let what = format!("check_delivery_status {}", serde_json::to_string(&wish).unwrap_or_default());
    let actor = Actor::of(&visit);
    keys::once_as(StatusCode::ACCEPTED, &visit, &headers, &method, &what, async {
        let courier = if wish.courier.is_empty() {
            None
        } else {
            let accounts = visit.app.accounts.all(&visit.app).await?;
            let is_seen = |store| actor.only_store.as_ref().is_none_or(|only| only == store);
            let found = accounts.iter().find(|one| one.shown.slug == wish.courier && is_seen(&one.shown.store_id));
            let found = found.ok_or_else(|| AppError::invalid("courier", EN.courier_unknown))?;
            Some(found.shown.id.clone())
        };
        let wished = RunWish { courier, older_than_ms: wish.older_than_hours * HOUR_MS, max: wish.max_orders };
        let run = checking::begin_run(&visit.app, &actor, &wished).await?;
        answer(&visit, &run, Paging { page: 1, page_size: PAGE_SIZE_MAX }).await
    })
    .await
}

/// Ask the courier about an order's parcels
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/check_delivery_status/", tag = "Orders", operation_id = "check_order_delivery_status",
    params(("id" = String, Path, description = "Id or reference.")),
    responses(
        (status = 200, description = "The order as it is now.", body = OrderAnswer),
        (status = 409, description = "There is no parcel, or its courier cannot be asked or did not answer.", body = Problem)
    )
)]
pub async fn check_one(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, AppError> {
    let found = find(&visit, &mut *visit.app.db.read().await?, &id).await?;
    let (actor, order) = (Actor::of(&visit), found.order.id.clone());
    let what = format!("orders/{order}/check_delivery_status");
    keys::once(&visit, &headers, &method, &what, async {
        let all = parcels::of_orders(&mut *visit.app.db.read().await?, std::slice::from_ref(&order)).await?;
        let live: Vec<_> = all.into_iter().filter(parcels::Shipment::is_live).collect();
        if live.is_empty() {
            return Err(AppError::conflict(EN.check_no_parcel));
        }
        for parcel in live {
            checking::check_one(&visit.app, &actor, parcel.id.as_str()).await?;
        }
        answer_one(&visit, order.as_str()).await
    })
    .await
}
