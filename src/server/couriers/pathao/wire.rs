//! Pathao's bodies: building what it wants, reading what it answers. Nothing here sends.

use serde_json::{Value, json};

use crate::domain::money::Minor;
use crate::server::couriers::http::Answer;
use crate::server::couriers::pathao::{NAME, push, status};
use crate::server::couriers::{Booking, CourierError, Heard, Numbers, Parcel, Report, bangladesh, refusals, scalar};

const NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=100;
const ADDRESS_CHARACTERS: std::ops::RangeInclusive<usize> = 10..=220;
/// Instructions and descriptions have no documented limit.
const TEXT_CHARACTERS_MAX: usize = 250;
const GRAMS_MIN: i64 = 500;
const GRAMS_MAX: i64 = 10_000;
/// The usual service, and the one that is chosen by its number.
const NORMAL_DELIVERY: i64 = 48;
const ON_DEMAND_DELIVERY: i64 = 12;
/// A parcel, not a document.
const PARCEL: i64 = 2;

/// A city, a zone of a city, an area of a zone, or a store of the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Pathao's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A new store, as Pathao approves it within an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStore {
    /// Its name.
    pub name: String,
    /// Who answers the phone.
    pub contact_name: String,
    /// `01…`.
    pub contact_number: String,
    /// Where it is.
    pub address: String,
    /// City, zone and area by Pathao's ids.
    pub city_zone_area: [i64; 3],
}

/// The body of a booking from a store.
///
/// # Errors
/// [`CourierError::Refused`] for what Pathao cannot carry.
pub fn booking_body(parcel: &Parcel, store: i64) -> Result<Value, CourierError> {
    let no = |sentence: &str| Err(CourierError::Refused(sentence.to_owned()));
    bangladesh::must_be_taka(NAME, parcel)?;
    let name = scalar::line(&parcel.name, *NAME_CHARACTERS.end());
    if name.chars().count() < *NAME_CHARACTERS.start() {
        return no("Pathao wants a customer's name of at least 3 letters.");
    }
    let address = bangladesh::address(parcel, *ADDRESS_CHARACTERS.end());
    if address.chars().count() < *ADDRESS_CHARACTERS.start() {
        return no("Pathao wants an address of at least 10 letters.");
    }
    if parcel.weight_grams > GRAMS_MAX {
        return no("Pathao carries parcels of up to 10 kg.");
    }
    if parcel.cod_amount.0 < 0 || parcel.cod_amount.0 % 100 != 0 {
        return no("Pathao collects whole taka only.");
    }
    let service = parcel.service_id.as_deref().and_then(|id| id.parse().ok());
    let is_on_demand = service == Some(ON_DEMAND_DELIVERY);
    // City, zone and area are left out: Pathao reads them from the address, and null is refused.
    Ok(json!({
        "store_id": store,
        "merchant_order_id": parcel.reference,
        "recipient_name": name,
        "recipient_phone": bangladesh::phone(NAME, parcel)?,
        "recipient_address": address,
        "delivery_type": if is_on_demand { ON_DEMAND_DELIVERY } else { NORMAL_DELIVERY },
        "item_type": PARCEL,
        "special_instruction": scalar::line(&parcel.note, TEXT_CHARACTERS_MAX),
        "item_quantity": parcel.pieces.max(1),
        "item_weight": kilograms(parcel.weight_grams),
        "item_description": scalar::line(&parcel.contents, TEXT_CHARACTERS_MAX),
        "amount_to_collect": parcel.cod_amount.0 / 100,
    }))
}

