//! Codes of couriers that merchants explain.

use leptos::prelude::*;

use crate::domain::mappings::{CodeForm, Reread};
use crate::error::AppError;

/// Says what a code means; answers what has come of it so far.
#[server(prefix = "/fn", endpoint = "assign_code")]
pub async fn assign_code(form: CodeForm) -> Result<Reread, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::mappings::assign(&visit.app, &actor, &form).await
}

/// Takes back what was said about a code; answers what has come of it so far.
#[server(prefix = "/fn", endpoint = "remove_code")]
pub async fn remove_code(id: String) -> Result<Reread, AppError> {
    let visit = crate::server::visit::here()?;
    let actor = crate::server::actions::actor::Actor::of(&visit);
    crate::server::actions::mappings::remove(&visit.app, &actor, &id).await
}
