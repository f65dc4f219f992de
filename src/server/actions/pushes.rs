//! Stored pushes of couriers: applied in batches, put aside when they cannot be, and replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{Code, Heard, Numbers, Push, Report};
use crate::domain::ids::CourierId;
use crate::domain::messages::EN;
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::tracking::{self, Applied, News, Pen, Source};
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, CourierError};
use crate::server::db::jobs::backoff_ms;
use crate::server::db::shipping::{self, Shipment};
use crate::server::db::webhooks::{self, QueuedPush, Settled};
use crate::server::db::write::Failure;
use crate::server::db::{Conn, couriers as accounts};
use crate::server::live::Hint;

/// Pushes applied in one transaction at most.
pub const BATCH: i64 = 200;
/// And at least: each commit has its price.
const BATCH_MIN: i64 = 10;
/// How long such a transaction is to take. Pushes that arrive and customers who order wait for the same
/// writer, and a push that delivers a parcel costs ten times as much as one that only says where it is.
const WRITE_TIME: Duration = Duration::from_millis(15);
/// How often a push that fails for reasons of ours is tried before it is laid aside as dead.
const ATTEMPTS_MAX: i64 = 8;
const RETRY_BASE_MS: i64 = 2 * SECOND_MS;
const RETRY_CAP_MS: i64 = 300 * SECOND_MS;

/// The seal's place for the body of a push; the same when it is opened.
pub fn body_place(id: &str) -> String {
    format!("webhook_log/body/{id}")
}

/// Puts a stored push into the queue again.
///
/// # Errors
/// [`AppError::Conflict`] when it waits already or its body is gone, [`AppError::Forbidden`] for others
/// than those who work in a store.
pub async fn replay(app: &App, actor: &Actor, id: &str) -> Result<(), AppError> {
    let works_somewhere = actor.role > Some(crate::domain::staff::Role::Customer);
    if !works_somewhere {
        return Err(AppError::Forbidden);
    }
    let (now, id, store) = (app.clock.now(), clean_line(id), actor.only_store.clone());
    let is_queued = app
        .db
        .write(move |conn| {
            let (id, store) = (id.clone(), store.clone());
            Box::pin(async move { Ok(webhooks::requeue(conn, &id, store.as_ref(), now).await?) })
        })
        .await?;
    app.intake.ring();
    app.live.publish(Hint::webhooks());
    if is_queued { Ok(()) } else { Err(AppError::conflict(EN.push_not_replayed)) }
}

/// A push, read and matched to the parcels it is about.
#[derive(Clone, Debug)]
struct Reading {
    push: QueuedPush,
    news: Vec<News>,
    settled: Settled,
}

/// How many pushes the next transaction takes: as many as the last ones say fit into its time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    batch: i64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { batch: BATCH_MIN }
    }
}

impl Pace {
    fn learn(&mut self, count: usize, took: Duration) {
        let each = took.as_nanos() / u128::try_from(count.max(1)).unwrap_or(1);
        let fitting = i64::try_from(WRITE_TIME.as_nanos() / each.max(1)).unwrap_or(BATCH);
        // Less at once, more by and by: one that was quick by chance says little.
        self.batch = fitting.min(self.batch * 2).clamp(BATCH_MIN, BATCH);
    }
}

/// Applies the pushes that wait, at most a batch; answers how many there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn apply_due(app: &App, pace: &mut Pace) -> Result<usize, AppError> {
    let now = app.clock.now();
    let readings = {
        let mut conn = app.db.read().await?;
        let due = webhooks::due(&mut conn, now, pace.batch).await?;
        read_all(app, &mut conn, due).await?
    };
    let count = readings.len();
    if count == 0 {
        return Ok(0);
    }
    match apply_together(app, readings.clone()).await {
        Ok(took) => pace.learn(count, took),
        // One of them cannot be applied: each by itself, so that it takes only itself back.
        Err(_) => {
            for reading in readings {
                apply_alone(app, reading).await?;
            }
        }
    }
    app.live.publish(Hint::webhooks());
    Ok(count)
}

/// Answers how long the writer was busy with it.
async fn apply_together(app: &App, readings: Vec<Reading>) -> Result<Duration, AppError> {
    let pen = app.pen();
    let ((applied, settled), took) = app
        .db
        .write_replayable(move |conn| {
            let (pen, readings) = (pen.clone(), readings.clone());
            Box::pin(async move {
                let started = Instant::now();
                let applied = write_batch(conn, &pen, readings).await?;
                Ok((applied, started.elapsed()))
            })
        })
        .await?;
    let now = app.clock.now();
    for (state, received_at) in settled {
        app.metrics.push_settled(state, now.0 - received_at.0);
    }
    for order in &applied.orders {
        app.live.publish(Hint::order(order));
    }
    Ok(took)
}

