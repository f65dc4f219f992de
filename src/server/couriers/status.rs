//! From a courier's code to our state, by table and never by a part of a text.

use crate::domain::shipping::Leg;
use crate::server::couriers::{Code, Courier};

pub use crate::domain::couriers::{AddedRow, Meaning};

/// One line of a courier's table. A part the courier does not use is empty; a part that does not
/// matter in this line is `*`.
#[derive(Clone, Copy, Debug)]
pub struct StatusRow {
    /// Which leg the line is for; `None` is both.
    pub leg: Option<Leg>,
    /// Number space.
    pub id_space: &'static str,
    /// Type.
    pub kind: &'static str,
    /// Text.
    pub text: &'static str,
    /// Number or code.
    pub code: &'static str,
    /// What it means.
    pub meaning: Meaning,
}

/// What a code of a courier means for a leg. Lines are tried from the top; the first that fits counts.
pub fn meaning(courier: &dyn Courier, added: &[AddedRow], leg: Leg, code: &Code) -> Meaning {
    read(courier, added, leg, code).0
}

/// The same, with the line of the merchant's that says so, if it is one.
pub fn read<'r>(
    courier: &dyn Courier,
    added: &'r [AddedRow],
    leg: Leg,
    code: &Code,
) -> (Meaning, Option<&'r AddedRow>) {
    if *code == Code::default() {
        return (Meaning::Nothing, None);
    }
    match added.iter().find(|row| row.leg == leg && row.code == *code) {
        Some(row) => (row.meaning, Some(row)),
        None => (built_in(courier, leg, code), None),
    }
}

fn built_in(courier: &dyn Courier, leg: Leg, code: &Code) -> Meaning {
    let fits = |pattern: &str, part: &str| pattern == "*" || pattern == part;
    courier
        .statuses()
        .iter()
        .find(|row| {
            row.leg.is_none_or(|only| only == leg)
                && fits(row.id_space, &code.id_space)
                && fits(row.kind, &code.kind)
                && fits(row.text, &code.text)
                && fits(row.code, &code.code)
        })
        .map_or(Meaning::Unknown, |row| row.meaning)
}
