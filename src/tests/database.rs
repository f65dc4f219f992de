//! The database layer on the engine under test: settings of each connection, transactions that hold
//! what they promise, migrations with a backup.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harkara::error::AppError;
use harkara::server::actions::upkeep;
use harkara::server::clock::{Chance, Clock};
use harkara::server::db::write::Work;
use harkara::server::db::{self, Conn, Db, Engine, settings};
use harkara::server::{App, db::backup};
use sqlx::Connection as _;

use crate::support;

#[tokio::test]
async fn every_connection_of_every_pool_has_the_durable_settings() {
    let shop = support::shop().await;
    if support::is_postgres() {
        let mut conn = shop.app.db.read().await.expect("a connection");
        for (name, wanted) in [("SHOW fsync", "on"), ("SHOW synchronous_commit", "on")] {
            let value: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(name)).fetch_one(&mut *conn).await.expect("a setting");
            assert_eq!(value, wanted, "{name} of the server the tests run on");
        }
        drop(conn);
        return shop.close().await;
    }
    for (pool, connections, query_only) in [(shop.app.db.writer_pool(), 1, 0), (shop.app.db.reader_pool(), 4, 1)] {
        let mut held = Vec::new();
        for _ in 0..connections {
            held.push(pool.acquire().await.expect("a connection"));
        }
        for conn in &mut held {
            let journal: String =
                sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut **conn).await.expect("a pragma");
            assert_eq!(journal, "wal");
            for (pragma, wanted) in [
                ("PRAGMA synchronous", 2),
                ("PRAGMA foreign_keys", 1),
                ("PRAGMA busy_timeout", 5_000),
                ("PRAGMA temp_store", 2),
                ("PRAGMA query_only", query_only),
            ] {
                let value: i64 =
                    sqlx::query_scalar(sqlx::AssertSqlSafe(pragma)).fetch_one(&mut **conn).await.expect("a pragma");
                assert_eq!(value, wanted, "{pragma}");
            }
        }
    }
    shop.close().await;
}

async fn set(db: &Db, name: &'static str, value: &'static str, outcome: Result<(), AppError>) -> Result<(), AppError> {
    db.write(move |conn| {
        let outcome = outcome.clone();
        Box::pin(async move {
            settings::set(conn, "", name, value, support::START).await?;
            Ok(outcome?)
        })
    })
    .await
}

async fn get(db: &Db, name: &str) -> Option<String> {
    let mut conn = db.read().await.expect("a connection");
    settings::get(&mut conn, "", name).await.expect("a setting")
}

#[tokio::test]
async fn a_refused_write_leaves_nothing_and_does_not_touch_those_beside_it() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    let (kept, refused, also_kept) = tokio::join!(
        set(db, "first", "kept", Ok(())),
        set(db, "second", "lost", Err(AppError::Forbidden)),
        set(db, "third", "kept", Ok(())),
    );
    assert_eq!((kept, refused, also_kept), (Ok(()), Err(AppError::Forbidden), Ok(())));
    assert_eq!(get(db, "first").await.as_deref(), Some("kept"));
    assert_eq!(get(db, "second").await, None);
    assert_eq!(get(db, "third").await.as_deref(), Some("kept"));
    shop.close().await;
}

#[tokio::test]
async fn a_panic_in_a_write_is_a_failure_of_that_write_alone() {
    let shop = support::shop().await;
    let result: Result<(), AppError> = shop
        .app
        .db
        .write(|conn| {
            Box::pin(async move {
                settings::set(conn, "", "half", "done", support::START).await?;
                panic!("a mistake in the program");
            })
        })
        .await;
    assert_eq!(result, Err(AppError::Internal));
    assert_eq!(get(&shop.app.db, "half").await, None);
    assert_eq!(set(&shop.app.db, "after", "fine", Ok(())).await, Ok(()));
    shop.close().await;
}

/// Whether the write that is running waits for the disk, as the database itself says.
fn look(conn: &mut Conn) -> Work<'_, bool> {
    Box::pin(async move {
        Ok(match Engine::of_conn(conn) {
            Engine::Sqlite => sqlx::query_scalar::<_, i64>("PRAGMA synchronous").fetch_one(conn).await? == 2,
            Engine::Postgres => {
                sqlx::query_scalar::<_, String>("SHOW synchronous_commit").fetch_one(conn).await? == "on"
            }
        })
    })
}

