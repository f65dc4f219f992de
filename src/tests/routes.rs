//! Every route of `ROUTES`: who may use it, and that nothing anybody can send makes it fall over.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use harkara::domain::checkout::{Cart, CartKey};
use harkara::domain::ids::VariantId;
use harkara::domain::staff::Role;
use harkara::server::cart;
use harkara::server::http::functions::compiled_in;
use harkara::server::http::routes::{ROUTES, Route};

use crate::support::{self, Browser, Shop};

/// Paths with something that exists in place of `{…}`.
async fn existing(shop: &Shop, path: &str) -> String {
    let mut conn = shop.app.db.read().await.expect("a connection");
    let mut one =
        async |sql: &'static str| -> String { sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a row") };
    let mut filled = path.to_owned();
    if path.starts_with("/p/") {
        filled = filled.replace("{slug}", &one("SELECT slug FROM products ORDER BY slug LIMIT 1").await);
    }
    if path.contains("stores/{") {
        filled = filled.replace("{id}", &one("SELECT slug FROM stores ORDER BY slug LIMIT 1").await);
    }
    if path.contains("/variants/{") {
        filled = filled.replace("{variant}", &one("SELECT id FROM product_variants ORDER BY id LIMIT 1").await);
    }
    if path.contains("products/{") {
        filled = filled.replace("{id}", &one("SELECT id FROM products ORDER BY id LIMIT 1").await);
    }
    for unknown in ["{id}", "{slug}", "{token}", "{name}", "{variant}", "{product}", "{*rest}"] {
        filled = filled.replace(unknown, "0193e5c4-7a3b-7cde-8f01-23456789abcd");
    }
    assert!(!filled.contains('{'), "a test value for every parameter: {filled}");
    filled
}

fn request(route: &Route, path: &str, body: &[u8], content_type: &str) -> Request<Body> {
    Request::builder()
        .method(route.method)
        .uri(path)
        .header("content-type", content_type)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body.to_vec()))
        .expect("a request")
}

