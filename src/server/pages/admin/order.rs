//! `/admin/orders/{id}`: everything of one order, and everything that can be done to it.

use std::collections::HashMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::clean_line;
use crate::domain::couriers::CourierAccount;
use crate::domain::messages::Messages;
use crate::domain::orders::{DeskOrder, OrderStatus, ShipmentView};
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::rates::Offered;
use crate::server::actions::{desk, rates};
use crate::server::couriers;
use crate::server::forms::Fields;
use crate::server::pages::admin::acts::{self, Act};
use crate::server::pages::admin::{busy_button, cases, live, offers, only_store, parcel, row, test_banner};
use crate::server::pages::parts::fields::field_id;
use crate::server::pages::parts::status::desk_status;
use crate::server::pages::parts::text::unbroken;
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::parts::tracking::history;
use crate::server::pages::{Page, Tab, problem, redirect, respond};
use crate::server::visit::Visit;

/// Where the page says what came of changing the order itself.
pub const ORDER: &str = "order";
/// Where it says what came of booking a courier.
pub const NEW_PARCEL: &str = "new-parcel";

/// Everything the page shows.
pub struct Desk {
    /// The order.
    pub entry: DeskOrder,
    /// The courier accounts of its store.
    pub accounts: Vec<CourierAccount>,
    /// What couriers would carry it for, where somebody wants to know.
    pub offered: Option<Vec<Offered>>,
    /// What came of the last form.
    pub told: Option<Told>,
    /// What was typed into it.
    pub typed: Fields,
    /// The page's own address, which every form is sent to.
    pub back: String,
}

/// `GET /admin/orders/{id}`, with `?done=&at=` saying what was just done where.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    asked: Result<Query<HashMap<String, String>>, QueryRejection>,
) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    let text = |name: &str| asked.get(name).map(|typed| clean_line(typed)).unwrap_or_default();
    let words = visit.words();
    let told = Act::parse(&text("done")).map(|act| Told::done(&text("at"), act.done(words)));
    let offered = match text("prices").as_str() {
        "yes" => match rates::for_order(&visit.app, &Actor::of(&visit), &id).await {
            Ok(offered) => Some(offered),
            Err(error) => return problem(&visit, &error),
        },
        _ => None,
    };
    answer(&visit, &id, StatusCode::OK, told, Shown { typed: Fields::parse(b""), offered }).await
}

/// What a page shows beside the order and what came of the last form.
struct Shown {
    typed: Fields,
    offered: Option<Vec<Offered>>,
}

/// `POST /admin/orders/{id}`: does one thing to the order, a parcel or an open question.
pub async fn submit(visit: Visit, Path(id): Path<String>, fields: Fields) -> Response {
    let Some(act) = Act::parse(fields.get("do")) else {
        let error = AppError::Unreadable { message: visit.words().error_unreadable.to_owned() };
        return problem(&visit, &error);
    };
    let place = act.place(&fields);
    match acts::run(&visit, act, &fields).await {
        Ok(()) => redirect(&visit, &format!("{}?done={}&at={place}#told-{place}", address(&id), act.code())),
        Err(error) => match Told::refused(&place, error) {
            Ok((status, told)) => answer(&visit, &id, status, Some(told), Shown { typed: fields, offered: None }).await,
            Err(error) => problem(&visit, &error),
        },
    }
}

fn address(id: &str) -> String {
    format!("/admin/orders/{}", crate::domain::whatsapp::percent_encode(id))
}

async fn load(visit: &Visit, id: &str) -> Result<(DeskOrder, Vec<CourierAccount>), AppError> {
    let entry = desk::order(&visit.app, &clean_line(id), only_store(visit)).await?;
    let mut accounts = desk::accounts(&visit.app, Some(&entry.store.id)).await?;
    accounts.retain(|account| account.is_enabled);
    Ok((entry, accounts))
}

async fn answer(visit: &Visit, id: &str, status: StatusCode, told: Option<Told>, shown: Shown) -> Response {
    let words = visit.words();
    match load(visit, id).await {
        Ok((entry, accounts)) => {
            let page = Page::desk((words.order_heading)(&entry.order.reference), Some(Tab::Orders)).status(status);
            let Shown { typed, offered } = shown;
            let desk = Desk { entry, accounts, offered, told, typed, back: address(id) };
            respond(visit, page, || view(&desk, words))
        }
        Err(error) => problem(visit, &error),
    }
}

fn view(desk: &Desk, words: &'static Messages) -> AnyView {
    let DeskOrder { order, store, .. } = &desk.entry;
    let recalled =
        desk.entry.is_recalled.then(|| view! { <span class="badge badge-warn">{words.desk_recalled}</span> });
    let inner = view! {
        {test_banner(&desk.accounts, words)}
        <div class="row">
            {desk_status(order.status, words)}
            {recalled}
            <span class="soft">{store.name.clone()} " · " {moment(order.created_at, store.country)}</span>
        </div>
        {cases::panel(desk, words)}
        <div class="desk-columns">
            <div class="stack">
                {acts_panel(desk, words)}
                {new_parcel(desk, words)}
                {desk.entry.shipments.iter().map(|parcel| parcel::panel(desk, parcel, words)).collect_view()}
            </div>
            <div class="stack">
                <div class="panel stack">{row::customer(order, words)} {row::items(order, words)}</div>
                <div class="panel stack">{history(&desk.entry, words)} {page_link(desk, words)}</div>
            </div>
        </div>
    };
    view! {
        <div class="stack">
            <div class="stack-small">
                <p><a class="link-button" href="/admin/orders">{words.desk_all_orders}</a></p>
                <h1>{unbroken(&(words.order_heading)(&order.reference))}</h1>
            </div>
            {live(inner.into_any())}
        </div>
    }
    .into_any()
}

