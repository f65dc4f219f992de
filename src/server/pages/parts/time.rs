//! Instants in the time zone of a store. Neither country has daylight saving, so an offset is enough.

use jiff::Timestamp;
use jiff::tz::Offset;
use leptos::prelude::*;

use crate::domain::customers::Country;
use crate::domain::time::{MINUTE_MS, UnixMillis};

const MINUTE_FORMAT: &str = "%-d %b %Y, %I:%M %p";
const DAY_FORMAT: &str = "%-d %b %Y";

/// The day and minute as people there read it: `21 Nov 2025, 02:15 PM`.
pub fn local(at: UnixMillis, country: Country) -> String {
    shown(at, country, MINUTE_FORMAT)
}

/// The day as people there read it: `21 Nov 2025`.
pub fn local_day(at: UnixMillis, country: Country) -> String {
    shown(at, country, DAY_FORMAT)
}

/// A `<time>` with day and minute.
pub fn moment(at: UnixMillis, country: Country) -> AnyView {
    view! { <time datetime=machine(at)>{local(at, country)}</time> }.into_any()
}

fn shown(at: UnixMillis, country: Country, format: &str) -> String {
    let shifted = at.plus(country.utc_offset_minutes() * MINUTE_MS);
    match Timestamp::from_millisecond(shifted.0) {
        Ok(timestamp) => Offset::UTC.to_datetime(timestamp).strftime(format).to_string(),
        Err(_) => String::new(),
    }
}

/// The instant for machines, in the `datetime` of a `<time>`.
pub fn machine(at: UnixMillis) -> String {
    Timestamp::from_millisecond(at.0).map(|timestamp| timestamp.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_the_zone_of_its_store() {
        let at = UnixMillis(1_763_700_000_000);
        assert_eq!(machine(at), "2025-11-21T04:40:00Z");
        assert_eq!(local(at, Country::IN), "21 Nov 2025, 10:10 AM");
        assert_eq!(local(at, Country::BD), "21 Nov 2025, 10:40 AM");
        assert_eq!(local(at.plus(4 * 60 * MINUTE_MS), Country::IN), "21 Nov 2025, 02:10 PM");
        assert_eq!(local_day(at, Country::BD), "21 Nov 2025");
        assert_eq!(local(UnixMillis(i64::MAX), Country::IN), "");
    }
}
