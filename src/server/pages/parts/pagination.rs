//! Links to the page before and after.

use leptos::prelude::*;

use crate::domain::messages::Messages;

/// Where one is in a list, with links on both sides; nothing when everything fits on one page.
///
/// `href` makes the address of a page number.
pub fn pagination(page: i64, pages: i64, href: impl Fn(i64) -> String, words: &'static Messages) -> AnyView {
    if pages <= 1 {
        return ().into_any();
    }
    let previous =
        (page > 1).then(|| view! { <a class="button" rel="prev" href=href(page - 1)>{words.pages_previous}</a> });
    let next =
        (page < pages).then(|| view! { <a class="button" rel="next" href=href(page + 1)>{words.pages_next}</a> });
    view! {
        <nav class="pages" aria-label=words.pages_label>
            {previous}
            <span class="number">{(words.pages_at)(page, pages)}</span>
            {next}
        </nav>
    }
    .into_any()
}
