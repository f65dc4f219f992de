//! Shiprocket, an Indian aggregator: many carriers behind one API.
//!
//! A login gives a token for ten days. Booking has two steps: an order, then an AWB for its shipment; an
//! order whose second step failed is *booked, AWB pending*, and [`Courier::assign_awb`] takes that
//! step again without another order. A repeated reference answers with the order there is. Four kinds
//! of number are never mixed: our reference, Shiprocket's order id, its shipment id, the carrier's AWB.
//! `FACTS.md` names the test of every fact this rests on.
//!
//! `login` tokens · `booking` the order's body · `wire` answers and refusals · `orders` looking orders up
//! and changing them · `tracking` · `scans` what both tracking and webhooks tell · `push` webhooks ·
//! `status` the tables · `rates` · `papers` labels, manifests, invoices, pickups · `returns` ·
//! `exchange` goods that are given for others · `export` parcels for other countries · `ndr` · `merchant` wallet
//! and pickup places · `requests` what the desk asks, in the words of the trait.

pub mod booking;
pub mod exchange;
pub mod export;
pub mod login;
pub mod merchant;
pub mod ndr;
pub mod orders;
pub mod papers;
pub mod push;
pub mod rates;
mod requests;
pub mod returns;
pub mod scans;
pub mod status;
pub mod tracking;
pub mod wire;

use serde_json::json;

use crate::domain::couriers::{Capabilities, WebhookMode};
use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::wire::{Assignment, KnownOrder};
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{
    Accepted, Booking, Call, Contact, Courier, CourierError, NdrAnswer, Numbers, POLLS_PER_MINUTE, Parcel, Pickup,
    Push, Rate, RateQuestion, Report,
};

/// Where Shiprocket's API is.
pub const BASE_URL: &str = "https://apiv2.shiprocket.in/v1/external";

const CAPABILITIES: Capabilities = Capabilities {
    name: "Shiprocket",
    books: true,
    finds_by_reference: true,
    cancels: true,
    recalls: true,
    tracks: true,
    track_max: tracking::AWBS_MAX,
    polls_per_minute: POLLS_PER_MINUTE,
    rates: true,
    labels: true,
    assigns_awb: true,
    manifests: true,
    pickups: true,
    ndr: true,
    returns: true,
    webhook: WebhookMode::Header,
    credentials: &[("email", false), ("password", true)],
    ..Capabilities::NONE
};

/// Where an AWB is asked for, of a parcel within India.
const ASSIGN: [&str; 3] = ["courier", "assign", "awb"];
/// What is in the way of an AWB when an order was found without one.
const NO_AWB: &str = "Shiprocket has the order and has not given it an AWB.";

/// Shiprocket.
pub struct Shiprocket;

impl Shiprocket {
    /// Makes the order of a parcel, or gets the one that has its reference.
    ///
    /// # Errors
    /// [`CourierError::Refused`] for what Shiprocket will not carry, and for a reference whose order was
    /// cancelled: that one is used up.
    pub async fn create(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
    ) -> Result<KnownOrder, CourierError> {
        let body = booking::order_body(parcel, account)?;
        self.make(http, account, parcel, Ask::post("book", &["orders", "create", "adhoc"], body)).await
    }

    /// The same as an order of a sales channel that is set up at Shiprocket.
    ///
    /// # Errors
    /// As [`Shiprocket::create`], and [`CourierError::Refused`] for a channel nobody knows.
    pub async fn create_in_channel(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
        channel: &str,
    ) -> Result<KnownOrder, CourierError> {
        let mut body = booking::order_body(parcel, account)?;
        body["channel_id"] = orders::as_number(channel);
        self.make(http, account, parcel, Ask::post("book", &["orders", "create"], body)).await
    }

    async fn make(
        &self,
        http: &Outbound,
        account: &Account,
        parcel: &Parcel,
        ask: Ask,
    ) -> Result<KnownOrder, CourierError> {
        let mut order = wire::read_created(&send(http, account, ask).await?)?;
        if order.is_dead {
            return Err(CourierError::Refused(
                "Shiprocket has a cancelled order with this reference. Book again under a new one.".to_owned(),
            ));
        }
        order.booking.numbers.reference = Some(parcel.reference.trim().to_owned());
        Ok(order)
    }

