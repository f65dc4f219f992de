//! The promise that an acknowledged push has its effect exactly once: against kill -9, and against a
//! database that is taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harkara::domain::ids::{OrderId, ShipmentId};
use harkara::domain::orders::{OrderStatus, advance};
use harkara::domain::shipping::ShipmentStatus;
use harkara::domain::time::UnixMillis;
use harkara::domain::tracking::{CaseKind, Folded, fold};
use harkara::server::App;
use harkara::server::clock::{Chance, Clock};
use harkara::server::db::tracking::{StoredEvent, cases_of_shipments, of_shipments};
use harkara::server::db::{Conn, Db, shipping};
use sqlx::{Connection, Executor};

use crate::support::gate::Gate;
use crate::support::parcels;
use crate::support::server::Server;
use crate::support::wire::Wire;
use crate::support::{self, Shop};

const KILLS: usize = 20;
const CONNECTIONS: usize = 8;
const PARCELS: usize = 96;
/// The load runs between these before the kill, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 80..280;
const SLUG: &str = "packzy-test";
/// How long the database is away.
const AWAY: Duration = Duration::from_secs(6);
/// Couriers give up after about so long.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
/// Between two pushes of a connection while the database is away: the spool takes thousands in a second,
/// and it is not them that are looked at.
const AWAY_PAUSE: Duration = Duration::from_millis(20);
/// How long a started server may take to apply everything that waits.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(20);
/// 2026-11-21, 02:00 UTC: 08:00 in Dhaka, the second 0 of every push.
const SECOND_ZERO_MS: i64 = 1_795_226_400_000;
/// What Packzy says. An empty text is a message without a status; `on_the_moon` is a word nobody knows.
const WORDS: [&str; 16] = [
    "pending",
    "hold",
    "",
    "delivered_approval_pending",
    "in_review",
    "",
    "hold",
    "cancelled_approval_pending",
    "",
    "pending",
    "cancelled",
    "delivered_approval_pending",
    "",
    "on_the_moon",
    "delivered",
    "hold",
];

/// A push; the second makes it different from every other one of its parcel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Push {
    awb: String,
    second: i64,
    text: &'static str,
}

impl Push {
    fn body(&self) -> String {
        let at = self.second;
        let kind = if self.text.is_empty() { "tracking_update" } else { "delivery_status" };
        serde_json::json!({
            "notification_type": kind, "consignment_id": self.awb, "invoice": "", "status": self.text,
            "tracking_message": format!("message {at}"),
            "updated_at": format!("2026-11-21 {:02}:{:02}:{:02}", 8 + at / 3_600, at / 60 % 60, at % 60),
        })
        .to_string()
    }
}

/// The address of the account's webhooks, and the parcels one connection pushes about.
#[derive(Clone)]
struct Sender {
    hook: String,
    awbs: Vec<String>,
    /// Pushes made so far, over all kills.
    made: i64,
    /// Between two pushes.
    pause: Duration,
}

/// What became of pushes.
#[derive(Default)]
struct Tally {
    acknowledged: Vec<Push>,
    unanswered: Vec<Push>,
    slowest: Duration,
}

impl Sender {
    fn next(&mut self) -> Push {
        let (parcels, made) = (self.awbs.len() as i64, self.made);
        self.made += 1;
        // Four at a time arrive the wrong way round.
        let second = (made / parcels) ^ 3;
        let text = WORDS[(Chance::System.number() % WORDS.len() as u64) as usize];
        Push { awb: self.awbs[(made % parcels) as usize].clone(), second, text }
    }

    /// Sends one push after the other until it is told to stop or the connection breaks.
    async fn run(mut self, host: String, stop: Arc<AtomicBool>) -> (Sender, Tally) {
        let mut tally = Tally::default();
        let Ok(mut wire) = Wire::connect(&host).await else { return (self, tally) };
        while !stop.load(Ordering::SeqCst) {
            tokio::time::sleep(self.pause).await;
            let (push, started) = (self.next(), Instant::now());
            let sent = send(&mut wire, &self.hook, &push).await;
            // One that was cut off has waited too.
            tally.slowest = tally.slowest.max(started.elapsed());
            match sent {
                Ok(()) => tally.acknowledged.push(push),
                Err(_) => {
                    tally.unanswered.push(push);
                    break;
                }
            }
        }
        (self, tally)
    }
}

async fn send(wire: &mut Wire, hook: &str, push: &Push) -> std::io::Result<()> {
    let bearer = format!("Bearer {}", parcels::SECRET);
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let reply = wire.send("POST", hook, &headers, push.body().as_bytes()).await?;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    Ok(())
}

