//! Lists of orders by page and by cursor, in the order that was asked for; their sums, and the table.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use harkara::domain::orders::OrderAction;
use harkara::domain::staff::Role;
use harkara::domain::time::MINUTE_MS;
use serde_json::Value;

use super::{Program, program, program_of};
use crate::support::merchant::{Merchant, merchant};

fn references(json: &Value) -> Vec<String> {
    let results = json["results"].as_array().unwrap_or_else(|| panic!("no results: {json}"));
    results.iter().map(|order| order["order_reference"].as_str().expect("a reference").to_owned()).collect()
}

async fn follow(program: &mut Program<'_>, start: &str, direction: &str) -> Vec<String> {
    let (mut seen, mut next) = (Vec::new(), Some(start.to_owned()));
    while let Some(address) = next {
        let reply = program.get(address.strip_prefix("http://shop.test").unwrap_or(&address)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.json);
        let page = references(&reply.json);
        if direction == "previous" { seen.splice(0..0, page) } else { seen.splice(seen.len().., page) }.for_each(drop);
        next = reply.json[direction].as_str().map(str::to_owned);
    }
    seen
}

async fn orders(merchant: &Merchant, count: i64) -> Vec<String> {
    let variants = merchant.variants(3).await;
    let mut placed = Vec::new();
    for number in 0..count {
        merchant.shop.app.clock.advance(MINUTE_MS);
        placed.push(merchant.place(&[(&variants[(number % 3) as usize], 1 + number % 2)]).await);
    }
    placed.reverse();
    placed
}

