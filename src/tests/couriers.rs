//! What is said about couriers is tested: facts have tests, couriers that make calls have fixtures,
//! and the one way out keeps its limits.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{get, post};
use harkara::domain::couriers::Provider;
use harkara::server::couriers::http::{Answer, Ask};
use harkara::server::couriers::{self, CourierError};
use harkara::server::listen;
use harkara::server::sandbox::faults::Fault;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::desk;
use crate::support::paper::Paper;

const FACTS_MIN: usize = 10;

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

fn sources() -> String {
    let mut files = Vec::new();
    files_below(&src(), &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.iter().map(|path| std::fs::read_to_string(path).expect("a source file")).collect()
}

/// The test names of a table `| fact | test |`, one row per fact.
fn tests_named(facts: &str) -> Vec<String> {
    let rows = facts.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.flat_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [fact, tests] = cells.as_slice() else { panic!("two cells in {row}") };
        assert!(!fact.trim().is_empty(), "{row}");
        let names: Vec<String> = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(!names.is_empty(), "no test in {row}");
        names
    })
    .collect()
}

#[test]
fn every_fact_about_a_courier_has_a_test() {
    let sources = sources();
    let mut files = Vec::new();
    files_below(&src().join("server/couriers"), &mut files);
    let facts: Vec<&PathBuf> = files.iter().filter(|path| path.ends_with("FACTS.md")).collect();
    assert!(!facts.is_empty(), "somewhere facts are written down");
    for path in facts {
        let tests = tests_named(&std::fs::read_to_string(path).expect("a table"));
        assert!(tests.len() >= FACTS_MIN, "{} has {} rows", path.display(), tests.len());
        for name in tests {
            assert!(sources.contains(&format!("fn {name}(")), "{}: no test is called {name}", path.display());
        }
    }
}

#[test]
fn every_courier_that_makes_calls_has_fixtures_and_every_fixture_is_read() {
    let sources = sources();
    let fixtures = src().join("server/couriers/fixtures");
    let mut expected = BTreeSet::new();
    for (provider, code) in Provider::TABLE {
        let Some(courier) = couriers::of(*provider) else { continue };
        let can = courier.capabilities();
        if can.books || can.tracks {
            expected.insert((*code).to_owned());
        }
        assert_eq!(can.books || can.tracks, !courier.statuses().is_empty(), "{code} has a table if it makes calls");
        assert!(!can.tracks || can.track_max > 0, "{code}");
    }
    let folders: BTreeSet<String> = std::fs::read_dir(&fixtures)
        .expect("fixtures")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, expected);
    let mut files = Vec::new();
    files_below(&fixtures, &mut files);
    assert!(files.len() >= folders.len() * 5);
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(sources.contains(&format!("\"{name}\"")), "no test reads {name}");
    }
}

/// A courier that answers as it is told to.
async fn courier(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(listen::serve(listener, router, std::future::pending()));
    url
}

async fn call(base_url: &str, ask: Ask) -> Result<Answer, CourierError> {
    desk::outbound().call(&desk::account(base_url), "", ask).await
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let large = courier(Router::new().route("/large", get(|| async { "x".repeat(1024 * 1024 + 1) }))).await;
    let answer = call(&large, Ask::get("track", &["large"])).await;
    assert!(matches!(answer, Err(CourierError::Unreadable(_))), "{answer:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_unavailable() {
    let silent = courier(Router::new().route("/silent", get(std::future::pending::<()>))).await;
    let ask = Ask { time_max: Duration::from_millis(20), ..Ask::get("track", &["silent"]) };
    let answer = call(&silent, ask).await;
    assert!(
        matches!(&answer, Err(CourierError::Unavailable { reason, .. }) if reason.contains("in time")),
        "{answer:?}"
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let answer = call(&nobody, Ask::get("track", &["x"])).await;
    assert!(matches!(answer, Err(CourierError::Unavailable { .. })), "{answer:?}");
}

/// A courier that answers its first calls with a status, and then with 200; and what counts them.
async fn recovering(failing: usize, status: u16, retry_after: Option<&'static str>) -> (String, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let answer = move || {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let status = if number < failing { status } else { 200 };
            let headers: Vec<_> = retry_after.map(|wait| ("retry-after", wait)).into_iter().collect();
            let headers: HeaderMap =
                headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            (StatusCode::from_u16(status).unwrap(), headers, "{}")
        }
    };
    (courier(Router::new().route("/x", get(answer.clone()).post(answer))).await, calls)
}

