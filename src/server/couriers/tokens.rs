//! Logins with couriers that want one before anything else. An account has one token, one login at a
//! time, and no more logins for a while after several wrong ones: couriers lock users out for that.
//!
//! What is known of an account is one [`Session`], held by a [`SessionKeeper`]. The one here keeps it in
//! memory; the shop's own (`actions/logins.rs`) seals it into the database, so that instances share tokens
//! and lock-outs and one of them logs in at a time.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::ids::CourierId;
use crate::domain::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use crate::server::clock::Clock;
use crate::server::couriers::CourierError;
use crate::server::secrets;

/// Wrong logins in a row before none is tried for a while.
const WRONG_LOGINS_MAX: u32 = 3;
/// How long none is tried then. Shiprocket blocks a user for about as long.
const BARRED_MS: i64 = 30 * MINUTE_MS;
/// How long an instance may take to log in before another one tries: longer than the call.
const LOGIN_TIME_MAX_MS: i64 = 45 * SECOND_MS;
/// How often, and after what pause, it is looked whether another instance has logged in.
const LOOKS_MAX: u32 = 60;
const LOOK_PAUSE: Duration = Duration::from_millis(250);

/// A token as a login gave it.
pub struct NewToken {
    /// What is sent with every call.
    pub text: String,
    /// How long it is valid, in milliseconds.
    pub valid_ms: i64,
    /// After how long another is fetched, in milliseconds: before anybody has to wait for it.
    pub renew_ms: i64,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// The courier does not accept the name and the password.
    Wrong(String),
    /// The courier lets this user try no more for now.
    LockedOut(String),
    /// Anything else; the keys may be right.
    Failed(CourierError),
}

/// A token that is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What is sent with every call.
    pub text: String,
    /// When another is fetched.
    pub renew_at: UnixMillis,
    /// When it is worth nothing.
    pub expires_at: UnixMillis,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What is known of an account's login. It holds a token, so it is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Digest of the keys it was made with; with other keys all of this is forgotten.
    pub keys: String,
    /// The token, if there is one.
    pub token: Option<Token>,
    /// Wrong logins in a row.
    pub wrong_logins: u32,
    /// Until when none is tried.
    pub barred_until: Option<UnixMillis>,
}

impl Session {
    /// The token, if it may still be sent and is not the one that was refused.
    fn usable(&self, until: fn(&Token) -> UnixMillis, now: UnixMillis, refused: Option<&str>) -> Option<String> {
        let token = self.token.as_ref()?;
        (until(token) > now && refused != Some(token.text.as_str())).then(|| token.text.clone())
    }
}

/// The future of keeping something.
pub type Kept<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where sessions are kept. One that cannot be read is as good as none: it costs a login.
pub trait SessionKeeper: Send + Sync {
    /// What is known of an account.
    fn load<'a>(&'a self, account: &'a CourierId) -> Kept<'a, Option<Session>>;

    /// Puts this in place of it.
    fn save<'a>(&'a self, account: &'a CourierId, session: Session) -> Kept<'a, ()>;

    /// Whether this instance may log in now; no other one may until it has let go, or until that instant.
    /// Where there is one instance only, it always may.
    fn claim<'a>(&'a self, _account: &'a CourierId, _until: UnixMillis) -> Kept<'a, bool> {
        Box::pin(std::future::ready(true))
    }

    /// Lets go of what was claimed.
    fn let_go<'a>(&'a self, _account: &'a CourierId) -> Kept<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Keeps sessions until the process ends, which is the only instance then.
#[derive(Default)]
pub struct MemoryKeeper(Mutex<HashMap<CourierId, Session>>);

impl SessionKeeper for MemoryKeeper {
    fn load<'a>(&'a self, account: &'a CourierId) -> Kept<'a, Option<Session>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned();
        Box::pin(std::future::ready(found))
    }

    fn save<'a>(&'a self, account: &'a CourierId, session: Session) -> Kept<'a, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account.clone(), session);
        Box::pin(std::future::ready(()))
    }
}

/// Whose turn it is to log in, and how the last login failed for those who waited for it.
#[derive(Default)]
struct Turn {
    logins: AtomicU64,
    failure: tokio::sync::Mutex<Option<CourierError>>,
}

