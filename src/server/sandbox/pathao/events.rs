//! The ways of Pathao's parcels, and the webhooks about them. States are the events' names without `order.`.

use serde_json::{Value, json};

use crate::domain::customers::Country;
use crate::domain::time::UnixMillis;
use crate::server::sandbox::state::{Event, Parcel};
use crate::server::sandbox::ways::{Words, written};

/// What Pathao says on the way.
pub const WORDS: Words = Words {
    booked: ("created", ""),
    fetched: &[("pickup-requested", ""), ("assigned-for-pickup", ""), ("picked", "")],
    moving: &[("at-the-sorting-hub", ""), ("in-transit", ""), ("received-at-last-mile-hub", "")],
    out: ("assigned-for-delivery", ""),
    failed: ("delivery-failed", "Customer did not answer the phone"),
    held: &[("on-hold", "Customer asked for another day"), ("received-at-last-mile-hub", "")],
    delivered: ("delivered", ""),
    partly: ("partial-delivery", "One item refused"),
    cancelled: ("pickup-cancelled", "Cancelled by the merchant"),
    back: &[("returned", "Customer refused"), ("return-in-transit", ""), ("returned-to-merchant", "")],
    // There is no word for what is lost.
    lost: ("on-hold", "Under investigation"),
};

/// Whether nothing comes after a state.
pub fn is_final(status: &str) -> bool {
    ["delivered", "partial-delivery", "exchanged", "pickup-cancelled", "returned-to-merchant"].contains(&status)
}

/// The webhook about an event.
pub fn push_body(parcel: &Parcel, event: &Event, awkward: bool) -> Value {
    let Some(status) = &event.status else { return Value::Null };
    let store = &parcel.booked["store_id"];
    let mut body = json!({
        "consignment_id": parcel.awb,
        // A reference that is not there is one of the shapes seen.
        "merchant_order_id": if awkward && is_final(status) { "" } else { parcel.reference.as_str() },
        "updated_at": local(event.at),
        "timestamp": written(event.at.plus(3_000), 0, "%Y-%m-%dT%H:%M:%S+00:00"),
        "store_id": if awkward { json!(store.to_string()) } else { store.clone() },
        "event": format!("order.{status}"),
    });
    if ["created", "delivered", "partial-delivery"].contains(&status.as_str()) {
        body["delivery_fee"] = json!(parcel.charge.0 as f64 / 100.0);
    }
    if ["delivered", "partial-delivery"].contains(&status.as_str()) {
        let parts = if status == "delivered" { 1 } else { 2 };
        body["collected_amount"] = json!(parcel.cod.0 / 100 / parts);
    }
    if !event.message.is_empty() {
        body["reason"] = json!(event.message);
    }
    body
}

/// Local time without a zone.
pub fn local(at: UnixMillis) -> String {
    written(at, Country::BD.utc_offset_minutes(), "%Y-%m-%d %H:%M:%S")
}

/// A state as answers show it: `Assigned for Delivery`, or with `_` between. A new order is pending.
pub fn shown(status: &str, between: &str) -> String {
    let status = if status == "created" { "pending" } else { status };
    let capital = |word: &str| match word {
        "for" | "at" | "the" | "to" => word.to_owned(),
        _ => word[..1].to_uppercase() + &word[1..],
    };
    let words: Vec<String> =
        status.split('-').filter(|word| word.is_ascii() && !word.is_empty()).map(capital).collect();
    words.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_shown_in_capitals_and_times_are_local() {
        assert_eq!(shown("assigned-for-delivery", " "), "Assigned for Delivery");
        assert_eq!((shown("created", " "), shown("in-transit", "_")), ("Pending".to_owned(), "In_Transit".to_owned()));
        assert_eq!(local(UnixMillis(1_776_149_130_000)), "2026-04-14 12:45:30");
    }
}
