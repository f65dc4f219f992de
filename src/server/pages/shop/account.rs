//! `/account/orders`: the orders of whoever is signed in.

use axum::response::Response;
use leptos::prelude::*;

use crate::domain::catalogue::Store;
use crate::domain::messages::Messages;
use crate::domain::orders::Order;
use crate::error::AppError;
use crate::server::db;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::lines::{Line, amounts, compact_lines};
use crate::server::pages::parts::status::order_status;
use crate::server::pages::parts::time;
use crate::server::pages::{Page, problem, redirect, respond};
use crate::server::visit::Visit;

/// The newest orders are enough to find the one that is on its way.
const ORDERS_SHOWN: i64 = 50;

/// `GET /account/orders`.
pub async fn orders(visit: Visit) -> Response {
    let Some(identity) = &visit.identity else {
        return redirect(&visit, "/login?next=/account/orders");
    };
    let words = visit.words();
    let found = match &identity.user_id {
        Some(user) => load(&visit, user).await,
        // A token of a program has no orders of its own.
        None => Ok(Vec::new()),
    };
    match found {
        Ok(found) => respond(&visit, Page::new(words.account_heading), || orders_view(found, words)),
        Err(error) => problem(&visit, &error),
    }
}

async fn load(visit: &Visit, user: &crate::domain::ids::UserId) -> Result<Vec<(Store, Order)>, AppError> {
    let mut conn = visit.app.db.read().await?;
    Ok(db::orders::of_user(&mut conn, user, ORDERS_SHOWN).await?)
}

fn orders_view(found: Vec<(Store, Order)>, words: &'static Messages) -> AnyView {
    if found.is_empty() {
        return view! {
            <div class="empty">
                {icon(Icon::Parcel)}
                <h1>{words.account_heading}</h1>
                <p>{words.account_empty}</p>
                <a class="button button-primary" href="/">{words.cart_start}</a>
            </div>
        }
        .into_any();
    }
    let rows = found.into_iter().map(|(store, order)| order_row(&store, &order, words)).collect_view();
    view! {
        <div class="narrow">
            <div class="page-heading"><h1>{words.account_heading}</h1></div>
            <ul class="stack">{rows}</ul>
        </div>
    }
    .into_any()
}

fn order_row(store: &Store, order: &Order, words: &'static Messages) -> AnyView {
    view! {
        <li class="panel stack-small">
            <div class="row row-apart">
                <h2 class="reference">{order.reference.clone()}</h2>
                {order_status(order.status, words)}
            </div>
            <p class="soft">
                {store.name.clone()} " · "
                <time datetime=time::machine(order.created_at)>{time::local(order.created_at, store.country)}</time>
            </p>
            {compact_lines(order.items.iter().map(Line::from), order.currency)}
            {amounts(&order.money, order.currency, words)}
        </li>
    }
    .into_any()
}
