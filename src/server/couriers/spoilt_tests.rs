//! Recorded bodies of every courier, spoilt in every way we can think of: no reading panics or takes long,
//! and of many parcels only the spoilt one is given up, with a reason.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::domain::couriers::{Numbers, Provider, Push, Report};
use crate::server::couriers::fuzzing::{is_readable, read_everything};
use crate::server::couriers::testing::{answer, fixture};
use crate::server::couriers::{CourierError, delhivery, generic, of, shiprocket};

/// How long everything that reads may take with one body: a tenth of a second, and a hundred times that on a
/// machine which has much else to do. What is quadratic in ten thousand items takes longer still.
const READING_TIME_MAX: Duration = Duration::from_secs(10);
const ITEMS: usize = 10_000;

/// What a field is spoilt into, written as it stands in the body: JSON has no words for some of it.
fn spoilt_values() -> Vec<String> {
    let texts = ["", " ", "NaN", "0000-00-00 00:00:00", "99999-99-99T99:99:99Z", "\u{0}", "\u{202e}লে\u{1f4e6}", "-1"];
    let mut values: Vec<String> = texts.iter().map(|text| json!(text).to_string()).collect();
    let raw =
        ["null", "true", "[]", "{}", "[[]]", "[null]", "-0", "1e308", "-1e308", "1e999", "0.1", "NaN", "Infinity"];
    values.extend(raw.map(str::to_owned));
    values.extend([i64::MAX.to_string(), i64::MIN.to_string(), u64::MAX.to_string(), "9".repeat(400)]);
    values.extend([100, 5_000].map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))));
    values.extend([100, 5_000].map(|depth| format!("{}1{}", "{\"Shipment\":".repeat(depth), "}".repeat(depth))));
    for item in ["1", "null", "{}", "\"DELIVERED\"", r#"{"status":"delivered","awb":1}"#] {
        values.push(format!("[{}]", vec![item; ITEMS].join(",")));
    }
    values.push(json!("x".repeat(200_000)).to_string());
    values
}

/// What happens to the bytes after that.
#[derive(Clone, Debug)]
enum Damage {
    None,
    Truncated(Index),
    Page,
    Garbled(Index, u8),
    Twice,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => Just(Damage::None),
        2 => any::<Index>().prop_map(Damage::Truncated),
        1 => Just(Damage::Page),
        2 => (any::<Index>(), 0x80_u8..).prop_map(|(at, byte)| Damage::Garbled(at, byte)),
        1 => Just(Damage::Twice),
    ]
}

fn damaged(mut body: Vec<u8>, damage: &Damage) -> Vec<u8> {
    match damage {
        Damage::None => {}
        Damage::Truncated(at) => body.truncate(at.index(body.len().max(1))),
        Damage::Page => body.splice(0..0, *b"<!DOCTYPE html><title>502</title>").for_each(drop),
        Damage::Garbled(at, byte) => {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = *byte;
            }
        }
        Damage::Twice => body.extend_from_within(..),
    }
    body
}

/// Every recorded body, with whose it is.
fn recorded() -> Vec<(Provider, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/couriers/fixtures");
    let mut found = Vec::new();
    for (provider, code) in Provider::TABLE {
        let Ok(files) = std::fs::read_dir(folder.join(code)) else { continue };
        let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
        found.extend(names.map(|name| (*provider, name)));
    }
    found.sort_by(|one, other| (one.0.code(), &one.1).cmp(&(other.0.code(), &other.1)));
    found
}

/// The nodes of a value, as pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                pointers(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                pointers(value, &format!("{at}/{place}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A body with one of its nodes spoilt.
fn spoilt(body: &[u8], node: Index, with: &str) -> Vec<u8> {
    const MARK: &str = "@spoilt@";
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    let mut all = Vec::new();
    pointers(&value, "", &mut all);
    if let Some(place) = value.pointer_mut(&all[node.index(all.len())]) {
        *place = json!(MARK);
    }
    value.to_string().replace(&json!(MARK).to_string(), with).into_bytes()
}

