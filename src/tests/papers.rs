//! What a shop asks of couriers about booked parcels, through its pages and its API against the sandboxes:
//! AWBs that are pending, labels, manifests, pickups, failed attempts; and what couriers cannot do.

use harkara::domain::orders::ShipmentView;
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::staff::Role;
use harkara::domain::time::{HOUR_MS, MINUTE_MS};
use harkara::server::actions::actor::Actor;
use harkara::server::actions::booking;
use harkara::server::jobs;
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::sandbox::state::{Answers, Journey};
use serde_json::{Value, json};

use crate::delhivery_shop::store;
use crate::shiprocket::shop::{confirmed, open};
use crate::support::merchant::{Merchant, merchant};
use crate::support::{Answer, Shop};

/// A merchant with a Shiprocket account, and a token of its seller.
async fn seller(seed: u64) -> (Merchant, String) {
    let merchant = merchant(seed).await;
    open(&merchant).await;
    let token = merchant.shop.token(Role::Seller, Some("mumbai")).await;
    (merchant, token)
}

/// Books an order with Shiprocket; answers its reference and the shipment.
async fn booked(merchant: &Merchant) -> (String, String) {
    let reference = confirmed(merchant).await;
    let created = booking::create(&merchant.shop.app, &Actor::system(), &reference, "in1", "").await;
    (reference, created.expect("written down").to_string())
}

async fn parcel(merchant: &Merchant, reference: &str) -> ShipmentView {
    merchant.order(reference).await.shipments.remove(0)
}

/// Sends JSON as a program; answers status and JSON.
async fn program(shop: &Shop, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = axum::http::Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(body.to_string())).expect("a request");
    let mut browser = shop.browser();
    browser.bearer = Some(token.to_owned());
    let answer = browser.send(request).await;
    (answer.status.as_u16(), serde_json::from_str(&answer.body).unwrap_or_default())
}

/// Sends a form of an order's page.
async fn form(shop: &Shop, token: &str, reference: &str, fields: &[(&str, &str)]) -> Answer {
    let mut browser = shop.browser();
    browser.bearer = Some(token.to_owned());
    browser.post(&format!("/admin/orders/{reference}"), fields).await
}

async fn page(shop: &Shop, token: &str, path: &str) -> Answer {
    let mut browser = shop.browser();
    browser.bearer = Some(token.to_owned());
    browser.get(path).await
}

fn sentence(json: &Value) -> &str {
    json["error"].as_str().expect("a sentence")
}

