//! How often couriers are asked about a parcel, and whom first when they cannot be asked about all.

use crate::domain::shipping::{Phase, ShipmentStatus};
use crate::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, UnixMillis};

/// Waits between two questions about a parcel (K28). A push makes them longer: it is the better source.
const OUT_FOR_DELIVERY_MS: i64 = 15 * MINUTE_MS;
const WITHOUT_AWB_MS: i64 = 30 * MINUTE_MS;
const MOVING_MS: i64 = 2 * HOUR_MS;
const SILENT_MS: i64 = 6 * HOUR_MS;
const SOFT_END_MS: i64 = DAY_MS;
/// Without a scan for so long, a parcel is asked for less often.
const SILENT_AFTER_MS: i64 = 3 * DAY_MS;
/// A cancelled or lost parcel is given up after so long.
const SOFT_END_KEPT_MS: i64 = 14 * DAY_MS;
/// A parcel that was pushed is not asked for within so long.
const PUSH_BELIEVED_MS: i64 = 2 * HOUR_MS;
/// By how many parts of a hundred a wait is longer or shorter, so that what was booked together is not asked
/// for together for ever.
const JITTER_PERCENT: i64 = 10;
/// Parcels asked for at once where a call names fewer; then it is looked again who is next.
const PARCELS_AT_ONCE: usize = 10;

/// What is known of a parcel that may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Its state.
    pub status: ShipmentStatus,
    /// Whether its number is known.
    pub has_awb: bool,
    /// When it was last heard of or booked.
    pub since: UnixMillis,
    /// When its courier last pushed news of it.
    pub pushed_at: Option<UnixMillis>,
}

/// When a parcel is to be asked for next; `None` when nothing more can come. `chance` is any number.
pub fn next_poll(parcel: &Asking, chance: u64, now: UnixMillis) -> Option<UnixMillis> {
    let silent_ms = now.0.saturating_sub(parcel.since.0);
    let wait = match (parcel.status, parcel.status.phase()) {
        (_, Phase::HardEnd) => return None,
        (_, Phase::SoftEnd) if silent_ms > SOFT_END_KEPT_MS => return None,
        (_, Phase::SoftEnd) => SOFT_END_MS,
        _ if !parcel.has_awb => WITHOUT_AWB_MS,
        (ShipmentStatus::OutForDelivery, _) => OUT_FOR_DELIVERY_MS,
        (_, Phase::BeforeHandover | Phase::Moving | Phase::Rto) if silent_ms > SILENT_AFTER_MS => SILENT_MS,
        (_, Phase::BeforeHandover | Phase::Moving | Phase::Rto) => MOVING_MS,
    };
    let due = now.plus(jittered(wait, chance));
    Some(parcel.pushed_at.map_or(due, |at| due.max(at.plus(jittered(PUSH_BELIEVED_MS, chance)))))
}

fn jittered(wait: i64, chance: u64) -> i64 {
    let width = wait * JITTER_PERCENT / 100;
    let choices = (2 * width + 1).unsigned_abs();
    wait - width + i64::try_from(chance % choices).unwrap_or(width)
}

/// How many parcels are asked for next, with so many calls left and so many parcels a call.
pub fn batch_size(calls_left: usize, parcels_per_call: usize) -> usize {
    parcels_per_call.max(PARCELS_AT_ONCE).min(calls_left.saturating_mul(parcels_per_call))
}

