//! Customers: phones as people type them, names, and structured addresses.

use serde::{Deserialize, Serialize};

use crate::domain::money::Currency;

/// A country the shop sells in; it decides currency, time zone, phone default and postcode rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum Country {
    /// India.
    IN,
    /// Bangladesh.
    BD,
}

impl Country {
    /// Every country, for selects, tables and tests.
    pub const ALL: [Country; 2] = [Country::IN, Country::BD];

    /// ISO 3166 alpha-2 code.
    pub fn code(self) -> &'static str {
        match self {
            Country::IN => "IN",
            Country::BD => "BD",
        }
    }

    /// The country of a code, in either case.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code().eq_ignore_ascii_case(code.trim()))
    }

    /// The country's name in English.
    pub fn name(self) -> &'static str {
        match self {
            Country::IN => "India",
            Country::BD => "Bangladesh",
        }
    }

    /// The currency its stores sell in.
    pub fn currency(self) -> Currency {
        match self {
            Country::IN => Currency::INR,
            Country::BD => Currency::BDT,
        }
    }

    /// The IANA time zone pages show times in.
    pub fn time_zone(self) -> &'static str {
        match self {
            Country::IN => "Asia/Kolkata",
            Country::BD => "Asia/Dhaka",
        }
    }

    /// Offset from UTC in minutes; neither country has daylight saving.
    pub fn utc_offset_minutes(self) -> i64 {
        match self {
            Country::IN => 330,
            Country::BD => 360,
        }
    }

    fn dial_code(self) -> &'static str {
        match self {
            Country::IN => "91",
            Country::BD => "880",
        }
    }

    /// Whether ten digits without trunk zero are a mobile number here.
    fn is_mobile(self, digits: &str) -> bool {
        let bytes = digits.as_bytes();
        match self {
            Country::IN => bytes.len() == 10 && (b'6'..=b'9').contains(&bytes[0]),
            Country::BD => bytes.len() == 10 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]),
        }
    }

    /// How many digits a postcode has here.
    pub fn postcode_digits(self) -> usize {
        match self {
            Country::IN => 6,
            Country::BD => 4,
        }
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::from_code(&code).ok_or_else(|| format!("unknown country {code}"))
    }
}

/// A mobile number in E.164, for example `+919876543210`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type))]
#[cfg_attr(feature = "ssr", sqlx(transparent))]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a number in any way people type it.
    ///
    /// Spaces, hyphens, brackets and dots are dropped, Bangla and Devanagari digits are read, `00`
    /// is a plus, and a trunk zero is dropped before or after the country code. Without a country
    /// code the number belongs to `home`; another country's number needs its code.
    pub fn parse(text: &str, home: Country) -> Option<Phone> {
        let digits = phone_digits(text)?;
        let (international, digits) = match digits.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => match digits.strip_prefix("00") {
                Some(rest) => (true, rest),
                None => (false, digits.as_str()),
            },
        };
        let with_code = || Country::ALL.into_iter().find_map(|country| country_number(digits, country));
        if international {
            return with_code();
        }
        let national = digits.strip_prefix('0').unwrap_or(digits);
        if home.is_mobile(national) {
            return Some(Phone(format!("+{}{national}", home.dial_code())));
        }
        with_code()
    }

    /// The number with its plus.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone, as `wa.me` wants them.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }
}

fn country_number(digits: &str, country: Country) -> Option<Phone> {
    let rest = digits.strip_prefix(country.dial_code())?;
    let rest = rest.strip_prefix('0').unwrap_or(rest);
    country.is_mobile(rest).then(|| Phone(format!("+{}{rest}", country.dial_code())))
}

/// A leading plus and ASCII digits; `None` when something other than separators is between them.
fn phone_digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(16);
    for letter in text.trim().chars() {
        match letter {
            '+' | '＋' if digits.is_empty() => digits.push('+'),
            ' '
            | '-'
            | '('
            | ')'
            | '.'
            | '/'
            | '\u{a0}'
            | '\u{2010}'..='\u{2015}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' => {}
            _ => digits.push(char::from(b'0' + ascii_digit(letter)?)),
        }
        if digits.len() > 20 {
            return None;
        }
    }
    Some(digits)
}

/// The value of an ASCII, Bangla or Devanagari digit.
pub fn ascii_digit(letter: char) -> Option<u8> {
    let zero = match letter {
        '0'..='9' => '0',
        '০'..='৯' => '০',
        '०'..='९' => '०',
        _ => return None,
    };
    u8::try_from(u32::from(letter) - u32::from(zero)).ok()
}

/// Digits of a postcode in ASCII, separators dropped; `None` when other characters are in it.
pub fn postcode_digits(text: &str) -> Option<String> {
    text.chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| ascii_digit(letter).map(|digit| char::from(b'0' + digit)))
        .collect()
}

/// Where a parcel goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// House, street, area.
    pub line1: String,
    /// More of it, possibly empty.
    pub line2: String,
    /// A place nearby a rider knows, possibly empty.
    pub landmark: String,
    /// Town or city.
    pub city: String,
    /// State, division or district, possibly empty.
    pub state: String,
    /// Postcode in ASCII digits, possibly empty.
    pub pincode: String,
    /// Country.
    pub country: Country,
}

impl Address {
    /// The parts that are filled in, separated by commas.
    pub fn one_line(&self) -> String {
        let landmark = if self.landmark.is_empty() { String::new() } else { format!("near {}", self.landmark) };
        [&self.line1, &self.line2, &landmark, &self.city, &self.state, &self.pincode]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn indian_numbers_are_read_in_all_the_ways_people_type_them() {
        for typed in [
            "9876543210",
            "98765 43210",
            "09876543210",
            "+91 98765-43210",
            "+91 (0) 98765 43210",
            "0091 9876543210",
            "919876543210",
            "91-98765-43210",
            "९८७६५४३२१०",
            "\u{202a}+919876543210\u{202c}",
        ] {
            assert_eq!(Phone::parse(typed, Country::IN).as_ref().map(Phone::as_str), Some("+919876543210"), "{typed}");
        }
    }

    #[test]
    fn bangladeshi_numbers_are_read_in_all_the_ways_people_type_them() {
        for typed in [
            "01712345678",
            "1712345678",
            "017 1234-5678",
            "+8801712345678",
            "+88 01712345678",
            "+880 (0)1712345678",
            "008801712345678",
            "8801712345678",
            "০১৭১২৩৪৫৬৭৮",
        ] {
            assert_eq!(Phone::parse(typed, Country::BD).as_ref().map(Phone::as_str), Some("+8801712345678"), "{typed}");
        }
    }

    #[test]
    fn a_number_of_the_other_country_needs_its_code() {
        assert_eq!(Phone::parse("9876543210", Country::BD), None);
        assert_eq!(Phone::parse("+919876543210", Country::BD).unwrap().as_str(), "+919876543210");
        assert_eq!(Phone::parse("01712345678", Country::IN), None);
    }

    #[test]
    fn landlines_words_and_short_numbers_are_refused() {
        for typed in [
            "",
            "+",
            "12345",
            "call me",
            "022 2345 6789",
            "+1 202 555 0100",
            "98765432101",
            "+91 98765 4321x",
            "++919876543210",
        ] {
            assert_eq!(Phone::parse(typed, Country::IN), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_its_result_parses_to_itself(text in "\\PC{0,30}") {
            if let Some(phone) = Phone::parse(&text, Country::IN) {
                prop_assert_eq!(Phone::parse(phone.as_str(), Country::BD), Some(phone));
            }
        }
    }
}
