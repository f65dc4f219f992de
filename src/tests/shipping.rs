//! From a confirmed order to a courier: booked, refused or unknown, and never two live numbers.

use std::time::{Duration, Instant};

use harkara::domain::couriers::{Booking, Numbers};
use harkara::domain::ids::ShipmentId;
use harkara::domain::orders::{DeskOrder, OrderAction, OrderStatus};
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::time::MINUTE_MS;
use harkara::domain::tracking::CaseKind;
use harkara::error::AppError;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{booking, checking, shipping};
use harkara::server::db;
use harkara::server::sandbox::faults::Fault;

use crate::support::merchant::{Merchant, merchant};

async fn book(merchant: &Merchant, reference: &str) -> Result<String, AppError> {
    let created = booking::create(&merchant.shop.app, &Actor::system(), reference, "packzy", "").await;
    created.map(|id| id.to_string())
}

/// Lets time pass for jobs that wait, and works on them.
async fn later(merchant: &Merchant, minutes: i64) {
    merchant.shop.app.clock.advance(minutes * MINUTE_MS);
    merchant.work().await;
}

#[tokio::test]
async fn a_pending_order_takes_no_shipment_and_a_confirmed_one_takes_one() {
    let merchant = merchant(11).await;
    let variant = merchant.variants(1).await.remove(0);
    let pending = merchant.place(&[(&variant, 1)]).await;
    assert!(matches!(book(&merchant, &pending).await, Err(AppError::Conflict { .. })));

    let reference = merchant.confirmed().await;
    book(&merchant, &reference).await.expect("booked");
    let order = merchant.order(&reference).await;
    assert_eq!(order.order.status, OrderStatus::Processing, "booking makes the order processing");
    let shipment = &order.shipments[0];
    assert_eq!(shipment.booking_state, BookingState::Booked);
    assert_eq!(shipment.our_reference.as_deref(), Some(reference.as_str()));
    let parcels = merchant.desk.sandbox.parcels();
    assert_eq!(shipment.awb.as_deref(), Some(parcels[0].awb.as_str()));
    assert!(shipment.tracking_code.is_some());
    assert_eq!(shipment.cod_amount, order.order.money.total(), "cash on delivery collects the order's total");
    let again = book(&merchant, &reference).await.unwrap_err();
    assert!(again.sentence().contains("live shipment"), "{again:?}");
    assert_eq!(merchant.desk.sandbox.parcels().len(), 1);
    merchant.close().await;
}

#[tokio::test]
async fn a_refusal_is_shown_and_the_next_booking_has_a_reference_of_its_own() {
    let merchant = merchant(12).await;
    let reference = merchant.confirmed().await;
    merchant.desk.fault("create_order", Fault::OkButFailed);
    book(&merchant, &reference).await.expect("written down");
    let order = merchant.order(&reference).await;
    assert_eq!(order.shipments[0].booking_state, BookingState::Refused);
    assert!(order.shipments[0].error_message.is_some());
    assert_eq!(order.order.status, OrderStatus::Confirmed);
    book(&merchant, &reference).await.expect("booked");
    let order = merchant.order(&reference).await;
    assert_eq!(order.shipments[0].our_reference, Some(format!("{reference}-R2")));
    assert_eq!(order.shipments[0].booking_state, BookingState::Booked);
    assert!(!order.shipments[1].is_current);
    merchant.close().await;
}

#[tokio::test]
async fn whatever_goes_wrong_with_the_call_there_is_one_parcel_and_nothing_is_stuck() {
    for (seed, fault) in [
        (21, Fault::TimeoutBefore),
        (22, Fault::TimeoutAfter),
        (23, Fault::ServerError),
        (24, Fault::TooMany),
        (25, Fault::OkButFailed),
        (26, Fault::Unauthorized),
    ] {
        let merchant = merchant(seed).await;
        let reference = merchant.confirmed().await;
        merchant.desk.fault("create_order", fault);
        book(&merchant, &reference).await.expect("written down");
        let first = merchant.order(&reference).await;
        let is_unclear = first.shipments[0].booking_state == BookingState::Unknown;
        if is_unclear {
            assert!(first.cases.iter().any(|case| case.kind == CaseKind::BookingUnknown), "{fault:?}");
            assert!(book(&merchant, &reference).await.is_err(), "{fault:?}: no second booking while nobody knows");
            later(&merchant, 2).await;
        }
        let order = merchant.order(&reference).await;
        let state = order.shipments[0].booking_state;
        assert!(matches!(state, BookingState::Booked | BookingState::Refused), "{fault:?} {state:?}");
        let known = merchant.desk.sandbox.parcels().len();
        assert_eq!(known, usize::from(state == BookingState::Booked), "{fault:?}");
        assert!(order.cases.is_empty(), "{fault:?}: {:?}", order.cases);
        merchant.close().await;
    }
}

