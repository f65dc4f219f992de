//! `orders/order_stats/`: the orders in numbers.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::catalogue::Store;
use crate::domain::money::{Currency, Minor};
use crate::domain::orders::OrderStatus;
use crate::error::AppError;
use crate::server::actions::figures::{self, Figures};
use crate::server::api::address::Query;
use crate::server::api::answers::{instant, private};
use crate::server::api::caller::Sight;
use crate::server::db::catalogue;
use crate::server::visit::Visit;

/// Orders in numbers. Money of two currencies is never added up.
#[derive(Serialize, ToSchema)]
pub struct OrderStats {
    #[serde(flatten)]
    all: Sums,
    /// The same for each store.
    stores: Vec<StoreStats>,
    /// When this was counted; numbers are kept for ten minutes.
    #[schema(format = DateTime)]
    counted_at: String,
}

/// The orders of one store in numbers.
#[derive(Serialize, ToSchema)]
pub struct StoreStats {
    /// Slug of the store.
    store: String,
    #[serde(flatten)]
    sums: Sums,
}

/// Orders in numbers.
#[derive(Serialize, ToSchema)]
pub struct Sums {
    /// All orders.
    total_orders: i64,
    /// Orders that wait for the merchant.
    pending_orders: i64,
    /// Orders that are accepted.
    confirmed_orders: i64,
    /// Orders that are packed.
    processing_orders: i64,
    /// Orders on their way.
    shipped_orders: i64,
    /// Orders that are with the rider.
    out_for_delivery_orders: i64,
    /// Orders that have arrived.
    delivered_orders: i64,
    /// Orders that were called off.
    cancelled_orders: i64,
    /// Orders whose money was given back.
    refunded_orders: i64,
    /// What customers pay for accepted orders that were neither called off nor refunded, in major units;
    /// nothing when the stores have several currencies.
    #[schema(required = true)]
    total_revenue: Option<String>,
    /// The same per such order, rounded down.
    #[schema(required = true)]
    average_order_value: Option<String>,
    /// Their currency.
    #[schema(required = true)]
    currency: Option<Currency>,
    /// How many by state.
    orders_by_status: BTreeMap<String, i64>,
    /// How many were placed by month of the store's time zone, `2026-11`.
    orders_by_month: BTreeMap<String, i64>,
    /// How many were placed in the last 30 days.
    recent_orders: i64,
}

/// Which orders are counted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct StatsFilters {
    /// Slug or id of a store.
    store: Option<String>,
}

/// Count the orders
///
/// Customers count their own, sellers their store's, staff and admins all.
#[utoipa::path(
    get, path = "/api/v1/orders/order_stats/", tag = "Orders", operation_id = "count_orders", params(StatsFilters),
    responses((status = 200, description = "The numbers.", body = OrderStats))
)]
pub async fn stats(visit: Visit, query: Query) -> Result<Response, AppError> {
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let wanted = query.store(&stores)?.map(|store| store.id.clone());
    let sight = Sight::of(visit.identity.as_ref());
    let is_seen = |store: &Store| match &sight {
        Sight::Nothing => false,
        Sight::Store(own) => store.id == *own,
        Sight::Own(_) | Sight::Everything => true,
    };
    let user = if let Sight::Own(user) = &sight { Some(user) } else { None };
    let mut counted: Vec<(&Store, Figures)> = Vec::new();
    for store in stores.iter().filter(|store| is_seen(store) && wanted.as_ref().is_none_or(|one| *one == store.id)) {
        counted.push((store, figures::of_store(&visit.app, store, user).await?));
    }
    let oldest = counted.iter().map(|(_, figures)| figures.counted_at).min();
    let stores = counted
        .iter()
        .map(|(store, figures)| StoreStats { store: store.slug.clone(), sums: sums(&[(store.currency(), figures)]) })
        .collect();
    let all: Vec<_> = counted.iter().map(|(store, figures)| (store.currency(), figures)).collect();
    let counted_at = instant(oldest.unwrap_or_else(|| visit.app.clock.now()));
    Ok(private(StatusCode::OK, &OrderStats { all: sums(&all), stores, counted_at }))
}

fn sums(figures: &[(Currency, &Figures)]) -> Sums {
    let of = |status: OrderStatus| -> i64 {
        let counts = figures.iter().flat_map(|(_, one)| &one.by_status);
        counts.filter(|(known, _)| *known == status).map(|(_, count)| count).sum()
    };
    let mut by_status = BTreeMap::new();
    let mut by_month: BTreeMap<String, i64> = BTreeMap::new();
    for (_, one) in figures {
        for (status, count) in &one.by_status {
            *by_status.entry(status.code().to_owned()).or_default() += count;
        }
        for (month, count) in &one.by_month {
            *by_month.entry(month.clone()).or_default() += count;
        }
    }
    let first = figures.first().map(|(currency, _)| *currency);
    let currency = first.filter(|first| figures.iter().all(|(currency, _)| currency == first));
    let revenue: i64 = figures.iter().map(|(_, one)| one.revenue.0).sum();
    let earning: i64 = figures.iter().map(|(_, one)| one.earning).sum();
    Sums {
        total_orders: figures.iter().map(|(_, one)| one.total()).sum(),
        pending_orders: of(OrderStatus::Pending),
        confirmed_orders: of(OrderStatus::Confirmed),
        processing_orders: of(OrderStatus::Processing),
        shipped_orders: of(OrderStatus::Shipped),
        out_for_delivery_orders: of(OrderStatus::OutForDelivery),
        delivered_orders: of(OrderStatus::Delivered),
        cancelled_orders: of(OrderStatus::Cancelled),
        refunded_orders: of(OrderStatus::Refunded),
        total_revenue: currency.map(|_| Minor(revenue).decimal()),
        average_order_value: currency.map(|_| Minor(revenue / earning.max(1)).decimal()),
        currency,
        orders_by_status: by_status,
        orders_by_month: by_month,
        recent_orders: figures.iter().map(|(_, one)| one.recent).sum(),
    }
}