async fn apply_alone(app: &App, reading: Reading) -> Result<(), AppError> {
    let (id, attempts) = (reading.push.id.clone(), reading.push.attempts + 1);
    if apply_together(app, vec![reading.clone()]).await.is_ok() {
        return Ok(());
    }
    let pen = app.pen();
    let (is_last, received_at) = (attempts >= ATTEMPTS_MAX, reading.push.received_at);
    let wait = backoff_ms(attempts, RETRY_BASE_MS, RETRY_CAP_MS, pen.chance.number());
    app.db
        .write(move |conn| {
            let (id, pen, dead) = (id.clone(), pen.clone(), reading.settled.clone());
            Box::pin(async move {
                if !is_last {
                    webhooks::put_off(conn, &id, pen.now.plus(wait), EN.push_failed).await?;
                } else {
                    let dead = Settled { state: "dead", error: Some(EN.push_failed.to_owned()), ..dead };
                    webhooks::settle(conn, &[dead], pen.now).await?;
                }
                Ok(())
            })
        })
        .await?;
    if is_last {
        app.metrics.push_settled("dead", app.clock.now().0 - received_at.0);
    }
    Ok(())
}

/// What became of pushes, each with when it came.
type SettledAs = Vec<(&'static str, UnixMillis)>;

/// Applies what still waits of a batch, in one transaction.
async fn write_batch(conn: &mut Conn, pen: &Pen, readings: Vec<Reading>) -> Result<(Applied, SettledAs), Failure> {
    let ids: Vec<String> = readings.iter().map(|one| one.push.id.clone()).collect();
    let waiting: BTreeSet<String> = webhooks::still_queued(conn, pen.engine, &ids).await?.into_iter().collect();
    let mut readings: Vec<Reading> = readings.into_iter().filter(|one| waiting.contains(&one.push.id)).collect();
    let couriers: BTreeSet<CourierId> = readings.iter().map(|one| one.push.courier_id.clone()).collect();
    let couriers: Vec<CourierId> = couriers.into_iter().collect();
    let added = accounts::added_codes(conn, &couriers).await?;
    let news: Vec<News> = readings.iter_mut().flat_map(|one| std::mem::take(&mut one.news)).collect();
    let applied = tracking::apply(conn, pen, &added, &news).await?;
    let settled: Vec<Settled> = readings.iter().map(|one| one.settled.clone()).collect();
    webhooks::settle(conn, &settled, pen.now).await?;
    let mut last: BTreeMap<&CourierId, &QueuedPush> = BTreeMap::new();
    for one in &readings {
        last.insert(&one.push.courier_id, &one.push);
    }
    for (courier, push) in last {
        accounts::note_push(conn, courier, &push.store_id, push.received_at).await?;
    }
    Ok((applied, readings.iter().map(|one| (one.settled.state, one.push.received_at)).collect()))
}

/// Opens, reads and matches pushes. What cannot be read is settled as dead with the reason.
async fn read_all(app: &App, conn: &mut Conn, due: Vec<QueuedPush>) -> Result<Vec<Reading>, AppError> {
    let all = app.accounts.all(app).await?;
    let mut opened = Vec::with_capacity(due.len());
    let mut wanted: BTreeMap<CourierId, Wanted> = BTreeMap::new();
    for push in due {
        let account = all.iter().find(|account| account.shown.id == push.courier_id);
        let read = account.ok_or_else(|| EN.push_no_account.to_owned()).and_then(|account| read(app, account, &push));
        if let Ok(Push::Parcels { reports, .. }) = &read {
            let wanted = wanted.entry(push.courier_id.clone()).or_default();
            reports.iter().for_each(|report| wanted.add(&report.numbers));
        }
        opened.push((push, read));
    }
    let mut parcels: BTreeMap<CourierId, Vec<Shipment>> = BTreeMap::new();
    for (courier, wanted) in wanted {
        let found = shipping::matching(conn, &courier, &wanted.awbs, &wanted.references, &wanted.codes).await?;
        parcels.insert(courier, found);
    }
    let readings = opened.into_iter().map(|(push, read)| {
        let parcels = parcels.get(&push.courier_id).map_or(&[][..], Vec::as_slice);
        let account = all.iter().find(|account| account.shown.id == push.courier_id);
        matched(push, read, account, parcels)
    });
    Ok(readings.collect())
}

#[derive(Default)]
struct Wanted {
    awbs: Vec<String>,
    references: Vec<String>,
    codes: Vec<String>,
}

impl Wanted {
    fn add(&mut self, numbers: &Numbers) {
        self.awbs.extend(numbers.awb.clone());
        self.references.extend(numbers.reference.clone());
        self.codes.extend(numbers.tracking_code.clone());
    }
}

fn read(app: &App, account: &Account, push: &QueuedPush) -> Result<Push, String> {
    let sealed = push.body.as_deref().ok_or_else(|| EN.push_body_gone.to_owned())?;
    let body = app.secrets.open(&body_place(&push.id), sealed).ok_or_else(|| EN.push_body_gone.to_owned())?;
    let courier = couriers::of(account.provider()).ok_or_else(|| EN.push_no_account.to_owned())?;
    let push = courier.read_push(body.as_bytes()).map_err(|error| match error {
        CourierError::Refused(reason) | CourierError::Unreadable(reason) => reason,
        CourierError::Unavailable { reason, .. } => reason,
    });
    push.map(cleaned)
}

/// A push without control characters: no courier means them, and databases refuse NUL, with which one
/// push could hold up all that come after it.
fn cleaned(push: Push) -> Push {
    match push {
        Push::Ignored { event_type } => Push::Ignored { event_type: clean_line(&event_type) },
        Push::Parcels { event_type, reports } => Push::Parcels {
            event_type: clean_line(&event_type),
            reports: reports.into_iter().map(cleaned_report).collect(),
        },
    }
}

/// The same of what a courier calls a parcel.
pub fn cleaned_numbers(numbers: Numbers) -> Numbers {
    let number = |number: Option<String>| number.map(|text| clean_line(&text)).filter(|text| !text.is_empty());
    Numbers {
        awb: number(numbers.awb),
        tracking_code: number(numbers.tracking_code),
        courier_order_id: number(numbers.courier_order_id),
        courier_shipment_id: number(numbers.courier_shipment_id),
        reference: number(numbers.reference),
    }
}

/// The same of what a courier says about one parcel, pushed or asked for.
pub fn cleaned_report(report: Report) -> Report {
    let heard = |heard: Heard| Heard {
        code: Code {
            id_space: clean_line(&heard.code.id_space),
            kind: clean_line(&heard.code.kind),
            text: clean_line(&heard.code.text),
            code: clean_line(&heard.code.code),
        },
        activity: clean_line(&heard.activity),
        location: clean_line(&heard.location),
        ..heard
    };
    Report {
        numbers: cleaned_numbers(report.numbers),
        heard: report.heard.map(|all| all.into_iter().map(heard).collect()),
        ..report
    }
}

/// The parcel a report is about: by AWB, else by our reference unless that one has another AWB, else by
/// tracking code.
fn parcel_of<'p>(numbers: &Numbers, parcels: &'p [Shipment]) -> Option<&'p Shipment> {
    let by_awb = numbers.awb.as_ref().and_then(|awb| parcels.iter().find(|one| one.awb.as_ref() == Some(awb)));
    let fits = |one: &&Shipment| one.awb.is_none() || numbers.awb.is_none() || one.awb == numbers.awb;
    let by_reference = || {
        let reference = numbers.reference.as_ref()?;
        parcels.iter().find(|one| one.our_reference.as_ref() == Some(reference)).filter(fits)
    };
    let by_code = || {
        let code = numbers.tracking_code.as_ref()?;
        parcels.iter().find(|one| one.courier_tracking_code.as_ref() == Some(code)).filter(fits)
    };
    by_awb.or_else(by_reference).or_else(by_code)
}

