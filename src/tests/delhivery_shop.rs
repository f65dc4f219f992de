//! A store that ships with Delhivery: its account, its bookings, and what pushes and polls make of an order.

use axum::body::Body;
use axum::http::Request;
use harkara::domain::couriers::{CourierForm, Provider};
use harkara::domain::orders::{DeskOrder, OrderAction, OrderStatus};
use harkara::domain::shipping::{BookingState, ShipmentStatus};
use harkara::domain::staff::Role;
use harkara::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use harkara::domain::tracking::CaseKind;
use harkara::error::AppError;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::pushes::{self, Applier};
use harkara::server::actions::{accounts, booking, checking, desk as screens, fulfilment, shipping};
use harkara::server::jobs;
use harkara::server::sandbox::faults::Fault;
use harkara::server::sandbox::state::Journey;
use serde_json::{Value, json};

use crate::support::delhivery::{Desk, Letterbox, SECRET, desk};
use crate::support::{Shop, shop};

const HEADER: &str = "X-Mail-Runner";

pub struct Store {
    pub shop: Shop,
    pub desk: Desk,
}

/// The Mumbai store with an account at a served sandbox.
pub async fn store(seed: u64) -> Store {
    let store = Store { shop: shop().await, desk: desk(seed).await };
    store.shop.demo().await;
    accounts::save(&store.shop.app, &Actor::system(), &store.form()).await.expect("an account");
    store
}

impl Store {
    fn form(&self) -> CourierForm {
        let keys = self.desk.sandbox.keys(Provider::Delhivery);
        CourierForm {
            slug: "delhivery".to_owned(),
            store: "mumbai".to_owned(),
            name: "Delhivery".to_owned(),
            provider: "delhivery".to_owned(),
            base_url: self.desk.account.shown.base_url.clone().expect("an address"),
            enabled: "yes".to_owned(),
            test_mode: "yes".to_owned(),
            credential_1: keys[0].1.to_owned(),
            credential_2: keys[1].1.to_owned(),
            webhook_name: HEADER.to_owned(),
            webhook_secret: SECRET.to_owned(),
            pickup_location: "Main Godown".to_owned(),
            pickup_pincode: "400053".to_owned(),
            ..CourierForm::default()
        }
    }

    /// Places and confirms an order of one piece; answers its reference.
    pub async fn confirmed(&self) -> String {
        let variant: String = {
            let mut conn = self.shop.app.db.read().await.expect("a connection");
            sqlx::query_scalar(
                "SELECT v.id FROM product_variants v JOIN stores ON stores.id = v.store_id
                 WHERE stores.slug = 'mumbai' AND v.stock_quantity >= 10 ORDER BY v.sku LIMIT 1",
            )
            .fetch_one(&mut *conn)
            .await
            .expect("a variant")
        };
        let body = json!({
            "customer_name": "Meher & Sons", "customer_phone": "9812345678", "payment_method": "cod",
            "address": {"line1": "Flat #3", "city": "Pune", "state": "Maharashtra", "pincode": "411001"},
            "items": [{"variant": variant, "quantity": 1}],
        });
        let request = Request::post("/api/v1/orders/").header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let answer = self.shop.browser().send(request).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
        let order: Value = serde_json::from_str(&answer.body).expect("JSON");
        let reference = order["order_reference"].as_str().expect("a reference").to_owned();
        let confirm = OrderAction::Confirm;
        fulfilment::change(&self.shop.app, &Actor::system(), &reference, confirm, "").await.expect("confirmed");
        reference
    }

    pub async fn book(&self, reference: &str) -> Result<String, AppError> {
        let created = booking::create(&self.shop.app, &Actor::system(), reference, "delhivery", "").await;
        created.map(|id| id.to_string())
    }

    pub async fn order(&self, reference: &str) -> DeskOrder {
        screens::order(&self.shop.app, reference, None).await.expect("an order")
    }

    /// Lets time pass in the shop and at the courier.
    pub async fn later(&self, milliseconds: i64) {
        self.shop.app.clock.advance(milliseconds);
        self.desk.sandbox.advance(milliseconds).await;
        while jobs::step(&self.shop.app).await.expect("worked") > 0 {}
    }

    /// Hands letters over to the shop, as the courier sent them.
    async fn deliver(&self, letterbox: &Letterbox) {
        let all = self.shop.app.accounts.all(&self.shop.app).await.expect("accounts");
        let account = all.iter().find(|account| account.shown.slug == "delhivery").expect("the account");
        let path = format!("/hooks/t/{}", account.shown.webhook_token);
        let letters: Vec<_> = letterbox.letters.lock().expect("letters").drain(..).collect();
        for (headers, body) in letters {
            let secret = headers.get(HEADER).expect("the agreed header").clone();
            let request = Request::post(&path).header(HEADER, secret).header("content-type", "application/json");
            let answer = self.shop.browser().send(request.body(Body::from(body)).expect("a request")).await;
            assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
        }
        let mut applier = Applier::default();
        while pushes::apply_waiting(&self.shop.app, &mut applier).await.expect("applied") > 0 {}
    }
}

