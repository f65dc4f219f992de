//! Storing pushes: those that arrive together share one statement and one commit.
//!
//! When the database does not take them in time they go to the spool, which is as durable, and nobody is
//! asked to send again.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot};

use crate::error::AppError;
use crate::server::db::Db;
use crate::server::db::webhooks::{self, NewPush};
use crate::server::webhooks::spool::Spool;

/// Pushes that may share a statement.
const GROUP_MAX: usize = 100;
/// Groups on their way to the database at a time: one that is being committed and one behind it.
const STORERS: usize = 2;
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
        let storer = Storer {
            db: db.clone(),
            waiting: Arc::new(AsyncMutex::new(receiver)),
            bell: Arc::clone(&bell),
            spool: Arc::clone(&spool),
            spool_until: Arc::new(Mutex::new(Instant::now())),
        };
        for _ in 0..STORERS {
            tokio::spawn(storer.clone().run());
        }
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

    /// Bytes of the pushes that wait in files.
    pub async fn spooled_bytes(&self) -> u64 {
        self.spool.bytes().await
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

/// One of those that store. While the group of one is being committed the next one is queued behind it, so
/// that every commit takes pushes along.
#[derive(Clone)]
struct Storer {
    db: Db,
    waiting: Arc<AsyncMutex<mpsc::Receiver<Waiting>>>,
    bell: Arc<Notify>,
    spool: Arc<Spool>,
    spool_until: Arc<Mutex<Instant>>,
}

/// Pushes that share a statement. It is filled until the statement runs.
#[derive(Default)]
struct Group {
    pushes: Vec<Waiting>,
    /// The database was too slow: they are spooled now.
    is_given_up: bool,
}

impl Storer {
    async fn run(self) {
        loop {
            let Some(first) = self.waiting.lock().await.recv().await else { return };
            if Instant::now() < *lock(&self.spool_until) {
                let mut group = vec![first];
                self.fill(&mut group);
                spool_all(&self.spool, group).await;
                continue;
            }
            self.store(first).await;
        }
    }

    async fn store(&self, first: Waiting) {
        let group = Arc::new(Mutex::new(Group { pushes: vec![first], is_given_up: false }));
        let result = tokio::time::timeout(STORE_TIME_MAX, self.insert_group(&group)).await;
        let pushes = {
            let mut group = lock(&group);
            group.is_given_up = true;
            std::mem::take(&mut group.pushes)
        };
        match result {
            Ok(Ok(())) => {
                pushes.into_iter().for_each(|one| answer(one, Ok(())));
                self.bell.notify_one();
            }
            Ok(Err(_)) if is_alive(&self.db).await => store_apart(&self.db, &self.spool, pushes, &self.bell).await,
            Ok(Err(_)) | Err(_) => {
                *lock(&self.spool_until) = Instant::now() + SPOOL_ONLY_TIME;
                spool_all(&self.spool, pushes).await;
            }
        }
    }

    async fn insert_group(&self, group: &Arc<Mutex<Group>>) -> Result<(), AppError> {
        let (storer, group) = (self.clone(), Arc::clone(group));
        let insert = self.db.write(move |conn| {
            let pushes: Vec<NewPush> = {
                let mut group = lock(&group);
                if !group.is_given_up {
                    storer.fill(&mut group.pushes);
                }
                group.pushes.iter().map(|one| one.push.clone()).collect()
            };
            Box::pin(async move {
                if !pushes.is_empty() {
                    webhooks::insert(conn, &pushes).await?;
                }
                Ok(())
            })
        });
        insert.await
    }

    /// Adds what has come meanwhile; nothing while the other one waits for it.
    fn fill(&self, group: &mut Vec<Waiting>) {
        let Ok(mut waiting) = self.waiting.try_lock() else { return };
        while group.len() < GROUP_MAX
            && let Ok(one) = waiting.try_recv()
        {
            group.push(one);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
