//! Work that is left to jobs: what kinds there are, and how they are queued in the transaction of their
//! cause.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ShipmentId, StoreId};
use crate::domain::messages::EN;
use crate::domain::time::UnixMillis;
use crate::error::AppError;
use crate::server::App;
use crate::server::actions::actor::Actor;
use crate::server::actions::tracking::Pen;
use crate::server::clock::Chance;
use crate::server::db::events::{self, Author, NewActivity};
use crate::server::db::jobs::{self, ATTEMPTS_MAX, NewJob, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_NORMAL};
use crate::server::db::{Conn, Result};

/// The one queue; every instance works on it.
pub const QUEUE: &str = "shop";

/// One piece of work. Its JSON is the job's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Work {
    /// Find out whether the courier has a booking, and book it if it has not.
    ResolveBooking(ShipmentId),
    /// Ask for an AWB that is pending.
    AskForAwb(ShipmentId),
    /// Ask the courier about one parcel.
    CheckShipment(ShipmentId),
    /// Go on with a run of checks.
    CheckRun(String),
    /// Go on with a run that changes the state of many orders.
    StatusRun(String),
    /// Ask couriers about the parcels that are due.
    Poll(String),
    /// Look for bookings that nobody works on.
    SweepBookings(String),
    /// Ask for prices again that were asked for lately.
    RefreshRates(String),
    /// Look out for what goes wrong.
    Watch(String),
    /// Read a store's events again whose codes mean something else now.
    ReadAgain(StoreId),
    /// Take away what has been kept for long enough.
    Forget(String),
}

impl Work {
    /// The kind of job.
    pub fn kind(&self) -> &'static str {
        match self {
            Work::ResolveBooking(_) => "resolve_booking",
            Work::AskForAwb(_) => "ask_for_awb",
            Work::CheckShipment(_) => "check_shipment",
            Work::CheckRun(_) => "check_run",
            Work::StatusRun(_) => "status_run",
            Work::Poll(_) => "poll",
            Work::SweepBookings(_) => "sweep_bookings",
            Work::RefreshRates(_) => "refresh_rates",
            Work::Watch(_) => "watch",
            Work::ReadAgain(_) => "read_again",
            Work::Forget(_) => "forget",
        }
    }

    /// How urgent it is; a queue that is too long must not keep the one who looks at it waiting.
    pub fn priority(&self) -> i64 {
        match self {
            Work::ResolveBooking(_) | Work::CheckRun(_) | Work::StatusRun(_) | Work::Watch(_) => PRIORITY_HIGH,
            Work::AskForAwb(_)
            | Work::CheckShipment(_)
            | Work::Poll(_)
            | Work::SweepBookings(_)
            | Work::ReadAgain(_) => PRIORITY_NORMAL,
            Work::RefreshRates(_) | Work::Forget(_) => PRIORITY_LOW,
        }
    }

    fn key(&self) -> &str {
        match self {
            Work::ResolveBooking(id) | Work::AskForAwb(id) | Work::CheckShipment(id) => id.as_str(),
            Work::ReadAgain(store) => store.as_str(),
            Work::CheckRun(id)
            | Work::StatusRun(id)
            | Work::Poll(id)
            | Work::SweepBookings(id)
            | Work::RefreshRates(id)
            | Work::Watch(id)
            | Work::Forget(id) => id,
        }
    }

    /// Queues it, not before `run_at`; joins the same work that waits already.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn enqueue(&self, conn: &mut Conn, chance: &Chance, run_at: UnixMillis, now: UnixMillis) -> Result<()> {
        let job = NewJob {
            id: &chance.id(now),
            store_id: None,
            queue: QUEUE,
            kind: self.kind(),
            payload: &serde_json::to_string(self).unwrap_or_default(),
            unique_key: Some(self.key()),
            priority: self.priority(),
            run_at,
            max_attempts: ATTEMPTS_MAX,
        };
        jobs::enqueue(conn, &job, now).await.map(|_| ())
    }
}

/// Lets a job that was given up run again.
///
/// # Errors
/// [`AppError::Conflict`] when it was not given up, or the same work is queued already.
pub async fn retry(app: &App, actor: &Actor, id: &str) -> std::result::Result<(), AppError> {
    let (pen, author, job) = (app.pen(), actor.author.clone(), id.to_owned());
    app.db
        .write(move |conn| {
            let (pen, author, job) = (pen.clone(), author.clone(), job.clone());
            Box::pin(async move {
                if !jobs::retry(conn, &job, pen.now).await? {
                    return Err(AppError::conflict(EN.job_not_dead).into());
                }
                Ok(events::insert_activity(conn, &activity(&pen, author, "job.retried", job), pen.now).await?)
            })
        })
        .await
}

/// Takes a job that waits or was given up out of the queue.
///
/// # Errors
/// [`AppError::Conflict`] when it is being done, or through.
pub async fn discard(app: &App, actor: &Actor, id: &str) -> std::result::Result<(), AppError> {
    let (pen, author, job) = (app.pen(), actor.author.clone(), id.to_owned());
    app.db
        .write(move |conn| {
            let (pen, author, job) = (pen.clone(), author.clone(), job.clone());
            Box::pin(async move {
                if !jobs::discard(conn, &job, pen.now).await? {
                    return Err(AppError::conflict(EN.job_not_waiting).into());
                }
                Ok(events::insert_activity(conn, &activity(&pen, author, "job.discarded", job), pen.now).await?)
            })
        })
        .await
}

fn activity(pen: &Pen, author: Author, action: &'static str, job: String) -> NewActivity {
    NewActivity { id: pen.chance.id(pen.now), store_id: None, action, entity: "job", entity_id: job, author }
}
