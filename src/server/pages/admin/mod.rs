//! The merchant's desk: orders, parcels, couriers and what couriers push. Every page works without
//! script; with it, a region of the page stays up to date and its forms are sent in place.
//!
//! `login` · `orders` the list with `filter` its address and `row` a folded order · `order` one order with
//! `acts` its forms, `parcel` a parcel of it, `papers` what is asked about it, `offers` what
//! booking would cost and `cases` its open questions · `check` asking couriers about
//! everything · `handover` what waits for a courier · `couriers` accounts with `courier_form` ·
//! `codes` what their codes mean · `webhooks`.

pub mod acts;
pub mod cases;
pub mod check;
pub mod codes;
pub mod courier_form;
pub mod couriers;
pub mod filter;
pub mod handover;
pub mod login;
pub mod offers;
pub mod order;
pub mod orders;
pub mod papers;
pub mod parcel;
pub mod row;
pub mod webhooks;

use axum::extract::{Path, RawQuery};
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::couriers::CourierAccount;
use crate::domain::ids::StoreId;
use crate::domain::messages::Messages;
use crate::islands::live::LiveRegion;
use crate::server::pages::redirect;
use crate::server::visit::Visit;

/// The id of the part of a page that stays up to date.
pub const REGION: &str = "desk";
/// Where the desk hears that something has changed.
const HINTS: &str = "/admin/events";

/// The only store whoever asks may see; `None` is all of them.
pub fn only_store(visit: &Visit) -> Option<&StoreId> {
    visit.identity.as_ref().and_then(|identity| identity.store_id.as_ref())
}

/// `/admin`: the desk begins with its orders.
pub async fn start(visit: Visit) -> Response {
    redirect(&visit, "/admin/orders")
}

/// `/mb-admin/…`, where the desk was once.
pub async fn moved(visit: Visit, Path(rest): Path<String>, RawQuery(query): RawQuery) -> Response {
    let rest: Vec<String> = rest.split('/').map(crate::domain::whatsapp::percent_encode).collect();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    redirect(&visit, &format!("/admin/{}{query}", rest.join("/")))
}

/// A part of a page that stays up to date, with the island that sees to it beside it.
fn live(inner: AnyView) -> AnyView {
    view! {
        <div class="stack" id=REGION tabindex="-1">{inner}</div>
        <LiveRegion region=REGION.to_owned() hints=HINTS.to_owned() source=String::new()/>
    }
    .into_any()
}

/// A part of a page whose forms are sent in place.
fn sends_in_place(inner: AnyView) -> AnyView {
    view! {
        <div class="stack" id=REGION tabindex="-1">{inner}</div>
        <LiveRegion region=REGION.to_owned() hints=String::new() source=String::new()/>
    }
    .into_any()
}

/// Says which accounts are test accounts: their parcels never travel (K42).
fn test_banner(accounts: &[CourierAccount], words: &'static Messages) -> AnyView {
    let names: Vec<&str> = accounts
        .iter()
        .filter(|account| account.is_enabled && account.is_test)
        .map(|account| account.name.as_str())
        .collect();
    if names.is_empty() {
        return ().into_any();
    }
    view! { <p class="notice notice-warn">{(words.desk_test_mode)(&names.join(", "))}</p> }.into_any()
}

/// A button that says so while its form is on its way.
fn busy_button(class: &'static str, label: &'static str, busy: &'static str) -> AnyView {
    view! { <button class=class type="submit" data-busy=busy>{label}</button> }.into_any()
}
