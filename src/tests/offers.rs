//! What couriers would charge, before booking: on the order's page and for programs, fresh, kept and
//! approximate.

use harkara::domain::staff::Role;
use harkara::domain::time::{HOUR_MS, MINUTE_MS};
use harkara::server::actions::rates;
use harkara::server::sandbox::faults::{Fault, Rule};
use serde_json::{Value, json};

use crate::delhivery_shop::store;
use crate::shiprocket::shop::{confirmed, open};
use crate::support::merchant::merchant;
use crate::support::{Browser, Shop};

fn staff<'s>(shop: &'s Shop, token: &str) -> Browser<'s> {
    let mut browser = shop.browser();
    browser.bearer = Some(token.to_owned());
    browser
}

async fn ask(browser: &mut Browser<'_>, query: &str) -> (u16, Value) {
    let answer = browser.get(&format!("/api/v1/shipping/check-serviceability/?{query}")).await;
    (answer.status.as_u16(), serde_json::from_str(&answer.body).unwrap_or_default())
}

fn ids(json: &Value) -> Vec<&str> {
    json["rates"].as_array().expect("rates").iter().filter_map(|rate| rate["courier_id"].as_str()).collect()
}

#[tokio::test]
async fn services_are_compared_on_the_page_and_one_is_booked() {
    let merchant = merchant(420).await;
    open(&merchant).await;
    let token = merchant.shop.token(Role::Seller, Some("mumbai")).await;
    let mut seller = staff(&merchant.shop, &token);
    let reference = confirmed(&merchant).await;
    let order = format!("/admin/orders/{reference}");
    let page = seller.get(&order).await.body;
    assert!(
        page.contains("Compare services and prices") && !page.contains("Xpress Surface Demo"),
        "asked only on demand"
    );
    let page = seller.get(&format!("{order}?prices=yes")).await.body;
    for shown in ["Xpress Surface Demo", "Book this", "Recommended", "★ 4.1", "name=\"service_id\" value=\"24\""] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("Sky Air Demo"), "it collects no money");
    let id = merchant.order(&reference).await.order.id.to_string();
    let fields = [("do", "book"), ("order", id.as_str()), ("courier", "in1"), ("service_id", "24")];
    let booked = seller.post(&order, &fields).await;
    assert_eq!(booked.status.as_u16(), 303, "{}", booked.body);
    assert_eq!(merchant.desk.sandbox.parcels()[0].booked["courier_id"], 24);
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM courier_rates WHERE is_serviceable = 1").await, 1);
    merchant.close().await;
}

#[tokio::test]
async fn an_answer_serves_for_a_while_and_longer_while_the_courier_is_silent() {
    let merchant = merchant(421).await;
    open(&merchant).await;
    let token = merchant.shop.token(Role::Staff, None).await;
    let mut staff = staff(&merchant.shop, &token);
    let (status, json) = ask(&mut staff, "pincode=411045&cod=false").await;
    assert_eq!((status, &json["serviceable"]), (200, &json!(true)), "{json}");
    assert_eq!(ids(&json), ["51", "24"], "cheapest first: {json}");
    let rate = &json["rates"][1];
    assert_eq!((&rate["courier"], &rate["min_days"], &rate["rating"]), (&json!("in1"), &json!(4), &json!("4.10")));
    let (_, cod) = ask(&mut staff, "pincode=411045").await;
    assert_eq!(ids(&cod), ["24"], "what collects no money is not offered for cash on delivery");

    merchant.desk.sandbox.set_faults(vec![Rule::new("serviceability", Fault::ServerError)]);
    let (status, kept) = ask(&mut staff, "pincode=411045&cod=0&weight_grams=350").await;
    assert_eq!((status, &kept["rates"][0]["approximate"]), (200, &json!(false)), "of a moment ago: {kept}");
    merchant.shop.app.clock.advance(16 * MINUTE_MS);
    let (status, kept) = ask(&mut staff, "pincode=411045&cod=false").await;
    assert_eq!((status, &kept["rates"][0]["approximate"]), (200, &json!(true)), "{kept}");
    assert_eq!(ids(&kept), ids(&json));
    let (status, other) = ask(&mut staff, "pincode=411045&cod=false&weight_grams=501").await;
    assert_eq!(status, 409, "another slab was never asked for: {other}");
    merchant.shop.app.clock.advance(6 * HOUR_MS);
    let (status, gone) = ask(&mut staff, "pincode=411045&cod=false").await;
    assert!(status == 409 && gone["error"].as_str().is_some_and(|error| error.contains("Shiprocket")), "{gone}");
    merchant.close().await;
}

