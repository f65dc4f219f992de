//! RedX: the client against the sandbox over HTTP, and a shop that ships with it.

use harkara::domain::couriers::{Parcel, Provider};
use harkara::domain::money::Minor;
use harkara::domain::orders::OrderStatus;
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{checking, shipping};
use harkara::server::couriers::redx::wire::Charge;
use harkara::server::couriers::redx::{AreasOf, Lane, Redx};
use harkara::server::couriers::status::Meaning;
use harkara::server::couriers::{Courier, CourierError};
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey, UnauthorizedForm};
use serde_json::json;

use crate::support::stand::{self, SECRET, Stand, numbered, parcel};

async fn redx(seed: u64) -> Stand {
    stand::stand(Provider::Redx, seed, |form| form.pickup_location = "Main Godown".to_owned()).await
}

fn is_refused<T>(outcome: &Result<T, CourierError>, with: &str) -> bool {
    matches!(outcome, Err(CourierError::Refused(sentence)) if sentence.contains(with))
}

fn is_unavailable<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Unavailable { .. }))
}

#[tokio::test]
async fn redx_books_tracks_and_cancels_a_parcel() {
    let stand = redx(1).await;
    let awb = stand.booked("HK-1").await;
    let known = stand.sandbox.parcels().remove(0);
    assert_eq!((&known.awb, known.reference.as_str(), known.cod), (&awb, "HK-1", Minor(125_000)));
    let booked = &known.booked;
    assert_eq!((&booked["delivery_area_id"], &booked["pickup_store_id"]), (&json!(12), &json!(9_002)));
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Is(ShipmentStatus::ReadyToShip)));
    stand.fault("info", Fault::UnknownStatus);
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Unknown));
    assert!(is_refused(&stand.ask("NONE").await, "not found"));
    let (http, account) = (stand.http(), &stand.account().await);
    assert_eq!(Redx.cancel(http, account, &numbered(&awb)).await, Ok(()));
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Is(ShipmentStatus::Cancelled)));
    let late = stand.booked("HK-2").await;
    stand.tell(&late, "delivery-in-progress").await;
    assert!(is_refused(&Redx.cancel(http, account, &numbered(&late)).await, "cannot be cancelled"));
    stand.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    assert_eq!(stand.ask(&late).await, Ok(Meaning::Is(ShipmentStatus::OutForDelivery)));
    stand.close().await;
}

#[tokio::test]
async fn an_area_is_looked_up_by_the_postcode_once_and_never_guessed() {
    let stand = redx(2).await;
    let (http, account) = (stand.http(), &stand.account().await);
    let to = |postcode: &str, line2: &str, city: &str| {
        let mut parcel = parcel("HK-1");
        parcel.address.pincode = postcode.to_owned();
        parcel.address.line2 = line2.to_owned();
        parcel.address.city = city.to_owned();
        parcel.address.state = String::new();
        parcel
    };
    let area = async |parcel: &Parcel| {
        let booked = Redx.book(http, account, parcel).await;
        booked.map(|_| stand.sandbox.parcels().last().expect("a parcel").booked["delivery_area"].clone())
    };
    assert!(is_refused(&area(&to("1216", "", "Dhaka")).await, "Mirpur 10, Pallabi, Kazipara"));
    assert_eq!(area(&to("1216", "Block C, Pallabi", "Dhaka")).await, Ok(json!("Pallabi")));
    assert_eq!(area(&to("", "", "Chattogram")).await, Ok(json!("Agrabad")), "the only one of the district");
    assert_eq!(area(&to("9999", "Kazipara", "Dhaka")).await, Ok(json!("Kazipara")), "an odd postcode is no end");
    assert!(is_refused(&area(&to("9999", "", "Atlantis")).await, "no area"));
    stand.sandbox.set_faults(vec![Rule::new("areas", Fault::ServerError), Rule::new("stores", Fault::ServerError)]);
    assert_eq!(area(&to("1216", "Kazipara", "Dhaka")).await, Ok(json!("Kazipara")), "what is known is not asked");
    assert!(is_unavailable(&area(&to("1209", "", "Dhaka")).await));
    stand.close().await;
}

