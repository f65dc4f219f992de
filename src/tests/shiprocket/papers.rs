//! Rates, papers, pickups, the wallet, returns.

use harkara::domain::time::DAY_MS;
use harkara::server::couriers::RateQuestion;
use harkara::server::couriers::shiprocket::exchange::{Exchange, Swap};
use harkara::server::couriers::shiprocket::export::{Destination, Export, Reason};
use harkara::server::couriers::shiprocket::merchant::NewPickupPlace;
use harkara::server::couriers::shiprocket::returns::Seller;
use harkara::server::sandbox::faults::Fault;
use harkara::server::sandbox::state::{Answers, Journey};

use super::*;

#[tokio::test]
async fn carriers_are_offered_where_somebody_goes() {
    let rocket = rocket(40).await;
    let question = |to: &str, is_cod: bool| RateQuestion {
        from: "560034".to_owned(),
        to: to.to_owned(),
        weight_grams: 800,
        is_cod,
        declared_value: Minor(184_850),
        is_return: false,
    };
    let ask = async |question: RateQuestion| Shiprocket.rates(&rocket.http, &rocket.account, &question).await;
    let cod = ask(question("411045", true)).await.expect("offers");
    assert_eq!(cod.iter().map(|rate| rate.service_id.as_deref()).collect::<Vec<_>>(), [Some("24")]);
    assert_eq!(ask(question("411045", false)).await.expect("offers").len(), 2, "and the blocked one is left out");
    assert_eq!(ask(question("190001", true)).await, Ok(Vec::new()));
    assert!(refusal(ask(question("", true)).await).contains("postcode"));
}

#[tokio::test]
async fn papers_are_drawn_for_parcels_with_an_awb() {
    let rocket = rocket(41).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let numbers = rocket.numbers("HK-1").await;
    let shipment = vec![numbers.courier_shipment_id.clone().expect("a shipment")];
    let order = vec![numbers.courier_order_id.clone().expect("an order")];
    let with_stranger = [shipment[0].clone(), "77".to_owned()];
    let label = Shiprocket.labels(http, account, &with_stranger).await.expect("a label");
    assert!(label.url.ends_with(".pdf") && label.left_out == ["77"], "{label:?}");
    assert!(Shiprocket.labels_with_invoices(http, account, &shipment).await.is_ok());
    refusal(Shiprocket.labels_with_invoices(http, account, &vec![String::new(); 201]).await);
    assert!(refusal(Shiprocket.labels(http, account, &["77".to_owned()]).await).contains("No valid shipment"));
    rocket.desk.fault("label", Fault::OkButFailed);
    refusal(Shiprocket.labels(http, account, &shipment).await);
    let first = Shiprocket.manifest_of(http, account, &shipment, &order).await.expect("a manifest");
    let again = Shiprocket.manifest_of(http, account, &shipment, &order).await.expect("printed again");
    assert!(first.url.contains("manifest") && again.url.contains("manifest"));
    refusal(Shiprocket.manifest_of(http, account, &["77".to_owned()], &order).await);
    assert!(Shiprocket.invoices(http, account, &order).await.is_ok());
    refusal(Shiprocket.invoices(http, account, &["77".to_owned()]).await);
}

#[tokio::test]
async fn a_rider_is_asked_for_once() {
    let rocket = rocket(42).await;
    let shipment = rocket.numbers("HK-1").await.courier_shipment_id.expect("a shipment");
    let ask =
        async |shipment: &str| Shiprocket.pickup(&rocket.http, &rocket.account, shipment, Some("2026-11-22")).await;
    let pickup = ask(&shipment).await.expect("a pickup");
    assert_eq!(pickup.scheduled_at, Some(rocket.desk.sandbox.now().plus(DAY_MS)));
    assert!(pickup.token.is_some());
    ask(&shipment).await.expect("it waits already");
    refusal(ask("77").await);
}

#[tokio::test]
async fn the_wallet_pays_and_may_be_below_zero() {
    let rocket = rocket(43).await;
    let wallet = async || Shiprocket.wallet(&rocket.http, &rocket.account).await.expect("a balance");
    let before = wallet().await;
    rocket.numbers("HK-1").await;
    assert_eq!(before.0 - wallet().await.0, 8_437);
    rocket.desk.sandbox.set_answers(Answers { wallet_empty: true, ..Answers::default() });
    assert_eq!(wallet().await, Minor(-29_183));
}

#[tokio::test]
async fn pickup_places_are_listed_and_added() {
    let rocket = rocket(44).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let new =
        NewPickupPlace { nickname: "Shed".to_owned(), phone: "9000000001".to_owned(), ..NewPickupPlace::default() };
    Shiprocket.add_pickup_place(http, account, &new).await.expect("added");
    let places = Shiprocket.pickup_places(http, account).await.expect("places");
    let names: Vec<(&str, bool)> = places.iter().map(|place| (place.nickname.as_str(), place.is_verified)).collect();
    assert_eq!(names, [("Primary", true), ("Main Godown", true), ("Shed", false)]);
    let long = NewPickupPlace { nickname: "x".repeat(37), ..new };
    assert!(refusal(Shiprocket.add_pickup_place(http, account, &long).await).contains("36 characters"));
}

