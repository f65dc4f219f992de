//! Couriers' scalars. The same field comes as a number, as text, or as one of several ways to say
//! "none"; every reader of an answer or a push takes them through here.

use serde_json::Value;

use crate::domain::customers::Country;
use crate::domain::money::Minor;
use crate::domain::time::{MINUTE_MS, UnixMillis};

/// Texts that stand for no value.
const NONE: [&str; 7] = ["", "na", "n/a", "null", "none", "0000-00-00", "0000-00-00 00:00:00"];

/// Largest amount that is believed, in major units; beyond it a float is no longer exact.
const AMOUNT_MAX: f64 = 1e12;

/// Text, trimmed; a number is written out. Lists, objects and words for "none" are none.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            (!NONE.iter().any(|none| none.eq_ignore_ascii_case(text))).then(|| text.to_owned())
        }
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < AMOUNT_MAX => Some(format!("{float:.0}")),
            (_, _) => Some(number.to_string()),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An identity as text; zero is none.
pub fn id(value: &Value) -> Option<String> {
    text(value).filter(|text| text.bytes().any(|byte| byte != b'0'))
}

/// A whole number.
pub fn number(value: &Value) -> Option<i64> {
    text(value)?.parse().ok()
}

/// An amount in major units, as minor ones.
pub fn amount(value: &Value) -> Option<Minor> {
    let text = text(value)?;
    Minor::parse_decimal(&text).or_else(|| {
        let major: f64 = text.parse().ok()?;
        (major.abs() < AMOUNT_MAX).then(|| Minor((major * 100.0).round() as i64))
    })
}

/// An instant: with its zone if it has one, otherwise local time of the country.
pub fn instant(text: &str, country: Country) -> Option<UnixMillis> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(UnixMillis(at.as_millisecond()));
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    let as_utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
    Some(UnixMillis(as_utc.checked_sub(country.utc_offset_minutes() * MINUTE_MS)?))
}

/// One line of at most so many characters: blanks are single, control characters are gone.
pub fn line(text: &str, characters_max: usize) -> String {
    let line = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(characters_max).collect::<String>().trim_end().to_owned()
}

/// A courier's own words for staff: one short line without numbers that could be somebody's phone.
pub fn words(text: &str) -> String {
    const DIGITS_MAX: usize = 6;
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        masked.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        masked.push_str(if length > DIGITS_MAX { "…" } else { &rest[..length] });
        rest = &rest[length..];
    }
    masked.push_str(rest);
    line(&masked, 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_and_numeric_texts_are_the_same() {
        for value in [json!(184402211), json!("184402211"), json!(" 184402211 "), json!(184402211.0)] {
            assert_eq!(id(&value).as_deref(), Some("184402211"), "{value}");
            assert_eq!(number(&value), Some(184_402_211), "{value}");
        }
        for value in [json!(1250), json!(1250.0), json!("1250"), json!("1250.00"), json!("1.25e3")] {
            assert_eq!(amount(&value), Some(Minor(125_000)), "{value}");
        }
        assert_eq!(amount(&json!(-35.5)), Some(Minor(-3_550)));
        assert_eq!(amount(&json!("35.505")), Some(Minor(3_551)));
    }

    #[test]
    fn the_ways_to_say_none_are_none() {
        for value in
            [json!(""), json!("  "), json!(null), json!([]), json!({}), json!("NA"), json!("0000-00-00 00:00:00")]
        {
            assert_eq!(text(&value), None, "{value}");
            assert_eq!(id(&value), None, "{value}");
            assert_eq!(amount(&value), None, "{value}");
        }
        assert_eq!(id(&json!(0)), None);
        assert_eq!(id(&json!("0")), None);
        assert_eq!(number(&json!(0)), Some(0));
        assert_eq!(amount(&json!(1e300)), None);
    }

    #[test]
    fn local_times_are_turned_into_utc_and_zones_are_kept() {
        let at = |text| instant(text, Country::BD);
        assert_eq!(at("2026-04-14 12:45:30"), at("2026-04-14T06:45:30Z"));
        assert_eq!(at("2026-04-14 12:45:30"), Some(UnixMillis(1_776_149_130_000)));
        assert_eq!(at("2026-04-11T12:35:31.000000Z"), Some(UnixMillis(1_775_910_931_000)));
        for wrong in ["yesterday", "2026-13-01 00:00:00", "14-04-2026 12:45:30", "12:45"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_couriers_words_reach_staff_without_phone_numbers() {
        assert_eq!(words("The recipient phone\n must be 11 digits."), "The recipient phone must be 11 digits.");
        assert_eq!(words("01700000043 is wrong, 8801700000043"), "… is wrong, …");
    }

    proptest! {
        #[test]
        fn a_line_is_never_longer_than_allowed_and_has_no_line_breaks(text in "\\PC{0,40}[\\n\\t ]{0,3}\\PC{0,40}") {
            let cut = line(&text, 25);
            prop_assert!(cut.chars().count() <= 25 && !cut.contains(['\n', '\t']));
            words(&text);
            instant(&text, Country::BD);
        }
    }
}
