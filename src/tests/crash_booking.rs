//! The promise that an order has at most one parcel at the courier, and that nobody has to guess whether
//! it has one: the process is killed at every step of booking, with every fault of the courier.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use harkara::domain::couriers::Provider;
use harkara::domain::staff::Role;
use harkara::domain::time::MINUTE_MS;
use harkara::server::clock::{Chance, Clock};
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::{App, http, jobs};

use crate::support::desk::{Desk, desk};
use crate::support::parcels;
use crate::support::server::Server;
use crate::support::wire::{Reply, Wire};
use crate::support::{self, Shop};

const SLUG: &str = "packzy-test";
/// Orders booked side by side before each kill.
const SIDE_BY_SIDE: usize = 3;
/// Longer than anything lives here.
const HELD: Duration = Duration::from_secs(30);
/// How long a booking may take to get where it is waited for.
const STEP_TIME_MAX: Duration = Duration::from_secs(10);
/// A minute each: until the last booking that was lost has been asked for, however often that failed.
const ROUNDS: usize = 40;

/// When the process is killed.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// So many milliseconds after the bookings were asked for, at most.
    Within(u64),
    /// Once the courier has the parcels, before it has said so.
    AfterEffect,
    /// So many milliseconds after the last answer, at most.
    AfterAnswers(u64),
}

