//! The ways of Delhivery's parcels, and the webhooks about them: one per scan.
//!
//! A status is written type, text and code with slashes between: `UD/In Transit/X-PPOM`.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::domain::customers::Country;
use crate::domain::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use crate::server::clock::Chance;
use crate::server::sandbox::state::{Event, Journey, Parcel};

/// A status of no table.
const UNKNOWN: (&str, &str) = ("Rescheduled by hub", "X-NEW9");

/// What a parcel has from the moment it is created.
pub const MANIFESTED: (&str, &str) = ("UD/Manifested/X-UCI", "Manifest uploaded");
/// The same of a return.
pub const OPEN: (&str, &str) = ("PP/Open/X-UCI", "Pickup request created");
/// What tells that the seller has called a parcel off; there is no word of its own for it.
pub const CALLED_OFF: Step = (1, 2, "UD/Not Picked/DTUP-210", "Seller cancelled the order");
/// The same of a return.
pub const RETURN_CALLED_OFF: Step = (1, 2, "CN/Canceled/EOD-777", "Pickup cancelled");

/// One step: the earliest and the latest minute after the one before, the status, Delhivery's words.
pub type Step = (u64, u64, &'static str, &'static str);

const NOT_PICKED: Step = (600, 1_440, "UD/Not Picked/X-PNP", "Pickup not done");
const START: [Step; 5] = [
    (30, 120, "UD/Manifested/FMPUR-101", "Pickup scheduled"),
    (120, 480, "UD/In Transit/X-PPOM", "Shipment picked up"),
    (30, 120, "UD/In Transit/X-PIOM", "Shipment Recieved at Origin Center"),
    (240, 600, "UD/In Transit/X-DLL2F", "Bag added to trip"),
    (600, 1_800, "UD/Pending/X-IBD3F", "Shipment Received at Facility"),
];
const OUT: Step = (300, 720, "UD/Dispatched/X-DDD3FD", "Out for delivery");
const DELIVERED: Step = (60, 300, "DL/Delivered/EOD-38", "Delivered to consignee");
/// What takes a delivery back that was scanned by mistake.
const CORRECTED: Step = (60, 300, "UD/Pending/EOD-11", "Delivered scan was made by mistake");
const FAILED: [Step; 3] = [
    (120, 480, "UD/Pending/EOD-11", "Consignee Unavailable"),
    (120, 480, "UD/Pending/EOD-6", "Consignee refused to accept"),
    (120, 480, "UD/Pending/ST-108", "Delivery attempt failed"),
];
const BACK: [Step; 4] = [
    (600, 1_440, "RT/In Transit/RT-101", "Return initiated"),
    (600, 1_440, "RT/Pending/RT-108", "Received at return center"),
    (120, 480, "RT/Dispatched/RT-113", "Out for return"),
    (60, 300, "DL/RTO/RT-110", "RTO Completed"),
];
const LOST: Step = (1_440, 2_880, "LT/LOST/LT-100", "Shipment lost");
const COLLECTION: [Step; 2] = [
    (60, 240, "PP/Scheduled/FMPUR-101", "Pickup scheduled"),
    (600, 1_440, "PP/Dispatched/FMOFP-101", "Out for pickup"),
];
const COLLECTED: [Step; 4] = [
    (60, 240, "PU/In Transit/X-PPOM", "Shipment picked up"),
    (240, 600, "PU/In Transit/X-PIOM", "Shipment Recieved at Origin Center"),
    (600, 1_800, "PU/Dispatched/X-DDD3FD", "Out for return delivery"),
    (60, 300, "DL/DTO/RD-AC", "Return accepted"),
];