/// How many of so many parcels that are asked for at once may be there because they are out for delivery;
/// the rest are those that have waited longest, so that nobody waits for ever.
pub fn urgent_share(count: usize) -> usize {
    count.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::shipping::ShipmentStatus::*;

    /// The number that neither lengthens nor shortens a wait.
    fn even(wait: i64) -> u64 {
        (wait * JITTER_PERCENT / 100).unsigned_abs()
    }

    #[test]
    fn a_parcel_is_asked_for_as_often_as_it_may_have_news() {
        let now = UnixMillis(100 * DAY_MS);
        let parcel =
            |status, since_ms: i64| Asking { status, has_awb: true, since: now.plus(-since_ms), pushed_at: None };
        for (parcel, minutes) in [
            (parcel(OutForDelivery, 0), Some(15)),
            (parcel(InTransit, HOUR_MS), Some(120)),
            (parcel(InTransit, 4 * DAY_MS), Some(360)),
            (parcel(Cancelled, DAY_MS), Some(1440)),
            (parcel(Cancelled, 15 * DAY_MS), None),
            (parcel(Delivered, 0), None),
            (Asking { has_awb: false, ..parcel(Pending, 0) }, Some(30)),
        ] {
            let wait = minutes.map(|minutes| minutes * MINUTE_MS);
            let next = next_poll(&parcel, even(wait.unwrap_or(0)), now).map(|at| at.0 - now.0);
            assert_eq!(next, wait, "{parcel:?}");
            for chance in [0, 1, u64::MAX, 0x9E37_79B9_7F4A_7C15] {
                let next = next_poll(&parcel, chance, now).map(|at| at.0 - now.0);
                let is_near = |wait: i64| next.is_some_and(|next| (wait * 9 / 10..=wait * 11 / 10).contains(&next));
                assert!(wait.map_or(next.is_none(), is_near), "{parcel:?} {next:?}");
            }
        }
    }

    #[test]
    fn a_parcel_that_was_pushed_is_left_to_pushes_for_two_hours() {
        let now = UnixMillis(100 * DAY_MS);
        let next = |status, pushed_ms: i64| {
            let parcel = Asking { status, has_awb: true, since: now, pushed_at: Some(now.plus(-pushed_ms)) };
            next_poll(&parcel, 0, now).map(|at| (at.0 - now.0) / MINUTE_MS)
        };
        assert_eq!(next(OutForDelivery, 0), Some(108), "the hook works");
        assert_eq!(next(OutForDelivery, 100 * MINUTE_MS), Some(13), "asked once, while the push is still believed");
        assert_eq!(next(OutForDelivery, DAY_MS), Some(13), "or does not any more");
        assert_eq!(next(InTransit, HOUR_MS), Some(108));
        assert_eq!(next(Delivered, 0), None);
    }

    /// Calls a minute.
    const ALLOWED: usize = 120;

    /// An account as polling sees it: what is due when, and what it may be asked.
    struct Account {
        due: BTreeSet<(UnixMillis, usize)>,
        urgent: BTreeSet<(UnixMillis, usize)>,
        calls_per_minute: usize,
        parcels_per_call: usize,
        longest_minutes: [i64; 2],
    }

    impl Account {
        /// One minute: calls are made until nothing is due or the allowance is used up, each about the
        /// urgent ones first.
        fn minute(&mut self, parcels: &mut [(Asking, UnixMillis)], now: UnixMillis, chance: &mut u64) -> usize {
            let mut calls = 0;
            while calls < self.calls_per_minute {
                let size = batch_size(self.calls_per_minute - calls, self.parcels_per_call);
                let mut batch = taken(&mut self.urgent, now, urgent_share(size));
                batch.iter().for_each(|one| assert!(self.due.remove(one)));
                let rest = taken(&mut self.due, now, size - batch.len());
                for one in &rest {
                    self.urgent.remove(one);
                }
                batch.extend(rest);
                if batch.is_empty() {
                    break;
                }
                calls += batch.len().div_ceil(self.parcels_per_call);
                for (_, id) in batch {
                    let (parcel, asked_at) = &mut parcels[id];
                    let is_urgent = parcel.status == OutForDelivery;
                    let waited = (now.0 - asked_at.0) / MINUTE_MS;
                    let longest = &mut self.longest_minutes[usize::from(is_urgent)];
                    *longest = waited.max(*longest);
                    *asked_at = now;
                    *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let next = next_poll(parcel, *chance >> 20, now).expect("it is on its way");
                    self.due.insert((next, id));
                    if is_urgent {
                        self.urgent.insert((next, id));
                    }
                }
            }
            calls
        }
    }

    fn taken(from: &mut BTreeSet<(UnixMillis, usize)>, now: UnixMillis, count: usize) -> Vec<(UnixMillis, usize)> {
        let due: Vec<_> = from.range(..=(now, usize::MAX)).take(count).copied().collect();
        for one in &due {
            from.remove(one);
        }
        due
    }

    /// Lets `count` parcels, a tenth of them with the rider, be asked for during `hours`; answers the most
    /// calls of a minute, and the longest waits of the others and of those with the rider in minutes.
    fn simulated(hours: i64, count: usize, parcels_per_call: usize) -> (usize, [i64; 2]) {
        let start = UnixMillis(100 * DAY_MS);
        let status = |id: usize| if id.is_multiple_of(10) { OutForDelivery } else { InTransit };
        let mut parcels: Vec<_> = (0..count)
            .map(|id| (Asking { status: status(id), has_awb: true, since: start, pushed_at: None }, start))
            .collect();
        // All were booked at one time, as after a great day of sales.
        let due = (0..count).map(|id| (start, id)).collect();
        let urgent = (0..count).filter(|id| status(*id) == OutForDelivery).map(|id| (start, id)).collect();
        let mut account = Account { due, urgent, calls_per_minute: ALLOWED, parcels_per_call, longest_minutes: [0, 0] };
        let (mut most, mut chance) = (0, 1);
        for minute in 0..hours * 60 {
            most = most.max(account.minute(&mut parcels, start.plus(minute * MINUTE_MS), &mut chance));
        }
        (most, account.longest_minutes)
    }

    #[test]
    fn a_hundred_thousand_parcels_stay_within_what_a_courier_allows() {
        // Fifty a call, as Shiprocket and Delhivery: everything is asked for when it is due.
        let (most, [others, urgent]) = simulated(24, 100_000, 50);
        assert!(most <= ALLOWED && others <= 135 && urgent <= 20, "{most} {others} {urgent}");
        // One a call, as Packzy: far too many, so all wait longer, but everybody is asked for.
        let (most, [others, urgent]) = simulated(72, 100_000, 1);
        assert!(most == ALLOWED && others <= 30 * 60 && urgent <= 4 * 60, "{most} {others} {urgent}");
        // A tenth of that: those who are about to arrive hardly wait.
        let (most, [others, urgent]) = simulated(24, 10_000, 1);
        assert!(most <= ALLOWED && others <= 4 * 60 && urgent <= 40, "{most} {others} {urgent}");
    }
}