/// Kilograms as a text, at least half a one.
pub fn kilograms(grams: i64) -> String {
    let grams = grams.max(GRAMS_MIN);
    let text = format!("{}.{:03}", grams / 1000, grams % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reads an answer whose success is a 2xx, `type` success, and something in `data`.
///
/// # Errors
/// What the body or the status says.
fn data(answer: &Answer) -> Result<Value, CourierError> {
    let mut body = refusals::object(NAME, answer)?;
    let code = scalar::number(&body["code"]).unwrap_or(200);
    if !answer.is_success() || refusals::says_no(&body) || !(200..300).contains(&code) {
        return Err(refusals::failure(NAME, answer));
    }
    Ok(body["data"].take())
}

/// Reads the answer to a booking. It is booked only with a consignment id.
///
/// # Errors
/// What the body or the status says.
pub fn read_booking(answer: &Answer) -> Result<Booking, CourierError> {
    let data = data(answer)?;
    let Some(awb) = scalar::id(&data["consignment_id"]) else {
        return Err(CourierError::Unreadable("Pathao named no consignment.".to_owned()));
    };
    let numbers = Numbers { awb: Some(awb), reference: scalar::id(&data["merchant_order_id"]), ..Numbers::default() };
    let heard = scalar::text(&data["order_status"]);
    let heard = heard.map(|word| Heard { code: status::code(&word), activity: word, ..Heard::default() });
    Ok(Booking { numbers, charged_cost: scalar::amount(&data["delivery_fee"]), heard, ..Booking::default() })
}

/// Reads the answer to a bulk booking, which is taken and made later.
///
/// # Errors
/// What the body or the status says.
pub fn read_bulk(answer: &Answer) -> Result<(), CourierError> {
    match data(answer)? {
        Value::Bool(true) => Ok(()),
        _ => Err(CourierError::Unreadable("Pathao did not say that it took the parcels.".to_owned())),
    }
}

/// Reads what is known of an order.
///
/// # Errors
/// What the body or the status says, and when there is no status in it.
pub fn read_info(answer: &Answer) -> Result<Report, CourierError> {
    let data = data(answer)?;
    let word = scalar::text(&data["order_status"]).or_else(|| scalar::text(&data["order_status_slug"]));
    let (Some(awb), Some(word)) = (scalar::id(&data["consignment_id"]), word) else {
        return Err(CourierError::Unreadable("Pathao's answer has no number or no status.".to_owned()));
    };
    let numbers = Numbers { awb: Some(awb), reference: scalar::id(&data["merchant_order_id"]), ..Numbers::default() };
    let heard = push::instant(&data)
        .map(|at| vec![Heard { at, code: status::code(&word), activity: scalar::words(&word), ..Heard::default() }]);
    Ok(Report { numbers, heard, expected_delivery_at: None })
}

/// Reads a list of places: `city`, `zone`, `area` or `store` is what their fields begin with.
///
/// # Errors
/// What the body or the status says.
pub fn read_places(answer: &Answer, what: &str) -> Result<Vec<Place>, CourierError> {
    let data = data(answer)?;
    let list = if data.is_array() { &data } else { &data["data"] };
    let Some(list) = list.as_array() else {
        return Err(CourierError::Unreadable("Pathao's answer has no list.".to_owned()));
    };
    let place = |value: &Value| {
        let id = scalar::id(&value[format!("{what}_id").as_str()])?;
        Some(Place { id, name: scalar::text(&value[format!("{what}_name").as_str()])? })
    };
    Ok(list.iter().filter_map(place).collect())
}

/// Reads a price.
///
/// # Errors
/// What the body or the status says, and when there is no price in it.
pub fn read_price(answer: &Answer) -> Result<Minor, CourierError> {
    let data = data(answer)?;
    let price = scalar::amount(&data["final_price"]).or_else(|| scalar::amount(&data["price"]));
    price.ok_or_else(|| CourierError::Unreadable("Pathao's answer has no price.".to_owned()))
}

/// The body of a new store.
pub fn store_body(store: &NewStore) -> Value {
    let [city, zone, area] = store.city_zone_area;
    json!({
        "name": store.name, "contact_name": store.contact_name, "contact_number": store.contact_number,
        "address": store.address, "city_id": city, "zone_id": zone, "area_id": area,
    })
}

/// Reads an answer that only has to say yes.
///
/// # Errors
/// What the body or the status says.
pub fn read_done(answer: &Answer) -> Result<(), CourierError> {
    data(answer).map(drop)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
