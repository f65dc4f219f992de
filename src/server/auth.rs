//! Passwords, sessions and API tokens: who is asking.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use tokio::sync::Semaphore;

use crate::domain::messages::EN;
use crate::domain::time::DAY_MS;
use crate::error::AppError;
use crate::server::db::people::{self, UserRow};
use crate::server::visit::{Identity, read_cookies};
use crate::server::{App, secrets};

/// How long a session lasts.
pub const SESSION_MS: i64 = 30 * DAY_MS;
/// Longest password that is hashed: argon2 is slow on purpose, its input must be bounded.
pub const PASSWORD_BYTES_MAX: usize = 200;
/// Shortest password a user can be given.
pub const PASSWORD_BYTES_MIN: usize = 8;
/// Passwords hashed at a time; each takes a core and 19 MB.
const HASHES_AT_ONCE: usize = 2;
const TOKEN_PREFIX: &str = "hk_";

static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(HASHES_AT_ONCE));

/// What the request says about who asks.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: a guest.
    None,
    /// Somebody, proven.
    Proven(Identity),
    /// A token that is not valid.
    BadToken,
}

/// The session cookie's name. `__Host-` needs TLS; plain HTTP on a developer's machine has its own.
pub fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// Hashes a password with argon2id, off the request's thread.
///
/// # Errors
/// [`AppError::Invalid`] when it is too short or too long.
pub async fn hash_password(password: String) -> Result<String, AppError> {
    if !(PASSWORD_BYTES_MIN..=PASSWORD_BYTES_MAX).contains(&password.len()) {
        return Err(AppError::invalid("password", EN.password_length));
    }
    in_background(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
        .await
        .ok_or(AppError::Internal)
}

/// Whether the password belongs to the hash. Takes as long when there is no hash, so that the time
/// does not tell which accounts exist.
pub async fn verify_password(password: String, hash: Option<String>) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        Argon2::default().hash_password(b"nobody has this password").map(|hash| hash.to_string()).unwrap_or_default()
    });
    if password.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    in_background(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let matches = Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok();
        (matches && known).then_some(())
    })
    .await
    .is_some()
}

/// Runs slow work on the blocking pool; the permit goes along, so that a request that goes away
/// does not make room for another hash before its own has ended.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let permit = HASHING.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    })
    .await
    .ok()
    .flatten()
}

/// Reads a bearer token or the session cookie.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn identify(app: &App, headers: &HeaderMap) -> Result<Claim, AppError> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        return match token {
            Some(token) => token_identity(app, token.trim()).await,
            None => Ok(Claim::BadToken),
        };
    }
    let cookies = read_cookies(headers);
    let session = cookies.iter().find(|(name, _)| name == session_cookie(true) || name == session_cookie(false));
    match session {
        Some((_, token)) if !token.is_empty() => {
            let mut conn = app.db.read().await?;
            let user = people::find_by_session(&mut conn, &secrets::digest(token.as_bytes()), app.clock.now()).await?;
            Ok(user.map_or(Claim::None, |user| Claim::Proven(person(&user))))
        }
        _ => Ok(Claim::None),
    }
}

/// The identity of a person.
pub fn person(user: &UserRow) -> Identity {
    let name = if user.name.is_empty() { user.email.clone() } else { user.name.clone() };
    Identity { user_id: Some(user.id.clone()), token_id: None, name, role: user.role, store_id: user.store_id.clone() }
}

async fn token_identity(app: &App, token: &str) -> Result<Claim, AppError> {
    let Some((id, secret)) = token.strip_prefix(TOKEN_PREFIX).and_then(|rest| rest.split_once('.')) else {
        return Ok(Claim::BadToken);
    };
    let mut conn = app.db.read().await?;
    let row = people::find_token(&mut conn, id).await?;
    Ok(match row {
        Some(row) if secrets::same(&row.secret_hash, &secrets::digest(secret.as_bytes())) => Claim::Proven(Identity {
            user_id: None,
            token_id: Some(row.id),
            name: row.name,
            role: row.role,
            store_id: row.store_id,
        }),
        _ => Claim::BadToken,
    })
}

/// The text of a token that is given out once.
pub fn token_text(id: &str, secret: &str) -> String {
    format!("{TOKEN_PREFIX}{id}.{secret}")
}
