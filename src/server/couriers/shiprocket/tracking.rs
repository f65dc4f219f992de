//! Shiprocket's answers to the question where a parcel is: one, many keyed by AWB, or a list per order;
//! and what an order knows of itself before it has an AWB.

use serde_json::Value;

use crate::server::couriers::http::Answer;
use crate::server::couriers::shiprocket::scans;
use crate::server::couriers::shiprocket::status::{self, SHIPMENT};
use crate::server::couriers::shiprocket::wire::{self, KnownOrder};
use crate::server::couriers::{CourierError, Heard, Numbers, Report, scalar};

/// AWBs of one question about many.
pub const AWBS_MAX: usize = 50;

fn not_there() -> CourierError {
    CourierError::Refused("Shiprocket does not know this parcel.".to_owned())
}

/// Reads the answer about one parcel.
///
/// # Errors
/// [`CourierError::Refused`] when Shiprocket does not know it, otherwise what the answer says.
pub fn read_one(answer: &Answer) -> Result<Report, CourierError> {
    if answer.status == 404 {
        return Err(not_there());
    }
    let body = wire::json(answer)?;
    match body.as_array() {
        Some(list) => list.first().ok_or_else(not_there).and_then(|value| report(value, answer)),
        None => report(&body, answer),
    }
}

/// Reads the answer about an order: one report per shipment of it.
///
/// # Errors
/// As [`read_one`], when the whole was refused.
pub fn read_by_order(answer: &Answer) -> Result<Vec<Report>, CourierError> {
    if answer.status == 404 {
        return Err(not_there());
    }
    let body = wire::json(answer)?;
    let Some(list) = body.as_array() else { return Ok(vec![report(&body, answer)?]) };
    list.iter().map(|value| report(value, answer)).collect()
}