#[tokio::test]
async fn a_booking_is_heard_to_its_end_when_whoever_asked_for_it_goes_away() {
    let merchant = merchant(20).await;
    let reference = merchant.confirmed().await;
    merchant.desk.fault("create_order", Fault::TimeoutAfter);
    merchant.desk.sandbox.set_hold(Duration::from_millis(300));
    let (app, name) = (merchant.shop.app.clone(), reference.clone());
    let asked = tokio::spawn(async move { booking::create(&app, &Actor::system(), &name, "packzy", "").await });
    while merchant.order(&reference).await.shipments.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    asked.abort();
    let patience = Instant::now() + Duration::from_secs(20);
    while merchant.order(&reference).await.shipments[0].booking_state == BookingState::InFlight {
        assert!(Instant::now() < patience, "the outcome is written down");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(merchant.order(&reference).await.shipments[0].booking_state, BookingState::Unknown);
    merchant.close().await;
}

/// What a first try's answer does that comes when a later try was refused.
async fn answer_late(merchant: &Merchant, shipment: &str, awb: &str) {
    let app = &merchant.shop.app;
    let numbers = Numbers { awb: Some(awb.to_owned()), ..Numbers::default() };
    let (pen, booking) = (app.pen(), Booking { numbers, ..Booking::default() });
    let id = ShipmentId::new(shipment.to_owned());
    app.db
        .write(move |conn| {
            let (pen, booking, id) = (pen.clone(), booking.clone(), id.clone());
            Box::pin(async move {
                let present = db::shipping::find(conn, &id).await?.expect("a shipment");
                booking::book(conn, &pen, &present, &booking).await
            })
        })
        .await
        .expect("written down");
}

fn pushed(awb: u64, reference: &str, status: &str) -> serde_json::Value {
    serde_json::json!({"notification_type": "delivery_status", "consignment_id": awb, "invoice": reference,
        "cod_amount": 100, "status": status, "delivery_charge": 60, "tracking_message": "",
        "updated_at": "2026-11-21 12:30:00"})
}

#[tokio::test]
async fn a_refused_booking_the_courier_has_after_all_is_booked() {
    let merchant = merchant(27).await;
    for is_pushed in [false, true] {
        let reference = merchant.confirmed().await;
        merchant.desk.fault("create_order", Fault::OkButFailed);
        let shipment = book(&merchant, &reference).await.expect("written down");
        assert_eq!(merchant.order(&reference).await.shipments[0].booking_state, BookingState::Refused);
        let awb = 700_000_001 + u64::from(is_pushed);
        if is_pushed {
            assert_eq!(merchant.push(&pushed(awb, &reference, "pending")).await.status.as_u16(), 200);
            merchant.apply().await;
        } else {
            answer_late(&merchant, &shipment, &awb.to_string()).await;
        }
        let order = merchant.order(&reference).await;
        let found = &order.shipments[0];
        assert_eq!((found.booking_state, found.awb.clone()), (BookingState::Booked, Some(awb.to_string())));
        assert_eq!(order.order.status, OrderStatus::Processing, "{is_pushed}");
        assert!(book(&merchant, &reference).await.is_err(), "it is not booked twice");
    }
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn a_refused_booking_that_was_replaced_takes_no_place_and_is_told_when_it_moves() {
    let merchant = merchant(28).await;
    let reference = merchant.confirmed().await;
    merchant.desk.fault("create_order", Fault::OkButFailed);
    let refused = book(&merchant, &reference).await.expect("written down");
    book(&merchant, &reference).await.expect("booked");
    answer_late(&merchant, &refused, "700000003").await;
    let order = merchant.order(&reference).await;
    let live = |order: &DeskOrder| order.shipments.iter().filter(|one| one.is_live()).count();
    assert_eq!((live(&order), order.shipments[1].booking_state), (1, BookingState::Refused));
    assert_eq!(merchant.push(&pushed(700_000_003, &reference, "delivered")).await.status.as_u16(), 200);
    merchant.apply().await;
    let order = merchant.order(&reference).await;
    let kinds: Vec<_> = order.cases.iter().map(|case| case.kind).collect();
    assert_eq!((live(&order), kinds), (1, vec![CaseKind::TwoLiveParcels]));
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn a_booking_proved_without_a_number_gets_it_from_the_first_push() {
    let merchant = merchant(31).await;
    let reference = merchant.confirmed().await;
    merchant.desk.fault("create_order", Fault::TimeoutAfter);
    let shipment = book(&merchant, &reference).await.expect("written down");
    later(&merchant, 2).await;
    let order = merchant.order(&reference).await;
    assert_eq!((order.shipments[0].booking_state, &order.shipments[0].awb), (BookingState::Booked, &None));
    assert_eq!(order.order.status, OrderStatus::Processing);
    assert!(book(&merchant, &reference).await.is_err(), "booked, AWB pending is a live booking");

    let parcel = merchant.desk.sandbox.parcels().remove(0);
    let push = pushed(parcel.awb.parse().expect("a number"), &reference, "Pending");
    assert_eq!(merchant.push(&push).await.status.as_u16(), 200);
    merchant.apply().await;
    assert_eq!(merchant.order(&reference).await.shipments[0].awb.as_deref(), Some(parcel.awb.as_str()));
    let by_hand = shipping::set_awb(&merchant.shop.app, &Actor::system(), &shipment, "123456789").await;
    assert!(matches!(by_hand, Err(AppError::Conflict { .. })), "{by_hand:?}");
    merchant.close().await;
}

#[tokio::test]
async fn a_number_booked_elsewhere_is_attached_once_and_takes_up_pushes_that_came_before() {
    let merchant = merchant(41).await;
    let reference = merchant.confirmed().await;
    let push = serde_json::json!({"notification_type": "delivery_status", "consignment_id": 555000111,
        "invoice": "ELSEWHERE-1", "status": "Delivered", "updated_at": "2026-11-21 12:30:00"});
    assert_eq!(merchant.push(&push).await.status.as_u16(), 200);
    merchant.apply().await;
    let unmatched = "SELECT COUNT(*) FROM webhook_log WHERE state = 'unmatched'";
    assert_eq!(merchant.shop.number(unmatched).await, 1);
    let app = &merchant.shop.app;
    for wrong in ["", "0", "000", "a b", "💥💥💥"] {
        let refused = booking::attach(app, &Actor::system(), &reference, "packzy", wrong, "").await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{wrong:?} {refused:?}");
    }
    booking::attach(app, &Actor::system(), &reference, "packzy", "555000111", "").await.expect("attached");
    merchant.apply().await;
    assert_eq!(merchant.shop.number(unmatched).await, 0);
    let order = merchant.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::Delivered, ShipmentStatus::Delivered));
    let other = merchant.confirmed().await;
    let taken = booking::attach(app, &Actor::system(), &other, "packzy", "555000111", "").await;
    assert!(matches!(taken, Err(AppError::Conflict { .. })), "{taken:?}");
    assert!(merchant.order(&other).await.shipments.is_empty(), "nothing of it is left");
    merchant.close().await;
}

#[tokio::test]
async fn handing_over_ships_the_order_and_asks_the_courier_at_once() {
    let merchant = merchant(51).await;
    let reference = merchant.confirmed().await;
    let shipment = book(&merchant, &reference).await.expect("booked");
    let parcel = merchant.desk.sandbox.parcels().remove(0);
    merchant.desk.sandbox.event(&parcel.awb, Some("delivered".into()), String::new()).await;
    shipping::hand_over(&merchant.shop.app, &Actor::system(), &shipment).await.expect("handed over");
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Shipped);
    merchant.work().await;
    let order = merchant.order(&reference).await;
    assert_eq!(order.order.status, OrderStatus::Delivered, "R37: the courier says it is delivered");
    merchant.close().await;
}

