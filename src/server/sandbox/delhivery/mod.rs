//! Delhivery's HTTP: its paths with their slashes, refusals under a 200, XML for cancellations.
//!
//! `booking` creating parcels · `tracking` where they are · `journeys` a parcel's way and the webhooks
//! about it · `edits` changing and cancelling · `desk` labels, pickups, failed attempts, warehouses ·
//! `lanes` postcodes, times, prices, waybills · `books` what is kept beside the parcels.

mod booking;
mod books;
mod desk;
mod edits;
mod journeys;
mod lanes;
mod tracking;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as From};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

pub use books::{Books, WAREHOUSE};

use crate::domain::couriers::Provider;
use crate::server::sandbox::sides::{BROKEN_PAGE, Proof, Side};
use crate::server::sandbox::state::{Answers, State, UnauthorizedForm};
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// Where Delhivery is below the sandbox's own address.
pub const BASE_PATH: &str = "/delhivery";

/// What is accepted, by the names of the courier's credentials.
pub const KEYS: [(&str, &str); 2] = [("api_token", "sandbox-delhivery-token"), ("client_name", "DEMOCLIENT")];

/// Delhivery beside its HTTP. A webhook that fails is sent once more at once, then dropped; calls that come
/// too often meet a firewall.
pub const SIDE: Side = Side {
    base_path: BASE_PATH,
    keys: &KEYS,
    is_final: journeys::is_final,
    push_body: journeys::push_body,
    ping_body: journeys::ping_body,
    has_status: journeys::has_status,
    make_unknown: journeys::make_unknown,
    proof: Proof::Header("x-api-key", ""),
    repeats: 1,
    too_many_status: 403,
    broken: BROKEN_PAGE,
    halves: &["create"],
};

const REFUSALS: Refusals = Refusals { unauthorized, failed };

/// Every path of Delhivery's that is played.
pub fn router() -> Router<Sandbox> {
    Router::new()
        .route("/api/cmu/create.json", post(create))
        .route("/api/v1/packages/json", get(track))
        .route("/api/v1/packages/json/", get(track))
        .route("/api/p/edit", post(edit))
        .route("/api/p/packing_slip", get(packing_slip))
        .route("/api/p/update", post(instruct))
        .route("/api/cmu/get_bulk_upl/{id}", get(instruction))
        .route("/fm/request/new/", post(pickup))
        .route("/api/backend/clientwarehouse/create/", post(create_warehouse))
        .route("/api/backend/clientwarehouse/edit/", post(edit_warehouse))
        .route("/api/rest/ewaybill/{waybill}/", put(e_waybill))
        .route("/api/rest/fetch/pkg/document/", get(document))
        .route("/api/client/get_balance_ledger.json", get(balance))
        .route("/c/api/pin-codes/json/", get(pin_codes))
        .route("/api/dc/expected_tat", get(expected_tat))
        .route("/api/kinko/v1/invoice/charges/.json", get(charges))
        .route("/api/kinko/v1/invoice/charges/", get(charges_as_xml))
        .route("/waybill/api/bulk/json/", get(many_waybills))
        .route("/waybill/api/fetch/json/", get(one_waybill))
}

/// A parameter of the query.
fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.into_owned().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn is_token(token: &[u8]) -> bool {
    token.ct_eq(KEYS[0].1.as_bytes()).into()
}

/// The word "Token", one blank, the token.
fn has_token(headers: &HeaderMap) -> bool {
    let value = headers.get("authorization").map_or(&b""[..], |value| value.as_bytes());
    value.strip_prefix(b"Token ").is_some_and(is_token)
}

/// Waybills are also given for a token in the query.
fn has_token_anywhere(headers: &HeaderMap, uri: &Uri) -> bool {
    has_token(headers) || parameter(uri, "token").is_some_and(|token| is_token(token.as_bytes()))
}

async fn call(
    sandbox: &Sandbox,
    operation: &str,
    headers: &HeaderMap,
    work: impl FnOnce(&mut State) -> Reply,
) -> Response {
    sandbox.answer(Provider::Delhivery, operation, &REFUSALS, has_token(headers), work).await
}

