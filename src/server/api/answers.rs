//! The shape of the API's errors (R90), and which paths get JSON.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::domain::messages::EN;
use crate::error::AppError;

/// Whether a path belongs to programs: errors are JSON there.
pub fn is_api_path(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path.starts_with("/fn/")
}

/// The body of an error, as documented in R90.
pub fn error_body(error: &AppError) -> Value {
    match error {
        AppError::NotFound { what } => json!({ "error": format!("{what} not found") }),
        AppError::Invalid { fields } => {
            let mut details = Map::new();
            for wrong in fields {
                let messages = details.entry(wrong.field.clone()).or_insert_with(|| json!([]));
                if let Value::Array(messages) = messages {
                    messages.push(wrong.message.clone().into());
                }
            }
            json!({ "error": EN.error_invalid, "details": details })
        }
        AppError::Conflict { message, allowed } if allowed.is_empty() => json!({ "error": message }),
        AppError::Conflict { message, allowed } => json!({ "error": message, "allowed": allowed }),
        AppError::Internal => json!({ "error": "Failed to process request", "details": error.sentence() }),
        AppError::SignInRequired
        | AppError::Forbidden
        | AppError::KeyReused { .. }
        | AppError::OrderedAlready { .. }
        | AppError::TooMany { .. }
        | AppError::Unreadable { .. }
        | AppError::Unreachable => json!({ "error": error.sentence() }),
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(error_body(&self))).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let AppError::TooMany { retry_after_seconds } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
        response
    }
}