#[tokio::test]
async fn only_what_can_be_made_again_does_not_wait_for_the_disk() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    assert!(!db.write_replayable(look).await.expect("a write"));
    assert!(db.write(look).await.expect("a write"));
    let refused: Result<(), AppError> = db
        .write_replayable(|conn| {
            Box::pin(async move {
                settings::set(conn, "", "half", "done", support::START).await?;
                Err(AppError::Forbidden.into())
            })
        })
        .await;
    assert_eq!(refused, Err(AppError::Forbidden));
    assert_eq!(get(db, "half").await, None);
    assert!(db.write(look).await.expect("a write"), "also after one that was taken back");
    let (durable, replayable) = tokio::join!(db.write(look), db.write_replayable(look));
    assert_eq!((durable, replayable), (Ok(true), Ok(false)), "also side by side");
    shop.close().await;
}

#[tokio::test]
async fn a_write_whose_caller_goes_away_is_whole_and_the_connection_stays_usable() {
    let shop = support::shop().await;
    for round in 0..20_u32 {
        let db = shop.app.db.clone();
        let caller = tokio::spawn(async move { set(&db, "abandoned", "whole", Ok(())).await });
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        caller.abort();
        caller.await.ok();
    }
    assert_eq!(set(&shop.app.db, "later", "fine", Ok(())).await, Ok(()));
    // Nothing is left inside a transaction: each connection can begin one.
    for _ in 0..20 {
        let mut conn = shop.app.db.writer_pool().acquire().await.expect("a connection");
        let open = conn.begin().await.expect("no transaction is open");
        open.rollback().await.expect("it ends");
    }
    shop.close().await;
}

#[tokio::test]
async fn writers_that_read_before_they_write_all_get_through() {
    let shop = support::shop().await;
    set(&shop.app.db, "count", "0", Ok(())).await.expect("a start");
    let tries = Arc::new(AtomicUsize::new(0));
    let writers = (0..40).map(|_| {
        let (db, tries) = (shop.app.db.clone(), Arc::clone(&tries));
        async move {
            db.write(move |conn| {
                let tries = Arc::clone(&tries);
                Box::pin(async move {
                    tries.fetch_add(1, Ordering::SeqCst);
                    // The portable row lock: the first statement of a read-decide-write is an UPDATE.
                    sqlx::query("UPDATE settings SET updated_at = updated_at + 1 WHERE name = 'count'")
                        .execute(&mut *conn)
                        .await?;
                    let value: String = sqlx::query_scalar("SELECT value FROM settings WHERE name = 'count'")
                        .fetch_one(&mut *conn)
                        .await?;
                    let next = value.parse::<i64>().expect("a number") + 1;
                    settings::set(conn, "", "count", &next.to_string(), support::START).await?;
                    Ok(())
                })
            })
            .await
        }
    });
    let results = futures_util::future::join_all(writers).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(get(&shop.app.db, "count").await.as_deref(), Some("40"));
    shop.close().await;
}

#[tokio::test]
async fn two_that_wait_for_each_other_are_sorted_out_by_a_retry() {
    let shop = support::shop().await;
    for name in ["left", "right"] {
        set(&shop.app.db, name, "0", Ok(())).await.expect("a start");
    }
    let cross = |first: &'static str, second: &'static str| {
        let db = shop.app.db.clone();
        async move {
            db.write(move |conn| {
                Box::pin(async move {
                    for name in [first, second] {
                        sqlx::query("UPDATE settings SET updated_at = updated_at + 1 WHERE name = $1")
                            .bind(name)
                            .execute(&mut *conn)
                            .await?;
                        tokio::task::yield_now().await;
                    }
                    Ok(())
                })
            })
            .await
        }
    };
    for _ in 0..10 {
        let (one, other) = tokio::join!(cross("left", "right"), cross("right", "left"));
        assert_eq!((one, other), (Ok(()), Ok(())));
    }
    shop.close().await;
}

#[tokio::test]
async fn dynamic_statements_number_their_values_and_an_empty_list_matches_nothing() {
    let shop = support::shop().await;
    for name in ["a", "b", "c"] {
        set(&shop.app.db, name, name, Ok(())).await.expect("a setting");
    }
    let mut conn = shop.app.db.read().await.expect("a connection");
    let mut some = db::sql::Sql::new("SELECT name FROM settings WHERE store_id = ");
    some.bind("").push(" AND name IN ").bind_list(["a", "c", "'; DROP TABLE settings; --"]).push(" ORDER BY name");
    let found: Vec<(String,)> = some.fetch_all(&mut conn).await.expect("rows");
    assert_eq!(found, [("a".to_owned(),), ("c".to_owned(),)]);
    let mut none = db::sql::Sql::new("SELECT name FROM settings WHERE name IN ");
    none.bind_list(Vec::<String>::new());
    assert!(none.fetch_all::<(String,)>(&mut conn).await.expect("no rows").is_empty());
    drop(conn);
    shop.close().await;
}

