//! What programs of the merchant do: edit, delete, change many, look after parcels, accounts, pushes and jobs.

use axum::http::StatusCode;
use harkara::domain::orders::OrderAction;
use harkara::domain::staff::Role;
use serde_json::{Value, json};

use super::{Program, program};
use crate::support::merchant::merchant;

async fn change(program: &mut Program<'_>, reference: &str, body: Value) -> super::Reply {
    program.patch(&format!("/api/v1/orders/{reference}/"), &body).await
}

#[tokio::test]
async fn an_order_is_edited_until_a_courier_has_it_and_its_state_goes_by_the_table() {
    let merchant = merchant(311).await;
    let variant = merchant.variants(1).await.remove(0);
    let reference = merchant.place(&[(&variant, 1)]).await;
    let mut seller = program(&merchant.shop, Role::Seller, Some("dhaka")).await;
    let edited = change(
        &mut seller,
        &reference,
        json!({ "customerName": "Rupa Das", "address": { "city": "Sylhet" }, "notes": "Ring twice" }),
    )
    .await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.json);
    assert_eq!((&edited.json["customer_name"], &edited.json["notes"]), (&"Rupa Das".into(), &"Ring twice".into()));
    assert_eq!(
        (&edited.json["address"]["city"], &edited.json["address"]["line1"]),
        (&"Sylhet".into(), &"House 3, Road 7".into())
    );
    let events = seller.get(&format!("/api/v1/orders/{reference}/events/")).await.json;
    let kinds: Vec<_> = events["results"].as_array().expect("events").iter().map(|event| &event["kind"]).collect();
    assert!(kinds.contains(&&Value::from("edited")), "{kinds:?}");

    for (body, field) in [
        (json!({}), "body"),
        (json!({ "customer_phone": "12" }), "customer_phone"),
        (json!({ "address": { "city": "" } }), "address.city"),
        (json!({ "address": { "planet": "Mars" } }), "address.planet"),
        (json!({ "total": "1.00" }), "total"),
        (json!({ "status": "pending" }), "status"),
        (json!({ "status": "confirmed", "notes": "x" }), "status"),
    ] {
        let reply = change(&mut seller, &reference, body.clone()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.json);
        assert!(reply.json["details"][field][0].is_string(), "{body}: {}", reply.json);
    }
    let refused = change(&mut seller, &reference, json!({ "status": "delivered" })).await;
    assert_eq!((refused.status, &refused.json["allowed"]), (StatusCode::CONFLICT, &json!(["confirm", "cancel"])));
    let confirmed = change(&mut seller, &reference, json!({ "status": "confirmed" })).await;
    assert_eq!(confirmed.json["status"], "confirmed", "{}", confirmed.json);
    assert_eq!(merchant.stock_of(&variant).await + 1, {
        merchant.act(&reference, OrderAction::Cancel).await.expect("cancelled");
        merchant.stock_of(&variant).await
    });

    let reference = merchant.confirmed().await;
    let put = json!({ "customer_name": "Rupa Das", "customer_phone": "01812345678",
        "address": { "line1": "5 Lake Road", "city": "Dhaka", "country": "BD" } });
    let replaced =
        seller.send("PUT", &format!("/api/v1/orders/{reference}/"), &[], Some(put.to_string().as_bytes())).await;
    assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.json);
    assert_eq!(
        (&replaced.json["address"]["pincode"], &replaced.json["customer_phone"]),
        (&"".into(), &"+8801812345678".into())
    );
    let booked = seller.post(&format!("/api/v1/orders/{reference}/shipments/"), &json!({ "courier": "packzy" })).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.json);
    let late = change(&mut seller, &reference, json!({ "customer_name": "Somebody" })).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.json);
    assert_eq!(change(&mut seller, &reference, json!({ "notes": "Fragile" })).await.json["notes"], "Fragile");
    merchant.close().await;
}

