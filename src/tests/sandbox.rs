//! The couriers' clients against the sandbox, over real HTTP on this machine: what works, and every
//! way it can fail.

use std::time::Duration;

use harkara::domain::couriers::{Numbers, Parcel, Push};
use harkara::domain::money::Minor;
use harkara::domain::shipping::ShipmentStatus::{self, Delivered, Pending};
use harkara::domain::time::{DAY_MS, HOUR_MS};
use harkara::server::couriers::packzy::Packzy;
use harkara::server::couriers::packzy::wire::BulkForm;
use harkara::server::couriers::status::Meaning;
use harkara::server::couriers::{Courier, CourierError};
use harkara::server::sandbox;
use harkara::server::sandbox::faults::{Fault, Faults, Rule};
use harkara::server::sandbox::state::{Answers, Journey, UnauthorizedForm};
use serde_json::{Value, json};

use crate::support::desk::{desk, desk_with_letterbox, parcel};

fn is(status: ShipmentStatus) -> Meaning {
    Meaning::Is(status)
}

#[tokio::test]
async fn a_parcel_is_booked_found_and_tracked() {
    let desk = desk(1).await;
    assert_eq!(desk.is_found("HK-1").await, Ok(false));
    let numbers = desk.book("HK-1").await.expect("booked");
    let (awb, code) = (numbers.awb.clone().expect("an AWB"), numbers.tracking_code.clone().expect("a code"));
    assert!(awb.len() == 9 && awb.bytes().all(|byte| byte.is_ascii_digit()), "{awb}");
    assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{code}");
    let known = &desk.sandbox.parcels()[0];
    assert_eq!((known.reference.as_str(), known.cod), ("HK-1", Minor(125_050)));
    let found = Packzy.find(&desk.http, &desk.account, "HK-1").await.expect("an answer").expect("a booking");
    assert_eq!(found.numbers.awb, None, "a look-up proves the parcel and does not number it");
    assert_eq!(found.heard.expect("a status").code.text, "in_review");
    let only = |awb: Option<&str>, reference: Option<&str>, tracking_code: Option<&str>| Numbers {
        awb: awb.map(str::to_owned),
        reference: reference.map(str::to_owned),
        tracking_code: tracking_code.map(str::to_owned),
        ..Numbers::default()
    };
    for numbers in
        [only(Some(awb.as_str()), None, None), only(None, Some("HK-1"), None), only(None, None, Some(code.as_str()))]
    {
        assert_eq!(desk.ask(numbers).await, Ok(is(Pending)));
    }
    let unknown = desk.ask(only(Some("999999999"), None, None)).await;
    assert!(matches!(unknown, Err(CourierError::Refused(_))), "{unknown:?}");
}

#[tokio::test]
async fn a_booking_whose_answer_was_lost_is_found_by_its_reference() {
    let desk = desk(2).await;
    desk.fault("create_order", Fault::TimeoutAfter);
    let lost = desk.book("HK-1").await;
    assert!(matches!(lost, Err(CourierError::Unavailable { .. })), "{lost:?}");
    assert_eq!(desk.is_found("HK-1").await, Ok(true));
    desk.fault("create_order", Fault::TimeoutBefore);
    let never = desk.book("HK-2").await;
    assert!(matches!(never, Err(CourierError::Unavailable { .. })), "{never:?}");
    assert_eq!(desk.is_found("HK-2").await, Ok(false), "not found is proof that there is none");
    assert_eq!(desk.sandbox.parcels().len(), 1);
}

#[tokio::test]
async fn a_used_reference_is_unknown_and_found() {
    let desk = desk(3).await;
    desk.book("HK-1").await.expect("booked");
    for refusal_status in [200, 400, 422] {
        desk.sandbox.set_answers(Answers { refusal_status, ..Answers::default() });
        let again = desk.book("HK-1").await;
        assert!(matches!(again, Err(CourierError::Unavailable { .. })), "{refusal_status}: {again:?}");
    }
    assert_eq!(desk.is_found("HK-1").await, Ok(true));
    assert_eq!(desk.sandbox.parcels().len(), 1);
}

