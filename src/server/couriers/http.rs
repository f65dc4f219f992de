//! The one way out to couriers: one client, a limit on time, size and rate, and one log line per call.
//!
//! The line names the account, the operation, the status, the time and the size; never an address, a
//! number, a name or a body. What an answer means is for its courier to say, except where the status
//! alone decides: keys that are not accepted, and "later".

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, Url};
use serde_json::Value;

use crate::domain::ids::CourierId;
use crate::domain::time::DAY_MS;
use crate::server::clock::{Chance, Clock};
use crate::server::couriers::CourierError;
use crate::server::couriers::account::Account;
use crate::server::couriers::breaker::{Breakers, Sign};
use crate::server::couriers::ids::Ids;
use crate::server::couriers::line::Line;
use crate::server::couriers::repeats::{self, PATIENCE};
use crate::server::couriers::tokens::Tokens;
use crate::server::metrics::{CallOutcome, Metrics};

pub use crate::server::couriers::ask::Ask;

/// How long a connection may take to be made.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long an ordinary call may take.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a call for a label may take: couriers draw PDFs while we wait.
pub const LABEL_TIME_MAX: Duration = Duration::from_secs(60);
/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How often a look-up follows a courier to another path of the same host.
const REDIRECTS_MAX: usize = 3;
/// Calls an account may make in a row, and in the long run per second.
const CALLS_BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
const CALLS_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// The same of an operation with a limit below that, of which one comes back in so long: never more than 50
/// in five minutes.
const SCARCE_CALLS_BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
const SCARCE_CALL_EVERY: Duration = Duration::from_secs(10);
/// How long a call waits for its turn before the caller has to come again.
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);
/// The longest wait a courier can ask for.
const RETRY_AFTER_MS_MAX: i64 = DAY_MS;

/// What a courier answered, when the status alone does not say it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, never more than 1 MiB.
    pub body: Vec<u8>,
    /// How long it asked us to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
}

impl Answer {
    /// Whether the status is a 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It took too long.
    Slow,
    /// Nobody was there.
    NoConnection,
    /// It broke off.
    Broken,
    /// It could not even be sent.
    NotSendable,
    /// It was more than is read.
    TooLarge,
}

impl Failure {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        // Nothing of the error's own text is used: it holds the address, and so a parcel's number.
        if error.is_timeout() {
            Failure::Slow
        } else if error.is_connect() {
            Failure::NoConnection
        } else if error.is_builder() {
            Failure::NotSendable
        } else {
            Failure::Broken
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Failure::Slow => "timeout",
            Failure::NoConnection => "no connection",
            Failure::Broken => "broken connection",
            Failure::NotSendable => "not sendable",
            Failure::TooLarge => "too large",
        }
    }
}

/// The client for couriers. Cheap to clone; clones share connections and limits.
#[derive(Clone, Debug)]
pub struct Outbound {
    pub(super) line: Line,
    pub(super) allow_local: bool,
    turns: Arc<DefaultKeyedRateLimiter<CourierId>>,
    scarce_turns: Arc<DefaultKeyedRateLimiter<(CourierId, &'static str)>>,
    /// What one call costs: as many turns as there are instances.
    turn_price: Arc<AtomicU32>,
    breakers: Breakers,
    clock: Clock,
    chance: Chance,
    pub(super) metrics: Metrics,
    tokens: Tokens,
    ids: Ids,
}

impl Outbound {
    /// The client; `allow_local` lets a courier's address be http on this machine.
    ///
    /// # Errors
    /// A sentence when TLS cannot be set up.
    pub fn new(allow_local: bool) -> Result<Self, String> {
        Ok(Self::on(Line::network()?, allow_local))
    }

