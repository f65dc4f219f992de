//! Couriers: what each of them wants to hear and what it means by its answers.
//!
//! A courier is one file, or a folder `<courier>/{mod,wire,status}.rs` past 400 lines, in this order:
//! settings, wire types, status table, the trait. To add one: write that file with its fixtures beside
//! it in `fixtures/<courier>/`, add its line to [`of`], its code to `domain::couriers::Provider` and to
//! the code table `courier_providers` by a migration, and its HTTP to `server/sandbox`. Bodies are built
//! and read by plain functions, which is what the contract tests call; only the trait's methods send.
//!
//! `account` an account with its opened credentials · `ask` what is asked · `http` the one way out ·
//! `line` what carries it · `files` papers that couriers keep elsewhere · `breaker` leaving a silent courier alone · `scalar`
//! numbers, texts and times as couriers write them · `status` from a courier's code to our state ·
//! `tokens` logins · `repeats` asking once more · `ids` a courier's ids of places · `refusals` why an answer is
//! no success · `fuzzing` everything that reads ·
//! `bangladesh` what its couriers want alike · `delhivery`, `generic`, `manual`, `packzy`, `pathao`,
//! `redx`, `shiprocket` the couriers.

pub mod account;
pub mod ask;
pub mod bangladesh;
pub mod breaker;
pub mod delhivery;
pub mod files;
pub mod fuzzing;
pub mod generic;
pub mod http;
pub mod ids;
pub mod line;
pub mod manual;
pub mod packzy;
pub mod pathao;
pub mod redx;
pub mod refusals;
pub mod repeats;
pub mod scalar;
pub mod shiprocket;
#[cfg(test)]
mod spoilt_tests;
pub mod status;
#[cfg(test)]
mod testing;
pub mod tokens;

use std::pin::Pin;

use crate::domain::couriers::{Capabilities, Provider};
use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::Outbound;
use crate::server::couriers::status::StatusRow;

pub use crate::domain::couriers::{Booking, Code, Heard, Numbers, Parcel, Push, Report};
pub use crate::domain::rates::{Rate, RateQuestion};
pub use crate::domain::requests::{Contact, NdrAnswer, Pickup};

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

/// Calls a minute in which a courier's parcels are asked for by themselves. Delhivery publishes a limit of
/// 150 for these; the others publish none.
const POLLS_PER_MINUTE: usize = 120;

/// One entry per parcel that was asked for, in that order.
type Reports = Vec<Result<Report, CourierError>>;

/// The future of one call to a courier.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, CourierError>> + Send + 'a>>;

/// What every method answers that a courier leaves as it is: its capabilities say that it cannot do this.
fn cannot<'a, T: Send + 'a>(what: &'static str) -> Call<'a, T> {
    Box::pin(async move { Err(CourierError::Refused(format!("This courier cannot {what}."))) })
}

/// A courier. Every method is stateless: what must be kept is kept by whoever calls.
///
/// What only some couriers can do has an answer here that refuses it; a test compares the capabilities
/// with what is answered.
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

    /// Gets the AWB of a booking that came without one, from this service or from the one the courier
    /// picks. It never makes another booking, however often it is asked.
    fn assign_awb<'a>(
        &'a self,
        _: &'a Outbound,
        _: &'a Account,
        _: &'a Numbers,
        _: Option<&'a str>,
    ) -> Call<'a, Booking> {
        cannot("be asked for an AWB")
    }

    /// The label of a booked parcel, as a PDF.
    fn label<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers) -> Call<'a, Vec<u8>> {
        cannot("draw labels")
    }

    /// The manifest of booked parcels, as a PDF; of parcels that were on one before, the same again.
    fn manifest<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a [Numbers]) -> Call<'a, Vec<u8>> {
        cannot("make manifests")
    }

    /// Asks for a rider to fetch parcels, not before an instant; one entry per parcel in that order. A
    /// rider who was asked for already is as good as one who is asked for now.
    fn request_pickup<'a>(
        &'a self,
        _: &'a Outbound,
        _: &'a Account,
        _: &'a [Numbers],
        _: UnixMillis,
    ) -> Call<'a, Vec<Result<Pickup, CourierError>>> {
        cannot("be asked for a pickup")
    }

    /// Which services take a parcel and for how much, cheapest first; none where nobody goes.
    fn rates<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a RateQuestion) -> Call<'a, Vec<Rate>> {
        cannot("be asked for prices")
    }

    /// Says what is to be done after a failed attempt.
    fn answer_ndr<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers, _: &'a NdrAnswer) -> Call<'a, ()> {
        cannot("be told by a call what to do after a failed attempt")
    }

    /// Books the way back: `parcel` is what its customer gives back, with a reference of its own, and `to`
    /// who gets it. Like booking it never tries again by itself.
    fn book_return<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Parcel, _: &'a Contact) -> Call<'a, Booking> {
        cannot("fetch goods back from customers")
    }

    /// Reads a push that has been verified.
    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError>;

    /// What this courier wants to see for a push that was taken.
    fn push_accepted(&self, account: &Account) -> Accepted;
}