#[tokio::test]
async fn what_packzy_will_not_carry_is_refused_under_every_status() {
    let desk = desk(4).await;
    let nowhere = Parcel { name: " ".to_owned(), ..parcel("HK-1") };
    for refusal_status in [200, 400, 422] {
        desk.sandbox.set_answers(Answers { refusal_status, ..Answers::default() });
        let refused = Packzy.book(&desk.http, &desk.account, &nowhere).await;
        let Err(CourierError::Refused(sentence)) = refused else { panic!("{refusal_status}: {refused:?}") };
        assert!(sentence.contains("recipient name field is required"), "{sentence}");
    }
}

#[tokio::test]
async fn a_200_that_says_no_is_refused_and_nothing_is_booked() {
    let desk = desk(5).await;
    desk.fault("create_order", Fault::OkButFailed);
    let refused = desk.book("HK-1").await;
    assert!(
        matches!(&refused, Err(CourierError::Refused(sentence)) if sentence.contains("delivery area")),
        "{refused:?}"
    );
    assert!(desk.sandbox.parcels().is_empty());
}

#[tokio::test]
async fn later_is_later_and_keeps_the_wait_it_asks_for() {
    let desk = desk(6).await;
    desk.fault("*", Fault::TooMany);
    let wait = desk.book("HK-1").await;
    assert!(matches!(wait, Err(CourierError::Unavailable { retry_after_ms: Some(7_000), .. })), "{wait:?}");
    desk.sandbox.set_faults(vec![Rule::new("*", Fault::ServerError).times(4)]);
    let down = desk.is_found("HK-1").await;
    assert!(matches!(down, Err(CourierError::Unavailable { retry_after_ms: None, .. })), "no proof: {down:?}");
    assert_eq!(desk.is_found("HK-1").await, Ok(false));
}

#[tokio::test]
async fn wrong_keys_are_refused_in_every_form() {
    let mut desk = desk(7).await;
    desk.fault("create_order", Fault::Unauthorized);
    assert!(matches!(desk.book("HK-1").await, Err(CourierError::Refused(_))));
    for wrong in ["api_key", "secret_key"] {
        let right = desk.account.credentials.insert(wrong.to_owned(), "wrong".to_owned()).expect("a key");
        for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text, UnauthorizedForm::Html] {
            desk.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
            let refused = desk.is_found("HK-1").await;
            let Err(CourierError::Refused(sentence)) = refused else { panic!("{unauthorized:?}: {refused:?}") };
            assert!(sentence.contains("keys"), "{sentence}");
        }
        desk.account.credentials.insert(wrong.to_owned(), right);
    }
    assert_eq!(desk.is_found("HK-1").await, Ok(false));
}

#[tokio::test]
async fn many_parcels_are_booked_in_both_forms() {
    let desk = desk(8).await;
    desk.sandbox.set_answers(Answers { bulk_wrapped: true, ..Answers::default() });
    for (form, references) in [(BulkForm::Text, ["A", "B"]), (BulkForm::List, ["B", "C"])] {
        let parcels = references.map(parcel);
        let rows = Packzy.book_many(&desk.http, &desk.account, &parcels, form).await.expect("rows");
        assert_eq!(rows.iter().map(|row| row.invoice.as_deref()).collect::<Vec<_>>(), references.map(Some));
        assert!(rows.iter().any(|row| row.booked.is_ok()));
        let again = rows.iter().find(|row| row.booked.is_err());
        assert_eq!(again.and_then(|row| row.invoice.as_deref()), (form == BulkForm::List).then_some("B"));
    }
    assert_eq!(desk.sandbox.parcels().len(), 3);
}

