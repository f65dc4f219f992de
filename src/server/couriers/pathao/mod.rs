//! Pathao Courier, Bangladesh.
//!
//! A login of a client and a user first; bookings name a store; nothing can be asked by our reference, so
//! what became of a booking whose answer was lost is told by its first webhook. `FACTS.md` names the test
//! of every fact this rests on.
//!
//! `login` tokens · `wire` bodies and answers · `push` webhooks · `status` the table.

pub mod login;
pub mod push;
pub mod status;
pub mod wire;

use serde_json::json;

use crate::domain::couriers::{Capabilities, WebhookMode};
use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::pathao::wire::{NewStore, Place};
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{
    Accepted, Booking, Call, Courier, CourierError, Numbers, POLLS_PER_MINUTE, Parcel, Push, Report, one_by_one,
    refusals,
};

/// Where Pathao's API is. Its sandbox is `https://courier-api-sandbox.pathao.com/aladdin/api/v1`, set as an
/// account's address.
pub const BASE_URL: &str = "https://api-hermes.pathao.com/aladdin/api/v1";

/// Its name in sentences.
const NAME: &str = "Pathao";

/// What the header of every acknowledgement says; the public document prints this one, the panel may show
/// another.
const INTEGRATION_SECRET: &str = "f3992ecc-59da-4cbe-a049-a13da2018d51";
const INTEGRATION_HEADER: &str = "x-pathao-merchant-webhook-integration-secret";

const CAPABILITIES: Capabilities = Capabilities {
    name: "Pathao",
    books: true,
    tracks: true,
    track_max: 1,
    polls_per_minute: POLLS_PER_MINUTE,
    webhook: WebhookMode::Header,
    webhook_name: Some("X-PATHAO-Signature"),
    credentials: &[
        ("client_id", false),
        ("client_secret", true),
        ("username", false),
        ("password", true),
        ("integration_secret", true),
    ],
    ..Capabilities::NONE
};

/// Pathao.
pub struct Pathao;

/// What is asked for a price: all by Pathao's ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The store it leaves from.
    pub store: i64,
    /// The customer's city.
    pub city: i64,
    /// The customer's zone.
    pub zone: i64,
    /// Weight in grams.
    pub weight_grams: i64,
}

impl Pathao {
    /// Hands many parcels over at once; Pathao books them later and tells their numbers by webhook.
    ///
    /// # Errors
    /// As every call.
    pub async fn book_many(&self, http: &Outbound, account: &Account, parcels: &[Parcel]) -> Result<(), CourierError> {
        let store = store(http, account).await?;
        let orders = parcels.iter().map(|parcel| wire::booking_body(parcel, store)).collect::<Result<Vec<_>, _>>()?;
        let ask = Ask::post("book_many", &["orders", "bulk"], json!({ "orders": orders }));
        wire::read_bulk(&send(http, account, ask).await?)
    }

    /// What a parcel costs.
    ///
    /// # Errors
    /// As every call.
    pub async fn price(&self, http: &Outbound, account: &Account, lane: &Lane) -> Result<Minor, CourierError> {
        let body = json!({
            "store_id": lane.store, "item_type": 2, "delivery_type": 48,
            "item_weight": wire::kilograms(lane.weight_grams),
            "recipient_city": lane.city, "recipient_zone": lane.zone,
        });
        wire::read_price(&send(http, account, Ask::look_up("price", &["merchant", "price-plan"], body)).await?)
    }

    /// Every city.
    ///
    /// # Errors
    /// As every call.
    pub async fn cities(&self, http: &Outbound, account: &Account) -> Result<Vec<Place>, CourierError> {
        wire::read_places(&send(http, account, Ask::get("cities", &["city-list"])).await?, "city")
    }

    /// The zones of a city.
    ///
    /// # Errors
    /// As every call.
    pub async fn zones(&self, http: &Outbound, account: &Account, city: &str) -> Result<Vec<Place>, CourierError> {
        wire::read_places(&send(http, account, Ask::get("zones", &["cities", city, "zone-list"])).await?, "zone")
    }

