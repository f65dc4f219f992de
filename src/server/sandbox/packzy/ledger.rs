//! Balance, payouts and return requests. A day's money is paid out when the day is over.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::time::HOUR_MS;
use crate::server::sandbox::Reply;
use crate::server::sandbox::packzy::{is_final, journeys, not_found, number, refused};
use crate::server::sandbox::state::{Parcel, Return, State};

const FIRST_RETURN_ID: u64 = 7_001;
const MERCHANT_ID: u64 = 40_921;
/// From when on a return request is approved, processing, completed, in hours.
const RETURN_STAGES: [(i64, &str); 3] = [(72, "completed"), (24, "processing"), (6, "approved")];

/// What a parcel brings the merchant, in poisha; nothing while it is on its way.
fn earned(parcel: &Parcel) -> i64 {
    match parcel.status.as_str() {
        "delivered" => parcel.cod.0 - parcel.charge.0,
        "partial_delivered" => parcel.cod.0 / 2 - parcel.charge.0,
        "cancelled" => -parcel.charge.0,
        _ => 0,
    }
}

/// Parcels whose money is settled, by the day their way ended.
fn settled(state: &State) -> BTreeMap<String, Vec<&Parcel>> {
    let mut days: BTreeMap<String, Vec<&Parcel>> = BTreeMap::new();
    for parcel in state.parcels_of(Provider::Packzy).filter(|parcel| is_final(&parcel.status)) {
        days.entry(journeys::day(parcel.updated_at)).or_default().push(parcel);
    }
    days
}

fn taka(minor: i64) -> Value {
    json!(minor as f64 / 100.0)
}

/// `GET /get_balance`.
pub fn balance(state: &State) -> Reply {
    let today = journeys::day(state.now);
    let earned: i64 = settled(state).get(&today).into_iter().flatten().map(|parcel| earned(parcel)).sum();
    let balance =
        if state.answers.awkward { json!(crate::domain::money::Minor(earned).decimal()) } else { taka(earned) };
    Reply::json(200, &json!({ "status": number(200, &state.answers), "current_balance": balance }))
}

fn payment(id: usize, day: &str, parcels: &[&Parcel]) -> Value {
    let amount = parcels.iter().map(|parcel| earned(parcel)).sum();
    json!({ "id": id, "amount": taka(amount), "status": "paid", "created_at": day })
}

fn payouts(state: &State) -> Vec<(String, Vec<&Parcel>)> {
    let today = journeys::day(state.now);
    settled(state).into_iter().filter(|(day, _)| *day < today).collect()
}

/// `GET /payments`.
pub fn payments(state: &State) -> Reply {
    let payouts = payouts(state);
    let list = payouts.iter().enumerate().map(|(at, (day, parcels))| payment(at + 1, day, parcels));
    Reply::json(200, &list.collect())
}

/// `GET /payments/{id}`.
pub fn one_payment(state: &State, id: &str) -> Reply {
    let at = id.parse::<usize>().ok().and_then(|id| id.checked_sub(1));
    let payouts = payouts(state);
    let Some((day, parcels)) = at.and_then(|at| payouts.get(at)) else { return not_found("Payment not found") };
    let mut body = payment(at.unwrap_or(0) + 1, day, parcels);
    let consignment = |parcel: &&Parcel| {
        json!({
            "consignment_id": parcel.awb.parse::<u64>().unwrap_or(0),
            "invoice": parcel.reference,
            "status": parcel.status,
            "cod_amount": taka(parcel.cod.0),
            "delivery_charge": taka(parcel.charge.0),
        })
    };
    body["consignments"] = parcels.iter().map(consignment).collect();
    Reply::json(200, &body)
}

/// `POST /create_return_request`: by one of the three numbers.
pub fn create_return(state: &mut State, body: &[u8]) -> Reply {
    let answers = state.answers;
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let wanted = |name: &str| match &body[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let is_it = |parcel: &Parcel| {
        parcel.courier == Provider::Packzy
            && (wanted("consignment_id").is_some_and(|id| id == parcel.awb)
                || wanted("invoice").is_some_and(|invoice| invoice == parcel.reference)
                || wanted("tracking_code").is_some_and(|code| code == parcel.tracking_code))
    };
    let Some(at) = state.parcels.iter().position(is_it) else { return not_found("Consignment not found") };
    let chance = state.next_chance();
    let now = state.now;
    let parcel = &mut state.parcels[at];
    let awb = parcel.awb.clone();
    if is_final(&parcel.status) || state.returns.iter().any(|request| request.awb == awb) {
        return refused(&answers, &json!({ "consignment_id": ["This consignment cannot be returned."] }));
    }
    parcel.ahead = journeys::way_back(now, &chance);
    let id = FIRST_RETURN_ID + state.returns.len() as u64;
    let reason = wanted("reason");
    state.returns.push(Return { id, awb, reason, created_at: now });
    one_return(state, &id.to_string())
}

fn request(state: &State, request: &Return) -> Value {
    let age = state.now.0 - request.created_at.0;
    let stage = RETURN_STAGES.iter().find(|(hours, _)| age >= hours * HOUR_MS).map_or("pending", |(_, stage)| stage);
    let at = journeys::utc(request.created_at);
    json!({
        "id": number(request.id, &state.answers),
        "user_id": MERCHANT_ID,
        "consignment_id": number(request.awb.parse().unwrap_or(0), &state.answers),
        "reason": request.reason,
        "status": stage,
        "created_at": at,
        "updated_at": at,
    })
}

/// `GET /get_return_request/{id}`.
pub fn one_return(state: &State, id: &str) -> Reply {
    match state.returns.iter().find(|request| request.id.to_string() == id) {
        Some(found) => Reply::json(200, &request(state, found)),
        None => not_found("Return request not found"),
    }
}

/// `GET /get_return_requests`.
pub fn every_return(state: &State) -> Reply {
    Reply::json(200, &state.returns.iter().map(|one| request(state, one)).collect())
}
