//! Delhivery's client against the sandbox, over real HTTP on this machine: what works, and every way it
//! can fail.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use harkara::domain::couriers::{Numbers, Parcel, Provider, Push};
use harkara::domain::money::Minor;
use harkara::domain::shipping::Leg;
use harkara::domain::shipping::ShipmentStatus::{
    self, Cancelled, Delivered, InTransit, Lost, OutForDelivery, Pending, RtoDelivered, RtoInitiated, Undelivered,
};
use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use harkara::server::couriers::delhivery::Delhivery;
use harkara::server::couriers::delhivery::desk::{NdrAction, Paper, Warehouse};
use harkara::server::couriers::delhivery::edit::Change;
use harkara::server::couriers::delhivery::lanes::{Ending, Lane, Service};
use harkara::server::couriers::delhivery::wire::Mode;
use harkara::server::couriers::status::Meaning;
use harkara::server::couriers::{Contact, Courier, CourierError};
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey, UnauthorizedForm};
use serde_json::{Value, json};

use crate::support::delhivery::{Letterbox, SECRET, desk, means, numbered, parcel};

fn is(status: ShipmentStatus) -> Meaning {
    Meaning::Is(status)
}

fn is_refused<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Refused(_)))
}

fn is_unavailable<T>(result: &Result<T, CourierError>) -> bool {
    matches!(result, Err(CourierError::Unavailable { .. }))
}

