//! The promise that an acknowledged order is never lost and never doubled, against kill -9.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harkara::domain::checkout::{Cart, CartKey};
use harkara::domain::ids::VariantId;
use harkara::server::cart;
use harkara::server::clock::Chance;
use harkara::server::db::Db;
use harkara::server::secrets::Secrets;

use crate::support::server::{SECRET, Server};
use crate::support::wire::Wire;
use crate::support::{self, Shop};

const KILLS: usize = 20;
const CONNECTIONS: usize = 8;
/// The load runs between these before the kill, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 60..360;

/// An order whose placing was answered.
type Acknowledged = (CartKey, String);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_order_survives_a_kill_exactly_once() {
    let shop = support::shop().await;
    shop.demo().await;
    let variant = in_stock(&shop).await;
    let url = shop.app.config.database_url.clone();
    let folder = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_harkara"));
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    let mut unanswered: Vec<CartKey> = Vec::new();
    for _ in 0..KILLS {
        let server = Server::start(program, &url, folder.path().to_path_buf()).await;
        // What was cut off last time is sent again with the same key.
        let again = resend(&server.host, &variant, std::mem::take(&mut unanswered)).await;
        acknowledged.extend(again);
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| tokio::spawn(place_until_stopped(server.host.clone(), variant.clone(), Arc::clone(&stop))))
            .collect();
        let span = LOAD_MS.end - LOAD_MS.start;
        tokio::time::sleep(Duration::from_millis(LOAD_MS.start + Chance::System.number() % span)).await;
        server.kill().await;
        stop.store(true, Ordering::SeqCst);
        for client in clients {
            let (answered, open) = client.await.expect("a client");
            acknowledged.extend(answered);
            unanswered.extend(open);
        }
        shop.must_be_sound().await;
    }
    assert!(acknowledged.len() > KILLS, "the load placed orders: {}", acknowledged.len());
    let db = Db::connect(&url).await.expect("the database opens");
    let mut conn = db.read().await.expect("a connection");
    for (key, token) in &acknowledged {
        let placed = harkara::server::db::orders::placed_by_key(&mut conn, key.as_str()).await.expect("a query");
        let placed = placed.unwrap_or_else(|| panic!("an acknowledged order is gone: {key:?}"));
        assert_eq!(&placed.token, token, "one order per key");
        assert_eq!(placed.orders.len(), 1);
        assert_eq!(placed.orders[0].1.items.len(), 1, "the whole order is there");
    }
    for (what, sql) in [
        (
            "orders without their lines",
            "SELECT COUNT(*) FROM orders WHERE id NOT IN (SELECT order_id FROM order_items)",
        ),
        (
            "orders without their event",
            "SELECT COUNT(*) FROM orders WHERE id NOT IN (SELECT order_id FROM order_events)",
        ),
        ("orders without their promise", "SELECT COUNT(*) FROM orders WHERE id NOT IN (SELECT entity_id FROM outbox)"),
        (
            "checkouts without an order",
            "SELECT COUNT(*) FROM checkouts WHERE id NOT IN (SELECT checkout_id FROM orders)",
        ),
    ] {
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a count");
        assert_eq!(count, 0, "{what}");
    }
    drop(conn);
    db.close().await;
    println!("{} acknowledged orders over {KILLS} kills", acknowledged.len());
    shop.close().await;
}

async fn in_stock(shop: &Shop) -> VariantId {
    let mut conn = shop.app.db.read().await.expect("a connection");
    let id: String = sqlx::query_scalar("SELECT id FROM product_variants WHERE stock_quantity > 1 ORDER BY id LIMIT 1")
        .fetch_one(&mut *conn)
        .await
        .expect("a variant in stock");
    VariantId::new(id)
}

/// The body and the cookie that place one piece of a variant under a key.
pub fn order_request(key: &CartKey, variant: &VariantId) -> (String, String) {
    let mut cart = Cart::new(key.clone());
    cart.add(variant.clone(), 1).expect("a cart with one piece");
    let cookie = format!("{}={}", cart::COOKIE, cart::encode(&cart, &Secrets::from_text(SECRET)));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("key", key.as_str()),
            ("name", "Asha Rao"),
            ("phone", "+919876543210"),
            ("line1", "12 Park Road"),
            ("city", "Pune"),
            ("pincode", "411001"),
            ("country", "IN"),
            ("payment_method", "cod"),
        ])
        .finish();
    (body, cookie)
}

async fn place(wire: &mut Wire, key: &CartKey, variant: &VariantId) -> std::io::Result<String> {
    let (body, cookie) = order_request(key, variant);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.as_str())];
    let reply = wire.send("POST", "/checkout", &headers, body.as_bytes()).await?;
    assert_eq!(reply.status, 303, "{}", String::from_utf8_lossy(&reply.body));
    let location = reply.header("location").expect("where the order is");
    Ok(location.trim_start_matches("/o/").to_owned())
}

async fn place_until_stopped(
    host: String,
    variant: VariantId,
    stop: Arc<AtomicBool>,
) -> (Vec<Acknowledged>, Vec<CartKey>) {
    let (mut answered, mut open) = (Vec::new(), Vec::new());
    let Ok(mut wire) = Wire::connect(&host).await else { return (answered, open) };
    while !stop.load(Ordering::SeqCst) {
        let key = CartKey::from_bytes(Chance::System.bytes());
        match place(&mut wire, &key, &variant).await {
            Ok(token) => answered.push((key, token)),
            Err(_) => {
                open.push(key);
                break;
            }
        }
    }
    (answered, open)
}

async fn resend(host: &str, variant: &VariantId, keys: Vec<CartKey>) -> Vec<Acknowledged> {
    let mut wire = Wire::connect(host).await.expect("a connection");
    let mut answered = Vec::new();
    for key in keys {
        let token = place(&mut wire, &key, variant).await.expect("an answer");
        let again = place(&mut wire, &key, variant).await.expect("an answer");
        assert_eq!(token, again, "sent twice, placed once");
        answered.push((key, token));
    }
    answered
}