    /// One that sends over this line.
    pub fn on(line: Line, allow_local: bool) -> Self {
        let quota = Quota::per_second(CALLS_PER_SECOND).allow_burst(CALLS_BURST);
        let turns = Arc::new(RateLimiter::keyed(quota));
        // A period of zero is the one there is no quota of.
        let scarce = Quota::with_period(SCARCE_CALL_EVERY).unwrap_or(quota).allow_burst(SCARCE_CALLS_BURST);
        Self {
            line,
            allow_local,
            turns,
            scarce_turns: Arc::new(RateLimiter::keyed(scarce)),
            turn_price: Arc::new(AtomicU32::new(1)),
            breakers: Breakers::default(),
            clock: Clock::System,
            chance: Chance::System,
            metrics: Metrics::default(),
            tokens: Tokens::default(),
            ids: Ids::default(),
        }
    }

    /// The same, with waits by this clock and of this chance.
    pub fn timed_by(self, clock: &Clock, chance: &Chance) -> Self {
        Self { clock: clock.clone(), chance: chance.clone(), ..self }
    }

    /// What its waits are timed by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The same, with logins kept and timed there.
    pub fn logged_in_by(self, tokens: Tokens) -> Self {
        Self { tokens, ..self }
    }

    /// The tokens of accounts whose courier wants a login first.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What couriers call places, where that was looked up.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The same, and its calls are counted there.
    pub fn counted_by(self, metrics: &Metrics) -> Self {
        Self { metrics: metrics.clone(), ..self }
    }

    /// Makes a call below the account's address, or else `base_url`. Only one that changes nothing is made
    /// again when it was not answered.
    ///
    /// # Errors
    /// [`CourierError::Refused`] when the address or the keys are wrong, [`CourierError::Unavailable`]
    /// when there was no answer or one that says "later".
    pub async fn call(&self, account: &Account, base_url: &str, ask: Ask) -> Result<Answer, CourierError> {
        judge(self.answer(account, base_url, ask).await?, &account.shown.name)
    }

    /// The same for couriers whose refusals are told by the body under any status.
    ///
    /// # Errors
    /// As [`Outbound::call`], statuses apart.
    pub async fn answer(&self, account: &Account, base_url: &str, ask: Ask) -> Result<Answer, CourierError> {
        let base = account.shown.base_url.as_deref().unwrap_or(base_url);
        let (mut url, is_local) = address(base, &ask.path, self.allow_local)?;
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        let (began, mut tries) = (Instant::now(), 0);
        loop {
            if !is_local {
                self.wait_for_turn_of(&account.shown.id, &ask).await?;
            }
            let outcome = self.once(account, &url, &ask).await?;
            tries += 1;
            let wait = repeats::wait(tries, &outcome, self.chance.number()).filter(|_| ask.changes_nothing());
            match wait.filter(|wait| began.elapsed() + *wait < PATIENCE) {
                Some(wait) => self.clock.pause(wait).await,
                None => return outcome.map_err(|failure| no_answer(&failure, &account.shown.name)),
            }
        }
    }

    /// Makes a call once.
    async fn once(&self, account: &Account, url: &Url, ask: &Ask) -> Result<Result<Answer, Failure>, CourierError> {
        self.must_not_be_left_alone(account)?;
        let started = Instant::now();
        let exchange = self.exchange(url.clone(), ask);
        let outcome = tokio::time::timeout(ask.time_max, exchange).await.unwrap_or(Err(Failure::Slow));
        let took = started.elapsed();
        let outcome = outcome.map(|answer| ask.past_firewall(answer));
        self.metrics.courier_called(account.provider(), ask.operation, outcome_of(&outcome), took);
        self.breakers.note(&account.shown.id, sign_of(&outcome), self.clock.now());
        let (courier, operation, ms) = (account.shown.slug.as_str(), ask.operation, took.as_millis());
        match &outcome {
            Ok(answer) => {
                let (status, bytes) = (answer.status, answer.body.len());
                tracing::info!(courier, operation, status, ms, bytes, "{courier} answered {operation} with {status}");
            }
            Err(failure) => {
                let reason = failure.name();
                tracing::warn!(courier, operation, ms, reason, "{courier} did not answer {operation}: {reason}");
            }
        }
        Ok(outcome)
    }

    /// How long an account is still left alone because it did not answer; `None` when it is not.
    pub fn left_alone(&self, account: &CourierId) -> Option<Duration> {
        self.breakers.left_alone(account, self.clock.now())
    }

