//! What goes wrong for a while is told to staff, once, and taken back when it is over.

use std::time::Duration;

use harkara::domain::couriers::Provider;
use harkara::domain::staff::Role;
use harkara::domain::time::MINUTE_MS;
use harkara::server::actions::alerts;
use harkara::server::clock::Chance;
use harkara::server::metrics::{CallOutcome, SyncKind};
use harkara::server::{App, jobs};
use serde_json::json;

use crate::support::merchant::merchant;
use crate::support::paper::Paper;
use crate::support::{self, Shop};

const FAILED: &str = "5 of 25 calls to couriers have failed in the last 15 minutes.";
const ROWS: &str = "SELECT COUNT(*) FROM alerts";

fn sync(app: &App, successes: usize, failures: usize) {
    for at in 0..successes + failures {
        app.metrics.synced(Provider::Packzy, SyncKind::Tracking, at < successes);
    }
}

async fn page(shop: &Shop, path: &str, role: Role) -> String {
    let mut browser = shop.browser();
    browser.bearer = Some(shop.token(role, (role == Role::Seller).then_some("mumbai")).await);
    let answer = browser.get(path).await;
    assert_eq!(answer.status.as_u16(), 200, "{path}");
    answer.body
}

async fn is_in_metrics(shop: &Shop, name: &str) -> bool {
    let text = page(shop, "/metrics", Role::Staff).await;
    let line = |value: u8| text.contains(&format!("harkara_alert{{name=\"{name}\"}} {value}\n"));
    assert!(line(0) != line(1), "{text}");
    line(1)
}

#[tokio::test]
async fn failing_syncs_are_told_on_every_page_of_the_desk_until_they_are_over() {
    let shop = support::shop().await;
    shop.demo().await;
    let app = &shop.app;
    sync(app, 20, 5);
    alerts::watch(app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 1);
    for (path, role) in [
        ("/admin/orders", Role::Staff),
        ("/admin/orders", Role::Admin),
        ("/admin/couriers", Role::Admin),
        ("/admin/webhooks", Role::Staff),
    ] {
        let body = page(&shop, path, role).await;
        assert!(body.contains(FAILED) && body.contains("Since just now."), "{path} as {role:?}: {body}");
        assert!(body.contains("the keys of its account are still right"), "what to do: {body}");
        assert_eq!(body.contains("<a href=\"/admin/couriers\">Couriers</a>"), role == Role::Admin, "{path}: {body}");
    }
    for (path, role) in [("/admin/orders", Role::Seller), ("/", Role::Admin), ("/admin/login", Role::Customer)] {
        assert!(!page(&shop, path, role).await.contains(FAILED), "{path} as {role:?}");
    }
    assert!(is_in_metrics(&shop, "sync_failures").await);
    assert!(!is_in_metrics(&shop, "long_queue").await);

    app.clock.advance(14 * MINUTE_MS);
    alerts::watch(app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 1, "told once");
    assert!(page(&shop, "/admin/orders", Role::Staff).await.contains("For 14 minutes."));
    app.clock.advance(MINUTE_MS);
    alerts::watch(app).await.expect("looked");
    assert!(!page(&shop, "/admin/orders", Role::Staff).await.contains(FAILED), "it is over");
    assert!(!is_in_metrics(&shop, "sync_failures").await);
    assert_eq!(shop.number("SELECT COUNT(*) FROM alerts WHERE closed_at = opened_at + 900000").await, 1);

    sync(app, 20, 5);
    alerts::watch(app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 2, "another time");
    shop.close().await;
}

#[tokio::test]
async fn several_instances_judge_together_and_a_restart_repeats_nothing() {
    let shop = support::shop().await;
    let config = support::config(&shop.app.config.database_url, shop.app.config.data_dir.clone());
    let other = App::open(config.clone(), shop.app.clock.clone(), Chance::System).await.expect("another instance");
    sync(&shop.app, 12, 1);
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 0, "too few to say");
    sync(&other, 8, 4);
    alerts::record(&other).await.expect("written down");
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 1);
    assert!(other.alerts.open().is_empty());
    alerts::record(&other).await.expect("heard");
    assert_eq!(other.alerts.open(), shop.app.alerts.open(), "within a minute all know");
    let again = App::open(config, shop.app.clock.clone(), Chance::System).await.expect("a restart");
    alerts::watch(&again).await.expect("looked");
    assert_eq!(again.alerts.open().len(), 1);
    assert_eq!(shop.number(ROWS).await, 1);
    for app in [other, again] {
        app.db.close().await;
    }
    shop.close().await;
}

