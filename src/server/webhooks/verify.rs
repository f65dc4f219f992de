//! Who sent a push: by the account's own rule, on the raw bytes, in constant time. Nothing is open by
//! omission: an account without a secret is believed in demo mode only.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::couriers::WebhookMode;
use crate::domain::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use crate::server::couriers;
use crate::server::couriers::account::Account;
use crate::server::secrets::same;

/// Header of the secret where the account names none.
const HEADER: &str = "x-api-key";
/// Query parameter of the secret where the account names none.
const PARAMETER: &str = "token";
/// Header of the signature where the account names none.
const SIGNATURE: &str = "x-harkara-signature";
/// Seconds since 1970; when it is sent, what is signed is `{timestamp}.{body}`.
const TIMESTAMP: &str = "x-harkara-timestamp";
/// How far a timestamp may be from our clock.
const CLOCK_SKEW_MS: i64 = 5 * MINUTE_MS;

/// What was found out about a push; codes of `webhook_verdicts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the courier's.
    Verified,
    /// The secret or signature is wrong.
    BadSecret,
    /// There is none.
    MissingSecret,
    /// The account has none to compare with.
    NoSecretConfigured,
    /// Nobody's address.
    UnknownAccount,
    /// The account is switched off.
    DisabledAccount,
    /// Signed too long ago, or in the future.
    Expired,
}

impl Verdict {
    /// The code stored in the database.
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Verified => "verified",
            Verdict::BadSecret => "bad_secret",
            Verdict::MissingSecret => "missing_secret",
            Verdict::NoSecretConfigured => "no_secret_configured",
            Verdict::UnknownAccount => "unknown_account",
            Verdict::DisabledAccount => "disabled_account",
            Verdict::Expired => "expired",
        }
    }
}

/// A push as it arrived.
pub struct Request<'r> {
    /// Headers.
    pub headers: &'r HeaderMap,
    /// Query of the address, possibly empty.
    pub query: &'r str,
    /// Raw body.
    pub body: &'r [u8],
    /// When.
    pub now: UnixMillis,
}

impl Request<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Whether a push is the account's courier's. `is_demo` lets an account without a secret pass.
pub fn verify(account: &Account, request: &Request<'_>, is_demo: bool) -> Verdict {
    let shown = &account.shown;
    if !shown.is_enabled {
        return Verdict::DisabledAccount;
    }
    let secret = account.webhook_secret.as_deref().filter(|secret| !secret.is_empty());
    let (Some(secret), false) = (secret, shown.webhook_mode == WebhookMode::None) else {
        return if is_demo { Verdict::Verified } else { Verdict::NoSecretConfigured };
    };
    match shown.webhook_mode {
        WebhookMode::Header => compare(request.header(&header_name(account, HEADER)), secret),
        WebhookMode::Bearer => {
            let value = request.header("authorization");
            let token =
                value.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
            compare(token.map(|(_, token)| token.trim()), secret)
        }
        WebhookMode::Query => {
            let wanted = parameter_name(account);
            let value = form_urlencoded::parse(request.query.as_bytes()).find(|(key, _)| *key == wanted);
            compare(value.as_ref().map(|(_, value)| value.as_ref()), secret)
        }
        WebhookMode::Hmac => signature(request, &header_name(account, SIGNATURE), secret),
        WebhookMode::None => Verdict::NoSecretConfigured,
    }
}

/// The header that carries the secret or the signature.
fn header_name(account: &Account, usual: &str) -> String {
    let shown = &account.shown;
    let couriers_own = couriers::of(shown.provider).map(|courier| courier.capabilities());
    let couriers_own = couriers_own.filter(|can| can.webhook == shown.webhook_mode).and_then(|can| can.webhook_name);
    shown.webhook_name.as_deref().or(couriers_own).unwrap_or(usual).to_lowercase()
}

fn parameter_name(account: &Account) -> String {
    account.shown.webhook_name.clone().unwrap_or_else(|| PARAMETER.to_owned())
}

/// What goes beside a body so that it is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// A header: its name and value.
    pub header: Option<(String, String)>,
    /// A parameter of the address: its name and value.
    pub parameter: Option<(String, String)>,
}

/// What a push of this account carries beside this body; `None` when nothing would make it believed.
pub fn prove(account: &Account, body: &[u8]) -> Option<Proof> {
    let secret = account.webhook_secret.clone().filter(|secret| !secret.is_empty())?;
    let header = |name: String, value: String| Some(Proof { header: Some((name, value)), parameter: None });
    match account.shown.webhook_mode {
        WebhookMode::Header => header(header_name(account, HEADER), secret),
        WebhookMode::Bearer => header("authorization".to_owned(), format!("Bearer {secret}")),
        WebhookMode::Query => Some(Proof { header: None, parameter: Some((parameter_name(account), secret)) }),
        WebhookMode::Hmac => {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
            mac.update(body);
            header(header_name(account, SIGNATURE), hex::encode(mac.finalize().into_bytes()))
        }
        WebhookMode::None => None,
    }
}

fn compare(sent: Option<&str>, secret: &str) -> Verdict {
    match sent {
        None => Verdict::MissingSecret,
        Some(sent) if same(sent, secret) => Verdict::Verified,
        Some(_) => Verdict::BadSecret,
    }
}

fn signature(request: &Request<'_>, header: &str, secret: &str) -> Verdict {
    let Some(sent) = request.header(header) else { return Verdict::MissingSecret };
    let timestamp = request.header(TIMESTAMP);
    if let Some(text) = timestamp {
        let Ok(seconds) = text.parse::<i64>() else { return Verdict::Expired };
        if seconds.saturating_mul(SECOND_MS).saturating_sub(request.now.0).saturating_abs() > CLOCK_SKEW_MS {
            return Verdict::Expired;
        }
    }
    let sent = sent.strip_prefix("sha256=").unwrap_or(sent);
    let decoded = hex::decode(sent).ok().or_else(|| STANDARD.decode(sent).ok());
    let Some(decoded) = decoded else { return Verdict::BadSecret };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Verdict::BadSecret };
    if let Some(text) = timestamp {
        mac.update(text.as_bytes());
        mac.update(b".");
    }
    mac.update(request.body);
    if mac.verify_slice(&decoded).is_ok() { Verdict::Verified } else { Verdict::BadSecret }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
