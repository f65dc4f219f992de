//! Courier accounts. What is secret goes in and never comes out.

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::domain::couriers::{CourierAccount, CourierForm, Provider};
use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::actions::actor::Actor;
use crate::server::actions::{accounts, desk};
use crate::server::api::address::{Named, Paging, Query};
use crate::server::api::answers::{Listing, Problem, instant, private};
use crate::server::api::body::{Body, Fields};
use crate::server::api::keys;
use crate::server::couriers::of;
use crate::server::db::catalogue;
use crate::server::visit::Visit;

/// A courier account.
#[derive(Serialize, ToSchema)]
#[schema(as = Courier)]
pub struct CourierAnswer {
    /// Identity.
    id: String,
    /// Name in addresses, unique in its store.
    slug: String,
    /// Name for people.
    name: String,
    /// Slug of its store.
    store: String,
    /// Which courier: `shiprocket`, `delhivery`, `packzy`, `manual`, `generic`, `pathao` or `redx`.
    provider: String,
    /// Where its API is, if not at the courier's own address.
    #[schema(required = true)]
    base_url: Option<String>,
    /// Whether it is offered and asked, and whether its pushes are taken.
    enabled: bool,
    /// A test account: nobody is billed.
    test_mode: bool,
    /// When the credentials were last set; they are never shown.
    #[schema(required = true, format = DateTime)]
    credentials_set_at: Option<String>,
    /// Names of the credentials this courier wants.
    credential_names: Vec<String>,
    /// How its pushes prove where they come from.
    webhook: WebhookAnswer,
    /// Name of the pickup place at the courier.
    #[schema(required = true)]
    pickup_location: Option<String>,
    /// Postcode of the pickup place.
    #[schema(required = true)]
    pickup_pincode: Option<String>,
}

/// How the pushes of an account prove where they come from.
#[derive(Serialize, ToSchema)]
#[schema(as = CourierWebhook)]
pub struct WebhookAnswer {
    /// Where the courier is to send them.
    url: String,
    /// `header`, `bearer`, `query`, `hmac` or `none`.
    mode: String,
    /// Header or query parameter that carries the secret, where the mode has one.
    #[schema(required = true)]
    name: Option<String>,
    /// When the secret was last set; it is never shown.
    #[schema(required = true, format = DateTime)]
    secret_set_at: Option<String>,
}

/// A courier account to add.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the fields; `read` reads them")]
pub struct NewCourier {
    /// Slug of the store.
    store: String,
    /// Which courier: `shiprocket`, `delhivery`, `packzy`, `manual`, `generic`, `pathao` or `redx`.
    provider: String,
    /// Name in addresses; made from the name when it is left out.
    #[schema(required = false)]
    slug: String,
    /// Name for people.
    #[schema(max_length = 60)]
    name: String,
    /// Where its API is, if not at the courier's own address.
    #[schema(required = false)]
    base_url: String,
    /// Whether it is offered and asked, and whether its pushes are taken.
    #[schema(required = false, default = true)]
    enabled: bool,
    /// A test account: nobody is billed.
    #[schema(required = false, default = false)]
    test_mode: bool,
    /// Credentials by name: `api_key` and `secret_key` for Packzy. Kept sealed.
    #[schema(required = false)]
    credentials: std::collections::BTreeMap<String, String>,
    /// How its pushes prove where they come from.
    #[schema(required = false)]
    webhook: WebhookChanges,
    /// Name of the pickup place at the courier.
    #[schema(required = false)]
    pickup_location: String,
    /// Postcode of the pickup place.
    #[schema(required = false)]
    pickup_pincode: String,
}

/// What is to be changed about a courier account; what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the fields; `read` reads them")]
pub struct CourierChanges {
    /// Name for people.
    #[schema(required = false, max_length = 60)]
    name: String,
    /// Where its API is; empty for the courier's own address.
    #[schema(required = false)]
    base_url: String,
    /// Whether it is offered and asked, and whether its pushes are taken.
    #[schema(required = false)]
    enabled: bool,
    /// A test account: nobody is billed.
    #[schema(required = false)]
    test_mode: bool,
    /// Credentials by name, as `credential_names` lists them. Kept sealed.
    #[schema(required = false)]
    credentials: std::collections::BTreeMap<String, String>,
    /// How its pushes prove where they come from.
    #[schema(required = false)]
    webhook: WebhookChanges,
    /// Name of the pickup place at the courier.
    #[schema(required = false)]
    pickup_location: String,
    /// Postcode of the pickup place.
    #[schema(required = false)]
    pickup_pincode: String,
}

/// How pushes are to prove where they come from.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the fields; `read` reads them")]
pub struct WebhookChanges {
    /// `header`, `bearer`, `query`, `hmac` or `none`; the courier's usual one when it is left out.
    #[schema(required = false)]
    mode: String,
    /// Header or query parameter that carries the secret.
    #[schema(required = false)]
    name: String,
    /// The secret. Kept sealed.
    #[schema(required = false)]
    secret: String,
}

/// Which account is meant where several stores have one with this slug.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and documents the parameter; `Query` reads it")]
pub struct StoreWanted {
    /// Slug or id of a store.
    store: Option<String>,
}

