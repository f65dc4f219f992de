//! Faults on command: what goes wrong, where, and how often.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::couriers::Provider;
use crate::server::clock::Chance;
use crate::server::sandbox::sides;

/// How likely a fault of a list is that does not say so itself.
const LIKELY: f64 = 0.05;

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
    /// A call has no effect and is answered as if the keys were wrong. Where a login gives tokens, the one
    /// the call came with is good for nothing from then on.
    #[serde(rename = "401")]
    Unauthorized,
    /// A call has no effect and is answered with a 200 that says so in its body.
    OkButFailed,
    /// A call has its effect and is answered late.
    Slow,
    /// A booking happens by half: an order without its AWB, or a parcel that was saved or was not. Only the
    /// couriers' calls that are known for it do this.
    HalfCreated,
    /// A webhook is sent twice.
    Duplicate,
    /// A webhook is sent after the one that follows it.
    Reorder,
    /// A webhook is sent some virtual minutes late, after whatever has happened meanwhile.
    Delay,
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
            | Fault::OkButFailed
            | Fault::Slow
            | Fault::HalfCreated => true,
            Fault::Duplicate | Fault::Reorder | Fault::Delay | Fault::Drop | Fault::UnknownStatus => false,
        }
    }
}

/// The words of a list, in the order they are told.
const WORDS: [(&str, Fault); 13] = [
    ("timeout-before", Fault::TimeoutBefore),
    ("timeout-after", Fault::TimeoutAfter),
    ("5xx", Fault::ServerError),
    ("429", Fault::TooMany),
    ("401", Fault::Unauthorized),
    ("200-but-failed", Fault::OkButFailed),
    ("slow", Fault::Slow),
    ("half-created", Fault::HalfCreated),
    ("duplicate", Fault::Duplicate),
    ("reorder", Fault::Reorder),
    ("delay", Fault::Delay),
    ("drop", Fault::Drop),
    ("unknown", Fault::UnknownStatus),
];

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

    /// Whether there is such a courier, and whether its likelihood and its count are some.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        let is_played = self.courier.parse().is_ok_and(|courier: Provider| sides::of(courier).is_some());
        if self.courier != "*" && !is_played {
            return Err(format!("No courier is called “{}”.", self.courier));
        }
        match self.probability {
            Some(probability) if probability > 0.0 && probability <= 1.0 => Ok(()),
            Some(probability) => Err(format!("{probability} is no probability: it is above 0 and at most 1.")),
            None => Ok(()),
        }
    }

    /// Why this never happens, if it never does.
    pub fn why_never(&self) -> Option<String> {
        let is_of_webhooks = ["*", "webhook"].contains(&self.operation.as_str());
        match self.fault {
            Fault::Duplicate | Fault::Reorder | Fault::Delay | Fault::Drop if !is_of_webhooks => {
                Some("This happens to webhooks only.".to_owned())
            }
            Fault::HalfCreated if !self.can_half_create() => {
                Some("Not applicable: nothing that is booked by half is known of this.".to_owned())
            }
            _ if self.fault.is_of_calls() && self.operation == "webhook" => {
                Some("This happens to calls only.".to_owned())
            }
            _ => None,
        }
    }

    fn can_half_create(&self) -> bool {
        Provider::TABLE.iter().any(|(courier, _)| {
            let halves = sides::of(*courier).map_or(&[][..], |side| side.halves);
            halves.iter().any(|operation| self.is_about(*courier, operation))
        })
    }

    fn is_about(&self, courier: Provider, operation: &str) -> bool {
        (self.courier == "*" || self.courier == courier.code())
            && (self.operation == "*" || self.operation == operation)
            && self.times != Some(0)
    }
}

/// Reads a list such as `timeout-after:0.1,packzy/create_order=5xxx2,webhook=drop`.
///
/// Words stand with commas between, each with the courier or the operation it is about before it, and with its likelihood or how often it
/// happens behind it. What says neither happens once in twenty times.
///
/// # Errors
/// A sentence about the first word that is wrong.
pub fn parse(list: &str) -> Result<Vec<Rule>, String> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    list.split(',').map(|item| parse_one(item.trim())).collect()
}

