//! A relay of a merchant as `docs/generic-courier.md` describes it.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::server::sandbox::calls::{Asked, Operation, amount, at, is_header, is_unknown_due, text};
use crate::server::sandbox::sides::{BROKEN_PAGE, Proof, Side};
use crate::server::sandbox::state::{Answers, Event, Parcel, State, UnauthorizedForm};
use crate::server::sandbox::ways::{self, Order, Words, written};
use crate::server::sandbox::{Refusals, Reply, Sandbox};

/// Where the relay is below the sandbox's own address.
pub const BASE_PATH: &str = "/generic/v1";

/// What is accepted, by the name of the courier's credential.
pub const KEYS: [(&str, &str); 1] = [("token", "sandbox-relay-token")];

const COURIER: Provider = Provider::Generic;
const CHARGE: Minor = Minor(6_000);
const TRACK_MAX: usize = 50;

/// A relay beside its HTTP. It sends a webhook that failed once more.
pub const SIDE: Side = Side {
    base_path: BASE_PATH,
    keys: &KEYS,
    is_final: |status| ["delivered", "partly_delivered", "cancelled", "lost", "rto_delivered"].contains(&status),
    push_body: |parcel, event, awkward| json!({ "parcels": [told(parcel, std::slice::from_ref(event), awkward)] }),
    ping_body: || json!({ "ping": true }),
    has_status: |body| body["parcels"][0]["events"][0]["status"].is_string(),
    make_unknown: |body| body["parcels"][0]["events"][0]["status"] = json!("teleported"),
    proof: Proof::Signature("x-harkara-signature"),
    repeats: 1,
    too_many_status: 429,
    broken: BROKEN_PAGE,
    halves: &[],
};

const WORDS: Words = Words {
    booked: ("pending", "Booked"),
    fetched: &[("ready_to_ship", "A rider is on the way"), ("picked_up", "Picked up")],
    moving: &[("in_transit", "At the hub"), ("in_transit", "On the road")],
    out: ("out_for_delivery", "With the rider"),
    failed: ("undelivered", "Nobody at home"),
    held: &[("on_hold", "Waiting for the customer"), ("in_transit", "Goes on")],
    delivered: ("delivered", "Handed over"),
    partly: ("partly_delivered", "A part was kept"),
    cancelled: ("cancelled", "Called off"),
    back: &[("rto_initiated", "Going back"), ("rto_delivered", "Back at the store")],
    lost: ("lost", "Lost"),
};

const REFUSALS: Refusals = Refusals { unauthorized, failed };

/// Every path of a relay.
pub fn router() -> Router<Sandbox> {
    type Work = fn(&mut State, &Asked) -> Reply;
    let one = |method, name, work: Work| {
        at(method, Operation { courier: COURIER, name, has_keys, refusals: &REFUSALS, work })
    };
    let post = |name, work: Work| one(MethodFilter::POST, name, work);
    Router::new()
        .route("/parcels", one(MethodFilter::GET, "find", find).merge(post("book", book)))
        .route("/parcels/track", post("track", track))
        .route("/parcels/cancel", post("cancel", cancel))
        .route("/parcels/recall", post("recall", recall))
}

fn has_keys(_: &State, headers: &HeaderMap) -> bool {
    is_header(headers, "authorization", &format!("Bearer {}", KEYS[0].1))
}

/// A parcel with some of its events.
fn told(parcel: &Parcel, events: &[Event], awkward: bool) -> Value {
    let event = |event: &Event| {
        let at = if awkward {
            written(event.at, 330, "%Y-%m-%dT%H:%M:%S+05:30")
        } else {
            written(event.at, 0, "%Y-%m-%dT%H:%M:%SZ")
        };
        let raw = event.status.as_deref().map(str::to_uppercase);
        json!({ "at": at, "status": event.status, "raw": raw, "message": event.message })
    };
    json!({
        "awb": parcel.awb, "reference": parcel.reference, "carrier": "Sundarban", "charge": parcel.charge.decimal(),
        "events": events.iter().map(event).collect::<Vec<_>>(),
    })
}

