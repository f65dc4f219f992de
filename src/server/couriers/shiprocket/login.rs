//! Logging in: an e-mail address and a password for a token that lives ten days.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::domain::time::{DAY_MS, HOUR_MS, SECOND_MS};
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{Answer, Ask, Outbound};
use crate::server::couriers::shiprocket::BASE_URL;
use crate::server::couriers::shiprocket::wire;
use crate::server::couriers::tokens::{LoginError, NewToken};
use crate::server::couriers::{CourierError, scalar};

/// How long a token lives that does not say so itself.
const VALID_MS: i64 = 240 * HOUR_MS;
/// A tenth of its life before its end a token is replaced: a day of ten.
const RENEW_PARTS: i64 = 10;
/// A life that is not believed.
const VALID_MS_MAX: i64 = 400 * DAY_MS;

/// A token of an account; `refused` is one that Shiprocket no longer takes.
///
/// # Errors
/// [`CourierError::Refused`] without keys, with wrong ones, and while logins are barred.
pub async fn token(http: &Outbound, account: &Account, refused: Option<&str>) -> Result<String, CourierError> {
    let (email, password) = (account.credential("email").trim(), account.credential("password").trim());
    if email.is_empty() || password.is_empty() {
        return Err(CourierError::Refused(
            "The e-mail and password of this Shiprocket account are not set.".to_owned(),
        ));
    }
    let base = account.shown.base_url.as_deref().unwrap_or(BASE_URL);
    let body = json!({ "email": email, "password": password });
    let login = || async {
        let answer = http.answer(account, BASE_URL, Ask::post("login", &["auth", "login"], body)).await;
        read(&answer.map_err(LoginError::Failed)?)
    };
    http.tokens().token(&account.shown.id, &[base, email, password], refused, login).await
}

/// Reads the answer to `auth/login`. Only the token is relied on.
fn read(answer: &Answer) -> Result<NewToken, LoginError> {
    let body = answer.json().unwrap_or_default();
    if let Some(text) = scalar::text(&body["token"]).filter(|_| answer.is_success()) {
        let valid_ms = lifetime_ms(&text).unwrap_or(VALID_MS);
        return Ok(NewToken { renew_ms: valid_ms - valid_ms / RENEW_PARTS, valid_ms, text });
    }
    let said = body.as_str().map(str::to_owned).or_else(|| scalar::text(&body["message"])).unwrap_or_default();
    let lower = said.to_lowercase();
    if lower.contains("too many") || lower.contains("blocked") {
        return Err(LoginError::LockedOut("Shiprocket blocks this user after too many failed logins".to_owned()));
    }
    let is_refusal = matches!(answer.status, 400 | 401 | 403 | 422) && !said.is_empty();
    if is_refusal && (lower.contains("invalid") || lower.contains("password") || answer.status == 401) {
        return Err(LoginError::Wrong(
            "Shiprocket did not accept the e-mail and password of its API user. Check them in the courier account."
                .to_owned(),
        ));
    }
    Err(LoginError::Failed(match wire::failure(answer) {
        CourierError::Unreadable(_) => CourierError::Unreadable("Shiprocket's login gave no token.".to_owned()),
        other => other,
    }))
}

/// How long a token lives by its own word. It is measured against its own beginning, so that nobody's
/// clock need be right.
fn lifetime_ms(token: &str) -> Option<i64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let seconds = |name: &str| claims[name].as_i64().or_else(|| claims[name].as_f64().map(|number| number as i64));
    let seconds = seconds("exp")?.checked_sub(seconds("iat").or_else(|| seconds("nbf"))?)?;
    seconds.checked_mul(SECOND_MS).filter(|valid| (1..=VALID_MS_MAX).contains(valid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::couriers::shiprocket::tests::{answer, fixture};

    fn signed(claims: &Value) -> String {
        format!("head.{}.signature", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn the_recorded_login_gives_a_token_for_240_hours() {
        let Ok(new) = read(&answer(200, fixture("auth_login_response.json"))) else { panic!("a token") };
        assert!(new.text.starts_with("eyJ"));
        assert_eq!((new.valid_ms, new.renew_ms), (10 * DAY_MS, 9 * DAY_MS));
        let recorded: Value = serde_json::from_slice(&fixture("auth_login_request.json")).unwrap();
        assert_eq!(recorded.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "password"]);
    }

    #[test]
    fn a_token_that_says_how_long_it_lives_is_believed() {
        assert_eq!(lifetime_ms(&signed(&json!({ "iat": 1_000, "exp": 4_600 }))), Some(HOUR_MS));
        for odd in
            [json!({ "exp": 5 }), json!({ "iat": 10, "exp": 5 }), json!([]), json!({ "iat": 0, "exp": i64::MAX })]
        {
            assert_eq!(lifetime_ms(&signed(&odd)), None, "{odd}");
        }
        assert_eq!(lifetime_ms("no-dots"), None);
    }

    #[test]
    fn wrong_keys_are_told_from_a_lock_out_and_from_a_firewall() {
        for (status, name) in
            [(400, "auth_login_bad_credentials.json"), (403, "auth_login_bad_credentials_bare_string.json")]
        {
            assert!(matches!(read(&answer(status, fixture(name))), Err(LoginError::Wrong(_))), "{name}");
        }
        let locked = read(&answer(400, fixture("auth_locked_out.json")));
        assert!(matches!(locked, Err(LoginError::LockedOut(_))));
        for (status, body) in [(403, "<html>Request blocked by security policy</html>"), (500, ""), (429, "{}")] {
            let failed = read(&answer(status, body));
            assert!(matches!(failed, Err(LoginError::Failed(CourierError::Unavailable { .. }))), "{status} {body}");
        }
        for body in ["", "{}", "[]", "<html>", r#"{"token":""}"#] {
            assert!(matches!(read(&answer(200, body)), Err(LoginError::Failed(CourierError::Unreadable(_)))), "{body}");
        }
    }
}