fn matched(push: QueuedPush, read: Result<Push, String>, account: Option<&Account>, parcels: &[Shipment]) -> Reading {
    let mut settled =
        Settled { id: push.id.clone(), state: "applied", event_type: String::new(), awb: None, error: None };
    let mut news = Vec::new();
    match read {
        Err(reason) => {
            settled.state = "dead";
            settled.error = Some(reason);
        }
        Ok(Push::Ignored { event_type }) => {
            settled.state = "ignored";
            settled.event_type = event_type;
        }
        Ok(Push::Parcels { event_type, reports }) => {
            settled.event_type = event_type;
            settled.awb = reports.iter().find_map(|report| report.numbers.awb.clone());
            let mut is_matched = false;
            for report in reports {
                let parcel = parcel_of(&report.numbers, parcels);
                is_matched |= parcel.is_some();
                if let (Some(parcel), Some(account)) = (parcel, account) {
                    match heard(&push, account, parcel, report) {
                        Ok(one) => news.push(one),
                        Err(reason) => settled.error = Some(reason),
                    }
                }
            }
            if !is_matched {
                settled.state = "unmatched";
            } else if settled.error.is_some() && news.is_empty() {
                settled.state = "dead";
            }
        }
    }
    Reading { push, news, settled }
}

fn heard(push: &QueuedPush, account: &Account, parcel: &Shipment, report: Report) -> Result<News, String> {
    Ok(News {
        shipment: parcel.clone(),
        provider: account.provider(),
        heard: report.heard?,
        numbers: report.numbers,
        expected_delivery_at: report.expected_delivery_at,
        source: Source::Push(push.id.clone(), push.received_at),
    })
}

/// Takes up pushes that came before we knew their parcel and were missed when we got to know it.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn sweep_unmatched(app: &App) -> Result<(), AppError> {
    let now: UnixMillis = app.clock.now();
    let found = webhooks::matchable(&mut *app.db.read().await?, BATCH).await?;
    if found.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |conn| {
            let found = found.clone();
            Box::pin(async move {
                for id in &found {
                    webhooks::requeue(conn, id, None, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    app.intake.ring();
    Ok(())
}