#[tokio::test]
async fn delhivery_books_finds_and_tracks_a_parcel() {
    let desk = desk(1).await;
    assert_eq!(desk.found("HK-1").await, Ok(None));
    let awb = desk.booked("HK-1").await;
    assert!(awb.len() == 14 && awb.bytes().all(|byte| byte.is_ascii_digit()), "{awb}");
    let known = &desk.sandbox.parcels()[0];
    assert_eq!(
        (known.reference.as_str(), known.cod, &known.booked["payment_mode"]),
        ("HK-1", Minor(125_050), &json!("COD"))
    );
    assert_eq!(known.booked["name"], "Meher and Sons", "what breaks the form was replaced");
    assert_eq!(desk.found("HK-1").await, Ok(Some(awb.clone())), "a look-up gives the number");
    assert_eq!(desk.ask(&awb).await, Ok(is(Pending)));
    let by_reference = Numbers { reference: Some("HK-1".to_owned()), ..Numbers::default() };
    let reports = Delhivery.track(&desk.http, &desk.account, &[by_reference]).await.expect("an entry");
    assert_eq!(reports[0].as_ref().expect("a report").numbers.awb.as_ref(), Some(&awb));
    assert!(is_refused(&desk.ask("58999999999999").await));
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_reference_with_its_number() {
    let desk = desk(2).await;
    desk.fault("create", Fault::TimeoutAfter);
    assert!(is_unavailable(&desk.book("HK-1").await));
    let awb = desk.found("HK-1").await.expect("an answer").expect("a parcel");
    assert_eq!(desk.sandbox.parcels()[0].awb, awb);
    desk.fault("create", Fault::TimeoutBefore);
    assert!(is_unavailable(&desk.book("HK-2").await));
    assert_eq!(desk.found("HK-2").await, Ok(None));
}

#[tokio::test]
async fn a_parcel_that_is_not_found_yet_is_never_created_twice() {
    let desk = desk(3).await;
    desk.sandbox.set_answers(Answers { hidden_seconds: 60, ..Answers::default() });
    desk.fault("create", Fault::TimeoutAfter);
    assert!(is_unavailable(&desk.book("HK-1").await));
    assert_eq!(desk.found("HK-1").await, Ok(None), "a new parcel is not found for a while");
    assert!(is_unavailable(&desk.book("HK-1").await), "a used order is to be looked up");
    desk.sandbox.advance(61 * SECOND_MS).await;
    assert!(desk.found("HK-1").await.expect("an answer").is_some());
    assert_eq!(desk.sandbox.parcels().len(), 1);
}

#[tokio::test]
async fn a_200_that_refuses_is_a_refusal_of_the_whole_or_of_the_package() {
    let mut desk = desk(4).await;
    desk.fault("create", Fault::OkButFailed);
    assert!(is_refused(&desk.book("HK-1").await));
    let mut nowhere = parcel("HK-1");
    nowhere.address.pincode = "999999".to_owned();
    let refused = Delhivery.book(&desk.http, &desk.account, &nowhere).await;
    assert!(matches!(&refused, Err(CourierError::Refused(said)) if said.contains("non serviceable")), "{refused:?}");
    for wrong in ["main godown", "Main  Godown", "Elsewhere"] {
        desk.account.shown.pickup_location = Some(wrong.to_owned());
        let refused = desk.book("HK-1").await;
        assert!(
            matches!(&refused, Err(CourierError::Refused(said)) if said.contains("ClientWarehouse")),
            "{refused:?}"
        );
    }
    assert!(desk.sandbox.parcels().is_empty());
}

#[tokio::test]
async fn a_create_call_is_a_form_and_its_values_hold_no_forbidden_characters() {
    let desk = desk(5).await;
    let data = json!({ "shipments": [{ "name": "A & B", "add": "Flat 3", "pin": 411_001, "phone": "9812345678",
        "order": "RAW-1", "payment_mode": "Prepaid", "cod_amount": "0" }], "pickup_location": { "name": "Main Godown" } });
    let plain = desk.raw("POST", "/api/cmu/create.json", "application/json", &data.to_string()).await;
    let body: Value = serde_json::from_slice(&plain.body).expect("JSON");
    assert_eq!((plain.status, &body["rmk"]), (200, &json!("format key missing in the post")));
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("format", "json")
        .append_pair("data", &data.to_string())
        .finish();
    let send = async || {
        let reply = desk.raw("POST", "/api/cmu/create.json", "application/x-www-form-urlencoded", &form).await;
        serde_json::from_slice::<Value>(&reply.body).expect("JSON")
    };
    assert_eq!(send().await["packages"][0]["status"], "Fail");
    desk.sandbox.set_answers(Answers { any_characters: true, ..Answers::default() });
    let body = send().await;
    assert_eq!(body["packages"][0]["status"], "Success");
    assert!(body["upload_wbn"].as_str().is_some_and(|id| id.starts_with("UPL")), "never the AWB");
}

#[tokio::test]
async fn a_firewall_is_waited_for_and_is_no_word_on_the_token() {
    let desk = desk(6).await;
    desk.fault("*", Fault::TooMany);
    let later = desk.book("HK-1").await;
    assert!(matches!(later, Err(CourierError::Unavailable { retry_after_ms: Some(30_000), .. })), "{later:?}");
    desk.sandbox.set_faults(vec![Rule::new("*", Fault::ServerError).times(4)]);
    assert!(is_unavailable(&desk.found("HK-1").await), "four times asked, and no proof");
    assert_eq!(desk.found("HK-1").await, Ok(None));
}

#[tokio::test]
async fn a_wrong_token_is_refused_in_every_form() {
    let mut desk = desk(7).await;
    let right = desk.account.credentials.insert("api_token".to_owned(), "wrong".to_owned()).expect("a token");
    for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text, UnauthorizedForm::Html] {
        desk.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
        let Err(CourierError::Refused(said)) = desk.found("HK-1").await else { panic!("{unauthorized:?}") };
        assert!(said.contains("keys"), "{said}");
    }
    desk.account.credentials.insert("api_token".to_owned(), format!("Token {right}"));
    assert_eq!(desk.found("HK-1").await, Ok(None), "copied with the word before it");
}

