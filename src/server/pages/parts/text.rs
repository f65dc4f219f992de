//! Running text.

use leptos::prelude::*;

/// A sentence in which words with hyphens, such as order numbers, move to the next line as a whole.
pub fn unbroken(sentence: &str) -> AnyView {
    let mut parts = Vec::new();
    let mut plain = String::new();
    for (at, word) in sentence.split(' ').enumerate() {
        if at > 0 {
            plain.push(' ');
        }
        if word.contains('-') {
            parts.push(std::mem::take(&mut plain).into_any());
            parts.push(view! { <span class="unbroken">{word.to_owned()}</span> }.into_any());
        } else {
            plain.push_str(word);
        }
    }
    parts.push(plain.into_any());
    parts.into_any()
}
