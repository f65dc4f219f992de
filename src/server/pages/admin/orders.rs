//! `/admin/orders`: every order, newest first, each folded into one line.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::couriers::CourierAccount;
use crate::domain::messages::Messages;
use crate::domain::orders::{DeskFilter, DeskPage, OrderStatus};
use crate::domain::shipping::CheckRun;
use crate::error::AppError;
use crate::server::actions::desk;
use crate::server::forms::Fields;
use crate::server::pages::admin::filter::{self, Asked};
use crate::server::pages::admin::{check, live, only_store, row, test_banner};
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::{Page, Tab, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::orders::change_order;
use crate::server_fns::shipping::check_delivery_status;

/// Where the page says what came of a form whose order it does not list.
const TOP: &str = "list";
/// How often the page loads itself anew while couriers are asked, where there is no script.
const REFRESH_SECONDS: u32 = 5;

type Asking = Result<Query<HashMap<String, String>>, QueryRejection>;

/// Everything the page shows.
struct List {
    asked: Asked,
    page: DeskPage,
    accounts: Vec<CourierAccount>,
    run: Option<CheckRun>,
}

/// `GET /admin/orders`.
pub async fn show(visit: Visit, asked: Asking) -> Response {
    let asked = filter::read(&visit, &asked.map(|query| query.0).unwrap_or_default());
    answer(&visit, asked, StatusCode::OK, None).await
}

/// `POST /admin/orders`: changes one order, or asks the couriers about all of them.
pub async fn submit(visit: Visit, asked: Asking, fields: Fields) -> Response {
    let mut asked = filter::read(&visit, &asked.map(|query| query.0).unwrap_or_default());
    asked.done = None;
    if fields.get("do") == "check" {
        let started = call(&visit, check_delivery_status(fields.get("older_than_hours").to_owned())).await;
        return match started {
            Ok(_) => redirect(&visit, &format!("{}#check", filter::same(&asked.filter))),
            Err(error) => refuse(&visit, asked, check::PLACE, error).await,
        };
    }
    let (order, action) = (fields.get("order").to_owned(), fields.get("action").to_owned());
    asked.open = fields.get("reference").to_owned();
    match call(&visit, change_order(order, action.clone(), fields.get("note").to_owned())).await {
        Ok(_) => redirect(&visit, &filter::after(&asked.filter, &asked.open, &action)),
        Err(error) => {
            let place = asked.open.clone();
            refuse(&visit, asked, &place, error).await
        }
    }
}

async fn refuse(visit: &Visit, asked: Asked, place: &str, error: AppError) -> Response {
    match Told::refused(place, error) {
        Ok((status, told)) => answer(visit, asked, status, Some(told)).await,
        Err(error) => problem(visit, &error),
    }
}

async fn load(visit: &Visit, asked: Asked) -> Result<List, AppError> {
    let page = desk::page(&visit.app, &asked.filter).await?;
    let accounts = desk::accounts(&visit.app, only_store(visit)).await?;
    let run = desk::latest_check(&visit.app, only_store(visit)).await?;
    Ok(List { asked, page, accounts, run })
}

async fn answer(visit: &Visit, asked: Asked, status: StatusCode, told: Option<Told>) -> Response {
    let words = visit.words();
    match load(visit, asked).await {
        Ok(list) => {
            let told = told.or_else(|| said(&list.asked, words));
            let mut page = Page::desk(words.desk_orders, Some(Tab::Orders)).status(status);
            if list.run.as_ref().is_some_and(CheckRun::is_running) {
                page.refresh_seconds = Some(REFRESH_SECONDS);
            }
            respond(visit, page, || list_view(&list, told, words))
        }
        Err(error) => problem(visit, &error),
    }
}

/// What the address says was done.
fn said(asked: &Asked, words: &'static Messages) -> Option<Told> {
    let action = asked.done.filter(|_| !asked.open.is_empty())?;
    Some(Told::done(&asked.open, (words.desk_done)(&asked.open, words.action_done(action))))
}

fn list_view(list: &List, told: Option<Told>, words: &'static Messages) -> AnyView {
    let filter = &list.asked.filter;
    // A changed order may have left the list, and what was said must not go with it.
    let is_listed = |told: &Told| {
        told.place == check::PLACE || list.page.orders.iter().any(|entry| entry.order.reference == told.place)
    };
    let told = told.map(|told| if is_listed(&told) { told } else { Told { place: TOP.to_owned(), ..told } });
    let told = told.as_ref();
    let inner = view! {
        {told_at(told, TOP, words)}
        {test_banner(&list.accounts, words)}
        {tabs(&list.page, filter, words)}
        {rows(list, told, words)}
        {check::panel(list.run.as_ref(), &list.accounts, &filter::same(filter), told, words)}
    };
    view! {
        <div class="stack">
            <div class="desk-top">
                <h1>{words.desk_orders}</h1>
                {search(filter, words)}
            </div>
            {live(inner.into_any())}
        </div>
    }
    .into_any()
}

fn search(filter: &DeskFilter, words: &'static Messages) -> AnyView {
    let status = filter.status.map(|status| view! { <input type="hidden" name="status" value=status.code()/> });
    view! {
        <form class="search desk-search" role="search" action="/admin/orders" method="get">
            {status}
            <label class="visually-hidden" for="desk-search">{words.desk_search}</label>
            <input class="input" id="desk-search" type="search" name="q" placeholder=words.desk_search_placeholder
                autocomplete="off" maxlength="100" value=filter.search.clone()/>
            <button class="search-button" type="submit" aria-label=words.search_button>{icon(Icon::Search)}</button>
        </form>
    }
    .into_any()
}

fn tabs(page: &DeskPage, filter: &DeskFilter, words: &'static Messages) -> AnyView {
    let tab = |status: Option<OrderStatus>, name: &'static str, count: i64| {
        let current = (filter.status == status).then_some("true");
        view! {
            <li>
                <a class="chip" href=filter::href(status, &filter.search, None) aria-current=current>
                    {name} <span class="chip-count">{count}</span>
                </a>
            </li>
        }
    };
    let all = tab(None, words.desk_all, page.counts.iter().map(|(_, count)| count).sum());
    let rest =
        page.counts.iter().map(|(status, count)| tab(Some(*status), words.desk_status(*status), *count)).collect_view();
    view! { <nav aria-label=words.desk_states><ul class="chips">{all} {rest}</ul></nav> }.into_any()
}