#[tokio::test]
async fn many_parcels_are_asked_for_at_once_and_each_gets_its_own_answer() {
    let desk = desk(8).await;
    let parcels: Vec<Parcel> = (0..60).map(|at| parcel(&format!("HK-{at}"))).collect();
    let booked = Delhivery.book_many(&desk.http, &desk.account, &parcels).await.expect("an answer");
    let mut asked: Vec<Numbers> = booked.iter().map(|one| one.as_ref().expect("booked").numbers.clone()).collect();
    asked.insert(7, numbered("58999999999999"));
    asked.insert(55, Numbers::default());
    desk.tell(asked[3].awb.as_deref().expect("an AWB"), "DL/Delivered/EOD-38").await;
    let reports = Delhivery.track(&desk.http, &desk.account, &asked).await.expect("one entry per parcel");
    assert_eq!(reports.len(), 62);
    for (at, (asked, report)) in asked.iter().zip(reports).enumerate() {
        match report {
            Ok(report) => {
                assert_eq!(report.numbers.awb, asked.awb);
                assert_eq!(means(Leg::Forward, report), is(if at == 3 { Delivered } else { Pending }), "{at}");
            }
            Err(error) => assert!(matches!(error, CourierError::Refused(_)) && (at == 7 || at == 55), "{at} {error}"),
        }
    }
}

#[tokio::test]
async fn a_bad_parcel_among_many_is_marked_and_the_others_are_booked() {
    let desk = desk(9).await;
    let mut parcels = ["A", "B", "C", "D"].map(parcel);
    parcels[1].address.pincode = String::new();
    parcels[2].address.pincode = "999999".to_owned();
    let booked = Delhivery.book_many(&desk.http, &desk.account, &parcels).await.expect("an answer");
    let outcomes: Vec<bool> = booked.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, false, false, true]);
    let references: Vec<String> = desk.sandbox.parcels().into_iter().map(|parcel| parcel.reference).collect();
    assert_eq!(references, ["A", "D"]);
}

#[tokio::test]
async fn waybills_are_fetched_beforehand_and_used_up_once() {
    let mut desk = desk(10).await;
    let waybills = Delhivery.fetch_waybills(&desk.http, &desk.account, 3).await.expect("waybills");
    let one = Delhivery.fetch_waybill(&desk.http, &desk.account).await.expect("a waybill");
    let all: BTreeSet<&String> = waybills.iter().chain([&one]).collect();
    assert_eq!(all.len(), 4, "no two are the same");
    let booked = Delhivery.book_as(&desk.http, &desk.account, &parcel("HK-1"), &one).await.expect("booked");
    assert_eq!(booked.numbers.awb.as_ref(), Some(&one));
    let again = Delhivery.book_as(&desk.http, &desk.account, &parcel("HK-2"), &one).await;
    assert!(is_unavailable(&again), "{again:?}");
    desk.account.credentials.insert("client_name".to_owned(), "democlient".to_owned());
    assert!(is_refused(&Delhivery.fetch_waybills(&desk.http, &desk.account, 3).await), "the name counts to the letter");
    assert!(is_refused(&Delhivery.fetch_waybills(&desk.http, &desk.account, 10_001).await));
}

#[tokio::test]
async fn cancelling_before_pickup_shows_a_minute_later_and_may_be_repeated() {
    for awkward in [false, true] {
        let desk = desk(11).await;
        desk.sandbox.set_answers(Answers { awkward, ..Answers::default() });
        let awb = desk.booked("HK-1").await;
        for _ in 0..2 {
            Delhivery.cancel(&desk.http, &desk.account, &numbered(&awb)).await.expect("called off");
        }
        assert_eq!(desk.ask(&awb).await, Ok(is(Pending)), "tracking does not know at once");
        desk.sandbox.advance(2 * MINUTE_MS).await;
        assert_eq!(desk.ask(&awb).await, Ok(is(Cancelled)));
        Delhivery.cancel(&desk.http, &desk.account, &numbered(&awb)).await.expect("the same answer");
        assert!(is_refused(&Delhivery.cancel(&desk.http, &desk.account, &numbered("1")).await));
    }
}

