//! A parcel of an order: how its booking stands, where it is, and what its courier lets one do. Which
//! buttons there are is read from the courier's capabilities, never from its name.

use leptos::prelude::*;

use crate::domain::couriers::Capabilities;
use crate::domain::messages::Messages;
use crate::domain::orders::ShipmentView;
use crate::domain::shipping::{BookingState, Phase, SHIPMENT_STATUSES, ShipmentStatus};
use crate::server::couriers;
use crate::server::pages::admin::acts::Act;
use crate::server::pages::admin::order::Desk;
use crate::server::pages::admin::row::{fact, parcel_chip};
use crate::server::pages::admin::{busy_button, papers};
use crate::server::pages::parts::status::shipment_status;
use crate::server::pages::parts::time::{local_day, moment};
use crate::server::pages::parts::told::told_at;
use crate::server::pages::parts::tracking::steps;

/// Where the page says what came of a parcel's forms.
pub fn place(shipment: &str) -> String {
    // It becomes part of an address and of an id, and comes from a form.
    let safe: String = shipment.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    format!("parcel-{safe}")
}

/// One parcel.
pub fn panel(desk: &Desk, parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let place = place(parcel.id.as_str());
    let title = format!("{place}-title");
    let test = parcel.is_test.then(|| view! { <span class="badge badge-warn">{words.desk_test}</span> });
    let released = (!parcel.is_current).then(|| view! { <span class="badge">{words.parcel_released}</span> });
    let class = if parcel.is_current { "panel stack" } else { "panel panel-quiet stack" };
    let history = (!parcel.steps.is_empty()).then(|| {
        view! {
            <details class="more" id=format!("{place}-steps")>
                <summary>{(words.parcel_steps)(parcel.steps.len())}</summary>
                {steps(&parcel.steps, desk.entry.store.country, words)}
            </details>
        }
    });
    view! {
        <section class=class id=place.clone() aria-labelledby=title.clone()>
            <div class="row row-apart">
                <h2 id=title.clone()>{parcel.courier_name.clone()}</h2>
                <div class="row">{parcel_chip(parcel, words)} {test} {released}</div>
            </div>
            {told_at(desk.told.as_ref(), &place, words)}
            {booking(parcel, words)}
            {facts(desk, parcel, words)}
            {parcel.is_current.then(|| acts(desk, parcel, words))}
            {history}
        </section>
    }
    .into_any()
}

/// How the booking stands, where that needs a sentence.
fn booking(parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let name = &parcel.courier_name;
    let reason = parcel.error_message.clone().unwrap_or_default();
    let (class, sentence, reason) = match parcel.booking_state {
        BookingState::InFlight => ("notice", (words.booking_in_flight_hint)(name), String::new()),
        BookingState::Unknown => ("notice notice-warn", (words.booking_unknown_hint)(name), reason),
        BookingState::Refused => ("notice notice-bad", (words.booking_refused_hint)(name), reason),
        BookingState::Booked if parcel.awb.is_none() => {
            let can_ask = couriers::of(parcel.provider).is_some_and(|courier| courier.capabilities().assigns_awb);
            let hint = if can_ask { words.booking_awb_asked_hint } else { words.booking_awb_pending_hint };
            ("notice notice-warn", hint(name), reason)
        }
        BookingState::Booked | BookingState::NotAsked if parcel.is_disputed => {
            ("notice notice-warn", words.parcel_disputed.to_owned(), reason)
        }
        BookingState::Booked | BookingState::NotAsked if !reason.is_empty() => {
            ("notice notice-warn", reason, String::new())
        }
        BookingState::Booked | BookingState::NotAsked => return ().into_any(),
    };
    let reason = (!reason.is_empty()).then(|| view! { <p class="prose">{reason}</p> });
    view! { <div class=class><p>{sentence}</p>{reason}</div> }.into_any()
}

