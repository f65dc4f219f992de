//! Changing and cancelling a parcel: one call of Delhivery's, whose answer is XML for most accounts and
//! JSON for some, whatever was asked for.

use serde_json::{Value, json};

use crate::domain::customers::Phone;
use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::delhivery::answers::{is_yes, plain};
use crate::server::couriers::delhivery::{Delhivery, answers, send, wire};
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::{CourierError, Numbers, scalar};

const NAME_CHARACTERS_MAX: usize = 100;
const ADDRESS_CHARACTERS_MAX: usize = 250;

/// What to change of a parcel; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What is collected; zero makes it prepaid.
    pub cod_amount: Option<Minor>,
    /// Who gets it.
    pub name: Option<String>,
    /// Street address.
    pub address: Option<String>,
    /// Phone of who gets it.
    pub phone: Option<Phone>,
    /// Weight in grams.
    pub weight_grams: Option<i64>,
}

impl Delhivery {
    /// Changes a parcel that has not been delivered.
    ///
    /// # Errors
    /// As every call.
    pub async fn change(
        &self,
        http: &Outbound,
        account: &Account,
        numbers: &Numbers,
        change: &Change,
    ) -> Result<(), CourierError> {
        let body = change_body(numbers, change)?;
        read(&send(http, account, Ask::post("change", &["api", "p", "edit"], body)).await?)
    }
}

/// The body that calls a parcel off, or turns it round when it is on its way.
///
/// # Errors
/// [`CourierError::Refused`] when the parcel has no number yet.
pub fn cancel_body(numbers: &Numbers) -> Result<Value, CourierError> {
    Ok(json!({ "waybill": waybill(numbers)?, "cancellation": "true" }))
}

/// The body that changes a parcel.
///
/// # Errors
/// [`CourierError::Refused`] when the parcel has no number yet, or for what Delhivery cannot carry.
pub fn change_body(numbers: &Numbers, change: &Change) -> Result<Value, CourierError> {
    let mut body = json!({ "waybill": waybill(numbers)? });
    if let Some(amount) = change.cod_amount {
        body["pt"] = json!(if amount.0 > 0 { "COD" } else { "Pre-paid" });
        body["cod"] = json!(amount.decimal());
    }
    if let Some(name) = &change.name {
        body["name"] = json!(wire::clean(name, NAME_CHARACTERS_MAX));
    }
    if let Some(address) = &change.address {
        body["add"] = json!(wire::clean(address, ADDRESS_CHARACTERS_MAX));
    }
    if let Some(phone) = &change.phone {
        body["phone"] = json!(wire::phone(phone)?);
    }
    if let Some(grams) = change.weight_grams {
        body["gm"] = json!(grams.max(1).to_string());
    }
    Ok(body)
}

/// The number of a parcel.
///
/// # Errors
/// [`CourierError::Refused`] when it has none yet.
pub fn waybill(numbers: &Numbers) -> Result<&str, CourierError> {
    let none = || CourierError::Refused("This parcel has no number at Delhivery yet.".to_owned());
    numbers.awb.as_deref().ok_or_else(none)
}

/// Reads the answer to a change: done only with a 2xx and a status that says yes.
///
/// # Errors
/// What Delhivery says instead.
pub fn read(answer: &Answer) -> Result<(), CourierError> {
    let body = match answer.json().filter(Value::is_object) {
        Some(body) => body,
        None => xml(&String::from_utf8_lossy(&answer.body)).ok_or_else(|| plain(answer))?,
    };
    match &body["status"] {
        status if answer.is_success() && is_yes(status) => Ok(()),
        Value::Null => Err(answers::failure(answer, &body)),
        _ => Err(match answers::named_any(&body, &["error", "remark", "rmk", "message"]) {
            Some(_) => answers::failure(answer, &body),
            None => CourierError::Refused("Delhivery said no without a reason.".to_owned()),
        }),
    }
}

