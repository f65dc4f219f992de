//! Packzy's webhooks: a change of the state, or a message about where the parcel is.

use serde_json::Value;

use crate::domain::customers::Country;
use crate::domain::time::UnixMillis;
use crate::server::couriers::packzy::status::{self, DELIVERY_STATUS, TRACKING_UPDATE};
use crate::server::couriers::{Code, CourierError, Heard, Numbers, Push, Report, scalar};

/// Longest message kept for the timeline.
const MESSAGE_CHARACTERS_MAX: usize = 500;

/// Reads a push. Times are local to Bangladesh and turned into UTC here.
///
/// # Errors
/// [`CourierError::Unreadable`] for what is not JSON, or is news of no parcel.
pub fn read(body: &[u8]) -> Result<Push, CourierError> {
    let unreadable = |sentence: &str| CourierError::Unreadable(sentence.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("The webhook is not JSON."))?;
    if !body.is_object() {
        return Err(unreadable("The webhook is not a JSON object."));
    }
    let kind = kind(&body);
    let numbers = Numbers {
        awb: scalar::id(&body["consignment_id"]),
        tracking_code: scalar::id(&body["tracking_code"]),
        reference: scalar::id(&body["invoice"]),
        ..Numbers::default()
    };
    let has_parcel = numbers != Numbers::default();
    match kind {
        Some(event_type) if has_parcel => {
            let heard = heard(&body, &event_type).map(|heard| vec![heard]);
            Ok(Push::Parcels { event_type, reports: vec![Report { numbers, heard, expected_delivery_at: None }] })
        }
        Some(kind) if kind == DELIVERY_STATUS || kind == TRACKING_UPDATE => {
            Err(unreadable("The webhook names no parcel."))
        }
        Some(event_type) => Ok(Push::Ignored { event_type }),
        None => Err(unreadable("The webhook does not say what it is about.")),
    }
}

/// What the push is, by its name or else by what is in it.
fn kind(body: &Value) -> Option<String> {
    let named = scalar::text(&body["notification_type"]).map(|name| status::fold(&name));
    named
        .filter(|name| !name.is_empty())
        .or_else(|| scalar::text(&body["status"]).map(|_| DELIVERY_STATUS.to_owned()))
        .or_else(|| scalar::text(&body["tracking_message"]).map(|_| TRACKING_UPDATE.to_owned()))
}

fn heard(body: &Value, kind: &str) -> Result<Heard, String> {
    let at = instant(body)?;
    let message = scalar::text(&body["tracking_message"]).unwrap_or_default();
    let message = scalar::line(&message, MESSAGE_CHARACTERS_MAX);
    let status = scalar::text(&body["status"]);
    if kind == TRACKING_UPDATE {
        let code = Code { kind: kind.to_owned(), ..Code::default() };
        return Ok(Heard { at, code, distinct_by: message.clone(), activity: message, location: String::new() });
    }
    let status = match status {
        Some(status) => status,
        None if kind == DELIVERY_STATUS => return Err("The webhook has no status.".to_owned()),
        // A kind nobody knows yet: kept with its name, and unknown by the table.
        None => String::new(),
    };
    let code = Code { kind: kind.to_owned(), text: status::fold(&status), ..Code::default() };
    let activity = if message.is_empty() { scalar::line(&status, MESSAGE_CHARACTERS_MAX) } else { message };
    Ok(Heard { at, code, activity, ..Heard::default() })
}