#[tokio::test]
async fn an_order_with_a_live_parcel_is_not_cancelled_and_voiding_makes_room_for_another_booking() {
    let merchant = merchant(61).await;
    let reference = merchant.confirmed().await;
    let shipment = book(&merchant, &reference).await.expect("booked");
    let refused = merchant.act(&reference, OrderAction::Cancel).await.unwrap_err();
    assert!(refused.sentence().contains("Void"), "{refused:?}");
    let app = &merchant.shop.app;
    let refused = shipping::void(app, &Actor::system(), &shipment, false).await.unwrap_err();
    assert!(refused.sentence().contains("panel"), "Packzy cannot cancel by a call: {refused:?}");
    shipping::void(app, &Actor::system(), &shipment, true).await.expect("voided");
    book(&merchant, &reference).await.expect("booked again");
    let order = merchant.order(&reference).await;
    assert_eq!(order.shipments.iter().filter(|one| one.is_live()).count(), 1);
    assert_eq!(order.shipments[1].status, ShipmentStatus::Cancelled);
    let second = order.shipments[0].id.to_string();
    shipping::void(app, &Actor::system(), &second, true).await.expect("voided");
    assert_eq!(merchant.act(&reference, OrderAction::Cancel).await, Ok(OrderStatus::Cancelled));
    merchant.close().await;
}

