//! The ways of Packzy's parcels, and the webhooks about them. Approvals come before every end.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::domain::customers::Country;
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::server::clock::Chance;
use crate::server::sandbox::packzy::booking::below;
use crate::server::sandbox::state::{Event, Journey, Parcel};

/// A status of no table.
pub const UNKNOWN_STATUS: &str = "rescheduled_by_hub";

/// Whether nothing comes after a status.
pub fn is_final(status: &str) -> bool {
    ["delivered", "partial_delivered", "cancelled", "unknown"].contains(&status)
}

/// How a parcel's way ends: most are delivered.
pub fn choose(chance: &Chance) -> Journey {
    match below(chance, 100) {
        0..60 => Journey::Delivered,
        60..75 => Journey::Held,
        75..84 => Journey::PartlyDelivered,
        84..95 => Journey::Cancelled,
        _ => Journey::Unclear,
    }
}

/// One step: the earliest and the latest minute after the one before, the status if it changes, the
/// courier's words.
type Step = (u64, u64, Option<&'static str>, &'static str);

const START: [Step; 3] = [
    (60, 300, Some("pending"), "Consignment has been approved."),
    (120, 480, None, "Consignment has been received at Tejgaon sorting centre."),
    (360, 1_200, None, "Consignment has arrived at the delivery hub."),
];
const RIDER: Step = (180, 600, None, "Consignment has been assigned to a rider.");
const HOLD: [Step; 2] = [
    (60, 240, Some("hold"), "Customer did not answer the phone."),
    (600, 1_500, Some("pending"), "Consignment is back in the delivery queue."),
];
const DELIVERED: [Step; 2] = [
    (60, 300, Some("delivered_approval_pending"), "Delivered, waiting for approval."),
    (10, 120, Some("delivered"), "Your package has been delivered successfully."),
];
const PARTLY_DELIVERED: [Step; 2] = [
    (60, 300, Some("partial_delivered_approval_pending"), "Partially delivered, waiting for approval."),
    (10, 120, Some("partial_delivered"), "Partially delivered."),
];
const CANCELLED: [Step; 2] = [
    (60, 300, Some("cancelled_approval_pending"), "Customer refused the consignment."),
    (60, 1_440, Some("cancelled"), "Consignment has been cancelled."),
];
const UNCLEAR: [Step; 2] = [
    (60, 300, Some("unknown_approval_pending"), "Please contact support."),
    (60, 1_440, Some("unknown"), "Please contact support."),
];

/// The way of a parcel booked now.
pub fn way(journey: Journey, from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut steps = START.to_vec();
    if matches!(journey, Journey::Held | Journey::FailedAttempts) {
        for _ in 0..=below(chance, 2) {
            steps.push(RIDER);
            steps.extend(HOLD);
        }
    }
    if journey == Journey::MisScanned {
        steps.push(RIDER);
        steps.push(RIDER);
        steps.extend(DELIVERED);
    }
    steps.push(RIDER);
    steps.extend(match journey {
        Journey::Delivered | Journey::Held | Journey::FailedAttempts => DELIVERED,
        Journey::PartlyDelivered => PARTLY_DELIVERED,
        // What comes back is called cancelled, and what is lost unknown: there are no other words.
        Journey::Cancelled | Journey::Returned | Journey::MisScanned => CANCELLED,
        Journey::Unclear | Journey::Lost => UNCLEAR,
    });
    follow(&steps, from, chance)
}

/// The way of a parcel that was asked back now.
pub fn way_back(from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut steps = vec![(300, 360, None, "Return request has been approved.")];
    steps.extend(CANCELLED);
    follow(&steps, from, chance)
}

fn follow(steps: &[Step], from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut at = from;
    let follow = |(earliest, latest, status, message): &Step| {
        // Packzy's webhooks tell whole seconds.
        let seconds = earliest * 60 + below(chance, (latest - earliest) * 60);
        at = at.plus(i64::try_from(seconds).unwrap_or(0) * 1_000);
        Event { at, status: status.map(str::to_owned), message: (*message).to_owned() }
    };
    steps.iter().map(follow).collect()
}

