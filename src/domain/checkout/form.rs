//! The checkout form: as typed, and as checked.

use serde::{Deserialize, Serialize};

use crate::domain::customers::{Address, Country, Phone, postcode_digits};
use crate::domain::messages::Messages;
use crate::domain::payments::PaymentMethod;
use crate::error::FieldError;

/// The checkout form as typed: every field is text, nothing has been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckoutForm {
    /// Hidden: the cart's key.
    pub key: String,
    /// Hidden: digest of [`Quote::contents`] as shown.
    pub contents: String,
    /// Full name.
    pub name: String,
    /// Phone as typed.
    pub phone: String,
    /// E-mail, optional.
    pub email: String,
    /// House, street, area.
    pub line1: String,
    /// More of it, optional.
    pub line2: String,
    /// Landmark, optional.
    pub landmark: String,
    /// Town or city.
    pub city: String,
    /// State or district, optional.
    pub state: String,
    /// Postcode.
    pub pincode: String,
    /// Country code.
    pub country: String,
    /// Code of a payment method.
    pub payment_method: String,
    /// Note to the merchant, optional.
    pub note: String,
}

/// A checked checkout form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckoutDetails {
    /// Full name.
    pub name: String,
    /// Phone.
    pub phone: Phone,
    /// E-mail, possibly empty.
    pub email: String,
    /// Address.
    pub address: Address,
    /// How to pay.
    pub payment_method: PaymentMethod,
    /// Note, possibly empty.
    pub note: String,
}

const NAME_MAX: usize = 100;
const LINE_MAX: usize = 200;
const SHORT_MAX: usize = 100;
const EMAIL_MAX: usize = 254;
const NOTE_MAX: usize = 500;

/// How strict a postcode is: a parcel inside India needs one, a program may not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postcode {
    /// As the country demands.
    AsCountry,
    /// May always be left out.
    Optional,
}

impl CheckoutForm {
    /// Checks every field and names each that is wrong, so that a person sees all at once.
    pub fn parse(&self, postcode: Postcode, words: &Messages) -> Result<CheckoutDetails, Vec<FieldError>> {
        let mut errors = Vec::new();
        let country = Country::from_code(&self.country);
        if country.is_none() {
            errors.push(FieldError::new("country", words.country_unknown));
        }
        let home = country.unwrap_or(Country::IN);
        let mut text = |field: &'static str, typed: &str, max: usize, missing: Option<&'static str>| {
            let clean = clean_line(typed);
            match missing {
                Some(message) if clean.is_empty() => errors.push(FieldError::new(field, message)),
                _ if clean.chars().count() > max => errors.push(FieldError::new(field, (words.too_long)(max))),
                _ => {}
            }
            clean
        };
        let name = text("name", &self.name, NAME_MAX, Some(words.name_missing));
        let email = text("email", &self.email, EMAIL_MAX, None);
        let line1 = text("line1", &self.line1, LINE_MAX, Some(words.line1_missing));
        let line2 = text("line2", &self.line2, LINE_MAX, None);
        let landmark = text("landmark", &self.landmark, LINE_MAX, None);
        let city = text("city", &self.city, SHORT_MAX, Some(words.city_missing));
        let state = text("state", &self.state, SHORT_MAX, None);
        let note = clean_note(&self.note);
        if note.chars().count() > NOTE_MAX {
            errors.push(FieldError::new("note", (words.too_long)(NOTE_MAX)));
        }
        if !email.is_empty() && !looks_like_email(&email) {
            errors.push(FieldError::new("email", words.email_wrong));
        }
        let pincode = parse_pincode(&self.pincode, home, postcode, words).unwrap_or_else(|message| {
            errors.push(FieldError::new("pincode", message));
            String::new()
        });
        let phone = Phone::parse(&self.phone, home);
        if phone.is_none() {
            let message = if self.phone.trim().is_empty() { words.phone_missing } else { words.phone_wrong };
            errors.push(FieldError::new("phone", message));
        }
        let payment_method = self.payment_method.trim().parse::<PaymentMethod>().ok();
        if payment_method.is_none() {
            errors.push(FieldError::new("payment_method", words.payment_method_missing));
        }
        match (phone, payment_method, country) {
            (Some(phone), Some(payment_method), Some(country)) if errors.is_empty() => Ok(CheckoutDetails {
                name,
                phone,
                email,
                address: Address { line1, line2, landmark, city, state, pincode, country },
                payment_method,
                note,
            }),
            _ => Err(errors),
        }
    }
}

