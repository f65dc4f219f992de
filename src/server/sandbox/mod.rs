//! The couriers' other side: their HTTP, parcels that move on a virtual clock, webhooks, faults.
//!
//! Everything stays on this machine, and equal seeds give equal parcels on equal ways.
//!
//! `state` what is remembered · `faults` what goes wrong · `delhivery`, `generic`, `packzy`, `pathao`,
//! `redx`, `shiprocket` the couriers' HTTP · `papers` what they draw · `sides` what differs between them ·
//! `calls` and `ways` what the smaller ones share · `control` how it is steered · `pushes` sending webhooks ·
//! `serving` the socket and the passing of time.

mod calls;
pub mod control;
pub mod delhivery;
pub mod faults;
pub mod generic;
pub mod packzy;
mod papers;
pub mod pathao;
mod pushes;
pub mod redx;
mod serving;
pub mod shiprocket;
pub mod sides;
pub mod state;
mod ways;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use tower::ServiceExt as _;

pub use serving::{DEFAULT_ADDR, run, serve};

use crate::domain::couriers::Provider;
use crate::domain::time::UnixMillis;
use crate::server::couriers::line::Line;
use crate::server::sandbox::faults::{Fault, Rule};
use crate::server::sandbox::state::{Answers, Journey, Parcel, Push, State, Target};

/// Where the clock of a sandbox starts unless it is told otherwise: 2026-11-21T06:00:00Z.
const START: UnixMillis = UnixMillis(1_795_240_800_000);

/// A sandbox. Cheap to clone; clones are one sandbox.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    /// Held while webhooks are sent, so that they leave in order.
    sending: tokio::sync::Mutex<()>,
    /// How webhooks are sent; by the network unless somebody says otherwise.
    line: OnceLock<Line>,
}

impl Sandbox {
    /// A sandbox whose clock stands still at a fixed instant.
    pub fn new(seed: u64) -> Self {
        Self::starting_at(seed, START)
    }

    /// A sandbox whose clock stands still at an instant.
    pub fn starting_at(seed: u64, start: UnixMillis) -> Self {
        let state = Mutex::new(State::new(seed, start));
        Self { inner: Arc::new(Inner { state, sending: tokio::sync::Mutex::new(()), line: OnceLock::new() }) }
    }

    /// The credentials a courier accepts here, by the names its capabilities give them. They are the
    /// same for every seed, so that an account outlives the sandbox it was set up with.
    pub fn keys(&self, courier: Provider) -> &'static [(&'static str, &'static str)] {
        sides::of(courier).map_or(&[], |side| side.keys)
    }

    /// Where a courier's API is below the sandbox's own address, if it is here.
    pub fn base_path(&self, courier: Provider) -> Option<&'static str> {
        sides::of(courier).map(|side| side.base_path)
    }

    /// The virtual instant.
    pub fn now(&self) -> UnixMillis {
        self.state().now
    }

    /// Moves the clock on and sends the webhooks of everything that happens meanwhile.
    pub async fn advance(&self, milliseconds: i64) {
        let _turn = self.inner.sending.lock().await;
        self.state().pass(milliseconds);
        self.send_all().await;
    }

    /// Lets something happen to a parcel now and sends its webhook; `None` for an AWB nobody has.
    pub async fn event(&self, awb: &str, status: Option<String>, message: String) -> Option<Parcel> {
        let _turn = self.inner.sending.lock().await;
        let parcel = self.state().interfere(awb, status, message)?;
        self.send_all().await;
        Some(parcel)
    }

    /// Sends a webhook that is about no parcel, as somebody does who tries an address.
    pub async fn ping(&self, courier: Provider) {
        let _turn = self.inner.sending.lock().await;
        self.state().ping(courier);
        self.send_all().await;
    }

    /// Virtual seconds per real second, for a sandbox that is served.
    pub fn set_speed(&self, speed: u32) {
        self.state().speed = speed;
    }

    /// Dates events by the machine's clock from now on, however fast the virtual one runs.
    pub fn date_by_machine(&self) {
        self.state().dates_by_machine = true;
    }

    /// Every parcel, in the order it was booked.
    pub fn parcels(&self) -> Vec<Parcel> {
        self.state().parcels.clone()
    }

    /// Webhooks that were sent or dropped, the latest thousand.
    pub fn pushes(&self) -> Vec<Push> {
        self.state().sent.iter().cloned().collect()
    }

    /// Puts faults in place of those there were.
    pub fn set_faults(&self, rules: Vec<Rule>) {
        self.state().faults.set(rules);
    }

    /// How long a call that times out is held before it is cut off, and a slow one before it is answered.
    pub fn set_hold(&self, hold: Duration) {
        self.state().hold = hold;
    }

    /// The shapes answers take.
    pub fn set_answers(&self, answers: Answers) {
        self.state().answers = answers;
    }

    /// How the ways of the next parcels end; after those chance decides again.
    pub fn set_journeys(&self, journeys: impl IntoIterator<Item = Journey>) {
        self.state().journeys = journeys.into_iter().collect();
    }

    /// Where a courier's webhooks go, and the secret they carry.
    ///
    /// # Errors
    /// A sentence when the address is not on this machine.
    pub fn set_webhook(&self, courier: Provider, url: &str, secret: &str) -> Result<(), String> {
        let parsed = reqwest::Url::parse(url).map_err(|_| format!("“{url}” is not an address."))?;
        if !crate::server::couriers::http::is_loopback(&parsed) {
            return Err("The sandbox sends webhooks to this machine only, such as http://127.0.0.1:3000/….".to_owned());
        }
        if courier == Provider::Shiprocket && shiprocket::is_forbidden(url) {
            return Err("Shiprocket takes no address with shiprocket, kartrocket, sr or kr in it.".to_owned());
        }
        let target = Target { url: url.to_owned(), secret: secret.to_owned(), header: None };
        self.state().targets.insert(courier.code(), target);
        Ok(())
    }

    /// Sends webhooks over this line from now on; only who comes first is heard.
    pub fn send_over(&self, line: Line) {
        self.inner.line.set(line).ok();
    }

    /// The header a courier's webhooks carry their secret in, for couriers that let the merchant name it.
    pub fn set_webhook_header(&self, courier: Provider, header: &str) {
        if let Some(target) = self.state().targets.get_mut(courier.code()) {
            target.header = Some(header.to_owned());
        }
    }

    /// Forgets everything but the pace, the hold and where webhooks go.
    pub fn reset(&self) {
        self.state().reset();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one call of a courier's API, with the fault that is due, if any.
    async fn answer(
        &self,
        courier: Provider,
        operation: &str,
        refusals: &Refusals,
        has_keys: bool,
        work: impl FnOnce(&mut State) -> Reply,
    ) -> Response {
        let (fault, hold, answers) = {
            let mut state = self.state();
            let state = &mut *state;
            let fault = if has_keys {
                let halves = sides::of(courier).map_or(&[][..], |side| side.halves);
                let wanted =
                    |fault: Fault| fault.is_of_calls() && (fault != Fault::HalfCreated || halves.contains(&operation));
                state.faults.take(courier, operation, &state.fault_chance, wanted)
            } else {
                Some(Fault::Unauthorized)
            };
            (fault, state.hold, state.answers)
        };
        let reply = match fault {
            None => work(&mut self.state()),
            Some(Fault::TimeoutBefore) => return cut_off(hold).await,
            Some(Fault::TimeoutAfter) => {
                work(&mut self.state());
                return cut_off(hold).await;
            }
            Some(Fault::Unauthorized) => (refusals.unauthorized)(&answers),
            Some(Fault::OkButFailed) => (refusals.failed)(&answers),
            Some(Fault::ServerError) => broken(courier),
            Some(Fault::TooMany) => return too_many(courier),
            Some(Fault::Slow) => {
                let reply = work(&mut self.state());
                tokio::time::sleep(hold).await;
                reply
            }
            Some(Fault::HalfCreated) => {
                let mut state = self.state();
                state.books_half = true;
                let reply = work(&mut state);
                state.books_half = false;
                reply
            }
            Some(Fault::Duplicate | Fault::Reorder | Fault::Delay | Fault::Drop | Fault::UnknownStatus) => {
                work(&mut self.state())
            }
        };
        reply.into_response()
    }
}

