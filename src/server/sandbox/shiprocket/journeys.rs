//! The ways of Shiprocket's parcels, and how answers and webhooks tell of them.
//!
//! A status is the label of the shipment; each has an id in the shipment space and one in the order space.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::domain::customers::Country;
use crate::domain::time::{DAY_MS, MINUTE_MS, SECOND_MS, UnixMillis};
use crate::server::clock::Chance;
use crate::server::sandbox::shiprocket::booking::CHANNEL;
use crate::server::sandbox::state::{Event, Journey, Parcel};

/// A label of a shipment, its id, and id and label of its order.
struct Word {
    shipment: (u64, &'static str),
    order: (u64, &'static str),
}

const fn word(shipment: u64, label: &'static str, order: u64, order_label: &'static str) -> Word {
    Word { shipment: (shipment, label), order: (order, order_label) }
}

#[rustfmt::skip]
const WORDS: [Word; 20] = [
    word(1,  "AWB ASSIGNED",               3,  "READY TO SHIP"),
    word(3,  "PICKUP SCHEDULED",           4,  "PICKUP SCHEDULED"),
    word(19, "OUT FOR PICKUP",             34, "OUT FOR PICKUP"),
    word(20, "PICKUP EXCEPTION",           35, "PICKUP EXCEPTION"),
    word(42, "PICKED UP",                  51, "PICKED UP"),
    word(6,  "SHIPPED",                    6,  "SHIPPED"),
    word(18, "IN TRANSIT",                 20, "IN TRANSIT"),
    word(38, "REACHED AT DESTINATION HUB", 43, "REACHED DESTINATION HUB"),
    word(17, "OUT FOR DELIVERY",           19, "OUT FOR DELIVERY"),
    word(21, "UNDELIVERED",                36, "UNDELIVERED"),
    word(7,  "DELIVERED",                  7,  "DELIVERED"),
    word(23, "PARTIAL_DELIVERED",          38, "PARTIAL DELIVERED"),
    word(9,  "RTO INITIATED",              15, "RTO INITIATED"),
    word(46, "RTO IN TRANSIT",             55, "RTO IN TRANSIT"),
    word(41, "RTO_OFD",                    45, "RTO_OFD"),
    word(10, "RTO DELIVERED",              16, "RTO DELIVERED"),
    word(8,  "CANCELED",                   5,  "CANCELED"),
    word(12, "LOST",                       33, "LOST"),
    word(24, "DESTROYED",                  39, "DESTROYED"),
    UNKNOWN,
];

/// A status of no table.
const UNKNOWN: Word = word(197, "SHIPMENT HELD AT CUSTOMS GATE", 205, "SHIPMENT HELD AT CUSTOMS GATE");

fn find(label: &str) -> &'static Word {
    const NONE: &Word = &UNKNOWN;
    let wanted = label.replace('_', " ");
    WORDS.iter().find(|word| word.shipment.1.replace('_', " ").eq_ignore_ascii_case(&wanted)).unwrap_or(NONE)
}

/// The id of a status in the shipment space.
pub fn shipment_id(label: &str) -> u64 {
    find(label).shipment.0
}

/// Id and label of a status in the order space.
pub fn order_status(label: &str) -> (u64, &'static str) {
    find(label).order
}

/// Whether nothing comes after a status.
pub fn is_final(label: &str) -> bool {
    [7, 8, 10, 12, 23, 24].contains(&shipment_id(label))
}

/// How a parcel's way ends: most are delivered.
pub fn choose(chance: &Chance) -> Journey {
    match below(chance, 100) {
        0..55 => Journey::Delivered,
        55..65 => Journey::Held,
        65..80 => Journey::FailedAttempts,
        80..92 => Journey::Returned,
        92..95 => Journey::PartlyDelivered,
        95..98 => Journey::Lost,
        _ => Journey::Unclear,
    }
}

/// A number below a bound.
pub fn below(chance: &Chance, bound: u64) -> u64 {
    chance.number() % bound.max(1)
}

/// One step: the earliest and the latest minute after the one before, the status if it changes, the
/// carrier's words.
type Step = (u64, u64, Option<&'static str>, &'static str);

const START: [Step; 5] = [
    (30, 120, Some("PICKUP SCHEDULED"), "Pickup scheduled"),
    (120, 480, Some("OUT FOR PICKUP"), "Out for pickup"),
    (60, 240, Some("PICKED UP"), "Shipment picked up"),
    (60, 240, None, "Shipment received at origin centre"),
    (240, 900, Some("IN TRANSIT"), "Bag added to trip"),
];
const ARRIVED: Step = (600, 1_800, Some("REACHED AT DESTINATION HUB"), "Shipment received at facility");
const PICKUP_FAILED: [Step; 2] = [
    (240, 600, Some("PICKUP EXCEPTION"), "Seller was not there"),
    (600, 1_440, Some("OUT FOR PICKUP"), "Out for pickup"),
];
const RIDER: Step = (300, 720, Some("OUT FOR DELIVERY"), "Out for delivery");
const FAILED: Step = (120, 480, Some("UNDELIVERED"), "Consignee unavailable");
const DELIVERED: Step = (60, 300, Some("DELIVERED"), "Delivered to consignee");
/// What takes a delivery back that was scanned by mistake.
const CORRECTED: Step = (60, 300, Some("UNDELIVERED"), "Delivered scan was made by mistake");
const PARTLY_DELIVERED: Step = (60, 300, Some("PARTIAL_DELIVERED"), "Consignee kept a part");
const BACK: [Step; 4] = [
    (300, 720, Some("RTO INITIATED"), "Return to origin initiated"),
    (600, 1_800, Some("RTO IN TRANSIT"), "Shipment is on its way back"),
    (600, 1_440, Some("RTO_OFD"), "Out for return"),
    (60, 300, Some("RTO DELIVERED"), "Returned to seller"),
];
const CALLED_OFF: Step = (1, 30, Some("CANCELED"), "Shipment cancelled by the seller");

/// The way of a parcel that has an AWB now.
pub fn way(journey: Journey, from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut steps = START.to_vec();
    match journey {
        Journey::Delivered => steps.extend([ARRIVED, RIDER, DELIVERED]),
        Journey::PartlyDelivered => steps.extend([ARRIVED, RIDER, PARTLY_DELIVERED]),
        Journey::Held => {
            steps.splice(2..2, PICKUP_FAILED);
            steps.extend([ARRIVED, RIDER, DELIVERED]);
        }
        Journey::FailedAttempts => {
            steps.push(ARRIVED);
            for _ in 0..=below(chance, 2) {
                steps.extend([RIDER, FAILED]);
            }
            steps.extend([RIDER, DELIVERED]);
        }
        Journey::Returned => {
            steps.extend([ARRIVED, RIDER, FAILED, RIDER, FAILED]);
            steps.extend(BACK);
        }
        Journey::Cancelled => {
            steps.truncate(2);
            steps.push(CALLED_OFF);
        }
        Journey::MisScanned => {
            steps.extend([ARRIVED, RIDER, RIDER, DELIVERED, CORRECTED]);
            steps.extend(BACK);
        }
        Journey::Lost => steps.push((1_440, 2_880, Some("LOST"), "Shipment lost")),
        Journey::Unclear => steps.push((1_440, 2_880, Some("DESTROYED"), "Shipment destroyed")),
    }
    follow(&steps, from, chance)
}

/// The way of a parcel whose return was asked for.
pub fn way_back(from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    follow(&BACK, from, chance)
}

/// The way of a parcel that was called off.
pub fn called_off(from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    follow(&[CALLED_OFF], from, chance)
}

fn follow(steps: &[Step], from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut at = from;
    let follow = |(earliest, latest, status, message): &Step| {
        // Both answers and webhooks tell whole seconds.
        let seconds = earliest * 60 + below(chance, (latest - earliest) * 60);
        at = at.plus(i64::try_from(seconds).unwrap_or(0) * SECOND_MS);
        Event { at, status: status.map(str::to_owned), message: (*message).to_owned() }
    };
    steps.iter().map(follow).collect()
}

/// A scan, as answers and webhooks tell it.
fn scan(event: &Event, is_text: bool) -> Value {
    let (id, label) = match &event.status {
        Some(label) => (json!(shipment_id(label)), label.as_str()),
        None => (json!("NA"), "NA"),
    };
    let id = if is_text && id.is_number() { json!(id.to_string()) } else { id };
    json!({
        "date": local(event.at, "%Y-%m-%d %H:%M:%S"),
        "status": event.status.as_deref().map_or_else(|| "X-NOTE".to_owned(), |label| format!("X-{}", shipment_id(label))),
        "activity": event.message,
        "location": "Pune_Baner_D (Maharashtra)",
        "sr-status": id,
        "sr-status-label": label,
    })
}

/// The webhook about something that happened. In the awkward form the AWB is a number, ids are texts, and
/// the order's pair is one event behind the shipment's.
pub fn push_body(parcel: &Parcel, event: &Event, awkward: bool) -> Value {
    let booked = &parcel.booked;
    let before = parcel.events.iter().rev().find_map(|event| event.status.as_deref()).unwrap_or("AWB ASSIGNED");
    let (order_id, order_label) = order_status(if awkward { before } else { &parcel.status });
    let awb: u64 = parcel.awb.parse().unwrap_or(0);
    let order = &booked["sr_order_id"];
    let scans: Vec<Value> = parcel.events.iter().chain([event]).map(|event| scan(event, !awkward)).collect();
    json!({
        "awb": if awkward { json!(awb) } else { json!(parcel.awb) },
        "courier_name": booked["courier_name"],
        "current_status": order_label,
        "current_status_id": order_id,
        "shipment_status": parcel.status,
        "shipment_status_id": if awkward { json!(shipment_id(&parcel.status).to_string()) } else { json!(shipment_id(&parcel.status)) },
        "current_timestamp": local(event.at, "%d %m %Y %H:%M:%S"),
        "order_id": parcel.reference,
        "sr_order_id": if awkward { json!(order.to_string()) } else { order.clone() },
        "awb_assigned_date": local(parcel.created_at, "%Y-%m-%d %H:%M:%S"),
        "pickup_scheduled_date": local(parcel.created_at.plus(DAY_MS), "%Y-%m-%d %H:%M:%S"),
        "etd": local(parcel.created_at.plus(4 * DAY_MS), "%Y-%m-%d %H:%M:%S"),
        "scans": scans,
        "is_return": booked["is_return"],
        "channel_id": CHANNEL,
        "pod_status": "OTP Based Delivery",
        "pod": "Not Available",
    })
}

/// What the panel's button sends.
pub fn ping_body() -> Value {
    json!({ "awb": "", "current_status": "", "order_id": "", "current_timestamp": "", "scans": [] })
}

/// Whether a webhook has a status.
pub fn has_status(body: &Value) -> bool {
    body["shipment_status"].is_string()
}

/// Puts a status nobody knows into a webhook that has one.
pub fn make_unknown(body: &mut Value) {
    if has_status(body) {
        let Word { shipment: (id, label), order: (order, order_label) } = UNKNOWN;
        body["shipment_status"] = json!(label);
        body["shipment_status_id"] = json!(id);
        body["current_status"] = json!(order_label);
        body["current_status_id"] = json!(order);
    }
}

/// What a look-up tells of a parcel, newest first; `is_unknown` puts a status of no table on top.
pub fn tracking(parcel: &Parcel, awkward: bool, is_unknown: bool) -> Value {
    if parcel.events.is_empty() && !is_unknown {
        let error = "Aahh! There is no activities found in our DB. Please have some patience it will be updated soon.";
        return json!({ "tracking_data": { "track_status": 0, "shipment_status": 0, "shipment_track": [],
            "shipment_track_activities": Value::Null, "track_url": "", "error": error } });
    }
    let status = if is_unknown { UNKNOWN.shipment.1 } else { parcel.status.as_str() };
    let id = shipment_id(status);
    let booked = &parcel.booked;
    let delivered = parcel.events.iter().find(|event| event.status.as_deref() == Some("DELIVERED"));
    let activities: Vec<Value> = parcel.events.iter().rev().map(|event| scan(event, !awkward)).collect();
    json!({ "tracking_data": {
        "track_status": 1,
        "shipment_status": if awkward { json!(id.to_string()) } else { json!(id) },
        "shipment_track": [{
            "id": 300_114_477,
            "awb_code": parcel.awb,
            "courier_company_id": booked["courier_id"],
            "shipment_id": if awkward { Value::Null } else { booked["shipment_id"].clone() },
            "order_id": if awkward { Value::Null } else { booked["sr_order_id"].clone() },
            "pickup_date": "0000-00-00 00:00:00",
            "delivered_date": delivered.map(|event| local(event.at, "%Y-%m-%d %H:%M:%S")),
            "packages": 1,
            "current_status": status,
            "courier_name": booked["courier_name"],
            "edd": Value::Null,
        }],
        "shipment_track_activities": activities,
        "track_url": format!("https://track.example.net/tracking/{}", parcel.awb),
        "etd": local(parcel.created_at.plus(4 * DAY_MS), "%Y-%m-%d %H:%M:%S"),
        "is_return": booked["is_return"] == json!(1),
    } })
}

/// Indian time without a zone.
pub fn local(at: UnixMillis, form: &str) -> String {
    let at = at.plus(Country::IN.utc_offset_minutes() * MINUTE_MS);
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.strftime(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNEYS: [Journey; 8] = [
        Journey::Delivered,
        Journey::Held,
        Journey::PartlyDelivered,
        Journey::FailedAttempts,
        Journey::Returned,
        Journey::Cancelled,
        Journey::Lost,
        Journey::Unclear,
    ];

    #[test]
    fn every_way_goes_forward_in_time_and_ends() {
        for journey in JOURNEYS {
            for seed in 0..20 {
                let way = way(journey, UnixMillis(0), &Chance::seeded(seed));
                assert!(way.iter().zip(way.iter().skip(1)).all(|(one, next)| one.at < next.at), "{journey:?}");
                let statuses: Vec<&str> = way.iter().filter_map(|event| event.status.as_deref()).collect();
                let [before @ .., end] = statuses.as_slice() else { panic!("{statuses:?}") };
                assert!(is_final(end) && before.iter().all(|status| !is_final(status)), "{statuses:?}");
            }
        }
    }

    #[test]
    fn a_mistaken_scan_is_taken_back_and_the_parcel_goes_back() {
        let way = way(Journey::MisScanned, UnixMillis(0), &Chance::seeded(1));
        let statuses: Vec<&str> = way.iter().filter_map(|event| event.status.as_deref()).collect();
        let (twice, corrected) = (["OUT FOR DELIVERY"; 2], ["DELIVERED", "UNDELIVERED", "RTO INITIATED"]);
        assert!(statuses.windows(5).any(|five| five[..2] == twice && five[2..] == corrected), "{statuses:?}");
        assert_eq!(statuses.last(), Some(&"RTO DELIVERED"));
    }

    #[test]
    fn most_kinds_of_way_are_chosen_by_some_seed() {
        let chosen: Vec<Journey> = (0..300).map(|seed| choose(&Chance::seeded(seed))).collect();
        // Nobody but the seller calls a parcel off.
        assert!(JOURNEYS.iter().all(|journey| chosen.contains(journey) != (*journey == Journey::Cancelled)));
    }

    #[test]
    fn labels_have_ids_in_two_spaces() {
        assert_eq!((shipment_id("out for delivery"), order_status("OUT FOR DELIVERY").0), (17, 19));
        assert_eq!((shipment_id("RTO OFD"), shipment_id("RTO_OFD")), (41, 41));
        assert_eq!(shipment_id("no such label"), 197);
        assert_eq!(local(UnixMillis(1_776_097_805_000), "%d %m %Y %H:%M:%S"), "13 04 2026 22:00:05");
    }
}
