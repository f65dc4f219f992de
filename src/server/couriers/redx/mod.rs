//! RedX, Bangladesh.
//!
//! A static token, and bookings to areas by RedX's own ids, which are looked up by postcode. Nothing can be
//! asked by our reference. `FACTS.md` names the test of every fact this rests on.
//!
//! `wire` bodies, answers and webhooks · `status` the table.

pub mod status;
pub mod wire;

use reqwest::Method;
use serde_json::{Value, json};

use crate::domain::couriers::{Capabilities, WebhookMode};
use crate::domain::customers::Address;
use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::redx::wire::{Charge, Message, Place};
use crate::server::couriers::status::StatusRow;
use crate::server::couriers::{
    Accepted, Booking, Call, Courier, CourierError, Numbers, POLLS_PER_MINUTE, Parcel, Push, Report, one_by_one,
    refusals,
};

/// Where RedX's API is. Its sandbox is `https://sandbox.redx.com.bd/v1.0.0-beta`, set as an account's
/// address.
pub const BASE_URL: &str = "https://openapi.redx.com.bd/v1.0.0-beta";

/// Its name in sentences.
const NAME: &str = "RedX";

/// Why a parcel is called off.
const CANCELLED: &str = "Cancelled by the merchant";

const CAPABILITIES: Capabilities = Capabilities {
    name: "RedX",
    books: true,
    cancels: true,
    tracks: true,
    track_max: 1,
    polls_per_minute: POLLS_PER_MINUTE,
    webhook: WebhookMode::Query,
    webhook_name: Some("token"),
    credentials: &[("api_token", true)],
    ..Capabilities::NONE
};

/// RedX.
pub struct Redx;

