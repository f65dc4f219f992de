//! Courier accounts as people see them, and the neutral words in which couriers and the shop speak of
//! parcels: numbers, codes, bookings, news.

use serde::{Deserialize, Serialize};

use crate::domain::customers::{Address, Phone};
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::money::{Currency, Minor};
use crate::domain::shipping::{Leg, ShipmentStatus};
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
    /// Pathao Courier, Bangladesh.
    Pathao,
    /// RedX, Bangladesh.
    Redx,
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
        Pathao = "pathao", Redx = "redx",
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
    /// How many such calls a minute an account's parcels are asked for by themselves; people ask beside it.
    pub polls_per_minute: usize,
    /// Prices and serviceability can be asked for.
    pub rates: bool,
    /// Label PDFs can be fetched.
    pub labels: bool,
    /// A booking without an AWB can be asked for one again.
    pub assigns_awb: bool,
    /// Manifests of many parcels can be made.
    pub manifests: bool,
    /// A rider can be asked to come and fetch.
    pub pickups: bool,
    /// Failed attempts can be answered by a call.
    pub ndr: bool,
    /// Goods can be fetched back from customers.
    pub returns: bool,
    /// How its webhooks are trusted unless the account says otherwise.
    pub webhook: WebhookMode,
    /// The header or query parameter of the secret then, where it is the courier that names it.
    pub webhook_name: Option<&'static str>,
    /// The credentials it needs: name of the field, and whether it is secret.
    pub credentials: &'static [(&'static str, bool)],
}

impl Capabilities {
    /// A courier that can do nothing: couriers say only what they can beside it.
    pub const NONE: Capabilities = Capabilities {
        name: "",
        books: false,
        finds_by_reference: false,
        cancels: false,
        recalls: false,
        tracks: false,
        track_max: 0,
        polls_per_minute: 0,
        rates: false,
        labels: false,
        assigns_awb: false,
        manifests: false,
        pickups: false,
        ndr: false,
        returns: false,
        webhook: WebhookMode::None,
        webhook_name: None,
        credentials: &[],
    };
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

/// An account as a form or a program sends it: texts, read by the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CourierForm {
    /// Slug of the account to change; empty adds one.
    pub slug: String,
    /// Slug of the store.
    pub store: String,
    /// Name for people.
    pub name: String,
    /// Code of the provider.
    pub provider: String,
    /// Where its API is; empty is the courier's own address.
    pub base_url: String,
    /// `yes` or empty.
    pub enabled: String,
    /// `yes` or empty.
    pub test_mode: String,
    /// First credential; empty keeps what is set. Which one it is, the provider's capabilities say.
    pub credential_1: String,
    /// Second credential; empty keeps what is set.
    pub credential_2: String,
    /// Third credential; empty keeps what is set.
    pub credential_3: String,
    /// Fourth credential; empty keeps what is set.
    pub credential_4: String,
    /// Fifth credential; empty keeps what is set.
    pub credential_5: String,
    /// Code of the webhook mode; empty is the provider's usual one.
    pub webhook_mode: String,
    /// Header or query parameter that carries the secret, where the mode has one.
    pub webhook_name: String,
    /// The secret; empty keeps what is set.
    pub webhook_secret: String,
    /// Name of the pickup place at the courier.
    pub pickup_location: String,
    /// Postcode of the pickup place.
    pub pickup_pincode: String,
}

impl CourierForm {
    /// Names of the fields for credentials, in the order of the provider's capabilities.
    pub const CREDENTIAL_FIELDS: [&str; 5] =
        ["credential_1", "credential_2", "credential_3", "credential_4", "credential_5"];

    /// The credentials in that order, as they were typed.
    pub fn credentials(&self) -> [&str; 5] {
        [&self.credential_1, &self.credential_2, &self.credential_3, &self.credential_4, &self.credential_5]
            .map(|typed| typed.trim())
    }

    /// The fields of the credentials in that order.
    pub fn credentials_mut(&mut self) -> [&mut String; 5] {
        [
            &mut self.credential_1,
            &mut self.credential_2,
            &mut self.credential_3,
            &mut self.credential_4,
            &mut self.credential_5,
        ]
    }
}

/// Outside of a parcel, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParcelSize {
    /// Longest side.
    pub length_mm: i64,
    /// Second side.
    pub width_mm: i64,
    /// Third side.
    pub height_mm: i64,
}

/// A line of what is inside a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelItem {
    /// The merchant's number of it; not unique within a parcel.
    pub sku: String,
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, in the currency of the parcel.
    pub unit_price: Minor,
}

