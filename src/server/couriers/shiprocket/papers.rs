//! What is printed and who comes for it: labels, manifests, invoices, pickups. The addresses of papers
//! are good for a while only; what must last has to be fetched and kept.

use serde_json::{Value, json};

use crate::domain::time::UnixMillis;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, LABEL_TIME_MAX, Outbound};
use crate::server::couriers::shiprocket::orders::as_number;
use crate::server::couriers::shiprocket::{Shiprocket, scans, send, wire};
use crate::server::couriers::{CourierError, scalar};

/// Shipments of one request for labels with invoices.
const SHIPMENTS_MAX: usize = 200;

/// A paper that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Where the PDF is.
    pub url: String,
    /// Ids that are not in it.
    pub left_out: Vec<String>,
}

/// A pickup that is agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pickup {
    /// When the rider comes.
    pub scheduled_at: Option<UnixMillis>,
    /// What the rider asks for.
    pub token: Option<String>,
    /// The carrier's words.
    pub words: String,
}

impl Shiprocket {
    /// The labels of shipments, in one PDF.
    ///
    /// # Errors
    /// As every call; [`CourierError::Refused`] when there is no label.
    pub async fn labels(
        &self,
        http: &Outbound,
        account: &Account,
        shipments: &[String],
    ) -> Result<Paper, CourierError> {
        let body = json!({ "shipment_id": numbers(shipments) });
        let ask = drawn(Ask::post("label", &["courier", "generate", "label"], body));
        read_paper(&send(http, account, ask).await?, Some("label_created"), "label_url")
    }

    /// The labels of at most 200 shipments with their invoices.
    ///
    /// # Errors
    /// As [`Shiprocket::labels`].
    pub async fn labels_with_invoices(
        &self,
        http: &Outbound,
        account: &Account,
        shipments: &[String],
    ) -> Result<Paper, CourierError> {
        if shipments.len() > SHIPMENTS_MAX {
            return Err(CourierError::Refused(format!("Shiprocket draws at most {SHIPMENTS_MAX} labels at a time.")));
        }
        let body = json!({ "shipment_ids": numbers(shipments) });
        let ask = drawn(Ask::post("label", &["courier", "generate", "label-invoice"], body));
        read_paper(&send(http, account, ask).await?, None, "label_url")
    }

    /// The manifest of shipments: made, or printed again where it was made before. Of some that are on one
    /// and some that are on none, the latter are put on one first.
    ///
    /// # Errors
    /// As every call.
    pub async fn manifest_of(
        &self,
        http: &Outbound,
        account: &Account,
        shipments: &[String],
        orders: &[String],
    ) -> Result<Paper, CourierError> {
        let body = json!({ "shipment_id": numbers(shipments) });
        let answer = send(http, account, drawn(Ask::post("manifest", &["manifests", "generate"], body))).await?;
        let before = manifested(&answer);
        if before.is_empty() {
            return read_paper(&answer, Some("status"), "manifest_url");
        }
        let rest: Vec<String> = shipments.iter().filter(|id| !before.contains(*id)).cloned().collect();
        if !rest.is_empty() {
            let body = json!({ "shipment_id": numbers(&rest) });
            let answer = send(http, account, drawn(Ask::post("manifest", &["manifests", "generate"], body))).await?;
            read_paper(&answer, Some("status"), "manifest_url")?;
        }
        let body = json!({ "order_ids": numbers(orders) });
        let ask = drawn(Ask::post("manifest", &["manifests", "print"], body));
        read_paper(&send(http, account, ask).await?, None, "manifest_url")
    }

    /// The invoices of orders, in one PDF.
    ///
    /// # Errors
    /// As every call.
    pub async fn invoices(&self, http: &Outbound, account: &Account, orders: &[String]) -> Result<Paper, CourierError> {
        let body = json!({ "ids": numbers(orders) });
        let ask = drawn(Ask::post("invoice", &["orders", "print", "invoice"], body));
        read_paper(&send(http, account, ask).await?, Some("is_invoice_created"), "invoice_url")
    }

    /// Asks for a rider to fetch a shipment, on a day written `2026-04-12` if one is wished. Asked for
    /// twice it is one pickup.
    ///
    /// # Errors
    /// As every call.
    pub async fn pickup(
        &self,
        http: &Outbound,
        account: &Account,
        shipment: &str,
        day: Option<&str>,
    ) -> Result<Pickup, CourierError> {
        let mut body = json!({ "shipment_id": [as_number(shipment)] });
        if let Some(day) = day {
            body["pickup_date"] = json!([day]);
        }
        read_pickup(&send(http, account, Ask::post("pickup", &["courier", "generate", "pickup"], body)).await?)
    }
}

/// Ids as the list of numbers that papers want even for one.
pub fn numbers(ids: &[String]) -> Value {
    ids.iter().map(|id| as_number(id)).collect()
}

/// A paper takes its time.
pub fn drawn(ask: Ask) -> Ask {
    Ask { time_max: LABEL_TIME_MAX, ..ask }
}

