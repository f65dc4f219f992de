//! The server's twin of `browser.rs`: islands are rendered there too, and then nothing moves.

use crate::error::FieldError;

/// The fields of a form as they were when it was sent.
#[derive(Clone)]
pub struct Typed;

impl Typed {
    /// Nothing was kept.
    pub fn from_json(_json: &str) -> Option<Self> {
        None
    }

    /// Nothing to keep.
    pub fn json(&self) -> String {
        String::new()
    }

    /// Always empty: no form is ever sent here.
    pub fn get(&self, _name: &str) -> String {
        String::new()
    }
}

/// There is no page yet.
pub fn exists(_id: &str) -> bool {
    false
}

/// No form is ever sent here.
pub fn on_submit(_form_id: &'static str, _work: impl Fn(Typed) + 'static) {}

/// There is no form.
pub fn send_plainly(_form_id: &str) {}

/// There is no button.
pub fn set_button(_id: &str, _text: &str, _disabled: bool) {}

/// Messages are in the page that the server renders.
pub fn show_field_errors(_form_id: &str, _errors: &[FieldError]) {}

/// There is no pointer.
pub fn is_touch() -> bool {
    false
}

/// Nothing is kept.
pub fn kept(_name: &str) -> Option<String> {
    None
}

/// Nothing can be kept.
pub fn keep(_name: &str, _text: &str) -> bool {
    false
}

/// There is nothing to forget.
pub fn forget(_name: &str) {}

/// There is no tab to leave.
pub fn go_to(_href: &str) {}

/// Cookies of the server are headers.
pub fn set_cookie(_text: &str) {}

/// There is no focus.
pub fn focus_soon(_id: &'static str) {}

/// There is no later.
pub fn after(_milliseconds: i32, _work: impl FnOnce() + 'static) {}

/// A page is never brought back.
pub fn reload_when_restored() {}
