//! What the OpenAPI document and the pages made from it promise is what the router does.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use harkara::domain::staff::Role;
use harkara::server::api::openapi;
use harkara::server::http::routes::ROUTES;
use serde_json::{Value, json};

use super::{customer, demo_shop, guest, order, program, sold, with};

fn document() -> Value {
    serde_json::from_str(&openapi::document()).expect("the document is JSON")
}

#[test]
fn every_route_of_the_api_is_in_the_document_and_nothing_else() {
    let routed: BTreeSet<(String, String)> = ROUTES
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| (route.method.to_lowercase(), route.path.to_owned()))
        .collect();
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut documented = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            documented.insert((method.clone(), path.clone()));
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id), "{method} {path}: its id is taken");
            assert!(operation["security"].is_array(), "{method} {path} says who may ask");
            let is_public = operation["security"].as_array().is_some_and(|list| list.contains(&json!({})));
            let route = ROUTES.iter().find(|route| route.path == path && route.method.eq_ignore_ascii_case(method));
            let access = route.unwrap_or_else(|| panic!("{method} {path} is no route")).access;
            assert_eq!(is_public, access.allows(None), "{method} {path}");
        }
    }
    assert_eq!(documented, routed);
    assert!(documented.len() > 10);
}

#[test]
fn every_name_the_document_refers_to_is_in_it() {
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap_or_default();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

/// A schema without references and alternatives: every shape it allows.
fn shapes(document: &Value, schema: &Value) -> Vec<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        return shapes(document, document.pointer(&reference[1..]).expect("a schema"));
    }
    if let Some(alternatives) = schema["oneOf"].as_array() {
        return alternatives.iter().flat_map(|one| shapes(document, one)).collect();
    }
    let Some(parts) = schema["allOf"].as_array() else { return vec![schema.clone()] };
    let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
    for part in parts.iter().flat_map(|part| shapes(document, part)) {
        let properties = part["properties"].as_object().expect("properties").clone();
        whole["properties"].as_object_mut().expect("an object").extend(properties);
        let required = part["required"].as_array().expect("required fields").clone();
        whole["required"].as_array_mut().expect("a list").extend(required);
    }
    vec![whole]
}

/// What is undocumented about a value: a missing or an additional field, or another type, at any depth.
fn undocumented(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let shapes = shapes(document, schema);
    let faults: Vec<_> = shapes.iter().map(|shape| misfit(document, shape, value, at)).collect();
    if faults.iter().any(Option::is_none) { None } else { faults.into_iter().flatten().next() }
}

fn misfit(document: &Value, shape: &Value, value: &Value, at: &str) -> Option<String> {
    let allows = |name: &str| {
        let types = &shape["type"];
        types.is_null() || types == name || types.as_array().is_some_and(|types| types.contains(&json!(name)))
    };
    let fits = match value {
        Value::Null => allows("null"),
        Value::Bool(_) => allows("boolean"),
        Value::Number(_) => allows("integer"),
        Value::String(text) => {
            allows("string") && shape["enum"].as_array().is_none_or(|codes| codes.contains(&json!(text)))
        }
        Value::Array(_) => allows("array"),
        Value::Object(_) => allows("object"),
    };
    if !fits {
        return Some(format!("{at}: {value} is not {shape}"));
    }
    if let Some(list) = value.as_array() {
        let entries = list.iter().enumerate();
        return entries
            .filter_map(|(n, entry)| undocumented(document, &shape["items"], entry, &format!("{at}[{n}]")))
            .next();
    }
    let object = value.as_object()?;
    let required = shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !object.contains_key(*name)) {
        return Some(format!("{at}.{missing} is missing"));
    }
    let of = |(name, value): (&String, &Value)| {
        let at = format!("{at}.{name}");
        let schema = shape["properties"].get(name).or(shape.get("additionalProperties"));
        schema.map_or_else(
            || Some(format!("{at} is not documented")),
            |schema| undocumented(document, schema, value, &at),
        )
    };
    object.iter().filter_map(of).next()
}

