//! Labels, pickups, instructions after failed attempts, warehouses and papers.

use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::server::sandbox::delhivery::books::Upload;
use crate::server::sandbox::delhivery::{journeys, parameter, text};
use crate::server::sandbox::state::{Journey, Parcel, State};
use crate::server::sandbox::{Reply, papers};

const FIRST_PICKUP_ID: u64 = 9_910_042;
/// How long an instruction is being worked on.
const INSTRUCTION_MS: i64 = 10 * MINUTE_MS;
/// The codes after which another attempt is made.
const REATTEMPT_CODES: [&str; 8] = ["EOD-74", "EOD-15", "EOD-104", "EOD-43", "EOD-86", "EOD-11", "EOD-69", "EOD-6"];
const ATTEMPTS_MAX: usize = 2;
/// What an account begins with, in paise.
const BALANCE: i64 = 500_000;

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

fn parcel<'s>(state: &'s State, awb: &str) -> Option<&'s Parcel> {
    state.parcels_of(Provider::Delhivery).find(|parcel| parcel.awb == awb)
}

/// `GET /api/p/packing_slip`.
pub fn packing_slip(state: &State, uri: &Uri, headers: &HeaderMap) -> Reply {
    let wanted = parameter(uri, "wbns").unwrap_or_default();
    let known = wanted.split(',').filter(|awb| parcel(state, awb).is_some());
    let label = |awb: &str| {
        let link = papers::address(headers, Provider::Delhivery, awb);
        json!({ "wbn": awb, "pdf_download_link": link, "pdf_encoding": "" })
    };
    let packages: Vec<Value> = known.map(label).collect();
    Reply::json(200, &json!({ "packages_found": packages.len(), "packages": packages }))
}

/// `POST /fm/request/new/`: one open request per warehouse and day.
pub fn pickup(state: &mut State, body: &[u8]) -> Reply {
    let body = read(body);
    let (place, day, time) =
        (body["pickup_location"].as_str().unwrap_or_default(), text(&body["pickup_date"]), text(&body["pickup_time"]));
    if !state.delhivery.warehouses.contains(place) {
        return Reply::json(400, &json!({ "error": { "message": "ClientWarehouse matching query does not exist." } }));
    }
    if day.len() != 10 || time.len() != 8 || format!("{day}T{time}") < journeys::local(state.now) {
        return Reply::json(400, &json!({ "error": { "message": "Pickup date and time cannot be in the past" } }));
    }
    let key = (place.to_owned(), day.clone());
    if let Some(id) = state.delhivery.pickups.get(&key) {
        let message = "A Pickup Request for this location Already Exist";
        return Reply::json(200, &json!({ "pr_exist": true, "data": { "message": message }, "pickup_id": id }));
    }
    let id = FIRST_PICKUP_ID + state.delhivery.pickups.len() as u64;
    state.delhivery.pickups.insert(key, id);
    Reply::json(
        201,
        &json!({
            "pickup_id": id, "client_name": super::KEYS[1].1, "incoming_center_name": "Mumbai_Andheri_Q (Maharashtra)",
            "expected_package_count": body["expected_package_count"], "pickup_location_name": place,
            "pickup_date": day, "pickup_time": time,
        }),
    )
}

/// `POST /api/p/update`: taken at once, worked on later.
pub fn instruct(state: &mut State, body: &[u8]) -> Reply {
    let body = read(body);
    let Some(rows) = body["data"].as_array().filter(|rows| !rows.is_empty()) else {
        return Reply::json(400, &json!({ "error": "data is missing" }));
    };
    let refusals: Vec<&str> = rows.iter().filter_map(|row| follow(state, row).err()).collect();
    let id = state.delhivery.upload(state.seed);
    state.delhivery.uploads.push(Upload { id: id.clone(), at: state.now, refused: refusals.join(", ") });
    Reply::json(200, &json!({ "request_id": id }))
}

