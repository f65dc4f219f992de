//! A box with a title, a sentence and links: everything islands have to say has this one shape, so
//! that its view is compiled to WebAssembly once.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A link in a panel.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Class of the element.
    pub class: String,
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub label: String,
}

impl Link {
    /// A link without a look of its own.
    pub fn plain(href: String, label: &str) -> Self {
        Self { class: String::new(), href, label: label.to_owned() }
    }
}

/// What a panel says.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Class of the element.
    pub class: String,
    /// What it is about.
    pub title: String,
    /// One sentence more, possibly empty.
    pub sentence: String,
    /// Ways on.
    pub links: Vec<Link>,
    /// A button that sends the form around the panel; none when empty.
    pub button: String,
}

/// A panel that comes and goes. It can take the focus, which is how its coming is announced.
pub fn panel_view(id: &'static str, role: &'static str, panel: RwSignal<Option<Panel>>) -> impl IntoView {
    move || {
        panel.get().map(|panel| {
            let links = panel.links.into_iter().map(|link| {
                view! { <li><a class=link.class href=link.href>{link.label}</a></li> }
            });
            let button = (!panel.button.is_empty()).then(|| {
                view! { <button class="button" type="submit">{panel.button}</button> }
            });
            let sentence = (!panel.sentence.is_empty()).then(|| view! { <p>{panel.sentence}</p> });
            let title_id = format!("{id}-title");
            view! {
                <div class=panel.class id=id tabindex="-1" role=role aria-labelledby=title_id>
                    <p class="notice-title" id=title_id.clone()>{panel.title}</p>
                    {sentence}
                    <ul class="notice-links">{links.collect::<Vec<_>>()}</ul>
                    {button}
                </div>
            }
        })
    }
}
