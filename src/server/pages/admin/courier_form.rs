//! The form of a courier account. Secrets go in and never come out: an empty field keeps what is set.

use leptos::prelude::*;

use crate::domain::couriers::{CourierAccount, CourierForm, Provider, WebhookMode};
use crate::domain::customers::Country;
use crate::domain::messages::Messages;
use crate::domain::time::UnixMillis;
use crate::error::FieldError;
use crate::server::couriers;
use crate::server::pages::admin::busy_button;
use crate::server::pages::admin::couriers::{Shown, provider_name};
use crate::server::pages::parts::fields::{
    Errors, TextField, described_by, error_summary, field_error, field_id, invalid, text_field,
};
use crate::server::pages::parts::time::local;

/// An account's form as it is shown.
pub struct Editing {
    form: CourierForm,
    provider: Provider,
    errors: Vec<FieldError>,
    credentials_set_at: Option<UnixMillis>,
    secret_set_at: Option<UnixMillis>,
    country: Country,
}

/// The form of an account that is there.
pub fn edit(shown: &Shown, slug: &str, store: &str) -> Option<Editing> {
    let (account, store) = find(shown, slug, store)?;
    let yes = |set: bool| if set { "yes".to_owned() } else { String::new() };
    let form = CourierForm {
        slug: account.slug.clone(),
        store,
        name: account.name.clone(),
        provider: account.provider.code().to_owned(),
        base_url: account.base_url.clone().unwrap_or_default(),
        enabled: yes(account.is_enabled),
        test_mode: yes(account.is_test),
        webhook_mode: account.webhook_mode.code().to_owned(),
        webhook_name: account.webhook_name.clone().unwrap_or_default(),
        webhook_secret: String::new(),
        pickup_location: account.pickup_location.clone().unwrap_or_default(),
        pickup_pincode: account.pickup_pincode.clone().unwrap_or_default(),
        ..CourierForm::default()
    };
    again(shown, form, Vec::new())
}

/// The form of a new account; nothing for a courier this version does not speak to.
pub fn add(shown: &Shown, provider: Provider) -> Option<Editing> {
    let capabilities = couriers::of(provider)?.capabilities();
    let form = CourierForm {
        store: shown.stores.first().map(|store| store.slug.clone()).unwrap_or_default(),
        name: capabilities.name.to_owned(),
        provider: provider.code().to_owned(),
        enabled: "yes".to_owned(),
        webhook_mode: capabilities.webhook.code().to_owned(),
        ..CourierForm::default()
    };
    again(shown, form, Vec::new())
}

/// The form with what was typed and what is wrong with it. Secrets that were typed are typed again.
pub fn again(shown: &Shown, form: CourierForm, mut errors: Vec<FieldError>) -> Option<Editing> {
    // The short name is made from the name, which is the field to change.
    for error in errors.iter_mut().filter(|error| error.field == "slug") {
        error.field = "name".to_owned();
    }
    errors.dedup_by(|later, first| later.field == first.field);
    let provider = form.provider.parse().ok()?;
    let account = find(shown, &form.slug, &form.store).map(|(account, _)| account);
    let store = shown.stores.iter().find(|store| store.slug == form.store);
    Some(Editing {
        provider,
        errors,
        credentials_set_at: account.and_then(|account| account.credentials_set_at),
        secret_set_at: account.and_then(|account| account.webhook_secret_set_at),
        country: store.map_or(Country::IN, |store| store.country),
        form,
    })
}

fn find<'a>(shown: &'a Shown, slug: &str, store: &str) -> Option<(&'a CourierAccount, String)> {
    shown.accounts.iter().filter(|account| account.slug == slug).find_map(|account| {
        let of = shown.stores.iter().find(|one| one.id == account.store_id)?;
        (store.is_empty() || of.slug == store).then(|| (account, of.slug.clone()))
    })
}

/// The form.
pub fn view(editing: Editing, shown: &Shown, words: &'static Messages) -> AnyView {
    let Editing { form, provider, errors, credentials_set_at, secret_set_at, country } = editing;
    let is_new = form.slug.is_empty();
    let name = provider_name(provider);
    let name_field = TextField { wide: false, ..TextField::new("name", words.courier_name_label, "off") };
    let title = if is_new { (words.courier_add)(name) } else { (words.courier_edit_of)(&form.name) };
    view! {
        <form class="panel stack" id="courier-form" method="post" action="/admin/couriers" novalidate autocomplete="off">
            <h2>{title}</h2>
            {error_summary(&errors, |name| format!("#{}", field_id(name)), words)}
            <input type="hidden" name="slug" value=form.slug.clone()/>
            <input type="hidden" name="provider" value=form.provider.clone()/>
            <div class="fields">
                {store_field(&form, is_new, shown, &errors, words)}
                {text_field(name_field, &form.name, &errors, words)}
                {credentials(provider, credentials_set_at, country, &errors, words)}
                {webhook(&form, secret_set_at, country, &errors, words)}
                {places(&form, provider, &errors, words)}
            </div>
            <div class="stack-small">
                {check("enabled", words.courier_enable, &form.enabled)}
                {check("test_mode", words.courier_test, &form.test_mode)}
            </div>
            <div class="row">
                {busy_button("button button-primary", words.courier_save, words.desk_saving)}
                <a class="link-button" href="/admin/couriers">{words.desk_cancel}</a>
            </div>
        </form>
    }
    .into_any()
}

