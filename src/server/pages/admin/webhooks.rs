//! `/admin/webhooks`: what couriers have pushed to us, what became of it, and what was turned away.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::clean_line;
use crate::domain::couriers::CourierAccount;
use crate::domain::customers::Country;
use crate::domain::messages::Messages;
use crate::domain::time::UnixMillis;
use crate::domain::webhooks::{Finding, PushView, RefusalView, hook_path, judge_site};
use crate::error::AppError;
use crate::server::actions::desk;
use crate::server::actions::doctor::{self, Examined};
use crate::server::db::catalogue;
use crate::server::forms::Fields;
use crate::server::pages::admin::{codes, live, only_store};
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::{Page, Tab, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::webhooks::replay_webhook;

/// States of a stored push, in the order of the filter.
const STATES: [&str; 5] = ["queued", "applied", "unmatched", "dead", "ignored"];
/// Those that can be read once more.
const REPLAYABLE: [&str; 3] = ["dead", "unmatched", "applied"];
const TOP: &str = "webhooks";

type Asking = Result<Query<HashMap<String, String>>, QueryRejection>;

struct Shown {
    state: Option<&'static str>,
    before: Option<UnixMillis>,
    pushes: Vec<PushView>,
    refusals: Vec<RefusalView>,
    /// What is known of the accounts' webhooks.
    examined: Vec<Examined>,
    /// What is wrong with the shop's own address.
    site: Vec<Finding>,
    /// Whose clock the page follows.
    country: Country,
    site_url: String,
}

/// `GET /admin/webhooks`, with `?state=&before=`.
pub async fn show(visit: Visit, asked: Asking) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    let done = asked.contains_key("done").then(|| Told::done(TOP, visit.words().webhook_replayed));
    answer(&visit, &asked, StatusCode::OK, done).await
}

/// `POST /admin/webhooks`: reads a stored push once more.
pub async fn submit(visit: Visit, asked: Asking, fields: Fields) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    match call(&visit, replay_webhook(fields.get("push").to_owned())).await {
        Ok(()) => {
            let list = href(state_of(&asked), before_of(&asked));
            let joint = if list.contains('?') { '&' } else { '?' };
            redirect(&visit, &format!("{list}{joint}done=replay"))
        }
        Err(error) => match Told::refused(TOP, error) {
            Ok((status, told)) => answer(&visit, &asked, status, Some(told)).await,
            Err(error) => problem(&visit, &error),
        },
    }
}

fn state_of(asked: &HashMap<String, String>) -> Option<&'static str> {
    let typed = asked.get("state").map(|typed| clean_line(typed)).unwrap_or_default();
    STATES.into_iter().find(|state| *state == typed)
}

fn before_of(asked: &HashMap<String, String>) -> Option<UnixMillis> {
    asked.get("before").and_then(|typed| typed.parse().ok()).map(UnixMillis)
}

fn href(state: Option<&str>, before: Option<UnixMillis>) -> String {
    let state = state.map(|state| format!("state={state}"));
    let before = before.map(|before| format!("before={}", before.0));
    let parts: Vec<String> = state.into_iter().chain(before).collect();
    if parts.is_empty() { "/admin/webhooks".to_owned() } else { format!("/admin/webhooks?{}", parts.join("&")) }
}

async fn load(visit: &Visit, asked: &HashMap<String, String>) -> Result<Shown, AppError> {
    let (state, before) = (state_of(asked), before_of(asked));
    let pushes = desk::pushes(&visit.app, only_store(visit), state, before).await?;
    let refusals = desk::refusals(&visit.app).await?;
    let site_url = visit.site_url();
    let examined = doctor::examine(&visit.app, only_store(visit), &site_url).await?;
    // A shop that was never told its address is known by the one it is looked at by; a demo has its couriers
    // beside it.
    let site = if visit.app.config.demo { Vec::new() } else { judge_site(Some(&site_url)) };
    let mut conn = visit.app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    let country = stores.first().map_or(Country::IN, |store| store.country);
    Ok(Shown { state, before, pushes, refusals, examined, site, country, site_url })
}