#[tokio::test]
async fn every_route_lets_exactly_those_pass_who_may() {
    let shop = support::shop().await;
    shop.demo().await;
    let mut somebody: Vec<(Option<Role>, Browser<'_>)> = vec![(None, shop.browser())];
    for (role, _) in Role::TABLE {
        let store = (role == Role::Seller).then_some("mumbai");
        let mut browser = shop.browser();
        browser.bearer = Some(shop.token(role, store).await);
        somebody.push((Some(role), browser));
    }
    for route in ROUTES {
        let template = route.paths().remove(0);
        let path = existing(&shop, &template).await;
        for (role, browser) in &mut somebody {
            let answer = browser.send(request(route, &path, b"", "application/x-www-form-urlencoded")).await;
            let to_login = answer.location.starts_with("/login") || answer.location.starts_with("/admin/login");
            let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || to_login;
            let allowed = route.access_on(&shop.app.config).allows(*role);
            assert_eq!(!refused, allowed, "{} {path} as {role:?}: {}", route.method, answer.status);
            assert!(answer.status.as_u16() < 500, "{} {path} as {role:?}: {}", route.method, answer.status);
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn every_server_function_has_a_route() {
    let mut compiled = compiled_in();
    compiled.sort_unstable();
    let mut routed: Vec<_> =
        ROUTES.iter().filter(|route| route.path.starts_with("/fn/")).map(|route| route.path).collect();
    routed.sort_unstable();
    assert_eq!(compiled, routed);
    assert!(!compiled.is_empty());
}

#[tokio::test]
async fn a_write_from_another_site_is_refused_everywhere() {
    let shop = support::shop().await;
    shop.demo().await;
    for route in ROUTES.iter().filter(|route| route.method != "GET") {
        let path = existing(&shop, &route.paths()[0]).await;
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
            let request =
                Request::builder().method(route.method).uri(&path).header("host", "shop.test").header(name, value);
            let answer = shop.browser().send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {path} with {name}", route.method);
        }
    }
    shop.close().await;
}

/// What people, broken programs and attackers send.
fn bad_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let mut bodies = vec![
        (form, b"%".to_vec()),
        (form, b"%zz=%f&&&===&a=%ff%fe&name=%00%00&quantity=-1&variant=%ff".to_vec()),
        (form, b"\xff\xfe\x00\x01".to_vec()),
        (form, b"variant=0193e5c4-7a3b-7cde-8f01-23456789abcd&quantity=0".to_vec()),
        (form, b"variant=0193e5c4-7a3b-7cde-8f01-23456789abcd&quantity=-1".to_vec()),
        (form, b"variant=0193e5c4-7a3b-7cde-8f01-23456789abcd&quantity=1000000000".to_vec()),
        (form, b"key=00000000000000000000000000000000&name=A&phone=9876543210&line1=x&city=y&pincode=411001&country=IN&payment_method=cod".to_vec()),
        (form, b"key=not+a+key&action=order_again".to_vec()),
        (form, b"form[key]=00000000000000000000000000000000&form[name]=%00".to_vec()),
        (form, b"form=1&form[key][deep][er]=2".to_vec()),
        (form, b"email=a%00b@example.com&password=%00&next=//evil.example".to_vec()),
        (form, b"email=x".repeat(1_000)),
        (json, b"".to_vec()),
        (json, b"{".to_vec()),
        (json, b"null".to_vec()),
        (json, b"[]".to_vec()),
        (json, b"\"text\"".to_vec()),
        (json, b"{\"items\": 5, \"address\": [], \"customer_name\": {}, \"customer_phone\": 1}".to_vec()),
        (json, b"{\"items\":[{\"variant\":\"0193e5c4-7a3b-7cde-8f01-23456789abcd\",\"quantity\":1e400}]}".to_vec()),
        (json, b"{\"items\":[{\"variant\":\"\\u0000\",\"quantity\":-1}],\"customer_name\":\"\\u0000\"}".to_vec()),
        (json, b"{\"stock_quantity\": 99999999999999999999}".to_vec()),
        (json, b"{\"stock_quantity\": -1}".to_vec()),
        (json, b"{\"stock_quantity\": \"many\"}".to_vec()),
        (json, b"\xff\xfe{}".to_vec()),
        ("text/plain", b"hello".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--".to_vec()),
        ("", Vec::new()),
    ];
    bodies.push((json, [b"[".repeat(20_000), b"]".repeat(20_000)].concat()));
    bodies.push((form, [b"name=".to_vec(), b"a".repeat(300 * 1024)].concat()));
    bodies.push((json, [b"{\"a\":\"".to_vec(), b"a".repeat(300 * 1024), b"\"}".to_vec()].concat()));
    bodies
}

/// Path parameters that are nothing.
const BAD_SEGMENTS: [&str; 7] = [
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%201=1",
    "%E2%82%B9",
    "-",
    "0193e5c4-7a3b-7cde-8f01-23456789abcd",
];

const BAD_QUERIES: [&str; 6] = [
    "?page=-1",
    "?page=99999999999999999999&page_size=0",
    "?q=%ff%00%25_%27",
    "?page_size=1000000",
    "?category=%00&search=%00&store=%00&status=%00&reference=%00",
    "?%%%&&==&a=b=c",
];

async fn counts(shop: &Shop) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in [
        "SELECT COUNT(*) FROM checkouts",
        "SELECT COUNT(*) FROM orders",
        "SELECT COUNT(*) FROM order_items",
        "SELECT COUNT(*) FROM stock_movements",
        "SELECT COUNT(*) FROM outbox",
        "SELECT COUNT(*) FROM sessions",
    ] {
        counts.push(shop.number(sql).await);
    }
    counts
}

#[tokio::test]
async fn bad_input_gets_a_clear_answer_on_every_route_and_changes_nothing() {
    let shop = support::shop().await;
    shop.demo().await;
    let before = counts(&shop).await;
    let token = shop.token(Role::Admin, None).await;
    for route in ROUTES {
        let template = route.paths().remove(0);
        let path = existing(&shop, &template).await;
        let mut paths = vec![path.clone()];
        paths.extend(BAD_QUERIES.iter().map(|query| format!("{path}{query}")));
        if let Some((start, _)) = template.split_once('{') {
            paths.extend(BAD_SEGMENTS.iter().map(|segment| format!("{start}{segment}")));
        }
        for path in &paths {
            for bearer in [None, Some(token.clone())] {
                let mut browser = shop.browser();
                browser.bearer = bearer;
                for (content_type, body) in bad_bodies() {
                    let answer = browser.send(request(route, path, &body, content_type)).await;
                    assert!(
                        answer.status.as_u16() < 500 && answer.status != StatusCode::SWITCHING_PROTOCOLS,
                        "{} {path} with {content_type} {:?}: {} {}",
                        route.method,
                        String::from_utf8_lossy(&body[..body.len().min(80)]),
                        answer.status,
                        answer.body
                    );
                    let quiet = answer.status.is_success() || answer.status.is_redirection();
                    assert!(
                        quiet || route.method == "HEAD" || !answer.body.is_empty(),
                        "{} {path}: {} says nothing",
                        route.method,
                        answer.status
                    );
                    if route.method == "GET" {
                        break; // A GET's body is not read.
                    }
                }
            }
        }
    }
    assert_eq!(counts(&shop).await, before, "nothing is half-written");
    shop.close().await;
}

#[tokio::test]
async fn forged_and_huge_cookies_are_no_cookies() {
    let shop = support::shop().await;
    shop.demo().await;
    let mut big = Cart::new(CartKey::from_bytes([1; 16]));
    big.add(VariantId::new("0193e5c4-7a3b-7cde-8f01-23456789abcd"), 1).expect("a cart");
    let signed = cart::encode(&big, &shop.app.secrets);
    let forged = format!("{}A", &signed[..signed.len() - 1]);
    let values = ["", "x", "%00", "\u{1}", &forged, &"A".repeat(20_000), &signed];
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let path = existing(&shop, &route.paths()[0]).await;
        for value in values {
            let mut browser = shop.browser();
            for name in ["cart", "placed", "session", "__Host-session", "unsent"] {
                if value.bytes().all(|byte| byte >= 0x20) {
                    browser.cookies.push((name.to_owned(), value.to_owned()));
                }
            }
            let answer = browser.get(&path).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn every_page_carries_the_safety_headers_and_no_resolved_resources() {
    let shop = support::shop().await;
    shop.demo().await;
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let path = existing(&shop, &route.paths()[0]).await;
        let answer = shop.browser().get(&path).await;
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert!(!header("x-request-id").is_empty(), "{path}");
        if header("content-type").starts_with("text/html") {
            let policy = header("content-security-policy");
            for rule in [
                "script-src 'self' 'nonce-",
                "'wasm-unsafe-eval'",
                "frame-ancestors 'none'",
                "object-src 'none'",
                "base-uri 'self'",
            ] {
                assert!(policy.contains(rule), "{path}: {policy}");
            }
            assert!(!answer.body.contains("__RESOLVED_RESOURCES["), "{path} carries resources");
            let inline = answer.body.matches("<script").count();
            let with_nonce = answer.body.matches("nonce=\"").count();
            assert!(with_nonce >= inline, "{path}: each script has its nonce");
            assert!(
                !answer.body.contains(" onclick=") && !answer.body.contains(" style=\""),
                "{path}: the policy would refuse it"
            );
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_signing_out_ends_it() {
    let shop = support::shop().await;
    shop.demo().await;
    let mut browser = shop.browser();
    let wrong = browser.post("/login", &[("email", "admin@example.com"), ("password", "guess-guess")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sign_in = [("email", " Admin@Example.com"), ("password", "harkara-demo"), ("next", "/cart")];
    let right = browser.post("/login", &sign_in).await;
    assert_eq!((right.status, right.location.as_str()), (StatusCode::SEE_OTHER, "/cart"), "{}", right.body);
    let first = browser.cookies.clone();
    browser.post("/login", &sign_in).await;
    assert_ne!(first, browser.cookies, "the token is new at each login");
    assert_eq!(browser.get("/account/orders").await.status, StatusCode::OK);
    let mut old = shop.browser();
    old.cookies = first;
    assert!(old.get("/account/orders").await.location.starts_with("/login"), "the old session has ended");
    let kept = browser.cookies.clone();
    browser.post("/logout", &[]).await;
    browser.cookies = kept;
    assert!(browser.get("/account/orders").await.location.starts_with("/login"));
    shop.close().await;
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let shop = support::shop().await;
    shop.demo().await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let answer =
            shop.browser().post("/login", &[("email", "admin@example.com"), ("password", "guess-guess")]).await;
        statuses.push(answer.status);
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers.contains_key("retry-after"));
        }
    }
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    shop.close().await;
}

#[tokio::test]
async fn the_api_takes_no_token_that_was_not_given_out() {
    let shop = support::shop().await;
    let good = shop.token(Role::Admin, None).await;
    for wrong in ["x", "hk_", "hk_a.b", &good[..good.len() - 1], &format!("{good}0")] {
        let mut browser = shop.browser();
        browser.bearer = Some(wrong.to_owned());
        assert_eq!(browser.get("/api/v1/stores/").await.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let mut browser = shop.browser();
    browser.bearer = Some(good);
    assert_eq!(browser.get("/api/stores").await.status, StatusCode::OK);
    shop.close().await;
}
