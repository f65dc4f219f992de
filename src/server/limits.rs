//! Rate limits, in process, by key and class of action.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::AppError;

/// Login attempts in a row for one account or one address, and how fast more are allowed.
const LOGIN_BURST: NonZeroU32 = NonZeroU32::new(8).unwrap();
const LOGIN_REFILL: Duration = Duration::from_secs(15);

/// Looks at the tracking page in a row from one address, and how fast more are allowed: a person has one
/// reference and four digits, somebody who guesses has ten thousand.
const TRACK_BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
const TRACK_REFILL: Duration = Duration::from_secs(6);

/// Refused pushes in a row from one address, and how fast more are looked at.
const PUSH_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
const PUSH_REFILL: Duration = Duration::from_secs(1);

/// The limiters of an instance.
#[derive(Clone)]
pub struct Limits {
    logins: Arc<DefaultKeyedRateLimiter<String>>,
    tracks: Arc<DefaultKeyedRateLimiter<String>>,
    refused_pushes: Arc<DefaultKeyedRateLimiter<String>>,
}

fn limiter(refill: Duration, burst: NonZeroU32) -> Arc<DefaultKeyedRateLimiter<String>> {
    let quota = Quota::with_period(refill).unwrap_or_else(|| Quota::per_minute(burst)).allow_burst(burst);
    Arc::new(RateLimiter::keyed(quota))
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<(), AppError> {
    limiter.check_key(&key.to_owned()).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        AppError::TooMany { retry_after_seconds: wait.as_secs() + 1 }
    })
}

impl Limits {
    /// Fresh limiters.
    pub fn new() -> Self {
        Self {
            logins: limiter(LOGIN_REFILL, LOGIN_BURST),
            tracks: limiter(TRACK_REFILL, TRACK_BURST),
            refused_pushes: limiter(PUSH_REFILL, PUSH_BURST),
        }
    }

    /// Counts a login attempt for a key.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn login(&self, key: &str) -> Result<(), AppError> {
        check(&self.logins, key)
    }

    /// Counts a look at the tracking page from an address.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn track(&self, address: &str) -> Result<(), AppError> {
        check(&self.tracks, address)
    }

    /// Counts a push from an address that was refused; genuine ones are never counted.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn refused_push(&self, address: &str) -> Result<(), AppError> {
        check(&self.refused_pushes, address)
    }

    /// Forgets keys that are back at their full allowance; called on a timer.
    pub fn tidy(&self) {
        for limiter in [&self.logins, &self.tracks, &self.refused_pushes] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