#[tokio::test]
async fn cancelling_on_the_way_turns_the_parcel_round() {
    let desk = desk(12).await;
    for (reference, status) in [("HK-1", "UD/In Transit/X-DLL2F"), ("HK-2", "UD/Pending/EOD-11")] {
        let awb = desk.booked(reference).await;
        desk.tell(&awb, status).await;
        Delhivery.recall(&desk.http, &desk.account, &numbered(&awb), "Customer refused").await.expect("asked back");
        assert!(desk.sandbox.parcels().iter().all(|parcel| parcel.is_called_off));
        desk.sandbox.advance(25 * HOUR_MS).await;
        assert_eq!(desk.ask(&awb).await, Ok(is(RtoInitiated)));
        desk.sandbox.advance(10 * DAY_MS).await;
        assert_eq!(desk.ask(&awb).await, Ok(is(RtoDelivered)));
    }
    let awb = desk.booked("HK-3").await;
    desk.tell(&awb, "DL/Delivered/EOD-38").await;
    assert!(is_refused(&Delhivery.recall(&desk.http, &desk.account, &numbered(&awb), "").await));
}

#[tokio::test]
async fn a_parcel_is_changed_until_it_is_out_for_delivery() {
    let desk = desk(13).await;
    let awb = desk.booked("HK-1").await;
    let change = Change { cod_amount: Some(Minor(0)), name: Some("Meher".to_owned()), ..Change::default() };
    Delhivery.change(&desk.http, &desk.account, &numbered(&awb), &change).await.expect("changed");
    let known = &desk.sandbox.parcels()[0];
    assert_eq!((known.cod, &known.booked["name"]), (Minor(0), &json!("Meher")));
    desk.tell(&awb, "UD/Dispatched/X-DDD3FD").await;
    assert!(is_refused(&Delhivery.change(&desk.http, &desk.account, &numbered(&awb), &change).await));
}

#[tokio::test]
async fn every_journey_is_understood_to_its_end() {
    for (seed, journey, end) in [
        (20, Journey::Delivered, Delivered),
        (21, Journey::Held, Delivered),
        (22, Journey::FailedAttempts, Delivered),
        (23, Journey::Returned, RtoDelivered),
        (24, Journey::Cancelled, Cancelled),
        (25, Journey::Lost, Lost),
    ] {
        let desk = desk(seed).await;
        desk.sandbox.set_journeys([journey]);
        let awb = desk.booked("HK-1").await;
        desk.sandbox.advance(30 * DAY_MS).await;
        let report = desk.report(&awb).await.expect("a report");
        let heard = report.heard.clone().expect("readable");
        let all: Vec<Meaning> = heard
            .iter()
            .map(|one| harkara::server::couriers::status::meaning(&Delhivery, &[], Leg::Forward, &one.code))
            .collect();
        assert_eq!(all.last(), Some(&is(end)), "{journey:?}");
        assert!(!all.contains(&Meaning::Unknown), "{journey:?} {all:?}");
        let failed = all.iter().filter(|one| **one == is(Undelivered)).count();
        match journey {
            Journey::FailedAttempts => assert!(failed >= 1),
            Journey::Returned => {
                assert!(failed == 3 && all.contains(&is(RtoInitiated)) && !all.contains(&is(Delivered)))
            }
            _ => assert_eq!(failed, 0),
        }
    }
}

#[tokio::test]
async fn a_return_is_collected_and_is_the_return_legs_own() {
    let desk = desk(30).await;
    let ours = parcel("R-HK-1");
    let to = Contact { name: "Main Godown".to_owned(), phone: ours.phone.clone(), address: ours.address.clone() };
    desk.sandbox.set_journeys([Journey::Delivered, Journey::Cancelled]);
    let mut ends = Vec::new();
    for reference in ["R-HK-1", "R-HK-2"] {
        let booked = Delhivery.book_return(&desk.http, &desk.account, &parcel(reference), &to).await.expect("booked");
        let awb = booked.numbers.awb.expect("an AWB");
        assert_eq!(means(Leg::Return, desk.report(&awb).await.expect("a report")), is(Pending));
        desk.sandbox.advance(20 * DAY_MS).await;
        let report = desk.report(&awb).await.expect("a report");
        assert_eq!(means(Leg::Forward, report.clone()), Meaning::Unknown, "never a delivery to the customer");
        ends.push(means(Leg::Return, report));
    }
    assert_eq!(ends, [is(Delivered), is(Cancelled)]);
    assert_eq!(desk.sandbox.parcels()[0].cod, Minor(0));
}

