//! Every call into the browser. `browser_stub.rs` is its twin on the server; both have the same
//! functions, so that islands compile for both.

use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use web_sys::{Document, Element, Event, FormData, HtmlElement, HtmlFormElement, PageTransitionEvent, Storage};

use crate::error::FieldError;

/// The fields of a form as they were when it was sent: an object of texts.
#[derive(Clone)]
pub struct Typed(JsValue);

impl Typed {
    /// Reads a form; `None` in a browser that cannot.
    fn of(form: &HtmlFormElement) -> Option<Self> {
        let fields = FormData::new_with_form(form).ok()?;
        js_sys::Object::from_entries(&fields).ok().map(|object| Self(object.into()))
    }

    /// The fields that [`Typed::json`] wrote.
    pub fn from_json(json: &str) -> Option<Self> {
        js_sys::JSON::parse(json).ok().filter(JsValue::is_object).map(Self)
    }

    /// The fields as one text, for keeping.
    pub fn json(&self) -> String {
        js_sys::JSON::stringify(&self.0).ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// The text of a field; empty when there is none.
    pub fn get(&self, name: &str) -> String {
        let value = js_sys::Reflect::get(&self.0, &JsValue::from_str(name)).ok();
        value.and_then(|value| value.as_string()).unwrap_or_default()
    }
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

fn form(id: &str) -> Option<HtmlFormElement> {
    element(id)?.dyn_into().ok()
}

/// Whether the page has an element.
pub fn exists(id: &str) -> bool {
    element(id).is_some()
}

/// Calls a function with the fields whenever a form would be sent, instead of sending it.
pub fn on_submit(form_id: &'static str, work: impl Fn(Typed) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if let Some(typed) = form(form_id).and_then(|form| Typed::of(&form)) {
            event.prevent_default();
            work(typed);
        }
    });
    if let Some(form) = form(form_id) {
        let _ = form.add_event_listener_with_callback("submit", listener.as_ref().unchecked_ref());
    }
    // The listener lives as long as the page.
    listener.forget();
}

/// Sends a form as if there were no script.
pub fn send_plainly(form_id: &str) {
    if let Some(form) = form(form_id) {
        let _ = form.submit();
    }
}

/// Changes what a button says and whether it can be pressed.
pub fn set_button(id: &str, text: &str, disabled: bool) {
    if let Some(button) = element(id) {
        button.set_text_content(Some(text));
        let _ = button.toggle_attribute_with_force("disabled", disabled);
    }
}

/// Shows each message beside its field and takes away those of before.
pub fn show_field_errors(form_id: &str, errors: &[FieldError]) {
    let Some(elements) = form(form_id).map(|form| form.elements()) else { return };
    for at in 0..elements.length() {
        let Some(control) = elements.item(at) else { continue };
        let name = control.get_attribute("name").unwrap_or_default();
        let message = errors.iter().find(|error| error.field == name).map(|error| error.message.as_str());
        // Only controls that point at a place for their message have one.
        let Some(place) = element(&format!("field-{name}-error")) else { continue };
        place.set_text_content(message);
        let _ = place.toggle_attribute_with_force("hidden", message.is_none());
        let _ = match message {
            Some(_) => control.set_attribute("aria-invalid", "true"),
            None => control.remove_attribute("aria-invalid"),
        };
    }
}

/// Whether the main pointer is a finger: phones and tablets, where WhatsApp is an app.
pub fn is_touch() -> bool {
    let coarse = web_sys::window().and_then(|window| window.match_media("(pointer: coarse)").ok().flatten());
    coarse.is_some_and(|query| query.matches())
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What the browser keeps under a name.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Keeps a text under a name; `false` when it is not there afterwards (private mode, full disk).
pub fn keep(name: &str, text: &str) -> bool {
    let written = storage().is_some_and(|storage| storage.set_item(name, text).is_ok());
    written && kept(name).as_deref() == Some(text)
}

/// Forgets what is kept under a name.
pub fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(name);
    }
}

/// Leaves for another address in the same tab.
pub fn go_to(href: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().assign(href);
    }
}

/// Sets a cookie that is not secret.
pub fn set_cookie(text: &str) {
    if let Some(document) = document() {
        let _ = js_sys::Reflect::set(&document, &JsValue::from_str("cookie"), &JsValue::from_str(text));
    }
}

/// Moves the focus to an element that the present change is about to put into the page.
pub fn focus_soon(id: &'static str) {
    after(0, move || {
        if let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// Calls a function once, later.
pub fn after(milliseconds: i32, work: impl FnOnce() + 'static) {
    let work = Closure::once_into_js(work);
    if let Some(window) = web_sys::window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(work.unchecked_ref(), milliseconds);
    }
}

/// Loads the page anew when the browser brings it back as it was left (Back out of its memory): a
/// form that says "Saving" would say so for ever.
pub fn reload_when_restored() {
    let restored = Closure::<dyn Fn(PageTransitionEvent)>::new(|event: PageTransitionEvent| {
        if event.persisted()
            && let Some(window) = web_sys::window()
        {
            let _ = window.location().reload();
        }
    });
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback("pageshow", restored.as_ref().unchecked_ref());
    }
    restored.forget();
}