    /// Gives a shipment that has an AWB to another carrier. Shiprocket allows it once in 24 hours.
    ///
    /// # Errors
    /// As [`Courier::assign_awb`]; the AWB there is stays.
    pub async fn reassign_awb(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        carrier: Option<&str>,
    ) -> Result<Booking, CourierError> {
        let mut body = wire::assign_body(shipment_of(numbers)?, carrier, false);
        body["status"] = json!("reassign");
        let answer = send(http, account, Ask::post("reassign_awb", &ASSIGN, body)).await?;
        match wire::read_assigned(&answer)? {
            Assignment::Assigned(booking) => Ok(with_ids_of(*booking, numbers)),
            Assignment::Queued => Err(queued()),
        }
    }

    async fn assign(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        ask: Ask,
    ) -> Result<Booking, CourierError> {
        let pending = match wire::read_assigned(&send(http, account, ask).await?) {
            Ok(Assignment::Assigned(booking)) => return Ok(with_ids_of(*booking, numbers)),
            Ok(Assignment::Queued) => queued(),
            Err(error) if wire::has_awb_already(&error) => error,
            Err(error) => return Err(error),
        };
        // Somebody else, or an answer that was lost, has got one.
        match numbers.courier_order_id.as_deref() {
            Some(order) => match self.order(http, account, order).await? {
                Some(known) if known.booking.numbers.awb.is_some() => Ok(with_ids_of(known.booking, numbers)),
                Some(_) | None => Err(pending),
            },
            None => Err(pending),
        }
    }

    /// Calls off the AWBs and keeps their orders, which can be booked again. Shiprocket does it later.
    ///
    /// # Errors
    /// As every call.
    pub async fn cancel_awbs(&self, http: &Outbound, account: &Account, awbs: &[String]) -> Result<(), CourierError> {
        let path = ["orders", "cancel", "shipment", "awbs"];
        wire::read_done(&send(http, account, Ask::post("cancel_awbs", &path, json!({ "awbs": awbs }))).await?)
    }

    /// Everything known of a shipment's way, by Shiprocket's shipment id.
    ///
    /// # Errors
    /// As every call.
    pub async fn track_shipment(&self, http: &Outbound, account: &Account, id: &str) -> Result<Report, CourierError> {
        tracking::read_one(&send(http, account, Ask::get("track", &["courier", "track", "shipment", id])).await?)
    }

    /// Everything known of the shipments of an order, by our reference.
    ///
    /// # Errors
    /// As every call.
    pub async fn track_order(
        &self,
        http: &Outbound,
        account: &Account,
        reference: &str,
    ) -> Result<Vec<Report>, CourierError> {
        let ask = Ask { query: vec![("order_id", reference.to_owned())], ..Ask::get("track", &["courier", "track"]) };
        tracking::read_by_order(&send(http, account, ask).await?)
    }

    /// Ends the login; the next call begins another.
    ///
    /// # Errors
    /// As every call.
    pub async fn logout(&self, http: &Outbound, account: &Account) -> Result<(), CourierError> {
        let answer = send(http, account, Ask::post("logout", &["auth", "logout"], json!({}))).await;
        http.tokens().forget(&account.shown.id).await;
        wire::read_done(&answer?)
    }

    async fn track_awbs(
        &self,
        http: &Outbound,
        account: &Account,
        awbs: &[String],
    ) -> Result<Vec<Result<Report, CourierError>>, CourierError> {
        if let [awb] = awbs {
            let answer = send(http, account, Ask::get("track", &["courier", "track", "awb", awb])).await?;
            return Ok(vec![tracking::read_one(&answer)]);
        }
        let ask = Ask::look_up("track_many", &["courier", "track", "awbs"], json!({ "awbs": awbs }));
        tracking::read_many(&send(http, account, ask).await?, awbs)
    }

