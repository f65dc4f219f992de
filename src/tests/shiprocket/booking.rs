//! Orders and their AWBs: two steps, each of which can go wrong by itself.

use harkara::domain::time::{DAY_MS, MINUTE_MS};
use harkara::server::couriers::shiprocket::orders::as_number;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey};

use super::*;

#[tokio::test]
async fn a_parcel_is_booked_in_two_steps_and_found_with_all_its_numbers() {
    let rocket = rocket(10).await;
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    let booking = rocket.book("HK-1").await.expect("booked");
    let numbers = &booking.numbers;
    let all = [&numbers.awb, &numbers.courier_order_id, &numbers.courier_shipment_id];
    assert!(all.iter().all(|number| number.is_some()), "{numbers:?}");
    assert!(all[0] != all[1] && all[1] != all[2], "each in its own space");
    assert_eq!(numbers.reference.as_deref(), Some("HK-1"));
    assert_eq!(
        (booking.carrier_name.as_deref(), booking.charged_cost),
        (Some("Xpress Surface Demo"), Some(Minor(8_437)))
    );
    let known = &rocket.desk.sandbox.parcels()[0];
    assert_eq!((known.reference.as_str(), known.cod), ("HK-1", Minor(184_850)), "what is collected is the total");
    assert_eq!(known.booked["sent"]["order_items"].as_array().map(Vec::len), Some(2));
    let found = rocket.find("HK-1").await.expect("an answer").expect("a booking");
    assert_eq!(found.numbers, *numbers);
    assert_eq!(rocket.find("HK").await, Ok(None), "a part of a reference is another one");
}

#[tokio::test]
async fn a_booking_whose_answer_was_lost_is_found_and_not_made_twice() {
    let rocket = rocket(11).await;
    rocket.desk.fault("create_order", Fault::TimeoutAfter);
    assert!(is_unavailable(&rocket.book("HK-1").await));
    let found = rocket.find("HK-1").await.expect("an answer").expect("an order");
    assert_eq!(found.numbers.awb, None, "booked, AWB pending");
    let assigned = rocket.assign(&found.numbers).await.expect("an AWB");
    assert_eq!(assigned.numbers.courier_order_id, found.numbers.courier_order_id);
    let again = rocket.book("HK-1").await.expect("the order there is");
    assert_eq!(again.numbers, assigned.numbers);
    assert_eq!(rocket.desk.sandbox.parcels().len(), 1);
    rocket.desk.fault("create_order", Fault::TimeoutBefore);
    assert!(is_unavailable(&rocket.book("HK-2").await));
    assert_eq!(rocket.find("HK-2").await, Ok(None), "not found is proof that there is none");
}