    fn must_not_be_left_alone(&self, account: &Account) -> Result<(), CourierError> {
        self.breakers.ask(&account.shown.id, self.clock.now()).map_err(|wait| CourierError::Unavailable {
            reason: format!(
                "{} has not answered lately, so it was not called; it is tried again in {} s.",
                account.shown.name,
                wait.as_secs() + 1
            ),
            retry_after_ms: i64::try_from(wait.as_millis()).ok(),
        })
    }

    /// Takes only this instance's part of what accounts may do.
    pub fn share_among(&self, instances: u32) {
        self.turn_price.store(instances.clamp(1, CALLS_BURST.get()), Ordering::Relaxed);
    }

    /// Forgets accounts that are back at their full allowance; called on a timer.
    pub fn tidy(&self) {
        self.turns.retain_recent();
        self.turns.shrink_to_fit();
        self.scarce_turns.retain_recent();
        self.scarce_turns.shrink_to_fit();
    }

    async fn wait_for_turn_of(&self, account: &CourierId, ask: &Ask) -> Result<(), CourierError> {
        if ask.is_scarce {
            self.wait_for_turn(&self.scarce_turns, &(account.clone(), ask.operation)).await?;
        }
        self.wait_for_turn(&self.turns, account).await
    }

    async fn wait_for_turn<K>(&self, turns: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), CourierError>
    where
        K: Clone + Eq + std::hash::Hash,
    {
        let mut waited = Duration::ZERO;
        loop {
            let price = NonZeroU32::new(self.turn_price.load(Ordering::Relaxed)).unwrap_or(NonZeroU32::MIN);
            let Ok(Err(not_until)) = turns.check_key_n(key, price) else { return Ok(()) };
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            waited += wait;
            if waited > TURN_WAIT_MAX {
                return Err(CourierError::Unavailable {
                    reason: "Too many calls are waiting for this courier account.".to_owned(),
                    retry_after_ms: i64::try_from(wait.as_millis()).ok(),
                });
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn exchange(&self, mut url: Url, ask: &Ask) -> Result<Answer, Failure> {
        let mut hops = 0;
        loop {
            let response = self.line.send(ask.request(&url)?).await?;
            match redirect(&url, &ask.method, response.status().as_u16(), response.headers()) {
                Some(next) if hops < REDIRECTS_MAX => (url, hops) = (next, hops + 1),
                Some(_) | None => return read(response, ANSWER_BYTES_MAX).await,
            }
        }
    }
}

/// A client with ring, our own roots, no redirects, and a proxy only where `HTTPS_PROXY` names one:
/// plain http goes to this machine alone.
///
/// # Errors
/// A sentence when TLS cannot be set up.
pub fn client() -> Result<Client, String> {
    // Whoever comes second finds the provider in place.
    rustls::crypto::ring::default_provider().install_default().ok();
    let wrong = |error: reqwest::Error| format!("The HTTP client cannot be made: {error}.");
    let mut roots = Vec::new();
    for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        roots.push(reqwest::Certificate::from_der(root).map_err(wrong)?);
    }
    let mut builder = Client::builder()
        .tls_certs_only(roots)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIME_MAX)
        .user_agent(concat!("harkara/", env!("CARGO_PKG_VERSION")))
        .referer(false)
        .no_proxy();
    let proxy = ["HTTPS_PROXY", "https_proxy"].iter().find_map(|name| std::env::var(name).ok());
    if let Some(proxy) = proxy.filter(|proxy| !proxy.is_empty()) {
        builder = builder.proxy(reqwest::Proxy::https(proxy).map_err(|_| "HTTPS_PROXY is not an address.".to_owned())?);
    }
    builder.build().map_err(wrong)
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The full address, and whether it is on this machine.
fn address(base: &str, path: &[String], allow_local: bool) -> Result<(Url, bool), CourierError> {
    let wrong = |sentence: &str| CourierError::Refused(sentence.to_owned());
    let mut url = Url::parse(base).map_err(|_| wrong("The address of this courier account is not an address."))?;
    let is_local = is_loopback(&url);
    if is_local && !allow_local {
        return Err(wrong(
            "The address of this courier account is on this machine, which HARKARA_ALLOW_LOCAL_COURIERS must allow.",
        ));
    }
    if url.scheme() != "https" && !(is_local && url.scheme() == "http") {
        return Err(wrong("The address of this courier account must start with https://."));
    }
    url.set_query(None);
    url.path_segments_mut()
        .map_err(|()| wrong("The address of this courier account is not an address."))?
        .pop_if_empty()
        .extend(path);
    Ok((url, is_local))
}

/// Where a look-up goes on: only to the same scheme, host and port, for the keys travel with it.
/// What changes something is never sent twice.
fn redirect(from: &Url, method: &Method, status: u16, headers: &HeaderMap) -> Option<Url> {
    if *method != Method::GET || !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = from.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    (to.origin() == from.origin()).then_some(to)
}

/// Reads an answer of at most so many bytes.
pub(super) async fn read(mut response: reqwest::Response, bytes_max: usize) -> Result<Answer, Failure> {
    let status = response.status().as_u16();
    let retry_after_ms = retry_after_ms(response.headers());
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        if body.len() + piece.len() > bytes_max {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, body, retry_after_ms })
}

/// `Retry-After` in milliseconds. A date is compared with the `Date` of the same answer, so that
/// nobody's clock need be right.
fn retry_after_ms(headers: &HeaderMap) -> Option<i64> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp().as_millisecond());
    let wanted = text(RETRY_AFTER)?;
    let wait = match wanted.parse::<i64>() {
        Ok(seconds) => seconds.saturating_mul(1_000),
        Err(_) => date(wanted)? - text(DATE).and_then(date).unwrap_or_else(|| Clock::System.now().0),
    };
    Some(wait.clamp(0, RETRY_AFTER_MS_MAX))
}