#[tokio::test]
async fn a_courier_that_takes_more_than_ten_seconds_is_told() {
    let shop = support::shop().await;
    let call = |seconds| {
        let took = Duration::from_secs_f64(seconds);
        shop.app.metrics.courier_called(Provider::Packzy, "book", CallOutcome::Answered, took);
    };
    for seconds in [10.0, 0.1, 10.5, 11.0] {
        call(seconds);
    }
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 0, "two are not enough");
    call(29.0);
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number("SELECT seen FROM alerts WHERE kind = 'slow_courier'").await, 3);
    shop.close().await;
}

#[tokio::test]
async fn more_than_a_hundred_tasks_that_wait_are_told_and_those_of_the_future_are_not() {
    let shop = support::shop().await;
    let now = shop.app.clock.now().0;
    let jobs = |from: usize, to: usize, run_at: i64| {
        let rows: Vec<String> =
            (from..to).map(|at| format!("('job-{at}', 'shop', 'poll', '', 20, {run_at}, 'ready', 3, {now})")).collect();
        format!(
            "INSERT INTO jobs (id, queue, kind, payload, priority, run_at, state, max_attempts, created_at) VALUES {}",
            rows.join(", ")
        )
    };
    shop.meddle(&[jobs(0, 100, now - 2 * MINUTE_MS), jobs(100, 200, now - MINUTE_MS / 2), jobs(200, 300, now + 1)])
        .await;
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number(ROWS).await, 0, "a hundred are not more than a hundred");
    shop.app.clock.advance(MINUTE_MS);
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number("SELECT seen FROM alerts WHERE kind = 'long_queue'").await, 200);
    shop.meddle(&["DELETE FROM jobs".to_owned()]).await;
    alerts::watch(&shop.app).await.expect("looked");
    assert_eq!(shop.number("SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL").await, 0);
    shop.close().await;
}

#[tokio::test]
async fn pushes_that_are_turned_away_are_told_when_they_were_meant_for_an_account() {
    let merchant = merchant(95).await;
    let app = &merchant.shop.app;
    for _ in 0..5 {
        merchant.send("POST", "/hooks/t/nobody-has-this-token", Some("wrong"), &json!({"a": 1})).await;
    }
    alerts::watch(app).await.expect("looked");
    assert_eq!(merchant.shop.number(ROWS).await, 0, "anybody may try addresses");
    let hook = merchant.hook().await;
    for _ in 0..3 {
        let refused = merchant.send("POST", &hook, Some("wrong"), &json!({"a": 1})).await;
        assert_eq!(refused.status.as_u16(), 401);
    }
    jobs::add_schedules(app).await.expect("schedules");
    merchant.work().await;
    assert_eq!(merchant.shop.number("SELECT seen FROM alerts WHERE kind = 'webhook_errors'").await, 3);
    let body = page(&merchant.shop, "/admin/webhooks", Role::Staff).await;
    assert!(body.contains("3 pushes of couriers have gone wrong"), "the job has looked: {body}");
    merchant.close().await;
}

#[tokio::test]
async fn what_was_counted_while_the_database_was_away_is_not_forgotten() {
    let shop = support::shop().await;
    sync(&shop.app, 1, 2);
    shop.app.db.close().await;
    alerts::record(&shop.app).await.expect_err("away");
    let kept: Vec<i64> = shop.app.metrics.take_watched().into_iter().map(|(_, count)| count).collect();
    assert_eq!(kept, [3, 2, 0, 0]);
    shop.close().await;
}

#[tokio::test]
async fn the_log_warns_once() {
    let shop = support::shop().await;
    let paper = Paper::default();
    let listening = paper.listen(tracing::Level::WARN);
    sync(&shop.app, 20, 5);
    for _ in 0..3 {
        alerts::watch(&shop.app).await.expect("looked");
    }
    drop(listening);
    let log = paper.text();
    assert_eq!(log.matches(FAILED).count(), 1, "{log}");
    assert!(log.contains("WARN") && log.contains("alert=\"sync_failures\""), "{log}");
    shop.close().await;
}