/// `POST /parcels`: a reference that comes again has its parcel already.
fn book(state: &mut State, asked: &Asked) -> Reply {
    let awkward = state.answers.awkward;
    let reference = asked.text("reference");
    if let Some(known) = state.parcels_of(COURIER).find(|parcel| parcel.reference == reference) {
        return Reply::json(200, &told(known, &known.events, awkward));
    }
    let recipient = &asked.body["recipient"];
    let missing = ["name", "phone", "line1", "country"].iter().find(|name| text(&recipient[**name]).is_empty());
    let cod = amount(&asked.body["cod_amount"]);
    let sentence = match (missing, &cod) {
        _ if reference.is_empty() => Some("There is no reference.".to_owned()),
        (Some(name), _) => Some(format!("The recipient has no {name}.")),
        (None, None) => Some("The cod_amount is not an amount.".to_owned()),
        (None, Some(_)) => None,
    };
    if let Some(sentence) = sentence {
        return refused(422, &sentence);
    }
    let order = Order {
        courier: COURIER,
        awb: format!("RELAY-{}", ways::letters(state, 8)),
        reference,
        cod: cod.unwrap_or_default(),
        charge: CHARGE,
        booked: asked.body.clone(),
    };
    let at = ways::book(state, order, &WORDS);
    let parcel = &state.parcels[at];
    Reply::json(201, &told(parcel, &parcel.events, awkward))
}

/// `GET /parcels?reference=`.
fn find(state: &mut State, asked: &Asked) -> Reply {
    let awkward = state.answers.awkward;
    let wanted = asked.parameter("reference");
    let found = state.parcels_of(COURIER).filter(|parcel| parcel.reference == wanted);
    let list: Vec<Value> = found.map(|parcel| told(parcel, &parcel.events, awkward)).collect();
    Reply::json(200, &json!({ "parcels": list }))
}

fn place_of(state: &State, named: &Value) -> Option<usize> {
    let (awb, reference) = (text(&named["awb"]), text(&named["reference"]));
    state.parcels.iter().position(|parcel| {
        parcel.courier == COURIER && if awb.is_empty() { parcel.reference == reference } else { parcel.awb == awb }
    })
}

/// `POST /parcels/track`: in the order they were booked, whatever was asked.
fn track(state: &mut State, asked: &Asked) -> Reply {
    let awkward = state.answers.awkward;
    let named = asked.body["parcels"].as_array().cloned().unwrap_or_default();
    if named.is_empty() || named.len() > TRACK_MAX {
        return refused(422, "Ask for one parcel to fifty.");
    }
    let mut places: Vec<usize> = named.iter().filter_map(|one| place_of(state, one)).collect();
    places.sort_unstable();
    let is_unknown = is_unknown_due(state, COURIER, "track");
    let tell = |at: usize| {
        let parcel = &state.parcels[at];
        let mut told = told(parcel, &parcel.events, awkward);
        if is_unknown {
            told["events"] = json!([{ "status": "teleported", "raw": "T-9" }]);
        }
        told
    };
    Reply::json(200, &json!({ "parcels": places.into_iter().map(tell).collect::<Vec<_>>() }))
}

/// `POST /parcels/cancel`.
fn cancel(state: &mut State, asked: &Asked) -> Reply {
    let Some(at) = place_of(state, &asked.body) else { return refused(404, "There is no such parcel.") };
    if !["pending", "ready_to_ship"].contains(&state.parcels[at].status.as_str()) {
        return refused(409, "It is on its way; ask for it back instead.");
    }
    let awb = state.parcels[at].awb.clone();
    state.interfere(&awb, Some("cancelled".to_owned()), WORDS.cancelled.1.to_owned());
    Reply::json(200, &json!({}))
}

/// `POST /parcels/recall`.
fn recall(state: &mut State, asked: &Asked) -> Reply {
    let Some(at) = place_of(state, &asked.body) else { return refused(404, "There is no such parcel.") };
    if (SIDE.is_final)(&state.parcels[at].status) {
        return refused(409, "Its way is over.");
    }
    ways::turn(state, at, WORDS.back);
    Reply { status: 202, content_type: "text/plain", body: String::new() }
}

fn refused(status: u16, sentence: &str) -> Reply {
    Reply::json(status, &json!({ "error": sentence }))
}

fn unauthorized(answers: &Answers) -> Reply {
    match answers.unauthorized {
        UnauthorizedForm::Json => refused(401, "The token is not known."),
        UnauthorizedForm::Text => Reply { status: 401, content_type: "text/plain", body: "Unauthorized".to_owned() },
        UnauthorizedForm::Html => Reply::html(401, "<!DOCTYPE html><title>Unauthorized</title><h1>401</h1>"),
    }
}

/// A 200 that says no.
fn failed(_: &Answers) -> Reply {
    refused(200, "The relay's courier is closed today.")
}
