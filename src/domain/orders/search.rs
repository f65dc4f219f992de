//! How orders are searched: what of an order can be found, and what is meant by what was typed.
//!
//! An order is found by its reference, its customer's name and phone, and the numbers of its parcels. The
//! first three are one text, [`index_text`], which the search index holds; a search is a list of parts
//! that must all be in it. Whatever an index proposes, these parts decide, so that both engines find the
//! same.

use crate::domain::checkout::clean_line;
use crate::domain::customers::{Country, Phone, ascii_digit};
use crate::domain::ids::StoreId;

/// Stands before each word of the text: two of them and a letter are what an index of three letters at a
/// time can look up.
const WORD_START: &str = "  ";
/// Typed words shorter than this are beginnings of words; longer ones may be anywhere in a word.
const ANYWHERE_MIN_CHARS: usize = 3;
/// Longest search, in characters.
const SEARCH_MAX_CHARS: usize = 100;
/// Letters of a store's mark.
const MARK_LETTERS: usize = 3;

/// What was typed into a search box, as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Nothing was typed.
    Everything,
    /// A whole phone; it may also be the number of a parcel.
    Phone {
        /// The phone.
        phone: Phone,
        /// As it was typed.
        typed: String,
    },
    /// Words, or the number of a parcel.
    Words {
        /// What must be in the text of an order.
        parts: Vec<String>,
        /// As it was typed.
        typed: String,
    },
}

impl Search {
    /// Understands what was typed: a whole phone in any spelling, digits of one with spaces or hyphens
    /// between them, or words that must all be found.
    pub fn parse(text: &str) -> Search {
        let typed: String = clean_line(text).chars().take(SEARCH_MAX_CHARS).collect();
        if typed.trim().is_empty() {
            return Search::Everything;
        }
        if let Some(phone) = Country::ALL.into_iter().find_map(|home| Phone::parse(&typed, home)) {
            return Search::Phone { phone, typed };
        }
        let plain = plain(&typed);
        let is_number = plain.chars().all(|letter| letter.is_ascii_digit() || is_separator(letter))
            && plain.contains(|letter: char| letter.is_ascii_digit());
        let parts = if is_number {
            vec![part(&plain.replace(is_separator, ""))]
        } else {
            plain.split_whitespace().map(part).collect()
        };
        Search::Words { parts, typed }
    }

    /// What must be in the text of an order; nothing for a phone, which is looked up as a whole.
    pub fn parts(&self) -> &[String] {
        match self {
            Search::Words { parts, .. } => parts,
            Search::Everything | Search::Phone { .. } => &[],
        }
    }

    /// What may be the number of a parcel, which is compared as a whole.
    pub fn number(&self) -> Option<&str> {
        match self {
            Search::Everything => None,
            Search::Phone { typed, .. } | Search::Words { typed, .. } => Some(typed.trim()),
        }
    }
}

/// What people put between the digits of a phone.
fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '+' | '-' | '(' | ')' | '.')
}

fn part(word: &str) -> String {
    if word.chars().count() < ANYWHERE_MIN_CHARS { format!("{WORD_START}{word}") } else { word.to_owned() }
}

/// The text an order is found by. It begins with the mark of its store, so that a seller's search does not
/// meet the orders of other stores.
pub fn index_text(store: &StoreId, reference: &str, name: &str, phone: &Phone) -> String {
    let mut text = store_mark(store);
    for word in plain(name).split_whitespace().chain([plain(reference).as_str(), phone.digits()]) {
        text.push_str(WORD_START);
        text.push_str(word);
    }
    text
}

/// Three capitals that are likely to be a store's own. Everything else in the text is lower case: nobody
/// can type them.
pub fn store_mark(store: &StoreId) -> String {
    // FNV-1a; two stores with one mark only search a little slower.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in store.as_str().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut mark = String::with_capacity(MARK_LETTERS);
    for _ in 0..MARK_LETTERS {
        mark.push(char::from(b'A' + u8::try_from(hash % 26).unwrap_or(0)));
        hash /= 26;
    }
    mark
}

/// Lower case, with every digit an ASCII one.
fn plain(text: &str) -> String {
    let digit = |letter: char| ascii_digit(letter).map_or(letter, |value| char::from(b'0' + value));
    text.to_lowercase().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        match Search::parse(text) {
            Search::Words { parts, .. } => parts,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn short_words_are_beginnings_and_longer_ones_are_anywhere() {
        assert_eq!(parts("As"), ["  as"]);
        assert_eq!(parts(" RAO  Asha k"), ["rao", "asha", "  k"]);
        assert_eq!(parts("LEG-1GZ2K9-7kq2mx"), ["leg-1gz2k9-7kq2mx"]);
        assert_eq!(parts("আর"), ["  আর"]);
    }

    #[test]
    fn digits_of_a_phone_are_one_word_however_they_are_typed() {
        for typed in ["98765 43", "98765-43", "(98765) 43", "৯৮৭৬৫৪৩"] {
            assert_eq!(parts(typed), ["9876543"], "{typed}");
        }
        assert_eq!(parts("3210"), ["3210"]);
        assert_eq!(parts("7-kq"), ["7-kq"], "a part of a reference");
        assert_eq!(parts("+-"), ["  +-"], "no digit, no phone");
    }

    #[test]
    fn a_whole_phone_is_one_and_may_be_a_number_of_a_parcel() {
        let search = Search::parse(" 98765 43210 ");
        assert!(matches!(&search, Search::Phone { phone, .. } if phone.as_str() == "+919876543210"), "{search:?}");
        assert_eq!(search.number(), Some("98765 43210"));
        assert_eq!(Search::parse(" \t"), Search::Everything);
    }

    #[test]
    fn a_text_has_every_word_after_two_spaces_and_only_the_mark_in_capitals() {
        let store = StoreId::new("0193e5c4-7a3b-7cde-8f01-23456789abcd");
        let phone = Phone::parse("9876543210", Country::IN).expect("a phone");
        let text = index_text(&store, "LEG-1GZ2K9-7KQ2MX", "Asha  RAO", &phone);
        let mark = store_mark(&store);
        assert_eq!(text, format!("{mark}  asha  rao  leg-1gz2k9-7kq2mx  919876543210"));
        assert!(mark.len() == 3 && mark.bytes().all(|letter| letter.is_ascii_uppercase()), "{mark}");
        assert_ne!(mark, store_mark(&StoreId::new("0193e5c4-7a3b-7cde-8f01-23456789abce")));
    }
}
