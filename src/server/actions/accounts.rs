//! Courier accounts: kept, opened and changed. Opened ones are held in memory for a moment, since every
//! push asks for one; when the database is away the last known ones still serve.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::domain::checkout::clean_line;
use crate::domain::couriers::{CourierAccount, CourierForm, Provider, WebhookMode};
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::messages::EN;
use crate::domain::staff::Role;
use crate::error::{AppError, FieldError};
use crate::server::actions::actor::Actor;
use crate::server::couriers::account::Account;
use crate::server::db::couriers::{self as rows, StoredAccount};
use crate::server::db::{catalogue, is_unique};
use crate::server::{App, couriers};

/// How long opened accounts are believed; another instance may have changed them.
const KEPT: Duration = Duration::from_secs(2);
/// How long reading them again may take while there are known ones: a push waits for it, and a database
/// that is away may not even say so.
const READ_TIME_MAX: Duration = Duration::from_millis(500);
/// Letters of a webhook token. Shiprocket refuses addresses with "sr" and "kr" in them, so there is no r.
const TOKEN_LETTERS: &[u8; 32] = b"abcdefghjkmnpqtuvwxyz23456789ACE";
const TOKEN_LENGTH: usize = 26;

/// When they were read, and what was read.
type Known = Option<(Instant, Arc<Vec<Account>>)>;

/// Accounts in memory.
#[derive(Clone, Debug, Default)]
pub struct Accounts(Arc<RwLock<Known>>);

impl Accounts {
    /// Every account that is not archived.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the database is away and none were read before.
    pub async fn all(&self, app: &App) -> Result<Arc<Vec<Account>>, AppError> {
        let known = self.known();
        app.metrics.looked_up("accounts", known.as_ref().is_some_and(|(_, is_fresh)| *is_fresh));
        let Some(known) = known else {
            let accounts = Arc::new(read_all(app).await?);
            self.keep(&accounts);
            return Ok(accounts);
        };
        match known {
            (accounts, true) => Ok(accounts),
            (accounts, false) => match tokio::time::timeout(READ_TIME_MAX, read_all(app)).await {
                Ok(Ok(fresh)) => {
                    let fresh = Arc::new(fresh);
                    self.keep(&fresh);
                    Ok(fresh)
                }
                Ok(Err(_)) | Err(_) => Ok(accounts),
            },
        }
    }

    /// What is in memory, and whether it is fresh. Of many who meet old accounts one is told so, and reads
    /// them again; the others go on with these.
    fn known(&self) -> Option<(Arc<Vec<Account>>, bool)> {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (at, accounts) = kept.as_mut()?;
        let is_fresh = at.elapsed() < KEPT;
        if !is_fresh {
            *at = Instant::now();
        }
        Some((Arc::clone(accounts), is_fresh))
    }

    fn keep(&self, accounts: &Arc<Vec<Account>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(accounts)));
    }

    /// The account with an id.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is archived.
    pub async fn find(&self, app: &App, id: &CourierId) -> Result<Account, AppError> {
        let all = self.all(app).await?;
        all.iter().find(|one| one.shown.id == *id).cloned().ok_or_else(|| AppError::not_found("Courier"))
    }

    /// The enabled account of a store with a slug.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for the field `courier` when there is none.
    pub async fn of_store(&self, app: &App, store: &StoreId, slug: &str) -> Result<Account, AppError> {
        let all = self.all(app).await?;
        all.iter()
            .find(|one| one.shown.store_id == *store && one.shown.slug == slug && one.shown.is_enabled)
            .cloned()
            .ok_or_else(|| AppError::invalid("courier", EN.courier_unknown))
    }

    /// Forgets what is in memory, after a change.
    pub fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

async fn read_all(app: &App) -> Result<Vec<Account>, AppError> {
    let stored = rows::all(&mut *app.db.read().await?).await?;
    Ok(stored.into_iter().map(|one| open(app, one)).collect())
}

fn place(what: &str, id: &CourierId) -> String {
    format!("couriers/{what}/{id}")
}

/// What cannot be opened is as good as not set; the canary has made sure that the key is right.
fn open(app: &App, stored: StoredAccount) -> Account {
    let id = &stored.shown.id;
    let credentials: Option<BTreeMap<String, String>> = stored
        .credentials
        .as_deref()
        .and_then(|sealed| app.secrets.open(&place("credentials", id), sealed))
        .and_then(|text| serde_json::from_str(&text).ok());
    let webhook_secret =
        stored.webhook_secret.as_deref().and_then(|sealed| app.secrets.open(&place("webhook_secret", id), sealed));
    Account {
        credentials: credentials.unwrap_or_default(),
        webhook_secret,
        settings: serde_json::from_str(&stored.settings).unwrap_or_default(),
        shown: stored.shown,
    }
}

/// Adds or changes an account; answers its slug. Secrets that were left empty stay as they are.
///
/// # Errors
/// [`AppError::Forbidden`] for anybody but an admin, [`AppError::Invalid`] with the wrong fields,
/// [`AppError::NotFound`] when the account to change is another store's.
pub async fn save(app: &App, actor: &Actor, form: &CourierForm) -> Result<String, AppError> {
    keep(app, actor, form, false).await
}

/// Adds an account, whose slug may be one that another store uses.
///
/// # Errors
/// As [`save`], and [`AppError::Conflict`] when the store has one with this slug.
pub async fn add(app: &App, actor: &Actor, form: &CourierForm) -> Result<String, AppError> {
    keep(app, actor, form, true).await
}