#[tokio::test]
async fn a_cursor_meets_every_order_once_while_new_ones_come_and_leads_back() {
    let merchant = merchant(301).await;
    let placed = orders(&merchant, 11).await;
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    assert_eq!(follow(&mut admin, "/api/v1/orders/?cursor=&page_size=3", "next").await, placed);
    assert_eq!(follow(&mut admin, "/api/v1/orders/?page_size=3", "next").await, placed, "and by number");

    let first = admin.get("/api/v1/orders/?cursor=&page_size=4").await.json;
    assert_eq!((&first["count"], &first["previous"]), (&Value::Null, &Value::Null));
    let newer = orders(&merchant, 1).await;
    let next = first["next"].as_str().expect("more").replace("http://shop.test", "");
    let second = admin.get(&next).await.json;
    assert_eq!(references(&second), placed[4..8], "a new order moves nothing");
    let back = second["previous"].as_str().expect("newer ones").replace("http://shop.test", "");
    assert_eq!(references(&admin.get(&back).await.json), placed[..4]);
    let all = [newer, placed.clone()].concat();
    let last = admin.get(&format!("{}&page_size=100", &next)).await;
    assert_eq!(last.status, StatusCode::OK);
    assert_eq!(follow(&mut admin, &back, "previous").await, all[..5]);
    for wrong in ["older-", "older-x", "newer-9999999999999999999999", "sideways-1", "%00"] {
        let reply = admin.get(&format!("/api/v1/orders/?cursor={wrong}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(reply.json["details"]["cursor"][0].is_string(), "{}", reply.json);
    }
    merchant.close().await;
}

#[tokio::test]
async fn lists_are_filtered_searched_and_ordered_as_asked() {
    let merchant = merchant(302).await;
    let placed = orders(&merchant, 6).await;
    merchant.shop.app.clock.advance(MINUTE_MS);
    merchant.act(&placed[2], OrderAction::Confirm).await.expect("confirmed");
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    let mut list = async |query: &str| references(&admin.get(&format!("/api/v1/orders/?{query}")).await.json);
    let oldest_first: Vec<_> = placed.iter().rev().cloned().collect();
    assert_eq!(list("ordering=created_at").await, oldest_first);
    assert_eq!(list("ordering=-created_at&ordering=total_amount").await, placed);
    assert_eq!(list("ordering=-updated_at&page_size=1").await, placed[2..3]);
    assert_eq!(list("ordering=status,-created_at").await[0], placed[2], "confirmed stands before pending");
    assert_eq!(list("status=confirmed").await, placed[2..3]);
    assert_eq!(list("payment_status=pending").await.len(), 6);
    assert_eq!(list("payment_status=paid").await.len(), 0);
    assert_eq!(list("payment_method=cod&shipping_method=standard").await.len(), 6);
    assert_eq!(list("payment_method=whatsapp").await.len(), 0);
    assert_eq!(list("store=mumbai").await.len(), 0);
    assert_eq!(list(&format!("search={}", placed[4].to_lowercase())).await, placed[4..5]);
    assert_eq!(list("search=leg").await, placed, "a word of every reference, newest first");
    assert_eq!(list("search=leg&status=confirmed&ordering=total").await, placed[2..3], "beside any other filter");
    assert_eq!(list("search=leg&page=2&page_size=4").await, placed[4..]);
    assert_eq!(list("search=leg+nobody").await.len(), 0, "every word must be found");
    let totals: Vec<f64> = admin.get("/api/v1/orders/?ordering=-total").await.json["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|order| order["total"].as_str().expect("a total").parse().expect("a number"))
        .collect();
    assert!(totals.is_sorted_by(|left, right| left >= right), "{totals:?}");
    for (query, field) in
        [("ordering=price", "ordering"), ("ordering=total&cursor=", "ordering"), ("payment_status=x", "payment_status")]
    {
        let reply = admin.get(&format!("/api/v1/orders/?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(reply.json["details"][field][0].is_string(), "{}", reply.json);
    }
    let counted = admin.get("/api/v1/orders/?status=pending&page_size=1").await.json["count"].clone();
    assert_eq!(counted, 5, "by the counters");
    let counted = admin.get("/api/v1/orders/?status=pending&payment_method=cod").await.json["count"].clone();
    assert_eq!(counted, 5, "by counting");
    merchant.close().await;
}

#[tokio::test]
async fn the_numbers_add_up_and_are_each_ones_own() {
    let merchant = merchant(303).await;
    let placed = orders(&merchant, 4).await;
    merchant.act(&placed[0], OrderAction::Confirm).await.expect("confirmed");
    merchant.act(&placed[1], OrderAction::Cancel).await.expect("cancelled");
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    let confirmed = admin.get(&format!("/api/v1/orders/{}/", placed[0])).await.json;
    let stats = admin.get("/api/v1/orders/order_stats/?store=dhaka").await.json;
    assert_eq!(
        (&stats["total_orders"], &stats["pending_orders"], &stats["confirmed_orders"]),
        (&4.into(), &2.into(), &1.into())
    );
    assert_eq!(stats["cancelled_orders"], 1);
    assert_eq!((&stats["total_revenue"], &stats["average_order_value"]), (&confirmed["total"], &confirmed["total"]));
    assert_eq!((&stats["currency"], &stats["recent_orders"]), (&"BDT".into(), &4.into()));
    assert_eq!(stats["orders_by_status"]["pending"], 2);
    let months = stats["orders_by_month"].as_object().expect("months");
    assert_eq!(months.values().filter_map(Value::as_i64).sum::<i64>(), 4);
    let all = admin.get("/api/v1/orders/order_stats/").await.json;
    assert_eq!(
        (&all["currency"], &all["total_revenue"]),
        (&Value::Null, &Value::Null),
        "taka and rupees are not added up"
    );
    assert_eq!(all["stores"].as_array().map(Vec::len), Some(2));

    orders(&merchant, 1).await;
    let kept = admin.get("/api/v1/orders/order_stats/?store=dhaka").await.json;
    assert_eq!(kept, stats, "kept for ten minutes");
    merchant.shop.app.clock.advance(10 * MINUTE_MS);
    assert_eq!(admin.get("/api/v1/orders/order_stats/?store=dhaka").await.json["total_orders"], 5);
    let mut elsewhere = program(&merchant.shop, Role::Seller, Some("mumbai")).await;
    assert_eq!(elsewhere.get("/api/v1/orders/order_stats/").await.json["total_orders"], 0);
    merchant.close().await;
}

#[tokio::test]
async fn the_table_has_every_order_of_the_list_and_no_formulas() {
    let merchant = merchant(304).await;
    let placed = orders(&merchant, 3).await;
    let token = merchant.shop.token(Role::Admin, None).await;
    let mut admin = program_of(&merchant.shop, &token);
    let edit = serde_json::json!({ "customer_name": "=cmd|' /C calc'!A0" });
    assert_eq!(admin.patch(&format!("/api/v1/orders/{}/", placed[1]), &edit).await.status, StatusCode::OK);
    let answer = merchant.send("GET", "/api/v1/orders/export.csv", Some(&token), &Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    let rows: Vec<&str> = answer.body.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 4, "{}", answer.body);
    let columns = rows[0].split(',').count();
    for (row, reference) in rows[1..].iter().zip(&placed) {
        assert!(row.starts_with(&format!("{reference},dhaka,pending,")), "{row}");
        assert!(row.split(',').count() >= columns, "{row}");
        assert!(!row.contains(",=") && !row.contains(",\"="), "{row}");
    }
    assert!(rows[2].contains("\"'=cmd|' /C calc'!A0\""), "{}", rows[2]);
    let narrowed = merchant.send("GET", "/api/v1/orders/export.csv?status=shipped", Some(&token), &Value::Null).await;
    assert_eq!(narrowed.body.split_terminator("\r\n").count(), 1);
    merchant.close().await;
}

#[tokio::test]
async fn lines_of_orders_are_listed_by_themselves_and_by_order() {
    let merchant = merchant(305).await;
    let variants = merchant.variants(2).await;
    let reference = merchant.place(&[(&variants[0], 1), (&variants[1], 2)]).await;
    merchant.shop.app.clock.advance(MINUTE_MS);
    let other = merchant.place(&[(&variants[1], 1)]).await;
    let mut staff = program(&merchant.shop, Role::Staff, None).await;
    let all = staff.get("/api/v1/order-items/").await.json;
    assert_eq!(all["count"], 3);
    assert_eq!(all["results"][0]["order_reference"], other.as_str(), "newest first");
    let own = staff.get(&format!("/api/v1/order-items/by_order/?order_id={reference}")).await.json;
    let ids: BTreeSet<_> =
        own["results"].as_array().expect("lines").iter().map(|line| line["id"].to_string()).collect();
    assert_eq!((own["count"].as_i64(), ids.len()), (Some(2), 2));
    assert_eq!(own["results"][1]["quantity"], 2);
    let line = own["results"][0]["id"].as_str().expect("an id");
    assert_eq!(staff.get(&format!("/api/v1/order-items/{line}/")).await.json, own["results"][0]);
    assert_eq!(staff.get("/api/v1/order-items/by_order/").await.status, StatusCode::BAD_REQUEST);
    let mut elsewhere = program(&merchant.shop, Role::Seller, Some("mumbai")).await;
    assert_eq!(elsewhere.get("/api/v1/order-items/").await.json["count"], 0);
    assert_eq!(elsewhere.get(&format!("/api/v1/order-items/{line}/")).await.status, StatusCode::NOT_FOUND);
    merchant.close().await;
}
