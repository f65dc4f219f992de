//! After a parcel is booked: its label, having it fetched, what to do after a failed attempt, papers, and
//! the pickup places themselves.

use reqwest::Method;
use serde_json::{Value, json};

use crate::domain::customers::{Address, Country, Phone};
use crate::domain::money::Minor;
use crate::domain::time::{MINUTE_MS, UnixMillis};
use crate::server::couriers::account::Account;
use crate::server::couriers::delhivery::answers::{failure, is_yes, json, named_any, plain, says_any};
use crate::server::couriers::delhivery::edit::waybill;
use crate::server::couriers::delhivery::{Delhivery, pickup_location, send, wire};
use crate::server::couriers::http::{Answer, Ask, LABEL_TIME_MAX, Outbound};
use crate::server::couriers::{CourierError, Numbers, scalar};

const NAME_CHARACTERS_MAX: usize = 100;
const ADDRESS_CHARACTERS_MAX: usize = 250;
/// Codes after which another attempt may be asked for.
const REATTEMPT_CODES: [&str; 8] = ["EOD-74", "EOD-15", "EOD-104", "EOD-43", "EOD-86", "EOD-11", "EOD-69", "EOD-6"];
/// Codes after which another collection may be asked for.
const RESCHEDULE_CODES: [&str; 2] = ["EOD-777", "EOD-21"];

/// Size of the paper a label is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A4, four labels.
    A4,
    /// 4R, a label printer's.
    FourR,
}

/// A label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The parcel's.
    pub awb: String,
    /// Where the PDF is, if it is to be fetched.
    pub link: Option<String>,
    /// The PDF itself in base64, if it came along.
    pub pdf_base64: Option<String>,
}

/// A request to have parcels fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pickup {
    /// Its id, where Delhivery gives one.
    pub id: Option<String>,
    /// There was one for that day already, which serves as well.
    pub was_there: bool,
}

/// What to do after a failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NdrAction {
    /// Try again.
    Reattempt,
    /// Collect a return again.
    ReschedulePickup,
    /// Try again on a day, `YYYY-MM-DD`.
    Defer(String),
    /// Try again with other details.
    EditDetails {
        /// Who gets it.
        name: String,
        /// Street address.
        address: String,
        /// Phone of who gets it.
        phone: Phone,
    },
}

/// How an instruction that is worked on later stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Delhivery's word for it, in small letters.
    pub status: String,
    /// What it says about it, possibly empty.
    pub words: String,
}

/// A pickup place.
#[derive(Clone, Debug)]
pub struct Warehouse {
    /// Its name, which cannot be changed later and which bookings repeat to the letter.
    pub name: String,
    /// Name of the registered client.
    pub registered_name: String,
    /// Phone of whoever is there.
    pub phone: Phone,
    /// E-mail of whoever is there.
    pub email: String,
    /// Where it is.
    pub address: Address,
    /// Where undelivered parcels go, if elsewhere.
    pub return_address: Option<Address>,
}

impl Delhivery {
    /// Labels of parcels, one entry per parcel in that order.
    ///
    /// # Errors
    /// As every call; a parcel without one is marked in its entry.
    pub async fn labels(
        &self,
        http: &Outbound,
        account: &Account,
        parcels: &[Numbers],
        paper: Paper,
    ) -> Result<Vec<Result<Label, CourierError>>, CourierError> {
        let asked: Vec<&str> = parcels.iter().filter_map(|numbers| numbers.awb.as_deref()).collect();
        let found = if asked.is_empty() {
            Vec::new()
        } else {
            let size = if paper == Paper::A4 { "A4" } else { "4R" };
            let mut ask = Ask { time_max: LABEL_TIME_MAX, ..Ask::get("labels", &["api", "p", "packing_slip"]) };
            ask.query = vec![("wbns", asked.join(",")), ("pdf", "true".to_owned()), ("pdf_size", size.to_owned())];
            read_labels(&send(http, account, ask).await?)?
        };
        let none = || CourierError::Refused("Delhivery has no label of this parcel.".to_owned());
        let of_parcel = |numbers: &Numbers| {
            let awb = waybill(numbers)?;
            found.iter().find(|label| label.awb == awb).cloned().ok_or_else(none)
        };
        Ok(parcels.iter().map(of_parcel).collect())
    }

