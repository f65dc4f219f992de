//! Packzy, which is Steadfast Courier, Bangladesh.
//!
//! A 200 is not yet a success, and nothing is signed. A repeated reference is refused by Packzy
//! itself, and looking it up proves the parcel without telling its consignment id, which then comes
//! with the first webhook. `FACTS.md` names the test of every fact this rests on.
//!
//! `wire` bodies and answers · `ledger` what is paid out, and police stations · `push` webhooks ·
//! `status` the table.

pub mod ledger;
pub mod push;
pub mod status;
pub mod wire;

use serde_json::Value;

use crate::domain::couriers::{Capabilities, WebhookMode};
use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::packzy::wire::{BulkForm, BulkRow, ReturnRequest};
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{
    Accepted, Booking, Call, Courier, CourierError, Numbers, POLLS_PER_MINUTE, Parcel, Push, Report, one_by_one,
};

/// Where Packzy's API is; the older name portal.steadfast.com.bd answers the same.
pub const BASE_URL: &str = "https://portal.packzy.com/api/v1";

const CAPABILITIES: Capabilities = Capabilities {
    name: "Packzy (Steadfast)",
    books: true,
    finds_by_reference: true,
    recalls: true,
    tracks: true,
    track_max: 1,
    polls_per_minute: POLLS_PER_MINUTE,
    webhook: WebhookMode::Bearer,
    credentials: &[("api_key", true), ("secret_key", true)],
    ..Capabilities::NONE
};

/// Packzy.
pub struct Packzy;

impl Packzy {
    /// What Packzy owes the merchant; below zero it is the other way round.
    ///
    /// # Errors
    /// As every call.
    pub async fn balance(&self, http: &Outbound, account: &Account) -> Result<Minor, CourierError> {
        wire::read_balance(&send(http, account, Ask::get("balance", &["get_balance"])).await?)
    }

    /// Books up to 500 parcels at once, in the order given.
    ///
    /// # Errors
    /// As every call; what went wrong with one row is in its row.
    pub async fn book_many(
        &self,
        http: &Outbound,
        account: &Account,
        parcels: &[Parcel],
        form: BulkForm,
    ) -> Result<Vec<BulkRow>, CourierError> {
        let body = wire::bulk_body(parcels, form)?;
        wire::read_bulk(&send(http, account, Ask::post("book_many", &["create_order", "bulk-order"], body)).await?)
    }

    /// Asks for a parcel back and says what became of the request.
    ///
    /// # Errors
    /// As every call.
    pub async fn request_return(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        reason: &str,
    ) -> Result<ReturnRequest, CourierError> {
        let body = wire::return_body(numbers, reason)?;
        wire::read_return(&send(http, account, Ask::post("recall", &["create_return_request"], body)).await?)
    }

    /// One request for a parcel back.
    ///
    /// # Errors
    /// As every call.
    pub async fn return_request(
        &self,
        http: &Outbound,
        account: &Account,
        id: &str,
    ) -> Result<ReturnRequest, CourierError> {
        wire::read_return(&send(http, account, Ask::get("return_request", &["get_return_request", id])).await?)
    }

    /// Every request for a parcel back.
    ///
    /// # Errors
    /// As every call.
    pub async fn return_requests(
        &self,
        http: &Outbound,
        account: &Account,
    ) -> Result<Vec<ReturnRequest>, CourierError> {
        wire::read_returns(&send(http, account, Ask::get("return_requests", &["get_return_requests"])).await?)
    }
}

impl Courier for Packzy {
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
        Box::pin(async move { wire::read_booking(&send(http, account, booking(parcel)?).await?) })
    }

    fn find<'a>(&'a self, http: &'a Outbound, account: &'a Account, reference: &'a str) -> Call<'a, Option<Booking>> {
        Box::pin(async move {
            let invoice = wire::invoice(reference);
            let answer = send(http, account, Ask::get("find", &["status_by_invoice", &invoice])).await?;
            let Some(heard) = wire::read_status(&answer)? else { return Ok(None) };
            let Some(heard) = heard.into_iter().next() else {
                return Err(CourierError::Unreadable("Packzy's answer does not say whether it has the parcel.".into()));
            };
            let numbers = Numbers { reference: Some(invoice), ..Numbers::default() };
            Ok(Some(Booking { numbers, heard: Some(heard), ..Booking::default() }))
        })
    }

    fn track<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        parcels: &'a [Numbers],
    ) -> Call<'a, Vec<Result<Report, CourierError>>> {
        Box::pin(one_by_one(http, parcels, move |numbers| track_one(http, account, numbers)))
    }

    fn cancel<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers) -> Call<'a, ()> {
        Box::pin(async move {
            Err(CourierError::Refused(
                "Packzy cannot be told to cancel. Cancel the parcel in its panel, or ask for it back.".to_owned(),
            ))
        })
    }

    fn recall<'a>(
        &'a self,
        http: &'a Outbound,
        account: &'a Account,
        numbers: &'a Numbers,
        reason: &'a str,
    ) -> Call<'a, ()> {
        Box::pin(async move { self.request_return(http, account, numbers, reason).await.map(drop) })
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        push::read(body)
    }

    fn push_accepted(&self, _: &Account) -> Accepted {
        Accepted::ok(r#"{"status":"success","message":"Webhook received successfully."}"#)
    }
}

fn booking(parcel: &Parcel) -> Result<Ask, CourierError> {
    let body: Value = wire::booking_body(parcel)?;
    Ok(Ask::post("book", &["create_order"], body))
}

