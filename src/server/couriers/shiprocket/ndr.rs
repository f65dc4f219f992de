//! Failed attempts: what they were, and what the merchant wants done about them.

use serde_json::{Value, json};

use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::{Shiprocket, booking, send, wire};
use crate::server::couriers::{CourierError, NdrAnswer, scalar};

const TEXT_CHARACTERS_MAX: usize = 190;

/// What is to be done about a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Try again.
    Again,
    /// Bring it back.
    Return,
    /// Nobody was there: the carrier only said so.
    FakeAttempt,
}

/// An instruction for a parcel whose delivery failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is to be done.
    pub wish: Wish,
    /// Why, in words.
    pub comments: String,
    /// Another phone of ten digits.
    pub phone: Option<String>,
    /// Another address.
    pub address: Option<(String, String)>,
    /// The day of the next attempt, written `2026-04-16`.
    pub day: Option<String>,
}

impl Instruction {
    /// Bring it back.
    pub fn give_back(reason: &str) -> Self {
        Self { wish: Wish::Return, comments: reason.to_owned(), phone: None, address: None, day: None }
    }

    /// An answer of the desk's.
    ///
    /// # Errors
    /// [`CourierError::Refused`] for a phone of another country.
    pub fn of(answer: &NdrAnswer) -> Result<Self, CourierError> {
        match answer {
            NdrAnswer::GiveBack { reason } => Ok(Self::give_back(reason)),
            NdrAnswer::Reattempt { day, contact, note } => {
                let phone = contact.as_ref().map(|contact| booking::ten_digits(&contact.phone)).transpose()?;
                let address = contact.as_ref().map(|contact| booking::streets(&contact.address));
                Ok(Self { wish: Wish::Again, comments: note.clone(), phone, address, day: day.clone() })
            }
        }
    }

    fn body(&self) -> Value {
        let line = |text: &str| scalar::line(text, TEXT_CHARACTERS_MAX);
        let action = match self.wish {
            Wish::Again => "re-attempt",
            Wish::Return => "return",
            Wish::FakeAttempt => "fake-attempt",
        };
        let comments = match line(&self.comments) {
            empty if empty.is_empty() => "Asked for by the merchant".to_owned(),
            comments => comments,
        };
        let mut body = json!({ "action": action, "comments": comments });
        if let Some(phone) = &self.phone {
            body["phone"] = json!(phone);
        }
        if let Some((first, second)) = &self.address {
            body["address1"] = json!(line(first));
            body["address2"] = json!(line(second));
        }
        if let Some(day) = &self.day {
            body["deferred_date"] = json!(day);
        }
        body
    }
}

/// A parcel whose delivery failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Its AWB.
    pub awb: String,
    /// The carrier's reason, possibly empty.
    pub reason: String,
    /// Attempts so far.
    pub attempts: Option<i64>,
}

impl Shiprocket {
    /// Parcels whose delivery failed and that wait for an instruction.
    ///
    /// # Errors
    /// As every call.
    pub async fn ndrs(&self, http: &Outbound, account: &Account) -> Result<Vec<FailedAttempt>, CourierError> {
        read_list(&send(http, account, Ask::get("ndr", &["ndr", "all"])).await?)
    }

    /// What failed with one parcel; `None` when nothing did.
    ///
    /// # Errors
    /// As every call.
    pub async fn ndr(
        &self,
        http: &Outbound,
        account: &Account,
        awb: &str,
    ) -> Result<Option<FailedAttempt>, CourierError> {
        let answer = send(http, account, Ask::get("ndr", &["ndr", awb])).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(read_list(&answer)?.into_iter().find(|one| one.awb == awb))
    }

    /// Says what is to be done about a failed attempt.
    ///
    /// # Errors
    /// As every call; [`CourierError::Refused`] when no attempt has failed.
    pub async fn instruct(
        &self,
        http: &Outbound,
        account: &Account,
        awb: &str,
        instruction: &Instruction,
    ) -> Result<(), CourierError> {
        wire::read_done(
            &send(http, account, Ask::post("ndr_action", &["ndr", awb, "action"], instruction.body())).await?,
        )
    }
}

/// Reads failed attempts, one or many, below `data` or bare; what has no AWB is left out.
fn read_list(answer: &Answer) -> Result<Vec<FailedAttempt>, CourierError> {
    let body = wire::json(answer)?;
    let rows: Vec<&Value> = match (&body["data"], &body) {
        (Value::Array(rows), _) | (_, Value::Array(rows)) => rows.iter().collect(),
        (row @ Value::Object(_), _) => vec![row],
        _ => return Err(wire::failure(answer)),
    };
    if !answer.is_success() {
        return Err(wire::failure(answer));
    }
    let read = |row: &&Value| {
        Some(FailedAttempt {
            awb: scalar::id(&row["awb_code"]).or_else(|| scalar::id(&row["awb"]))?,
            reason: scalar::words(&scalar::text(&row["reason"]).unwrap_or_default()),
            attempts: scalar::number(&row["attempts"]),
        })
    };
    Ok(rows.iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::shiprocket::tests::{answer, recorded};

    #[test]
    fn the_recorded_instruction_is_built() {
        let instruction = Instruction {
            wish: Wish::Again,
            comments: "Customer asked for evening delivery".to_owned(),
            phone: Some("9000000411".to_owned()),
            address: None,
            day: Some("2026-04-16".to_owned()),
        };
        assert_eq!(instruction.body(), recorded("ndr_action_request.json"));
        let back = Instruction::give_back(" ").body();
        assert_eq!((back["action"].as_str(), back["comments"].is_string()), (Some("return"), true));
        let moved = Instruction { wish: Wish::FakeAttempt, address: Some(("A".into(), "B".into())), ..instruction };
        assert_eq!(moved.body()["address2"], "B");
    }

    #[test]
    fn failed_attempts_are_a_list_or_one() {
        let row = json!({ "awb_code": 78300041200888_i64, "reason": "Customer not available", "attempts": "2" });
        let expected = FailedAttempt {
            awb: "78300041200888".to_owned(),
            reason: "Customer not available".to_owned(),
            attempts: Some(2),
        };
        for body in [json!({ "data": [row, {}] }), json!({ "data": row }), json!([row])] {
            assert_eq!(read_list(&answer(200, body.to_string())).expect("a list"), std::slice::from_ref(&expected));
        }
        assert!(read_list(&answer(200, "{}")).is_err());
        assert!(read_list(&answer(400, r#"{"message":"No","data":[]}"#)).is_err());
    }
}