#[tokio::test]
async fn another_attempt_is_asked_for_and_its_outcome_too() {
    let desk = desk(31).await;
    desk.sandbox.set_journeys([Journey::Returned, Journey::Delivered]);
    let (failed, fine) = (desk.booked("HK-1").await, desk.booked("HK-2").await);
    while desk.ask(&failed).await != Ok(is(Undelivered)) {
        desk.sandbox.advance(HOUR_MS).await;
    }
    let instruct = async |awb: &str| {
        let parcels = [(numbered(awb), NdrAction::Reattempt)];
        Delhivery.instruct(&desk.http, &desk.account, &parcels).await.expect("taken")
    };
    let (good, bad) = (instruct(&failed).await, instruct(&fine).await);
    let status = async |id: &str| Delhivery.instruction(&desk.http, &desk.account, id).await.expect("an upload");
    assert_eq!(status(&good).await.status, "pending");
    desk.sandbox.advance(11 * MINUTE_MS).await;
    assert_eq!(status(&good).await.status, "success");
    let refused = status(&bad).await;
    assert_eq!(refused.status, "failure");
    assert!(refused.words.contains("Not allowed"), "{refused:?}");
    desk.sandbox.advance(5 * DAY_MS).await;
    assert_eq!(desk.ask(&failed).await, Ok(is(Delivered)), "not returned after all");
}

#[tokio::test]
async fn lanes_have_a_service_a_price_and_a_time() {
    let desk = desk(32).await;
    for awkward in [false, true] {
        desk.sandbox.set_answers(Answers { awkward, ..Answers::default() });
        let service = async |pin: &str| Delhivery.serviceability(&desk.http, &desk.account, pin).await;
        assert!(matches!(service("411001").await, Ok(Service::Offered(offer)) if offer.cod && offer.pickup));
        assert_eq!(service("999999").await, Ok(Service::None));
        assert_eq!(service("194101").await, Ok(Service::Embargo));
        assert!(is_refused(&service("12").await));
        let lane = Lane {
            from: "400053".to_owned(),
            to: "411001".to_owned(),
            mode: Mode::Surface,
            weight_grams: 900,
            is_cod: true,
            ending: Ending::Delivered,
        };
        let charges = Delhivery.charges(&desk.http, &desk.account, &lane).await.expect("a price");
        assert_eq!((charges.delivery, charges.cod), (Some(Minor(9_000)), Some(Minor(3_500))));
        assert_eq!((charges.total, charges.tax), (Minor(14_750), Minor(2_250)));
        let nowhere = Lane { to: "999999".to_owned(), ..lane };
        assert!(is_refused(&Delhivery.charges(&desk.http, &desk.account, &nowhere).await), "a 400 with a text");
        let days = async |mode| Delhivery.expected_days(&desk.http, &desk.account, "400053", "411001", mode).await;
        assert_eq!((days(Mode::Surface).await, days(Mode::Express).await), (Ok(Some(5)), Ok(Some(2))));
    }
}

