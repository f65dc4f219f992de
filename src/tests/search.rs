//! The search of orders: it finds what the rules say and nothing else, whichever engine keeps the index,
//! and an index that was cut off while it was made is made to its end.

use std::path::Path;
use std::time::Duration;

use harkara::domain::customers::{Country, Phone};
use harkara::domain::ids::{OrderId, StoreId};
use harkara::domain::orders::search::{Search, index_text};
use harkara::domain::orders::{Order, OrderStatus};
use harkara::server::db::desk::{self, Scope};
use harkara::server::db::{Db, extras, fulfilment, orders};
use sqlx::{AssertSqlSafe, Executor, FromRow};

use crate::support::many::made::{Dice, FORGOTTEN, Made};
use crate::support::server::Server;
use crate::support::{START, Shop, many, shop};

/// More than the search looks at before it asks the index.
const ORDERS: u64 = 2_400;
/// The oldest of them get these names in turn.
const NAMES: [&str; 16] = [
    "Jo",
    "X Æ",
    "O'Brien \"Bob\"",
    "100% Cotton",
    "a_b_c",
    "back\\slash",
    "আরিফ হোসেন",
    "श्री राम",
    "İSTANBUL Çelik",
    "Anna-Marie Rao-Iyer",
    "rao rao rao",
    "LEG",
    "9876 Street",
    "semi;colon -- x",
    "*star?[x]",
    "Al",
];
const ODD: u64 = 400;
const QUERIES: u64 = 1_500;
const PAGE: usize = 26;

#[derive(Clone, Debug, FromRow)]
struct Known {
    id: String,
    seq: i64,
    store_id: StoreId,
    status: String,
    reference: String,
    customer_name: String,
    customer_phone: Phone,
    archived_at: Option<i64>,
    awb: Option<String>,
}

async fn run(shop: &Shop, statement: String) {
    let mut conn = shop.app.db.writer_pool().acquire().await.expect("a connection");
    conn.execute(AssertSqlSafe(statement)).await.expect("a statement");
}

/// Gives the oldest orders odd names, archives some, and has them indexed anew.
async fn make_odd(shop: &Shop) {
    for number in 0..ODD {
        let made = Made::new(number, ORDERS);
        let name = NAMES[number as usize % NAMES.len()].replace('\'', "''");
        let archived = if number % 7 == 3 { "1" } else { "NULL" };
        run(
            shop,
            format!("UPDATE orders SET customer_name = '{name}', archived_at = {archived} WHERE id = '{}'", made.id),
        )
        .await;
    }
    let known = known(&shop.app.db).await;
    let mut conn = shop.app.db.writer_pool().acquire().await.expect("a connection");
    for one in known.iter().filter(|one| one.seq <= Made::new(ODD, ORDERS).seq) {
        let text = index_text(&one.store_id, &one.reference, &one.customer_name, &one.customer_phone);
        extras::index_order(&mut conn, one.seq, &text).await.expect("indexed");
    }
}

async fn known(db: &Db) -> Vec<Known> {
    let mut conn = db.read().await.expect("a connection");
    sqlx::query_as(
        "SELECT orders.id, orders.seq, orders.store_id, orders.status, orders.reference, orders.customer_name,
            orders.customer_phone, orders.archived_at, shipments.awb
         FROM orders LEFT JOIN shipments ON shipments.order_id = orders.id ORDER BY orders.seq DESC",
    )
    .fetch_all(&mut *conn)
    .await
    .expect("orders")
}

/// The rules, read plainly.
fn is_meant(order: &Known, typed: &str) -> bool {
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if order.awb.as_deref() == Some(typed.as_str()) || typed.is_empty() {
        return true;
    }
    if let Some(phone) = Country::ALL.into_iter().find_map(|home| Phone::parse(&typed, home)) {
        return order.customer_phone == phone;
    }
    let lower = typed.to_lowercase();
    let name = order.customer_name.to_lowercase();
    let mut words: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
    words.extend([order.reference.to_lowercase(), order.customer_phone.as_str().trim_start_matches('+').to_owned()]);
    let is_digits = lower.chars().all(|letter| letter.is_ascii_digit() || " -+().".contains(letter));
    let wanted: Vec<String> = if is_digits && lower.contains(|letter: char| letter.is_ascii_digit()) {
        vec![lower.chars().filter(char::is_ascii_digit).collect()]
    } else {
        lower.split_whitespace().map(str::to_owned).collect()
    };
    wanted.iter().all(|wanted| {
        let is_short = wanted.chars().count() < 3;
        words.iter().any(|word| if is_short { word.starts_with(wanted) } else { word.contains(wanted) })
    })
}

