//! Asks at the shop's own address as couriers do: over the network, through whatever stands in front of it.
//! Nothing is stored by it, and no secret ever goes over a line that others can read.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE};
use reqwest::{Client, Response, Url};

use crate::domain::time::UnixMillis;
use crate::domain::webhooks::{Finding, Probe, ProbeAnswer, TEST_PUSH, judge_probe};
use crate::server::clock::Clock;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::is_loopback;
use crate::server::webhooks::verify;

/// How long an answer may take; couriers give up after some seconds too.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Asks everything that can be asked at an account's address, and says what is to be said about it.
pub async fn probe(client: &Client, clock: &Clock, account: &Account, url: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for probe in Probe::ALL {
        let Some(heard) = ask(client, account, url, probe).await else {
            found.push(Finding::NotTried(probe));
            continue;
        };
        found.extend(judge_probe(probe, &heard, clock.now()));
        if !matches!(heard, ProbeAnswer::Status(..)) {
            // Who does not answer once is not waited for three times more.
            found.push(Finding::NotTried(Probe::TestPush));
            break;
        }
    }
    found
}

/// The answer to one probe; `None` when it cannot or must not be sent.
async fn ask(client: &Client, account: &Account, url: &str, probe: Probe) -> Option<ProbeAnswer> {
    let Ok(mut url) = Url::parse(url) else { return Some(ProbeAnswer::Nothing("it is no address".to_owned())) };
    let request = match probe {
        Probe::Get => client.get(url),
        Probe::Head => client.head(url),
        Probe::EmptyPost => client.post(url),
        Probe::TestPush => {
            let is_safe = url.scheme() == "https" || is_loopback(&url);
            let proof = verify::prove(account, TEST_PUSH.as_bytes()).filter(|_| is_safe && account.shown.is_enabled)?;
            if let Some((name, value)) = proof.parameter {
                url.query_pairs_mut().append_pair(&name, &value);
            }
            let request = client.post(url).header(CONTENT_TYPE, "application/json").body(TEST_PUSH);
            match proof.header {
                Some((name, value)) => request.header(name, value),
                None => request,
            }
        }
    };
    Some(match request.timeout(TIME_MAX).send().await {
        Ok(response) => ProbeAnswer::Status(response.status().as_u16(), clock_of(&response)),
        Err(error) => silence(&error),
    })
}

/// What the clock behind the address says.
fn clock_of(response: &Response) -> Option<UnixMillis> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(UnixMillis(at.timestamp().as_millisecond()))
}

/// Why there is no answer. Of the error's own text only its innermost cause is used: the rest holds the
/// address, and with it the token.
fn silence(error: &reqwest::Error) -> ProbeAnswer {
    if error.is_timeout() {
        return ProbeAnswer::Nothing(format!("within {} s", TIME_MAX.as_secs()));
    }
    let Some(mut cause) = error.source() else { return ProbeAnswer::Nothing("the connection broke".to_owned()) };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let why = cause.to_string();
    if why.contains("certificate") { ProbeAnswer::NoTrust(why) } else { ProbeAnswer::Nothing(why) }
}
