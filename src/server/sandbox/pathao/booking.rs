//! Orders, one and many: what is refused, and what a parcel gets.

use serde_json::{Map, Value, json};

use crate::domain::money::Minor;
use crate::server::sandbox::Reply;
use crate::server::sandbox::calls::{Asked, amount, text};
use crate::server::sandbox::pathao::{COURIER, FIRST_STORE, events, refused, success};
use crate::server::sandbox::state::State;
use crate::server::sandbox::ways::{self, Order};

/// What is charged for a parcel, in poisha.
const CHARGE: Minor = Minor(8_000);
const ORDERS_MAX: usize = 500;

/// `POST /orders`.
pub fn create(state: &mut State, asked: &Asked) -> Reply {
    match book(state, &asked.body) {
        Ok(at) => {
            let parcel = &state.parcels[at];
            let data = json!({
                "consignment_id": parcel.awb, "merchant_order_id": parcel.reference, "order_status": "Pending",
                "delivery_fee": if state.answers.awkward { json!("80.00") } else { json!(80) },
            });
            success("Order Created Successfully", &data)
        }
        Err(errors) => {
            let status = state.answers.refusal_status;
            let body = refused(422, "Please fix the given errors", &Value::Object(errors));
            Reply { status: if status == 400 { 422 } else { status }, ..body }
        }
    }
}

/// `POST /orders/bulk`: taken at once, wrong ones are dropped.
pub fn create_many(state: &mut State, asked: &Asked) -> Reply {
    let orders = asked.body["orders"].as_array().cloned().unwrap_or_default();
    if orders.is_empty() || orders.len() > ORDERS_MAX {
        return refused(422, "Please fix the given errors", &json!({ "orders": ["The orders field is required."] }));
    }
    for order in &orders {
        book(state, order).ok();
    }
    let message = "Your bulk order creation request is accepted, please wait some time to complete order creation.";
    Reply::json(202, &json!({ "message": message, "type": "success", "code": 202, "data": true }))
}

/// Whether a body names a store there is.
pub fn has_store(state: &State, body: &Value) -> bool {
    let stores = FIRST_STORE..FIRST_STORE + state.pathao.stores.len();
    text(&body["store_id"]).parse::<usize>().is_ok_and(|id| stores.contains(&id))
}

fn book(state: &mut State, fields: &Value) -> Result<usize, Map<String, Value>> {
    let errors = wrong_fields(state, fields);
    if !errors.is_empty() {
        return Err(errors);
    }
    let order = Order {
        courier: COURIER,
        awb: format!("DD{}{}", ways::written(state.now, 360, "%d%m%y"), ways::letters(state, 8)),
        reference: text(&fields["merchant_order_id"]),
        cod: amount(&fields["amount_to_collect"]).unwrap_or_default(),
        charge: CHARGE,
        booked: fields.clone(),
    };
    Ok(ways::book(state, order, &events::WORDS))
}

fn wrong_fields(state: &State, fields: &Value) -> Map<String, Value> {
    let mut errors = Map::new();
    let mut wrong = |name: &str, sentence: &str| errors.insert(name.to_owned(), json!([sentence]));
    let length = |name: &str| text(&fields[name]).chars().count();
    if !has_store(state, fields) {
        wrong("store_id", "Wrong Store selected");
    }
    if !(3..=100).contains(&length("recipient_name")) {
        wrong("recipient_name", "The recipient name must be between 3 and 100 characters.");
    }
    let phone = text(&fields["recipient_phone"]);
    if phone.len() != 11 || !phone.starts_with("01") || !phone.bytes().all(|byte| byte.is_ascii_digit()) {
        wrong("recipient_phone", "The recipient phone format is invalid.");
    }
    if !(10..=220).contains(&length("recipient_address")) {
        wrong("recipient_address", "The recipient address must be between 10 and 220 characters.");
    }
    for name in ["recipient_city", "recipient_zone", "recipient_area"] {
        if fields.get(name).is_some_and(Value::is_null) {
            wrong(name, "It must be an integer.");
        }
    }
    if !["48", "12"].contains(&text(&fields["delivery_type"]).as_str()) {
        wrong("delivery_type", "The selected delivery type is invalid.");
    }
    if !["1", "2"].contains(&text(&fields["item_type"]).as_str()) {
        wrong("item_type", "The selected item type is invalid.");
    }
    let weight: f64 = text(&fields["item_weight"]).parse().unwrap_or(0.0);
    if !(0.5..=10.0).contains(&weight) {
        wrong("item_weight", "The item weight must be between 0.5 and 10.");
    }
    // PHP takes 1250.0 for a whole number.
    if amount(&fields["amount_to_collect"]).is_none_or(|amount| amount.0 % 100 != 0) {
        wrong("amount_to_collect", "The amount to collect must be an integer.");
    }
    errors
}
