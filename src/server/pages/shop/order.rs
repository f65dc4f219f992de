//! `/o/{token}`: a placed checkout.
//!
//! Its main element is an ordinary link to WhatsApp, which nothing can block (N1). Whoever has the link
//! sees states, items and the city; the full message is only for the browser that placed it (N16). What
//! happens to the order shows while one looks.

use axum::extract::Path;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::catalogue::Store;
use crate::domain::checkout::{CartKey, PlacedCheckout};
use crate::domain::messages::Messages;
use crate::domain::orders::{Order, OrderStatus, TrackedOrder};
use crate::domain::time::MINUTE_MS;
use crate::domain::whatsapp;
use crate::error::AppError;
use crate::islands::live::LiveRegion;
use crate::islands::orders::OpenWhatsApp;
use crate::server::actions::desk;
use crate::server::db::orders;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::lines::{Line, amounts, compact_lines};
use crate::server::pages::parts::status::order_status;
use crate::server::pages::parts::text::unbroken;
use crate::server::pages::parts::time;
use crate::server::pages::{Page, parts, problem, respond};
use crate::server::visit::Visit;

/// How long after placing WhatsApp may open by itself. Later the customer is here to look.
const OPENS_BY_ITSELF_MS: i64 = 15 * MINUTE_MS;

/// The id of the part of the page that stays up to date.
const REGION: &str = "placed";

/// One order as the page shows it.
struct Shown {
    store: Store,
    order: Order,
    /// Link of the main button.
    href: String,
    /// Whether it sends the order's message.
    sends: bool,
}

/// The id of the part of an order's page that stays up to date.
pub fn follow_id(reference: &str) -> String {
    format!("follow-{reference}")
}

/// Where an order's page hears that something has changed.
pub fn follow_url(token: &str) -> String {
    format!("/o/{token}/events")
}

/// `GET /o/{token}`.
pub async fn show(visit: Visit, Path(token): Path<String>) -> Response {
    match load(&visit, &token).await {
        Ok((placed, tracked)) => answer(&visit, placed, tracked),
        Err(error) => problem(&visit, &error),
    }
}

async fn load(visit: &Visit, token: &str) -> Result<(PlacedCheckout, Vec<TrackedOrder>), AppError> {
    // Tokens have the shape of keys: anything else is not looked for.
    let token = CartKey::parse(token).ok_or_else(|| AppError::not_found("Order"))?;
    let placed = {
        let mut conn = visit.app.db.read().await?;
        orders::placed_by_token(&mut conn, token.as_str()).await?.ok_or_else(|| AppError::not_found("Order"))?
    };
    let tracked = desk::tracked_by_token(&visit.app, token.as_str()).await?;
    Ok((placed, tracked))
}

fn answer(visit: &Visit, placed: PlacedCheckout, tracked: Vec<TrackedOrder>) -> Response {
    let words = visit.words();
    let is_own = visit.placed_here(&placed.token);
    let references = placed.references().join(", ");
    // Once a shop has answered, there is no message left to send.
    let is_new = is_own && placed.orders.iter().all(|(_, order)| order.status == OrderStatus::Pending);
    let title = if is_new { words.order_saved.to_owned() } else { (words.order_heading)(&references) };
    let is_fresh = placed.created_at.plus(OPENS_BY_ITSELF_MS) > visit.app.clock.now();
    let page_url = format!("{}/o/{}", visit.site_url(), placed.token);
    let shown: Vec<Shown> = placed
        .orders
        .into_iter()
        .map(|(store, order)| {
            let sends = is_own && order.status == OrderStatus::Pending;
            let text = if sends {
                whatsapp::order_text(&order, &store.name, &page_url, words)
            } else {
                whatsapp::reference_text(&order.reference, &store.name, words)
            };
            let href = whatsapp::link(Some(&store.whatsapp_phone), &text);
            Shown { store, order, href, sends }
        })
        .collect();
    // With several stores the customer decides whom to write to first.
    let opens = match shown.as_slice() {
        [only] if only.sends && is_fresh => Some(only.href.clone()),
        _ => None,
    };
    let token = placed.token;
    let hints = follow_url(&token);
    respond(visit, Page::new(title.clone()), || {
        let opener = opens.map(|href| view! { <OpenWhatsApp href=href token=token/> });
        view! {
            <div class="narrow stack" id=REGION>
                {if is_new { saved(shown.len(), words) } else { view! { <h1>{unbroken(&title)}</h1> }.into_any() }}
                {shown.into_iter().map(|shown| order_view(shown, &tracked, words)).collect_view()}
                {is_new.then(|| next_steps(words))}
                <p><a class="link-button" href="/">{words.cart_keep_shopping}</a></p>
            </div>
            <LiveRegion region=REGION.to_owned() hints=hints source=String::new()/>
            {opener}
        }
        .into_any()
    })
}

fn saved(orders: usize, words: &'static Messages) -> AnyView {
    let step = if orders == 1 { words.order_one_step.to_owned() } else { (words.order_steps)(orders) };
    view! {
        <div class="saved">
            <span class="saved-mark">{icon(Icon::Tick)}</span>
            <h1>{words.order_saved}</h1>
            <p>{step}</p>
        </div>
    }
    .into_any()
}

fn order_view(shown: Shown, tracked: &[TrackedOrder], words: &'static Messages) -> AnyView {
    let Shown { store, order, href, sends } = shown;
    let label = if sends { words.checkout_send } else { words.order_ask };
    let title = format!("order-{}", order.reference);
    let follow = tracked.iter().find(|tracked| tracked.reference == order.reference).map(|found| {
        view! { <div class="stack" id=follow_id(&order.reference)>{parts::tracking::tracked(found, words)}</div> }
    });
    let main = view! { <a class="button button-whatsapp button-wide" href=href>{icon(Icon::Chat)} {label}</a> };
    view! {
        <section class="panel stack" aria-labelledby=title>
            <div class="stack-small">
                <h2 id=title.clone()>{store.name.clone()}</h2>
                {main}
            </div>
            {facts(&store, &order, words)}
            {follow}
            <div class="stack-small">
                <h3>{words.order_items}</h3>
                {compact_lines(order.items.iter().map(Line::from), order.currency)}
                {amounts(&order.money, order.currency, words)}
            </div>
        </section>
    }
    .into_any()
}

fn facts(store: &Store, order: &Order, words: &'static Messages) -> AnyView {
    let placed_at = time::local(order.created_at, store.country);
    view! {
        <dl class="facts">
            <div>
                <dt>{words.order_reference}</dt>
                <dd class="reference">{order.reference.clone()}</dd>
            </div>
            <div>
                <dt>{words.order_status}</dt>
                <dd>{order_status(order.status, words)}</dd>
            </div>
            <div>
                <dt>{words.order_placed_at}</dt>
                <dd><time datetime=time::machine(order.created_at)>{placed_at}</time></dd>
            </div>
            <div>
                <dt>{words.order_goes_to}</dt>
                <dd>{order.address.city.clone()}</dd>
            </div>
            <div>
                <dt>{words.order_payment}</dt>
                <dd>{words.payment_method(order.payment_method)}</dd>
            </div>
        </dl>
    }
    .into_any()
}

fn next_steps(words: &'static Messages) -> AnyView {
    let steps = [words.order_next_send, words.order_next_confirm, words.order_next_follow];
    view! {
        <section class="stack-small" aria-labelledby="next">
            <h2 id="next">{words.order_next}</h2>
            <ol class="steps">{steps.map(|step| view! { <li><span>{step}</span></li> }).collect_view()}</ol>
        </section>
    }
    .into_any()
}
