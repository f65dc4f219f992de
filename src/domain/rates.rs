//! What a parcel would cost and how long it would take, before it is booked.
//!
//! A price is asked for by classes of weight and value, so that what was asked a moment ago answers the
//! next parcel like it: exact ones would hardly be asked for twice (K24).

use serde::{Deserialize, Serialize};

use crate::domain::money::Minor;
use crate::domain::time::{HOUR_MS, MINUTE_MS, UnixMillis};

/// How long an answer is as good as a new one.
pub const FRESH_MS: i64 = 15 * MINUTE_MS;
/// How long it still serves, marked approximate, while the courier does not answer.
pub const STALE_MS: i64 = 6 * HOUR_MS;
/// Couriers count weight in halves of a kilogram.
const SLAB_GRAMS: i64 = 500;
/// Steps of value in minor units, each with where it ends: the dearer a parcel, the wider its band.
const BANDS_MINOR: [(i64, i64); 3] = [(500_000, 50_000), (2_500_000, 250_000), (i64::MAX, 1_000_000)];
/// The most a day count is believed.
const DAYS_MAX: i64 = 365;

/// What decides about prices, in classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateQuestion {
    /// Postcode of the pickup place.
    pub from: String,
    /// Postcode of who gets it.
    pub to: String,
    /// Weight in grams, at the upper end of its slab.
    pub weight_grams: i64,
    /// Whether the rider collects money.
    pub is_cod: bool,
    /// What it is worth, at the upper end of its band.
    pub declared_value: Minor,
    /// Whether it comes back from the customer.
    pub is_return: bool,
}

impl RateQuestion {
    /// The question about a parcel on its way to a customer, in classes.
    pub fn about(from: &str, to: &str, weight_grams: i64, is_cod: bool, value: Minor) -> Self {
        Self {
            from: from.trim().to_owned(),
            to: to.trim().to_owned(),
            weight_grams: weight_slab(weight_grams),
            is_cod,
            declared_value: value_band(value),
            is_return: false,
        }
    }
}

/// The upper end of a weight's slab, in grams.
pub fn weight_slab(grams: i64) -> i64 {
    round_up(grams.clamp(1, 1_000_000), SLAB_GRAMS)
}

/// The upper end of a value's band; nothing is worth nothing.
pub fn value_band(value: Minor) -> Minor {
    let value = value.0.clamp(0, 1_000_000_000_000);
    let step = BANDS_MINOR.iter().find(|(upto, _)| value <= *upto).map_or(1_000_000, |(_, step)| *step);
    Minor(round_up(value, step))
}

fn round_up(number: i64, step: i64) -> i64 {
    (number + step - 1) / step * step
}

/// One service's offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// What the service is booked by; none where it cannot be chosen.
    pub service_id: Option<String>,
    /// Its name.
    pub service: String,
    /// What it costs in all, in the currency of the store.
    pub cost: Minor,
    /// Days until it is delivered, at least.
    pub min_days: Option<i64>,
    /// Days until it is delivered, at most.
    pub max_days: Option<i64>,
    /// The days in the courier's own words, possibly empty.
    pub days_text: String,
    /// Whether it collects money.
    pub takes_cod: bool,
    /// How well it does, in hundredths, from 0 to 500.
    pub rating_hundredths: Option<i64>,
    /// Whether the courier recommends it.
    pub is_recommended: bool,
}

impl Rate {
    /// With the days a courier has written: `4`, `3-5`, `3 to 5 days`.
    pub fn in_days(self, text: &str) -> Self {
        let (min_days, max_days) = days(text);
        Self { min_days, max_days, days_text: text.trim().chars().take(40).collect(), ..self }
    }
}

/// The least and the most of the numbers in a text about days.
pub fn days(text: &str) -> (Option<i64>, Option<i64>) {
    let parts = text.split(|letter: char| !letter.is_ascii_digit());
    let numbers: Vec<i64> =
        parts.filter_map(|part| part.parse().ok()).filter(|days| (0..=DAYS_MAX).contains(days)).take(2).collect();
    (numbers.iter().min().copied(), numbers.iter().max().copied())
}