/// Parcels in a shop's database, the senders that push about them, and everything acknowledged so far.
struct Field {
    shop: Shop,
    url: String,
    folder: tempfile::TempDir,
    senders: Vec<Sender>,
    acknowledged: Vec<Push>,
    unanswered: Vec<Push>,
    slowest: Duration,
}

impl Field {
    async fn new(pause: Duration) -> Field {
        let (shop, folder) = (support::shop().await, tempfile::tempdir().expect("a folder"));
        shop.demo().await;
        let url = shop.app.config.database_url.clone();
        // The server's clock is the machine's, so the orders are of today too.
        let config = support::config(&url, folder.path().to_path_buf());
        let app = App::open(config, Clock::System, Chance::System).await.expect("the shop opens");
        let hook = parcels::account(&app, SLUG, "", [""; 2]).await;
        let awbs = parcels::make(&app, SLUG, PARCELS).await;
        app.db.close().await;
        let senders = awbs.chunks(PARCELS / CONNECTIONS);
        let senders = senders.map(|own| Sender { hook: hook.clone(), awbs: own.to_vec(), made: 0, pause }).collect();
        Field { shop, url, folder, senders, acknowledged: vec![], unanswered: vec![], slowest: Duration::ZERO }
    }

    /// Starts the program, and sends again what was cut off last time, as couriers do.
    async fn start(&mut self, url: &str) -> Server {
        let program = Path::new(env!("CARGO_BIN_EXE_harkara"));
        let server = Server::start(program, url, self.folder.path().to_path_buf()).await;
        let mut wire = Wire::connect(&server.host).await.expect("a connection");
        for push in std::mem::take(&mut self.unanswered) {
            send(&mut wire, &self.senders[0].hook, &push).await.expect("an answer");
            self.acknowledged.push(push);
        }
        server
    }

    /// Every sender at work while something happens; what it gives back comes back.
    async fn under_load<T>(&mut self, host: &str, meanwhile: impl Future<Output = T>) -> T {
        let stop = Arc::new(AtomicBool::new(false));
        let senders = std::mem::take(&mut self.senders).into_iter();
        let running: Vec<_> =
            senders.map(|sender| tokio::spawn(sender.run(host.to_owned(), Arc::clone(&stop)))).collect();
        let result = meanwhile.await;
        stop.store(true, Ordering::SeqCst);
        for one in running {
            let (sender, tally) = one.await.expect("a sender");
            self.senders.push(sender);
            self.acknowledged.extend(tally.acknowledged);
            self.unanswered.extend(tally.unanswered);
            self.slowest = self.slowest.max(tally.slowest);
        }
        result
    }

    /// Starts the program once more, lets it apply what waits, ends it and looks at what is there.
    async fn settle_and_check(mut self) {
        let url = self.url.clone();
        let server = self.start(&url).await;
        let db = Db::connect(&self.url).await.expect("the database opens");
        let started = Instant::now();
        let acknowledged = self.acknowledged.len() as i64;
        // Not the rows: a push that was cut off and came again has two, and the last may be in the spool still.
        while number(&db, "SELECT COUNT(*) FROM tracking_events").await < acknowledged
            || number(&db, "SELECT COUNT(*) FROM webhook_log WHERE state = 'queued'").await > 0
        {
            assert!(started.elapsed() < SETTLE_TIME_MAX, "what waits is applied in time");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(server.terminate().await.success());
        check_pushes(&db, &self.acknowledged).await;
        check_parcels(&db).await;
        check_orders(&db).await;
        db.close().await;
        self.shop.must_be_sound().await;
        self.shop.close().await;
    }
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut *db.read().await.expect("a connection")).await.expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_push_has_its_effect_exactly_once_over_kills() {
    let mut field = Field::new(Duration::ZERO).await;
    let url = field.url.clone();
    for _ in 0..KILLS {
        let server = field.start(&url).await;
        let host = server.host.clone();
        let kill = async {
            let span = LOAD_MS.end - LOAD_MS.start;
            tokio::time::sleep(Duration::from_millis(LOAD_MS.start + Chance::System.number() % span)).await;
            server.kill().await;
        };
        field.under_load(&host, kill).await;
        field.shop.must_be_sound().await;
    }
    println!("{} acknowledged pushes over {KILLS} kills", field.acknowledged.len());
    assert!(field.acknowledged.len() > 10 * KILLS, "the load was one: {}", field.acknowledged.len());
    field.settle_and_check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_are_acknowledged_and_kept_while_the_database_is_locked_or_refuses() {
    let mut field = Field::new(AWAY_PAUSE).await;
    let url = field.url.clone();
    let server = field.start(&url).await;
    let host = server.host.clone();
    let away = take_away(url.clone());
    let outage = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let away = away.await;
        tokio::time::sleep(AWAY).await;
        server.kill().await;
        away.give_back().await;
    };
    field.under_load(&host, outage).await;
    finish_outage(field).await;
}

/// A database server that does not even say no: on PostgreSQL only, where there is a line to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_are_acknowledged_and_kept_while_the_database_is_silent() {
    if !support::is_postgres() {
        return;
    }
    let mut field = Field::new(AWAY_PAUSE).await;
    let (gate, through) = Gate::open(&field.url).await;
    let server = field.start(&through).await;
    let host = server.host.clone();
    let outage = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        gate.silence();
        tokio::time::sleep(AWAY).await;
        server.kill().await;
    };
    field.under_load(&host, outage).await;
    // The line is cut, and the database server hears of it.
    drop(gate);
    finish_outage(field).await;
}

