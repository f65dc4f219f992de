//! Packzy's bodies: building what it wants, reading what it answers. Nothing here sends.

use serde_json::{Map, Value, json};

use crate::domain::money::Minor;
use crate::server::couriers::http::{Answer, keys_refused};
use crate::server::couriers::packzy::status;
use crate::server::couriers::{Booking, CourierError, Heard, Numbers, Parcel, bangladesh, scalar};

const NAME_CHARACTERS_MAX: usize = 100;
const ADDRESS_CHARACTERS_MAX: usize = 250;
/// Notes and contents have no documented limit; a column of theirs is not longer than this.
const TEXT_CHARACTERS_MAX: usize = 250;
/// Rows of one bulk booking.
pub const BULK_ROWS_MAX: usize = 500;

/// The two ways a bulk booking is sent: the documented one, and the one many clients use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkForm {
    /// `data` is a text that holds JSON.
    Text,
    /// `data` is a list.
    List,
}

/// One row of a bulk booking's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRow {
    /// The reference it is about, folded.
    pub invoice: Option<String>,
    /// What the parcel is called now, or that it was not booked.
    pub booked: Result<Numbers, CourierError>,
}

/// A request to bring a parcel back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRequest {
    /// Its id.
    pub id: String,
    /// The parcel's consignment id.
    pub consignment_id: Option<String>,
    /// pending, approved, processing, completed or cancelled, folded.
    pub status: String,
    /// Why, possibly empty.
    pub reason: String,
}

/// Our reference as an invoice: letters, digits, `-` and `_`.
pub fn invoice(reference: &str) -> String {
    let keep = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    reference.trim().chars().map(|letter| if keep(letter) { letter } else { '-' }).collect()
}

/// The body of `create_order`.
///
/// # Errors
/// [`CourierError::Refused`] for what Packzy cannot carry.
pub fn booking_body(parcel: &Parcel) -> Result<Value, CourierError> {
    let mut body = row(parcel)?;
    body.insert("total_lot".to_owned(), json!(parcel.pieces.max(1)));
    body.insert("delivery_type".to_owned(), json!(0));
    if !parcel.email.is_empty() {
        body.insert("recipient_email".to_owned(), json!(parcel.email));
    }
    if !parcel.contents.is_empty() {
        body.insert("item_description".to_owned(), json!(scalar::line(&parcel.contents, TEXT_CHARACTERS_MAX)));
    }
    Ok(Value::Object(body))
}

/// The body of a bulk booking.
///
/// # Errors
/// [`CourierError::Refused`] for what Packzy cannot carry, and for more than 500 rows.
pub fn bulk_body(parcels: &[Parcel], form: BulkForm) -> Result<Value, CourierError> {
    if parcels.len() > BULK_ROWS_MAX {
        return Err(CourierError::Refused(format!("Packzy takes at most {BULK_ROWS_MAX} parcels at a time.")));
    }
    let rows = parcels.iter().map(|parcel| row(parcel).map(Value::Object)).collect::<Result<Vec<_>, _>>()?;
    Ok(match form {
        BulkForm::Text => json!({ "data": Value::Array(rows).to_string() }),
        BulkForm::List => json!({ "data": rows }),
    })
}

/// The fields both ways of booking share.
fn row(parcel: &Parcel) -> Result<Map<String, Value>, CourierError> {
    bangladesh::must_be_taka("Packzy", parcel)?;
    let mut row = Map::new();
    row.insert("invoice".to_owned(), json!(invoice(&parcel.reference)));
    row.insert("recipient_name".to_owned(), json!(scalar::line(&parcel.name, NAME_CHARACTERS_MAX)));
    row.insert("recipient_phone".to_owned(), json!(bangladesh::phone("Packzy", parcel)?));
    row.insert("recipient_address".to_owned(), json!(bangladesh::address(parcel, ADDRESS_CHARACTERS_MAX)));
    row.insert("cod_amount".to_owned(), taka(parcel.cod_amount)?);
    row.insert("note".to_owned(), json!(scalar::line(&parcel.note, TEXT_CHARACTERS_MAX)));
    Ok(row)
}

/// An amount as a JSON number of taka. The nearest double prints as the decimal it came from, for
/// every amount a parcel can have.
fn taka(amount: Minor) -> Result<Value, CourierError> {
    const MINOR_MAX: i64 = 1_000_000_000_000;
    match amount.0 {
        0..=MINOR_MAX if amount.0 % 100 == 0 => Ok(json!(amount.0 / 100)),
        0..=MINOR_MAX => Ok(json!(amount.0 as f64 / 100.0)),
        _ => Err(CourierError::Refused("Packzy cannot collect this amount.".to_owned())),
    }
}

