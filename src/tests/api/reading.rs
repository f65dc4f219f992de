//! Reading: lists in pages, filters, spellings of addresses, and who sees which order.

use axum::http::StatusCode;
use harkara::domain::staff::Role;
use harkara::domain::time::DAY_MS;
use serde_json::{Value, json};

use super::{Reply, customer, demo_shop, guest, order, program, sold, with};
use crate::support::Shop;

fn ids(reply: &Reply) -> Vec<&str> {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.json);
    reply.json["results"].as_array().expect("results").iter().filter_map(|entry| entry["id"].as_str()).collect()
}

async fn place(shop: &Shop, program: &mut super::Program<'_>, store: &str) -> Value {
    let goods = sold(shop, store, 0).await;
    let body = with(&order(&goods.variant), "/customer_phone", json!("+91 98765 43210"));
    let reply = program.post("/api/v1/orders/", &body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
    reply.json
}

#[tokio::test]
async fn products_come_in_pages_that_lead_to_each_other() {
    let shop = demo_shop().await;
    let mut program = guest(&shop);
    let first = program.get("/api/v1/products/?page_size=7&store=mumbai").await;
    let count = first.json["count"].as_i64().expect("a count");
    assert_eq!(ids(&first).len(), 7);
    assert_eq!(first.json["previous"], Value::Null);
    let mut seen: Vec<String> = ids(&first).into_iter().map(str::to_owned).collect();
    let mut next = first.json["next"].as_str().map(str::to_owned);
    while let Some(address) = next {
        let path = address.strip_prefix("http://shop.test").expect("on the shop's own address");
        let reply = program.get(path).await;
        assert!(reply.json["previous"].is_string());
        seen.extend(ids(&reply).into_iter().map(str::to_owned));
        next = reply.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len() as i64, count);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len() as i64, count, "nothing comes twice");
    let all = program.get("/api/v1/products/?page_size=1000").await;
    assert!(ids(&all).len() as i64 > count && ids(&all).len() <= 100);
    assert!(ids(&program.get("/api/v1/products/?page=99999").await).is_empty());
    shop.close().await;
}

#[tokio::test]
async fn filters_narrow_and_a_wrong_one_names_what_there_is() {
    let shop = demo_shop().await;
    let mut program = program(&shop, Role::Admin, None).await;
    let one = &program.get("/api/v1/products/").await.json["results"][0].clone();
    let (slug, name) = (one["slug"].as_str().expect("a slug"), one["name"].as_str().expect("a name"));
    let word = name.split(' ').next().expect("a word");
    let found = program.get(&format!("/api/v1/products/?search={}", word.to_uppercase())).await;
    assert!(ids(&found).contains(&one["id"].as_str().expect("an id")), "{word}");
    assert!(ids(&program.get("/api/v1/products/?search=nothing+is+called+this").await).is_empty());
    assert!(ids(&program.get("/api/v1/products/?category=none").await).is_empty());
    assert_eq!(&program.get(&format!("/api/v1/products/{slug}")).await.json, one);
    for (path, field, word) in [
        ("/api/v1/products/?store=nowhere", "store", "mumbai"),
        ("/api/v1/orders/?status=shiped", "status", "out_for_delivery"),
        ("/api/v1/orders/?page=0", "page", "1"),
        ("/api/v1/orders/?page_size=many", "page_size", "1"),
    ] {
        let reply = program.get(path).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}: {}", reply.json);
        assert!(reply.json["details"][field][0].as_str().is_some_and(|text| text.contains(word)), "{}", reply.json);
    }
    shop.close().await;
}