    /// Asks for parcels to be fetched from the account's pickup place. That somebody has asked already for
    /// that day is as good.
    ///
    /// # Errors
    /// As every call.
    pub async fn pickup(
        &self,
        http: &Outbound,
        account: &Account,
        at: UnixMillis,
        parcels: i64,
    ) -> Result<Pickup, CourierError> {
        let body = pickup_body(pickup_location(account)?, at, parcels);
        read_pickup(&send(http, account, Ask::post("request_pickup", &["fm", "request", "new", ""], body)).await?)
    }

    /// Says what to do with parcels after a failed attempt; answers the id to ask by what came of it.
    ///
    /// # Errors
    /// As every call.
    pub async fn instruct(
        &self,
        http: &Outbound,
        account: &Account,
        parcels: &[(Numbers, NdrAction)],
    ) -> Result<String, CourierError> {
        let body = ndr_body(parcels)?;
        read_upload_id(&send(http, account, Ask::post("instruct", &["api", "p", "update"], body)).await?)
    }

    /// What came of an instruction.
    ///
    /// # Errors
    /// As every call.
    pub async fn instruction(&self, http: &Outbound, account: &Account, id: &str) -> Result<Upload, CourierError> {
        let mut ask = Ask::get("instruction", &["api", "cmu", "get_bulk_upl", id]);
        ask.query.push(("verbose", "true".to_owned()));
        read_upload(&send(http, account, ask).await?)
    }

    /// Registers a pickup place, or changes everything of it but its name.
    ///
    /// # Errors
    /// As every call.
    pub async fn save_warehouse(
        &self,
        http: &Outbound,
        account: &Account,
        warehouse: &Warehouse,
        is_new: bool,
    ) -> Result<(), CourierError> {
        let last = if is_new { "create" } else { "edit" };
        let path = ["api", "backend", "clientwarehouse", last, ""];
        let ask = Ask::post("save_warehouse", &path, warehouse_body(warehouse)?);
        read_done(&send(http, account, ask).await?)
    }

    /// Hands in the number of the e-waybill that the law wants for valuable parcels.
    ///
    /// # Errors
    /// As every call.
    pub async fn set_e_waybill(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        invoice: &str,
        e_waybill: &str,
    ) -> Result<(), CourierError> {
        let body = json!({ "data": [{ "dcn": invoice.trim(), "ewbn": e_waybill.trim() }] });
        let ask = Ask::post("set_e_waybill", &["api", "rest", "ewaybill", waybill(numbers)?, ""], body);
        read_done(&send(http, account, Ask { method: Method::PUT, ..ask }).await?)
    }

    /// What the account has left; below zero the merchant owes it. The call is not documented, nor is the shape
    /// of its answer: what counts is the field that is called a balance.
    ///
    /// # Errors
    /// As every call.
    pub async fn balance(&self, http: &Outbound, account: &Account) -> Result<Minor, CourierError> {
        read_balance(&send(http, account, Ask::get("balance", &["api", "client", "get_balance_ledger.json"])).await?)
    }

    /// Where the proof of delivery of a parcel is.
    ///
    /// # Errors
    /// As every call; [`CourierError::Refused`] when there is none.
    pub async fn proof_of_delivery(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
    ) -> Result<String, CourierError> {
        let mut ask = Ask::get("proof_of_delivery", &["api", "rest", "fetch", "pkg", "document", ""]);
        ask.query = vec![("doc_type", "EPOD".to_owned()), ("waybill", waybill(numbers)?.to_owned())];
        read_document(&send(http, account, ask).await?)
    }
}

/// Whether Delhivery takes an instruction, by the parcel's latest NSL code and its failed attempts. It is
/// best sent after 21:00 in India, when the scans of the day are in.
pub fn may_instruct(action: &NdrAction, nsl_code: &str, attempts: i64) -> bool {
    let is_of = |codes: &[&str]| codes.iter().any(|code| nsl_code.trim().eq_ignore_ascii_case(code));
    match action {
        NdrAction::Reattempt => is_of(&REATTEMPT_CODES) && (1..=2).contains(&attempts),
        NdrAction::ReschedulePickup => is_of(&RESCHEDULE_CODES),
        NdrAction::Defer(_) | NdrAction::EditDetails { .. } => is_of(&REATTEMPT_CODES),
    }
}