#[tokio::test]
async fn labels_papers_and_pickups_are_had_for_booked_parcels() {
    let desk = desk(33).await;
    let balance = async || Delhivery.balance(&desk.http, &desk.account).await.expect("a balance").0;
    let before = balance().await;
    let awb = desk.booked("HK-1").await;
    assert_eq!(before - balance().await, desk.sandbox.parcels()[0].charge.0);
    let parcels = [numbered("1"), numbered(&awb), Numbers::default()];
    let labels = Delhivery.labels(&desk.http, &desk.account, &parcels, Paper::FourR).await.expect("an answer");
    assert!(is_refused(&labels[0]) && is_refused(&labels[2]));
    assert!(labels[1].as_ref().is_ok_and(|label| label.link.as_ref().is_some_and(|link| link.contains("/papers/"))));
    assert!(is_refused(&Delhivery.proof_of_delivery(&desk.http, &desk.account, &numbered(&awb)).await));
    Delhivery.set_e_waybill(&desk.http, &desk.account, &numbered(&awb), "INV-1", "331001").await.expect("handed in");
    desk.tell(&awb, "DL/Delivered/EOD-38").await;
    let proof = Delhivery.proof_of_delivery(&desk.http, &desk.account, &numbered(&awb)).await.expect("a proof");
    assert!(proof.starts_with("https://"), "{proof}");

    let (now, day) = (desk.sandbox.now(), DAY_MS);
    let pickup = async |at| Delhivery.pickup(&desk.http, &desk.account, at, 3).await;
    let first = pickup(now.plus(day)).await.expect("asked for");
    let again = pickup(now.plus(day)).await.expect("as good");
    assert_eq!((first.was_there, again.was_there, &first.id), (false, true, &again.id));
    assert!(is_refused(&pickup(now.plus(-day)).await), "a day that is over");
}

#[tokio::test]
async fn a_pickup_place_is_registered_and_books_under_its_name() {
    let mut desk = desk(34).await;
    let ours = parcel("HK-1");
    let warehouse = Warehouse {
        name: "Second Godown".to_owned(),
        registered_name: "Demo".to_owned(),
        phone: ours.phone.clone(),
        email: "g@example.com".to_owned(),
        address: ours.address.clone(),
        return_address: None,
    };
    let save = async |is_new| Delhivery.save_warehouse(&desk.http, &desk.account, &warehouse, is_new).await;
    assert!(is_refused(&save(false).await), "it is not there yet");
    save(true).await.expect("registered");
    assert!(is_refused(&save(true).await));
    save(false).await.expect("changed");
    desk.account.shown.pickup_location = Some("Second Godown".to_owned());
    desk.booked("HK-1").await;
}

#[tokio::test]
async fn awkward_answers_change_nothing() {
    let desk = desk(35).await;
    desk.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    let awb = desk.booked("HK-1").await;
    assert_eq!(awb, desk.sandbox.parcels()[0].awb, "a number is the same as a text");
    assert_eq!(desk.found("HK-1").await, Ok(Some(awb.clone())));
    assert_eq!(desk.ask(&awb).await, Ok(is(Pending)));
    assert_eq!(Delhivery.fetch_waybills(&desk.http, &desk.account, 3).await.map(|list| list.len()), Ok(3));
    let remark = desk.book("HK-1").await;
    assert!(is_unavailable(&remark), "remarks as a text: {remark:?}");
}

#[tokio::test]
async fn delhivery_pushes_every_scan_with_the_header_that_was_agreed() {
    let desk = desk(40).await;
    let letterbox = Letterbox::of(&desk).await;
    desk.sandbox.set_journeys([Journey::Delivered]);
    let awb = desk.booked("HK-1").await;
    desk.sandbox.advance(20 * DAY_MS).await;
    let scans = letterbox.scans();
    assert!(scans.iter().all(|(of, _)| *of == awb));
    assert!(scans.windows(2).all(|pair| pair[0].1.at <= pair[1].1.at), "in the order of time");
    let polled = desk.report(&awb).await.expect("a report").heard.expect("readable");
    let identity = |heard: &harkara::server::couriers::Heard| (heard.at, heard.code.clone());
    let pushed: Vec<_> = scans.iter().map(|(_, heard)| identity(heard)).collect();
    assert_eq!(pushed, polled.iter().map(identity).collect::<Vec<_>>(), "a poll tells the same events");
    let header = |name: &str| {
        let letters = letterbox.letters.lock().expect("letters");
        let (headers, _) = letters.last().expect("a letter");
        headers.get(name).map(|value| value.to_str().expect("text").to_owned())
    };
    assert_eq!(header("x-api-key").as_deref(), Some(SECRET));
    desk.sandbox.set_webhook_header(Provider::Delhivery, "x-our-own");
    desk.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    desk.tell(&awb, "UD/Dispatched/X-DDD3FD").await;
    assert_eq!((header("x-our-own").as_deref(), header("x-api-key")), (Some(SECRET), None));
    let (of, last) = letterbox.scans().pop().expect("a scan");
    assert_eq!((of, last.code.text.as_str(), last.code.code.as_str()), (awb, "dispatched", "X-DDD3FD"));
}

