//! Where parcels are: the states and scans of those that are known, in no promised order.

use axum::http::Uri;
use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::domain::time::{DAY_MS, SECOND_MS};
use crate::server::sandbox::Reply;
use crate::server::sandbox::delhivery::{journeys, parameter};
use crate::server::sandbox::faults::Fault;
use crate::server::sandbox::state::{Event, Parcel, State};

const NUMBERS_MAX: usize = 50;
/// How long a delivery is promised to take.
const PROMISED_MS: i64 = 5 * DAY_MS;

/// `GET /api/v1/packages/json/`: by waybills or by references.
pub fn packages(state: &mut State, uri: &Uri) -> Reply {
    let list = |name: &str| parameter(uri, name).unwrap_or_default();
    let (waybills, references) = (list("waybill"), list("ref_ids"));
    let wanted = |list: &str, number: &str| list.split(',').any(|one| !one.is_empty() && one.trim() == number);
    if waybills.split(',').count() > NUMBERS_MAX {
        return unknown("Maximum 50 waybills are allowed at a time");
    }
    let visible_from = state.now.plus(-i64::from(state.answers.hidden_seconds) * SECOND_MS);
    let has_scans = parameter(uri, "verbose").as_deref() != Some("0");
    let known = state
        .parcels_of(Provider::Delhivery)
        .filter(|parcel| parcel.created_at <= visible_from)
        .filter(|parcel| wanted(&waybills, &parcel.awb) || wanted(&references, &parcel.reference));
    let awkward = state.answers.awkward;
    let mut entries: Vec<Value> = known.map(|parcel| shipment(parcel, has_scans, awkward)).collect();
    // Another order than the one asked in: no promise is made.
    entries.reverse();
    if entries.is_empty() {
        return unknown("Data does not exists for provided Waybill(s)");
    }
    let unknown = |fault| fault == Fault::UnknownStatus;
    if state.faults.take(Provider::Delhivery, "packages", &state.fault_chance, unknown).is_some() {
        entries.iter_mut().for_each(journeys::make_answer_unknown);
    }
    let entries: Vec<Value> = entries.into_iter().map(|shipment| json!({ "Shipment": shipment })).collect();
    Reply::json(200, &json!({ "ShipmentData": entries }))
}

fn unknown(error: &str) -> Reply {
    let remark = "Some error has occurred. Please contact lastmile-integration@delhivery.com";
    Reply::json(200, &json!({ "Success": false, "Error": error, "rmk": remark }))
}

fn shipment(parcel: &Parcel, has_scans: bool, awkward: bool) -> Value {
    let last = parcel.events.last();
    let [kind, text, code] = journeys::parts(&parcel.status);
    let mut status = json!({
        "Status": text,
        "StatusLocation": journeys::place(parcel, &parcel.status),
        "StatusDateTime": journeys::local(parcel.updated_at),
        "RecievedBy": "",
        "Instructions": last.map_or("", |event| event.message.as_str()),
        "StatusType": kind,
    });
    let mut shipment = json!({
        "AWB": if awkward { json!(parcel.awb.parse::<u64>().unwrap_or(0)) } else { json!(parcel.awb) },
        "ReferenceNo": parcel.reference,
        "OrderType": parcel.booked["payment_mode"],
        "CODAmount": parcel.cod.0 as f64 / 100.0,
        "Quantity": if awkward { json!("") } else { parcel.booked["quantity"].clone() },
        "PickUpDate": journeys::picked_up_at(parcel).map(journeys::local),
        "ExpectedDeliveryDate": journeys::local(parcel.created_at.plus(PROMISED_MS)),
        "DispatchCount": parcel.events.iter().filter(|event| is_dispatch(event)).count(),
        "ReverseInTransit": false,
        "Consignee": {
            "Name": parcel.booked["name"], "Address1": [], "Address2": [], "Address3": "",
            "City": parcel.booked["city"], "PinCode": parcel.booked["pin"], "Telephone1": "",
        },
        "Ewaybill": [],
        "Extras": "",
    });
    if has_scans {
        status["StatusCode"] = json!(code);
        shipment["Scans"] = parcel.events.iter().map(|event| scan(parcel, event)).collect();
    }
    shipment["Status"] = status;
    shipment
}

fn is_dispatch(event: &Event) -> bool {
    event.status.as_deref().is_some_and(|status| journeys::parts(status)[1] == "Dispatched")
}

fn scan(parcel: &Parcel, event: &Event) -> Value {
    let status = event.status.as_deref().unwrap_or(&parcel.status);
    let [kind, text, code] = journeys::parts(status);
    let time = journeys::local(event.at);
    json!({ "ScanDetail": {
        "Scan": text,
        "ScanType": kind,
        "StatusCode": code,
        "ScanDateTime": time,
        "StatusDateTime": time,
        "ScannedLocation": journeys::place(parcel, status),
        "Instructions": event.message,
    } })
}
