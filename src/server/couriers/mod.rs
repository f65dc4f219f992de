//! Couriers: what each of them wants to hear and what it means by its answers.
//!
//! A courier is one file, or a folder `<courier>/{mod,wire,status}.rs` past 400 lines, in this order:
//! settings, wire types, status table, the trait. To add one: write that file with its fixtures beside
//! it in `fixtures/<courier>/`, add its line to [`of`], its code to `domain::couriers::Provider` and to
//! the code table `courier_providers` by a migration, and its HTTP to `server/sandbox`. Bodies are built
//! and read by plain functions, which is what the contract tests call; only the trait's methods send.
//!
//! `account` an account with its opened credentials · `http` the one way out · `status` from a
//! courier's code to our state · `manual`, `packzy` the couriers.

pub mod account;
pub mod http;
pub mod manual;
pub mod packzy;
pub mod status;

use std::pin::Pin;

use crate::domain::couriers::{Capabilities, Provider};
use crate::domain::customers::{Address, Phone};
use crate::domain::money::{Currency, Minor};
use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::status::StatusRow;

/// Why a courier did not do what it was asked. The sentence is for staff and holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    /// It understood and said no: asking again with the same data cannot help.
    #[error("{0}")]
    Refused(String),
    /// No answer, or one that says "later". For a booking this means that nobody knows.
    #[error("{reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long it asked us to wait, in milliseconds.
        retry_after_ms: Option<i64>,
    },
    /// It answered something that is none of its answers: somebody has to look. For a booking this
    /// means that nobody knows.
    #[error("{0}")]
    Unreadable(String),
}

/// The future of one call to a courier.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, CourierError>> + Send + 'a>>;

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
    /// Pieces inside.
    pub pieces: i64,
    /// Weight in grams.
    pub weight_grams: i64,
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

/// A courier. Every method is stateless: what must be kept is kept by whoever calls.
pub trait Courier: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// Its codes and what they mean, newest table.
    fn statuses(&self) -> &'static [StatusRow];

    /// Version of that table, stored with every event that was read by it.
    fn statuses_version(&self) -> i64;

    /// Where its API is.
    fn base_url(&self) -> &'static str;

    /// Books a parcel, once: it never tries again by itself.
    fn book<'a>(&'a self, http: &'a Outbound, account: &'a Account, parcel: &'a Parcel) -> Call<'a, Booking>;

    /// Looks a booking up by our reference; `None` is proof that there is none.
    fn find<'a>(&'a self, http: &'a Outbound, account: &'a Account, reference: &'a str) -> Call<'a, Option<Booking>>;

    /// Asks for the state of parcels, at most as many as the capabilities say; one entry per parcel
    /// that was asked for, in that order.
    fn track<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>>;

    /// Calls a booked parcel off.
    fn cancel<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, ()>;

    /// Asks a parcel that is on its way back.
    fn recall<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        reason: &'a str,
    ) -> Call<'a, ()>;

    /// Reads a push that has been verified.
    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError>;

    /// The body of a 200 that this courier wants to see for a push.
    fn push_accepted(&self) -> &'static str;
}

/// The code that speaks to a courier; `None` for one this version does not speak to.
pub fn of(provider: Provider) -> Option<&'static dyn Courier> {
    match provider {
        Provider::Packzy => Some(&packzy::Packzy),
        Provider::Manual => Some(&manual::Manual),
        Provider::Shiprocket | Provider::Delhivery | Provider::Generic => None,
    }
}
