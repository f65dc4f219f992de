//! Where parcels are: by asking, and by webhooks in both of their forms.

use std::sync::Mutex;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use harkara::domain::couriers::{Meaning, Push, Report};
use harkara::domain::shipping::{Leg, ShipmentStatus};
use harkara::domain::time::DAY_MS;
use harkara::server::couriers::shiprocket::ndr::{Instruction, Wish};
use harkara::server::couriers::status::meaning;
use harkara::server::listen;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey};
use tokio::net::TcpListener;

use super::*;

fn states(report: &Report) -> Vec<ShipmentStatus> {
    let heard = report.heard.as_ref().expect("readable");
    let mut told: Vec<_> = heard.iter().collect();
    told.sort_by_key(|one| one.at);
    let state = |code| match meaning(&Shiprocket, &[], Leg::Forward, code) {
        Meaning::Is(status) => Some(status),
        Meaning::PartlyDelivered => Some(ShipmentStatus::Delivered),
        Meaning::Nothing | Meaning::Unknown => None,
    };
    told.iter().filter_map(|one| state(&one.code)).collect()
}

impl Rocket {
    async fn track(&self, numbers: &[Numbers]) -> Vec<Result<Report, CourierError>> {
        Shiprocket.track(&self.http, &self.account, numbers).await.expect("entries")
    }

    async fn last_state(&self, numbers: &Numbers) -> Option<ShipmentStatus> {
        let reports = self.track(std::slice::from_ref(numbers)).await;
        states(reports[0].as_ref().expect("a report")).last().copied()
    }
}

#[tokio::test]
async fn a_new_parcel_is_no_news_and_one_under_way_tells_its_scans() {
    let rocket = rocket(60).await;
    rocket.desk.sandbox.set_journeys([Journey::Delivered]);
    let numbers = rocket.numbers("HK-1").await;
    let reports = rocket.track(std::slice::from_ref(&numbers)).await;
    assert_eq!(reports[0].as_ref().map(|report| report.heard.clone()), Ok(Ok(Vec::new())));
    rocket.desk.sandbox.advance(10 * DAY_MS).await;
    let reports = rocket.track(std::slice::from_ref(&numbers)).await;
    let report = reports[0].as_ref().expect("a report");
    use ShipmentStatus::*;
    assert_eq!(states(report), [ReadyToShip, ReadyToShip, PickedUp, InTransit, InTransit, OutForDelivery, Delivered]);
    assert!(report.heard.as_ref().expect("readable").iter().all(|one| one.at.is_some()));
    assert_eq!(report.numbers.courier_order_id, numbers.courier_order_id);
    assert!(report.expected_delivery_at.is_some());
}

#[tokio::test]
async fn every_way_ends_as_the_shop_understands_it() {
    for (seed, journey, expected) in [
        (61, Journey::FailedAttempts, ShipmentStatus::Delivered),
        (62, Journey::Returned, ShipmentStatus::RtoDelivered),
        (63, Journey::PartlyDelivered, ShipmentStatus::Delivered),
        (64, Journey::Lost, ShipmentStatus::Lost),
        (65, Journey::Cancelled, ShipmentStatus::Cancelled),
        (66, Journey::Held, ShipmentStatus::Delivered),
        (67, Journey::Unclear, ShipmentStatus::Lost),
    ] {
        let rocket = rocket(seed).await;
        rocket.desk.sandbox.set_journeys([journey]);
        let numbers = rocket.numbers("HK-1").await;
        rocket.desk.sandbox.advance(20 * DAY_MS).await;
        for awkward in [false, true] {
            rocket.desk.sandbox.set_answers(Answers { awkward, ..Answers::default() });
            assert_eq!(rocket.last_state(&numbers).await, Some(expected), "{journey:?} {awkward}");
        }
    }
}

