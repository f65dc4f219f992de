//! `harkara webhook doctor` against a shop on loopback, and against what stands in front of shops.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use harkara::domain::couriers::CourierForm;
use harkara::domain::staff::Role;
use harkara::server::actions::accounts;
use harkara::server::actions::actor::Actor;
use harkara::server::{http, listen};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::cli::Operator;
use crate::support::{Shop, parcels, shop};

/// A shop with accounts of every kind of proof.
async fn shop_with_accounts() -> Shop {
    let shop = shop().await;
    shop.demo().await;
    parcels::account(&shop.app, "bearer", "", ["", ""]).await;
    for (slug, provider, mode, secret) in [
        ("query", "packzy", "query", "a secret & more"),
        ("signed", "generic", "hmac", "another secret"),
        ("named", "shiprocket", "header", "a third"),
        ("open", "packzy", "bearer", ""),
    ] {
        let form = CourierForm {
            slug: slug.into(),
            store: if provider == "shiprocket" { "mumbai" } else { "dhaka" }.into(),
            name: format!("Account {slug}"),
            provider: provider.into(),
            enabled: "yes".into(),
            test_mode: "yes".into(),
            webhook_mode: mode.into(),
            webhook_secret: secret.into(),
            ..CourierForm::default()
        };
        accounts::save(&shop.app, &Actor::system(), &form).await.expect("an account");
    }
    shop
}

/// Serves something on loopback; answers its address.
async fn served(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(listen::serve(listener, router, std::future::pending()));
    url
}

/// What the doctor says, by account; the site's own findings are under the empty name.
async fn examined(shop: &Shop, site_url: Option<&str>) -> (i32, Vec<(String, Vec<(bool, String)>)>) {
    let operator = Operator::new(Some(shop.app.config.database_url.clone()));
    let environment: Vec<(&str, &str)> = site_url.map(|url| ("HARKARA_SITE_URL", url)).into_iter().collect();
    let output = tokio::task::block_in_place(|| operator.run(&["webhook", "doctor", "--json"], &environment));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object a line"));
    let of = |line: Value| {
        let name = line["courier"].as_str().unwrap_or("").to_owned();
        let findings = line["findings"].as_array()?.iter();
        let read = |one: &Value| Some((one["wrong"].as_bool()?, one["message"].as_str()?.to_owned()));
        Some((name, findings.map(|one| read(one).expect("a finding")).collect()))
    };
    (output.status.code().expect("a code"), lines.filter_map(of).collect())
}

