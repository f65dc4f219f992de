//! What happened to a parcel, as tracking answers and webhooks both write it, and times in Indian time.

use serde_json::Value;

use crate::domain::customers::Country;
use crate::domain::time::{HOUR_MS, UnixMillis};
use crate::server::couriers::shiprocket::status::{self, RETURN, SHIPMENT};
use crate::server::couriers::{Code, Heard, scalar};

/// Longest text kept for the timeline.
const TEXT_CHARACTERS_MAX: usize = 500;
/// A summary and a scan of one state this close together tell of one thing.
const SAME_EVENT_MS: i64 = 12 * HOUR_MS;

/// Every scan of a list that has a time, in the order of the list; a list may be missing. One that has
/// none is left out: without its time it would look like news of now.
pub fn read(list: &Value, is_return: bool) -> Vec<Heard> {
    let Some(list) = list.as_array() else { return Vec::new() };
    let scans: Vec<Heard> = list.iter().filter_map(|scan| read_one(scan, is_return)).collect();
    if scans.len() < list.len() {
        let left_out = list.len() - scans.len();
        tracing::warn!(left_out, "Shiprocket told of {left_out} scans without a readable time");
    }
    scans
}

fn read_one(scan: &Value, is_return: bool) -> Option<Heard> {
    let at = time(&scan["date"])?;
    let label = scalar::text(&scan["sr-status-label"]);
    let code = coded(status::code(SHIPMENT, scalar::id(&scan["sr-status"]), label.as_deref()), is_return);
    let said = scalar::text(&scan["activity"]).or(label).unwrap_or_default();
    let activity = scalar::line(&said, TEXT_CHARACTERS_MAX);
    // The carrier's own code tells scans of one minute apart; some carriers send words only.
    let carrier = scalar::text(&scan["status"]).unwrap_or_default();
    let distinct_by = if code == Code::default() { format!("{carrier} {activity}") } else { carrier };
    let location = scalar::line(&scalar::text(&scan["location"]).unwrap_or_default(), TEXT_CHARACTERS_MAX);
    Some(Heard { at: Some(at), code, distinct_by, activity, location })
}

/// A code with what is known of the direction; without any it says nothing about the state.
pub fn coded(code: Option<Code>, is_return: bool) -> Code {
    let mut code = code.unwrap_or_default();
    if is_return && code != Code::default() {
        code.kind = RETURN.to_owned();
    }
    code
}

/// Whether the newest scan with a state tells what a summary tells. Told twice, a failed attempt would
/// count twice.
pub fn have_told(scans: &[Heard], code: &Code, at: Option<UnixMillis>) -> bool {
    let newest = scans.iter().filter(|scan| scan.code != Code::default()).max_by_key(|scan| scan.at);
    let Some(newest) = newest else { return false };
    let is_same = newest.code.id_space == code.id_space
        && if newest.code.code.is_empty() || code.code.is_empty() {
            newest.code.text == code.text
        } else {
            newest.code.code == code.code
        };
    let is_near = match (newest.at, at) {
        (Some(told), Some(at)) => (at.0 - told.0).abs() <= SAME_EVENT_MS,
        (_, _) => true,
    };
    is_same && is_near
}

/// An instant in one of the forms Shiprocket writes: `2026-04-13 22:10:00`, and in webhooks
/// `13 04 2026 22:10:05`, both in Indian time.
pub fn time(value: &Value) -> Option<UnixMillis> {
    let text = scalar::text(value)?;
    let parts: Vec<&str> = text.split_whitespace().collect();
    match parts.as_slice() {
        [day, month, year, clock] if year.len() == 4 && day.len() <= 2 => {
            scalar::instant(&format!("{year}-{month:0>2}-{day:0>2} {clock}"), Country::IN)
        }
        _ => scalar::instant(&text, Country::IN),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_indian_whichever_way_round_they_are_written() {
        let at = |text: &str| time(&json!(text));
        assert_eq!(at("13 04 2026 22:10:05"), at("2026-04-13T16:40:05Z"));
        assert_eq!(at("2026-04-13 22:10:05"), at("13 04 2026 22:10:05"));
        assert!(at("2026-04-13 22:10:05").is_some());
        for none in ["", "0000-00-00 00:00:00", "NA", "31 02 2026 10:00:00", "13 04 2026", "soon", "1 2 3 4 5"] {
            assert_eq!(at(none), None, "{none}");
        }
        assert_eq!(time(&Value::Null), None);
    }

    #[test]
    fn a_scan_without_a_time_is_left_out_and_the_others_stay() {
        let list = json!([
            { "date": "0000-00-00 00:00:00", "sr-status": "7" },
            null,
            { "date": "2026-04-13 22:10:00", "activity": "Held", "location": "PUNE", "sr-status": "NA" },
            { "date": "2026-04-13 22:10:00", "status": "X-1", "sr-status": 17, "sr-status-label": "OUT_FOR-DELIVERY" },
        ]);
        let scans = read(&list, true);
        assert_eq!(scans.len(), 2);
        assert_eq!((&scans[0].code, scans[0].distinct_by.as_str()), (&Code::default(), " Held"));
        assert_eq!((scans[1].code.text.as_str(), scans[1].code.code.as_str()), ("OUT FOR DELIVERY", "17"));
        assert_eq!((scans[1].code.kind.as_str(), scans[1].activity.as_str()), (RETURN, "OUT_FOR-DELIVERY"));
        for none in [Value::Null, json!([]), json!({}), json!("")] {
            assert!(read(&none, false).is_empty());
        }
    }
}
