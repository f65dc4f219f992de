//! Creating parcels: the form Delhivery wants, and what became of each package in its answer. Nothing
//! here sends.

use serde_json::{Value, json};

use crate::domain::customers::{Address, Country, Phone};
use crate::domain::money::{Currency, Minor};
use crate::server::couriers::delhivery::answers::{failure, json, named_any, says_any};
use crate::server::couriers::http::Answer;
use crate::server::couriers::{Booking, Contact, CourierError, Numbers, Parcel, scalar};

const REFERENCE_CHARACTERS_MAX: usize = 50;
/// No limits are documented for texts; labels have no room for more than this.
const NAME_CHARACTERS_MAX: usize = 100;
const ADDRESS_CHARACTERS_MAX: usize = 250;
const TEXT_CHARACTERS_MAX: usize = 250;
const MILLIMETRES_PER_CENTIMETRE: i64 = 10;
/// What a failed package's remark says where it may be at Delhivery all the same: it has to be looked up.
const MAYBE_SAVED: [&str; 6] = [
    "partially saved",
    "duplicate order",
    "already exist",
    "unable to consume waybill",
    "crashing while",
    "internal error",
];

/// Where a parcel is taken and who pays, as one shipment of a create call.
#[derive(Clone, Copy, Debug)]
pub enum Direction<'p> {
    /// From the pickup place to the customer.
    Forward,
    /// Collected from the customer and brought to this address.
    Return(&'p Contact),
}

/// Our reference as `order`: letters, digits, `-` and `_`. A comma would be a list of two in a look-up.
pub fn order(reference: &str) -> String {
    let keep = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    reference.trim().chars().map(|letter| if keep(letter) { letter } else { '-' }).collect()
}

/// One line without the characters that must not occur: raw they break the form, and Delhivery's
/// documents forbid them however they are encoded.
pub fn clean(text: &str, characters_max: usize) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => cleaned.push_str(" and "),
            ';' => cleaned.push(','),
            '\\' => cleaned.push('/'),
            '#' | '%' => cleaned.push(' '),
            other => cleaned.push(other),
        }
    }
    scalar::line(&cleaned, characters_max)
}

/// One entry of `shipments`. `waybill` is a number fetched beforehand; empty lets Delhivery choose.
///
/// # Errors
/// [`CourierError::Refused`] for what Delhivery cannot carry.
pub fn shipment(parcel: &Parcel, direction: Direction<'_>, waybill: &str) -> Result<Value, CourierError> {
    let refuse = |sentence: &str| Err(CourierError::Refused(sentence.to_owned()));
    if parcel.currency != Currency::INR || parcel.address.country != Country::IN {
        return refuse("Delhivery carries inside India and collects rupees only.");
    }
    if parcel.cod_amount.0 < 0 || parcel.declared_value.0 < 0 {
        return refuse("Delhivery cannot collect or insure less than nothing.");
    }
    let order = order(&parcel.reference);
    if order.is_empty() || order.len() > REFERENCE_CHARACTERS_MAX {
        return refuse("Delhivery takes references of 1 to 50 characters.");
    }
    let mut shipment = json!({
        "name": clean(&parcel.name, NAME_CHARACTERS_MAX),
        "add": street(&parcel.address),
        "pin": pin(&parcel.address.pincode)?,
        "city": clean(&parcel.address.city, NAME_CHARACTERS_MAX),
        "state": clean(&parcel.address.state, NAME_CHARACTERS_MAX),
        "country": "India",
        "phone": [phone(&parcel.phone)?],
        "order": order,
        "payment_mode": payment_mode(parcel, direction),
        "cod_amount": collected(parcel, direction).decimal(),
        "total_amount": parcel.declared_value.decimal(),
        "order_date": null,
        "products_desc": clean(&parcel.contents, TEXT_CHARACTERS_MAX),
        "hsn_code": "",
        "quantity": parcel.pieces.max(1).to_string(),
        "waybill": waybill.trim(),
        "weight": parcel.weight_grams.max(1).to_string(),
        "shipment_length": centimetres(parcel.size.length_mm),
        "shipment_width": centimetres(parcel.size.width_mm),
        "shipment_height": centimetres(parcel.size.height_mm),
        "shipping_mode": mode(parcel.service_id.as_deref())?.name(),
        "address_type": "home",
        "seller_name": "", "seller_add": "", "seller_inv": "", "seller_gst_tin": "",
    });
    let back = match direction {
        Direction::Forward => json!({
            "return_name": "", "return_add": "", "return_city": "", "return_state": "", "return_country": "",
            "return_pin": "", "return_phone": "",
        }),
        Direction::Return(to) => json!({
            "return_name": clean(&to.name, NAME_CHARACTERS_MAX),
            "return_add": street(&to.address),
            "return_city": clean(&to.address.city, NAME_CHARACTERS_MAX),
            "return_state": clean(&to.address.state, NAME_CHARACTERS_MAX),
            "return_country": "India",
            "return_pin": pin(&to.address.pincode)?.to_string(),
            "return_phone": phone(&to.phone)?,
        }),
    };
    if let (Value::Object(shipment), Value::Object(back)) = (&mut shipment, back) {
        shipment.extend(back);
    }
    Ok(shipment)
}

