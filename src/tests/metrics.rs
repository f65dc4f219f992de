//! What a shop counts about itself: told to whoever may hear it, about everything that happens, and
//! about nobody.

use harkara::domain::orders::OrderAction;
use harkara::domain::staff::Role;
use harkara::domain::time::SECOND_MS;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{booking, checking};
use harkara::server::clock::{Chance, Clock};
use harkara::server::sandbox::faults::Fault;
use harkara::server::{App, http};
use serde_json::json;

use crate::support::merchant::{Merchant, merchant};
use crate::support::{self, START, Shop};

async fn scrape(shop: &Shop) -> String {
    let answer = shop.browser().get("/metrics").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.body
}

/// The value of a series; none when it is not there.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().expect("a number"))
}

#[track_caller]
fn assert_value(text: &str, series: &str, expected: f64) {
    assert_eq!(value(text, series), Some(expected), "{series} in\n{text}");
}

/// Every line is one Prometheus takes, and every series belongs to a family that was announced.
fn assert_well_formed(text: &str) {
    let mut family = "";
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().expect("a name");
            assert!(seen.insert(family.to_owned()), "{family} is announced once");
        } else if !line.starts_with("# HELP ") {
            let (series, number) = line.rsplit_once(' ').expect("a value");
            assert!(number.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().expect("a name");
            let plain = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            assert!(name == family || plain == Some(family), "{line} is of {family}");
        }
    }
}

async fn push(merchant: &Merchant, awb: &str, status: &str) {
    let push = json!({"notification_type": "delivery_status", "consignment_id": awb, "invoice": "X",
        "status": status, "updated_at": "2026-11-21 12:30:00"});
    assert_eq!(merchant.push(&push).await.status.as_u16(), 200);
}

#[tokio::test]
async fn everything_that_happens_is_counted() {
    let merchant = merchant(91).await;
    let app = merchant.shop.app.clone();
    let reference = merchant.confirmed().await;
    merchant.desk.fault("create_order", Fault::OkButFailed);
    booking::create(&app, &Actor::system(), &reference, "packzy", "").await.expect("written down");
    let shipment = booking::create(&app, &Actor::system(), &reference, "packzy", "").await.expect("booked");
    checking::check_one(&app, &Actor::system(), shipment.as_str()).await.expect("asked");
    let awb = merchant.desk.sandbox.parcels().remove(0).awb;
    push(&merchant, &awb, "Delivered").await;
    push(&merchant, "999999999", "Delivered").await;
    app.clock.advance(3 * SECOND_MS);
    let waiting = scrape(&merchant.shop).await;
    assert_value(&waiting, "harkara_webhooks_waiting", 2.0);
    assert_value(&waiting, "harkara_webhook_oldest_waiting_seconds", 3.0);
    merchant.apply().await;
    let hook = merchant.hook().await;
    merchant.send("POST", &hook, Some("wrong"), &json!({"a": 1})).await;
    merchant.shop.browser().get("/p/no-such-product").await;
    merchant.shop.browser().get("/no/such/page").await;
    merchant.shop.app.clock.advance(120 * SECOND_MS);
    assert!(value(&scrape(&merchant.shop).await, "harkara_jobs_due").is_some_and(|due| due >= 1.0));
    merchant.work().await;

    let text = scrape(&merchant.shop).await;
    assert_well_formed(&text);
    for (series, count) in [
        ("harkara_orders_placed_total{store=\"dhaka\"}", 1.0),
        ("harkara_order_moves_total{from=\"pending\",to=\"confirmed\"}", 1.0),
        ("harkara_order_moves_total{from=\"confirmed\",to=\"processing\"}", 1.0),
        ("harkara_order_moves_total{from=\"processing\",to=\"delivered\"}", 1.0),
        ("harkara_webhooks_received_total{courier=\"packzy\"}", 2.0),
        ("harkara_webhooks_refused_total{verdict=\"bad_secret\"}", 1.0),
        ("harkara_webhooks_settled_total{state=\"applied\"}", 1.0),
        ("harkara_webhooks_settled_total{state=\"unmatched\"}", 1.0),
        ("harkara_webhook_effect_seconds_sum", 3.0),
        ("harkara_webhook_effect_seconds_count", 1.0),
        ("harkara_webhooks_waiting", 0.0),
        ("harkara_webhook_spool_bytes", 0.0),
        ("harkara_syncs_total{courier=\"packzy\",operation=\"booking\",outcome=\"failure\"}", 1.0),
        ("harkara_syncs_total{courier=\"packzy\",operation=\"booking\",outcome=\"success\"}", 1.0),
        ("harkara_syncs_total{courier=\"packzy\",operation=\"tracking\",outcome=\"success\"}", 1.0),
        ("harkara_http_request_duration_seconds_count{route=\"/p/{slug}\",status=\"4xx\"}", 1.0),
        ("harkara_http_request_duration_seconds_count{route=\"none\",status=\"4xx\"}", 1.0),
        ("harkara_jobs_due", 0.0),
        ("harkara_jobs_dead", 0.0),
        ("harkara_database_up", 1.0),
    ] {
        assert_value(&text, series, count);
    }
    for there in [
        "harkara_courier_call_duration_seconds_count{courier=\"packzy\",operation=\"",
        "harkara_job_runs_total{kind=\"resolve_booking\",outcome=\"success\"}",
        "harkara_cache_lookups_total{cache=\"accounts\",outcome=\"hit\"}",
        "harkara_cache_lookups_total{cache=\"accounts\",outcome=\"miss\"}",
        "harkara_commit_duration_seconds_count{durable=\"yes\"} ",
        "harkara_commit_writes_bucket{le=\"1\"} ",
        "harkara_database_connections{pool=\"read\",state=\"in_use\"} ",
    ] {
        assert!(text.contains(there), "{there} in\n{text}");
    }
    for private in ["Zubeida", "01712345678", "no-such-product", "no/such", awb.as_str(), reference.as_str()] {
        assert!(!text.contains(private), "{private} in\n{text}");
    }
    merchant.close().await;
}

