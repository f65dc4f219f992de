//! The only way into a transaction: safe against cancelled requests, retried on conflict, and on
//! SQLite grouped, so that many small writes share one fsync.
//!
//! SQLite has one writer. Writes queue for it; while one commit waits for the disk the next ones
//! gather, and the writer then runs them in one transaction. Nobody is answered before the commit
//! that holds the write is on disk, and one that fails takes only itself back. On PostgreSQL each write is
//! its own transaction.
//!
//! What can be made again from rows that are on disk already ([`Db::write_replayable`]) waits for no disk
//! and shares no commit: it takes its turn between the groups, so that nobody is answered later for it.
//!
//! Transactions are begun by plain statements in a task of their own and never through sqlx's
//! `begin`: a request that goes away half-way can leave no connection inside one.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use sqlx::{AnyPool, Executor};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, oneshot};

use crate::error::AppError;
use crate::server::db::checkpoint::Rest;
use crate::server::db::{Conn, Db};
use crate::server::metrics::{Metrics, Moves, noting_moves};

/// Writes that may share a commit.
const GROUP_WRITES_MAX: usize = 64;
/// How long a group may run before it is committed; checkout shares the one writer.
const GROUP_TIME_MAX: Duration = Duration::from_millis(20);
/// Writes waiting for the writer before callers are held back.
const QUEUE_MAX: usize = 4096;
/// How often a write is tried when others are in its way.
const ATTEMPTS_MAX: u32 = 5;
/// How often while another program holds the whole SQLite file. Each try waits for `busy_timeout`, and
/// a visitor should rather be told soon.
const ATTEMPTS_LOCKED_MAX: u32 = 2;
/// Longest pause between two tries of the first retry; doubles with each.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// Why a write was taken back.
#[derive(Debug)]
pub enum Failure {
    /// The shop's rules refuse it.
    Refused(AppError),
    /// The database could not do it; a conflict with another write is retried.
    Database(sqlx::Error),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Failure::Refused(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Database(error)
    }
}

impl From<Failure> for AppError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(error) => error.into(),
        }
    }
}

impl Failure {
    fn is_conflict(&self) -> bool {
        let Failure::Database(sqlx::Error::Database(error)) = self else { return false };
        // SQLite: BUSY, LOCKED, BUSY_RECOVERY, BUSY_SNAPSHOT. PostgreSQL: serialization, deadlock.
        matches!(error.code().as_deref(), Some("5" | "6" | "261" | "517" | "40001" | "40P01"))
    }
}

/// The future of one write.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'c>>;
type Step = Box<dyn for<'c> Fn(&'c mut Conn) -> Work<'c, ()> + Send + Sync>;

struct Request {
    step: Step,
    is_replayable: bool,
    attempt: u32,
    done: oneshot::Sender<Result<(), Failure>>,
}

/// Where writes wait for their turn.
#[derive(Clone)]
pub struct Queue {
    sender: Option<mpsc::Sender<Request>>,
    pool: AnyPool,
    metrics: Metrics,
}

impl Queue {
    /// Starts SQLite's one writer; it ends with the last sender.
    ///
    /// Where requests have several threads it has one of its own: it waits for the database some ten times in
    /// a transaction, and among their tasks it would get its turn late each time, with everybody waiting
    /// behind it. Where all is one thread it is a task, and goes when that thread's runtime goes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn of_one_writer(pool: AnyPool, rest: Rest, metrics: Metrics) -> std::io::Result<Queue> {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let writing = run_writer(pool.clone(), metrics.clone(), receiver, rest);
        if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || runtime.block_on(writing))?;
        } else {
            tokio::spawn(writing);
        }
        Ok(Queue { sender: Some(sender), pool, metrics })
    }

    /// PostgreSQL's writers do not wait for each other.
    pub fn of_many_writers(pool: AnyPool, metrics: Metrics) -> Queue {
        Queue { sender: None, pool, metrics }
    }
}

impl Db {
    /// Runs a write in a transaction and answers once it is durable.
    ///
    /// The closure may run several times (after a conflict), so it takes its data by reference or
    /// clones it, and it must do nothing outside the database. It must not call `write` itself.
    ///
    /// # Errors
    /// What the closure refused with, or [`AppError::Internal`] when the database could not do it;
    /// either way nothing was changed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Conn) -> Work<'c, T> + Send + Sync + 'static,
    {
        self.queue(work, false).await
    }

    /// The same for a write that is made again by itself when it is lost: applying pushes, which
    /// stay in the spool or in their queue without it. It answers before it is on disk. A power failure may take it back, whole and
    /// with all that came after it; a later [`Db::write`] that has answered makes it durable, too.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_replayable<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Conn) -> Work<'c, T> + Send + Sync + 'static,
    {
        self.queue(work, true).await
    }

