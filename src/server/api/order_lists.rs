//! Lists of orders, for whoever may see them; as pages and, whole, as a table for a spreadsheet.

use axum::http::StatusCode;
use axum::response::Response;
use utoipa::IntoParams;

use crate::domain::messages::EN;
use crate::domain::orders::OrderStatus;
use crate::domain::orders::search::Search;
use crate::domain::payments::{PaymentMethod, PaymentStatus};
use crate::domain::time::DAY_MS;
use crate::error::AppError;
use crate::server::api::address::{Cursored, Paging, Query, is_name};
use crate::server::api::answers::{Listing, private};
use crate::server::api::caller::Sight;
use crate::server::api::orders::{OrderAnswer, order_answers};
use crate::server::db::order_list::{self, OrderFilter, OrderKey, Ordering};
use crate::server::db::paging::{Cut, Part, Slice};
use crate::server::db::{Conn, catalogue};
use crate::server::visit::Visit;

/// How far back "recent" goes.
const RECENT_MS: i64 = 30 * DAY_MS;
/// What a list can be ordered by, with the names of the first documents.
const ORDERINGS: [(&str, OrderKey); 7] = [
    ("created_at", OrderKey::CreatedAt),
    ("updated_at", OrderKey::UpdatedAt),
    ("total", OrderKey::Total),
    ("total_amount", OrderKey::Total),
    ("order_reference", OrderKey::Reference),
    ("order_number", OrderKey::Reference),
    ("status", OrderKey::Status),
];
/// Parts of one ordering.
const ORDERINGS_MAX: usize = 5;

/// Which orders a list has, and in which order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct OrderFilters {
    /// Only orders in this state.
    #[param(inline)]
    status: Option<OrderStatus>,
    /// Only orders with this state of payment.
    #[param(inline)]
    payment_status: Option<PaymentStatus>,
    /// Only orders paid this way.
    #[param(inline)]
    payment_method: Option<PaymentMethod>,
    /// Only orders shipped this way; `standard` is the only way so far.
    shipping_method: Option<String>,
    /// Slug or id of a store.
    store: Option<String>,
    /// Words of the reference, the name or the phone, which must all be found, beginnings of words if they
    /// are shorter than three letters; or the whole number of a parcel.
    search: Option<String>,
    /// `created_at`, `updated_at`, `total`, `order_reference` or `status`, with a minus to begin with the
    /// greatest; may come several times. Newest first when it is left out; a cursor knows no other.
    #[param(style = Form, explode)]
    ordering: Option<Vec<String>>,
}

/// List orders
///
/// Customers see their own, sellers their store's, staff and admins all.
#[utoipa::path(
    get, path = "/api/v1/orders/", tag = "Orders", operation_id = "list_orders", params(Paging, Cursored, OrderFilters),
    responses((status = 200, description = "A page of orders.", body = Listing<OrderAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    answer_list(&visit, &query, OrderFilter::default()).await
}

/// List the orders one has placed oneself
///
/// A token has placed none.
#[utoipa::path(
    get, path = "/api/v1/orders/my_orders/", tag = "Orders", operation_id = "list_my_orders",
    params(Paging, Cursored, OrderFilters),
    responses((status = 200, description = "A page of orders.", body = Listing<OrderAnswer>))
)]
pub async fn mine(visit: Visit, query: Query) -> Result<Response, AppError> {
    let Some(user) = visit.identity.as_ref().and_then(|identity| identity.user_id.clone()) else {
        let slice = query.slice::<i64>()?;
        let nothing: (&Cut<i64>, _) = (&Cut::nothing(), Some(0));
        let page = query.part::<_, _, OrderAnswer>(&slice, nothing, |seq| *seq, &visit.site_url(), Vec::new());
        return Ok(private(StatusCode::OK, &page));
    };
    answer_list(&visit, &query, OrderFilter { user_id: Some(user), ..OrderFilter::default() }).await
}

/// List the orders one has placed oneself
///
/// The other spelling of `my_orders`.
#[utoipa::path(
    get, path = "/api/v1/orders/my-orders/", tag = "Orders", operation_id = "list_my_orders_hyphenated",
    params(Paging, Cursored, OrderFilters),
    responses((status = 200, description = "A page of orders.", body = Listing<OrderAnswer>))
)]
pub async fn mine_hyphenated(visit: Visit, query: Query) -> Result<Response, AppError> {
    mine(visit, query).await
}

