//! Rates, labels, manifests, invoices, pickups, the wallet, pickup places. Every paper is a sample.

use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::domain::time::DAY_MS;
use crate::server::sandbox::shiprocket::booking::{CARRIERS, row_id, wanted_ids};
use crate::server::sandbox::shiprocket::journeys::local;
use crate::server::sandbox::shiprocket::{Asked, invalid, refused, text};
use crate::server::sandbox::state::{Answers, State};
use crate::server::sandbox::{Reply, papers};

/// What is in the wallet at first, in paise.
const WALLET: i64 = 500_000;
/// Postcodes nobody goes to begin so.
const NOWHERE: &str = "19";

/// Where a paper is.
pub fn paper(asked: &Asked, kind: &str, name: impl std::fmt::Display) -> String {
    papers::address(&asked.headers, Provider::Shiprocket, &format!("{kind}-{name}"))
}

/// Half kilograms that are charged for.
pub fn halves(asked: &Asked) -> f64 {
    (asked.query("weight").parse::<f64>().unwrap_or(0.5).max(0.1) / 0.5).ceil()
}

/// `GET /courier/serviceability/`.
pub fn rates(state: &mut State, asked: &Asked) -> Reply {
    for field in ["pickup_postcode", "delivery_postcode"] {
        if asked.query(field).is_empty() && asked.query("order_id").is_empty() {
            let sentence = format!("The {} field is required when order id is not present.", field.replace('_', " "));
            let body =
                json!({ "message": "Required field missing", "errors": { field: [sentence] }, "status_code": 422 });
            return Reply::json(422, &body);
        }
    }
    if asked.query("delivery_postcode").starts_with(NOWHERE) {
        let message = "Delivery postcode not serviceable. Please contact support.";
        return Reply::json(200, &json!({ "status": 404, "message": message }));
    }
    let halves = halves(asked);
    let now = state.now;
    // Carriers that collect no money are in the list although it was asked for.
    let row = |(at, (id, name, takes_cod)): (usize, &(u64, &str, bool))| {
        let freight = (52.9 + 31.0 * at as f64) * halves;
        let cod_charges = if *takes_cod { 31.47 } else { 0.0 };
        let days = 4 - at as i64;
        json!({
            "id": row_id(*id),
            "courier_company_id": id,
            "courier_name": name,
            "rate": freight + cod_charges,
            "freight_charge": freight,
            "cod": u8::from(*takes_cod),
            "cod_charges": cod_charges,
            "rto_charges": freight * 0.9,
            "estimated_delivery_days": days.to_string(),
            "etd": local(now.plus(days * DAY_MS), "%b %d, %Y"),
            "etd_hours": days * 24,
            "is_surface": !name.contains("Air"),
            "mode": u8::from(name.contains("Air")),
            "min_weight": 0.5,
            "charge_weight": halves / 2.0,
            "zone": "z_d",
            "rating": 4.1,
            "surface_max_weight": "5.00",
            "suppression_dates": Value::Null,
            "others": "{\"cancel_real_time\":true}",
            "blocked": u8::from(*name == "Village Post Demo"),
        })
    };
    let rows: Vec<Value> = CARRIERS.iter().enumerate().map(row).collect();
    let data = json!({ "available_courier_companies": rows, "recommended_courier_company_id": CARRIERS[0].0 });
    Reply::json(200, &json!({ "status": 200, "currency": "INR", "data": data, "seller_address": [] }))
}

/// The 200 without a label.
pub fn no_label(_: &Answers) -> Reply {
    let response = "No valid shipment ids to print label";
    Reply::json(200, &json!({ "label_created": 0, "response": response, "not_created": [] }))
}

/// `POST /courier/generate/label`.
pub fn label(state: &mut State, asked: &Asked) -> Reply {
    labels(state, asked, "shipment_id")
}

/// `POST /courier/generate/label-invoice`.
pub fn label_invoice(state: &mut State, asked: &Asked) -> Reply {
    labels(state, asked, "shipment_ids")
}

fn has_awb(state: &State, shipment: u64) -> bool {
    state.shiprocket.by_shipment(shipment).is_some_and(|at| state.shiprocket.orders[at].awb.is_some())
}