#[tokio::test]
async fn a_store_is_found_by_its_name_or_id_or_left_to_redx() {
    let stand = redx(3).await;
    stand.change(|form| form.pickup_location = "9001".to_owned()).await;
    stand.booked("HK-1").await;
    stand.change(|form| form.pickup_location = String::new()).await;
    stand.booked("HK-2").await;
    let stores: Vec<_> = stand.sandbox.parcels().iter().map(|one| one.booked["pickup_store_id"].clone()).collect();
    assert_eq!(stores, [json!(9_001), json!(null)]);
    stand.change(|form| form.pickup_location = "Nowhere".to_owned()).await;
    assert!(is_refused(&stand.book("HK-3").await, "Demo Store, Main Godown"));
    stand.close().await;
}

#[tokio::test]
async fn areas_charges_stores_and_messages_are_told() {
    let stand = redx(4).await;
    let (http, account) = (stand.http(), &stand.account().await);
    let zone = Redx.areas(http, account, AreasOf::Zone("7")).await.expect("areas");
    assert_eq!((zone.len(), zone[0].name.as_str()), (1, "Agrabad"));
    let lane = Lane { from_area: 12, to_area: 71, cod: Minor(100_000), weight_grams: 500 };
    let charge = Redx.charge(http, account, &lane).await;
    assert_eq!(charge, Ok(Charge { delivery: Minor(7_000), cod: Minor(1_000) }));
    assert!(is_refused(&Redx.charge(http, account, &Lane { to_area: 1, ..lane }).await, "Invalid area"));
    let added = Redx.add_store(http, account, "Third", "01712345678", "Road 7", 12).await.expect("a store");
    assert_eq!(Redx.store(http, account, added.id).await.expect("a store").name, "Third");
    assert_eq!(Redx.stores(http, account).await.expect("stores").len(), 3);
    stand.sandbox.set_journeys([Journey::Delivered]);
    let awb = stand.booked("HK-1").await;
    stand.sandbox.advance(5 * DAY_MS).await;
    let messages = Redx.messages(http, account, &awb).await.expect("messages");
    assert_eq!(messages.first().map(|line| line.english.as_str()), Some("Package is created successfully"));
    assert_eq!(messages.last().map(|line| line.english.as_str()), Some("Parcel has been delivered"));
    stand.close().await;
}

#[tokio::test]
async fn a_wrong_token_is_refused_in_every_form() {
    let stand = redx(5).await;
    stand.change(|form| form.credential_1 = "wrong".to_owned()).await;
    for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text, UnauthorizedForm::Html] {
        stand.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
        assert!(is_refused(&stand.book("HK-1").await, "did not accept the keys"), "{unauthorized:?}");
    }
    let page = stand.form_page().await;
    assert!(page.contains("API token") && !page.contains("credential_2"), "{page}");
    stand.close().await;
}

#[tokio::test]
async fn webhooks_are_known_by_the_token_in_their_address() {
    let stand = redx(6).await;
    let reference = stand.confirmed().await;
    stand.ship(&reference).await.expect("booked");
    let awb = stand.order(&reference).await.shipments[0].awb.clone();
    let body = json!({ "tracking_number": awb, "timestamp": "2026-11-21T12:00:00+06:00", "status": "delivered" });
    for query in ["", "?token=wrong", "?other=a-webhook-secret"] {
        assert_eq!(stand.push(query, &[], &body).await.status.as_u16(), 401, "{query}");
    }
    assert_eq!(stand.order(&reference).await.order.status, OrderStatus::Processing);
    let answer = stand.push(&format!("?token={SECRET}"), &[], &body).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, r#"{"success":true}"#));
    assert_eq!(stand.order(&reference).await.order.status, OrderStatus::Delivered);
    stand.close().await;
}

