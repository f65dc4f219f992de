//! Pushes of couriers.

use leptos::prelude::*;

use crate::error::AppError;

/// Puts a stored push into the queue again.
#[server(prefix = "/fn", endpoint = "replay_webhook")]
pub async fn replay_webhook(id: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::pushes::replay(&visit.app, &actor, &id).await
}
