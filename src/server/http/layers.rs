//! What each request passes through.
//!
//! Outermost first: number and log line, browser-safety headers, panics, time and size limits, same-origin
//! rule; then, but not for couriers, who push thousands a second and prove themselves otherwise, compression
//! and identity; then the access rule of its route.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::domain::messages::EN;
use crate::domain::staff::Access;
use crate::error::AppError;
use crate::server::api::answers::{Problem, is_api_path, private};
use crate::server::api::caller::scope;
use crate::server::auth::{self, Claim};
use crate::server::http::routes::METRICS_PATH;
use crate::server::visit::{ClientIp, Found, Visit};
use crate::server::{App, pages};

/// Largest body of a request; uploads will have a limit of their own.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest a request may take: a call to a courier with the wait for its turn, and some more.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(45);
/// Bodies below this are not worth compressing.
const COMPRESS_ABOVE_BYTES: u64 = 1_024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts around the routes that people and their programs use what these have beside [`surround`]'s layers.
pub fn recognise(router: Router<App>, app: &App) -> Router<App> {
    let compress =
        CompressionLayer::new().compress_when(DefaultPredicate::new().and(SizeAbove::new(COMPRESS_ABOVE_BYTES)));
    router.layer(from_fn_with_state(app.clone(), identify)).layer(compress)
}

/// Puts around all routes what every request passes through.
pub fn surround(router: Router, app: &App) -> Router {
    let mut same_origin = CsrfLayer::new();
    if let Some(url) = &app.config.site_url
        && let Ok(layer) = CsrfLayer::new().add_trusted_origin(url)
    {
        same_origin = layer;
    }
    router
        .layer(same_origin)
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME_MAX))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn(speak))
        .layer(from_fn_with_state(app.clone(), number_and_log))
}

fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Numbers the request and writes its one log line: the route's pattern, never the path, since paths
/// hold secrets of order pages.
async fn number_and_log(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = app.chance.id(app.clock.now());
    request.extensions_mut().insert(Found { identity: None, request_id: id.clone() });
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let route = response.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let (status, took) = (response.status().as_u16(), started.elapsed());
    app.metrics.answered(&route, status, took);
    let ms = took.as_millis();
    if status >= 500 {
        tracing::error!(request = %id, %method, route, status, ms, "request failed");
    } else if method == Method::GET || method == Method::HEAD {
        tracing::debug!(request = %id, %method, route, status, ms, "request answered");
    } else {
        tracing::info!(request = %id, %method, route, status, ms, "request answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Gives every answer the safety headers, and words to the refusals of the layers, which have none.
async fn speak(request: Request, next: Next) -> Response {
    let is_api = is_api_path(request.uri().path());
    let mut response = next.run(request).await;
    if let Some(error) = wordless_refusal(&response) {
        response = if is_api {
            private(response.status(), &Problem::sentence(error))
        } else {
            (response.status(), error).into_response()
        };
    }
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    headers.insert("referrer-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        );
    }
    response
}

/// The sentence for an answer of the layers themselves: the size limit says something of its own,
/// the others nothing at all.
fn wordless_refusal(response: &Response) -> Option<&'static str> {
    let is_silent = !response.headers().contains_key(CONTENT_TYPE);
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Some(EN.error_too_large),
        StatusCode::FORBIDDEN if is_silent => Some(EN.error_cross_site),
        StatusCode::SERVICE_UNAVAILABLE if is_silent => Some(EN.error_too_slow),
        StatusCode::INTERNAL_SERVER_ERROR if is_silent => Some(EN.error_internal),
        _ => None,
    }
}

/// Finds out who asks. A token that is not valid is refused wherever programs ask.
async fn identify(State(app): State<App>, ip: ClientIp, mut request: Request, next: Next) -> Response {
    let claim = match auth::identify(&app, request.headers()).await {
        Ok(claim) => claim,
        Err(error) => return error.into_response(),
    };
    match claim {
        Claim::Proven(identity) => {
            if let Some(found) = request.extensions_mut().get_mut::<Found>() {
                found.identity = Some(identity);
            }
        }
        Claim::BadToken if is_for_programs(request.uri().path()) => return AppError::SignInRequired.into_response(),
        Claim::BadToken | Claim::None => {}
    }
    if request.uri().path().starts_with("/api/") {
        let found = request.extensions().get::<Found>().and_then(|found| found.identity.as_ref());
        let caller = found.map(|identity| scope(Some(identity)));
        if let Err(error) = app.limits.api(caller.as_deref(), ip.0) {
            return error.into_response();
        }
    }
    next.run(request).await
}

/// The access rule of one route.
pub async fn guard(
    State((_, access)): State<(App, Access)>,
    matched: Option<MatchedPath>,
    visit: GuardVisit,
    request: Request,
    next: Next,
) -> Response {
    let role = visit.0.as_ref().and_then(|found| found.identity.as_ref()).map(|identity| identity.role);
    let mut response =
        if access.allows(role) { next.run(request).await } else { refuse(role.is_some(), visit, request).await };
    if let Some(matched) = matched {
        response.extensions_mut().insert(matched);
    }
    response
}

async fn refuse(signed_in: bool, visit: GuardVisit, request: Request) -> Response {
    let error = if signed_in { AppError::Forbidden } else { AppError::SignInRequired };
    if is_for_programs(request.uri().path()) {
        return error.into_response();
    }
    let Some(visit) = visit.1 else { return error.into_response() };
    if signed_in {
        return pages::problem(&visit, &error);
    }
    let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let login = if next.starts_with("/admin") { "/admin/login" } else { "/login" };
    pages::redirect(&visit, &format!("{login}?next={}", crate::domain::whatsapp::percent_encode(next)))
}

/// Whether programs ask here, whom a login page would not help.
fn is_for_programs(path: &str) -> bool {
    is_api_path(path) || path == METRICS_PATH
}

/// What the access rule looks at: who asks, and the visit for a refusal that is a page.
pub struct GuardVisit(Option<Found>, Option<Visit>);

impl axum::extract::FromRequestParts<(App, Access)> for GuardVisit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &(App, Access),
    ) -> Result<Self, Self::Rejection> {
        let found = parts.extensions.get::<Found>().cloned();
        let role = found.as_ref().and_then(|found| found.identity.as_ref()).map(|identity| identity.role);
        let visit = if state.1.allows(role) { None } else { Visit::from_request_parts(parts, &state.0).await.ok() };
        Ok(GuardVisit(found, visit))
    }
}