fn expected(known: &[Known], scope: &Scope, typed: &str) -> Vec<String> {
    let meant = known.iter().filter(|order| {
        order.archived_at.is_none()
            && scope.store_id.as_ref().is_none_or(|store| *store == order.store_id)
            && scope.status.is_none_or(|status| status.code() == order.status)
            && scope.before.is_none_or(|before| order.seq < before)
            && is_meant(order, typed)
    });
    meant.take(PAGE).map(|order| order.id.clone()).collect()
}

async fn found(shop: &Shop, scope: &Scope, typed: &str) -> Vec<String> {
    let mut conn = shop.app.db.read().await.expect("a connection");
    let found = desk::find(&mut conn, scope, &Search::parse(typed), PAGE as i64).await.expect("a search");
    found.into_iter().map(|(id, _)| id.to_string()).collect()
}

#[tokio::test]
async fn orders_are_found_by_reference_name_phone_and_number_and_by_nothing_else() {
    let shop = shop().await;
    many::fill(&shop.app, ORDERS).await;
    let all = Scope::default();
    // Deep enough that only the index knows it.
    let old = Made::new(ORDERS / 4, ORDERS);
    let id = std::slice::from_ref(&old.id);
    let tail = old.reference.rsplit('-').next().expect("a tail");
    let digits = old.phone.digits();
    let spaced = format!("{} {}", &digits[..digits.len() - 5], &digits[digits.len() - 5..]);
    for typed in [&old.reference, &old.reference.to_lowercase(), tail, &tail[1..], &format!("{} {tail}", old.name)] {
        assert_eq!(found(&shop, &all, typed).await, id, "{typed}");
    }
    for typed in [digits, &spaced, &digits[digits.len() - 7..], &format!("+{spaced}"), &digits[digits.len() - 10..]] {
        assert!(found(&shop, &all, typed).await.contains(&old.id), "{typed}");
    }
    let sent = (ORDERS * 9 / 10..ORDERS).map(|number| Made::new(number, ORDERS));
    let sent = sent.into_iter().find(|made| made.status == OrderStatus::Delivered).expect("a parcel");
    let awb = format!("7{:012}", sent.number);
    assert_eq!(found(&shop, &all, &awb).await, std::slice::from_ref(&sent.id));
    assert!(found(&shop, &all, &awb[..12]).await.is_empty(), "a number of a parcel is looked up as a whole");
    for typed in ["nobody here", "leg-0", "zz zz", "%", "_", "\"", "*", "00000000"] {
        assert!(found(&shop, &all, typed).await.is_empty(), "{typed}");
    }
    assert_eq!(found(&shop, &all, FORGOTTEN).await.len(), (ORDERS / 100) as usize);
    assert_eq!(found(&shop, &all, "leg").await.len(), PAGE);
    shop.close().await;
}

/// Something that somebody may type to find an order, or something like it.
fn typed(dice: &mut Dice, known: &[Known]) -> String {
    let order = &known[dice.below(known.len() as u64) as usize];
    let source = match dice.below(8) {
        0 => order.reference.clone(),
        1 => order.customer_phone.as_str().to_owned(),
        2 => order.awb.clone().unwrap_or_else(|| order.customer_name.clone()),
        3 => NAMES[dice.below(NAMES.len() as u64) as usize].to_owned(),
        4 => format!("{} {}", order.customer_phone.digits(), order.customer_name),
        _ => order.customer_name.clone(),
    };
    let letters: Vec<char> = source.chars().collect();
    let first = dice.below(letters.len() as u64) as usize;
    let first = if dice.below(2) == 0 { 0 } else { first };
    let length = 1 + dice.below((letters.len() - first) as u64) as usize;
    let mut part: String = letters[first..first + length].iter().collect();
    match dice.below(6) {
        0 => part = part.to_uppercase(),
        1 => part = part.split_whitespace().rev().collect::<Vec<_>>().join("  "),
        2 => part.push(['%', '_', '"', '\'', '*', 'x'][dice.below(6) as usize]),
        _ => {}
    }
    part
}