#[tokio::test]
async fn a_parcel_is_asked_back() {
    let desk = desk(9).await;
    desk.sandbox.set_journeys([Journey::Delivered]);
    let numbers = desk.book("HK-1").await.expect("booked");
    Packzy.recall(&desk.http, &desk.account, &numbers, "Customer refused").await.expect("asked back");
    let requests = Packzy.return_requests(&desk.http, &desk.account).await.expect("a list");
    assert_eq!((requests.len(), requests[0].status.as_str()), (1, "pending"));
    assert_eq!(
        (requests[0].consignment_id.clone(), requests[0].reason.as_str()),
        (numbers.awb.clone(), "Customer refused")
    );
    desk.sandbox.advance(7 * HOUR_MS).await;
    let request = Packzy.return_request(&desk.http, &desk.account, &requests[0].id).await.expect("a request");
    assert_eq!(request.status, "approved");
    desk.sandbox.advance(10 * DAY_MS).await;
    assert_eq!(desk.sandbox.parcels()[0].status, "cancelled");
    let late = Packzy.recall(&desk.http, &desk.account, &numbers, "").await;
    assert!(matches!(late, Err(CourierError::Refused(_))), "{late:?}");
}

#[tokio::test]
async fn delivered_parcels_are_paid_for() {
    let desk = desk(10).await;
    assert_eq!(Packzy.balance(&desk.http, &desk.account).await, Ok(Minor(0)));
    let awb = desk.book("HK-1").await.expect("booked").awb.expect("an AWB");
    desk.sandbox.event(&awb, Some("delivered".to_owned()), String::new()).await.expect("a parcel");
    let charge = desk.sandbox.parcels()[0].charge;
    let owed = Packzy.balance(&desk.http, &desk.account).await;
    assert_eq!(owed, Ok(Minor(125_050 - charge.0)));
    assert_eq!(Packzy.payouts(&desk.http, &desk.account).await, Ok(Vec::new()));
    desk.sandbox.advance(2 * DAY_MS).await;
    assert_eq!(Packzy.balance(&desk.http, &desk.account).await, Ok(Minor(0)));
    let payouts = Packzy.payouts(&desk.http, &desk.account).await.expect("a list");
    assert_eq!((payouts.len(), payouts[0].amount), (1, Some(Minor(125_050 - charge.0))));
    let payout = Packzy.payout(&desk.http, &desk.account, &payouts[0].id).await.expect("a payout");
    let [parcel] = payout.parcels.as_slice() else { panic!("{payout:?}") };
    assert_eq!((parcel.consignment_id.as_str(), parcel.invoice.as_deref()), (awb.as_str(), Some("HK-1")));
    assert_eq!((parcel.cod, parcel.charge, parcel.status.as_str()), (Some(Minor(125_050)), Some(charge), "delivered"));
    let unknown = Packzy.payout(&desk.http, &desk.account, "99").await;
    assert!(matches!(unknown, Err(CourierError::Refused(_))), "{unknown:?}");
}

#[tokio::test]
async fn police_stations_are_a_list() {
    let desk = desk(11).await;
    let stations = Packzy.police_stations(&desk.http, &desk.account).await.expect("a list");
    assert!(stations.len() > 3 && stations.iter().all(|station| !station.name.is_empty()), "{stations:?}");
}

#[tokio::test]
async fn numbers_as_texts_change_nothing() {
    let desk = desk(12).await;
    desk.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    let numbers = desk.book("HK-1").await.expect("booked");
    assert_eq!(numbers.awb.as_deref(), Some(desk.sandbox.parcels()[0].awb.as_str()));
    assert_eq!(desk.is_found("HK-1").await, Ok(true));
    desk.ask(numbers.clone()).await.expect("news");
    let rows = Packzy.book_many(&desk.http, &desk.account, &[parcel("HK-2")], BulkForm::Text).await.expect("rows");
    assert!(rows[0].booked.is_ok());
    assert_eq!(Packzy.balance(&desk.http, &desk.account).await, Ok(Minor(0)));
    Packzy.recall(&desk.http, &desk.account, &numbers, "").await.expect("asked back");
}