/// What somebody wants of a service first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// That it costs little.
    Cost,
    /// That it is quick.
    Speed,
    /// That it does well.
    Rating,
}

/// The best offer by a preference; of equals the cheaper one, and of those the first.
pub fn best(rates: &[Rate], preference: Preference) -> Option<&Rate> {
    let days = |rate: &Rate| rate.max_days.unwrap_or(i64::MAX);
    let rating = |rate: &Rate| -rate.rating_hundredths.unwrap_or(0);
    rates.iter().min_by_key(|rate| match preference {
        Preference::Cost => (rate.cost.0, days(rate)),
        Preference::Speed => (days(rate), rate.cost.0),
        Preference::Rating => (rating(rate), rate.cost.0),
    })
}

/// What an account offers for a parcel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offers {
    /// The services that take it, cheapest first; none where nobody goes.
    pub rates: Vec<Rate>,
    /// When the courier said so.
    pub asked_at: Option<UnixMillis>,
    /// Older than it should be, because the courier did not answer just now.
    pub is_approximate: bool,
    /// Why there is nothing to show, if so.
    pub problem: Option<String>,
}

impl Offers {
    /// Whether anybody takes such a parcel, as far as is known.
    pub fn is_serviceable(&self) -> bool {
        !self.rates.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(service: &str, cost: i64, days: &str, rating: Option<i64>) -> Rate {
        let rate = Rate {
            service_id: Some(service.to_owned()),
            service: service.to_owned(),
            cost: Minor(cost),
            min_days: None,
            max_days: None,
            days_text: String::new(),
            takes_cod: true,
            rating_hundredths: rating,
            is_recommended: false,
        };
        rate.in_days(days)
    }

    #[test]
    fn parcels_that_cost_the_same_are_asked_about_once() {
        let about = |grams, value| RateQuestion::about("560034", " 411045 ", grams, true, Minor(value));
        assert_eq!(about(501, 184_850), about(999, 151_000));
        assert_ne!(about(500, 184_850), about(501, 184_850));
        assert_ne!(about(500, 200_000), about(500, 200_001));
        assert_ne!(about(500, 100), RateQuestion { is_cod: false, ..about(500, 100) });
        assert_eq!((weight_slab(0), weight_slab(500), weight_slab(1_001)), (500, 500, 1_500));
        assert_eq!((value_band(Minor(0)), value_band(Minor(2_600_000))), (Minor(0), Minor(3_000_000)));
    }

    #[test]
    fn days_are_read_however_they_are_written() {
        for (text, read) in [
            ("4", (Some(4), Some(4))),
            ("3-5", (Some(3), Some(5))),
            ("5 – 3 days", (Some(3), Some(5))),
            ("", (None, None)),
            ("soon", (None, None)),
            ("99999999999999999999", (None, None)),
        ] {
            assert_eq!(days(text), read, "{text}");
        }
        assert_eq!(rate("a", 1, " 3-5 ", None).days_text, "3-5");
    }

    #[test]
    fn the_best_offer_depends_on_what_is_wanted() {
        let rates = [
            rate("slow", 5_000, "6-8", Some(380)),
            rate("quick", 9_000, "1", Some(400)),
            rate("loved", 7_000, "4", Some(490)),
            rate("silent", 5_000, "", None),
        ];
        let best_of = |preference| best(&rates, preference).map(|rate| rate.service.as_str());
        assert_eq!(best_of(Preference::Cost), Some("slow"), "of two that cost the same, the one that says when");
        assert_eq!(best_of(Preference::Speed), Some("quick"));
        assert_eq!(best_of(Preference::Rating), Some("loved"));
        assert_eq!(best(&[], Preference::Cost), None);
    }

    proptest! {
        #[test]
        fn a_class_holds_what_is_in_it(grams in 1_i64..1_000_000, value in 0_i64..1_000_000_000) {
            let slab = weight_slab(grams);
            prop_assert!(slab >= grams && slab - grams < SLAB_GRAMS && weight_slab(slab) == slab);
            let band = value_band(Minor(value));
            prop_assert!(band.0 >= value && value_band(band) == band);
        }
    }
}
