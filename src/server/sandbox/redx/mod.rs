//! RedX's HTTP: parcels, areas, charges, stores, and its webhooks.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::domain::time::UnixMillis;
use crate::server::sandbox::calls::{Asked, Operation, amount, at, is_header, is_unknown_due, text};
use crate::server::sandbox::sides::{BROKEN_PAGE, Proof, Side};
use crate::server::sandbox::state::{Answers, Event, Parcel, State, UnauthorizedForm};
use crate::server::sandbox::ways::{self, Order, Words, written};
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// Where RedX is below the sandbox's own address.
pub const BASE_PATH: &str = "/redx/v1.0.0-beta";

/// What is accepted, by the name of the courier's credential.
pub const KEYS: [(&str, &str); 1] = [("api_token", "sandbox-redx-token")];

/// The pickup stores there are from the start.
pub const STORES: [&str; 2] = ["Demo Store", "Main Godown"];

const COURIER: Provider = Provider::Redx;
const FIRST_STORE: usize = 9_001;
const CHARGE: Minor = Minor(7_000);
/// Areas: id, name, postcode, district, zone.
const AREAS: [(u64, &str, u32, &str, u32); 5] = [
    (12, "Dhanmondi", 1209, "Dhaka", 1),
    (31, "Mirpur 10", 1216, "Dhaka", 1),
    (32, "Pallabi", 1216, "Dhaka", 1),
    (33, "Kazipara", 1216, "Dhaka", 1),
    (71, "Agrabad", 4100, "Chattogram", 7),
];
const STORE_ADDRESS: &str = "House 3, Road 7";

/// RedX beside its HTTP. The secret of its webhooks is a parameter of the address.
pub const SIDE: Side = Side {
    base_path: BASE_PATH,
    keys: &KEYS,
    is_final: |status| ["delivered", "returned", "cancelled"].contains(&status),
    push_body,
    ping_body: || json!({ "tracking_number": null }),
    has_status: |body| body["status"].is_string(),
    make_unknown: |body| body["status"] = json!("rescheduled-by-hub"),
    proof: Proof::Address,
    repeats: 0,
    too_many_status: 429,
    broken: BROKEN_PAGE,
    halves: &[],
};

const WORDS: Words = Words {
    booked: ("pickup-pending", "Package is created successfully"),
    fetched: &[("pickup-processing", "A rider is on the way to the store")],
    moving: &[("ready-for-delivery", "Package has arrived at the delivery hub")],
    out: ("delivery-in-progress", "Package is out for delivery"),
    failed: ("agent-hold", "Customer not reachable"),
    held: &[("agent-hold", "Customer asked for another day"), ("agent-area-change", "Package changes the area")],
    delivered: ("delivered", "Parcel has been delivered"),
    // There is no word for a part.
    partly: ("delivered", "Parcel has been delivered in part"),
    cancelled: ("cancelled", "Parcel has been cancelled"),
    back: &[("agent-returning", "Parcel is returning"), ("returned", "Parcel has been returned")],
    lost: ("agent-hold", "Under investigation"),
};

const REFUSALS: Refusals = Refusals { unauthorized, failed };

/// Every path of RedX's that is played.
pub fn router() -> Router<Sandbox> {
    type Work = fn(&mut State, &Asked) -> Reply;
    let one = |method, name, work: Work| {
        at(method, Operation { courier: COURIER, name, has_keys, refusals: &REFUSALS, work })
    };
    let get = |name, work: Work| one(MethodFilter::GET, name, work);
    let post = |name, work: Work| one(MethodFilter::POST, name, work);
    Router::new()
        .route("/parcel", post("create", create))
        .route("/parcel/track/{id}", get("track", track))
        .route("/parcel/info/{id}", get("info", info))
        .route("/parcels", one(MethodFilter::PATCH, "update", update))
        .route("/areas", get("areas", areas))
        .route("/charge/charge_calculator", get("charge", charge))
        .route("/pickup/stores", get("stores", stores))
        .route("/pickup/store", post("add_store", add_store))
        .route("/pickup/store/info/{id}", get("store", store))
}

fn has_keys(_: &State, headers: &HeaderMap) -> bool {
    is_header(headers, "api-access-token", &format!("Bearer {}", KEYS[0].1))
}

