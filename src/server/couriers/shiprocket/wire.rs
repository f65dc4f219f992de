//! Shiprocket's answers to booking, and its many ways to say no. A 200 is not yet a success.

use serde_json::{Value, json};

use crate::server::couriers::http::{Answer, keys_refused};
use crate::server::couriers::shiprocket::status::{self, ORDER};
use crate::server::couriers::{Booking, CourierError, Heard, Numbers, scalar};

/// Order status of an order that is dead: Shiprocket hands it back as if it were new.
const DEAD: i64 = 5;
/// What is in the field for a status where the wallet has to be filled. It is no HTTP status.
const WALLET_EMPTY: i64 = 350;

/// An order as Shiprocket knows it, whichever answer told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownOrder {
    /// Numbers, carrier and the order's status.
    pub booking: Booking,
    /// Whether it was cancelled: its reference is used up.
    pub is_dead: bool,
}

/// What became of a request for an AWB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// It has one.
    Assigned(Box<Booking>),
    /// Shiprocket works on it; the order is to be asked for later.
    Queued,
}

/// Reads the answer to `orders/create/adhoc`, and to every other call that makes an order. A repeated
/// reference answers with the order there is.
///
/// # Errors
/// [`CourierError::Refused`] when there is no order, [`CourierError::Unreadable`] when nobody can say.
pub fn read_created(answer: &Answer) -> Result<KnownOrder, CourierError> {
    let body = json(answer)?;
    let (order, shipment) = (scalar::id(&body["order_id"]), scalar::id(&body["shipment_id"]));
    match (order, shipment) {
        (Some(order), Some(shipment)) if answer.is_success() => Ok(known(&body, Some(order), Some(shipment))),
        (None, None) => Err(failure(answer)),
        (_, _) => Err(CourierError::Unreadable("Shiprocket named half of an order.".to_owned())),
    }
}

/// An order's own fields, as creating and looking up both give them.
pub fn known(body: &Value, order: Option<String>, shipment: Option<String>) -> KnownOrder {
    let numbers = Numbers {
        awb: scalar::id(&body["awb_code"]),
        reference: scalar::text(&body["channel_order_id"]),
        courier_order_id: order,
        courier_shipment_id: shipment,
        ..Numbers::default()
    };
    let label = scalar::text(&body["status"]);
    let code = status::code(ORDER, scalar::id(&body["status_code"]), label.as_deref());
    let is_dead = scalar::number(&body["status_code"]) == Some(DEAD)
        || (body["status_code"].is_null() && label.as_deref().map(status::fold).as_deref() == Some("CANCELLED"));
    let heard = code.map(|code| Heard { code, activity: label.unwrap_or_default(), ..Heard::default() });
    let carrier_name = scalar::text(&body["courier_name"]);
    KnownOrder { booking: Booking { numbers, carrier_name, heard, ..Booking::default() }, is_dead }
}

/// The body of `courier/assign/awb`; without a carrier Shiprocket picks one by its rules.
pub fn assign_body(shipment: &str, carrier: Option<&str>, is_return: bool) -> Value {
    let mut body = json!({ "shipment_id": shipment });
    if let Some(carrier) = carrier.map(str::trim).filter(|carrier| !carrier.is_empty()) {
        body["courier_id"] = json!(carrier);
    }
    if is_return {
        body["is_return"] = json!(1);
    }
    body
}

/// Reads the answer to `courier/assign/awb`: assigned only with `awb_assign_status` 1 and an AWB.
///
/// # Errors
/// Why there is no AWB; the order stays.
pub fn read_assigned(answer: &Answer) -> Result<Assignment, CourierError> {
    let body = json(answer)?;
    let data = &body["response"]["data"];
    let is_assigned = scalar::number(&body["awb_assign_status"]) == Some(1);
    match scalar::id(&data["awb_code"]) {
        Some(awb) if is_assigned && answer.is_success() => Ok(Assignment::Assigned(Box::new(Booking {
            numbers: Numbers {
                awb: Some(awb),
                courier_order_id: scalar::id(&data["order_id"]),
                courier_shipment_id: scalar::id(&data["shipment_id"]),
                ..Numbers::default()
            },
            carrier_name: scalar::text(&data["courier_name"]),
            charged_cost: scalar::amount(&data["freight_charges"]),
            ..Booking::default()
        }))),
        _ if answer.is_success() && body["success"] == json!(true) => Ok(Assignment::Queued),
        _ => Err(failure(answer)),
    }
}

/// Whether a refusal says that there is an AWB already, so that the order has to be looked up.
pub fn has_awb_already(error: &CourierError) -> bool {
    matches!(error, CourierError::Refused(reason) if reason.to_lowercase().contains("already assigned"))
}

