//! Instants in the time zone of a store. Neither country has daylight saving, so an offset is enough.

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::domain::customers::Country;
use crate::domain::time::{MINUTE_MS, UnixMillis};

const FORMAT: &str = "%-d %b %Y, %H:%M";

/// The day and minute as people there read it: `21 Nov 2025, 10:30`.
pub fn local(at: UnixMillis, country: Country) -> String {
    let shifted = at.plus(country.utc_offset_minutes() * MINUTE_MS);
    match Timestamp::from_millisecond(shifted.0) {
        Ok(timestamp) => Offset::UTC.to_datetime(timestamp).strftime(FORMAT).to_string(),
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
        assert_eq!(local(at, Country::IN), "21 Nov 2025, 10:10");
        assert_eq!(local(at, Country::BD), "21 Nov 2025, 10:40");
        assert_eq!(local(UnixMillis(i64::MAX), Country::IN), "");
    }
}
