//! Storing pushes: those that arrive together share one write to the spool, and its wait for the disk.
//!
//! The spool needs no turn of the database's writer, and not even that the database is there. Where it
//! cannot be written (a full disk, or a folder another process has) pushes go into the database at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Mutex, MutexGuard, Notify, mpsc, oneshot};

use crate::domain::time::UnixMillis;
use crate::error::AppError;
use crate::server::actions::pushes;
use crate::server::db::Db;
use crate::server::db::webhooks::NewPush;
use crate::server::webhooks::spool::{Place, Spool, Spooled};

/// Pushes that may share a write.
const GROUP_MAX: usize = 200;
/// From one wait for the disk to the next: those that arrive within it share one. A push that comes alone
/// does not wait.
const GATHER: Duration = Duration::from_millis(2);
/// Pushes waiting to be stored before callers are held back.
const QUEUE_MAX: usize = 4_096;
/// How long the database may take where there is no spool: couriers give up after some seconds.
const STORE_TIME_MAX: Duration = Duration::from_secs(2);
/// How often somebody looks whether what waits for is there.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Pushes that are counted at most.
const COUNTED_MAX: usize = 10_000;

struct Waiting {
    push: NewPush,
    done: oneshot::Sender<Result<(), AppError>>,
}

/// Where pushes are stored, and who is told that there are some.
#[derive(Clone)]
pub struct Intake {
    sender: mpsc::Sender<Waiting>,
    bells: Bells,
    spool: Arc<Spool>,
    applying: Arc<Mutex<()>>,
}

impl Intake {
    /// Starts storing.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(db: Db, data_dir: &Path) -> std::io::Result<Intake> {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let intake = Intake {
            sender,
            bells: Bells { bell: Arc::default(), is_queue_rung: Arc::new(AtomicBool::new(true)) },
            spool: Arc::new(Spool::new(data_dir.join("spool"))),
            applying: Arc::default(),
        };
        let (storer, runtime) =
            (Storer { spool: Arc::clone(&intake.spool), bells: intake.bells.clone(), db }, Handle::current());
        // A thread of its own: it does nothing but wait for the disk. It ends with the last sender.
        std::thread::Builder::new().name("spool".to_owned()).spawn(move || storer.run(receiver, &runtime))?;
        Ok(intake)
    }

    /// Stores a push and answers once it is durable.
    ///
    /// # Errors
    /// [`AppError::Internal`] when neither the spool nor the database takes it.
    pub async fn store(&self, push: NewPush) -> Result<(), AppError> {
        let (done, answer) = oneshot::channel();
        self.sender.send(Waiting { push, done }).await.map_err(|_| AppError::Internal)?;
        answer.await.unwrap_or(Err(AppError::Internal))
    }

    /// Bytes of the pushes that wait for the database.
    pub fn spooled_bytes(&self) -> u64 {
        self.spool.waiting_bytes()
    }

    /// How many pushes wait in the spool, and when the first of them came. Not counted beyond 10,000.
    pub async fn waiting(&self) -> (i64, Option<UnixMillis>) {
        let spool = Arc::clone(&self.spool);
        let read = tokio::task::spawn_blocking(move || spool.next(None, COUNTED_MAX).ok().flatten());
        let pushes = read.await.ok().flatten().map(|spooled| spooled.pushes).unwrap_or_default();
        (i64::try_from(pushes.len()).unwrap_or(i64::MAX), pushes.first().map(|push| push.received_at))
    }

    /// Tells whoever applies pushes that some wait in the database's queue.
    pub fn ring(&self) {
        self.bells.ring_queue();
    }

    /// Waits until somebody has rung.
    pub async fn rung(&self) {
        self.bells.bell.notified().await;
    }

    /// Whether the database's queue is to be looked at; asking takes the answer away.
    pub fn is_queue_rung(&self) -> bool {
        self.bells.is_queue_rung.swap(false, Ordering::AcqRel)
    }

    /// Waits until everything that was stored so far is in the database, for as long as that may take: who
    /// reads the log right after a push expects it there.
    pub async fn caught_up(&self, within: Duration) {
        let (Some(end), started) = (self.spool.end(), Instant::now()) else { return };
        while !self.spool.is_applied(end) && started.elapsed() < within {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The right to apply what is spooled, which one has at a time.
    pub async fn reader(&self) -> Reader<'_> {
        Reader { spool: Arc::clone(&self.spool), _held: self.applying.lock().await }
    }
}

