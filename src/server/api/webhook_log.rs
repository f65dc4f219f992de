//! What couriers have pushed, and what became of it.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::ids::looks_like_uuid;
use crate::domain::messages::EN;
use crate::domain::webhooks::PUSH_STATES;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::{desk, pushes};
use crate::server::api::address::{Cursored, Named, Paging, Query, is_name};
use crate::server::api::answers::{Listing, Problem, instant, private};
use crate::server::api::keys;
use crate::server::db::paging::{Cut, Part};
use crate::server::db::webhooks::{self, PushFilter};
use crate::server::visit::Visit;

/// A push of a courier.
#[derive(Serialize, ToSchema)]
#[schema(as = Push)]
pub struct PushAnswer {
    /// Identity.
    id: String,
    /// Slug of the courier account.
    #[schema(required = true)]
    courier: Option<String>,
    /// When it arrived.
    #[schema(format = DateTime)]
    received_at: String,
    /// The courier's name for what it was; missing until it is read.
    #[schema(required = true)]
    event_type: Option<String>,
    /// The parcel it was about, as the courier calls it.
    #[schema(required = true)]
    awb: Option<String>,
    /// `queued`, `applied`, `ignored`, `unmatched` or `dead`.
    state: String,
    /// Times it was tried.
    attempts: i64,
    /// Why it did not work.
    #[schema(required = true)]
    error: Option<String>,
}

/// Which pushes a list has.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct PushFilters {
    /// `queued`, `applied`, `ignored`, `unmatched` or `dead`.
    state: Option<String>,
    /// Only about the parcel the courier calls so.
    awb: Option<String>,
    /// Slug of a courier account.
    courier: Option<String>,
}

/// List the pushes of couriers
///
/// Newest first. Bodies are sealed and not shown.
#[utoipa::path(
    get, path = "/api/v1/webhook-log/", tag = "Couriers", operation_id = "list_pushes",
    params(Paging, Cursored, PushFilters),
    responses((status = 200, description = "A page of pushes.", body = Listing<PushAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    let slice = query.slice::<String>()?;
    let state = query.get("state").map(|text| {
        let found = PUSH_STATES.into_iter().find(|state| state.eq_ignore_ascii_case(text));
        found.ok_or_else(|| AppError::invalid("state", (EN.api_one_of)(&PUSH_STATES.join(", "))))
    });
    let accounts = desk::accounts(&visit.app, None).await?;
    let slugged = |slug: &str| accounts.iter().filter(|one| one.slug == slug).map(|one| one.id.clone()).collect();
    let filter = PushFilter {
        store_id: Actor::of(&visit).only_store,
        state: state.transpose()?,
        awb: query.get("awb").map(str::to_owned),
        couriers: query.get("courier").map(slugged),
    };
    visit.app.intake.caught_up(pushes::CATCH_UP_TIME_MAX).await;
    let mut conn = visit.app.db.read().await?;
    let (found, count) = match (filter.awb.as_deref().is_none_or(is_name), &slice.part) {
        (false, _) => (Cut::nothing(), Some(0)),
        (true, Part::Page(_)) => {
            let count = webhooks::count(&mut conn, &filter).await?;
            (webhooks::log(&mut conn, &filter, &slice).await?, Some(count))
        }
        (true, _) => (webhooks::log(&mut conn, &filter, &slice).await?, None),
    };
    let answer_of = |row: &webhooks::PushRow| PushAnswer {
        id: row.id.clone(),
        courier: accounts.iter().find(|one| one.id == row.courier_id).map(|one| one.slug.clone()),
        received_at: instant(row.received_at),
        event_type: row.event_type.clone(),
        awb: row.awb.clone(),
        state: row.state.clone(),
        attempts: row.attempts,
        error: row.error.clone(),
    };
    let page = found.rows.iter().map(answer_of).collect();
    let answer = query.part(&slice, (&found, count), |row| row.id.clone(), &visit.site_url(), page);
    Ok(private(StatusCode::OK, &answer))
}

/// A push that is read once more.
#[derive(Serialize, ToSchema)]
pub struct Replayed {
    /// Identity.
    id: String,
    /// `queued`: it is applied in a moment.
    state: &'static str,
}

/// Read a stored push once more
///
/// After its parcel was added, or its code given a meaning. What it says is applied once, however often it is
/// read.
#[utoipa::path(
    post, path = "/api/v1/webhook-log/{id}/replay/", tag = "Couriers", operation_id = "replay_push",
    params(("id" = String, Path, description = "Id.")),
    responses(
        (status = 200, description = "It is queued.", body = Replayed),
        (status = 409, description = "It cannot be read again.", body = Problem)
    )
)]
pub async fn replay(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, AppError> {
    if !looks_like_uuid(&id) {
        return Err(AppError::not_found("Push"));
    }
    let seen = PushFilter { store_id: Actor::of(&visit).only_store, ..PushFilter::default() };
    if !webhooks::has(&mut *visit.app.db.read().await?, &seen, &id).await? {
        return Err(AppError::not_found("Push"));
    }
    let what = format!("webhook-log/{id}/replay");
    keys::once(&visit, &headers, &method, &what, async {
        pushes::replay(&visit.app, &Actor::of(&visit), &id).await?;
        serde_json::to_value(Replayed { id: id.clone(), state: "queued" }).map_err(|_| AppError::Internal)
    })
    .await
}
