//! The `/fn` door: server functions called by islands.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use server_fn::axum::get_server_fn_service;

use crate::error::AppError;
use crate::server::visit::Visit;

/// Longest error body that is read back to find its status.
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// Runs the server function of the path with the visit in its context.
///
/// Leptos answers every error with 500; the status is put right from the error itself. Its form
/// fallback (302 to the referrer) is not used: plain forms have a door of their own.
pub async fn answer(visit: Visit, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some(mut service) = get_server_fn_service(&path, request.method().clone()) else {
        return AppError::not_found("Function").into_response();
    };
    let owner = Owner::new();
    let context = visit.clone();
    let future = owner.with(|| {
        provide_context(context);
        ScopedFuture::new(async move { service.run(request).await })
    });
    let response = future.await;
    owner.cleanup();
    let mut response = with_status(response).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    visit.write_cookies(response.headers_mut());
    response
}

async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, ERROR_BYTES_MAX).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<AppError>(&bytes) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(parts.status);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Names of every server function that was compiled in, for the test that each has a route.
pub fn compiled_in() -> Vec<&'static str> {
    server_fn::axum::server_fn_paths().map(|(path, _)| path).collect()
}
