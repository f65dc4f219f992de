//! Faults on command: what goes wrong, where, and how often.

use serde::{Deserialize, Serialize};

use crate::domain::couriers::Provider;
use crate::server::clock::Chance;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A call has no effect, is held and then cut off.
    TimeoutBefore,
    /// A call has its effect, is held and then cut off.
    TimeoutAfter,
    /// A call has no effect and is answered with a 500.
    #[serde(rename = "5xx")]
    ServerError,
    /// A call has no effect and is answered with a 429 and a wait.
    #[serde(rename = "429")]
    TooMany,
    /// A call has no effect and is answered as if the keys were wrong.
    #[serde(rename = "401")]
    Unauthorized,
    /// A call has no effect and is answered with a 200 that says so in its body.
    OkButFailed,
    /// A webhook is sent twice.
    Duplicate,
    /// A webhook is sent after the one that follows it.
    Reorder,
    /// A webhook is not sent.
    Drop,
    /// A webhook, or the answer to a status look-up, has a status nobody knows.
    UnknownStatus,
}

impl Fault {
    /// Whether it happens to calls, their answers' words apart.
    pub fn is_of_calls(self) -> bool {
        match self {
            Fault::TimeoutBefore
            | Fault::TimeoutAfter
            | Fault::ServerError
            | Fault::TooMany
            | Fault::Unauthorized
            | Fault::OkButFailed => true,
            Fault::Duplicate | Fault::Reorder | Fault::Drop | Fault::UnknownStatus => false,
        }
    }
}

/// Where and how often a fault happens. Without `times` and `probability` it always does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A courier's code, or `*`.
    #[serde(default = "anything")]
    pub courier: String,
    /// An operation, `webhook`, or `*`.
    #[serde(default = "anything")]
    pub operation: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How often it still happens.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is, from 0 to 1.
    #[serde(default)]
    pub probability: Option<f64>,
}

fn anything() -> String {
    "*".to_owned()
}

impl Rule {
    /// A fault of an operation with any courier.
    pub fn new(operation: &str, fault: Fault) -> Self {
        Self { courier: anything(), operation: operation.to_owned(), fault, times: None, probability: None }
    }

    /// The same, so many times.
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    fn is_about(&self, courier: Provider, operation: &str) -> bool {
        (self.courier == "*" || self.courier == courier.code())
            && (self.operation == "*" || self.operation == operation)
            && self.times != Some(0)
    }
}

/// The rules in force, tried from the top.
#[derive(Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// Puts rules in place of those there were.
    pub fn set(&mut self, rules: Vec<Rule>) {
        self.rules = rules;
    }

    /// The rules with what is left of them.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The fault that happens now, if one does; it is used up by that.
    pub fn take(
        &mut self,
        courier: Provider,
        operation: &str,
        chance: &Chance,
        wanted: impl Fn(Fault) -> bool,
    ) -> Option<Fault> {
        let happens = |rule: &Rule| match rule.probability {
            // 53 bits are what a double holds.
            Some(probability) => (((chance.number() >> 11) as f64) / ((1_u64 << 53) as f64)) < probability,
            None => true,
        };
        let rule = self
            .rules
            .iter_mut()
            .find(|rule| wanted(rule.fault) && rule.is_about(courier, operation) && happens(rule))?;
        rule.times = rule.times.map(|times| times - 1);
        Some(rule.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_where_and_as_often_as_it_was_asked_for() {
        let chance = Chance::seeded(1);
        let mut faults = Faults::default();
        faults.set(vec![Rule::new("create_order", Fault::ServerError).times(2), Rule::new("webhook", Fault::Drop)]);
        let mut take = |operation| faults.take(Provider::Packzy, operation, &chance, Fault::is_of_calls);
        assert_eq!(take("get_balance"), None);
        assert_eq!(take("create_order"), Some(Fault::ServerError));
        assert_eq!(take("create_order"), Some(Fault::ServerError));
        assert_eq!(take("create_order"), None);
        assert_eq!(take("webhook"), None, "a webhook's faults are not a call's");
    }

    #[test]
    fn a_likely_fault_happens_about_as_often_as_it_is_likely() {
        let chance = Chance::seeded(7);
        let mut faults = Faults::default();
        faults.set(vec![Rule { probability: Some(0.25), ..Rule::new("*", Fault::TooMany) }]);
        let taken = (0..1_000).filter(|_| faults.take(Provider::Packzy, "x", &chance, |_| true).is_some()).count();
        assert!((200..300).contains(&taken), "{taken}");
    }

    #[test]
    fn a_rule_is_written_as_the_control_page_says() {
        let rule: Rule =
            serde_json::from_str(r#"{"courier":"packzy","operation":"*","fault":"5xx","times":1}"#).unwrap();
        assert_eq!(rule, Rule { courier: "packzy".to_owned(), ..Rule::new("*", Fault::ServerError).times(1) });
        for (code, fault) in
            [("429", Fault::TooMany), ("401", Fault::Unauthorized), ("ok_but_failed", Fault::OkButFailed)]
        {
            assert_eq!(serde_json::to_value(fault).unwrap(), code);
        }
    }
}
