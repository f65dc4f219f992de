//! What the couriers of Bangladesh want alike: phones that begin with 01, addresses on one line, taka.

use crate::domain::money::Currency;
use crate::server::couriers::{CourierError, Parcel, scalar};

/// Refuses a parcel that is not paid in taka.
///
/// # Errors
/// [`CourierError::Refused`] in words.
pub fn must_be_taka(courier: &str, parcel: &Parcel) -> Result<(), CourierError> {
    match parcel.currency {
        Currency::BDT => Ok(()),
        Currency::INR => Err(CourierError::Refused(format!("{courier} collects taka only."))),
    }
}

/// `01…`, eleven digits.
///
/// # Errors
/// [`CourierError::Refused`] for a number of another country.
pub fn phone(courier: &str, parcel: &Parcel) -> Result<String, CourierError> {
    match parcel.phone.as_str().strip_prefix("+880") {
        Some(rest) => Ok(format!("0{rest}")),
        None => Err(CourierError::Refused(format!("{courier} delivers to Bangladeshi mobile numbers only."))),
    }
}

/// The address on one line, without the postcode, which these couriers do not read there.
pub fn address(parcel: &Parcel, characters_max: usize) -> String {
    let address = &parcel.address;
    let landmark = if address.landmark.is_empty() { String::new() } else { format!("near {}", address.landmark) };
    let parts = [&address.line1, &address.line2, &landmark, &address.city, &address.state];
    let parts: Vec<String> = parts.iter().map(|part| scalar::line(part, characters_max)).collect();
    let filled: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    scalar::line(&filled.join(", "), characters_max)
}