/// JSON, or nothing that can be understood: an error page under any status proves nothing.
///
/// # Errors
/// What the status says, or that the answer is not Shiprocket's.
pub fn json(answer: &Answer) -> Result<Value, CourierError> {
    let body = answer.json().filter(|body| body.is_object() || body.is_array());
    body.ok_or_else(|| failure(answer))
}

/// Reads an answer that only has to say yes: any 2xx, with or without a body, unless the body says no.
///
/// # Errors
/// What the body or the status says.
pub fn read_done(answer: &Answer) -> Result<(), CourierError> {
    if !answer.is_success() {
        return Err(number_failure(answer));
    }
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let body = json(answer)?;
    let code = scalar::number(&body["status_code"]).unwrap_or(200);
    let says_no = body["success"] == json!(false)
        || body["status"] == json!(0)
        || (400..600).contains(&code)
        || code == WALLET_EMPTY;
    if says_no { Err(number_failure(answer)) } else { Ok(()) }
}

/// Why an answer is no success. The status in the body counts before the one of the answer.
pub fn failure(answer: &Answer) -> CourierError {
    let body = answer.json().unwrap_or_default();
    let inside = ["status_code", "status"].iter().find_map(|field| scalar::number(&body[*field]));
    let status = inside.filter(|status| (400..600).contains(status)).unwrap_or_else(|| i64::from(answer.status));
    let said = said(&body);
    let no = |sentence: String| CourierError::Refused(sentence);
    let words = || format!("Shiprocket said no: {}", scalar::words(&said));
    if inside == Some(WALLET_EMPTY) && !said.is_empty() {
        return no(words());
    }
    match status {
        401 => keys_refused("Shiprocket"),
        // A firewall turns whole clouds away with a page; the keys may well be right.
        403 if !body.is_object() && !body.is_string() => {
            unavailable("Shiprocket's firewall turned this server away (HTTP 403).", answer)
        }
        429 => unavailable("Shiprocket asked us to call less often (HTTP 429).", answer),
        408 | 500..=599 => unavailable(&format!("Shiprocket could not answer (status {status})."), answer),
        404 if said.is_empty() => CourierError::Unreadable("Shiprocket has nothing at this address (404).".to_owned()),
        400..=499 if said.is_empty() => no(format!("Shiprocket said no without a reason ({status}).")),
        400..=499 => no(words()),
        // A 200 with a reason and nothing of what was asked for.
        200..=299 if body.is_object() && !said.is_empty() && body["success"] != json!(true) => no(words()),
        _ => CourierError::Unreadable(format!(
            "Shiprocket answered something that is not its own (HTTP {}).",
            answer.status
        )),
    }
}

/// The same for what is about a number, where PHP's complaint means that it leads to nothing: asking
/// again cannot help. Of making an order it would mean that nobody knows.
pub fn number_failure(answer: &Answer) -> CourierError {
    let said = said(&answer.json().unwrap_or_default());
    match answer.status {
        500 if is_unknown_id(&said) => CourierError::Refused("Shiprocket does not know this number.".to_owned()),
        _ => failure(answer),
    }
}

fn unavailable(reason: &str, answer: &Answer) -> CourierError {
    CourierError::Unavailable { reason: reason.to_owned(), retry_after_ms: answer.retry_after_ms }
}

/// What PHP says when a number leads to nothing.
fn is_unknown_id(said: &str) -> bool {
    ["Trying to get property", "Invalid argument supplied for foreach"].iter().any(|text| said.contains(text))
}

/// Every sentence of a refusal, wherever it is.
fn said(body: &Value) -> String {
    let mut lines = Vec::new();
    let payload = &body["payload"];
    for place in [
        &body["errors"],
        &payload["error_message"],
        &payload["awb_assign_error"],
        &body["response"]["data"]["awb_assign_error"],
    ] {
        collect(place, &mut lines);
    }
    if lines.is_empty() {
        let bare = if body.is_string() { body } else { &Value::Null };
        for place in [&body["message"], &body["error"], &body["response"], bare] {
            if lines.is_empty() {
                collect(place, &mut lines);
            }
        }
    }
    let places = body["data"]["data"].as_array().into_iter().flatten();
    let names: Vec<String> = places.filter_map(|place| scalar::text(&place["pickup_location"])).collect();
    if !names.is_empty() {
        lines.push(format!("The pickup places are: {}.", names.join(", ")));
    }
    lines.join(" ")
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(line) if !line.trim().is_empty() => lines.push(line.trim().to_owned()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, lines)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, lines)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
