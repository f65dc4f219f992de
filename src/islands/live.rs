//! Pages that stay up to date while one looks at them.
//!
//! The server renders a region of the page; hints say that something in it has changed, and the region
//! is fetched anew from the page's own address. So there is one rendering, on the server, and rows
//! need no islands of their own.

use leptos::prelude::*;

use crate::islands::region;

/// Keeps the region with this id as the server has it, and sends its forms without leaving the page.
/// It stands beside the region, never in it.
#[island]
pub fn LiveRegion(
    /// The region's id.
    region: String,
    /// Where hints come from; empty for a region that only sends its forms.
    hints: String,
    /// Where the region is fetched from; empty for the page's own address.
    source: String,
) -> impl IntoView {
    Effect::new(move |_| region::keep_fresh(region.clone(), hints.clone(), source.clone()));
    view! { <span hidden></span> }
}