#[tokio::test]
async fn bytes_come_back_as_they_were_saved() {
    let shop = support::shop().await;
    shop.demo().await;
    let mut conn = shop.app.db.read().await.expect("a connection");
    let id: String =
        sqlx::query_scalar("SELECT id FROM blobs ORDER BY id LIMIT 1").fetch_one(&mut *conn).await.expect("a blob");
    let blob = db::blobs::find_public(&mut conn, &id).await.expect("a query").expect("the blob");
    assert!(blob.bytes.starts_with(b"<svg"), "{:?}", &blob.bytes[..8]);
    drop(conn);
    shop.close().await;
}

#[tokio::test]
async fn a_wrong_key_stops_the_start() {
    let shop = support::shop().await;
    let mut config = (*shop.app.config).clone();
    config.secret_key = Some("another secret, not the shop's".to_owned());
    let refused = App::open(config, Clock::manual(support::START), Chance::System).await;
    assert!(refused.is_err_and(|sentence| sentence.contains("HARKARA_SECRET_KEY")));
    shop.close().await;
}

#[tokio::test]
async fn a_migration_of_a_database_with_data_is_preceded_by_a_backup_that_can_be_restored() {
    if support::is_postgres() {
        return; // The file is SQLite's; PostgreSQL has pg_dump (README).
    }
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/shop.db", folder.path().display());
    let backups = folder.path().join("backups");
    let db = Db::connect(&url).await.expect("a database");
    let first = db::migrate::run(&db, &backups, support::START).await.expect("it migrates");
    assert_eq!(first.backup, None, "an empty database needs no backup");
    assert_eq!(first.applied.last(), Some(&db::migrate::newest()));
    set(&db, "before", "yes", Ok(())).await.expect("data");
    // As if the newest migration had not been there yet.
    let mut conn = db.writer_pool().acquire().await.expect("a connection");
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1")
        .bind(db::migrate::newest())
        .execute(&mut *conn)
        .await
        .expect("a past");
    drop(conn);
    // It cannot be applied twice, so it fails; the backup was taken before.
    assert!(db::migrate::run(&db, &backups, support::START).await.is_err());
    db.close().await;
    let saved: Vec<_> =
        std::fs::read_dir(&backups).expect("backups").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(saved.len(), 1, "{saved:?}");

    let db = Db::connect(&url).await.expect("a database");
    set(&db, "after", "yes", Ok(())).await.expect("more data");
    db.close().await;
    backup::restore(&url, &saved[0]).await.expect("it is restored");
    let db = Db::connect(&url).await.expect("a database");
    assert_eq!(get(&db, "before").await.as_deref(), Some("yes"));
    assert_eq!(get(&db, "after").await, None, "the state of the backup");
    db.close().await;

    let copy = folder.path().join("copy.db");
    backup::write(&url, &copy).await.expect("a backup");
    assert!(backup::write(&url, &copy).await.is_err(), "nothing is overwritten");
    std::fs::write(folder.path().join("noise.db"), b"this is no database").expect("a file");
    assert!(backup::restore(&url, &folder.path().join("noise.db")).await.is_err());
}

#[tokio::test]
async fn expired_sessions_and_old_answers_are_swept_and_the_others_stay() {
    let shop = support::shop().await;
    shop.demo().await;
    let mut browser = shop.browser();
    browser.post("/login", &[("email", "admin@example.com"), ("password", "harkara-demo")]).await;
    let keep = |key: &'static str| {
        let db = shop.app.db.clone();
        let now = shop.app.clock.now();
        async move {
            db.write(move |conn| {
                Box::pin(async move {
                    let answer = settings::KeptAnswer { fingerprint: "f".into(), status: 200, body: "{}".into() };
                    Ok(settings::keep_answer(conn, "anonymous", key, &answer, now).await?)
                })
            })
            .await
        }
    };
    assert_eq!(keep("old").await, Ok(true));
    shop.app.clock.advance(25 * harkara::domain::time::HOUR_MS);
    assert_eq!(keep("new").await, Ok(true));
    assert_eq!(upkeep::sweep(&shop.app).await, Ok(1), "the session lasts longer than the answer");
    shop.app.clock.advance(40 * harkara::domain::time::DAY_MS);
    assert_eq!(upkeep::sweep(&shop.app).await, Ok(2));
    assert_eq!(shop.number("SELECT COUNT(*) FROM sessions").await, 0);
    shop.close().await;
}
