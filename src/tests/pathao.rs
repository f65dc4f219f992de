//! Pathao: the client against the sandbox over HTTP, and a shop that ships with it.

use harkara::domain::couriers::{CourierForm, Provider};
use harkara::domain::money::Minor;
use harkara::domain::orders::OrderStatus;
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use harkara::domain::tracking::CaseKind;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::checking;
use harkara::server::couriers::CourierError;
use harkara::server::couriers::pathao::wire::NewStore;
use harkara::server::couriers::pathao::{Lane, Pathao};
use harkara::server::couriers::status::Meaning;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey, UnauthorizedForm};
use serde_json::json;

use crate::support::stand::{self, SECRET, Stand, parcel};

const HEADER: &str = "x-pathao-merchant-webhook-integration-secret";

async fn pathao(seed: u64) -> Stand {
    stand::stand(Provider::Pathao, seed, |form| form.pickup_location = "Demo Store".to_owned()).await
}

fn is_refused<T>(outcome: &Result<T, CourierError>, with: &str) -> bool {
    matches!(outcome, Err(CourierError::Refused(sentence)) if sentence.contains(with))
}

fn is_unavailable<T>(outcome: &Result<T, CourierError>) -> bool {
    matches!(outcome, Err(CourierError::Unavailable { .. }))
}

#[tokio::test]
async fn pathao_books_and_tracks_a_parcel() {
    let stand = pathao(1).await;
    let booking = stand.book("HK-1").await.expect("booked");
    assert_eq!((booking.numbers.reference.as_deref(), booking.charged_cost), (Some("HK-1"), Some(Minor(8_000))));
    let awb = booking.numbers.awb.expect("an AWB");
    let known = stand.sandbox.parcels().remove(0);
    assert_eq!((&known.awb, known.reference.as_str(), known.cod), (&awb, "HK-1", Minor(125_000)));
    assert_eq!(known.booked["store_id"], 130_042, "the store of that name");
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Is(ShipmentStatus::Pending)));
    stand.tell(&awb, "assigned-for-delivery").await;
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Is(ShipmentStatus::OutForDelivery)));
    assert!(is_refused(&stand.ask("DD-NONE").await, "not found"));
    stand.fault("info", Fault::UnknownStatus);
    assert_eq!(stand.ask(&awb).await, Ok(Meaning::Unknown));
    stand.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    stand.booked("HK-2").await;
    stand.close().await;
}

#[tokio::test]
async fn a_store_is_looked_up_by_its_name_once() {
    let stand = pathao(2).await;
    stand.booked("HK-1").await;
    stand.sandbox.set_faults(vec![Rule::new("stores", Fault::ServerError)]);
    stand.booked("HK-2").await;
    stand.change(|form| form.pickup_location = "130043".to_owned()).await;
    stand.booked("HK-3").await;
    assert_eq!(stand.sandbox.parcels()[2].booked["store_id"], 130_043, "an id needs no look-up");
    // After a refusal the name is looked up again: the store may be another one now.
    stand.change(|_| ()).await;
    stand.sandbox.set_faults(vec![Rule::new("create", Fault::OkButFailed), Rule::new("stores", Fault::ServerError)]);
    assert!(is_refused(&stand.book("HK-4").await, "We do not deliver"));
    assert!(is_unavailable(&stand.book("HK-4").await));
    stand.sandbox.set_faults(Vec::new());
    stand.change(|form| form.pickup_location = "Nowhere".to_owned()).await;
    assert!(is_refused(&stand.book("HK-4").await, "Demo Store, Main Godown"), "it says what there is");
    stand.change(|form| form.pickup_location = "999".to_owned()).await;
    assert!(is_refused(&stand.book("HK-4").await, "Wrong Store"));
    stand.close().await;
}

#[tokio::test]
async fn one_login_serves_until_pathao_no_longer_takes_its_token() {
    let stand = pathao(3).await;
    stand.sandbox.set_answers(Answers { token_seconds: 600, ..Answers::default() });
    let awb = stand.booked("HK-1").await;
    stand.sandbox.set_faults(vec![Rule::new("login", Fault::ServerError)]);
    assert!(stand.ask(&awb).await.is_ok(), "no login is made for it");
    stand.sandbox.advance(11 * MINUTE_MS).await;
    assert!(is_unavailable(&stand.ask(&awb).await), "the token is refused and the next login fails");
    stand.sandbox.set_faults(Vec::new());
    assert!(stand.ask(&awb).await.is_ok(), "another login, and the call once more");
    stand.close().await;
}

#[tokio::test]
async fn wrong_keys_are_refused_in_every_form() {
    let stand = pathao(4).await;
    stand.change(|form| form.credential_4 = "wrong".to_owned()).await;
    assert!(is_refused(&stand.book("HK-1").await, "did not accept"));
    stand.change(|_| ()).await;
    for unauthorized in [UnauthorizedForm::Json, UnauthorizedForm::Text, UnauthorizedForm::Html] {
        stand.sandbox.set_answers(Answers { unauthorized, ..Answers::default() });
        stand.sandbox.set_faults(vec![Rule::new("create", Fault::Unauthorized)]);
        assert!(is_refused(&stand.book("HK-1").await, "did not accept the keys"), "{unauthorized:?}");
    }
    assert!(stand.sandbox.parcels().is_empty());
    stand.close().await;
}

