//! `/admin/handover`: what is packed and waits for its courier: labels for all of it, a manifest, a rider.
//! Its forms have several buttons, so that they are sent as plain forms.

use std::collections::{BTreeMap, HashMap};

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{Capabilities, CourierAccount};
use crate::domain::customers::Country;
use crate::domain::ids::ShipmentId;
use crate::domain::messages::Messages;
use crate::error::AppError;
use crate::server::actions::papers::PARCELS_MAX;
use crate::server::actions::{checking, desk};
use crate::server::couriers;
use crate::server::db::catalogue;
use crate::server::db::papers::{self, ListedManifest};
use crate::server::db::shipping::Shipment;
use crate::server::forms::Fields;
use crate::server::pages::admin::{only_store, test_banner};
use crate::server::pages::parts::text::unbroken;
use crate::server::pages::parts::time::moment;
use crate::server::pages::parts::told::{Told, told_at};
use crate::server::pages::{Page, Tab, call, problem, redirect, respond};
use crate::server::visit::Visit;
use crate::server_fns::shipping::{fetch_label, make_manifest, request_pickup};

const HERE: &str = "/admin/handover";
const PLACE: &str = "handover";
/// Parcels of all accounts that are looked at.
const WAITING_MAX: i64 = 500;
const MANIFESTS_SHOWN: i64 = 20;

struct Shown {
    accounts: Vec<CourierAccount>,
    waiting: Vec<Shipment>,
    references: BTreeMap<ShipmentId, String>,
    labelled: Vec<ShipmentId>,
    manifests: Vec<ListedManifest>,
    country: Country,
}

/// `GET /admin/handover`.
pub async fn show(visit: Visit, asked: Result<Query<HashMap<String, String>>, QueryRejection>) -> Response {
    let done = asked.ok().and_then(|query| query.0.get("done").map(|typed| clean_line(typed)));
    let words = visit.words();
    let told = done.and_then(|done| match done.as_str() {
        "labels" => Some(words.handover_labelled),
        "manifest" => Some(words.handover_manifested),
        "pickup" => Some(words.done_pickup),
        _ => None,
    });
    answer(&visit, StatusCode::OK, told.map(|sentence| Told::done(PLACE, sentence))).await
}

/// `POST /admin/handover`: does one thing with the chosen parcels.
pub async fn submit(visit: Visit, fields: Fields) -> Response {
    let chosen: Vec<String> = fields.all("shipment").map(str::to_owned).collect();
    let what = fields.get("do").to_owned();
    let done = match what.as_str() {
        "labels" => labels(&visit, &chosen).await,
        "manifest" => call(&visit, make_manifest(chosen)).await.map(drop),
        "pickup" => call(&visit, request_pickup(chosen, fields.get("day").to_owned())).await.map(drop),
        _ => Err(AppError::Unreadable { message: visit.words().error_unreadable.to_owned() }),
    };
    match done {
        Ok(()) => redirect(&visit, &format!("{HERE}?done={what}#told-{PLACE}")),
        Err(error) => match Told::refused(PLACE, error) {
            Ok((status, mut told)) => {
                // The page has no fields to say it at.
                told.sentence = told.fields.first().map_or(told.sentence, |field| field.message.clone());
                answer(&visit, status, Some(told)).await
            }
            Err(error) => problem(&visit, &error),
        },
    }
}

