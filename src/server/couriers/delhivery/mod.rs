//! Delhivery, India: the B2C express API.
//!
//! Nearly everything is answered with a 200, refusals included, and cancelling in XML. Its own order
//! number is our reference, which is looked up before a parcel is created again. `FACTS.md` names the test
//! of every fact this rests on.
//!
//! `wire` creating parcels · `track` where they are · `scans` a scan in any shape · `push` webhooks ·
//! `status` the table · `edit` changing and cancelling · `lanes` postcodes, times, prices, waybills ·
//! `desk` labels, pickups, failed attempts, warehouses · `requests` these in the words of the trait ·
//! `answers` what all answers share.

mod answers;
pub mod desk;
pub mod edit;
pub mod lanes;
pub mod push;
mod requests;
mod scans;
pub mod status;
pub mod track;
pub mod wire;

use reqwest::Method;
use serde_json::Value;

use crate::domain::couriers::{Capabilities, WebhookMode};
use crate::domain::time::{SECOND_MS, UnixMillis};
use crate::server::couriers::account::Account;
use crate::server::couriers::delhivery::wire::Direction;
use crate::server::couriers::http::{Answer, Ask, Outbound, keys_refused};
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{
    Accepted, Booking, Call, Contact, Courier, CourierError, NdrAnswer, Numbers, POLLS_PER_MINUTE, Parcel, Pickup,
    Push, Rate, RateQuestion, Report,
};

/// Where Delhivery's API is. Staging, with tokens of its own, is `https://staging-express.delhivery.com`,
/// set as an account's address.
pub const BASE_URL: &str = "https://track.delhivery.com";

/// What Delhivery's firewall wants us to wait; its 403 is a page and says nothing about the token.
const FIREWALL_WAIT_MS: i64 = 30 * SECOND_MS;

/// How often 50 parcels are asked for at most: as often as it takes to find one that spoils the answer.
const LOOK_UPS_MAX: usize = 14;

const CAPABILITIES: Capabilities = Capabilities {
    name: "Delhivery",
    books: true,
    finds_by_reference: true,
    cancels: true,
    recalls: true,
    tracks: true,
    track_max: track::WAYBILLS_MAX,
    polls_per_minute: POLLS_PER_MINUTE,
    rates: true,
    labels: true,
    pickups: true,
    ndr: true,
    returns: true,
    webhook: WebhookMode::Header,
    credentials: &[("api_token", true), ("client_name", false)],
    ..Capabilities::NONE
};

/// Delhivery.
pub struct Delhivery;

impl Delhivery {
    /// Books parcels in one call; one entry per parcel in that order. A parcel that cannot be sent is
    /// marked and the others go on.
    ///
    /// # Errors
    /// As every call, when the whole was refused or nobody knows.
    pub async fn book_many(
        &self,
        http: &Outbound,
        account: &Account,
        parcels: &[Parcel],
    ) -> Result<Vec<Result<Booking, CourierError>>, CourierError> {
        let built: Vec<Result<Value, CourierError>> =
            parcels.iter().map(|parcel| wire::shipment(parcel, Direction::Forward, "")).collect();
        let shipments: Vec<Value> = built.iter().filter_map(|one| one.as_ref().ok().cloned()).collect();
        let mut booked = Vec::new().into_iter();
        if !shipments.is_empty() {
            let sent = built.iter().zip(parcels).filter(|(one, _)| one.is_ok());
            let orders: Vec<String> = sent.map(|(_, parcel)| wire::order(&parcel.reference)).collect();
            let answer = send(http, account, creation("book_many", account, shipments)?).await?;
            booked = wire::read_bookings(&answer, &orders)?.into_iter();
        }
        let missing = || CourierError::Unreadable("Delhivery's answer is too short.".to_owned());
        Ok(built.into_iter().map(|one| one.and_then(|_| booked.next().unwrap_or_else(|| Err(missing())))).collect())
    }

    /// Books a parcel under a waybill fetched beforehand, which proves it by its number after a lost answer.
    ///
    /// # Errors
    /// As [`Courier::book`].
    pub async fn book_as(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
        waybill: &str,
    ) -> Result<Booking, CourierError> {
        create(http, account, parcel, Direction::Forward, waybill).await
    }
}

