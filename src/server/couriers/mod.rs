//! Couriers: what each of them wants to hear and what it means by its answers.
//!
//! A courier is one file, or a folder `<courier>/{mod,wire,status}.rs` past 400 lines, in this order:
//! settings, wire types, status table, the trait. To add one: write that file with its fixtures beside
//! it in `fixtures/<courier>/`, add its line to [`of`], its code to `domain::couriers::Provider` and to
//! the code table `courier_providers` by a migration, and its HTTP to `server/sandbox`. Bodies are built
//! and read by plain functions, which is what the contract tests call; only the trait's methods send.
//!
//! `account` an account with its opened credentials · `ask` what is asked · `http` the one way out ·
//! `breaker` leaving a silent courier alone · `scalar` numbers, texts and times as couriers write them ·
//! `status` from a courier's code to our state · `tokens` logins · `ids` a courier's ids of places ·
//! `refusals` why an answer is no success · `bangladesh` what its couriers want alike ·
//! `delhivery`, `generic`, `manual`, `packzy`, `pathao`, `redx`, `shiprocket` the couriers.

pub mod account;
pub mod ask;
pub mod bangladesh;
pub mod breaker;
pub mod delhivery;
pub mod generic;
pub mod http;
pub mod ids;
pub mod manual;
pub mod packzy;
pub mod pathao;
pub mod redx;
pub mod refusals;
pub mod scalar;
pub mod shiprocket;
pub mod status;
#[cfg(test)]
mod testing;
pub mod tokens;

use std::pin::Pin;

use crate::domain::couriers::{Capabilities, Provider};
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::status::StatusRow;

pub use crate::domain::couriers::{Booking, Code, Heard, Numbers, Parcel, Push, Report};

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

/// The answer a courier wants to see for a push that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// HTTP status, a 2xx.
    pub status: u16,
    /// Headers of the courier's own.
    pub headers: Vec<(&'static str, String)>,
    /// The body; JSON where it begins with a brace.
    pub body: &'static str,
}

impl Accepted {
    /// A 200 with a body, which is what most couriers want.
    pub const fn ok(body: &'static str) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }
}

/// The future of one call to a courier.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, CourierError>> + Send + 'a>>;

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

    /// What this courier wants to see for a push that was taken.
    fn push_accepted(&self, account: &Account) -> Accepted;
}

/// The code that speaks to a courier; `None` for one this version does not speak to.
pub fn of(provider: Provider) -> Option<&'static dyn Courier> {
    match provider {
        Provider::Delhivery => Some(&delhivery::Delhivery),
        Provider::Packzy => Some(&packzy::Packzy),
        Provider::Manual => Some(&manual::Manual),
        Provider::Shiprocket => Some(&shiprocket::Shiprocket),
        Provider::Generic => Some(&generic::Generic),
        Provider::Pathao => Some(&pathao::Pathao),
        Provider::Redx => Some(&redx::Redx),
    }
}