fn all_is_said(reports: &[Report]) -> bool {
    reports.iter().all(|report| report.heard.as_ref().err().is_none_or(|reason| is_readable(reason)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn no_spoilt_body_makes_reading_panic_or_take_long(
        (provider, name) in select(recorded()),
        node in any::<Index>(),
        with in 0..spoilt_values().len(),
        damage in damage(),
        status in select(vec![200_u16, 200, 200, 201, 204, 302, 400, 401, 404, 422, 429, 500]),
    ) {
        // By its place, so that a failure is told without two hundred kilobytes.
        let body = damaged(spoilt(&fixture(provider, &name), node, &spoilt_values()[with]), &damage);
        let started = Instant::now();
        let reports = read_everything(provider, &answer(status, body));
        let took = started.elapsed();
        prop_assert!(took < READING_TIME_MAX, "{took:?}");
        prop_assert!(all_is_said(&reports), "{reports:?}");
    }
}

/// How a bulk body is read: the body and the numbers asked for, to one entry a number.
type Reading = fn(Vec<u8>, &[String]) -> Vec<Result<Report, CourierError>>;

/// A bulk body: how it is made of items, what one is, and how it is read. Reports come in the items' order.
struct Bulk {
    name: &'static str,
    wrap: fn(Vec<(String, Value)>) -> Value,
    item: fn(&str) -> Value,
    read: Reading,
}

fn numbered(awb: &str) -> Numbers {
    Numbers { awb: Some(awb.to_owned()), ..Numbers::default() }
}

fn list(items: Vec<(String, Value)>) -> Value {
    items.into_iter().map(|(_, item)| item).collect()
}

/// The reports of a push, put in the order asked for.
fn pushed(provider: Provider, body: &[u8], awbs: &[String]) -> Vec<Result<Report, CourierError>> {
    let Some(Ok(Push::Parcels { reports, .. })) = of(provider).map(|courier| courier.read_push(body)) else {
        panic!("a push that is refused as a whole")
    };
    let of = |awb: &String| reports.iter().find(|report| report.numbers.awb.as_ref() == Some(awb)).cloned();
    awbs.iter().map(|awb| of(awb).ok_or_else(|| CourierError::Unreadable("It is left out.".to_owned()))).collect()
}

fn delhivery_item(awb: &str) -> Value {
    json!({ "Shipment": { "AWB": awb, "Status": {
        "Status": "In Transit", "StatusType": "UD", "StatusCode": "X-DLL2F", "StatusDateTime": "2026-04-13T04:11:09",
    } } })
}

fn relay_item(awb: &str) -> Value {
    json!({ "awb": awb, "events": [{ "at": "2026-11-22T17:05:00Z", "status": "in_transit", "raw": "T" }] })
}

fn rocket_item(awb: &str) -> Value {
    json!({ "tracking_data": { "track_status": 1, "shipment_status": 18, "shipment_track": [{ "awb_code": awb }],
        "shipment_track_activities": [{ "date": "2026-04-14 08:41:00", "activity": "On the way", "sr-status": "18" }] } })
}

const BULKS: [Bulk; 5] = [
    Bulk {
        name: "Delhivery's tracking",
        wrap: |items| json!({ "ShipmentData": list(items) }),
        item: delhivery_item,
        read: |body, awbs| {
            let reports = delhivery::track::read(&answer(200, body)).expect("an answer");
            awbs.iter().map(|awb| delhivery::track::sorted_out(&numbered(awb), &reports)).collect()
        },
    },
    Bulk {
        name: "Delhivery's push",
        wrap: list,
        item: delhivery_item,
        read: |body, awbs| pushed(Provider::Delhivery, &body, awbs),
    },
    Bulk {
        name: "Shiprocket's tracking",
        wrap: |items| Value::Object(items.into_iter().collect()),
        item: rocket_item,
        read: |body, awbs| shiprocket::tracking::read_many(&answer(200, body), awbs).expect("an answer"),
    },
    Bulk {
        name: "a relay's tracking",
        wrap: |items| json!({ "parcels": list(items) }),
        item: relay_item,
        read: |body, awbs| {
            let asked: Vec<Numbers> = awbs.iter().map(|awb| numbered(awb)).collect();
            generic::wire::read_tracked(&answer(200, body), &asked).expect("an answer")
        },
    },
    Bulk {
        name: "a relay's push",
        wrap: |items| json!({ "parcels": list(items) }),
        item: relay_item,
        read: |body, awbs| pushed(Provider::Generic, &body, awbs),
    },
];

/// A body of many items, one of which is spoilt by a value of JSON.
fn bulk_body(bulk: &Bulk, awbs: &[String], bad: usize, with: Option<&Value>) -> Vec<u8> {
    let item = |(at, awb): (usize, &String)| {
        let spoilt = with.filter(|_| at == bad).cloned();
        (awb.clone(), spoilt.unwrap_or_else(|| (bulk.item)(awb)))
    };
    (bulk.wrap)(awbs.iter().enumerate().map(item).collect()).to_string().into_bytes()
}

fn awbs(count: usize) -> Vec<String> {
    (0..count).map(|at| (58_110_020_000_000_u64 + at as u64).to_string()).collect()
}

proptest! {
    #[test]
    fn of_many_parcels_only_the_spoilt_one_is_given_up(
        which in 0..BULKS.len(),
        bad in 0_usize..30,
        node in any::<Index>(),
        with in 0..spoilt_values().len(),
    ) {
        let (bulk, awbs) = (&BULKS[which], awbs(30));
        let item = spoilt((bulk.item)(&awbs[bad]).to_string().as_bytes(), node, &spoilt_values()[with]);
        // What is no JSON spoils the whole, as it must.
        let Ok(item) = serde_json::from_slice::<Value>(&item) else { return Ok(()) };
        let good = (bulk.read)(bulk_body(bulk, &awbs, bad, None), &awbs);
        let read = (bulk.read)(bulk_body(bulk, &awbs, bad, Some(&item)), &awbs);
        prop_assert_eq!(read.len(), awbs.len());
        for (at, (good, read)) in good.iter().zip(&read).enumerate() {
            if at != bad {
                prop_assert_eq!(good, read, "{} at {}", bulk.name, at);
                prop_assert!(good.as_ref().is_ok_and(|report| report.heard.is_ok()), "{}", bulk.name);
            }
        }
        let reason = match &read[bad] {
            Ok(report) => report.heard.as_ref().err().cloned(),
            Err(error) => Some(error.to_string()),
        };
        prop_assert!(reason.as_ref().is_none_or(|reason| is_readable(reason)), "{}: {:?}", bulk.name, reason);
    }
}

#[test]
fn one_that_has_lost_its_state_is_marked_among_ten_thousand_in_no_time() {
    for bulk in &BULKS {
        let all = awbs(ITEMS);
        let mut bad = (bulk.item)(&all[7]);
        for field in ["/Shipment/Status/Status", "/events/0/at", "/tracking_data"] {
            if let Some(place) = bad.pointer_mut(field) {
                *place = json!("yesterday");
                if field.ends_with("Status") {
                    *place = Value::Null;
                }
            }
        }
        // Nobody asks for more than fifty at once, whatever the answer holds.
        let asked = &all[..50];
        let started = Instant::now();
        let read = (bulk.read)(bulk_body(bulk, &all, 7, Some(&bad)), asked);
        assert!(started.elapsed() < READING_TIME_MAX, "{}: {:?}", bulk.name, started.elapsed());
        for (at, read) in read.iter().enumerate() {
            let is_good = read.as_ref().is_ok_and(|report| report.heard.as_ref().is_ok_and(|heard| !heard.is_empty()));
            assert_eq!(is_good, at != 7, "{} at {at}: {read:?}", bulk.name);
        }
    }
}
