//! Where an order is: its own history and its parcels' news in one timeline, newest first. The desk
//! sees who did what; the public sees neither people nor what a courier wrote about them.

use leptos::prelude::*;

use crate::domain::customers::Country;
use crate::domain::messages::Messages;
use crate::domain::orders::{DeskOrder, OrderEventView, OrderStatus, TrackedOrder, TrackedParcel, TrackingStep};
use crate::domain::shipping::{Phase, ShipmentStatus};
use crate::domain::time::UnixMillis;
use crate::server::pages::parts::icons::{Icon, icon};
use crate::server::pages::parts::status::{order_status, shipment_status};
use crate::server::pages::parts::time::{local_day, machine, moment};

/// From so many digits in a row on, a courier's text may hold somebody's phone.
const DIGITS_HIDDEN: usize = 7;

/// A line of a timeline.
struct Moment {
    at: UnixMillis,
    drawing: Icon,
    label: String,
    detail: String,
}

/// Everything that happened to an order, for the desk.
pub fn history(entry: &DeskOrder, words: &'static Messages) -> AnyView {
    let several = entry.shipments.len() > 1;
    let mut moments: Vec<Moment> = entry.events.iter().map(|event| own_moment(event, words)).collect();
    for parcel in &entry.shipments {
        moments.extend(parcel.steps.iter().map(|step| {
            let mut moment = desk_moment(step, words);
            if several {
                moment.detail = joined(&[&parcel.courier_name, &moment.detail]);
            }
            moment
        }));
    }
    view! {
        <section class="stack-small">
            <h2 class="desk-title">{words.desk_timeline}</h2>
            {timeline(moments, entry.store.country)}
        </section>
    }
    .into_any()
}

/// The news of one parcel, for the desk.
pub fn steps(steps: &[TrackingStep], country: Country, words: &'static Messages) -> AnyView {
    timeline(steps.iter().map(|step| desk_moment(step, words)).collect(), country)
}

fn own_moment(event: &OrderEventView, words: &'static Messages) -> Moment {
    let label = match (event.kind.as_str(), event.to) {
        ("placed", _) => words.event_placed.to_owned(),
        (_, Some(to)) => words.desk_status(to).to_owned(),
        ("note", None) => words.event_note.to_owned(),
        ("edited", None) => words.event_edited.to_owned(),
        (other, None) => other.to_owned(),
    };
    let detail = joined(&[words.author(&event.author_kind), &event.note]);
    Moment { at: event.at, drawing: order_icon(event.to), label, detail }
}

fn desk_moment(step: &TrackingStep, words: &'static Messages) -> Moment {
    let source = if step.is_correction { words.step_correction } else { words.source(&step.source) };
    let (label, detail) = match step.status {
        Some(status) => {
            let detail = joined(&[&step.activity, &step.location, &step.raw_status, source]);
            (words.shipment_status(status).to_owned(), detail)
        }
        None if step.is_unknown => {
            ((words.step_unknown)(&step.raw_status), joined(&[&step.activity, &step.location, source]))
        }
        None => (step.activity.clone(), joined(&[&step.location, source])),
    };
    Moment { at: step.at, drawing: step_icon(step), label, detail }
}

/// The state of an order and of its parcels, for whoever knows its address or its number.
pub fn tracked(order: &TrackedOrder, words: &'static Messages) -> AnyView {
    let parcels = order.shipments.iter().map(|parcel| parcel_facts(parcel, order.country, words)).collect_view();
    let mut moments = vec![Moment {
        at: order.placed_at,
        drawing: Icon::Bag,
        label: words.event_placed.to_owned(),
        detail: String::new(),
    }];
    moments.extend(order.events.iter().filter_map(|event| public_event(event, words)));
    for parcel in &order.shipments {
        moments.extend(settled(parcel).filter_map(|step| public_step(step, words)));
    }
    view! {
        {progress(order.status, words)}
        {parcels}
        <div class="stack-small">
            <h3>{words.track_timeline}</h3>
            {timeline(moments, order.country)}
        </div>
    }
    .into_any()
}

/// What a parcel is called and when it comes.
fn parcel_facts(parcel: &TrackedParcel, country: Country, words: &'static Messages) -> AnyView {
    let row = |label: &'static str, value: AnyView| {
        view! { <div><dt>{label}</dt><dd>{value}</dd></div> }
    };
    let awb =
        parcel.awb.clone().map(|awb| row(words.track_awb, view! { <span class="reference">{awb}</span> }.into_any()));
    let code = parcel
        .tracking_code
        .clone()
        .filter(|code| parcel.awb.as_ref() != Some(code))
        .map(|code| row(words.track_code, view! { <span class="reference">{code}</span> }.into_any()));
    let is_over = matches!(
        parcel.status,
        ShipmentStatus::Delivered | ShipmentStatus::RtoDelivered | ShipmentStatus::Cancelled | ShipmentStatus::Lost
    );
    let expected = parcel.expected_delivery_at.filter(|_| !is_over).map(|at| {
        let day = view! { <time datetime=machine(at)>{local_day(at, country)}</time> };
        row(words.track_expected, day.into_any())
    });
    view! {
        <dl class="facts">
            {row(words.track_courier, parcel.courier_name.clone().into_any())}
            {awb}
            {code}
            {row(words.track_parcel, shipment_status(parcel.status, words))}
            {expected}
        </dl>
    }
    .into_any()
}