async fn finish_outage(field: Field) {
    let acknowledged = field.acknowledged.len();
    let db = Db::connect(&field.url).await.expect("the database opens");
    let stored = number(&db, "SELECT COUNT(*) FROM webhook_log").await;
    db.close().await;
    println!("{acknowledged} pushes, {stored} in the database, the slowest answer {:?}", field.slowest);
    assert!((stored as usize) < acknowledged / 2, "most were taken while the database was away");
    assert!(field.slowest < ANSWER_TIME_MAX, "the slowest answer took {:?}", field.slowest);
    field.settle_and_check().await;
}

/// A database that was taken away.
enum Away {
    Locked(sqlx::AnyConnection),
    Refused { name: String, admin: sqlx::AnyConnection },
}

/// SQLite: another program holds the file. PostgreSQL: nobody is let in, and who is in is thrown out.
async fn take_away(url: String) -> Away {
    sqlx::any::install_default_drivers();
    if !support::is_postgres() {
        let mut conn = sqlx::AnyConnection::connect(&url).await.expect("a connection");
        conn.execute("PRAGMA busy_timeout = 10000").await.expect("a timeout");
        conn.execute("BEGIN EXCLUSIVE").await.expect("the lock");
        return Away::Locked(conn);
    }
    let (server, name) = url.rsplit_once('/').expect("a database");
    let mut admin = sqlx::AnyConnection::connect(&format!("{server}/postgres")).await.expect("a connection");
    let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    admin.execute(sqlx::AssertSqlSafe(shut)).await.expect("shut");
    let end = sqlx::query("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1");
    end.bind(name).execute(&mut admin).await.expect("thrown out");
    Away::Refused { name: name.to_owned(), admin }
}

impl Away {
    async fn give_back(self) {
        match self {
            Away::Locked(mut conn) => {
                conn.execute("ROLLBACK").await.expect("the lock is given back");
                conn.close().await.expect("closed");
            }
            Away::Refused { name, mut admin } => {
                let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
                admin.execute(sqlx::AssertSqlSafe(open)).await.expect("open");
                admin.close().await.expect("closed");
            }
        }
    }
}

/// One event for each acknowledged push, none for anything else; every stored push was applied.
async fn check_pushes(db: &Db, acknowledged: &[Push]) {
    let mut conn = db.read().await.expect("a connection");
    let events: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT shipments.awb, tracking_events.happened_at, tracking_events.raw_status FROM tracking_events
         JOIN shipments ON shipments.id = tracking_events.shipment_id",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("events");
    let found: BTreeSet<(String, i64, String)> =
        events.iter().map(|(awb, at, text)| (awb.clone(), (at - SECOND_ZERO_MS) / 1_000, text.clone())).collect();
    assert_eq!(found.len(), events.len(), "no event is doubled");
    let wanted: BTreeSet<(String, i64, String)> =
        acknowledged.iter().map(|push| (push.awb.clone(), push.second, push.text.to_owned())).collect();
    assert_eq!(wanted.len(), acknowledged.len(), "every push is another one");
    assert_eq!(wanted.difference(&found).next(), None, "an acknowledged push is lost");
    assert_eq!(found.difference(&wanted).next(), None, "an event without a push");
    let states: Vec<(String,)> =
        sqlx::query_as("SELECT DISTINCT state FROM webhook_log").fetch_all(&mut *conn).await.expect("states");
    assert_eq!(states, [("applied".to_owned(),)]);
}

/// A parcel as it is stored: id, state, its event, failed attempts, dispute, when delivered, last event.
type StoredParcel = (String, String, Option<String>, i64, i64, Option<i64>, Option<i64>);

