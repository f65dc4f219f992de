//! Making orders and giving them AWBs, in two steps or in one call.

use serde_json::{Map, Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::domain::time::DAY_MS;
use crate::server::clock::Chance;
use crate::server::sandbox::Reply;
use crate::server::sandbox::shiprocket::books::Order;
use crate::server::sandbox::shiprocket::journeys::{self, below, local};
use crate::server::sandbox::shiprocket::{Asked, invalid, number, papers, php, refused, text, written};
use crate::server::sandbox::state::{Answers, Parcel, State};

/// Carriers: number, name, whether they collect money.
pub const CARRIERS: [(u64, &str, bool); 3] =
    [(24, "Xpress Surface Demo", true), (51, "Sky Air Demo", false), (33, "Village Post Demo", true)];
/// The id of a carrier's offer in a list of rates.
pub fn row_id(carrier: u64) -> u64 {
    641_000_000 + carrier
}

/// Ids have nine digits and lie apart, so that nobody mistakes the one for the other.
const FIRST_ORDER: u64 = 512_000_000;
const FIRST_SHIPMENT: u64 = 909_000_000;
const ID_SPAN: u64 = 80_000_000;
const FIRST_AWB: u64 = 78_300_000_000_000;
/// The sales channel there is.
pub const CHANNEL: u64 = 91_231;
/// What an AWB costs, in paise.
const CHARGE: i64 = 8_437;
const NO_MONEY: &str = "Please recharge your ShipRocket wallet. The minimum required balance is Rs 100";

const REQUIRED: [&str; 17] = [
    "order_id",
    "order_date",
    "pickup_location",
    "billing_customer_name",
    "billing_address",
    "billing_city",
    "billing_pincode",
    "billing_state",
    "billing_country",
    "billing_email",
    "billing_phone",
    "payment_method",
    "sub_total",
    "length",
    "breadth",
    "height",
    "weight",
];

/// `POST /orders/create/adhoc`: a reference that was used answers with the order there is.
pub fn create(state: &mut State, asked: &Asked) -> Reply {
    let made = make(state, &asked.body, false);
    created(state, made)
}

/// `POST /orders/create`: the same for a channel.
pub fn create_in_channel(state: &mut State, asked: &Asked) -> Reply {
    if asked.id("channel_id") != Some(CHANNEL) {
        return refused(400, "Given channel id does not exist");
    }
    create(state, asked)
}

/// `POST /orders/create/return`: a reference that was used is refused.
pub fn create_return(state: &mut State, asked: &Asked) -> Reply {
    let made = make(state, &asked.body, true);
    created(state, made)
}

fn make(state: &mut State, fields: &Value, is_return: bool) -> Result<usize, Reply> {
    let errors = wrong_fields(fields, is_return);
    keep_unless(state, errors, fields, is_return)
}

/// Keeps an order unless something is wrong with its fields; answers its place.
pub fn keep_unless(
    state: &mut State,
    errors: Map<String, Value>,
    fields: &Value,
    is_return: bool,
) -> Result<usize, Reply> {
    if !errors.is_empty() {
        return Err(invalid(&Value::Object(errors)));
    }
    let reference = text(&fields["order_id"]);
    if let Some(at) = state.shiprocket.orders.iter().position(|order| order.reference == reference) {
        let errors = json!({ "order_id": ["The order id has already been taken."] });
        return if is_return { Err(invalid(&errors)) } else { Ok(at) };
    }
    if !is_return && !state.shiprocket.places.contains(&text(&fields["pickup_location"])) {
        return Err(wrong_place_of(&state.shiprocket.places));
    }
    Ok(keep(state, reference, fields.clone(), is_return))
}

/// Keeps an order that nothing is wrong with; answers its place.
pub fn keep(state: &mut State, reference: String, fields: Value, is_return: bool) -> usize {
    let offset = below(&Chance::seeded(state.seed), ID_SPAN) + state.shiprocket.orders.len() as u64;
    state.shiprocket.orders.push(Order {
        id: FIRST_ORDER + offset,
        shipment: FIRST_SHIPMENT + offset,
        reference,
        fields,
        is_return,
        is_cancelled: false,
        awb: None,
        carrier: 0,
        queued_at: None,
        was_reassigned: false,
        created_at: state.now,
    });
    state.shiprocket.orders.len() - 1
}

/// The answer to who made an order, or could not.
pub fn created(state: &State, made: Result<usize, Reply>) -> Reply {
    made.map_or_else(|reply| reply, |at| Reply::json(200, &shown(state, at)))
}

/// An order as the call that made it shows it.
pub fn shown(state: &State, at: usize) -> Value {
    let (order, answers) = (&state.shiprocket.orders[at], &state.answers);
    let (code, label) = super::orders::status(state, order);
    let none = if answers.awkward { Value::Null } else { json!("") };
    let carrier = CARRIERS.iter().find(|(id, _, _)| *id == order.carrier);
    json!({
        "order_id": written(order.id, answers),
        "channel_order_id": order.reference,
        "shipment_id": written(order.shipment, answers),
        "status": label,
        "status_code": code,
        "onboarding_completed_now": 0,
        "awb_code": order.awb.as_ref().map_or(none.clone(), |awb| json!(awb)),
        "courier_company_id": carrier.map_or(none.clone(), |(id, _, _)| json!(id)),
        "courier_name": carrier.map_or(none, |(_, name, _)| json!(name)),
    })
}

/// The 200 for a pickup place nobody knows.
pub fn wrong_place(_: &Answers) -> Reply {
    wrong_place_of(&["Main Godown".to_owned()])
}

fn wrong_place_of(places: &[String]) -> Reply {
    let places: Vec<Value> = places.iter().map(|name| json!({ "pickup_location": name, "status": 1 })).collect();
    let message = "Wrong Pickup location entered. Please choose one location from the data given";
    Reply::json(200, &json!({ "message": message, "data": { "data": places } }))
}

/// A sentence for each field that has to be there and is not.
pub fn missing(fields: &Value, required: impl IntoIterator<Item = String>) -> Map<String, Value> {
    let missing = required.into_iter().filter(|name| text(&fields[name.as_str()]).is_empty());
    let sentence = |name: &str| json!([format!("The {} field is required.", name.replace('_', " "))]);
    missing.map(|name| (name.clone(), sentence(&name))).collect()
}

/// What is wrong with the fields of an order.
pub fn wrong_fields(fields: &Value, is_return: bool) -> Map<String, Value> {
    let named = |name: &str| if is_return { name.replace("billing_", "pickup_") } else { name.to_owned() };
    let required = REQUIRED.into_iter().filter(|name| *name != "pickup_location");
    let mut errors = missing(fields, required.map(named));
    let mut wrong = |name: &str, sentence: String| errors.insert(name.to_owned(), json!([sentence]));
    if text(&fields["order_id"]).chars().count() > 50 {
        wrong("order_id", "The order id may not be greater than 50 characters.".to_owned());
    }
    let who = if is_return { "pickup" } else { "billing" };
    let is_digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    for (name, length) in [("phone", 10), ("pincode", 6)] {
        let name = format!("{who}_{name}");
        if !is_digits(&text(&fields[&name]), length) {
            wrong(&name, format!("The {} must be {length} digits.", name.replace('_', " ")));
        }
    }
    if text(&fields[&format!("{who}_city")]).chars().count() > 30 {
        wrong(&format!("{who}_city"), "The city may not be greater than 30 characters.".to_owned());
    }
    for (name, above) in [("length", 0.5), ("breadth", 0.5), ("height", 0.5), ("weight", 0.0)] {
        if text(&fields[name]).parse::<f64>().is_ok_and(|side| side <= above) {
            wrong(name, format!("The {name} must be greater than {above}."));
        }
    }
    let method = text(&fields["payment_method"]).to_lowercase();
    if !method.is_empty() && method != "cod" && method != "prepaid" {
        wrong("payment_method", "The selected payment method is invalid.".to_owned());
    }
    let lines = fields["order_items"].as_array().map_or(&[][..], Vec::as_slice);
    let mut skus: Vec<String> = lines.iter().map(|line| text(&line["sku"]).to_lowercase()).collect();
    if lines.is_empty()
        || lines
            .iter()
            .any(|line| !["name", "sku", "units", "selling_price"].iter().all(|field| !text(&line[*field]).is_empty()))
    {
        wrong("order_items", "Every order item needs name, sku, units and selling price.".to_owned());
    }
    skus.sort();
    if skus.windows(2).any(|pair| pair[0] == pair[1]) {
        wrong("order_items", "SKU cannot be repeated".to_owned());
    }
    errors
}

/// `POST /courier/assign/awb`.
pub fn assign(state: &mut State, asked: &Asked) -> Reply {
    let at = asked.id("shipment_id").and_then(|shipment| state.shiprocket.by_shipment(shipment));
    let Some(at) = at else { return php() };
    if state.answers.wallet_empty {
        return Reply::json(200, &json!({ "message": NO_MONEY, "status_code": 350 }));
    }
    if state.books_half {
        return no_awb(&state.answers);
    }
    let order = &state.shiprocket.orders[at];
    if order.is_cancelled {
        return not_assigned("Order is cancelled");
    }
    let is_again = text(&asked.body["status"]) == "reassign";
    if order.awb.is_some() && !is_again {
        return not_assigned("AWB is already assigned");
    }
    if order.is_return != (asked.id("is_return") == Some(1)) {
        return not_assigned("Please say whether this is a return");
    }
    let is_cod = text(&order.fields["payment_method"]).eq_ignore_ascii_case("cod");
    let wanted = asked.id("courier_id");
    // Published clients send the id of the offer where others send the carrier's.
    let is_wanted = |id: u64| wanted.is_none_or(|wanted| wanted == id || wanted == row_id(id));
    let fits = |(id, _, takes_cod): &&(u64, &str, bool)| is_wanted(*id) && (*takes_cod || !is_cod);
    let Some((carrier, name, _)) = CARRIERS.iter().find(fits) else {
        return not_assigned("Courier is not serviceable for this shipment");
    };
    if is_again && !reassign(state, at) {
        return refused(400, "Oops! Cannot reassign courier for this shipment.");
    }
    if state.answers.awb_queued {
        state.shiprocket.orders[at].queued_at = Some(state.now);
        let message = "We are processing your request. Please check after some time.";
        return Reply::json(200, &json!({ "success": true, "message": message }));
    }
    give_awb(state, at, *carrier, name);
    let (order, answers) = (&state.shiprocket.orders[at], &state.answers);
    Reply::json(
        200,
        &json!({ "awb_assign_status": written(1, answers), "response": { "data": {
        "awb_code": order.awb,
        "courier_company_id": written(order.carrier, answers),
        "courier_name": name,
        "cod": u8::from(is_cod),
        "order_id": written(order.id, answers),
        "shipment_id": written(order.shipment, answers),
        "awb_code_status": 1,
        "assigned_date_time": { "date": local(state.now, "%Y-%m-%d %H:%M:%S.000000"), "timezone_type": 3, "timezone": "Asia/Kolkata" },
        "pickup_scheduled_date": local(state.now.plus(DAY_MS), "%Y-%m-%d %H:%M:%S"),
        "routing_code": "",
        "freight_charges": 84.37,
    } } }),
    )
}

/// Takes an order its AWB to make room for another, once.
fn reassign(state: &mut State, at: usize) -> bool {
    let order = &mut state.shiprocket.orders[at];
    let Some(awb) = order.awb.clone().filter(|_| !order.was_reassigned) else { return false };
    order.was_reassigned = true;
    order.awb = None;
    for parcel in state.parcels.iter_mut().filter(|parcel| parcel.courier == Provider::Shiprocket && parcel.awb == awb)
    {
        parcel.ahead.clear();
    }
    true
}

/// The 200 of an order that gets no AWB.
pub fn no_awb(_: &Answers) -> Reply {
    not_assigned("Insufficient amount to label this shipment")
}

fn not_assigned(reason: &str) -> Reply {
    Reply::json(200, &json!({ "awb_assign_status": 0, "response": { "data": { "awb_assign_error": reason } } }))
}

/// Gives their AWBs to orders that were promised one before now.
pub fn keep_promises(state: &mut State) {
    let now = state.now;
    let is_due = |order: &Order| order.awb.is_none() && order.queued_at.is_some_and(|since| since < now);
    let due: Vec<usize> =
        (0..state.shiprocket.orders.len()).filter(|at| is_due(&state.shiprocket.orders[*at])).collect();
    let (carrier, name, _) = CARRIERS[0];
    for at in due {
        give_awb(state, at, carrier, name);
    }
}

/// Gives an order its AWB, and with it a parcel that begins to move.
fn give_awb(state: &mut State, at: usize, carrier: u64, name: &str) {
    let chance = state.next_chance();
    let journey = state.journeys.pop_front().unwrap_or_else(|| journeys::choose(&chance));
    let offset = below(&Chance::seeded(state.seed), ID_SPAN) * 1_000 + state.parcels.len() as u64;
    let awb = (FIRST_AWB + offset).to_string();
    let now = state.now;
    let order = &mut state.shiprocket.orders[at];
    order.awb = Some(awb.clone());
    order.carrier = carrier;
    let is_cod = text(&order.fields["payment_method"]).eq_ignore_ascii_case("cod");
    let total = Minor::parse_decimal(&text(&order.fields["sub_total"])).unwrap_or_default();
    state.parcels.push(Parcel {
        courier: Provider::Shiprocket,
        awb,
        tracking_code: String::new(),
        reference: order.reference.clone(),
        status: "AWB ASSIGNED".to_owned(),
        cod: if is_cod { total } else { Minor(0) },
        charge: Minor(CHARGE),
        booked: json!({
            "sr_order_id": order.id,
            "shipment_id": order.shipment,
            "courier_id": carrier,
            "courier_name": name,
            "is_return": u8::from(order.is_return),
            "sent": order.fields,
        }),
        journey,
        is_called_off: false,
        created_at: now,
        updated_at: now,
        events: Vec::new(),
        ahead: journeys::way(journey, now, &chance),
    });
    state.shiprocket.spent += CHARGE;
}

/// `POST /shipments/create/forward-shipment`: every step with a flag of its own.
pub fn forward(state: &mut State, asked: &Asked) -> Reply {
    at_once(state, asked, false)
}

/// `POST /shipments/create/return-shipment`.
pub fn backward(state: &mut State, asked: &Asked) -> Reply {
    at_once(state, asked, true)
}

fn at_once(state: &mut State, asked: &Asked, is_return: bool) -> Reply {
    let made = make(state, &asked.body, is_return);
    go_on(state, asked, made, is_return)
}

/// Takes the steps that follow an order which was made, if it was.
pub fn go_on(state: &mut State, asked: &Asked, made: Result<usize, Reply>, is_return: bool) -> Reply {
    let at = match made {
        Ok(at) => at,
        Err(reply) if reply.status == 422 => return reply,
        Err(_) => {
            let payload = json!({ "action": "Adding pickup location", "error_message": "Oops! Invalid Data." });
            return Reply::json(200, &json!({ "status": 0, "payload": payload }));
        }
    };
    let (id, shipment) = (state.shiprocket.orders[at].id, state.shiprocket.orders[at].shipment);
    let wish =
        json!({ "shipment_id": shipment, "courier_id": asked.body["courier_id"], "is_return": u8::from(is_return) });
    let wish = Asked { body: wish, query: asked.query.clone(), part: String::new(), headers: asked.headers.clone() };
    let assigned: Value = serde_json::from_str(&assign(state, &wish).body).unwrap_or_default();
    let order = &state.shiprocket.orders[at];
    let mut payload = json!({
        "pickup_location_added": 0,
        "order_created": 1,
        "awb_generated": u8::from(order.awb.is_some()),
        "pickup_generated": 0,
        "order_id": id,
        "shipment_id": shipment,
    });
    if let (Some(awb), Some(fields)) = (&order.awb, payload.as_object_mut()) {
        let paper = |kind: &str| json!(papers::paper(asked, &format!("sample-{kind}"), shipment));
        for (name, value) in [
            ("awb_code", json!(awb)),
            ("courier_company_id", json!(order.carrier)),
            ("courier_name", assigned["response"]["data"]["courier_name"].clone()),
            ("label_generated", json!(1)),
            ("label_url", paper("label")),
            ("manifest_generated", json!(1)),
            ("manifest_url", paper("manifest")),
            ("pickup_generated", json!(1)),
            ("pickup_scheduled_date", json!(local(state.now.plus(DAY_MS), "%Y-%m-%d %H:%M:%S"))),
        ] {
            fields.insert(name.to_owned(), value);
        }
        state.shiprocket.manifested.insert(shipment);
        state.shiprocket.pickups.insert(shipment);
    } else {
        let inside = &assigned["response"]["data"]["awb_assign_error"];
        payload["awb_assign_error"] = if inside.is_null() { assigned["message"].clone() } else { inside.clone() };
    }
    Reply::json(200, &json!({ "status": 1, "payload": payload }))
}

/// Ids of a body, where a list is wanted; the answer of who sent none.
pub fn wanted_ids(asked: &Asked, field: &str) -> Result<Vec<u64>, Reply> {
    let errors = json!({ field: [format!("The {} must be an array.", field.replace('_', " "))] });
    asked.ids(field).ok_or_else(|| invalid(&errors))
}

/// A number that is part of a path.
pub fn part_number(asked: &Asked) -> Option<u64> {
    number(&json!(asked.part))
}
