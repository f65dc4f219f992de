//! RedX's bodies and webhooks: building what it wants, reading what it says. Nothing here sends.

use serde_json::{Value, json};

use crate::domain::customers::{Address, Country};
use crate::domain::money::Minor;
use crate::domain::time::UnixMillis;
use crate::server::couriers::http::Answer;
use crate::server::couriers::redx::{NAME, status};
use crate::server::couriers::{
    Booking, CourierError, Heard, Numbers, Parcel, Push, Report, bangladesh, refusals, scalar,
};

/// Texts have no documented limit.
const TEXT_CHARACTERS_MAX: usize = 250;
/// What a line of a parcel is; the shop has no categories to tell.
const CATEGORY: &str = "General";
/// Areas that are named when none of them is meant.
const AREAS_NAMED_MAX: usize = 10;

/// An area RedX delivers to, or a store of the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// RedX's id of it.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// What a parcel costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// For bringing it.
    pub delivery: Minor,
    /// For collecting.
    pub cod: Minor,
}

/// A line of a parcel's way, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// In English.
    pub english: String,
    /// In Bangla.
    pub bangla: String,
    /// When.
    pub at: Option<UnixMillis>,
}

/// The body of a booking to an area, from a store where one is chosen.
///
/// # Errors
/// [`CourierError::Refused`] for what RedX cannot carry.
pub fn booking_body(parcel: &Parcel, area: &Place, store: Option<i64>) -> Result<Value, CourierError> {
    bangladesh::must_be_taka(NAME, parcel)?;
    if parcel.cod_amount.0 < 0 {
        return Err(CourierError::Refused("RedX cannot collect this amount.".to_owned()));
    }
    let item = |item: &crate::domain::couriers::ParcelItem| {
        let value = item.unit_price.0.saturating_mul(item.quantity.max(1));
        json!({ "name": scalar::line(&item.name, TEXT_CHARACTERS_MAX), "category": CATEGORY, "value": taka(Minor(value)) })
    };
    let mut body = json!({
        "customer_name": scalar::line(&parcel.name, TEXT_CHARACTERS_MAX),
        "customer_phone": bangladesh::phone(NAME, parcel)?,
        "delivery_area": area.name,
        "delivery_area_id": area.id,
        "customer_address": bangladesh::address(parcel, TEXT_CHARACTERS_MAX),
        "merchant_invoice_id": parcel.reference,
        "cash_collection_amount": taka(parcel.cod_amount).to_string(),
        "parcel_weight": parcel.weight_grams.max(1),
        "instruction": scalar::line(&parcel.note, TEXT_CHARACTERS_MAX),
        "value": taka(parcel.declared_value),
        "is_closed_box": false,
        "parcel_details_json": parcel.items.iter().map(item).collect::<Vec<_>>(),
    });
    if let Some(store) = store {
        body["pickup_store_id"] = json!(store);
    }
    Ok(body)
}

/// An amount as a JSON number of taka; whole ones have no fraction.
fn taka(amount: Minor) -> Value {
    if amount.0 % 100 == 0 { json!(amount.0 / 100) } else { json!(amount.0 as f64 / 100.0) }
}

/// Reads the answer to a booking: the number is all of it.
///
/// # Errors
/// What the body or the status says.
pub fn read_booking(answer: &Answer, reference: &str) -> Result<Booking, CourierError> {
    let body = success(answer)?;
    let Some(awb) = scalar::id(&body["tracking_id"]) else { return Err(refusals::failure(NAME, answer)) };
    let numbers = Numbers { awb: Some(awb), reference: Some(reference.to_owned()), ..Numbers::default() };
    Ok(Booking { numbers, ..Booking::default() })
}

/// Reads what is known of a parcel. The answer has no time of the state, so it is an observation.
///
/// # Errors
/// What the body or the status says, and when there is no state in it.
pub fn read_info(answer: &Answer) -> Result<Report, CourierError> {
    let body = success(answer)?;
    let parcel = &body["parcel"];
    let (Some(awb), Some(word)) = (scalar::id(&parcel["tracking_id"]), scalar::text(&parcel["status"])) else {
        return Err(CourierError::Unreadable("RedX's answer has no number or no status.".to_owned()));
    };
    let reference = scalar::id(&parcel["merchant_invoice_id"]);
    let heard = Heard { code: status::code(&word), activity: scalar::words(&word), ..Heard::default() };
    let numbers = Numbers { awb: Some(awb), reference, ..Numbers::default() };
    Ok(Report { numbers, heard: Ok(vec![heard]), expected_delivery_at: None })
}

/// Reads a parcel's way in words, oldest first.
///
/// # Errors
/// What the body or the status says.
pub fn read_messages(answer: &Answer) -> Result<Vec<Message>, CourierError> {
    let body = success(answer)?;
    let mut messages: Vec<Message> = list(&body["tracking"])?
        .iter()
        .map(|line| Message {
            english: scalar::text(&line["message_en"]).unwrap_or_default(),
            bangla: scalar::text(&line["message_bn"]).unwrap_or_default(),
            at: scalar::text(&line["time"]).and_then(|time| scalar::instant(&time, Country::BD)),
        })
        .collect();
    messages.sort_by_key(|message| message.at);
    Ok(messages)
}

