//! What came of a form, said beside it. The place is there from the start, also empty, so that what
//! comes into it is read aloud; `data-keep` lets only the answer to another form change it.

use axum::http::StatusCode;
use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::error::{AppError, FieldError};

/// What came of a form.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Which place of the page it belongs to.
    pub place: String,
    /// What to say; empty when the fields say it.
    pub sentence: String,
    /// Wrong fields, where the form shows them.
    pub fields: Vec<FieldError>,
    /// Whether it was done.
    pub is_good: bool,
}

impl Told {
    /// That it was done.
    pub fn done(place: &str, sentence: impl Into<String>) -> Self {
        Self { place: place.to_owned(), sentence: sentence.into(), fields: Vec::new(), is_good: true }
    }

    /// A refusal that the same page can show, with its status.
    ///
    /// # Errors
    /// The error itself when it needs a page of its own.
    pub fn refused(place: &str, error: AppError) -> Result<(StatusCode, Self), AppError> {
        let sentence = error.sentence();
        let (status, fields) = match error {
            AppError::Invalid { fields } => (StatusCode::UNPROCESSABLE_ENTITY, fields),
            AppError::Unreadable { .. } => (StatusCode::UNPROCESSABLE_ENTITY, Vec::new()),
            AppError::Conflict { .. }
            | AppError::InsufficientStock { .. }
            | AppError::KeyReused { .. }
            | AppError::OrderedAlready { .. } => (StatusCode::CONFLICT, Vec::new()),
            AppError::NotFound { .. } => (StatusCode::NOT_FOUND, Vec::new()),
            AppError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, Vec::new()),
            AppError::SignInRequired | AppError::Forbidden | AppError::Internal | AppError::Unreachable => {
                return Err(error);
            }
        };
        Ok((status, Self { place: place.to_owned(), sentence, fields, is_good: false }))
    }
}

/// The place for what came of the forms around it.
pub fn told_at(told: Option<&Told>, place: &str, words: &'static Messages) -> AnyView {
    let said = told.filter(|told| told.place == place && !told.sentence.is_empty()).map(|told| {
        let (class, title) =
            if told.is_good { ("notice notice-good", "") } else { ("notice notice-bad", words.desk_refused) };
        let title = (!title.is_empty()).then(|| view! { <p class="notice-title">{title}</p> });
        view! { <div class=class>{title}<p>{told.sentence.clone()}</p></div> }
    });
    view! { <div class="told" id=format!("told-{place}") data-keep="" role="status">{said}</div> }.into_any()
}
