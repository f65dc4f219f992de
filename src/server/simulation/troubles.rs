//! What may go wrong in a run, by the names the command line knows.

use crate::domain::couriers::Provider;
use crate::server::sandbox::faults::{Fault, Rule};

/// How likely a call goes wrong in one of the ways that are on.
const CALL_FAILS: f64 = 0.07;
/// How likely something is wrong with a webhook, in each of the ways that are on.
const PUSH_FAILS: f64 = 0.08;
/// How likely the second of two steps of a booking fails.
const HALF_FAILS: f64 = 0.5;

/// Something that may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A call gets no answer, with its effect or without it.
    Timeout,
    /// A webhook comes twice.
    Duplicate,
    /// A webhook comes after the next one.
    Reorder,
    /// A 200 says no.
    OkButFailed,
    /// An order is made and gets no AWB.
    HalfCreated,
    /// A call is answered with a 500.
    ServerError,
    /// A call is made too often.
    TooMany,
    /// Keys or tokens are not accepted.
    Unauthorized,
    /// A webhook comes hours late.
    Delay,
    /// A webhook is never sent.
    Drop,
    /// A status nobody knows.
    Unknown,
    /// The shop's process dies, at any point.
    Crash,
}

impl Trouble {
    /// Every trouble with its name.
    pub const TABLE: [(Trouble, &'static str); 12] = [
        (Trouble::Timeout, "timeout"),
        (Trouble::Duplicate, "dup"),
        (Trouble::Reorder, "reorder"),
        (Trouble::OkButFailed, "200-but-failed"),
        (Trouble::HalfCreated, "half-created"),
        (Trouble::ServerError, "5xx"),
        (Trouble::TooMany, "429"),
        (Trouble::Unauthorized, "401"),
        (Trouble::Delay, "delay"),
        (Trouble::Drop, "drop"),
        (Trouble::Unknown, "unknown"),
        (Trouble::Crash, "crash"),
    ];

    /// All of them.
    pub fn all() -> Vec<Trouble> {
        Self::TABLE.iter().map(|(trouble, _)| *trouble).collect()
    }

    /// Those of a list with commas between; `all` is every one, and nothing is none.
    ///
    /// # Errors
    /// A sentence that says which there are.
    pub fn parse(list: &str) -> Result<Vec<Trouble>, String> {
        if list.trim() == "all" {
            return Ok(Self::all());
        }
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        names
            .map(|name| {
                let found = Self::TABLE.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
                found.map(|(trouble, _)| *trouble).ok_or_else(|| {
                    let known = Self::TABLE.map(|(_, name)| name).join(", ");
                    format!("There is no fault “{name}”. There are all, {known}.")
                })
            })
            .collect()
    }

    /// What the sandbox has to do for it; nothing for what the town does itself.
    pub fn rules(self) -> Vec<Rule> {
        let likely = |operation: &str, fault, probability| Rule {
            probability: Some(probability),
            ..Rule::new(operation, fault)
        };
        match self {
            Trouble::Timeout => {
                vec![likely("*", Fault::TimeoutBefore, CALL_FAILS), likely("*", Fault::TimeoutAfter, CALL_FAILS)]
            }
            Trouble::Duplicate => vec![likely("webhook", Fault::Duplicate, PUSH_FAILS)],
            Trouble::Reorder => vec![likely("webhook", Fault::Reorder, PUSH_FAILS)],
            Trouble::OkButFailed => vec![likely("*", Fault::OkButFailed, CALL_FAILS)],
            // And the second step of the one courier whose bookings have two.
            Trouble::HalfCreated => {
                let steps = [Fault::TimeoutBefore, Fault::OkButFailed, Fault::ServerError].map(|fault| Rule {
                    courier: Provider::Shiprocket.code().to_owned(),
                    ..likely("assign_awb", fault, HALF_FAILS / 3.0)
                });
                [vec![likely("*", Fault::HalfCreated, CALL_FAILS)], steps.into()].concat()
            }
            Trouble::ServerError => vec![likely("*", Fault::ServerError, CALL_FAILS)],
            Trouble::TooMany => vec![likely("*", Fault::TooMany, CALL_FAILS)],
            Trouble::Unauthorized => vec![likely("*", Fault::Unauthorized, CALL_FAILS)],
            Trouble::Drop => vec![likely("webhook", Fault::Drop, PUSH_FAILS)],
            Trouble::Unknown => vec![likely("*", Fault::UnknownStatus, PUSH_FAILS)],
            Trouble::Delay | Trouble::Crash => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_are_read_from_a_list() {
        assert_eq!(Trouble::parse("timeout, DUP"), Ok(vec![Trouble::Timeout, Trouble::Duplicate]));
        assert_eq!(Trouble::parse(""), Ok(Vec::new()));
        assert_eq!(Trouble::parse("all").map(|all| all.len()), Ok(Trouble::TABLE.len()));
        assert!(Trouble::parse("timeout,earthquake").unwrap_err().contains("earthquake"));
    }

    #[test]
    fn every_trouble_is_the_sandboxs_or_the_towns() {
        for (trouble, name) in Trouble::TABLE {
            let is_towns = matches!(trouble, Trouble::Delay | Trouble::Crash);
            assert_eq!(trouble.rules().is_empty(), is_towns, "{name}");
        }
    }
}