fn page_link(desk: &Desk, words: &'static Messages) -> AnyView {
    let href = format!("/o/{}", desk.entry.token);
    view! { <p><a class="link-button" href=href>{words.desk_customer_page}</a></p> }.into_any()
}

fn acts_panel(desk: &Desk, words: &'static Messages) -> AnyView {
    let DeskOrder { order, store, .. } = &desk.entry;
    view! {
        <section class="panel stack-small" id="acts" aria-labelledby="next">
            <h2 id="next">{words.desk_next}</h2>
            {told_at(desk.told.as_ref(), ORDER, words)}
            {row::confirm(order, &desk.back, words)}
            <div class="row">{row::contact(order, store, words)}</div>
            {row::status_menu(order, &desk.back, words)}
        </section>
    }
    .into_any()
}

/// Booking a courier, or writing down a parcel that was booked elsewhere.
fn new_parcel(desk: &Desk, words: &'static Messages) -> AnyView {
    let order = &desk.entry.order;
    let has_room = !desk.entry.shipments.iter().any(ShipmentView::is_live);
    let is_its_time = match order.status {
        OrderStatus::Confirmed | OrderStatus::Processing | OrderStatus::Shipped => true,
        OrderStatus::Pending
        | OrderStatus::OutForDelivery
        | OrderStatus::Delivered
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => false,
    };
    if !has_room || !is_its_time {
        // What the last attempt came to is said all the same.
        return told_at(desk.told.as_ref(), NEW_PARCEL, words);
    }
    let has_rates =
        |account: &CourierAccount| couriers::of(account.provider).is_some_and(|courier| courier.capabilities().rates);
    let can_be_asked = desk.accounts.iter().any(has_rates);
    let none = desk.accounts.is_empty().then(|| view! { <p class="notice">{words.parcel_no_courier}</p> });
    view! {
        <section class="panel stack" id="shipment" aria-labelledby="new-parcel">
            <h2 id="new-parcel">{words.parcel_new}</h2>
            {told_at(desk.told.as_ref(), NEW_PARCEL, words)}
            {none}
            {book(desk, words)}
            {offers::panel(desk, can_be_asked, words)}
            {attach(desk, words)}
        </section>
    }
    .into_any()
}

fn book(desk: &Desk, words: &'static Messages) -> AnyView {
    let books =
        |account: &&CourierAccount| couriers::of(account.provider).is_some_and(|courier| courier.capabilities().books);
    let options: Vec<_> = desk.accounts.iter().filter(books).map(|account| option(account, "", words)).collect();
    if options.is_empty() {
        return ().into_any();
    }
    view! {
        <form class="field" id="book" method="post" action=desk.back.clone()>
            <input type="hidden" name="do" value=Act::Book.code()/>
            <input type="hidden" name="order" value=desk.entry.order.id.to_string()/>
            <label class="label" for=field_id("book-courier")>{words.parcel_courier}</label>
            <div class="desk-pair">
                <select class="input" id=field_id("book-courier") name="courier">{options}</select>
                {busy_button("button button-primary", words.parcel_create, words.parcel_creating)}
            </div>
            <p class="hint">{words.parcel_create_hint}</p>
        </form>
    }
    .into_any()
}

fn attach(desk: &Desk, words: &'static Messages) -> AnyView {
    if desk.accounts.is_empty() {
        return ().into_any();
    }
    let is_told = desk.told.as_ref().is_some_and(|told| told.place == NEW_PARCEL && !told.is_good);
    let (chosen, awb) = if is_told { (desk.typed.get("courier"), desk.typed.get("awb")) } else { ("", "") };
    let options = desk.accounts.iter().map(|account| option(account, chosen, words)).collect_view();
    view! {
        <details class="more" id="attach" open=!awb.is_empty()>
            <summary>{words.parcel_attach}</summary>
            <form class="stack-small" method="post" action=desk.back.clone()>
                <input type="hidden" name="do" value=Act::Attach.code()/>
                <input type="hidden" name="order" value=desk.entry.order.id.to_string()/>
                <div class="field">
                    <label class="label" for=field_id("attach-courier")>{words.parcel_courier}</label>
                    <select class="input" id=field_id("attach-courier") name="courier">{options}</select>
                </div>
                <div class="field">
                    <label class="label" for=field_id("attach-awb")>{words.parcel_awb}</label>
                    <input class="input" id=field_id("attach-awb") name="awb" autocomplete="off" required
                        value=awb.to_owned()/>
                </div>
                {busy_button("button", words.parcel_attach_button, words.desk_saving)}
            </form>
        </details>
    }
    .into_any()
}

fn option(account: &CourierAccount, chosen: &str, words: &'static Messages) -> AnyView {
    let name = if account.is_test { (words.desk_test_account)(&account.name) } else { account.name.clone() };
    view! { <option value=account.slug.clone() selected=chosen == account.slug>{name}</option> }.into_any()
}
