//! Moving orders from state to state.

use leptos::prelude::*;

use crate::domain::orders::OrderStatus;
use crate::error::AppError;

/// Does something to an order (`action` is a code of `OrderAction`); answers the state it is in then.
#[server(prefix = "/fn", endpoint = "change_order")]
pub async fn change_order(order: String, action: String, note: String) -> Result<OrderStatus, AppError> {
    use crate::domain::orders::OrderAction;
    use crate::server::actions::{actor::Actor, fulfilment, shipping};
    let visit = crate::server::visit::here()?;
    let actor = Actor::of(&visit);
    let action: OrderAction = action.parse().map_err(|error: String| AppError::invalid("action", error))?;
    match action {
        // A parcel on its way is asked back at its courier too.
        OrderAction::Recall => shipping::recall(&visit.app, &actor, &order, &note).await,
        OrderAction::Confirm
        | OrderAction::Process
        | OrderAction::Ship
        | OrderAction::SendOut
        | OrderAction::Deliver
        | OrderAction::Cancel
        | OrderAction::Refund => fulfilment::change(&visit.app, &actor, &order, action, &note).await,
    }
}
