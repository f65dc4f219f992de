//! `/cart`: what the visitor has put together, by store.

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::{Quote, QuoteLine, StoreQuote};
use crate::domain::ids::VariantId;
use crate::domain::messages::Messages;
use crate::domain::money::Currency;
use crate::error::{AppError, FieldError};
use crate::islands::checkout::CART_ID;
use crate::server::db::catalogue;
use crate::server::forms::Fields;
use crate::server::pages::parts::fields::error_summary;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::lines::amount_row;
use crate::server::pages::parts::picture::{Urgency, picture};
use crate::server::pages::{Page, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::cart::set_cart_line;

const PICTURE_SIDE_PX: u32 = 160;

/// A change that was refused: the line, what was typed, and why.
struct Refused {
    variant: String,
    quantity: String,
    errors: Vec<FieldError>,
}

/// `GET /cart`.
pub async fn show(visit: Visit) -> Response {
    answer(&visit, None).await
}

/// `POST /cart`: sets the quantity of a line, zero to remove it.
pub async fn change(visit: Visit, fields: Fields) -> Response {
    let (variant, quantity) = (fields.get("variant").to_owned(), fields.get("quantity").to_owned());
    match call(&visit, set_cart_line(variant.clone(), quantity.clone())).await {
        Ok(_) => redirect(&visit, "/cart"),
        Err(AppError::Invalid { fields }) => answer(&visit, Some(Refused { variant, quantity, errors: fields })).await,
        Err(error) => problem(&visit, &error),
    }
}

/// What the visitor's cart costs now; an empty quote without a cart.
pub async fn quote(visit: &Visit) -> Result<Quote, AppError> {
    let Some(cart) = visit.cart() else { return Ok(Quote::default()) };
    let mut conn = visit.app.db.read().await?;
    Ok(catalogue::quote(&mut conn, &cart).await?)
}

async fn answer(visit: &Visit, refused: Option<Refused>) -> Response {
    let words = visit.words();
    match quote(visit).await {
        Ok(quote) => {
            let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let page = Page::new(words.cart_heading).status(status);
            respond(visit, page, || {
                view! { <div id=CART_ID>{cart_view(visit, quote, refused.as_ref(), words)}</div> }.into_any()
            })
        }
        Err(error) => problem(visit, &error),
    }
}

/// The page of an empty cart; the checkout shows it too. Whoever has just ordered is looking for
/// that order here.
pub fn empty_view(visit: &Visit) -> AnyView {
    let words = visit.words();
    let ordered = visit.last_placed().map(|token| {
        view! {
            <div class="notice notice-good">
                <p>{words.cart_ordered_hint}</p>
                <a href=format!("/o/{token}")>{words.resent_view}</a>
            </div>
        }
    });
    view! {
        <div class="empty">
            {icon(Icon::Bag)}
            <h1>{words.cart_empty_heading}</h1>
            <p>{words.cart_empty_hint}</p>
            {ordered}
            <a class="button button-primary" href="/">{words.cart_start}</a>
        </div>
    }
    .into_any()
}

fn cart_view(visit: &Visit, quote: Quote, refused: Option<&Refused>, words: &'static Messages) -> AnyView {
    if quote.is_empty() && quote.gone.is_empty() {
        return empty_view(visit);
    }
    let several = (quote.stores.len() > 1).then(|| view! { <p class="notice">{words.cart_several_stores}</p> });
    let stores = quote.stores.iter().map(|part| store_lines(part, refused, words)).collect_view();
    view! {
        <div class="page-heading">
            <h1>{words.cart_heading}</h1>
            <p class="soft">{(words.item_count)(quote.item_count())}</p>
        </div>
        <div class="split">
            <div class="stack">
                {refused.map(|refused| error_summary(&refused.errors, |_| format!("#{}", quantity_id(&refused.variant)), words))}
                {several}
                {gone_lines(&quote.gone, words)}
                {stores}
            </div>
            {aside(&quote, words)}
        </div>
    }
    .into_any()
}

fn gone_lines(gone: &[VariantId], words: &'static Messages) -> AnyView {
    gone.iter()
        .map(|variant| {
            view! {
                <div class="notice notice-warn row-apart">
                    <p>{words.cart_gone}</p>
                    {remove_form(variant, words.cart_remove.to_owned(), words)}
                </div>
            }
        })
        .collect_view()
        .into_any()
}

fn store_lines(part: &StoreQuote, refused: Option<&Refused>, words: &'static Messages) -> AnyView {
    let currency = part.store.currency();
    let lines = part.lines.iter().map(|line| line_view(line, currency, refused, words)).collect_view();
    let title = format!("store-{}", part.store.slug);
    view! {
        <section class="panel stack" aria-labelledby=title>
            <h2 id=title.clone()>{part.store.name.clone()}</h2>
            <ul class="lines">{lines}</ul>
        </section>
    }
    .into_any()
}

fn line_view(line: &QuoteLine, currency: Currency, refused: Option<&Refused>, words: &'static Messages) -> AnyView {
    let label = line.label();
    let full_name =
        if label.is_empty() { line.product_name.clone() } else { format!("{}, {label}", line.product_name) };
    let label = (!label.is_empty()).then(|| view! { <p class="soft">{label}</p> });
    let each = (line.quantity > 1)
        .then(|| view! { <p class="soft small">{(words.price_each)(&line.unit_price.display(currency))}</p> });
    let short = line.is_short().then(|| view! { <p class="field-error">{(words.cart_line_short)(line.available)}</p> });
    let refused = refused.filter(|refused| refused.variant == line.variant_id.as_str());
    view! {
        <li class="line">
            <div class="line-picture">{picture(line.picture.as_ref(), "", PICTURE_SIDE_PX, Urgency::Lazy)}</div>
            <div class="line-body">
                <div class="row row-apart">
                    <h3><a class="line-name" href=format!("/p/{}", line.product_slug)>{line.product_name.clone()}</a></h3>
                    <p class="price number">{line.subtotal().display(currency)}</p>
                </div>
                {label}
                {each}
                {short}
            </div>
            <div class="line-controls">
                {quantity_form(line, &full_name, refused, words)}
                {remove_form(&line.variant_id, (words.cart_remove_of)(&full_name), words)}
            </div>
        </li>
    }
    .into_any()
}

fn quantity_id(variant: &str) -> String {
    format!("quantity-{variant}")
}

fn quantity_form(line: &QuoteLine, full_name: &str, refused: Option<&Refused>, words: &'static Messages) -> AnyView {
    let id = quantity_id(line.variant_id.as_str());
    let error_id = format!("{id}-error");
    let (value, error) = match refused {
        Some(refused) => (refused.quantity.clone(), refused.errors.first().map(|error| error.message.clone())),
        None => (line.quantity.to_string(), None),
    };
    let invalid = error.is_some().then_some("true");
    let described_by = error.is_some().then(|| error_id.clone());
    let sentence = error.map(|message| view! { <p class="field-error" id=error_id>{message}</p> });
    view! {
        <form class="stack-small" method="post" action="/cart" novalidate>
            <input type="hidden" name="variant" value=line.variant_id.to_string()/>
            <div class="line-quantity">
                <label class="visually-hidden" for=id.clone()>{(words.cart_quantity_of)(full_name)}</label>
                <input class="input" id=id name="quantity" type="number" inputmode="numeric" min="0" max="999" value=value
                    aria-invalid=invalid aria-describedby=described_by/>
                <button class="button" type="submit" aria-label=(words.cart_update_of)(full_name)>{words.cart_update}</button>
            </div>
            {sentence}
        </form>
    }
    .into_any()
}

fn remove_form(variant: &VariantId, label: String, words: &'static Messages) -> AnyView {
    view! {
        <form method="post" action="/cart">
            <input type="hidden" name="variant" value=variant.to_string()/>
            <input type="hidden" name="quantity" value="0"/>
            <button class="button-quiet" type="submit" aria-label=label>{words.cart_remove}</button>
        </form>
    }
    .into_any()
}

/// Subtotals and the way on. Lines that cannot be ordered hold it back: they are on this page.
fn aside(quote: &Quote, words: &'static Messages) -> AnyView {
    let several = quote.stores.len() > 1;
    let subtotals = quote
        .stores
        .iter()
        .map(|part| {
            let store = several.then(|| view! { <p class="soft small">{part.store.name.clone()}</p> });
            view! {
                <div>
                    {store}
                    <dl class="amounts">{amount_row("", words.subtotal, part.goods(), part.store.currency())}</dl>
                </div>
            }
        })
        .collect_view();
    let needs_care = !quote.gone.is_empty() || quote.short_lines().next().is_some();
    let way_on = if needs_care {
        view! { <p class="notice notice-warn">{words.cart_needs_care}</p> }.into_any()
    } else {
        view! {
            <a class="button button-whatsapp button-wide" href="/checkout">{icon(Icon::Chat)} {words.cart_checkout}</a>
        }
        .into_any()
    };
    view! {
        <section class="aside panel stack-small" aria-label=words.subtotal>
            {subtotals}
            <p class="soft small">{words.cart_delivery_note}</p>
            {way_on}
            <a class="button button-wide" href="/">{words.cart_keep_shopping}</a>
        </section>
    }
    .into_any()
}