fn parse_pincode(typed: &str, country: Country, rule: Postcode, words: &Messages) -> Result<String, String> {
    let wrong = || (words.pincode_wrong)(country.postcode_digits());
    let digits = postcode_digits(typed).ok_or_else(wrong)?;
    if digits.is_empty() {
        let needed = match country {
            Country::IN => rule == Postcode::AsCountry,
            Country::BD => false,
        };
        return if needed { Err(words.pincode_missing.to_owned()) } else { Ok(digits) };
    }
    if digits.len() != country.postcode_digits() || digits.starts_with('0') && country == Country::IN {
        return Err(wrong());
    }
    Ok(digits)
}

/// One line of text: control characters dropped (databases refuse NUL), runs of blanks made one.
pub fn clean_line(typed: &str) -> String {
    let visible: String = typed.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines of text, each cleaned, line ends made one kind.
pub fn clean_note(typed: &str) -> String {
    let lines: Vec<String> = typed.replace("\r\n", "\n").split('\n').map(clean_line).collect();
    lines.join("\n").trim().to_owned()
}

/// Something before and after one `@`, a dot in the part after it. Delivery is the only real test.
fn looks_like_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((local, host)) => {
            !local.is_empty()
                && !host.contains('@')
                && !text.contains(' ')
                && host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::messages::EN;
    use proptest::prelude::*;

    fn filled() -> CheckoutForm {
        CheckoutForm {
            name: " Asha \u{0} Rao ".into(),
            phone: "098765 43210".into(),
            line1: "12 Park Road".into(),
            city: "Pune".into(),
            pincode: "411 001".into(),
            country: "IN".into(),
            payment_method: "cod".into(),
            note: "Ring twice\r\n\r\nThanks\u{0}".into(),
            ..CheckoutForm::default()
        }
    }

    #[test]
    fn a_filled_form_becomes_details() {
        let details = filled().parse(Postcode::AsCountry, &EN).expect("valid");
        assert_eq!(details.name, "Asha Rao");
        assert_eq!(details.phone.as_str(), "+919876543210");
        assert_eq!(details.address.pincode, "411001");
        assert_eq!(details.note, "Ring twice\n\nThanks");
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let form = CheckoutForm { email: "a@b".into(), pincode: "12".into(), ..CheckoutForm::default() };
        let errors = form.parse(Postcode::AsCountry, &EN).expect_err("invalid");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["country", "name", "line1", "city", "email", "pincode", "phone", "payment_method"]);
    }

    #[test]
    fn a_postcode_is_needed_in_india_and_optional_in_bangladesh() {
        let without = CheckoutForm { pincode: String::new(), ..filled() };
        assert!(without.parse(Postcode::AsCountry, &EN).is_err());
        assert!(without.parse(Postcode::Optional, &EN).is_ok());
        let dhaka = CheckoutForm { country: "BD".into(), phone: "01712345678".into(), ..without };
        assert!(dhaka.parse(Postcode::AsCountry, &EN).is_ok());
        let wrong = CheckoutForm { pincode: "411001".into(), ..dhaka };
        assert!(wrong.parse(Postcode::Optional, &EN).is_err(), "four digits in Bangladesh");
    }

    proptest! {
        #[test]
        fn any_text_in_any_field_is_answered_and_never_panics(text in "\\PC{0,300}") {
            let form = CheckoutForm {
                name: text.clone(), phone: text.clone(), email: text.clone(), line1: text.clone(), city: text.clone(),
                pincode: text.clone(), country: "bd".into(), payment_method: text.clone(), note: text, ..CheckoutForm::default()
            };
            let _ = form.parse(Postcode::AsCountry, &EN);
        }
    }
}
