//! A relay of the merchant's own: the client against the sandbox over HTTP, and a shop that ships with it.

use harkara::domain::couriers::{Numbers, Provider};
use harkara::domain::money::Minor;
use harkara::domain::orders::{OrderAction, OrderStatus};
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{checking, fulfilment, shipping};
use harkara::server::couriers::generic::Generic;
use harkara::server::couriers::status::Meaning;
use harkara::server::couriers::{Courier, CourierError};
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey, UnauthorizedForm};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::stand::{self, SECRET, Stand, numbered, parcel};

async fn relay(seed: u64) -> Stand {
    stand::stand(Provider::Generic, seed, |_| ()).await
}

fn is_refused<T>(outcome: &Result<T, CourierError>, with: &str) -> bool {
    matches!(outcome, Err(CourierError::Refused(sentence)) if sentence.contains(with))
}

async fn found(stand: &Stand, reference: &str) -> Result<Option<String>, CourierError> {
    let found = Generic.find(stand.http(), &stand.account().await, reference).await?;
    Ok(found.map(|booking| booking.numbers.awb.expect("an AWB")))
}

fn signature(body: &Value) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(body.to_string().as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_relay_books_finds_and_tracks_a_parcel() {
    let stand = relay(1).await;
    assert_eq!(found(&stand, "HK-1").await, Ok(None));
    let booking = stand.book("HK-1").await.expect("booked");
    assert_eq!((booking.carrier_name.as_deref(), booking.charged_cost), (Some("Sundarban"), Some(Minor(6_000))));
    let awb = booking.numbers.awb.expect("an AWB");
    let known = stand.sandbox.parcels().remove(0);
    assert_eq!((&known.awb, known.cod, &known.booked["currency"]), (&awb, Minor(125_000), &json!("BDT")));
    assert_eq!(found(&stand, "HK-1").await, Ok(Some(awb.clone())));
    assert_eq!(stand.booked("HK-1").await, awb, "the same reference is the same parcel");
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Is(ShipmentStatus::Pending)));
    let by_reference = Numbers { reference: Some("HK-1".to_owned()), ..Numbers::default() };
    assert_eq!(stand.report(by_reference).await.expect("known").numbers.awb, Some(awb.clone()));
    stand.fault("track", Fault::UnknownStatus);
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Unknown));
    stand.close().await;
}

#[tokio::test]
async fn many_parcels_are_asked_for_at_once_and_each_gets_its_own_answer() {
    let stand = relay(2).await;
    let mut asked = vec![numbered("NONE")];
    for at in 0..52 {
        asked.push(numbered(&stand.booked(&format!("HK-{at}")).await));
    }
    asked.reverse();
    stand.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    let reports = Generic.track(stand.http(), &stand.account().await, &asked).await.expect("one entry per parcel");
    assert_eq!(reports.len(), 53);
    for (report, numbers) in reports.iter().zip(&asked).take(52) {
        assert_eq!(report.as_ref().expect("known").numbers.awb, numbers.awb);
    }
    assert!(is_refused(&reports[52], "does not know"));
    stand.sandbox.set_faults(vec![Rule::new("track", Fault::ServerError).times(4)]);
    let reports = Generic.track(stand.http(), &stand.account().await, &asked).await.expect("one entry per parcel");
    assert!(matches!(reports[0], Err(CourierError::Unavailable { .. })));
    assert!(reports[50].is_ok() && reports[51].is_ok(), "a question that failed spoils no other");
    stand.close().await;
}

#[tokio::test]
async fn a_parcel_is_called_off_before_pickup_and_asked_back_after_it() {
    let stand = relay(3).await;
    let (http, account) = (stand.http(), &stand.account().await);
    let awb = stand.booked("HK-1").await;
    assert_eq!(Generic.cancel(http, account, &numbered(&awb)).await, Ok(()));
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Is(ShipmentStatus::Cancelled)));
    assert!(is_refused(&Generic.recall(http, account, &numbered(&awb), "").await, "over"));
    stand.sandbox.set_journeys([Journey::Delivered]);
    let late = stand.booked("HK-2").await;
    stand.tell(&late, "in_transit").await;
    assert!(is_refused(&Generic.cancel(http, account, &numbered(&late)).await, "ask for it back"));
    assert_eq!(Generic.recall(http, account, &numbered(&late), "Changed their mind").await, Ok(()));
    stand.sandbox.advance(5 * DAY_MS).await;
    assert_eq!(stand.ask(&late).await, Ok(Meaning::Is(ShipmentStatus::RtoDelivered)));
    assert!(is_refused(&Generic.cancel(http, account, &numbered("NONE")).await, "no such parcel"));
    stand.close().await;
}