fn store_field(
    form: &CourierForm,
    is_new: bool,
    shown: &Shown,
    errors: Errors<'_>,
    words: &'static Messages,
) -> AnyView {
    if !is_new {
        let name = shown.stores.iter().find(|store| store.slug == form.store).map(|store| store.name.clone());
        return view! {
            <div class="field">
                <span class="label">{words.desk_store}</span>
                <input type="hidden" name="store" value=form.store.clone()/>
                <p>{name}</p>
            </div>
        }
        .into_any();
    }
    let options = shown
        .stores
        .iter()
        .map(|store| {
            view! { <option value=store.slug.clone() selected=store.slug == form.store>{store.name.clone()}</option> }
        })
        .collect_view();
    choice("store", words.desk_store, options.into_any(), errors)
}

fn choice(name: &'static str, label: &'static str, options: AnyView, errors: Errors<'_>) -> AnyView {
    view! {
        <div class="field">
            <label class="label" for=field_id(name)>{label}</label>
            <select class="input" id=field_id(name) name=name aria-invalid=invalid(errors, name)
                aria-describedby=described_by(name, "")>
                {options}
            </select>
            {field_error(errors, name)}
        </div>
    }
    .into_any()
}

/// A field that is written and never read back; its hint says when it was set. What is no secret is shown
/// while it is typed.
fn secret(
    name: &'static str,
    label: String,
    is_hidden: bool,
    set_at: Option<UnixMillis>,
    country: Country,
    errors: Errors<'_>,
    words: &'static Messages,
) -> AnyView {
    let hint = match set_at {
        Some(at) => (words.courier_keep)(&local(at, country)),
        None => words.courier_not_set.to_owned(),
    };
    let (kind, autocomplete) = if is_hidden { ("password", "new-password") } else { ("text", "off") };
    view! {
        <div class="field">
            <label class="label" for=field_id(name)>{label}</label>
            <input class="input" id=field_id(name) name=name type=kind autocomplete=autocomplete
                aria-invalid=invalid(errors, name) aria-describedby=described_by(name, "hint")/>
            <p class="hint" id=format!("field-{name}-hint")>{hint}</p>
            {field_error(errors, name)}
        </div>
    }
    .into_any()
}

fn credentials(
    provider: Provider,
    set_at: Option<UnixMillis>,
    country: Country,
    errors: Errors<'_>,
    words: &'static Messages,
) -> AnyView {
    let named = couriers::of(provider).map_or(&[][..], |courier| courier.capabilities().credentials);
    named
        .iter()
        .zip(CourierForm::CREDENTIAL_FIELDS)
        .map(|((credential, is_secret), name)| {
            secret(name, words.credential(credential), *is_secret, set_at, country, errors, words)
        })
        .collect_view()
        .into_any()
}

fn webhook(
    form: &CourierForm,
    set_at: Option<UnixMillis>,
    country: Country,
    errors: Errors<'_>,
    words: &'static Messages,
) -> AnyView {
    let options = WebhookMode::TABLE
        .iter()
        .map(|(mode, code)| {
            let is_chosen = form.webhook_mode == *code;
            view! { <option value=*code selected=is_chosen>{words.webhook_mode(*mode)}</option> }
        })
        .collect_view();
    let name = TextField {
        hint: words.courier_webhook_name_hint,
        optional: true,
        wide: false,
        ..TextField::new("webhook_name", words.courier_webhook_name, "off")
    };
    view! {
        {choice("webhook_mode", words.courier_webhook_mode, options.into_any(), errors)}
        {secret("webhook_secret", words.courier_secret.to_owned(), true, set_at, country, errors, words)}
        {text_field(name, &form.webhook_name, errors, words)}
    }
    .into_any()
}

/// Where its API is, and where it picks up. A courier without calls has neither.
fn places(form: &CourierForm, provider: Provider, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    if !couriers::of(provider).is_some_and(|courier| courier.capabilities().books) {
        return ().into_any();
    }
    let half = |name: &'static str, label: &'static str, hint: &'static str| TextField {
        hint,
        optional: true,
        wide: false,
        ..TextField::new(name, label, "off")
    };
    let rows = [
        (half("base_url", words.courier_base_url_label, words.courier_base_url_hint), &form.base_url),
        (half("pickup_location", words.courier_pickup, ""), &form.pickup_location),
        (half("pickup_pincode", words.courier_pickup_pincode, ""), &form.pickup_pincode),
    ];
    rows.map(|(field, value)| text_field(field, value, errors, words)).collect_view().into_any()
}

fn check(name: &'static str, label: &'static str, value: &str) -> AnyView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value="yes" checked=value == "yes"/>
            <span>{label}</span>
        </label>
    }
    .into_any()
}