#[track_caller]
fn assert_said(found: &[(String, Vec<(bool, String)>)], courier: &str, wrong: bool, part: &str) {
    let (_, said) = found.iter().find(|(name, _)| name == courier).expect("the account");
    assert!(
        said.iter().any(|(is_wrong, text)| *is_wrong == wrong && text.contains(part)),
        "{courier} {part}: {said:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_push_comes_through_in_every_mode_and_nothing_is_stored() {
    let shop = shop_with_accounts().await;
    let url = served(http::router(&shop.app)).await;
    let before = shop.dump().await;
    let (code, found) = examined(&shop, Some(&url)).await;
    assert_eq!(code, 1, "an address on loopback is no address for couriers");
    assert_said(&found, "", true, "does not start with https");
    assert_said(&found, "", true, "Couriers cannot reach “127.0.0.1”");
    for account in ["bearer", "query", "signed", "named"] {
        assert_said(&found, account, false, "came through and was believed");
        let (_, said) = found.iter().find(|(name, _)| name == account).expect("the account");
        assert!(said.iter().all(|(is_wrong, _)| !is_wrong), "{account}: {said:?}");
    }
    assert_said(&found, "open", true, "No secret is set here");
    assert_said(&found, "open", false, "Not tried: test push");
    assert_eq!(shop.app.intake.waiting().await.0, 0, "nothing waits in the spool");
    assert_eq!(shop.dump().await, before);
    shop.close().await;
}

/// A proxy that takes the proof away, and goes by another clock.
async fn careless(State(shop): State<Router>, mut request: Request) -> Response {
    request.headers_mut().remove("authorization");
    let (parts, body) = shop.oneshot(request).await.expect("an answer").into_parts();
    let bytes = to_bytes(body, 1024 * 1024).await.expect("a body");
    let mut response = Response::from_parts(parts, Body::from(bytes));
    response.headers_mut().insert("date", HeaderValue::from_static("Sat, 21 Nov 2020 06:00:00 GMT"));
    response
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_secret_a_wrong_clock_a_banned_word_and_a_silent_host_are_found() {
    let shop = shop_with_accounts().await;
    let url = served(Router::new().fallback(careless).with_state(http::router(&shop.app))).await;
    let (code, found) = examined(&shop, Some(&url)).await;
    assert_eq!(code, 1);
    assert_said(&found, "bearer", true, "test push is answered with 401");
    assert_said(&found, "bearer", true, "behind this machine's");
    assert_said(&found, "query", false, "came through and was believed");

    let moved = || async { (StatusCode::FOUND, [("location", "/x")]) };
    let elsewhere = served(Router::new().fallback(moved)).await;
    let (_, found) = examined(&shop, Some(&format!("{elsewhere}/SRi"))).await;
    assert_said(&found, "named", true, "“sr” occurs in it");
    assert_said(&found, "named", true, "GET is answered with 302, and couriers do not follow");
    let (_, said) = found.iter().find(|(name, _)| name == "bearer").expect("the account");
    assert!(said.iter().all(|(_, text)| !text.contains("occurs in it")), "the words are Shiprocket's: {said:?}");

    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let (_, found) = examined(&shop, Some(&format!("http://{nobody}"))).await;
    assert_said(&found, "bearer", true, "There is no answer to GET");
    let plain = served(http::router(&shop.app)).await.replace("http://", "https://");
    let (_, found) = examined(&shop, Some(&plain)).await;
    assert_said(&found, "bearer", true, "There is no answer to GET");

    let (code, found) = examined(&shop, None).await;
    assert_eq!(code, 1);
    assert_said(&found, "", true, "HARKARA_SITE_URL is not set");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_turned_away_is_told_until_a_push_is_believed_and_the_desk_says_the_same() {
    let shop = shop_with_accounts().await;
    let all = shop.app.accounts.all(&shop.app).await.expect("accounts");
    let bearer = all.iter().find(|account| account.shown.slug == "bearer").expect("the account");
    let hook = format!("/hooks/t/{}", bearer.shown.webhook_token);
    let mut browser = shop.browser();
    for (path, secret) in [(hook.as_str(), "wrong"), ("/hooks/t/nobody", "wrong")] {
        let request = Request::post(path).header("authorization", format!("Bearer {secret}"));
        browser.send(request.body(Body::from(json!({"a": 1}).to_string())).expect("a request")).await;
    }
    browser.bearer = Some(shop.token(Role::Staff, None).await);
    let page = browser.get("/admin/webhooks").await.body;
    assert!(page.contains("One push was turned away in the last day: wrong secret."), "{page}");
    assert!(page.contains("No secret is set here"), "of the account without one");
    assert!(page.contains("shop.test”"), "a name that nobody outside knows");
    shop.app.clock.advance(1_000);
    let request = Request::post(&hook).header("authorization", format!("Bearer {}", parcels::SECRET));
    let body = json!({"notification_type": "delivery_status", "consignment_id": 1, "status": "hold", "updated_at": "2026-11-21 12:00:00"});
    browser.bearer = None;
    browser.send(request.body(Body::from(body.to_string())).expect("a request")).await;
    let mut applier = harkara::server::actions::pushes::Applier::default();
    while harkara::server::actions::pushes::apply_waiting(&shop.app, &mut applier).await.expect("applied") > 0 {}
    browser.bearer = Some(shop.token(Role::Staff, None).await);
    let page = browser.get("/admin/webhooks").await.body;
    assert!(page.contains("Pushes were taken again since then."), "{page}");
    shop.close().await;
}
