//! Creating parcels: what refuses the whole, what refuses a package, and what a parcel gets.

use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::server::sandbox::Reply;
use crate::server::sandbox::delhivery::{journeys, lanes, text, whole_refused};
use crate::server::sandbox::state::{Event, Parcel, State};

const ORDER_CHARACTERS_MAX: usize = 50;
/// What must not occur in any value.
const FORBIDDEN: [char; 5] = ['&', '#', '%', ';', '\\'];
const HALF: &str = "Crashing while saving package due to exception 'Prepaid client manifest charge API failed due to \
    insufficient balance'. Package might have been partially saved.";
const INTERNAL: &str = "An internal Error has occurred, Please get in touch with client.support@delhivery.com";

/// `POST /api/cmu/create.json`: a form with `format` and `data`.
pub fn create(state: &mut State, body: &[u8]) -> Reply {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if field("format") != Some("json") {
        return whole_refused("format key missing in the post");
    }
    let Ok(data) = serde_json::from_str::<Value>(field("data").unwrap_or_default()) else {
        return whole_refused("Unable to parse the data as JSON");
    };
    let Some(shipments) = data["shipments"].as_array().filter(|list| !list.is_empty()) else {
        return whole_refused("shipment list contains no data");
    };
    let warehouse = data["pickup_location"]["name"].as_str().unwrap_or_default();
    if !state.delhivery.warehouses.contains(warehouse) {
        return whole_refused("ClientWarehouse matching query does not exist.");
    }
    let packages: Vec<Value> = shipments.iter().map(|shipment| package(state, shipment)).collect();
    let is_success = packages.iter().all(|package| package["status"] == "Success");
    let count = |payment: &str| packages.iter().filter(|one| one["payment"] == payment).count();
    let upload = state.delhivery.upload(state.seed);
    let mut answer = json!({
        "cash_pickups_count": 0.0, "package_count": packages.len(), "upload_wbn": upload,
        "replacement_count": 0, "pickups_count": count("Pickup"), "cash_pickups": 0.0, "cod_count": count("COD"),
        "success": is_success, "prepaid_count": count("Pre-paid"), "cod_amount": 0.0, "packages": packages,
    });
    if !is_success {
        answer["rmk"] = json!(INTERNAL);
    }
    Reply::json(200, &answer)
}

fn package(state: &mut State, shipment: &Value) -> Value {
    let awkward = state.answers.awkward;
    // Whether a parcel that was booked by half is there nobody can tell.
    let is_lost = state.books_half && state.fault_chance.number().is_multiple_of(2);
    let booked = if is_lost { Ok(String::new()) } else { book(state, shipment) };
    let payment = match text(&shipment["payment_mode"]).as_str() {
        "Prepaid" => "Pre-paid".to_owned(),
        other => other.to_owned(),
    };
    let (status, remark, waybill) = match booked {
        Ok(_) if state.books_half => ("Fail", HALF.to_owned(), String::new()),
        Ok(awb) => ("Success", String::new(), awb),
        Err(remark) => ("Fail", remark, String::new()),
    };
    json!({
        "status": status,
        "client": super::KEYS[1].1,
        "sort_code": null,
        "remarks": if awkward { json!(remark) } else { json!([remark]) },
        "waybill": match waybill.parse::<u64>() {
            Ok(number) if awkward => json!(number),
            Ok(_) | Err(_) => json!(waybill),
        },
        "cod_amount": amount(&shipment["cod_amount"]).unwrap_or_default().0 as f64 / 100.0,
        "payment": payment,
        "serviceable": lanes::is_served(&text(&shipment["pin"])),
        "refnum": shipment["order"],
    })
}

/// Books a parcel and answers its AWB, or says what is wrong with it.
fn book(state: &mut State, shipment: &Value) -> Result<String, String> {
    if let Some(wrong) = wrong_with(state, shipment) {
        return Err(wrong);
    }
    let wanted = text(&shipment["waybill"]);
    let awb = if wanted.is_empty() {
        state.delhivery.waybill(state.seed)
    } else if state.delhivery.fetched.remove(&wanted) {
        wanted
    } else {
        return Err(format!("Unable to consume waybill {wanted}"));
    };
    let chance = state.next_chance();
    let is_return = text(&shipment["payment_mode"]) == "Pickup";
    let journey = state.journeys.pop_front().unwrap_or_else(|| journeys::choose(&chance));
    let (first, way) = if is_return {
        (journeys::OPEN, journeys::return_way(journey, state.now, &chance))
    } else {
        (journeys::MANIFESTED, journeys::way(journey, state.now, &chance))
    };
    let grams = text(&shipment["weight"]).parse().unwrap_or(0);
    state.parcels.push(Parcel {
        courier: Provider::Delhivery,
        awb: awb.clone(),
        tracking_code: String::new(),
        reference: text(&shipment["order"]),
        status: first.0.to_owned(),
        cod: amount(&shipment["cod_amount"]).unwrap_or_default(),
        charge: lanes::gross(grams),
        booked: shipment.clone(),
        journey,
        is_called_off: false,
        created_at: state.now,
        updated_at: state.now,
        events: Vec::new(),
        ahead: way,
    });
    let event = Event { at: state.now, status: Some(first.0.to_owned()), message: first.1.to_owned() };
    state.happen(state.parcels.len() - 1, event);
    Ok(awb)
}

fn wrong_with(state: &State, shipment: &Value) -> Option<String> {
    let order = text(&shipment["order"]);
    for name in ["name", "add", "order", "payment_mode"] {
        if text(&shipment[name]).is_empty() {
            return Some(format!("{name} is missing"));
        }
    }
    let values = shipment.as_object().into_iter().flat_map(|fields| fields.values());
    if !state.answers.any_characters && values.into_iter().any(|value| text(value).contains(FORBIDDEN)) {
        return Some("Special characters are not allowed".to_owned());
    }
    if order.chars().count() > ORDER_CHARACTERS_MAX {
        return Some("order is longer than 50 characters".to_owned());
    }
    if state.parcels_of(Provider::Delhivery).any(|parcel| parcel.reference == order) {
        return Some("Duplicate order id".to_owned());
    }
    let phones = match &shipment["phone"] {
        Value::Array(phones) => phones.iter().map(text).collect(),
        other => vec![text(other)],
    };
    let is_phone = |phone: &String| phone.len() == 10 && phone.bytes().all(|byte| byte.is_ascii_digit());
    if phones.is_empty() || !phones.iter().all(is_phone) {
        return Some("phone is not valid".to_owned());
    }
    let mode = text(&shipment["payment_mode"]);
    if !["Prepaid", "COD", "Pickup", "REPL"].contains(&mode.as_str()) {
        return Some("payment_mode is not valid".to_owned());
    }
    let collects = amount(&shipment["cod_amount"]).is_some_and(|amount| amount.0 > 0);
    if (mode == "COD") != collects {
        return Some("cod_amount does not fit the payment mode".to_owned());
    }
    let pin = text(&shipment["pin"]);
    (!lanes::is_served(&pin)).then(|| format!("Pincode {pin} is a non serviceable pincode"))
}

/// An amount in rupees, as a number or as text.
pub fn amount(value: &Value) -> Option<Minor> {
    Minor::parse_decimal(&text(value))
}