#[tokio::test]
async fn the_index_agrees_with_a_plain_reading_of_the_rules() {
    let shop = shop().await;
    many::fill(&shop.app, ORDERS).await;
    make_odd(&shop).await;
    let known = known(&shop.app.db).await;
    let odd = &known[known.len() - ODD as usize..];
    let mut answered = 0;
    for number in 0..QUERIES {
        let mut dice = Dice::of(number, 99);
        let text = typed(&mut dice, if dice_is_odd(number) { odd } else { &known });
        let scope = Scope {
            store_id: (dice.below(3) == 0).then(|| known[dice.below(9) as usize].store_id.clone()),
            status: (dice.below(4) == 0).then(|| known[dice.below(999) as usize].status.parse().expect("a status")),
            before: (dice.below(4) == 0).then(|| known[dice.below(known.len() as u64) as usize].seq),
            ..Scope::default()
        };
        let (right, answer) = (expected(&known, &scope, &text), found(&shop, &scope, &text).await);
        assert_eq!(answer, right, "query {number}: {text:?} in {scope:?}");
        answered += usize::from(!right.is_empty());
    }
    assert!(answered > QUERIES as usize / 3, "most queries find something: {answered}");
    shop.close().await;
}

fn dice_is_odd(number: u64) -> bool {
    number.is_multiple_of(2)
}

#[tokio::test]
async fn what_changes_about_an_order_replaces_what_it_was_found_by() {
    let shop = shop().await;
    many::fill(&shop.app, ORDERS).await;
    let old = Made::new(9, ORDERS);
    let mut conn = shop.app.db.writer_pool().acquire().await.expect("a connection");
    let (_, order) = orders::by_ids(&mut conn, &[OrderId::new(old.id.clone())]).await.expect("orders").remove(0);
    let edited = Order { customer_name: "Xanthippe".to_owned(), ..order };
    fulfilment::set_customer(&mut conn, &edited, START).await.expect("edited");
    drop(conn);
    let all = Scope::default();
    assert_eq!(found(&shop, &all, "xanthippe").await, std::slice::from_ref(&old.id));
    let (first, _) = old.name.split_once(' ').expect("two names");
    let typed = format!("{first} {}", old.reference);
    assert!(found(&shop, &all, &typed).await.is_empty(), "the old name is gone");
    shop.close().await;
}

/// A start is killed after so long, and a little later the next time.
const KILL_STEP: Duration = Duration::from_millis(40);
const KILLS_MAX: u32 = 100;
/// Enough that indexing them outlives a few kills.
const MANY: u64 = 30_000;

async fn indexed(db: &Db) -> (i64, bool) {
    let mut conn = db.read().await.expect("a connection");
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM order_search").fetch_one(&mut *conn).await.unwrap_or(0);
    let done: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM engine_extras WHERE name = 'order_search'")
        .fetch_one(&mut *conn)
        .await
        .expect("a version");
    (count, done == 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_killed_while_it_is_made_goes_on_where_it_was() {
    let shop = shop().await;
    many::fill(&shop.app, MANY).await;
    run(&shop, "DROP TABLE order_search".to_owned()).await;
    run(&shop, "DELETE FROM engine_extras WHERE name LIKE 'order_search%'".to_owned()).await;
    let program = Path::new(env!("CARGO_BIN_EXE_harkara"));
    let url = shop.app.config.database_url.clone();
    let folder = tempfile::tempdir().expect("a folder");
    // A reader of before the index would keep it from being dropped and made.
    shop.app.db.close().await;
    let mut halves = Vec::new();
    for round in 1..=KILLS_MAX {
        let start = Server::start(program, &url, folder.path().to_path_buf());
        // Whoever stops waiting for it kills it.
        let started = tokio::time::timeout(KILL_STEP * round, start).await;
        let db = Db::connect(&url).await.expect("the database opens");
        let (count, is_done) = indexed(&db).await;
        db.close().await;
        if let Ok(server) = started {
            server.kill().await;
            assert!(is_done, "it serves when all is indexed");
            break;
        }
        halves.extend((count > 0 && !is_done).then_some(count));
    }
    assert!(!halves.is_empty(), "a kill has met it half-way");
    assert!(halves.is_sorted(), "nothing is begun anew: {halves:?}");
    let db = Db::connect(&url).await.expect("the database opens");
    assert_eq!(indexed(&db).await, (MANY as i64, true));
    let mut conn = db.read().await.expect("a connection");
    let texts: Vec<(i64, String)> = sqlx::query_as("SELECT rowid, content FROM order_search ORDER BY rowid DESC")
        .fetch_all(&mut *conn)
        .await
        .expect("texts");
    drop(conn);
    for (order, (seq, text)) in known(&db).await.iter().zip(&texts) {
        let right = index_text(&order.store_id, &order.reference, &order.customer_name, &order.customer_phone);
        assert_eq!((order.seq, &right), (*seq, text));
    }
    db.close().await;
    shop.close().await;
}