/// Reads the answer to `create_order`. It is booked only with a 2xx, `status` 200 and a consignment id.
///
/// # Errors
/// An invoice that was used before is [`CourierError::Unavailable`]: the parcel may well be ours, so
/// the caller has to look it up.
pub fn read_booking(answer: &Answer) -> Result<Booking, CourierError> {
    let body = json(answer)?;
    let consignment = &body["consignment"];
    let Some(awb) = scalar::id(&consignment["consignment_id"]) else { return Err(failure(answer, &body)) };
    if !answer.is_success() || scalar::number(&body["status"]) != Some(200) {
        return Err(CourierError::Unreadable("Packzy named a consignment and an error in one answer.".to_owned()));
    }
    let numbers = Numbers {
        awb: Some(awb),
        tracking_code: scalar::id(&consignment["tracking_code"]),
        reference: scalar::id(&consignment["invoice"]),
        ..Numbers::default()
    };
    Ok(Booking { numbers, heard: scalar::text(&consignment["status"]).map(observed), ..Booking::default() })
}

/// Reads the answer to a bulk booking, bare or wrapped. The `status` of a row is how its booking went
/// and not where the parcel is.
///
/// # Errors
/// As [`read_booking`], when the whole was refused.
pub fn read_bulk(answer: &Answer) -> Result<Vec<BulkRow>, CourierError> {
    let body = json(answer)?;
    let rows = match (&body, &body["data"]) {
        (Value::Array(rows), _) | (_, Value::Array(rows)) => rows,
        _ => return Err(failure(answer, &body)),
    };
    if !answer.is_success() {
        return Err(failure(answer, &body));
    }
    Ok(rows.iter().map(read_bulk_row).collect())
}

fn read_bulk_row(row: &Value) -> BulkRow {
    let invoice = scalar::id(&row["invoice"]);
    let is_success = scalar::text(&row["status"]).is_some_and(|status| status::fold(&status) == "success");
    let booked = match scalar::id(&row["consignment_id"]) {
        Some(awb) if is_success => Ok(Numbers {
            awb: Some(awb),
            tracking_code: scalar::id(&row["tracking_code"]),
            reference: invoice.clone(),
            ..Numbers::default()
        }),
        Some(_) => Err(CourierError::Unreadable("Packzy named a consignment and an error in one row.".to_owned())),
        // A row says "error" and nothing else, also for an invoice it already has.
        None => Err(CourierError::Unavailable {
            reason: "Packzy did not book this parcel and did not say why.".to_owned(),
            retry_after_ms: None,
        }),
    };
    BulkRow { invoice, booked }
}

/// Reads the answer to a status look-up: what was said, which may be nothing; `None` means that
/// Packzy does not know the parcel.
///
/// # Errors
/// Anything that is neither news nor "not found".
pub fn read_status(answer: &Answer) -> Result<Option<Vec<Heard>>, CourierError> {
    // Whatever its body: nobody has documented one. Were it wrong, booking again would still be
    // harmless, because Packzy refuses an invoice it has.
    if answer.status == 404 {
        return Ok(None);
    }
    let body = json(answer)?;
    if is_not_found(&body) {
        return Ok(None);
    }
    let status = scalar::number(&body["status"]);
    if !answer.is_success() || status.is_some_and(|status| status != 200) {
        return Err(failure(answer, &body));
    }
    match delivery_status(&body) {
        Some(word) => Ok(Some(vec![observed(word)])),
        None if status.is_some() => Ok(Some(Vec::new())),
        None => Err(failure(answer, &body)),
    }
}

/// `delivery_status`; else `status` where it is a word and neither the number nor the outcome of the answer.
fn delivery_status(body: &Value) -> Option<String> {
    scalar::text(&body["delivery_status"]).or_else(|| {
        let word = scalar::text(&body["status"])?;
        let is_outcome = ["success", "ok", "error", "fail", "failed"].contains(&status::fold(&word).as_str());
        (!is_outcome && word.parse::<f64>().is_err()).then_some(word)
    })
}

/// What a look-up said: it has no time, so it is an observation.
fn observed(word: String) -> Heard {
    Heard { code: status::code(&word), activity: scalar::words(&word), ..Heard::default() }
}

/// Reads the answer to `get_balance`.
///
/// # Errors
/// When there is no balance in it.
pub fn read_balance(answer: &Answer) -> Result<Minor, CourierError> {
    let body = json(answer)?;
    match scalar::amount(&body["current_balance"]) {
        Some(balance) if answer.is_success() => Ok(balance),
        Some(_) | None => Err(failure(answer, &body)),
    }
}

/// The body of `create_return_request`: the surest of the numbers, and why.
///
/// # Errors
/// [`CourierError::Refused`] when the parcel has no number yet.
pub fn return_body(numbers: &Numbers, reason: &str) -> Result<Value, CourierError> {
    let mut body = match numbers {
        Numbers { awb: Some(awb), .. } => {
            json!({ "consignment_id": awb.parse::<u64>().map_or_else(|_| json!(awb), |number| json!(number)) })
        }
        Numbers { reference: Some(reference), .. } => json!({ "invoice": invoice(reference) }),
        Numbers { tracking_code: Some(code), .. } => json!({ "tracking_code": code }),
        Numbers { .. } => return Err(CourierError::Refused("This parcel has no number at Packzy yet.".to_owned())),
    };
    if !reason.trim().is_empty() {
        body["reason"] = json!(scalar::line(reason, TEXT_CHARACTERS_MAX));
    }
    Ok(body)
}

