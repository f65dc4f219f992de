//! A product's picture, or a quiet stand-in where there is none.

use leptos::prelude::*;

use crate::domain::ids::BlobId;
use crate::server::pages::parts::icons::{Icon, icon};

/// How eagerly a browser fetches a picture.
#[derive(Clone, Copy)]
pub enum Urgency {
    /// The main thing on the page.
    First,
    /// In sight when the page opens.
    Soon,
    /// When it comes near.
    Lazy,
}

/// A square picture that fills its frame. An empty `alt` is right where the name stands beside it.
pub fn picture(id: Option<&BlobId>, alt: &str, side_px: u32, urgency: Urgency) -> AnyView {
    let Some(id) = id else {
        return view! { <span class="picture-none">{icon(Icon::Parcel)}</span> }.into_any();
    };
    let (loading, priority) = match urgency {
        Urgency::First => ("eager", Some("high")),
        Urgency::Soon => ("eager", None),
        Urgency::Lazy => ("lazy", None),
    };
    view! {
        <img class="picture" src=format!("/blobs/{id}") alt=alt.to_owned() width=side_px height=side_px loading=loading
            fetchpriority=priority decoding="async"/>
    }
    .into_any()
}