#[tokio::test]
async fn goods_come_back_under_an_order_of_their_own() {
    let rocket = rocket(45).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let seller = Seller {
        name: "Demo Store".to_owned(),
        phone: "9000000001".to_owned(),
        address: "No 3, Mill Street".to_owned(),
        city: "Bengaluru".to_owned(),
        state: "Karnataka".to_owned(),
        pincode: "560034".to_owned(),
    };
    let given = parcel("R-HK-1");
    let order = Shiprocket.create_return(http, account, &given, &seller).await.expect("an order");
    assert!(is_unavailable(&Shiprocket.create_return(http, account, &given, &seller).await), "it may be ours");
    rocket.desk.sandbox.set_journeys([Journey::Delivered]);
    let numbers = &order.booking.numbers;
    refusal(rocket.assign(numbers).await);
    let assigned = Shiprocket.assign_return_awb(http, account, numbers, None).await.expect("an AWB");
    rocket.desk.sandbox.advance(10 * DAY_MS).await;
    let reports = Shiprocket.track(http, account, &[assigned.numbers]).await.expect("entries");
    let heard = reports[0].as_ref().expect("a report").heard.as_ref().expect("readable");
    assert!(heard.iter().any(|one| one.code.kind == "return" && one.code.code == "7"), "{heard:?}");
    let at_once = Shiprocket.return_at_once(http, account, &parcel("R-HK-2"), &seller).await.expect("booked");
    assert!(at_once.booking.numbers.awb.is_some());
}

#[tokio::test]
async fn a_thing_is_exchanged_by_two_orders_with_an_awb_each() {
    let rocket = rocket(46).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let (out, back) = (parcel("HK-1-X"), parcel("R-HK-1"));
    let given = out.items[0].clone();
    let wanted = ParcelItem { sku: "KUR-L".to_owned(), ..given.clone() };
    let swaps = [Swap { given, wanted, hsn: "6211".to_owned() }];
    let exchange = Exchange { out: &out, back: &back, swaps: &swaps, place: "5723", reason: "29" };
    let nowhere = Exchange { place: "1", ..exchange };
    assert!(refusal(Shiprocket.create_exchange(http, account, nowhere).await).contains("location is invalid"));
    let orders = Shiprocket.create_exchange(http, account, exchange).await.expect("two orders");
    assert!(is_unavailable(&Shiprocket.create_exchange(http, account, exchange).await), "it may be ours");
    let (out, back) = (&orders.out.booking.numbers, &orders.back.booking.numbers);
    assert!(rocket.assign(out).await.expect("an AWB").numbers.awb.is_some());
    refusal(rocket.assign(back).await);
    assert!(Shiprocket.assign_return_awb(http, account, back, None).await.expect("an AWB").numbers.awb.is_some());
}

#[tokio::test]
async fn a_parcel_goes_to_another_country_in_steps_or_at_once() {
    let rocket = rocket(47).await;
    let (http, account) = (&rocket.http, &rocket.account);
    let to = Destination {
        name: "Saskia de Wit".to_owned(),
        phone: "612345678".to_owned(),
        dial: "+31".to_owned(),
        email: "saskia@example.com".to_owned(),
        address: "Prinsengracht 1".to_owned(),
        city: "Amsterdam".to_owned(),
        state: "Noord-Holland".to_owned(),
        postcode: "1015 CJ".to_owned(),
        country: "Netherlands".to_owned(),
    };
    let (first, second) = (prepaid("HK-1"), prepaid("HK-2"));
    let hsn = vec!["6211".to_owned(); first.items.len()];
    let export = Export { parcel: &first, to: &to, hsn: &hsn, reason: Reason::Sale };

    let rates = Shiprocket.export_rates(http, account, export).await.expect("offers");
    assert_eq!((rates.len(), rates[0].min_days, rates[0].max_days), (3, Some(10), Some(12)));
    let nowhere = Destination { country: "Antarctica".to_owned(), ..to.clone() };
    assert_eq!(Shiprocket.export_rates(http, account, Export { to: &nowhere, ..export }).await, Ok(Vec::new()));
    let mut placeless = account.clone();
    placeless.shown.pickup_pincode = None;
    refusal(Shiprocket.export_rates(http, &placeless, export).await);

    let order = Shiprocket.create_export(http, account, export).await.expect("an order");
    let numbers = &order.booking.numbers;
    Shiprocket.update_export(http, account, export).await.expect("changed");
    let carrier = rates[0].service_id.as_deref();
    let booked = Shiprocket.assign_export_awb(http, account, numbers, carrier).await.expect("an AWB");
    assert!(booked.numbers.awb.is_some() && booked.numbers.courier_order_id == numbers.courier_order_id);
    let again = Shiprocket.assign_export_awb(http, account, numbers, carrier).await.expect("the AWB there is");
    assert_eq!(again.numbers.awb, booked.numbers.awb);
    refusal(Shiprocket.update_export(http, account, export).await);
    let shipments = [numbers.courier_shipment_id.clone().expect("a shipment")];
    assert!(Shiprocket.export_manifest(http, account, &shipments).await.expect("a manifest").url.contains("manifest"));

    let at_once = Shiprocket.export_at_once(http, account, Export { parcel: &second, ..export }).await.expect("booked");
    assert!(at_once.booking.numbers.awb.is_some() && at_once.label_url.is_some() && at_once.pickup_at.is_some());
}