/// The webhook about something that happened: a change of the state, or a message alone.
pub fn push_body(parcel: &Parcel, event: &Event, awkward: bool) -> Value {
    let id: u64 = parcel.awb.parse().unwrap_or(0);
    let id = if awkward { json!(id.to_string()) } else { json!(id) };
    let updated_at = local(event.at);
    let Some(status) = &event.status else {
        return json!({
            "notification_type": "tracking_update",
            "consignment_id": id,
            "invoice": parcel.reference,
            "tracking_message": event.message,
            "updated_at": updated_at,
        });
    };
    let taka = |amount: crate::domain::money::Minor| {
        if awkward { json!(amount.decimal()) } else { json!(amount.0 as f64 / 100.0) }
    };
    json!({
        "notification_type": "delivery_status",
        "consignment_id": id,
        // An invoice that is not there is one of the shapes seen.
        "invoice": if awkward && status == "cancelled" { Value::Null } else { json!(parcel.reference) },
        "cod_amount": taka(parcel.cod),
        "status": in_capitals(status),
        "delivery_charge": taka(parcel.charge),
        "tracking_message": event.message,
        "updated_at": updated_at,
    })
}

/// A webhook about no parcel, as somebody sends to try an address.
pub fn ping_body() -> Value {
    json!({ "notification_type": "test" })
}

/// Whether a webhook has a status.
pub fn has_status(body: &Value) -> bool {
    body["status"].is_string()
}

/// Puts a status nobody knows into a webhook that has one.
pub fn make_unknown(body: &mut Value) {
    if has_status(body) {
        body["status"] = json!(in_capitals(UNKNOWN_STATUS));
    }
}

/// `Delivered`, `Partial Delivered`; what waits for an approval stays as the table writes it.
fn in_capitals(status: &str) -> String {
    if status.ends_with("_approval_pending") {
        return status.to_owned();
    }
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    status.split('_').map(capital).collect::<Vec<_>>().join(" ")
}

/// Local time without a zone, as webhooks tell it.
fn local(at: UnixMillis) -> String {
    written(at.plus(Country::BD.utc_offset_minutes() * MINUTE_MS), "%Y-%m-%d %H:%M:%S")
}

/// UTC, as answers tell it.
pub fn utc(at: UnixMillis) -> String {
    written(at, "%Y-%m-%dT%H:%M:%S.000000Z")
}

/// The calendar day in Bangladesh.
pub fn day(at: UnixMillis) -> String {
    written(at.plus(Country::BD.utc_offset_minutes() * MINUTE_MS), "%Y-%m-%d")
}

fn written(at: UnixMillis, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.strftime(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNEYS: [Journey; 5] =
        [Journey::Delivered, Journey::Held, Journey::PartlyDelivered, Journey::Cancelled, Journey::Unclear];

    #[test]
    fn every_way_goes_forward_in_time_and_waits_for_an_approval_before_its_end() {
        for journey in JOURNEYS {
            for seed in 0..20 {
                let way = way(journey, UnixMillis(0), &Chance::seeded(seed));
                assert!(way.iter().zip(way.iter().skip(1)).all(|(one, next)| one.at < next.at), "{journey:?}");
                let statuses: Vec<&str> = way.iter().filter_map(|event| event.status.as_deref()).collect();
                let [.., approval, end] = statuses.as_slice() else { panic!("{statuses:?}") };
                assert!(is_final(end) && *approval == format!("{end}_approval_pending"), "{statuses:?}");
                assert!(statuses.iter().rev().skip(1).all(|status| !is_final(status)));
            }
        }
    }

    #[test]
    fn a_mistaken_delivery_is_taken_back() {
        let way = way(Journey::MisScanned, UnixMillis(0), &Chance::seeded(1));
        let statuses: Vec<&str> = way.iter().filter_map(|event| event.status.as_deref()).collect();
        let corrected = ["delivered_approval_pending", "delivered", "cancelled_approval_pending", "cancelled"];
        assert_eq!(statuses, [&["pending"][..], &corrected].concat());
        let out = way.iter().filter(|event| event.message == RIDER.3).count();
        assert_eq!(out, 3, "twice before the mistake");
    }

    #[test]
    fn every_kind_of_way_is_chosen_by_some_seed() {
        let chosen: Vec<Journey> = (0..200).map(|seed| choose(&Chance::seeded(seed))).collect();
        assert!(JOURNEYS.iter().all(|journey| chosen.contains(journey)));
    }

    #[test]
    fn statuses_are_written_as_the_document_shows_them() {
        for (status, written) in [
            ("delivered", "Delivered"),
            ("partial_delivered", "Partial Delivered"),
            ("delivered_approval_pending", "delivered_approval_pending"),
        ] {
            assert_eq!(in_capitals(status), written);
        }
        assert_eq!(local(UnixMillis(1_776_149_130_000)), "2026-04-14 12:45:30");
        assert_eq!(utc(UnixMillis(1_775_910_931_000)), "2026-04-11T12:35:31.000000Z");
    }
}
