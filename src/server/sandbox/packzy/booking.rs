//! Creating parcels, one and many: what is refused, and what a parcel gets.

use serde_json::{Map, Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::server::clock::Chance;
use crate::server::sandbox::Reply;
use crate::server::sandbox::packzy::journeys::{self, utc};
use crate::server::sandbox::packzy::{number, refused};
use crate::server::sandbox::state::{Parcel, State};

const ROWS_MAX: usize = 500;
const NAME_CHARACTERS_MAX: usize = 100;
const ADDRESS_CHARACTERS_MAX: usize = 250;
/// What is charged for a parcel, in poisha.
const CHARGES: [i64; 3] = [6_000, 11_000, 13_000];
/// Consignment ids have nine digits.
const FIRST_ID: u64 = 100_000_000;
const ID_SPAN: u64 = 800_000_000;
const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";

/// `POST /create_order`.
pub fn create(state: &mut State, body: &[u8]) -> Reply {
    let answers = state.answers;
    let fields = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let parcel = match book(state, &fields) {
        Ok(parcel) => parcel,
        Err(errors) => return refused(&answers, &Value::Object(errors)),
    };
    let id = parcel.awb.parse().unwrap_or(0);
    let booked_at = utc(parcel.created_at);
    let consignment = json!({
        "consignment_id": number(id, &answers),
        "invoice": parcel.reference,
        "tracking_code": parcel.tracking_code,
        "recipient_name": fields["recipient_name"],
        "recipient_phone": fields["recipient_phone"],
        "recipient_address": fields["recipient_address"],
        "cod_amount": if answers.awkward { json!(parcel.cod.decimal()) } else { fields["cod_amount"].clone() },
        "status": parcel.status,
        "note": fields["note"],
        "created_at": booked_at,
        "updated_at": booked_at,
    });
    let message = "Consignment has been created successfully.";
    Reply::json(200, &json!({ "status": number(200, &answers), "message": message, "consignment": consignment }))
}

/// `POST /create_order/bulk-order`: `data` is a list or a text that holds one.
pub fn create_many(state: &mut State, body: &[u8]) -> Reply {
    let answers = state.answers;
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let rows = match &body["data"] {
        Value::String(text) => serde_json::from_str::<Vec<Value>>(text).ok(),
        Value::Array(rows) => Some(rows.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    };
    let Some(rows) = rows.filter(|rows| !rows.is_empty() && rows.len() <= ROWS_MAX) else {
        return refused(&answers, &json!({ "data": ["The data must be a JSON array of at most 500 rows."] }));
    };
    let mut has_failed = false;
    let mut results = Vec::with_capacity(rows.len());
    for row in &rows {
        let booked = book(state, row).ok();
        has_failed |= booked.is_none();
        results.push(json!({
            "invoice": row["invoice"],
            "recipient_name": row["recipient_name"],
            "recipient_address": row["recipient_address"],
            "recipient_phone": row["recipient_phone"],
            "cod_amount": amount(&row["cod_amount"]).unwrap_or_default().decimal(),
            "note": row["note"],
            "consignment_id": booked.as_ref().map(|parcel| number(parcel.awb.parse().unwrap_or(0), &answers)),
            "tracking_code": booked.as_ref().map(|parcel| parcel.tracking_code.clone()),
            "status": if booked.is_some() { "success" } else { "error" },
        }));
    }
    if has_failed && answers.bulk_wrapped {
        return Reply::json(200, &json!({ "status": 200, "message": "Some orders failed", "data": results }));
    }
    Reply::json(200, &Value::Array(results))
}

/// Books a parcel, or says what is wrong with each field.
fn book(state: &mut State, fields: &Value) -> Result<Parcel, Map<String, Value>> {
    let errors = wrong_fields(state, fields);
    if !errors.is_empty() {
        return Err(errors);
    }
    let chance = state.next_chance();
    let planned = state.journeys.pop_front();
    let journey = planned.unwrap_or_else(|| journeys::choose(&chance));
    let charge = CHARGES.get(below(&chance, CHARGES.len() as u64) as usize).copied().unwrap_or_default();
    let parcel = Parcel {
        courier: Provider::Packzy,
        awb: (FIRST_ID + first_id(state.seed) + state.parcels.len() as u64).to_string(),
        tracking_code: tracking_code(&state.parcels, &chance),
        reference: text(&fields["invoice"]).to_owned(),
        status: "in_review".to_owned(),
        cod: amount(&fields["cod_amount"]).unwrap_or_default(),
        charge: Minor(charge),
        booked: fields.clone(),
        journey,
        is_called_off: false,
        created_at: state.now,
        updated_at: state.now,
        events: Vec::new(),
        ahead: journeys::way(journey, state.now, &chance),
    };
    state.parcels.push(parcel.clone());
    Ok(parcel)
}

/// A number below a bound.
pub fn below(chance: &Chance, bound: u64) -> u64 {
    chance.number() % bound.max(1)
}

fn first_id(seed: u64) -> u64 {
    below(&Chance::seeded(seed), ID_SPAN)
}

fn tracking_code(parcels: &[Parcel], chance: &Chance) -> String {
    loop {
        let mut number = chance.number();
        let mut code = String::with_capacity(8);
        for _ in 0..8 {
            code.push(char::from(CODE_LETTERS[(number % 32) as usize]));
            number /= 32;
        }
        if parcels.iter().all(|parcel| parcel.tracking_code != code) {
            return code;
        }
    }
}

fn wrong_fields(state: &State, fields: &Value) -> Map<String, Value> {
    let mut errors = Map::new();
    let mut wrong = |name: &str, sentence: &str| errors.insert(name.to_owned(), json!([sentence]));
    for name in ["invoice", "recipient_name", "recipient_phone", "recipient_address", "cod_amount"] {
        let is_missing = fields[name].is_null() || fields[name].as_str().is_some_and(|text| text.trim().is_empty());
        if is_missing {
            wrong(name, &format!("The {} field is required.", name.replace('_', " ")));
        }
    }
    let invoice = text(&fields["invoice"]);
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !invoice.bytes().all(is_allowed) {
        wrong("invoice", "The invoice format is invalid.");
    } else if state.parcels_of(Provider::Packzy).any(|parcel| parcel.reference == invoice) {
        wrong("invoice", "The invoice has already been taken.");
    }
    if text(&fields["recipient_name"]).chars().count() > NAME_CHARACTERS_MAX {
        wrong("recipient_name", "The recipient name may not be greater than 100 characters.");
    }
    if text(&fields["recipient_address"]).chars().count() > ADDRESS_CHARACTERS_MAX {
        wrong("recipient_address", "The recipient address may not be greater than 250 characters.");
    }
    for name in ["recipient_phone", "alternative_phone"] {
        let phone = text(&fields[name]);
        let is_phone = phone.len() == 11 && phone.starts_with("01") && phone.bytes().all(|byte| byte.is_ascii_digit());
        if !phone.is_empty() && !is_phone {
            wrong(name, &format!("The {} must be 11 digits.", name.replace('_', " ")));
        }
    }
    if !fields["cod_amount"].is_null() && amount(&fields["cod_amount"]).is_none_or(|amount| amount.0 < 0) {
        wrong("cod_amount", "The cod amount must be at least 0.");
    }
    errors
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An amount in taka, as a number or as text.
fn amount(value: &Value) -> Option<Minor> {
    match value {
        Value::Number(number) => Minor::parse_decimal(&number.to_string()),
        Value::String(text) => Minor::parse_decimal(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