/// List the courier accounts
#[utoipa::path(
    get, path = "/api/v1/couriers/", tag = "Couriers", operation_id = "list_couriers", params(Paging, StoreWanted),
    responses((status = 200, description = "A page of accounts.", body = Listing<CourierAnswer>))
)]
pub async fn list(visit: Visit, query: Query) -> Result<Response, AppError> {
    let paging = query.paging()?;
    let seen = seen(&visit, &query).await?;
    let count = i64::try_from(seen.len()).unwrap_or(i64::MAX);
    let skipped = usize::try_from((paging.page - 1).saturating_mul(paging.page_size)).unwrap_or(usize::MAX);
    let size = usize::try_from(paging.page_size).unwrap_or(usize::MAX);
    let page = seen.iter().skip(skipped).take(size).map(|(one, store)| answer(&visit, one, store)).collect();
    Ok(private(StatusCode::OK, &query.listing(paging, count, &visit.site_url(), page)))
}

/// Read a courier account
#[utoipa::path(
    get, path = "/api/v1/couriers/{slug}/", tag = "Couriers", operation_id = "read_courier",
    params(("slug" = String, Path, description = "Slug or id."), StoreWanted),
    responses(
        (status = 200, description = "The account.", body = CourierAnswer),
        (status = 409, description = "Several stores have such an account.", body = Problem)
    )
)]
pub async fn show(visit: Visit, Named(slug): Named<String>, query: Query) -> Result<Response, AppError> {
    let (account, store) = find(&visit, &query, &slug).await?;
    Ok(private(StatusCode::OK, &answer(&visit, &account, &store)))
}

/// Add a courier account
#[utoipa::path(
    post, path = "/api/v1/couriers/", tag = "Couriers", operation_id = "add_courier", request_body = NewCourier,
    responses(
        (status = 201, description = "The account.", body = CourierAnswer),
        (status = 409, description = "The store has an account with this slug.", body = Problem)
    )
)]
pub async fn add(visit: Visit, method: Method, headers: HeaderMap, body: Body) -> Result<Response, AppError> {
    let form = body.read(|fields| {
        let mut names = vec!["slug", "store", "provider"];
        names.extend(CHANGEABLE);
        fields.only(&names);
        for name in ["store", "provider", "name"].into_iter().filter(|name| !fields.has(name)) {
            fields.wrong(name, EN.api_required);
        }
        let mut form = CourierForm {
            slug: fields.text("slug"),
            store: fields.text("store"),
            provider: fields.text("provider"),
            enabled: "yes".to_owned(),
            ..CourierForm::default()
        };
        let provider = form.provider.parse().map_err(|error: String| fields.wrong("provider", error)).ok();
        read(fields, provider, &mut form);
        form
    })?;
    let what = format!("couriers {}", serde_json::to_string(&form).unwrap_or_default());
    keys::once_as(StatusCode::CREATED, &visit, &headers, &method, &what, async {
        let slug = accounts::add(&visit.app, &Actor::of(&visit), &form).await.map_err(api_names)?;
        saved(&visit, &form.store, &slug).await
    })
    .await
}

/// Change a courier account
#[utoipa::path(
    patch, path = "/api/v1/couriers/{slug}/", tag = "Couriers", operation_id = "change_courier",
    params(("slug" = String, Path, description = "Slug or id."), StoreWanted), request_body = CourierChanges,
    responses(
        (status = 200, description = "The account as it is now.", body = CourierAnswer),
        (status = 409, description = "Several stores have such an account.", body = Problem)
    )
)]
pub async fn change(
    visit: Visit,
    method: Method,
    headers: HeaderMap,
    Named(slug): Named<String>,
    query: Query,
    body: Body,
) -> Result<Response, AppError> {
    let (account, store) = find(&visit, &query, &slug).await?;
    let form = body.read(|fields| {
        fields.only(&CHANGEABLE);
        let mut form = present(&account, &store);
        read(fields, Some(account.provider), &mut form);
        form
    })?;
    let what = format!("couriers/{} {}", account.id, serde_json::to_string(&form).unwrap_or_default());
    keys::once(&visit, &headers, &method, &what, async {
        let slug = accounts::save(&visit.app, &Actor::of(&visit), &form).await.map_err(api_names)?;
        saved(&visit, &form.store, &slug).await
    })
    .await
}

const CHANGEABLE: [&str; 8] =
    ["name", "base_url", "enabled", "test_mode", "credentials", "webhook", "pickup_location", "pickup_pincode"];

/// The account as a form that changes nothing.
fn present(account: &CourierAccount, store: &str) -> CourierForm {
    let yes = |flag: bool| if flag { "yes".to_owned() } else { String::new() };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    CourierForm {
        slug: account.slug.clone(),
        store: store.to_owned(),
        name: account.name.clone(),
        provider: account.provider.code().to_owned(),
        base_url: text(&account.base_url),
        enabled: yes(account.is_enabled),
        test_mode: yes(account.is_test),
        webhook_mode: account.webhook_mode.code().to_owned(),
        webhook_name: text(&account.webhook_name),
        pickup_location: text(&account.pickup_location),
        pickup_pincode: text(&account.pickup_pincode),
        ..CourierForm::default()
    }
}

