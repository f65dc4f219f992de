//! `/admin/login`: the shop's login, which leads to the desk.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;

use crate::domain::staff::Access;
use crate::server::forms::Fields;
use crate::server::pages::redirect;
use crate::server::pages::shop::login::{self, Door};
use crate::server::visit::Visit;

const DESK: Door = Door { action: "/admin/login", lands: "/admin/orders", is_desk: true };

/// `GET /admin/login`. Whoever is signed in and may work here goes on.
pub async fn show(visit: Visit, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    let role = visit.identity.as_ref().map(|identity| identity.role);
    if Access::Seller.allows(role) {
        return redirect(&visit, DESK.lands);
    }
    login::form(&visit, DESK, asked)
}

/// `POST /admin/login`.
pub async fn submit(visit: Visit, fields: Fields) -> Response {
    login::enter(&visit, DESK, &fields).await
}