/// `POST /parcel`.
fn create(state: &mut State, asked: &Asked) -> Reply {
    if let Some(sentence) = wrong_with(state, asked) {
        return refused(state.answers.refusal_status, sentence);
    }
    let order = Order {
        courier: COURIER,
        awb: format!("{}{}", ways::written(state.now, 360, "%yA%j"), ways::letters(state, 7)),
        reference: asked.text("merchant_invoice_id"),
        cod: amount(&asked.body["cash_collection_amount"]).unwrap_or_default(),
        charge: CHARGE,
        booked: asked.body.clone(),
    };
    let at = ways::book(state, order, &WORDS);
    Reply::json(201, &json!({ "tracking_id": state.parcels[at].awb }))
}

fn wrong_with(state: &State, asked: &Asked) -> Option<&'static str> {
    let phone = asked.text("customer_phone");
    let area = asked.text("delivery_area_id");
    let is_area = AREAS.iter().any(|(id, name, ..)| id.to_string() == area && *name == asked.text("delivery_area"));
    let store = asked.text("pickup_store_id");
    if ["customer_name", "customer_address"].iter().any(|name| asked.text(name).is_empty()) {
        Some("customer_name and customer_address are required")
    } else if phone.len() != 11 || !phone.starts_with("01") || !phone.bytes().all(|byte| byte.is_ascii_digit()) {
        Some("customer_phone is not valid")
    } else if !is_area {
        Some("delivery_area_id is not valid")
    } else if !asked.body["cash_collection_amount"].is_string()
        || amount(&asked.body["cash_collection_amount"]).is_none()
    {
        Some("cash_collection_amount is not valid")
    } else if asked.text("parcel_weight").parse::<u64>().is_ok_and(|grams| grams > 0) {
        (!store.is_empty() && place_of(state, &store).is_none()).then_some("pickup_store_id is not valid")
    } else {
        Some("parcel_weight is not valid")
    }
}

fn parcel<'s>(state: &'s State, awb: &str) -> Option<&'s Parcel> {
    state.parcels_of(COURIER).find(|parcel| parcel.awb == awb)
}

fn not_found() -> Reply {
    Reply::json(404, &json!({ "message": "Parcel not found" }))
}

/// `GET /parcel/track/{id}`: words alone, newest first.
fn track(state: &mut State, asked: &Asked) -> Reply {
    let Some(parcel) = parcel(state, &asked.part) else { return not_found() };
    let line = |event: &Event| {
        json!({
            "message_en": event.message, "message_bn": "পার্সেল",
            "time": iso(event.at),
        })
    };
    Reply::json(200, &json!({ "tracking": parcel.events.iter().rev().map(line).collect::<Vec<_>>() }))
}

/// `GET /parcel/info/{id}`.
fn info(state: &mut State, asked: &Asked) -> Reply {
    let is_unknown = is_unknown_due(state, COURIER, "info");
    let awkward = state.answers.awkward;
    let Some(parcel) = parcel(state, &asked.part) else { return not_found() };
    let mut shown = parcel.booked.clone();
    shown["tracking_id"] = json!(parcel.awb);
    shown["status"] = if is_unknown { json!("rescheduled-by-hub") } else { json!(parcel.status) };
    shown["charge"] = if awkward { json!("70.00") } else { json!(70) };
    shown["created_at"] = json!(iso(parcel.created_at));
    shown["delivery_type"] = json!("regular");
    shown["cash_collection_amount"] = json!(parcel.cod.0 / 100);
    let store = place_of(state, &text(&shown["pickup_store_id"])).unwrap_or_default();
    shown["pickup_location"] = shown_store(state, store);
    Reply::json(200, &json!({ "parcel": shown }))
}

/// `PATCH /parcels`: a parcel is cancelled until somebody has fetched it.
fn update(state: &mut State, asked: &Asked) -> Reply {
    let details = &asked.body["update_details"];
    let is_cancellation = asked.text("entity_type") == "parcel-tracking-id"
        && text(&details["property_name"]) == "status"
        && text(&details["new_value"]) == "cancelled";
    let awb = asked.text("entity_id");
    let Some(parcel) = parcel(state, &awb) else { return not_found() };
    if !is_cancellation || !parcel.status.starts_with("pickup-") {
        return Reply::json(200, &json!({ "success": false, "message": "Parcel cannot be cancelled" }));
    }
    state.interfere(&awb, Some("cancelled".to_owned()), WORDS.cancelled.1.to_owned());
    Reply::json(200, &json!({ "success": true, "message": "Parcel updated" }))
}

