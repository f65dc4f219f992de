//! What all of Delhivery's answers share: JSON or not, whose sentence counts, and what it means.

use serde_json::Value;

use crate::server::couriers::http::{Answer, keys_refused};
use crate::server::couriers::{CourierError, scalar};

/// Where Delhivery puts the sentence of a refusal, the most telling first.
const SENTENCES: [&str; 9] =
    ["rmk", "remarks", "remark", "error", "Error", "error_message", "message", "detail", "data"];
/// How deep a sentence may be buried in lists and objects.
const DEPTH_MAX: usize = 4;
/// Longest body that is quoted as a sentence where it is no JSON.
const TEXT_BYTES_MAX: usize = 300;

/// The body as a JSON object or list.
///
/// # Errors
/// What its text says, if it is one of Delhivery's few plain ones; otherwise it is unreadable.
pub fn json(answer: &Answer) -> Result<Value, CourierError> {
    if let Some(body) = answer.json().filter(|body| body.is_object() || body.is_array()) {
        return Ok(body);
    }
    Err(plain(answer))
}

/// What an answer that is no JSON says.
pub fn plain(answer: &Answer) -> CourierError {
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim().trim_matches('"');
    let is_sentence = !text.is_empty() && text.len() <= TEXT_BYTES_MAX && !text.starts_with(['<', '{', '[']);
    if !is_sentence {
        return unreadable(answer);
    }
    judged(text).unwrap_or_else(|| match answer.status {
        400..=499 => refused(text),
        _ => unreadable(answer),
    })
}

/// An answer that is none of Delhivery's.
pub fn unreadable(answer: &Answer) -> CourierError {
    CourierError::Unreadable(format!("Delhivery answered something that is not its own (HTTP {}).", answer.status))
}

/// Why an answer that is JSON is no success.
pub fn failure(answer: &Answer, body: &Value) -> CourierError {
    match sentence(body) {
        Some(said) => judged(&said).unwrap_or_else(|| refused(&said)),
        None if (400..500).contains(&answer.status) => {
            CourierError::Refused(format!("Delhivery said no without a reason ({}).", answer.status))
        }
        None => unreadable(answer),
    }
}

fn refused(said: &str) -> CourierError {
    CourierError::Refused(format!("Delhivery said no: {}", scalar::words(said)))
}

/// Sentences whose meaning is known whatever they answer.
fn judged(said: &str) -> Option<CourierError> {
    let lower = said.to_lowercase();
    if lower.contains("authentication credentials") || lower.contains("login or api key required") {
        return Some(keys_refused("Delhivery"));
    }
    // What a token of the other environment is told.
    if lower.contains("has no attribute") && lower.contains("end_date") {
        return Some(CourierError::Refused(
            "Delhivery does not know this token here: live and staging have different ones.".to_owned(),
        ));
    }
    None
}

/// The sentence of an answer, wherever it is.
pub fn sentence(body: &Value) -> Option<String> {
    named_any(body, &SENTENCES)
}

/// The first of these fields that holds words, however deep in lists.
pub fn named_any(body: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let mut lines = Vec::new();
        collect(&body[*name], &mut lines, DEPTH_MAX);
        Some(lines.join(" ")).filter(|line| !line.is_empty())
    })
}

/// Whether the sentence of an answer holds one of these phrases.
pub fn says_any(body: &Value, phrases: &[&str]) -> bool {
    sentence(body).is_some_and(|said| {
        let lower = said.to_lowercase();
        phrases.iter().any(|phrase| lower.contains(phrase))
    })
}

fn collect(value: &Value, lines: &mut Vec<String>, depth: usize) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(list) => list.iter().for_each(|one| collect(one, lines, depth - 1)),
        Value::Object(fields) => fields.values().for_each(|one| collect(one, lines, depth - 1)),
        Value::String(_) | Value::Number(_) => lines.extend(scalar::text(value)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Whether a scalar says yes, in any of Delhivery's ways.
pub fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        other => scalar::text(other)
            .is_some_and(|text| ["y", "yes", "true", "success", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes))),
    }
}