/// A parcel to be booked.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Our reference: the order's, with `-R2` and so on from the second booking.
    pub reference: String,
    /// Who gets it.
    pub name: String,
    /// Phone of who gets it.
    pub phone: Phone,
    /// E-mail of who gets it, possibly empty.
    pub email: String,
    /// Where it goes.
    pub address: Address,
    /// What the customer wrote, possibly empty.
    pub note: String,
    /// What is inside, in words: `2 × Cotton saree, 1 × Clay cup`.
    pub contents: String,
    /// The same line by line, for couriers that want it so.
    pub items: Vec<ParcelItem>,
    /// Pieces inside.
    pub pieces: i64,
    /// When the order was placed.
    pub ordered_at: UnixMillis,
    /// Weight in grams.
    pub weight_grams: i64,
    /// Outside of the parcel.
    pub size: ParcelSize,
    /// Currency of the amounts.
    pub currency: Currency,
    /// What the rider collects; zero for a prepaid parcel.
    pub cod_amount: Minor,
    /// What it is worth.
    pub declared_value: Minor,
    /// The courier's service that was chosen, where it has several.
    pub service_id: Option<String>,
}

/// What a courier calls a parcel. Text throughout; an empty text, `0` and `null` mean none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The number its tracking is asked by; for Packzy the consignment id.
    pub awb: Option<String>,
    /// A second number shown to customers; Packzy's tracking code.
    pub tracking_code: Option<String>,
    /// Its id of the order.
    pub courier_order_id: Option<String>,
    /// Its id of the shipment.
    pub courier_shipment_id: Option<String>,
    /// Our reference as it repeats it.
    pub reference: Option<String>,
}

/// A booking the courier has; without an AWB it is *booked, AWB pending*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booking {
    /// What it calls the parcel.
    pub numbers: Numbers,
    /// Who carries it, where the courier is an aggregator.
    pub carrier_name: Option<String>,
    /// What it will charge.
    pub charged_cost: Option<Minor>,
    /// Its first word on the parcel's state, if it gave one.
    pub heard: Option<Heard>,
    /// Why there is no AWB yet, in words for staff.
    pub awb_pending: Option<String>,
}

/// A courier's code, in the parts the courier documents; a part it does not use is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Code {
    /// Which of its number spaces the code is from.
    pub id_space: String,
    /// Type.
    pub kind: String,
    /// Text, folded as its status table is.
    pub text: String,
    /// Number or code.
    pub code: String,
}

/// One thing a courier said about a parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// When it happened; `None` when the source has no time, which makes it an observation.
    pub at: Option<UnixMillis>,
    /// Its code. All parts empty: a line of text that says nothing about the state.
    pub code: Code,
    /// What else tells two events of one code and instant apart; never the place.
    pub distinct_by: String,
    /// Its words, for the timeline.
    pub activity: String,
    /// Where, possibly empty.
    pub location: String,
}

/// One parcel of a push or of a tracking answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which parcel.
    pub numbers: Numbers,
    /// What was said, or why it could not be read: one bad item never spoils the others.
    pub heard: Result<Vec<Heard>, String>,
    /// When the courier expects to deliver it.
    pub expected_delivery_at: Option<UnixMillis>,
}

/// What a push was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Push {
    /// Genuine and without effect by nature, such as a test ping.
    Ignored {
        /// The courier's name for it.
        event_type: String,
    },
    /// News of parcels.
    Parcels {
        /// The courier's name for it.
        event_type: String,
        /// One entry per parcel.
        reports: Vec<Report>,
    },
}

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A state.
    Is(ShipmentStatus),
    /// Delivered in part: shown as delivered, and a person decides about the rest.
    PartlyDelivered,
    /// Known, and says nothing about the state.
    Nothing,
    /// Not known, or known to need a person: changes nothing and is shown.
    Unknown,
}

/// A line the merchant has added; it wins over the table.
#[derive(Clone, Debug)]
pub struct AddedRow {
    /// Identity of the row.
    pub id: String,
    /// Which leg it is for.
    pub leg: Leg,
    /// The code it is about, every part exact.
    pub code: Code,
    /// What it means.
    pub meaning: Meaning,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_tables_of_the_migrations_are_the_enums() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().map(|one| one.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        let migrations: String = files.iter().map(|path| std::fs::read_to_string(path).expect("SQL")).collect();
        for (table, codes) in [
            ("courier_providers", Provider::TABLE.iter().map(|(_, code)| *code).collect::<Vec<_>>()),
            ("webhook_modes", WebhookMode::TABLE.iter().map(|(_, code)| *code).collect()),
        ] {
            let insert = format!("INSERT INTO {table} ");
            let statements = migrations.split(&insert).skip(1).map(|rest| rest.split(';').next().unwrap_or_default());
            let inserted: Vec<&str> = statements.flat_map(|one| one.split('\'').skip(1).step_by(2)).collect();
            assert_eq!(inserted, codes, "{table}");
        }
    }
}
