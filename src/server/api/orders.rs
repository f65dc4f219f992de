//! Orders as programs read them. What is not the caller's to see is not there (404).

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::catalogue::Store;
use crate::domain::customers::{Address, Country};
use crate::domain::ids::{OrderId, looks_like_uuid};
use crate::domain::money::Currency;
use crate::domain::orders::{Order, OrderItem, OrderStatus, ShipmentView};
use crate::domain::payments::{PaymentMethod, PaymentStatus};
use crate::error::AppError;
use crate::server::api::address::{Named, Paging, Query, is_name};
use crate::server::api::answers::{Listing, instant, private};
use crate::server::api::caller::Sight;
use crate::server::api::shipments::{ShipmentAnswer, shipment_answer};
use crate::server::db::events::{self, OrderEventRow};
use crate::server::db::orders::{self, FoundOrder};
use crate::server::db::{Conn, desk};
use crate::server::visit::Visit;

/// An order.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderAnswer {
    /// Identity.
    pub id: String,
    /// What customer, merchant and courier call it.
    pub order_reference: String,
    /// Slug of the store.
    pub store: String,
    /// State.
    pub status: OrderStatus,
    /// Whether it is paid.
    pub payment_status: PaymentStatus,
    /// How it is paid; `whatsapp` is: as agreed in the chat.
    pub payment_method: PaymentMethod,
    /// Name of the customer.
    pub customer_name: String,
    /// Phone of the customer, E.164.
    pub customer_phone: String,
    /// E-mail of the customer, possibly empty.
    pub customer_email: String,
    /// Where it goes.
    pub address: AddressAnswer,
    /// What the customer wrote to the merchant, possibly empty.
    pub notes: String,
    /// What was ordered.
    pub items: Vec<ItemAnswer>,
    /// Sum of the items in major units.
    pub subtotal: String,
    /// Taken off, in major units.
    pub discount: String,
    /// Delivery, in major units.
    pub shipping: String,
    /// What the customer pays, in major units, tax included.
    pub total: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// Pieces in the order.
    pub item_count: i64,
    /// Parcels, newest booking first; empty while none is booked.
    pub shipments: Vec<ShipmentAnswer>,
    /// When it was placed.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Where an order goes.
#[derive(Serialize, ToSchema)]
#[schema(as = Address)]
pub struct AddressAnswer {
    /// House, street, area.
    pub line1: String,
    /// More of it, possibly empty.
    pub line2: String,
    /// A place nearby, possibly empty.
    pub landmark: String,
    /// Town or city.
    pub city: String,
    /// State or district, possibly empty.
    pub state: String,
    /// Postcode, possibly empty.
    pub pincode: String,
    /// Country.
    pub country: Country,
}

impl From<&Address> for AddressAnswer {
    fn from(address: &Address) -> Self {
        AddressAnswer {
            line1: address.line1.clone(),
            line2: address.line2.clone(),
            landmark: address.landmark.clone(),
            city: address.city.clone(),
            state: address.state.clone(),
            pincode: address.pincode.clone(),
            country: address.country,
        }
    }
}

/// A line of an order, as it was when the order was placed.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderItem)]
pub struct ItemAnswer {
    /// Id of the variant.
    pub variant: String,
    /// Name of the product.
    pub product_name: String,
    /// Merchant's code.
    pub sku: String,
    /// Size, possibly empty.
    pub size: String,
    /// Colour, possibly empty.
    pub color: String,
    /// Pieces.
    pub quantity: i64,
    /// Price of one piece in major units.
    pub unit_price: String,
    /// Price of the line in major units.
    pub subtotal: String,
}

impl From<&OrderItem> for ItemAnswer {
    fn from(item: &OrderItem) -> Self {
        ItemAnswer {
            variant: item.variant_id.to_string(),
            product_name: item.product_name.clone(),
            sku: item.sku.clone(),
            size: item.size.clone(),
            color: item.color.clone(),
            quantity: item.quantity,
            unit_price: item.unit_price.decimal(),
            subtotal: item.subtotal().decimal(),
        }
    }
}

/// Orders as the API shows them, with their parcels.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn order_answers<'o>(
    conn: &mut Conn,
    found: impl Iterator<Item = (&'o Store, &'o Order)>,
) -> Result<Vec<OrderAnswer>, AppError> {
    let found: Vec<_> = found.collect();
    let ids: Vec<OrderId> = found.iter().map(|(_, order)| order.id.clone()).collect();
    let parcels = if ids.is_empty() { HashMap::new() } else { desk::parcels(conn, &ids).await? };
    let parcels_of = |order: &Order| parcels.get(&order.id).map_or(&[][..], Vec::as_slice);
    Ok(found.into_iter().map(|(store, order)| order_answer(store, order, parcels_of(order))).collect())
}

