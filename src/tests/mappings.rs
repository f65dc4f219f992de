//! Codes that nobody knows: seen, explained by the merchant, read again, taken back.

use harkara::domain::orders::OrderStatus;
use harkara::domain::shipping::ShipmentStatus;
use harkara::domain::staff::Role;
use harkara::domain::time::SECOND_MS;
use harkara::domain::tracking::CaseKind;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::{booking, shipping};
use serde_json::{Value, json};

use crate::support::merchant::{Merchant, WEBHOOK_SECRET, merchant};
use crate::support::{Answer, Browser, parcels};

const PAGE: &str = "/admin/couriers/codes";
const AWB: i64 = 184_402_211;
const WORD: &str = "with_the_rider";
const UNKNOWN: &str = "SELECT COUNT(*) FROM tracking_events WHERE is_unknown = 1";

fn push(awb: i64, minute: i64, status: &str) -> Value {
    let at = format!("2026-11-21 {:02}:{:02}:00", 12 + minute / 60, minute % 60);
    json!({"notification_type": "delivery_status", "consignment_id": awb, "invoice": null, "cod_amount": 100,
        "status": status, "delivery_charge": 60, "tracking_message": "", "updated_at": at})
}

async fn attached(merchant: &Merchant, courier: &str, awb: i64) -> String {
    let reference = merchant.confirmed().await;
    let attached =
        booking::attach(&merchant.shop.app, &Actor::system(), &reference, courier, &awb.to_string(), "").await;
    attached.expect("attached");
    reference
}

async fn courier(merchant: &Merchant, slug: &str) -> String {
    let all = merchant.shop.app.accounts.all(&merchant.shop.app).await.expect("accounts");
    all.iter().find(|account| account.shown.slug == slug).expect("the account").shown.id.to_string()
}

async fn browser<'s>(merchant: &'s Merchant, role: Role, store: Option<&str>) -> Browser<'s> {
    let mut browser = merchant.shop.browser();
    browser.bearer = Some(merchant.shop.token(role, store).await);
    browser
}

/// The fields of a form about a word of Packzy's.
fn fields<'f>(courier: &'f str, word: &'f str, meaning: &'f str) -> [(&'f str, &'f str); 7] {
    [
        ("do", "assign"),
        ("courier", courier),
        ("leg", "forward"),
        ("id_space", ""),
        ("kind", "delivery_status"),
        ("text", word),
        ("meaning", meaning),
    ]
}

async fn planned(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    browser.get(&format!("{PAGE}?{query}")).await
}

async fn own_row(merchant: &Merchant) -> String {
    let mut conn = merchant.shop.app.db.read().await.expect("a connection");
    sqlx::query_scalar("SELECT id FROM courier_codes").fetch_one(&mut *conn).await.expect("a row")
}

