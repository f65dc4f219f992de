//! Inline drawings. They only repeat what the words beside them say, so screen readers skip them.

use leptos::prelude::*;

/// A drawing.
#[derive(Clone, Copy)]
pub enum Icon {
    /// A shopping bag.
    Bag,
    /// A magnifying glass.
    Search,
    /// A person.
    Person,
    /// A parcel.
    Parcel,
    /// A door with an arrow out of it.
    Leave,
    /// A tick.
    Tick,
    /// A speech bubble.
    Chat,
    /// A list.
    List,
    /// A lorry.
    Truck,
    /// A house.
    House,
    /// An exclamation mark in a triangle.
    Warning,
    /// A clock.
    Clock,
    /// An arrow that turns back.
    Back,
    /// A plug.
    Plug,
    /// A cross.
    Cross,
}

/// A drawing as an SVG element.
pub fn icon(which: Icon) -> AnyView {
    let strokes = match which {
        Icon::Bag => "M6 8h12l1 12H5L6 8Zm3 0V6.5a3 3 0 0 1 6 0V8",
        Icon::Search => "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12 4.5 4.5",
        Icon::Person => "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4.5 20.5c.8-4 3.6-6 7.5-6s6.7 2 7.5 6",
        Icon::Parcel => "M4 8l8-4 8 4v8.5l-8 4-8-4V8Zm0 0 8 4 8-4m-8 4v8.5M8 6l8 4",
        Icon::Leave => "M13 4H6v16h7M10 12h10m-3.5-3.5L20 12l-3.5 3.5",
        Icon::Tick => "M5 12.5 10 17.5 19.5 7",
        Icon::Chat => "M4 20l1.2-4.2A8 8 0 1 1 8.3 19L4 20Z",
        Icon::List => "M5 6h.01M5 12h.01M5 18h.01M9 6h11M9 12h11M9 18h11",
        Icon::Truck => {
            "M3 6h10v10H3V6Zm10 4h4l4 3.5V16h-8M7 19a1.75 1.75 0 1 0 0-3.5A1.75 1.75 0 0 0 7 19Zm10 0a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z"
        }
        Icon::House => "M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-5.5h4V20",
        Icon::Warning => "M12 4 2.5 20h19L12 4Zm0 6v4.5m0 2.75v.01",
        Icon::Clock => "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm0 4v4.5l3 2",
        Icon::Back => "M9 6 4 11l5 5M4 11h10a5 5 0 0 1 0 10h-3",
        Icon::Plug => "M9 3v5m6-5v5M6 8h12v3a6 6 0 0 1-12 0V8Zm6 9v4",
        Icon::Cross => "M6 6l12 12M18 6 6 18",
    };
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="1.75"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
            <path d=strokes></path>
        </svg>
    }
    .into_any()
}

/// The shop's mark.
pub fn mark() -> AnyView {
    view! {
        <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="9" fill="#9c3a1a"></rect>
            <path d="M9 7v18M23 7v18M9 18l14-5" fill="none" stroke="#fffaf5" stroke-width="4" stroke-linecap="round"></path>
            <circle cx="16" cy="6.5" r="2.2" fill="#f5c46b"></circle>
        </svg>
    }
    .into_any()
}