fn facts(desk: &Desk, parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let country = desk.entry.store.country;
    let code = |text: &Option<String>, label: &'static str| {
        text.clone().map(|text| fact(label, view! { <span class="reference">{text}</span> }.into_any()))
    };
    let text = |text: &Option<String>, label: &'static str| text.clone().map(|text| fact(label, text.into_any()));
    let attempts = (parcel.attempts > 0).then(|| fact(words.parcel_attempts, parcel.attempts.into_any()));
    let expected = parcel.expected_delivery_at.map(|at| fact(words.track_expected, local_day(at, country).into_any()));
    let collects = (parcel.cod_amount.0 > 0)
        .then(|| fact(words.parcel_collects, parcel.cod_amount.display(desk.entry.order.currency).into_any()));
    let pickup = parcel.pickup_at.map(|at| fact(words.parcel_pickup_at, moment(at, country)));
    let answered = parcel.ndr_answered_at.map(|at| fact(words.parcel_ndr_at, moment(at, country)));
    let asked = parcel.last_polled_at.map(|at| fact(words.parcel_asked, moment(at, country)));
    let partly = parcel.is_partial.then(|| view! { <span class="badge badge-warn">{words.parcel_partly}</span> });
    let state = view! { {shipment_status(parcel.status, words)} " " {partly} };
    view! {
        <dl class="facts">
            {code(&parcel.awb, words.track_awb)}
            {code(&parcel.tracking_code.clone().filter(|code| parcel.awb.as_ref() != Some(code)), words.track_code)}
            {fact(words.track_parcel, state.into_any())}
            {text(&parcel.raw_status, words.parcel_raw)}
            {text(&parcel.carrier_name, words.parcel_carrier)}
            {attempts}
            {answered}
            {pickup}
            {expected}
            {collects}
            {code(&parcel.our_reference, words.parcel_reference)}
            {fact(words.desk_created, moment(parcel.created_at, country))}
            {asked}
        </dl>
    }
    .into_any()
}

fn acts(desk: &Desk, parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let can = couriers::of(parcel.provider).map(|courier| courier.capabilities());
    let is_before = parcel.status.phase() == Phase::BeforeHandover;
    let is_moving = parcel.status.phase() == Phase::Moving;
    let is_booked = parcel.booking_state == BookingState::Booked || parcel.booking_state == BookingState::NotAsked;
    let is_live = parcel.is_live() || (is_before && parcel.booking_state == BookingState::NotAsked);
    let may_be_there = is_booked || parcel.booking_state == BookingState::Unknown;
    let awb = (may_be_there && parcel.awb.is_none()).then(|| awb(desk, parcel, words));
    let hand_over = (is_live && is_before && is_booked).then(|| {
        simple(desk, parcel, Act::HandOver, "button button-primary", words.parcel_hand_over, words.desk_saving)
    });
    let asks = can.is_some_and(|can| can.tracks && (parcel.awb.is_some() || can.finds_by_reference));
    let check = (asks && parcel.booking_state != BookingState::Refused)
        .then(|| simple(desk, parcel, Act::Check, "button", words.parcel_check, words.parcel_checking));
    // Until it is known whether it is booked, there is nothing to call off.
    let can_be_void = is_booked && is_live && (is_before || parcel.status == ShipmentStatus::OnHold);
    let void = can_be_void.then(|| void(desk, parcel, can, words));
    let recall = (is_moving && can.is_some_and(|can| can.recalls)).then(|| recall(desk, parcel, words));
    view! {
        {papers::ask_awb(desk, parcel, can, words)}
        {awb}
        <div class="row">{papers::label(desk, parcel, can, words)} {hand_over} {check}</div>
        {papers::pickup(desk, parcel, can, words)}
        {papers::ndr(desk, parcel, can, words)}
        {recall}
        {void}
        {is_booked.then(|| correct(desk, parcel, words))}
    }
    .into_any()
}

/// The id of a form.
pub fn form_id(parcel: &ShipmentView, act: Act) -> String {
    format!("{}-{}", place(parcel.id.as_str()), act.code())
}

/// What every form says about itself.
pub fn names(parcel: &ShipmentView, act: Act) -> AnyView {
    view! {
        <input type="hidden" name="do" value=act.code()/>
        <input type="hidden" name="shipment" value=parcel.id.to_string()/>
    }
    .into_any()
}