#[tokio::test]
async fn an_order_without_an_awb_is_booked_and_gets_one_later_without_a_second_order() {
    for (seed, fault) in [
        (12, Fault::OkButFailed),
        (13, Fault::ServerError),
        (14, Fault::TimeoutBefore),
        (15, Fault::TimeoutAfter),
        (16, Fault::TooMany),
    ] {
        let rocket = rocket(seed).await;
        rocket.desk.fault("assign_awb", fault);
        let booking = rocket.book("HK-1").await.expect("an order");
        assert_eq!(booking.numbers.awb, None, "{fault:?}");
        assert!(booking.awb_pending.is_some_and(|reason| !reason.is_empty()), "{fault:?}");
        let found = rocket.find("HK-1").await.expect("an answer").expect("an order");
        assert_eq!(found.numbers.courier_order_id, booking.numbers.courier_order_id);
        // After the lost answer it has one already, which is looked up.
        let assigned = rocket.assign(&booking.numbers).await.expect("an AWB");
        assert_eq!(assigned.numbers.awb.as_deref(), Some(rocket.desk.sandbox.parcels()[0].awb.as_str()));
        assert_eq!(rocket.desk.sandbox.parcels().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_empty_wallet_and_a_queue_leave_the_awb_pending() {
    let rocket = rocket(17).await;
    rocket.desk.sandbox.set_answers(Answers { wallet_empty: true, ..Answers::default() });
    let booking = rocket.book("HK-1").await.expect("an order");
    assert!(booking.awb_pending.expect("a reason").contains("recharge"));
    assert!(refusal(rocket.assign(&booking.numbers).await).contains("recharge"));
    rocket.desk.sandbox.set_answers(Answers { awb_queued: true, ..Answers::default() });
    let booking = rocket.book("HK-2").await.expect("an order");
    assert_eq!(booking.numbers.awb, None);
    assert!(is_unavailable(&rocket.assign(&booking.numbers).await));
    rocket.desk.sandbox.advance(MINUTE_MS).await;
    // Asking where it is brings the AWB that came meanwhile.
    let reports = Shiprocket.track(&rocket.http, &rocket.account, &[booking.numbers]).await.expect("entries");
    let report = reports[0].as_ref().expect("a report");
    assert!(report.numbers.awb.is_some(), "{report:?}");
}

#[tokio::test]
async fn a_cancelled_order_uses_its_reference_up() {
    let rocket = rocket(18).await;
    let numbers = rocket.numbers("HK-1").await;
    Shiprocket.cancel(&rocket.http, &rocket.account, &numbers).await.expect("an empty 204");
    assert_eq!(rocket.find("HK-1").await, Ok(None));
    assert!(refusal(rocket.book("HK-1").await).contains("under a new one"));
    let other = rocket.numbers("HK-1-R2").await;
    assert_ne!(other.courier_order_id, numbers.courier_order_id);
}

#[tokio::test]
async fn an_order_is_cancelled_by_any_of_its_numbers_until_it_is_picked_up() {
    let rocket = rocket(19).await;
    rocket.desk.sandbox.set_journeys([Journey::Delivered; 4]);
    let cancel = async |numbers: Numbers| Shiprocket.cancel(&rocket.http, &rocket.account, &numbers).await;
    rocket.book("HK-1").await.expect("booked");
    cancel(Numbers { reference: Some("HK-1".to_owned()), ..Numbers::default() }).await.expect("by our reference");
    let second = rocket.numbers("HK-2").await;
    cancel(Numbers { awb: second.awb.clone(), ..Numbers::default() }).await.expect("by its AWB");
    let kept = rocket.find("HK-2").await.expect("an answer").expect("the order stays");
    assert_eq!(kept.numbers.awb, None);
    rocket.assign(&kept.numbers).await.expect("and can be booked again");
    refusal(cancel(Numbers { reference: Some("HK-9".to_owned()), ..Numbers::default() }).await);
    refusal(cancel(Numbers::default()).await);
    let unknown = Numbers { courier_order_id: Some("77".to_owned()), ..Numbers::default() };
    assert!(refusal(cancel(unknown).await).contains("does not know"), "PHP's 500 is not asked again");
    let gone = rocket.numbers("HK-3").await;
    rocket.tell(&gone, "PICKED UP").await;
    assert!(refusal(cancel(gone).await).contains("picked up"));
    rocket.desk.sandbox.advance(DAY_MS).await;
    assert_eq!(rocket.desk.sandbox.parcels()[0].status, "CANCELED", "it shows later");
}

#[tokio::test]
async fn a_pickup_place_nobody_knows_is_refused_with_those_there_are() {
    let mut rocket = rocket(20).await;
    rocket.account.shown.pickup_location = Some("main godown".to_owned());
    let sentence = refusal(rocket.book("HK-1").await);
    assert!(sentence.contains("Wrong Pickup location") && sentence.contains("Primary, Main Godown"), "{sentence}");
    assert_eq!(rocket.find("HK-1").await, Ok(None));
}

#[tokio::test]
async fn a_200_that_says_no_and_a_422_are_refused_and_nothing_is_booked() {
    let rocket = rocket(21).await;
    rocket.desk.fault("create_order", Fault::OkButFailed);
    refusal(rocket.book("HK-1").await);
    let nameless = Parcel { name: " ".to_owned(), ..parcel("HK-1") };
    let refused = Shiprocket.book(&rocket.http, &rocket.account, &nameless).await;
    assert!(refusal(refused).contains("billing customer name field is required"));
    assert!(rocket.desk.sandbox.parcels().is_empty());
}

#[tokio::test]
async fn later_is_later_and_keeps_the_wait_it_asks_for() {
    let rocket = rocket(22).await;
    rocket.find("HK-1").await.expect("an answer");
    rocket.desk.fault("*", Fault::TooMany);
    let wait = rocket.book("HK-1").await;
    assert!(matches!(wait, Err(CourierError::Unavailable { retry_after_ms: Some(7_000), .. })), "{wait:?}");
    rocket.desk.sandbox.set_faults(vec![Rule::new("orders", Fault::ServerError).times(4)]);
    assert!(is_unavailable(&rocket.find("HK-1").await), "no proof");
}

#[tokio::test]
async fn a_carrier_can_be_chosen_and_one_that_does_not_fit_is_refused() {
    let rocket = rocket(23).await;
    let chosen = Parcel { service_id: Some("33".to_owned()), ..parcel("HK-1") };
    let booking = Shiprocket.book(&rocket.http, &rocket.account, &chosen).await.expect("booked");
    assert_eq!(booking.carrier_name.as_deref(), Some("Village Post Demo"));
    let prepaid_only = Parcel { service_id: Some("51".to_owned()), ..parcel("HK-2") };
    let booking = Shiprocket.book(&rocket.http, &rocket.account, &prepaid_only).await.expect("an order");
    assert!(booking.awb_pending.expect("a reason").contains("not serviceable"));
}

#[tokio::test]
async fn numbers_as_texts_change_nothing() {
    let rocket = rocket(24).await;
    rocket.desk.sandbox.set_answers(Answers { awkward: true, ..Answers::default() });
    let numbers = rocket.numbers("HK-1").await;
    assert_eq!(numbers.awb.as_deref(), Some(rocket.desk.sandbox.parcels()[0].awb.as_str()));
    assert_eq!(rocket.find("HK-1").await.expect("an answer").expect("a booking").numbers, numbers);
    Shiprocket.cancel(&rocket.http, &rocket.account, &numbers).await.expect("cancelled");
}

#[tokio::test]
async fn an_order_is_changed_until_it_has_an_awb() {
    let rocket = rocket(25).await;
    rocket.desk.fault("assign_awb", Fault::OkButFailed);
    let numbers = rocket.book("HK-1").await.expect("an order").numbers;
    let order = numbers.courier_order_id.clone().expect("an id");
    let (http, account) = (&rocket.http, &rocket.account);
    let changed = Parcel { name: "Dev".to_owned(), ..parcel("HK-1") };
    Shiprocket.update(http, account, &changed).await.expect("changed");
    Shiprocket.change_address(http, account, &order, &changed).await.expect("an empty 202");
    Shiprocket.change_pickup(http, account, std::slice::from_ref(&order), "Primary").await.expect("changed");
    refusal(Shiprocket.change_pickup(http, account, std::slice::from_ref(&order), "Nowhere").await);
    rocket.assign(&numbers).await.expect("an AWB");
    let sent = &rocket.desk.sandbox.parcels()[0].booked["sent"];
    assert_eq!(
        (sent["billing_customer_name"].as_str(), sent["pickup_location"].as_str()),
        (Some("Dev"), Some("Primary"))
    );
    assert_eq!(sent["shipping_city"], "Pune");
    refusal(Shiprocket.update(http, account, &changed).await);
    assert_eq!(Shiprocket.order(http, account, "77").await, Ok(None));
    assert!(as_number(&order).is_u64());
}

#[tokio::test]
async fn a_reference_is_found_among_many_that_look_like_it() {
    let rocket = rocket(26).await;
    for number in 0..60 {
        let one = Parcel { reference: format!("HK-1-R{number}"), ..parcel("") };
        Shiprocket.create(&rocket.http, &rocket.account, &one).await.expect("an order");
    }
    let found = rocket.find("HK-1-R0").await.expect("an answer").expect("on its own page");
    assert_eq!(found.numbers.reference.as_deref(), Some("HK-1-R0"));
    assert_eq!(rocket.find("HK-1").await, Ok(None), "not on any of the pages");
}

#[tokio::test]
async fn a_whole_booking_in_one_call_tells_how_far_it_came() {
    let rocket = rocket(27).await;
    let at_once =
        async |reference: &str| Shiprocket.book_at_once(&rocket.http, &rocket.account, &parcel(reference)).await;
    let all = at_once("HK-1").await.expect("booked");
    assert!(
        all.booking.numbers.awb.is_some()
            && all.label_url.is_some()
            && all.manifest_url.is_some()
            && all.pickup_at.is_some()
    );
    rocket.desk.sandbox.set_answers(Answers { wallet_empty: true, ..Answers::default() });
    let half = at_once("HK-2").await.expect("an order");
    assert!(half.awb_refused.expect("a reason").contains("recharge"));
    rocket.desk.sandbox.set_answers(Answers::default());
    let assigned = rocket.assign(&half.booking.numbers).await.expect("the next step alone");
    assert!(assigned.numbers.awb.is_some());
    assert_eq!(rocket.desk.sandbox.parcels().len(), 2);
}

#[tokio::test]
async fn a_shipment_is_given_to_another_carrier_once() {
    let rocket = rocket(28).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let numbers = rocket.numbers("HK-1").await;
    let other = Shiprocket.reassign_awb(http, account, &numbers, Some("33")).await.expect("another AWB");
    assert!(other.numbers.awb.is_some() && other.numbers.awb != numbers.awb);
    assert_eq!(other.numbers.courier_order_id, numbers.courier_order_id);
    assert!(refusal(Shiprocket.reassign_awb(http, account, &numbers, None).await).contains("Cannot reassign"));
    let shipment = numbers.courier_shipment_id.clone().expect("a shipment");
    let known = Shiprocket.shipment(http, account, &shipment).await.expect("an answer").expect("a shipment");
    assert_eq!((&known.awb, &known.courier_order_id), (&other.numbers.awb, &numbers.courier_order_id));
    assert_eq!(Shiprocket.shipments(http, account).await, Ok(vec![known]));
    assert_eq!(Shiprocket.shipment(http, account, "77").await, Ok(None));
}

#[tokio::test]
async fn an_order_of_a_channel_names_one_that_exists() {
    let rocket = rocket(29).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let unknown = Shiprocket.create_in_channel(http, account, &parcel("HK-1"), "77").await;
    assert!(refusal(unknown).contains("channel id does not exist"));
    let order = Shiprocket.create_in_channel(http, account, &parcel("HK-1"), "91231").await.expect("an order");
    rocket.assign(&order.booking.numbers).await.expect("an AWB");
}
