//! The merchant's own things at Shiprocket: the wallet, and the places where parcels are fetched.

use serde_json::json;

use crate::domain::money::Minor;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::{Shiprocket, send, wire};
use crate::server::couriers::{CourierError, scalar};

/// A place where parcels are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickupPlace {
    /// Its nickname, which orders name exactly.
    pub nickname: String,
    /// Its postcode.
    pub pincode: Option<String>,
    /// Whether its phone was verified in the panel, without which nobody comes.
    pub is_verified: bool,
}

/// A place to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPickupPlace {
    /// Nickname, at most 36 characters.
    pub nickname: String,
    /// Who is there.
    pub name: String,
    /// E-mail address of the place.
    pub email: String,
    /// Phone of ten digits.
    pub phone: String,
    /// House and street.
    pub address: String,
    /// Town.
    pub city: String,
    /// State.
    pub state: String,
    /// PIN code of six digits.
    pub pincode: String,
}

impl Shiprocket {
    /// What is in the wallet; below zero the merchant owes it.
    ///
    /// # Errors
    /// As every call.
    pub async fn wallet(&self, http: &Outbound, account: &Account) -> Result<Minor, CourierError> {
        read_wallet(&send(http, account, Ask::get("balance", &["account", "details", "wallet-balance"])).await?)
    }

    /// The places where parcels are fetched.
    ///
    /// # Errors
    /// As every call.
    pub async fn pickup_places(&self, http: &Outbound, account: &Account) -> Result<Vec<PickupPlace>, CourierError> {
        read_places(&send(http, account, Ask::get("pickup_places", &["settings", "company", "pickup"])).await?)
    }

    /// Adds a place; its phone has to be verified in the panel before anybody comes.
    ///
    /// # Errors
    /// As every call, with a sentence per wrong field.
    pub async fn add_pickup_place(
        &self,
        http: &Outbound,
        account: &Account,
        place: &NewPickupPlace,
    ) -> Result<(), CourierError> {
        let body = json!({
            "pickup_location": place.nickname,
            "name": place.name,
            "email": place.email,
            "phone": place.phone,
            "address": place.address,
            "address_2": "",
            "city": place.city,
            "state": place.state,
            "country": "India",
            "pin_code": place.pincode,
        });
        let ask = Ask::post("add_pickup_place", &["settings", "company", "addpickup"], body);
        wire::read_done(&send(http, account, ask).await?)
    }
}

fn read_wallet(answer: &Answer) -> Result<Minor, CourierError> {
    let body = wire::json(answer)?;
    match scalar::amount(&body["data"]["balance_amount"]) {
        Some(balance) if answer.is_success() => Ok(balance),
        Some(_) | None => Err(wire::failure(answer)),
    }
}

fn read_places(answer: &Answer) -> Result<Vec<PickupPlace>, CourierError> {
    let body = wire::json(answer)?;
    let Some(rows) = body["data"]["shipping_address"].as_array().filter(|_| answer.is_success()) else {
        return Err(wire::failure(answer));
    };
    let places = rows.iter().filter_map(|row| {
        Some(PickupPlace {
            nickname: scalar::text(&row["pickup_location"])?,
            pincode: scalar::id(&row["pin_code"]),
            is_verified: scalar::number(&row["phone_verified"]) == Some(1) || row["phone_verified"] == json!(true),
        })
    });
    Ok(places.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::shiprocket::tests::{answer, fixture};

    #[test]
    fn the_wallet_is_a_text_and_may_be_below_zero() {
        assert_eq!(read_wallet(&answer(200, fixture("wallet_balance.json"))), Ok(Minor(-29_183)));
        assert_eq!(read_wallet(&answer(200, r#"{"data":{"balance_amount":12}}"#)), Ok(Minor(1_200)));
        assert!(read_wallet(&answer(200, r#"{"data":{}}"#)).is_err());
    }

    #[test]
    fn pickup_places_have_nicknames() {
        let body = r#"{"data":{"shipping_address":[{"id":1,"pickup_location":"Main Godown","phone_verified":1,"pin_code":560034},{"id":2}]}}"#;
        let places = read_places(&answer(200, body)).expect("places");
        assert_eq!((places.len(), places[0].nickname.as_str(), places[0].is_verified), (1, "Main Godown", true));
        assert_eq!(places[0].pincode.as_deref(), Some("560034"));
        assert!(read_places(&answer(200, r#"{"data":[]}"#)).is_err());
    }
}
