//! Stored pushes of couriers: applied in batches, put aside when they cannot be, and replayed.
//!
//! They come from two places. What has just arrived is in the spool, and gets its row together with its
//! effects. What could not be applied so, and what is to be applied once more, waits in its row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{Code, Heard, Numbers, Provider, Push, Report};
use crate::domain::ids::CourierId;
use crate::domain::messages::EN;
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::pace::{BATCH, Pace};
use crate::server::actions::parcels::Index;
use crate::server::actions::tracking::{Applied, Desk, News, Pen, Source};
use crate::server::couriers::account::Account;
use crate::server::couriers::{self, CourierError};
use crate::server::db::jobs::backoff_ms;
use crate::server::db::shipping::{self, Shipment, Wanted};
use crate::server::db::webhooks::{self, NewPush, QueuedPush, Settled};
use crate::server::db::write::Failure;
use crate::server::db::{Conn, Db, couriers as accounts, settings};
use crate::server::live::Hint;
use crate::server::webhooks::spool::{Place, Spooled};

/// How often a push that fails for reasons of ours is tried before it is laid aside as dead.
const ATTEMPTS_MAX: i64 = 8;
const RETRY_BASE_MS: i64 = 2 * SECOND_MS;
const RETRY_CAP_MS: i64 = 300 * SECOND_MS;
/// How long whoever reads the log waits for what was acknowledged before: it is there within milliseconds.
pub const CATCH_UP_TIME_MAX: Duration = Duration::from_millis(250);
/// The setting that is written when the spool may forget what is in the database.
const SPOOL_MARK: &str = "spool_mark";

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

/// Puts pushes into the queue of rows; those that are in the database already stay as they are.
///
/// # Errors
/// [`AppError::Internal`] while the database is away.
pub async fn queue(db: &Db, pushes: Arc<Vec<NewPush>>) -> Result<(), AppError> {
    db.write(move |conn| {
        let pushes = Arc::clone(&pushes);
        Box::pin(async move { Ok(webhooks::insert(conn, &pushes).await?) })
    })
    .await
}

/// A push with what its courier says in it, not yet matched to parcels.
struct Opened {
    push: QueuedPush,
    provider: Option<Provider>,
    read: Result<Push, String>,
}

/// Pushes to be applied together.
struct Batch {
    opened: Vec<Opened>,
    /// The rows to make of them; none for those that have one.
    rows: Option<Arc<Vec<NewPush>>>,
}

/// Spooled pushes, opened.
struct Ready {
    rows: Arc<Vec<NewPush>>,
    /// Empty when they are old.
    opened: Vec<Opened>,
    is_old: bool,
    /// The places before and behind them.
    from: Place,
    to: Place,
}

/// Whoever applies pushes: how many it takes at a time, and those it has opened already while the writer was
/// busy with the ones before.
#[derive(Default)]
pub struct Applier {
    pace: Pace,
    ahead: Option<Ready>,
}

/// Applies pushes that wait, at most a batch of each kind; answers how many there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn apply_waiting(app: &App, applier: &mut Applier) -> Result<usize, AppError> {
    Ok(apply_spooled(app, applier).await? + apply_due(app, applier).await?)
}

/// Applies what was spooled, at most a batch; answers how many there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn apply_spooled(app: &App, applier: &mut Applier) -> Result<usize, AppError> {
    let (reader, count) = (app.intake.reader().await, applier.pace.count());
    let ahead = applier.ahead.take().filter(|ready| reader.is_next(ready.from));
    let ready = match ahead {
        Some(ready) => ready,
        None => match get_ready(app.clone(), reader.next(None, count)).await? {
            Some(ready) => ready,
            None => return Ok(0),
        },
    };
    let (count, to) = (ready.rows.len(), ready.to);
    let following = reader
        .has_waiting(to)
        .then(|| tokio::spawn(get_ready(app.clone(), reader.next(Some(to), applier.pace.count()))));
    apply_ready(app, ready, &mut applier.pace).await?;
    if reader.has_applied(to) {
        note_durably(app).await?;
        reader.forget(to);
    }
    if let Some(following) = following {
        // What could not be opened is read again when its turn comes, and then there is somebody to tell.
        applier.ahead = following.await.ok().and_then(Result::ok).flatten();
    }
    if count > 0 {
        app.live.publish(Hint::webhooks());
    }
    Ok(count)
}

async fn get_ready(app: App, next: impl Future<Output = Option<Spooled>>) -> Result<Option<Ready>, AppError> {
    let Some(Spooled { pushes, from, place, is_old }) = next.await else { return Ok(None) };
    let opened =
        if is_old { Vec::new() } else { open_all(&app, pushes.iter().map(QueuedPush::from).collect()).await? };
    Ok(Some(Ready { rows: Arc::new(pushes), opened, is_old, from, to: place }))
}

