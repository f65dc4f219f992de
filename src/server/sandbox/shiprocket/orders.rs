//! Orders looked up and changed, parcels asked for, and what is to be done about failed attempts.

use serde_json::{Map, Value, json};

use crate::domain::couriers::Provider;
use crate::server::sandbox::Reply;
use crate::server::sandbox::shiprocket::booking::{CARRIERS, keep_promises, part_number, wanted_ids, wrong_fields};
use crate::server::sandbox::shiprocket::books::Order;
use crate::server::sandbox::shiprocket::journeys::{self, is_final, local};
use crate::server::sandbox::shiprocket::{Asked, invalid, is_unknown_due, number, php, refused, text, written};
use crate::server::sandbox::state::{Parcel, State};

/// AWBs of one question about many.
const AWBS_MAX: usize = 50;

/// The parcel of an AWB.
fn parcel<'s>(state: &'s State, awb: &str) -> Option<&'s Parcel> {
    state.parcels_of(Provider::Shiprocket).find(|parcel| parcel.awb == awb)
}

/// Id and label of an order in the order space.
pub fn status(state: &State, order: &Order) -> (u64, &'static str) {
    if order.is_cancelled {
        return (5, "CANCELED");
    }
    match order.awb.as_deref().and_then(|awb| parcel(state, awb)) {
        Some(parcel) => journeys::order_status(&parcel.status),
        None if order.is_return => (21, "RETURN PENDING"),
        None => (1, "NEW"),
    }
}

/// A row of a list; an order alone has one object where the list has a list.
fn row(state: &State, order: &Order, is_alone: bool) -> Value {
    let (code, label) = status(state, order);
    let carrier = CARRIERS.iter().find(|(id, _, _)| *id == order.carrier).map_or("", |(_, name, _)| *name);
    let shipment = json!({
        "id": written(order.shipment, &state.answers),
        "awb": order.awb.clone().unwrap_or_default(),
        "courier": carrier,
        "rto_delivered_date": "0000-00-00 00:00:00",
    });
    json!({
        "id": written(order.id, &state.answers),
        "channel_order_id": order.reference,
        "customer_name": order.fields["billing_customer_name"],
        "pickup_location": order.fields["pickup_location"],
        "payment_method": order.fields["payment_method"],
        "total": text(&order.fields["sub_total"]),
        "status": label,
        "status_code": written(code, &state.answers),
        "created_at": local(order.created_at, "%d %b %Y, %I:%M %p"),
        "shipments": if is_alone { shipment } else { json!([shipment]) },
    })
}

/// `GET /orders`: the newest first, found by a part of their reference or AWB.
pub fn list(state: &mut State, asked: &Asked) -> Reply {
    keep_promises(state);
    let whole = |name: &str, usual: usize| asked.query(name).parse().unwrap_or(usual).max(1);
    let (page, per_page, search) = (whole("page", 1), whole("per_page", 15).min(100), asked.query("search"));
    let has = |order: &&Order| {
        order.reference.contains(search) || order.awb.as_deref().is_some_and(|awb| awb.contains(search))
    };
    let found: Vec<&Order> = state.shiprocket.orders.iter().rev().filter(has).collect();
    let rows: Vec<Value> =
        found.iter().skip((page - 1) * per_page).take(per_page).map(|order| row(state, order, false)).collect();
    let pages = found.len().div_ceil(per_page).max(1);
    let pagination = json!({ "total": found.len(), "count": rows.len(), "per_page": per_page, "current_page": page, "total_pages": pages });
    Reply::json(200, &json!({ "data": rows, "meta": { "pagination": pagination } }))
}

/// `GET /orders/show/{id}`.
pub fn show(state: &mut State, asked: &Asked) -> Reply {
    keep_promises(state);
    match part_number(asked).and_then(|id| state.shiprocket.by_id(id)) {
        Some(at) => Reply::json(200, &json!({ "data": row(state, &state.shiprocket.orders[at], true) })),
        None => refused(404, "404 Not Found"),
    }
}

fn shipment_row(state: &State, order: &Order) -> Value {
    json!({
        "id": written(order.shipment, &state.answers),
        "order_id": written(order.id, &state.answers),
        "awb": order.awb.clone().unwrap_or_default(),
        "status": status(state, order).1,
    })
}

/// `GET /shipments`.
pub fn shipments(state: &mut State, _: &Asked) -> Reply {
    let rows: Vec<Value> = state.shiprocket.orders.iter().rev().map(|order| shipment_row(state, order)).collect();
    Reply::json(200, &json!({ "data": rows }))
}