fn rows(list: &List, told: Option<&Told>, words: &'static Messages) -> AnyView {
    let filter = &list.asked.filter;
    if list.page.orders.is_empty() {
        let (heading, hint) = if filter.search.is_empty() && filter.status.is_none() {
            (words.desk_none, words.desk_none_hint)
        } else {
            (words.home_empty, words.desk_none_found_hint)
        };
        return view! {
            <div class="empty" id="orders">
                {icon(Icon::Parcel)}
                <h2>{heading}</h2>
                <p>{hint}</p>
            </div>
        }
        .into_any();
    }
    let back = filter::same(filter);
    let rows = list
        .page
        .orders
        .iter()
        .map(|entry| {
            let reference = &entry.order.reference;
            let is_open = *reference == list.asked.open || told.is_some_and(|told| told.place == *reference);
            row::row(entry, is_open, &back, told, words)
        })
        .collect_view();
    let older = list.page.older.map(|before| {
        let href = filter::href(filter.status, &filter.search, Some(before));
        view! { <a class="button" rel="next" href=href>{words.desk_older}</a> }
    });
    let newest = filter.before.map(|_| {
        view! { <a class="button" href=filter::href(filter.status, &filter.search, None)>{words.desk_newest}</a> }
    });
    view! {
        <ul class="desk-rows" id="orders">{rows}</ul>
        <nav class="pages" aria-label=words.pages_label>{newest} {older}</nav>
    }
    .into_any()
}
