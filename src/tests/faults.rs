//! Faults that last longer than a call: webhooks that come late, tokens that end, bookings by half; and the
//! list they are written in.

use std::process::Command;

use harkara::domain::couriers::Provider;
use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use harkara::server::sandbox::faults::{self, Fault, Rule};
use harkara::server::sandbox::sides;
use harkara::server::sandbox::state::Journey;
use serde_json::{Value, json};

use crate::support::delhivery;
use crate::support::desk::{Desk, desk, desk_with_letterbox};
use crate::support::stand::stand;
use crate::support::wire::Wire;

/// Sends JSON to a courier of the sandbox.
async fn send(desk: &Desk, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let mut wire = Wire::connect(&desk.host).await.expect("a connection");
    let reply = wire.send(method, path, &headers, body.to_string().as_bytes()).await.expect("an answer");
    (reply.status, serde_json::from_slice(&reply.body).unwrap_or_default())
}

#[tokio::test]
async fn a_delayed_webhook_comes_after_what_happened_meanwhile() {
    let (desk, letterbox) = desk_with_letterbox(60).await;
    let awb = desk.book("HK-1").await.expect("booked").awb.expect("an AWB");
    let tell = async |status: &str| {
        desk.sandbox.event(&awb, Some(status.to_owned()), String::new()).await.expect("a parcel");
    };
    desk.fault("webhook", Fault::Delay);
    tell("hold").await;
    desk.sandbox.advance(9 * MINUTE_MS).await;
    assert!(letterbox.statuses().is_empty(), "ten minutes at the least");
    tell("cancelled").await;
    assert_eq!(letterbox.statuses(), ["cancelled"]);
    desk.sandbox.advance(2 * HOUR_MS).await;
    assert_eq!(letterbox.statuses(), ["cancelled", "hold"]);
    let read = letterbox.read();
    assert!(read[1].2 < read[0].2, "it still tells when it happened");
}

#[tokio::test]
async fn a_delay_is_measured_from_the_event_however_far_the_clock_jumps() {
    let (desk, letterbox) = desk_with_letterbox(61).await;
    desk.sandbox.set_journeys([Journey::Delivered]);
    desk.book("HK-1").await.expect("booked");
    desk.fault("webhook", Fault::Delay);
    desk.sandbox.advance(10 * DAY_MS).await;
    let read = letterbox.read();
    assert_eq!(letterbox.statuses(), ["pending", "delivered_approval_pending", "delivered"], "hours lie between");
    assert!(read.windows(2).all(|pair| pair[0].2 < pair[1].2));
}

#[tokio::test]
async fn a_token_that_was_refused_once_is_refused_for_good_and_a_login_helps() {
    let desk = desk(62).await;
    for (courier, login, look_up) in [
        (Provider::Pathao, "/issue-token", "/orders/DD1/info"),
        (Provider::Shiprocket, "/auth/login", "/courier/track/awb/1"),
    ] {
        let base = desk.sandbox.base_path(courier).expect("a path");
        let mut keys: Value =
            desk.sandbox.keys(courier).iter().map(|(name, key)| ((*name).to_owned(), json!(key))).collect();
        keys["grant_type"] = json!("password");
        let log_in = async || {
            let (status, body) = send(&desk, "POST", &format!("{base}{login}"), "", &keys).await;
            let token = if body["token"].is_string() { &body["token"] } else { &body["access_token"] };
            assert_eq!(status, 200);
            token.as_str().expect("a token").to_owned()
        };
        let ask = async |token: &str| send(&desk, "GET", &format!("{base}{look_up}"), token, &Value::Null).await.0;
        let (first, other) = (log_in().await, log_in().await);
        assert_eq!(ask(&first).await, 404, "taken; there is no such parcel");
        desk.sandbox.set_faults(faults::parse("401x1").expect("a list"));
        assert_eq!(ask(&first).await, 401);
        assert_eq!((ask(&first).await, ask(&other).await), (401, 404), "the other is good still");
        assert_eq!(ask(&log_in().await).await, 404);
    }
}

#[tokio::test]
async fn delhivery_books_by_half_and_a_look_up_tells_whether() {
    let desk = delhivery::desk(63).await;
    desk.sandbox.set_faults(faults::parse("delhivery/create=half-created:1").expect("a list"));
    let mut found = Vec::new();
    for number in 0..20 {
        let reference = format!("HK-{number}");
        let half = desk.book(&reference).await;
        assert!(half.as_ref().is_err_and(|error| error.to_string().contains("has to be looked up")), "{half:?}");
        found.push(desk.found(&reference).await.expect("an answer").is_some());
    }
    assert!(found.contains(&true) && found.contains(&false), "{found:?}");
    assert_eq!(desk.sandbox.parcels().len(), found.iter().filter(|found| **found).count());
}

