//! When a courier does not answer, it is left alone for a while: calls fail at once with a sentence, and
//! one call at a time tries whether it is back.
//!
//! One breaker per account and process. "Later" is an answer: whoever is told so comes back when it was
//! asked to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::ids::CourierId;
use crate::domain::time::UnixMillis;

/// Calls without an answer, one after another, after which a courier is left alone.
const SILENT_MAX: u32 = 5;
/// How long it is left alone at first; doubles with each trial that fails.
const PAUSE_MIN: Duration = Duration::from_secs(15);
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// How long a trial keeps others from trying.
const TRIAL_TIME_MAX: Duration = Duration::from_secs(60);

/// How a call went, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It lives: any answer but one that says it cannot.
    Life,
    /// No answer, or one that it cannot answer.
    Silence,
}

/// The accounts that are left alone. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Breakers(Arc<Mutex<HashMap<CourierId, Breaker>>>);

#[derive(Clone, Copy, Debug, Default)]
struct Breaker {
    silent: u32,
    /// How often a trial has failed.
    trials: u32,
    until: Option<UnixMillis>,
}

impl Breakers {
    /// Whether a call may be made now; otherwise how long until one may.
    ///
    /// # Errors
    /// The wait.
    pub fn ask(&self, account: &CourierId, now: UnixMillis) -> Result<(), Duration> {
        let mut all = self.lock();
        let Some(breaker) = all.get_mut(account) else { return Ok(()) };
        match breaker.until {
            Some(until) if until > now => Err(between(now, until)),
            Some(_) => {
                // This call is the trial.
                breaker.until = Some(after(now, TRIAL_TIME_MAX));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes down how a call went.
    pub fn note(&self, account: &CourierId, sign: Sign, now: UnixMillis) {
        let mut all = self.lock();
        if sign == Sign::Life {
            all.remove(account);
            return;
        }
        let breaker = all.entry(account.clone()).or_default();
        breaker.silent += 1;
        if breaker.silent >= SILENT_MAX {
            let pause = PAUSE_MIN.saturating_mul(2_u32.saturating_pow(breaker.trials)).min(PAUSE_MAX);
            breaker.trials += 1;
            breaker.until = Some(after(now, pause));
        }
    }

    /// How long an account is still left alone; `None` when it is not.
    pub fn left_alone(&self, account: &CourierId, now: UnixMillis) -> Option<Duration> {
        self.lock().get(account)?.until.filter(|until| *until > now).map(|until| between(now, until))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CourierId, Breaker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn after(now: UnixMillis, wait: Duration) -> UnixMillis {
    now.plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

fn between(now: UnixMillis, until: UnixMillis) -> Duration {
    Duration::from_millis(u64::try_from(until.0 - now.0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silenced(times: u32) -> (Breakers, CourierId, UnixMillis) {
        let (breakers, account, now) = (Breakers::default(), CourierId::new("1"), UnixMillis(1_795_240_800_000));
        for _ in 0..times {
            assert_eq!(breakers.ask(&account, now), Ok(()));
            breakers.note(&account, Sign::Silence, now);
        }
        (breakers, account, now)
    }

    #[test]
    fn a_courier_that_is_silent_five_times_in_a_row_is_left_alone_and_no_other() {
        let (breakers, account, now) = silenced(4);
        assert_eq!(breakers.ask(&account, now), Ok(()));
        breakers.note(&account, Sign::Life, now);
        let (breakers, account, now) = silenced(SILENT_MAX);
        assert_eq!(breakers.ask(&account, now), Err(PAUSE_MIN));
        assert_eq!(breakers.left_alone(&account, now), Some(PAUSE_MIN));
        assert_eq!(breakers.ask(&CourierId::new("2"), now), Ok(()));
    }

    #[test]
    fn one_answer_in_between_begins_the_count_anew() {
        let (breakers, account, now) = silenced(4);
        breakers.note(&account, Sign::Life, now);
        breakers.note(&account, Sign::Silence, now);
        assert_eq!(breakers.ask(&account, now), Ok(()));
    }

    #[test]
    fn after_the_pause_one_call_tries_and_the_pause_doubles_until_it_is_answered() {
        let (breakers, account, now) = silenced(SILENT_MAX);
        let later = after(now, PAUSE_MIN);
        assert_eq!(breakers.ask(&account, later), Ok(()));
        assert!(breakers.ask(&account, later).is_err(), "one at a time");
        breakers.note(&account, Sign::Silence, later);
        assert_eq!(breakers.ask(&account, later), Err(PAUSE_MIN * 2));
        let mut at = later;
        for _ in 0..40 {
            at = after(at, breakers.left_alone(&account, at).expect("left alone"));
            assert_eq!(breakers.ask(&account, at), Ok(()));
            breakers.note(&account, Sign::Silence, at);
        }
        assert_eq!(breakers.left_alone(&account, at), Some(PAUSE_MAX), "and never longer");
        at = after(at, PAUSE_MAX);
        assert_eq!(breakers.ask(&account, at), Ok(()));
        breakers.note(&account, Sign::Life, at);
        assert_eq!((breakers.ask(&account, at), breakers.ask(&account, at)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_trial_that_never_ends_does_not_hold_others_up_for_good() {
        let (breakers, account, now) = silenced(SILENT_MAX);
        let later = after(now, PAUSE_MIN);
        assert_eq!(breakers.ask(&account, later), Ok(()));
        assert_eq!(breakers.ask(&account, after(later, TRIAL_TIME_MAX)), Ok(()));
    }
}