    /// The areas of a zone.
    ///
    /// # Errors
    /// As every call.
    pub async fn areas(&self, http: &Outbound, account: &Account, zone: &str) -> Result<Vec<Place>, CourierError> {
        wire::read_places(&send(http, account, Ask::get("areas", &["zones", zone, "area-list"])).await?, "area")
    }

    /// The merchant's stores.
    ///
    /// # Errors
    /// As every call.
    pub async fn stores(&self, http: &Outbound, account: &Account) -> Result<Vec<Place>, CourierError> {
        wire::read_places(&send(http, account, Ask::get("stores", &["stores"])).await?, "store")
    }

    /// Asks for a new store.
    ///
    /// # Errors
    /// As every call.
    pub async fn add_store(&self, http: &Outbound, account: &Account, new: &NewStore) -> Result<(), CourierError> {
        wire::read_done(&send(http, account, Ask::post("add_store", &["stores"], wire::store_body(new))).await?)
    }
}

impl Courier for Pathao {
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
        Box::pin(async move {
            let body = wire::booking_body(parcel, store(http, account).await?)?;
            let booked = wire::read_booking(&send(http, account, Ask::post("book", &["orders"], body)).await?);
            if matches!(booked, Err(CourierError::Refused(_))) {
                // It may be the store that is wrong: the next booking looks it up again.
                http.ids().forget(account);
            }
            booked
        })
    }

    fn find<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a str) -> Call<'a, Option<Booking>> {
        Box::pin(async move { refusals::no_look_up(NAME) })
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
            Err(CourierError::Refused("Pathao cannot be told to cancel. Cancel the parcel in its panel.".to_owned()))
        })
    }

    fn recall<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers, _: &'a str) -> Call<'a, ()> {
        Box::pin(async move {
            Err(CourierError::Refused("Pathao cannot be asked for a parcel back. Call its support.".to_owned()))
        })
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        push::read(body)
    }

    fn push_accepted(&self, account: &Account) -> Accepted {
        let own = account.credential("integration_secret").trim();
        let secret = if own.is_empty() { INTEGRATION_SECRET } else { own };
        Accepted {
            status: 202,
            headers: vec![(INTEGRATION_HEADER, secret.to_owned())],
            body: r#"{"status":"accepted"}"#,
        }
    }
}

async fn track_one(http: &Outbound, account: &Account, numbers: &Numbers) -> Result<Report, CourierError> {
    let Some(awb) = numbers.awb.as_deref() else {
        return Err(CourierError::Refused("This parcel has no number at Pathao yet.".to_owned()));
    };
    wire::read_info(&send(http, account, Ask::get("track", &["orders", awb, "info"])).await?)
}

/// The store parcels leave from: its id, or its name, which is looked up once.
async fn store(http: &Outbound, account: &Account) -> Result<i64, CourierError> {
    let wanted = account.shown.pickup_location.as_deref().unwrap_or_default().trim();
    if wanted.is_empty() {
        return Err(CourierError::Refused(
            "Pathao books from a store: write its id or its name as the pickup place of the courier account."
                .to_owned(),
        ));
    }
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    let what = format!("store {wanted}");
    if let Some(id) = http.ids().known(account, &what).and_then(|id| id.parse().ok()) {
        return Ok(id);
    }
    let stores = Pathao.stores(http, account).await?;
    let found = stores.iter().find(|store| store.name.trim().to_lowercase() == wanted.to_lowercase());
    match found.and_then(|store| store.id.parse().ok()) {
        Some(id) => {
            http.ids().keep(account, &what, &i64::to_string(&id));
            Ok(id)
        }
        None => {
            let names: Vec<&str> = stores.iter().map(|store| store.name.as_str()).collect();
            Err(CourierError::Refused(format!(
                "Pathao has no store called “{wanted}”. Its stores are: {}.",
                names.join(", ")
            )))
        }
    }
}

/// Sends a call with the account's token. When Pathao no longer takes it, another login is made and the
/// call is sent once more, for the first one had no effect; never a third time.
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