/// A form that is one button.
pub fn simple(
    desk: &Desk,
    parcel: &ShipmentView,
    act: Act,
    class: &'static str,
    label: &'static str,
    busy: &'static str,
) -> AnyView {
    view! {
        <form id=form_id(parcel, act) method="post" action=desk.back.clone()>
            {names(parcel, act)}
            {busy_button(class, label, busy)}
        </form>
    }
    .into_any()
}

fn awb(desk: &Desk, parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let place = place(parcel.id.as_str());
    let id = format!("{place}-number");
    let is_told = desk.told.as_ref().is_some_and(|told| told.place == place && !told.is_good);
    let typed = if is_told { desk.typed.get("awb").to_owned() } else { String::new() };
    view! {
        <form class="field" id=form_id(parcel, Act::SetAwb) method="post" action=desk.back.clone()>
            {names(parcel, Act::SetAwb)}
            <label class="label" for=id.clone()>{words.parcel_awb}</label>
            <div class="desk-pair">
                <input class="input" id=id.clone() name="awb" autocomplete="off" required value=typed/>
                {busy_button("button", words.parcel_awb_button, words.desk_saving)}
            </div>
        </form>
    }
    .into_any()
}

/// Calling the booking off: by a call where the courier has one, else on the merchant's word.
fn void(desk: &Desk, parcel: &ShipmentView, can: Option<&Capabilities>, words: &'static Messages) -> AnyView {
    let place = place(parcel.id.as_str());
    let by_call = can.is_some_and(|can| can.cancels);
    let attest = (!by_call).then(|| {
        view! {
            <label class="check">
                <input type="checkbox" name="attested" value="yes" required/>
                <span>{(words.parcel_void_attest)(&parcel.courier_name)}</span>
            </label>
        }
    });
    let hint = by_call.then(|| view! { <p class="hint">{(words.parcel_void_hint)(&parcel.courier_name)}</p> });
    view! {
        <details class="more" id=format!("{place}-void")>
            <summary>{words.parcel_void}</summary>
            <form class="stack-small" method="post" action=desk.back.clone()>
                {names(parcel, Act::Void)}
                {hint}
                {attest}
                {busy_button("button", words.parcel_void_button, words.parcel_voiding)}
            </form>
        </details>
    }
    .into_any()
}

fn recall(desk: &Desk, parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let id = format!("{}-reason", place(parcel.id.as_str()));
    view! {
        <details class="more" id=format!("{id}-more")>
            <summary>{words.parcel_recall}</summary>
            <form class="field" method="post" action=desk.back.clone()>
                {names(parcel, Act::Recall)}
                <label class="label" for=id.clone()>{words.parcel_recall_reason}</label>
                <div class="desk-pair">
                    <input class="input" id=id.clone() name="reason" maxlength="200" autocomplete="off"/>
                    {busy_button("button", words.parcel_recall_button, words.desk_saving)}
                </div>
            </form>
        </details>
    }
    .into_any()
}

/// Saying what the state really is: it wins over what the courier said until then.
fn correct(desk: &Desk, parcel: &ShipmentView, words: &'static Messages) -> AnyView {
    let place = place(parcel.id.as_str());
    let (status, note) = (format!("{place}-status"), format!("{place}-note"));
    let options = SHIPMENT_STATUSES
        .iter()
        .map(|row| {
            let label: ShipmentStatus = row.status;
            view! { <option value=row.code selected=row.status == parcel.status>{words.shipment_status(label)}</option> }
        })
        .collect_view();
    view! {
        <details class="more" id=format!("{place}-correct")>
            <summary>{words.parcel_correct}</summary>
            <form class="stack-small" method="post" action=desk.back.clone()>
                {names(parcel, Act::Correct)}
                <p class="hint">{words.parcel_correct_hint}</p>
                <div class="field">
                    <label class="label" for=status.clone()>{words.track_parcel}</label>
                    <select class="input" id=status.clone() name="status">{options}</select>
                </div>
                <div class="field">
                    <label class="label" for=note.clone()>{words.desk_note}</label>
                    <input class="input" id=note.clone() name="note" maxlength="200" autocomplete="off"/>
                </div>
                {busy_button("button", words.parcel_correct_button, words.desk_saving)}
            </form>
        </details>
    }
    .into_any()
}
