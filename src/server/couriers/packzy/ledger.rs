//! What Packzy pays out of the cash it has collected, and the police stations it delivers by.

use serde_json::Value;

use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::packzy::wire::{self, read_list, word};
use crate::server::couriers::packzy::{Packzy, send};
use crate::server::couriers::{CourierError, scalar};

/// Money that was paid to the merchant at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// Its id.
    pub id: String,
    /// What was paid, in poisha; below zero where charges were more than was collected.
    pub amount: Option<Minor>,
    /// Its state, folded, possibly empty.
    pub status: String,
    /// The parcels it is for; a list of payouts names none.
    pub parcels: Vec<PaidParcel>,
}

/// A parcel of a payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidParcel {
    /// Its consignment id.
    pub consignment_id: String,
    /// Our reference, folded.
    pub invoice: Option<String>,
    /// How its way ended, folded.
    pub status: String,
    /// What was to be collected, in poisha.
    pub cod: Option<Minor>,
    /// What its way cost, in poisha.
    pub charge: Option<Minor>,
}

/// A police station, by which Bangladesh is divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoliceStation {
    /// Packzy's id of it, where it has one.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
}

impl Packzy {
    /// Every payout, without its parcels.
    ///
    /// # Errors
    /// As every call.
    pub async fn payouts(&self, http: &Outbound, account: &Account) -> Result<Vec<Payout>, CourierError> {
        read_payouts(&send(http, account, Ask::get("payouts", &["payments"])).await?)
    }

    /// One payout with its parcels.
    ///
    /// # Errors
    /// As every call.
    pub async fn payout(&self, http: &Outbound, account: &Account, id: &str) -> Result<Payout, CourierError> {
        read_payout(&send(http, account, Ask::get("payout", &["payments", id])).await?)
    }

    /// Every police station.
    ///
    /// # Errors
    /// As every call.
    pub async fn police_stations(
        &self,
        http: &Outbound,
        account: &Account,
    ) -> Result<Vec<PoliceStation>, CourierError> {
        read_stations(&send(http, account, Ask::get("police_stations", &["police_stations"])).await?)
    }
}

/// Reads a list of payouts.
///
/// # Errors
/// When there is no list.
pub fn read_payouts(answer: &Answer) -> Result<Vec<Payout>, CourierError> {
    read_list(answer, payout)
}

/// Reads a list of police stations.
///
/// # Errors
/// When there is no list.
pub fn read_stations(answer: &Answer) -> Result<Vec<PoliceStation>, CourierError> {
    read_list(answer, station)
}

/// Reads a payout, bare or below `data`.
///
/// # Errors
/// When it is none.
pub fn read_payout(answer: &Answer) -> Result<Payout, CourierError> {
    let body = wire::json(answer)?;
    let found = payout(if body["data"].is_object() { &body["data"] } else { &body });
    found.filter(|_| answer.is_success()).ok_or_else(|| wire::failure(answer, &body))
}

fn payout(value: &Value) -> Option<Payout> {
    let parcels = value["consignments"].as_array().map(Vec::as_slice).unwrap_or_default();
    Some(Payout {
        id: scalar::id(&value["id"])?,
        amount: scalar::amount(&value["amount"]),
        status: word(&value["status"]),
        parcels: parcels.iter().filter_map(paid_parcel).collect(),
    })
}

fn paid_parcel(value: &Value) -> Option<PaidParcel> {
    Some(PaidParcel {
        consignment_id: scalar::id(&value["consignment_id"])?,
        invoice: scalar::text(&value["invoice"]),
        status: word(&value["status"]),
        cod: scalar::amount(&value["cod_amount"]),
        charge: scalar::amount(&value["delivery_charge"]),
    })
}

fn station(value: &Value) -> Option<PoliceStation> {
    let name = scalar::text(&value["name"]).or_else(|| scalar::text(value))?;
    Some(PoliceStation { id: scalar::id(&value["id"]), name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::testing::answer;

    #[test]
    fn payouts_are_read_bare_and_below_data_and_what_is_none_is_left_out() {
        let rows = r#"[{"id":7,"amount":"1150.50","status":"Paid"},{"amount":1},null,"x",{"id":"8","amount":-20}]"#;
        let seen = |text: &str| {
            let list = read_payouts(&answer(200, text)).expect("a list");
            list.into_iter().map(|one| (one.id, one.amount, one.status)).collect::<Vec<_>>()
        };
        let wanted = [
            ("7".to_owned(), Some(Minor(115_050)), "paid".to_owned()),
            ("8".to_owned(), Some(Minor(-2_000)), String::new()),
        ];
        assert_eq!(seen(rows), wanted);
        assert_eq!(seen(&format!(r#"{{"status":200,"data":{rows}}}"#)), wanted);
    }

    #[test]
    fn a_payout_names_its_parcels() {
        let text = r#"{"id":7,"amount":1150,"consignments":[
            {"consignment_id":184402211,"invoice":"HK-1","status":"Delivered","cod_amount":"1250","delivery_charge":100},
            {"invoice":"HK-2"}, 5]}"#;
        let payout = read_payout(&answer(200, text)).expect("a payout");
        let parcel = PaidParcel {
            consignment_id: "184402211".to_owned(),
            invoice: Some("HK-1".to_owned()),
            status: "delivered".to_owned(),
            cod: Some(Minor(125_000)),
            charge: Some(Minor(10_000)),
        };
        assert_eq!((payout.amount, payout.parcels), (Some(Minor(115_000)), vec![parcel]));
    }

    #[test]
    fn an_answer_without_a_payout_is_an_error_and_not_an_empty_list() {
        for (status, text) in
            [(200, "{}"), (200, "<html>"), (401, "[]"), (500, r#"[{"id":1}]"#), (200, r#"{"id":null}"#)]
        {
            assert!(read_payouts(&answer(status, text)).is_err(), "{status} {text}");
            assert!(read_payout(&answer(status, text)).is_err(), "{status} {text}");
        }
    }

    #[test]
    fn stations_are_rows_or_names() {
        let text = r#"[{"id":1,"name":"Mirpur"},"Savar",{"id":2},null]"#;
        let stations = read_stations(&answer(200, text)).expect("a list");
        let seen: Vec<_> = stations.iter().map(|one| (one.id.as_deref(), one.name.as_str())).collect();
        assert_eq!(seen, [(Some("1"), "Mirpur"), (None, "Savar")]);
    }
}