fn instant(body: &Value) -> Result<Option<UnixMillis>, String> {
    let Some(text) = scalar::text(&body["updated_at"]) else { return Ok(None) };
    match scalar::instant(&text, Country::BD) {
        Some(at) => Ok(Some(at)),
        None => Err("The webhook's updated_at is not a time.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::shipping::{Leg, ShipmentStatus};
    use crate::server::couriers::packzy::Packzy;
    use crate::server::couriers::packzy::tests::fixture;
    use crate::server::couriers::status::{Meaning, meaning};
    use crate::server::couriers::testing::anything;

    fn one(body: &[u8]) -> (String, Report) {
        let Ok(Push::Parcels { event_type, mut reports }) = read(body) else { panic!("no parcel in {body:?}") };
        assert_eq!(reports.len(), 1);
        (event_type, reports.remove(0))
    }

    fn said(report: &Report) -> &Heard {
        report.heard.as_ref().expect("readable").first().expect("something")
    }

    fn means(heard: &Heard) -> Meaning {
        meaning(&Packzy, &[], Leg::Forward, &heard.code)
    }

    #[test]
    fn a_status_push_is_read_with_its_capitals_and_local_time() {
        let (event_type, report) = one(&fixture("webhook_delivery_status.json"));
        assert_eq!(event_type, "delivery_status");
        assert_eq!(report.numbers.awb.as_deref(), Some("184402211"));
        assert_eq!(report.numbers.reference.as_deref(), Some("INV-20431"));
        let heard = said(&report);
        assert_eq!(heard.at, Some(UnixMillis(1_776_149_130_000)), "12:45:30 in Dhaka is 06:45:30 UTC");
        assert_eq!(heard.code.text, "delivered");
        assert_eq!(heard.activity, "Your package has been delivered successfully.");
        assert_eq!(means(heard), Meaning::Is(ShipmentStatus::Delivered));
    }

    #[test]
    fn a_status_push_with_texts_for_numbers_is_the_same_parcel() {
        let (_, report) = one(&fixture("webhook_delivery_status_strings.json"));
        assert_eq!(report.numbers.awb.as_deref(), Some("184402211"));
        assert_eq!(means(said(&report)), Meaning::Is(ShipmentStatus::OutForDelivery), "not final");
        assert_eq!(said(&report).activity, "delivered_approval_pending", "its word where it has no message");
    }

    #[test]
    fn a_status_push_with_a_blank_in_the_status_is_partly_delivered() {
        let (_, report) = one(&fixture("webhook_partial_delivered_spaced.json"));
        assert_eq!(means(said(&report)), Meaning::PartlyDelivered);
    }

    #[test]
    fn a_push_without_an_invoice_is_matched_by_its_consignment() {
        let (_, report) = one(&fixture("webhook_cancelled_null_invoice.json"));
        assert_eq!(report.numbers, Numbers { awb: Some("184402230".to_owned()), ..Numbers::default() });
        assert_eq!(means(said(&report)), Meaning::Is(ShipmentStatus::Cancelled));
    }

    #[test]
    fn a_tracking_push_is_a_message_and_no_state() {
        let (event_type, report) = one(&fixture("webhook_tracking_update.json"));
        assert_eq!(event_type, "tracking_update");
        let heard = said(&report);
        assert_eq!(heard.activity, "Consignment has arrived at Dhanmondi hub.");
        assert_eq!(heard.distinct_by, heard.activity, "two messages of one second are two events");
        assert_eq!(heard.code, Code { kind: "tracking_update".to_owned(), ..Code::default() });
        assert_eq!(means(heard), Meaning::Nothing);
    }

    #[test]
    fn one_push_is_the_same_event_twice_and_another_status_is_not() {
        let event = |text: &[u8]| said(&one(text).1).clone();
        let first = event(&fixture("webhook_delivery_status.json"));
        assert_eq!(first, event(&fixture("webhook_delivery_status.json")));
        let other = String::from_utf8(fixture("webhook_delivery_status.json")).unwrap().replace("Delivered", "Hold");
        let second = event(other.as_bytes());
        assert!(second.code != first.code && second.at == first.at && second.distinct_by == first.distinct_by);
    }

    #[test]
    fn what_is_not_known_is_kept_and_means_nothing_yet() {
        let push = json!({ "notification_type": "Rider Assigned", "consignment_id": 7, "updated_at": null });
        let (event_type, report) = one(push.to_string().as_bytes());
        assert_eq!(event_type, "rider_assigned");
        assert_eq!(said(&report).at, None);
        assert_eq!(means(said(&report)), Meaning::Unknown);
        let ping = json!({ "notification_type": "test" });
        assert_eq!(read(ping.to_string().as_bytes()), Ok(Push::Ignored { event_type: "test".to_owned() }));
    }

    #[test]
    fn wrong_shapes_are_said_to_be_wrong() {
        for body in [
            "",
            "[]",
            "\"delivered\"",
            "{}",
            r#"{"notification_type":"delivery_status","status":"delivered"}"#,
            r#"{"notification_type":"tracking_update","consignment_id":0,"invoice":""}"#,
        ] {
            assert!(matches!(read(body.as_bytes()), Err(CourierError::Unreadable(_))), "{body}");
        }
        for body in [
            r#"{"notification_type":"delivery_status","consignment_id":7,"updated_at":"2026-04-14 12:45:30"}"#,
            r#"{"notification_type":"delivery_status","consignment_id":7,"status":"delivered","updated_at":"14/4"}"#,
        ] {
            assert!(one(body.as_bytes()).1.heard.is_err(), "{body}");
        }
    }

    const NAMES: [&str; 6] =
        ["notification_type", "consignment_id", "invoice", "status", "tracking_message", "updated_at"];
    const WORDS: [&str; 5] =
        ["delivery_status", "tracking_update", "Delivered", "2026-04-14 12:45:30", "9999-12-31 23:59:59"];

    proptest! {
        #[test]
        fn no_bytes_make_reading_a_push_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(&bytes).ok();
        }

        #[test]
        fn no_json_makes_reading_a_push_panic(value in anything(&NAMES, &WORDS)) {
            if let Ok(Push::Parcels { reports, .. }) = read(value.to_string().as_bytes()) {
                for report in reports {
                    prop_assert!(report.numbers != Numbers::default());
                }
            }
        }
    }
}
