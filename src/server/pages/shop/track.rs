//! `/track`: where an order is, for whoever knows its number and the end of the phone. Every miss gets
//! one and the same answer, so that nobody learns which numbers exist.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::clean_line;
use crate::domain::messages::Messages;
use crate::domain::orders::TrackedOrder;
use crate::error::{AppError, FieldError};
use crate::islands::live::LiveRegion;
use crate::server::actions::desk;
use crate::server::forms::Fields;
use crate::server::pages::parts::fields::{TextField, field_id, summary_titled, text_field};
use crate::server::pages::parts::status::order_status;
use crate::server::pages::parts::text::unbroken;
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::tracking::tracked;
use crate::server::pages::shop::order::{follow_id, follow_url};
use crate::server::pages::{Page, problem, respond};
use crate::server::visit::Visit;

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    reference: String,
    last4: String,
    errors: Vec<FieldError>,
}

/// `GET /track`, with `?reference=` filled in.
pub async fn show(visit: Visit, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    let reference = asked.get("reference").map(|typed| clean_line(typed)).unwrap_or_default();
    form_page(&visit, StatusCode::OK, Typed { reference, ..Typed::default() })
}

/// `POST /track`: the state of the order, or the form again.
pub async fn submit(visit: Visit, fields: Fields) -> Response {
    let (reference, last4) = (clean_line(fields.get("reference")), clean_line(fields.get("last4")));
    match desk::tracked(&visit.app, &reference, &last4, &visit.client_ip.to_string()).await {
        Ok(found) => {
            let words = visit.words();
            respond(&visit, Page::new((words.order_heading)(&found.reference)), || found_view(&found, words))
        }
        Err(AppError::NotFound { .. } | AppError::Invalid { .. } | AppError::Unreadable { .. }) => {
            let errors = vec![FieldError::new("reference", visit.words().track_miss)];
            form_page(&visit, StatusCode::NOT_FOUND, Typed { reference, last4, errors })
        }
        Err(error) => problem(&visit, &error),
    }
}

fn form_page(visit: &Visit, status: StatusCode, typed: Typed) -> Response {
    let words = visit.words();
    let page = Page::new(words.track_heading).status(status);
    respond(visit, page, || form_view(&typed, words))
}

fn form_view(typed: &Typed, words: &'static Messages) -> AnyView {
    let errors = typed.errors.as_slice();
    let reference =
        TextField { hint: words.track_reference_hint, ..TextField::new("reference", words.order_reference, "off") };
    let last4 = TextField {
        hint: words.track_last4_hint,
        inputmode: "numeric",
        ..TextField::new("last4", words.track_last4, "off")
    };
    view! {
        <div class="narrow-form stack">
            <div class="page-heading">
                <h1>{words.track_heading}</h1>
                <p class="soft">{words.track_hint}</p>
            </div>
            <form class="panel stack" method="post" action="/track" novalidate>
                {summary_titled(words.track_failed.to_owned(), errors, |name| format!("#{}", field_id(name)))}
                {text_field(reference, &typed.reference, errors, words)}
                {text_field(last4, &typed.last4, errors, words)}
                <button class="button button-primary button-wide" type="submit">{words.track_button}</button>
            </form>
        </div>
    }
    .into_any()
}

fn found_view(found: &TrackedOrder, words: &'static Messages) -> AnyView {
    let region = follow_id(&found.reference);
    view! {
        <div class="narrow stack">
            <h1>{unbroken(&(words.order_heading)(&found.reference))}</h1>
            <section class="panel stack" aria-labelledby="store">
                <h2 id="store">{found.store_name.clone()}</h2>
                <dl class="facts">
                    <div><dt>{words.order_status}</dt><dd>{order_status(found.status, words)}</dd></div>
                    <div><dt>{words.order_placed_at}</dt><dd>{moment(found.placed_at, found.country)}</dd></div>
                    <div><dt>{words.order_goes_to}</dt><dd>{found.city.clone()}</dd></div>
                </dl>
                <div class="stack" id=region.clone()>{tracked(found, words)}</div>
                <LiveRegion region=region hints=follow_url(&found.token) source=format!("/o/{}", found.token)/>
            </section>
            <p><a class="link-button" href="/track">{words.track_another}</a></p>
        </div>
    }
    .into_any()
}