#[tokio::test]
async fn many_parcels_are_asked_for_fifty_at_a_time_and_one_nobody_knows_spoils_no_other() {
    let rocket = rocket(68).await;
    rocket.desk.sandbox.set_journeys([Journey::Delivered; 60]);
    let mut all = Vec::new();
    for number in 0..60 {
        all.push(rocket.numbers(&format!("HK-{number}")).await);
    }
    rocket.desk.sandbox.advance(10 * DAY_MS).await;
    all.insert(7, Numbers { awb: Some("77".to_owned()), ..Numbers::default() });
    all.insert(30, Numbers::default());
    rocket.desk.sandbox.set_faults(vec![Rule::new("track_awbs", Fault::ServerError).times(4)]);
    let half = rocket.track(&all).await;
    assert_eq!(half.iter().filter(|report| is_unavailable(report)).count(), 50, "the other batch goes on");
    let reports = rocket.track(&all).await;
    assert_eq!(reports.len(), 62);
    for (at, (report, numbers)) in reports.iter().zip(&all).enumerate() {
        match (at, report) {
            (7 | 30, Err(CourierError::Refused(_))) => {}
            (_, Ok(report)) => assert_eq!(report.numbers.awb, numbers.awb, "in the order asked for"),
            (_, Err(error)) => panic!("{at}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_parcel_is_tracked_by_shipment_and_by_our_reference() {
    let rocket = rocket(69).await;
    let numbers = rocket.numbers("HK-1").await;
    rocket.tell(&numbers, "OUT FOR DELIVERY").await;
    let shipment = numbers.courier_shipment_id.as_deref().expect("a shipment");
    let (http, account) = (&rocket.http, &rocket.account);
    let one = Shiprocket.track_shipment(http, account, shipment).await.expect("a report");
    let all = Shiprocket.track_order(http, account, "HK-1").await.expect("a list");
    assert_eq!((states(&one).last(), all.len()), (Some(&ShipmentStatus::OutForDelivery), 1));
    refusal(Shiprocket.track_order(http, account, "HK-9").await);
    rocket.desk.fault("track_awb", Fault::UnknownStatus);
    let reports = rocket.track(std::slice::from_ref(&numbers)).await;
    let heard = reports[0].as_ref().expect("a report").heard.clone().expect("readable");
    assert!(heard.iter().any(|one| meaning(&Shiprocket, &[], Leg::Forward, &one.code) == Meaning::Unknown));
}

#[tokio::test]
async fn a_failed_attempt_is_answered_and_a_parcel_asked_back() {
    let rocket = rocket(70).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let numbers = rocket.numbers("HK-1").await;
    let awb = numbers.awb.clone().expect("an AWB");
    assert!(refusal(Shiprocket.recall(http, account, &numbers, "Refused").await).contains("No NDR"));
    rocket.tell(&numbers, "OUT FOR DELIVERY").await;
    rocket.tell(&numbers, "UNDELIVERED").await;
    let failed = Shiprocket.ndrs(http, account).await.expect("a list");
    assert_eq!((failed.len(), failed[0].awb.as_str(), failed[0].attempts), (1, awb.as_str(), Some(1)));
    assert_eq!(Shiprocket.ndr(http, account, &awb).await, Ok(failed.first().cloned()));
    assert_eq!(Shiprocket.ndr(http, account, "77").await, Ok(None));
    let again =
        Instruction { wish: Wish::Again, phone: Some("9000000411".to_owned()), ..Instruction::give_back("Evening") };
    Shiprocket.instruct(http, account, &awb, &again).await.expect("taken");
    Shiprocket.recall(http, account, &numbers, "Customer refused").await.expect("asked back");
    rocket.desk.sandbox.advance(20 * DAY_MS).await;
    assert_eq!(rocket.last_state(&numbers).await, Some(ShipmentStatus::RtoDelivered));
    refusal(Shiprocket.recall(http, account, &Numbers::default(), "").await);
}

/// What a shop was sent: the value of `x-api-key`, and the body.
#[derive(Clone, Default)]
struct Letters(Arc<Mutex<Vec<(String, String)>>>);

impl Letters {
    async fn open(rocket: &Rocket) -> Self {
        let letters = Letters::default();
        let take = |State(Letters(letters)): State<Letters>, headers: HeaderMap, body: String| async move {
            assert!(headers.get("authorization").is_none(), "a value in a header of its own and no more");
            let key = headers.get("x-api-key").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
            letters.lock().expect("letters").push((key, body));
            Shiprocket.push_accepted(&account("", &[])).body
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks/t/x", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hooks/t/x", post(take)).with_state(letters.clone());
        tokio::spawn(listen::serve(listener, router, std::future::pending()));
        rocket.desk.sandbox.set_webhook(Provider::Shiprocket, &url, "a-webhook-secret").expect("an address");
        letters
    }

    fn read(&self) -> Vec<Report> {
        let letters = self.0.lock().expect("letters");
        let read = |(key, body): &(String, String)| {
            assert_eq!(key, "a-webhook-secret");
            let Ok(Push::Parcels { mut reports, .. }) = Shiprocket.read_push(body.as_bytes()) else { panic!("{body}") };
            reports.remove(0)
        };
        letters.iter().map(read).collect()
    }
}

#[tokio::test]
async fn webhooks_and_answers_tell_the_same_events() {
    for awkward in [false, true] {
        let rocket = rocket(71).await;
        rocket.desk.sandbox.set_answers(Answers { awkward, ..Answers::default() });
        let letters = Letters::open(&rocket).await;
        rocket.desk.sandbox.set_journeys([Journey::FailedAttempts]);
        let numbers = rocket.numbers("HK-1").await;
        rocket.desk.sandbox.advance(20 * DAY_MS).await;
        let reports = letters.read();
        assert!(reports.len() > 5);
        let mut pushed = Vec::new();
        for report in &reports {
            assert_eq!(report.numbers.awb, numbers.awb);
            assert_eq!(report.numbers.reference, numbers.reference);
            assert_eq!(report.numbers.courier_order_id, numbers.courier_order_id);
            pushed.extend(report.heard.clone().expect("readable"));
        }
        let asked =
            rocket.track(std::slice::from_ref(&numbers)).await.remove(0).expect("a report").heard.expect("readable");
        let key = |one: &harkara::domain::couriers::Heard| format!("{:?} {:?} {}", one.at, one.code, one.distinct_by);
        let keys = |events: &[harkara::domain::couriers::Heard]| {
            events.iter().map(key).collect::<std::collections::BTreeSet<String>>()
        };
        assert_eq!(keys(&pushed), keys(&asked), "each event once, whoever tells it");
        assert!(rocket.desk.sandbox.pushes().iter().all(|push| push.answered == Some(200)));
    }
}

#[tokio::test]
async fn webhooks_are_doubled_swapped_lost_and_misspelt_on_command() {
    let rocket = rocket(72).await;
    let letters = Letters::open(&rocket).await;
    let numbers = rocket.numbers("HK-1").await;
    let last = || letters.read().iter().filter_map(|report| states(report).last().copied()).collect::<Vec<_>>();
    use ShipmentStatus::*;
    rocket.desk.fault("webhook", Fault::Duplicate);
    rocket.tell(&numbers, "PICKED UP").await;
    assert_eq!(last(), [PickedUp, PickedUp]);
    rocket.desk.fault("webhook", Fault::Drop);
    rocket.tell(&numbers, "IN TRANSIT").await;
    assert_eq!(last().len(), 2);
    rocket.desk.fault("webhook", Fault::UnknownStatus);
    rocket.tell(&numbers, "OUT FOR DELIVERY").await;
    let misspelt = letters.read().pop().expect("a report").heard.expect("readable");
    assert!(misspelt.iter().any(|one| meaning(&Shiprocket, &[], Leg::Forward, &one.code) == Meaning::Unknown));
}

#[tokio::test]
async fn a_test_of_the_panel_is_about_no_parcel_and_its_addresses_are_neutral() {
    let rocket = rocket(73).await;
    let letters = Letters::open(&rocket).await;
    rocket.desk.sandbox.ping(Provider::Shiprocket).await;
    let body = letters.0.lock().expect("letters")[0].1.clone();
    assert_eq!(Shiprocket.read_push(body.as_bytes()), Ok(Push::Ignored { event_type: "test".to_owned() }));
    for forbidden in ["shiprocket", "KartRocket", "sr", "Kr1"] {
        let url = format!("http://127.0.0.1:1/hooks/{forbidden}");
        assert!(rocket.desk.sandbox.set_webhook(Provider::Shiprocket, &url, "s").is_err(), "{forbidden}");
        assert!(rocket.desk.sandbox.set_webhook(Provider::Packzy, &url, "s").is_ok());
    }
}