/// Type, text and code of a status.
pub fn parts(status: &str) -> [&str; 3] {
    let mut parts = status.splitn(3, '/');
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

/// Whether nothing comes after a status.
pub fn is_final(status: &str) -> bool {
    let [kind, text, code] = parts(status);
    ["DL", "CN", "LT"].contains(&kind) || (text == "Not Picked" && code == "DTUP-210")
}

/// How a parcel's way ends: most are delivered.
pub fn choose(chance: &Chance) -> Journey {
    match below(chance, 100) {
        0..55 => Journey::Delivered,
        55..65 => Journey::Held,
        65..80 => Journey::FailedAttempts,
        80..93 => Journey::Returned,
        93..97 => Journey::Cancelled,
        _ => Journey::Lost,
    }
}

/// A number below a bound.
pub fn below(chance: &Chance, bound: u64) -> u64 {
    chance.number() % bound.max(1)
}

/// The way of a parcel booked now.
pub fn way(journey: Journey, from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut steps = Vec::new();
    if journey == Journey::Held {
        steps.push(NOT_PICKED);
    }
    if journey == Journey::Cancelled {
        return follow(&[CALLED_OFF], from, chance);
    }
    steps.extend(START);
    match journey {
        Journey::FailedAttempts => {
            let failed = 1 + below(chance, 2) as usize;
            steps.extend(FAILED.into_iter().take(failed).flat_map(|failed| [OUT, failed]));
            steps.extend([OUT, DELIVERED]);
        }
        Journey::Returned => {
            steps.extend(FAILED.into_iter().flat_map(|failed| [OUT, failed]));
            steps.extend(BACK);
        }
        Journey::MisScanned => {
            steps.extend([OUT, OUT, DELIVERED, CORRECTED]);
            steps.extend(BACK);
        }
        Journey::Lost | Journey::Unclear => steps.push(LOST),
        // Parts are not handed over.
        Journey::Delivered | Journey::Held | Journey::PartlyDelivered | Journey::Cancelled => {
            steps.extend([OUT, DELIVERED]);
        }
    }
    follow(&steps, from, chance)
}

/// The way of a return booked now.
pub fn return_way(journey: Journey, from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut steps = COLLECTION.to_vec();
    match journey {
        Journey::Cancelled | Journey::Returned => steps.push(RETURN_CALLED_OFF),
        Journey::Lost | Journey::Unclear => steps.extend([COLLECTED[0], LOST]),
        Journey::Delivered
        | Journey::Held
        | Journey::PartlyDelivered
        | Journey::FailedAttempts
        | Journey::MisScanned => {
            steps.extend(COLLECTED);
        }
    }
    follow(&steps, from, chance)
}

/// The way back of a parcel that was turned round now.
pub fn way_back(from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    follow(&BACK, from, chance)
}

/// One more attempt.
pub fn attempt(from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    follow(&[OUT, DELIVERED], from, chance)
}

/// Steps as events, each after the one before.
pub fn follow(steps: &[Step], from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut at = from;
    let follow = |(earliest, latest, status, message): &Step| {
        let span = (latest - earliest) * 60_000;
        let wait = earliest * 60_000 + below(chance, span);
        at = at.plus(i64::try_from(wait).unwrap_or(0));
        Event { at, status: Some((*status).to_owned()), message: (*message).to_owned() }
    };
    steps.iter().map(follow).collect()
}

/// Where a scan is made: at the origin until the line-haul, then at the destination, and back.
pub fn place(parcel: &Parcel, status: &str) -> String {
    let city = parcel.booked["city"].as_str().unwrap_or("Mumbai").replace(' ', "");
    let destination = format!("{city}_DC ({})", parcel.booked["state"].as_str().unwrap_or_default());
    match parts(status) {
        ["UD", "Manifested" | "Not Picked", _] | [_, _, "X-PPOM" | "X-PIOM"] => {
            "Mumbai_Andheri_Q (Maharashtra)".to_owned()
        }
        ["UD", "In Transit", _] | ["LT", ..] | ["RT", "In Transit", _] => "Bhiwandi_Hub_H (Maharashtra)".to_owned(),
        ["RT", ..] | [_, "RTO" | "DTO", _] => "Mumbai_Andheri_Q (Maharashtra)".to_owned(),
        _ => destination,
    }
}

/// The webhook about a scan, as documented; or in small letters, with a blank in the date and a number for
/// the AWB.
pub fn push_body(parcel: &Parcel, event: &Event, awkward: bool) -> Value {
    let status = event.status.as_deref().unwrap_or(&parcel.status);
    let [kind, text, code] = parts(status);
    let written = |text: &str| if awkward { text.to_lowercase() } else { text.to_owned() };
    let time = local(event.at);
    json!({ "Shipment": {
        "Status": {
            "Status": written(text),
            "StatusDateTime": if awkward { time.replace('T', " ") } else { time },
            "StatusType": written(kind),
            "StatusLocation": place(parcel, status),
            "Instructions": event.message,
        },
        "PickUpDate": picked_up_at(parcel).map_or_else(|| json!(""), |at| json!(local(at))),
        "NSLCode": written(code),
        "Sortcode": null,
        "ReferenceNo": parcel.reference,
        "AWB": if awkward { json!(parcel.awb.parse::<u64>().unwrap_or(0)) } else { json!(parcel.awb) },
    } })
}

/// When it was fetched, if it was.
pub fn picked_up_at(parcel: &Parcel) -> Option<UnixMillis> {
    let is_pickup = |event: &&Event| event.status.as_deref().is_some_and(|status| parts(status)[2] == "X-PPOM");
    parcel.events.iter().find(is_pickup).map(|event| event.at)
}

/// A webhook about no parcel, as somebody sends to try an address.
pub fn ping_body() -> Value {
    json!({ "event": "test" })
}

/// Whether a webhook has a status.
pub fn has_status(body: &Value) -> bool {
    body["Shipment"]["Status"]["Status"].is_string()
}

/// Puts a status nobody knows into a webhook that has one.
pub fn make_unknown(body: &mut Value) {
    if has_status(body) {
        body["Shipment"]["Status"]["Status"] = json!(UNKNOWN.0);
        body["Shipment"]["NSLCode"] = json!(UNKNOWN.1);
    }
}

/// Puts a status nobody knows into a parcel of a tracking answer.
pub fn make_answer_unknown(shipment: &mut Value) {
    shipment["Status"]["Status"] = json!(UNKNOWN.0);
    shipment["Status"]["StatusCode"] = json!(UNKNOWN.1);
    shipment["Status"]["StatusDateTime"] = json!(null);
    shipment["Scans"] = json!([]);
}

/// Indian time without a zone, with as many fraction digits as there are.
pub fn local(at: UnixMillis) -> String {
    let local = at.plus(Country::IN.utc_offset_minutes() * MINUTE_MS);
    let whole = jiff::Timestamp::from_millisecond(local.0.div_euclid(SECOND_MS) * SECOND_MS);
    let whole = whole.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default();
    match local.0.rem_euclid(SECOND_MS) {
        0 => whole,
        milliseconds => format!("{whole}.{milliseconds:03}").trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOURNEYS: [Journey; 6] = [
        Journey::Delivered,
        Journey::Held,
        Journey::FailedAttempts,
        Journey::Returned,
        Journey::Cancelled,
        Journey::Lost,
    ];

    #[test]
    fn every_way_goes_forward_in_time_to_one_end() {
        for journey in JOURNEYS {
            for seed in 0..20 {
                for way in [way, return_way] {
                    let way = way(journey, UnixMillis(0), &Chance::seeded(seed));
                    assert!(way.iter().zip(way.iter().skip(1)).all(|(one, next)| one.at < next.at), "{journey:?}");
                    let ends = way.iter().filter(|event| event.status.as_deref().is_some_and(is_final)).count();
                    assert_eq!(ends, 1, "{journey:?}");
                    assert!(way.back().and_then(|event| event.status.as_deref()).is_some_and(is_final));
                }
            }
        }
    }

    #[test]
    fn a_mistaken_scan_is_taken_back_and_the_parcel_goes_back() {
        let way = way(Journey::MisScanned, UnixMillis(0), &Chance::seeded(1));
        let statuses: Vec<&str> = way.iter().filter_map(|event| event.status.as_deref()).collect();
        let story = [OUT.2, OUT.2, DELIVERED.2, CORRECTED.2, BACK[0].2];
        assert!(statuses.windows(5).any(|five| five == story), "{statuses:?}");
        assert_eq!(statuses.last(), Some(&"DL/RTO/RT-110"));
    }

    #[test]
    fn every_kind_of_way_is_chosen_by_some_seed() {
        let chosen: Vec<Journey> = (0..300).map(|seed| choose(&Chance::seeded(seed))).collect();
        assert!(JOURNEYS.iter().all(|journey| chosen.contains(journey)));
    }

    #[test]
    fn times_are_written_as_the_recorded_ones() {
        assert_eq!(local(UnixMillis(1_776_033_669_860)), "2026-04-13T04:11:09.86");
        assert_eq!(local(UnixMillis(1_776_033_669_000)), "2026-04-13T04:11:09");
        assert_eq!(local(UnixMillis(1_776_033_669_007)), "2026-04-13T04:11:09.007");
    }

    #[test]
    fn a_status_has_three_parts() {
        assert_eq!(parts("UD/In Transit/X-PPOM"), ["UD", "In Transit", "X-PPOM"]);
        assert_eq!(parts("DL/Delivered"), ["DL", "Delivered", ""]);
    }
}
