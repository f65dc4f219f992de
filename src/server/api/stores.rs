//! Stores: who sells here.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::catalogue::Store;
use crate::domain::customers::Country;
use crate::domain::money::Currency;
use crate::error::AppError;
use crate::server::api::address::{Named, Paging, Query};
use crate::server::api::answers::{Listing, private};
use crate::server::db::catalogue;
use crate::server::visit::Visit;

/// A store.
#[derive(Serialize, ToSchema)]
#[schema(as = Store)]
pub struct StoreAnswer {
    /// Identity.
    pub id: String,
    /// Name in addresses and filters.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Country; decides currency, phone default and postcode rule.
    pub country: Country,
    /// Currency of every price.
    pub currency: Currency,
}

impl From<&Store> for StoreAnswer {
    fn from(store: &Store) -> Self {
        StoreAnswer {
            id: store.id.to_string(),
            slug: store.slug.clone(),
            name: store.name.clone(),
            country: store.country,
            currency: store.currency(),
        }
    }
}

/// List the stores
#[utoipa::path(
    get, path = "/api/v1/stores/", tag = "Stores", operation_id = "list_stores", params(Paging),
    responses((status = 200, description = "A page of stores.", body = Listing<StoreAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    let paging = query.paging()?;
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let count = i64::try_from(stores.len()).unwrap_or(i64::MAX);
    let (skip, take) = ((paging.page - 1) * paging.page_size, paging.page_size);
    let page = stores.iter().skip(skip as usize).take(take as usize).map(StoreAnswer::from).collect();
    Ok(private(StatusCode::OK, &query.listing(paging, count, &visit.site_url(), page)))
}

/// Read a store
#[utoipa::path(
    get, path = "/api/v1/stores/{id}/", tag = "Stores", operation_id = "read_store", params(("id" = String, Path, description = "Id or slug.")),
    responses((status = 200, description = "The store.", body = StoreAnswer))
)]
pub async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let store = stores.iter().find(|store| store.slug == id || store.id.as_str() == id);
    let store = store.ok_or_else(|| AppError::not_found("Store"))?;
    Ok(private(StatusCode::OK, &StoreAnswer::from(store)))
}
