//! What people see. Pages load their data first and render in one go: no resources, no streaming,
//! so the status is known before the first byte and nothing is serialised into the page.
//!
//! `shop` the customer's pages · `admin` the merchant's · `parts` the shell and what several pages share.

pub mod admin;
pub mod parts;
pub mod shop;

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hydration_context::{SharedContext, SsrSharedContext};
use leptos::prelude::{AnyView, Owner, RenderHtml, provide_context};
use leptos::reactive::computed::ScopedFuture;

use crate::error::AppError;
use crate::server::visit::Visit;

/// What stands around a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// The shop, with cart and search.
    #[default]
    Shop,
    /// The merchant's desk, with this page of it marked.
    Desk(Option<Tab>),
}

/// A page in the desk's navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// `/admin/orders`.
    Orders,
    /// `/admin/handover`.
    Handover,
    /// `/admin/couriers`.
    Couriers,
    /// `/admin/webhooks`.
    Webhooks,
}

/// What the shell needs to know about a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// `<title>`.
    pub title: String,
    /// `<meta name="description">`, possibly empty.
    pub description: String,
    /// HTTP status.
    pub status: StatusCode,
    /// Whether search engines may list it.
    pub indexable: bool,
    /// What the search box holds.
    pub search: String,
    /// What stands around it.
    pub frame: Frame,
    /// Loads itself anew every so many seconds where there is no script.
    pub refresh_seconds: Option<u32>,
}

impl Page {
    /// A page that is served with 200 and not listed by search engines.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            description: String::new(),
            status: StatusCode::OK,
            indexable: false,
            search: String::new(),
            frame: Frame::Shop,
            refresh_seconds: None,
        }
    }

    /// A page of the merchant's desk.
    pub fn desk(title: impl Into<String>, tab: Option<Tab>) -> Self {
        Self { frame: Frame::Desk(tab), ..Self::new(title) }
    }

    /// With a description.
    pub fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// With words in the search box.
    pub fn searched(self, search: impl Into<String>) -> Self {
        Self { search: search.into(), ..self }
    }

    /// Listed by search engines.
    pub fn indexable(self) -> Self {
        Self { indexable: true, ..self }
    }

    /// With another status.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

/// Renders a page into the shell and answers with it.
pub fn respond(visit: &Visit, page: Page, view: impl FnOnce() -> AnyView) -> Response {
    let body = render(visit, view);
    let html = parts::shell::document(visit, &page, &body);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A page with prices may be shown again by Back, but never without asking us; one with an order
    // or a form that places one is not kept at all.
    let cache = if page.indexable { "private, no-cache" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'",
        nonce = visit.nonce
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    visit.write_cookies(&mut headers);
    (page.status, headers, html).into_response()
}

/// The HTML of a view, rendered under an owner of its own.
fn render(visit: &Visit, view: impl FnOnce() -> AnyView) -> String {
    let shared = Arc::new(SsrSharedContext::new());
    let owner = Owner::new_root(Some(Arc::clone(&shared) as Arc<dyn SharedContext + Send + Sync>));
    let html = owner.with(|| {
        // Islands mode: only what is inside an island is prepared for hydration.
        shared.set_is_hydrating(false);
        provide_context(visit.clone());
        view().to_html()
    });
    owner.unset_with_forced_cleanup();
    html
}

/// 303 to another page, with the cookies that were set.
pub fn redirect(visit: &Visit, to: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    visit.write_cookies(&mut headers);
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The page for an error: one sentence and a way on.
pub fn problem(visit: &Visit, error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = Page::new(parts::problem::title(visit, error)).status(status);
    let shown = error.clone();
    let mut response = respond(visit, page, || parts::problem::view(visit, &shown));
    if let AppError::TooMany { retry_after_seconds } = error {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
    }
    response
}

/// Runs a server function with the visit in its context, as the `/fn` door does.
///
/// # Errors
/// What the server function answers.
pub async fn call<T>(visit: &Visit, work: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let owner = Owner::new();
    let future = owner.with(|| {
        provide_context(visit.clone());
        ScopedFuture::new(work)
    });
    let result = future.await;
    owner.cleanup();
    result
}