#[tokio::test]
async fn a_pending_awb_is_asked_for_until_it_comes_and_nothing_is_booked_twice() {
    let (merchant, token) = seller(400).await;
    jobs::add_schedules(&merchant.shop.app).await.expect("schedules");
    merchant.desk.sandbox.set_answers(Answers { wallet_empty: true, ..Answers::default() });
    let (reference, shipment) = booked(&merchant).await;
    let pending = parcel(&merchant, &reference).await;
    assert_eq!((pending.booking_state, &pending.awb), (BookingState::Booked, &None));
    assert!(pending.error_message.expect("a reason").contains("recharge"));
    let shown = page(&merchant.shop, &token, &format!("/admin/orders/{reference}")).await.body;
    assert!(shown.contains("Ask for the AWB again") && shown.contains("recharge"), "{shown}");
    assert!(!shown.contains("Get the label"), "there is none without an AWB");

    let told = form(&merchant.shop, &token, &reference, &[("do", "ask_awb"), ("shipment", &shipment)]).await;
    assert_eq!(told.status.as_u16(), 409, "{}", told.body);
    assert!(told.body.contains("recharge"));
    let path = format!("/api/v1/shipments/{shipment}/awb/");
    let (status, json) = program(&merchant.shop, &token, "POST", &path, &json!({})).await;
    assert!(status == 409 && sentence(&json).contains("recharge"), "{json}");

    // It is asked for by itself, first soon and then less often.
    for wait in [6, 16] {
        merchant.shop.app.clock.advance(wait * MINUTE_MS);
        merchant.work().await;
        assert_eq!(parcel(&merchant, &reference).await.awb, None);
    }
    assert_eq!(merchant.shop.number("SELECT awb_asks FROM shipments").await, 2);
    merchant.desk.sandbox.set_answers(Answers::default());
    merchant.shop.app.clock.advance(10 * MINUTE_MS);
    merchant.work().await;
    assert_eq!(parcel(&merchant, &reference).await.awb, None, "the third pause is longer");
    merchant.shop.app.clock.advance(HOUR_MS);
    merchant.work().await;
    let assigned = parcel(&merchant, &reference).await;
    let known = merchant.desk.sandbox.parcels();
    assert_eq!(known.len(), 1);
    assert_eq!((assigned.awb.as_ref(), assigned.error_message), (Some(&known[0].awb), None));
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM shipments WHERE next_awb_at IS NOT NULL").await, 0);
    let (status, json) = program(&merchant.shop, &token, "POST", &path, &json!({})).await;
    assert!(status == 409 && sentence(&json).contains("already"), "{json}");
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn an_awb_asked_for_by_hand_is_there_at_once() {
    let (merchant, token) = seller(401).await;
    merchant.desk.fault("assign_awb", Fault::TimeoutAfter);
    let (reference, shipment) = booked(&merchant).await;
    assert_eq!(parcel(&merchant, &reference).await.awb, None, "the answer was lost");
    let done = form(&merchant.shop, &token, &reference, &[("do", "ask_awb"), ("shipment", &shipment)]).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.body);
    let known = merchant.desk.sandbox.parcels();
    assert_eq!(known.len(), 1, "the one it had got is found");
    let found = parcel(&merchant, &reference).await;
    assert_eq!((found.awb.as_ref(), found.error_message), (Some(&known[0].awb), None));
    merchant.close().await;
}

#[tokio::test]
async fn an_awb_that_nobody_wants_any_more_is_not_asked_for() {
    let (merchant, token) = seller(402).await;
    jobs::add_schedules(&merchant.shop.app).await.expect("schedules");
    merchant.desk.sandbox.set_answers(Answers { wallet_empty: true, ..Answers::default() });
    let (reference, _) = booked(&merchant).await;
    let (_, voided) = booked(&merchant).await;
    merchant.shop.meddle(&[format!("UPDATE orders SET status = 'refunded' WHERE reference = '{reference}'")]).await;
    let path = format!("/api/v1/shipments/{voided}/cancel/");
    assert_eq!(program(&merchant.shop, &token, "POST", &path, &json!({})).await.0, 200);
    merchant.desk.sandbox.set_answers(Answers::default());
    merchant.shop.app.clock.advance(6 * MINUTE_MS);
    merchant.work().await;
    assert!(merchant.desk.sandbox.parcels().is_empty(), "nothing was bought");
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM shipments WHERE next_awb_at IS NOT NULL").await, 0);
    merchant.close().await;
}

