//! Setting the stock of a variant: who may, what it leaves behind, and that a repeat changes nothing.

use axum::http::StatusCode;
use harkara::domain::staff::Role;
use serde_json::{Value, json};

use super::{Sold, demo_shop, guest, program, sold};
use crate::support::Shop;

fn path(goods: &Sold) -> String {
    format!("/api/v1/products/{}/variants/{}/", goods.product, goods.variant)
}

async fn stock(shop: &Shop, goods: &Sold) -> (i64, i64) {
    let mut conn = shop.app.db.read().await.expect("a connection");
    sqlx::query_as(
        "SELECT v.stock_quantity, CAST((SELECT SUM(quantity) FROM stock_movements m WHERE m.variant_id = v.id) AS BIGINT)
         FROM product_variants v WHERE v.id = $1",
    )
    .bind(&goods.variant)
    .fetch_one(&mut *conn)
    .await
    .expect("a variant")
}

#[tokio::test]
async fn a_seller_sets_the_stock_of_the_own_store_by_a_movement_and_of_no_other() {
    let shop = demo_shop().await;
    let (here, there) = (sold(&shop, "mumbai", 0).await, sold(&shop, "dhaka", 0).await);
    let mut seller = program(&shop, Role::Seller, Some("mumbai")).await;
    let reply = seller.patch(&path(&here), &json!({ "stockQuantity": here.stock + 7 })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json);
    assert_eq!(reply.json["stock_quantity"], here.stock + 7);
    assert_eq!(stock(&shop, &here).await, (here.stock + 7, here.stock + 7), "the movements add up to the stock");

    let reply = seller.patch(&path(&there), &json!({ "stock_quantity": 1 })).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.json);
    assert_eq!(stock(&shop, &there).await, (there.stock, there.stock));
    let mixed = Sold { product: there.product.clone(), ..here };
    let mut admin = program(&shop, Role::Admin, None).await;
    assert_eq!(admin.patch(&path(&mixed), &json!({ "stock_quantity": 1 })).await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.patch(&path(&there), &json!({ "stock_quantity": 0 })).await.json["in_stock"], false);
    shop.close().await;
}

#[tokio::test]
async fn a_stock_that_is_no_stock_is_refused_by_name() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let mut staff = program(&shop, Role::Staff, None).await;
    for (body, field) in [
        (json!({}), "stock_quantity"),
        (json!({ "stock_quantity": null }), "stock_quantity"),
        (json!({ "stock_quantity": -1 }), "stock_quantity"),
        (json!({ "stock_quantity": 1_000_001 }), "stock_quantity"),
        (json!({ "stock_quantity": 2.5 }), "stock_quantity"),
        (json!({ "stock_quantity": "2" }), "stock_quantity"),
        (json!({ "stock_quantity": 2, "price": "1.00" }), "price"),
    ] {
        let reply = staff.patch(&path(&goods), &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.json);
        assert_eq!(reply.json["error"], "Validation failed");
        assert!(reply.json["details"][field].is_array(), "{body}: {}", reply.json);
    }
    assert_eq!(stock(&shop, &goods).await, (goods.stock, goods.stock));
    shop.close().await;
}

#[tokio::test]
async fn a_repeated_key_is_answered_again_and_does_not_undo_a_later_change() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let (path, five) = (path(&goods), json!({ "stock_quantity": 5 }).to_string());
    let key = [("idempotency-key", "key-1")];
    let (mut one, mut two) = (program(&shop, Role::Staff, None).await, program(&shop, Role::Staff, None).await);
    let first = one.send("PATCH", &path, &key, Some(five.as_bytes())).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.json);
    one.patch(&path, &json!({ "stock_quantity": 7 })).await;

    let again = one.send("PATCH", &path.replace("/v1", ""), &key, Some(b" {\"stockQuantity\": 5} ")).await;
    assert_eq!((again.status, &again.json), (StatusCode::OK, &first.json));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(stock(&shop, &goods).await.0, 7, "it was not done again");

    let six = json!({ "stock_quantity": 6 }).to_string();
    let other = one.send("PATCH", &path, &key, Some(six.as_bytes())).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", other.json);
    assert_eq!(stock(&shop, &goods).await.0, 7);

    // The same key of somebody else is another key.
    let theirs = two.send("PATCH", &path, &key, Some(six.as_bytes())).await;
    assert_eq!(theirs.json["stock_quantity"], 6, "{}", theirs.json);
    shop.close().await;
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let mut staff = program(&shop, Role::Staff, None).await;
    let key = [("idempotency-key", "key-1")];
    let refused = staff.send("PATCH", &path(&goods), &key, Some(b"{\"stock_quantity\":-1}")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let corrected = staff.send("PATCH", &path(&goods), &key, Some(b"{\"stock_quantity\":3}")).await;
    assert_eq!(corrected.status, StatusCode::OK, "{}", corrected.json);
    for wrong in ["", " ", "a b", &"k".repeat(256), "\u{e9}"] {
        let reply =
            staff.send("PATCH", &path(&goods), &[("idempotency-key", wrong)], Some(b"{\"stock_quantity\":4}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong:?}");
        assert!(reply.json["details"]["Idempotency-Key"].is_array(), "{}", reply.json);
    }
    assert_eq!(stock(&shop, &goods).await.0, 3);
    shop.close().await;
}

#[tokio::test]
async fn the_number_in_stock_is_for_those_who_sell_it() {
    let shop = demo_shop().await;
    let goods = sold(&shop, "mumbai", 0).await;
    let address = format!("/api/v1/products/{}/", goods.product);
    for (mut program, sees) in [
        (guest(&shop), false),
        (program(&shop, Role::Customer, None).await, false),
        (program(&shop, Role::Seller, Some("dhaka")).await, false),
        (program(&shop, Role::Seller, Some("mumbai")).await, true),
        (program(&shop, Role::Staff, None).await, true),
        (program(&shop, Role::Admin, None).await, true),
    ] {
        let reply = program.get(&address).await;
        let variants = reply.json["variants"].as_array().expect("variants");
        let variant = variants.iter().find(|variant| variant["id"] == goods.variant.as_str()).expect("the variant");
        assert_eq!(variant.get("stock_quantity").and_then(Value::as_i64), sees.then_some(goods.stock));
        assert_eq!(variant["in_stock"], true);
    }
    shop.close().await;
}
