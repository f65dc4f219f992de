//! Tracking answers: which parcels they are about, and what was said of each. Nothing here sends.

use serde_json::Value;

use crate::domain::customers::Country;
use crate::server::couriers::delhivery::answers::{failure, json, says_any};
use crate::server::couriers::delhivery::{scans, wire};
use crate::server::couriers::http::Answer;
use crate::server::couriers::{Booking, CourierError, Numbers, Report, scalar};

/// Parcels one call may name.
pub const WAYBILLS_MAX: usize = 50;

/// What a call about parcels Delhivery has none of says, under a 200.
const NO_SUCH_PARCEL: [&str; 2] = ["does not exist", "do not exist"];

/// Reads a tracking answer: one report per parcel it knows, in its order, which is no promise.
///
/// # Errors
/// Anything that is neither news nor "there is none". That one has no parcels.
pub fn read(answer: &Answer) -> Result<Vec<Report>, CourierError> {
    let body = json(answer)?;
    match &body["ShipmentData"] {
        Value::Array(entries) if answer.is_success() => Ok(entries.iter().map(report).collect()),
        Value::Null if answer.is_success() && is_none(&body) => Ok(Vec::new()),
        _ => Err(failure(answer, &body)),
    }
}

/// Only Delhivery's own sentence proves that there is none; it comes with `Success: false`.
fn is_none(body: &Value) -> bool {
    let error = &body["Error"];
    body["Success"] == Value::Bool(false)
        && error.is_string()
        && says_any(&serde_json::json!({ "error": error }), &NO_SUCH_PARCEL)
}

fn report(entry: &Value) -> Report {
    let inner = scans::field(entry, &["shipment"]);
    let shipment = if inner.is_object() { inner } else { entry };
    let expected = scalar::text(&shipment["ExpectedDeliveryDate"]);
    Report {
        numbers: scans::numbers(shipment),
        heard: scans::all_heard(shipment),
        expected_delivery_at: expected.and_then(|text| scalar::instant(&text, Country::IN)),
    }
}

/// The report of a parcel that was asked for, among those of others.
///
/// # Errors
/// When there is none: the answer holds what Delhivery knows, and nothing else.
pub fn sorted_out(asked: &Numbers, reports: &[Report]) -> Result<Report, CourierError> {
    if let Some(report) = reports.iter().find(|report| is_about(report, asked)) {
        return Ok(report.clone());
    }
    if reports.iter().any(|report| report.numbers.awb.is_none()) {
        return Err(CourierError::Unreadable("Delhivery answered about a parcel without saying which.".to_owned()));
    }
    Err(CourierError::Refused("Delhivery does not know this parcel, or not yet.".to_owned()))
}

fn is_about(report: &Report, numbers: &Numbers) -> bool {
    match (&numbers.awb, &numbers.reference) {
        (Some(awb), _) => report.numbers.awb.as_ref() == Some(awb),
        (None, Some(reference)) => report.numbers.reference == Some(wire::order(reference)),
        (None, None) => false,
    }
}

/// The booking a look-up by our reference has found, if it has.
///
/// # Errors
/// When it answered about other parcels only: that is no proof that there is none.
pub fn booking(reports: Vec<Report>, reference: &str) -> Result<Option<Booking>, CourierError> {
    let order = wire::order(reference);
    let has_others = !reports.is_empty();
    let ours = reports
        .into_iter()
        .find(|report| report.numbers.reference.as_ref() == Some(&order) && report.numbers.awb.is_some());
    match ours {
        Some(report) => {
            let heard = report.heard.ok().and_then(|all| all.into_iter().next_back());
            Ok(Some(Booking { numbers: report.numbers, heard, ..Booking::default() }))
        }
        None if has_others => {
            Err(CourierError::Unreadable("Delhivery answered about another parcel than it was asked for.".to_owned()))
        }
        None => Ok(None),
    }
}

#[cfg(test)]
#[path = "track_tests.rs"]
mod tests;