    async fn queue<T, F>(&self, work: F, is_replayable: bool) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Conn) -> Work<'c, T> + Send + Sync + 'static,
    {
        let result = Arc::new(Mutex::new(None));
        let step = keep_result(work, Arc::clone(&result));
        let (done, answer) = oneshot::channel();
        let request = Request { step, is_replayable, attempt: 0, done };
        match &self.queue.sender {
            Some(sender) => {
                if sender.send(request).await.is_err() {
                    return Err(AppError::Internal);
                }
            }
            // A task of its own: the request may be dropped, the transaction may not.
            None => {
                tokio::spawn(write_alone(self.queue.pool.clone(), self.queue.metrics.clone(), request));
            }
        }
        match answer.await {
            Ok(Ok(())) => {
                let kept = result.lock().unwrap_or_else(PoisonError::into_inner).take();
                kept.ok_or(AppError::Internal)
            }
            Ok(Err(failure)) => Err(failure.into()),
            Err(_) => Err(AppError::Internal),
        }
    }
}

fn keep_result<T, F>(work: F, slot: Arc<Mutex<Option<T>>>) -> Step
where
    T: Send + 'static,
    F: for<'c> Fn(&'c mut Conn) -> Work<'c, T> + Send + Sync + 'static,
{
    Box::new(move |conn| {
        let slot = Arc::clone(&slot);
        let future = work(conn);
        Box::pin(async move {
            let value = future.await?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        })
    })
}

/// Runs one step and answers which orders it moves; a panic inside is a failure of that step alone.
async fn run_step(step: &Step, conn: &mut Conn) -> Result<Moves, Failure> {
    let (result, moves) = noting_moves(AssertUnwindSafe(step(conn)).catch_unwind()).await;
    match result {
        Ok(result) => result.map(|()| moves),
        Err(_) => {
            tracing::error!("a write panicked and was taken back");
            Err(Failure::Refused(AppError::Internal))
        }
    }
}

async fn run_writer(pool: AnyPool, metrics: Metrics, mut receiver: mpsc::Receiver<Request>, rest: Rest) {
    let mut arrived = Vec::with_capacity(GROUP_WRITES_MAX);
    let (mut waiting, mut replayable) = (Vec::new(), VecDeque::new());
    loop {
        if waiting.is_empty() && replayable.is_empty() && receiver.recv_many(&mut arrived, GROUP_WRITES_MAX).await == 0
        {
            return;
        }
        while waiting.len() + arrived.len() < GROUP_WRITES_MAX
            && let Ok(request) = receiver.try_recv()
        {
            arrived.push(request);
        }
        for request in arrived.drain(..) {
            if request.is_replayable { replayable.push_back(request) } else { waiting.push(request) }
        }
        if !waiting.is_empty() {
            waiting = write_durable(&pool, &metrics, waiting).await;
        }
        if let Some(request) = replayable.pop_front() {
            replayable.extend(write_relaxed(&pool, &metrics, request).await);
        }
        rest.fold_if_wanted(&pool).await;
    }
}

/// What waits together, on disk before anybody is answered.
async fn write_durable(pool: &AnyPool, metrics: &Metrics, waiting: Vec<Request>) -> Vec<Request> {
    match pool.acquire().await {
        Ok(mut conn) => write_group(&mut conn, metrics, waiting).await,
        Err(error) => {
            refuse_all(waiting, &error);
            Vec::new()
        }
    }
}

/// One by itself, without waiting for the disk.
async fn write_relaxed(pool: &AnyPool, metrics: &Metrics, request: Request) -> Vec<Request> {
    let mut conn = match pool.acquire().await {
        Ok(conn) => conn,
        Err(error) => {
            refuse_all(vec![request], &error);
            return Vec::new();
        }
    };
    // Where this is refused the write waits for the disk, which is right, too.
    let _ = conn.execute("PRAGMA synchronous = NORMAL").await;
    let again = write_group(&mut conn, metrics, vec![request]).await;
    if conn.execute("PRAGMA synchronous = FULL").await.is_err() {
        // No acknowledged order may ever be written by this connection: the next one begins with FULL.
        let _ = conn.close().await;
    }
    again
}

/// Writes as many of the requests as the time allows in one transaction and answers them; returns
/// those that have to run (again) in the next one.
///
/// Mostly all of them succeed, so they run without savepoints first, which are two statements per
/// write; when one fails, everything is taken back and run again with a savepoint each.
async fn write_group(conn: &mut Conn, metrics: &Metrics, waiting: Vec<Request>) -> Vec<Request> {
    if let Err(error) = conn.execute("BEGIN IMMEDIATE").await {
        return retry_later(waiting, error).await;
    }
    let started = Instant::now();
    let (mut done, mut moves) = (0, Moves::new());
    for request in &waiting {
        let Ok(moved) = run_step(&request.step, conn).await else {
            roll_back(conn).await;
            return write_apart(conn, metrics, waiting).await;
        };
        moves.extend(moved);
        done += 1;
        if started.elapsed() > GROUP_TIME_MAX {
            break;
        }
    }
    let mut written = waiting;
    let rest = written.split_off(done);
    commit(conn, metrics, (written, moves), rest).await
}

