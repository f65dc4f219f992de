//! The page of a placed order: on a phone, WhatsApp opens by itself, once.

use leptos::prelude::*;

use crate::islands::browser;

/// Opens WhatsApp in the same tab the first time a phone shows the page of a new order.
///
/// A flag is written before leaving, so that Back and reload never fire it again; where it cannot be
/// written, nothing fires. A new tab would be blocked after the wait for the server (ask 49).
#[island]
pub fn OpenWhatsApp(
    /// The link of the page's main button.
    href: String,
    /// The order's token, which names the flag.
    token: String,
) -> impl IntoView {
    Effect::new(move |_| {
        let flag = format!("harkara.sent.{token}");
        if browser::is_touch() && browser::kept(&flag).is_none() && browser::keep(&flag, "1") {
            browser::go_to(&href);
        }
    });
    view! { <span hidden></span> }
}