#[tokio::test]
async fn a_label_is_fetched_once_and_seen_by_staff_of_its_store_only() {
    let (merchant, token) = seller(403).await;
    let (reference, shipment) = booked(&merchant).await;
    let shop = &merchant.shop;
    let order = format!("/admin/orders/{reference}");
    let file = format!("/admin/shipments/{shipment}/label.pdf");
    let shown = page(shop, &token, &order).await.body;
    assert!(shown.contains("Get the label") && !shown.contains(&file));
    assert_eq!(page(shop, &token, &file).await.status.as_u16(), 404, "reading asks nobody");
    let done = form(shop, &token, &reference, &[("do", "label"), ("shipment", &shipment)]).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.body);
    let shown = page(shop, &token, &order).await.body;
    assert!(shown.contains(&file) && !shown.contains("Get the label"));
    for path in [file.clone(), format!("/api/v1/shipments/{shipment}/label.pdf")] {
        let paper = page(shop, &token, &path).await;
        assert_eq!((paper.status.as_u16(), &paper.headers["content-type"]), (200, &"application/pdf".parse().unwrap()));
        assert!(paper.body.starts_with("%PDF-") && paper.headers["cache-control"] == "private, no-store");
        let stranger = shop.token(Role::Seller, Some("dhaka")).await;
        assert_eq!(page(shop, &stranger, &path).await.status.as_u16(), 404, "another store's");
        let guest = shop.browser().get(&path).await;
        assert!(guest.status.as_u16() == 401 || guest.location.starts_with("/admin/login"), "{guest:?}");
    }
    merchant.desk.sandbox.set_faults(vec![Rule::new("*", Fault::ServerError)]);
    let path = format!("/api/v1/shipments/{shipment}/label/");
    let (status, json) = program(shop, &token, "POST", &path, &json!({})).await;
    assert_eq!((status, &json["done"]), (200, &json!(true)), "nobody is asked a second time");
    assert_eq!(shop.number("SELECT COUNT(*) FROM blobs WHERE is_public = 0").await, 1);
    assert_eq!(shop.browser().get(&format!("/blobs/{shipment}")).await.status.as_u16(), 404);
    merchant.close().await;
}

#[tokio::test]
async fn what_is_no_label_is_not_kept() {
    let (merchant, token) = seller(404).await;
    let (_, shipment) = booked(&merchant).await;
    let shop = &merchant.shop;
    let path = format!("/api/v1/shipments/{shipment}/label/");
    for (operation, fault, words) in [
        ("label", Fault::OkButFailed, "No valid shipment"),
        ("label", Fault::TimeoutAfter, "did not answer in time"),
        ("paper", Fault::OkButFailed, "no PDF"),
        ("paper", Fault::Unauthorized, "any more"),
        ("paper", Fault::ServerError, "HTTP 500"),
        ("paper", Fault::TimeoutAfter, "Shiprocket"),
    ] {
        merchant.desk.fault(operation, fault);
        let (status, json) = program(shop, &token, "POST", &path, &json!({})).await;
        assert_eq!(status, 409, "{operation} {fault:?}: {json}");
        let is_told = sentence(&json).contains(words) || fault == Fault::TimeoutAfter;
        assert!(is_told, "{operation} {fault:?}: {json}");
        assert_eq!(shop.number("SELECT COUNT(*) FROM blobs WHERE is_public = 0").await, 0, "{operation} {fault:?}");
    }
    let (_, other) = booked(&merchant).await;
    let unknown = "0193e5c4-7a3b-7cde-8f01-23456789abcd";
    let many = json!({ "shipments": [shipment, unknown, other] });
    let (status, json) = program(shop, &token, "POST", "/api/v1/shipments/labels/", &many).await;
    assert_eq!(status, 200, "{json}");
    let done: Vec<bool> = json["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|one| one["done"].as_bool().expect("yes or no"))
        .collect();
    assert_eq!(done, [true, false, true], "one that cannot be had does not keep the others waiting");
    assert!(json["results"][0]["label"].as_str().is_some_and(|url| url.ends_with("/label.pdf")));
    for wrong in [json!({}), json!({ "shipments": [] }), json!({ "shipments": "x" })] {
        let (status, _) = program(shop, &token, "POST", "/api/v1/shipments/labels/", &wrong).await;
        assert_eq!(status, 400, "{wrong}");
    }
    merchant.close().await;
}

#[tokio::test]
async fn what_a_courier_cannot_do_has_no_button_and_is_refused_in_words() {
    let merchant = merchant(405).await;
    let token = merchant.shop.token(Role::Seller, Some("dhaka")).await;
    let reference = merchant.confirmed().await;
    let created = booking::create(&merchant.shop.app, &Actor::system(), &reference, "packzy", "").await;
    let shipment = created.expect("booked").to_string();
    let shown = page(&merchant.shop, &token, &format!("/admin/orders/{reference}")).await.body;
    for button in ["Get the label", "Ask for a pickup", "Ask for the AWB again", "Compare services and prices"] {
        assert!(!shown.contains(button), "{button}");
    }
    let many = json!({ "shipments": [shipment] });
    for (path, body, words) in [
        (format!("/api/v1/shipments/{shipment}/label/"), json!({}), "Packzy cannot draw labels"),
        (format!("/api/v1/shipments/{shipment}/pickup/"), json!({}), "Packzy cannot be asked for a pickup"),
        ("/api/v1/shipments/manifest/".to_owned(), many, "Packzy cannot make manifests"),
        (format!("/api/v1/shipments/{shipment}/ndr/"), json!({ "answer": "reattempt" }), "Packzy cannot be told"),
    ] {
        let (status, json) = program(&merchant.shop, &token, "POST", &path, &body).await;
        assert_eq!(status, 409, "{path}: {json}");
        assert!(sentence(&json).starts_with(words), "{path}: {json}");
    }
    merchant.close().await;
}

#[tokio::test]
async fn a_manifest_is_made_for_parcels_of_one_account() {
    let (merchant, token) = seller(406).await;
    let shop = &merchant.shop;
    let (_, first) = booked(&merchant).await;
    let (_, second) = booked(&merchant).await;
    let make = async |ids: &[&String]| {
        program(shop, &token, "POST", "/api/v1/shipments/manifest/", &json!({ "shipments": ids })).await
    };
    merchant.desk.fault("manifest", Fault::OkButFailed);
    assert_eq!(make(&[&first]).await.0, 409);
    assert_eq!(shop.number("SELECT COUNT(*) FROM manifests").await, 0);
    let (status, json) = make(&[&first]).await;
    assert_eq!(status, 201, "{json}");
    let (status, json) = make(&[&first, &second, &second]).await;
    assert_eq!(status, 201, "one that is on a manifest already does not keep the other off: {json}");
    let pdf = json["pdf"].as_str().expect("an address").replace("http://shop.test", "");
    assert!(page(shop, &token, &pdf).await.body.starts_with("%PDF-"));
    assert!(page(shop, &token, &pdf.replace("/api/v1/", "/admin/")).await.body.starts_with("%PDF-"));
    let stranger = shop.token(Role::Seller, Some("dhaka")).await;
    assert_eq!(page(shop, &stranger, &pdf).await.status.as_u16(), 404);
    assert_eq!(shop.number("SELECT COUNT(*) FROM shipments WHERE manifest_id IS NOT NULL").await, 2);
    let several = json!({ "shipments": [first, unknown_to_all()] });
    assert_eq!(program(shop, &token, "POST", "/api/v1/shipments/manifest/", &several).await.0, 404);
    merchant.close().await;
}

fn unknown_to_all() -> &'static str {
    "0193e5c4-7a3b-7cde-8f01-23456789abcd"
}

