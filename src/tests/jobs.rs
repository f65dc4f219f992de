//! The queue: one holder at a time, nothing lost, nothing for ever.

use std::collections::BTreeSet;

use harkara::domain::time::UnixMillis;
use harkara::error::AppError;
use harkara::server::db::Db;
use harkara::server::db::jobs::schedules::{self, Schedule};
use harkara::server::db::jobs::{self, Claim, Job, JobState, NewJob, outbox};
use harkara::server::db::write::Failure;

use crate::support;

const NOW: UnixMillis = UnixMillis(1_763_700_000_000);
const LEASE_MS: i64 = 60_000;
const QUEUE: &str = "test";

fn new_job(id: &str) -> NewJob<'_> {
    NewJob {
        id,
        store_id: None,
        queue: QUEUE,
        kind: "count",
        payload: "{}",
        unique_key: None,
        priority: jobs::PRIORITY_NORMAL,
        run_at: NOW,
        max_attempts: 3,
    }
}

async fn enqueue(db: &Db, job: NewJob<'static>) -> String {
    db.write(move |conn| {
        let job = job.clone();
        Box::pin(async move { Ok(jobs::enqueue(conn, &job, NOW).await?) })
    })
    .await
    .expect("a queued job")
}

async fn claim(db: &Db, token: &str, now: UnixMillis, limit: i64) -> Vec<Job> {
    let (engine, token) = (db.engine, token.to_owned());
    db.write(move |conn| {
        let token = token.clone();
        Box::pin(async move {
            let lease_until = now.plus(LEASE_MS);
            let claim = Claim { queue: QUEUE, limit, token: &token, now, lease_until };
            Ok(jobs::claim(conn, engine, &claim).await?)
        })
    })
    .await
    .expect("claimed jobs")
}

async fn finish(db: &Db, job: &Job) -> bool {
    let job = job.clone();
    db.write(move |conn| {
        let job = job.clone();
        Box::pin(async move { Ok(jobs::finish(conn, &job, NOW).await?) })
    })
    .await
    .expect("an answer")
}

async fn fail(db: &Db, job: &Job, retry_at: Option<UnixMillis>) -> bool {
    let job = job.clone();
    db.write(move |conn| {
        let job = job.clone();
        Box::pin(async move { Ok(jobs::fail(conn, &job, "the courier is away", retry_at, NOW).await?) })
    })
    .await
    .expect("an answer")
}

async fn next_due(db: &Db) -> Option<UnixMillis> {
    let mut conn = db.read().await.expect("a connection");
    jobs::next_due(&mut conn, QUEUE).await.expect("an answer")
}

async fn find(db: &Db, id: &str) -> Job {
    let mut conn = db.read().await.expect("a connection");
    jobs::find(&mut conn, id).await.expect("an answer").expect("a job")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_job_goes_to_one_worker_only() {
    const JOBS: usize = 60;
    let shop = support::shop().await;
    let db = shop.app.db.clone();
    db.write(|conn| {
        Box::pin(async move {
            for number in 0..JOBS {
                jobs::enqueue(conn, &new_job(&format!("job-{number}")), NOW).await?;
            }
            Ok(())
        })
    })
    .await
    .expect("queued jobs");

    let workers: Vec<_> = (0..6)
        .map(|worker| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                // Locked rows are skipped, so an empty answer may only mean "busy": ask on.
                for round in 0..JOBS {
                    mine.extend(claim(&db, &format!("token-{worker}-{round}"), NOW, 4).await);
                }
                mine
            })
        })
        .collect();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.expect("a worker"));
    }
    assert_eq!(taken.len(), JOBS, "each job once");
    let ids: BTreeSet<_> = taken.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids.len(), JOBS, "no job twice");
    assert!(taken.iter().all(|job| job.attempts == 1 && job.state == JobState::Running));
    shop.close().await;
}

#[tokio::test]
async fn a_worker_that_was_too_slow_cannot_touch_what_another_has_taken_over() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    enqueue(db, new_job("slow")).await;
    let slow = claim(db, "slow-worker", NOW, 1).await.remove(0);
    assert!(claim(db, "early", NOW.plus(LEASE_MS - 1), 1).await.is_empty(), "the lease holds");

    let later = NOW.plus(LEASE_MS);
    let taken_over = claim(db, "second-worker", later, 1).await.remove(0);
    assert_eq!((taken_over.id.as_str(), taken_over.attempts), ("slow", 2));

    assert!(!finish(db, &slow).await, "finished by who no longer holds it");
    assert!(!fail(db, &slow, Some(NOW)).await, "failed by who no longer holds it");
    let extended = db.write(move |conn| {
        let slow = slow.clone();
        Box::pin(async move { Ok(jobs::extend(conn, &slow, later.plus(LEASE_MS)).await?) })
    });
    assert!(!extended.await.expect("an answer"), "extended by who no longer holds it");
    assert!(finish(db, &taken_over).await);
    assert_eq!(find(db, "slow").await.state, JobState::Done);
    shop.close().await;
}

