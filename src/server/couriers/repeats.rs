//! Asking once more, at once: how often, and after what wait (R178, R180, R181, K27).
//!
//! Only what changes nothing is asked again here. What may have had its effect is looked up first by whoever
//! asked for it (`actions/booking.rs`); and what is not answered by then is left to jobs, whose pauses are
//! longer.

use std::time::Duration;

use crate::server::couriers::http::{Answer, Failure};

/// How long somebody may wait for all tries together: a request ends after 45 s, and a call may take 30.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How often more a courier is asked that was not there, that could not answer, that was asked too often.
const NO_ANSWER_MAX: u32 = 1;
const UNABLE_MAX: u32 = 3;
const TOO_OFTEN_MAX: u32 = 4;
/// The window the first wait is drawn from; it doubles with each.
const WINDOW: Duration = Duration::from_secs(1);

/// How long to wait before a call is made once more, after it was made `tries` times; `None` when it is not.
///
/// `chance` is any number: a wait is drawn from its whole window, so that those who failed together do not
/// come back together.
pub fn wait(tries: u32, outcome: &Result<Answer, Failure>, chance: u64) -> Option<Duration> {
    let (most, window) = match outcome {
        // Whoever was not there for a moment is asked at once.
        Err(Failure::Slow | Failure::NoConnection | Failure::Broken) => (NO_ANSWER_MAX, Duration::ZERO),
        Err(Failure::NotSendable | Failure::TooLarge) => return None,
        Ok(answer) => match answer.status {
            429 => (TOO_OFTEN_MAX, doubled(tries)),
            408 | 500..=599 => (UNABLE_MAX, doubled(tries)),
            _ => return None,
        },
    };
    if tries > most {
        return None;
    }
    let asked_for = outcome.as_ref().ok().and_then(|answer| answer.retry_after_ms);
    let choices = window.as_millis() as u64 + 1;
    let drawn = Duration::from_millis(chance % choices);
    Some(asked_for.and_then(|wait| u64::try_from(wait).ok()).map_or(drawn, Duration::from_millis))
}

fn doubled(tries: u32) -> Duration {
    WINDOW.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after_ms: Option<i64>) -> Result<Answer, Failure> {
        Ok(Answer { status, body: Vec::new(), retry_after_ms })
    }

    /// The longest waits before each try after the first.
    fn longest(outcome: &Result<Answer, Failure>) -> Vec<u64> {
        let longest = |tries| {
            let waits = (0..20_000).filter_map(|chance| wait(tries, outcome, chance)).max()?;
            Some(waits.as_millis() as u64)
        };
        (1..10).map_while(longest).collect()
    }

    #[test]
    fn each_kind_of_failure_is_asked_again_as_often_as_it_deserves() {
        assert_eq!(longest(&answer(429, None)), [1_000, 2_000, 4_000, 8_000]);
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(longest(&answer(status, None)), [1_000, 2_000, 4_000], "{status}");
        }
        for failure in [Failure::Slow, Failure::NoConnection, Failure::Broken] {
            assert_eq!(longest(&Err(failure)), [0], "once, at once");
        }
        for outcome in [answer(200, None), answer(400, None), answer(401, None), answer(403, None), answer(404, None)] {
            assert_eq!(longest(&outcome), [0_u64; 0], "{outcome:?}");
        }
        assert_eq!(longest(&Err(Failure::NotSendable)), [0_u64; 0]);
        assert_eq!(longest(&Err(Failure::TooLarge)), [0_u64; 0]);
    }

    #[test]
    fn the_wait_a_courier_asks_for_wins_and_every_wait_of_a_window_is_drawn() {
        assert_eq!(wait(1, &answer(429, Some(7_000)), 3), Some(Duration::from_secs(7)));
        assert_eq!(wait(5, &answer(429, Some(7_000)), 3), None);
        let drawn: std::collections::BTreeSet<_> =
            (0..1_001).map(|chance| wait(1, &answer(503, None), chance)).collect();
        assert_eq!(drawn.len(), 1_001);
    }
}
