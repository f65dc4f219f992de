//! Our neutral format: building what a relay is asked, reading what it says. `docs/generic-courier.md` is
//! what merchants read of it. Nothing here sends.

use serde_json::{Value, json};

use crate::domain::customers::Country;
use crate::domain::money::Minor;
use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::generic::status;
use crate::server::couriers::http::Answer;
use crate::server::couriers::{Booking, CourierError, Heard, Numbers, Parcel, Push, Report, refusals, scalar};

/// Its name in sentences.
pub const NAME: &str = "The relay";

/// Longest message and longest code kept.
const MESSAGE_CHARACTERS_MAX: usize = 500;
const RAW_CHARACTERS_MAX: usize = 100;

/// The body of a booking.
pub fn booking_body(account: &Account, parcel: &Parcel) -> Value {
    let (address, size) = (&parcel.address, &parcel.size);
    let item = |item: &crate::domain::couriers::ParcelItem| {
        json!({
            "sku": item.sku, "name": item.name, "quantity": item.quantity, "unit_price": item.unit_price.decimal(),
        })
    };
    json!({
        "reference": parcel.reference,
        "recipient": {
            "name": parcel.name, "phone": parcel.phone.as_str(), "email": parcel.email,
            "line1": address.line1, "line2": address.line2, "landmark": address.landmark, "city": address.city,
            "state": address.state, "postcode": address.pincode, "country": address.country.code(),
        },
        "pickup": { "location": account.shown.pickup_location, "postcode": account.shown.pickup_pincode },
        "note": parcel.note,
        "contents": parcel.contents,
        "items": parcel.items.iter().map(item).collect::<Vec<_>>(),
        "pieces": parcel.pieces,
        "weight_grams": parcel.weight_grams,
        "size_mm": { "length": size.length_mm, "width": size.width_mm, "height": size.height_mm },
        "currency": parcel.currency.code(),
        "cod_amount": parcel.cod_amount.decimal(),
        "declared_value": parcel.declared_value.decimal(),
        "service": parcel.service_id,
        "ordered_at": rfc3339(parcel.ordered_at),
    })
}

