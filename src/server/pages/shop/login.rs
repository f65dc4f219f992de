//! `/login` and `/logout`.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::clean_line;
use crate::domain::messages::Messages;
use crate::error::{AppError, FieldError};
use crate::server::forms::Fields;
use crate::server::pages::parts::fields::{TextField, field_id, summary_titled, text_field};
use crate::server::pages::{Page, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::staff::{log_in, log_out};

/// Which login it is: the shop's, or the desk's.
#[derive(Clone, Copy)]
pub struct Door {
    /// Where the form is sent.
    pub action: &'static str,
    /// Where it leads unless somebody was on the way to elsewhere.
    pub lands: &'static str,
    /// Whether it is the desk's.
    pub is_desk: bool,
}

const SHOP: Door = Door { action: "/login", lands: "/account/orders", is_desk: false };

/// The form as it is shown. A password is never sent back.
#[derive(Default)]
struct Shown {
    email: String,
    next: String,
    errors: Vec<FieldError>,
}

/// `GET /login`, with `?next=` saying where to go afterwards.
pub async fn show(visit: Visit, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    form(&visit, SHOP, asked)
}

/// `POST /login`: opens a session, or shows the form again.
pub async fn submit(visit: Visit, fields: Fields) -> Response {
    enter(&visit, SHOP, &fields).await
}

/// The form of a door.
pub fn form(visit: &Visit, door: Door, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    let next = asked.ok().and_then(|query| query.0.get("next").cloned()).unwrap_or_default();
    form_page(visit, door, StatusCode::OK, Shown { next: clean_line(&next), ..Shown::default() })
}

/// Opens a session through a door, or shows its form again.
pub async fn enter(visit: &Visit, door: Door, fields: &Fields) -> Response {
    let email = fields.get("email").to_owned();
    let next = fields.get("next").to_owned();
    let password = fields.get("password").to_owned();
    let to = if next.is_empty() { door.lands.to_owned() } else { next.clone() };
    let (status, errors) = match call(visit, log_in(email.clone(), password, to)).await {
        Ok(to) => return redirect(visit, &to),
        Err(AppError::Invalid { fields }) => (StatusCode::UNPROCESSABLE_ENTITY, fields),
        Err(error) => return problem(visit, &error),
    };
    form_page(visit, door, status, Shown { email, next, errors })
}

/// `POST /logout`.
pub async fn leave(visit: Visit) -> Response {
    match call(&visit, log_out()).await {
        Ok(()) => redirect(&visit, "/"),
        Err(error) => problem(&visit, &error),
    }
}

fn form_page(visit: &Visit, door: Door, status: StatusCode, shown: Shown) -> Response {
    let words = visit.words();
    let page = if door.is_desk { Page::desk(words.login_desk, None) } else { Page::new(words.login_heading) };
    respond(visit, page.status(status), || login_view(door, shown, words))
}

fn login_view(door: Door, shown: Shown, words: &'static Messages) -> AnyView {
    let errors = shown.errors.as_slice();
    let email =
        TextField { kind: "email", inputmode: "email", ..TextField::new("email", words.field_email, "username") };
    let password =
        TextField { kind: "password", ..TextField::new("password", words.field_password, "current-password") };
    let (heading, hint) =
        if door.is_desk { (words.login_desk, words.login_desk_hint) } else { (words.login_heading, words.login_hint) };
    view! {
        <div class="narrow-form stack">
            <div class="page-heading">
                <h1>{heading}</h1>
                <p class="soft">{hint}</p>
            </div>
            <form class="panel stack" method="post" action=door.action novalidate>
                <input type="hidden" name="next" value=shown.next/>
                {summary_titled(words.login_failed.to_owned(), errors, |name| format!("#{}", field_id(name)))}
                {text_field(email, &shown.email, errors, words)}
                {text_field(password, "", errors, words)}
                <button class="button button-primary button-wide" type="submit">{words.nav_log_in}</button>
            </form>
        </div>
    }
    .into_any()
}