async fn create(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "create", &headers, |state| booking::create(state, &body)).await
}

async fn track(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "packages", &headers, |state| tracking::packages(state, &uri)).await
}

async fn edit(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "edit", &headers, |state| edits::edit(state, &body)).await
}

async fn packing_slip(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "packing_slip", &headers, |state| desk::packing_slip(state, &uri, &headers)).await
}

async fn pickup(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "pickup", &headers, |state| desk::pickup(state, &body)).await
}

async fn instruct(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "update", &headers, |state| desk::instruct(state, &body)).await
}

async fn instruction(From(sandbox): From<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    call(&sandbox, "get_bulk_upl", &headers, |state| desk::instruction(state, &id)).await
}

async fn balance(From(sandbox): From<Sandbox>, headers: HeaderMap) -> Response {
    call(&sandbox, "balance", &headers, |state| desk::balance(state)).await
}

async fn create_warehouse(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "clientwarehouse", &headers, |state| desk::warehouse(state, &body, true)).await
}

async fn edit_warehouse(From(sandbox): From<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    call(&sandbox, "clientwarehouse", &headers, |state| desk::warehouse(state, &body, false)).await
}

async fn e_waybill(From(sandbox): From<Sandbox>, headers: HeaderMap, Path(awb): Path<String>, body: Bytes) -> Response {
    call(&sandbox, "ewaybill", &headers, |state| desk::e_waybill(state, &awb, &body)).await
}

async fn document(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "document", &headers, |state| desk::document(state, &uri)).await
}

async fn pin_codes(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "pin_codes", &headers, |_| lanes::pin_codes(&uri)).await
}

async fn expected_tat(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "expected_tat", &headers, |_| lanes::expected_tat(&uri)).await
}

async fn charges(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "charges", &headers, |state| lanes::charges(state, &uri)).await
}

async fn charges_as_xml(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    call(&sandbox, "charges", &headers, |_| lanes::charges_as_xml(&uri)).await
}

async fn many_waybills(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    waybills(&sandbox, &headers, &uri, parameter(&uri, "count")).await
}

async fn one_waybill(From(sandbox): From<Sandbox>, headers: HeaderMap, uri: Uri) -> Response {
    waybills(&sandbox, &headers, &uri, Some("1".to_owned())).await
}

async fn waybills(sandbox: &Sandbox, headers: &HeaderMap, uri: &Uri, count: Option<String>) -> Response {
    let has_token = has_token_anywhere(headers, uri);
    let client = parameter(uri, "cl");
    let work = |state: &mut State| lanes::waybills(state, client.as_deref(), count.as_deref());
    sandbox.answer(Provider::Delhivery, "waybills", &REFUSALS, has_token, work).await
}

fn unauthorized(answers: &Answers) -> Reply {
    match answers.unauthorized {
        UnauthorizedForm::Json => {
            Reply::json(401, &json!({ "detail": "Authentication credentials were not provided." }))
        }
        UnauthorizedForm::Text => {
            Reply { status: 401, content_type: "text/plain", body: "Login or API Key Required".to_owned() }
        }
        UnauthorizedForm::Html => Reply::html(401, "<!DOCTYPE html><title>Unauthorized</title><h1>401</h1>"),
    }
}

/// A 200 that says no to the whole.
fn failed(_: &Answers) -> Reply {
    whole_refused("Shipment cannot be handled: the pincode is not serviceable.")
}

/// How a create call as a whole is refused.
fn whole_refused(sentence: &str) -> Reply {
    Reply::json(
        200,
        &json!({
            "cash_pickups_count": 0, "package_count": 0, "upload_wbn": null, "replacement_count": 0,
            "rmk": sentence, "pickups_count": 0, "packages": [], "cash_pickups": 0, "cod_count": 0,
            "success": false, "prepaid_count": 0, "error": true, "cod_amount": 0,
        }),
    )
}

/// A text field of a body; numbers are written out.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}