/// Every parcel is what its events come to.
async fn check_parcels(db: &Db) {
    let mut conn = db.read().await.expect("a connection");
    let parcels: Vec<StoredParcel> = sqlx::query_as(
        "SELECT id, status, status_event_id, delivery_attempts, is_disputed, delivered_at, last_event_at FROM shipments",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("parcels");
    assert_eq!(parcels.len(), PARCELS);
    for (id, status, event, attempts, disputed, delivered, last) in parcels {
        let folded = folded(&mut conn, &id).await;
        assert_eq!((status.as_str(), &event), (folded.status.code(), &folded.status_event), "{id}");
        assert_eq!((attempts, disputed), (folded.attempts, i64::from(folded.is_disputed)), "{id}");
        assert_eq!(delivered.map(UnixMillis), folded.delivered_at, "{id}");
        assert_eq!(last.map(UnixMillis), folded.last_event_at, "{id}");
        check_cases(&mut conn, &id, &folded).await;
        let Some(event) = event else { continue };
        let promised: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE event_id = $1 AND effect = $2")
            .bind(event)
            .bind(format!("shipment.{status}"))
            .fetch_one(&mut *conn)
            .await
            .expect("a count");
        assert_eq!(promised, 1, "the effect of the present state of {id} is promised once");
    }
}

async fn check_cases(conn: &mut Conn, id: &str, folded: &Folded) {
    let stored = cases_of_shipments(conn, &[ShipmentId::new(id)]).await.expect("cases");
    let stored: BTreeSet<(CaseKind, Option<String>, bool)> =
        stored.into_iter().map(|case| (case.kind, case.event_id, case.closed_at.is_none())).collect();
    let wanted: BTreeSet<(CaseKind, Option<String>, bool)> =
        folded.cases.iter().map(|case| (case.kind, Some(case.event_id.clone()), case.closed_at.is_none())).collect();
    assert_eq!(stored, wanted, "{id}");
}

async fn folded(conn: &mut Conn, id: &str) -> Folded {
    let events = of_shipments(conn, &[ShipmentId::new(id)]).await.expect("events");
    let events: Vec<_> = events.iter().map(StoredEvent::folding).collect();
    fold(ShipmentStatus::Pending, &events)
}

/// Every order is as far as its parcel's furthest event, came there step by step, and is counted.
async fn check_orders(db: &Db) {
    let mut conn = db.read().await.expect("a connection");
    let orders: Vec<(String, String)> =
        sqlx::query_as("SELECT id, status FROM orders").fetch_all(&mut *conn).await.expect("orders");
    let mut counted: BTreeMap<String, i64> = BTreeMap::new();
    for (id, status) in &orders {
        *counted.entry(format!("orders.{status}")).or_default() += 1;
        let parcels = shipping::of_orders(&mut conn, &[OrderId::new(id)]).await.expect("a parcel");
        let heard = folded(&mut conn, parcels[0].id.as_str()).await.order;
        let present = OrderStatus::Processing;
        let wanted = heard.and_then(|heard| advance(present, heard)).unwrap_or(present);
        assert_eq!(status, wanted.code(), "{id}");
    }
    let counters = harkara::server::db::fulfilment::counts(&mut conn, None).await.expect("counters");
    let counters: BTreeMap<String, i64> = counters.into_iter().filter(|(_, count)| *count != 0).collect();
    assert_eq!(counters, counted);
    for (what, sql) in [
        (
            "an order that came to a state twice",
            "SELECT COUNT(*) FROM (SELECT order_id FROM order_events GROUP BY order_id, to_status HAVING COUNT(*) > 1) AS twice",
        ),
        (
            "an order in a state that no step led to",
            "SELECT COUNT(*) FROM orders WHERE NOT EXISTS (SELECT 1 FROM order_events
             WHERE order_id = orders.id AND to_status = orders.status)",
        ),
        (
            "a step from a state the order was never in",
            "SELECT COUNT(*) FROM order_events AS step WHERE from_status IS NOT NULL AND NOT EXISTS (SELECT 1 FROM order_events
             WHERE order_id = step.order_id AND to_status = step.from_status)",
        ),
        (
            "a step of an order without its one promise",
            "SELECT COUNT(*) FROM order_events WHERE (SELECT COUNT(*) FROM outbox WHERE event_id = order_events.id) <> 1",
        ),
        (
            "a promise without its event",
            "SELECT COUNT(*) FROM outbox WHERE event_id NOT IN (SELECT id FROM order_events)
             AND event_id NOT IN (SELECT id FROM tracking_events)",
        ),
        (
            "an effect that is promised twice",
            "SELECT COUNT(*) FROM (SELECT event_id FROM outbox GROUP BY event_id, effect HAVING COUNT(*) > 1) AS twice",
        ),
    ] {
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.expect("a count");
        assert_eq!(count, 0, "{what}");
    }
}
