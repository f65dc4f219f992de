//! The desk of a shop with a million orders: the same screens as in a small one, and how long they take.
//!
//! The shop is made once and kept beside what is compiled, as long as neither the maker nor the tables
//! change. It is only read. SQLite always; PostgreSQL where `TEST_DATABASE_URL` names a server.

mod shops;

use std::time::{Duration, Instant};

use harkara::domain::orders::OrderStatus;
use harkara::domain::orders::search::Search;
use harkara::server::db::desk::{self, Scope};
use harkara::server::db::{Db, Engine, fulfilment};
use harkara::server::demo::data::PASSWORD;

use crate::Plan;
use crate::many::made::{FORGOTTEN, Made, REGULAR};
use crate::report::{Row, ms, percentile};
use crate::server::Server;
use crate::wire::Wire;
use shops::BigShop;

/// Every screen must be there by then, for 99 of 100.
const SCREEN_P99_MAX: Duration = Duration::from_millis(50);
/// Orders of the shop that the big one is compared with.
const SMALL: u64 = 10_000;
/// What the first page of the big shop may take, as a multiple of the small one's.
const GROWTH_MAX: f64 = 1.5;
/// Orders on a page of the desk, and one more that says whether there are older ones.
const PAGE: usize = 25;
/// Orders on a page of the REST lists.
const REST_PAGE: usize = 20;
/// Requests of each kind, after a few that are not counted.
const REQUESTS: usize = 300;
const REQUESTS_SMOKE: usize = 30;
const WARM_UP: usize = 10;
/// The screen whose figures are kept.
const STATS: &str = "statistics of the orders";

/// A screen and what must be on it.
struct Screen {
    what: &'static str,
    path: String,
    /// How many orders.
    rows: usize,
    /// Something that only the right answer has.
    has: String,
}

/// Runs it; adds the lines of the table.
pub async fn measure(plan: &Plan, rows: &mut Vec<Row>) {
    let requests = if plan.judged { REQUESTS } else { REQUESTS_SMOKE };
    for engine in shops::engines() {
        let small = BigShop::open(engine, SMALL.min(plan.orders), rows).await;
        let big = BigShop::open(engine, plan.orders, rows).await;
        compare(&small, &big, requests, rows).await;
        big.measure(requests, rows).await;
    }
}

