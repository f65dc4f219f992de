//! Products and their variants; the stock of a variant can be set.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::catalogue::{CatalogueQuery, Product, Variant};
use crate::domain::ids::looks_like_uuid;
use crate::domain::money::Currency;
use crate::error::AppError;
use crate::server::actions;
use crate::server::api::address::{Named, Paging, Query, is_name};
use crate::server::api::answers::{Listing, private};
use crate::server::api::body::Body;
use crate::server::api::caller::{Sight, scope};
use crate::server::api::keys;
use crate::server::db::{Conn, catalogue};
use crate::server::visit::Visit;

/// A product.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductAnswer {
    /// Identity.
    pub id: String,
    /// Name in addresses.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Slug of the store that sells it.
    pub store: String,
    /// Lowest price of its variants, tax included, in major units; null while it has none.
    #[schema(required = true)]
    pub price: Option<String>,
    /// Currency of the prices.
    pub currency: Currency,
    /// Whether any variant can be sold.
    pub in_stock: bool,
    /// What can be ordered.
    pub variants: Vec<VariantAnswer>,
}

/// One sellable variant of a product.
#[derive(Serialize, ToSchema)]
#[schema(as = Variant)]
pub struct VariantAnswer {
    /// Identity; what an order names.
    pub id: String,
    /// Merchant's code.
    pub sku: String,
    /// Size, possibly empty.
    pub size: String,
    /// Colour, possibly empty.
    pub color: String,
    /// Price of one piece, tax included, in major units.
    pub price: String,
    /// Pieces in stock; for sellers of the store, staff and admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_quantity: Option<i64>,
    /// Whether at least one piece can be sold.
    pub in_stock: bool,
}

/// A change of a variant.
#[derive(Serialize, ToSchema)]
#[schema(as = VariantChange)]
pub struct VariantChange {
    /// Pieces in stock from now on.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub stock_quantity: i64,
}

/// Which products a list has.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct ProductFilters {
    /// Words that are in the name or description.
    search: Option<String>,
    /// Slug of a category.
    category: Option<String>,
    /// Slug or id of a store.
    store: Option<String>,
}

fn variant_answer(variant: &Variant, with_stock: bool) -> VariantAnswer {
    VariantAnswer {
        id: variant.id.to_string(),
        sku: variant.sku.clone(),
        size: variant.size.clone(),
        color: variant.color.clone(),
        price: variant.price.decimal(),
        stock_quantity: with_stock.then_some(variant.stock_quantity),
        in_stock: variant.in_stock(),
    }
}

fn product_answer(product: &Product, sight: &Sight) -> ProductAnswer {
    let with_stock = sight.has_stock(&product.store.id);
    ProductAnswer {
        id: product.id.to_string(),
        slug: product.slug.clone(),
        name: product.name.clone(),
        store: product.store.slug.clone(),
        price: product.variants.iter().map(|variant| variant.price).min().map(|price| price.decimal()),
        currency: product.store.currency(),
        in_stock: product.in_stock(),
        variants: product.variants.iter().map(|variant| variant_answer(variant, with_stock)).collect(),
    }
}

/// List the products
///
/// In the order of the shelf.
#[utoipa::path(
    get, path = "/api/v1/products/", tag = "Products", operation_id = "list_products", params(Paging, ProductFilters),
    responses((status = 200, description = "A page of products.", body = Listing<ProductAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    let paging = query.paging()?;
    let mut conn = visit.app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    let store = query.store(&stores)?.map(|store| &store.id);
    let category = query.get("category").unwrap_or("");
    let wanted = CatalogueQuery {
        search: query.get("search").unwrap_or("").to_owned(),
        category: category.to_owned(),
        page: paging.page,
    };
    let (products, count) = if category.is_empty() || is_name(category) {
        catalogue::page(&mut conn, &wanted, store, paging.page_size).await?
    } else {
        (Vec::new(), 0)
    };
    let sight = Sight::of(visit.identity.as_ref());
    let page = products.iter().map(|product| product_answer(product, &sight)).collect();
    Ok(private(StatusCode::OK, &query.listing(paging, count, &visit.site_url(), page)))
}

/// Read a product
#[utoipa::path(
    get, path = "/api/v1/products/{id}/", tag = "Products", operation_id = "read_product", params(("id" = String, Path, description = "Id or slug.")),
    responses((status = 200, description = "The product.", body = ProductAnswer))
)]
pub async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let product = find(&mut *visit.app.db.read().await?, &id).await?;
    Ok(private(StatusCode::OK, &product_answer(&product, &Sight::of(visit.identity.as_ref()))))
}

async fn find(conn: &mut Conn, id: &str) -> Result<Product, AppError> {
    let found = if looks_like_uuid(id) {
        catalogue::find_by_id(conn, &id.to_ascii_lowercase()).await?
    } else if is_name(id) {
        catalogue::find(conn, id).await?
    } else {
        None
    };
    found.ok_or_else(|| AppError::not_found("Product"))
}

/// Set the stock of a variant
///
/// The difference becomes a movement, so that every change of a stock can be traced.
#[utoipa::path(
    patch, path = "/api/v1/products/{id}/variants/{variant}/", tag = "Products", operation_id = "set_stock",
    params(
        ("id" = String, Path, description = "Id or slug of the product."),
        ("variant" = String, Path, description = "Id of the variant."),
    ),
    request_body = VariantChange,
    responses((status = 200, description = "The variant as it is now.", body = VariantAnswer))
)]
pub async fn set_stock(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named((id, variant)): Named<(String, String)>,
    body: Body,
) -> Result<Response, AppError> {
    let change = body.read(|fields| {
        fields.only(&["stock_quantity"]);
        VariantChange { stock_quantity: fields.whole("stock_quantity") }
    })?;
    let product = find(&mut *visit.app.db.read().await?, &id).await?;
    let variant = product.variants.iter().find(|one| one.id.as_str().eq_ignore_ascii_case(&variant));
    let variant = variant.ok_or_else(|| AppError::not_found("Variant"))?;
    let what = format!("variants/{} {}", variant.id, change.stock_quantity);
    keys::once(&visit, &headers, &method, &what, async {
        let (product_id, variant_id) = (product.id.as_str(), variant.id.as_str());
        let author = scope(visit.identity.as_ref());
        let only_store = match Sight::of(visit.identity.as_ref()) {
            Sight::Everything => None,
            Sight::Store(store) => Some(store),
            Sight::Nothing | Sight::Own(_) => return Err(AppError::Forbidden),
        };
        let stock_quantity = actions::catalogue::set_stock(
            &visit.app,
            product_id,
            variant_id,
            change.stock_quantity,
            only_store,
            author,
        )
        .await?;
        let changed = Variant { stock_quantity, ..variant.clone() };
        serde_json::to_value(variant_answer(&changed, true)).map_err(|_| AppError::Internal)
    })
    .await
}