#[tokio::test]
async fn a_job_is_dead_after_its_last_attempt_and_a_person_can_revive_it() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    enqueue(db, NewJob { unique_key: Some("order-1"), ..new_job("failing") }).await;
    let retry_at = NOW.plus(2_000);
    for attempt in 1..=3 {
        assert_eq!(find(db, "failing").await.state, JobState::Ready, "before attempt {attempt}");
        let job = claim(db, "worker", retry_at, 1).await.remove(0);
        assert!(fail(db, &job, Some(retry_at)).await);
        assert!(claim(db, "worker", retry_at.plus(-1), 1).await.is_empty(), "not before its time");
    }
    let dead = find(db, "failing").await;
    assert_eq!((dead.state, dead.attempts), (JobState::Dead, 3));
    assert_eq!(dead.last_error.as_deref(), Some("the courier is away"));

    let retry = || db.write(|conn| Box::pin(async move { Ok(jobs::retry(conn, "failing", NOW).await?) }));
    let discard = || db.write(|conn| Box::pin(async move { Ok(jobs::discard(conn, "twin", NOW).await?) }));
    // The key of a dead job is free, so the same work may have been queued again meanwhile.
    assert_eq!(enqueue(db, NewJob { unique_key: Some("order-1"), ..new_job("twin") }).await, "twin");
    assert!(!retry().await.expect("an answer"), "its work is queued under another id");
    assert!(discard().await.expect("an answer"));
    assert!(retry().await.expect("an answer"));
    assert_eq!(claim(db, "worker", NOW, 9).await[0].attempts, 1);
    shop.close().await;
}

#[tokio::test]
async fn a_job_that_takes_its_worker_down_is_not_tried_for_ever() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    enqueue(db, new_job("poison")).await;
    let mut now = NOW;
    for attempt in 1..=3 {
        assert_eq!(claim(db, &format!("worker-{attempt}"), now, 1).await.len(), 1, "attempt {attempt}");
        now = now.plus(LEASE_MS);
    }
    assert!(claim(db, "worker-4", now, 1).await.is_empty());
    assert_eq!(find(db, "poison").await.state, JobState::Dead);
    shop.close().await;
}

#[tokio::test]
async fn an_error_that_trying_again_cannot_help_ends_the_job_at_once() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    enqueue(db, new_job("hopeless")).await;
    let job = claim(db, "worker", NOW, 1).await.remove(0);
    assert!(fail(db, &job, None).await);
    assert_eq!(find(db, "hopeless").await.state, JobState::Dead);
    shop.close().await;
}

#[tokio::test]
async fn work_asked_for_twice_is_queued_once_and_runs_again_if_asked_for_while_running() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    let keyed = |id| NewJob { unique_key: Some("order-1"), run_at: NOW.plus(9_000), ..new_job(id) };
    assert_eq!(enqueue(db, keyed("first")).await, "first");
    assert_eq!(enqueue(db, NewJob { run_at: NOW, ..keyed("second") }).await, "first");
    assert_eq!(enqueue(db, NewJob { kind: "other", ..keyed("third") }).await, "third", "keys are per kind");

    let running = claim(db, "worker", NOW, 9).await;
    assert_eq!(running.len(), 1, "the earlier of the two instants counts");
    assert_eq!(enqueue(db, keyed("fourth")).await, "first");
    assert!(finish(db, &running[0]).await);
    let again = claim(db, "worker-again", NOW, 9).await;
    assert_eq!((again[0].id.as_str(), again[0].attempts), ("first", 1), "what it had read may be stale");
    assert!(finish(db, &again[0]).await);
    assert_eq!(find(db, "first").await.state, JobState::Done);
    assert_eq!(enqueue(db, keyed("fifth")).await, "fifth", "finished work may be asked for anew");
    shop.close().await;
}

