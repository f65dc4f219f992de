//! What forms are made of: labelled fields with help and errors, and the summary at the top.
//!
//! Every field has a place for its message, empty or not, so that an island can fill it later; the
//! ids are the contract with `islands::browser::show_field_errors`.

use leptos::prelude::*;

use crate::domain::messages::Messages;
use crate::error::FieldError;
use crate::server::pages::parts::shell::escape;

/// A form's wrong fields.
pub type Errors<'a> = &'a [FieldError];

/// One text field of a form.
#[derive(Clone, Copy)]
pub struct TextField {
    /// Name in the form.
    pub name: &'static str,
    /// Label for people.
    pub label: &'static str,
    /// Help below the field, possibly empty.
    pub hint: &'static str,
    /// Type of the `<input>`; `textarea` for several lines.
    pub kind: &'static str,
    /// What browsers fill in.
    pub autocomplete: &'static str,
    /// Which keyboard a phone shows.
    pub inputmode: &'static str,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether it takes the whole row.
    pub wide: bool,
}

impl TextField {
    /// A field that must be filled, takes the whole row and is typed on an ordinary keyboard.
    pub const fn new(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self { name, label, hint: "", kind: "text", autocomplete, inputmode: "text", optional: false, wide: true }
    }
}

/// The id of a field's control.
pub fn field_id(name: &str) -> String {
    format!("field-{name}")
}

/// The message for a field, if it is wrong.
pub fn message<'a>(errors: Errors<'a>, name: &str) -> Option<&'a str> {
    errors.iter().find(|error| error.field == name).map(|error| error.message.as_str())
}

/// `aria-invalid` of a field.
pub fn invalid(errors: Errors<'_>, name: &str) -> Option<&'static str> {
    message(errors, name).map(|_| "true")
}

/// `aria-describedby` of a field: its message, and its help if it has any.
pub fn described_by(name: &str, hint: &str) -> String {
    if hint.is_empty() { format!("field-{name}-error") } else { format!("field-{name}-error field-{name}-hint") }
}

/// The place for a field's message, hidden while there is none.
pub fn field_error(errors: Errors<'_>, name: &str) -> AnyView {
    let id = format!("field-{name}-error");
    match message(errors, name) {
        Some(text) => view! { <p class="field-error" id=id>{text.to_owned()}</p> }.into_any(),
        None => view! { <p class="field-error" id=id hidden></p> }.into_any(),
    }
}

/// A labelled text field with help and message.
pub fn text_field(field: TextField, value: &str, errors: Errors<'_>, words: &'static Messages) -> AnyView {
    let TextField { name, label, hint, optional, wide, .. } = field;
    let class = if wide { "field field-wide" } else { "field" };
    let mark = optional.then(|| view! { <span class="soft">" (" {words.optional} ")"</span> });
    let help = (!hint.is_empty()).then(|| view! { <p class="hint" id=format!("field-{name}-hint")>{hint}</p> });
    view! {
        <div class=class>
            <label class="label" for=field_id(name)>{label} {mark}</label>
            {control(field, value, errors)}
            {help}
            {field_error(errors, name)}
        </div>
    }
    .into_any()
}

fn control(field: TextField, value: &str, errors: Errors<'_>) -> AnyView {
    let TextField { name, hint, kind, autocomplete, inputmode, optional, .. } = field;
    if kind != "textarea" {
        return view! {
            <input class="input" id=field_id(name) name=name type=kind value=value.to_owned() autocomplete=autocomplete
                inputmode=inputmode required=!optional aria-invalid=invalid(errors, name)
                aria-describedby=described_by(name, hint)/>
        }
        .into_any();
    }
    let area = view! {
        <textarea class="input" id=field_id(name) name=name rows="3" autocomplete=autocomplete
            aria-invalid=invalid(errors, name) aria-describedby=described_by(name, hint)></textarea>
    };
    // An empty text child would be written as a blank, which the field would then hold. Leptos writes
    // the text of a textarea as it is, so it is escaped here: whoever types `</textarea>` stays in it.
    if value.is_empty() { area.into_any() } else { area.into_inner().child(escape(value)).into_any() }
}

/// The list of wrong fields at the top of a form, each a link to its field; nothing without errors.
///
/// `href` makes the address of a field's name.
pub fn error_summary(errors: Errors<'_>, href: impl Fn(&str) -> String, words: &'static Messages) -> AnyView {
    summary_titled((words.form_errors)(errors.len()), errors, href)
}

/// The same under a title of the form's own.
pub fn summary_titled(title: String, errors: Errors<'_>, href: impl Fn(&str) -> String) -> AnyView {
    if errors.is_empty() {
        return ().into_any();
    }
    let links = errors
        .iter()
        .map(|error| view! { <li><a href=href(&error.field)>{error.message.clone()}</a></li> })
        .collect_view();
    view! {
        <div class="notice notice-bad" id="form-errors" tabindex="-1" role="group" aria-labelledby="form-errors-title">
            <p class="notice-title" id="form-errors-title">{title}</p>
            <ul class="notice-links">{links}</ul>
        </div>
    }
    .into_any()
}
