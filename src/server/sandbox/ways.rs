//! The ways of parcels for couriers whose words differ and whose ways do not.

use std::collections::VecDeque;

use serde_json::Value;

use crate::domain::couriers::Provider;
use crate::domain::money::Minor;
use crate::domain::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use crate::server::clock::Chance;
use crate::server::sandbox::state::{Event, Journey, Parcel, State};

/// The earliest and the latest minute of a step after the one before.
const STEP_MINUTES: (u64, u64) = (60, 480);

/// A step: the courier's status, and its words.
pub type Step = (&'static str, &'static str);

/// What a courier says on the way.
pub struct Words {
    /// When it has been told of the parcel.
    pub booked: Step,
    /// Until it has the parcel.
    pub fetched: &'static [Step],
    /// From there to the customer's town.
    pub moving: &'static [Step],
    /// With the rider.
    pub out: Step,
    /// An attempt failed.
    pub failed: Step,
    /// It stops, and goes on.
    pub held: &'static [Step],
    /// The ends.
    pub delivered: Step,
    /// The customer keeps a part.
    pub partly: Step,
    /// Called off.
    pub cancelled: Step,
    /// The way back.
    pub back: &'static [Step],
    /// Lost, or what the courier says then.
    pub lost: Step,
}

/// A number below a bound.
pub fn below(chance: &Chance, bound: u64) -> u64 {
    chance.number() % bound.max(1)
}

/// How a parcel's way ends: most are delivered.
pub fn choose(chance: &Chance) -> Journey {
    match below(chance, 100) {
        0..55 => Journey::Delivered,
        55..67 => Journey::Held,
        67..72 => Journey::PartlyDelivered,
        72..84 => Journey::FailedAttempts,
        84..94 => Journey::Returned,
        94..98 => Journey::Cancelled,
        98 => Journey::Lost,
        _ => Journey::Unclear,
    }
}

/// The way of a parcel booked now.
pub fn way(journey: Journey, words: &Words, from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut steps = words.fetched.to_vec();
    if journey == Journey::Cancelled {
        steps.truncate(1);
        steps.push(words.cancelled);
        return follow(&steps, from, chance);
    }
    steps.extend(words.moving);
    match journey {
        Journey::Delivered | Journey::Cancelled => steps.extend([words.out, words.delivered]),
        Journey::Held => {
            steps.extend(words.held);
            steps.extend([words.out, words.delivered]);
        }
        Journey::PartlyDelivered => steps.extend([words.out, words.partly]),
        Journey::FailedAttempts => {
            for _ in 0..=below(chance, 2) {
                steps.extend([words.out, words.failed]);
            }
            steps.extend([words.out, words.delivered]);
        }
        Journey::Returned => {
            steps.extend([words.out, words.failed, words.out, words.failed]);
            steps.extend(words.back);
        }
        Journey::MisScanned => {
            steps.extend([words.out, words.out, words.delivered, words.failed]);
            steps.extend(words.back);
        }
        Journey::Lost | Journey::Unclear => steps.push(words.lost),
    }
    follow(&steps, from, chance)
}

/// Steps as events, one after the other, at whole seconds.
pub fn follow(steps: &[Step], from: UnixMillis, chance: &Chance) -> VecDeque<Event> {
    let mut at = from;
    let follow = |(status, message): &Step| {
        let (earliest, latest) = STEP_MINUTES;
        let seconds = earliest * 60 + below(chance, (latest - earliest) * 60);
        at = at.plus(i64::try_from(seconds).unwrap_or(0) * SECOND_MS);
        Event { at, status: Some((*status).to_owned()), message: (*message).to_owned() }
    };
    steps.iter().map(follow).collect()
}

/// A parcel to be booked.
pub struct Order {
    /// Which courier's.
    pub courier: Provider,
    /// Its number.
    pub awb: String,
    /// The merchant's reference.
    pub reference: String,
    /// What is collected.
    pub cod: Minor,
    /// What is charged.
    pub charge: Minor,
    /// What was sent.
    pub booked: Value,
}

/// Books a parcel and tells of it; answers its place in the list.
pub fn book(state: &mut State, order: Order, words: &Words) -> usize {
    let chance = state.next_chance();
    let journey = state.journeys.pop_front().unwrap_or_else(|| choose(&chance));
    let (status, message) = words.booked;
    state.parcels.push(Parcel {
        courier: order.courier,
        awb: order.awb,
        tracking_code: String::new(),
        reference: order.reference,
        status: status.to_owned(),
        cod: order.cod,
        charge: order.charge,
        booked: order.booked,
        journey,
        is_called_off: false,
        created_at: state.now,
        updated_at: state.now,
        events: Vec::new(),
        ahead: way(journey, words, state.now, &chance),
    });
    let at = state.parcels.len() - 1;
    state.happen(at, Event { at: state.now, status: Some(status.to_owned()), message: message.to_owned() });
    at
}

/// Puts a parcel on another way from now on.
pub fn turn(state: &mut State, at: usize, steps: &[Step]) {
    let ahead = follow(steps, state.now, &state.next_chance());
    if let Some(parcel) = state.parcels.get_mut(at) {
        parcel.ahead = ahead;
    }
}

/// Letters and digits for a number, the same for the same seed and count.
pub fn letters(state: &State, count: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
    let chance = state.next_chance();
    let mut code = String::with_capacity(count);
    while code.len() < count {
        code.push(char::from(LETTERS[below(&chance, 32) as usize]));
    }
    code
}

/// An instant in a form, moved by minutes east of UTC.
pub fn written(at: UnixMillis, minutes_east: i64, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at.plus(minutes_east * MINUTE_MS).0);
    at.map(|at| at.strftime(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words = Words {
        booked: ("booked", ""),
        fetched: &[("requested", ""), ("picked", "")],
        moving: &[("moving", "")],
        out: ("out", ""),
        failed: ("failed", ""),
        held: &[("held", "")],
        delivered: ("delivered", ""),
        partly: ("partly", ""),
        cancelled: ("cancelled", ""),
        back: &[("back", ""), ("returned", "")],
        lost: ("lost", ""),
    };

    #[test]
    fn every_way_goes_forward_in_time_and_ends_as_it_was_chosen() {
        for (journey, end) in [
            (Journey::Delivered, "delivered"),
            (Journey::Held, "delivered"),
            (Journey::PartlyDelivered, "partly"),
            (Journey::FailedAttempts, "delivered"),
            (Journey::Returned, "returned"),
            (Journey::Cancelled, "cancelled"),
            (Journey::Lost, "lost"),
            (Journey::Unclear, "lost"),
            (Journey::MisScanned, "returned"),
        ] {
            for seed in 0..20 {
                let way = way(journey, &WORDS, UnixMillis(0), &Chance::seeded(seed));
                assert!(way.iter().zip(way.iter().skip(1)).all(|(one, next)| one.at < next.at), "{journey:?}");
                assert!(way.iter().all(|event| event.at.0 % SECOND_MS == 0), "whole seconds");
                assert_eq!(way.back().and_then(|event| event.status.as_deref()), Some(end), "{journey:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_way_is_chosen_by_some_seed() {
        let chosen: Vec<Journey> = (0..2_000).map(|seed| choose(&Chance::seeded(seed))).collect();
        for journey in [Journey::Delivered, Journey::Returned, Journey::Lost, Journey::Unclear, Journey::Cancelled] {
            assert!(chosen.contains(&journey), "{journey:?}");
        }
    }
}
