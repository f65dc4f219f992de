//! The lines of orders.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::api::address::{Named, Paging, Query, is_name};
use crate::server::api::answers::{Listing, Problem, private};
use crate::server::api::caller::Sight;
use crate::server::api::orders::{ItemAnswer, find};
use crate::server::db::order_list::{self, ListedItem};
use crate::server::visit::Visit;

/// A line of an order, by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub struct LineAnswer {
    /// Identity.
    id: String,
    /// Id of its order.
    order: String,
    /// Reference of its order.
    order_reference: String,
    #[serde(flatten)]
    item: ItemAnswer,
}

impl From<ListedItem> for LineAnswer {
    fn from(line: ListedItem) -> Self {
        LineAnswer {
            id: line.id,
            order: line.order_id.to_string(),
            order_reference: line.order_reference,
            item: ItemAnswer::from(&line.item),
        }
    }
}

/// Which lines a list has.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct LineFilters {
    /// Id or reference of an order.
    order_id: Option<String>,
}

/// List the lines of orders
///
/// Those of the newest orders first; of the orders the caller sees.
#[utoipa::path(
    get, path = "/api/v1/order-items/", tag = "Orders", operation_id = "list_order_items", params(Paging, LineFilters),
    responses(
        (status = 200, description = "A page of lines.", body = Listing<LineAnswer>),
        (status = 404, description = "There is no such order.", body = Problem)
    )
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    answer(&visit, &query, query.get("order_id")).await
}

/// Whose lines are wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the parameter; `Query` reads it")]
pub struct OrderWanted {
    /// Id or reference of the order.
    order_id: String,
}

/// List the lines of one order
#[utoipa::path(
    get, path = "/api/v1/order-items/by_order/", tag = "Orders", operation_id = "list_items_of_order",
    params(Paging, OrderWanted),
    responses(
        (status = 200, description = "A page of lines.", body = Listing<LineAnswer>),
        (status = 404, description = "There is no such order.", body = Problem)
    )
)]
pub async fn by_order(visit: Visit, query: Query) -> Result<Response, AppError> {
    let wanted = query.get("order_id").ok_or_else(|| AppError::invalid("order_id", EN.api_required))?;
    answer(&visit, &query, Some(wanted)).await
}

async fn answer(visit: &Visit, query: &Query, order: Option<&str>) -> Result<Response, AppError> {
    let paging = query.paging()?;
    let mut conn = visit.app.db.read().await?;
    let order = match order {
        Some(name) => Some(find(visit, &mut conn, name).await?.order.id),
        None => None,
    };
    let (store, user) = match Sight::of(visit.identity.as_ref()) {
        Sight::Nothing => {
            let nothing = query.listing::<LineAnswer>(paging, 0, &visit.site_url(), Vec::new());
            return Ok(private(StatusCode::OK, &nothing));
        }
        Sight::Own(user) => (None, Some(user)),
        Sight::Store(store) => (Some(store), None),
        Sight::Everything => (None, None),
    };
    let filter = order_list::OrderFilter { store_id: store, user_id: user, ..Default::default() };
    let (lines, count) = order_list::items(&mut conn, &filter, order.as_ref(), paging.page, paging.page_size).await?;
    let page = lines.into_iter().map(LineAnswer::from).collect();
    Ok(private(StatusCode::OK, &query.listing(paging, count, &visit.site_url(), page)))
}

/// Read a line of an order
#[utoipa::path(
    get, path = "/api/v1/order-items/{id}/", tag = "Orders", operation_id = "read_order_item",
    params(("id" = String, Path, description = "Id.")),
    responses((status = 200, description = "The line.", body = LineAnswer))
)]
pub async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let missing = || AppError::not_found("Order item");
    if !is_name(&id) {
        return Err(missing());
    }
    let mut conn = visit.app.db.read().await?;
    let line = order_list::item(&mut conn, &id).await?.ok_or_else(missing)?;
    find(&visit, &mut conn, line.order_id.as_str()).await.map_err(|_| missing())?;
    Ok(private(StatusCode::OK, &LineAnswer::from(line)))
}
