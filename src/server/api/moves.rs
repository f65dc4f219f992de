//! Moving an order from state to state: `orders/{id}/{action}/`, by POST or PATCH, with the names of the
//! first documents beside the short ones.

use axum::http::{HeaderMap, Method};
use axum::response::Response;

use crate::domain::orders::OrderAction;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::{fulfilment, shipping};
use crate::server::api::address::Named;
use crate::server::api::answers::Problem;
use crate::server::api::keys;
use crate::server::api::orders::{OrderAnswer, answer_one, find};
use crate::server::db::orders::FoundOrder;
use crate::server::visit::Visit;

async fn act(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    id: String,
    action: OrderAction,
) -> Result<Response, AppError> {
    // What is not the caller's to see is not there, whatever is asked of it.
    let found = find(&visit, &mut *visit.app.db.read().await?, &id).await?;
    let order = found.order.id.to_string();
    let what = format!("orders/{order}/{}", action.code());
    keys::once(&visit, &headers, &method, &what, async {
        carry_out(&visit, &found, action).await?;
        answer_one(&visit, &order).await
    })
    .await
}

/// Does something to an order; to cancel one whose parcel is on its way is to ask it back.
///
/// # Errors
/// As `actions::fulfilment::change`.
pub async fn carry_out(visit: &Visit, found: &FoundOrder, action: OrderAction) -> Result<(), AppError> {
    let (actor, order) = (Actor::of(visit), found.order.id.as_str());
    let action = if action == OrderAction::Cancel { OrderAction::cancelling(found.order.status) } else { action };
    if action == OrderAction::Recall {
        shipping::recall(&visit.app, &actor, order, "").await?;
    } else {
        fulfilment::change(&visit.app, &actor, order, action, "").await?;
    }
    Ok(())
}

macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident $method:ident $path:literal $operation:literal $action:ident;)+) => {$(
        $(#[$doc])*
        #[utoipa::path(
            $method, path = $path, tag = "Orders", operation_id = $operation,
            params(("id" = String, Path, description = "Id or reference.")),
            responses(
                (status = 200, description = "The order as it is now.", body = OrderAnswer),
                (status = 409, description = "The state or the stock does not allow it.", body = Problem)
            )
        )]
        pub async fn $name(
            visit: Visit,
            method: Method,
            headers: HeaderMap,
            Named(id): Named<String>,
        ) -> Result<Response, AppError> {
            act(visit, method, headers, id, OrderAction::$action).await
        }
    )+};
}

moves! {
    /// Confirm an order and take its stock
    ///
    /// All lines or none. Confirming again answers the order as it is.
    confirm post "/api/v1/orders/{id}/confirm/" "confirm_order" Confirm;
    /// Confirm an order and take its stock
    ///
    /// The same as the POST.
    confirm_patch patch "/api/v1/orders/{id}/confirm/" "confirm_order_patch" Confirm;
    /// Confirm an order and take its stock
    ///
    /// Another name of `confirm`.
    confirm_order post "/api/v1/orders/{id}/confirm_order/" "confirm_order_named" Confirm;
    /// Confirm an order and take its stock
    ///
    /// Another name of `confirm`.
    confirm_order_patch patch "/api/v1/orders/{id}/confirm_order/" "confirm_order_named_patch" Confirm;
    /// Hand an order over to the courier
    ship post "/api/v1/orders/{id}/ship/" "ship_order" Ship;
    /// Hand an order over to the courier
    ///
    /// The same as the POST.
    ship_patch patch "/api/v1/orders/{id}/ship/" "ship_order_patch" Ship;
    /// Hand an order over to the courier
    ///
    /// Another name of `ship`.
    ship_order post "/api/v1/orders/{id}/ship_order/" "ship_order_named" Ship;
    /// Hand an order over to the courier
    ///
    /// Another name of `ship`.
    ship_order_patch patch "/api/v1/orders/{id}/ship_order/" "ship_order_named_patch" Ship;
    /// Mark an order as delivered
    deliver post "/api/v1/orders/{id}/deliver/" "deliver_order" Deliver;
    /// Mark an order as delivered
    ///
    /// The same as the POST.
    deliver_patch patch "/api/v1/orders/{id}/deliver/" "deliver_order_patch" Deliver;
    /// Mark an order as delivered
    ///
    /// Another name of `deliver`.
    deliver_order post "/api/v1/orders/{id}/deliver_order/" "deliver_order_named" Deliver;
    /// Mark an order as delivered
    ///
    /// Another name of `deliver`.
    deliver_order_patch patch "/api/v1/orders/{id}/deliver_order/" "deliver_order_named_patch" Deliver;
    /// Call an order off
    ///
    /// Gives its stock back. Once a parcel is on its way it is asked back instead, and the order is
    /// cancelled when it has returned. Customers can call off their own pending orders.
    cancel post "/api/v1/orders/{id}/cancel/" "cancel_order" Cancel;
    /// Call an order off
    ///
    /// The same as the POST.
    cancel_patch patch "/api/v1/orders/{id}/cancel/" "cancel_order_patch" Cancel;
    /// Call an order off
    ///
    /// Another name of `cancel`.
    cancel_order post "/api/v1/orders/{id}/cancel_order/" "cancel_order_named" Cancel;
    /// Call an order off
    ///
    /// Another name of `cancel`.
    cancel_order_patch patch "/api/v1/orders/{id}/cancel_order/" "cancel_order_named_patch" Cancel;
    /// Mark an order as refunded
    refund post "/api/v1/orders/{id}/refund/" "refund_order" Refund;
    /// Mark an order as refunded
    ///
    /// The same as the POST.
    refund_patch patch "/api/v1/orders/{id}/refund/" "refund_order_patch" Refund;
    /// Mark an order as refunded
    ///
    /// Another name of `refund`.
    refund_order post "/api/v1/orders/{id}/refund_order/" "refund_order_named" Refund;
    /// Mark an order as refunded
    ///
    /// Another name of `refund`.
    refund_order_patch patch "/api/v1/orders/{id}/refund_order/" "refund_order_named_patch" Refund;
}