/// A link staff may be sent to.
fn link(value: &Value) -> Option<String> {
    scalar::text(value).filter(|text| text.starts_with("https://"))
}

fn read_labels(answer: &Answer) -> Result<Vec<Label>, CourierError> {
    let body = json(answer)?;
    let packages = match &body["packages"] {
        Value::Array(packages) if answer.is_success() => packages,
        _ => return Err(failure(answer, &body)),
    };
    let label = |package: &Value| {
        // Which addresses are fetched from is decided where they are fetched.
        let link = scalar::text(&package["pdf_download_link"]).filter(|text| text.starts_with("http"));
        let pdf_base64 = scalar::text(&package["pdf_encoding"]);
        (link.is_some() || pdf_base64.is_some())
            .then(|| Some(Label { awb: scalar::id(&package["wbn"])?, link, pdf_base64 }))?
    };
    Ok(packages.iter().filter_map(label).collect())
}

/// Day and time of India.
fn local(at: UnixMillis, form: &str) -> String {
    let shifted = at.plus(Country::IN.utc_offset_minutes() * MINUTE_MS);
    jiff::Timestamp::from_millisecond(shifted.0).map(|at| at.strftime(form).to_string()).unwrap_or_default()
}

fn pickup_body(location: &str, at: UnixMillis, parcels: i64) -> Value {
    json!({
        "pickup_time": local(at, "%H:%M:%S"),
        "pickup_date": local(at, "%Y-%m-%d"),
        "pickup_location": location,
        "expected_package_count": parcels.max(1),
    })
}

fn read_pickup(answer: &Answer) -> Result<Pickup, CourierError> {
    let body = match answer.json().filter(Value::is_object) {
        Some(body) => body,
        None if answer.body.to_ascii_lowercase().windows(13).any(|part| part == b"already exist") => Value::Null,
        None => return Err(plain(answer)),
    };
    let id = scalar::id(&body["pickup_id"]);
    let was_there = body.is_null() || is_yes(&body["pr_exist"]) || says_any(&body, &["already exist"]);
    match (was_there, id) {
        (true, id) => Ok(Pickup { id, was_there }),
        (false, Some(id)) if answer.is_success() => Ok(Pickup { id: Some(id), was_there }),
        (false, _) => Err(failure(answer, &body)),
    }
}

fn ndr_body(parcels: &[(Numbers, NdrAction)]) -> Result<Value, CourierError> {
    let row = |(numbers, action): &(Numbers, NdrAction)| {
        let waybill = waybill(numbers)?;
        Ok(match action {
            NdrAction::Reattempt => json!({ "waybill": waybill, "act": "RE-ATTEMPT" }),
            NdrAction::ReschedulePickup => json!({ "waybill": waybill, "act": "PICKUP_RESCHEDULE" }),
            NdrAction::Defer(day) => {
                json!({ "waybill": waybill, "act": "DEFER_DLV", "action_data": { "deferred_date": day } })
            }
            NdrAction::EditDetails { name, address, phone } => json!({
                "waybill": waybill,
                "act": "EDIT_DETAILS",
                "action_data": {
                    "name": wire::clean(name, NAME_CHARACTERS_MAX),
                    "add": wire::clean(address, ADDRESS_CHARACTERS_MAX),
                    "phone": wire::phone(phone)?,
                },
            }),
        })
    };
    let rows = parcels.iter().map(row).collect::<Result<Vec<Value>, CourierError>>()?;
    Ok(json!({ "data": rows }))
}