/// Reads a paper: it is there only with its address, and where there is a flag only when that says so.
///
/// # Errors
/// Why there is none.
pub fn read_paper(answer: &Answer, flag: Option<&str>, url: &str) -> Result<Paper, CourierError> {
    let body = wire::json(answer)?;
    let is_set = |flag: &str| body[flag] == Value::Bool(true) || scalar::number(&body[flag]) == Some(1);
    match scalar::text(&body[url]) {
        Some(url) if answer.is_success() && flag.is_none_or(is_set) => {
            let left_out = body["not_created"].as_array().into_iter().flatten().filter_map(scalar::id);
            Ok(Paper { url, left_out: left_out.collect() })
        }
        _ => Err(match wire::failure(answer) {
            CourierError::Unreadable(_) if answer.is_success() => {
                CourierError::Refused("Shiprocket drew no paper for these parcels.".to_owned())
            }
            other => other,
        }),
    }
}

/// The shipments that a refusal says are on a manifest already.
fn manifested(answer: &Answer) -> Vec<String> {
    let body = answer.json().unwrap_or_default();
    let ids = body["already_manifested_shipment_ids"].as_array().filter(|_| answer.status == 400);
    ids.into_iter().flatten().filter_map(scalar::id).collect()
}

/// Reads a pickup. One that waits already is what was asked for.
///
/// # Errors
/// Why nobody comes.
pub fn read_pickup(answer: &Answer) -> Result<Pickup, CourierError> {
    let body = wire::json(answer)?;
    let response = &body["response"];
    if answer.is_success() && scalar::number(&body["pickup_status"]) == Some(1) {
        return Ok(Pickup {
            scheduled_at: scans::time(&response["pickup_scheduled_date"]),
            token: scalar::text(&response["pickup_token_number"]),
            words: scalar::words(&scalar::text(&response["data"]).unwrap_or_default()),
        });
    }
    let error = wire::failure(answer);
    match &error {
        CourierError::Refused(sentence) if sentence.to_lowercase().contains("already in pickup queue") => {
            Ok(Pickup { words: sentence.clone(), ..Pickup::default() })
        }
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::shiprocket::tests::{answer, fixture};

    fn label(status: u16, body: Vec<u8>) -> Result<Paper, CourierError> {
        read_paper(&answer(status, body), Some("label_created"), "label_url")
    }

    #[test]
    fn a_label_is_there_only_with_its_flag_and_its_address() {
        let paper = label(200, fixture("label_response.json")).expect("a label");
        assert!(paper.url.ends_with("shipping-label-509871223.pdf") && paper.left_out.is_empty());
        let none = label(200, fixture("label_failed_200.json"));
        assert!(matches!(&none, Err(CourierError::Refused(sentence)) if sentence.contains("No valid shipment ids")));
        for body in
            ["{}", r#"{"label_created":1,"label_url":""}"#, r#"{"label_created":0,"label_url":"https://x"}"#, "<html>"]
        {
            assert!(label(200, body.into()).is_err(), "{body}");
        }
        let some = label(200, br#"{"label_created":1,"label_url":"https://x","not_created":["7",8]}"#.to_vec());
        assert_eq!(some.expect("a label").left_out, ["7", "8"]);
    }

    #[test]
    fn a_manifest_that_was_made_before_is_told_from_a_refusal() {
        let made = read_paper(&answer(200, fixture("manifest_response.json")), Some("status"), "manifest_url");
        assert!(made.expect("a manifest").url.ends_with("manifest-77.pdf"));
        assert!(!manifested(&answer(400, fixture("manifest_already_generated_400.json"))).is_empty());
        assert!(manifested(&answer(400, r#"{"message":"No","already_manifested_shipment_ids":[]}"#)).is_empty());
        let none = read_paper(&answer(200, r#"{"status":1,"manifest_url":""}"#), Some("status"), "manifest_url");
        assert!(matches!(none, Err(CourierError::Refused(_))), "an empty address is none: {none:?}");
    }

    #[test]
    fn an_invoice_is_there_when_its_flag_says_so() {
        let read = |body: Vec<u8>| read_paper(&answer(200, body), Some("is_invoice_created"), "invoice_url");
        assert!(read(fixture("invoice_response.json")).expect("an invoice").url.ends_with("inv-512640981.pdf"));
        assert!(read(br#"{"is_invoice_created":false,"invoice_url":"https://x"}"#.to_vec()).is_err());
    }

    #[test]
    fn a_pickup_is_agreed_on_once() {
        let pickup = read_pickup(&answer(200, fixture("pickup_response.json"))).expect("a pickup");
        assert_eq!(pickup.token.as_deref(), Some("Reference No: 90113_DEMO"));
        assert_eq!(pickup.scheduled_at, Some(UnixMillis(1_775_982_600_000)), "14:00 in India");
        let again = r#"{"message":"Already in Pickup Queue.","status_code":400}"#;
        assert!(read_pickup(&answer(400, again)).is_ok());
        assert!(read_pickup(&answer(400, r#"{"message":"Invalid shipment id"}"#)).is_err());
        assert!(read_pickup(&answer(200, r#"{"pickup_status":0,"response":{"data":"No rider"}}"#)).is_err());
    }

    #[test]
    fn ids_of_papers_are_a_list_even_for_one() {
        assert_eq!(numbers(&["509871223".to_owned()]), json!([509871223]));
    }
}