#[tokio::test]
async fn a_refusal_and_a_wrong_token_are_told_in_words() {
    let stand = relay(4).await;
    let mut nameless = parcel("HK-1");
    nameless.name = String::new();
    let refused = Generic.book(stand.http(), &stand.account().await, &nameless).await;
    assert!(is_refused(&refused, "no name"), "{refused:?}");
    stand.change(|form| form.credential_1 = "wrong".to_owned()).await;
    for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text, UnauthorizedForm::Html] {
        stand.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
        assert!(is_refused(&stand.book("HK-1").await, "did not accept the keys"), "{unauthorized:?}");
    }
    let page = stand.form_page().await;
    assert!(page.contains("name=\"base_url\"") && page.contains("name=\"credential_1\""), "{page}");
    stand.close().await;
}

#[tokio::test]
async fn webhooks_are_known_by_their_signature_in_any_header() {
    let stand = relay(5).await;
    let body = json!({ "ping": true });
    let sign = signature(&body);
    assert_eq!(stand.push("", &[("x-harkara-signature", &sign)], &body).await.status.as_u16(), 200);
    for headers in [vec![], vec![("x-harkara-signature", "00")], vec![("x-our-own", sign.as_str())]] {
        assert_eq!(stand.push("", &headers, &body).await.status.as_u16(), 401, "{headers:?}");
    }
    let other = json!({ "ping": true, "more": 1 });
    assert_eq!(stand.push("", &[("x-harkara-signature", &sign)], &other).await.status.as_u16(), 401, "another body");
    stand.change(|form| form.webhook_name = "X-Our-Own".to_owned()).await;
    assert_eq!(stand.push("", &[("x-our-own", &sign)], &body).await.status.as_u16(), 200);
    stand.listen().await;
    stand.sandbox.set_webhook_header(Provider::Generic, "X-Our-Own");
    stand.sandbox.ping(Provider::Generic).await;
    assert_eq!(stand.answers(), [Some(200)]);
    stand.close().await;
}

#[tokio::test]
async fn an_order_goes_with_a_relay_from_the_booking_to_the_door() {
    let stand = relay(6).await;
    stand.listen().await;
    stand.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    stand.sandbox.set_journeys([Journey::FailedAttempts]);
    stand.sandbox.set_faults(vec![
        Rule { probability: Some(0.3), ..Rule::new("webhook", Fault::Duplicate) },
        Rule::new("webhook", Fault::Reorder).times(2),
    ]);
    let reference = stand.confirmed().await;
    stand.ship(&reference).await.expect("booked");
    let order = stand.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].booking_state), (OrderStatus::Processing, BookingState::Booked));
    assert_eq!(stand.sandbox.parcels()[0].cod, order.order.money.total(), "cash on delivery collects the total");
    for _ in 0..40 {
        stand.pass(6 * HOUR_MS).await;
    }
    let order = stand.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::Delivered, ShipmentStatus::Delivered));
    let known = stand.sandbox.parcels().remove(0);
    let failed = known.events.iter().filter(|event| event.status.as_deref() == Some("undelivered")).count();
    assert_eq!(order.shipments[0].attempts, i64::try_from(failed).expect("a few"), "each failed attempt counts once");
    assert!(stand.answers().iter().all(|status| *status == Some(200)));
    assert_eq!(stand.shop.number("SELECT COUNT(*) FROM webhook_log WHERE state <> 'applied'").await, 0);
    let events = stand.shop.number("SELECT COUNT(*) FROM tracking_events WHERE raw_code = 'DELIVERED'").await;
    assert_eq!(events, 1, "the relay's own word is kept");
    // What a question repeats is nothing new.
    let shipment = order.shipments[0].id.to_string();
    checking::check_one(&stand.shop.app, &Actor::system(), &shipment).await.expect("asked");
    assert_eq!(stand.order(&reference).await.shipments[0].attempts, order.shipments[0].attempts);
    stand.close().await;
}