#[tokio::test]
async fn a_recalled_order_is_cancelled_when_its_parcel_has_come_back() {
    let merchant = merchant(71).await;
    let variant = merchant.variants(1).await.remove(0);
    merchant.stock(&variant, 5).await;
    let reference = merchant.place(&[(&variant, 1)]).await;
    merchant.act(&reference, OrderAction::Confirm).await.unwrap();
    let shipment = book(&merchant, &reference).await.expect("booked");
    let app = &merchant.shop.app;
    shipping::hand_over(app, &Actor::system(), &shipment).await.expect("handed over");
    let status = shipping::recall(app, &Actor::system(), &reference, "Customer asked").await;
    assert_eq!(status, Ok(OrderStatus::Shipped), "it is still on its way");
    assert!(merchant.order(&reference).await.is_recalled);
    shipping::correct(app, &Actor::system(), &shipment, ShipmentStatus::RtoDelivered, "Back on the shelf")
        .await
        .expect("corrected");
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Cancelled);
    assert_eq!(merchant.stock_of(&variant).await, 5, "and its stock is back");
    merchant.close().await;
}

#[tokio::test]
async fn a_run_of_checks_survives_a_restart_and_sums_up() {
    let merchant = merchant(81).await;
    let app = &merchant.shop.app;
    for at in 0..3 {
        let reference = merchant.confirmed().await;
        book(&merchant, &reference).await.expect("booked");
        let parcel = merchant.desk.sandbox.parcels().remove(at);
        if at > 0 {
            merchant.desk.sandbox.event(&parcel.awb, Some("delivered".into()), String::new()).await;
        }
    }
    let wish = checking::RunWish { courier: None, older_than_ms: 0, max: 50 };
    checking::begin_run(app, &Actor::system(), &wish).await.expect("begun");
    let run = harkara::server::actions::desk::latest_check(app, None).await.unwrap().expect("a run");
    assert_eq!((run.is_running(), run.total, run.done), (true, 3, 0), "it is in the database before it runs");
    merchant.work().await;
    let run = harkara::server::actions::desk::latest_check(app, None).await.unwrap().expect("a run");
    assert_eq!((run.state.as_str(), run.done, run.updated, run.failed), ("finished", 3, 2, 0), "{run:?}");
    assert_eq!(run.lines.len(), 3);
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM orders WHERE status = 'delivered'").await, 2);
    merchant.close().await;
}

#[tokio::test]
async fn programs_book_attach_and_read_shipments() {
    let merchant = merchant(91).await;
    let staff = merchant.shop.token(harkara::domain::staff::Role::Staff, None).await;
    let (booked, attached) = (merchant.confirmed().await, merchant.confirmed().await);
    let path = |reference: &str| format!("/api/v1/orders/{reference}/shipments/");
    let body = serde_json::json!({"courier": "packzy"});
    let answer = merchant.send("POST", &path(&booked), Some(&staff), &body).await;
    let shipment: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((answer.status.as_u16(), &shipment["sync_status"]), (201, &serde_json::json!("synced")), "{shipment}");
    let again = merchant.send("POST", &path(&booked), Some(&staff), &body).await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.body);
    let body =
        serde_json::json!({"courier": "by-hand", "awb": "AB-1234", "courierOrderId": "77", "status": "in_transit"});
    let answer = merchant.send("POST", &path(&attached), Some(&staff), &body).await;
    let shipment: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((answer.status.as_u16(), &shipment["status"]), (201, &serde_json::json!("in_transit")), "{shipment}");
    let id = shipment["id"].as_str().expect("an id");
    let read = merchant.send("GET", &format!("/api/v1/shipments/{id}/"), Some(&staff), &serde_json::json!({})).await;
    assert!(read.body.contains("AB-1234"), "{}", read.body);
    let order =
        merchant.send("GET", &format!("/api/v1/orders/{attached}/"), Some(&staff), &serde_json::json!({})).await;
    let order: serde_json::Value = serde_json::from_str(&order.body).expect("JSON");
    assert_eq!((&order["status"], &order["shipments"][0]["awb"]), (&"shipped".into(), &"AB-1234".into()));
    for (wrong, field) in [
        (serde_json::json!({}), "courier"),
        (serde_json::json!({"courier": "nobody"}), "courier"),
        (serde_json::json!({"courier": "by-hand"}), "courier"),
        (serde_json::json!({"courier": "by-hand", "awb": "?"}), "awb"),
        (serde_json::json!({"courier": "by-hand", "awb": "AB-9", "status": "flying"}), "status"),
    ] {
        let answer = merchant.send("POST", &path(&attached), Some(&staff), &wrong).await;
        let problem: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(answer.status.as_u16(), 400, "{wrong} {problem}");
        assert!(problem["details"][field].is_array(), "{wrong} {problem}");
    }
    merchant.close().await;
}