/// Which areas are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreasOf<'a> {
    /// Of a postcode.
    PostCode(&'a str),
    /// Of a district, by its name.
    District(&'a str),
    /// Of a zone, by RedX's id.
    Zone(&'a str),
}

/// What is asked for a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The area it leaves from.
    pub from_area: i64,
    /// The customer's area.
    pub to_area: i64,
    /// What is collected.
    pub cod: Minor,
    /// Weight in grams.
    pub weight_grams: i64,
}

impl Redx {
    /// The areas of a place.
    ///
    /// # Errors
    /// As every call.
    pub async fn areas(&self, http: &Outbound, account: &Account, of: AreasOf<'_>) -> Result<Vec<Place>, CourierError> {
        let (name, value) = match of {
            AreasOf::PostCode(code) => ("post_code", code),
            AreasOf::District(name) => ("district_name", name),
            AreasOf::Zone(id) => ("zone_id", id),
        };
        let ask = Ask { query: vec![(name, value.to_owned())], ..Ask::get("areas", &["areas"]) };
        wire::read_places(&send(http, account, ask).await?, "areas")
    }

    /// What a parcel costs.
    ///
    /// # Errors
    /// As every call.
    pub async fn charge(&self, http: &Outbound, account: &Account, lane: &Lane) -> Result<Charge, CourierError> {
        let query = vec![
            ("delivery_area_id", lane.to_area.to_string()),
            ("pickup_area_id", lane.from_area.to_string()),
            ("cash_collection_amount", lane.cod.decimal()),
            ("weight", lane.weight_grams.to_string()),
        ];
        let ask = Ask { query, ..Ask::get("charge", &["charge", "charge_calculator"]) };
        wire::read_charge(&send(http, account, ask).await?)
    }

    /// A parcel's way in words; they tell no state.
    ///
    /// # Errors
    /// As every call.
    pub async fn messages(&self, http: &Outbound, account: &Account, awb: &str) -> Result<Vec<Message>, CourierError> {
        wire::read_messages(&send(http, account, Ask::get("messages", &["parcel", "track", awb])).await?)
    }

    /// The merchant's stores.
    ///
    /// # Errors
    /// As every call.
    pub async fn stores(&self, http: &Outbound, account: &Account) -> Result<Vec<Place>, CourierError> {
        wire::read_places(&send(http, account, Ask::get("stores", &["pickup", "stores"])).await?, "pickup_stores")
    }

    /// One of them.
    ///
    /// # Errors
    /// As every call.
    pub async fn store(&self, http: &Outbound, account: &Account, id: i64) -> Result<Place, CourierError> {
        let id = id.to_string();
        wire::read_store(&send(http, account, Ask::get("store", &["pickup", "store", "info", &id])).await?)
    }

    /// Adds a store in an area.
    ///
    /// # Errors
    /// As every call.
    pub async fn add_store(
        &self,
        http: &Outbound,
        account: &Account,
        name: &str,
        phone: &str,
        address: &str,
        area: i64,
    ) -> Result<Place, CourierError> {
        let body = json!({ "name": name, "phone": phone, "address": address, "area_id": area });
        wire::read_store(&send(http, account, Ask::post("add_store", &["pickup", "store"], body)).await?)
    }
}

impl Courier for Redx {
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
            let area = wire::area_of(&parcel.address, areas(http, account, &parcel.address).await?)?;
            let body = wire::booking_body(parcel, &area, store(http, account).await?)?;
            let answer = send(http, account, Ask::post("book", &["parcel"], body)).await?;
            let booked = wire::read_booking(&answer, &parcel.reference);
            if matches!(booked, Err(CourierError::Refused(_))) {
                // It may be an area or a store that is wrong: the next booking looks them up again.
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

    fn cancel<'a>(&'a self, http: &'a Outbound, account: &'a Account, numbers: &'a Numbers) -> Call<'a, ()> {
        Box::pin(async move {
            let body = wire::cancel_body(awb_of(numbers)?, CANCELLED);
            let ask = Ask { method: Method::PATCH, ..Ask::post("cancel", &["parcels"], body) };
            wire::read_done(&send(http, account, ask).await?)
        })
    }

    fn recall<'a>(&'a self, _: &'a Outbound, _: &'a Account, _: &'a Numbers, _: &'a str) -> Call<'a, ()> {
        Box::pin(async move {
            Err(CourierError::Refused("RedX cannot be asked for a parcel back. Call its support.".to_owned()))
        })
    }

    fn read_push(&self, body: &[u8]) -> Result<Push, CourierError> {
        wire::read_push(body)
    }

    fn push_accepted(&self, _: &Account) -> Accepted {
        Accepted::ok(r#"{"success":true}"#)
    }
}

fn awb_of(numbers: &Numbers) -> Result<&str, CourierError> {
    let none = || CourierError::Refused("This parcel has no number at RedX yet.".to_owned());
    numbers.awb.as_deref().ok_or_else(none)
}

async fn track_one(http: &Outbound, account: &Account, numbers: &Numbers) -> Result<Report, CourierError> {
    wire::read_info(&send(http, account, Ask::get("track", &["parcel", "info", awb_of(numbers)?])).await?)
}

/// The areas an address may be in: those of its postcode, else those of its city. Each list is looked up once.
async fn areas(http: &Outbound, account: &Account, address: &Address) -> Result<Vec<Place>, CourierError> {
    let (postcode, city) = (address.pincode.trim(), address.city.trim());
    for of in [AreasOf::PostCode(postcode), AreasOf::District(city)] {
        if matches!(of, AreasOf::PostCode("") | AreasOf::District("")) {
            continue;
        }
        let found = areas_once(http, account, of).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

async fn areas_once(http: &Outbound, account: &Account, of: AreasOf<'_>) -> Result<Vec<Place>, CourierError> {
    let what = format!("{of:?}");
    let known = http.ids().known(account, &what);
    if let Some(Value::Array(pairs)) = known.and_then(|text| serde_json::from_str(&text).ok()) {
        let place = |pair: &Value| Some(Place { id: pair[0].as_i64()?, name: pair[1].as_str()?.to_owned() });
        return Ok(pairs.iter().filter_map(place).collect());
    }
    let found = Redx.areas(http, account, of).await?;
    if !found.is_empty() {
        let pairs: Value = found.iter().map(|place| json!([place.id, place.name])).collect();
        http.ids().keep(account, &what, &pairs.to_string());
    }
    Ok(found)
}

/// The store parcels leave from, where one is set: its id, or its name, which is looked up once.
async fn store(http: &Outbound, account: &Account) -> Result<Option<i64>, CourierError> {
    let wanted = account.shown.pickup_location.as_deref().unwrap_or_default().trim();
    if wanted.is_empty() {
        return Ok(None);
    }
    let what = format!("store {wanted}");
    let known = http.ids().known(account, &what).and_then(|id| id.parse().ok());
    if let Some(id) = wanted.parse().ok().or(known) {
        return Ok(Some(id));
    }
    let stores = Redx.stores(http, account).await?;
    let found = stores.iter().find(|store| store.name.trim().to_lowercase() == wanted.to_lowercase());
    let Some(found) = found else {
        let names: Vec<&str> = stores.iter().map(|store| store.name.as_str()).collect();
        let names = names.join(", ");
        return Err(CourierError::Refused(format!("RedX has no pickup store called “{wanted}”. There are: {names}.")));
    };
    http.ids().keep(account, &what, &found.id.to_string());
    Ok(Some(found.id))
}

async fn send(http: &Outbound, account: &Account, mut ask: Ask) -> Result<Answer, CourierError> {
    let token = account.credential("api_token").trim();
    if token.is_empty() {
        return Err(CourierError::Refused("The API token of this RedX account is not set.".to_owned()));
    }
    ask.headers.push(("API-ACCESS-TOKEN", format!("Bearer {token}")));
    http.call(account, BASE_URL, ask).await
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