async fn answer(visit: &Visit, asked: &HashMap<String, String>, status: StatusCode, told: Option<Told>) -> Response {
    let words = visit.words();
    match load(visit, asked).await {
        Ok(shown) => {
            let page = Page::desk(words.desk_webhooks, Some(Tab::Webhooks)).status(status);
            respond(visit, page, || view(&shown, told.as_ref(), words))
        }
        Err(error) => problem(visit, &error),
    }
}

fn view(shown: &Shown, told: Option<&Told>, words: &'static Messages) -> AnyView {
    let inner = view! {
        {told_at(told, TOP, words)}
        {addresses(shown, words)}
        <section class="stack" aria-labelledby="pushes">
            <h2 id="pushes">{words.webhook_pushes}</h2>
            {tabs(shown, words)}
            {pushes(shown, words)}
        </section>
        {refusals(shown, words)}
    };
    view! {
        <div class="stack">
            <div class="stack-small">
                <h1>{words.desk_webhooks}</h1>
                <p class="soft">{words.webhook_hint} " " {(words.webhook_zone)(shown.country.time_zone())}</p>
                <p><a href=codes::HERE>{words.codes_heading}</a></p>
            </div>
            {live(inner.into_any())}
        </div>
    }
    .into_any()
}

/// Where each courier pushes to, and when it last did.
fn addresses(shown: &Shown, words: &'static Messages) -> AnyView {
    let rows = shown
        .examined
        .iter()
        .map(|one| {
            let account = &one.account.shown;
            let last = match one.facts.last_push_at {
                Some(at) => view! { <span>{words.webhook_last} " " {moment(at, shown.country)}</span> }.into_any(),
                None => view! { <span>{words.webhook_never}</span> }.into_any(),
            };
            view! {
                <li class="panel stack-small" id=format!("courier-{}", account.id)>
                    <div class="row row-apart">
                        <h2 class="desk-title">{account.name.clone()}</h2>
                        <p class="soft small">{last}</p>
                    </div>
                    {findings(&one.findings, words)}
                    {address(account, &shown.site_url, words)}
                </li>
            }
        })
        .collect_view();
    if shown.examined.is_empty() {
        return ().into_any();
    }
    view! {
        {findings(&shown.site, words)}
        <ul class="desk-grid">{rows}</ul>
    }
    .into_any()
}

/// What is to be said about webhooks; that nothing came yet is said beside the address already.
fn findings(found: &[Finding], words: &'static Messages) -> AnyView {
    found
        .iter()
        .filter(|finding| **finding != Finding::NeverPushed)
        .map(|finding| {
            let class = if finding.is_wrong() { "notice notice-warn" } else { "soft small" };
            view! { <p class=class>{words.finding(finding)}</p> }
        })
        .collect_view()
        .into_any()
}

/// The address to paste at the courier.
pub fn address(account: &CourierAccount, site_url: &str, words: &'static Messages) -> AnyView {
    let url = format!("{site_url}{}", hook_path(&account.webhook_token));
    view! {
        <div>
            <p class="small soft">{words.webhook_address}</p>
            <p class="reference webhook-url">{url}</p>
        </div>
    }
    .into_any()
}

fn tabs(shown: &Shown, words: &'static Messages) -> AnyView {
    let tab = |state: Option<&'static str>, name: &'static str| {
        let current = (shown.state == state).then_some("true");
        view! { <li><a class="chip" href=href(state, None) aria-current=current>{name}</a></li> }
    };
    let rest = STATES.into_iter().map(|state| tab(Some(state), words.push_state(state))).collect_view();
    view! { <nav aria-label=words.desk_states><ul class="chips">{tab(None, words.desk_all)} {rest}</ul></nav> }
        .into_any()
}