/// The tokens of all accounts. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Tokens {
    keeper: Arc<dyn SessionKeeper>,
    clock: Clock,
    turns: Arc<Mutex<HashMap<CourierId, Arc<Turn>>>>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self::new(Arc::new(MemoryKeeper::default()), Clock::System)
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens kept there, by this clock.
    pub fn new(keeper: Arc<dyn SessionKeeper>, clock: Clock) -> Self {
        Self { keeper, clock, turns: Arc::default() }
    }

    /// A token of an account: the one there is, or one from a single login that all who ask meanwhile
    /// share. `keys` is what the login is made with, `refused` a token the courier no longer accepts.
    ///
    /// # Errors
    /// [`CourierError::Refused`] when the keys are wrong or logins are barred, otherwise what the login met.
    pub async fn token<F>(
        &self,
        account: &CourierId,
        keys: &[&str],
        refused: Option<&str>,
        login: impl FnOnce() -> F,
    ) -> Result<String, CourierError>
    where
        F: Future<Output = Result<NewToken, LoginError>>,
    {
        let keys = secrets::digest(keys.join("\n").as_bytes());
        let session = self.session(account, &keys).await;
        if let Some(text) = session.usable(|token| token.renew_at, self.clock.now(), refused) {
            return Ok(text);
        }
        let turn = self.turn(account);
        let before = turn.logins.load(Ordering::SeqCst);
        let mut failure = match turn.failure.try_lock() {
            Ok(free) => free,
            // While somebody else renews it, the old one will do.
            Err(_) => match session.usable(|token| token.expires_at, self.clock.now(), refused) {
                Some(text) => return Ok(text),
                None => turn.failure.lock().await,
            },
        };
        let session = self.session(account, &keys).await;
        if let Some(text) = session.usable(|token| token.renew_at, self.clock.now(), refused) {
            return Ok(text);
        }
        if turn.logins.load(Ordering::SeqCst) != before
            && let Some(error) = failure.as_ref()
        {
            return Err(error.clone());
        }
        let outcome = self.log_in_alone(account, &keys, refused, login).await;
        turn.logins.fetch_add(1, Ordering::SeqCst);
        *failure = outcome.as_ref().err().cloned();
        outcome
    }

    /// Logs in unless another instance has just done so, or is about to.
    async fn log_in_alone<F>(
        &self,
        account: &CourierId,
        keys: &str,
        refused: Option<&str>,
        login: impl FnOnce() -> F,
    ) -> Result<String, CourierError>
    where
        F: Future<Output = Result<NewToken, LoginError>>,
    {
        for _ in 0..LOOKS_MAX {
            let is_ours = self.keeper.claim(account, self.clock.now().plus(LOGIN_TIME_MAX_MS)).await;
            let session = self.session(account, keys).await;
            let usable = session.usable(|token| token.renew_at, self.clock.now(), refused);
            if is_ours {
                let outcome = match usable {
                    Some(text) => Ok(text),
                    None => self.log_in(account, session, refused, login).await,
                };
                self.keeper.let_go(account).await;
                return outcome;
            }
            // The old one will do for whoever does not log in.
            let until = self.clock.now();
            if let Some(text) = usable.or_else(|| session.usable(|token| token.expires_at, until, refused)) {
                return Ok(text);
            }
            self.clock.pause(LOOK_PAUSE).await;
        }
        Err(CourierError::Unavailable {
            reason: "Another instance of the shop is logging in with this courier.".to_owned(),
            retry_after_ms: Some(LOGIN_TIME_MAX_MS),
        })
    }

    /// Forgets the token of an account, as after a logout.
    pub async fn forget(&self, account: &CourierId) {
        if let Some(session) = self.keeper.load(account).await {
            self.keeper.save(account, Session { token: None, ..session }).await;
        }
    }

    async fn log_in<F>(
        &self,
        account: &CourierId,
        mut session: Session,
        refused: Option<&str>,
        login: impl FnOnce() -> F,
    ) -> Result<String, CourierError>
    where
        F: Future<Output = Result<NewToken, LoginError>>,
    {
        let now = self.clock.now();
        if let Some(until) = session.barred_until.filter(|until| *until > now) {
            return Err(barred("Logins were refused", until, now));
        }
        let outcome = login().await;
        let now = self.clock.now();
        let error = match outcome {
            Ok(new) => {
                let token = Token {
                    text: new.text.clone(),
                    renew_at: now.plus(new.renew_ms),
                    expires_at: now.plus(new.valid_ms),
                };
                session = Session { keys: session.keys, token: Some(token), ..Session::default() };
                self.keeper.save(account, session).await;
                return Ok(new.text);
            }
            // The old token may outlive a courier that is away.
            Err(LoginError::Failed(error)) => {
                return session.usable(|token| token.expires_at, now, refused).ok_or(error);
            }
            Err(LoginError::Wrong(reason)) => {
                session.wrong_logins += 1;
                if session.wrong_logins < WRONG_LOGINS_MAX {
                    CourierError::Refused(reason)
                } else {
                    session.barred_until = Some(now.plus(BARRED_MS));
                    barred(&reason, now.plus(BARRED_MS), now)
                }
            }
            Err(LoginError::LockedOut(reason)) => {
                session.barred_until = Some(now.plus(BARRED_MS));
                barred(&reason, now.plus(BARRED_MS), now)
            }
        };
        // After a bar has passed the next wrong login bars again; a right one clears the count.
        session.token = None;
        self.keeper.save(account, session).await;
        Err(error)
    }

    async fn session(&self, account: &CourierId, keys: &str) -> Session {
        let kept = self.keeper.load(account).await.filter(|session| session.keys == keys);
        kept.unwrap_or_else(|| Session { keys: keys.to_owned(), ..Session::default() })
    }

    fn turn(&self, account: &CourierId) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(account.clone()).or_default())
    }
}

fn barred(reason: &str, until: UnixMillis, now: UnixMillis) -> CourierError {
    let minutes = (until.0 - now.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS);
    let reason = reason.trim_end_matches('.');
    CourierError::Refused(format!(
        "{reason}. To keep the user from being blocked, no login is tried for {minutes} min, unless \
         the keys are changed."
    ))
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
