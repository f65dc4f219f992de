//! Running text.

use leptos::prelude::*;

/// A sentence in which words with hyphens, such as order numbers, move to the next line as a whole.
pub fn unbroken(sentence: &str) -> AnyView {
    let words = sentence.split(' ').enumerate().map(|(at, word)| {
        let blank = if at == 0 { "" } else { " " };
        if word.contains('-') {
            view! { {blank} <span class="unbroken">{word.to_owned()}</span> }.into_any()
        } else {
            format!("{blank}{word}").into_any()
        }
    });
    words.collect::<Vec<_>>().into_any()
}
