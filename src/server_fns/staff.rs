//! Signing in and out.

use leptos::prelude::*;

use crate::error::AppError;

/// Opens a session; answers where to go.
#[server(prefix = "/fn", endpoint = "log_in")]
pub async fn log_in(email: String, password: String, next: String) -> Result<String, AppError> {
    let visit = crate::server::visit::here()?;
    let old = visit.session_token().map(str::to_owned);
    let from = visit.client_ip.to_string();
    let signed_in = crate::server::actions::staff::log_in(&visit.app, &from, &email, password, old).await?;
    visit.set_session(&signed_in.token, crate::server::auth::SESSION_MS / 1_000);
    Ok(crate::domain::staff::landing(&next))
}

/// Ends the session.
#[server(prefix = "/fn", endpoint = "log_out")]
pub async fn log_out() -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    if let Some(token) = visit.session_token().map(str::to_owned) {
        crate::server::actions::staff::log_out(&visit.app, &token).await?;
    }
    visit.set_session("", 0);
    Ok(())
}
