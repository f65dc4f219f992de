//! How the engines carry out what is asked all day: no statement of the desk goes through a table that
//! grows, and the list of orders is never sorted. The statements are those the product sends.

use harkara::domain::ids::{CourierId, StoreId, UserId};
use harkara::domain::orders::search::Search;
use harkara::domain::orders::{DeskFilter, OrderStatus};
use harkara::domain::time::UnixMillis;
use harkara::server::actions::desk as screens;
use harkara::server::db::desk::{self, Scope};
use harkara::server::db::order_list::{self, OrderFilter};
use harkara::server::db::paging::{Part, Slice};
use harkara::server::db::sql::{Sent, recorded};
use harkara::server::db::{Conn, catalogue, fulfilment, mappings, orders, polling, shipping, webhooks};
use sqlx::{AssertSqlSafe, Executor};

use crate::support::many::made::{Made, NEVER_DUE_MS};
use crate::support::{Shop, is_postgres, many, shop};

/// Enough for PostgreSQL to prefer an index to reading everything.
const ORDERS: u64 = 12_000;
const PAGE: i64 = 26;
/// Tables with a row or more per order; the others stay small or are emptied all the time.
const GROWING: [&str; 9] = [
    "orders",
    "checkouts",
    "order_items",
    "order_events",
    "stock_movements",
    "shipments",
    "tracking_events",
    "webhook_log",
    "order_search",
];

/// What a statement's plan must not do.
#[derive(Clone, Copy, PartialEq)]
enum Law {
    /// Go through a growing table.
    NoScan,
    /// That, or sort.
    NoScanNoSort,
}

async fn explained(conn: &mut Conn, sent: Sent) -> Vec<String> {
    if is_postgres() {
        let text = AssertSqlSafe(format!("EXPLAIN {}", sent.text));
        let rows: Vec<(String,)> =
            sqlx::query_as_with(text, sent.arguments).persistent(false).fetch_all(conn).await.expect("a plan");
        return rows.into_iter().map(|row| row.0).collect();
    }
    let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sent.text));
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as_with(text, sent.arguments).fetch_all(conn).await.expect("a plan");
    rows.into_iter().map(|row| row.3).collect()
}

/// The table that a line of a plan goes through from end to end.
fn scanned(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '-', '>']);
    if is_postgres() {
        let rest = line.strip_prefix("Parallel ").unwrap_or(line).strip_prefix("Seq Scan on ")?;
        return rest.split(' ').next();
    }
    let rest = line.strip_prefix("SCAN ")?;
    // In the order of an index, until enough is found; in a search index, by a word or a row.
    let is_walk = rest.contains(" USING ") || rest.contains(":M") || rest.contains(":=");
    if is_walk { None } else { rest.split(' ').next() }
}

fn is_sort(line: &str) -> bool {
    if is_postgres() { line.contains("Sort") } else { line.contains("TEMP B-TREE") }
}

async fn assert_plans(shop: &Shop, what: &str, law: Law, statements: Vec<Sent>) {
    assert!(!statements.is_empty(), "{what} sends something");
    let mut conn = shop.app.db.read().await.expect("a connection");
    for sent in statements {
        let text = sent.text.clone();
        let plan = explained(&mut conn, sent).await;
        assert!(!plan.is_empty(), "{what}: no plan of {text}");
        let scan = plan.iter().filter_map(|line| scanned(line)).find(|table| GROWING.contains(table));
        assert!(scan.is_none(), "{what} goes through {scan:?}:\n{text}\n{}", plan.join("\n"));
        let sort = law == Law::NoScanNoSort && plan.iter().any(|line| is_sort(line));
        assert!(!sort, "{what} sorts:\n{text}\n{}", plan.join("\n"));
    }
}

async fn filled() -> Shop {
    let shop = shop().await;
    many::fill(&shop.app, ORDERS).await;
    // Pushes of years, of which a few wait.
    let mut conn = shop.app.db.writer_pool().acquire().await.expect("a connection");
    conn.execute(
        "INSERT INTO webhook_log (id, store_id, courier_id, received_at, body_hash, size_bytes, is_verified, verdict, state, run_at)
         SELECT id, store_id, courier_id, created_at, '', 0, 1, 'verified', 'applied', created_at FROM shipments",
    )
    .await
    .expect("pushes");
    conn.execute(
        "INSERT INTO webhook_log (id, store_id, courier_id, received_at, body_hash, size_bytes, is_verified, verdict, state, run_at)
         SELECT 'queued-' || id, store_id, courier_id, created_at, '', 0, 1, 'verified', 'queued', created_at
         FROM shipments ORDER BY seq LIMIT 20",
    )
    .await
    .expect("pushes");
    drop(conn);
    shop
}