#[tokio::test]
async fn a_deleted_order_is_gone_from_lists_and_counts_and_only_closed_ones_can_be() {
    let merchant = merchant(312).await;
    let variant = merchant.variants(1).await.remove(0);
    let (pending, confirmed) = (merchant.place(&[(&variant, 1)]).await, merchant.confirmed().await);
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    let mut staff = program(&merchant.shop, Role::Staff, None).await;
    let path = |reference: &str| format!("/api/v1/orders/{reference}/");
    assert_eq!(staff.send("DELETE", &path(&pending), &[], None).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.send("DELETE", &path(&confirmed), &[], None).await.status, StatusCode::CONFLICT);
    assert_eq!(admin.delete(&path(&pending)).await, StatusCode::NO_CONTENT);
    assert_eq!(admin.get(&path(&pending)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.get("/api/v1/orders/").await.json["count"], 1, "the counters know");
    assert!(merchant.act(&pending, OrderAction::Confirm).await.is_err(), "nothing is done to it any more");
    merchant.close().await;
}

#[tokio::test]
async fn many_orders_are_changed_at_once_each_with_a_result_of_its_own() {
    let merchant = merchant(313).await;
    let variant = merchant.variants(1).await.remove(0);
    merchant.stock(&variant, 2).await;
    let mut references = Vec::new();
    for _ in 0..3 {
        references.push(merchant.place(&[(&variant, 1)]).await);
    }
    let mut seller = program(&merchant.shop, Role::Seller, Some("dhaka")).await;
    let body =
        json!({ "orderIds": [references[0], references[1], references[2], references[0]], "status": "confirmed" });
    let headers = [("idempotency-key", "bulk-1")];
    let path = "/api/v1/orders/bulk_update_status/";
    let run = seller.send("POST", path, &headers, Some(body.to_string().as_bytes())).await;
    assert_eq!(run.status, StatusCode::OK, "{}", run.json);
    let numbers = ["total", "done", "failed", "changed"].map(|name| run.json[name].as_i64().expect("a number"));
    assert_eq!((numbers, &run.json["state"]), ([3, 3, 1, 2], &"finished".into()), "{}", run.json);
    let last = &run.json["results"][2];
    assert_eq!((&last["state"], &last["changed"]), (&"failed".into(), &false.into()));
    assert!(last["message"].as_str().is_some_and(|text| text.contains('0')), "{last}");
    assert_eq!(merchant.stock_of(&variant).await, 0);
    let again = seller.send("POST", path, &headers, Some(body.to_string().as_bytes())).await;
    assert_eq!((again.json, again.headers.contains_key("idempotency-replayed")), (run.json.clone(), true));

    let id = run.json["id"].as_str().expect("an id");
    assert_eq!(seller.get(&format!("/api/v1/bulk-runs/{id}/?page_size=1&page=3")).await.json["results"][0], *last);
    let mut elsewhere = program(&merchant.shop, Role::Seller, Some("mumbai")).await;
    assert_eq!(elsewhere.get(&format!("/api/v1/bulk-runs/{id}/")).await.status, StatusCode::NOT_FOUND);
    let foreign = elsewhere.post(path, &json!({ "order_ids": [references[0]], "status": "cancelled" })).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    assert!(foreign.json["details"]["order_ids[0]"][0].is_string(), "{}", foreign.json);
    for (body, field) in [
        (json!({ "status": "confirmed" }), "order_ids"),
        (json!({ "order_ids": [], "status": "confirmed" }), "order_ids"),
        (json!({ "order_ids": [1], "status": "confirmed" }), "order_ids"),
        (json!({ "order_ids": [references[0]], "status": "lost" }), "status"),
        (json!({ "order_ids": [references[0]], "status": "pending" }), "status"),
    ] {
        let reply = seller.post(path, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(reply.json["details"][field][0].is_string(), "{body}: {}", reply.json);
    }
    merchant.close().await;
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_finished_by_a_job_without_changing_anything_twice() {
    let merchant = merchant(314).await;
    let variant = merchant.variants(1).await.remove(0);
    let reference = merchant.place(&[(&variant, 1)]).await;
    let before = merchant.stock_of(&variant).await;
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    let body = json!({ "order_ids": [reference], "status": "confirmed" });
    let run =
        admin.post("/api/v1/orders/bulk_update_status/", &body).await.json["id"].as_str().expect("an id").to_owned();
    // As if the request had been cut off before the order's turn.
    for sql in
        ["UPDATE bulk_run_items SET state = 'waiting'", "UPDATE bulk_runs SET state = 'running', finished_at = NULL"]
    {
        merchant.shop.meddle(&[sql.to_owned()]).await;
    }
    merchant.shop.app.clock.advance(2 * harkara::domain::time::MINUTE_MS);
    merchant.work().await;
    let shown = admin.get(&format!("/api/v1/bulk-runs/{run}/")).await.json;
    assert_eq!(
        (&shown["state"], &shown["done"], &shown["failed"]),
        (&"finished".into(), &1.into(), &0.into()),
        "{shown}"
    );
    assert_eq!(merchant.stock_of(&variant).await, before - 1, "its stock was taken once");
    merchant.close().await;
}

#[tokio::test]
async fn parcels_are_listed_asked_about_and_called_off() {
    let merchant = merchant(315).await;
    let mut seller = program(&merchant.shop, Role::Seller, Some("dhaka")).await;
    let mut booked = Vec::new();
    for _ in 0..3 {
        let reference = merchant.confirmed().await;
        let reply =
            seller.post(&format!("/api/v1/orders/{reference}/shipments/"), &json!({ "courier": "packzy" })).await;
        booked.push((reference, reply.json));
    }
    let listed = seller.get("/api/v1/shipments/?cursor=&page_size=2").await.json;
    assert_eq!((listed["results"].as_array().map(Vec::len), listed["next"].is_string()), (Some(2), true));
    let awb = booked[1].1["awb"].as_str().expect("an AWB");
    let found = seller.get(&format!("/api/v1/shipments/?awb={awb}")).await.json;
    assert_eq!((&found["count"], &found["results"][0]["order"]), (&1.into(), &booked[1].0.as_str().into()));
    for (query, count) in [
        ("sync_status=synced", 3),
        ("sync_status=failed", 0),
        ("courier=packzy", 3),
        ("courier=by-hand", 0),
        ("status=lost", 0),
        ("store=mumbai", 0),
    ] {
        assert_eq!(seller.get(&format!("/api/v1/shipments/?{query}")).await.json["count"], count, "{query}");
    }
    let mut elsewhere = program(&merchant.shop, Role::Seller, Some("mumbai")).await;
    assert_eq!(elsewhere.get("/api/v1/shipments/").await.json["count"], 0);

    let checked = seller.post(&format!("/api/v1/orders/{}/check_delivery_status/", booked[0].0), &json!({})).await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.json);
    let run =
        seller.post("/api/v1/orders/check_delivery_status/", &json!({ "courier": "packzy", "max_orders": 2 })).await;
    assert_eq!((run.status, &run.json["total"]), (StatusCode::ACCEPTED, &2.into()), "{}", run.json);
    merchant.work().await;
    let run = seller.get(&format!("/api/v1/bulk-runs/{}/", run.json["id"].as_str().expect("an id"))).await.json;
    assert_eq!((&run["state"], &run["done"]), (&"finished".into(), &2.into()), "{run}");

    let id = booked[2].1["id"].as_str().expect("an id");
    let cancel = format!("/api/v1/shipments/{id}/cancel/");
    let refused = seller.send("POST", &cancel, &[], None).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "Packzy takes no call for it: {}", refused.json);
    let voided = seller.post(&cancel, &json!({ "attested": true })).await;
    assert_eq!((voided.status, &voided.json["status"]), (StatusCode::OK, &"cancelled".into()), "{}", voided.json);
    merchant.close().await;
}

#[tokio::test]
async fn accounts_are_added_and_changed_and_their_secrets_never_come_out() {
    let merchant = merchant(316).await;
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    let new = json!({ "store": "mumbai", "provider": "packzy", "name": "Second", "slug": "packzy", "testMode": true,
        "credentials": { "api_key": "top-secret-key", "secret_key": "top-secret-too" },
        "webhook": { "mode": "header", "name": "X-Secret", "secret": "top-secret-hook" } });
    let added = admin.post("/api/v1/couriers/", &new).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.json);
    assert_eq!((&added.json["webhook"]["mode"], &added.json["enabled"]), (&"header".into(), &true.into()));
    assert!(added.json["credentials_set_at"].is_string() && added.json["webhook"]["secret_set_at"].is_string());
    assert_eq!(admin.post("/api/v1/couriers/", &new).await.status, StatusCode::CONFLICT, "its slug is taken");
    assert_eq!(admin.get("/api/v1/couriers/packzy/").await.status, StatusCode::CONFLICT, "two stores have one");
    let changed = admin.patch("/api/v1/couriers/packzy/?store=mumbai", &json!({ "enabled": false })).await;
    assert_eq!((changed.status, &changed.json["enabled"]), (StatusCode::OK, &false.into()), "{}", changed.json);
    assert_eq!(changed.json["webhook"], added.json["webhook"], "what was left out stays");
    let list = admin.get("/api/v1/couriers/").await.json;
    assert!(list["count"].as_i64() >= Some(3) && !list.to_string().contains("top-secret"), "{list}");
    for (body, field) in [
        (json!({ "credentials": { "password": "x" } }), "credentials.password"),
        (json!({ "base_url": "ftp://x" }), "base_url"),
        (json!({ "enabled": "yes" }), "enabled"),
        (json!({ "webhook": { "mode": "magic" } }), "webhook.mode"),
        (json!({ "store": "dhaka" }), "store"),
    ] {
        let reply = admin.patch("/api/v1/couriers/packzy/?store=mumbai", &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.json);
        assert!(reply.json["details"][field][0].is_string(), "{body}: {}", reply.json);
    }
    let missing = admin.post("/api/v1/couriers/", &json!({})).await;
    assert_eq!(missing.json["details"].as_object().map(serde_json::Map::len), Some(3), "{}", missing.json);
    merchant.close().await;
}