#[tokio::test]
async fn shiprocket_books_by_half_in_one_call_and_the_rest_can_be_asked_for() {
    let desk = desk(64).await;
    let base = desk.sandbox.base_path(Provider::Shiprocket).expect("a path");
    let login: Value =
        desk.sandbox.keys(Provider::Shiprocket).iter().map(|(name, key)| ((*name).to_owned(), json!(key))).collect();
    let post = async |token: &str, path: &str, body: &Value| {
        let (status, body) = send(&desk, "POST", &format!("{base}{path}"), token, body).await;
        assert_eq!(status, 200, "{body}");
        body
    };
    let token = post("", "/auth/login", &login).await["token"].as_str().expect("a token").to_owned();
    let fixture = include_str!("../server/couriers/fixtures/shiprocket/forward_shipment_request.json");
    let mut order: Value = serde_json::from_str(fixture).expect("JSON");
    order["pickup_location"] = json!("Primary");
    desk.sandbox.set_faults(faults::parse("half-created:1").expect("a list"));
    let half = post(&token, "/shipments/create/forward-shipment", &order).await;
    let payload = &half["payload"];
    assert_eq!(
        (&half["status"], &payload["order_created"], &payload["awb_generated"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert!(payload["awb_assign_error"].is_string() && payload["label_url"].is_null(), "{half}");
    assert!(desk.sandbox.parcels().is_empty());
    desk.sandbox.set_faults(Vec::new());
    let rest = post(&token, "/courier/assign/awb", &json!({ "shipment_id": payload["shipment_id"] })).await;
    assert_eq!(rest["response"]["data"]["order_id"], payload["order_id"]);
    assert_eq!(desk.sandbox.parcels().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_is_an_answer() {
    let desk = desk(65).await;
    desk.fault("create_order", Fault::Slow);
    desk.book("HK-1").await.expect("booked");
    assert_eq!(desk.sandbox.parcels().len(), 1);
}

#[tokio::test]
async fn faults_are_told_over_http_as_a_list_too_and_what_never_happens_is_said() {
    let desk = desk(66).await;
    let list = json!("packzy/create_order=5xxx1,packzy=half-created,create_order=drop");
    let (status, told) = desk.control("POST", "/control/faults", &list).await;
    assert_eq!((status, told[0]["fault"].as_str(), &told[0]["never"]), (200, Some("5xx"), &Value::Null));
    let never = |at: usize| told[at]["never"].as_str().expect("a sentence").to_owned();
    assert!(never(1).starts_with("Not applicable") && never(2).contains("webhooks only"), "{told}");
    assert!(desk.book("HK-1").await.is_err());
    desk.book("HK-1").await.expect("booked: half of it is not a thing Packzy does");
    for wrong in [json!("dropp"), json!("drop:7"), json!([{ "fault": "drop", "probability": -1.0 }])] {
        let (status, said) = desk.control("POST", "/control/faults", &wrong).await;
        assert!(status == 422 && said["error"].is_string(), "{wrong}: {said}");
    }
    assert_eq!(desk.control("POST", "/control/faults", &json!([])).await, (200, json!([])));
}

#[tokio::test]
async fn equal_seeds_give_equal_faults() {
    let story = async |seed: u64| {
        let (desk, _letterbox) = desk_with_letterbox(seed).await;
        let list =
            "timeout-before:0.1,timeout-after:0.1,429:0.1,webhook=delay:0.2,webhook=reorder:0.2,webhook=drop:0.2";
        desk.sandbox.set_faults(faults::parse(list).expect("a list"));
        let mut outcomes = Vec::new();
        for number in 0..15 {
            outcomes.push(desk.book(&format!("HK-{number}")).await.is_ok());
            desk.sandbox.advance(HOUR_MS).await;
        }
        desk.sandbox.advance(30 * DAY_MS).await;
        (outcomes, desk.sandbox.parcels(), desk.sandbox.pushes())
    };
    let first = story(67).await;
    assert!(first.0.contains(&true) && first.0.contains(&false));
    assert!(first.2.iter().any(|push| push.fault == Some(Fault::Delay)), "late, and sent in the end");
    assert_eq!(first, story(67).await);
}

#[tokio::test]
async fn a_mistaken_delivery_is_taken_back() {
    for provider in [Provider::Packzy, Provider::Pathao, Provider::Redx, Provider::Generic] {
        let stand = stand(provider, 68, |form| form.pickup_location = "Demo Store".to_owned()).await;
        stand.sandbox.set_journeys([Journey::MisScanned]);
        stand.booked("HK-1").await;
        stand.sandbox.advance(30 * DAY_MS).await;
        let parcel = stand.sandbox.parcels().remove(0);
        let is_final = sides::of(provider).expect("a side").is_final;
        let statuses: Vec<&str> = parcel.events.iter().filter_map(|event| event.status.as_deref()).collect();
        assert_eq!(statuses.iter().filter(|status| is_final(status)).count(), 2, "{statuses:?}");
        stand.close().await;
    }
}

#[test]
fn a_wrong_list_on_the_command_line_is_a_sentence_and_exit_code_2() {
    let run = |list: &str| {
        let arguments = ["sandbox", "--addr", "0.0.0.0:0", "--faults", list];
        Command::new(env!("CARGO_BIN_EXE_harkara")).args(arguments).output().expect("the program runs")
    };
    let wrong = run("timeout-befor");
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("“timeout-befor” is no fault. There are timeout-before,"), "{said}");
    let right = run("timeout-before:0.1,packzy/webhook=dropx2");
    assert_eq!(right.status.code(), Some(1), "the address is what is wrong with it");
}

#[test]
fn rules_of_a_list_are_those_one_can_write() {
    let rules = faults::parse("create_order=5xxx2").expect("a list");
    assert_eq!(rules, [Rule::new("create_order", Fault::ServerError).times(2)]);
}
