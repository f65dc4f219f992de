//! Changing and deleting an order: `PUT`, `PATCH` and `DELETE orders/{id}/`.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::customers::Country;
use crate::domain::messages::EN;
use crate::domain::orders::{OrderAction, OrderStatus};
use crate::error::{AppError, FieldError};
use crate::server::actions::actor::Actor;
use crate::server::actions::editing::{self, OrderEdit};
use crate::server::api::address::Named;
use crate::server::api::answers::Problem;
use crate::server::api::body::{Body, Fields};
use crate::server::api::keys;
use crate::server::api::moves::carry_out;
use crate::server::api::orders::{OrderAnswer, answer_one, find};
use crate::server::api::placing::{NewAddress, api_name};
use crate::server::visit::Visit;

/// Parts of an address that can be changed by themselves.
const ADDRESS: [&str; 7] = ["line1", "line2", "landmark", "city", "state", "pincode", "country"];

/// What is to be changed about an order; what is left out stays.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderChanges {
    /// State to bring the order to, by the action that leads there; comes alone.
    #[schema(required = false)]
    status: Option<OrderStatus>,
    /// Name of the customer.
    #[schema(required = false, max_length = 100)]
    customer_name: Option<String>,
    /// Mobile number.
    #[schema(required = false)]
    customer_phone: Option<String>,
    /// E-mail; empty for none.
    #[schema(required = false)]
    customer_email: Option<String>,
    /// Parts of the address.
    #[schema(required = false, value_type = AddressChanges)]
    address: Vec<(&'static str, String)>,
    /// Note to the merchant.
    #[schema(required = false, max_length = 500)]
    notes: Option<String>,
}

/// Parts of an address; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the fields; `read` reads them")]
pub struct AddressChanges {
    /// House, street, area.
    #[schema(required = false, max_length = 200)]
    line1: String,
    /// More of it.
    #[schema(required = false, max_length = 200)]
    line2: String,
    /// A place nearby a rider knows.
    #[schema(required = false, max_length = 200)]
    landmark: String,
    /// Town or city.
    #[schema(required = false, max_length = 100)]
    city: String,
    /// State or district.
    #[schema(required = false, max_length = 100)]
    state: String,
    /// Postcode.
    #[schema(required = false)]
    pincode: String,
    /// Country.
    #[schema(required = false)]
    country: Country,
}

/// Everything about an order's customer, in place of what it says now.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the fields; `read` reads them")]
pub struct OrderContents {
    /// Name of the customer.
    #[schema(max_length = 100)]
    customer_name: String,
    /// Mobile number.
    customer_phone: String,
    /// E-mail; empty for none.
    #[schema(required = false)]
    customer_email: String,
    /// Where it goes.
    address: NewAddress,
    /// Note to the merchant.
    #[schema(required = false, max_length = 500)]
    notes: String,
}

/// Change an order
///
/// Either its `status`, by the action that leads there, or what it says about the customer: that only until
/// a courier has the parcel, the note always. Lines and prices of a placed order do not change.
#[utoipa::path(
    patch, path = "/api/v1/orders/{id}/", tag = "Orders", operation_id = "change_order",
    params(("id" = String, Path, description = "Id or reference.")), request_body = OrderChanges,
    responses(
        (status = 200, description = "The order as it is now.", body = OrderAnswer),
        (status = 409, description = "The state, the stock or a parcel does not allow it.", body = Problem)
    )
)]
pub async fn change(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
    body: Body,
) -> Result<Response, AppError> {
    let changes = body.read(|fields| {
        fields.only(&["status", "customer_name", "customer_phone", "customer_email", "address", "notes"]);
        read(fields)
    })?;
    apply(visit, method, headers, id, changes).await
}