/// Fetches the labels of the chosen parcels; one that cannot be had does not keep the others waiting.
async fn labels(visit: &Visit, chosen: &[String]) -> Result<(), AppError> {
    if chosen.is_empty() || chosen.len() > PARCELS_MAX {
        return Err(AppError::invalid("shipments", (visit.words().paper_count)(PARCELS_MAX)));
    }
    let mut failure = None;
    for shipment in chosen {
        if let Err(error) = call(visit, fetch_label(shipment.clone())).await {
            failure = Some(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn load(visit: &Visit) -> Result<Shown, AppError> {
    let store = only_store(visit);
    let mut accounts = desk::accounts(&visit.app, store).await?;
    accounts.retain(|account| account.is_enabled);
    let waiting = papers::waiting_for_handover(&mut *visit.app.db.read().await?, store, WAITING_MAX).await?;
    let references = checking::references(&visit.app, &waiting).await?;
    let ids: Vec<ShipmentId> = waiting.iter().map(|one| one.id.clone()).collect();
    let labelled = papers::labelled(&mut *visit.app.db.read().await?, &ids).await?;
    let manifests = papers::manifests(&mut *visit.app.db.read().await?, store, MANIFESTS_SHOWN).await?;
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let own = stores.iter().find(|one| store.is_none_or(|store| one.id == *store));
    let country = own.map_or(Country::IN, |store| store.country);
    Ok(Shown { accounts, waiting, references, labelled, manifests, country })
}

async fn answer(visit: &Visit, status: StatusCode, told: Option<Told>) -> Response {
    let words = visit.words();
    match load(visit).await {
        Ok(shown) => {
            let page = Page::desk(words.handover_heading, Some(Tab::Handover)).status(status);
            respond(visit, page, || view(&shown, told.as_ref(), words))
        }
        Err(error) => problem(visit, &error),
    }
}

fn view(shown: &Shown, told: Option<&Told>, words: &'static Messages) -> AnyView {
    let panels: Vec<AnyView> = shown.accounts.iter().filter_map(|account| panel(shown, account, words)).collect();
    let none = panels.is_empty().then(|| view! { <p class="panel soft">{words.handover_nothing}</p> });
    view! {
        <div class="stack">
            <div class="stack-small">
                <h1>{words.handover_heading}</h1>
                <p class="soft">{words.handover_hint}</p>
            </div>
            {test_banner(&shown.accounts, words)}
            {told_at(told, PLACE, words)}
            {none}
            {panels}
            {manifests(shown, words)}
        </div>
    }
    .into_any()
}

/// The parcels of one account that wait, with what the courier can do about them.
fn panel(shown: &Shown, account: &CourierAccount, words: &'static Messages) -> Option<AnyView> {
    let can = couriers::of(account.provider)?.capabilities();
    let waiting: Vec<&Shipment> = shown.waiting.iter().filter(|one| one.courier_id == account.id).collect();
    if waiting.is_empty() || !(can.labels || can.manifests || can.pickups) {
        return None;
    }
    let title = format!("handover-{}", account.slug);
    let lines = waiting.iter().enumerate().map(|(at, one)| line(shown, one, at < PARCELS_MAX, words)).collect_view();
    Some(
        view! {
            <section class="panel stack" aria-labelledby=title.clone()>
                <h2 id=title.clone()>{account.name.clone()}</h2>
                <form class="stack" method="post" action=HERE>
                    <ul class="stack-small plain">{lines}</ul>
                    {buttons(can, &title, words)}
                </form>
            </section>
        }
        .into_any(),
    )
}

fn line(shown: &Shown, one: &Shipment, is_chosen: bool, words: &'static Messages) -> AnyView {
    let reference = shown.references.get(&one.id).cloned().unwrap_or_default();
    let href = format!("/admin/orders/{reference}");
    let awb = one.awb.clone().unwrap_or_default();
    let label = shown.labelled.contains(&one.id).then(|| {
        let href = format!("/admin/shipments/{}/label.pdf", one.id);
        view! { <a class="link-button" href=href aria-label=format!("{} {reference}", words.parcel_label_open)>{words.parcel_label_open}</a> }
    });
    view! {
        <li class="row">
            <label class="check">
                <input type="checkbox" name="shipment" value=one.id.to_string() checked=is_chosen/>
                <span class="reference">{unbroken(&reference)}</span>
            </label>
            <span class="reference soft small">{awb.clone()}</span>
            {label}
            <a class="link-button" href=href aria-label=format!("{reference} {awb}")>"→"</a>
        </li>
    }
    .into_any()
}

fn buttons(can: &Capabilities, title: &str, words: &'static Messages) -> AnyView {
    let button = |what: &'static str, label: &'static str| {
        view! { <button class="button" type="submit" name="do" value=what>{label}</button> }
    };
    let day = format!("{title}-day");
    let pickup = can.pickups.then(|| {
        view! {
            <div class="field">
                <label class="label" for=day.clone()>{words.parcel_pickup_day}</label>
                <div class="desk-pair">
                    <input class="input" id=day.clone() name="day" type="date"/>
                    {button("pickup", words.parcel_pickup)}
                </div>
            </div>
        }
    });
    view! {
        <div class="row">
            {can.labels.then(|| button("labels", words.handover_labels))}
            {can.manifests.then(|| button("manifest", words.handover_manifest))}
        </div>
        {pickup}
    }
    .into_any()
}

fn manifests(shown: &Shown, words: &'static Messages) -> AnyView {
    if shown.manifests.is_empty() {
        return ().into_any();
    }
    let line = |one: &ListedManifest| {
        let account = shown.accounts.iter().find(|account| account.id == one.courier_id);
        let name = account.map(|account| account.name.clone()).unwrap_or_default();
        let href = format!("/admin/manifests/{}/manifest.pdf", one.id);
        view! {
            <li>
                <a href=href>{name} " · " {moment(one.created_at, shown.country)}</a>
                " " <span class="soft small">{(words.handover_parcels)(one.parcels)}</span>
            </li>
        }
    };
    view! {
        <section class="panel stack-small" aria-labelledby="manifests">
            <h2 id="manifests">{words.handover_manifests}</h2>
            <ul class="stack-small plain">{shown.manifests.iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}