    /// A parcel without an AWB: its order knows whether it has got one meanwhile.
    async fn track_without_awb(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
    ) -> Result<Report, CourierError> {
        let found = match numbers {
            Numbers { courier_order_id: Some(order), .. } => self.order(http, account, order).await?,
            Numbers { reference: Some(reference), .. } => self.order_of(http, account, reference).await?,
            Numbers { .. } => {
                return Err(CourierError::Refused("This parcel has no number at Shiprocket yet.".to_owned()));
            }
        };
        let found = found.map(tracking::of_order);
        found.ok_or_else(|| CourierError::Refused("Shiprocket does not know this parcel.".to_owned()))
    }
}

/// The request for an AWB.
fn ask_for_awb(path: &[&str], numbers: &Numbers, carrier: Option<&str>, is_return: bool) -> Result<Ask, CourierError> {
    Ok(Ask::post("assign_awb", path, wire::assign_body(shipment_of(numbers)?, carrier, is_return)))
}

/// What an AWB is asked for by.
fn shipment_of(numbers: &Numbers) -> Result<&str, CourierError> {
    let none = || CourierError::Refused("This parcel has no shipment at Shiprocket yet.".to_owned());
    numbers.courier_shipment_id.as_deref().ok_or_else(none)
}

/// An order whose AWB could not be had; only that step is to be taken again.
fn pending(order: Booking, error: &CourierError) -> Booking {
    Booking { awb_pending: Some(error.to_string()), ..order }
}

fn queued() -> CourierError {
    CourierError::Unavailable {
        reason: "Shiprocket is still choosing a carrier; ask again later.".to_owned(),
        retry_after_ms: None,
    }
}

/// A booking with the numbers that were known before where its answer did not repeat them.
fn with_ids_of(booking: Booking, known: &Numbers) -> Booking {
    let numbers = Numbers {
        awb: booking.numbers.awb,
        tracking_code: None,
        courier_order_id: booking.numbers.courier_order_id.or_else(|| known.courier_order_id.clone()),
        courier_shipment_id: booking.numbers.courier_shipment_id.or_else(|| known.courier_shipment_id.clone()),
        reference: known.reference.clone().or(booking.numbers.reference),
    };
    Booking { numbers, ..booking }
}

