//! What published clients of the real couriers send and look for: found by running them against the sandbox
//! (`end2end/clients`), kept here so that it is checked without them.

use harkara::domain::couriers::Provider;
use serde_json::{Value, json};

use crate::support::desk::{Desk, desk};
use crate::support::wire::Wire;

async fn call(desk: &Desk, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut wire = Wire::connect(&desk.host).await.expect("a connection");
    let reply = wire.send(method, path, headers, body.as_bytes()).await.expect("an answer");
    (reply.status, String::from_utf8(reply.body).expect("text"))
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
async fn shiprocket_takes_a_login_as_a_form_and_a_slash_at_the_end() {
    let desk = desk(90).await;
    let base = desk.sandbox.base_path(Provider::Shiprocket).expect("a path");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let login = "email=api-user%40example.com&password=sandbox-password";
    let (status, body) = call(&desk, "POST", &format!("{base}/auth/login/"), &form, login).await;
    assert_eq!(status, 200, "{body}");
    let bearer = format!("Bearer {}", read(&body)["token"].as_str().expect("a token"));
    let token = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for path in ["/settings/company/pickup", "/settings/company/pickup/", "/orders/"] {
        assert_eq!(call(&desk, "GET", &format!("{base}{path}"), &token, "").await.0, 200, "{path}");
    }
    let lane = "pickup_postcode=560034&delivery_postcode=411045&cod=1&weight=0.5";
    let (_, offers) = call(&desk, "GET", &format!("{base}/courier/serviceability?{lane}"), &token, "").await;
    let offer = &read(&offers)["data"]["available_courier_companies"][0];
    assert!(offer["id"].is_u64() && offer["id"] != offer["courier_company_id"], "{offer}");
    assert!(offer["is_surface"].is_boolean() && offer["etd"].is_string(), "{offer}");

    let fixture = include_str!("../server/couriers/fixtures/shiprocket/create_adhoc_request_cod_strings.json");
    let mut order = read(fixture);
    order["pickup_location"] = json!("Primary");
    let (_, made) = call(&desk, "POST", &format!("{base}/orders/create/adhoc"), &token, &order.to_string()).await;
    let wish = json!({ "shipment_id": read(&made)["shipment_id"], "courier_id": offer["id"] }).to_string();
    let (_, assigned) = call(&desk, "POST", &format!("{base}/courier/assign/awb"), &token, &wish).await;
    assert_eq!(read(&assigned)["response"]["data"]["courier_company_id"], offer["courier_company_id"], "{assigned}");
}

#[tokio::test]
async fn delhiverys_prices_come_in_xml_where_nothing_else_is_asked_for() {
    let desk = desk(91).await;
    let token = [("authorization", "Token sandbox-delhivery-token")];
    let lane = "md=S&cgm=800&o_pin=560034&d_pin=411045&ss=Delivered&pt=COD";
    let path = format!("/delhivery/api/kinko/v1/invoice/charges/?{lane}");
    let (status, body) = call(&desk, "GET", &path, &token, "").await;
    assert!(status == 200 && body.contains("<root><list-item>"), "{body}");
    assert!(body.contains("<charge_COD>35.0</charge_COD>") && body.contains("<tax_data><"), "{body}");
    assert_eq!(call(&desk, "GET", &path.replace("411045", "990001"), &token, "").await.0, 400);
}

#[tokio::test]
async fn pathao_renews_a_token_once_and_takes_whole_amounts_however_written() {
    let desk = desk(92).await;
    let base = desk.sandbox.base_path(Provider::Pathao).expect("a path");
    let headers = [("content-type", "application/json")];
    let keys = json!({ "client_id": "sandbox-client", "client_secret": "sandbox-client-secret" });
    let log_in = async |more: Value| {
        let mut body = keys.clone();
        body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        let (status, body) = call(&desk, "POST", &format!("{base}/issue-token"), &headers, &body.to_string()).await;
        (status, read(&body))
    };
    let password =
        json!({ "grant_type": "password", "username": "merchant@example.com", "password": "sandbox-password" });
    let (_, first) = log_in(password).await;
    let renewal = json!({ "grant_type": "refresh_token", "refresh_token": first["refresh_token"] });
    let (status, second) = log_in(renewal.clone()).await;
    assert!(status == 200 && second["access_token"] != first["access_token"], "{second}");
    assert_eq!(log_in(renewal).await.0, 401, "once");
    let bearer = format!("Bearer {}", second["access_token"].as_str().expect("a token"));
    let token = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let get =
        async |path: &str| read(&call(&desk, "GET", &format!("{base}{path}"), &token, "").await.1)["data"].clone();
    assert!(get("/zones/1/area-list").await["data"][0]["home_delivery_available"].is_boolean());
    let stores = get("/stores").await;
    assert!(stores["last_page"].is_u64() && stores["data"][0]["hub_id"].is_u64(), "{stores}");
    let mut order = json!({
        "store_id": stores["data"][0]["store_id"], "merchant_order_id": "1", "recipient_name": "Zubeida",
        "recipient_phone": "01712345678", "recipient_address": "House 3, Road 7, Dhaka", "delivery_type": 48,
        "item_type": 2, "item_quantity": 1, "item_weight": 0.5, "amount_to_collect": 1250.0,
    });
    let create = format!("{base}/orders");
    assert_eq!(call(&desk, "POST", &create, &token, &order.to_string()).await.0, 200);
    order["amount_to_collect"] = json!(1250.5);
    assert_eq!(call(&desk, "POST", &create, &token, &order.to_string()).await.0, 422);
}

#[tokio::test]
async fn redx_tells_of_areas_stores_and_parcels_in_full() {
    let desk = desk(93).await;
    let token = [("api-access-token", "Bearer sandbox-redx-token"), ("content-type", "application/json")];
    let base = desk.sandbox.base_path(Provider::Redx).expect("a path");
    let get = async |path: &str| read(&call(&desk, "GET", &format!("{base}{path}"), &token, "").await.1);
    let areas = get("/areas?zone_id=7").await;
    assert_eq!(areas["areas"][0]["district_name"], "Chattogram");
    assert!(areas["areas"][0]["post_code"].is_u64() && areas["areas"][0]["zone_id"] == 7, "{areas}");
    let store = &get("/pickup/stores").await["pickup_stores"][0];
    assert!(["address", "phone", "created_at"].iter().all(|field| store[field].is_string()), "{store}");
    let mut wanted = read(include_str!("../server/couriers/fixtures/redx/create_parcel_request.json"));
    wanted["pickup_store_id"] = json!(9_002);
    let (_, made) = call(&desk, "POST", &format!("{base}/parcel"), &token, &wanted.to_string()).await;
    let awb = read(&made)["tracking_id"].as_str().expect("a number").to_owned();
    let parcel = &get(&format!("/parcel/info/{awb}")).await["parcel"];
    assert_eq!(
        (&parcel["cash_collection_amount"], &parcel["pickup_location"]["name"]),
        (&json!(1250), &json!("Main Godown"))
    );
}
