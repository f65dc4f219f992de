//! How an order is paid, and how far that has come.

use serde::{Deserialize, Serialize};

/// The state of a payment, and in sum of an order's payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Not paid yet.
    Pending,
    /// Received.
    Paid,
    /// Tried in vain.
    Failed,
    /// Received, and a part given back.
    PartiallyRefunded,
    /// Received and given back.
    Refunded,
    /// To be collected at the door.
    CodDue,
    /// Collected; the courier has it.
    CodCollected,
    /// Paid out by the courier.
    CodRemitted,
}

impl PaymentStatus {
    /// Every state, in the order of the enum, with its code in the database and in JSON.
    pub const TABLE: [(PaymentStatus, &'static str); 8] = [
        (PaymentStatus::Pending, "pending"),
        (PaymentStatus::Paid, "paid"),
        (PaymentStatus::Failed, "failed"),
        (PaymentStatus::PartiallyRefunded, "partially_refunded"),
        (PaymentStatus::Refunded, "refunded"),
        (PaymentStatus::CodDue, "cod_due"),
        (PaymentStatus::CodCollected, "cod_collected"),
        (PaymentStatus::CodRemitted, "cod_remitted"),
    ];
    const WHAT: &'static str = "payment status";
}

/// How a customer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// In cash, to the rider.
    Cod,
    /// As agreed with the merchant in the chat.
    Whatsapp,
}

impl PaymentMethod {
    /// Every method, in the order the checkout offers them, with its code in the database and in JSON.
    pub const TABLE: [(PaymentMethod, &'static str); 2] =
        [(PaymentMethod::Cod, "cod"), (PaymentMethod::Whatsapp, "whatsapp")];
    const WHAT: &'static str = "payment method";
}

macro_rules! text_codes {
    ($($name:ident),+) => {$(
        impl $name {
            /// The code stored in the database and spoken by the API.
            pub fn code(self) -> &'static str {
                Self::TABLE[self as usize].1
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            /// Accepts the code in any case, as clients write it.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::TABLE
                    .into_iter()
                    .find_map(|(value, code)| code.eq_ignore_ascii_case(text.trim()).then_some(value))
                    .ok_or_else(|| {
                        let codes = Self::TABLE.map(|(_, code)| code);
                        format!("The {} must be one of {}.", Self::WHAT, codes.join(", "))
                    })
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )+};
}

text_codes!(PaymentStatus, PaymentMethod);

#[cfg(test)]
mod tests {
    use super::*;

    // The code tables stand where orders first refer to them.
    const MIGRATION: &str = include_str!("../../migrations/0003_orders.sql");

    fn codes_in_migration(table: &str) -> Vec<&'static str> {
        let start = MIGRATION.find(&format!("INSERT INTO {table} ")).expect("the code table is filled");
        let statement = MIGRATION[start..].split(';').next().unwrap_or_default();
        statement.split('\'').skip(1).step_by(2).collect()
    }

    macro_rules! assert_round_trip {
        ($name:ident, $table:literal) => {
            for (at, (value, code)) in $name::TABLE.into_iter().enumerate() {
                assert_eq!(value as usize, at, "the table is in the order of the enum");
                assert_eq!(value.to_string(), code);
                assert_eq!(code.parse(), Ok(value));
                assert_eq!($name::try_from(code.to_uppercase()), Ok(value));
                assert_eq!(serde_json::to_string(&value).unwrap(), format!("\"{code}\""));
                assert_eq!(serde_json::from_str::<$name>(&format!("\"{code}\"")).unwrap(), value);
            }
            assert_eq!(codes_in_migration($table), $name::TABLE.map(|(_, code)| code));
            assert!("bitcoin".parse::<$name>().is_err());
        };
    }

    #[test]
    fn every_code_round_trips_and_is_the_code_table_of_the_migration() {
        assert_round_trip!(PaymentStatus, "payment_statuses");
        assert_round_trip!(PaymentMethod, "payment_methods");
    }
}