/// The body that calls a parcel off.
pub fn cancel_body(awb: &str, reason: &str) -> Value {
    json!({
        "entity_type": "parcel-tracking-id",
        "entity_id": awb,
        "update_details": { "property_name": "status", "new_value": "cancelled", "reason": reason },
    })
}

/// Reads an answer that must say `success`.
///
/// # Errors
/// What the body or the status says.
pub fn read_done(answer: &Answer) -> Result<(), CourierError> {
    let body = success(answer)?;
    if body["success"] == Value::Bool(true) { Ok(()) } else { Err(refusals::failure(NAME, answer)) }
}

/// Reads a list of areas or of stores.
///
/// # Errors
/// What the body or the status says.
pub fn read_places(answer: &Answer, field: &str) -> Result<Vec<Place>, CourierError> {
    let body = success(answer)?;
    Ok(list(&body[field])?.iter().filter_map(place).collect())
}

/// Reads one store, alone or below its name.
///
/// # Errors
/// What the body or the status says, and when there is none in it.
pub fn read_store(answer: &Answer) -> Result<Place, CourierError> {
    let body = success(answer)?;
    let store = if body["pickup_store"].is_object() { &body["pickup_store"] } else { &body };
    place(store).ok_or_else(|| CourierError::Unreadable("RedX's answer has no store.".to_owned()))
}

fn place(value: &Value) -> Option<Place> {
    Some(Place { id: scalar::number(&value["id"]).filter(|id| *id > 0)?, name: scalar::text(&value["name"])? })
}

/// Reads what a parcel costs.
///
/// # Errors
/// What the body or the status says, and when there is no charge in it.
pub fn read_charge(answer: &Answer) -> Result<Charge, CourierError> {
    let body = success(answer)?;
    match (scalar::amount(&body["deliveryCharge"]), scalar::amount(&body["codCharge"])) {
        (Some(delivery), Some(cod)) => Ok(Charge { delivery, cod }),
        _ => Err(CourierError::Unreadable("RedX's answer has no charge.".to_owned())),
    }
}

fn success(answer: &Answer) -> Result<Value, CourierError> {
    let body = refusals::object(NAME, answer)?;
    let is_success = answer.is_success() && !refusals::says_no(&body);
    if is_success { Ok(body) } else { Err(refusals::failure(NAME, answer)) }
}

fn list(value: &Value) -> Result<&Vec<Value>, CourierError> {
    value.as_array().ok_or_else(|| CourierError::Unreadable("RedX's answer has no list.".to_owned()))
}

/// The area of an address among those of its postcode or district: the only one, or the one whose name is
/// a part of the address.
///
/// # Errors
/// [`CourierError::Refused`] that says which areas there are.
pub fn area_of(address: &Address, areas: Vec<Place>) -> Result<Place, CourierError> {
    let lines = [&address.city, &address.line2, &address.landmark, &address.line1, &address.state];
    let parts: Vec<String> =
        lines.iter().flat_map(|line| line.split(',')).map(|part| part.trim().to_lowercase()).collect();
    let is_named = |area: &&Place| parts.contains(&area.name.trim().to_lowercase());
    if let Some(named) = areas.iter().find(is_named) {
        return Ok(named.clone());
    }
    let names: Vec<&str> = areas.iter().take(AREAS_NAMED_MAX).map(|area| area.name.as_str()).collect();
    let more = if areas.len() > AREAS_NAMED_MAX { " and others" } else { "" };
    match areas.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(CourierError::Refused(
            "RedX delivers to no area with the postcode or city of this order. Correct the address.".to_owned(),
        )),
        _ => Err(CourierError::Refused(format!(
            "RedX has several areas there: {}{more}. Write the right one into the address, between commas or as \
             its second line.",
            names.join(", ")
        ))),
    }
}

/// Reads a webhook.
///
/// # Errors
/// [`CourierError::Unreadable`] for what is not JSON, and for news of no parcel.
pub fn read_push(body: &[u8]) -> Result<Push, CourierError> {
    let unreadable = |sentence: &str| CourierError::Unreadable(sentence.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("The webhook is not JSON."))?;
    let numbers = Numbers {
        awb: scalar::id(&body["tracking_number"]),
        reference: scalar::id(&body["invoice_number"]),
        ..Numbers::default()
    };
    if numbers == Numbers::default() {
        return Err(unreadable("The webhook names no parcel."));
    }
    let event_type = scalar::text(&body["status"]).map(|word| status::code(&word).text).unwrap_or_default();
    let heard = heard(&body).map(|heard| vec![heard]);
    Ok(Push::Parcels { event_type, reports: vec![Report { numbers, heard, expected_delivery_at: None }] })
}

fn heard(body: &Value) -> Result<Heard, String> {
    let word = scalar::text(&body["status"]).ok_or("The webhook has no status.")?;
    let at = match scalar::text(&body["timestamp"]) {
        Some(text) => Some(scalar::instant(&text, Country::BD).ok_or("The webhook's timestamp is not a time.")?),
        None => None,
    };
    let message = scalar::text(&body["message_en"]).or_else(|| scalar::text(&body["message_bn"]));
    let activity = scalar::line(message.as_deref().unwrap_or(&word), TEXT_CHARACTERS_MAX);
    Ok(Heard { at, code: status::code(&word), activity, ..Heard::default() })
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
