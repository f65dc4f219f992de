//! The couriers' door: verify, store, answer. What a push means is found out later.
//!
//! `probe` asks at this door as couriers do · `verify` who sent it · `intake` storing, many in one write · `spool` the files they are in until the
//! database has them.

pub mod intake;
pub mod probe;
pub mod spool;
pub mod verify;

use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::couriers::Provider;
use crate::domain::time::HOUR_MS;
use crate::domain::webhooks::TEST_PUSH;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::pushes::body_place;
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, Accepted};
use crate::server::db::refusals::{self, Refusal};
use crate::server::db::webhooks::NewPush;
use crate::server::secrets;
use crate::server::visit::ClientIp;
use crate::server::webhooks::verify::Verdict;

/// Refusals of one kind from one place within this time are one line.
const REFUSALS_JOINED_MS: i64 = HOUR_MS;

/// Whether a path belongs to couriers: no session, no API token; they prove themselves otherwise.
pub fn is_webhook_path(path: &str) -> bool {
    path.starts_with("/hooks/") || path.starts_with("/api/webhooks/")
}

/// `GET` and `HEAD` of every address: couriers look whether somebody is there.
pub async fn present() -> Response {
    plain(StatusCode::OK, "ok")
}

/// `POST /hooks/t/{token}`: the neutral address that the admin shows.
pub async fn by_token(
    State(app): State<App>,
    ip: ClientIp,
    Path(token): Path<String>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = move |account: &Account| secrets::same(&account.shown.webhook_token, &token);
    take(&app, "/hooks/t/{token}", ip.0, wanted, &uri, &headers, body).await
}

/// `POST /api/webhooks/courier/{id}`: by id, slug or provider.
pub async fn by_name(
    State(app): State<App>,
    ip: ClientIp,
    Path(name): Path<String>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = move |account: &Account| {
        let shown = &account.shown;
        shown.id.as_str() == name || shown.slug == name || shown.provider.code() == name
    };
    take(&app, "/api/webhooks/courier/{id}", ip.0, wanted, &uri, &headers, body).await
}

/// `POST /api/webhooks/shiprocket`.
pub async fn shiprocket(
    State(app): State<App>,
    ip: ClientIp,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = |account: &Account| account.provider() == Provider::Shiprocket;
    take(&app, "/api/webhooks/shiprocket", ip.0, wanted, &uri, &headers, body).await
}

/// `POST /api/webhooks/packzy`.
pub async fn packzy(
    State(app): State<App>,
    ip: ClientIp,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = |account: &Account| account.provider() == Provider::Packzy;
    take(&app, "/api/webhooks/packzy", ip.0, wanted, &uri, &headers, body).await
}

async fn take(
    app: &App,
    route: &'static str,
    ip: IpAddr,
    wanted: impl Fn(&Account) -> bool,
    uri: &OriginalUri,
    headers: &HeaderMap,
    body: Bytes,
) -> Response {
    // A probe of a courier's settings form: no body and no secret, and 2xx is wanted.
    if body.is_empty() {
        return plain(StatusCode::OK, "ok");
    }
    let Ok(accounts) = app.accounts.all(app).await else { return away() };
    let candidates: Vec<&Account> = accounts.iter().filter(|account| wanted(account)).collect();
    let request = verify::Request { headers, query: uri.query().unwrap_or(""), body: &body, now: app.clock.now() };
    let mut verdict = Verdict::UnknownAccount;
    for account in &candidates {
        verdict = verify::verify(account, &request, app.config.demo);
        if verdict == Verdict::Verified {
            // Our own: it has shown that the way here is open.
            let is_test = *body == *TEST_PUSH.as_bytes();
            return if is_test { acknowledged(account) } else { store(app, account, body).await };
        }
    }
    refuse(app, route, ip, candidates.first().copied(), body.len(), verdict).await
}

async fn store(app: &App, account: &Account, body: Bytes) -> Response {
    let now = app.clock.now();
    let id = app.chance.id(now);
    // A body that is no text cannot be a courier's; what can be read of it is kept for whoever looks.
    let text = String::from_utf8_lossy(&body);
    let push = NewPush {
        store_id: account.shown.store_id.clone(),
        courier_id: account.shown.id.clone(),
        received_at: now,
        body: app.secrets.seal(&body_place(&id), &text, &app.chance),
        body_hash: secrets::digest(&body),
        size_bytes: i64::try_from(body.len()).unwrap_or(i64::MAX),
        id,
    };
    if app.intake.store(push).await.is_err() {
        app.metrics.push_lost(account.provider());
        return away();
    }
    app.metrics.push_received(account.provider());
    acknowledged(account)
}

/// The courier's own acknowledgement.
fn acknowledged(account: &Account) -> Response {
    accepted(couriers::of(account.provider()).map_or(Accepted::ok("ok"), |courier| courier.push_accepted(account)))
}

/// What a courier wants to see for a push that is stored; a header that cannot be sent is left out.
fn accepted(wanted: Accepted) -> Response {
    let status = StatusCode::from_u16(wanted.status).unwrap_or(StatusCode::OK);
    let mut response = plain(status, wanted.body);
    if wanted.body.starts_with('{') {
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    }
    for (name, value) in wanted.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn refuse(
    app: &App,
    route: &'static str,
    ip: IpAddr,
    account: Option<&Account>,
    size: usize,
    verdict: Verdict,
) -> Response {
    if let Err(error) = app.limits.refused_push(&ip.to_string()) {
        return error.into_response();
    }
    app.metrics.push_refused(verdict.code(), account.is_some());
    let now = app.clock.now();
    let refusal = Refusal {
        id: app.chance.id(now),
        courier: account.map(|account| (account.shown.id.clone(), account.shown.store_id.clone())),
        route,
        ip: ip.to_string(),
        size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
        verdict: verdict.code(),
    };
    tracing::warn!(route, verdict = verdict.code(), size, "a push was refused");
    let written = app.db.write(move |conn| {
        let refusal = refusal.clone();
        Box::pin(async move { Ok(refusals::note(conn, &refusal, now.plus(-REFUSALS_JOINED_MS), now).await?) })
    });
    if written.await.is_err() {
        tracing::warn!("the refusal of a push could not be written down");
    }
    match verdict {
        Verdict::UnknownAccount => AppError::not_found("Courier").into_response(),
        Verdict::DisabledAccount => AppError::Forbidden.into_response(),
        Verdict::Verified
        | Verdict::BadSecret
        | Verdict::MissingSecret
        | Verdict::NoSecretConfigured
        | Verdict::Expired => AppError::SignInRequired.into_response(),
    }
}

fn away() -> Response {
    plain(StatusCode::SERVICE_UNAVAILABLE, "try again")
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [("cache-control", "no-store"), ("content-type", "text/plain; charset=utf-8")], text).into_response()
}