async fn apply_ready(app: &App, ready: Ready, pace: &mut Pace) -> Result<(), AppError> {
    let (rows, count) = (ready.rows, ready.opened.len());
    let mut applied = None;
    if !ready.is_old && count > 0 {
        applied = apply_together(app, Batch { opened: ready.opened, rows: Some(Arc::clone(&rows)) }).await.ok();
    }
    match applied {
        Some(took) => pace.learn(count, took, app.intake.spooled_bytes()),
        // One of them cannot be applied, or has its row already: as rows each stands for itself.
        None => {
            queue(&app.db, rows).await?;
            app.intake.ring();
        }
    }
    Ok(())
}

/// A write for its own sake: once it is on disk, everything that was written before it is, too.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn note_durably(app: &App) -> Result<(), AppError> {
    let (now, mark) = (app.clock.now(), app.chance.id(app.clock.now()));
    app.db
        .write(move |conn| {
            let mark = mark.clone();
            Box::pin(async move { Ok(settings::set(conn, "", SPOOL_MARK, &mark, now).await?) })
        })
        .await
}

/// Applies the pushes that wait in their rows, at most a batch; answers how many there were.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn apply_due(app: &App, applier: &mut Applier) -> Result<usize, AppError> {
    let pace = &mut applier.pace;
    let due = webhooks::due(&mut *app.db.read().await?, app.clock.now(), pace.batch()).await?;
    let count = due.len();
    if count == 0 {
        return Ok(0);
    }
    match apply_together(app, Batch { opened: open_all(app, due.clone()).await?, rows: None }).await {
        Ok(took) => pace.learn(count, took, app.intake.spooled_bytes()),
        // One of them cannot be applied: each by itself, so that it takes only itself back.
        Err(_) => {
            for push in due {
                apply_alone(app, push).await?;
            }
        }
    }
    app.live.publish(Hint::webhooks());
    Ok(count)
}