fn rfc3339(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// A parcel as it is named to a relay.
pub fn named(numbers: &Numbers) -> Value {
    json!({ "awb": numbers.awb, "reference": numbers.reference })
}

/// Reads the answer to a booking.
///
/// # Errors
/// What the body or the status says; an answer about another reference proves nothing.
pub fn read_booking(answer: &Answer, reference: &str) -> Result<Booking, CourierError> {
    let body = success(answer)?;
    let parcel = if body["parcel"].is_object() { &body["parcel"] } else { &body };
    let booking = booking(parcel).filter(|booking| booking.numbers.reference.as_deref() == Some(reference));
    booking.ok_or_else(|| CourierError::Unreadable("The relay's answer is not about this parcel.".to_owned()))
}

/// Reads the answer to a look-up; an empty list is the proof that there is none.
///
/// # Errors
/// What the body or the status says; a list of other parcels only is none.
pub fn read_found(answer: &Answer, reference: &str) -> Result<Option<Booking>, CourierError> {
    let body = success(answer)?;
    let parcels = list(&body)?;
    let ours = |booking: &Booking| booking.numbers.reference.as_deref() == Some(reference);
    match parcels.iter().filter_map(booking).find(ours) {
        Some(booking) => Ok(Some(booking)),
        None if parcels.is_empty() => Ok(None),
        None => Err(CourierError::Unreadable("The relay answered with other parcels than asked for.".to_owned())),
    }
}

fn booking(parcel: &Value) -> Option<Booking> {
    let report = report(parcel)?;
    Some(Booking {
        numbers: report.numbers,
        carrier_name: scalar::text(&parcel["carrier"]),
        charged_cost: scalar::text(&parcel["charge"]).and_then(|text| Minor::parse_decimal(&text)),
        heard: report.heard.ok().and_then(|heard| heard.into_iter().next_back()),
        ..Booking::default()
    })
}

/// Reads the answer to tracking: one entry per parcel that was asked for, in that order.
///
/// # Errors
/// What the body or the status says.
pub fn read_tracked(answer: &Answer, asked: &[Numbers]) -> Result<Vec<Result<Report, CourierError>>, CourierError> {
    let body = success(answer)?;
    let reports: Vec<Report> = list(&body)?.iter().filter_map(report).collect();
    let is_about = |report: &&Report, numbers: &Numbers| match &numbers.awb {
        Some(awb) => report.numbers.awb.as_ref() == Some(awb),
        None => numbers.reference.is_some() && report.numbers.reference == numbers.reference,
    };
    let unknown = || CourierError::Refused("The relay does not know this parcel.".to_owned());
    Ok(asked
        .iter()
        .map(|numbers| reports.iter().find(|report| is_about(report, numbers)).cloned().ok_or_else(unknown))
        .collect())
}

/// Reads an answer that only has to say yes.
///
/// # Errors
/// What the body or the status says.
pub fn read_done(answer: &Answer) -> Result<(), CourierError> {
    let says_no = answer.json().is_some_and(|body| refusals::says_no(&body));
    if answer.is_success() && !says_no { Ok(()) } else { Err(refusals::failure(NAME, answer)) }
}

/// Reads a push.
///
/// # Errors
/// [`CourierError::Unreadable`] for what is not our format.
pub fn read_push(body: &[u8]) -> Result<Push, CourierError> {
    let unreadable = |sentence: &str| CourierError::Unreadable(sentence.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("The webhook is not JSON."))?;
    let Some(parcels) = body["parcels"].as_array() else {
        return match &body["ping"] {
            Value::Bool(true) => Ok(Push::Ignored { event_type: "ping".to_owned() }),
            _ => Err(unreadable("The webhook has neither parcels nor a ping.")),
        };
    };
    let reports: Vec<Report> = parcels.iter().filter_map(report).collect();
    if reports.is_empty() {
        return Err(unreadable("The webhook names no parcel."));
    }
    Ok(Push::Parcels { event_type: "parcels".to_owned(), reports })
}

/// A parcel as a relay tells of it; one event that cannot be read spoils its parcel and no other.
fn report(parcel: &Value) -> Option<Report> {
    let numbers = Numbers {
        awb: scalar::id(&parcel["awb"]),
        reference: scalar::id(&parcel["reference"]),
        tracking_code: scalar::id(&parcel["tracking_code"]),
        ..Numbers::default()
    };
    if numbers == Numbers::default() {
        return None;
    }
    let expected = scalar::text(&parcel["expected_delivery_at"]);
    let events = match &parcel["events"] {
        Value::Null => Ok(Vec::new()),
        Value::Array(events) => events.iter().map(heard).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err("The relay's events are no list.".to_owned())
        }
    };
    Some(Report { numbers, heard: events, expected_delivery_at: expected.and_then(|text| instant(&text)) })
}

fn heard(event: &Value) -> Result<Heard, String> {
    let at = match scalar::text(&event["at"]) {
        Some(text) => Some(instant(&text).ok_or("The relay's “at” is not a time with a zone.")?),
        None => None,
    };
    let line = |field: &str, max| scalar::line(&scalar::text(&event[field]).unwrap_or_default(), max);
    let (status, raw) = (scalar::text(&event["status"]), line("raw", RAW_CHARACTERS_MAX));
    let message = line("message", MESSAGE_CHARACTERS_MAX);
    let words = [&message, &raw].into_iter().find(|text| !text.is_empty()).cloned();
    let activity = words.or_else(|| status.clone()).unwrap_or_default();
    // Two lines of text of one instant are two; of one status they are the same told twice.
    let distinct_by = if status.is_none() { activity.clone() } else { String::new() };
    let location = line("location", RAW_CHARACTERS_MAX);
    Ok(Heard { at, code: status::code(status.as_deref(), &raw), distinct_by, activity, location })
}

/// An instant with its zone: what is local to nobody knows where is none.
fn instant(text: &str) -> Option<UnixMillis> {
    text.parse::<jiff::Timestamp>().ok().and_then(|_| scalar::instant(text, Country::BD))
}

fn success(answer: &Answer) -> Result<Value, CourierError> {
    let body = refusals::object(NAME, answer)?;
    let is_success = answer.is_success() && !refusals::says_no(&body);
    if is_success { Ok(body) } else { Err(refusals::failure(NAME, answer)) }
}

fn list(body: &Value) -> Result<&Vec<Value>, CourierError> {
    body["parcels"].as_array().ok_or_else(|| CourierError::Unreadable("The relay's answer has no list.".to_owned()))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
