//! Why an answer is no success, for couriers whose refusals follow the common form: a status, and sentences
//! in `errors`, `message` or `error`.

use serde_json::Value;

use crate::server::couriers::http::{Answer, keys_refused};
use crate::server::couriers::{CourierError, scalar};

/// JSON that is an object, or why there is none: an error page under any status proves nothing.
///
/// # Errors
/// What the status says, or that the answer is not the courier's.
pub fn object(courier: &str, answer: &Answer) -> Result<Value, CourierError> {
    answer.json().filter(Value::is_object).ok_or_else(|| failure(courier, answer))
}

/// Why an answer is no success. The status in the body (`code`) counts before the one of the answer.
pub fn failure(courier: &str, answer: &Answer) -> CourierError {
    let body = answer.json().unwrap_or_default();
    let inside = scalar::number(&body["code"]).filter(|code| (400..600).contains(code));
    let status = inside.unwrap_or_else(|| i64::from(answer.status));
    let said = said(&body);
    match status {
        401 | 403 => keys_refused(courier),
        408 | 429 | 500..=599 => CourierError::Unavailable {
            reason: format!("{courier} could not answer (status {status})."),
            retry_after_ms: answer.retry_after_ms,
        },
        // Without its own words a 404 may as well be a wrong address.
        404 if said.is_empty() => CourierError::Unreadable(format!("{courier} has nothing at this address (404).")),
        400..=499 if said.is_empty() => {
            CourierError::Refused(format!("{courier} said no without a reason ({status})."))
        }
        400..=499 => CourierError::Refused(format!("{courier} said no: {}", scalar::words(&said))),
        200..=299 if says_no(&body) && !said.is_empty() => {
            CourierError::Refused(format!("{courier} said no: {}", scalar::words(&said)))
        }
        _ => CourierError::Unreadable(format!(
            "{courier} answered something that is not its own (HTTP {}).",
            answer.status
        )),
    }
}

/// Whether a body calls itself a failure.
pub fn says_no(body: &Value) -> bool {
    body["type"] == "error"
        || body["success"] == Value::Bool(false)
        || !matches!(body["errors"], Value::Null)
        || !matches!(body["error"], Value::Null | Value::Bool(false))
}

/// Every sentence of a refusal; `message` only where no field has its own.
fn said(body: &Value) -> String {
    let mut lines = Vec::new();
    collect(&body["errors"], &mut lines);
    for place in [&body["message"], &body["error"]] {
        if lines.is_empty() {
            collect(place, &mut lines);
        }
    }
    lines.join(" ")
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(line) if !line.trim().is_empty() => lines.push(line.trim().to_owned()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, lines)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, lines)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A courier that cannot be asked by our reference: its own word or a person has to tell.
pub fn no_look_up<T>(courier: &str) -> Result<T, CourierError> {
    Err(CourierError::Unavailable {
        reason: format!(
            "{courier} cannot be asked by our reference. Its next webhook tells whether it has the parcel; else look \
             in its panel."
        ),
        retry_after_ms: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::testing::answer;

    fn why(status: u16, body: &str) -> CourierError {
        failure("X", &answer(status, body))
    }

    #[test]
    fn the_words_of_a_refusal_reach_staff_without_phone_numbers() {
        let body = r#"{"message":"Fix it","errors":{"phone":["01700000043 is wrong."],"name":"Too short."}}"#;
        let expected = CourierError::Refused("X said no: Too short. … is wrong.".to_owned());
        for status in [200, 400, 422] {
            assert_eq!(why(status, body), expected, "{status}");
        }
        assert_eq!(why(422, "{}"), CourierError::Refused("X said no without a reason (422).".to_owned()));
    }

    #[test]
    fn what_is_wrong_with_the_keys_or_the_moment_is_told_from_a_refusal() {
        assert!(
            matches!(why(200, r#"{"code":401,"type":"error","message":"Unauthorized"}"#), e if e == keys_refused("X"))
        );
        for (status, body) in [(500, ""), (429, "<html>"), (200, r#"{"code":503}"#)] {
            assert!(matches!(why(status, body), CourierError::Unavailable { .. }), "{status} {body}");
        }
        for (status, body) in [(200, ""), (404, "<html>"), (302, ""), (200, "{}"), (200, r#"{"message":"Done"}"#)] {
            assert!(matches!(why(status, body), CourierError::Unreadable(_)), "{status} {body}");
        }
    }
}
