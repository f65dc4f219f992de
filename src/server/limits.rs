//! Rate limits, in process, by key and class of action.

use std::net::IpAddr;
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

/// Postcodes a guest may ask couriers about in a row, and how fast more are allowed: each may cost calls that
/// bookings wait for.
const RATES_BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
const RATES_REFILL: Duration = Duration::from_secs(6);

/// Refused pushes in a row from one address, and how fast more are looked at.
const PUSH_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
const PUSH_REFILL: Duration = Duration::from_secs(1);

/// Requests of one token or person in a row, and how fast more are allowed: 20 a second go on for ever.
const PROGRAM_BURST: NonZeroU32 = NonZeroU32::new(600).unwrap();
const PROGRAM_REFILL: Duration = Duration::from_millis(50);
/// The same for whoever has not signed in, by address. Many phones share one address with their network.
const GUEST_BURST: NonZeroU32 = NonZeroU32::new(120).unwrap();
const GUEST_REFILL: Duration = Duration::from_millis(200);

/// The limiters of an instance.
#[derive(Clone)]
pub struct Limits {
    logins: Arc<DefaultKeyedRateLimiter<String>>,
    tracks: Arc<DefaultKeyedRateLimiter<String>>,
    rates: Arc<DefaultKeyedRateLimiter<String>>,
    refused_pushes: Arc<DefaultKeyedRateLimiter<String>>,
    programs: Arc<DefaultKeyedRateLimiter<String>>,
    guests: Arc<DefaultKeyedRateLimiter<String>>,
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
            rates: limiter(RATES_REFILL, RATES_BURST),
            refused_pushes: limiter(PUSH_REFILL, PUSH_BURST),
            programs: limiter(PROGRAM_REFILL, PROGRAM_BURST),
            guests: limiter(GUEST_REFILL, GUEST_BURST),
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

    /// Counts a postcode a guest asks couriers about, by address.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn rates(&self, address: &str) -> Result<(), AppError> {
        check(&self.rates, address)
    }

    /// Counts a push from an address that was refused; genuine ones are never counted.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn refused_push(&self, address: &str) -> Result<(), AppError> {
        check(&self.refused_pushes, address)
    }

    /// Counts a request to the API, by who sent it, else by where it comes from. This machine's own programs
    /// are not counted.
    ///
    /// # Errors
    /// [`AppError::TooMany`] with the wait in seconds.
    pub fn api(&self, caller: Option<&str>, address: IpAddr) -> Result<(), AppError> {
        if address.is_loopback() {
            return Ok(());
        }
        match caller {
            Some(caller) => check(&self.programs, caller),
            None => check(&self.guests, &address.to_string()),
        }
    }

    /// Forgets keys that are back at their full allowance; called on a timer.
    pub fn tidy(&self) {
        for limiter in [&self.logins, &self.tracks, &self.rates, &self.refused_pushes, &self.programs, &self.guests] {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_counted_by_who_they_are_and_guests_by_their_address() {
        let limits = Limits::new();
        let (far, near) = (IpAddr::from([203, 0, 113, 7]), IpAddr::from([127, 0, 0, 1]));
        let passed =
            |caller: Option<&str>, address| (0..2_000).take_while(|_| limits.api(caller, address).is_ok()).count();
        let guests = passed(None, far);
        assert!((120..200).contains(&guests), "{guests}");
        assert!(passed(Some("token:a"), far) >= 600);
        assert!(passed(Some("token:b"), far) >= 600, "one does not pay for another");
        assert_eq!(passed(None, near), 2_000);
        assert!(matches!(limits.api(None, far), Err(AppError::TooMany { retry_after_seconds: 1.. })));
    }
}
