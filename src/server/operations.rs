//! What operators and load balancers ask, and the files the database holds.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::AppError;
use crate::server::clock::is_uuid;
use crate::server::visit::Visit;
use crate::server::{App, db, metrics, pages};

/// `GET /healthz`: the process answers.
pub async fn healthz(State(app): State<App>) -> Response {
    let boot = HeaderValue::from_str(&app.boot_id).unwrap_or(HeaderValue::from_static(""));
    ([("x-boot-id", boot), ("cache-control", HeaderValue::from_static("no-store"))], "ok").into_response()
}

/// `GET /readyz`: the database answers and its schema is current.
pub async fn readyz(State(app): State<App>) -> Response {
    let ready = app.db.is_alive().await && db::migrate::is_current(&app.db).await.unwrap_or(false);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(CACHE_CONTROL, "no-store")], if ready { "ready" } else { "not ready" }).into_response()
}

/// `GET /metrics`: what the shop counts about itself, for Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, metrics::gather(&app).await).into_response()
}

/// A paper as it is shown. It has names and addresses on it, so that nobody keeps it.
pub fn paper(blob: &db::blobs::Blob, name: &str) -> Response {
    let safe: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{safe}.pdf\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    (headers, blob.bytes.clone()).into_response()
}

/// `GET /blobs/{id}`: a public file. Its id never gets other bytes, so it is cached for good.
pub async fn blob(visit: Visit, Path(id): Path<String>) -> Response {
    match find_blob(&visit.app, &id).await {
        Ok(blob) => {
            let mut headers = HeaderMap::new();
            let media_type =
                HeaderValue::from_str(&blob.media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
            headers.insert(CONTENT_TYPE, media_type);
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
            // An SVG opened by itself is a document: nothing in it may run or load.
            headers.insert(
                CONTENT_SECURITY_POLICY,
                HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            );
            (headers, blob.bytes).into_response()
        }
        Err(error) => pages::problem(&visit, &error),
    }
}

async fn find_blob(app: &App, id: &str) -> Result<db::blobs::Blob, AppError> {
    if !is_uuid(id) {
        return Err(AppError::not_found("File"));
    }
    let mut conn = app.db.read().await?;
    db::blobs::find_public(&mut conn, id).await?.ok_or_else(|| AppError::not_found("File"))
}
