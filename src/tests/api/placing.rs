//! Placing an order through the API: once per key, at the shop's prices, with every mistake named.

use axum::http::StatusCode;
use futures_util::future::join_all;
use harkara::domain::staff::Role;
use serde_json::{Value, json};

use super::{Program, Reply, customer, demo_shop, guest, order, program, sold, with};
use crate::support::Shop;

const ORDERS: &str = "/api/v1/orders/";

async fn count(shop: &Shop) -> i64 {
    assert_eq!(
        shop.number("SELECT COUNT(*) FROM checkouts").await,
        shop.number("SELECT COUNT(*) FROM orders").await,
        "nothing is half-written"
    );
    shop.number("SELECT COUNT(*) FROM orders").await
}

async fn post_with_key(program: &mut Program<'_>, key: &str, body: &Value) -> Reply {
    program.send("POST", ORDERS, &[("idempotency-key", key)], Some(body.to_string().as_bytes())).await
}

#[tokio::test]
async fn a_guest_orders_at_the_shops_prices() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let reply = guest(&shop).post(ORDERS, &order(&goods.variant)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
    let total = format!("{}.{:02}", goods.price_minor * 2 / 100, goods.price_minor * 2 % 100);
    for (field, value) in [
        ("status", "pending"),
        ("store", "mumbai"),
        ("currency", "INR"),
        ("customer_phone", "+919876543210"),
        ("total", &total),
        ("subtotal", &total),
        ("discount", "0.00"),
    ] {
        assert_eq!(reply.json[field], value, "{field}");
    }
    assert_eq!(reply.json["item_count"], 2);
    assert_eq!(reply.json["address"]["country"], "IN", "the store's");
    assert!(reply.json["order_reference"].as_str().is_some_and(|reference| reference.starts_with("LEG-")));
    assert_eq!(reply.headers["cache-control"], "no-store");
    let id = reply.json["id"].as_str().expect("an id");
    assert_eq!(reply.headers["location"], format!("/api/v1/orders/{id}/"));
    let page = shop.browser().get(&format!("/o/{}", reply.json["token"].as_str().expect("a token"))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(shop.number("SELECT COUNT(*) FROM outbox WHERE effect = 'order.placed'").await, 1);
    let stock = sold(&shop, "mumbai", 0).await.stock;
    assert_eq!(stock, goods.stock, "stock is taken when the merchant confirms");
    shop.close().await;
}

#[tokio::test]
async fn the_whatsapp_clients_names_are_understood() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "dhaka", 0).await;
    let body = json!({
        "orderReference": "LEG-MADE-IN-BROWSER",
        "customerName": " Rahim \u{0}\u{7} Uddin ",
        "customerPhone": "০১৭১২৩৪৫৬৭৮",
        "address": { "line1": "House 7, Road 3", "city": "Dhaka" },
        "items": [
            { "variant": goods.variant.to_uppercase(), "quantity": 1, "unitPrice": goods.price_minor as f64 / 100.0 },
            { "variant": goods.variant, "quantity": 2 },
        ],
    });
    let reply = guest(&shop).post(ORDERS, &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
    assert_eq!(reply.json["customer_name"], "Rahim Uddin");
    assert_eq!(reply.json["customer_phone"], "+8801712345678");
    assert_ne!(reply.json["order_reference"], "LEG-MADE-IN-BROWSER", "the shop makes the reference");
    assert_eq!(reply.json["items"].as_array().map(Vec::len), Some(1), "one variant is one line");
    assert_eq!(reply.json["item_count"], 3);
    shop.close().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_and_nothing_is_saved() {
    let shop = demo_shop().await;
    let (here, there) = (sold(&shop, "mumbai", 0).await, sold(&shop, "dhaka", 0).await);
    let good = order(&here.variant);
    let mut cases = vec![
        (json!({}), "items"),
        (with(&good, "/customer_name", Value::Null), "customer_name"),
        (with(&good, "/customer_name", json!(5)), "customer_name"),
        (with(&good, "/customer_name", json!("x".repeat(101))), "customer_name"),
        (with(&good, "/customer_phone", json!("12345")), "customer_phone"),
        (with(&good, "/customer_email", json!("nobody")), "customer_email"),
        (with(&good, "/address", json!("12 Park Road, Pune")), "address.line1"),
        (with(&good, "/address", json!([])), "address"),
        (with(&good, "/address", Value::Null), "address"),
        (with(&good, "/address/city", json!("")), "address.city"),
        (with(&good, "/address/pincode", json!("12")), "address.pincode"),
        (with(&good, "/address/country", json!("FR")), "address.country"),
        (with(&good, "/payment_method", json!("bitcoin")), "payment_method"),
        (with(&good, "/notes", json!("x".repeat(501))), "notes"),
        (with(&good, "/order_reference", json!("x".repeat(101))), "order_reference"),
        (with(&good, "/items", json!("two shirts")), "items"),
        (with(&good, "/items", json!([])), "items"),
        (with(&good, "/items", json!([5])), "items"),
        (with(&good, "/items", json!(vec![good["items"][0].clone(); 41])), "items"),
        (
            with(&good, "/items", json!(vec![json!({ "variant": here.variant, "quantity": 999 }); 2])),
            "items[1].quantity",
        ),
        (
            with(&good, "/items", json!([good["items"][0], { "variant": there.variant, "quantity": 1 }])),
            "items[1].variant",
        ),
        (with(&good, "/items/0/variant", json!("a shirt")), "items[0].variant"),
        (with(&good, "/items/0/variant", json!("0193e5c4-7a3b-7cde-8f01-23456789abcd")), "items[0].variant"),
        (with(&good, "/items/0/variant", json!("\u{0}")), "items[0].variant"),
        (with(&good, "/items/0/unit_price", json!("a lot")), "items[0].unit_price"),
        (with(&good, "/items/0/unit_price", json!(1e300)), "items[0].unit_price"),
    ];
    for quantity in
        [json!(0), json!(-1), json!(1_000_000_000), json!(1000), json!("2"), json!(2.0), json!(1e9), json!([])]
    {
        cases.push((with(&good, "/items/0/quantity", quantity), "items[0].quantity"));
    }
    let mut program = guest(&shop);
    for (body, field) in cases {
        let reply = program.post(ORDERS, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.json);
        assert_eq!(reply.json["error"], "Validation failed");
        assert!(reply.json["details"][field][0].is_string(), "{field} in {body}: {}", reply.json);
    }
    let unknown = program.post(ORDERS, &with(&good, "/payment_method", json!("bitcoin"))).await;
    assert!(unknown.json.to_string().contains("cod, whatsapp"), "the list is there: {}", unknown.json);
    assert_eq!(count(&shop).await, 0);
    shop.close().await;
}

#[tokio::test]
async fn what_is_no_json_is_refused_in_words() {
    let shop = demo_shop().await;
    let good = order(&sold(&shop, "mumbai", 0).await.variant).to_string();
    let twice = good.replacen('{', "{\"customerName\":\"Somebody Else\",", 1);
    let mut program = guest(&shop);
    for (content_type, body, field) in [
        ("application/json", &b"{"[..], "body"),
        ("application/json", b"", "body"),
        ("application/json", b"[1]", "body"),
        ("application/json", b"{\"customer_name\":\"\xff\"}", "body"),
        ("application/json", "[".repeat(10_000).as_bytes(), "body"),
        ("application/json", b"{\"items\":[{\"quantity\":1e999}]}", "body"),
        ("application/json", twice.as_bytes(), "customer_name"),
        ("text/plain", good.as_bytes(), "Content-Type"),
        ("application/x-www-form-urlencoded", good.as_bytes(), "Content-Type"),
    ] {
        let reply = program.send("POST", ORDERS, &[("content-type", content_type)], Some(body)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{field}: {}", reply.json);
        assert!(reply.json["details"][field][0].is_string(), "{field}: {}", reply.json);
    }
    for content_type in ["application/json; charset=utf-8", "application/vnd.api+json"] {
        let reply = program.send("POST", ORDERS, &[("content-type", content_type)], Some(good.as_bytes())).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{content_type}: {}", reply.json);
    }
    shop.close().await;
}

#[tokio::test]
async fn sixteen_copies_at_once_are_one_order() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let body = with(&order(&goods.variant), "/order_reference", json!("LEG-ONE"));
    for (key, wanted) in [(None, 1), (Some("key-1"), 2)] {
        let body = if key.is_some() { with(&body, "/order_reference", Value::Null) } else { body.clone() };
        let copies = join_all((0..16).map(async |_| {
            let mut program = guest(&shop);
            match key {
                Some(key) => post_with_key(&mut program, key, &body).await,
                None => program.post(ORDERS, &body).await,
            }
        }));
        let replies = copies.await;
        for reply in &replies {
            assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
            assert_eq!(reply.json, replies[0].json);
        }
        assert_eq!(count(&shop).await, wanted);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_guests_reference_is_answered_again_only_for_the_same_order() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let body = with(&order(&goods.variant), "/order_reference", json!("LEG-ONE"));
    let first = guest(&shop).post(ORDERS, &body).await;
    let again = guest(&shop).post(ORDERS, &body).await;
    assert_eq!((again.status, &again.json), (first.status, &first.json));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    for (pointer, other) in [
        ("/customer_name", json!("Somebody Else")),
        ("/customer_phone", json!("9876500000")),
        ("/customer_email", json!("else@example.com")),
        ("/address/line1", json!("Elsewhere")),
        ("/address/landmark", json!("A temple")),
        ("/payment_method", json!("whatsapp")),
        ("/notes", Value::Null),
        ("/items/0/quantity", json!(1)),
        ("/items/0/variant", json!(sold(&shop, "mumbai", 1).await.variant)),
        ("/items/0/unit_price", json!("0.01")),
    ] {
        let reply = guest(&shop).post(ORDERS, &with(&body, pointer, other)).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{pointer}: {}", reply.json);
        let text = reply.json.to_string();
        for secret in ["id", "token", "order_reference", "Asha", "items"] {
            assert!(!text.contains(&format!("\"{secret}")) && !text.contains("LEG-"), "{pointer}: {text}");
        }
    }
    assert_eq!(count(&shop).await, 1);
    // A form that was refused does not use the reference up.
    let body = with(&body, "/order_reference", json!("LEG-TWO"));
    assert_eq!(
        guest(&shop).post(ORDERS, &with(&body, "/customer_phone", json!("1"))).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(guest(&shop).post(ORDERS, &body).await.status, StatusCode::CREATED);
    shop.close().await;
}

#[tokio::test]
async fn a_repeat_is_answered_even_when_the_shelf_has_changed() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let body = with(&order(&goods.variant), "/order_reference", json!("LEG-ONE"));
    let first = guest(&shop).post(ORDERS, &body).await;
    for change in
        ["UPDATE product_variants SET price_minor = price_minor + 100", "UPDATE product_variants SET archived_at = 1"]
    {
        shop.app
            .db
            .write(move |conn| {
                Box::pin(async move {
                    sqlx::query(change).execute(conn).await?;
                    Ok(())
                })
            })
            .await
            .expect("the shelf changes");
        let again = guest(&shop).post(ORDERS, &body).await;
        assert_eq!((again.status, &again.json), (StatusCode::CREATED, &first.json), "{change}");
    }
    assert_eq!(count(&shop).await, 1);
    shop.close().await;
}

#[tokio::test]
async fn a_known_callers_key_with_another_body_is_422_and_belongs_to_nobody_else() {
    let shop = demo_shop().await;
    let body = order(&sold(&shop, "mumbai", 0).await.variant);
    let other = with(&body, "/customer_name", json!("Somebody Else"));
    let mut staff = program(&shop, Role::Staff, None).await;
    let first = post_with_key(&mut staff, "key-1", &body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.json);
    let again = post_with_key(&mut staff, "key-1", &body).await;
    assert_eq!((again.status, &again.json), (StatusCode::CREATED, &first.json));
    let reused = post_with_key(&mut staff, "key-1", &other).await;
    assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reused.json);
    // A reference beside the key does not make it another request's key.
    let named = with(&body, "/order_reference", json!("LEG-ONE"));
    assert_eq!(post_with_key(&mut staff, "key-1", &named).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(count(&shop).await, 1);

    let mut asha = customer(&shop, "asha@example.com").await;
    let (mut second, mut anybody) = (program(&shop, Role::Staff, None).await, guest(&shop));
    for somebody_else in [&mut second, &mut asha, &mut anybody] {
        let reply = post_with_key(somebody_else, "key-1", &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
        assert_ne!(reply.json["id"], first.json["id"]);
    }
    assert_eq!(post_with_key(&mut guest(&shop), "key-1", &other).await.status, StatusCode::CONFLICT);
    assert_eq!(count(&shop).await, 4);
    assert_eq!(shop.number("SELECT COUNT(*) FROM idempotency_keys WHERE body LIKE '%Asha%'").await, 0);
    shop.close().await;
}

#[tokio::test]
async fn a_price_the_client_made_up_is_told_the_shops_price() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let price = format!("{}.{:02}", goods.price_minor / 100, goods.price_minor % 100);
    let priced = |price: Value| with(&order(&goods.variant), "/items/0/unit_price", price);
    let mut program = guest(&shop);
    let reply = program.post(ORDERS, &priced(json!("0.01"))).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.json);
    assert_eq!(reply.json["error"], "price_changed");
    assert_eq!(reply.json["items"], json!([{ "variant": goods.variant, "unit_price": price, "currency": "INR" }]));
    assert_eq!(count(&shop).await, 0);
    assert_eq!(program.post(ORDERS, &priced(json!(price))).await.status, StatusCode::CREATED);
    shop.close().await;
}

#[tokio::test]
async fn more_than_is_in_stock_is_refused_with_the_number_there_is() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let line = |quantity: i64| json!({ "variant": goods.variant, "quantity": quantity });
    // Two lines of one variant are looked at together.
    let body = with(&order(&goods.variant), "/items", json!([line(goods.stock), line(1)]));
    let reply = guest(&shop).post(ORDERS, &body).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.json);
    assert_eq!(reply.json["error"], format!("Insufficient stock. Available: {}", goods.stock));
    assert_eq!(reply.json["items"], json!([{ "variant": goods.variant, "available": goods.stock }]));
    let body = with(&body, "/items", json!([line(goods.stock)]));
    assert_eq!(guest(&shop).post(ORDERS, &body).await.status, StatusCode::CREATED);
    shop.close().await;
}
