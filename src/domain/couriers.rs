//! Courier accounts as people see them: which courier, how its webhooks are trusted, what it can do.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CourierId, StoreId};
use crate::domain::time::UnixMillis;

/// Which courier an account is with; it names the code that speaks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Shiprocket, an Indian aggregator.
    Shiprocket,
    /// Delhivery, India.
    Delhivery,
    /// Packzy, which is Steadfast Courier, Bangladesh.
    Packzy,
    /// Anybody, booked by hand: no calls are made.
    Manual,
    /// A relay of the merchant's own that speaks our neutral format.
    Generic,
}

/// How an account's webhooks prove where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookMode {
    /// A shared secret in a named header.
    Header,
    /// A shared secret as `Authorization: Bearer`.
    Bearer,
    /// A shared secret in a named query parameter.
    Query,
    /// HMAC-SHA256 of the raw body in a named header, hex or base64.
    Hmac,
    /// It sends none.
    None,
}

macro_rules! text_codes {
    ($($name:ident $what:literal { $($value:ident = $code:literal),+ $(,)? })+) => {$(
        impl $name {
            /// Every value with its code in the database and in JSON.
            pub const TABLE: &[($name, &'static str)] = &[$(($name::$value, $code)),+];

            /// The code stored in the database and spoken by the API.
            pub fn code(self) -> &'static str {
                match self { $($name::$value => $code),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $name::TABLE
                    .iter()
                    .find_map(|(value, code)| code.eq_ignore_ascii_case(text.trim()).then_some(*value))
                    .ok_or_else(|| {
                        let codes: Vec<_> = $name::TABLE.iter().map(|(_, code)| *code).collect();
                        format!(concat!("The ", $what, " must be one of {}."), codes.join(", "))
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

text_codes! {
    Provider "provider" {
        Shiprocket = "shiprocket", Delhivery = "delhivery", Packzy = "packzy", Manual = "manual", Generic = "generic",
    }
    WebhookMode "webhook mode" {
        Header = "header", Bearer = "bearer", Query = "query", Hmac = "hmac", None = "none",
    }
}

/// What a courier can do. Data, not guesses: the admin shows exactly these buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Name of the courier for people.
    pub name: &'static str,
    /// Parcels are booked by a call; without it the AWB is typed in.
    pub books: bool,
    /// A booking may answer without an AWB, or a look-up prove it without giving one.
    pub finds_by_reference: bool,
    /// A booked parcel can be called off by a call.
    pub cancels: bool,
    /// A parcel on its way can be asked back by a call.
    pub recalls: bool,
    /// The state of a parcel can be asked for.
    pub tracks: bool,
    /// How many parcels one such call may name.
    pub track_max: usize,
    /// Prices and serviceability can be asked for.
    pub rates: bool,
    /// Label PDFs can be fetched.
    pub labels: bool,
    /// How its webhooks are trusted unless the account says otherwise.
    pub webhook: WebhookMode,
    /// The credentials it needs: name of the field, and whether it is secret.
    pub credentials: &'static [(&'static str, bool)],
}

/// An account as staff see it; nothing secret is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourierAccount {
    /// Identity.
    pub id: CourierId,
    /// Whose account it is.
    pub store_id: StoreId,
    /// Name in the API and in webhook addresses, unique per store.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Which courier.
    pub provider: Provider,
    /// Where its API is, if not at the courier's own address.
    pub base_url: Option<String>,
    /// Whether it is offered and polled, and whether its pushes are taken.
    pub is_enabled: bool,
    /// A test account: nobody is billed.
    pub is_test: bool,
    /// When the credentials were last set.
    pub credentials_set_at: Option<UnixMillis>,
    /// How its webhooks are trusted.
    pub webhook_mode: WebhookMode,
    /// Header or query parameter that carries the secret, where the mode has one.
    pub webhook_name: Option<String>,
    /// When the webhook's secret was last set.
    pub webhook_secret_set_at: Option<UnixMillis>,
    /// Part of the neutral webhook address `/hooks/t/{token}`.
    pub webhook_token: String,
    /// Name of the pickup place at the courier, where it has one.
    pub pickup_location: Option<String>,
    /// Postcode of the pickup place.
    pub pickup_pincode: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_tables_of_the_migration_are_the_enums() {
        let migration = include_str!("../../migrations/0005_shipping.sql");
        for (table, codes) in [
            ("courier_providers", Provider::TABLE.iter().map(|(_, code)| *code).collect::<Vec<_>>()),
            ("webhook_modes", WebhookMode::TABLE.iter().map(|(_, code)| *code).collect()),
        ] {
            let start = migration.find(&format!("INSERT INTO {table} ")).expect("the code table is filled");
            let statement = migration[start..].split(';').next().unwrap_or_default();
            assert_eq!(statement.split('\'').skip(1).step_by(2).collect::<Vec<_>>(), codes, "{table}");
        }
    }
}