impl Courier for Shiprocket {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn statuses(&self) -> &'static [StatusRow] {
        &status::STATUSES
    }

    fn statuses_version(&self) -> i64 {
        status::VERSION
    }

    fn base_url(&self) -> &'static str {
        BASE_URL
    }

    fn book<'a>(&'a self, http: &'a Outbound, account: &'a Account, parcel: &'a Parcel) -> Call<'a, Booking> {
        Box::pin(async move {
            let order = self.create(http, account, parcel).await?.booking;
            if order.numbers.awb.is_some() {
                return Ok(order);
            }
            // From here on Shiprocket has it, whatever becomes of the AWB.
            match self.assign_awb(http, account, &order.numbers, parcel.service_id.as_deref()).await {
                Ok(assigned) => Ok(Booking { heard: order.heard, ..assigned }),
                Err(error) => Ok(pending(order, &error)),
            }
        })
    }

    fn find<'a>(&'a self, http: &'a Outbound, account: &'a Account, reference: &'a str) -> Call<'a, Option<Booking>> {
        Box::pin(async move {
            // A cancelled order is none: booking under its reference is refused with the reason.
            let found = self.order_of(http, account, reference).await?;
            Ok(found.filter(|order| !order.is_dead).map(|order| match order.booking.numbers.awb {
                Some(_) => order.booking,
                None => Booking { awb_pending: Some(NO_AWB.to_owned()), ..order.booking },
            }))
        })
    }

    fn track<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>> {
        Box::pin(async move {
            let awbs: Vec<String> = parcels.iter().filter_map(|numbers| numbers.awb.clone()).collect();
            let mut answers = Vec::with_capacity(awbs.len());
            for some in awbs.chunks(tracking::AWBS_MAX) {
                match self.track_awbs(http, account, some).await {
                    Ok(reports) => answers.extend(reports),
                    Err(error) => answers.extend(some.iter().map(|_| Err(error.clone()))),
                }
            }
            let mut answers = answers.into_iter();
            let mut reports = Vec::with_capacity(parcels.len());
            for numbers in parcels {
                reports.push(match &numbers.awb {
                    Some(_) => answers.next().unwrap_or_else(|| {
                        Err(CourierError::Unreadable("Shiprocket's answer has too few parcels.".to_owned()))
                    }),
                    None => self.track_without_awb(http, account, numbers).await,
                });
            }
            Ok(reports)
        })
    }

    fn cancel<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, ()> {
        Box::pin(async move {
            let order = match (&numbers.courier_order_id, &numbers.awb, &numbers.reference) {
                (Some(order), _, _) => Some(order.clone()),
                (None, Some(awb), _) => return self.cancel_awbs(http, account, std::slice::from_ref(awb)).await,
                (None, None, Some(reference)) => {
                    let found = self.order_of(http, account, reference).await?;
                    found.and_then(|order| order.booking.numbers.courier_order_id)
                }
                (None, None, None) => None,
            };
            let Some(order) = order else {
                return Err(CourierError::Refused("Shiprocket has no order of this parcel.".to_owned()));
            };
            let ask = Ask::post("cancel", &["orders", "cancel"], json!({ "ids": [orders::as_number(&order)] }));
            wire::read_done(&send(http, account, ask).await?)
        })
    }

    /// Only a parcel with a failed attempt can be asked back.
    fn recall<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        reason: &'a str,
    ) -> Call<'a, ()> {
        Box::pin(async move {
            let Some(awb) = numbers.awb.as_deref() else {
                return Err(CourierError::Refused("This parcel has no AWB yet: cancel its order instead.".to_owned()));
            };
            self.instruct(http, account, awb, &ndr::Instruction::give_back(reason)).await
        })
    }

    /// Where there is an AWB already, that one is looked up.
    fn assign_awb<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        service_id: Option<&'a str>,
    ) -> Call<'a, Booking> {
        Box::pin(
            async move { self.assign(http, account, numbers, ask_for_awb(&ASSIGN, numbers, service_id, false)?).await },
        )
    }

    fn label<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, Vec<u8>> {
        Box::pin(requests::label(http, account, numbers))
    }

    fn manifest<'a>(&'a self, http: &'a Outbound, account: &'a Account, parcels: &'a [Numbers]) -> Call<'a, Vec<u8>> {
        Box::pin(requests::manifest(http, account, parcels))
    }

    fn request_pickup<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
        at: UnixMillis,
    ) -> Call<'a, Vec<Result<Pickup, CourierError>>> {
        Box::pin(async move { Ok(requests::pickups(http, account, parcels, at).await) })
    }

    fn rates<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        question: &'a RateQuestion,
    ) -> Call<'a, Vec<Rate>> {
        Box::pin(rates::offers(http, account, question))
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
        Box::pin(requests::book_return(http, account, parcel, to))
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        push::read(body)
    }

    fn push_accepted(&self, _: &Account) -> Accepted {
        Accepted::ok(r#"{"status":"success"}"#)
    }
}

/// Sends a call with the account's token. When Shiprocket no longer takes it, another login is made and
/// the call is sent once more, for the first one had no effect; never a third time.
async fn send(http: &Outbound, account: &Account, ask: Ask) -> Result<Answer, CourierError> {
    let token = login::token(http, account, None).await?;
    let answer = http.answer(account, BASE_URL, with(ask.clone(), &token)).await?;
    if answer.status != 401 {
        return Ok(answer);
    }
    let token = login::token(http, account, Some(&token)).await?;
    http.answer(account, BASE_URL, with(ask, &token)).await
}

fn with(mut ask: Ask, token: &str) -> Ask {
    ask.headers.push(("Authorization", format!("Bearer {token}")));
    ask
}

#[cfg(test)]
#[path = "client_tests.rs"]
pub mod tests;
