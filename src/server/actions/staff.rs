//! Signing in and out, and the accounts and tokens an operator makes.

use crate::domain::ids::{StoreId, UserId};
use crate::domain::messages::EN;
use crate::domain::staff::Role;
use crate::error::AppError;
use crate::server::db::people::{self, TokenRow, UserRow};
use crate::server::{App, auth, db, secrets};

/// A session that was opened.
pub struct SignedIn {
    /// Who.
    pub user: UserRow,
    /// The cookie's token; only its digest is stored.
    pub token: String,
}

/// Checks e-mail and password and opens a new session; `old_token` is ended.
///
/// # Errors
/// [`AppError::Invalid`] when they do not match, [`AppError::TooMany`] after many attempts.
pub async fn log_in(
    app: &App,
    from: &str,
    email: &str,
    password: String,
    old_token: Option<String>,
) -> Result<SignedIn, AppError> {
    let email = email.trim().to_lowercase();
    app.limits.login(&format!("account {email}"))?;
    app.limits.login(&format!("address {from}"))?;
    let user = if email.contains('\0') {
        None
    } else {
        let mut conn = app.db.read().await?;
        people::find_by_email(&mut conn, &email).await?
    };
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let matches = auth::verify_password(password, hash).await;
    let Some(user) = user.filter(|_| matches) else {
        return Err(AppError::invalid("password", EN.login_wrong));
    };
    let token = hex::encode(app.chance.bytes::<32>());
    let (now, user_id, new_hash) = (app.clock.now(), user.id.clone(), secrets::digest(token.as_bytes()));
    let old_hash = old_token.map(|token| secrets::digest(token.as_bytes()));
    app.db
        .write(move |conn| {
            let (user_id, new_hash, old_hash) = (user_id.clone(), new_hash.clone(), old_hash.clone());
            Box::pin(async move {
                if let Some(old_hash) = old_hash {
                    people::delete_session(conn, &old_hash).await?;
                }
                Ok(people::insert_session(conn, &new_hash, &user_id, now, now.plus(auth::SESSION_MS)).await?)
            })
        })
        .await?;
    Ok(SignedIn { user, token })
}

/// Ends a session.
///
/// # Errors
/// [`AppError::Internal`] when the database is away.
pub async fn log_out(app: &App, token: &str) -> Result<(), AppError> {
    let hash = secrets::digest(token.as_bytes());
    app.db
        .write(move |conn| {
            let hash = hash.clone();
            Box::pin(async move { Ok(people::delete_session(conn, &hash).await?) })
        })
        .await
}

/// Makes an account.
///
/// # Errors
/// [`AppError::Invalid`] when the address or the password cannot be used, or the store is missing
/// for a seller; [`AppError::Conflict`] when the address has an account.
pub async fn create_user(
    app: &App,
    email: &str,
    password: String,
    role: Role,
    store: Option<&str>,
) -> Result<UserId, AppError> {
    let email = email.trim().to_lowercase();
    if !email.contains('@') || email.len() > 254 || email.chars().any(char::is_control) {
        return Err(AppError::invalid("email", EN.email_wrong));
    }
    let store_id = find_store(app, role, store).await?;
    let now = app.clock.now();
    let user = UserRow {
        id: UserId::new(app.chance.id(now)),
        email,
        name: String::new(),
        password_hash: auth::hash_password(password).await?,
        role,
        store_id,
    };
    let id = user.id.clone();
    app.db
        .write(move |conn| {
            let user = user.clone();
            Box::pin(async move {
                match people::insert_user(conn, &user, now).await {
                    Err(error) if db::is_unique(&error, "users_email_key", "users.email") => {
                        Err(AppError::conflict(EN.email_taken).into())
                    }
                    other => Ok(other?),
                }
            })
        })
        .await?;
    Ok(id)
}

/// Makes an API token and returns its text, which is shown this once.
///
/// # Errors
/// [`AppError::Invalid`] when the store is missing for a seller or does not exist.
pub async fn create_token(app: &App, role: Role, store: Option<&str>, name: &str) -> Result<String, AppError> {
    let store_id = find_store(app, role, store).await?;
    let (now, secret) = (app.clock.now(), hex::encode(app.chance.bytes::<32>()));
    let row = TokenRow {
        id: app.chance.token(),
        name: name.trim().to_owned(),
        role,
        store_id,
        secret_hash: secrets::digest(secret.as_bytes()),
    };
    let text = auth::token_text(&row.id, &secret);
    app.db
        .write(move |conn| {
            let row = row.clone();
            Box::pin(async move { Ok(people::insert_token(conn, &row, now).await?) })
        })
        .await?;
    Ok(text)
}

async fn find_store(app: &App, role: Role, slug: Option<&str>) -> Result<Option<StoreId>, AppError> {
    let Some(slug) = slug else {
        return if role == Role::Seller { Err(AppError::invalid("store", EN.store_missing)) } else { Ok(None) };
    };
    let mut conn = app.db.read().await?;
    let stores = db::catalogue::stores(&mut conn).await?;
    let store = stores.into_iter().find(|store| store.slug == slug);
    store.map(|store| Some(store.id)).ok_or_else(|| AppError::invalid("store", EN.store_unknown))
}
