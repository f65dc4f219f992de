//! Shiprocket's HTTP: its paths, its login, and answers that say no under any status.
//!
//! `books` what is kept beside parcels · `booking` orders and AWBs · `special` exchanges and parcels for other
//! countries · `orders` looking them up and changing them · `journeys` a parcel's way, tracking answers and webhooks · `papers` rates, labels, manifests,
//! invoices, pickups, the wallet.

mod booking;
mod books;
mod journeys;
mod orders;
mod papers;
mod special;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as From};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub use books::Books;

use crate::domain::couriers::Provider;
use crate::domain::time::SECOND_MS;
use crate::server::sandbox::calls::bearer;
use crate::server::sandbox::faults::Fault;
use crate::server::sandbox::sides::{Proof, Side};
use crate::server::sandbox::state::{Answers, State, UnauthorizedForm};
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// Where Shiprocket is below the sandbox's own address.
pub const BASE_PATH: &str = "/shiprocket/v1/external";

/// The login that is accepted, by the names of the courier's credentials.
pub const KEYS: [(&str, &str); 2] = [("email", "api-user@example.com"), ("password", "sandbox-password")];

const FORM: &str = "application/x-www-form-urlencoded";

/// Shiprocket beside its HTTP. Nothing is known of webhooks that are tried again.
pub const SIDE: Side = Side {
    base_path: BASE_PATH,
    keys: &KEYS,
    is_final: journeys::is_final,
    push_body: journeys::push_body,
    ping_body: journeys::ping_body,
    has_status: journeys::has_status,
    make_unknown: journeys::make_unknown,
    proof: Proof::Header("x-api-key", ""),
    repeats: 0,
    too_many_status: 429,
    broken: ("application/json", r#"{"message":"Invalid argument supplied for foreach()","status_code":500}"#),
    halves: &["assign_awb", "forward_shipment", "return_shipment"],
};

/// Whether Shiprocket's panel would refuse an address for webhooks.
pub fn is_forbidden(url: &str) -> bool {
    let url = url.to_lowercase();
    ["shiprocket", "kartrocket", "sr", "kr"].iter().any(|word| url.contains(word))
}

/// What a call came with.
struct Asked {
    body: Value,
    query: BTreeMap<String, String>,
    part: String,
    headers: HeaderMap,
}

impl Asked {
    /// A number of the body, written as number, text, or list of one of them.
    fn id(&self, field: &str) -> Option<u64> {
        number(&self.body[field])
    }

    /// Every number of a list of the body; nothing where it is no list.
    fn ids(&self, field: &str) -> Option<Vec<u64>> {
        self.body[field].as_array().map(|list| list.iter().filter_map(number).collect())
    }

    fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// A number, however it is written.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(list) => list.first().and_then(number),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

/// A text, however it is written.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

type Work = fn(&mut State, &Asked) -> Reply;

/// One path, whose name is that of its faults.
#[derive(Clone, Copy)]
struct Operation {
    name: &'static str,
    work: Work,
    failed: fn(&Answers) -> Reply,
}

const fn operation(name: &'static str, work: Work, failed: fn(&Answers) -> Reply) -> Operation {
    Operation { name, work, failed }
}

async fn answer(
    sandbox: &Sandbox,
    operation: Operation,
    headers: &HeaderMap,
    query: BTreeMap<String, String>,
    part: String,
    body: &[u8],
) -> Response {
    let asked = Asked { body: fields(headers, body), query, part, headers: headers.clone() };
    let has_token = {
        let state = sandbox.state();
        operation.name == "login" || state.shiprocket.is_token(bearer(headers), state.now)
    };
    let refusals = Refusals { unauthorized, failed: operation.failed };
    let work = |state: &mut State| (operation.work)(state, &asked);
    let answer = sandbox.answer(Provider::Shiprocket, operation.name, &refusals, has_token, work).await;
    if answer.status() == StatusCode::UNAUTHORIZED {
        sandbox.state().forget_token(bearer(headers));
    }
    answer
}

/// What a body says, in JSON or as a form.
fn fields(headers: &HeaderMap, body: &[u8]) -> Value {
    let is_form = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
    if is_form {
        form_urlencoded::parse(body).map(|(name, text)| (name.into_owned(), json!(text))).collect()
    } else {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

/// What is answered at a path, whatever part of it varies.
fn at(method: MethodFilter, operation: Operation) -> MethodRouter<Sandbox> {
    let take = move |From(sandbox): From<Sandbox>,
                     part: Option<Path<String>>,
                     Query(query): Query<BTreeMap<String, String>>,
                     headers: HeaderMap,
                     body: Bytes| async move {
        let part = part.map(|Path(part)| part).unwrap_or_default();
        answer(&sandbox, operation, &headers, query, part, &body).await
    };
    on(method, take)
}

/// Every path of Shiprocket's.
pub fn router() -> Router<Sandbox> {
    let get = |name, work: Work| at(MethodFilter::GET, operation(name, work, nothing_made));
    let post = |name, work: Work| at(MethodFilter::POST, operation(name, work, nothing_made));
    let failing = |name, work: Work, failed| at(MethodFilter::POST, operation(name, work, failed));
    let paths = [
        ("/auth/login", failing("login", login, wrong_login)),
        ("/auth/logout", post("logout", logout)),
        ("/orders/create/adhoc", failing("create_order", booking::create, booking::wrong_place)),
        ("/orders/create", failing("create_channel_order", booking::create_in_channel, booking::wrong_place)),
        ("/orders/create/return", post("create_return", booking::create_return)),
        ("/orders/create/exchange", post("create_exchange", special::exchange)),
        ("/orders/update/adhoc", post("update_order", orders::update)),
        (
            "/orders/address/pickup",
            at(MethodFilter::PATCH, operation("change_pickup", orders::change_pickup, nothing_made)),
        ),
        ("/orders/address/update", post("change_address", orders::change_address)),
        ("/orders/show/{id}", get("show_order", orders::show)),
        ("/orders", get("orders", orders::list)),
        ("/orders/cancel", post("cancel_orders", orders::cancel)),
        ("/orders/cancel/shipment/awbs", post("cancel_awbs", orders::cancel_awbs)),
        ("/orders/print/invoice", post("invoice", papers::invoice)),
        ("/courier/serviceability", get("serviceability", papers::rates)),
        ("/courier/assign/awb", failing("assign_awb", booking::assign, booking::no_awb)),
        ("/courier/generate/label", failing("label", papers::label, papers::no_label)),
        ("/courier/generate/label-invoice", failing("label_invoice", papers::label_invoice, papers::no_label)),
        ("/courier/generate/pickup", post("pickup", papers::pickup)),
        ("/courier/track/awb/{awb}", get("track_awb", orders::track_awb)),
        ("/courier/track/awbs", post("track_awbs", orders::track_awbs)),
        ("/courier/track/shipment/{id}", get("track_shipment", orders::track_shipment)),
        ("/courier/track", get("track_order", orders::track_order)),
        ("/shipments", get("shipments", orders::shipments)),
        ("/shipments/{id}", get("shipment", orders::shipment)),
        ("/shipments/create/forward-shipment", post("forward_shipment", booking::forward)),
        ("/shipments/create/return-shipment", post("return_shipment", booking::backward)),
        ("/manifests/generate", post("manifest", papers::manifest)),
        ("/manifests/print", post("print_manifest", papers::print_manifest)),
        ("/ndr/all", get("ndrs", orders::ndrs)),
        ("/ndr/{awb}", get("ndr", orders::ndr)),
        ("/ndr/{awb}/action", post("ndr_action", orders::ndr_action)),
        ("/account/details/wallet-balance", get("wallet", papers::wallet)),
        ("/international/orders/create/adhoc", post("create_export", special::create)),
        ("/international/orders/update/adhoc", post("update_export", special::update)),
        ("/international/courier/serviceability", get("export_rates", special::rates)),
        ("/international/courier/assign/awb", failing("assign_awb", booking::assign, booking::no_awb)),
        ("/international/manifests/generate", post("manifest", papers::manifest)),
        ("/international/shipments/create/forward-shipment", post("forward_export", special::forward)),
        ("/settings/company/pickup", get("pickup_places", papers::places)),
        ("/settings/company/addpickup", post("add_pickup_place", papers::add_place)),
    ];
    // A slash at the end changes nothing.
    paths.into_iter().fold(Router::new(), |router, (path, answer)| {
        router.route(&format!("{path}/"), answer.clone()).route(path, answer)
    })
}

/// `POST /auth/login`.
fn login(state: &mut State, asked: &Asked) -> Reply {
    let now = state.now;
    if state.shiprocket.is_blocked(now) {
        return refused(400, "User blocked due to too many failed login attempts");
    }
    let is_right = KEYS.iter().all(|(name, value)| text(&asked.body[*name]) == *value);
    state.shiprocket.count_login(is_right, now);
    if !is_right {
        return wrong_login(&state.answers);
    }
    let seconds = |at: i64| at.div_euclid(SECOND_MS);
    let expires_at = now.plus(i64::from(state.answers.token_seconds) * SECOND_MS);
    let claims = json!({ "iat": seconds(now.0), "exp": seconds(expires_at.0), "jti": state.shiprocket.logins });
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let token = format!("{head}.{}.sandbox", URL_SAFE_NO_PAD.encode(claims.to_string()));
    state.shiprocket.tokens.push((token.clone(), expires_at));
    Reply::json(
        200,
        &json!({
            "id": 4410021, "first_name": "API", "last_name": "USER", "email": asked.body["email"], "company_id": 3317755,
            "created_at": journeys::local(state.start, "%Y-%m-%d %H:%M:%S"), "token": token,
        }),
    )
}

/// `POST /auth/logout`.
fn logout(state: &mut State, _: &Asked) -> Reply {
    state.shiprocket.tokens.clear();
    Reply::json(200, &json!({ "message": "Logged out" }))
}

/// Wrong keys, as JSON or as the bare text some accounts are answered with.
fn wrong_login(answers: &Answers) -> Reply {
    let sentence = "Invalid email and password combination";
    match answers.unauthorized {
        UnauthorizedForm::Json => refused(400, sentence),
        UnauthorizedForm::Text => Reply::json(403, &json!(sentence)),
        UnauthorizedForm::Html => Reply::html(403, "<!DOCTYPE html><title>Blocked</title><h1>403 Forbidden</h1>"),
    }
}

/// A token that is none, or no longer.
fn unauthorized(answers: &Answers) -> Reply {
    match answers.unauthorized {
        UnauthorizedForm::Json => refused(401, "Token has expired"),
        UnauthorizedForm::Text => refused(401, "Unauthenticated."),
        UnauthorizedForm::Html => Reply::html(401, "<!DOCTYPE html><title>Unauthorized</title><h1>401</h1>"),
    }
}

/// A 200 that says no.
fn nothing_made(_: &Answers) -> Reply {
    Reply::json(200, &json!({ "status": 0, "message": "Something went wrong. Please try again." }))
}

/// A refusal with its status in the body too.
fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "message": message, "status_code": status }))
}

/// A refusal with a sentence per field.
fn invalid(errors: &Value) -> Reply {
    Reply::json(422, &json!({ "message": "Oops! Invalid Data.", "errors": errors, "status_code": 422 }))
}

/// What PHP says when a number leads to nothing.
fn php() -> Reply {
    refused(500, "Trying to get property of non-object")
}

/// A number, or the text it comes as where numbers come as texts.
fn written(number: u64, answers: &Answers) -> Value {
    if answers.awkward { json!(number.to_string()) } else { json!(number) }
}

/// Whether the answer to a look-up is to have a status nobody knows.
fn is_unknown_due(state: &mut State, operation: &str) -> bool {
    let wanted = |fault| fault == Fault::UnknownStatus;
    state.faults.take(Provider::Shiprocket, operation, &state.fault_chance, wanted).is_some()
}
