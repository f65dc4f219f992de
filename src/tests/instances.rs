//! Several instances on one database: they log in with couriers once, for all of them, and divide what an
//! account may do.

use harkara::domain::couriers::Provider;
use harkara::domain::time::{DAY_MS, MINUTE_MS};
use harkara::server::actions::instances;
use harkara::server::clock::{Chance, Clock};
use harkara::server::couriers::account::Account;
use harkara::server::couriers::shiprocket::Shiprocket;
use harkara::server::couriers::{Courier, CourierError};
use harkara::server::sandbox::faults::{Fault, Rule};
use harkara::server::{App, metrics};

use crate::shiprocket::shop::open;
use crate::support::merchant::{Merchant, merchant};
use crate::support::{START, config};

/// Another instance on the same database, with a clock of its own.
async fn instance(merchant: &Merchant, folder: &tempfile::TempDir, clock: Clock) -> App {
    let url = &merchant.shop.app.config.database_url;
    App::open(config(url, folder.path().to_path_buf()), clock, Chance::System).await.expect("the shop opens")
}

async fn account(app: &App) -> Account {
    let all = app.accounts.all(app).await.expect("accounts");
    all.iter().find(|account| account.provider() == Provider::Shiprocket).expect("the account").clone()
}

async fn ask(app: &App) -> Result<(), CourierError> {
    let account = account(app).await;
    Shiprocket.find(&app.outbound, &account, "HK-NOBODY").await.map(|found| assert_eq!(found, None))
}

/// How often these instances have logged in together.
async fn logins(apps: &[&App]) -> u64 {
    const SERIES: &str = "harkara_courier_call_duration_seconds_count{courier=\"shiprocket\",operation=\"login\",\
        outcome=\"answered\"} ";
    let mut count = 0;
    for app in apps {
        let text = metrics::gather(app).await;
        let value = text.lines().find_map(|line| line.strip_prefix(SERIES));
        count += value.map_or(0, |value| value.parse().expect("a number"));
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_share_a_login_and_only_one_of_them_logs_in() {
    let merchant = merchant(51).await;
    open(&merchant).await;
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let apps = [instance(&merchant, &one, Clock::System).await, instance(&merchant, &two, Clock::System).await];
    let all = futures_util::future::join_all((0..8).map(|at| {
        let app = apps[at % 2].clone();
        tokio::spawn(async move { ask(&app).await })
    }));
    assert!(all.await.into_iter().all(|asked| asked.expect("asked") == Ok(())));
    let both = [&apps[0], &apps[1]];
    assert_eq!(logins(&both).await, 1, "of all who asked at once on both one logs in");
    // A token that is refused is replaced once, and the other takes the new one.
    merchant.desk.sandbox.advance(11 * DAY_MS).await;
    let (left, right) = tokio::join!(ask(&apps[0]), ask(&apps[1]));
    assert_eq!((left, right, logins(&both).await), (Ok(()), Ok(()), 2));
    let plain = merchant.shop.number("SELECT COUNT(*) FROM courier_health WHERE access_token LIKE '%eyJ%'").await;
    let sealed = merchant.shop.number("SELECT COUNT(*) FROM courier_health WHERE length(access_token) > 100").await;
    assert_eq!((plain, sealed), (0, 1), "what is kept is sealed");
    for app in apps {
        app.db.close().await;
    }
    merchant.close().await;
}

#[tokio::test]
async fn an_instance_that_died_while_it_logged_in_holds_nobody_up_for_long() {
    let merchant = merchant(52).await;
    open(&merchant).await;
    let folder = tempfile::tempdir().expect("a folder");
    let other = instance(&merchant, &folder, Clock::manual(START)).await;
    let id = account(&merchant.shop.app).await.shown.id;
    let until = START.0 + MINUTE_MS;
    merchant
        .shop
        .meddle(&[format!(
            "INSERT INTO courier_health (courier_id, store_id, login_by, login_until, updated_at)
             SELECT id, store_id, 'dead', {until}, 0 FROM couriers WHERE id = '{id}'"
        )])
        .await;
    let Err(CourierError::Unavailable { reason, .. }) = ask(&other).await else { panic!("it waits for its turn") };
    assert!(reason.contains("Another instance"), "{reason}");
    other.clock.advance(MINUTE_MS);
    assert_eq!(ask(&other).await, Ok(()));
    assert_eq!(ask(&merchant.shop.app).await, Ok(()), "and all have it");
    assert_eq!(logins(&[&other, &merchant.shop.app]).await, 1);
    other.db.close().await;
    merchant.close().await;
}

#[tokio::test]
async fn wrong_keys_bar_logins_of_every_instance() {
    let merchant = merchant(53).await;
    open(&merchant).await;
    let folder = tempfile::tempdir().expect("a folder");
    let other = instance(&merchant, &folder, Clock::manual(START)).await;
    merchant.desk.sandbox.set_faults(vec![Rule::new("login", Fault::Unauthorized)]);
    for app in [&merchant.shop.app, &other, &merchant.shop.app] {
        let Err(CourierError::Refused(_)) = ask(app).await else { panic!("refused") };
    }
    merchant.desk.sandbox.set_faults(Vec::new());
    for app in [&merchant.shop.app, &other] {
        let Err(CourierError::Refused(sentence)) = ask(app).await else { panic!("barred") };
        assert!(sentence.contains("for 30 min"), "three wrong ones in all: {sentence}");
    }
    assert_eq!(logins(&[&merchant.shop.app, &other]).await, 0);
    other.db.close().await;
    merchant.close().await;
}

#[tokio::test]
async fn a_login_serves_on_while_the_database_is_away() {
    let merchant = merchant(54).await;
    open(&merchant).await;
    assert_eq!(ask(&merchant.shop.app).await, Ok(()));
    let account = account(&merchant.shop.app).await;
    merchant.shop.app.db.close().await;
    let found = Shiprocket.find(&merchant.shop.app.outbound, &account, "HK-NOBODY").await;
    assert_eq!((found, logins(&[&merchant.shop.app]).await), (Ok(None), 1));
    merchant.close().await;
}

#[tokio::test]
async fn instances_are_counted_while_they_say_that_they_run() {
    let merchant = merchant(55).await;
    let folder = tempfile::tempdir().expect("a folder");
    let other = instance(&merchant, &folder, Clock::manual(START)).await;
    let count = "SELECT COUNT(*) FROM instances";
    for app in [&merchant.shop.app, &other, &other] {
        instances::note(app).await.expect("noted");
    }
    assert_eq!(merchant.shop.number(count).await, 2);
    instances::leave(&other).await.expect("left");
    assert_eq!(merchant.shop.number(count).await, 1);
    instances::note(&other).await.expect("noted");
    merchant.shop.app.clock.advance(4 * MINUTE_MS);
    instances::note(&merchant.shop.app).await.expect("noted");
    assert_eq!(merchant.shop.number(count).await, 1, "one that is silent for four minutes is gone");
    other.db.close().await;
    merchant.close().await;
}
