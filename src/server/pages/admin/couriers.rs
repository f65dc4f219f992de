//! `/admin/couriers`: the courier accounts of every store, and the form that adds or changes one.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::catalogue::Store;
use crate::domain::checkout::clean_line;
use crate::domain::couriers::{CourierAccount, CourierForm, Provider, WebhookMode};
use crate::domain::customers::Country;
use crate::domain::ids::CourierId;
use crate::domain::messages::Messages;
use crate::domain::time::UnixMillis;
use crate::domain::whatsapp::percent_encode;
use crate::error::AppError;
use crate::server::actions::{desk, mappings};
use crate::server::couriers;
use crate::server::db::catalogue;
use crate::server::forms::Fields;
use crate::server::pages::admin::codes;
use crate::server::pages::admin::courier_form::{self, Editing};
use crate::server::pages::admin::row::fact;
use crate::server::pages::admin::webhooks::address;
use crate::server::pages::admin::{only_store, sends_in_place, test_banner};
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::{Page, Tab, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::couriers::save_courier;

/// Where the page says what came of the form.
pub const PLACE: &str = "courier";

/// Everything the page shows.
pub struct Shown {
    /// Every account.
    pub accounts: Vec<CourierAccount>,
    /// Every store.
    pub stores: Vec<Store>,
    /// What came of the form.
    pub told: Option<Told>,
    /// Accounts that do not answer, and how long they are left alone.
    left_alone: Vec<(CourierId, Duration)>,
    /// Codes that nobody knows.
    unknown_codes: usize,
    site_url: String,
}

/// `GET /admin/couriers`, with `?edit=&store=` or `?new=` saying which form is open.
pub async fn show(visit: Visit, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    let text = |name: &str| asked.get(name).map(|typed| clean_line(typed)).unwrap_or_default();
    let told = asked.contains_key("done").then(|| Told::done(PLACE, visit.words().done_courier));
    let shown = match load(&visit, told).await {
        Ok(shown) => shown,
        Err(error) => return problem(&visit, &error),
    };
    let editing = match (text("edit"), text("new")) {
        (slug, _) if !slug.is_empty() => courier_form::edit(&shown, &slug, &text("store")),
        (_, provider) if !provider.is_empty() => {
            provider.parse().ok().and_then(|provider| courier_form::add(&shown, provider))
        }
        _ => None,
    };
    answer(&visit, StatusCode::OK, &shown, editing)
}

/// `POST /admin/couriers`: saves an account, or shows its form again.
pub async fn save(visit: Visit, fields: Fields) -> Response {
    let form = match fields.read::<CourierForm>() {
        Ok(form) => form,
        Err(error) => return problem(&visit, &error),
    };
    let error = match call(&visit, save_courier(form.clone())).await {
        Ok(_) => return redirect(&visit, "/admin/couriers?done=saved"),
        Err(error) => error,
    };
    let (status, told) = match Told::refused(PLACE, error) {
        Ok(refused) => refused,
        Err(error) => return problem(&visit, &error),
    };
    let errors = told.fields.clone();
    match load(&visit, Some(told).filter(|told| told.fields.is_empty())).await {
        Ok(shown) => {
            let editing = courier_form::again(&shown, form, errors);
            answer(&visit, status, &shown, editing)
        }
        Err(error) => problem(&visit, &error),
    }
}

async fn load(visit: &Visit, told: Option<Told>) -> Result<Shown, AppError> {
    let accounts = desk::accounts(&visit.app, only_store(visit)).await?;
    let mut conn = visit.app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    drop(conn);
    let unknown_codes = mappings::codes(&visit.app, only_store(visit)).await?.unknown.len();
    let quiet =
        |account: &CourierAccount| visit.app.outbound.left_alone(&account.id).map(|wait| (account.id.clone(), wait));
    let left_alone = accounts.iter().filter_map(quiet).collect();
    Ok(Shown { left_alone, unknown_codes, accounts, stores, told, site_url: visit.site_url() })
}

fn answer(visit: &Visit, status: StatusCode, shown: &Shown, editing: Option<Editing>) -> Response {
    let words = visit.words();
    let page = Page::desk(words.desk_couriers, Some(Tab::Couriers)).status(status);
    respond(visit, page, || view(shown, editing, words))
}

fn view(shown: &Shown, editing: Option<Editing>, words: &'static Messages) -> AnyView {
    let is_editing = editing.is_some();
    let inner = view! {
        {told_at(shown.told.as_ref(), PLACE, words)}
        {test_banner(&shown.accounts, words)}
        {editing.map(|editing| courier_form::view(editing, shown, words))}
        {(!shown.accounts.is_empty() || !is_editing).then(|| list(shown, words))}
        {adding(words)}
        {(!shown.accounts.is_empty()).then(|| view! { <p><a href=codes::HERE>{(words.codes_link)(shown.unknown_codes)}</a></p> })}
    };
    view! {
        <div class="stack">
            <div class="stack-small">
                <h1>{words.desk_couriers}</h1>
                <p class="soft">{words.courier_hint}</p>
            </div>
            {sends_in_place(inner.into_any())}
        </div>
    }
    .into_any()
}

/// The couriers this version speaks to.
fn spoken() -> impl Iterator<Item = (Provider, &'static str, &'static str)> {
    Provider::TABLE.iter().filter_map(|(provider, code)| {
        couriers::of(*provider).map(|courier| (*provider, *code, courier.capabilities().name))
    })
}

/// The name of a courier for people.
pub fn provider_name(provider: Provider) -> &'static str {
    couriers::of(provider).map_or(provider.code(), |courier| courier.capabilities().name)
}