/// Only the id of an upload says that an instruction was taken; where it stands is not documented.
fn read_upload_id(answer: &Answer) -> Result<String, CourierError> {
    let text = String::from_utf8_lossy(&answer.body);
    let is_id =
        |word: &&str| word.len() > 3 && word.starts_with("UPL") && word[3..].bytes().all(|byte| byte.is_ascii_digit());
    let id = text.split(|letter: char| !letter.is_ascii_alphanumeric()).find(is_id);
    match (id, answer.json()) {
        (Some(id), _) if answer.is_success() => Ok(id.to_owned()),
        (_, Some(body)) => Err(failure(answer, &body)),
        (_, None) => Err(plain(answer)),
    }
}

fn read_upload(answer: &Answer) -> Result<Upload, CourierError> {
    let body = json(answer)?;
    let status = scalar::text(&body["status"]).or_else(|| scalar::text(&body["Status"]));
    match status.filter(|_| answer.is_success()) {
        Some(status) => {
            let words = named_any(&body, &["remarks", "remark", "rmk", "message", "error"]).unwrap_or_default();
            Ok(Upload { status: status.to_lowercase(), words: scalar::words(&words) })
        }
        None => Err(failure(answer, &body)),
    }
}

fn warehouse_body(warehouse: &Warehouse) -> Result<Value, CourierError> {
    let name = warehouse.name.trim();
    if name.is_empty() || wire::clean(name, NAME_CHARACTERS_MAX) != name {
        // It could never be repeated to the letter by a booking.
        return Err(CourierError::Refused("The name of a pickup place has no &, #, %, ; or \\ in it.".to_owned()));
    }
    let back = warehouse.return_address.as_ref().unwrap_or(&warehouse.address);
    let text = |text: &str| wire::clean(text, ADDRESS_CHARACTERS_MAX);
    let street = |address: &Address| {
        let parts = [&address.line1, &address.line2, &address.landmark].map(|part| text(part));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    Ok(json!({
        "name": name,
        "registered_name": text(&warehouse.registered_name),
        "phone": wire::phone(&warehouse.phone)?,
        "email": warehouse.email.trim(),
        "address": street(&warehouse.address),
        "city": text(&warehouse.address.city),
        "pin": wire::pin(&warehouse.address.pincode)?.to_string(),
        "country": "India",
        "return_address": street(back),
        "return_city": text(&back.city),
        "return_state": text(&back.state),
        "return_pin": wire::pin(&back.pincode)?.to_string(),
        "return_country": "India",
    }))
}

/// Something was done: a 2xx that says yes, or one with data and no error.
fn read_done(answer: &Answer) -> Result<(), CourierError> {
    let body = json(answer)?;
    let says = ["success", "status"].iter().map(|name| &body[*name]).find(|value| !value.is_null());
    let has_error = named_any(&body, &["error", "errors", "rmk"]).is_some();
    let is_done = says.map_or(!has_error && !body["data"].is_null(), is_yes);
    if answer.is_success() && is_done { Ok(()) } else { Err(failure(answer, &body)) }
}

/// Reads what is left of an account's money.
pub fn read_balance(answer: &Answer) -> Result<Minor, CourierError> {
    let body = json(answer)?;
    let places = [&body, &body[0], &body["data"], &body["data"][0]];
    let mut fields = places.into_iter().filter_map(Value::as_object).flatten();
    let balance = fields
        .find_map(|(name, value)| name.to_lowercase().ends_with("balance").then(|| scalar::amount(value)).flatten());
    balance.filter(|_| answer.is_success()).ok_or_else(|| failure(answer, &body))
}

fn read_document(answer: &Answer) -> Result<String, CourierError> {
    let body = json(answer)?;
    let mut links = Vec::new();
    collect_links(&body, &mut links, 5);
    match links.into_iter().next() {
        Some(link) if answer.is_success() => Ok(link),
        Some(_) => Err(failure(answer, &body)),
        None => Err(CourierError::Refused("Delhivery has no proof of delivery of this parcel.".to_owned())),
    }
}

fn collect_links(value: &Value, links: &mut Vec<String>, depth: usize) {
    match value {
        Value::Array(list) if depth > 0 => list.iter().for_each(|one| collect_links(one, links, depth - 1)),
        Value::Object(fields) if depth > 0 => fields.values().for_each(|one| collect_links(one, links, depth - 1)),
        other => links.extend(link(other)),
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