pub(super) fn outcome_of(outcome: &Result<Answer, Failure>) -> CallOutcome {
    match outcome.as_ref().map(|answer| answer.status) {
        Ok(401 | 403) => CallOutcome::KeysRefused,
        Ok(408 | 429 | 500..=599) => CallOutcome::Unavailable,
        Ok(_) => CallOutcome::Answered,
        Err(_) => CallOutcome::NoAnswer,
    }
}

/// What a call says about whether the courier can be called.
fn sign_of(outcome: &Result<Answer, Failure>) -> Sign {
    match outcome {
        Ok(answer) if matches!(answer.status, 408 | 500..=599) => Sign::Silence,
        Ok(_) | Err(Failure::NotSendable | Failure::TooLarge) => Sign::Life,
        Err(Failure::Slow | Failure::NoConnection | Failure::Broken) => Sign::Silence,
    }
}

/// What the status alone decides.
fn judge(answer: Answer, name: &str) -> Result<Answer, CourierError> {
    match answer.status {
        401 | 403 => Err(keys_refused(name)),
        408 | 429 | 500..=599 => Err(CourierError::Unavailable {
            reason: match answer.status {
                429 => format!("{name} asked us to call less often (HTTP 429)."),
                status => format!("{name} could not answer (HTTP {status})."),
            },
            retry_after_ms: answer.retry_after_ms,
        }),
        _ => Ok(answer),
    }
}

/// What an account whose keys are not accepted is told.
pub fn keys_refused(name: &str) -> CourierError {
    CourierError::Refused(format!("{name} did not accept the keys. Check them in the courier account."))
}

pub(super) fn no_answer(failure: &Failure, name: &str) -> CourierError {
    let reason = match failure {
        Failure::Slow => format!("{name} did not answer in time."),
        Failure::NoConnection => format!("{name} could not be reached."),
        Failure::Broken => format!("The connection to {name} broke before its answer was complete."),
        Failure::NotSendable => {
            return CourierError::Refused(format!(
                "The keys for {name} hold characters that cannot be sent. Check them in the courier account."
            ));
        }
        Failure::TooLarge => return CourierError::Unreadable(format!("{name} answered more than can be read.")),
    };
    CourierError::Unavailable { reason, retry_after_ms: None }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
