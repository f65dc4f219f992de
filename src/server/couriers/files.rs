//! Papers that a courier draws and keeps at an address of its own: fetched once, without the account's
//! keys, and believed only when they are what they should be.
//!
//! The address comes from a courier's answer. It must be https and a name, or this machine where that is
//! allowed; it is never written down, for it holds numbers and works like a key.

use std::time::Instant;

use reqwest::header::{ACCEPT, HeaderValue, LOCATION};
use reqwest::{Method, Request, Url};

use crate::server::couriers::CourierError;
use crate::server::couriers::account::Account;
use crate::server::couriers::http::{
    Answer, Failure, LABEL_TIME_MAX, Outbound, is_loopback, no_answer, outcome_of, read,
};

/// Largest paper that is kept: two hundred labels fit.
pub const PAPER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What every PDF begins with, perhaps after a few other bytes.
const PDF_MAGIC: &[u8] = b"%PDF-";
/// How far from the start readers look for it.
const MAGIC_WITHIN: usize = 1_024;
/// How often an address may lead to another one.
const REDIRECTS_MAX: usize = 3;

impl Outbound {
    /// Fetches a PDF from where a courier says it is.
    ///
    /// # Errors
    /// [`CourierError::Refused`] for an address that is none of a courier's and for a paper that is not there
    /// (any more), [`CourierError::Unavailable`] without an answer, [`CourierError::Unreadable`] for anything
    /// but a PDF.
    pub async fn pdf(&self, account: &Account, url: &str) -> Result<Vec<u8>, CourierError> {
        let started = Instant::now();
        let fetched = self.follow(account, url);
        let outcome = tokio::time::timeout(LABEL_TIME_MAX, fetched).await.unwrap_or(Ok(Err(Failure::Slow)))?;
        let (courier, ms) = (account.shown.slug.as_str(), started.elapsed().as_millis());
        self.metrics.courier_called(account.provider(), "paper", outcome_of(&outcome), started.elapsed());
        let name = &account.shown.name;
        match outcome {
            Ok(answer) => {
                let (status, bytes) = (answer.status, answer.body.len());
                tracing::info!(
                    courier,
                    operation = "paper",
                    status,
                    ms,
                    bytes,
                    "{courier} answered paper with {status}"
                );
                read_pdf(answer, name)
            }
            Err(failure) => {
                let reason = failure.name();
                tracing::warn!(courier, operation = "paper", ms, reason, "{courier} did not answer paper: {reason}");
                Err(no_answer(&failure, name))
            }
        }
    }

    async fn follow(&self, account: &Account, url: &str) -> Result<Result<Answer, Failure>, CourierError> {
        let mut url = address(url, self.allow_local, &account.shown.name)?;
        for _ in 0..=REDIRECTS_MAX {
            let mut request = Request::new(Method::GET, url.clone());
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/pdf"));
            let response = match self.line.send(request).await {
                Ok(response) => response,
                Err(failure) => return Ok(Err(failure)),
            };
            let next = match response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) {
                Some(to) if response.status().is_redirection() => url.join(to).map(String::from).unwrap_or_default(),
                Some(_) | None => return Ok(read(response, PAPER_BYTES_MAX).await),
            };
            url = address(&next, self.allow_local, &account.shown.name)?;
        }
        Ok(Err(Failure::Broken))
    }
}

/// An address papers are fetched from.
fn address(text: &str, allow_local: bool, name: &str) -> Result<Url, CourierError> {
    let wrong = || CourierError::Refused(format!("{name} named an address for the paper that is not to be trusted."));
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let is_local = is_loopback(&url);
    // A number in the place of a name is no courier's, and may be a machine beside this one.
    let is_named = url.domain().is_some_and(|domain| domain.contains('.'));
    let is_good = match url.scheme() {
        "https" => (is_named && !is_local) || (is_local && allow_local),
        "http" => is_local && allow_local,
        _ => false,
    };
    if is_good && url.username().is_empty() && url.password().is_none() { Ok(url) } else { Err(wrong()) }
}

/// Whether bytes are a PDF, as far as their beginning says.
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(MAGIC_WITHIN)].windows(PDF_MAGIC.len()).any(|part| part == PDF_MAGIC)
}

fn read_pdf(answer: Answer, name: &str) -> Result<Vec<u8>, CourierError> {
    match answer.status {
        200 if is_pdf(&answer.body) => Ok(answer.body),
        200..=299 => Err(CourierError::Unreadable(format!("What {name} gave as the paper is no PDF."))),
        408 | 429 | 500..=599 => Err(CourierError::Unavailable {
            reason: format!("{name} could not give the paper (HTTP {}).", answer.status),
            retry_after_ms: answer.retry_after_ms,
        }),
        status => Err(CourierError::Refused(format!("{name} does not have the paper any more (HTTP {status})."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_are_fetched_from_named_hosts_only() {
        let is_good = |url: &str, allow_local| address(url, allow_local, "Packzy").is_ok();
        assert!(is_good(" https://papers.example.net/a/label.pdf?x=1 ", false));
        assert!(is_good("http://127.0.0.1:4010/papers/1.pdf", true));
        for wrong in [
            "http://papers.example.net/1.pdf",
            "https://169.254.169.254/latest/meta-data",
            "https://[fd00::1]/1.pdf",
            "https://10.0.0.1/1.pdf",
            "https://intranet/1.pdf",
            "https://user:secret@papers.example.net/1.pdf",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_good(wrong, true), "{wrong}");
        }
        for local in ["http://127.0.0.1:4010/1.pdf", "https://localhost/1.pdf", "https://127.0.0.1/1.pdf"] {
            assert!(!is_good(local, false), "{local}");
        }
    }

    #[test]
    fn only_a_pdf_is_a_paper() {
        let read = |status, body: &[u8]| read_pdf(Answer { status, body: body.to_vec(), retry_after_ms: Some(3) }, "X");
        assert!(read(200, b"%PDF-1.4 x").is_ok() && read(200, b"\xef\xbb\xbf%PDF-1.7").is_ok());
        for page in [&b"<!DOCTYPE html>"[..], b"", b"{}", &[b' '; 2_000]] {
            assert!(matches!(read(200, page), Err(CourierError::Unreadable(_))));
        }
        assert!(matches!(read(404, b"%PDF-1.4"), Err(CourierError::Refused(_))));
        assert!(matches!(read(503, b""), Err(CourierError::Unavailable { retry_after_ms: Some(3), .. })));
    }
}
