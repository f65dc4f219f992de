//! Delhivery's webhooks: one scan each as documented, and the shapes it agrees on with single clients:
//! flat ones, lists, lists of scans. There is no signature; the account's header proves the sender.

use serde_json::Value;

use crate::server::couriers::delhivery::scans;
use crate::server::couriers::{CourierError, Numbers, Push, Report, scalar};

/// Our name for a push with news.
const SCAN: &str = "scan";
/// Our name for a push with a proof of delivery, which comes without a state.
const DOCUMENT: &str = "document";
/// Fields of such a push.
const DOCUMENT_FIELDS: [&str; 6] = ["epod", "pod", "podlink", "document", "documenturl", "image"];
/// Where a push names what it is, if it is about no parcel.
const NAMES: [&str; 3] = ["event", "eventtype", "type"];
/// Lists of parcels.
const LISTS: [&str; 3] = ["shipmentdata", "shipments", "data"];

/// Reads a push. Times are local to India and turned into UTC here.
///
/// # Errors
/// [`CourierError::Unreadable`] for what is not JSON, or is news of no parcel.
pub fn read(body: &[u8]) -> Result<Push, CourierError> {
    let unreadable = |sentence: &str| CourierError::Unreadable(sentence.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("The webhook is not JSON."))?;
    let entries = match (&body, scans::field(&body, &LISTS)) {
        (Value::Array(list), _) | (_, Value::Array(list)) => list.as_slice(),
        (Value::Object(_), _) => std::slice::from_ref(&body),
        _ => return Err(unreadable("The webhook is not a JSON object.")),
    };
    let parcels: Vec<&Value> = entries.iter().map(parcel).filter(|one| is_named(one)).collect();
    if parcels.is_empty() {
        return match scalar::text(scans::field(&body, &NAMES)) {
            Some(event_type) => Ok(Push::Ignored { event_type }),
            None => Err(unreadable("The webhook names no parcel.")),
        };
    }
    if parcels.iter().all(|one| is_document(one)) {
        return Ok(Push::Ignored { event_type: DOCUMENT.to_owned() });
    }
    let reports = parcels.into_iter().filter(|one| !is_document(one)).map(report).collect();
    Ok(Push::Parcels { event_type: SCAN.to_owned(), reports })
}

/// What is said of a parcel stands below `Shipment`, or bare.
fn parcel(entry: &Value) -> &Value {
    let inner = scans::field(entry, &["shipment"]);
    if inner.is_object() { inner } else { entry }
}

fn is_named(parcel: &Value) -> bool {
    scans::numbers(parcel) != Numbers::default()
}

fn is_document(parcel: &Value) -> bool {
    let has_state =
        scans::has_state(parcel) || ["status", "scans"].iter().any(|name| !scans::field(parcel, &[name]).is_null());
    !has_state && !scans::field(parcel, &DOCUMENT_FIELDS).is_null()
}

fn report(parcel: &Value) -> Report {
    let heard = scans::all_heard(parcel).map_err(|reason| format!("The webhook cannot be read: {reason}"));
    // The pickup date beside it is no promise of a delivery.
    Report { numbers: scans::numbers(parcel), heard, expected_delivery_at: None }
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