/// An order with its parcels, as the API shows it.
pub fn order_answer(store: &Store, order: &Order, parcels: &[ShipmentView]) -> OrderAnswer {
    OrderAnswer {
        id: order.id.to_string(),
        order_reference: order.reference.clone(),
        store: store.slug.clone(),
        status: order.status,
        payment_status: order.payment_status,
        payment_method: order.payment_method,
        customer_name: order.customer_name.clone(),
        customer_phone: order.customer_phone.as_str().to_owned(),
        customer_email: order.customer_email.clone(),
        address: AddressAnswer::from(&order.address),
        notes: order.note.clone(),
        items: order.items.iter().map(ItemAnswer::from).collect(),
        subtotal: order.money.goods.decimal(),
        discount: order.money.discount.decimal(),
        shipping: order.money.shipping.decimal(),
        total: order.money.total().decimal(),
        currency: order.currency,
        item_count: order.item_count(),
        shipments: parcels.iter().map(|parcel| shipment_answer(&order.reference, parcel)).collect(),
        created_at: instant(order.created_at),
        updated_at: instant(order.updated_at),
    }
}

/// Something that happened to an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderEvent)]
pub struct EventAnswer {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// What: `placed`, `confirmed`, `status_changed`, `cancelled`, `refunded`, `edited`, `note`, `pinned`.
    pub kind: String,
    /// State before, if it changed.
    #[schema(required = true)]
    pub from_status: Option<OrderStatus>,
    /// State after, if it changed.
    #[schema(required = true)]
    pub to_status: Option<OrderStatus>,
    /// Who: `customer`, `user`, `token`, `courier`, `system`.
    pub author: String,
}

impl From<OrderEventRow> for EventAnswer {
    fn from(row: OrderEventRow) -> Self {
        let status = |code: Option<String>| code.and_then(|code| code.parse().ok());
        EventAnswer {
            at: instant(row.created_at),
            kind: row.kind,
            from_status: status(row.from_status),
            to_status: status(row.to_status),
            author: row.author_kind,
        }
    }
}

/// Read an order
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/", tag = "Orders", operation_id = "read_order", params(("id" = String, Path, description = "Id or reference.")),
    responses((status = 200, description = "The order.", body = OrderAnswer))
)]
pub async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let mut conn = visit.app.db.read().await?;
    let found = find(&visit, &mut conn, &id).await?;
    let answer = order_answers(&mut conn, std::iter::once((&found.store, &found.order))).await?.pop();
    Ok(private(StatusCode::OK, &answer))
}

/// List what happened to an order
///
/// Oldest first.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/events/", tag = "Orders", operation_id = "list_order_events",
    params(("id" = String, Path, description = "Id or reference."), Paging),
    responses((status = 200, description = "A page of events.", body = Listing<EventAnswer>))
)]
pub async fn timeline(visit: Visit, Named(id): Named<String>, query: Query) -> Result<Response, AppError> {
    let paging = query.paging()?;
    let mut conn = visit.app.db.read().await?;
    let found = find(&visit, &mut conn, &id).await?;
    let (rows, count) = events::of_order(&mut conn, &found.order.id, paging.page, paging.page_size).await?;
    let page = rows.into_iter().map(EventAnswer::from).collect();
    Ok(private(StatusCode::OK, &query.listing(paging, count, &visit.site_url(), page)))
}

/// The order with an id, as it is now, for an answer that is kept under its key.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn answer_one(visit: &Visit, id: &str) -> Result<Value, AppError> {
    let mut conn = visit.app.db.read().await?;
    let found = find(visit, &mut conn, id).await?;
    let answer = order_answers(&mut conn, std::iter::once((&found.store, &found.order))).await?.pop();
    serde_json::to_value(answer).map_err(|_| AppError::Internal)
}

/// The order with an id or reference, if it is the caller's to see.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn find(visit: &Visit, conn: &mut Conn, id: &str) -> Result<FoundOrder, AppError> {
    let missing = || AppError::not_found("Order");
    if !is_name(id) {
        return Err(missing());
    }
    let id = if looks_like_uuid(id) { id.to_ascii_lowercase() } else { id.to_owned() };
    let found = orders::find(conn, &id).await?.ok_or_else(missing)?;
    let sight = Sight::of(visit.identity.as_ref());
    let is_seen = sight.has_order(&found.order.store_id, found.user_id.as_ref());
    if is_seen { Ok(found) } else { Err(missing()) }
}
