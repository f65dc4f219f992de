//! Pathao's HTTP: its login, orders, places and stores, and its events.
//!
//! `booking` what an order must be · `events` its way and its webhooks.

mod booking;
mod events;

use std::collections::BTreeSet;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::server::sandbox::calls::{Asked, Operation, at, bearer, is_unknown_due};
use crate::server::sandbox::sides::{BROKEN_PAGE, Proof, Side};
use crate::server::sandbox::state::{Answers, State, UnauthorizedForm};
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// Where Pathao is below the sandbox's own address.
pub const BASE_PATH: &str = "/pathao/aladdin/api/v1";

/// The login that is accepted, by the names of the courier's credentials.
pub const KEYS: [(&str, &str); 4] = [
    ("client_id", "sandbox-client"),
    ("client_secret", "sandbox-client-secret"),
    ("username", "merchant@example.com"),
    ("password", "sandbox-password"),
];

const COURIER: Provider = Provider::Pathao;
/// The first store's id; the others follow.
const FIRST_STORE: usize = 130_042;
const CITIES: [&str; 3] = ["Dhaka", "Chittagong", "Sylhet"];
const ZONES: [&str; 3] = ["Dhanmondi", "Mirpur", "Uttara"];
const AREAS: [&str; 2] = ["Road 5", "Road 27"];

/// What Pathao keeps beside its parcels.
#[derive(Clone, Debug, PartialEq)]
pub struct Books {
    /// Tokens and when they expire.
    pub tokens: Vec<(String, UnixMillis)>,
    /// Tokens that a new one is given for, once.
    pub renewable: BTreeSet<String>,
    /// How often somebody logged in.
    pub logins: u64,
    /// Names of the merchant's stores.
    pub stores: Vec<String>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            renewable: BTreeSet::new(),
            logins: 0,
            stores: vec!["Demo Store".to_owned(), "Main Godown".to_owned()],
        }
    }
}

/// Pathao beside its HTTP. Nothing is known of webhooks that are tried again.
pub const SIDE: Side = Side {
    base_path: BASE_PATH,
    keys: &KEYS,
    is_final: events::is_final,
    push_body: events::push_body,
    ping_body: || json!({ "event": "webhook_integration" }),
    has_status: |body| body["consignment_id"].is_string(),
    make_unknown: |body| body["event"] = json!("order.rescheduled"),
    proof: Proof::Header("X-PATHAO-Signature", ""),
    repeats: 0,
    too_many_status: 429,
    broken: BROKEN_PAGE,
    halves: &[],
};

const REFUSALS: Refusals = Refusals { unauthorized, failed };
const LOGIN_REFUSALS: Refusals = Refusals { unauthorized: |_| wrong_login(), failed };

/// Every path of Pathao's that is played.
pub fn router() -> Router<Sandbox> {
    type Work = fn(&mut State, &Asked) -> Reply;
    let one = |method, name, work: Work| {
        at(method, Operation { courier: COURIER, name, has_keys: has_token, refusals: &REFUSALS, work })
    };
    let get = |name, work: Work| one(MethodFilter::GET, name, work);
    let post = |name, work: Work| one(MethodFilter::POST, name, work);
    let login = Operation {
        courier: COURIER,
        name: "login",
        has_keys: |_, _| true,
        refusals: &LOGIN_REFUSALS,
        work: issue_token,
    };
    Router::new()
        .route("/issue-token", at(MethodFilter::POST, login))
        .route("/orders", post("create", booking::create))
        .route("/orders/bulk", post("bulk", booking::create_many))
        .route("/orders/{id}/info", get("info", info))
        .route("/merchant/price-plan", post("price", price))
        .route("/city-list", get("cities", |_, _| places("city", &CITIES)))
        .route("/cities/{id}/zone-list", get("zones", |_, _| places("zone", &ZONES)))
        .route("/zones/{id}/area-list", get("areas", |_, _| places("area", &AREAS)))
        .route("/stores", get("stores", stores).merge(post("add_store", add_store)))
}

fn has_token(state: &State, headers: &HeaderMap) -> bool {
    let token = bearer(headers);
    state.pathao.tokens.iter().any(|(known, expires_at)| known == token && *expires_at > state.now)
}

/// `POST /issue-token`.
fn issue_token(state: &mut State, asked: &Asked) -> Reply {
    let are_right = |keys: &[(&str, &str)]| keys.iter().all(|(name, value)| asked.text(name) == *value);
    let is_let_in = match asked.text("grant_type").as_str() {
        "password" => are_right(&KEYS),
        // A token that was renewed renews no second time.
        "refresh_token" => are_right(&KEYS[..2]) && state.pathao.renewable.remove(&asked.text("refresh_token")),
        _ => false,
    };
    if !is_let_in {
        return wrong_login();
    }
    let seconds = state.answers.token_seconds;
    state.pathao.logins += 1;
    let token = format!("sandbox.pathao.{}", state.pathao.logins);
    state.pathao.tokens.push((token.clone(), state.now.plus(i64::from(seconds) * SECOND_MS)));
    let refresh_token = format!("{token}.refresh");
    state.pathao.renewable.insert(refresh_token.clone());
    Reply::json(
        200,
        &json!({
            "token_type": "Bearer", "expires_in": seconds, "access_token": token, "refresh_token": refresh_token,
        }),
    )
}