impl Courier for Delhivery {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn statuses(&self) -> &'static [StatusRow] {
        status::STATUSES
    }

    fn statuses_version(&self) -> i64 {
        status::VERSION
    }

    fn base_url(&self) -> &'static str {
        BASE_URL
    }

    fn book<'a>(&'a self, http: &'a Outbound, account: &'a Account, parcel: &'a Parcel) -> Call<'a, Booking> {
        Box::pin(create(http, account, parcel, Direction::Forward, ""))
    }

    /// A parcel created a moment ago may not be found yet. Creating it again is harmless then: Delhivery
    /// refuses an order it has, which is read as "look it up".
    fn find<'a>(&'a self, http: &'a Outbound, account: &'a Account, reference: &'a str) -> Call<'a, Option<Booking>> {
        Box::pin(async move {
            let answer = send(http, account, tracking("find", "ref_ids", &wire::order(reference))).await?;
            track::booking(track::read(&answer)?, reference)
        })
    }

    fn track<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>> {
        Box::pin(async move {
            let mut reports = Vec::with_capacity(parcels.len());
            for some in parcels.chunks(track::WAYBILLS_MAX) {
                reports.extend(track_some(http, account, some).await);
            }
            Ok(reports)
        })
    }

    fn cancel<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, ()> {
        Box::pin(call_off("cancel", http, account, numbers))
    }

    /// The same call as cancelling: a parcel that has been fetched is turned round by it. Delhivery wants
    /// no reason.
    fn recall<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        _: &'a str,
    ) -> Call<'a, ()> {
        Box::pin(call_off("recall", http, account, numbers))
    }

    fn label<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, Vec<u8>> {
        Box::pin(requests::label(http, account, numbers))
    }

    fn request_pickup<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
        at: UnixMillis,
    ) -> Call<'a, Vec<Result<Pickup, CourierError>>> {
        Box::pin(requests::pickups(http, account, parcels, at))
    }

    fn rates<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        question: &'a RateQuestion,
    ) -> Call<'a, Vec<Rate>> {
        Box::pin(requests::offers(http, account, question))
    }

    fn answer_ndr<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        answer: &'a NdrAnswer,
    ) -> Call<'a, ()> {
        Box::pin(requests::answer_ndr(http, account, numbers, answer))
    }

    fn book_return<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcel: &'a Parcel,
        to: &'a Contact,
    ) -> Call<'a, Booking> {
        Box::pin(create(http, account, parcel, Direction::Return(to), ""))
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        push::read(body)
    }

    fn push_accepted(&self, _: &Account) -> Accepted {
        Accepted::ok(r#"{"status":"success"}"#)
    }
}

async fn create(
    http: &Outbound,
    account: &Account,
    parcel: &Parcel,
    direction: Direction<'_>,
    waybill: &str,
) -> Result<Booking, CourierError> {
    let shipment = wire::shipment(parcel, direction, waybill)?;
    wire::read_booking(&send(http, account, creation("book", account, vec![shipment])?).await?, parcel)
}

fn creation(operation: &'static str, account: &Account, shipments: Vec<Value>) -> Result<Ask, CourierError> {
    let form = wire::form(shipments, pickup_location(account)?);
    Ok(Ask { method: Method::POST, form, ..Ask::get(operation, &["api", "cmu", "create.json"]) })
}

/// The registered name of the account's pickup place; case and blanks inside count.
fn pickup_location(account: &Account) -> Result<&str, CourierError> {
    account.shown.pickup_location.as_deref().filter(|name| !name.trim().is_empty()).ok_or_else(|| {
        CourierError::Refused(
            "The pickup place of this Delhivery account is not set: type its registered name in.".to_owned(),
        )
    })
}

/// The path ends with a slash; without it Delhivery sends us on.
fn tracking(operation: &'static str, by: &'static str, numbers: &str) -> Ask {
    let mut ask = Ask::get(operation, &["api", "v1", "packages", "json", ""]);
    ask.query = vec![(by, numbers.to_owned()), ("verbose", "2".to_owned())];
    ask
}

