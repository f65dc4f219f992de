//! Courier accounts.

use leptos::prelude::*;

use crate::domain::couriers::CourierForm;
use crate::error::AppError;

/// Adds or changes a courier account; answers its slug.
#[server(prefix = "/fn", endpoint = "save_courier")]
pub async fn save_courier(form: CourierForm) -> Result<String, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::accounts::save(&visit.app, &actor, &form).await
}
