//! The shape of the API's answers: lists, amounts, instants, and the errors of R90. Also which paths
//! get JSON.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::messages::EN;
use crate::domain::time::UnixMillis;
use crate::error::AppError;

/// Whether a path belongs to programs: errors are JSON there.
pub fn is_api_path(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path.starts_with("/fn/")
}

/// What every error says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// What went wrong, in one sentence.
    pub error: String,
    /// What is wrong with which field; a sentence when it is our fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// What would be allowed now, when that is a closed list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub allowed: Vec<String>,
    /// The product that is short, when the stock does not suffice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

/// More about an error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Details {
    /// Messages by the name of the field, as `address.city` or `items[0].quantity`.
    Fields(BTreeMap<String, Vec<String>>),
    /// One sentence.
    Sentence(String),
}

impl Problem {
    /// One sentence.
    pub fn sentence(error: impl Into<String>) -> Self {
        Self { error: error.into(), details: None, allowed: Vec::new(), product: None }
    }
}

impl From<&AppError> for Problem {
    fn from(error: &AppError) -> Self {
        match error {
            AppError::NotFound { what } => Problem::sentence(format!("{what} not found")),
            AppError::Invalid { fields } => {
                let mut details = BTreeMap::<String, Vec<String>>::new();
                for wrong in fields {
                    details.entry(wrong.field.clone()).or_default().push(wrong.message.clone());
                }
                Problem { details: Some(Details::Fields(details)), ..Problem::sentence(EN.error_invalid) }
            }
            AppError::Conflict { message, allowed } => {
                Problem { allowed: allowed.clone(), ..Problem::sentence(message) }
            }
            AppError::InsufficientStock { product, available } => {
                Problem { product: Some(product.clone()), ..Problem::sentence((EN.api_short)(*available)) }
            }
            AppError::Internal => Problem {
                details: Some(Details::Sentence(error.sentence())),
                ..Problem::sentence("Failed to process request")
            },
            AppError::SignInRequired
            | AppError::Forbidden
            | AppError::KeyReused { .. }
            | AppError::OrderedAlready { .. }
            | AppError::TooMany { .. }
            | AppError::Unreadable { .. }
            | AppError::Unreachable => Problem::sentence(error.sentence()),
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = private(status, &Problem::from(&self));
        if let AppError::TooMany { retry_after_seconds } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
        response
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct Listing<T: ToSchema> {
    /// How many there are on all pages; nobody counts when a cursor was asked for.
    #[schema(required = true)]
    pub count: Option<i64>,
    /// Address of the next page.
    #[schema(required = true)]
    pub next: Option<String>,
    /// Address of the page before.
    #[schema(required = true)]
    pub previous: Option<String>,
    /// This page.
    pub results: Vec<T>,
}

/// An answer that nobody keeps: it depends on who asks.
pub fn private(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An instant as RFC 3339 in UTC: `2026-11-21T06:00:00Z`, with milliseconds when there are any.
pub fn instant(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_rfc_3339_in_utc() {
        assert_eq!(instant(UnixMillis(1_795_240_800_000)), "2026-11-21T06:00:00Z");
        assert_eq!(instant(UnixMillis(1_795_240_800_120)), "2026-11-21T06:00:00.12Z");
    }
}