/// How a courier says no.
struct Refusals {
    unauthorized: fn(&Answers) -> Reply,
    failed: fn(&Answers) -> Reply,
}

/// An answer of a courier.
struct Reply {
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Reply {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, content_type: "application/json", body: body.to_string() }
    }

    fn html(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/html; charset=UTF-8", body: body.to_owned() }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, self.content_type)], Body::from(self.body)).into_response()
    }
}

/// A 500.
fn broken(courier: Provider) -> Reply {
    let (content_type, body) = sides::of(courier).map_or(sides::BROKEN_PAGE, |side| side.broken);
    Reply { status: 500, content_type, body: body.to_owned() }
}

/// "Too often": a 429 that asks for seven seconds, or a firewall's page that asks for nothing.
fn too_many(courier: Provider) -> Response {
    let status = sides::of(courier).map_or(429, |side| side.too_many_status);
    let mut response = Reply::html(status, "<h1>Too Many Requests</h1>").into_response();
    if status == 429 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
    }
    response
}

/// Marks a response whose connection is to be cut instead of answering.
#[derive(Clone, Copy)]
struct CutOff;

async fn cut_off(hold: Duration) -> Response {
    tokio::time::sleep(hold).await;
    let mut response = StatusCode::GATEWAY_TIMEOUT.into_response();
    response.extensions_mut().insert(CutOff);
    response
}

/// Answers a request; `None` where the connection is to be cut instead.
pub async fn respond(router: Router, request: Request<Body>) -> Option<Response> {
    let Ok(response) = router.oneshot(request).await;
    response.extensions().get::<CutOff>().is_none().then_some(response)
}

/// Everything a sandbox answers. Calls that are to be cut off are marked; [`serve`] cuts them.
pub fn router(sandbox: &Sandbox) -> Router {
    Router::new()
        .route("/", get(|| async { control::HELP }))
        .nest(delhivery::BASE_PATH, delhivery::router())
        .nest(generic::BASE_PATH, generic::router())
        .nest(packzy::BASE_PATH, packzy::router())
        .nest(pathao::BASE_PATH, pathao::router())
        .nest(redx::BASE_PATH, redx::router())
        .nest(shiprocket::BASE_PATH, shiprocket::router())
        .nest("/papers", papers::router())
        .nest("/control", control::router())
        .with_state(sandbox.clone())
}