#[tokio::test]
async fn webhooks_tell_a_parcels_way_in_order() {
    let (desk, letterbox) = desk_with_letterbox(20).await;
    desk.sandbox.set_journeys([Journey::Delivered]);
    let start = desk.sandbox.now();
    let awb = desk.book("HK-1").await.expect("booked").awb.expect("an AWB");
    desk.sandbox.advance(10 * DAY_MS).await;
    assert_eq!(letterbox.statuses(), ["pending", "delivered_approval_pending", "delivered"]);
    let read = letterbox.read();
    assert!(read.len() > 3, "messages between the statuses");
    assert!(read.iter().all(|(of, _, at)| *of == awb && *at > start && *at <= desk.sandbox.now()));
    assert!(read.windows(2).all(|pair| pair[0].2 < pair[1].2), "in the order of time");
    assert!(letterbox.0.lock().unwrap().iter().any(|(_, body)| body.contains("\"Delivered\"")));
    assert!(desk.sandbox.pushes().iter().all(|push| push.answered == Some(200)));
}

#[tokio::test]
async fn webhooks_are_doubled_swapped_lost_and_misspelt_on_command() {
    let (desk, letterbox) = desk_with_letterbox(21).await;
    let awb = desk.book("HK-1").await.expect("booked").awb.expect("an AWB");
    let tell = async |status: &str| {
        desk.sandbox.event(&awb, Some(status.to_owned()), String::new()).await.expect("a parcel");
    };
    desk.fault("webhook", Fault::Duplicate);
    tell("hold").await;
    assert_eq!(letterbox.statuses(), ["hold", "hold"]);
    desk.fault("webhook", Fault::Reorder);
    tell("pending").await;
    tell("hold").await;
    assert_eq!(letterbox.statuses()[2..], ["hold", "pending"]);
    desk.fault("webhook", Fault::Reorder);
    tell("pending").await;
    desk.sandbox.advance(0).await;
    assert_eq!(letterbox.statuses()[4..], ["pending"], "held back until the next batch at the latest");
    desk.fault("webhook", Fault::Drop);
    tell("hold").await;
    desk.fault("webhook", Fault::UnknownStatus);
    tell("pending").await;
    assert_eq!(letterbox.statuses()[5..], ["rescheduled_by_hub"]);
    desk.fault("status_by_cid", Fault::UnknownStatus);
    let numbers = Numbers { awb: Some(awb), ..Numbers::default() };
    assert_eq!(desk.ask(numbers.clone()).await, Ok(Meaning::Unknown));
    assert!(matches!(desk.ask(numbers).await, Ok(Meaning::Is(_))));
}

#[tokio::test]
async fn a_lost_webhook_is_made_good_by_asking() {
    let (desk, letterbox) = desk_with_letterbox(22).await;
    desk.sandbox.set_journeys([Journey::Held]);
    let numbers = desk.book("HK-1").await.expect("booked");
    desk.sandbox.set_faults(vec![Rule::new("webhook", Fault::Drop)]);
    desk.sandbox.advance(20 * DAY_MS).await;
    assert!(letterbox.read().is_empty());
    assert_eq!(desk.ask(numbers).await, Ok(is(Delivered)));
}

#[tokio::test]
async fn equal_seeds_give_equal_parcels_on_equal_ways() {
    let story = async |seed: u64| {
        let desk = desk(seed).await;
        for number in 0..20 {
            desk.book(&format!("HK-{number}")).await.expect("booked");
            desk.sandbox.advance(HOUR_MS).await;
        }
        desk.sandbox.advance(30 * DAY_MS).await;
        (desk.sandbox.parcels(), desk.sandbox.pushes())
    };
    let (parcels, pushes) = story(30).await;
    assert_eq!((parcels.clone(), pushes), story(30).await);
    let (others, _) = story(31).await;
    assert!(parcels.iter().zip(&others).all(|(one, other)| one.awb != other.awb));
    let mut ends: Vec<&str> = parcels.iter().map(|parcel| parcel.status.as_str()).collect();
    ends.sort_unstable();
    ends.dedup();
    assert!(ends.len() > 1 && !ends.contains(&"in_review"), "{ends:?}");
}

