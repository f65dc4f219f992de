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

/// The limiters of an instance.
#[derive(Clone)]
pub struct Limits {
    logins: Arc<DefaultKeyedRateLimiter<String>>,
}

impl Limits {
    /// Fresh limiters.
    pub fn new() -> Self {
        let quota =
            Quota::with_period(LOGIN_REFILL).unwrap_or_else(|| Quota::per_minute(LOGIN_BURST)).allow_burst(LOGIN_BURST);
        Self { logins: Arc::new(RateLimiter::keyed(quota)) }
    }

    /// Counts a login attempt for a key.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn login(&self, key: &str) -> Result<(), AppError> {
        self.logins.check_key(&key.to_owned()).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            AppError::TooMany { retry_after_seconds: wait.as_secs() + 1 }
        })
    }

    /// Forgets keys that are back at their full allowance; called on a timer.
    pub fn tidy(&self) {
        self.logins.retain_recent();
        self.logins.shrink_to_fit();
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
