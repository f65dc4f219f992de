//! Codes of couriers that merchants explain to the shop: what a person may say about one, and what is
//! shown of them.

use serde::{Deserialize, Serialize};

use crate::domain::couriers::{Code, Meaning, Provider};
use crate::domain::ids::CourierId;
use crate::domain::shipping::{Leg, SHIPMENT_STATUSES};
use crate::domain::time::UnixMillis;

/// Longest part of a code that is kept in characters.
pub const PART_MAX: usize = 200;

const PARTLY: &str = "partly_delivered";
const NOTHING: &str = "nothing";
const UNKNOWN: &str = "unknown";

/// Everything a person may say a code means, in the order of a form: it changes nothing, every state,
/// delivered in part.
pub fn assignable() -> impl Iterator<Item = Meaning> {
    let states = SHIPMENT_STATUSES.iter().map(|row| Meaning::Is(row.status));
    std::iter::once(Meaning::Nothing).chain(states).chain(std::iter::once(Meaning::PartlyDelivered))
}

impl Meaning {
    /// Its name in forms, in exports and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Meaning::Is(status) => status.code(),
            Meaning::PartlyDelivered => PARTLY,
            Meaning::Nothing => NOTHING,
            Meaning::Unknown => UNKNOWN,
        }
    }

    /// The meaning a person has chosen; nobody can choose that a code is unknown.
    pub fn assigned(code: &str) -> Option<Meaning> {
        assignable().find(|meaning| meaning.code() == code.trim())
    }
}

impl Code {
    /// The parts that the courier uses, as people read them.
    pub fn display(&self) -> String {
        let parts = [&self.id_space, &self.kind, &self.text, &self.code];
        let used: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        used.join(" · ")
    }
}

/// A code with what it means, as a form or a program sends it: texts, read by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    /// Id of the courier account.
    pub courier: String,
    /// Code of the leg.
    pub leg: String,
    /// Number space of the code, possibly empty.
    pub id_space: String,
    /// Type of the code, possibly empty.
    pub kind: String,
    /// Text of the code, possibly empty.
    pub text: String,
    /// Number of the code, possibly empty.
    pub code: String,
    /// What it means, by [`Meaning::code`].
    pub meaning: String,
}

/// A code of an account on one leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeKey {
    /// The account.
    pub courier: CourierId,
    /// The leg.
    pub leg: Leg,
    /// The code, every part exact.
    pub code: Code,
}

/// A code that nobody knows, and how it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// Whose it is.
    pub key: CodeKey,
    /// How many stored events have it.
    pub times: i64,
    /// When it first happened.
    pub first_at: UnixMillis,
    /// When it last happened.
    pub last_at: UnixMillis,
    /// The reference of an order whose parcel has it.
    pub order_reference: String,
    /// That parcel's number.
    pub awb: Option<String>,
    /// The courier's words beside it, possibly empty.
    pub activity: String,
}

/// A code that the merchant has explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCode {
    /// Identity of the row.
    pub id: String,
    /// Whose it is.
    pub key: CodeKey,
    /// What it means.
    pub meaning: Meaning,
    /// What kind of author has said so.
    pub author_kind: String,
    /// When.
    pub created_at: UnixMillis,
}

/// What reading stored events again comes to, or would come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reread {
    /// Events that mean something else now.
    pub events: usize,
    /// Parcels that have such events.
    pub parcels: usize,
    /// Parcels among them that come to another state.
    pub moved: usize,
    /// Orders that are brought forward.
    pub orders: usize,
    /// There is more than was looked at.
    pub is_more: bool,
}

impl Reread {
    /// The sum of two.
    pub fn and(self, other: Reread) -> Reread {
        Reread {
            events: self.events + other.events,
            parcels: self.parcels + other.parcels,
            moved: self.moved + other.moved,
            orders: self.orders + other.orders,
            is_more: self.is_more || other.is_more,
        }
    }
}

/// An explained code as it is shared: without account, store or author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedCode {
    /// Code of the provider.
    pub provider: &'static str,
    /// Code of the leg.
    pub leg: &'static str,
    /// Number space.
    pub id_space: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Text.
    pub text: String,
    /// Number or code.
    pub code: String,
    /// What it means, by [`Meaning::code`].
    pub meaning: &'static str,
}

impl SharedCode {
    /// What may be told about a row to anybody.
    pub fn of(provider: Provider, own: &OwnCode) -> SharedCode {
        let Code { id_space, kind, text, code } = own.key.code.clone();
        let (provider, leg, meaning) = (provider.code(), own.key.leg.code(), own.meaning.code());
        SharedCode { provider, leg, id_space, kind, text, code, meaning }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shipping::ShipmentStatus;

    #[test]
    fn every_meaning_a_person_may_choose_reads_back_from_its_code_and_no_other_does() {
        let all: Vec<Meaning> = assignable().collect();
        assert_eq!(all.len(), SHIPMENT_STATUSES.len() + 2);
        for meaning in all {
            assert_eq!(Meaning::assigned(meaning.code()), Some(meaning));
        }
        for wrong in ["", "unknown", "deliver", "Delivered", "undelivered "] {
            let expected = (wrong.trim() == "undelivered").then_some(Meaning::Is(ShipmentStatus::Undelivered));
            assert_eq!(Meaning::assigned(wrong), expected, "{wrong}");
        }
    }

    #[test]
    fn a_code_is_shown_by_the_parts_its_courier_uses() {
        let code = Code { kind: "UD".into(), text: "pending".into(), code: "EOD-9".into(), ..Code::default() };
        assert_eq!(code.display(), "UD · pending · EOD-9");
        assert_eq!(Code { text: "hold".into(), ..Code::default() }.display(), "hold");
    }
}