async fn store(shop: &Shop) -> StoreId {
    let mut conn = shop.app.db.read().await.expect("a connection");
    sqlx::query_scalar("SELECT id FROM stores ORDER BY slug LIMIT 1").fetch_one(&mut *conn).await.expect("a store")
}

#[tokio::test]
async fn the_desk_goes_through_no_table_that_grows_and_never_sorts_the_orders() {
    let shop = filled().await;
    // PostgreSQL collects its figures by itself. SQLite is never told to: with figures it would look for
    // the orders of a state store by store, and sort them.
    if is_postgres() {
        shop.app.db.writer_pool().execute("ANALYZE").await.expect("analyzed");
    }
    lists(&shop).await;
    searches(&shop).await;
    rest_lists(&shop).await;
    single_orders(&shop).await;
    counts_and_queues(&shop).await;
    shop.close().await;
}

async fn lists(shop: &Shop) {
    let store = store(shop).await;
    let middle = Made::new(ORDERS / 2, ORDERS).seq;
    for before in [None, Some(middle)] {
        for store_id in [None, Some(store.clone())] {
            for status in [None, Some(OrderStatus::Pending), Some(OrderStatus::Delivered)] {
                let scope = Scope { store_id: store_id.clone(), status, before, ..Scope::default() };
                let mut conn = shop.app.db.read().await.expect("a connection");
                let (found, sent) = recorded(desk::find(&mut conn, &scope, &Search::Everything, PAGE)).await;
                drop(conn);
                found.expect("orders");
                assert_plans(shop, &format!("the list of {scope:?}"), Law::NoScanNoSort, sent).await;
            }
        }
    }
    let (page, sent) = recorded(screens::page(&shop.app, &DeskFilter::default())).await;
    assert_eq!(page.expect("a page").orders.len(), screens::PAGE_SIZE);
    assert_plans(shop, "the orders screen", Law::NoScan, sent).await;
}

async fn searches(shop: &Shop) {
    let store = store(shop).await;
    let old = Made::new(ORDERS / 3, ORDERS);
    let tail = old.reference.rsplit('-').next().expect("a tail").to_owned();
    let digits = old.phone.digits();
    for typed in [&tail, "leg", "nobodyhere", digits, &digits[digits.len() - 4..], "7000000011999", &old.name] {
        for scope in [Scope::default(), Scope { store_id: Some(store.clone()), ..Scope::default() }] {
            let mut conn = shop.app.db.read().await.expect("a connection");
            let (found, sent) = recorded(desk::find(&mut conn, &scope, &Search::parse(typed), PAGE)).await;
            drop(conn);
            found.expect("orders");
            assert_plans(shop, &format!("the search for {typed}"), Law::NoScan, sent).await;
        }
    }
}

async fn rest_lists(shop: &Shop) {
    let middle = Made::new(ORDERS / 2, ORDERS);
    let mut conn = shop.app.db.read().await.expect("a connection");
    for part in [Part::Newest, Part::Older(middle.seq), Part::Newer(middle.seq)] {
        let slice = Slice { part, size: PAGE };
        let (found, sent) = recorded(order_list::list(&mut conn, &OrderFilter::default(), &[], &slice)).await;
        assert!(!found.expect("orders").rows.is_empty());
        assert_plans(shop, &format!("the REST list of {slice:?}"), Law::NoScan, sent).await;
    }
    let tail = middle.reference.rsplit('-').next().expect("a tail");
    let filter = OrderFilter { search: Some(Search::parse(tail)), ..OrderFilter::default() };
    let slice = Slice { part: Part::Newest, size: PAGE };
    let (found, sent) = recorded(order_list::list(&mut conn, &filter, &[], &slice)).await;
    assert_eq!(found.expect("orders").rows.len(), 1);
    assert_plans(shop, "the REST search", Law::NoScan, sent).await;
    let store = catalogue::stores(&mut conn).await.expect("stores").remove(0);
    let user = UserId::new("0193e5c4-7a3b-7cde-8f01-23456789abcd");
    for (whose, index) in [(None, "COVERING INDEX orders_figures"), (Some(&user), "INDEX orders_by_user")] {
        let (days, sent) = recorded(order_list::figures(&mut conn, &store, whose)).await;
        assert_eq!(days.expect("figures").is_empty(), whose.is_some());
        for sent in sent {
            // PostgreSQL rightly goes through the table where a store has half of all orders.
            let plan = explained(&mut conn, sent).await.join("\n");
            assert!(is_postgres() || plan.contains(index), "the figures of {whose:?}:\n{plan}");
        }
    }
}