fn pushes(shown: &Shown, words: &'static Messages) -> AnyView {
    if shown.pushes.is_empty() {
        return view! {
            <div class="empty" id="push-list">
                {icon(Icon::Plug)}
                <h3>{words.webhook_none}</h3>
                <p>{words.webhook_none_hint}</p>
            </div>
        }
        .into_any();
    }
    let back = href(shown.state, shown.before);
    let rows = shown.pushes.iter().map(|push| push_row(push, shown.country, &back, words)).collect_view();
    let newest = shown.before.map(|_| view! { <a class="button" href=href(shown.state, None)>{words.desk_newest}</a> });
    let is_full = i64::try_from(shown.pushes.len()).is_ok_and(|count| count >= desk::PUSHES_SHOWN);
    let older = shown.pushes.last().filter(|_| is_full).map(|push| {
        view! { <a class="button" rel="next" href=href(shown.state, Some(push.received_at))>{words.desk_older}</a> }
    });
    view! {
        <ul class="desk-rows" id="push-list">{rows}</ul>
        <nav class="pages" aria-label=words.pages_label>{newest} {older}</nav>
    }
    .into_any()
}

fn push_row(push: &PushView, country: Country, back: &str, words: &'static Messages) -> AnyView {
    let class = match push.state.as_str() {
        "applied" => "badge badge-good",
        "dead" => "badge badge-bad",
        "unmatched" => "badge badge-warn",
        _ => "badge",
    };
    let error =
        push.error.clone().filter(|error| !error.is_empty()).map(|error| view! { <p class="field-error">{error}</p> });
    let attempts = (push.attempts > 1)
        .then(|| view! { <span class="soft small">{(words.webhook_attempts)(push.attempts)}</span> });
    let replay = REPLAYABLE.contains(&push.state.as_str()).then(|| {
        view! {
            <form method="post" action=back.to_owned()>
                <input type="hidden" name="push" value=push.id.clone()/>
                <button class="button button-small" type="submit" data-busy=words.webhook_replaying
                    aria-label=(words.webhook_replay_of)(push.awb.as_deref().unwrap_or_default())>
                    {words.webhook_replay}
                </button>
            </form>
        }
    });
    view! {
        <li class="panel push" id=format!("push-{}", push.id)>
            <div class="stack-small">
                <div class="row">
                    <span class=class>{words.push_state(&push.state)}</span>
                    <strong>{push.courier_name.clone()}</strong>
                    <span class="desk-reference">{push.awb.clone().unwrap_or_default()}</span>
                    <span>{push.event_type.clone().unwrap_or_default()}</span>
                    {attempts}
                </div>
                {error}
                <p class="soft small">{moment(push.received_at, country)}</p>
            </div>
            {replay}
        </li>
    }
    .into_any()
}

fn refusals(shown: &Shown, words: &'static Messages) -> AnyView {
    if shown.refusals.is_empty() {
        return ().into_any();
    }
    let rows = shown
        .refusals
        .iter()
        .map(|refusal| {
            view! {
                <tr>
                    <td>{moment(refusal.last_at, shown.country)}</td>
                    <td>{words.verdict(&refusal.verdict)}</td>
                    <td>{refusal.courier_name.clone().unwrap_or_default()}</td>
                    <td class="desk-reference">{refusal.route.clone()}</td>
                    <td class="desk-reference">{refusal.ip.clone()}</td>
                    <td class="number">{refusal.repeats}</td>
                </tr>
            }
        })
        .collect_view();
    let heads = [
        words.webhook_when,
        words.webhook_why,
        words.desk_courier,
        words.webhook_route,
        words.webhook_from,
        words.webhook_times,
    ];
    let heads = heads.map(|head| view! { <th scope="col">{head}</th> }).collect_view();
    view! {
        <div class="stack-small">
            <h2 id="refusals">{words.webhook_refused}</h2>
            <p class="soft">{words.webhook_refused_hint}</p>
            <div class="table-frame table-tight" tabindex="0" role="region" aria-labelledby="refusals">
                <table>
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}
