//! `/checkout`: the form that places the cart. It is a plain form; the island around it only spares
//! the wait for a new page and keeps what was typed when the network is gone.

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::{CheckoutForm, Quote};
use crate::domain::messages::Messages;
use crate::domain::payments::PaymentMethod;
use crate::error::AppError;
use crate::islands::checkout::{AGAIN_ID, in_form_order};
use crate::server::actions::orders::contents_digest;
use crate::server::cart::ordered_already;
use crate::server::db::orders;
use crate::server::forms::Fields;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::lines::{Line, amount_row, compact_lines};
use crate::server::pages::parts::order_form::{OrderFormState, order_form};
use crate::server::pages::parts::text::unbroken;
use crate::server::pages::shop::cart;
use crate::server::pages::{Page, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::checkout::{order_again, place_order};

/// `GET /checkout`. A cart that was ordered already gets a page that says so, never the form.
pub async fn show(visit: Visit) -> Response {
    match placed_before(&visit).await {
        Ok(Some(placed)) => already(&visit, placed, StatusCode::OK),
        Ok(None) => form_page(&visit, StatusCode::OK, OrderFormState::default()).await,
        Err(error) => problem(&visit, &error),
    }
}

/// `POST /checkout`: places the cart, or shows the form again with everything typed.
pub async fn submit(visit: Visit, fields: Fields) -> Response {
    if fields.get("action") == "order_again" {
        return match call(&visit, order_again(fields.get("key").to_owned())).await {
            Ok(()) => redirect(&visit, "/checkout"),
            Err(error) => problem(&visit, &error),
        };
    }
    let form = match fields.read::<CheckoutForm>() {
        Ok(form) => form,
        Err(error) => return problem(&visit, &error),
    };
    match call(&visit, place_order(form.clone())).await {
        Ok(placed) => redirect(&visit, &format!("/o/{}", placed.token)),
        Err(error @ AppError::OrderedAlready { .. }) => already(&visit, error, StatusCode::CONFLICT),
        Err(AppError::Invalid { fields }) => {
            let shown = OrderFormState { form, errors: in_form_order(fields), ..OrderFormState::default() };
            form_page(&visit, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
        Err(error @ (AppError::Conflict { .. } | AppError::InsufficientStock { .. } | AppError::KeyReused { .. })) => {
            let shown = OrderFormState { form, notice: error.sentence(), ..OrderFormState::default() };
            form_page(&visit, StatusCode::CONFLICT, shown).await
        }
        Err(AppError::Internal | AppError::Unreachable) => {
            let shown = OrderFormState { form, failed: true, ..OrderFormState::default() };
            form_page(&visit, StatusCode::SERVICE_UNAVAILABLE, shown).await
        }
        Err(
            error @ (AppError::NotFound { .. }
            | AppError::SignInRequired
            | AppError::Forbidden
            | AppError::TooMany { .. }
            | AppError::Unreadable { .. }),
        ) => problem(&visit, &error),
    }
}

/// The order that the visitor's cart has become, if it has.
async fn placed_before(visit: &Visit) -> Result<Option<AppError>, AppError> {
    let Some(cart) = visit.cart() else { return Ok(None) };
    let mut conn = visit.app.db.read().await?;
    let placed = orders::placed_by_key(&mut conn, cart.key.as_str()).await?;
    Ok(placed.map(|placed| ordered_already(visit, &placed)))
}

/// The form with the cart's present key and contents, so that sending it agrees to what it shows.
async fn form_page(visit: &Visit, status: StatusCode, mut shown: OrderFormState) -> Response {
    let words = visit.words();
    let quote = match cart::quote(visit).await {
        Ok(quote) => quote,
        Err(error) => return problem(visit, &error),
    };
    let Some(cart) = visit.cart().filter(|_| !quote.is_empty()) else {
        let status = if status == StatusCode::OK { status } else { StatusCode::CONFLICT };
        return respond(visit, Page::new(words.checkout_heading).status(status), || cart::empty_view(visit));
    };
    let needs_care = !quote.gone.is_empty() || quote.short_lines().next().is_some();
    if needs_care && status == StatusCode::OK {
        // The cart's page says what is wrong with which line.
        return redirect(visit, "/cart");
    }
    shown.form.key = cart.key.as_str().to_owned();
    shown.form.contents = contents_digest(&quote);
    if shown.form.country.is_empty() {
        shown.form.country = quote.country().code().to_owned();
    }
    if shown.form.payment_method.is_empty() && shown.errors.is_empty() {
        shown.form.payment_method = PaymentMethod::TABLE[0].1.to_owned();
    }
    respond(visit, Page::new(words.checkout_heading).status(status), || checkout_view(quote, shown, words))
}

fn checkout_view(quote: Quote, shown: OrderFormState, words: &'static Messages) -> AnyView {
    let summary = summary(&quote, words);
    view! {
        <div class="page-heading"><h1>{words.checkout_heading}</h1></div>
        <div class="split checkout-split">
            {summary}
            {order_form(shown, &quote, words)}
        </div>
    }
    .into_any()
}

/// What is ordered: folded on a phone, open beside the form where there is room.
fn summary(quote: &Quote, words: &'static Messages) -> AnyView {
    let several = quote.stores.len() > 1;
    let totals: Vec<String> = quote.stores.iter().map(|part| part.goods().display(part.store.currency())).collect();
    let parts = quote
        .stores
        .iter()
        .map(|part| {
            let currency = part.store.currency();
            let name = several.then(|| view! { <h3>{part.store.name.clone()}</h3> });
            view! {
                <div>
                    {name}
                    {compact_lines(part.lines.iter().map(Line::from), currency)}
                    <dl class="amounts">{amount_row("amounts-total", words.subtotal, part.goods(), currency)}</dl>
                </div>
            }
        })
        .collect_view();
    let note = several.then(|| view! { <p class="soft small">{words.cart_several_stores}</p> });
    view! {
        <details class="aside panel summary">
            <summary>
                <span class="summary-title">{words.checkout_summary}</span>
                <span class="summary-total">{totals.join(" + ")}</span>
            </summary>
            <div class="summary-body stack">
                {parts}
                {note}
                <p class="soft small">{words.cart_delivery_note}</p>
                <p><a class="link-button" href="/cart">{words.checkout_edit_cart}</a></p>
            </div>
        </details>
    }
    .into_any()
}

/// "You ordered this already": view that order, or order once more.
fn already(visit: &Visit, placed: AppError, status: StatusCode) -> Response {
    let words = visit.words();
    let key = visit.cart().map(|cart| cart.key.as_str().to_owned());
    respond(visit, Page::new(words.checkout_heading).status(status), || already_view(&placed, key, words))
}

fn already_view(placed: &AppError, key: Option<String>, words: &'static Messages) -> AnyView {
    let token = match placed {
        AppError::OrderedAlready { token, .. } => token.clone(),
        AppError::NotFound { .. }
        | AppError::SignInRequired
        | AppError::Forbidden
        | AppError::Invalid { .. }
        | AppError::Conflict { .. }
        | AppError::InsufficientStock { .. }
        | AppError::KeyReused { .. }
        | AppError::TooMany { .. }
        | AppError::Unreadable { .. }
        | AppError::Internal
        | AppError::Unreachable => None,
    };
    let look = token
        .map(|token| view! { <a class="button button-primary" href=format!("/o/{token}")>{words.already_view}</a> });
    let again = key.map(|key| {
        view! {
            <form class="stack-small" id=AGAIN_ID method="post" action="/checkout">
                <input type="hidden" name="action" value="order_again"/>
                <input type="hidden" name="key" value=key/>
                <button class="button" type="submit">{words.already_again}</button>
                <p class="hint">{words.already_again_hint}</p>
            </form>
        }
    });
    view! {
        <div class="empty">
            {icon(Icon::Parcel)}
            <h1>{unbroken(&placed.sentence())}</h1>
            <p>{words.already_hint}</p>
            {look}
            {again}
            <a class="link-button" href="/">{words.problem_home}</a>
        </div>
    }
    .into_any()
}