#[tokio::test]
async fn what_waits_for_a_courier_is_labelled_listed_and_fetched_from_one_page() {
    let (merchant, token) = seller(410).await;
    let shop = &merchant.shop;
    let here = "/admin/handover";
    assert!(page(shop, &token, here).await.body.contains("No booked parcel waits"));
    let (reference, first) = booked(&merchant).await;
    let (_, second) = booked(&merchant).await;
    let shown = page(shop, &token, here).await.body;
    for button in ["Get the labels", "Make the manifest", "Ask for a pickup", &reference, &first, &second] {
        assert!(shown.contains(button), "{button}: {shown}");
    }
    let mut browser = shop.browser();
    browser.bearer = Some(token.clone());
    let chosen = [("shipment", first.as_str()), ("shipment", second.as_str())];
    for (what, done) in [("labels", "labels"), ("manifest", "manifest"), ("pickup", "pickup")] {
        let fields = [&chosen[..], &[("do", what), ("day", "2026-11-22")]].concat();
        let answer = browser.post(here, &fields).await;
        assert_eq!(answer.status.as_u16(), 303, "{what}: {}", answer.body);
        assert!(answer.location.contains(&format!("done={done}")));
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM shipment_documents").await, 2);
    assert_eq!(shop.number("SELECT COUNT(*) FROM shipments WHERE pickup_scheduled_at IS NOT NULL").await, 2);
    let shown = page(shop, &token, here).await.body;
    assert!(shown.contains("2 parcels") && shown.contains("/manifest.pdf"), "{shown}");
    for shipment in [&first, &second] {
        assert!(shown.contains(&format!("/admin/shipments/{shipment}/label.pdf")), "the label is one click away");
    }
    let nothing = browser.post(here, &[("do", "manifest")]).await;
    assert_eq!(nothing.status.as_u16(), 422);
    assert!(nothing.body.contains("Name 1 to 50 shipments"), "{}", nothing.body);
    merchant.desk.fault("manifest", Fault::ServerError);
    let failed = browser.post(here, &[&chosen[..], &[("do", "manifest")]].concat()).await;
    assert_eq!(failed.status.as_u16(), 409, "{}", failed.body);
    merchant.close().await;
}

#[tokio::test]
async fn a_rider_is_asked_for_and_the_day_is_kept() {
    let (merchant, token) = seller(407).await;
    let shop = &merchant.shop;
    let (reference, shipment) = booked(&merchant).await;
    let path = format!("/api/v1/shipments/{shipment}/pickup/");
    for wrong in ["2026-11-20", "2027-01-01", "soon"] {
        assert_eq!(program(shop, &token, "POST", &path, &json!({ "date": wrong })).await.0, 400, "{wrong}");
    }
    merchant.desk.fault("pickup", Fault::ServerError);
    let (status, json) = program(shop, &token, "POST", &path, &json!({})).await;
    assert_eq!(status, 409, "{json}");
    assert_eq!(shop.number("SELECT COUNT(*) FROM pickups WHERE booking_state = 'unknown'").await, 1);
    assert_eq!(parcel(&merchant, &reference).await.pickup_at, None, "what nobody confirmed is not shown as agreed");
    let done =
        form(shop, &token, &reference, &[("do", "pickup"), ("shipment", &shipment), ("day", "2026-11-22")]).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.body);
    assert!(parcel(&merchant, &reference).await.pickup_at.is_some());
    let (status, json) = program(shop, &token, "POST", &path, &json!({ "date": "2026-11-22" })).await;
    assert_eq!((status, json["pickup_at"].is_string()), (200, true), "asked for twice it is one: {json}");
    assert_eq!(shop.number("SELECT COUNT(*) FROM pickups WHERE booking_state = 'booked'").await, 2);
    merchant.close().await;
}