/// The fields below `<root>` as an object of texts. Delhivery's answers are flat; anything else is none.
fn xml(text: &str) -> Option<Value> {
    let (_, inside) = text.split_once("<root>")?;
    let (mut rest, _) = inside.rsplit_once("</root>")?;
    let mut fields = serde_json::Map::new();
    while let Some((_, after)) = rest.split_once('<') {
        let (name, after) = after.split_once('>')?;
        if let Some(name) = name.strip_suffix('/') {
            fields.insert(name.trim().to_owned(), json!(""));
            rest = after;
            continue;
        }
        let (value, after) = after.split_once(&format!("</{name}>"))?;
        fields.insert(name.to_owned(), json!(unescaped(value)));
        rest = after;
    }
    Some(Value::Object(fields))
}

fn unescaped(text: &str) -> String {
    // The ampersand last, or what it makes would be unescaped again.
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let plain = pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    scalar::line(&plain, 500)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::customers::Country;
    use crate::server::couriers::delhivery::tests::{answer, body_text, fixture_json, recorded};

    fn numbered() -> Numbers {
        Numbers { awb: Some("58110020045521".to_owned()), ..Numbers::default() }
    }

    #[test]
    fn the_recorded_cancellation_is_built() {
        assert_eq!(cancel_body(&numbered()), Ok(fixture_json("cancel_request.json")));
        assert!(matches!(cancel_body(&Numbers::default()), Err(CourierError::Refused(_))));
    }

    #[test]
    fn a_cancellation_is_answered_in_xml_or_in_json() {
        assert_eq!(read(&answer(200, body_text("cancel_response_xml.json"))), Ok(()));
        assert_eq!(read(&recorded(200, "cancel_response_json_variant.json")), Ok(()));
        let texts = r#"{"status":"True","waybill":"1","remark":""}"#;
        assert_eq!(read(&answer(200, texts)), Ok(()));
    }

    #[test]
    fn a_200_that_says_false_is_a_refusal_in_both() {
        let xml = |inside: &str| format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<root>{inside}</root>");
        for body in [
            xml("<status>False</status><error>Shipment is delivered &amp; closed</error>"),
            xml("<status>False</status><waybill/><remark>Shipment is delivered &amp; closed</remark>"),
            r#"{"status":false,"remark":"Shipment is delivered & closed"}"#.to_owned(),
            r#"{"status":"Failure","error":["Shipment is delivered & closed"]}"#.to_owned(),
        ] {
            let Err(CourierError::Refused(said)) = read(&answer(200, body.clone())) else { panic!("{body}") };
            assert!(said.contains("delivered & closed"), "{said}");
        }
        for body in [xml("<status>False</status>"), r#"{"status":false}"#.to_owned()] {
            assert!(matches!(read(&answer(200, body)), Err(CourierError::Refused(_))));
        }
    }

    #[test]
    fn what_is_no_answer_to_a_cancellation_is_said_to_be_none() {
        for (status, body) in [
            (200, ""),
            (204, ""),
            (200, "<html><body>Maintenance</body></html>"),
            (200, "<root><status>True</root>"),
            (200, "<root></root>"),
            (200, "{}"),
            (200, "[]"),
            (302, "<root><status>True</status></root>"),
        ] {
            assert!(read(&answer(status, body)).is_err(), "{status} {body}");
        }
    }

    #[test]
    fn a_change_names_only_what_changes() {
        let phone = Phone::parse("9000000135", Country::IN).expect("a phone");
        let change = Change {
            cod_amount: Some(Minor(0)),
            address: Some("H No 12; Sector #17".to_owned()),
            phone: Some(phone),
            weight_grams: Some(800),
            ..Change::default()
        };
        let wanted = json!({
            "waybill": "58110020045521", "pt": "Pre-paid", "cod": "0.00", "add": "H No 12, Sector 17",
            "phone": "9000000135", "gm": "800",
        });
        assert_eq!(change_body(&numbered(), &change), Ok(wanted));
        let cod = Change { cod_amount: Some(Minor(184_850)), ..Change::default() };
        let wanted = json!({ "waybill": "58110020045521", "pt": "COD", "cod": "1848.50" });
        assert_eq!(change_body(&numbered(), &cod), Ok(wanted));
    }

    proptest! {
        #[test]
        fn no_answer_to_a_change_makes_reading_panic(text in "(<root>)?(<[a-z/]{0,3}>|\\PC){0,30}(</root>)?") {
            read(&answer(200, text.clone())).ok();
            read(&answer(200, format!("<root>{text}</root>"))).ok();
        }
    }
}