async fn keep(app: &App, actor: &Actor, form: &CourierForm, is_new: bool) -> Result<String, AppError> {
    if actor.role != Some(Role::Admin) {
        return Err(AppError::Forbidden);
    }
    let mut conn = app.db.read().await?;
    let stores = catalogue::stores(&mut conn).await?;
    let present = rows::all(&mut conn).await?;
    drop(conn);
    let store = stores
        .iter()
        .find(|store| store.slug == form.store.trim())
        .ok_or_else(|| AppError::invalid("store", EN.courier_store))?;
    let old = present.iter().find(|one| one.shown.store_id == store.id && one.shown.slug == form.slug.trim());
    if is_new && old.is_some() {
        return Err(AppError::conflict(EN.api_courier_taken));
    }
    let is_change = !is_new && !form.slug.trim().is_empty();
    if is_change && old.is_none() && present.iter().any(|one| one.shown.slug == form.slug.trim()) {
        return Err(AppError::not_found("Courier"));
    }
    let account = read_form(app, form, old, &store.id)?;
    let slug = account.shown.slug.clone();
    let now = app.clock.now();
    app.db
        .write(move |conn| {
            let account = account.clone();
            Box::pin(async move {
                rows::save(conn, &account, now).await.map_err(|error| {
                    let is_taken = is_unique(&error, "couriers_slug", "couriers.store_id, couriers.slug");
                    if is_taken { AppError::invalid("slug", EN.courier_slug_taken).into() } else { error.into() }
                })
            })
        })
        .await?;
    app.accounts.forget();
    Ok(slug)
}

fn read_form(
    app: &App,
    form: &CourierForm,
    old: Option<&StoredAccount>,
    store: &StoreId,
) -> Result<StoredAccount, AppError> {
    let mut wrong = Vec::new();
    let provider = match old {
        Some(old) => Some(old.shown.provider),
        None => form.provider.parse::<Provider>().map_err(|error| wrong.push(FieldError::new("provider", error))).ok(),
    };
    let courier = provider.and_then(couriers::of);
    if provider.is_some() && courier.is_none() {
        wrong.push(FieldError::new("provider", EN.courier_unsupported));
    }
    let name = clean_line(&form.name);
    if name.is_empty() || name.chars().count() > 60 {
        wrong.push(FieldError::new("name", EN.courier_name));
    }
    let slug = if form.slug.trim().is_empty() { slug_of(&name) } else { form.slug.trim().to_owned() };
    if !is_slug(&slug) {
        wrong.push(FieldError::new("slug", EN.courier_slug));
    }
    let base_url = clean_line(&form.base_url).trim_end_matches('/').to_owned();
    let is_local = base_url.starts_with("http://127.0.0.1:");
    if !(base_url.is_empty() || base_url.starts_with("https://") || is_local) {
        wrong.push(FieldError::new("base_url", EN.courier_base_url));
    }
    let mode = match form.webhook_mode.trim() {
        "" => courier.map(|courier| courier.capabilities().webhook),
        text => text.parse::<WebhookMode>().map_err(|error| wrong.push(FieldError::new("webhook_mode", error))).ok(),
    };
    let (Some(courier), Some(provider), Some(webhook_mode), true) = (courier, provider, mode, wrong.is_empty()) else {
        return Err(AppError::Invalid { fields: wrong });
    };
    let id = old.map_or_else(|| CourierId::new(app.chance.id(app.clock.now())), |old| old.shown.id.clone());
    let named = courier.capabilities().credentials.iter().zip(form.credentials());
    let new: BTreeMap<&str, &str> =
        named.filter(|(_, value)| !value.is_empty()).map(|((name, _), value)| (*name, value)).collect();
    let credentials = (!new.is_empty()).then(|| sealed_credentials(app, &id, old, new));
    let secret = form.webhook_secret.trim();
    let webhook_secret =
        (!secret.is_empty()).then(|| app.secrets.seal(&place("webhook_secret", &id), secret, &app.chance));
    let optional = |text: &str| Some(clean_line(text)).filter(|text| !text.is_empty());
    let shown = CourierAccount {
        store_id: store.clone(),
        slug,
        name,
        provider,
        base_url: optional(&base_url),
        is_enabled: form.enabled.trim() == "yes",
        is_test: form.test_mode.trim() == "yes",
        credentials_set_at: None,
        webhook_mode,
        webhook_name: optional(&form.webhook_name),
        webhook_secret_set_at: None,
        webhook_token: old.map_or_else(|| webhook_token(app), |old| old.shown.webhook_token.clone()),
        pickup_location: optional(&form.pickup_location),
        pickup_pincode: optional(&form.pickup_pincode),
        id,
    };
    let settings = old.map_or_else(|| "{}".to_owned(), |old| old.settings.clone());
    Ok(StoredAccount { shown, credentials, webhook_secret, settings })
}

/// The credentials that were set, with those that are new in their place.
fn sealed_credentials(app: &App, id: &CourierId, old: Option<&StoredAccount>, new: BTreeMap<&str, &str>) -> String {
    let mut all = old.cloned().map(|old| open(app, old).credentials).unwrap_or_default();
    all.extend(new.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let text = serde_json::to_string(&all).unwrap_or_default();
    app.secrets.seal(&place("credentials", id), &text, &app.chance)
}

fn webhook_token(app: &App) -> String {
    let bytes: [u8; TOKEN_LENGTH] = app.chance.bytes();
    bytes.iter().map(|byte| char::from(TOKEN_LETTERS[usize::from(*byte) % TOKEN_LETTERS.len()])).collect()
}

fn is_slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