/// `GET /shipments/{id}`.
pub fn shipment(state: &mut State, asked: &Asked) -> Reply {
    match part_number(asked).and_then(|id| state.shiprocket.by_shipment(id)) {
        Some(at) => Reply::json(200, &json!({ "data": shipment_row(state, &state.shiprocket.orders[at]) })),
        None => refused(404, "404 Not Found"),
    }
}

/// `POST /orders/update/adhoc`.
pub fn update(state: &mut State, asked: &Asked) -> Reply {
    change(state, asked, wrong_fields(&asked.body, false))
}

/// Changes an order nobody has an AWB of, unless something is wrong with what it is changed to.
pub fn change(state: &mut State, asked: &Asked, errors: Map<String, Value>) -> Reply {
    if !errors.is_empty() {
        return invalid(&Value::Object(errors));
    }
    let reference = text(&asked.body["order_id"]);
    let found = state.shiprocket.orders.iter_mut().find(|order| order.reference == reference);
    match found {
        Some(order) if order.awb.is_none() && !order.is_cancelled => {
            order.fields = asked.body.clone();
            Reply::json(200, &json!({ "success": true, "order_id": order.id, "shipment_id": order.shipment }))
        }
        Some(_) => refused(400, "Order can not be updated now."),
        None => refused(400, "Order does not exist."),
    }
}