fn read(fields: &Fields<'_>, provider: Option<Provider>, form: &mut CourierForm) {
    for (name, place) in [
        ("name", &mut form.name),
        ("base_url", &mut form.base_url),
        ("pickup_location", &mut form.pickup_location),
        ("pickup_pincode", &mut form.pickup_pincode),
    ] {
        if let Some(text) = fields.new_text(name) {
            *place = text;
        }
    }
    for (name, place) in [("enabled", &mut form.enabled), ("test_mode", &mut form.test_mode)] {
        if let Some(flag) = fields.flag(name) {
            *place = if flag { "yes".to_owned() } else { String::new() };
        }
    }
    let wanted: Vec<&str> = credential_names(provider);
    for (name, value) in fields.named_texts("credentials") {
        match wanted.iter().position(|known| *known == name) {
            Some(at) if at < CourierForm::CREDENTIAL_FIELDS.len() => *form.credentials_mut()[at] = value,
            Some(_) | None => fields.wrong(&format!("credentials.{name}"), EN.api_unknown_field),
        }
    }
    for (name, value) in fields.named_texts("webhook") {
        match name.as_str() {
            "mode" => form.webhook_mode = value,
            "name" => form.webhook_name = value,
            "secret" => form.webhook_secret = value,
            _ => fields.wrong(&format!("webhook.{name}"), EN.api_unknown_field),
        }
    }
}

fn credential_names(provider: Option<Provider>) -> Vec<&'static str> {
    let courier = provider.and_then(of);
    courier
        .map(|courier| courier.capabilities().credentials.iter().map(|(name, _)| *name).collect())
        .unwrap_or_default()
}

/// The names the API has for the fields of the form.
fn api_names(error: AppError) -> AppError {
    let AppError::Invalid { mut fields } = error else { return error };
    for wrong in &mut fields {
        match wrong.field.as_str() {
            "webhook_mode" => "webhook.mode".clone_into(&mut wrong.field),
            "webhook_name" => "webhook.name".clone_into(&mut wrong.field),
            "webhook_secret" => "webhook.secret".clone_into(&mut wrong.field),
            _ => {}
        }
    }
    AppError::Invalid { fields }
}

/// The accounts of the store that is wanted, each with the slug of its store.
async fn seen(visit: &Visit, query: &Query) -> Result<Vec<(CourierAccount, String)>, AppError> {
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let wanted = query.store(&stores)?.map(|store| store.id.clone());
    let own = Actor::of(visit).only_store;
    let accounts = desk::accounts(&visit.app, own.as_ref()).await?;
    let here = accounts.into_iter().filter(|one| wanted.as_ref().is_none_or(|store| *store == one.store_id));
    let slug =
        |one: &CourierAccount| stores.iter().find(|store| store.id == one.store_id).map(|store| store.slug.clone());
    Ok(here.filter_map(|one| slug(&one).map(|slug| (one, slug))).collect())
}

async fn find(visit: &Visit, query: &Query, name: &str) -> Result<(CourierAccount, String), AppError> {
    let seen = seen(visit, query).await?;
    let mut found = seen.into_iter().filter(|(one, _)| one.slug == name || one.id.as_str() == name);
    let first = found.next().ok_or_else(|| AppError::not_found("Courier"))?;
    if found.next().is_some() { Err(AppError::conflict(EN.api_courier_ambiguous)) } else { Ok(first) }
}

async fn saved(visit: &Visit, store: &str, slug: &str) -> Result<Value, AppError> {
    let stores = catalogue::stores(&mut *visit.app.db.read().await?).await?;
    let id = stores.iter().find(|one| one.slug == store).map(|one| one.id.clone());
    let accounts = desk::accounts(&visit.app, id.as_ref()).await?;
    let account = accounts.iter().find(|one| one.slug == slug).ok_or(AppError::Internal)?;
    serde_json::to_value(answer(visit, account, store)).map_err(|_| AppError::Internal)
}

fn answer(visit: &Visit, account: &CourierAccount, store: &str) -> CourierAnswer {
    CourierAnswer {
        id: account.id.to_string(),
        slug: account.slug.clone(),
        name: account.name.clone(),
        store: store.to_owned(),
        provider: account.provider.code().to_owned(),
        base_url: account.base_url.clone(),
        enabled: account.is_enabled,
        test_mode: account.is_test,
        credentials_set_at: account.credentials_set_at.map(instant),
        credential_names: credential_names(Some(account.provider)).into_iter().map(str::to_owned).collect(),
        webhook: WebhookAnswer {
            url: format!("{}/hooks/t/{}", visit.site_url(), account.webhook_token),
            mode: account.webhook_mode.code().to_owned(),
            name: account.webhook_name.clone(),
            secret_set_at: account.webhook_secret_set_at.map(instant),
        },
        pickup_location: account.pickup_location.clone(),
        pickup_pincode: account.pickup_pincode.clone(),
    }
}