/// The same with a savepoint around each, so that one that fails takes only itself back.
async fn write_apart(conn: &mut Conn, metrics: &Metrics, mut waiting: Vec<Request>) -> Vec<Request> {
    if let Err(error) = conn.execute("BEGIN IMMEDIATE").await {
        return retry_later(waiting, error).await;
    }
    let started = Instant::now();
    let (mut written, mut moves) = (Vec::new(), Moves::new());
    let mut again = Vec::new();
    let mut rest = waiting.drain(..);
    for request in rest.by_ref() {
        match write_savepoint(conn, &request.step).await {
            Ok(moved) => {
                moves.extend(moved);
                written.push(request);
            }
            Err(failure) if failure.is_conflict() && request.attempt + 1 < ATTEMPTS_MAX => {
                again.push(Request { attempt: request.attempt + 1, ..request });
            }
            Err(failure) => answer(request, Err(failure)),
        }
        if started.elapsed() > GROUP_TIME_MAX {
            break;
        }
    }
    again.extend(rest);
    commit(conn, metrics, (written, moves), again).await
}

/// Commits and answers what was written; returns what has to run in the next group.
async fn commit(
    conn: &mut Conn,
    metrics: &Metrics,
    (written, moves): (Vec<Request>, Moves),
    mut again: Vec<Request>,
) -> Vec<Request> {
    let started = Instant::now();
    match conn.execute("COMMIT").await {
        Ok(_) => {
            let is_durable = !written.iter().any(|request| request.is_replayable);
            metrics.committed(started.elapsed(), is_durable, written.len(), moves);
            for request in written {
                answer(request, Ok(()));
            }
            again
        }
        Err(error) => {
            roll_back(conn).await;
            again.extend(retry_later(written, error).await);
            again
        }
    }
}

async fn write_savepoint(conn: &mut Conn, step: &Step) -> Result<Moves, Failure> {
    conn.execute("SAVEPOINT one_write").await?;
    let result = run_step(step, conn).await;
    if result.is_err() {
        conn.execute("ROLLBACK TO one_write").await?;
    }
    conn.execute("RELEASE one_write").await?;
    result
}

/// After a failed BEGIN or COMMIT: requests that may try again, after a pause.
async fn retry_later(requests: Vec<Request>, error: sqlx::Error) -> Vec<Request> {
    let conflict = Failure::Database(error);
    let attempt = requests.iter().map(|request| request.attempt).max().unwrap_or(0);
    if !conflict.is_conflict() || attempt + 1 >= ATTEMPTS_LOCKED_MAX {
        if let Failure::Database(error) = &conflict {
            refuse_all(requests, error);
        }
        return Vec::new();
    }
    tokio::time::sleep(RETRY_PAUSE * 2_u32.pow(attempt)).await;
    requests.into_iter().map(|request| Request { attempt: request.attempt + 1, ..request }).collect()
}

fn refuse_all(requests: Vec<Request>, error: &sqlx::Error) {
    tracing::error!(writes = requests.len(), "the database cannot be written: {error}");
    for request in requests {
        answer(request, Err(Failure::Refused(AppError::Internal)));
    }
}

async fn roll_back(conn: &mut Conn) {
    // SQLite may have rolled back by itself already; then this is an error that means nothing.
    let _ = conn.execute("ROLLBACK").await;
}

fn answer(request: Request, result: Result<(), Failure>) {
    // The caller may have gone away; its write stands all the same.
    let _ = request.done.send(result);
}

/// One transaction of its own, tried again when it met another one.
async fn write_alone(pool: AnyPool, metrics: Metrics, request: Request) {
    let mut attempt = 0;
    loop {
        let result = write_once(&pool, &metrics, &request).await;
        match result {
            Err(failure) if failure.is_conflict() && attempt + 1 < ATTEMPTS_MAX => {
                attempt += 1;
                tokio::time::sleep(jittered(RETRY_PAUSE * 2_u32.pow(attempt))).await;
            }
            result => return answer(request, result),
        }
    }
}

async fn write_once(pool: &AnyPool, metrics: &Metrics, request: &Request) -> Result<(), Failure> {
    let mut conn = pool.acquire().await?;
    let begin = if request.is_replayable { "BEGIN; SET LOCAL synchronous_commit = off" } else { "BEGIN" };
    conn.execute(begin).await?;
    let result = match run_step(&request.step, &mut conn).await {
        Ok(moves) => {
            let started = Instant::now();
            let done = conn.execute("COMMIT").await;
            done.map(|_| metrics.committed(started.elapsed(), !request.is_replayable, 1, moves)).map_err(Failure::from)
        }
        Err(failure) => Err(failure),
    };
    if result.is_err() && conn.execute("ROLLBACK").await.is_err() {
        // A connection that cannot even roll back is not given to anybody else.
        let _ = conn.close().await;
    }
    result
}

/// Somewhere between half and all of a pause, so that two that met do not meet again.
fn jittered(pause: Duration) -> Duration {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    pause / 2 + pause.mul_f64(f64::from(nanos % 1_000) / 2_000.0)
}