/// `GET /areas`.
fn areas(_: &mut State, asked: &Asked) -> Reply {
    let wanted = |name: &str, value: &str| {
        let asked = asked.parameter(name);
        asked.is_empty() || asked.eq_ignore_ascii_case(value)
    };
    let found = AREAS.iter().filter(|(_, _, postcode, district, zone)| {
        wanted("post_code", &postcode.to_string())
            && wanted("district_name", district)
            && wanted("zone_id", &zone.to_string())
    });
    let area = |(id, name, postcode, district, zone): &(u64, &str, u32, &str, u32)| {
        json!({
            "id": id, "name": name, "post_code": postcode, "district_name": district, "division_name": district,
            "zone_id": zone,
        })
    };
    Reply::json(200, &json!({ "areas": found.map(area).collect::<Vec<_>>() }))
}

/// `GET /charge/charge_calculator`.
fn charge(state: &mut State, asked: &Asked) -> Reply {
    let is_area = |name: &str| AREAS.iter().any(|(id, ..)| id.to_string() == asked.parameter(name));
    if !is_area("delivery_area_id") || !is_area("pickup_area_id") {
        return refused(state.answers.refusal_status, "Invalid area");
    }
    let cod = amount(&json!(asked.parameter("cash_collection_amount"))).unwrap_or_default();
    Reply::json(200, &json!({ "deliveryCharge": 70, "codCharge": cod.0 as f64 / 10_000.0 }))
}

fn iso(at: UnixMillis) -> String {
    written(at, 0, "%Y-%m-%dT%H:%M:%S.000Z")
}

fn place_of(state: &State, id: &str) -> Option<usize> {
    id.parse::<usize>().ok()?.checked_sub(FIRST_STORE).filter(|at| *at < state.redx_stores.len())
}

fn shown_store(state: &State, at: usize) -> Value {
    json!({
        "id": FIRST_STORE + at, "name": state.redx_stores[at], "address": STORE_ADDRESS, "phone": "8801711000000",
        "area_id": 12, "area_name": "Dhanmondi", "created_at": iso(state.start),
    })
}

/// `GET /pickup/stores`.
fn stores(state: &mut State, _: &Asked) -> Reply {
    let list: Vec<Value> = (0..state.redx_stores.len()).map(|at| shown_store(state, at)).collect();
    Reply::json(200, &json!({ "pickup_stores": list }))
}

/// `GET /pickup/store/info/{id}`.
fn store(state: &mut State, asked: &Asked) -> Reply {
    match place_of(state, &asked.part) {
        Some(at) => Reply::json(200, &json!({ "pickup_store": shown_store(state, at) })),
        None => Reply::json(404, &json!({ "message": "Store not found" })),
    }
}

/// `POST /pickup/store`.
fn add_store(state: &mut State, asked: &Asked) -> Reply {
    if asked.text("name").is_empty() || asked.text("area_id").is_empty() {
        return refused(state.answers.refusal_status, "name and area_id are required");
    }
    state.redx_stores.push(asked.text("name"));
    Reply::json(201, &shown_store(state, state.redx_stores.len() - 1))
}

/// The webhook about a state; before a parcel was fetched there are none.
fn push_body(parcel: &Parcel, event: &Event, awkward: bool) -> Value {
    let status = event.status.as_deref().filter(|status| !status.starts_with("pickup-") && *status != "cancelled");
    let Some(status) = status else { return Value::Null };
    let timestamp = if awkward { written(event.at, 360, "%Y-%m-%dT%H:%M:%S+06:00") } else { iso(event.at) };
    let mut body = json!({
        "tracking_number": parcel.awb, "timestamp": timestamp, "status": status, "message_en": event.message,
        "message_bn": "পার্সেল",
    });
    if !awkward {
        body["invoice_number"] = json!(parcel.reference);
    }
    body
}

fn refused(status: u16, sentence: &str) -> Reply {
    Reply::json(status, &json!({ "success": false, "message": sentence }))
}

fn unauthorized(answers: &Answers) -> Reply {
    match answers.unauthorized {
        UnauthorizedForm::Json => Reply::json(401, &json!({ "message": "Unauthorized" })),
        UnauthorizedForm::Text => Reply { status: 401, content_type: "text/plain", body: "Unauthorized".to_owned() },
        UnauthorizedForm::Html => Reply::html(401, "<!DOCTYPE html><title>Unauthorized</title><h1>401</h1>"),
    }
}

/// A 200 that says no.
fn failed(_: &Answers) -> Reply {
    refused(200, "The parcel could not be saved")
}