/// A parcel's news up to its end: what a courier says after it, only a person can make sense of.
fn settled(parcel: &TrackedParcel) -> impl Iterator<Item = &TrackingStep> {
    let is_over = parcel.status.phase() == Phase::HardEnd;
    let end =
        parcel.steps.iter().filter(|step| is_over && step.status == Some(parcel.status)).map(|step| step.at).max();
    parcel.steps.iter().filter(move |step| end.is_none_or(|end| step.at <= end))
}

/// Placing is the first line already, a courier's news are the parcel's, and notes and edits are the
/// shop's own business.
fn public_event(event: &OrderEventView, words: &'static Messages) -> Option<Moment> {
    let to = event.to.filter(|_| event.kind != "placed" && event.author_kind != "courier")?;
    let label = words.order_status(to).to_owned();
    Some(Moment { at: event.at, drawing: order_icon(Some(to)), label, detail: String::new() })
}

fn public_step(step: &TrackingStep, words: &'static Messages) -> Option<Moment> {
    let activity = without_numbers(&step.activity);
    let location = without_numbers(&step.location);
    let (label, detail) = match step.status {
        Some(status) => (words.shipment_status(status).to_owned(), joined(&[&activity, &location])),
        None if activity.is_empty() || step.is_unknown => return None,
        None => (activity, location),
    };
    Some(Moment { at: step.at, drawing: step_icon(step), label, detail })
}

/// A text with long runs of digits taken out: couriers write riders' and customers' phones into it.
fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    let mut run = String::new();
    for letter in text.chars().chain(['\n']) {
        // A phone may be written with blanks and hyphens in it.
        let continues = letter.is_numeric() || (!run.is_empty() && matches!(letter, ' ' | '-'));
        if continues {
            run.push(letter);
            continue;
        }
        let digits = run.chars().filter(|letter| letter.is_numeric()).count();
        let hidden = if run.ends_with(' ') { "… " } else { "…" };
        kept.push_str(if digits >= DIGITS_HIDDEN { hidden } else { &run });
        run.clear();
        kept.push(letter);
    }
    kept.trim().to_owned()
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ")
}

fn order_icon(status: Option<OrderStatus>) -> Icon {
    match status {
        None | Some(OrderStatus::Pending) => Icon::Bag,
        Some(OrderStatus::Confirmed) => Icon::Tick,
        Some(OrderStatus::Processing) => Icon::Parcel,
        Some(OrderStatus::Shipped | OrderStatus::OutForDelivery) => Icon::Truck,
        Some(OrderStatus::Delivered) => Icon::House,
        Some(OrderStatus::Cancelled) => Icon::Cross,
        Some(OrderStatus::Refunded) => Icon::Back,
    }
}

fn step_icon(step: &TrackingStep) -> Icon {
    match step.status {
        None => Icon::Clock,
        Some(ShipmentStatus::Pending | ShipmentStatus::ReadyToShip) => Icon::Parcel,
        Some(ShipmentStatus::PickedUp | ShipmentStatus::InTransit | ShipmentStatus::OutForDelivery) => Icon::Truck,
        Some(ShipmentStatus::Delivered) => Icon::House,
        Some(ShipmentStatus::Undelivered | ShipmentStatus::OnHold | ShipmentStatus::Lost) => Icon::Warning,
        Some(ShipmentStatus::RtoInitiated | ShipmentStatus::RtoDelivered) => Icon::Back,
        Some(ShipmentStatus::Cancelled) => Icon::Cross,
    }
}

/// The way of an order in five stations; an end that is none of them is said in words instead.
fn progress(status: OrderStatus, words: &'static Messages) -> AnyView {
    const STATIONS: [OrderStatus; 5] = [
        OrderStatus::Pending,
        OrderStatus::Confirmed,
        OrderStatus::Shipped,
        OrderStatus::OutForDelivery,
        OrderStatus::Delivered,
    ];
    let reached = match status {
        OrderStatus::Pending => 0,
        OrderStatus::Confirmed | OrderStatus::Processing => 1,
        OrderStatus::Shipped => 2,
        OrderStatus::OutForDelivery => 3,
        OrderStatus::Delivered => 4,
        OrderStatus::Cancelled | OrderStatus::Refunded => {
            return view! { <p>{order_status(status, words)}</p> }.into_any();
        }
    };
    let stations = STATIONS
        .into_iter()
        .enumerate()
        .map(|(at, station)| {
            let class = if at <= reached { "reached" } else { "" };
            let current = (at == reached).then_some("step");
            view! {
                <li class=class aria-current=current>
                    {icon(order_icon(Some(station)))} <span>{words.station(station)}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="progress" aria-label=words.track_progress>{stations}</ol> }.into_any()
}

fn timeline(mut moments: Vec<Moment>, country: Country) -> AnyView {
    // Stable, so that what happened at one instant stays in its order; then newest first.
    moments.sort_by_key(|moment| moment.at);
    let lines = moments
        .into_iter()
        .rev()
        .map(|line| {
            let detail = (!line.detail.is_empty()).then(|| view! { <p class="soft small">{line.detail}</p> });
            view! {
                <li>
                    <span class="timeline-mark">{icon(line.drawing)}</span>
                    <div>
                        <p class="timeline-label">{line.label}</p>
                        {detail}
                        <p class="soft small">{moment(line.at, country)}</p>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline">{lines}</ol> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_in_a_couriers_text_are_not_shown() {
        assert_eq!(without_numbers("Rider Karim 01712-345 678 is on the way"), "Rider Karim … is on the way");
        assert_eq!(without_numbers("Call ০১৭১২৩৪৫৬৭৮"), "Call …");
        assert_eq!(without_numbers("Attempt 2 of 3, hub 411 001"), "Attempt 2 of 3, hub 411 001");
    }
}