#[tokio::test]
async fn a_sandbox_is_steered_over_http() {
    let (desk, letterbox) = desk_with_letterbox(40).await;
    let awb = desk.book("HK-1").await.expect("booked").awb.expect("an AWB");
    let (status, shown) = desk.control("GET", "/control/parcels", &Value::Null).await;
    assert_eq!((status, &shown["parcels"][0]["awb"]), (200, &json!(awb)));
    let told = json!({ "status": "delivered", "message": "At the door" });
    assert_eq!(desk.control("POST", &format!("/control/parcels/{awb}/event"), &told).await.0, 200);
    assert_eq!(letterbox.statuses(), ["delivered"]);
    assert_eq!(desk.control("POST", "/control/parcels/1/event", &told).await.0, 404);
    let before = desk.sandbox.now();
    assert_eq!(desk.control("POST", "/control/clock", &json!({ "advance_seconds": 60 })).await.0, 200);
    assert_eq!(desk.sandbox.now(), before.plus(60_000));
    assert_eq!(desk.control("POST", "/control/clock", &json!({ "speed": 0 })).await.1["speed"], 0);
    assert_eq!(desk.control("POST", "/control/clock", &json!({ "hold_milliseconds": 0 })).await.0, 200);
    let faults = json!([{ "courier": "packzy", "operation": "create_order", "fault": "5xx", "times": 1 }]);
    assert_eq!(desk.control("POST", "/control/faults", &faults).await.0, 200);
    assert!(desk.book("HK-2").await.is_err());
    for wrong in [json!([{ "courier": "nobody", "fault": "drop" }]), json!([{ "fault": "nothing" }])] {
        assert_eq!(desk.control("POST", "/control/faults", &wrong).await.0, 422, "{wrong}");
    }
    let outside = json!({ "courier": "packzy", "url": "http://shop.test/hooks", "secret": "s" });
    assert_eq!(desk.control("POST", "/control/webhooks", &outside).await.0, 422, "webhooks stay on this machine");
    assert_eq!(desk.control("POST", "/control/answers", &json!({ "refusal_status": 500 })).await.0, 422);
    assert_eq!(desk.control("POST", "/control/answers", &json!({ "unauthorized": "html" })).await.0, 200);
    assert_eq!(desk.control("POST", "/control/journeys", &json!(["held"])).await.0, 200);
    assert_eq!(desk.control("GET", "/control/webhooks", &Value::Null).await.1[0]["answered"], 200);
    assert_eq!(desk.control("POST", "/control/reset", &json!({})).await.0, 200);
    assert!(desk.sandbox.parcels().is_empty());
    desk.book("HK-1").await.expect("booked as if for the first time");
}

#[tokio::test(start_paused = true)]
async fn a_served_sandbox_keeps_its_own_time() {
    let desk = desk(41).await;
    let start = desk.sandbox.now();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(desk.sandbox.now(), start, "its clock stands still until it is given a speed");
    desk.sandbox.set_speed(3_600);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let passed = desk.sandbox.now().0 - start.0;
    assert!((9 * HOUR_MS..=11 * HOUR_MS).contains(&passed), "{passed} ms in ten seconds");
}

#[tokio::test]
async fn a_ping_is_about_no_parcel() {
    let (desk, letterbox) = desk_with_letterbox(42).await;
    assert_eq!(desk.control("POST", "/control/ping", &json!({ "courier": "packzy" })).await.0, 200);
    let letters = letterbox.0.lock().expect("letters").clone();
    assert_eq!(Packzy.read_push(letters[0].1.as_bytes()), Ok(Push::Ignored { event_type: "test".to_owned() }));
}

#[tokio::test]
async fn the_sandbox_stays_on_this_machine() {
    let refused = sandbox::run("0.0.0.0:0".parse().expect("an address"), None, 0, &Faults::default()).await;
    assert!(refused.is_err_and(|sentence| sentence.contains("loopback")));
}
