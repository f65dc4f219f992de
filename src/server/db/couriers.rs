//! Courier accounts. Credentials and secrets are sealed before they come here.

use sqlx::FromRow;

use crate::domain::couriers::{AddedRow, Code, CourierAccount, Meaning, Provider, WebhookMode};
use crate::domain::ids::{CourierId, StoreId};
use crate::domain::shipping::Leg;
use crate::domain::time::UnixMillis;
use crate::server::db::sql::Sql;
use crate::server::db::{Conn, Result};

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// What staff see of it.
    pub shown: CourierAccount,
    /// Sealed credentials.
    pub credentials: Option<String>,
    /// Sealed webhook secret.
    pub webhook_secret: Option<String>,
    /// Anything else, as JSON.
    pub settings: String,
}

#[derive(FromRow)]
struct Row {
    id: CourierId,
    store_id: StoreId,
    slug: String,
    name: String,
    #[sqlx(try_from = "String")]
    provider: Provider,
    base_url: Option<String>,
    is_enabled: i64,
    is_test: i64,
    credentials: Option<String>,
    credentials_set_at: Option<UnixMillis>,
    #[sqlx(try_from = "String")]
    webhook_mode: WebhookMode,
    webhook_name: Option<String>,
    webhook_secret: Option<String>,
    webhook_secret_set_at: Option<UnixMillis>,
    webhook_token: String,
    pickup_location: Option<String>,
    pickup_pincode: Option<String>,
    settings: String,
}

impl From<Row> for StoredAccount {
    fn from(row: Row) -> Self {
        StoredAccount {
            shown: CourierAccount {
                id: row.id,
                store_id: row.store_id,
                slug: row.slug,
                name: row.name,
                provider: row.provider,
                base_url: row.base_url,
                is_enabled: row.is_enabled != 0,
                is_test: row.is_test != 0,
                credentials_set_at: row.credentials_set_at,
                webhook_mode: row.webhook_mode,
                webhook_name: row.webhook_name,
                webhook_secret_set_at: row.webhook_secret_set_at,
                webhook_token: row.webhook_token,
                pickup_location: row.pickup_location,
                pickup_pincode: row.pickup_pincode,
            },
            credentials: row.credentials,
            webhook_secret: row.webhook_secret,
            settings: row.settings,
        }
    }
}

/// Every account, disabled ones too, in the order staff are offered them; not the archived ones.
///
/// # Errors
/// When the database is away.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredAccount>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, store_id, slug, name, provider, base_url, is_enabled, is_test, credentials, credentials_set_at,
            webhook_mode, webhook_name, webhook_secret, webhook_secret_set_at, webhook_token, pickup_location, pickup_pincode,
            settings
         FROM couriers WHERE archived_at IS NULL ORDER BY position, created_at, id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(StoredAccount::from).collect())
}

