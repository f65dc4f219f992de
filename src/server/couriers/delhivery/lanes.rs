//! Before a parcel is booked: whether and how fast Delhivery goes there, what it costs, and waybills
//! fetched ahead.

use serde_json::Value;

use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::delhivery::answers::{failure, is_yes, json, plain};
use crate::server::couriers::delhivery::wire::{Mode, pin};
use crate::server::couriers::delhivery::{Delhivery, send};
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::{CourierError, scalar};

/// Waybills one call fetches at most.
pub const WAYBILLS_MAX: usize = 10_000;
/// The remark of a postcode that is listed and not served for now.
const EMBARGO: &str = "embargo";

/// What Delhivery does at a postcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// Nothing.
    None,
    /// Nothing for now.
    Embargo,
    /// This.
    Offered(Offer),
}

/// What is offered at a postcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Town, possibly empty.
    pub city: String,
    /// Code of the state, such as `HR`.
    pub state_code: String,
    /// Cash on delivery.
    pub cod: bool,
    /// Parcels that are paid for.
    pub prepaid: bool,
    /// Fetching parcels there.
    pub pickup: bool,
    /// Far away, which costs more and takes longer.
    pub is_remote: bool,
    /// The most a parcel may collect, if there is a limit.
    pub amount_max: Option<Minor>,
}

/// What decides a price.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Postcode it is fetched at.
    pub from: String,
    /// Postcode it goes to.
    pub to: String,
    /// Service.
    pub mode: Mode,
    /// Weight in grams.
    pub weight_grams: i64,
    /// Whether the rider collects money.
    pub is_cod: bool,
    /// How it ends, which has its own price.
    pub ending: Ending,
}

/// How a parcel ends, for its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// At the customer.
    Delivered,
    /// Back at the merchant, undelivered.
    Rto,
    /// A return, at the merchant.
    Dto,
}

impl Ending {
    fn code(self) -> &'static str {
        match self {
            Ending::Delivered => "Delivered",
            Ending::Rto => "RTO",
            Ending::Dto => "DTO",
        }
    }
}

/// What a parcel would cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charges {
    /// With tax.
    pub total: Minor,
    /// Without tax.
    pub gross: Option<Minor>,
    /// The part for carrying it.
    pub delivery: Option<Minor>,
    /// The part for collecting money.
    pub cod: Option<Minor>,
    /// Tax, all kinds together.
    pub tax: Minor,
    /// Delhivery's zone of the lane, possibly empty.
    pub zone: String,
    /// Weight that is charged, in grams.
    pub charged_weight_grams: Option<i64>,
}

impl Delhivery {
    /// What Delhivery does at a postcode.
    ///
    /// # Errors
    /// As every call.
    pub async fn serviceability(
        &self,
        http: &Outbound,
        account: &Account,
        pincode: &str,
    ) -> Result<Service, CourierError> {
        let pin = pin(pincode)?;
        let mut ask = Ask::get("serviceability", &["c", "api", "pin-codes", "json", ""]);
        ask.query.push(("filter_codes", pin.to_string()));
        read_serviceability(&send(http, account, ask).await?, pin)
    }

    /// Days from pickup to delivery, where Delhivery says.
    ///
    /// # Errors
    /// As every call.
    pub async fn expected_days(
        &self,
        http: &Outbound,
        account: &Account,
        from: &str,
        to: &str,
        mode: Mode,
    ) -> Result<Option<i64>, CourierError> {
        let mut ask = Ask::get("expected_days", &["api", "dc", "expected_tat"]);
        ask.query.push(("origin_pin", pin(from)?.to_string()));
        ask.query.push(("destination_pin", pin(to)?.to_string()));
        ask.query.push(("mot", mode.letter().to_owned()));
        read_expected_days(&send(http, account, ask).await?)
    }

    /// What a parcel would cost. Delhivery allows 50 of these in five minutes.
    ///
    /// # Errors
    /// As every call.
    pub async fn charges(&self, http: &Outbound, account: &Account, lane: &Lane) -> Result<Charges, CourierError> {
        let path = ["api", "kinko", "v1", "invoice", "charges", ".json"];
        let ask = Ask { query: charges_query(lane)?, is_scarce: true, ..Ask::get("charges", &path) };
        read_charges(&send(http, account, ask).await?)
    }

    /// Fetches waybills to be used up one by one: asking for each as it is needed runs into the limit.
    ///
    /// # Errors
    /// As every call; [`CourierError::Refused`] without the client name or for more than 10,000.
    pub async fn fetch_waybills(
        &self,
        http: &Outbound,
        account: &Account,
        count: usize,
    ) -> Result<Vec<String>, CourierError> {
        if !(1..=WAYBILLS_MAX).contains(&count) {
            return Err(CourierError::Refused(format!("Delhivery gives 1 to {WAYBILLS_MAX} waybills at a time.")));
        }
        let mut ask = Ask::get("fetch_waybills", &["waybill", "api", "bulk", "json", ""]);
        ask.query = vec![("cl", client_name(account)?), ("count", count.to_string())];
        read_waybills(&send(http, account, ask).await?)
    }