#[tokio::test]
async fn everybody_sees_the_own_orders_and_nobody_another_ones() {
    let shop = demo_shop().await;
    let mut asha = customer(&shop, "asha@example.com").await;
    let ravi = customer(&shop, "ravi@example.com").await;
    let hers = place(&shop, &mut asha, "mumbai").await;
    let theirs = place(&shop, &mut guest(&shop), "dhaka").await;
    let (hers, theirs) = (hers["id"].as_str().expect("an id"), theirs["id"].as_str().expect("an id"));
    assert_eq!(guest(&shop).get("/api/v1/orders/").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(guest(&shop).get(&format!("/api/v1/orders/{hers}/")).await.status, StatusCode::UNAUTHORIZED);

    let mut programs = [
        (program(&shop, Role::Seller, Some("mumbai")).await, vec![hers]),
        (program(&shop, Role::Seller, Some("dhaka")).await, vec![theirs]),
        (program(&shop, Role::Staff, None).await, vec![theirs, hers]),
        (program(&shop, Role::Admin, None).await, vec![theirs, hers]),
        (program(&shop, Role::Customer, None).await, vec![]),
        (asha, vec![hers]),
        (ravi, vec![]),
    ];
    for (program, mut wanted) in programs.iter_mut().map(|(program, wanted)| (program, wanted.clone())) {
        wanted.sort_unstable();
        for list in ["", "recent_orders/", "pending_orders/", "?status=PENDING"] {
            let reply = program.get(&format!("/api/v1/orders/{list}")).await;
            let mut seen = ids(&reply);
            seen.sort_unstable();
            assert_eq!(seen, wanted, "{list}");
            assert_eq!(reply.json["count"], wanted.len());
        }
        for id in [hers, theirs] {
            for path in [format!("/api/v1/orders/{id}/"), format!("/api/v1/orders/{id}/events/")] {
                let reply = program.get(&path).await;
                let status = if wanted.contains(&id) { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(reply.status, status, "{path}: {}", reply.json);
                assert_eq!(reply.headers["cache-control"], "no-store");
            }
        }
        let not_own = ["mumbai", "dhaka"].map(|store| format!("/api/v1/orders/?store={store}"));
        for path in &not_own {
            assert!(ids(&program.get(path).await).len() <= wanted.len().min(1), "{path}");
        }
    }
    let [.., (asha, _), (ravi, _)] = &mut programs;
    for spelling in ["my_orders", "my-orders/"] {
        assert_eq!(ids(&asha.get(&format!("/api/orders/{spelling}")).await), [hers]);
        assert!(ids(&ravi.get(&format!("/api/orders/{spelling}")).await).is_empty());
    }
    shop.close().await;
}

#[tokio::test]
async fn an_order_is_found_by_its_reference_and_has_its_first_event() {
    let shop = demo_shop().await;
    let placed = place(&shop, &mut guest(&shop), "mumbai").await;
    let reference = placed["order_reference"].as_str().expect("a reference");
    let mut staff = program(&shop, Role::Staff, None).await;
    let found = staff.get(&format!("/api/v1/orders/{reference}")).await;
    assert_eq!(found.json["id"], placed["id"], "{}", found.json);
    assert_eq!(found.json["created_at"], "2026-11-21T06:00:00Z");
    assert_eq!(found.json.get("token"), None, "the page's secret is for who placed it");
    let events = staff.get(&format!("/api/v1/orders/{reference}/events/")).await;
    assert_eq!(events.json["results"][0]["kind"], "placed");
    assert_eq!(events.json["results"][0]["to_status"], "pending");
    let part = &reference[reference.len() - 6..].to_lowercase();
    assert_eq!(
        ids(&staff.get(&format!("/api/v1/orders/?search={part}")).await),
        [placed["id"].as_str().expect("an id")]
    );
    for nothing in ["zzz", "%25", "_", "%00", "%5C"] {
        assert!(ids(&staff.get(&format!("/api/v1/orders/?search={nothing}")).await).is_empty(), "{nothing}");
    }
    for nothing in ["LEG-0-000000", "%00", "%ff%fe", "0193e5c4-7a3b-7cde-8f01-23456789abcd", "x'--"] {
        let reply = staff.get(&format!("/api/v1/orders/{nothing}/")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{nothing}: {}", reply.json);
    }
    shop.app.clock.advance(31 * DAY_MS);
    assert!(ids(&staff.get("/api/v1/orders/recent_orders/").await).is_empty(), "it is not recent any more");
    assert_eq!(ids(&staff.get("/api/v1/orders/pending_orders/").await).len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn every_spelling_of_an_address_answers_in_json_and_never_redirects() {
    let shop = demo_shop().await;
    let mut program = guest(&shop);
    let wanted = program.get("/api/v1/stores/").await.json;
    for path in ["/api/v1/stores", "/api/stores/", "/api/stores"] {
        let results = program.get(path).await.json["results"].clone();
        assert_eq!(results, wanted["results"], "{path}");
    }
    let versioned = [("accept", "application/vnd.api+json;version=1")];
    let reply = program.send("GET", "/api/stores/mumbai", &versioned, None).await;
    assert_eq!(reply.json, wanted["results"][1]);
    let body = order(&sold(&shop, "mumbai", 0).await.variant);
    for path in ["/api/v1/orders/", "/api/v1/orders", "/api/orders/", "/api/orders"] {
        let reply = program.post(path, &body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{path}: {}", reply.json);
    }
    assert_eq!(program.get("/api/v1/nothing/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(program.send("DELETE", "/api/v1/stores/", &[], None).await.status, StatusCode::METHOD_NOT_ALLOWED);
    shop.close().await;
}