#[tokio::test]
async fn what_people_have_asked_within_a_day_is_asked_again_by_ourselves() {
    let merchant = merchant(424).await;
    open(&merchant).await;
    let app = &merchant.shop.app;
    let token = merchant.shop.token(Role::Staff, None).await;
    let mut staff = staff(&merchant.shop, &token);
    assert_eq!(ask(&mut staff, "pincode=411045&cod=false").await.0, 200);
    assert_eq!(rates::refresh(app).await, Ok(0), "it was just asked");
    app.clock.advance(5 * HOUR_MS);
    assert_eq!(rates::refresh(app).await, Ok(1));
    merchant.desk.sandbox.set_faults(vec![Rule::new("serviceability", Fault::ServerError)]);
    app.clock.advance(5 * HOUR_MS);
    assert_eq!(rates::refresh(app).await, Ok(0), "the courier is away");
    let (status, kept) = ask(&mut staff, "pincode=411045&cod=false").await;
    assert_eq!(
        (status, &kept["rates"][0]["approximate"]),
        (200, &json!(true)),
        "ten hours after somebody asked: {kept}"
    );
    merchant.desk.sandbox.set_faults(Vec::new());
    app.clock.advance(15 * HOUR_MS);
    assert_eq!(rates::refresh(app).await, Ok(0), "nobody has asked for a day");
    merchant.close().await;
}

#[tokio::test]
async fn where_nobody_goes_and_what_is_no_postcode() {
    let merchant = merchant(422).await;
    let mut guest = merchant.shop.browser();
    let (status, json) = ask(&mut guest, "pincode=411045").await;
    assert_eq!(status, 409, "no account can be asked: {json}");
    open(&merchant).await;
    let (status, json) = ask(&mut guest, "pincode=190001").await;
    assert_eq!((status, &json["serviceable"], &json["rates"]), (200, &json!(false), &json!([])), "{json}");
    for wrong in ["", "pincode=4110", "pincode=011045", "pincode=41104x", "pincode=411045&cod=maybe"] {
        assert_eq!(ask(&mut guest, wrong).await.0, 400, "{wrong}");
    }
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(ask(&mut guest, "pincode=411045").await.0);
    }
    assert_eq!((statuses[0], statuses.last()), (200, Some(&429)), "strangers do not use the courier up: {statuses:?}");
    let stranger = merchant.shop.token(Role::Seller, Some("dhaka")).await;
    let mut stranger = staff(&merchant.shop, &stranger);
    assert_eq!(ask(&mut stranger, "pincode=411045").await.0, 409, "another store's account is not asked");
    merchant.close().await;
}

#[tokio::test]
async fn delhivery_offers_two_services_where_it_goes() {
    let store = store(423).await;
    let token = store.shop.token(Role::Seller, Some("mumbai")).await;
    let mut seller = staff(&store.shop, &token);
    let (status, json) = ask(&mut seller, "pincode=411001").await;
    assert_eq!((status, ids(&json)), (200, vec!["Surface", "Express"]), "{json}");
    let days: Vec<&Value> = json["rates"].as_array().expect("rates").iter().map(|rate| &rate["max_days"]).collect();
    assert_eq!(days, [&json!(5), &json!(2)]);
    let (_, none) = ask(&mut seller, "pincode=194101").await;
    assert_eq!(none["serviceable"], json!(false), "embargo");
    store.desk.sandbox.set_faults(vec![Rule::new("expected_tat", Fault::ServerError)]);
    let (status, json) = ask(&mut seller, "pincode=411002").await;
    assert_eq!(
        (status, &json["rates"][0]["max_days"]),
        (200, &Value::Null),
        "a price without a day is a price: {json}"
    );
    let reference = store.confirmed().await;
    store.desk.sandbox.set_faults(Vec::new());
    let page = seller.get(&format!("/admin/orders/{reference}?prices=yes")).await.body;
    for shown in ["Delhivery Surface", "Delhivery Express", "Cheapest", "Fastest", "value=\"Express\""] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    store.shop.close().await;
}
