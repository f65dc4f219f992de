//! Users, sessions and API tokens.

use sqlx::FromRow;

use crate::domain::ids::{StoreId, UserId};
use crate::domain::staff::Role;
use crate::domain::time::UnixMillis;
use crate::server::db::{Conn, Result};

/// A person as the login needs it.
#[derive(Clone, Debug, FromRow)]
pub struct UserRow {
    /// Identity.
    pub id: UserId,
    /// Lower-cased address.
    pub email: String,
    /// Name, possibly empty.
    pub name: String,
    /// Argon2 hash in PHC form.
    pub password_hash: String,
    /// Role.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// Store a seller works in.
    pub store_id: Option<StoreId>,
}

/// An API token as the check needs it.
#[derive(Clone, Debug, FromRow)]
pub struct TokenRow {
    /// Identity; the part of the token before the dot.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Role it acts with.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// Store it is bound to.
    pub store_id: Option<StoreId>,
    /// SHA-256 of the secret part, in hex.
    pub secret_hash: String,
}

/// The enabled user with an e-mail address.
///
/// # Errors
/// When the database is away.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Result<Option<UserRow>> {
    sqlx::query_as(
        "SELECT id, email, name, password_hash, role, store_id FROM users WHERE email = $1 AND disabled_at IS NULL",
    )
    .bind(email)
    .fetch_optional(conn)
    .await
}

/// The user of a session that has not expired.
///
/// # Errors
/// When the database is away.
pub async fn find_by_session(conn: &mut Conn, token_hash: &str, now: UnixMillis) -> Result<Option<UserRow>> {
    sqlx::query_as(
        "SELECT users.id, users.email, users.name, users.password_hash, users.role, users.store_id
         FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.token_hash = $1 AND sessions.expires_at > $2 AND users.disabled_at IS NULL",
    )
    .bind(token_hash)
    .bind(now)
    .fetch_optional(conn)
    .await
}

/// Saves a new user; `email` must be lower-cased.
///
/// # Errors
/// A unique violation when the address is taken.
pub async fn insert_user(conn: &mut Conn, user: &UserRow, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO users (id, email, name, password_hash, role, store_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&user.id)
    .bind(&user.email)
    .bind(&user.name)
    .bind(&user.password_hash)
    .bind(user.role.code())
    .bind(&user.store_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens a session.
///
/// # Errors
/// When the database is away.
pub async fn insert_session(
    conn: &mut Conn,
    token_hash: &str,
    user: &UserId,
    now: UnixMillis,
    until: UnixMillis,
) -> Result<()> {
    sqlx::query("INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token_hash)
        .bind(user)
        .bind(now)
        .bind(until)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// When the database is away.
pub async fn delete_session(conn: &mut Conn, token_hash: &str) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(conn).await?;
    Ok(())
}

/// Clears sessions that expired before an instant; answers how many.
///
/// # Errors
/// When the database is away.
pub async fn delete_expired_sessions(conn: &mut Conn, before: UnixMillis, rows_max: i64) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM sessions WHERE token_hash IN
            (SELECT token_hash FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind(before)
    .bind(rows_max)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Saves an API token.
///
/// # Errors
/// When the database is away.
pub async fn insert_token(conn: &mut Conn, token: &TokenRow, now: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO api_tokens (id, name, role, store_id, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&token.id)
    .bind(&token.name)
    .bind(token.role.code())
    .bind(&token.store_id)
    .bind(&token.secret_hash)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The API token with an id, unless it was revoked.
///
/// # Errors
/// When the database is away.
pub async fn find_token(conn: &mut Conn, id: &str) -> Result<Option<TokenRow>> {
    sqlx::query_as("SELECT id, name, role, store_id, secret_hash FROM api_tokens WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .fetch_optional(conn)
        .await
}
