//! Storing pushes: those that arrive together share one statement and one commit.
//!
//! When the database does not take them in time they go to the spool, which is as durable, and nobody is
//! asked to send again.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, oneshot};

use crate::error::AppError;
use crate::server::db::Db;
use crate::server::db::webhooks::{self, NewPush};
use crate::server::webhooks::spool::Spool;

/// Pushes that may share a statement.
const GROUP_MAX: usize = 100;
/// Pushes waiting to be stored before callers are held back.
const QUEUE_MAX: usize = 4_096;
/// How long the database may take before the spool is used: couriers give up after some seconds.
const STORE_TIME_MAX: Duration = Duration::from_secs(2);
/// How long everything goes to the spool after the database has not taken a group: if each group waited
/// for it again, those behind it would wait longer than couriers do.
const SPOOL_ONLY_TIME: Duration = Duration::from_secs(3);
/// How long the database may take to say that it is there.
const ALIVE_TIME_MAX: Duration = Duration::from_secs(1);

struct Waiting {
    push: NewPush,
    done: oneshot::Sender<Result<(), AppError>>,
}

/// Where pushes are stored, and who is told that there are some.
#[derive(Clone)]
pub struct Intake {
    sender: mpsc::Sender<Waiting>,
    bell: Arc<Notify>,
    spool: Arc<Spool>,
    db: Db,
}

impl Intake {
    /// Starts storing.
    pub fn start(db: Db, data_dir: &Path) -> Intake {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let bell = Arc::new(Notify::new());
        let spool = Arc::new(Spool::new(data_dir.join("spool")));
        tokio::spawn(run(db.clone(), receiver, Arc::clone(&bell), Arc::clone(&spool)));
        Intake { sender, bell, spool, db }
    }

    /// Stores a push and answers once it is durable.
    ///
    /// # Errors
    /// [`AppError::Internal`] when neither the database nor the spool takes it.
    pub async fn store(&self, push: NewPush) -> Result<(), AppError> {
        let (done, answer) = oneshot::channel();
        self.sender.send(Waiting { push, done }).await.map_err(|_| AppError::Internal)?;
        answer.await.unwrap_or(Err(AppError::Internal))
    }

    /// Tells whoever applies pushes that some wait.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until somebody has rung.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Moves what was spooled into the database; answers how many pushes there were.
    ///
    /// # Errors
    /// [`AppError::Internal`] while the database is away.
    pub async fn drain_spool(&self) -> Result<usize, AppError> {
        let mut moved = 0;
        for file in self.spool.closed_files().await {
            for group in file.pushes.chunks(GROUP_MAX) {
                insert(&self.db, group.to_vec()).await?;
                moved += group.len();
            }
            self.spool.remove(&file).await;
        }
        if moved > 0 {
            tracing::info!(pushes = moved, "spooled pushes are in the database now");
            self.ring();
        }
        Ok(moved)
    }
}

async fn run(db: Db, mut receiver: mpsc::Receiver<Waiting>, bell: Arc<Notify>, spool: Arc<Spool>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    let mut spool_until = Instant::now();
    while receiver.recv_many(&mut group, GROUP_MAX).await > 0 {
        let waiting = std::mem::take(&mut group);
        if Instant::now() < spool_until {
            spool_all(&spool, waiting).await;
            continue;
        }
        let pushes: Vec<NewPush> = waiting.iter().map(|one| one.push.clone()).collect();
        match tokio::time::timeout(STORE_TIME_MAX, insert(&db, pushes)).await {
            Ok(Ok(())) => {
                waiting.into_iter().for_each(|one| answer(one, Ok(())));
                bell.notify_one();
            }
            Ok(Err(_)) if is_alive(&db).await => store_apart(&db, &spool, waiting, &bell).await,
            Ok(Err(_)) | Err(_) => {
                spool_until = Instant::now() + SPOOL_ONLY_TIME;
                spool_all(&spool, waiting).await;
            }
        }
    }
}

async fn is_alive(db: &Db) -> bool {
    tokio::time::timeout(ALIVE_TIME_MAX, db.is_alive()).await.unwrap_or(false)
}

async fn insert(db: &Db, pushes: Vec<NewPush>) -> Result<(), AppError> {
    db.write(move |conn| {
        let pushes = pushes.clone();
        Box::pin(async move { Ok(webhooks::insert(conn, &pushes).await?) })
    })
    .await
}

/// One of a group cannot be stored: each by itself, and what still cannot goes to the spool.
async fn store_apart(db: &Db, spool: &Spool, waiting: Vec<Waiting>, bell: &Notify) {
    let (mut rest, mut is_away) = (Vec::new(), false);
    for one in waiting {
        if is_away {
            rest.push(one);
            continue;
        }
        match tokio::time::timeout(STORE_TIME_MAX, insert(db, vec![one.push.clone()])).await {
            Ok(Ok(())) => answer(one, Ok(())),
            Ok(Err(_)) => rest.push(one),
            Err(_) => {
                is_away = true;
                rest.push(one);
            }
        }
    }
    bell.notify_one();
    spool_all(spool, rest).await;
}

async fn spool_all(spool: &Spool, waiting: Vec<Waiting>) {
    if waiting.is_empty() {
        return;
    }
    let pushes: Vec<NewPush> = waiting.iter().map(|one| one.push.clone()).collect();
    let result = match spool.append(pushes).await {
        Ok(()) => {
            tracing::warn!(pushes = waiting.len(), "the database does not take pushes; they are spooled");
            Ok(())
        }
        Err(error) => {
            tracing::error!("pushes can neither be stored nor spooled: {error}");
            Err(AppError::Internal)
        }
    };
    waiting.into_iter().for_each(|one| answer(one, result.clone()));
}

fn answer(waiting: Waiting, result: Result<(), AppError>) {
    // The courier may have hung up; its push stands all the same.
    let _ = waiting.done.send(result);
}