#[tokio::test]
async fn places_prices_stores_and_many_parcels_at_once() {
    let stand = pathao(5).await;
    let (http, account) = (stand.http(), &stand.account().await);
    let cities = Pathao.cities(http, account).await.expect("cities");
    let zones = Pathao.zones(http, account, &cities[0].id).await.expect("zones");
    let areas = Pathao.areas(http, account, &zones[0].id).await.expect("areas");
    assert_eq!((cities[0].name.as_str(), zones[0].name.as_str(), areas.len()), ("Dhaka", "Dhanmondi", 2));
    let lane = Lane { store: 130_042, city: 1, zone: 1, weight_grams: 700 };
    assert_eq!(Pathao.price(http, account, &lane).await, Ok(Minor(8_000)));
    assert!(is_refused(&Pathao.price(http, account, &Lane { store: 1, ..lane }).await, "Wrong Store"));
    let new = NewStore {
        name: "Third".to_owned(),
        contact_name: "Zubeida".to_owned(),
        contact_number: "01712345678".to_owned(),
        address: "House 3, Road 7, Dhaka".to_owned(),
        city_zone_area: [1, 1, 1],
    };
    assert_eq!(Pathao.add_store(http, account, &new).await, Ok(()));
    let stores = Pathao.stores(http, account).await.expect("stores");
    assert_eq!(stores.last().map(|store| store.name.as_str()), Some("Third"));
    assert_eq!(Pathao.book_many(http, account, &[parcel("HK-1"), parcel("HK-2")]).await, Ok(()));
    assert_eq!(stand.sandbox.parcels().len(), 2, "they are made, and told of by webhook");
    stand.close().await;
}

#[tokio::test]
async fn the_account_form_asks_for_what_pathao_needs() {
    let stand = pathao(6).await;
    let page = stand.form_page().await;
    for field in CourierForm::CREDENTIAL_FIELDS {
        assert!(page.contains(&format!("name=\"{field}\"")), "{field}: {page}");
    }
    assert!(page.contains("Client secret") && page.contains("Integration secret"), "{page}");
    stand.change(|form| form.credential_5 = "of-the-panel".to_owned()).await;
    stand.change(|_| ()).await;
    assert_eq!(stand.account().await.credential("integration_secret"), "of-the-panel", "left empty it stays");
    stand.close().await;
}

#[tokio::test]
async fn the_integration_handshake_is_answered_202_with_the_header() {
    let stand = pathao(7).await;
    let probe = json!({ "event": "webhook_integration" });
    let answer = stand.push("", &[("X-PATHAO-Signature", SECRET)], &probe).await;
    let told =
        |answer: &crate::support::Answer| answer.headers.get(HEADER).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(answer.status.as_u16(), 202);
    assert_eq!(told(&answer).as_deref(), Some("f3992ecc-59da-4cbe-a049-a13da2018d51"));
    stand.change(|form| form.credential_5 = "of-the-panel".to_owned()).await;
    let answer = stand.push("", &[("X-PATHAO-Signature", SECRET)], &probe).await;
    assert_eq!(told(&answer).as_deref(), Some("of-the-panel"), "the panel may show another");
    let answer = stand.push("", &[("X-PATHAO-Signature", "wrong")], &probe).await;
    assert!(answer.status.as_u16() == 401 && told(&answer).is_none(), "nothing is told to anybody else");
    assert_eq!(stand.push("", &[], &probe).await.status.as_u16(), 401);
    stand.listen().await;
    stand.sandbox.ping(Provider::Pathao).await;
    assert_eq!(stand.answers(), [Some(202)]);
    stand.close().await;
}

#[tokio::test]
async fn an_order_goes_with_pathao_from_the_booking_to_the_door() {
    let stand = pathao(8).await;
    stand.listen().await;
    stand.sandbox.set_journeys([Journey::FailedAttempts]);
    // Webhooks come twice, late, and not at all.
    stand.sandbox.set_faults(vec![
        Rule { probability: Some(0.3), ..Rule::new("webhook", Fault::Duplicate) },
        Rule::new("webhook", Fault::Reorder).times(2),
        Rule::new("webhook", Fault::Drop).times(1),
    ]);
    let reference = stand.confirmed().await;
    stand.ship(&reference).await.expect("booked");
    let order = stand.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].booking_state), (OrderStatus::Processing, BookingState::Booked));
    let known = stand.sandbox.parcels().remove(0);
    assert_eq!(order.shipments[0].awb.as_ref(), Some(&known.awb));
    assert_eq!(known.cod, order.order.money.total(), "cash on delivery collects the total");
    for _ in 0..40 {
        stand.pass(6 * HOUR_MS).await;
    }
    let order = stand.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::Delivered, ShipmentStatus::Delivered));
    let arrived = stand.answers();
    assert!(arrived.len() > 8 && arrived.iter().flatten().all(|status| *status == 202), "{arrived:?}");
    assert_eq!(stand.shop.number("SELECT COUNT(*) FROM webhook_log WHERE state <> 'applied'").await, 0);
    let counted = order.shipments[0].attempts;
    // Asking tells nothing new: a webhook and a look-up of the same news are one event.
    let shipment = order.shipments[0].id.to_string();
    checking::check_one(&stand.shop.app, &Actor::system(), &shipment).await.expect("asked");
    let again = stand.order(&reference).await;
    assert_eq!((again.shipments[0].status, again.shipments[0].attempts), (ShipmentStatus::Delivered, counted));
    stand.close().await;
}