#[tokio::test]
async fn answers_have_exactly_the_documented_fields() {
    let shop = demo_shop().await;
    let document = document();
    let check = |method: &str, path: &str, reply: &super::Reply, wanted: u16| {
        let at = format!("{method} {path} {wanted}");
        assert_eq!(reply.status.as_u16(), wanted, "{at}: {}", reply.json);
        let operation = &document["paths"][path][method];
        let schema = &operation["responses"][wanted.to_string()]["content"]["application/json"]["schema"];
        assert!(!schema.is_null(), "{at} is documented");
        assert_eq!(undocumented(&document, schema, &reply.json, &at), None);
    };
    let goods = sold(&shop, "mumbai", 0).await;
    let (mut anybody, mut admin) = (guest(&shop), program(&shop, Role::Admin, None).await);
    let placed = anybody.post("/api/v1/orders/", &order(&goods.variant)).await;
    check("post", "/api/v1/orders/", &placed, 201);
    let id = placed.json["id"].as_str().expect("an id").to_owned();
    for (path, filled) in [
        ("/api/v1/stores/", "/api/v1/stores/".to_owned()),
        ("/api/v1/stores/{id}/", "/api/v1/stores/mumbai/".to_owned()),
        ("/api/v1/products/", "/api/v1/products/".to_owned()),
        ("/api/v1/products/{id}/", format!("/api/v1/products/{}/", goods.product)),
        ("/api/v1/orders/", "/api/v1/orders/".to_owned()),
        ("/api/v1/orders/{id}/", format!("/api/v1/orders/{id}/")),
        ("/api/v1/orders/{id}/events/", format!("/api/v1/orders/{id}/events/")),
        ("/api/v1/orders/recent_orders/", "/api/v1/orders/recent_orders/".to_owned()),
        ("/api/v1/orders/pending_orders/", "/api/v1/orders/pending_orders/".to_owned()),
        ("/api/v1/orders/my_orders/", "/api/v1/orders/my_orders/".to_owned()),
    ] {
        check("get", path, &admin.get(&filled).await, 200);
    }
    let variant = "/api/v1/products/{id}/variants/{variant}/";
    let filled = format!("/api/v1/products/{}/variants/{}/", goods.product, goods.variant);
    check("patch", variant, &admin.patch(&filled, &json!({ "stock_quantity": 9 })).await, 200);
    check("patch", variant, &admin.patch(&filled, &json!({})).await, 400);
    check("patch", variant, &anybody.patch(&filled, &json!({ "stock_quantity": 9 })).await, 401);
    let mut asha = customer(&shop, "asha@example.com").await;
    check("patch", variant, &asha.patch(&filled, &json!({ "stock_quantity": 9 })).await, 403);
    check("get", "/api/v1/orders/{id}/", &asha.get(&format!("/api/v1/orders/{id}/")).await, 404);
    let wrong_price = with(&order(&goods.variant), "/items/0/unit_price", json!("0.01"));
    check("post", "/api/v1/orders/", &anybody.post("/api/v1/orders/", &wrong_price).await, 409);
    let too_many = with(&order(&goods.variant), "/items/0/quantity", json!(900));
    check("post", "/api/v1/orders/", &anybody.post("/api/v1/orders/", &too_many).await, 409);
    check("post", "/api/v1/orders/", &anybody.post("/api/v1/orders/", &json!({})).await, 400);
    shop.close().await;
}

#[tokio::test]
async fn the_document_and_its_page_are_served_to_anybody() {
    let shop = demo_shop().await;
    for path in ["/api/v1/openapi.json", "/api/openapi.json"] {
        let reply = guest(&shop).get(path).await;
        assert_eq!((reply.status, reply.json), (StatusCode::OK, document()), "{path}");
    }
    let page = shop.browser().get("/api/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("src=\"http") && !page.body.contains("<leptos-island"), "nothing is loaded");
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")) {
        assert!(page.body.contains(route.path), "{} {}", route.method, route.path);
    }
    for name in document()["components"]["schemas"].as_object().expect("schemas").keys() {
        let is_list = name.starts_with("Listing_");
        assert!(is_list || page.body.contains(&format!("id=\"type-{name}\"")), "{name}");
    }
    shop.close().await;
}