/// Reads one return request.
///
/// # Errors
/// When it is none.
pub fn read_return(answer: &Answer) -> Result<ReturnRequest, CourierError> {
    let body = json(answer)?;
    match return_request(&body) {
        Some(request) if answer.is_success() => Ok(request),
        Some(_) | None => Err(failure(answer, &body)),
    }
}

/// Reads a list of return requests.
///
/// # Errors
/// When there is no list.
pub fn read_returns(answer: &Answer) -> Result<Vec<ReturnRequest>, CourierError> {
    read_list(answer, return_request)
}

/// Reads a list, bare or below `data`; what is none of its kind is left out.
///
/// # Errors
/// When there is no list.
pub(super) fn read_list<T>(answer: &Answer, one: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, CourierError> {
    let body = json(answer)?;
    match (&body, &body["data"]) {
        (Value::Array(list), _) | (_, Value::Array(list)) if answer.is_success() => {
            Ok(list.iter().filter_map(one).collect())
        }
        _ => Err(failure(answer, &body)),
    }
}

fn return_request(value: &Value) -> Option<ReturnRequest> {
    Some(ReturnRequest {
        id: scalar::id(&value["id"])?,
        consignment_id: scalar::id(&value["consignment_id"]),
        status: word(&value["status"]),
        reason: scalar::text(&value["reason"]).unwrap_or_default(),
    })
}

/// A word of Packzy's, folded; empty where there is none.
pub(super) fn word(value: &Value) -> String {
    status::fold(&scalar::text(value).unwrap_or_default())
}

/// JSON, or nothing that can be understood: an error page under any status proves nothing.
pub(super) fn json(answer: &Answer) -> Result<Value, CourierError> {
    answer.json().filter(|body| body.is_object() || body.is_array()).ok_or_else(|| unreadable(answer))
}

fn unreadable(answer: &Answer) -> CourierError {
    CourierError::Unreadable(format!("Packzy answered something that is not its own (HTTP {}).", answer.status))
}

/// The message counts only beside a status that blames the number asked for: "user not found" beside
/// 401 says nothing about a parcel.
fn is_not_found(body: &Value) -> bool {
    let message = scalar::text(&body["message"]).unwrap_or_default().to_lowercase();
    match scalar::number(&body["status"]) {
        Some(404) => true,
        Some(200 | 400 | 422) | None => delivery_status(body).is_none() && message.contains("not found"),
        Some(_) => false,
    }
}

/// Why an answer is no success. The number in the body counts before the status of the answer.
pub(super) fn failure(answer: &Answer, body: &Value) -> CourierError {
    let status = match (scalar::number(&body["status"]), answer.is_success()) {
        (Some(status), _) if status != 200 => status,
        (_, true) => 200,
        (_, false) => i64::from(answer.status),
    };
    let said = said(body);
    let lower = said.to_lowercase();
    if ["already been taken", "already taken", "already exist", "duplicate"].iter().any(|word| lower.contains(word)) {
        return CourierError::Unavailable {
            reason: "Packzy already has a parcel with this reference; it has to be looked up.".to_owned(),
            retry_after_ms: None,
        };
    }
    match status {
        401 | 403 => keys_refused("Packzy"),
        408 | 429 | 500..=599 => CourierError::Unavailable {
            reason: format!("Packzy could not answer (status {status})."),
            retry_after_ms: answer.retry_after_ms,
        },
        400..=499 if said.is_empty() => CourierError::Refused(format!("Packzy said no without a reason ({status}).")),
        400..=499 => CourierError::Refused(format!("Packzy said no: {}", scalar::words(&said))),
        _ if has_errors(body) => CourierError::Refused(format!("Packzy said no: {}", scalar::words(&said))),
        _ => unreadable(answer),
    }
}

fn has_errors(body: &Value) -> bool {
    match &body["errors"] {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(lines) => !lines.is_empty(),
        Value::String(line) => !line.trim().is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Every sentence of a refusal; `message` only where no field has its own.
fn said(body: &Value) -> String {
    let mut lines = Vec::new();
    match &body["errors"] {
        Value::Object(fields) => fields.values().for_each(|value| collect(value, &mut lines)),
        other => collect(other, &mut lines),
    }
    if lines.is_empty() {
        collect(&body["message"], &mut lines);
    }
    lines.join(" ")
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(line) => lines.push(line.trim().to_owned()),
        Value::Array(list) => lines.extend(list.iter().filter_map(scalar::text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