fn label(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// The first page of both, in turn, so that whatever else the machine does meets both.
async fn compare(small: &BigShop, big: &BigShop, requests: usize, rows: &mut Vec<Row>) {
    let ((small_server, mut small_desk), (big_server, mut big_desk)) = (small.start().await, big.start().await);
    let (small_first, big_first) = (small.screens().remove(0), big.screens().remove(0));
    let (mut small_times, mut big_times) = (Vec::new(), Vec::new());
    for at in 0..WARM_UP + requests {
        let times = (small_desk.ask(&small_first).await, big_desk.ask(&big_first).await);
        if at >= WARM_UP {
            small_times.push(times.0);
            big_times.push(times.1);
        }
    }
    small_server.kill().await;
    big_server.kill().await;
    let (before, after) = (percentile(&mut small_times, 50), percentile(&mut big_times, 50));
    let growth = after.as_secs_f64() / before.as_secs_f64();
    let what = format!("orders, first page, beside {}, {}", small.count, label(big.engine));
    let note = format!("p50 {} with {}, {} with {}", ms(before), small.count, ms(after), big.count);
    rows.push(Row::new(&what, format!("{growth:.2} ×"), note).limit(format!("≤ {GROWTH_MAX} ×"), growth <= GROWTH_MAX));
}

impl BigShop {
    async fn measure(&self, requests: usize, rows: &mut Vec<Row>) {
        let (server, mut desk) = self.start().await;
        for screen in self.screens() {
            let mut times = Vec::with_capacity(requests);
            for at in 0..WARM_UP + requests {
                let took = desk.ask(&screen).await;
                times.extend((at >= WARM_UP).then_some(took));
                if at == 0 && screen.what == STATS {
                    let what = format!("{STATS}, counted anew, {}", label(self.engine));
                    rows.push(Row::new(&what, ms(took), "once in ten minutes".to_owned()));
                }
            }
            self.add(screen.what, &mut times, rows);
        }
        let memory = resident_mib(server.id());
        rows.push(Row::new(
            &format!("memory of the server, {}", label(self.engine)),
            format!("{memory} MiB"),
            "resident, after all of this".to_owned(),
        ));
        server.kill().await;
        self.measure_statements(requests, rows).await;
    }

    async fn start(&self) -> (Server, Desk) {
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_harkara"));
        let server = Server::start(program, &self.url, self.folder.clone()).await;
        let desk = Desk::sign_in(&server.host).await;
        (server, desk)
    }

    fn screens(&self) -> Vec<Screen> {
        let made = |number: u64| Made::new(number, self.count);
        let newest = made(self.count - 1);
        let (middle, below) = (made(self.count / 2), made(self.count / 2 - 1));
        let late = |is: &dyn Fn(&Made) -> bool| {
            (0..self.count).rev().map(made).find(|order| is(order)).map(|order| order.reference).unwrap_or_default()
        };
        let rare = made(self.count / 3);
        let screen = |what, path: String, rows, has: &str| Screen { what, path, rows, has: has.to_owned() };
        vec![
            screen("orders, first page", "/admin/orders".to_owned(), PAGE, &newest.reference),
            screen("orders, a page deep down", format!("/admin/orders?before={}", middle.seq), PAGE, &below.reference),
            screen(
                "orders of a state",
                "/admin/orders?status=delivered".to_owned(),
                PAGE,
                &late(&|order| order.status == OrderStatus::Delivered),
            ),
            screen("search that all match", "/admin/orders?q=leg".to_owned(), PAGE, &newest.reference),
            screen(
                "search that 1 % match",
                format!("/admin/orders?q={REGULAR}"),
                PAGE,
                &late(&|order| order.name.starts_with(REGULAR)),
            ),
            screen(
                "search that the oldest 1 % match",
                format!("/admin/orders?q={FORGOTTEN}"),
                PAGE,
                &made(self.count / 100 - 1).reference,
            ),
            screen("search that one matches", format!("/admin/orders?q={}", tail(&rare.reference)), 1, &rare.reference),
            screen("search that none matches", "/admin/orders?q=nobodyhere".to_owned(), 0, "nobodyhere"),
            screen("page of an order", format!("/o/{}", rare.token), 0, &rare.reference),
            screen("REST list, first page", "/api/v1/orders/".to_owned(), REST_PAGE, &newest.reference),
            screen(
                "REST list, a cursor deep down",
                format!("/api/v1/orders/?cursor=older-{}", middle.seq),
                REST_PAGE,
                &below.reference,
            ),
            screen(
                "REST list, search that one matches",
                format!("/api/v1/orders/?search={}", tail(&rare.reference)),
                1,
                &rare.reference,
            ),
            screen(STATS, "/api/v1/orders/order_stats/".to_owned(), 0, &format!("\"total_orders\":{}", self.count)),
        ]
    }

    /// The same without the pages: what the database alone takes.
    async fn measure_statements(&self, requests: usize, rows: &mut Vec<Row>) {
        let db = Db::connect(&self.url).await.expect("the database");
        let phone = Made::new(self.count / 4, self.count).phone;
        let last4 = phone.digits()[phone.digits().len() - 4..].to_owned();
        for (what, typed) in [
            ("statements: all match", "leg"),
            ("statements: a letter", "r"),
            ("statements: 1 % match", REGULAR),
            ("statements: the oldest 1 % match", FORGOTTEN),
            ("statements: the end of a phone", &last4),
            ("statements: none matches", "nobodyhere"),
        ] {
            let search = Search::parse(typed);
            let limit = i64::try_from(PAGE).expect("a page") + 1;
            let mut times = Vec::new();
            for _ in 0..requests {
                let started = Instant::now();
                let mut conn = db.read().await.expect("a connection");
                desk::find(&mut conn, &Scope::default(), &search, limit).await.expect("orders");
                times.push(started.elapsed());
            }
            self.add(what, &mut times, rows);
        }
        let mut times = Vec::new();
        for _ in 0..requests {
            let started = Instant::now();
            let mut conn = db.read().await.expect("a connection");
            let counted = fulfilment::counts(&mut conn, None).await.expect("counts");
            times.push(started.elapsed());
            let total: i64 = counted.iter().map(|(_, count)| count).sum();
            assert_eq!(total, i64::try_from(self.count).expect("a count"), "the counters count every order");
        }
        self.add("statements: counts of the states", &mut times, rows);
        db.close().await;
    }

    fn add(&self, what: &str, times: &mut [Duration], rows: &mut Vec<Row>) {
        let (p50, p99) = (percentile(times, 50), percentile(times, 99));
        let what = format!("{what}, p99, {}", label(self.engine));
        rows.push(Row::at_most(&what, p99, SCREEN_P99_MAX, format!("p50 {}", ms(p50))));
    }
}

/// The last letters of a reference, which are no other order's.
fn tail(reference: &str) -> &str {
    reference.rsplit('-').next().unwrap_or(reference)
}

/// Somebody who has signed in.
struct Desk {
    wire: Wire,
    cookie: String,
}

impl Desk {
    async fn sign_in(host: &str) -> Desk {
        let mut wire = Wire::connect(host).await.expect("a connection");
        let body = format!("email=admin%40example.com&password={PASSWORD}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let reply = wire.send("POST", "/admin/login", &headers, body.as_bytes()).await.expect("an answer");
        assert_eq!(reply.status, 303, "{}", String::from_utf8_lossy(&reply.body));
        let cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
        let cookie = cookies.filter_map(|(_, value)| value.split(';').next()).collect::<Vec<_>>().join("; ");
        Desk { wire, cookie }
    }

    /// Asks for a screen, looks whether it is the right one, and answers how long it took.
    async fn ask(&mut self, screen: &Screen) -> Duration {
        let headers = [("cookie", self.cookie.as_str())];
        let started = Instant::now();
        let reply = self.wire.send("GET", &screen.path, &headers, b"").await.expect("a page");
        let took = started.elapsed();
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, 200, "{}", screen.path);
        let orders = ["class=\"desk-reference\"", "\"order_reference\":"].map(|row| text.matches(row).count());
        assert_eq!(orders.iter().sum::<usize>(), screen.rows, "orders on {}", screen.path);
        assert!(text.contains(&screen.has), "{} has {}", screen.path, screen.has);
        took
    }
}

/// What a process holds in memory.
fn resident_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) / 1_024
}