fn labels(state: &State, asked: &Asked, field: &str) -> Reply {
    let ids = match wanted_ids(asked, field) {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    let (drawn, not_drawn): (Vec<u64>, Vec<u64>) = ids.into_iter().partition(|id| has_awb(state, *id));
    let Some(first) = drawn.first() else { return no_label(&state.answers) };
    let response = "Label has been created and uploaded successfully!";
    let body = json!({ "label_created": 1, "label_url": paper(asked, "sample-label", first), "response": response, "not_created": not_drawn });
    Reply::json(200, &body)
}

/// `POST /manifests/generate`.
pub fn manifest(state: &mut State, asked: &Asked) -> Reply {
    let ids = match wanted_ids(asked, "shipment_id") {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    let again: Vec<u64> = ids.iter().copied().filter(|id| state.shiprocket.manifested.contains(id)).collect();
    if !again.is_empty() {
        let message = "Manifest already generated for some of the selected shipments.";
        return Reply::json(
            400,
            &json!({ "message": message, "already_manifested_shipment_ids": again, "status_code": 400 }),
        );
    }
    let ready: Vec<u64> = ids.into_iter().filter(|id| has_awb(state, *id)).collect();
    let url = ready.first().map(|id| paper(asked, "sample-manifest", id)).unwrap_or_default();
    state.shiprocket.manifested.extend(ready);
    Reply::json(200, &json!({ "status": 1, "manifest_url": url }))
}

/// `POST /manifests/print`.
pub fn print_manifest(state: &mut State, asked: &Asked) -> Reply {
    let ids = match wanted_ids(asked, "order_ids") {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    match ids.iter().find(|id| state.shiprocket.by_id(**id).is_some()) {
        Some(id) => Reply::json(200, &json!({ "manifest_url": paper(asked, "sample-manifest", id) })),
        None => refused(400, "Manifest does not exist."),
    }
}

/// `POST /orders/print/invoice`.
pub fn invoice(state: &mut State, asked: &Asked) -> Reply {
    let ids = match wanted_ids(asked, "ids") {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    let (drawn, not_drawn): (Vec<u64>, Vec<u64>) =
        ids.into_iter().partition(|id| state.shiprocket.by_id(*id).is_some());
    let url = drawn.first().map(|id| paper(asked, "sample-invoice", id)).unwrap_or_default();
    let body =
        json!({ "is_invoice_created": !drawn.is_empty(), "invoice_url": url, "not_created": not_drawn, "irn_no": "" });
    Reply::json(200, &body)
}

/// `POST /courier/generate/pickup`.
pub fn pickup(state: &mut State, asked: &Asked) -> Reply {
    let ids = match wanted_ids(asked, "shipment_id") {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    let Some(shipment) = ids.first().copied().filter(|id| has_awb(state, *id)) else {
        return refused(400, "Invalid shipment id.");
    };
    if !state.shiprocket.pickups.insert(shipment) {
        return refused(400, "Already in Pickup Queue.");
    }
    let scheduled = local(state.now.plus(DAY_MS), "%Y-%m-%d %H:%M:%S");
    let response = json!({
        "pickup_scheduled_date": scheduled,
        "pickup_token_number": format!("Reference No: {shipment}_DEMO"),
        "status": 3,
        "others": "{\"tier_id\":4}",
        "data": "Pickup is confirmed by Xpress Surface Demo",
    });
    Reply::json(200, &json!({ "pickup_status": 1, "response": response }))
}

/// `GET /account/details/wallet-balance`.
pub fn wallet(state: &mut State, _: &Asked) -> Reply {
    let left = if state.answers.wallet_empty { -29_183 } else { WALLET - state.shiprocket.spent };
    Reply::json(200, &json!({ "data": { "balance_amount": Minor(left).decimal() } }))
}

/// `GET /settings/company/pickup`.
pub fn places(state: &mut State, _: &Asked) -> Reply {
    let place = |(at, name): (usize, &String)| json!({ "id": 88_120 + at, "pickup_location": name, "pin_code": "560034", "status": 1, "phone_verified": u8::from(at < 2) });
    let places: Vec<Value> = state.shiprocket.places.iter().enumerate().map(place).collect();
    Reply::json(200, &json!({ "data": { "shipping_address": places } }))
}

/// `POST /settings/company/addpickup`: what is wrong is an object in the place of the message.
pub fn add_place(state: &mut State, asked: &Asked) -> Reply {
    let name = text(&asked.body["pickup_location"]);
    if name.is_empty() || name.chars().count() > 36 {
        let sentence = "The pickup location may not be greater than 36 characters.";
        return Reply::json(422, &json!({ "message": { "pickup_location": [sentence] }, "status_code": 422 }));
    }
    if text(&asked.body["phone"]).len() != 10 {
        return invalid(&json!({ "phone": ["The phone must be 10 digits."] }));
    }
    state.shiprocket.places.push(name);
    Reply::json(200, &json!({ "success": true, "address": { "phone_verified": 0 } }))
}