fn follow(state: &mut State, row: &Value) -> Result<(), &'static str> {
    let (now, chance, awb) = (state.now, state.next_chance(), text(&row["waybill"]));
    let found = state.parcels.iter_mut().find(|one| one.courier == Provider::Delhivery && one.awb == awb);
    let Some(parcel) = found else { return Err("Waybill does not exist") };
    let [kind, _, code] = journeys::parts(&parcel.status);
    match text(&row["act"]).as_str() {
        "RE-ATTEMPT" | "DEFER_DLV" | "EDIT_DETAILS" => {
            let is_attempt = |at: &&str| journeys::parts(at)[1] == "Dispatched";
            let attempts = parcel.events.iter().filter_map(|event| event.status.as_deref()).filter(is_attempt).count();
            if kind != "UD" || !REATTEMPT_CODES.contains(&code) || !(1..=ATTEMPTS_MAX).contains(&attempts) {
                return Err("Not allowed after the latest code");
            }
            parcel.ahead = journeys::attempt(now, &chance);
            Ok(())
        }
        "PICKUP_RESCHEDULE" if ["EOD-777", "EOD-21"].contains(&code) => {
            parcel.ahead = journeys::return_way(Journey::Delivered, now, &chance);
            Ok(())
        }
        "PICKUP_RESCHEDULE" => Err("Not allowed after the latest code"),
        _ => Err("Action does not exist"),
    }
}

/// `GET /api/cmu/get_bulk_upl/{id}`.
pub fn instruction(state: &State, id: &str) -> Reply {
    let Some(upload) = state.delhivery.uploads.iter().find(|upload| upload.id == id) else {
        return Reply::json(404, &json!({ "error": "Upload does not exist" }));
    };
    let is_done = |at: UnixMillis| state.now.0 - at.0 >= INSTRUCTION_MS;
    let status = match (is_done(upload.at), upload.refused.is_empty()) {
        (false, _) => "Pending",
        (true, true) => "Success",
        (true, false) => "Failure",
    };
    let remark = if status == "Failure" { upload.refused.as_str() } else { "" };
    Reply::json(200, &json!({ "request_id": id, "status": status, "remark": remark }))
}

/// `POST /api/backend/clientwarehouse/{create,edit}/`.
pub fn warehouse(state: &mut State, body: &[u8], is_new: bool) -> Reply {
    let body = read(body);
    let name = text(&body["name"]);
    // A change names its warehouse and what is new.
    let wanted: &[&str] = if is_new { &["name", "phone", "pin"] } else { &["name"] };
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| text(&body[*name]).is_empty()).collect();
    let refuse = |sentence: String| Reply::json(400, &json!({ "success": false, "error": [sentence], "data": {} }));
    if !missing.is_empty() {
        return refuse(format!("Missing: {}", missing.join(", ")));
    }
    match (is_new, state.delhivery.warehouses.contains(&name)) {
        (true, true) => return refuse(format!("client-warehouse with name {name} already exists")),
        (false, false) => return refuse("ClientWarehouse matching query does not exist.".to_owned()),
        (true, false) => {
            state.delhivery.warehouses.insert(name.clone());
        }
        (false, true) => {}
    }
    Reply::json(200, &json!({ "success": true, "error": "", "data": { "name": name, "active": true } }))
}

/// `PUT /api/rest/ewaybill/{waybill}/`.
pub fn e_waybill(state: &State, awb: &str, body: &[u8]) -> Reply {
    let body = read(body);
    let has_number = !text(&body["data"][0]["ewbn"]).is_empty();
    match parcel(state, awb) {
        Some(_) if has_number => Reply::json(200, &json!({ "success": true })),
        Some(_) => Reply::json(400, &json!({ "success": false, "error": "ewbn is missing" })),
        None => Reply::json(404, &json!({ "success": false, "error": "Waybill does not exist" })),
    }
}

/// `GET /api/rest/fetch/pkg/document/`: of delivered parcels.
pub fn document(state: &State, uri: &Uri) -> Reply {
    let awb = parameter(uri, "waybill").unwrap_or_default();
    let delivered = parcel(state, &awb).filter(|parcel| journeys::parts(&parcel.status)[1] == "Delivered");
    match delivered {
        Some(_) => {
            let link = format!("https://documents.example.net/sample/{awb}.png");
            Reply::json(200, &json!({ "success": true, "data": [{ "url": link }] }))
        }
        None => Reply::json(200, &json!({ "success": false, "data": [] })),
    }
}

/// `GET /api/client/get_balance_ledger.json`: what parcels have cost is taken off.
pub fn balance(state: &State) -> Reply {
    let spent: i64 = state.parcels_of(Provider::Delhivery).map(|parcel| parcel.charge.0).sum();
    Reply::json(200, &json!({ "client": super::KEYS[1].1, "balance": Minor(BALANCE - spent).decimal() }))
}