/// Answers how long the writer was busy with it.
async fn apply_together(app: &App, batch: Batch) -> Result<Duration, AppError> {
    let (pen, batch) = (app.pen(), Arc::new(batch));
    let ((applied, settled), took) = app
        .db
        .write_replayable(move |conn| {
            let (pen, batch) = (pen.clone(), Arc::clone(&batch));
            Box::pin(async move {
                let started = Instant::now();
                let applied = write_batch(conn, &pen, &batch).await?;
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

async fn apply_alone(app: &App, push: QueuedPush) -> Result<(), AppError> {
    let (id, attempts) = (push.id.clone(), push.attempts + 1);
    let (is_last, received_at) = (attempts >= ATTEMPTS_MAX, push.received_at);
    let opened = open_all(app, vec![push]).await?;
    let mut dead = Settled { id: id.clone(), state: "dead", error: Some(EN.push_failed.to_owned()), ..no_word() };
    if let Some(Opened { read: Ok(Push::Parcels { event_type, reports }), .. }) = opened.first() {
        dead.event_type.clone_from(event_type);
        dead.awb = first_awb(reports);
    }
    if apply_together(app, Batch { opened, rows: None }).await.is_ok() {
        return Ok(());
    }
    let pen = app.pen();
    let wait = backoff_ms(attempts, RETRY_BASE_MS, RETRY_CAP_MS, pen.chance.number());
    app.db
        .write(move |conn| {
            let (id, pen, dead) = (id.clone(), pen.clone(), dead.clone());
            Box::pin(async move {
                if !is_last {
                    webhooks::put_off(conn, &id, pen.now.plus(wait), EN.push_failed).await?;
                } else {
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
async fn write_batch(conn: &mut Conn, pen: &Pen, batch: &Batch) -> Result<(Applied, SettledAs), Failure> {
    let waiting = still_waiting(conn, pen, batch).await?;
    let mut wanted: BTreeMap<&CourierId, Wanted> = BTreeMap::new();
    for one in &waiting {
        if let Ok(Push::Parcels { reports, .. }) = &one.read {
            let wanted = wanted.entry(&one.push.courier_id).or_default();
            reports.iter().for_each(|report| want(wanted, &report.numbers));
        }
    }
    let mut orders = Vec::new();
    for (courier, wanted) in &wanted {
        orders.extend(shipping::orders_of(conn, courier, wanted).await?);
    }
    let couriers: Vec<CourierId> = wanted.into_keys().cloned().collect();
    let added = accounts::added_codes(conn, &couriers).await?;
    let desk = Desk::open(conn, pen, orders).await?;
    let index = Index::of(desk.parcels());
    let matched: Vec<(Settled, Vec<News>)> = waiting.iter().map(|one| matched(one, &index)).collect();
    let (settled, news): (Vec<Settled>, Vec<Vec<News>>) = matched.into_iter().unzip();
    match &batch.rows {
        None => webhooks::settle(conn, &settled, pen.now).await?,
        Some(rows) => {
            let rows: Vec<_> = rows.iter().zip(&settled).collect();
            if webhooks::insert_settled(conn, &rows, pen.now).await? != rows.len() as u64 {
                // One has its row already; whoever called puts them into the queue, where that changes nothing.
                return Err(AppError::Internal.into());
            }
        }
    }
    let applied = desk.apply(conn, pen, &added, &news.concat()).await?;
    let mut last: BTreeMap<&CourierId, &QueuedPush> = BTreeMap::new();
    for one in &waiting {
        last.insert(&one.push.courier_id, &one.push);
    }
    for (courier, push) in last {
        accounts::note_push(conn, courier, &push.store_id, push.received_at).await?;
    }
    Ok((applied, settled.iter().zip(&waiting).map(|(one, of)| (one.state, of.push.received_at)).collect()))
}

/// Those of a batch that nobody else has applied meanwhile, under lock.
async fn still_waiting<'b>(conn: &mut Conn, pen: &Pen, batch: &'b Batch) -> Result<Vec<&'b Opened>, Failure> {
    if batch.rows.is_some() {
        return Ok(batch.opened.iter().collect());
    }
    let ids: Vec<String> = batch.opened.iter().map(|one| one.push.id.clone()).collect();
    let waiting: BTreeSet<String> = webhooks::still_queued(conn, pen.engine, &ids).await?.into_iter().collect();
    Ok(batch.opened.iter().filter(|one| waiting.contains(&one.push.id)).collect())
}

/// Opens and reads pushes.
async fn open_all(app: &App, pushes: Vec<QueuedPush>) -> Result<Vec<Opened>, AppError> {
    let all = app.accounts.all(app).await?;
    let opened = pushes.into_iter().map(|push| {
        let account = all.iter().find(|account| account.shown.id == push.courier_id);
        let read = account.ok_or_else(|| EN.push_no_account.to_owned()).and_then(|account| read(app, account, &push));
        Opened { provider: account.map(Account::provider), read, push }
    });
    Ok(opened.collect())
}

fn want(wanted: &mut Wanted, numbers: &Numbers) {
    wanted.awbs.extend(numbers.awb.clone());
    wanted.references.extend(numbers.reference.clone());
    wanted.order_ids.extend(numbers.courier_order_id.clone());
    wanted.tracking_codes.extend(numbers.tracking_code.clone());
}

/// Opens a stored push and reads what its courier says in it, or why that cannot be read.
pub(super) fn read(app: &App, account: &Account, push: &QueuedPush) -> Result<Push, String> {
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

fn first_awb(reports: &[Report]) -> Option<String> {
    reports.iter().find_map(|report| report.numbers.awb.clone())
}

fn no_word() -> Settled {
    Settled { id: String::new(), state: "applied", event_type: String::new(), awb: None, error: None }
}

/// What becomes of a push, and the news in it. What cannot be read is dead, with the reason.
fn matched(one: &Opened, index: &Index<'_>) -> (Settled, Vec<News>) {
    let mut settled = Settled { id: one.push.id.clone(), ..no_word() };
    let mut news = Vec::new();
    match &one.read {
        Err(reason) => {
            settled.state = "dead";
            settled.error = Some(reason.clone());
        }
        Ok(Push::Ignored { event_type }) => {
            settled.state = "ignored";
            settled.event_type.clone_from(event_type);
        }
        Ok(Push::Parcels { event_type, reports }) => {
            settled.event_type.clone_from(event_type);
            settled.awb = first_awb(reports);
            let mut is_matched = false;
            for report in reports {
                let parcel = index.find(&one.push.courier_id, &report.numbers);
                is_matched |= parcel.is_some();
                if let (Some(parcel), Some(provider)) = (parcel, one.provider) {
                    match heard(&one.push, provider, parcel, report.clone()) {
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
    (settled, news)
}

/// What a push says about one parcel as news of it.
pub(super) fn heard(push: &QueuedPush, provider: Provider, parcel: &Shipment, report: Report) -> Result<News, String> {
    Ok(News {
        shipment: parcel.clone(),
        provider,
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