fn adding(words: &'static Messages) -> AnyView {
    let links = spoken()
        .map(|(_, code, name)| {
            let href = format!("/admin/couriers?new={code}#courier-form");
            view! { <a class="button" href=href>{(words.courier_add)(name)}</a> }
        })
        .collect_view();
    view! { <div class="row" id="adding">{links}</div> }.into_any()
}

fn list(shown: &Shown, words: &'static Messages) -> AnyView {
    if shown.accounts.is_empty() {
        return view! {
            <div class="empty" id="couriers">
                {icon(Icon::Truck)}
                <h2>{words.courier_none}</h2>
                <p>{words.courier_none_hint}</p>
            </div>
        }
        .into_any();
    }
    let rows = shown.accounts.iter().map(|account| account_card(account, shown, words)).collect_view();
    view! { <ul class="desk-grid" id="couriers">{rows}</ul> }.into_any()
}

fn account_card(account: &CourierAccount, shown: &Shown, words: &'static Messages) -> AnyView {
    let store = shown.stores.iter().find(|store| store.id == account.store_id);
    let country = store.map_or(Country::IN, |store| store.country);
    let (store_name, store_slug) = store.map(|store| (store.name.clone(), store.slug.clone())).unwrap_or_default();
    let (class, state) = if account.is_enabled {
        ("badge badge-good", words.courier_enabled)
    } else {
        ("badge", words.courier_disabled)
    };
    let test = account.is_test.then(|| view! { <span class="badge badge-warn">{words.desk_test}</span> });
    let href = format!(
        "/admin/couriers?edit={}&store={}#courier-form",
        percent_encode(&account.slug),
        percent_encode(&store_slug)
    );
    let secrets = couriers::of(account.provider).is_some_and(|courier| !courier.capabilities().credentials.is_empty());
    let credentials =
        secrets.then(|| fact(words.courier_credentials, set_on(account.credentials_set_at, country, words)));
    let pushes = account.webhook_mode != WebhookMode::None;
    let left_alone = shown.left_alone.iter().find(|(id, _)| *id == account.id).map(|(_, wait)| {
        let sentence = (words.courier_left_alone)(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).saturating_add(1));
        view! { <p class="notice notice-warn" role="status">{sentence}</p> }
    });
    let slug = view! { <span class="reference">{account.slug.clone()}</span> };
    let secret = pushes.then(|| fact(words.courier_secret, set_on(account.webhook_secret_set_at, country, words)));
    view! {
        <li class="panel stack-small" id=format!("account-{}", account.id)>
            <div class="row row-apart">
                <h2>{account.name.clone()}</h2>
                <div class="row"><span class=class>{state}</span> {test}</div>
            </div>
            {left_alone}
            <dl class="facts">
                {fact(words.desk_store, store_name.into_any())}
                {fact(words.courier_provider, provider_name(account.provider).into_any())}
                {fact(words.courier_slug_label, slug.into_any())}
                {credentials}
                {secret}
            </dl>
            {pushes.then(|| address(account, &shown.site_url, words))}
            <div class="row">
                <a class="button" href=href aria-label=(words.courier_edit_of)(&account.name)>{words.courier_edit}</a>
            </div>
        </li>
    }
    .into_any()
}

/// When a secret was set; never what it is.
pub fn set_on(at: Option<UnixMillis>, country: Country, words: &'static Messages) -> AnyView {
    match at {
        Some(at) => view! { <span>{words.courier_set} " " {moment(at, country)}</span> }.into_any(),
        None => words.courier_not_set.into_any(),
    }
}
