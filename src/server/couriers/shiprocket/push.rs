//! Shiprocket's webhooks: two pairs of id and label that may be out of step, and the scans so far.

use serde_json::Value;

use crate::server::couriers::shiprocket::scans;
use crate::server::couriers::shiprocket::status::{self, ORDER, SHIPMENT};
use crate::server::couriers::{Code, CourierError, Heard, Numbers, Push, Report, scalar};

/// What a webhook about a parcel is called.
const STATUS_UPDATE: &str = "status_update";
/// What one about nothing is called: the panel's button sends it.
const TEST: &str = "test";

/// Reads a push.
///
/// # Errors
/// [`CourierError::Unreadable`] for what is not JSON, or is news of no parcel.
pub fn read(body: &[u8]) -> Result<Push, CourierError> {
    let unreadable = |sentence: &str| CourierError::Unreadable(sentence.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| unreadable("The webhook is not JSON."))?;
    if !body.is_object() {
        return Err(unreadable("The webhook is not a JSON object."));
    }
    // `order_id` is our reference here, and Shiprocket's own id everywhere else.
    let numbers = Numbers {
        awb: scalar::id(&body["awb"]).or_else(|| scalar::id(&body["awb_code"])),
        reference: scalar::id(&body["channel_order_id"]).or_else(|| scalar::id(&body["order_id"])),
        courier_order_id: scalar::id(&body["sr_order_id"]),
        ..Numbers::default()
    };
    let code = code(&body);
    match (numbers == Numbers::default(), code) {
        (true, None) => Ok(Push::Ignored { event_type: TEST.to_owned() }),
        (true, Some(_)) => Err(unreadable("The webhook names no parcel.")),
        (false, code) => {
            let expected_delivery_at = scans::time(&body["etd"]);
            let report = Report { numbers, heard: heard(&body, code), expected_delivery_at };
            Ok(Push::Parcels { event_type: STATUS_UPDATE.to_owned(), reports: vec![report] })
        }
    }
}

/// The code of the summary: the shipment's where the table knows it, else the order's, else what there is.
fn code(body: &Value) -> Option<Code> {
    let pair = |space: &str, id: &str, label: &str| {
        let label = scalar::text(&body[label]);
        status::code(space, scalar::id(&body[id]), label.as_deref())
    };
    let shipment = pair(SHIPMENT, "shipment_status_id", "shipment_status");
    let order = pair(ORDER, "current_status_id", "current_status");
    let is_known = |code: &Option<Code>| code.as_ref().is_some_and(status::is_known);
    if is_known(&shipment) || (shipment.is_some() && !is_known(&order)) { shipment } else { order }
}