/// Where a parcel is asked for: by the first of its numbers that Packzy looks up.
fn tracking(numbers: &Numbers) -> Result<Ask, CourierError> {
    match numbers {
        Numbers { awb: Some(awb), .. } => Ok(Ask::get("track", &["status_by_cid", awb])),
        Numbers { reference: Some(reference), .. } => {
            Ok(Ask::get("track", &["status_by_invoice", &wire::invoice(reference)]))
        }
        Numbers { tracking_code: Some(code), .. } => Ok(Ask::get("track", &["status_by_trackingcode", code])),
        Numbers { .. } => Err(CourierError::Refused("This parcel has no number at Packzy yet.".to_owned())),
    }
}

async fn track_one(http: &Outbound, account: &Account, numbers: &Numbers) -> Result<Report, CourierError> {
    let answer = send(http, account, tracking(numbers)?).await?;
    match wire::read_status(&answer)? {
        Some(heard) => Ok(Report { numbers: numbers.clone(), heard: Ok(heard), expected_delivery_at: None }),
        None => Err(CourierError::Refused("Packzy does not know this parcel.".to_owned())),
    }
}

async fn send(http: &Outbound, account: &Account, mut ask: Ask) -> Result<Answer, CourierError> {
    for (header, credential) in [("Api-Key", "api_key"), ("Secret-Key", "secret_key")] {
        let value = account.credential(credential).trim();
        if value.is_empty() {
            return Err(CourierError::Refused("The keys of this Packzy account are not set.".to_owned()));
        }
        ask.headers.push((header, value.to_owned()));
    }
    http.call(account, BASE_URL, ask).await
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::couriers::{ParcelSize, Provider};
    use crate::domain::customers::{Address, Country, Phone};
    use crate::domain::money::Currency;
    use crate::domain::time::UnixMillis;
    use crate::server::couriers::testing;

    /// A recorded body.
    pub fn fixture(name: &str) -> Vec<u8> {
        testing::fixture(Provider::Packzy, name)
    }

    /// An account with keys.
    pub fn account(base_url: Option<&str>) -> Account {
        let keys = [("api_key", "an-api-key"), ("secret_key", "a-secret-key")];
        let mut account = testing::account(Provider::Packzy, &keys);
        account.shown.base_url = base_url.map(str::to_owned);
        account
    }

    /// The parcel of the recorded booking.
    pub fn parcel() -> Parcel {
        Parcel {
            reference: "INV-20431".to_owned(),
            name: "মেহজাবিন রহমান".to_owned(),
            phone: Phone::parse("01700000043", Country::BD).expect("a phone"),
            email: "mehjabin@example.com".to_owned(),
            address: Address {
                line1: "বাসা ১২, রোড ৫".to_owned(),
                line2: String::new(),
                landmark: String::new(),
                city: "ধানমন্ডি".to_owned(),
                state: "ঢাকা".to_owned(),
                pincode: "1209".to_owned(),
                country: Country::BD,
            },
            note: "Call before delivery".to_owned(),
            contents: "Cotton three-piece".to_owned(),
            items: Vec::new(),
            pieces: 1,
            ordered_at: UnixMillis(0),
            weight_grams: 500,
            size: ParcelSize { length_mm: 200, width_mm: 150, height_mm: 100 },
            currency: Currency::BDT,
            cod_amount: Minor(125_000),
            declared_value: Minor(125_000),
            service_id: None,
        }
    }

    #[test]
    fn packzy_offers_what_it_documents_and_nothing_else() {
        let can = Packzy.capabilities();
        assert!(can.books && can.finds_by_reference && can.tracks && can.recalls);
        assert!(!can.cancels && !can.rates && !can.labels);
        assert_eq!((can.track_max, can.webhook), (1, WebhookMode::Bearer));
        assert_eq!(Packzy.base_url(), "https://portal.packzy.com/api/v1");
    }

    #[test]
    fn a_parcel_is_asked_for_by_the_first_number_it_has() {
        let path = |numbers: Numbers| tracking(&numbers).map(|ask| ask.path.join("/"));
        let (awb, reference, code) =
            (Some("184402211".to_owned()), Some("HK 1/2".to_owned()), Some("7KD20F4A".to_owned()));
        let mut numbers = Numbers { awb, reference, tracking_code: code, ..Numbers::default() };
        assert_eq!(path(numbers.clone()).unwrap(), "status_by_cid/184402211");
        numbers.awb = None;
        assert_eq!(path(numbers.clone()).unwrap(), "status_by_invoice/HK-1-2");
        numbers.reference = None;
        assert_eq!(path(numbers).unwrap(), "status_by_trackingcode/7KD20F4A");
        assert!(matches!(path(Numbers::default()), Err(CourierError::Refused(_))));
    }

    #[test]
    fn a_booking_goes_to_create_order() {
        let ask = booking(&parcel()).unwrap();
        assert_eq!((ask.method.as_str(), ask.path.join("/").as_str()), ("POST", "create_order"));
        assert_eq!(ask.body.unwrap()["invoice"], "INV-20431");
    }

    #[test]
    fn a_webhook_is_answered_with_the_documented_body() {
        let documented: Value = serde_json::from_slice(&fixture("webhook_ack.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(Packzy.push_accepted(&account(None)).body).unwrap(), documented);
    }

    #[tokio::test]
    async fn without_keys_nothing_is_sent() {
        let mut account = account(None);
        account.credentials.insert("secret_key".to_owned(), " ".to_owned());
        let http = Outbound::new(false).unwrap();
        let found = Packzy.find(&http, &account, "HK-1").await;
        assert!(matches!(found, Err(CourierError::Refused(sentence)) if sentence.contains("not set")));
    }
}
