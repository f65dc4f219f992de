//! Exchanges, and parcels for other countries.

use serde_json::{Map, Value, json};

use crate::server::sandbox::Reply;
use crate::server::sandbox::shiprocket::booking::{self, created, go_on, keep, keep_unless, missing, shown};
use crate::server::sandbox::shiprocket::{Asked, invalid, orders, papers, refused, text};
use crate::server::sandbox::state::State;

/// The number of the first of the seller's places.
const FIRST_PLACE: usize = 5_723;
const REQUIRED: [&str; 16] = [
    "order_id",
    "order_date",
    "shipping_customer_name",
    "shipping_address",
    "shipping_city",
    "shipping_pincode",
    "shipping_country",
    "shipping_phone",
    "currency",
    "reasonOfExport",
    "payment_method",
    "sub_total",
    "length",
    "breadth",
    "height",
    "weight",
];
const CURRENCIES: [&str; 9] = ["INR", "USD", "GBP", "EUR", "AUD", "CAD", "SAR", "AED", "SGD"];
/// A country nobody goes to.
const NOWHERE: &str = "Antarctica";

// ---- exchanges

/// `POST /orders/create/exchange`: two orders, whose names for fields are those of others with a prefix.
pub fn exchange(state: &mut State, asked: &Asked) -> Reply {
    let sent = &asked.body;
    let errors = wrong_exchange(state, sent);
    if !errors.is_empty() {
        return invalid(&Value::Object(errors));
    }
    let out = half(sent, ("buyer_shipping", "billing"), "exchange");
    let back = half(sent, ("buyer_pickup", "pickup"), "return");
    let out = keep(state, text(&sent["exchange_order_id"]), out, false);
    let back = keep(state, text(&sent["return_order_id"]), back, true);
    let orders = json!({ "forward_orders": shown(state, out), "return_orders": shown(state, back) });
    Reply::json(200, &json!({ "success": true, "data": orders }))
}

fn wrong_exchange(state: &State, sent: &Value) -> Map<String, Value> {
    let mut required = vec!["order_date".to_owned(), "payment_method".to_owned(), "sub_total".to_owned()];
    required.push("return_reason".to_owned());
    for side in ["buyer_shipping", "buyer_pickup"] {
        let fields = ["first_name", "address", "city", "state", "country", "pincode", "phone"];
        required.extend(fields.map(|field| format!("{side}_{field}")));
    }
    for side in ["exchange", "return"] {
        required.extend(["length", "breadth", "height", "weight"].map(|field| format!("{side}_{field}")));
    }
    let mut errors = missing(sent, required);
    let mut wrong = |name: &str, sentence: &str| errors.insert(name.to_owned(), json!([sentence]));
    for name in ["exchange_order_id", "return_order_id"] {
        let reference = text(&sent[name]);
        if reference.is_empty() {
            wrong(name, "It is required.");
        } else if state.shiprocket.orders.iter().any(|order| order.reference == reference) {
            wrong(name, "The order id has already been taken.");
        }
    }
    let places = FIRST_PLACE..FIRST_PLACE + state.shiprocket.places.len();
    for name in ["seller_pickup_location_id", "seller_shipping_location_id"] {
        if !text(&sent[name]).parse().is_ok_and(|place| places.contains(&place)) {
            wrong(name, "The selected location is invalid.");
        }
    }
    let fields = ["name", "sku", "units", "selling_price", "hsn", "exchange_item_name", "exchange_item_sku"];
    if !has_lines(sent, &fields) {
        wrong("order_items", "Every order item needs its HSN code and what it is exchanged for.");
    }
    errors
}

/// Whether there are lines, and all of them have these fields.
fn has_lines(sent: &Value, fields: &[&str]) -> bool {
    let lines = sent["order_items"].as_array().map_or(&[][..], Vec::as_slice);
    !lines.is_empty() && lines.iter().all(|line| fields.iter().all(|field| !text(&line[*field]).is_empty()))
}

/// One order of an exchange, in the words of every other order.
fn half(sent: &Value, (side, who): (&str, &str), parcel: &str) -> Value {
    let mut fields = Map::new();
    for (name, value) in sent.as_object().into_iter().flatten() {
        if let Some(field) = name.strip_prefix(&format!("{side}_")) {
            fields.insert(format!("{who}_{}", field.replace("first_name", "customer_name")), value.clone());
        } else if let Some(field) = name.strip_prefix(&format!("{parcel}_")) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
    for name in ["order_date", "payment_method", "sub_total", "order_items"] {
        fields.insert(name.to_owned(), sent[name].clone());
    }
    Value::Object(fields)
}

// ---- other countries

/// `POST /international/orders/create/adhoc`.
pub fn create(state: &mut State, asked: &Asked) -> Reply {
    let made = keep_unless(state, wrong_export(&asked.body), &asked.body, false);
    created(state, made)
}

/// `POST /international/shipments/create/forward-shipment`.
pub fn forward(state: &mut State, asked: &Asked) -> Reply {
    let made = keep_unless(state, wrong_export(&asked.body), &asked.body, false);
    go_on(state, asked, made, false)
}

/// `POST /international/orders/update/adhoc`.
pub fn update(state: &mut State, asked: &Asked) -> Reply {
    orders::change(state, asked, wrong_export(&asked.body))
}

fn wrong_export(sent: &Value) -> Map<String, Value> {
    let mut errors = missing(sent, REQUIRED.map(str::to_owned));
    let mut wrong = |name: &str, sentence: String| errors.insert(name.to_owned(), json!([sentence]));
    let country = text(&sent["shipping_country"]);
    if country.len() == 2 || country.eq_ignore_ascii_case("india") {
        wrong("shipping_country", format!("Delivery pincode is not valid for {country}!"));
    }
    if !text(&sent["payment_method"]).eq_ignore_ascii_case("prepaid") {
        wrong("payment_method", "The selected payment method is invalid.".to_owned());
    }
    if !CURRENCIES.contains(&text(&sent["currency"]).as_str()) {
        wrong("currency", "The selected currency is invalid.".to_owned());
    }
    if !has_lines(sent, &["name", "sku", "units", "selling_price", "hsn"]) {
        wrong("order_items", "Every order item needs its HSN code.".to_owned());
    }
    errors
}

/// `GET /international/courier/serviceability`: a rate is an object, days are a range.
pub fn rates(_: &mut State, asked: &Asked) -> Reply {
    if ["weight", "delivery_country", "pickup_postcode"].iter().any(|name| asked.query(name).is_empty())
        || asked.query("cod") != "0"
    {
        return refused(400, "Please fix request using below fields");
    }
    if asked.query("delivery_country") == NOWHERE {
        let message = "No serviceable couriers available for entered pincodes";
        return Reply::json(200, &json!({ "status": 404, "message": message }));
    }
    let halves = papers::halves(asked);
    let row = |(at, (id, name, _)): (usize, &(u64, &str, bool))| {
        let (from, to) = (10 - 3 * at, 12 - 3 * at);
        let rate = json!({ "rate": (1_125.0 + 640.0 * at as f64) * halves, "zone": "E",
            "extra_info": { "edd": { "from": from, "to": to } } });
        json!({ "courier_company_id": id, "courier_name": name, "rate": rate, "cod": 0,
            "estimated_delivery_days": format!("{from} - {to}"), "ddp_tag": false })
    };
    let rows: Vec<Value> = booking::CARRIERS.iter().enumerate().map(row).collect();
    let data = json!({ "available_courier_companies": rows, "recommended_courier_company_id": booking::CARRIERS[0].0 });
    Reply::json(200, &json!({ "status": 200, "data": data }))
}