#[tokio::test]
async fn urgent_work_comes_first_and_a_job_disappears_with_its_transaction() {
    let shop = support::shop().await;
    let db = &shop.app.db;
    enqueue(db, NewJob { priority: jobs::PRIORITY_LOW, ..new_job("low") }).await;
    enqueue(db, NewJob { priority: jobs::PRIORITY_HIGH, ..new_job("high") }).await;
    enqueue(db, NewJob { queue: "elsewhere", ..new_job("elsewhere") }).await;
    enqueue(db, NewJob { run_at: NOW.plus(5_000), ..new_job("tomorrow") }).await;
    let refused: Result<(), _> = db
        .write(|conn| {
            Box::pin(async move {
                jobs::enqueue(conn, &new_job("taken back"), NOW).await?;
                Err(Failure::Refused(AppError::conflict("changed my mind")))
            })
        })
        .await;
    assert!(refused.is_err());

    let order: Vec<_> = claim(db, "worker", NOW, 9).await.into_iter().map(|job| job.id).collect();
    assert_eq!(order, ["high", "low"]);
    assert_eq!(next_due(db).await, Some(NOW.plus(5_000)), "the one that waits, before the leases end");

    shop.close().await;
}

#[tokio::test]
async fn a_schedule_fires_once_however_many_instances_see_it() {
    const HOUR_MS: i64 = 3_600_000;
    let shop = support::shop().await;
    let db = &shop.app.db;
    let hourly = Schedule {
        name: "fold counters".to_owned(),
        queue: QUEUE.to_owned(),
        kind: "count".to_owned(),
        payload: "{}".to_owned(),
        priority: jobs::PRIORITY_LOW,
        every_ms: Some(HOUR_MS),
        cron: None,
        tz: "UTC".to_owned(),
        jitter_ms: 10,
        next_fire: NOW,
    };
    let added = db.write(move |conn| {
        let hourly = hourly.clone();
        Box::pin(
            async move { Ok((schedules::add(conn, &hourly, NOW).await?, schedules::add(conn, &hourly, NOW).await?)) },
        )
    });
    assert_eq!(added.await.expect("an answer"), (true, false));

    let due = |now| async move {
        let mut conn = db.read().await.expect("a connection");
        schedules::due(&mut conn, now).await.expect("an answer")
    };
    let fire = |seen: &Schedule, job_id: &'static str, now: UnixMillis| {
        let seen = seen.clone();
        let next = seen.next_interval(now, 7).expect("an interval");
        db.write(move |conn| {
            let seen = seen.clone();
            Box::pin(async move { Ok(schedules::fire(conn, &seen, job_id, next, now).await?) })
        })
    };
    assert!(due(NOW.plus(-1)).await.is_empty());
    // Long after: missed fires are one fire.
    let late = NOW.plus(5 * HOUR_MS);
    let seen = due(late).await.remove(0);
    assert!(fire(&seen, "instance-1", late).await.expect("an answer"));
    assert!(!fire(&seen, "instance-2", late).await.expect("an answer"), "seen before the other fired");
    assert!(due(late).await.is_empty());

    let next = late.plus(HOUR_MS + 7);
    let seen = due(next).await.remove(0);
    assert!(fire(&seen, "while-unfinished", next).await.expect("an answer"));
    let claimed = claim(db, "worker", next, 9).await;
    assert_eq!(claimed.len(), 1, "no heap of the same work");
    assert_eq!(claimed[0].id, "instance-1");
    shop.close().await;
}

#[tokio::test]
async fn an_effect_of_an_event_is_promised_once() {
    let shop = support::shop().await;
    let promise = |id: &'static str, effect: &'static str| {
        shop.app.db.write(move |conn| {
            Box::pin(async move {
                let promised = outbox::NewEffect {
                    id,
                    store_id: None,
                    event_id: "event-1",
                    effect,
                    entity: "order",
                    entity_id: "order-1",
                    payload: "{}",
                    run_at: NOW,
                };
                Ok(outbox::promise(conn, &promised, NOW).await?)
            })
        })
    };
    assert!(promise("a", "mail").await.expect("an answer"));
    assert!(!promise("b", "mail").await.expect("an answer"), "a replay promises nothing new");
    assert!(promise("c", "hint").await.expect("an answer"));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hint_reaches_pages_of_other_instances_on_postgresql() {
    if !support::is_postgres() {
        // SQLite has one instance; there is nobody else to tell.
        return;
    }
    let shop = support::shop().await;
    let config = (*shop.app.config).clone();
    let other =
        harkara::server::App::open(config, shop.app.clock.clone(), shop.app.chance.clone()).await.expect("opens");
    let page = other.live.answer(|hint| hint.id == "x");
    let mut body = page.into_body().into_data_stream();
    let heard = tokio::spawn(async move { futures_util::StreamExt::next(&mut body).await });
    // The other instance may still be connecting: tell it until it has heard.
    while !heard.is_finished() {
        shop.app.live.publish(harkara::server::live::Hint { entity: "order".into(), id: "x".into() });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let event = heard.await.expect("ends").expect("an event").expect("readable");
    assert!(String::from_utf8_lossy(&event).contains("\"id\":\"x\""));
    other.live.close();
    other.db.close().await;
    shop.close().await;
}