#[tokio::test]
async fn a_move_that_was_refused_is_not_counted() {
    let merchant = merchant(92).await;
    let variant = merchant.variants(1).await.remove(0);
    let reference = merchant.place(&[(&variant, 2)]).await;
    merchant.stock(&variant, 1).await;
    merchant.act(&reference, OrderAction::Confirm).await.expect_err("too few");
    assert!(!scrape(&merchant.shop).await.contains("harkara_order_moves_total{"));
    merchant.stock(&variant, 2).await;
    merchant.act(&reference, OrderAction::Confirm).await.expect("confirmed");
    let moved = "harkara_order_moves_total{from=\"pending\",to=\"confirmed\"}";
    assert_value(&scrape(&merchant.shop).await, moved, 1.0);
    merchant.close().await;
}

#[tokio::test]
async fn a_shop_that_others_can_reach_tells_its_counts_to_staff_alone() {
    let shop = support::shop().await;
    shop.demo().await;
    let config = |addr: &str, proxies: &[&str]| {
        let mut config = support::config(&shop.app.config.database_url, shop.app.config.data_dir.clone());
        config.addr = addr.parse().expect("an address");
        config.trusted_proxies = proxies.iter().map(|proxy| proxy.parse().expect("an address")).collect();
        config
    };
    for (addr, proxies) in [("0.0.0.0:3000", &[][..]), ("127.0.0.1:3000", &["127.0.0.1"]), ("192.0.2.1:80", &[])] {
        let app = App::open(config(addr, proxies), Clock::manual(START), Chance::System).await.expect("it opens");
        let router = http::router(&app);
        let mut somebody = vec![(None, None), (None, Some("hk_no.token".to_owned()))];
        for (role, _) in Role::TABLE {
            let store = (role == Role::Seller).then_some("mumbai");
            somebody.push((Some(role), Some(shop.token(role, store).await)));
        }
        for (role, token) in somebody {
            let status = status_of(&router, token).await;
            let wanted = match role {
                None => 401,
                Some(Role::Customer | Role::Seller) => 403,
                Some(Role::Staff | Role::Admin) => 200,
            };
            assert_eq!(status, wanted, "{addr} {proxies:?} as {role:?}");
        }
        app.db.close().await;
    }
    shop.close().await;
}

async fn status_of(router: &axum::Router, token: Option<String>) -> u16 {
    use tower::ServiceExt;
    let mut request = axum::http::Request::get("/metrics");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(axum::body::Body::empty()).expect("a request");
    router.clone().oneshot(request).await.expect("an answer").status().as_u16()
}