/// Every step, with every fault.
const KILLS: [(Option<Fault>, Kill); 25] = [
    (Some(Fault::TimeoutBefore), Kill::Within(60)),
    (Some(Fault::TimeoutBefore), Kill::Within(200)),
    (Some(Fault::TimeoutBefore), Kill::Within(400)),
    (Some(Fault::TimeoutAfter), Kill::AfterEffect),
    (Some(Fault::TimeoutAfter), Kill::AfterEffect),
    (Some(Fault::TimeoutAfter), Kill::AfterEffect),
    (Some(Fault::TimeoutAfter), Kill::Within(60)),
    (None, Kill::Within(10)),
    (None, Kill::Within(20)),
    (None, Kill::Within(30)),
    (None, Kill::Within(60)),
    (None, Kill::AfterAnswers(0)),
    (None, Kill::AfterAnswers(10)),
    (None, Kill::AfterAnswers(30)),
    (Some(Fault::ServerError), Kill::Within(20)),
    (Some(Fault::ServerError), Kill::Within(60)),
    (Some(Fault::ServerError), Kill::AfterAnswers(30)),
    (Some(Fault::TooMany), Kill::Within(20)),
    (Some(Fault::TooMany), Kill::Within(60)),
    (Some(Fault::TooMany), Kill::AfterAnswers(30)),
    (Some(Fault::Unauthorized), Kill::Within(20)),
    (Some(Fault::Unauthorized), Kill::AfterAnswers(30)),
    (Some(Fault::OkButFailed), Kill::Within(20)),
    (Some(Fault::OkButFailed), Kill::Within(60)),
    (Some(Fault::OkButFailed), Kill::AfterAnswers(30)),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_a_booking_is_cut_off_there_is_at_most_one_parcel_and_nobody_has_to_guess() {
    let (shop, desk, folder) = (support::shop().await, desk(61).await, tempfile::tempdir().expect("a folder"));
    shop.demo().await;
    let url = shop.app.config.database_url.clone();
    let config = || support::config(&url, folder.path().to_path_buf());
    let app = App::open(config(), Clock::System, Chance::System).await.expect("the shop opens");
    let references = prepare(&app, &desk).await;
    app.db.close().await;
    let token = shop.token(Role::Staff, None).await;
    let program = Path::new(env!("CARGO_BIN_EXE_harkara"));
    for ((fault, kill), orders) in KILLS.into_iter().zip(references.chunks(SIDE_BY_SIDE)) {
        let faults = fault.map(|fault| Rule::new("create_order", fault).times(SIDE_BY_SIDE as u32));
        desk.sandbox.set_faults(faults.into_iter().collect());
        desk.sandbox.set_hold(HELD);
        let server = Server::start(program, &url, folder.path().to_path_buf()).await;
        book_and_kill(server, &desk, &token, orders, kill).await;
        shop.must_be_sound().await;
    }
    desk.sandbox.set_faults(Vec::new());
    let clock = Clock::manual(Clock::System.now().plus(3 * MINUTE_MS));
    let app = App::open(config(), clock, Chance::System).await.expect("the shop opens");
    for _ in 0..ROUNDS {
        while jobs::step(&app).await.expect("the database is there") > 0 {}
        app.clock.advance(MINUTE_MS);
    }
    app.db.close().await;
    check(&shop, &desk, references.len()).await;
    shop.must_be_sound().await;
    shop.close().await;
}

/// An account with the sandbox, and confirmed orders; answers their references.
async fn prepare(app: &App, desk: &Desk) -> Vec<String> {
    let keys = desk.sandbox.keys(Provider::Packzy);
    let base_url = desk.account.shown.base_url.clone().expect("an address");
    parcels::account(app, SLUG, &base_url, [keys[0].1, keys[1].1]).await;
    let (variant, router) = (parcels::variant(app).await, http::router(app));
    let mut references = Vec::new();
    for _ in 0..KILLS.len() * SIDE_BY_SIDE {
        references.push(parcels::confirmed(app, &router, &variant).await);
    }
    references
}

async fn book_and_kill(server: Server, desk: &Desk, token: &str, orders: &[String], kill: Kill) {
    let before = desk.sandbox.parcels().len();
    let calls = orders.iter().map(|order| tokio::spawn(book(server.host.clone(), token.to_owned(), order.clone())));
    let calls: Vec<_> = calls.collect();
    match kill {
        Kill::Within(milliseconds) => pause(milliseconds).await,
        Kill::AfterEffect => {
            let started = Instant::now();
            while desk.sandbox.parcels().len() < before + orders.len() {
                assert!(started.elapsed() < STEP_TIME_MAX, "the calls reach the courier");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        Kill::AfterAnswers(milliseconds) => {
            for call in calls {
                let reply = call.await.expect("a call").expect("an answer");
                assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
            }
            pause(milliseconds).await;
        }
    }
    server.kill().await;
}

async fn pause(at_most_ms: u64) {
    tokio::time::sleep(Duration::from_millis(Chance::System.number() % (at_most_ms + 1))).await;
}

async fn book(host: String, token: String, order: String) -> std::io::Result<Reply> {
    let mut wire = Wire::connect(&host).await?;
    let bearer = format!("Bearer {token}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let body = serde_json::json!({ "courier": SLUG }).to_string();
    wire.send("POST", &format!("/api/v1/orders/{order}/shipments/"), &headers, body.as_bytes()).await
}

/// One line of what is looked at: order, its state, booking state, AWB, reference at the courier.
type Line = (String, String, String, Option<String>, Option<String>);

async fn check(shop: &Shop, desk: &Desk, orders: usize) {
    let mut conn = shop.app.db.read().await.expect("a connection");
    let lines: Vec<Line> = sqlx::query_as(
        "SELECT orders.reference, orders.status, shipments.booking_state, shipments.awb, shipments.our_reference
         FROM shipments JOIN orders ON orders.id = shipments.order_id",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("shipments");
    let mut at_courier: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for parcel in desk.sandbox.parcels() {
        at_courier.entry(parcel.reference).or_default().push(parcel.awb);
    }
    let (mut booked, mut refused) = (0, 0);
    for (order, status, booking_state, awb, our_reference) in &lines {
        assert_eq!(our_reference.as_ref(), Some(order), "one booking per order");
        let parcels = at_courier.remove(order).unwrap_or_default();
        match booking_state.as_str() {
            "booked" => {
                assert_eq!((status.as_str(), parcels.len()), ("processing", 1), "{order}");
                // The courier does not number what is only looked up; the first push will.
                assert!(awb.is_none() || awb.as_ref() == parcels.first(), "{order}");
                booked += 1;
            }
            "refused" => {
                assert_eq!((status.as_str(), parcels.len()), ("confirmed", 0), "{order}");
                refused += 1;
            }
            other => panic!("{order} is left {other}"),
        }
    }
    assert!(at_courier.is_empty(), "parcels nobody knows of: {at_courier:?}");
    drop(conn);
    for (what, sql) in [
        ("open questions", "SELECT COUNT(*) FROM cases WHERE closed_at IS NULL"),
        (
            "bookings nobody finished",
            "SELECT COUNT(*) FROM jobs WHERE kind = 'resolve_booking' AND state NOT IN ('done', 'discarded')",
        ),
    ] {
        assert_eq!(shop.number(sql).await, 0, "{what}");
    }
    println!("{orders} bookings over {} kills: {booked} booked, {refused} refused, the rest never began", KILLS.len());
    // What was answered, or has reached the courier, before the kill is sure to be there.
    assert!(booked >= 8 * SIDE_BY_SIDE && refused >= 2 * SIDE_BY_SIDE, "{booked} booked, {refused} refused");
}
