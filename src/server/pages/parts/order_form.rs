//! The fields of the checkout: a plain form, with one island at its top that listens to it.

use leptos::prelude::*;

use crate::domain::checkout::{CheckoutForm, Quote};
use crate::domain::customers::Country;
use crate::domain::messages::Messages;
use crate::domain::payments::PaymentMethod;
use crate::domain::whatsapp::UnsavedPart;
use crate::error::FieldError;
use crate::islands::checkout::{BUTTON_ID, FORM_ID, OrderDesk, errors_panel, notice_panel, unsaved_panel};
use crate::server::pages::parts::fields::{
    Errors, TextField, described_by, field_error, field_id, invalid, text_field,
};

/// The form as it is shown: empty, or with everything typed and what is wrong.
#[derive(Default)]
pub struct OrderFormState {
    /// What was typed, with key and digest.
    pub form: CheckoutForm,
    /// The wrong fields.
    pub errors: Vec<FieldError>,
    /// A sentence about the whole form, possibly empty.
    pub notice: String,
    /// Whether the order could not be saved, through no fault of the customer.
    pub failed: bool,
}

/// The checkout form.
pub fn order_form(state: OrderFormState, quote: &Quote, words: &'static Messages) -> AnyView {
    let OrderFormState { form, errors, notice, failed } = state;
    let parts: Vec<UnsavedPart> = quote.stores.iter().map(UnsavedPart::from).collect();
    let says = if failed {
        Some(unsaved_panel(&form, &parts))
    } else if notice.is_empty() {
        errors_panel(&errors)
    } else {
        Some(notice_panel(notice))
    };
    view! {
        <form class="checkout-form" id=FORM_ID method="post" action="/checkout" novalidate>
            <input type="hidden" name="key" value=form.key.clone()/>
            <input type="hidden" name="contents" value=form.contents.clone()/>
            <OrderDesk says=says parts=parts/>
            <p class="soft">{words.checkout_required_note}</p>
            {contact_fields(&form, &errors, words)}
            {address_fields(&form, &errors, words)}
            {payment_fields(&form, &errors, words)}
            <div class="send">
                <button class="button button-whatsapp button-wide" id=BUTTON_ID type="submit">{words.checkout_send}</button>
                <p class="hint">{words.checkout_send_hint}</p>
            </div>
        </form>
    }
    .into_any()
}

fn contact_fields(form: &CheckoutForm, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    let name = TextField::new("name", words.field_name, "name");
    let phone = TextField {
        hint: words.field_phone_hint,
        kind: "tel",
        inputmode: "tel",
        wide: false,
        ..TextField::new("phone", words.field_phone, "tel")
    };
    let email = TextField {
        kind: "email",
        inputmode: "email",
        optional: true,
        wide: false,
        ..TextField::new("email", words.field_email, "email")
    };
    let rows = [(name, &form.name), (phone, &form.phone), (email, &form.email)];
    group(words.checkout_you, text_fields(&rows, errors, words))
}

fn address_fields(form: &CheckoutForm, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    let half = |field: TextField| TextField { wide: false, ..field };
    let optional = |field: TextField| TextField { optional: true, ..half(field) };
    let line1 = TextField::new("line1", words.field_line1, "address-line1");
    let line2 = optional(TextField::new("line2", words.field_line2, "address-line2"));
    let landmark = TextField {
        hint: words.field_landmark_hint,
        ..optional(TextField::new("landmark", words.field_landmark, "address-line3"))
    };
    let city = half(TextField::new("city", words.field_city, "address-level2"));
    let state = optional(TextField::new("state", words.field_state, "address-level1"));
    let pincode = TextField {
        hint: words.field_pincode_hint,
        inputmode: "numeric",
        ..half(TextField::new("pincode", words.field_pincode, "postal-code"))
    };
    let rows = [
        (line1, &form.line1),
        (line2, &form.line2),
        (landmark, &form.landmark),
        (city, &form.city),
        (state, &form.state),
        (pincode, &form.pincode),
    ];
    let inner = view! { {text_fields(&rows, errors, words)} {country_field(&form.country, errors, words)} };
    group(words.checkout_address, inner.into_any())
}

fn text_fields(rows: &[(TextField, &String)], errors: Errors<'_>, words: &'static Messages) -> AnyView {
    rows.iter().map(|(field, value)| text_field(*field, value, errors, words)).collect_view().into_any()
}

fn group(title: &'static str, inner: AnyView) -> AnyView {
    view! {
        <fieldset class="field-group">
            <legend>{title}</legend>
            <div class="fields">{inner}</div>
        </fieldset>
    }
    .into_any()
}

fn country_field(chosen: &str, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    let chosen = Country::from_code(chosen);
    let options = Country::ALL
        .into_iter()
        .map(
            |country| view! { <option value=country.code() selected=chosen == Some(country)>{country.name()}</option> },
        )
        .collect_view();
    view! {
        <div class="field">
            <label class="label" for=field_id("country")>{words.field_country}</label>
            <select class="input" id=field_id("country") name="country" autocomplete="country"
                aria-invalid=invalid(errors, "country") aria-describedby=described_by("country", "")>
                {options}
            </select>
            {field_error(errors, "country")}
        </div>
    }
    .into_any()
}

fn payment_fields(form: &CheckoutForm, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    let choices = PaymentMethod::TABLE
        .into_iter()
        .enumerate()
        .map(|(at, (method, code))| {
            // The summary's link leads to the first choice.
            let id = if at == 0 { field_id("payment_method") } else { field_id(code) };
            payment_choice(method, code, id, form.payment_method == code, words)
        })
        .collect_view();
    let note = TextField { kind: "textarea", optional: true, ..TextField::new("note", words.field_note, "off") };
    let choices = view! { <div class="field-wide choices">{choices} {field_error(errors, "payment_method")}</div> };
    view! {
        {group(words.checkout_payment, choices.into_any())}
        <div class="field-group">{text_field(note, &form.note, errors, words)}</div>
    }
    .into_any()
}

fn payment_choice(
    method: PaymentMethod,
    code: &'static str,
    id: String,
    chosen: bool,
    words: &'static Messages,
) -> AnyView {
    let hint = match method {
        PaymentMethod::Cod => words.payment_cod_hint,
        PaymentMethod::Whatsapp => words.payment_whatsapp_hint,
    };
    view! {
        <label class="choice">
            <input type="radio" name="payment_method" id=id value=code checked=chosen
                aria-describedby=described_by("payment_method", "")/>
            <span class="choice-face">{words.payment_method(method)} <small>{hint}</small></span>
        </label>
    }
    .into_any()
}