#[tokio::test]
async fn an_order_that_comes_back_is_told_by_polling_alone() {
    let stand = pathao(9).await;
    stand.sandbox.set_journeys([Journey::Returned]);
    let reference = stand.confirmed().await;
    let shipment = stand.ship(&reference).await.expect("booked");
    stand.pass(20 * DAY_MS).await;
    checking::check_one(&stand.shop.app, &Actor::system(), &shipment).await.expect("asked");
    assert_eq!(stand.order(&reference).await.shipments[0].status, ShipmentStatus::RtoDelivered);
    stand.close().await;
}

#[tokio::test]
async fn a_booking_whose_answer_was_lost_is_told_by_its_first_webhook() {
    let stand = pathao(10).await;
    stand.listen().await;
    let reference = stand.confirmed().await;
    stand.fault("create", Fault::TimeoutAfter);
    stand.ship(&reference).await.expect("written down");
    stand.work().await;
    let order = stand.order(&reference).await;
    assert_eq!(order.shipments[0].booking_state, BookingState::Unknown, "nothing can be asked by our reference");
    assert_eq!(stand.sandbox.parcels().len(), 1, "and so it is never booked again by itself");
    stand.pass(MINUTE_MS).await;
    let order = stand.order(&reference).await;
    let known = stand.sandbox.parcels().remove(0);
    assert_eq!(
        (order.shipments[0].booking_state, order.shipments[0].awb.as_ref()),
        (BookingState::Booked, Some(&known.awb))
    );
    assert!(order.cases.is_empty(), "{:?}", order.cases);
    stand.close().await;
}

const QUESTIONS: &str =
    "SELECT COUNT(*) FROM jobs WHERE kind = 'resolve_booking' AND state NOT IN ('done', 'discarded')";

#[tokio::test]
async fn a_booking_that_cannot_be_looked_up_is_a_persons_question_and_no_job_for_ever() {
    let stand = pathao(11).await;
    let reference = stand.confirmed().await;
    stand.fault("create", Fault::TimeoutAfter);
    stand.ship(&reference).await.expect("written down");
    for _ in 0..4 {
        stand.pass(6 * HOUR_MS).await;
        stand.work().await;
    }
    let order = stand.order(&reference).await;
    assert_eq!((order.shipments[0].booking_state, order.cases.len()), (BookingState::Unknown, 1));
    assert_eq!(stand.shop.number(QUESTIONS).await, 0);
    stand.close().await;
}

#[tokio::test]
async fn a_booking_that_a_crash_cut_off_and_nobody_can_look_up_is_put_before_a_person() {
    let stand = pathao(12).await;
    let reference = stand.confirmed().await;
    stand.fault("create", Fault::TimeoutAfter);
    stand.ship(&reference).await.expect("written down");
    // What a process leaves that dies while it waits for the answer.
    stand
        .shop
        .meddle(&["UPDATE shipments SET booking_state = 'in_flight'", "DELETE FROM cases"].map(str::to_owned))
        .await;
    stand.pass(HOUR_MS).await;
    stand.work().await;
    let order = stand.order(&reference).await;
    let kinds: Vec<CaseKind> = order.cases.iter().map(|case| case.kind).collect();
    assert_eq!((order.shipments[0].booking_state, kinds), (BookingState::Unknown, vec![CaseKind::BookingUnknown]));
    stand.close().await;
}

#[tokio::test]
async fn whatever_goes_wrong_with_a_pathao_call_there_is_at_most_one_parcel() {
    for (seed, fault, state) in [
        (20, Fault::TimeoutBefore, BookingState::Unknown),
        (21, Fault::ServerError, BookingState::Unknown),
        (22, Fault::TooMany, BookingState::Unknown),
        (23, Fault::OkButFailed, BookingState::Refused),
        (24, Fault::Unauthorized, BookingState::Booked),
    ] {
        let stand = pathao(seed).await;
        let reference = stand.confirmed().await;
        stand.fault("create", fault);
        stand.ship(&reference).await.expect("written down");
        stand.pass(2 * MINUTE_MS).await;
        stand.work().await;
        let order = stand.order(&reference).await;
        assert_eq!(order.shipments[0].booking_state, state, "{fault:?}");
        assert_eq!(stand.sandbox.parcels().len(), usize::from(state == BookingState::Booked), "{fault:?}");
        stand.shop.close().await;
    }
}