fn payment_mode(parcel: &Parcel, direction: Direction<'_>) -> &'static str {
    match direction {
        Direction::Return(_) => "Pickup",
        Direction::Forward if parcel.cod_amount.0 > 0 => "COD",
        Direction::Forward => "Prepaid",
    }
}

fn collected(parcel: &Parcel, direction: Direction<'_>) -> Minor {
    match direction {
        Direction::Forward => parcel.cod_amount,
        Direction::Return(_) => Minor(0),
    }
}

/// The two services of Delhivery's express business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By road.
    Surface,
    /// By air.
    Express,
}

impl Mode {
    /// Its name in a create call.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Surface => "Surface",
            Mode::Express => "Express",
        }
    }

    /// Its letter in questions about charges and times.
    pub fn letter(self) -> &'static str {
        match self {
            Mode::Surface => "S",
            Mode::Express => "E",
        }
    }
}

/// The service by its name or letter; surface where none was chosen.
///
/// # Errors
/// [`CourierError::Refused`] for a service Delhivery does not have.
pub fn mode(service_id: Option<&str>) -> Result<Mode, CourierError> {
    let Some(wanted) = service_id.map(str::trim).filter(|id| !id.is_empty()) else { return Ok(Mode::Surface) };
    let is_it = |mode: &Mode| wanted.eq_ignore_ascii_case(mode.name()) || wanted.eq_ignore_ascii_case(mode.letter());
    match [Mode::Surface, Mode::Express].into_iter().find(is_it) {
        Some(mode) => Ok(mode),
        None => Err(CourierError::Refused("Delhivery has the services Surface and Express.".to_owned())),
    }
}

/// House, street and landmark on one line; town and state have fields of their own.
pub fn street(address: &Address) -> String {
    let landmark = if address.landmark.is_empty() { String::new() } else { format!("near {}", address.landmark) };
    let parts = [&address.line1, &address.line2, &landmark].map(|part| clean(part, ADDRESS_CHARACTERS_MAX));
    let filled: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    scalar::line(&filled.join(", "), ADDRESS_CHARACTERS_MAX)
}

/// A postcode as the number Delhivery writes it as.
///
/// # Errors
/// [`CourierError::Refused`] when it is none of India's.
pub fn pin(pincode: &str) -> Result<u32, CourierError> {
    let digits = pincode.trim();
    let is_indian = digits.len() == 6 && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_indian).ok_or_else(|| {
        CourierError::Refused("Delhivery needs a postcode of six digits that does not start with 0.".to_owned())
    })
}

/// Ten digits, as Delhivery wants phones.
///
/// # Errors
/// [`CourierError::Refused`] for a number of another country.
pub fn phone(phone: &Phone) -> Result<String, CourierError> {
    match phone.as_str().strip_prefix("+91") {
        Some(rest) => Ok(rest.to_owned()),
        None => Err(CourierError::Refused("Delhivery delivers to Indian mobile numbers only.".to_owned())),
    }
}