#[tokio::test]
async fn a_code_is_explained_and_taken_back_and_nothing_is_announced_twice() {
    let merchant = merchant(1).await;
    let reference = attached(&merchant, "packzy", AWB).await;
    let packzy = courier(&merchant, "packzy").await;
    merchant.push(&push(AWB, 1, WORD)).await;
    merchant.push(&push(AWB, 2, "with_the_rider_soon")).await;
    merchant.apply().await;
    assert_eq!(merchant.order(&reference).await.order.status, OrderStatus::Processing);
    let announced = "SELECT COUNT(*) FROM outbox WHERE effect = 'shipment.out_for_delivery'";

    let mut admin = browser(&merchant, Role::Admin, None).await;
    let page = admin.get(PAGE).await;
    assert!(page.body.contains(WORD) && page.body.contains("Met once"), "{}", page.body);
    assert!(page.body.contains(&format!("/admin/orders/{reference}")), "an example parcel");
    let order_page = admin.get(&format!("/admin/orders/{reference}")).await;
    assert!(order_page.body.contains(&format!("href=\"{PAGE}\"")), "the open question leads there");

    let before = merchant.shop.dump().await;
    let plan = planned(&mut admin, &fields(&packzy, WORD, "out_for_delivery")[1..]).await;
    assert_eq!(plan.status.as_u16(), 200);
    for sentence in ["One event is read differently", "one changes its state", "One order is brought forward"] {
        assert!(plan.body.contains(sentence), "{sentence}: {}", plan.body);
    }
    assert_eq!(merchant.shop.dump().await, before, "looking changes nothing");

    let saved = admin.post(PAGE, &fields(&packzy, WORD, "out_for_delivery")).await;
    assert_eq!(
        (saved.status.as_u16(), saved.location.as_str()),
        (303, "/admin/couriers/codes?done=1&events=1&moved=1")
    );
    let order = merchant.order(&reference).await;
    assert_eq!(
        (order.order.status, order.shipments[0].status),
        (OrderStatus::OutForDelivery, ShipmentStatus::OutForDelivery)
    );
    let kinds: Vec<CaseKind> = order.cases.iter().map(|case| case.kind).collect();
    assert_eq!(kinds, [CaseKind::UnknownCode], "of the word that begins the same, which is another word");
    assert_eq!(merchant.shop.number(UNKNOWN).await, 1);
    assert_eq!(merchant.shop.number(announced).await, 1);
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM activity WHERE action = 'courier_code.assigned'").await, 1);
    merchant.push(&push(AWB, 3, WORD)).await;
    merchant.apply().await;
    assert_eq!(merchant.shop.number(UNKNOWN).await, 1, "from now on it is known");
    let after = "SELECT COUNT(*) FROM tracking_events WHERE courier_code_id IS NOT NULL AND mapping_version >= 1";
    assert_eq!(merchant.shop.number(after).await, 2, "the row stands beside what it has read");

    let settled = merchant.shop.dump_of(&["tracking_events", "shipments", "orders", "cases", "outbox"]).await;
    merchant.shop.app.clock.advance(10 * SECOND_MS);
    merchant.work().await;
    let again = merchant.shop.dump_of(&["tracking_events", "shipments", "orders", "cases", "outbox"]).await;
    assert_eq!(again, settled, "the job finds nothing left to do");

    let row = own_row(&merchant).await;
    let plan = admin.get(&format!("{PAGE}?row={row}")).await;
    assert!(plan.body.contains("2 events are read differently, of one parcel"), "{}", plan.body);
    let removed = admin.post(PAGE, &[("do", "remove"), ("row", &row)]).await;
    assert_eq!(removed.status.as_u16(), 303, "{}", removed.body);
    let order = merchant.order(&reference).await;
    assert_eq!(order.shipments[0].status, ShipmentStatus::Pending, "it is not known again");
    assert_eq!(order.order.status, OrderStatus::OutForDelivery, "an order never goes back");
    assert_eq!(merchant.shop.number(UNKNOWN).await, 3);
    admin.post(PAGE, &fields(&packzy, WORD, "out_for_delivery")).await;
    assert_eq!(merchant.order(&reference).await.shipments[0].status, ShipmentStatus::OutForDelivery);
    assert_eq!(merchant.shop.number(announced).await, 1, "the event had promised it before");
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn ends_and_corrections_stay_whatever_an_earlier_word_comes_to_mean() {
    let merchant = merchant(1).await;
    let packzy = courier(&merchant, "packzy").await;
    let delivered = attached(&merchant, "packzy", AWB).await;
    let corrected = attached(&merchant, "packzy", AWB + 1).await;
    for (awb, minute, word) in [(AWB, 1, WORD), (AWB, 5, "Delivered"), (AWB, 6, WORD), (AWB + 1, 1, WORD)] {
        merchant.push(&push(awb, minute, word)).await;
    }
    merchant.apply().await;
    merchant.shop.app.clock.advance(3_600 * SECOND_MS);
    let parcel = merchant.order(&corrected).await.shipments[0].id.to_string();
    shipping::correct(&merchant.shop.app, &Actor::system(), &parcel, ShipmentStatus::OnHold, "seen")
        .await
        .expect("said");
    let mut admin = browser(&merchant, Role::Admin, None).await;
    let saved = admin.post(PAGE, &fields(&packzy, WORD, "in_transit")).await;
    assert!(saved.location.ends_with("events=3&moved=0"), "{}", saved.location);
    assert_eq!(merchant.order(&delivered).await.shipments[0].status, ShipmentStatus::Delivered);
    assert_eq!(merchant.order(&delivered).await.order.status, OrderStatus::Delivered);
    assert_eq!(merchant.order(&corrected).await.shipments[0].status, ShipmentStatus::OnHold);
    assert_eq!(merchant.shop.number(UNKNOWN).await, 0);
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn two_accounts_with_one_word_do_not_mix() {
    let merchant = merchant(1).await;
    let hook = parcels::account(&merchant.shop.app, "other", "", ["", ""]).await;
    let mine = attached(&merchant, "packzy", AWB).await;
    let theirs = attached(&merchant, "other", AWB).await;
    merchant.push(&push(AWB, 1, WORD)).await;
    merchant.send("POST", &hook, Some(WEBHOOK_SECRET), &push(AWB, 1, WORD)).await;
    merchant.apply().await;
    assert_eq!(merchant.shop.number(UNKNOWN).await, 2);
    let packzy = courier(&merchant, "packzy").await;
    let mut admin = browser(&merchant, Role::Admin, None).await;
    admin.post(PAGE, &fields(&packzy, WORD, "partly_delivered")).await;
    let order = merchant.order(&mine).await;
    assert_eq!(order.shipments[0].status, ShipmentStatus::Delivered);
    assert_eq!(order.cases.iter().map(|case| case.kind).collect::<Vec<_>>(), [CaseKind::PartialDelivery]);
    assert_eq!(merchant.order(&theirs).await.shipments[0].status, ShipmentStatus::Pending);
    assert_eq!(merchant.shop.number(UNKNOWN).await, 1);
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}

#[tokio::test]
async fn sellers_explain_the_codes_of_their_own_store_and_see_no_others() {
    let merchant = merchant(1).await;
    attached(&merchant, "packzy", AWB).await;
    merchant.push(&push(AWB, 1, WORD)).await;
    merchant.apply().await;
    let packzy = courier(&merchant, "packzy").await;
    let mut stranger = browser(&merchant, Role::Seller, Some("mumbai")).await;
    assert!(!stranger.get(PAGE).await.body.contains(WORD));
    let before = merchant.shop.dump().await;
    let form = fields(&packzy, WORD, "in_transit");
    assert_eq!(planned(&mut stranger, &form[1..]).await.status.as_u16(), 404);
    assert_eq!(stranger.post(PAGE, &form).await.status.as_u16(), 404);
    assert_eq!(merchant.shop.dump().await, before);
    let mut seller = browser(&merchant, Role::Seller, Some("dhaka")).await;
    assert_eq!(seller.post(PAGE, &form).await.status.as_u16(), 303);
    let row = own_row(&merchant).await;
    assert_eq!(stranger.get(&format!("{PAGE}?row={row}")).await.status.as_u16(), 404);
    assert_eq!(stranger.post(PAGE, &[("do", "remove"), ("row", &row)]).await.status.as_u16(), 404);
    assert_eq!(stranger.get(&format!("{PAGE}.json")).await.body, "[]");
    let exported = seller.get(&format!("{PAGE}.json")).await;
    assert_eq!(exported.headers["content-type"], "application/json");
    let exported: Value = serde_json::from_str(&exported.body).expect("JSON");
    let line = json!({"provider": "packzy", "leg": "forward", "id_space": "", "type": "delivery_status", "text": WORD,
        "code": "", "meaning": "in_transit"});
    assert_eq!(exported, json!([line]));
    merchant.close().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let merchant = merchant(1).await;
    attached(&merchant, "packzy", AWB).await;
    merchant.push(&push(AWB, 1, WORD)).await;
    merchant.apply().await;
    let packzy = courier(&merchant, "packzy").await;
    let packzy = packzy.as_str();
    let mut admin = browser(&merchant, Role::Admin, None).await;
    let before = merchant.shop.dump().await;
    for (courier, word, meaning, status) in [
        (packzy, WORD, "", 422),
        (packzy, WORD, "unknown", 422),
        (packzy, WORD, "deliver", 422),
        (packzy, "hold", "delivered", 409),
        ("nobody", WORD, "delivered", 404),
    ] {
        let answer = admin.post(PAGE, &fields(courier, word, meaning)).await;
        assert_eq!(answer.status.as_u16(), status, "{word} {meaning}: {}", answer.body);
        assert_eq!(planned(&mut admin, &fields(courier, word, meaning)[1..]).await.status.as_u16(), status);
    }
    let empty = [("do", "assign"), ("courier", packzy), ("leg", "forward"), ("meaning", "delivered")];
    assert_eq!(admin.post(PAGE, &empty).await.status.as_u16(), 422);
    assert_eq!(admin.post(PAGE, &[("do", "remove"), ("row", "none")]).await.status.as_u16(), 404);
    assert_eq!(merchant.shop.dump().await, before);
    merchant.close().await;
}

#[tokio::test]
async fn many_events_are_read_again_by_a_job_that_goes_on_where_the_request_stopped() {
    let merchant = merchant(1).await;
    attached(&merchant, "packzy", AWB).await;
    for minute in 0..230 {
        merchant.push(&push(AWB, minute, WORD)).await;
    }
    merchant.apply().await;
    assert_eq!(merchant.shop.number(UNKNOWN).await, 230);
    let packzy = courier(&merchant, "packzy").await;
    let mut admin = browser(&merchant, Role::Admin, None).await;
    let saved = admin.post(PAGE, &fields(&packzy, WORD, "in_transit")).await;
    assert!(saved.location.ends_with("events=200&moved=1&more=1"), "{}", saved.location);
    assert!(admin.get(&saved.location).await.body.contains("The rest follows by itself"));
    assert_eq!(merchant.shop.number(UNKNOWN).await, 30);
    merchant.shop.app.clock.advance(10 * SECOND_MS);
    merchant.work().await;
    assert_eq!(merchant.shop.number(UNKNOWN).await, 0);
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}