    /// Fetches one waybill.
    ///
    /// # Errors
    /// As [`Delhivery::fetch_waybills`].
    pub async fn fetch_waybill(&self, http: &Outbound, account: &Account) -> Result<String, CourierError> {
        let mut ask = Ask::get("fetch_waybill", &["waybill", "api", "fetch", "json", ""]);
        ask.query = vec![("cl", client_name(account)?)];
        let waybills = read_waybills(&send(http, account, ask).await?)?;
        waybills.into_iter().next().ok_or_else(|| CourierError::Unreadable("Delhivery gave no waybill.".to_owned()))
    }
}

/// The client name goes out as it was typed: upper and lower case count.
fn client_name(account: &Account) -> Result<String, CourierError> {
    match account.credential("client_name").trim() {
        "" => Err(CourierError::Refused("The client name of this Delhivery account is not set.".to_owned())),
        name => Ok(name.to_owned()),
    }
}

fn charges_query(lane: &Lane) -> Result<Vec<(&'static str, String)>, CourierError> {
    Ok(vec![
        ("md", lane.mode.letter().to_owned()),
        ("cgm", lane.weight_grams.max(1).to_string()),
        ("o_pin", pin(&lane.from)?.to_string()),
        ("d_pin", pin(&lane.to)?.to_string()),
        ("ss", lane.ending.code().to_owned()),
        ("pt", if lane.is_cod { "COD" } else { "Pre-paid" }.to_owned()),
    ])
}

/// Reads what is done at a postcode: an empty list is "nothing".
fn read_serviceability(answer: &Answer, pin: u32) -> Result<Service, CourierError> {
    let body = json(answer)?;
    let Value::Array(codes) = &body["delivery_codes"] else { return Err(failure(answer, &body)) };
    if !answer.is_success() {
        return Err(failure(answer, &body));
    }
    let is_it = |code: &&Value| scalar::number(&code["pin"]) == Some(i64::from(pin));
    let Some(code) = codes.iter().map(|code| &code["postal_code"]).find(is_it) else { return Ok(Service::None) };
    let words = |name: &str| scalar::text(&code[name]).unwrap_or_default();
    if words("remarks").eq_ignore_ascii_case(EMBARGO) {
        return Ok(Service::Embargo);
    }
    Ok(Service::Offered(Offer {
        city: words("city"),
        state_code: words("state_code"),
        cod: is_yes(&code["cod"]),
        prepaid: is_yes(&code["pre_paid"]),
        pickup: is_yes(&code["pickup"]),
        is_remote: is_yes(&code["is_oda"]),
        amount_max: scalar::amount(&code["max_amount"]).filter(|amount| amount.0 > 0),
    }))
}

/// Reads how long it takes. The body is not documented, so an answer without a number of days is none.
fn read_expected_days(answer: &Answer) -> Result<Option<i64>, CourierError> {
    let body = json(answer)?;
    if !answer.is_success() || body["success"] == Value::Bool(false) {
        return Err(failure(answer, &body));
    }
    Ok(scalar::number(&body["data"]["tat"]).or_else(|| scalar::number(&body["tat"])).filter(|days| *days >= 0))
}

/// Reads a price: a list with one entry, or the entry alone.
fn read_charges(answer: &Answer) -> Result<Charges, CourierError> {
    let body = json(answer)?;
    let entry = match &body {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        other => other,
    };
    let total = scalar::amount(&entry["total_amount"]).filter(|_| answer.is_success());
    let Some(total) = total else { return Err(failure(answer, &body)) };
    let tax = entry["tax_data"].as_object().into_iter().flat_map(|taxes| taxes.values());
    Ok(Charges {
        total,
        gross: scalar::amount(&entry["gross_amount"]),
        delivery: scalar::amount(&entry["charge_DL"]),
        cod: scalar::amount(&entry["charge_COD"]),
        tax: Minor(tax.filter_map(scalar::amount).fold(0, |sum, tax| tax.0.saturating_add(sum))),
        zone: scalar::text(&entry["zone"]).unwrap_or_default(),
        charged_weight_grams: scalar::number(&entry["charged_weight"]),
    })
}

/// Reads waybills: a text with one or, between commas, several; or a list.
fn read_waybills(answer: &Answer) -> Result<Vec<String>, CourierError> {
    let Some(body) = answer.json() else { return Err(plain(answer)) };
    let texts: Vec<String> = match &body {
        Value::String(_) | Value::Number(_) => scalar::text(&body).into_iter().collect(),
        Value::Array(list) => list.iter().filter_map(scalar::text).collect(),
        Value::Null | Value::Bool(_) | Value::Object(_) => return Err(failure(answer, &body)),
    };
    let waybills: Vec<String> =
        texts.iter().flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect();
    let are_numbers =
        waybills.iter().all(|one| !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    match answer.is_success() && are_numbers && !waybills.is_empty() {
        true => Ok(waybills),
        false => Err(plain(answer)),
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
