//! Changing and cancelling a parcel. The answer is XML; accounts with awkward answers get JSON.

use serde_json::{Value, json};

use crate::domain::couriers::Provider;
use crate::server::sandbox::Reply;
use crate::server::sandbox::delhivery::{booking, journeys, text};
use crate::server::sandbox::state::{Parcel, State};

/// `POST /api/p/edit`.
pub fn edit(state: &mut State, body: &[u8]) -> Reply {
    let awkward = state.answers.awkward;
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let awb = text(&body["waybill"]);
    let found = state.parcels.iter().position(|parcel| parcel.courier == Provider::Delhivery && parcel.awb == awb);
    let Some(at) = found else { return reply(awkward, &awb, "", Err("Waybill does not exist")) };
    let reference = state.parcels[at].reference.clone();
    let is_cancellation = text(&body["cancellation"]) == "true" || body["cancellation"] == json!(true);
    let done = if is_cancellation { call_off(state, at) } else { change(&mut state.parcels[at], &body) };
    reply(awkward, &awb, &reference, done)
}

/// Before it is fetched a parcel is called off, which tracking tells a minute later; on the way it is turned
/// round. Asked again, the answer is the same.
fn call_off(state: &mut State, at: usize) -> Result<&'static str, &'static str> {
    const DONE: &str = "Shipment has been cancelled.";
    let (now, chance) = (state.now, state.next_chance());
    let parcel = &mut state.parcels[at];
    if parcel.is_called_off {
        return Ok(DONE);
    }
    parcel.ahead = match journeys::parts(&parcel.status) {
        ["UD", "Manifested" | "Not Picked", _] if !journeys::is_final(&parcel.status) => {
            journeys::follow(&[journeys::CALLED_OFF], now, &chance)
        }
        ["UD", "In Transit" | "Pending", _] => journeys::way_back(now, &chance),
        ["PP", "Open" | "Scheduled", _] => journeys::follow(&[journeys::RETURN_CALLED_OFF], now, &chance),
        _ => return Err("Shipment cannot be cancelled in its present status"),
    };
    parcel.is_called_off = true;
    Ok(DONE)
}

fn change(parcel: &mut Parcel, body: &Value) -> Result<&'static str, &'static str> {
    if !matches!(journeys::parts(&parcel.status), ["UD", "Manifested" | "Not Picked" | "In Transit" | "Pending", _]) {
        return Err("Shipment cannot be edited in its present status");
    }
    for (name, field) in [("name", "name"), ("add", "add"), ("phone", "phone"), ("gm", "weight")] {
        if !text(&body[name]).is_empty() {
            parcel.booked[field] = body[name].clone();
        }
    }
    match (text(&body["pt"]).as_str(), booking::amount(&body["cod"])) {
        ("", _) => {}
        ("COD", Some(amount)) if amount.0 > 0 => {
            parcel.cod = amount;
            parcel.booked["payment_mode"] = json!("COD");
        }
        ("Pre-paid", _) => {
            parcel.cod = Default::default();
            parcel.booked["payment_mode"] = json!("Prepaid");
        }
        _ => return Err("pt and cod do not fit"),
    }
    Ok("Shipment has been updated.")
}

fn reply(awkward: bool, awb: &str, reference: &str, done: Result<&str, &str>) -> Reply {
    if awkward {
        let mut body = json!({ "status": done.is_ok(), "waybill": awb, "order_id": reference });
        match done {
            Ok(remark) => body["remark"] = json!(remark),
            Err(error) => body["error"] = json!(error),
        }
        return Reply::json(200, &body);
    }
    let (status, last) = match done {
        Ok(remark) => ("True", format!("<remark>{remark}</remark>")),
        Err(error) => ("False", format!("<error>{error}</error>")),
    };
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (awb, reference) = (escaped(awb), escaped(reference));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<root><status>{status}</status><waybill>{awb}</waybill>\
         <order_id>{reference}</order_id>{last}</root>"
    );
    Reply { status: 200, content_type: "application/xml", body }
}
