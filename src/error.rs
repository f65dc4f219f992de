//! Everything that can go wrong, in words a person may see.
//!
//! Which error type where: [`AppError`] when a person or a program will read it; `CourierError`
//! when the caller must decide about a retry; `anyhow` never; in `server/db` the narrow
//! `sqlx::Error`, which becomes an internal error here and never shows its text.

use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

use crate::domain::messages::EN;

/// A message that belongs to one field of a form or of a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field.
    pub field: String,
    /// What is wrong with it, for people.
    pub message: String,
}

impl FieldError {
    /// A message for a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What a door answers when it cannot do what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// There is no such thing, or it is not yours to see.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for, as the API names it: `Order`.
        what: String,
    },
    /// A login is needed.
    #[error("authentication required")]
    SignInRequired,
    /// Signed in, but not allowed.
    #[error("insufficient permissions")]
    Forbidden,
    /// One or more fields are wrong.
    #[error("validation failed")]
    Invalid {
        /// Every field that is wrong.
        fields: Vec<FieldError>,
    },
    /// The present state does not allow it.
    #[error("{message}")]
    Conflict {
        /// What is in the way, for people.
        message: String,
        /// What would be allowed now, if that is a closed list.
        allowed: Vec<String>,
    },
    /// There is less in stock than the order needs. Nothing was taken.
    #[error("insufficient stock")]
    InsufficientStock {
        /// Name of the product.
        product: String,
        /// Pieces left.
        available: i64,
    },
    /// An idempotency key came back with another body.
    #[error("{message}")]
    KeyReused {
        /// What to do about it.
        message: String,
    },
    /// The cart's key has placed an order already, with other contents.
    #[error("ordered already")]
    OrderedAlready {
        /// Reference of that order.
        reference: String,
        /// Token of its page, present only for the browser that placed it.
        token: Option<String>,
    },
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// When to come back, in seconds.
        retry_after_seconds: u64,
    },
    /// The request cannot be read at all.
    #[error("{message}")]
    Unreadable {
        /// What is wrong with it.
        message: String,
    },
    /// Our fault. The details are in the log under the request's number.
    #[error("internal error")]
    Internal,
    /// The server could not be reached; only ever made in the browser.
    #[error("unreachable")]
    Unreachable,
}

impl AppError {
    /// Something that was looked for and is not there.
    pub fn not_found(what: &str) -> Self {
        AppError::NotFound { what: what.to_owned() }
    }

    /// One wrong field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        AppError::Invalid { fields: vec![FieldError::new(field, message)] }
    }

    /// A state that does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        AppError::Conflict { message: message.into(), allowed: Vec::new() }
    }

    /// The HTTP status of this error.
    pub fn status(&self) -> u16 {
        match self {
            AppError::NotFound { .. } => 404,
            AppError::SignInRequired => 401,
            AppError::Forbidden => 403,
            AppError::Invalid { .. } | AppError::Unreadable { .. } => 400,
            AppError::Conflict { .. } | AppError::OrderedAlready { .. } | AppError::InsufficientStock { .. } => 409,
            AppError::KeyReused { .. } => 422,
            AppError::TooMany { .. } => 429,
            AppError::Internal => 500,
            AppError::Unreachable => 503,
        }
    }

    /// The message for one field, if it is among the wrong ones.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            AppError::Invalid { fields } => {
                fields.iter().find(|error| error.field == name).map(|error| error.message.as_str())
            }
            AppError::NotFound { .. }
            | AppError::SignInRequired
            | AppError::Forbidden
            | AppError::Conflict { .. }
            | AppError::InsufficientStock { .. }
            | AppError::KeyReused { .. }
            | AppError::OrderedAlready { .. }
            | AppError::TooMany { .. }
            | AppError::Unreadable { .. }
            | AppError::Internal
            | AppError::Unreachable => None,
        }
    }

    /// One sentence for a person.
    pub fn sentence(&self) -> String {
        match self {
            AppError::NotFound { .. } => EN.error_not_found.to_owned(),
            AppError::SignInRequired => EN.error_sign_in.to_owned(),
            AppError::Forbidden => EN.error_forbidden.to_owned(),
            AppError::Invalid { fields } => {
                fields.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ")
            }
            AppError::Conflict { message, .. } | AppError::KeyReused { message } | AppError::Unreadable { message } => {
                message.clone()
            }
            AppError::InsufficientStock { product, available } => (EN.stock_short)(product, *available),
            AppError::OrderedAlready { reference, .. } => (EN.ordered_already)(reference),
            AppError::TooMany { retry_after_seconds } => (EN.error_too_many)(*retry_after_seconds),
            AppError::Internal => EN.error_internal.to_owned(),
            AppError::Unreachable => EN.error_unreachable.to_owned(),
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// In the browser an answer that cannot be read is as good as none (a login page of a hotel's
    /// network, say): the order may or may not be saved, and sending it again is safe. On the server
    /// it is the request that could not be read.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let in_browser = cfg!(target_arch = "wasm32");
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                AppError::Unreadable { message: EN.error_unreadable.to_owned() }
            }
            ServerFnErrorErr::Request(_) => AppError::Unreachable,
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Response(_) if in_browser => AppError::Unreachable,
            ServerFnErrorErr::Deserialization(_) => AppError::Unreadable { message: EN.error_unreadable.to_owned() },
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::Response(_) => AppError::Internal,
        }
    }
}