/// The scans, and the summary where no scan has told it.
fn heard(body: &Value, code: Option<Code>) -> Result<Vec<Heard>, String> {
    let is_return = scalar::number(&body["is_return"]) == Some(1) || body["is_return"] == Value::Bool(true);
    let mut heard = scans::read(&body["scans"], is_return);
    let stamp = &body["current_timestamp"];
    let at = scans::time(stamp);
    if at.is_none() && scalar::text(stamp).is_some() {
        return Err("The webhook's current_timestamp is not a time.".to_owned());
    }
    let Some(code) = code else {
        return if heard.is_empty() { Err("The webhook has no status.".to_owned()) } else { Ok(heard) };
    };
    if !scans::have_told(&heard, &code, at) {
        let label = ["shipment_status", "current_status"].iter().find_map(|field| scalar::text(&body[*field]));
        let activity = scalar::line(&label.unwrap_or_default(), 500);
        heard.push(Heard { at, code: scans::coded(Some(code), is_return), activity, ..Heard::default() });
    }
    Ok(heard)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::shipping::{Leg, ShipmentStatus};
    use crate::domain::time::UnixMillis;
    use crate::server::couriers::shiprocket::Shiprocket;
    use crate::server::couriers::shiprocket::tests::{fixture, recorded};
    use crate::server::couriers::status::{Meaning, meaning};
    use crate::server::couriers::testing::anything;

    fn one(body: &[u8]) -> Report {
        let Ok(Push::Parcels { event_type, mut reports }) = read(body) else { panic!("no parcel in {body:?}") };
        assert_eq!((event_type.as_str(), reports.len()), (STATUS_UPDATE, 1));
        reports.remove(0)
    }

    fn said(body: &[u8]) -> Vec<Heard> {
        one(body).heard.expect("readable")
    }

    fn means(heard: &Heard) -> Meaning {
        meaning(&Shiprocket, &[], Leg::Forward, &heard.code)
    }

    fn is(status: ShipmentStatus) -> Meaning {
        Meaning::Is(status)
    }

    #[test]
    fn a_push_tells_scans_oldest_first_and_its_summary_once() {
        let report = one(&fixture("webhook_in_transit.json"));
        assert_eq!(report.numbers.awb.as_deref(), Some("78300041200888"));
        assert_eq!(report.numbers.reference.as_deref(), Some("WEB-20431"), "order_id is the merchant's own");
        assert_eq!(report.numbers.courier_order_id.as_deref(), Some("512640981"), "sr_order_id is Shiprocket's");
        assert_eq!(report.expected_delivery_at, Some(UnixMillis(1_776_277_740_000)));
        let heard = report.heard.expect("readable");
        assert_eq!(
            heard.iter().map(means).collect::<Vec<_>>(),
            [is(ShipmentStatus::PickedUp), is(ShipmentStatus::InTransit)]
        );
        assert_eq!(heard[0].at, Some(UnixMillis(1_776_004_380_000)), "20:03 in India is 14:33 UTC");
        assert!(heard[0].at < heard[1].at);
        assert_eq!(heard[1].location, "Pune_Baner_D (Maharashtra)");
    }

    #[test]
    fn a_push_with_an_awb_as_a_number_counts_one_failed_attempt() {
        let report = one(&fixture("webhook_undelivered_numeric_awb.json"));
        assert_eq!(report.numbers.awb.as_deref(), Some("78300041200888"));
        let heard = report.heard.expect("readable");
        assert_eq!((heard.len(), means(&heard[0])), (1, is(ShipmentStatus::Undelivered)));
        assert_eq!(heard[0].activity, "Consignee unavailable");
    }

    #[test]
    fn a_push_without_scans_is_its_summary() {
        let report = one(&fixture("webhook_rto_delivered.json"));
        assert_eq!(report.numbers.courier_order_id.as_deref(), Some("512600777"));
        let heard = report.heard.expect("readable");
        assert_eq!((heard.len(), means(&heard[0])), (1, is(ShipmentStatus::RtoDelivered)));
        assert_eq!(heard[0].at, Some(UnixMillis(1_776_832_353_000)));
        assert_eq!((heard[0].code.id_space.as_str(), heard[0].code.code.as_str()), (SHIPMENT, "10"));
    }

    #[test]
    fn a_push_about_a_return_never_ends_the_parcel_that_went_out() {
        let heard = said(&fixture("webhook_return_delivered.json"));
        assert_eq!(means(&heard[0]), Meaning::Unknown);
        assert_eq!(meaning(&Shiprocket, &[], Leg::Return, &heard[0].code), is(ShipmentStatus::Delivered));
    }

    #[test]
    fn of_two_pairs_that_disagree_the_shipments_counts() {
        let heard = said(&fixture("webhook_status_pair_out_of_sync.json"));
        assert!(heard.iter().all(|one| means(one) != is(ShipmentStatus::OutForDelivery)), "{heard:?}");
        assert_eq!(heard.last().map(means), Some(is(ShipmentStatus::InTransit)));
    }

    #[test]
    fn the_orders_pair_counts_where_the_shipments_is_missing_or_unknown() {
        for (shipment, expected) in [
            (json!({}), is(ShipmentStatus::OutForDelivery)),
            (json!({ "shipment_status_id": 197, "shipment_status": "HELD" }), is(ShipmentStatus::OutForDelivery)),
            (json!({ "shipment_status_id": "", "shipment_status": "Undelivered" }), is(ShipmentStatus::Undelivered)),
            (json!({ "shipment_status": 7 }), is(ShipmentStatus::Delivered)),
        ] {
            let mut push = json!({ "awb": "1", "current_status_id": 19, "current_timestamp": "14 04 2026 08:41:09" });
            push.as_object_mut().unwrap().extend(shipment.as_object().unwrap().clone());
            assert_eq!(means(&said(push.to_string().as_bytes())[0]), expected, "{push}");
        }
    }

    #[test]
    fn an_order_id_of_two_parts_leaves_the_other_numbers_to_match_by() {
        let numbers = one(&fixture("webhook_order_id_suffixed.json")).numbers;
        assert_eq!(numbers.reference.as_deref(), Some("880411_602200145"));
        assert_eq!(numbers.awb.as_deref(), Some("78300041200888"));
        assert_eq!(numbers.courier_order_id.as_deref(), Some("512640981"));
    }

    #[test]
    fn what_is_not_known_is_kept_and_means_nothing_yet() {
        let report = one(&fixture("webhook_unknown_status_id.json"));
        assert_eq!(report.expected_delivery_at, None, "a date of zeros is none");
        let heard = report.heard.expect("readable");
        assert_eq!((heard.len(), means(&heard[0])), (1, Meaning::Unknown));
        assert_eq!((heard[0].code.code.as_str(), heard[0].activity.as_str()), ("197", "Shipment Held At Customs Gate"));
    }

    #[test]
    fn a_test_of_the_panel_is_taken_and_ignored() {
        assert_eq!(read(&fixture("webhook_test_ping.json")), Ok(Push::Ignored { event_type: "test".to_owned() }));
        assert_eq!(read(b"{}"), Ok(Push::Ignored { event_type: "test".to_owned() }));
    }

    #[test]
    fn one_push_is_the_same_event_twice() {
        assert_eq!(said(&fixture("webhook_in_transit.json")), said(&fixture("webhook_in_transit.json")));
    }

    #[test]
    fn a_second_failed_attempt_is_told_although_the_last_scan_says_the_same() {
        let mut push = recorded("webhook_undelivered_numeric_awb.json");
        push["current_timestamp"] = json!("16 04 2026 18:00:00");
        assert_eq!(said(push.to_string().as_bytes()).len(), 2);
    }

    #[test]
    fn wrong_shapes_are_said_to_be_wrong() {
        for body in
            ["", "[]", "\"delivered\"", r#"{"current_status":"Delivered"}"#, r#"{"awb":0,"shipment_status_id":7}"#]
        {
            assert!(matches!(read(body.as_bytes()), Err(CourierError::Unreadable(_))), "{body}");
        }
        for body in [r#"{"awb":7}"#, r#"{"awb":7,"shipment_status_id":7,"current_timestamp":"soon"}"#] {
            assert!(one(body.as_bytes()).heard.is_err(), "{body}");
        }
    }

    const NAMES: [&str; 13] = [
        "awb",
        "order_id",
        "sr_order_id",
        "current_status",
        "current_status_id",
        "shipment_status",
        "shipment_status_id",
        "current_timestamp",
        "scans",
        "date",
        "sr-status",
        "is_return",
        "etd",
    ];
    const WORDS: [&str; 4] = ["Delivered", "NA", "14 04 2026 08:41:09", "9999-12-31 23:59:59"];

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
