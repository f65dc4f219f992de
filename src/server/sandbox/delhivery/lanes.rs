//! Postcodes, times, prices and waybills. Postcodes that begin with 99 are not served, 194101 is under
//! embargo, all others are served.

use axum::http::Uri;
use serde_json::{Value, json};

use crate::domain::money::Minor;
use crate::server::sandbox::Reply;
use crate::server::sandbox::delhivery::{KEYS, parameter};
use crate::server::sandbox::state::State;

const EMBARGO: &str = "194101";
const NOT_SERVED: &str = "99";
const WAYBILLS_MAX: usize = 10_000;
/// Price of the first and of every further half kilogram, in paise.
const PRICE_PER_STEP: i64 = 4_500;
const GRAMS_PER_STEP: i64 = 500;
/// What collecting money costs, in paise.
const COD_PRICE: i64 = 3_500;
const TAX_PERCENT: i64 = 18;

fn is_pin(pin: &str) -> bool {
    pin.len() == 6 && !pin.starts_with('0') && pin.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether parcels go to a postcode.
pub fn is_served(pin: &str) -> bool {
    is_pin(pin) && !pin.starts_with(NOT_SERVED) && pin != EMBARGO
}

/// What carrying so many grams costs without tax.
pub fn gross(grams: i64) -> Minor {
    let steps = grams.clamp(1, 1_000_000).saturating_add(GRAMS_PER_STEP - 1) / GRAMS_PER_STEP;
    Minor(steps * PRICE_PER_STEP)
}

/// `GET /c/api/pin-codes/json/`.
pub fn pin_codes(uri: &Uri) -> Reply {
    let pin = parameter(uri, "filter_codes").unwrap_or_default();
    if !is_pin(&pin) || pin.starts_with(NOT_SERVED) {
        return Reply::json(200, &json!({ "delivery_codes": [] }));
    }
    let is_embargo = pin == EMBARGO;
    let flag = if is_embargo { "N" } else { "Y" };
    let code = json!({
        "pin": pin.parse::<u32>().unwrap_or(0), "city": "Sample", "district": "Sample", "state_code": "MH",
        "country_code": "IN", "cod": flag, "pre_paid": "Y", "cash": flag, "pickup": flag, "repl": "N", "is_oda": "N",
        "sort_code": null, "max_amount": 0.0, "max_weight": 0.0, "sun_tat": false,
        "remarks": if is_embargo { "Embargo" } else { "" }, "center": [],
    });
    Reply::json(200, &json!({ "delivery_codes": [{ "postal_code": code }] }))
}

/// `GET /api/dc/expected_tat`.
pub fn expected_tat(uri: &Uri) -> Reply {
    let pins = ["origin_pin", "destination_pin"].map(|name| parameter(uri, name).unwrap_or_default());
    if !pins.iter().all(|pin| is_served(pin)) {
        return Reply::json(200, &json!({ "success": false, "message": "No lane between these pincodes" }));
    }
    let is_fast = parameter(uri, "mot").as_deref() == Some("E");
    Reply::json(200, &json!({ "success": true, "data": { "tat": if is_fast { 2 } else { 5 } } }))
}

/// `GET /api/kinko/v1/invoice/charges/.json`.
pub fn charges(state: &State, uri: &Uri) -> Reply {
    match charge(uri) {
        Ok(entry) => Reply::json(200, &if state.answers.awkward { entry } else { json!([entry]) }),
        Err(refusal) => refusal,
    }
}

/// `GET /api/kinko/v1/invoice/charges/`: the same in XML.
pub fn charges_as_xml(uri: &Uri) -> Reply {
    match charge(uri) {
        Ok(entry) => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<root><list-item>{}</list-item></root>",
                xml(&entry)
            );
            Reply { status: 200, content_type: "application/xml; charset=utf-8", body }
        }
        Err(refusal) => refusal,
    }
}

/// A value as the inside of an element.
fn xml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("<{name}>{}</{name}>", xml(value))).collect()
        }
        Value::String(text) => text.replace('&', "&amp;").replace('<', "&lt;"),
        other => other.to_string(),
    }
}

fn charge(uri: &Uri) -> Result<Value, Reply> {
    let of = |name: &str| parameter(uri, name).unwrap_or_default();
    let grams: i64 = of("cgm").parse().unwrap_or(0);
    if !is_served(&of("o_pin")) || !is_served(&of("d_pin")) || grams <= 0 {
        let body = "Invalid pincode, please contact lastmile-integration@delhivery.com".to_owned();
        return Err(Reply { status: 400, content_type: "text/plain", body });
    }
    let delivery = gross(grams).0 * if of("md") == "E" { 2 } else { 1 };
    let cod = if of("pt") == "COD" { COD_PRICE } else { 0 };
    let gross = delivery + cod;
    let tax = gross * TAX_PERCENT / 100;
    let rupees = |minor: i64| json!(minor as f64 / 100.0);
    Ok(json!({
        "tax_data": { "IGST": rupees(tax), "SGST": 0, "CGST": 0 }, "charge_DL": rupees(delivery),
        "charge_COD": rupees(cod), "gross_amount": rupees(gross), "total_amount": rupees(gross + tax), "zone": "D1",
        "charged_weight": grams, "status": of("ss"),
    }))
}

/// `GET /waybill/api/bulk/json/` and `/waybill/api/fetch/json/`: the client name is compared to the letter.
pub fn waybills(state: &mut State, client: Option<&str>, count: Option<&str>) -> Reply {
    if client != Some(KEYS[1].1) {
        return Reply::json(200, &json!({ "error": "Client does not exist" }));
    }
    let count = count.and_then(|count| count.parse::<usize>().ok());
    let Some(count) = count.filter(|count| (1..=WAYBILLS_MAX).contains(count)) else {
        return Reply::json(400, &json!({ "error": "count must be between 1 and 10000" }));
    };
    let given: Vec<String> = (0..count).map(|_| state.delhivery.waybill(state.seed)).collect();
    state.delhivery.fetched.extend(given.iter().cloned());
    let body: Value = if state.answers.awkward { json!(given) } else { json!(given.join(",")) };
    Reply::json(200, &body)
}