/// Whole centimetres, never less than it measures.
fn centimetres(millimetres: i64) -> String {
    let millimetres = millimetres.max(1);
    (millimetres / MILLIMETRES_PER_CENTIMETRE + i64::from(millimetres % MILLIMETRES_PER_CENTIMETRE != 0)).to_string()
}

/// The form of a create call: `format=json&data=…`. The pickup place stands beside the shipments, by its
/// registered name to the letter.
pub fn form(shipments: Vec<Value>, pickup_location: &str) -> Vec<(&'static str, String)> {
    let data = json!({ "shipments": shipments, "pickup_location": { "name": pickup_location } });
    vec![("format", "json".to_owned()), ("data", data.to_string())]
}

/// Reads the answer to a create call with one parcel.
///
/// # Errors
/// As [`read_bookings`].
pub fn read_booking(answer: &Answer, parcel: &Parcel) -> Result<Booking, CourierError> {
    let orders = [order(&parcel.reference)];
    read_bookings(answer, &orders)?.pop().unwrap_or_else(|| Err(unanswered()))
}

/// Reads the answer to a create call: one entry per order that was sent, in that order. A package is
/// booked only with a 2xx, the status `Success` and a waybill.
///
/// # Errors
/// When the whole was refused. A package that may be there all the same is [`CourierError::Unavailable`]:
/// the caller has to look it up before it is created again.
pub fn read_bookings(answer: &Answer, orders: &[String]) -> Result<Vec<Result<Booking, CourierError>>, CourierError> {
    let body = json(answer)?;
    let packages = match &body["packages"] {
        Value::Array(packages) if answer.is_success() && !packages.is_empty() => packages,
        _ => return Err(whole_refused(answer, &body)),
    };
    let of_order = |order: &String| {
        let named = packages.iter().find(|package| scalar::text(&package["refnum"]).as_ref() == Some(order));
        // A lone package that repeats no reference can be about nothing else.
        let lone = || packages.first().filter(|one| packages.len() == 1 && named_any(one, &["refnum"]).is_none());
        match named.or_else(|| lone().filter(|_| orders.len() == 1)) {
            Some(package) => read_package(package, &body),
            None => Err(unanswered()),
        }
    };
    Ok(orders.iter().map(of_order).collect())
}

fn unanswered() -> CourierError {
    CourierError::Unreadable("Delhivery's answer does not say what became of this parcel.".to_owned())
}

fn whole_refused(answer: &Answer, body: &Value) -> CourierError {
    if answer.is_success() && says_any(body, &MAYBE_SAVED) {
        return maybe_saved();
    }
    failure(answer, body)
}

fn maybe_saved() -> CourierError {
    CourierError::Unavailable {
        reason: "Delhivery may have this parcel already; it has to be looked up.".to_owned(),
        retry_after_ms: None,
    }
}

fn read_package(package: &Value, body: &Value) -> Result<Booking, CourierError> {
    let is_success = scalar::text(&package["status"]).is_some_and(|status| status.eq_ignore_ascii_case("success"));
    match (scalar::id(&package["waybill"]), is_success) {
        (Some(awb), true) => Ok(Booking {
            numbers: Numbers { awb: Some(awb), reference: scalar::id(&package["refnum"]), ..Numbers::default() },
            ..Booking::default()
        }),
        (None, true) => Err(unanswered()),
        (Some(_), false) => Err(maybe_saved()),
        (None, false) => Err(package_refused(package, body)),
    }
}

/// The remark of the package counts. The sentence over the whole is the same internal error for every
/// reason, so it counts only where the package gives none.
fn package_refused(package: &Value, body: &Value) -> CourierError {
    let remarks = named_any(package, &["remarks", "remark", "rmk"]);
    match remarks {
        Some(remarks) => {
            let lower = remarks.to_lowercase();
            if MAYBE_SAVED.iter().any(|word| lower.contains(word)) {
                return maybe_saved();
            }
            CourierError::Refused(format!("Delhivery said no: {}", scalar::words(&remarks)))
        }
        None if says_any(body, &MAYBE_SAVED) => maybe_saved(),
        None if package["serviceable"] == json!(false) => {
            CourierError::Refused("Delhivery does not serve this address.".to_owned())
        }
        None => unanswered(),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