/// `GET /orders/{id}/info`.
fn info(state: &mut State, asked: &Asked) -> Reply {
    let is_unknown = is_unknown_due(state, COURIER, "info");
    let Some(parcel) = state.parcels_of(COURIER).find(|parcel| parcel.awb == asked.part) else {
        return refused(404, "Order not found", &Value::Null);
    };
    let status = if is_unknown { "rescheduled" } else { parcel.status.as_str() };
    success(
        "Order info",
        &json!({
            "consignment_id": parcel.awb,
            "merchant_order_id": parcel.reference,
            "order_status": events::shown(status, " "),
            "order_status_slug": events::shown(status, "_"),
            "updated_at": events::local(parcel.updated_at),
            "invoice_id": null,
        }),
    )
}

/// `POST /merchant/price-plan`.
fn price(state: &mut State, asked: &Asked) -> Reply {
    if !booking::has_store(state, &asked.body) {
        return refused(422, "Please fix the given errors", &json!({ "store_id": ["Wrong Store selected"] }));
    }
    let kilograms = asked.text("item_weight").parse::<f64>().unwrap_or(0.5);
    let price = if kilograms <= 1.0 { 80 } else { 110 };
    success(
        "price",
        &json!({
            "price": price, "discount": 0, "promo_discount": 0, "plan_id": 69, "cod_enabled": 1, "cod_percentage": 0.01,
            "additional_charge": 0, "final_price": price,
        }),
    )
}

fn places(what: &str, names: &[&str]) -> Reply {
    let place = |(at, name): (usize, &&str)| {
        let mut place = json!({});
        place[format!("{what}_id")] = json!(at + 1);
        place[format!("{what}_name")] = json!(name);
        if what == "area" {
            place["home_delivery_available"] = json!(true);
            place["pickup_available"] = json!(true);
        }
        place
    };
    success("fetched", &json!({ "data": names.iter().enumerate().map(place).collect::<Vec<_>>() }))
}

/// `GET /stores`.
fn stores(state: &mut State, _: &Asked) -> Reply {
    let store = |(at, name): (usize, &String)| {
        json!({
            "store_id": FIRST_STORE + at, "store_name": name, "store_address": "House 3, Road 7, Dhanmondi, Dhaka",
            "is_active": 1, "city_id": 1, "zone_id": 1, "hub_id": 5, "is_default_store": at == 0,
            "is_default_return_store": at == 0,
        })
    };
    let list: Vec<Value> = state.pathao.stores.iter().enumerate().map(store).collect();
    let pages = json!({
        "data": list, "total": list.len(), "current_page": 1, "per_page": 1000, "last_page": 1,
    });
    success("Store list fetched.", &pages)
}

/// `POST /stores`.
fn add_store(state: &mut State, asked: &Asked) -> Reply {
    let name = asked.text("name");
    if name.is_empty() || asked.text("city_id").is_empty() {
        return refused(422, "Please fix the given errors", &json!({ "name": ["The name field is required."] }));
    }
    state.pathao.stores.push(name.clone());
    success("Store created successfully, Please wait one hour for approval.", &json!({ "store_name": name }))
}

fn success(message: &str, data: &Value) -> Reply {
    Reply::json(200, &json!({ "message": message, "type": "success", "code": 200, "data": data }))
}

/// A refusal with a sentence per field, if fields are wrong.
fn refused(status: u16, message: &str, errors: &Value) -> Reply {
    let mut body = json!({ "message": message, "type": "error", "code": status });
    if !errors.is_null() {
        body["errors"] = errors.clone();
    }
    Reply::json(status, &body)
}

fn wrong_login() -> Reply {
    let sentence = "The user credentials were incorrect.";
    Reply::json(401, &json!({ "error": "invalid_credentials", "message": sentence }))
}

fn unauthorized(answers: &Answers) -> Reply {
    match answers.unauthorized {
        UnauthorizedForm::Json => refused(401, "Unauthorized", &Value::Null),
        UnauthorizedForm::Text => Reply { status: 401, content_type: "text/plain", body: "Unauthorized".to_owned() },
        UnauthorizedForm::Html => Reply::html(401, "<!DOCTYPE html><title>Unauthorized</title><h1>401</h1>"),
    }
}

/// A 200 that says no.
fn failed(_: &Answers) -> Reply {
    let errors = json!({ "recipient_address": ["We do not deliver to this address."] });
    let body = json!({ "message": "Please fix the given errors", "type": "error", "code": 422, "errors": errors });
    Reply::json(200, &body)
}