#[tokio::test]
async fn a_lost_webhook_is_made_good_by_asking() {
    let stand = relay(7).await;
    stand.sandbox.set_journeys([Journey::Returned]);
    let reference = stand.confirmed().await;
    let shipment = stand.ship(&reference).await.expect("booked");
    stand.pass(20 * DAY_MS).await;
    checking::check_one(&stand.shop.app, &Actor::system(), &shipment).await.expect("asked");
    let parcel = stand.order(&reference).await.shipments.remove(0);
    assert_eq!((parcel.status, parcel.attempts), (ShipmentStatus::RtoDelivered, 2), "the whole way is told");
    stand.close().await;
}

#[tokio::test]
async fn a_booking_is_voided_by_a_call_and_made_again() {
    let stand = relay(8).await;
    let reference = stand.confirmed().await;
    let shipment = stand.ship(&reference).await.expect("booked");
    shipping::void(&stand.shop.app, &Actor::system(), &shipment, false).await.expect("voided");
    stand.ship(&reference).await.expect("booked again");
    let parcels = stand.sandbox.parcels();
    assert_eq!((parcels[0].status.as_str(), parcels[1].reference.as_str()), ("cancelled", &*format!("{reference}-R2")));
    stand.close().await;
}

#[tokio::test]
async fn whatever_goes_wrong_with_a_call_to_a_relay_there_is_one_parcel() {
    for (seed, fault, state) in [
        (20, Fault::TimeoutBefore, BookingState::Booked),
        (21, Fault::TimeoutAfter, BookingState::Booked),
        (22, Fault::ServerError, BookingState::Booked),
        (23, Fault::TooMany, BookingState::Booked),
        (24, Fault::OkButFailed, BookingState::Refused),
        (25, Fault::Unauthorized, BookingState::Refused),
    ] {
        let stand = relay(seed).await;
        let reference = stand.confirmed().await;
        stand.fault("book", fault);
        stand.ship(&reference).await.expect("written down");
        stand.pass(2 * MINUTE_MS).await;
        stand.work().await;
        let order = stand.order(&reference).await;
        assert_eq!(order.shipments[0].booking_state, state, "{fault:?}");
        assert_eq!(stand.sandbox.parcels().len(), usize::from(state == BookingState::Booked), "{fault:?}");
        assert_eq!(state == BookingState::Booked, order.shipments[0].awb.is_some(), "{fault:?}: with its number");
        stand.shop.close().await;
    }
}

#[tokio::test]
async fn an_order_that_is_asked_back_after_its_parcel_is_back_is_cancelled_at_once() {
    let stand = relay(30).await;
    stand.listen().await;
    stand.sandbox.set_journeys([Journey::Returned]);
    let reference = stand.confirmed().await;
    stand.ship(&reference).await.expect("booked");
    stand.pass(20 * DAY_MS).await;
    let order = stand.order(&reference).await;
    assert_eq!(order.order.status, OrderStatus::OutForDelivery);
    assert_eq!(order.shipments[0].status, ShipmentStatus::RtoDelivered);
    let recalled = shipping::recall(&stand.shop.app, &Actor::system(), &reference, "Not wanted any more").await;
    assert_eq!(recalled, Ok(OrderStatus::Cancelled), "nothing more will be heard of the parcel");
    stand.close().await;
}

#[tokio::test]
async fn a_booking_that_a_person_has_called_off_meanwhile_is_not_made_after_all() {
    let stand = relay(31).await;
    let reference = stand.confirmed().await;
    stand.fault("book", Fault::TimeoutBefore);
    let shipment = stand.ship(&reference).await.expect("written down");
    let (app, staff) = (&stand.shop.app, Actor::system());
    shipping::correct(app, &staff, &shipment, ShipmentStatus::Cancelled, "Not in the panel").await.expect("corrected");
    fulfilment::change(app, &staff, &reference, OrderAction::Cancel, "").await.expect("cancelled");
    for _ in 0..5 {
        stand.pass(2 * MINUTE_MS).await;
        stand.work().await;
    }
    assert!(stand.sandbox.parcels().is_empty(), "nobody ships a cancelled order");
    stand.close().await;
}