#[tokio::test]
async fn an_order_goes_with_redx_from_the_booking_to_the_door() {
    let stand = redx(7).await;
    stand.listen().await;
    stand.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    stand.sandbox.set_journeys([Journey::Held]);
    stand.sandbox.set_faults(vec![
        Rule { probability: Some(0.3), ..Rule::new("webhook", Fault::Duplicate) },
        Rule::new("webhook", Fault::Reorder).times(2),
    ]);
    let reference = stand.confirmed().await;
    stand.ship(&reference).await.expect("booked");
    let order = stand.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].booking_state), (OrderStatus::Processing, BookingState::Booked));
    let known = stand.sandbox.parcels().remove(0);
    assert_eq!(known.cod, order.order.money.total(), "cash on delivery collects the total");
    for _ in 0..30 {
        stand.pass(6 * HOUR_MS).await;
    }
    let order = stand.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::Delivered, ShipmentStatus::Delivered));
    let arrived = stand.answers();
    assert!(arrived.len() >= 5 && arrived.iter().all(|status| *status == Some(200)), "{arrived:?}");
    assert_eq!(stand.shop.number("SELECT COUNT(*) FROM webhook_log WHERE state <> 'applied'").await, 0);
    stand.close().await;
}

#[tokio::test]
async fn an_order_that_comes_back_is_told_by_polling_alone() {
    let stand = redx(8).await;
    stand.sandbox.set_journeys([Journey::Returned]);
    let reference = stand.confirmed().await;
    let shipment = stand.ship(&reference).await.expect("booked");
    stand.pass(20 * DAY_MS).await;
    checking::check_one(&stand.shop.app, &Actor::system(), &shipment).await.expect("asked");
    assert_eq!(stand.order(&reference).await.shipments[0].status, ShipmentStatus::RtoDelivered);
    stand.close().await;
}

#[tokio::test]
async fn a_booking_is_voided_by_a_call_and_made_again() {
    let stand = redx(9).await;
    let reference = stand.confirmed().await;
    let shipment = stand.ship(&reference).await.expect("booked");
    shipping::void(&stand.shop.app, &Actor::system(), &shipment, false).await.expect("voided");
    stand.ship(&reference).await.expect("booked again");
    let parcels = stand.sandbox.parcels();
    assert_eq!((parcels[0].status.as_str(), parcels[1].reference.as_str()), ("cancelled", &*format!("{reference}-R2")));
    stand.close().await;
}

#[tokio::test]
async fn whatever_goes_wrong_with_a_redx_call_there_is_at_most_one_parcel() {
    for (seed, fault, state, parcels) in [
        (20, Fault::TimeoutBefore, BookingState::Unknown, 0),
        (21, Fault::TimeoutAfter, BookingState::Unknown, 1),
        (22, Fault::ServerError, BookingState::Unknown, 0),
        (23, Fault::TooMany, BookingState::Unknown, 0),
        (24, Fault::OkButFailed, BookingState::Refused, 0),
        (25, Fault::Unauthorized, BookingState::Refused, 0),
    ] {
        let stand = redx(seed).await;
        stand.listen().await;
        stand.sandbox.set_journeys([Journey::Delivered]);
        let reference = stand.confirmed().await;
        stand.fault("create", fault);
        stand.ship(&reference).await.expect("written down");
        stand.pass(2 * MINUTE_MS).await;
        stand.work().await;
        assert_eq!(stand.order(&reference).await.shipments[0].booking_state, state, "{fault:?}");
        assert_eq!(stand.sandbox.parcels().len(), parcels, "{fault:?}");
        if parcels == 1 {
            // The first webhook with our reference tells that it was booked, and its number.
            stand.pass(2 * DAY_MS).await;
            let order = stand.order(&reference).await;
            assert_eq!(order.shipments[0].booking_state, BookingState::Booked);
            assert_eq!(order.shipments[0].awb.as_ref(), Some(&stand.sandbox.parcels()[0].awb));
        }
        stand.shop.close().await;
    }
}