/// Saves an account, new or changed. Credentials and secret that are `None` stay as they are.
///
/// # Errors
/// A unique violation when the store has another account with this slug.
pub async fn save(conn: &mut Conn, account: &StoredAccount, now: UnixMillis) -> Result<()> {
    let shown = &account.shown;
    sqlx::query(
        "INSERT INTO couriers (id, store_id, slug, name, provider, base_url, is_enabled, is_test, credentials,
            credentials_set_at, webhook_mode, webhook_name, webhook_secret, webhook_secret_set_at, webhook_token,
            pickup_location, pickup_pincode, settings, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, base_url = excluded.base_url, is_enabled = excluded.is_enabled,
            is_test = excluded.is_test, credentials = COALESCE(excluded.credentials, couriers.credentials),
            credentials_set_at = COALESCE(excluded.credentials_set_at, couriers.credentials_set_at),
            webhook_mode = excluded.webhook_mode, webhook_name = excluded.webhook_name,
            webhook_secret = COALESCE(excluded.webhook_secret, couriers.webhook_secret),
            webhook_secret_set_at = COALESCE(excluded.webhook_secret_set_at, couriers.webhook_secret_set_at),
            pickup_location = excluded.pickup_location, pickup_pincode = excluded.pickup_pincode,
            settings = excluded.settings, version = couriers.version + 1, updated_at = excluded.updated_at",
    )
    .bind(&shown.id)
    .bind(&shown.store_id)
    .bind(&shown.slug)
    .bind(&shown.name)
    .bind(shown.provider.code())
    .bind(&shown.base_url)
    .bind(i64::from(shown.is_enabled))
    .bind(i64::from(shown.is_test))
    .bind(&account.credentials)
    .bind(account.credentials.is_some().then_some(now))
    .bind(shown.webhook_mode.code())
    .bind(&shown.webhook_name)
    .bind(&account.webhook_secret)
    .bind(account.webhook_secret.is_some().then_some(now))
    .bind(&shown.webhook_token)
    .bind(&shown.pickup_location)
    .bind(&shown.pickup_pincode)
    .bind(&account.settings)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes pushes of some accounts: when the last one came.
///
/// # Errors
/// When the database is away.
pub async fn note_push(conn: &mut Conn, courier: &CourierId, store: &StoreId, at: UnixMillis) -> Result<()> {
    sqlx::query(
        "INSERT INTO courier_health (courier_id, store_id, last_push_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (courier_id) DO UPDATE SET last_push_at = excluded.last_push_at, unannounced_changes = 0,
            updated_at = excluded.updated_at",
    )
    .bind(courier)
    .bind(store)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes how a call to a courier went; `unannounced` counts changes no push has told us of.
///
/// # Errors
/// When the database is away.
pub async fn note_call(
    conn: &mut Conn,
    courier: &CourierId,
    store: &StoreId,
    failure: Option<&str>,
    unannounced: i64,
    now: UnixMillis,
) -> Result<()> {
    let success = failure.is_none().then_some(now);
    sqlx::query(
        "INSERT INTO courier_health (courier_id, store_id, last_success_at, last_failure_at, last_error, unannounced_changes,
            updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (courier_id) DO UPDATE SET
            last_success_at = COALESCE(excluded.last_success_at, courier_health.last_success_at),
            last_failure_at = COALESCE(excluded.last_failure_at, courier_health.last_failure_at),
            last_error = COALESCE(excluded.last_error, courier_health.last_error),
            unannounced_changes = courier_health.unannounced_changes + excluded.unannounced_changes,
            updated_at = excluded.updated_at",
    )
    .bind(courier)
    .bind(store)
    .bind(success)
    .bind(failure.map(|_| now))
    .bind(failure)
    .bind(unannounced)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Per account: when it last pushed, and changes since then that no push has told us of.
///
/// # Errors
/// When the database is away.
pub async fn pushes(conn: &mut Conn) -> Result<Vec<(CourierId, Option<UnixMillis>, i64)>> {
    sqlx::query_as("SELECT courier_id, last_push_at, unannounced_changes FROM courier_health").fetch_all(conn).await
}

#[derive(FromRow)]
struct CodeRow {
    id: String,
    courier_id: CourierId,
    #[sqlx(try_from = "String")]
    leg: Leg,
    id_space: String,
    status_type: String,
    status_text: String,
    status_code: String,
    status: Option<String>,
    is_partial: i64,
}

/// Codes that merchants have mapped, by account.
///
/// # Errors
/// When the database is away.
pub async fn added_codes(conn: &mut Conn, couriers: &[CourierId]) -> Result<Vec<(CourierId, AddedRow)>> {
    let mut sql = Sql::new(
        "SELECT id, courier_id, leg, id_space, status_type, status_text, status_code, status, is_partial FROM courier_codes
         WHERE courier_id IN ",
    );
    sql.bind_list(couriers);
    let rows: Vec<CodeRow> = sql.fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let code =
                Code { id_space: row.id_space, kind: row.status_type, text: row.status_text, code: row.status_code };
            let meaning = meaning_of(row.status.as_deref(), row.is_partial != 0);
            (row.courier_id, AddedRow { id: row.id, leg: row.leg, code, meaning })
        })
        .collect())
}

/// What a stored row says a code means.
pub(super) fn meaning_of(status: Option<&str>, is_partial: bool) -> Meaning {
    match status.and_then(|status| status.parse().ok()) {
        Some(_) if is_partial => Meaning::PartlyDelivered,
        Some(status) => Meaning::Is(status),
        None => Meaning::Nothing,
    }
}
