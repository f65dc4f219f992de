//! A scan, however it is written: in tracking answers, in pushes as documented, and in pushes laid out for
//! one client. Names are compared without case, `_` and `-`.

use serde_json::Value;

use crate::domain::customers::Country;
use crate::server::couriers::delhivery::status;
use crate::server::couriers::{Heard, Numbers, scalar};

/// Longest remark kept for the timeline.
const WORDS_CHARACTERS_MAX: usize = 500;
const PLACE_CHARACTERS_MAX: usize = 120;

const TEXT: [&str; 4] = ["status", "scan", "currentstatus", "shipmentstatus"];
const KIND: [&str; 2] = ["statustype", "scantype"];
const NSL: [&str; 4] = ["nslcode", "nsl", "statuscode", "scancode"];
const TIME: [&str; 7] =
    ["statusdatetime", "statustime", "statusdate", "scandatetime", "scantime", "timestamp", "updatedat"];
const PLACE: [&str; 4] = ["statuslocation", "scannedlocation", "location", "scanlocation"];
const WORDS: [&str; 4] = ["instructions", "instruction", "remarks", "remark"];
const AWB: [&str; 5] = ["awb", "waybill", "wbn", "awbnumber", "waybillnumber"];
const REFERENCE: [&str; 5] = ["referenceno", "reference", "referencenumber", "refnum", "orderid"];

/// The field with the first of these names that is there at all.
pub fn field<'v>(value: &'v Value, names: &[&str]) -> &'v Value {
    let Value::Object(fields) = value else { return &Value::Null };
    let named = |name: &&str| fields.iter().find(|(key, _)| is_named(key, name)).map(|(_, value)| value);
    names.iter().find_map(named).unwrap_or(&Value::Null)
}

/// Whether a key is a name, which is in small letters. Nothing is allocated: a push may hold ten thousand
/// parcels, and each is asked for dozens of names.
fn is_named(key: &str, name: &str) -> bool {
    let letters = key.chars().filter(|letter| !matches!(letter, '_' | '-'));
    letters.flat_map(char::to_lowercase).eq(name.chars())
}

fn text(value: &Value, around: &Value, names: &[&str]) -> Option<String> {
    scalar::text(field(value, names)).or_else(|| scalar::text(field(around, names)))
}

/// What a parcel is called.
pub fn numbers(shipment: &Value) -> Numbers {
    Numbers {
        awb: scalar::id(field(shipment, &AWB)),
        reference: scalar::id(field(shipment, &REFERENCE)),
        ..Numbers::default()
    }
}

/// Whether there is a state in it, of whatever kind.
pub fn has_state(value: &Value) -> bool {
    [&TEXT[..], &KIND, &NSL].iter().any(|names| scalar::text(field(value, names)).is_some())
}

/// Reads a scan or a state. `around` is the parcel it is of, which holds what the state itself does not.
///
/// # Errors
/// A sentence when it has no state or a time that is none.
pub fn heard(state: &Value, around: &Value) -> Result<Heard, String> {
    let kind = text(state, around, &KIND).unwrap_or_default();
    let Some(said) = text(state, around, &TEXT) else { return Err("It has no status.".to_owned()) };
    let nsl = text(state, around, &NSL).unwrap_or_default();
    let at = match text(state, around, &TIME) {
        None => None,
        Some(time) => match scalar::instant(&time, Country::IN) {
            Some(at) => Some(at),
            None => return Err("The time of its status is none.".to_owned()),
        },
    };
    let words = text(state, around, &WORDS).unwrap_or_else(|| said.clone());
    let place = text(state, around, &PLACE).unwrap_or_default();
    Ok(Heard {
        at,
        code: status::code(&kind, &said, &nsl),
        distinct_by: String::new(),
        activity: scalar::line(&words, WORDS_CHARACTERS_MAX),
        location: scalar::line(&place, PLACE_CHARACTERS_MAX),
    })
}

/// The scans of a parcel, oldest first as they come. One that cannot be read, or has no time, is left out:
/// the state beside them counts, and taken for news of now an old scan would turn a parcel's way round.
pub fn scans(shipment: &Value) -> Vec<Heard> {
    let Value::Array(list) = field(shipment, &["scans"]) else { return Vec::new() };
    let scan = |entry: &Value| {
        let inner = field(entry, &["scandetail"]);
        heard(if inner.is_object() { inner } else { entry }, &Value::Null).ok()
    };
    list.iter().filter_map(scan).filter(|heard| heard.at.is_some()).collect()
}

/// Everything a parcel's entry says: its scans, and its state where that is not the last of them.
///
/// # Errors
/// A sentence when the state cannot be read, or when there is nothing at all.
pub fn all_heard(shipment: &Value) -> Result<Vec<Heard>, String> {
    let mut all = scans(shipment);
    let state = field(shipment, &["status"]);
    let last = match state {
        Value::Object(_) => Some(heard(state, shipment)?),
        _ if has_state(shipment) => Some(heard(shipment, &Value::Null)?),
        _ => None,
    };
    if let Some(last) = last {
        let is_there = |scan: &Heard| scan.code == last.code && (scan.at == last.at || last.at.is_none());
        if !all.iter().any(is_there) {
            all.push(last);
        }
    }
    if all.is_empty() { Err("It has no status.".to_owned()) } else { Ok(all) }
}