/// `PATCH /orders/address/pickup`.
pub fn change_pickup(state: &mut State, asked: &Asked) -> Reply {
    let place = text(&asked.body["pickup_location"]);
    let ids = match wanted_ids(asked, "order_id") {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    if !state.shiprocket.places.contains(&place) {
        return refused(400, "Pickup location does not exist.");
    }
    for order in state.shiprocket.orders.iter_mut().filter(|order| ids.contains(&order.id)) {
        order.fields["pickup_location"] = json!(place);
    }
    Reply::json(200, &json!({ "message": "Pickup location Updated" }))
}

/// `POST /orders/address/update`: 202 and nothing else.
pub fn change_address(state: &mut State, asked: &Asked) -> Reply {
    let Some(at) = asked.id("order_id").and_then(|id| state.shiprocket.by_id(id)) else { return php() };
    if let (Some(new), Some(fields)) = (asked.body.as_object(), state.shiprocket.orders[at].fields.as_object_mut()) {
        let shipping: Map<String, Value> = new
            .iter()
            .filter(|(name, _)| name.starts_with("shipping_"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        fields.extend(shipping);
    }
    Reply { status: 202, content_type: "application/json", body: String::new() }
}

/// `POST /orders/cancel`: 204 and nothing else.
pub fn cancel(state: &mut State, asked: &Asked) -> Reply {
    let ids = match wanted_ids(asked, "ids") {
        Ok(ids) => ids,
        Err(reply) => return reply,
    };
    let found: Vec<usize> = ids.iter().filter_map(|id| state.shiprocket.by_id(*id)).collect();
    if found.len() < ids.len() || found.is_empty() {
        return php();
    }
    for at in &found {
        let awb = state.shiprocket.orders[*at].awb.clone();
        if awb.as_deref().is_some_and(|awb| !call_off(state, awb)) {
            return refused(400, "Order cannot be cancelled after it was picked up.");
        }
        state.shiprocket.orders[*at].is_cancelled = true;
    }
    Reply { status: 204, content_type: "application/json", body: String::new() }
}

/// `POST /orders/cancel/shipment/awbs`: done later, and the orders can be booked again.
pub fn cancel_awbs(state: &mut State, asked: &Asked) -> Reply {
    let Some(awbs) = asked.body["awbs"].as_array() else {
        return invalid(&json!({ "awbs": ["The awbs must be an array."] }));
    };
    let awbs: Vec<String> = awbs.iter().map(text).collect();
    for awb in &awbs {
        if !call_off(state, awb) {
            return refused(400, "Shipment cannot be cancelled after it was picked up.");
        }
        if let Some(order) = state.shiprocket.orders.iter_mut().find(|order| order.awb.as_ref() == Some(awb)) {
            order.awb = None;
        }
    }
    let message = "Bulk Shipment cancellation is in progress. Please wait for some time.";
    Reply::json(200, &json!({ "message": message }))
}

/// Calls a parcel off that nobody has picked up yet.
fn call_off(state: &mut State, awb: &str) -> bool {
    let (chance, now) = (state.next_chance(), state.now);
    let found = state.parcels.iter_mut().find(|parcel| parcel.courier == Provider::Shiprocket && parcel.awb == awb);
    let Some(parcel) = found else { return false };
    let is_before = [1, 3, 19, 20].contains(&journeys::shipment_id(&parcel.status));
    if is_before {
        parcel.ahead = journeys::called_off(now, &chance);
        parcel.is_called_off = true;
    }
    is_before
}

/// `GET /courier/track/awb/{awb}`.
pub fn track_awb(state: &mut State, asked: &Asked) -> Reply {
    let is_unknown = is_unknown_due(state, "track_awb");
    tracked(state, &asked.part, is_unknown)
}

/// `GET /courier/track/shipment/{id}`.
pub fn track_shipment(state: &mut State, asked: &Asked) -> Reply {
    let is_unknown = is_unknown_due(state, "track_shipment");
    let at = part_number(asked).and_then(|id| state.shiprocket.by_shipment(id));
    let awb = at.and_then(|at| state.shiprocket.orders[at].awb.clone());
    tracked(state, &awb.unwrap_or_default(), is_unknown)
}

fn tracked(state: &State, awb: &str, is_unknown: bool) -> Reply {
    match parcel(state, awb) {
        Some(parcel) => Reply::json(200, &journeys::tracking(parcel, state.answers.awkward, is_unknown)),
        None => refused(404, "404 Not Found"),
    }
}

/// `POST /courier/track/awbs`: keyed by AWB, without those nobody knows.
pub fn track_awbs(state: &mut State, asked: &Asked) -> Reply {
    let Some(awbs) = asked.body["awbs"].as_array().filter(|awbs| awbs.len() <= AWBS_MAX) else {
        return invalid(&json!({ "awbs": ["The awbs must be an array of at most 50."] }));
    };
    let is_unknown = is_unknown_due(state, "track_awbs");
    let found = awbs.iter().filter_map(|awb| parcel(state, &text(awb)));
    let found: Map<String, Value> = found
        .map(|parcel| (parcel.awb.clone(), journeys::tracking(parcel, state.answers.awkward, is_unknown)))
        .collect();
    // An empty object is an empty list to PHP.
    let body = if found.is_empty() && state.answers.awkward { json!([]) } else { Value::Object(found) };
    Reply::json(200, &body)
}

/// `GET /courier/track?order_id=`: a list, by the merchant's reference.
pub fn track_order(state: &mut State, asked: &Asked) -> Reply {
    let is_unknown = is_unknown_due(state, "track_order");
    let reference = asked.query("order_id");
    let found: Vec<Value> = state
        .parcels_of(Provider::Shiprocket)
        .filter(|parcel| parcel.reference == reference)
        .map(|parcel| journeys::tracking(parcel, state.answers.awkward, is_unknown))
        .collect();
    if found.is_empty() { refused(404, "404 Not Found") } else { Reply::json(200, &Value::Array(found)) }
}

fn failed_attempt(parcel: &Parcel) -> Option<Value> {
    let is_failed = |label: &str| journeys::shipment_id(label) == 21;
    if !is_failed(&parcel.status) {
        return None;
    }
    let attempts = parcel.events.iter().filter(|event| event.status.as_deref().is_some_and(is_failed)).count();
    let reason = parcel.events.last().map(|event| event.message.clone());
    Some(json!({ "awb_code": parcel.awb, "reason": reason, "attempts": attempts, "status": "UNDELIVERED" }))
}

/// `GET /ndr/all`.
pub fn ndrs(state: &mut State, _: &Asked) -> Reply {
    Reply::json(
        200,
        &json!({ "data": state.parcels_of(Provider::Shiprocket).filter_map(failed_attempt).collect::<Vec<_>>() }),
    )
}

/// `GET /ndr/{awb}`.
pub fn ndr(state: &mut State, asked: &Asked) -> Reply {
    match parcel(state, &asked.part).and_then(failed_attempt) {
        Some(failed) => Reply::json(200, &json!({ "data": [failed] })),
        None => refused(404, "404 Not Found"),
    }
}

/// `POST /ndr/{awb}/action`.
pub fn ndr_action(state: &mut State, asked: &Asked) -> Reply {
    let (chance, now) = (state.next_chance(), state.now);
    let action = text(&asked.body["action"]);
    if !["re-attempt", "return", "fake-attempt"].contains(&action.as_str()) || text(&asked.body["comments"]).is_empty()
    {
        return invalid(&json!({ "action": ["The action and the comments are required."] }));
    }
    let phone = text(&asked.body["phone"]);
    if !phone.is_empty() && number(&json!(phone)).is_none_or(|_| phone.len() != 10) {
        return invalid(&json!({ "phone": ["The phone must be 10 digits."] }));
    }
    let found = state
        .parcels
        .iter_mut()
        .find(|parcel| parcel.courier == Provider::Shiprocket && parcel.awb == asked.part && !is_final(&parcel.status));
    let Some(parcel) = found.filter(|parcel| failed_attempt(parcel).is_some()) else {
        return refused(400, "No NDR is pending for this AWB.");
    };
    if action == "return" {
        parcel.ahead = journeys::way_back(now, &chance);
    }
    Reply::json(200, &json!({ "success": true, "message": "Action has been taken." }))
}
