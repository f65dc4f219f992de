//! Packzy's HTTP: its paths, headers, bodies and the several shapes of its answers.
//!
//! `booking` creating, one and many · `journeys` a parcel's way and the webhooks about it · `ledger`
//! balance, payouts and returns.

mod booking;
mod journeys;
mod ledger;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as From};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

pub use journeys::is_final;

use crate::domain::couriers::Provider;
use crate::server::sandbox::faults::Fault;
use crate::server::sandbox::sides::{BROKEN_PAGE, Proof, Side};
use crate::server::sandbox::state::{Answers, Parcel, State, UnauthorizedForm};
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// Where Packzy is below the sandbox's own address.
pub const BASE_PATH: &str = "/packzy/api/v1";

/// The keys that are accepted, by the names of the courier's credentials.
pub const KEYS: [(&str, &str); 2] = [("api_key", "sandbox-api-key"), ("secret_key", "sandbox-secret-key")];

/// Police stations a parcel can go to.
const POLICE_STATIONS: [(&str, &str); 6] = [
    ("Dhanmondi", "Dhaka"),
    ("Uttara East", "Dhaka"),
    ("Mirpur Model", "Dhaka"),
    ("Kotwali", "Chattogram"),
    ("Kotwali", "Sylhet"),
    ("Boalia", "Rajshahi"),
];

/// Packzy beside its HTTP. Nothing is known of webhooks that are tried again.
pub const SIDE: Side = Side {
    base_path: BASE_PATH,
    keys: &KEYS,
    is_final: journeys::is_final,
    push_body: journeys::push_body,
    ping_body: journeys::ping_body,
    has_status: journeys::has_status,
    make_unknown: journeys::make_unknown,
    proof: Proof::Header("authorization", "Bearer "),
    repeats: 0,
    too_many_status: 429,
    broken: BROKEN_PAGE,
    halves: &[],
};

const REFUSALS: Refusals = Refusals { unauthorized, failed };

/// Every path of Packzy's.
pub fn router() -> Router<Sandbox> {
    Router::new()
        .route("/create_order", post(create_order))
        .route("/create_order/bulk-order", post(create_many))
        .route("/status_by_cid/{id}", get(status_by_cid))
        .route("/status_by_invoice/{invoice}", get(status_by_invoice))
        .route("/status_by_trackingcode/{code}", get(status_by_trackingcode))
        .route("/get_balance", get(balance))
        .route("/create_return_request", post(create_return))
        .route("/get_return_request/{id}", get(one_return))
        .route("/get_return_requests", get(every_return))
        .route("/payments", get(payments))
        .route("/payments/{id}", get(one_payment))
        .route("/police_stations", get(police_stations))
}

/// Whether both keys are the right ones.
fn has_keys(headers: &HeaderMap) -> bool {
    ["api-key", "secret-key"].iter().zip(KEYS).all(|(header, (_, key))| {
        headers.get(*header).is_some_and(|value| bool::from(value.as_bytes().ct_eq(key.as_bytes())))
    })
}

async fn call(
    sandbox: &Sandbox,
    operation: &str,
    headers: &HeaderMap,
    work: impl FnOnce(&mut State) -> Reply,
) -> Response {
    sandbox.answer(Provider::Packzy, operation, &REFUSALS, has_keys(headers), work).await
}

async fn create_order(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "create_order", &headers, |state| booking::create(state, &body)).await
}

async fn create_many(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "bulk_order", &headers, |state| booking::create_many(state, &body)).await
}

async fn status_by_cid(From(sandbox): From<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let operation = "status_by_cid";
    call(&sandbox, operation, &headers, |state| status(state, operation, |parcel| parcel.awb == id)).await
}

async fn status_by_invoice(From(sandbox): From<Sandbox>, headers: HeaderMap, Path(invoice): Path<String>) -> Response {
    let operation = "status_by_invoice";
    call(&sandbox, operation, &headers, |state| status(state, operation, |parcel| parcel.reference == invoice)).await
}

async fn status_by_trackingcode(
    From(sandbox): From<Sandbox>,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Response {
    let operation = "status_by_trackingcode";
    call(&sandbox, operation, &headers, |state| status(state, operation, |parcel| parcel.tracking_code == code)).await
}

async fn balance(From(sandbox): From<Sandbox>, headers: HeaderMap) -> Response {
    call(&sandbox, "get_balance", &headers, |state| ledger::balance(state)).await
}

async fn create_return(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "create_return_request", &headers, |state| ledger::create_return(state, &body)).await
}

async fn one_return(From(sandbox): From<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    call(&sandbox, "get_return_request", &headers, |state| ledger::one_return(state, &id)).await
}

async fn every_return(From(sandbox): From<Sandbox>, headers: HeaderMap) -> Response {
    call(&sandbox, "get_return_requests", &headers, |state| ledger::every_return(state)).await
}

async fn payments(From(sandbox): From<Sandbox>, headers: HeaderMap) -> Response {
    call(&sandbox, "payments", &headers, |state| ledger::payments(state)).await
}

async fn one_payment(From(sandbox): From<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    call(&sandbox, "payment", &headers, |state| ledger::one_payment(state, &id)).await
}

async fn police_stations(From(sandbox): From<Sandbox>, headers: HeaderMap) -> Response {
    call(&sandbox, "police_stations", &headers, |_| {
        let station = |(at, (name, district)): (usize, &(&str, &str))| {
            json!({ "id": at + 1, "name": name, "district": district })
        };
        Reply::json(200, &POLICE_STATIONS.iter().enumerate().map(station).collect())
    })
    .await
}

fn status(state: &mut State, operation: &str, is_it: impl Fn(&Parcel) -> bool) -> Reply {
    let answers = state.answers;
    let Some(parcel) = state.parcels_of(Provider::Packzy).find(|parcel| is_it(parcel)) else {
        return not_found("Consignment not found");
    };
    let mut body = json!({ "status": number(200, &answers), "delivery_status": parcel.status });
    let wanted = |fault| fault == Fault::UnknownStatus;
    if state.faults.take(Provider::Packzy, operation, &state.fault_chance, wanted).is_some() {
        body["delivery_status"] = json!(journeys::UNKNOWN_STATUS);
    }
    Reply::json(200, &body)
}

fn not_found(message: &str) -> Reply {
    Reply::json(404, &json!({ "status": 404, "message": message }))
}

/// A refusal with a sentence per field, under the status that is set.
fn refused(answers: &Answers, errors: &Value) -> Reply {
    let status = if answers.refusal_status == 422 { 422 } else { 400 };
    let body = json!({ "status": number(status, answers), "message": "Validation failed", "errors": errors });
    Reply::json(answers.refusal_status, &body)
}

fn unauthorized(answers: &Answers) -> Reply {
    match answers.unauthorized {
        UnauthorizedForm::Json => Reply::json(401, &json!({ "status": 401, "message": "Unauthorized Access" })),
        UnauthorizedForm::Text => {
            Reply { status: 401, content_type: "text/plain", body: "Unauthorized Access".to_owned() }
        }
        UnauthorizedForm::Html => Reply::html(401, "<!DOCTYPE html><title>Unauthorized</title><h1>401</h1>"),
    }
}

/// A 200 that says no.
fn failed(answers: &Answers) -> Reply {
    let errors = json!({ "recipient_address": ["The recipient address is outside the delivery area."] });
    refused(&Answers { refusal_status: 200, ..*answers }, &errors)
}

/// A number, or the text it comes as where numbers come as texts.
fn number(number: u64, answers: &Answers) -> Value {
    if answers.awkward { json!(number.to_string()) } else { json!(number) }
}