/// What wakes whoever applies pushes.
#[derive(Clone)]
struct Bells {
    bell: Arc<Notify>,
    is_queue_rung: Arc<AtomicBool>,
}

impl Bells {
    fn ring_queue(&self) {
        self.is_queue_rung.store(true, Ordering::Release);
        self.bell.notify_one();
    }
}

/// Reads what is spooled, in order.
pub struct Reader<'i> {
    spool: Arc<Spool>,
    _held: MutexGuard<'i, ()>,
}

impl Reader<'_> {
    /// The next pushes behind a place, or those that are not known to be in the database; none while another
    /// process has the folder.
    pub fn next(&self, behind: Option<Place>, count: usize) -> impl Future<Output = Option<Spooled>> + Send + use<> {
        let spool = Arc::clone(&self.spool);
        let read = tokio::task::spawn_blocking(move || {
            spool.take()?;
            if spool.has_waiting(behind) { spool.next(behind, count) } else { Ok(None) }
        });
        async {
            match read.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                Ok(spooled) => spooled,
                Err(error) => {
                    if error.kind() != std::io::ErrorKind::WouldBlock {
                        tracing::error!("the spool cannot be read: {error}");
                    }
                    None
                }
            }
        }
    }

    /// Whether something is spooled behind a place.
    pub fn has_waiting(&self, behind: Place) -> bool {
        self.spool.has_waiting(Some(behind))
    }

    /// Whether what follows a place is what is to be applied next.
    pub fn is_next(&self, place: Place) -> bool {
        self.spool.is_next(place)
    }

    /// Says that everything before a place is in the database. Answers whether it is time to make sure that
    /// it is on the database's disk, too.
    pub fn has_applied(&self, place: Place) -> bool {
        self.spool.has_applied(place);
        self.spool.is_full(place)
    }

    /// Says that everything before a place is on the database's disk: the spool may forget it.
    pub fn forget(&self, place: Place) {
        self.spool.forget(place);
    }

    /// Ends the file that is being written. Answers up to where everything is in the database.
    pub async fn end_file(&self) -> Option<Place> {
        let spool = Arc::clone(&self.spool);
        tokio::task::spawn_blocking(move || spool.end_file()).await.ok().flatten()
    }

    /// Takes away what is before a place, which is on the database's disk: here nothing is kept for longer
    /// than there.
    pub async fn clear(&self, before: Option<Place>) {
        let Some(before) = before else { return };
        self.spool.forget(before);
        let spool = Arc::clone(&self.spool);
        let cleared = tokio::task::spawn_blocking(move || spool.clear_forgotten());
        if let Err(error) = cleared.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            tracing::error!("the spool cannot be cleared: {error}");
        }
    }
}

/// The one who writes the spool.
struct Storer {
    spool: Arc<Spool>,
    bells: Bells,
    db: Db,
}

impl Storer {
    fn run(self, mut receiver: mpsc::Receiver<Waiting>, runtime: &Handle) {
        let mut last = Instant::now();
        while let Some(first) = receiver.blocking_recv() {
            std::thread::sleep(GATHER.saturating_sub(last.elapsed()));
            last = Instant::now();
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && let Ok(one) = receiver.try_recv()
            {
                group.push(one);
            }
            let pushes: Vec<&NewPush> = group.iter().map(|one| &one.push).collect();
            match self.spool.append(&pushes) {
                Ok(()) => {
                    self.db.metrics.spooled(last.elapsed());
                    group.into_iter().for_each(|one| answer(one, Ok(())));
                    self.bells.bell.notify_one();
                }
                Err(error) => {
                    if error.kind() != std::io::ErrorKind::WouldBlock {
                        tracing::error!(pushes = group.len(), "the spool cannot be written: {error}");
                    }
                    runtime.spawn(store_in_queue(self.db.clone(), group, self.bells.clone()));
                }
            }
        }
    }
}

/// Straight into the database's queue, from which they are applied, too.
async fn store_in_queue(db: Db, group: Vec<Waiting>, bells: Bells) {
    let waiting: Vec<NewPush> = group.iter().map(|one| one.push.clone()).collect();
    let stored = match tokio::time::timeout(STORE_TIME_MAX, pushes::queue(&db, Arc::new(waiting))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(AppError::Internal),
    };
    group.into_iter().for_each(|one| answer(one, stored.clone()));
    bells.ring_queue();
}

fn answer(waiting: Waiting, result: Result<(), AppError>) {
    // The courier may have hung up; its push stands all the same.
    let _ = waiting.done.send(result);
}
