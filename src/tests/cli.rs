//! The program as its operator meets it: commands, exit codes, sentences.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use harkara::domain::orders::OrderStatus;
use harkara::domain::shipping::ShipmentStatus;
use harkara::server::actions::actor::Actor;
use harkara::server::actions::booking;
use serde_json::json;

use crate::support;
use crate::support::merchant::merchant;
use crate::support::server::{SECRET, Server};
use crate::support::wire::Wire;

/// Somebody at the command line, in a folder of their own.
pub struct Operator {
    folder: tempfile::TempDir,
    url: String,
}

impl Operator {
    /// One who works on a database, or on a new one.
    pub fn new(url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = url.unwrap_or_else(|| format!("sqlite://{}/shop.db", folder.path().display()));
        Self { folder, url }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_harkara"))
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", &self.url)
            .env("HARKARA_DATA_DIR", self.data())
            .env("HARKARA_SECRET_KEY", SECRET)
            .envs(environment.iter().copied())
            .current_dir(self.folder.path())
            .output()
            .expect("the program runs")
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_makes_a_user_and_a_token_and_both_work() {
    let shop = support::shop().await;
    let operator = Operator::new(Some(shop.app.config.database_url.clone()));
    let create = ["user", "create", "--email", "Owner@Example.com", "--role", "admin"];
    let made = operator.run(&create, &[("HARKARA_PASSWORD", "a good long password")]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let again = operator.run(&create, &[("HARKARA_PASSWORD", "a good long password")]);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("There is an account"), "{}", said(&again));
    let short = operator
        .run(&["user", "create", "--email", "b@example.com", "--role", "staff"], &[("HARKARA_PASSWORD", "short")]);
    assert_eq!(short.status.code(), Some(1));
    assert!(said(&short).contains("8 to 200 characters"), "{}", said(&short));
    let seller = operator.run(
        &["user", "create", "--email", "s@example.com", "--role", "seller"],
        &[("HARKARA_PASSWORD", "long enough")],
    );
    assert!(said(&seller).contains("A seller needs a store"), "{}", said(&seller));

    let token = operator.run(&["token", "create", "--role", "admin", "--name", "reports"], &[]);
    assert_eq!(token.status.code(), Some(0), "{}", said(&token));
    let token = String::from_utf8_lossy(&token.stdout).trim().to_owned();
    let mut browser = shop.browser();
    browser.bearer = Some(token);
    assert_eq!(browser.get("/api/v1/orders/").await.status, 200);
    let signed_in =
        shop.browser().post("/login", &[("email", "owner@example.com"), ("password", "a good long password")]).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_says_that_all_is_well_and_fails_when_it_is_not() {
    let shop = support::shop().await;
    shop.demo().await;
    let operator = Operator::new(Some(shop.app.config.database_url.clone()));
    let well = operator.run(&["check"], &[]);
    assert_eq!(well.status.code(), Some(0), "{}", said(&well));
    assert!(said(&well).contains("The data are sound"), "{}", said(&well));
    shop.meddle(&["UPDATE product_variants SET stock_quantity = stock_quantity + 1".to_owned()]).await;
    let broken = operator.run(&["check"], &[]);
    assert_eq!(broken.status.code(), Some(1), "{}", said(&broken));
    assert!(said(&broken).contains("BROKEN   stock_sum  variant "), "{}", said(&broken));
    let json = operator.run(&["check", "--json"], &[]);
    assert_eq!(json.status.code(), Some(1));
    let lines: Vec<serde_json::Value> = String::from_utf8_lossy(&json.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let (last, findings) = lines.split_last().expect("lines");
    assert_eq!(last["broken"], findings.len());
    for finding in findings {
        assert!(finding["kind"] == "stock_sum" && finding["severity"] == "broken", "{finding}");
        assert!(finding["id"].is_string() && finding["message"].is_string(), "{finding}");
    }
    shop.close().await;
}

#[test]
fn wrong_usage_is_2_and_says_what_is_wrong() {
    let operator = Operator::new(None);
    for arguments in [
        &["fly"][..],
        &[],
        &["user", "create"],
        &["token", "create", "--role", "king", "--name", "x"],
        &["serve", "--dmeo"],
        &["sync", "--all", "--order", "LEG-1"],
        &["replay"],
        &["replay", "--awb", "1", "--unknown"],
        &["webhook"],
    ] {
        let output = operator.run(arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
    }
    assert_eq!(operator.run(&["--help"], &[]).status.code(), Some(0));
}

#[test]
fn a_wrong_setting_stops_the_start_with_its_name() {
    let operator = Operator::new(None);
    for (name, value) in [
        ("HARKARA_ADDR", "somewhere"),
        ("HARKARA_SITE_URL", "shop.example"),
        ("HARKARA_TRUSTED_PROXIES", "10.0.0.0/8"),
        ("LOG_LEVEL", "LOUD,,=="),
        ("LOG_FILE", "/dev/null/shop.log"),
        ("DATABASE_URL", "mysql://x/y"),
        ("HARKARA_SECRET_KEY", "short"),
    ] {
        let output = operator.run(&["migrate"], &[(name, value)]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", said(&output));
        assert!(said(&output).contains(name), "{name}: {}", said(&output));
    }
    let open = operator.run(&["serve", "--demo", "--addr", "0.0.0.0:0"], &[]);
    assert_eq!(open.status.code(), Some(1), "the demo's login is known to everybody");
}

#[test]
fn the_log_goes_to_the_console_and_as_json_to_a_file_that_is_put_away_when_it_is_full() {
    let operator = Operator::new(None);
    let path = operator.data().join("logs/shop.log");
    let environment = [("LOG_FILE", path.to_str().expect("a path")), ("LOG_LEVEL", "INFO")];
    let first = operator.run(&["migrate"], &environment);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    const SENTENCE: &str = "the database was brought up to date";
    assert!(String::from_utf8_lossy(&first.stderr).contains(SENTENCE), "{}", said(&first));
    let text = std::fs::read_to_string(&path).expect("the file");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    assert!(lines.iter().any(|line| line["fields"]["message"] == SENTENCE && line["level"] == "INFO"), "{text}");
    // Full to the last byte; the next line is of a new database.
    let full = [text.as_bytes(), &vec![b'x'; 10_485_760 - text.len()]].concat();
    std::fs::write(&path, &full).expect("a full file");
    let other = format!("sqlite://{}", operator.data().join("other.db").display());
    let second = operator.run(&["--database-url", &other, "migrate"], &environment);
    assert_eq!(second.status.code(), Some(0), "{}", said(&second));
    assert_eq!(std::fs::read(operator.data().join("logs/shop.log.1")).expect("a backup"), full);
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(text.contains(SENTENCE) && text.len() < 10_000, "{text}");
}

#[test]
fn the_openapi_document_is_printed_without_a_database() {
    let operator = Operator::new(None);
    let output = operator.run(&["openapi"], &[("DATABASE_URL", "sqlite:///nowhere/at/all.db")]);
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
}

#[test]
fn a_key_file_is_made_once_and_a_lost_one_is_noticed() {
    let operator = Operator::new(None);
    let no_key = [("HARKARA_SECRET_KEY", "")];
    assert_eq!(operator.run(&["migrate"], &no_key).status.code(), Some(0));
    assert_eq!(operator.run(&["migrate"], &no_key).status.code(), Some(0));
    std::fs::remove_file(operator.data().join("secret.key")).expect("the key file");
    let lost = operator.run(&["migrate"], &no_key);
    assert_eq!(lost.status.code(), Some(1));
    assert!(said(&lost).contains("secret key"), "{}", said(&lost));
}

async fn server(folder: &Path) -> Server {
    let url = format!("sqlite://{}/shop.db", folder.display());
    Server::start(Path::new(env!("CARGO_BIN_EXE_harkara")), &url, folder.to_path_buf()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_and_bodies_that_are_too_large_get_an_answer_and_the_server_lives_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = server(folder.path()).await;
    let mut wire = Wire::connect(&server.host).await.expect("a connection");
    let cookie = format!("cart={}", "A".repeat(64 * 1024));
    let reply = wire.send("GET", "/", &[("cookie", &cookie)], b"").await.expect("an answer");
    assert_eq!(reply.status, 431);
    let mut wire = Wire::connect(&server.host).await.expect("a connection");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    // The server may answer and close before it has read all of a body it does not want.
    match wire.send("POST", "/checkout", &form, &vec![b'a'; 2 * 1024 * 1024]).await {
        Ok(reply) => assert_eq!(reply.status, 413),
        Err(error) => assert!(
            matches!(error.kind(), std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset),
            "{error}"
        ),
    }
    let mut wire = Wire::connect(&server.host).await.expect("a connection");
    assert_eq!(wire.send("GET", "/healthz", &[], b"").await.expect("an answer").status, 200);
    assert_eq!(wire.send("GET", "/readyz", &[], b"").await.expect("an answer").status, 200);
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_the_server_ends_by_itself_and_cleanly() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = server(folder.path()).await;
    let mut wire = Wire::connect(&server.host).await.expect("a connection");
    assert_eq!(wire.send("GET", "/healthz", &[], b"").await.expect("an answer").status, 200);
    let status = server.terminate().await;
    assert_eq!(status.code(), Some(0), "an idle kept-alive connection does not hold it up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_shows_what_todays_mapping_would_do_and_does_it_once() {
    const AWB: &str = "184402211";
    let merchant = merchant(1).await;
    let reference = merchant.confirmed().await;
    let app = &merchant.shop.app;
    booking::attach(app, &Actor::system(), &reference, "packzy", AWB, "").await.expect("attached");
    for (minute, word) in [(1, "with_the_rider"), (2, "hold")] {
        let push = json!({"notification_type": "delivery_status", "consignment_id": AWB, "status": word,
            "updated_at": format!("2026-11-21 12:{minute:02}:00")});
        merchant.push(&push).await;
    }
    merchant.apply().await;
    let operator = Operator::new(Some(app.config.database_url.clone()));
    let run = |arguments: &[&str]| tokio::task::block_in_place(|| operator.run(arguments, &[]));
    assert_eq!(run(&["replay", "--awb", "1"]).status.code(), Some(1), "there is no such parcel");
    let idle = run(&["replay", "--awb", AWB]);
    assert!(said(&idle).contains("Nothing would change") && idle.status.code() == Some(0), "{}", said(&idle));

    // A row that came by itself, as with a newer program; and an event that an older one could not read.
    merchant.shop.meddle(&[
        "INSERT INTO courier_codes (id, store_id, courier_id, leg, status_type, status_text, status, author_kind, created_at)
         SELECT 'row', store_id, id, 'forward', 'delivery_status', 'with_the_rider', 'out_for_delivery', 'system', 0
         FROM couriers WHERE slug = 'packzy'".to_owned(),
        "DELETE FROM tracking_events WHERE raw_status = 'hold'".to_owned(),
        "UPDATE shipments SET status = 'pending', status_event_id = NULL WHERE awb = '184402211'".to_owned(),
    ]).await;
    let before = merchant.shop.dump().await;
    let dry = run(&["replay", "--awb", AWB, "--dry-run", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&dry.stdout).expect("one object");
    let readings: Vec<_> =
        shown["events"].as_array().expect("events").iter().map(|one| (&one["stored"], &one["today"])).collect();
    assert_eq!(
        readings,
        [(&json!("unknown"), &json!("out_for_delivery")), (&json!(null), &json!("on_hold"))],
        "{shown}"
    );
    assert_eq!((&shown["parcel"]["to"], &shown["order_moves"]["to"]), (&json!("on_hold"), &json!("out_for_delivery")));
    assert_eq!(shown["parcel"]["cases_settled"], json!(["unknown_code"]));
    let unknown = run(&["replay", "--unknown", "--dry-run"]);
    assert!(said(&unknown).contains("with_the_rider -> out_for_delivery  (1 events)"), "{}", said(&unknown));
    assert_eq!(merchant.shop.dump().await, before, "a dry run changes nothing");

    let done = run(&["replay", "--awb", AWB]);
    assert!(said(&done).contains("Events read again: 1. Pushes applied once more: 1."), "{}", said(&done));
    let order = merchant.order(&reference).await;
    assert_eq!((order.order.status, order.shipments[0].status), (OrderStatus::OutForDelivery, ShipmentStatus::OnHold));
    assert!(order.cases.is_empty(), "{:?}", order.cases);
    let settled = merchant.shop.dump().await;
    for again in [&["replay", "--awb", AWB][..], &["replay", "--unknown"]] {
        assert_eq!(run(again).status.code(), Some(0));
    }
    assert_eq!(merchant.shop.dump().await, settled, "a second time there is nothing to do");

    merchant.shop.meddle(&["DELETE FROM courier_codes".to_owned()]).await;
    let back = run(&["replay", "--unknown", "--json"]);
    let last: serde_json::Value =
        serde_json::from_slice(back.stdout.split(|byte| *byte == b'\n').rev().nth(1).expect("lines")).expect("JSON");
    assert_eq!((&last["events"], &last["moved"], &last["dry_run"]), (&json!(1), &json!(0), &json!(false)), "{last}");
    assert_eq!(merchant.shop.number("SELECT COUNT(*) FROM tracking_events WHERE is_unknown = 1").await, 1);
    merchant.shop.must_be_sound().await;
    merchant.close().await;
}
