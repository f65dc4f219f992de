//! Logging in: the keys of a client and of a user for a token that lives five days.

use serde_json::json;

use crate::domain::time::{DAY_MS, SECOND_MS};
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::pathao::{BASE_URL, NAME};
use crate::server::couriers::tokens::{LoginError, NewToken};
use crate::server::couriers::{CourierError, refusals, scalar};

/// How long a token lives that does not say so.
const VALID_MS: i64 = 5 * DAY_MS;
/// A life that is not believed.
const VALID_MS_MAX: i64 = 400 * DAY_MS;
/// A tenth of its life before its end a token is replaced.
const RENEW_PARTS: i64 = 10;

/// A token of an account; `refused` is one that Pathao no longer takes.
///
/// # Errors
/// [`CourierError::Refused`] without keys, with wrong ones, and while logins are barred.
pub async fn token(http: &Outbound, account: &Account, refused: Option<&str>) -> Result<String, CourierError> {
    let keys = ["client_id", "client_secret", "username", "password"].map(|name| account.credential(name).trim());
    if keys.iter().any(|key| key.is_empty()) {
        return Err(CourierError::Refused(
            "The client id, client secret, user name and password of this Pathao account are not all set.".to_owned(),
        ));
    }
    let [client_id, client_secret, username, password] = keys;
    let base = account.shown.base_url.as_deref().unwrap_or(BASE_URL);
    let body = json!({
        "client_id": client_id, "client_secret": client_secret, "grant_type": "password", "username": username,
        "password": password,
    });
    let login = || async {
        let answer = http.answer(account, BASE_URL, Ask::post("login", &["issue-token"], body)).await;
        read(&answer.map_err(LoginError::Failed)?)
    };
    let named = [base, client_id, client_secret, username, password];
    http.tokens().token(&account.shown.id, &named, refused, login).await
}

/// Reads the answer to `issue-token`. The refresh token is not used: a login costs one call in five days.
fn read(answer: &Answer) -> Result<NewToken, LoginError> {
    let body = answer.json().unwrap_or_default();
    if let Some(text) = scalar::text(&body["access_token"]).filter(|_| answer.is_success()) {
        let told = scalar::number(&body["expires_in"]).and_then(|seconds| seconds.checked_mul(SECOND_MS));
        let valid_ms = told.filter(|valid| (1..=VALID_MS_MAX).contains(valid)).unwrap_or(VALID_MS);
        return Ok(NewToken { renew_ms: valid_ms - valid_ms / RENEW_PARTS, valid_ms, text });
    }
    if matches!(answer.status, 400 | 401 | 403 | 422) && body.is_object() {
        return Err(LoginError::Wrong(
            "Pathao did not accept the client and the user. Check them in the courier account.".to_owned(),
        ));
    }
    Err(LoginError::Failed(match refusals::failure(NAME, answer) {
        CourierError::Unavailable { reason, retry_after_ms } => CourierError::Unavailable { reason, retry_after_ms },
        CourierError::Refused(_) | CourierError::Unreadable(_) => {
            CourierError::Unreadable("Pathao's login gave no token.".to_owned())
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::pathao::tests::{fixture, recorded};
    use crate::server::couriers::testing::answer;

    #[test]
    fn the_recorded_login_gives_a_token_for_five_days() {
        let Ok(new) = read(&answer(200, fixture("issue_token_response.json"))) else { panic!("a token") };
        assert_eq!(new.text, "sample.access.token");
        assert_eq!((new.valid_ms, new.renew_ms), (5 * DAY_MS, 5 * DAY_MS - DAY_MS / 2));
        let keys = recorded("issue_token_request.json");
        let names: Vec<&str> = keys.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["client_id", "client_secret", "grant_type", "password", "username"]);
        assert_eq!(keys["grant_type"], "password");
    }

    #[test]
    fn wrong_keys_are_told_from_a_courier_that_is_away() {
        for (status, body) in [(401, r#"{"error":"invalid_client"}"#), (400, r#"{"message":"no"}"#), (422, "{}")] {
            assert!(matches!(read(&answer(status, body)), Err(LoginError::Wrong(_))), "{status} {body}");
        }
        for (status, body) in [(500, ""), (429, "{}")] {
            let failed = read(&answer(status, body));
            assert!(matches!(failed, Err(LoginError::Failed(CourierError::Unavailable { .. }))), "{status} {body}");
        }
        for (status, body) in [(200, ""), (200, "{}"), (200, "[]"), (403, "<html>"), (200, r#"{"access_token":""}"#)] {
            let failed = read(&answer(status, body));
            assert!(matches!(failed, Err(LoginError::Failed(CourierError::Unreadable(_)))), "{status} {body}");
        }
    }
}
