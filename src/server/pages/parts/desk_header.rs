//! The top of the merchant's pages: its few pages, the way to the shop, the way out.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::domain::staff::Access;
use crate::server::pages::Tab;
use crate::server::pages::parts::icons::{Icon, icon, mark};
use crate::server::visit::Visit;

/// Every page of the desk with who may see it.
const TABS: [(Tab, Access, &str, Icon); 4] = [
    (Tab::Orders, Access::Seller, "/admin/orders", Icon::List),
    (Tab::Handover, Access::Seller, "/admin/handover", Icon::Parcel),
    (Tab::Couriers, Access::Admin, "/admin/couriers", Icon::Truck),
    (Tab::Webhooks, Access::Staff, "/admin/webhooks", Icon::Plug),
];

/// The header; without pages for somebody who is not signed in.
pub fn desk_header(visit: &Visit, tab: Option<Tab>, words: &'static Messages) -> AnyView {
    let role = visit.identity.as_ref().map(|identity| identity.role);
    let links = TABS
        .into_iter()
        .filter(|(_, access, _, _)| access.allows(role))
        .map(|(of, _, href, drawing)| {
            let current = (tab == Some(of)).then_some("page");
            view! {
                <li><a class="desk-tab" href=href aria-current=current>{icon(drawing)} {label(of, words)}</a></li>
            }
        })
        .collect_view();
    let nav = role
        .map(|_| view! { <nav class="desk-nav" aria-label=words.desk_nav><ul class="desk-tabs">{links}</ul></nav> });
    let leave = role.map(|_| {
        view! {
            <form action="/logout" method="post">
                <button class="site-nav-link" type="submit" aria-label=words.nav_log_out>
                    {icon(Icon::Leave)} <span class="label-wide">{words.nav_log_out}</span>
                </button>
            </form>
        }
    });
    view! {
        <header class="site-header">
            <a class="skip-link" href="#main">{words.skip_to_content}</a>
            <div class="page-width desk-header-row">
                <a class="brand" href="/admin/orders">{mark()} {words.shop_name} <span class="badge">{words.desk_name}</span></a>
                {nav}
                <div class="site-nav">
                    <a class="site-nav-link" href="/" aria-label=words.desk_shop>
                        {icon(Icon::Bag)} <span class="label-wide">{words.desk_shop}</span>
                    </a>
                    {leave}
                </div>
            </div>
        </header>
    }
    .into_any()
}

fn label(tab: Tab, words: &'static Messages) -> &'static str {
    match tab {
        Tab::Orders => words.desk_orders,
        Tab::Handover => words.handover_heading,
        Tab::Couriers => words.desk_couriers,
        Tab::Webhooks => words.desk_webhooks,
    }
}
