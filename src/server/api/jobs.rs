//! The work the shop does by itself.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::domain::ids::looks_like_uuid;
use crate::error::AppError;
use crate::server::actions::{actor::Actor, work};
use crate::server::api::address::{Cursored, Named, Paging, Query, is_name};
use crate::server::api::answers::{Listing, Problem, instant, private};
use crate::server::api::keys;
use crate::server::db::jobs::{self, JobFilter, JobRow, JobState};
use crate::server::db::paging::{Cut, Part};
use crate::server::visit::Visit;

/// A piece of work.
#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobAnswer {
    /// Identity.
    id: String,
    /// What is done.
    kind: String,
    /// State; `dead` was given up and waits for a person.
    state: JobState,
    /// Attempts so far.
    attempts: i64,
    /// Attempts before it is given up.
    max_attempts: i64,
    /// Not before this instant.
    #[schema(format = DateTime)]
    run_at: String,
    /// What went wrong last.
    #[schema(required = true)]
    last_error: Option<String>,
    /// When it was queued.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was through, whatever the outcome.
    #[schema(required = true, format = DateTime)]
    finished_at: Option<String>,
}

impl From<&JobRow> for JobAnswer {
    fn from(row: &JobRow) -> Self {
        JobAnswer {
            id: row.id.clone(),
            kind: row.kind.clone(),
            state: row.state,
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            run_at: instant(row.run_at),
            last_error: row.last_error.clone(),
            created_at: instant(row.created_at),
            finished_at: row.finished_at.map(instant),
        }
    }
}

/// Which jobs a list has.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the filters; `Query` reads them")]
pub struct JobFilters {
    /// Only in this state.
    #[param(inline)]
    state: Option<JobState>,
    /// Only of this kind.
    kind: Option<String>,
}

/// List jobs
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/jobs/", tag = "Operations", operation_id = "list_jobs", params(Paging, Cursored, JobFilters),
    responses((status = 200, description = "A page of jobs.", body = Listing<JobAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    let slice = query.slice::<String>()?;
    let filter = JobFilter { state: query.one_of("state")?, kind: query.get("kind").map(str::to_owned) };
    let mut conn = visit.app.db.read().await?;
    let (found, count) = match (filter.kind.as_deref().is_none_or(is_name), &slice.part) {
        (false, _) => (Cut::nothing(), Some(0)),
        (true, Part::Page(_)) => {
            let count = jobs::count(&mut conn, &filter).await?;
            (jobs::list(&mut conn, &filter, &slice).await?, Some(count))
        }
        (true, _) => (jobs::list(&mut conn, &filter, &slice).await?, None),
    };
    let page = found.rows.iter().map(JobAnswer::from).collect();
    let answer = query.part(&slice, (&found, count), |row| row.id.clone(), &visit.site_url(), page);
    Ok(private(StatusCode::OK, &answer))
}

/// Try a job again that was given up
#[utoipa::path(
    post, path = "/api/v1/jobs/{id}/retry/", tag = "Operations", operation_id = "retry_job",
    params(("id" = String, Path, description = "Id.")),
    responses(
        (status = 200, description = "It is queued.", body = JobAnswer),
        (status = 409, description = "It was not given up, or the same work is queued.", body = Problem)
    )
)]
pub async fn retry(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, AppError> {
    let what = format!("jobs/{id}/retry");
    keys::once(&visit, &headers, &method, &what, async {
        must_be(&visit, &id).await?;
        work::retry(&visit.app, &Actor::of(&visit), &id).await?;
        must_be(&visit, &id).await
    })
    .await
}

/// Take a job out of the queue
#[utoipa::path(
    post, path = "/api/v1/jobs/{id}/discard/", tag = "Operations", operation_id = "discard_job",
    params(("id" = String, Path, description = "Id.")),
    responses(
        (status = 200, description = "It is discarded.", body = JobAnswer),
        (status = 409, description = "It is being done, or through.", body = Problem)
    )
)]
pub async fn discard(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, AppError> {
    let what = format!("jobs/{id}/discard");
    keys::once(&visit, &headers, &method, &what, async {
        must_be(&visit, &id).await?;
        work::discard(&visit.app, &Actor::of(&visit), &id).await?;
        must_be(&visit, &id).await
    })
    .await
}

async fn must_be(visit: &Visit, id: &str) -> Result<Value, AppError> {
    let missing = || AppError::not_found("Job");
    if !looks_like_uuid(id) {
        return Err(missing());
    }
    let row = jobs::row(&mut *visit.app.db.read().await?, id).await?.ok_or_else(missing)?;
    serde_json::to_value(JobAnswer::from(&row)).map_err(|_| AppError::Internal)
}
