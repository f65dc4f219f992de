//! Money: integer minor units (paise, poisha) with the store's currency. Never a float.

use serde::{Deserialize, Serialize};

/// A currency a store can sell in. Both have two minor digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub enum Currency {
    /// Indian rupee; minor unit paisa.
    INR,
    /// Bangladeshi taka; minor unit poisha.
    BDT,
}

impl Currency {
    /// Every currency, for tables and tests.
    pub const ALL: [Currency; 2] = [Currency::INR, Currency::BDT];

    /// ISO 4217 code.
    pub fn code(self) -> &'static str {
        match self {
            Currency::INR => "INR",
            Currency::BDT => "BDT",
        }
    }

    /// The sign put before an amount.
    pub fn sign(self) -> &'static str {
        match self {
            Currency::INR => "₹",
            Currency::BDT => "৳",
        }
    }

    /// The currency of a code from the database.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.code() == code)
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::from_code(&code).ok_or_else(|| format!("unknown currency {code}"))
    }
}

/// An amount in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type))]
#[cfg_attr(feature = "ssr", sqlx(transparent))]
#[serde(transparent)]
pub struct Minor(pub i64);

impl Minor {
    /// The price of `quantity` pieces, or `None` when it does not fit.
    pub fn times(self, quantity: i64) -> Option<Minor> {
        self.0.checked_mul(quantity).map(Minor)
    }

    /// The sum, or `None` when it does not fit.
    pub fn plus(self, other: Minor) -> Option<Minor> {
        self.0.checked_add(other.0).map(Minor)
    }

    /// A decimal string of major units, as the REST API speaks it: `"1499.00"`.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", minor / 100, minor % 100)
    }

    /// Reads a decimal string of major units with at most two fraction digits.
    pub fn parse_decimal(text: &str) -> Option<Minor> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !numeric(whole) || !numeric(fraction) || fraction.len() > 2 {
            return None;
        }
        let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
        let minor = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)?;
        Some(Minor(if negative { -minor } else { minor }))
    }

    /// The amount for people, with South Asian grouping: `₹1,49,900` or `৳1,250.50`.
    pub fn display(self, currency: Currency) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        let whole = group_lakh(minor / 100);
        match minor % 100 {
            0 => format!("{sign}{}{whole}", currency.sign()),
            fraction => format!("{sign}{}{whole}.{fraction:02}", currency.sign()),
        }
    }
}

/// Groups digits as 12,34,567: three from the right, then twos.
fn group_lakh(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len() - at;
        if at > 0 && (left == 3 || (left > 3 && left % 2 == 1)) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_grouped_the_south_asian_way() {
        for (minor, shown) in [
            (0, "₹0"),
            (99_900, "₹999"),
            (149_900, "₹1,499"),
            (14_990_000, "₹1,49,900"),
            (1_234_567_850, "₹1,23,45,678.50"),
            (-5_00, "-₹5"),
        ] {
            assert_eq!(Minor(minor).display(Currency::INR), shown);
        }
        assert_eq!(Minor(125_000).display(Currency::BDT), "৳1,250");
    }

    #[test]
    fn decimals_with_three_digits_or_words_are_refused() {
        for wrong in ["", ".", "1.234", "1,000", "abc", "1e3", "99999999999999999999"] {
            assert_eq!(Minor::parse_decimal(wrong), None, "{wrong}");
        }
        assert_eq!(Minor::parse_decimal("1499.5"), Some(Minor(149_950)));
    }

    proptest! {
        #[test]
        fn a_decimal_string_reads_back_as_the_same_amount(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(Minor::parse_decimal(&Minor(minor).decimal()), Some(Minor(minor)));
        }
    }
}
