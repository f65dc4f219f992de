//! Pages that say no: one clear sentence and a way on.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::error::AppError;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::visit::Visit;

/// The title of an error's page.
pub fn title(visit: &Visit, error: &AppError) -> &'static str {
    let words = visit.words();
    match error {
        AppError::NotFound { .. } => words.problem_not_found,
        AppError::SignInRequired => words.problem_sign_in,
        AppError::Forbidden => words.problem_forbidden,
        AppError::TooMany { .. } => words.problem_too_many,
        AppError::Invalid { .. }
        | AppError::Unreadable { .. }
        | AppError::Conflict { .. }
        | AppError::InsufficientStock { .. }
        | AppError::KeyReused { .. }
        | AppError::OrderedAlready { .. } => words.problem_refused,
        AppError::Internal | AppError::Unreachable => words.problem_internal,
    }
}

/// The sentence below the title.
fn hint(error: &AppError, words: &'static Messages) -> String {
    match error {
        AppError::NotFound { .. } => words.problem_not_found_hint.to_owned(),
        AppError::SignInRequired => words.problem_sign_in_hint.to_owned(),
        AppError::Forbidden => words.problem_forbidden_hint.to_owned(),
        AppError::Unreadable { .. } => words.problem_refused_hint.to_owned(),
        AppError::TooMany { .. }
        | AppError::Invalid { .. }
        | AppError::Conflict { .. }
        | AppError::InsufficientStock { .. }
        | AppError::KeyReused { .. }
        | AppError::OrderedAlready { .. } => error.sentence(),
        AppError::Internal | AppError::Unreachable => words.problem_internal_hint.to_owned(),
    }
}

/// An error as a page. The request's number is shown for our own failures: it is in the log too.
pub fn view(visit: &Visit, error: &AppError) -> AnyView {
    let words = visit.words();
    let is_ours = error.status() >= 500;
    let number = is_ours.then(|| view! { <p class="small">{(words.problem_number)(&visit.request_id)}</p> });
    let log_in = matches!(error, AppError::SignInRequired)
        .then(|| view! { <a class="button button-primary" href="/login">{words.nav_log_in}</a> });
    view! {
        <div class="empty">
            {icon(Icon::Parcel)}
            <h1>{title(visit, error)}</h1>
            <p>{hint(error, words)}</p>
            {number}
            {log_in}
            <a class="button" href="/">{words.problem_home}</a>
        </div>
    }
    .into_any()
}