#[tokio::test]
async fn a_push_that_fails_is_sent_once_more_and_then_dropped() {
    let desk = desk(41).await;
    let letterbox = Letterbox::of(&desk).await;
    let awb = desk.booked("HK-1").await;
    letterbox.status.store(500, Ordering::SeqCst);
    desk.tell(&awb, "UD/In Transit/X-PPOM").await;
    assert_eq!(letterbox.codes(), ["X-UCI", "X-UCI", "X-PPOM", "X-PPOM"]);
    letterbox.status.store(200, Ordering::SeqCst);
    desk.tell(&awb, "UD/In Transit/X-PIOM").await;
    assert_eq!(letterbox.codes()[4..], ["X-PIOM"], "the next scan is the next chance");
    assert_eq!(desk.ask(&awb).await, Ok(is(InTransit)), "and polling the other");
}

#[tokio::test]
async fn delhiverys_pushes_are_doubled_swapped_lost_and_misspelt_on_command() {
    let desk = desk(42).await;
    let letterbox = Letterbox::of(&desk).await;
    let awb = desk.booked("HK-1").await;
    desk.sandbox.advance(0).await;
    desk.fault("webhook", Fault::Duplicate);
    desk.tell(&awb, "UD/In Transit/X-PPOM").await;
    desk.fault("webhook", Fault::Reorder);
    desk.tell(&awb, "UD/In Transit/X-PIOM").await;
    desk.tell(&awb, "UD/In Transit/X-DLL2F").await;
    assert_eq!(letterbox.codes(), ["X-UCI", "X-PPOM", "X-PPOM", "X-DLL2F", "X-PIOM"]);
    desk.sandbox.set_faults(vec![Rule::new("webhook", Fault::Drop)]);
    desk.tell(&awb, "UD/Dispatched/X-DDD3FD").await;
    assert_eq!(letterbox.codes().len(), 5);
    assert_eq!(desk.ask(&awb).await, Ok(is(OutForDelivery)), "a lost push is made good by asking");
    desk.fault("webhook", Fault::UnknownStatus);
    desk.tell(&awb, "UD/Pending/X-IBD3F").await;
    assert_eq!(letterbox.codes()[5..], ["X-NEW9"]);
    desk.fault("packages", Fault::UnknownStatus);
    assert_eq!(desk.ask(&awb).await, Ok(Meaning::Unknown));
    desk.sandbox.ping(Provider::Delhivery).await;
    let ping = letterbox.letters.lock().expect("letters").last().expect("a letter").1.clone();
    assert_eq!(Delhivery.read_push(ping.as_bytes()), Ok(Push::Ignored { event_type: "test".to_owned() }));
}

#[tokio::test]
async fn equal_seeds_give_equal_delhivery_parcels() {
    let story = async |seed: u64| {
        let desk = desk(seed).await;
        for number in 0..20 {
            desk.booked(&format!("HK-{number}")).await;
            desk.sandbox.advance(HOUR_MS).await;
        }
        desk.sandbox.advance(40 * DAY_MS).await;
        desk.sandbox.parcels()
    };
    let parcels = story(50).await;
    assert_eq!(parcels, story(50).await);
    assert!(parcels.iter().zip(&story(51).await).all(|(one, other)| one.awb != other.awb));
    let ends: BTreeSet<&str> = parcels.iter().map(|parcel| parcel.status.as_str()).collect();
    assert!(ends.len() > 1, "{ends:?}");
}