/// Reads the answer about many, in the order asked for. One that is missing or odd spoils no other.
///
/// # Errors
/// When the whole was refused.
pub fn read_many(answer: &Answer, awbs: &[String]) -> Result<Vec<Result<Report, CourierError>>, CourierError> {
    let body = wire::json(answer)?;
    if !answer.is_success() || !body["message"].is_null() {
        return Err(wire::failure(answer));
    }
    // A language that has one kind of list writes "nothing" as an empty list; some wrap each in a list.
    let entry = |awb: &String| match &body {
        Value::Object(by_awb) => by_awb.get(awb).cloned(),
        Value::Array(list) => {
            list.iter().find_map(|one| one.get(awb).cloned().or_else(|| is_about(one, awb).then(|| one.clone())))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    // The whole was looked at: read again for every odd entry, a long answer would take seconds.
    let read = |value: &Value| told(value).ok_or_else(no_data);
    let one = |awb: &String| match entry(awb) {
        Some(Value::Array(list)) => list.first().ok_or_else(not_there).and_then(read),
        Some(value) => read(&value),
        None => Err(not_there()),
    };
    Ok(awbs.iter().map(one).collect())
}

fn is_about(value: &Value, awb: &str) -> bool {
    scalar::id(&value["tracking_data"]["shipment_track"][0]["awb_code"]).as_deref() == Some(awb)
}

fn no_data() -> CourierError {
    CourierError::Unreadable("Shiprocket's answer has no tracking data of this parcel.".to_owned())
}

fn report(value: &Value, answer: &Answer) -> Result<Report, CourierError> {
    told(value).filter(|_| answer.is_success()).ok_or_else(|| match wire::number_failure(answer) {
        CourierError::Unreadable(_) => no_data(),
        other => other,
    })
}

/// What is told of one parcel, if there is anything to be read.
fn told(value: &Value) -> Option<Report> {
    let data = &value["tracking_data"];
    if !data.is_object() {
        return None;
    }
    let track = &data["shipment_track"][0];
    let numbers = Numbers {
        awb: scalar::id(&track["awb_code"]),
        courier_order_id: scalar::id(&track["order_id"]),
        courier_shipment_id: scalar::id(&track["shipment_id"]),
        ..Numbers::default()
    };
    let is_return = data["is_return"] == Value::Bool(true) || scalar::number(&data["is_return"]) == Some(1);
    let mut heard = scans::read(&data["shipment_track_activities"], is_return);
    heard.extend(summary(data, &heard, is_return));
    let expected_delivery_at = scans::time(&data["etd"]).or_else(|| scans::time(&track["edd"]));
    Some(Report { numbers, heard: Ok(heard), expected_delivery_at })
}

/// The state the answer sums up, where no scan has told it. Its time is known of a delivery only.
fn summary(data: &Value, told: &[Heard], is_return: bool) -> Option<Heard> {
    let track = &data["shipment_track"][0];
    let label = scalar::text(&track["current_status"]);
    let code = status::code(SHIPMENT, Some(scalar::id(&data["shipment_status"])?), label.as_deref())?;
    if scans::have_told(told, &code, None) {
        return None;
    }
    let is_delivered = code.code == "7";
    let at = scans::time(&track["delivered_date"]).filter(|_| is_delivered);
    let activity = label.unwrap_or_else(|| "Shiprocket's summary".to_owned());
    Some(Heard { at, code: scans::coded(Some(code), is_return), activity, ..Heard::default() })
}

/// What an order without an AWB is worth as news: its numbers and its status.
pub fn of_order(order: KnownOrder) -> Report {
    let heard = order.booking.heard.into_iter().collect();
    Report { numbers: order.booking.numbers, heard: Ok(heard), expected_delivery_at: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::shipping::{Leg, ShipmentStatus};
    use crate::domain::time::UnixMillis;
    use crate::server::couriers::shiprocket::Shiprocket;
    use crate::server::couriers::shiprocket::tests::{answer, fixture};
    use crate::server::couriers::status::{Meaning, meaning};

    fn means(report: &Report) -> Vec<Meaning> {
        let heard = report.heard.as_ref().expect("readable");
        heard.iter().map(|one| meaning(&Shiprocket, &[], Leg::Forward, &one.code)).collect()
    }

    fn one(name: &str) -> Report {
        read_one(&answer(200, fixture(name))).expect("a report")
    }

    const PICKED_UP: Meaning = Meaning::Is(ShipmentStatus::PickedUp);
    const WITH_RIDER: Meaning = Meaning::Is(ShipmentStatus::OutForDelivery);
    const DELIVERED: Meaning = Meaning::Is(ShipmentStatus::Delivered);

    #[test]
    fn a_tracked_parcel_tells_its_scans_in_the_shipment_space() {
        let report = one("track_awb_out_for_delivery.json");
        assert_eq!(means(&report), [WITH_RIDER, Meaning::Nothing, PICKED_UP], "newest first, and NA is no state");
        assert_eq!(report.numbers.awb.as_deref(), Some("78300041200888"));
        assert_eq!(report.numbers.courier_order_id.as_deref(), Some("512640981"));
        assert_eq!(report.numbers.courier_shipment_id.as_deref(), Some("509871223"));
        assert_eq!(report.expected_delivery_at, Some(UnixMillis(1_776_277_740_000)));
        assert!(report.heard.expect("readable").iter().all(|heard| heard.at.is_some()));
        assert_eq!(means(&one("track_awb_delivered.json"))[0], DELIVERED);
    }

    #[test]
    fn a_parcel_without_scans_is_no_news_and_no_error() {
        let report = one("track_awb_no_activity.json");
        assert_eq!(report.heard, Ok(Vec::new()));
        assert_eq!(report.numbers, Numbers::default());
    }

    #[test]
    fn many_parcels_are_keyed_by_awb_and_a_missing_one_spoils_no_other() {
        let awbs = ["78300041200999", "1", "78300041200888"].map(str::to_owned);
        let reports = read_many(&answer(200, fixture("track_bulk_awbs.json")), &awbs).expect("entries");
        assert_eq!(reports[0].as_ref().map(|report| report.heard.clone()), Ok(Ok(Vec::new())));
        assert!(matches!(reports[1], Err(CourierError::Refused(_))));
        let delivered = reports[2].as_ref().expect("a report");
        assert_eq!(means(delivered), [DELIVERED], "the summary, for there are no scans");
        let heard = delivered.heard.as_ref().expect("readable");
        assert_eq!(heard[0].at, Some(UnixMillis(1_776_160_320_000)), "its time is known");
        for nothing in ["{}", "[]"] {
            let reports = read_many(&answer(200, nothing), &awbs).expect("entries");
            assert!(reports.iter().all(Result::is_err) && reports.len() == 3);
        }
        let odd = json!({ "1": [], "78300041200888": [{ "tracking_data": {} }], "78300041200999": "x" });
        let reports = read_many(&answer(200, odd.to_string()), &awbs).expect("entries");
        assert!(reports[0].is_err() && reports[1].is_err() && reports[2].is_ok());
        assert!(read_many(&answer(429, fixture("rate_limited_429.json")), &awbs).is_err());
    }

    #[test]
    fn tracking_by_order_is_a_list() {
        let reports = read_by_order(&answer(200, fixture("track_by_order_array.json"))).expect("a list");
        assert_eq!(reports.len(), 1);
        let expected = [Meaning::Nothing, PICKED_UP, Meaning::Is(ShipmentStatus::InTransit)];
        assert_eq!(means(&reports[0]), expected, "the summary is ahead of the scans");
        assert_eq!(reports[0].heard.as_ref().expect("readable")[2].at, None, "and has no time");
        assert_eq!(read_one(&answer(200, fixture("track_by_order_array.json"))).as_ref(), Ok(&reports[0]));
    }

    #[test]
    fn a_number_nobody_knows_is_refused_and_trouble_is_not() {
        assert!(matches!(read_one(&answer(404, fixture("track_404.json"))), Err(CourierError::Refused(_))));
        let php = json!({ "message": "Invalid argument supplied for foreach()", "status_code": 500 }).to_string();
        assert!(matches!(read_one(&answer(500, php)), Err(CourierError::Refused(_))));
        let limited = read_one(&answer(429, fixture("rate_limited_429.json")));
        assert!(matches!(limited, Err(CourierError::Unavailable { .. })));
        for body in ["", "{}", "[]", "<html>", "[[]]", r#"{"tracking_data":[]}"#] {
            assert!(read_one(&answer(200, body)).is_err(), "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_reading_panic(status in 100_u16..600, body in "[\\[\\]{}\",:a-z0-9]{0,80}") {
            let answer = answer(status, body);
            read_one(&answer).ok();
            read_by_order(&answer).ok();
            read_many(&answer, &["1".to_owned()]).ok();
        }
    }
}