async fn single_orders(shop: &Shop) {
    let old = Made::new(ORDERS / 3, ORDERS);
    let mut conn = shop.app.db.read().await.expect("a connection");
    let (placed, sent) = recorded(orders::placed_by_token(&mut conn, &old.token)).await;
    assert!(placed.expect("a checkout").is_some());
    assert_plans(shop, "a checkout by its token", Law::NoScan, sent).await;
    let (placed, sent) = recorded(orders::placed_by_key(&mut conn, &old.key)).await;
    assert!(placed.expect("a checkout").is_some());
    assert_plans(shop, "a checkout by its key", Law::NoScan, sent).await;
    drop(conn);
    let (tracked, sent) = recorded(screens::tracked_by_token(&shop.app, &old.token)).await;
    assert_eq!(tracked.expect("orders").len(), 1);
    assert_plans(shop, "the page of an order", Law::NoScan, sent).await;
    for name in [&old.reference, &old.id] {
        let (order, sent) = recorded(screens::order(&shop.app, name, None)).await;
        order.expect("an order");
        assert_plans(shop, "an order by its reference or id", Law::NoScan, sent).await;
    }
}

async fn counts_and_queues(shop: &Shop) {
    let store = store(shop).await;
    let mut conn = shop.app.db.read().await.expect("a connection");
    let courier: String =
        sqlx::query_scalar("SELECT courier_id FROM shipments WHERE status = 'out_for_delivery' LIMIT 1")
            .fetch_one(&mut *conn)
            .await
            .expect("an account with parcels");
    let courier = CourierId::new(courier);
    for only in [None, Some(&store)] {
        let (counted, sent) = recorded(fulfilment::counts(&mut conn, only)).await;
        assert!(!counted.expect("counts").is_empty());
        assert_plans(shop, "the counts", Law::NoScan, sent).await;
    }
    for is_urgent in [false, true] {
        let far = UnixMillis(NEVER_DUE_MS);
        let (due, sent) = recorded(polling::due_for_poll(&mut conn, &courier, is_urgent, far, 50)).await;
        assert!(!due.expect("parcels").is_empty());
        // PostgreSQL sorts the few it expects here rather than go along the index.
        let law = if is_postgres() { Law::NoScan } else { Law::NoScanNoSort };
        assert_plans(shop, "the parcels that are due", law, sent).await;
    }
    let (stuck, sent) = recorded(shipping::stuck_bookings(&mut conn, UnixMillis(NEVER_DUE_MS), 50)).await;
    assert!(stuck.expect("parcels").is_empty());
    assert_plans(shop, "the bookings nobody knows of", Law::NoScan, sent).await;
    let (pushes, sent) = recorded(webhooks::due(&mut conn, UnixMillis(NEVER_DUE_MS), 200)).await;
    assert_eq!(pushes.expect("pushes").len(), 20);
    assert_plans(shop, "the pushes that are due", Law::NoScanNoSort, sent).await;
    let (events, sent) = recorded(mappings::candidates(&mut conn, &store, "", 1_000)).await;
    assert!(events.expect("events").is_empty());
    assert_plans(shop, "the events to be read again", Law::NoScanNoSort, sent).await;
    for only in [None, Some(&store)] {
        let (codes, sent) = recorded(mappings::unknown(&mut conn, only, 100)).await;
        assert!(codes.expect("codes").is_empty());
        assert_plans(shop, "the codes nobody knows", Law::NoScan, sent).await;
    }
}
