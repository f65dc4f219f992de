//! Row identities: UUIDv7 as text, one type per table so that they cannot be mixed up.

use serde::{Deserialize, Serialize};

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(sqlx::Type))]
        #[cfg_attr(feature = "ssr", sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text of an id that came from the database or a generator.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

id_types! {
    /// A store (merchant).
    StoreId,
    /// A person who can sign in.
    UserId,
    /// A product of the catalogue.
    ProductId,
    /// One sellable variant of a product.
    VariantId,
    /// A placed cart; it makes one order per store.
    CheckoutId,
    /// An order.
    OrderId,
    /// A stored file.
    BlobId,
    /// A courier account of a store.
    CourierId,
    /// A parcel.
    ShipmentId,
}

/// Whether the text has the shape of a UUID (36 characters, hexadecimal, hyphens in place).
pub fn looks_like_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The 16 bytes of a UUID in text form, for compact storage in a cookie.
pub fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    if !looks_like_uuid(text) {
        return None;
    }
    let digits: Vec<u8> =
        text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
    let mut bytes = [0; 16];
    for (at, pair) in digits.chunks_exact(2).enumerate() {
        bytes[at] = pair[0] << 4 | pair[1];
    }
    Some(bytes)
}

/// The text form of 16 UUID bytes; the inverse of [`uuid_bytes`].
pub fn uuid_text(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuid_bytes_and_text_are_inverse() {
        let text = "0193e5c4-7a3b-7cde-8f01-23456789abcd";
        let bytes = uuid_bytes(text).expect("a uuid");
        assert_eq!(uuid_text(&bytes), text);
        for wrong in ["", "0193e5c4", "0193e5c4-7a3b-7cde-8f01-23456789abcg", "0193e5c407a3b-7cde-8f01-23456789abcd"] {
            assert_eq!(uuid_bytes(wrong), None, "{wrong}");
        }
    }
}