#[tokio::test]
async fn the_account_form_asks_for_what_delhivery_needs_and_shows_no_secret() {
    let store = store(60).await;
    let mut browser = store.shop.browser();
    browser.bearer = Some(store.shop.token(Role::Admin, None).await);
    let page = browser.get("/admin/couriers?new=delhivery").await.body;
    for field in
        ["API token", "Client name", "name=\"credential_2\"", "name=\"pickup_location\"", "name=\"webhook_name\""]
    {
        assert!(page.contains(field), "{field}: {page}");
    }
    let page = browser.get("/admin/couriers?edit=delhivery&store=mumbai").await.body;
    assert!(page.contains("Main Godown") && page.contains(HEADER), "{page}");
    assert!(!page.contains("sandbox-delhivery-token") && !page.contains(SECRET));
    // Left empty, what was set stays.
    let form = CourierForm {
        credential_1: String::new(),
        credential_2: String::new(),
        webhook_secret: String::new(),
        ..store.form()
    };
    accounts::save(&store.shop.app, &Actor::system(), &form).await.expect("saved");
    let all = store.shop.app.accounts.all(&store.shop.app).await.expect("accounts");
    let account = all.iter().find(|account| account.shown.slug == "delhivery").expect("the account");
    assert_eq!(account.credential("api_token"), "sandbox-delhivery-token");
    assert_eq!((account.credential("client_name"), account.webhook_secret.as_deref()), ("DEMOCLIENT", Some(SECRET)));
    store.shop.close().await;
}

#[tokio::test]
async fn an_order_goes_with_delhivery_from_the_booking_to_the_door() {
    let store = store(61).await;
    let letterbox = Letterbox::of(&store.desk).await;
    store.desk.sandbox.set_webhook_header(Provider::Delhivery, HEADER);
    store.desk.sandbox.set_journeys([Journey::FailedAttempts]);
    let reference = store.confirmed().await;
    store.book(&reference).await.expect("booked");
    let order = store.order(&reference).await;
    assert_eq!(order.order.status, OrderStatus::Processing);
    let awb = order.shipments[0].awb.clone().expect("an AWB");
    let known = store.desk.sandbox.parcels().remove(0);
    assert_eq!((&known.awb, known.cod), (&awb, order.order.money.total()), "cash on delivery collects the total");
    let mut cases = 0;
    for _ in 0..20 * 4 {
        store.later(6 * HOUR_MS).await;
        store.deliver(&letterbox).await;
        cases += usize::from(store.order(&reference).await.cases.iter().any(|case| case.kind == CaseKind::Ndr));
    }
    let order = store.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::Delivered, ShipmentStatus::Delivered));
    assert!(cases > 0, "a failed attempt was shown");
    assert_eq!(store.shop.number("SELECT COUNT(*) FROM webhook_log WHERE state <> 'applied'").await, 0);
    store.shop.must_be_sound().await;
    store.shop.close().await;
}

#[tokio::test]
async fn an_order_that_comes_back_is_told_by_polling_alone() {
    let store = store(62).await;
    store.desk.sandbox.set_journeys([Journey::Returned]);
    let reference = store.confirmed().await;
    let shipment = store.book(&reference).await.expect("booked");
    store.later(25 * DAY_MS).await;
    checking::check_one(&store.shop.app, &Actor::system(), &shipment).await.expect("asked");
    let order = store.order(&reference).await;
    assert_eq!(order.shipments[0].status, ShipmentStatus::RtoDelivered);
    assert_eq!(order.order.status, OrderStatus::OutForDelivery, "returned is not delivered");
    store.shop.must_be_sound().await;
    store.shop.close().await;
}

#[tokio::test]
async fn whatever_goes_wrong_with_a_delhivery_call_there_is_one_parcel() {
    for (seed, fault) in [
        (70, Fault::TimeoutBefore),
        (71, Fault::TimeoutAfter),
        (72, Fault::ServerError),
        (73, Fault::TooMany),
        (74, Fault::OkButFailed),
        (75, Fault::Unauthorized),
        (76, Fault::HalfCreated),
        (77, Fault::HalfCreated),
        (78, Fault::Slow),
    ] {
        let store = store(seed).await;
        let reference = store.confirmed().await;
        store.desk.fault("create", fault);
        store.book(&reference).await.expect("written down");
        store.later(2 * MINUTE_MS).await;
        let order = store.order(&reference).await;
        let state = order.shipments[0].booking_state;
        assert!(matches!(state, BookingState::Booked | BookingState::Refused), "{fault:?} {state:?}");
        assert_eq!(store.desk.sandbox.parcels().len(), usize::from(state == BookingState::Booked), "{fault:?}");
        assert_eq!(state == BookingState::Booked, order.shipments[0].awb.is_some(), "{fault:?}: with its number");
        assert!(order.cases.is_empty(), "{fault:?}: {:?}", order.cases);
        store.shop.close().await;
    }
}

#[tokio::test]
async fn a_booking_is_voided_by_a_call_and_the_next_one_has_a_number_of_its_own() {
    let store = store(80).await;
    let reference = store.confirmed().await;
    let shipment = store.book(&reference).await.expect("booked");
    shipping::void(&store.shop.app, &Actor::system(), &shipment, false).await.expect("voided");
    store.book(&reference).await.expect("booked again");
    store.later(5 * MINUTE_MS).await;
    let parcels = store.desk.sandbox.parcels();
    assert_eq!(parcels.len(), 2);
    assert_eq!(parcels[0].status, "UD/Not Picked/DTUP-210", "the courier knows it too");
    assert_eq!(parcels[1].reference, format!("{reference}-R2"));
    let order = store.order(&reference).await;
    let live: Vec<_> = order.shipments.iter().filter(|one| one.is_live()).collect();
    assert_eq!((live.len(), live[0].awb.as_ref()), (1, Some(&parcels[1].awb)));
    store.shop.must_be_sound().await;
    store.shop.close().await;
}