/// What a part of the parcels was answered.
struct Part<'n> {
    awbs: &'n [&'n str],
    found: Result<Vec<Report>, CourierError>,
}

/// Asks for numbers in one call. Where one of them spoils the answer for all, they are asked for in halves
/// until it is found or there were enough calls.
async fn look_up_numbers<'n>(http: &Outbound, account: &Account, awbs: &'n [&'n str]) -> Vec<Part<'n>> {
    let mut waiting = if awbs.is_empty() { Vec::new() } else { vec![awbs] };
    let (mut parts, mut calls) = (Vec::new(), 0);
    while let Some(awbs) = waiting.pop() {
        calls += 1;
        let found = look_up(http, account, "waybill", &awbs.join(",")).await;
        if awbs.len() > 1 && calls + waiting.len() + 2 <= LOOK_UPS_MAX && is_spoilt(&found, account) {
            let (some, others) = awbs.split_at(awbs.len() / 2);
            waiting.extend([others, some]);
        } else {
            parts.push(Part { awbs, found });
        }
    }
    parts
}

/// Whether one of the numbers may be to blame: neither the line nor the keys are.
fn is_spoilt(found: &Result<Vec<Report>, CourierError>, account: &Account) -> bool {
    match found {
        Ok(_) | Err(CourierError::Unavailable { .. }) => false,
        Err(error) => ![account.shown.name.as_str(), CAPABILITIES.name].iter().any(|name| *error == keys_refused(name)),
    }
}

/// Asks for at most 50 parcels: those with a number together, each of the others by our reference.
async fn track_some(http: &Outbound, account: &Account, parcels: &[Numbers]) -> Vec<Result<Report, CourierError>> {
    let awbs: Vec<&str> = parcels.iter().filter_map(|numbers| numbers.awb.as_deref()).collect();
    let parts = look_up_numbers(http, account, &awbs).await;
    let mut reports = Vec::with_capacity(parcels.len());
    for numbers in parcels {
        let of_part = |part: &&Part<'_>| numbers.awb.as_deref().is_some_and(|awb| part.awbs.contains(&awb));
        let by_reference;
        let found = match (parts.iter().find(of_part), &numbers.reference) {
            (Some(part), _) => &part.found,
            (None, Some(reference)) => {
                by_reference = look_up(http, account, "ref_ids", &wire::order(reference)).await;
                &by_reference
            }
            (None, None) => {
                by_reference = Err(CourierError::Refused("This parcel has no number at Delhivery yet.".to_owned()));
                &by_reference
            }
        };
        reports.push(match found {
            Ok(found) => track::sorted_out(numbers, found),
            Err(error) => Err(error.clone()),
        });
    }
    reports
}

async fn look_up(
    http: &Outbound,
    account: &Account,
    by: &'static str,
    numbers: &str,
) -> Result<Vec<Report>, CourierError> {
    track::read(&send(http, account, tracking("track", by, numbers)).await?)
}

async fn call_off(
    operation: &'static str,
    http: &Outbound,
    account: &Account,
    numbers: &Numbers,
) -> Result<(), CourierError> {
    let body = edit::cancel_body(numbers)?;
    edit::read(&send(http, account, Ask::post(operation, &["api", "p", "edit"], body)).await?)
}

async fn send(http: &Outbound, account: &Account, mut ask: Ask) -> Result<Answer, CourierError> {
    // Copied from an example, the token comes with the word that stands before it in the header.
    let token = account.credential("api_token").trim();
    let bare = token.strip_prefix("Token").filter(|rest| rest.is_empty() || rest.starts_with(' '));
    let token = bare.unwrap_or(token).trim();
    if token.is_empty() {
        return Err(CourierError::Refused("The token of this Delhivery account is not set.".to_owned()));
    }
    ask.headers.push(("Authorization", format!("Token {token}")));
    ask.firewall_wait_ms = Some(FIREWALL_WAIT_MS);
    http.call(account, BASE_URL, ask).await
}

#[cfg(test)]
#[path = "client_tests.rs"]
pub mod tests;