/// List the orders of the last 30 days
#[utoipa::path(
    get, path = "/api/v1/orders/recent_orders/", tag = "Orders", operation_id = "list_recent_orders",
    params(Paging, Cursored, OrderFilters),
    responses((status = 200, description = "A page of orders.", body = Listing<OrderAnswer>))
)]
pub async fn recent(visit: Visit, query: Query) -> Result<Response, AppError> {
    let since = visit.app.clock.now().plus(-RECENT_MS);
    answer_list(&visit, &query, OrderFilter { since: Some(since), ..OrderFilter::default() }).await
}

/// List the orders that wait for the merchant
///
/// The state is `pending` whatever the query says.
#[utoipa::path(
    get, path = "/api/v1/orders/pending_orders/", tag = "Orders", operation_id = "list_pending_orders",
    params(Paging, Cursored, OrderFilters),
    responses((status = 200, description = "A page of orders.", body = Listing<OrderAnswer>))
)]
pub async fn pending(visit: Visit, query: Query) -> Result<Response, AppError> {
    answer_list(&visit, &query, OrderFilter { status: Some(OrderStatus::Pending), ..OrderFilter::default() }).await
}

/// What the caller may see, narrowed by the kind of list, narrowed by the query.
async fn answer_list(visit: &Visit, query: &Query, list: OrderFilter) -> Result<Response, AppError> {
    let slice = query.slice::<i64>()?;
    let ordering = ordering(query, &slice)?;
    let mut conn = visit.app.db.read().await?;
    let filter = narrowed(visit, &mut conn, query, list).await?;
    let (found, count) = match &filter {
        None => (Cut::nothing(), Some(0)),
        Some(filter) => {
            let is_counted = matches!(slice.part, Part::Page(_));
            let count = if is_counted { Some(order_list::count(&mut conn, filter).await?) } else { None };
            (order_list::list(&mut conn, filter, &ordering, &slice).await?, count)
        }
    };
    let page = order_answers(&mut conn, found.rows.iter().map(|(store, order, _)| (store, order))).await?;
    let answer = query.part(&slice, (&found, count), |(_, _, seq)| *seq, &visit.site_url(), page);
    Ok(private(StatusCode::OK, &answer))
}

/// Which orders the query is about; `None` when the caller may see none of them.
///
/// # Errors
/// [`AppError::Invalid`] for values that no order can have.
pub async fn narrowed(
    visit: &Visit,
    conn: &mut Conn,
    query: &Query,
    list: OrderFilter,
) -> Result<Option<OrderFilter>, AppError> {
    let stores = catalogue::stores(conn).await?;
    let wanted_store = query.store(&stores)?.map(|store| store.id.clone());
    let mut filter = OrderFilter {
        status: list.status.or(query.one_of("status")?),
        payment_status: query.one_of("payment_status")?,
        payment_method: query.one_of("payment_method")?,
        shipping_method: query.get("shipping_method").map(str::to_owned),
        search: query.get("search").map(Search::parse),
        store_id: wanted_store.clone(),
        ..list
    };
    if ["search", "shipping_method"].into_iter().filter_map(|name| query.get(name)).any(|text| !is_name(text)) {
        return Ok(None);
    }
    match Sight::of(visit.identity.as_ref()) {
        Sight::Nothing => return Ok(None),
        Sight::Own(user) => filter.user_id = Some(user),
        Sight::Store(own) => {
            if wanted_store.is_some_and(|wanted| wanted != own) {
                return Ok(None);
            }
            filter.store_id = Some(own);
        }
        Sight::Everything => {}
    }
    Ok(Some(filter))
}

/// The ordering that was asked for; empty for newest first.
fn ordering(query: &Query, slice: &Slice<i64>) -> Result<Vec<Ordering>, AppError> {
    let mut ordering: Vec<Ordering> = Vec::new();
    for text in query.all("ordering") {
        let (name, descends) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let Some((_, key)) = ORDERINGS.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = ORDERINGS.iter().map(|(name, _)| *name).collect();
            return Err(AppError::invalid("ordering", (EN.api_one_of)(&names.join(", "))));
        };
        // A second word on the same thing changes nothing.
        if ordering.iter().all(|(present, _)| present != key) && ordering.len() < ORDERINGS_MAX {
            ordering.push((*key, descends));
        }
    }
    // What follows an instant that no two orders share decides nothing.
    if ordering.first() == Some(&(OrderKey::CreatedAt, true)) {
        ordering.clear();
    }
    if !ordering.is_empty() && !matches!(slice.part, Part::Page(_)) {
        return Err(AppError::invalid("ordering", EN.api_cursor_order));
    }
    Ok(ordering)
}