#[tokio::test]
async fn what_changes_nothing_is_asked_again_and_what_may_is_not() {
    let get = || Ask::get("track", &["x"]);
    let post = || Ask::post("book", &["x"], json!({}));
    let look_up = || Ask::look_up("track", &["x"], json!({}));
    for (ask, failing, status, is_answered, made) in [
        (get(), 3, 503, true, 4),
        (get(), 4, 503, false, 4),
        (look_up(), 2, 500, true, 3),
        (get(), 4, 429, true, 5),
        (get(), 5, 429, false, 5),
        (post(), 1, 503, false, 1),
        (post(), 1, 429, false, 1),
        (get(), 1, 401, false, 1),
    ] {
        let (base, calls) = recovering(failing, status, None).await;
        let answer = call(&base, ask).await;
        assert_eq!(answer.is_ok(), is_answered, "{failing} × {status}: {answer:?}");
        assert_eq!(calls.load(Ordering::SeqCst), made, "{failing} × {status}");
    }
    for (wait, made) in [("1", 2), ("3600", 1)] {
        let (base, calls) = recovering(1, 429, Some(wait)).await;
        let answer = call(&base, get()).await;
        assert_eq!(answer.is_ok(), made == 2, "{wait} s is more than anybody waits for: {answer:?}");
        assert_eq!(calls.load(Ordering::SeqCst), made);
    }
}

#[tokio::test]
async fn keys_do_not_follow_a_courier_to_another_host_and_nothing_is_sent_twice() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listen_to = |name: &'static str| {
        let heard = heard.clone();
        move || async move {
            heard.lock().expect("a list").push(name);
            "{}"
        }
    };
    let other = courier(Router::new().route("/there", get(listen_to("other")).post(listen_to("other")))).await;
    let away = format!("{other}/there");
    let router = Router::new()
        .route("/away", get(move || async move { Redirect::permanent(&away) }))
        .route("/slash", get(|| async { Redirect::permanent("/slash/") }))
        .route("/slash/", get(listen_to("slash")).post(listen_to("slash")))
        .route("/book", post(|| async { Redirect::temporary("/slash/") }));
    let base = courier(router).await;
    assert_eq!(call(&base, Ask::get("track", &["away"])).await.expect("an answer").status, 308);
    assert_eq!(call(&base, Ask::get("track", &["slash"])).await.expect("an answer").status, 200);
    assert_eq!(call(&base, Ask::post("book", &["book"], json!({}))).await.expect("an answer").status, 307);
    assert_eq!(*heard.lock().expect("a list"), ["slash"]);
}

#[tokio::test]
async fn a_call_is_one_line_of_the_log_and_tells_on_nobody() {
    let desk = desk::desk(50).await;
    let paper = Paper::default();
    let listening = paper.listen(tracing::Level::INFO);
    desk.fault("create_order", Fault::TimeoutBefore);
    assert!(desk.book("HK-77-SECRET").await.is_err());
    let numbers = desk.book("HK-77-SECRET").await.expect("booked");
    desk.is_found("HK-77-SECRET").await.expect("an answer");
    desk.ask(numbers.clone()).await.expect("an answer");
    drop(listening);
    let log = paper.text();
    assert_eq!(log.lines().count(), 4, "{log}");
    assert!(log.contains("packzy did not answer book: ") && log.contains("packzy answered find with 200"), "{log}");
    assert!(log.contains("operation=\"track\"") && log.contains("status=200") && log.contains("bytes="), "{log}");
    let awb = numbers.awb.expect("an AWB");
    for private in ["HK-77", "Zubeida", "01712345678", "712345678", "Road", &awb, "sandbox-api-key", "http://"] {
        assert!(!log.contains(private), "{private} is in the log:\n{log}");
    }
}
