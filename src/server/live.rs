//! Hints that something has changed, for pages that are open. A hint says what, never how: the page
//! asks for itself again and sees what it may see.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc, watch};

use crate::domain::checkout::clean_line;
use crate::domain::ids::OrderId;
use crate::error::AppError;
use crate::server::App;
use crate::server::db::{Db, Engine, extras, orders};

/// Hints a slow listener may be behind before it is told to look at everything.
const BACKLOG: usize = 256;
/// Pause before the database is listened to again.
const RECONNECT: Duration = Duration::from_secs(5);
/// How often a silent stream says that it is alive; proxies give up after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Something has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// Kind of thing: `order`, `webhook`, `run`.
    pub entity: String,
    /// Which; empty is any.
    pub id: String,
}

impl Hint {
    /// An order or one of its parcels.
    pub fn order(id: &OrderId) -> Hint {
        Hint { entity: "order".to_owned(), id: id.to_string() }
    }

    /// The list of pushes.
    pub fn webhooks() -> Hint {
        Hint { entity: "webhook".to_owned(), id: String::new() }
    }

    /// A run of checks.
    pub fn run(id: &str) -> Hint {
        Hint { entity: "run".to_owned(), id: id.to_owned() }
    }
}

/// Where hints are published and heard.
#[derive(Clone, Debug)]
pub struct Live {
    hints: broadcast::Sender<Hint>,
    closing: watch::Sender<bool>,
    /// Towards the other instances, where there can be some.
    outward: Option<mpsc::Sender<Hint>>,
}

impl Live {
    /// Hints of this instance and, on PostgreSQL, of all that share the database.
    pub fn start(db: &Db, url: &str, boot_id: &str) -> Live {
        let hints = broadcast::Sender::new(BACKLOG);
        let outward = match db.engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let (outward, receiver) = mpsc::channel(BACKLOG);
                tokio::spawn(tell_others(db.clone(), receiver, boot_id.to_owned()));
                tokio::spawn(hear_others(url.to_owned(), hints.clone(), boot_id.to_owned()));
                Some(outward)
            }
        };
        Live { hints, closing: watch::Sender::new(false), outward }
    }

    /// Tells everybody who listens.
    pub fn publish(&self, hint: Hint) {
        if let Some(outward) = &self.outward {
            // A hint that is lost is made up for by the next one; waiting for it would hold up the change.
            let _ = outward.try_send(hint.clone());
        }
        // Nobody listening is no error.
        let _ = self.hints.send(hint);
    }

    /// Ends every open stream: an endless answer would hold up the shutdown.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// A stream of the hints that pass a filter, as server-sent events named `hint`.
    pub fn answer(&self, wanted: impl Fn(&Hint) -> bool + Send + Sync + 'static) -> Response {
        let listener = (self.hints.subscribe(), self.closing.subscribe(), wanted);
        let events = stream::unfold(listener, |(mut hints, mut closing, wanted)| async move {
            loop {
                let heard = tokio::select! {
                    _ = closing.wait_for(|closed| *closed) => return None,
                    heard = hints.recv() => heard,
                };
                let hint = match heard {
                    Ok(hint) if wanted(&hint) => hint,
                    Ok(_) => continue,
                    // Some were missed: look at everything.
                    Err(broadcast::error::RecvError::Lagged(_)) => Hint { entity: "any".to_owned(), id: String::new() },
                    Err(broadcast::error::RecvError::Closed) => return None,
                };
                let data = serde_json::to_string(&hint).unwrap_or_default();
                let event = Event::default().event("hint").data(data);
                return Some((Ok::<_, Infallible>(event), (hints, closing, wanted)));
            }
        });
        let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
        response.headers_mut().insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
        response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
        response
    }
}

/// How a hint travels between instances: who sent it, and what it says.
#[derive(Serialize, Deserialize)]
struct Envelope {
    from: String,
    hint: Hint,
}

async fn tell_others(db: Db, mut receiver: mpsc::Receiver<Hint>, from: String) {
    while let Some(hint) = receiver.recv().await {
        let text = serde_json::to_string(&Envelope { from: from.clone(), hint }).unwrap_or_default();
        let told = match db.read().await {
            Ok(mut conn) => extras::notify(&mut conn, &text).await,
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::debug!("other instances were not told of a change: {error}");
        }
    }
}

async fn hear_others(url: String, hints: broadcast::Sender<Hint>, own: String) {
    loop {
        let heard = extras::listen(&url, |text| {
            if let Ok(Envelope { from, hint }) = serde_json::from_str(text)
                && from != own
            {
                let _ = hints.send(hint);
            }
        });
        if let Err(error) = heard.await {
            tracing::debug!("other instances are not heard: {error}");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

/// `GET /admin/events`: every hint. What it is about is seen only by who may see it.
pub async fn staff(State(app): State<App>) -> Response {
    app.live.answer(|_| true)
}

/// `GET /o/{token}/events`: hints about the orders of a checkout.
pub async fn checkout(State(app): State<App>, Path(token): Path<String>) -> Result<Response, AppError> {
    let placed = {
        let mut conn = app.db.read().await?;
        orders::placed_by_token(&mut conn, &clean_line(&token)).await?
    };
    let placed = placed.ok_or_else(|| AppError::not_found("Order"))?;
    let ids: Vec<String> = placed.orders.iter().map(|(_, order)| order.id.to_string()).collect();
    Ok(app.live.answer(move |hint| hint.entity == "any" || ids.contains(&hint.id)))
}