#[tokio::test]
async fn a_failed_attempt_is_answered() {
    let (merchant, token) = seller(408).await;
    let shop = &merchant.shop;
    merchant.desk.sandbox.set_journeys([Journey::FailedAttempts]);
    let (reference, shipment) = booked(&merchant).await;
    let path = format!("/api/v1/shipments/{shipment}/ndr/");
    let answer = async |body: Value| program(shop, &token, "POST", &path, &body).await;
    let (status, json) = answer(json!({ "answer": "reattempt" })).await;
    assert!(status == 409 && sentence(&json).contains("No delivery attempt"), "{json}");
    let awb = parcel(&merchant, &reference).await.awb.expect("an AWB");
    for label in ["OUT FOR DELIVERY", "UNDELIVERED"] {
        merchant.desk.sandbox.advance(MINUTE_MS).await;
        merchant.shop.app.clock.advance(MINUTE_MS);
        merchant.desk.sandbox.event(&awb, Some(label.to_owned()), label.to_lowercase()).await.expect("a parcel");
    }
    let sync = format!("/api/v1/shipments/{shipment}/sync/");
    let (status, json) = program(shop, &token, "POST", &sync, &json!({})).await;
    assert_eq!((status, &json["status"]), (200, &json!("undelivered")), "{json}");
    let shown = page(shop, &token, &format!("/admin/orders/{reference}")).await.body;
    assert!(shown.contains("Answer the failed attempt"), "{shown}");
    for wrong in [
        json!({ "answer": "dance" }),
        json!({ "answer": "reattempt", "phone": "12" }),
        json!({ "answer": "reattempt", "date": "2026-11-01" }),
    ] {
        assert_eq!(answer(wrong.clone()).await.0, 400, "{wrong}");
    }
    merchant.desk.fault("ndr_action", Fault::OkButFailed);
    assert_eq!(answer(json!({ "answer": "reattempt" })).await.0, 409);
    assert_eq!(parcel(&merchant, &reference).await.ndr_answered_at, None);
    let wish = json!({ "answer": "reattempt", "date": "2026-11-23", "phone": "9000000412", "landmark": "the mill" });
    let (status, json) = answer(wish).await;
    assert_eq!(status, 200, "{json}");
    assert!(parcel(&merchant, &reference).await.ndr_answered_at.is_some());
    let fields = [("do", "ndr"), ("shipment", shipment.as_str()), ("answer", "give_back"), ("note", "Refused")];
    let done = form(shop, &token, &reference, &fields).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.body);
    assert!(merchant.order(&reference).await.is_recalled, "the order is cancelled when it has returned");
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn delhivery_gives_labels_comes_and_is_told_what_to_do() {
    let store = store(409).await;
    let shop = &store.shop;
    let token = shop.token(Role::Seller, Some("mumbai")).await;
    let reference = store.confirmed().await;
    let shipment = store.book(&reference).await.expect("booked");
    let ask = async |what: &str, body: Value| {
        program(shop, &token, "POST", &format!("/api/v1/shipments/{shipment}/{what}/"), &body).await
    };
    store.desk.fault("paper", Fault::OkButFailed);
    let (status, json) = ask("label", json!({})).await;
    assert!(status == 409 && sentence(&json).contains("no PDF"), "{json}");
    assert_eq!(ask("label", json!({})).await.0, 200);
    let path = format!("/api/v1/shipments/{shipment}/label.pdf");
    assert!(page(shop, &token, &path).await.body.starts_with("%PDF-"));
    let (status, json) = ask("pickup", json!({ "date": "2026-11-22" })).await;
    assert_eq!((status, &json["pickup_at"]), (200, &json!("2026-11-22T08:30:00Z")), "14:00 in India: {json}");
    assert_eq!(ask("pickup", json!({ "date": "2026-11-22" })).await.0, 200, "there is one for that day");
    let (status, json) = ask("awb", json!({})).await;
    assert!(status == 409 && sentence(&json).contains("already"), "{json}");
    let many = json!({ "shipments": [shipment] });
    let (status, json) = program(shop, &token, "POST", "/api/v1/shipments/manifest/", &many).await;
    assert!(status == 409 && sentence(&json).contains("cannot make manifests"), "{json}");

    let awb = store.order(&reference).await.shipments[0].awb.clone().expect("an AWB");
    for status in ["UD/In Transit/X-PPOM", "UD/Dispatched/X-DDD3FD", "UD/Pending/EOD-11"] {
        store.desk.sandbox.advance(MINUTE_MS).await;
        shop.app.clock.advance(MINUTE_MS);
        store.desk.tell(&awb, status).await;
    }
    let (status, json) = program(shop, &token, "POST", "/api/v1/shipments/track/", &many).await;
    assert_eq!((status, &json["results"][0]["done"]), (200, &json!(true)), "{json}");
    assert_eq!(store.order(&reference).await.shipments[0].status, ShipmentStatus::Undelivered);
    let both = json!({ "answer": "reattempt", "date": "2026-11-23", "phone": "9000000412" });
    let (status, json) = ask("ndr", both).await;
    assert!(status == 409 && sentence(&json).contains("one at a time"), "{json}");
    for wish in [
        json!({ "answer": "reattempt", "date": "2026-11-23" }),
        json!({ "answer": "reattempt", "line1": "Flat 4" }),
        json!({ "answer": "give_back" }),
    ] {
        let (status, json) = ask("ndr", wish.clone()).await;
        assert_eq!(status, 200, "{wish}: {json}");
    }
    shop.must_be_sound().await;
    store.shop.close().await;
}
