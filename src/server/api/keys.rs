//! Idempotency keys: the same request under the same key has its effect once.
//!
//! The answer of a request that took effect is kept under its key and the name of whoever sent it,
//! and is given again when the same request comes again. A refusal (4xx) changed nothing and one of
//! ours (5xx) may change, so neither is kept: a corrected request may use the key. What was kept for
//! one caller is never shown to another.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;

use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::api::answers::private;
use crate::server::api::caller::scope;
use crate::server::db::settings::{self, KeptAnswer};
use crate::server::visit::Visit;
use crate::server::{App, secrets};

/// The header a client sends.
pub const HEADER: &str = "idempotency-key";
/// Longest key, in characters.
pub const KEY_MAX: usize = 255;
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key of a request with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Key {
    scope: String,
    text: String,
    fingerprint: String,
}

/// What happened under a key before.
#[derive(Debug)]
pub enum Before {
    /// Nothing that took effect.
    Nothing,
    /// This very request.
    Same(KeptAnswer),
}

/// The key a request carries, if it carries one.
///
/// # Errors
/// [`AppError::Invalid`] when it is empty, too long, or not visible ASCII.
pub fn header(headers: &HeaderMap) -> Result<Option<&str>, AppError> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    let fits = !text.is_empty() && text.len() <= KEY_MAX && text.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if fits { Ok(Some(text)) } else { Err(AppError::invalid("Idempotency-Key", (EN.api_key_wrong)(KEY_MAX))) }
}

/// What is said when a key comes back with another request: a known caller made a mistake (422); a
/// guest may be somebody else, who learns nothing but that the key is taken (409).
pub fn reused(visit: &Visit) -> AppError {
    match visit.identity {
        Some(_) => AppError::KeyReused { message: EN.api_key_reused.to_owned() },
        None => AppError::conflict(EN.api_key_reused),
    }
}

impl Key {
    /// The key of a request. `what` is the method, the thing and the body, as the shop understood
    /// them: spelling and white space do not make another request.
    pub fn new(visit: &Visit, text: &str, method: &Method, what: &str) -> Key {
        Key {
            scope: scope(visit.identity.as_ref()),
            text: text.to_owned(),
            fingerprint: secrets::digest(format!("{method} {what}").as_bytes()),
        }
    }

    /// What happened under this key before.
    ///
    /// # Errors
    /// What [`reused`] says when it was another request.
    pub async fn before(&self, visit: &Visit) -> Result<Before, AppError> {
        let kept = settings::kept_answer(&mut *visit.app.db.read().await?, &self.scope, &self.text).await?;
        match kept {
            None => Ok(Before::Nothing),
            Some(kept) if secrets::same(&kept.fingerprint, &self.fingerprint) => Ok(Before::Same(kept)),
            Some(_) => Err(reused(visit)),
        }
    }

    /// Keeps the answer of a request that took effect. The effect stands when this fails, so that
    /// the caller is answered all the same; the log has the reason.
    pub async fn keep(&self, app: &App, status: StatusCode, body: &Value) {
        let (key, now) = (self.clone(), app.clock.now());
        let answer = KeptAnswer {
            fingerprint: self.fingerprint.clone(),
            status: i64::from(status.as_u16()),
            body: body.to_string(),
        };
        let kept = app.db.write(move |conn| {
            let (key, answer) = (key.clone(), answer.clone());
            Box::pin(async move { Ok(settings::keep_answer(conn, &key.scope, &key.text, &answer, now).await?) })
        });
        if kept.await.is_err() {
            tracing::warn!("an answer could not be kept for its idempotency key");
        }
    }
}

/// Marks an answer as one that was given before.
pub fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// Runs a request once per key: work that was done under it is answered again and not repeated.
///
/// # Errors
/// What the work answers, or that the key was used for another request.
pub async fn once(
    visit: &Visit,
    headers: &HeaderMap,
    method: &Method,
    what: &str,
    work: impl Future<Output = Result<Value, AppError>>,
) -> Result<Response, AppError> {
    once_as(StatusCode::OK, visit, headers, method, what, work).await
}

/// The same with another status than 200 for work that was done.
///
/// # Errors
/// As [`once`].
pub async fn once_as(
    done: StatusCode,
    visit: &Visit,
    headers: &HeaderMap,
    method: &Method,
    what: &str,
    work: impl Future<Output = Result<Value, AppError>>,
) -> Result<Response, AppError> {
    let Some(text) = header(headers)? else { return Ok(private(done, &work.await?)) };
    let key = Key::new(visit, text, method, what);
    if let Before::Same(kept) = key.before(visit).await? {
        let body: Value = serde_json::from_str(&kept.body).map_err(|_| AppError::Internal)?;
        let status = u16::try_from(kept.status).ok().and_then(|code| StatusCode::from_u16(code).ok());
        return Ok(replayed(private(status.unwrap_or(done), &body)));
    }
    let answer = work.await?;
    key.keep(&visit.app, done, &answer).await;
    Ok(private(done, &answer))
}