#[tokio::test]
async fn pushes_and_jobs_are_listed_and_taken_up_again() {
    let merchant = merchant(317).await;
    let reference = merchant.confirmed().await;
    let mut admin = program(&merchant.shop, Role::Admin, None).await;
    let push = json!({ "notification_type": "delivery_status", "consignment_id": 424_242, "invoice": "nobody's",
        "status": "delivered", "cod_amount": 0, "updated_at": "2026-11-21 10:00:00" });
    assert_eq!(merchant.push(&push).await.status, StatusCode::OK);
    merchant.apply().await;
    let log = admin.get("/api/v1/webhook-log/?state=unmatched&cursor=").await.json;
    let entry = &log["results"][0];
    assert_eq!((&entry["courier"], &entry["awb"]), (&"packzy".into(), &"424242".into()), "{log}");
    assert!(!log.to_string().contains("nobody's"), "bodies are not shown");
    let attach = json!({ "courier": "packzy", "awb": "424242" });
    let attached = admin.post(&format!("/api/v1/orders/{reference}/shipments/"), &attach).await;
    assert_eq!(attached.status, StatusCode::CREATED, "{}", attached.json);
    let replay = format!("/api/v1/webhook-log/{}/replay/", entry["id"].as_str().expect("an id"));
    let replayed = admin.post(&replay, &json!({})).await;
    assert!(matches!(replayed.status, StatusCode::OK | StatusCode::CONFLICT), "{}", replayed.json);
    merchant.apply().await;
    assert_eq!(admin.get(&format!("/api/v1/orders/{reference}/")).await.json["status"], "delivered");
    let unknown = admin.post("/api/v1/webhook-log/0193e5c4-7a3b-7cde-8f01-23456789abcd/replay/", &json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.get("/api/v1/webhook-log/?state=lost").await.status, StatusCode::BAD_REQUEST);

    admin.post("/api/v1/orders/check_delivery_status/", &json!({})).await;
    merchant.work().await;
    merchant
        .shop
        .meddle(&["UPDATE jobs SET state = 'dead', finished_at = 1, unique_key = NULL WHERE state = 'done'".to_owned()])
        .await;
    let dead = admin.get("/api/v1/jobs/?state=dead").await.json;
    let id = dead["results"][0]["id"].as_str().unwrap_or_else(|| panic!("no job was done: {dead}")).to_owned();
    let retried = admin.post(&format!("/api/v1/jobs/{id}/retry/"), &json!({})).await;
    assert_eq!((retried.status, &retried.json["state"]), (StatusCode::OK, &"ready".into()), "{}", retried.json);
    assert_eq!(admin.post(&format!("/api/v1/jobs/{id}/retry/"), &json!({})).await.status, StatusCode::CONFLICT);
    let discarded = admin.post(&format!("/api/v1/jobs/{id}/discard/"), &json!({})).await;
    assert_eq!(
        (discarded.status, &discarded.json["state"]),
        (StatusCode::OK, &"discarded".into()),
        "{}",
        discarded.json
    );
    assert_eq!(admin.post(&format!("/api/v1/jobs/{id}/discard/"), &json!({})).await.status, StatusCode::CONFLICT);
    merchant.close().await;
}