/// Calls under way at a time for couriers whose call names one parcel.
const CALLS_AT_ONCE: usize = 4;

/// Asks for parcels call by call, a few at a time, for couriers whose call names one.
async fn one_by_one<'n, F>(
    http: &Outbound,
    parcels: &'n [Numbers],
    ask: impl Fn(&'n Numbers) -> F,
) -> Result<Reports, CourierError>
where
    F: Future<Output = Result<Report, CourierError>>,
{
    let mut reports = Vec::with_capacity(parcels.len());
    for some in parcels.chunks(CALLS_AT_ONCE) {
        let calls = some.iter().map(&ask).collect();
        reports.extend(http.clock().side_by_side(calls).await);
    }
    Ok(reports)
}

/// The code that speaks to a courier; `None` for one this version does not speak to.
pub fn of(provider: Provider) -> Option<&'static dyn Courier> {
    let courier = registered(provider);
    #[cfg(test)]
    let courier = courier.map(|courier| crate::server::simulation::plants::courier(provider, courier));
    courier
}

fn registered(provider: Provider) -> Option<&'static dyn Courier> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Minor;

    /// Whether a method was left as the trait has it.
    fn is_left<T>(outcome: &Result<T, CourierError>) -> bool {
        matches!(outcome, Err(CourierError::Refused(sentence)) if sentence.starts_with("This courier cannot "))
    }

    #[tokio::test]
    async fn what_a_courier_declares_it_does_and_the_rest_is_refused() {
        // Without keys nothing is ever sent: whoever tries says so.
        let http = Outbound::new(false).unwrap();
        let parcel = packzy::tests::parcel();
        let text = |text: &str| Some(text.to_owned());
        let numbers = Numbers {
            awb: text("1"),
            courier_order_id: text("2"),
            courier_shipment_id: text("3"),
            ..Numbers::default()
        };
        let all = std::slice::from_ref(&numbers);
        let question = RateQuestion::about("560034", "411045", 500, true, Minor(100));
        let contact = Contact { name: String::new(), phone: parcel.phone.clone(), address: parcel.address.clone() };
        let answer = NdrAnswer::GiveBack { reason: String::new() };
        let mut spoken_to = 0;
        for (provider, _) in Provider::TABLE {
            let Some(courier) = of(*provider) else { continue };
            spoken_to += 1;
            let (can, account) = (courier.capabilities(), testing::account(*provider, &[]));
            let left = [
                ("AWBs", can.assigns_awb, is_left(&courier.assign_awb(&http, &account, &numbers, None).await)),
                ("labels", can.labels, is_left(&courier.label(&http, &account, &numbers).await)),
                ("manifests", can.manifests, is_left(&courier.manifest(&http, &account, all).await)),
                ("pickups", can.pickups, is_left(&courier.request_pickup(&http, &account, all, UnixMillis(0)).await)),
                ("rates", can.rates, is_left(&courier.rates(&http, &account, &question).await)),
                ("NDR", can.ndr, is_left(&courier.answer_ndr(&http, &account, &numbers, &answer).await)),
                ("returns", can.returns, is_left(&courier.book_return(&http, &account, &parcel, &contact).await)),
            ];
            for (what, is_declared, is_left) in left {
                assert_eq!(is_declared, !is_left, "{} of {}", what, can.name);
            }
        }
        assert!(spoken_to >= 4);
    }
}
