//! Pathao's webhooks: events of orders, of stores, and the one that tries the address.

use serde_json::Value;

use crate::domain::customers::Country;
use crate::domain::time::UnixMillis;
use crate::server::couriers::pathao::status;
use crate::server::couriers::{CourierError, Heard, Numbers, Push, Report, scalar};

/// Longest reason kept for the timeline.
const REASON_CHARACTERS_MAX: usize = 500;

/// Reads a push.
///
/// # Errors
/// [`CourierError::Unreadable`] for what is not JSON, and for news of no parcel.
pub fn read(body: &[u8]) -> Result<Push, CourierError> {
    let unreadable = |sentence: &str| CourierError::Unreadable(sentence.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("The webhook is not JSON."))?;
    let Some(event_type) = scalar::text(&body["event"]) else {
        return Err(unreadable("The webhook does not say what it is about."));
    };
    let numbers = Numbers {
        awb: scalar::id(&body["consignment_id"]),
        reference: scalar::id(&body["merchant_order_id"]),
        ..Numbers::default()
    };
    let is_of_order = event_type.to_lowercase().starts_with("order.");
    if numbers == Numbers::default() || event_type.to_lowercase().starts_with("store.") {
        return if is_of_order {
            Err(unreadable("The webhook names no parcel."))
        } else {
            // `webhook_integration` tries the address; stores are no parcels.
            Ok(Push::Ignored { event_type })
        };
    }
    let heard = heard(&body, &event_type).map(|heard| vec![heard]);
    Ok(Push::Parcels { event_type, reports: vec![Report { numbers, heard, expected_delivery_at: None }] })
}

fn heard(body: &Value, event: &str) -> Result<Heard, String> {
    let reason = scalar::text(&body["reason"]).unwrap_or_default();
    let words = if reason.is_empty() { status::fold(event).replace('-', " ") } else { reason };
    Ok(Heard {
        at: instant(body)?,
        code: status::code(event),
        activity: scalar::line(&words, REASON_CHARACTERS_MAX),
        ..Heard::default()
    })
}

/// When it happened: `updated_at` is local and the one that a look-up repeats, so that the same news by
/// both ways is one event; `timestamp` is when the webhook was made, in UTC.
pub fn instant(body: &Value) -> Result<Option<UnixMillis>, String> {
    for field in ["updated_at", "timestamp"] {
        if let Some(text) = scalar::text(&body[field]) {
            let at = scalar::instant(&text, Country::BD);
            return at.map(Some).ok_or_else(|| format!("Pathao's {field} is not a time."));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::shipping::{Leg, ShipmentStatus};
    use crate::server::couriers::pathao::Pathao;
    use crate::server::couriers::pathao::tests::fixture;
    use crate::server::couriers::pathao::wire::read_info;
    use crate::server::couriers::status::{Meaning, meaning};
    use crate::server::couriers::testing::{answer, anything};

    fn one(body: &[u8]) -> Report {
        let Ok(Push::Parcels { mut reports, .. }) = read(body) else { panic!("no parcel in {body:?}") };
        assert_eq!(reports.len(), 1);
        reports.remove(0)
    }

    fn said(report: &Report) -> &Heard {
        report.heard.as_ref().expect("readable").first().expect("something")
    }

    fn means(report: &Report) -> Meaning {
        meaning(&Pathao, &[], Leg::Forward, &said(report).code)
    }

    #[test]
    fn a_delivery_is_read_with_its_local_time() {
        let report = one(&fixture("webhook_delivered.json"));
        assert_eq!(report.numbers.awb.as_deref(), Some("DD110426ABC123"));
        assert_eq!(report.numbers.reference.as_deref(), Some("INV-20431"));
        assert_eq!(said(&report).at, scalar::instant("2026-04-14T09:20:00Z", Country::BD), "15:20 in Dhaka");
        assert_eq!(means(&report), Meaning::Is(ShipmentStatus::Delivered));
    }

    #[test]
    fn a_look_up_and_a_webhook_of_the_same_news_are_one_event() {
        let pushed = one(&fixture("webhook_delivered.json"));
        let asked = read_info(&answer(200, fixture("order_info_response.json"))).expect("an order");
        let asked = asked.heard.expect("readable");
        assert_eq!((asked[0].at, &asked[0].code), (said(&pushed).at, &said(&pushed).code));
    }

    #[test]
    fn a_partial_delivery_has_its_reason() {
        let report = one(&fixture("webhook_partial_delivery.json"));
        assert_eq!((means(&report), said(&report).activity.as_str()), (Meaning::PartlyDelivered, "One item refused"));
    }

    #[test]
    fn an_empty_reference_is_none_and_the_parcel_is_known_by_its_number() {
        let report = one(&fixture("webhook_returned_to_merchant.json"));
        assert_eq!(report.numbers, Numbers { awb: Some("DD110426ABC125".to_owned()), ..Numbers::default() });
        assert_eq!(means(&report), Meaning::Is(ShipmentStatus::RtoDelivered));
    }

    #[test]
    fn the_probe_and_news_of_stores_are_no_parcels() {
        let probe = read(&fixture("webhook_integration_probe.json"));
        assert_eq!(probe, Ok(Push::Ignored { event_type: "webhook_integration".to_owned() }));
        let store = json!({ "event": "store.updated", "store_id": 7, "timestamp": "2026-04-14T09:20:03+00:00" });
        assert_eq!(read(store.to_string().as_bytes()), Ok(Push::Ignored { event_type: "store.updated".to_owned() }));
    }

    #[test]
    fn what_is_not_known_is_kept_and_means_nothing_yet() {
        let push = json!({ "event": "order.rescheduled", "consignment_id": "DD1", "updated_at": null });
        let report = one(push.to_string().as_bytes());
        assert_eq!((means(&report), said(&report).at), (Meaning::Unknown, None));
    }

    #[test]
    fn wrong_shapes_are_said_to_be_wrong() {
        for body in ["", "[]", "{}", r#"{"event":"order.delivered"}"#, r#"{"event":7.5e400}"#] {
            assert!(matches!(read(body.as_bytes()), Err(CourierError::Unreadable(_))), "{body}");
        }
        let late = r#"{"event":"order.delivered","consignment_id":"DD1","updated_at":"14/4/26"}"#;
        assert!(one(late.as_bytes()).heard.is_err());
    }

    const NAMES: [&str; 6] = ["event", "consignment_id", "merchant_order_id", "updated_at", "timestamp", "reason"];
    const WORDS: [&str; 5] =
        ["order.delivered", "store.created", "webhook_integration", "2026-04-14 12:45:30", "9999-12-31 23:59:59"];

    proptest! {
        #[test]
        fn no_json_makes_reading_a_push_panic(value in anything(&NAMES, &WORDS)) {
            if let Ok(Push::Parcels { reports, .. }) = read(value.to_string().as_bytes()) {
                prop_assert!(reports.iter().all(|report| report.numbers != Numbers::default()));
            }
        }
    }
}