fn parse_one(item: &str) -> Result<Rule, String> {
    let (place, what) = item.split_once('=').unwrap_or(("*/*", item));
    let (courier, operation) = match place.trim().split_once('/') {
        Some(both) => both,
        None if place.trim().parse::<Provider>().is_ok() => (place.trim(), "*"),
        None => ("*", place.trim()),
    };
    let (word, times) = match what.rsplit_once('x') {
        Some((word, times)) if !times.is_empty() && times.bytes().all(|byte| byte.is_ascii_digit()) => {
            (word, Some(times.parse().map_err(|_| format!("{times} times are too many."))?))
        }
        _ => (what, None),
    };
    let (word, probability) = match word.split_once(':') {
        Some((word, likely)) => {
            let number = likely.trim().parse::<f64>();
            (word, Some(number.map_err(|_| format!("“{likely}” is no probability: it is above 0 and at most 1."))?))
        }
        None => (word, times.is_none().then_some(LIKELY)),
    };
    let wanted = word.trim().replace('_', "-");
    let Some((_, fault)) = WORDS.iter().find(|(word, _)| *word == wanted) else {
        let words = WORDS.map(|(word, _)| word).join(", ");
        return Err(format!("“{}” is no fault. There are {words}.", word.trim()));
    };
    let rule = Rule { courier: courier.to_owned(), operation: operation.to_owned(), fault: *fault, times, probability };
    rule.check().map(|()| rule)
}

/// The rules in force, tried from the top.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        parse(list).map(|rules| Self { rules })
    }
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
    fn a_list_is_read_with_places_likelihoods_and_counts() {
        let any = |fault, probability| Rule { probability, ..Rule::new("*", fault) };
        let of = |courier: &str, rule: Rule| Rule { courier: courier.to_owned(), ..rule };
        assert_eq!(parse(" "), Ok(Vec::new()));
        for (list, rules) in [
            ("timeout-before", vec![any(Fault::TimeoutBefore, Some(LIKELY))]),
            ("5xx, 5xx:1", vec![any(Fault::ServerError, Some(LIKELY)), any(Fault::ServerError, Some(1.0))]),
            ("5xxx2", vec![any(Fault::ServerError, None).times(2)]),
            ("half_created:0.5x3", vec![any(Fault::HalfCreated, Some(0.5)).times(3)]),
            ("packzy=429x1", vec![of("packzy", any(Fault::TooMany, None).times(1))]),
            ("webhook=delay:1", vec![Rule { probability: Some(1.0), ..Rule::new("webhook", Fault::Delay) }]),
            (
                "shiprocket/assign_awb=200-but-failedx1,*/webhook=drop:0.25",
                vec![
                    of("shiprocket", Rule::new("assign_awb", Fault::OkButFailed).times(1)),
                    Rule { probability: Some(0.25), ..Rule::new("webhook", Fault::Drop) },
                ],
            ),
        ] {
            assert_eq!(parse(list).as_deref(), Ok(rules.as_slice()), "{list}");
        }
        let all = WORDS.map(|(word, _)| word).join(",");
        assert_eq!(parse(&all).map(|rules| rules.len()), Ok(WORDS.len()));
    }

    #[test]
    fn what_is_wrong_in_a_list_is_said_in_a_sentence() {
        for (list, sentence) in [
            ("dropp", "“dropp” is no fault. There are timeout-before, timeout-after, 5xx,"),
            ("drop,,drop", "“” is no fault."),
            ("drop:2", "2 is no probability"),
            ("drop:0", "0 is no probability"),
            ("drop:NaN", "NaN is no probability"),
            ("drop:often", "“often” is no probability"),
            ("dropx99999999999", "99999999999 times are too many."),
            ("nobody/create=drop", "No courier is called “nobody”."),
            ("manual/create=drop", "No courier is called “manual”."),
        ] {
            let said = parse(list);
            assert!(said.as_ref().is_err_and(|said| said.starts_with(sentence)), "{list}: {said:?}");
        }
    }

    #[test]
    fn a_rule_that_never_happens_says_why() {
        let why = |list: &str| parse(list).unwrap()[0].why_never();
        for list in ["half-created", "delhivery=half-created", "shiprocket/assign_awb=half-created", "drop", "unknown"]
        {
            assert_eq!(why(list), None, "{list}");
        }
        for list in ["packzy=half-created", "pathao=half-created", "delhivery/edit=half-created"] {
            assert!(why(list).is_some_and(|why| why.starts_with("Not applicable")), "{list}");
        }
        assert_eq!(why("create_order=drop").as_deref(), Some("This happens to webhooks only."));
        assert_eq!(why("webhook=5xx").as_deref(), Some("This happens to calls only."));
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