/// Replace what an order says about its customer
///
/// What is left out is emptied. Only until a courier has the parcel.
#[utoipa::path(
    put, path = "/api/v1/orders/{id}/", tag = "Orders", operation_id = "replace_order",
    params(("id" = String, Path, description = "Id or reference.")), request_body = OrderContents,
    responses(
        (status = 200, description = "The order as it is now.", body = OrderAnswer),
        (status = 409, description = "The state or a parcel does not allow it.", body = Problem)
    )
)]
pub async fn replace(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
    body: Body,
) -> Result<Response, AppError> {
    let contents = body.read(|fields| {
        fields.only(&["customer_name", "customer_phone", "customer_email", "address", "notes"]);
        for name in ["customer_name", "customer_phone", "address"].into_iter().filter(|name| !fields.has(name)) {
            fields.wrong(name, EN.api_required);
        }
        let mut contents = read(fields);
        let emptied = |text: Option<String>| Some(text.unwrap_or_default());
        contents.customer_email = emptied(contents.customer_email);
        contents.notes = emptied(contents.notes);
        for part in ADDRESS.into_iter().filter(|part| *part != "country") {
            if contents.address.iter().all(|(name, _)| *name != part) {
                contents.address.push((part, String::new()));
            }
        }
        contents
    })?;
    apply(visit, method, headers, id, contents).await
}

fn read(fields: &Fields<'_>) -> OrderChanges {
    let status = fields.new_text("status");
    let status = status.and_then(|text| text.parse().map_err(|error: String| fields.wrong("status", error)).ok());
    let mut address = Vec::new();
    if fields.has("address") {
        let object = fields.object("address", |_, fields| fields.wrong("address", EN.api_object));
        if let Some(object) = object {
            object.only(&ADDRESS);
            address = ADDRESS.into_iter().filter_map(|part| Some((part, object.new_text(part)?))).collect();
        }
    }
    OrderChanges {
        status,
        customer_name: fields.new_text("customer_name"),
        customer_phone: fields.new_text("customer_phone"),
        customer_email: fields.new_text("customer_email"),
        address,
        notes: fields.new_text("notes"),
    }
}

async fn apply(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    id: String,
    changes: OrderChanges,
) -> Result<Response, AppError> {
    let found = find(&visit, &mut *visit.app.db.read().await?, &id).await?;
    let order = found.order.id.to_string();
    let what = format!("orders/{order} {}", serde_json::to_string(&changes).unwrap_or_default());
    let OrderChanges { status, customer_name, customer_phone, customer_email, address, notes } = changes;
    let edit = OrderEdit { name: customer_name, phone: customer_phone, email: customer_email, address, note: notes };
    let is_edit = edit != OrderEdit::default();
    keys::once(&visit, &headers, &method, &what, async {
        match status {
            Some(_) if is_edit => return Err(AppError::invalid("status", EN.api_status_alone)),
            None if !is_edit => return Err(AppError::invalid("body", EN.api_nothing_to_change)),
            Some(status) => {
                let action = OrderAction::leading_to(status);
                let action = action.ok_or_else(|| AppError::invalid("status", EN.api_status_start))?;
                carry_out(&visit, &found, action).await?;
            }
            None => editing::edit(&visit.app, &Actor::of(&visit), &order, edit).await.map_err(api_names)?,
        }
        answer_one(&visit, &order).await
    })
    .await
}

/// The names the API has for the fields of the checkout.
fn api_names(error: AppError) -> AppError {
    match error {
        AppError::Invalid { fields } => AppError::Invalid {
            fields: fields.into_iter().map(|wrong| FieldError::new(api_name(&wrong.field), wrong.message)).collect(),
        },
        other => other,
    }
}

/// Delete an order
///
/// It is in no list any more, and cannot be read. Only an order that is pending, delivered, cancelled or
/// refunded: the others hold stock or a parcel.
#[utoipa::path(
    delete, path = "/api/v1/orders/{id}/", tag = "Orders", operation_id = "delete_order",
    params(("id" = String, Path, description = "Id or reference.")),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 409, description = "It holds stock or a parcel.", body = Problem)
    )
)]
pub async fn delete(visit: Visit, Named(id): Named<String>) -> Result<Response, AppError> {
    let found = find(&visit, &mut *visit.app.db.read().await?, &id).await?;
    editing::archive(&visit.app, &Actor::of(&visit), found.order.id.as_str()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
