//! `/admin/couriers/codes`: codes of couriers that nobody knows, what the merchant has said about codes, and
//! what would come of saying something. Nothing is saved before it was shown what that changes.

use std::collections::HashMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;

use crate::domain::catalogue::Store;
use crate::domain::checkout::clean_line;
use crate::domain::customers::Country;
use crate::domain::ids::CourierId;
use crate::domain::mappings::{CodeForm, CodeKey, OwnCode, Reread, UnknownCode, assignable};
use crate::domain::messages::Messages;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::mappings::{self, Codes, Plan};
use crate::server::db::catalogue;
use crate::server::forms::Fields;
use crate::server::pages::admin::row::fact;
use crate::server::pages::admin::{busy_button, only_store};
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::{Page, Tab, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::mappings::{assign_code, remove_code};

/// Where the page is.
pub const HERE: &str = "/admin/couriers/codes";
const PLACE: &str = "codes";

type Asked = HashMap<String, String>;

struct Shown {
    codes: Codes,
    stores: Vec<Store>,
    plan: Option<Plan>,
    told: Option<Told>,
}

impl Shown {
    fn courier(&self, id: &CourierId) -> String {
        self.codes.accounts.iter().find(|one| one.id == *id).map(|one| one.name.clone()).unwrap_or_default()
    }

    /// Whose clock an account follows.
    fn country(&self, id: &CourierId) -> Country {
        let account = self.codes.accounts.iter().find(|one| one.id == *id);
        let store = account.and_then(|account| self.stores.iter().find(|store| store.id == account.store_id));
        store.map_or(Country::IN, |store| store.country)
    }
}

/// `GET /admin/couriers/codes`; with a code and `meaning` it shows what saving that would change, with
/// `row` what taking that row back would.
pub async fn show(visit: Visit, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map(|query| query.0).unwrap_or_default();
    let told = asked.contains_key("done").then(|| Told::done(PLACE, saved(&asked, visit.words())));
    let actor = Actor::of(&visit);
    let plan = if let Some(row) = asked.get("row") {
        mappings::plan_removal(&visit.app, &actor, &clean_line(row)).await.map(Some)
    } else if asked.contains_key("meaning") {
        mappings::plan_assignment(&visit.app, &actor, &form_of(&asked)).await.map(Some)
    } else {
        Ok(None)
    };
    match plan {
        Ok(plan) => answer(&visit, StatusCode::OK, plan, told).await,
        Err(error) => refuse(&visit, error).await,
    }
}

/// `POST /admin/couriers/codes`: saves what a code means, or takes it back.
pub async fn submit(visit: Visit, fields: Fields) -> Response {
    let done = match fields.get("do") {
        "remove" => call(&visit, remove_code(fields.get("row").to_owned())).await,
        "assign" => match fields.read::<CodeForm>() {
            Ok(form) => call(&visit, assign_code(form)).await,
            Err(error) => Err(error),
        },
        _ => Err(AppError::Unreadable { message: visit.words().error_unreadable.to_owned() }),
    };
    match done {
        Ok(Reread { events, moved, is_more, .. }) => {
            let more = if is_more { "&more=1" } else { "" };
            redirect(&visit, &format!("{HERE}?done=1&events={events}&moved={moved}{more}"))
        }
        Err(error) => refuse(&visit, error).await,
    }
}

/// `GET /admin/couriers/codes.json`: what merchants have explained, to be shared.
pub async fn export(visit: Visit) -> Response {
    match mappings::shared(&visit.app, only_store(&visit)).await {
        Ok(codes) => {
            let headers = [
                (CONTENT_TYPE, "application/json"),
                (CONTENT_DISPOSITION, "attachment; filename=\"courier-codes.json\""),
                (CACHE_CONTROL, "no-store"),
            ];
            (headers, serde_json::to_string_pretty(&codes).unwrap_or_default()).into_response()
        }
        Err(error) => problem(&visit, &error),
    }
}

fn form_of(asked: &Asked) -> CodeForm {
    let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
    CodeForm {
        courier: text("courier"),
        leg: text("leg"),
        id_space: text("id_space"),
        kind: text("kind"),
        text: text("text"),
        code: text("code"),
        meaning: text("meaning"),
    }
}

fn saved(asked: &Asked, words: &'static Messages) -> String {
    let count = |name: &str| asked.get(name).and_then(|typed| typed.parse::<u32>().ok()).unwrap_or(0) as usize;
    let sentence = (words.code_saved)(count("events"), count("moved"));
    if asked.contains_key("more") { format!("{sentence} {}", words.code_saved_more) } else { sentence }
}

async fn refuse(visit: &Visit, error: AppError) -> Response {
    match Told::refused(PLACE, error) {
        Ok((status, mut told)) => {
            // The page has no fields to say it at.
            told.sentence = told.fields.first().map_or(told.sentence, |field| field.message.clone());
            answer(visit, status, None, Some(told)).await
        }
        Err(error) => problem(visit, &error),
    }
}

async fn answer(visit: &Visit, status: StatusCode, plan: Option<Plan>, told: Option<Told>) -> Response {
    let words = visit.words();
    match load(visit, plan, told).await {
        Ok(shown) => {
            let page = Page::desk(words.codes_heading, Some(Tab::Couriers)).status(status);
            respond(visit, page, || view(&shown, words))
        }
        Err(error) => problem(visit, &error),
    }
}

async fn load(visit: &Visit, plan: Option<Plan>, told: Option<Told>) -> Result<Shown, AppError> {
    let codes = mappings::codes(&visit.app, only_store(visit)).await?;
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    Ok(Shown { codes, stores, plan, told })
}

fn view(shown: &Shown, words: &'static Messages) -> AnyView {
    view! {
        <div class="stack">
            <div class="stack-small">
                <h1>{words.codes_heading}</h1>
                <p class="soft">{words.codes_hint}</p>
            </div>
            {told_at(shown.told.as_ref(), PLACE, words)}
            {shown.plan.as_ref().map(|plan| planned(plan, shown, words))}
            <section class="stack-small" aria-labelledby="unknown">
                <h2 id="unknown">{words.codes_unknown}</h2>
                {unknown(shown, words)}
            </section>
            <section class="stack-small" aria-labelledby="own">
                <h2 id="own">{words.codes_own}</h2>
                {own(shown, words)}
            </section>
        </div>
    }
    .into_any()
}

/// What is about to be saved, and what would come of it.
fn planned(plan: &Plan, shown: &Shown, words: &'static Messages) -> AnyView {
    let (courier, code) = (shown.courier(&plan.key.courier), plan.key.code.display());
    let title = match plan.meaning {
        Some(meaning) => (words.code_plan)(&courier, &code, words.meaning(meaning)),
        None => (words.code_plan_removal)(&courier, &code),
    };
    let Reread { events, parcels, moved, orders, is_more } = plan.forecast;
    let more = is_more.then(|| view! { <p>{words.code_forecast_more}</p> });
    let (act, fields, button) = match (&plan.meaning, &plan.row) {
        (Some(meaning), _) => {
            let chosen = view! { {names(&plan.key)} <input type="hidden" name="meaning" value=meaning.code()/> };
            ("assign", chosen.into_any(), words.code_save)
        }
        (None, row) => {
            let row = row.clone().unwrap_or_default();
            ("remove", view! { <input type="hidden" name="row" value=row/> }.into_any(), words.code_remove_now)
        }
    };
    view! {
        <section class="panel panel-warn stack-small" id="plan" aria-labelledby="plan-title">
            <h2 id="plan-title">{title}</h2>
            <p class="soft small">{words.leg(plan.key.leg)}</p>
            <p>{(words.code_forecast)(events, parcels, moved, orders)}</p>
            {more}
            <p class="soft small">{words.code_rules}</p>
            <div class="row">
                <form method="post" action=HERE>
                    <input type="hidden" name="do" value=act/>
                    {fields}
                    {busy_button("button button-primary", button, words.desk_saving)}
                </form>
                <a class="button" href=HERE>{words.code_cancel}</a>
            </div>
        </section>
    }
    .into_any()
}

/// A code in the fields of a form.
fn names(key: &CodeKey) -> AnyView {
    let fields = [
        ("courier", key.courier.to_string()),
        ("leg", key.leg.code().to_owned()),
        ("id_space", key.code.id_space.clone()),
        ("kind", key.code.kind.clone()),
        ("text", key.code.text.clone()),
        ("code", key.code.code.clone()),
    ];
    fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
        .into_any()
}

fn unknown(shown: &Shown, words: &'static Messages) -> AnyView {
    if shown.codes.unknown.is_empty() {
        return view! {
            <div class="empty">
                {icon(Icon::Tick)}
                <h3>{words.codes_unknown_none}</h3>
            </div>
        }
        .into_any();
    }
    let cards = shown.codes.unknown.iter().enumerate().map(|(at, one)| unknown_card(at, one, shown, words));
    view! { <ul class="desk-grid" id="unknown-codes">{cards.collect_view()}</ul> }.into_any()
}

fn unknown_card(at: usize, one: &UnknownCode, shown: &Shown, words: &'static Messages) -> AnyView {
    let (code, country) = (one.key.code.display(), shown.country(&one.key.courier));
    let number = one.awb.clone().unwrap_or_else(|| one.order_reference.clone());
    let example = view! { <a href=format!("/admin/orders/{}", one.order_reference)>{number}</a> };
    let said = (!one.activity.is_empty()).then(|| fact(words.code_words, one.activity.clone().into_any()));
    let options = assignable()
        .map(|meaning| view! { <option value=meaning.code()>{words.meaning(meaning)}</option> })
        .collect_view();
    let id = format!("meaning-{at}");
    view! {
        <li class="panel stack-small">
            <h3 class="courier-code">{code.clone()}</h3>
            <p class="soft small">
                {shown.courier(&one.key.courier)} " · " {words.leg(one.key.leg)} " · " {(words.code_times)(one.times)}
            </p>
            <dl class="facts">
                {fact(words.code_first, moment(one.first_at, country))}
                {fact(words.code_last, moment(one.last_at, country))}
                {fact(words.code_example, example.into_any())}
                {said}
            </dl>
            <form method="get" action=format!("{HERE}#plan")>
                {names(&one.key)}
                <label class="label" for=id.clone()>{words.code_means}</label>
                <div class="desk-pair">
                    <select class="input" id=id name="meaning" required>
                        <option value="" selected>{words.code_choose_first}</option>
                        {options}
                    </select>
                    <button class="button" type="submit" aria-label=(words.code_preview_of)(&code)>
                        {words.code_preview}
                    </button>
                </div>
            </form>
        </li>
    }
    .into_any()
}

fn own(shown: &Shown, words: &'static Messages) -> AnyView {
    if shown.codes.own.is_empty() {
        return view! { <p class="soft">{words.codes_own_none}</p> }.into_any();
    }
    let rows = shown.codes.own.iter().map(|one| own_row(one, shown, words)).collect_view();
    view! {
        <ul class="desk-rows" id="own-codes">{rows}</ul>
        <div class="row">
            <a class="button" href=format!("{HERE}.json") download="courier-codes.json">{words.codes_export}</a>
            <p class="soft small">{words.codes_export_hint}</p>
        </div>
    }
    .into_any()
}

fn own_row(one: &OwnCode, shown: &Shown, words: &'static Messages) -> AnyView {
    let code = one.key.code.display();
    let country = shown.country(&one.key.courier);
    view! {
        <li class="panel push">
            <div class="stack-small">
                <div class="row">
                    <span class="courier-code">{code.clone()}</span>
                    <span class="badge">{words.meaning(one.meaning)}</span>
                </div>
                <p class="soft small">
                    {shown.courier(&one.key.courier)} " · " {words.leg(one.key.leg)} " · "
                    {(words.code_by)(words.author(&one.author_kind))} " · " {moment(one.created_at, country)}
                </p>
            </div>
            <form method="get" action=format!("{HERE}#plan")>
                <input type="hidden" name="row" value=one.id.clone()/>
                <button class="button button-small" type="submit" aria-label=(words.code_remove_of)(&code)>
                    {words.code_remove}
                </button>
            </form>
        </li>
    }
    .into_any()
}
