//! What can be asked of a parcel's courier between booking and handing over, and its papers as files. Which
//! forms there are is read from the courier's capabilities.

use axum::extract::Path;
use axum::response::Response;
use leptos::prelude::*;

use crate::domain::couriers::Capabilities;
use crate::domain::messages::Messages;
use crate::domain::orders::ShipmentView;
use crate::domain::shipping::{BookingState, Phase, ShipmentStatus};
use crate::server::actions::actor::Actor;
use crate::server::actions::papers as actions;
use crate::server::operations::paper;
use crate::server::pages::admin::acts::Act;
use crate::server::pages::admin::busy_button;
use crate::server::pages::admin::order::Desk;
use crate::server::pages::admin::parcel::{form_id, names, simple};
use crate::server::pages::problem;
use crate::server::visit::Visit;

type Can = Option<&'static Capabilities>;

/// `GET /admin/shipments/{id}/label.pdf`: a label that was fetched before.
pub async fn show_label(visit: Visit, Path(id): Path<String>) -> Response {
    match actions::label(&visit.app, &Actor::of(&visit), &id).await {
        Ok((shipment, label)) => paper(&label, &format!("label-{}", shipment.awb.as_deref().unwrap_or("parcel"))),
        Err(error) => problem(&visit, &error),
    }
}

/// `GET /admin/manifests/{id}/manifest.pdf`.
pub async fn show_manifest(visit: Visit, Path(id): Path<String>) -> Response {
    match actions::manifest(&visit.app, &Actor::of(&visit), &id).await {
        Ok(manifest) => paper(&manifest, "manifest"),
        Err(error) => problem(&visit, &error),
    }
}

/// Asking for an AWB that is pending.
pub fn ask_awb(desk: &Desk, parcel: &ShipmentView, can: Can, words: &'static Messages) -> Option<AnyView> {
    let is_pending = parcel.booking_state == BookingState::Booked && parcel.awb.is_none() && parcel.is_live();
    (is_pending && can.is_some_and(|can| can.assigns_awb)).then(|| {
        simple(desk, parcel, Act::AskAwb, "button button-primary", words.parcel_ask_awb, words.parcel_checking)
    })
}

/// The label: a link when it is here, a button that fetches it when it can be.
pub fn label(desk: &Desk, parcel: &ShipmentView, can: Can, words: &'static Messages) -> Option<AnyView> {
    if parcel.has_label {
        let href = format!("/admin/shipments/{}/label.pdf", parcel.id);
        return Some(view! { <a class="button" href=href>{words.parcel_label_open}</a> }.into_any());
    }
    let has_awb = parcel.booking_state == BookingState::Booked && parcel.awb.is_some() && parcel.is_live();
    (has_awb && can.is_some_and(|can| can.labels))
        .then(|| simple(desk, parcel, Act::Label, "button", words.parcel_label, words.parcel_label_busy))
}

/// Asking for a rider.
pub fn pickup(desk: &Desk, parcel: &ShipmentView, can: Can, words: &'static Messages) -> Option<AnyView> {
    let waits = parcel.booking_state == BookingState::Booked
        && parcel.awb.is_some()
        && parcel.is_live()
        && parcel.status.phase() == Phase::BeforeHandover;
    (waits && can.is_some_and(|can| can.pickups)).then(|| {
        let day = format!("{}-day", form_id(parcel, Act::Pickup));
        view! {
            <details class="more" id=format!("{}-more", form_id(parcel, Act::Pickup))>
                <summary>{words.parcel_pickup}</summary>
                <form class="field" id=form_id(parcel, Act::Pickup) method="post" action=desk.back.clone()>
                    {names(parcel, Act::Pickup)}
                    <label class="label" for=day.clone()>{words.parcel_pickup_day}</label>
                    <div class="desk-pair">
                        <input class="input" id=day name="day" type="date"/>
                        {busy_button("button", words.parcel_pickup, words.parcel_checking)}
                    </div>
                </form>
            </details>
        }
        .into_any()
    })
}

/// Answering a failed attempt.
pub fn ndr(desk: &Desk, parcel: &ShipmentView, can: Can, words: &'static Messages) -> Option<AnyView> {
    let has_failed = parcel.status == ShipmentStatus::Undelivered && parcel.is_live();
    (has_failed && can.is_some_and(|can| can.ndr)).then(|| {
        let id = form_id(parcel, Act::Ndr);
        let field = |name: &'static str, label: &'static str, kind: &'static str| {
            let id = format!("{id}-{name}");
            view! {
                <div class="field">
                    <label class="label" for=id.clone()>{label}</label>
                    <input class="input" id=id name=name type=kind maxlength="190" autocomplete="off"/>
                </div>
            }
        };
        let fields = [
            field("day", words.parcel_ndr_day, "date"),
            field("phone", words.parcel_ndr_phone, "tel"),
            field("line1", words.parcel_ndr_address, "text"),
            field("landmark", words.parcel_ndr_landmark, "text"),
            field("note", words.parcel_ndr_note, "text"),
        ];
        view! {
            <details class="more" id=format!("{id}-more") open=true>
                <summary>{words.parcel_ndr}</summary>
                <form class="stack-small" id=id.clone() method="post" action=desk.back.clone()>
                    {names(parcel, Act::Ndr)}
                    <fieldset class="stack-small">
                        <legend class="label">{words.parcel_ndr_answer}</legend>
                        <label class="check">
                            <input type="radio" name="answer" value="reattempt" checked=true/>
                            <span>{words.parcel_ndr_again}</span>
                        </label>
                        <label class="check">
                            <input type="radio" name="answer" value="give_back"/>
                            <span>{words.parcel_ndr_back}</span>
                        </label>
                    </fieldset>
                    {fields}
                    {busy_button("button button-primary", words.parcel_ndr_button, words.desk_saving)}
                </form>
            </details>
        }
        .into_any()
    })
}
