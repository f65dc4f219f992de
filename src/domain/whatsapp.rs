//! The WhatsApp message of an order and the link that opens it.
//!
//! One fixed format (R14). A link opens a draft: the customer still presses send, and no proof of
//! delivery comes back, which is why the order is saved before the link exists.

use serde::{Deserialize, Serialize};

use crate::domain::checkout::{CheckoutForm, QuoteLine, StoreQuote};
use crate::domain::customers::Phone;
use crate::domain::messages::Messages;
use crate::domain::orders::Order;

/// Longest text in characters; above it the lines give way to the link at the end.
pub const TEXT_MAX_CHARS: usize = 1_500;
/// Longest whole URL. Some apps cut near 2,250; one Bangla letter takes nine characters of it.
pub const URL_MAX_CHARS: usize = 2_000;

/// `https://wa.me/{digits}?text={encoded}`; no `+`, no blanks, encoded exactly once.
pub fn link(phone: Option<&Phone>, text: &str) -> String {
    let digits = phone.map_or("", Phone::digits);
    format!("https://wa.me/{digits}?text={}", percent_encode(text))
}

/// The full text of a saved order, ending in the order's page.
///
/// Lines that do not fit are counted instead of listed; the page behind the link has them all.
pub fn order_text(order: &Order, store_name: &str, page_url: &str, words: &Messages) -> String {
    let lines: Vec<String> = order
        .items
        .iter()
        .map(|item| {
            let label = crate::domain::catalogue::option_label(&item.size, &item.color);
            line_text(&item.product_name, &label, item.quantity, &item.subtotal().display(order.currency))
        })
        .collect();
    let head = format!("{}\n\n{}: {}\n", (words.wa_hello)(store_name), words.wa_order, order.reference);
    let mut tail = format!("{}: {}\n\n", words.wa_total, order.money.total().display(order.currency));
    tail.push_str(&format!("{}: {}\n", words.wa_name, order.customer_name));
    tail.push_str(&format!("{}: {}\n", words.wa_phone, order.customer_phone.as_str()));
    tail.push_str(&format!("{}: {}\n", words.wa_address, order.address.one_line()));
    tail.push_str(&format!("{}: {}\n", words.wa_payment, words.payment_method(order.payment_method)));
    if !order.note.is_empty() {
        tail.push_str(&format!("{}: {}\n", words.wa_note, order.note));
    }
    let ending = format!("\n{page_url}");
    let short = format!("{}: {}\n", words.wa_total, order.money.total().display(order.currency));
    fit(&head, &lines, &[&format!("{tail}{ending}"), &format!("{short}{ending}")], words)
}

/// What anybody else than the placing browser may send: the reference alone.
pub fn reference_text(reference: &str, store_name: &str, words: &Messages) -> String {
    (words.wa_about)(store_name, reference)
}

/// What one store gets of an order that could not be saved: small enough to lie in a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnsavedPart {
    /// Who sells.
    pub store_name: String,
    /// Where its orders go.
    pub phone: Phone,
    /// Its lines as the message lists them.
    pub lines: Vec<String>,
}

impl From<&StoreQuote> for UnsavedPart {
    fn from(part: &StoreQuote) -> UnsavedPart {
        let currency = part.store.currency();
        let line = |line: &QuoteLine| {
            line_text(&line.product_name, &line.label(), line.quantity, &line.subtotal().display(currency))
        };
        UnsavedPart {
            store_name: part.store.name.clone(),
            phone: part.store.whatsapp_phone.clone(),
            lines: part.lines.iter().map(line).collect(),
        }
    }
}

/// The text for an order that could not be saved: it carries the key, so that saving it later, by
/// the customer's next visit or by the merchant pasting the message, makes the same one order.
pub fn unsaved_text(form: &CheckoutForm, part: &UnsavedPart, words: &Messages) -> String {
    // Words are copied out before use: a reference into `words` would keep every string of the shop
    // in the browser's half.
    let (unsaved, key_label, key) = (words.wa_unsaved, words.wa_key, &form.key);
    let head = format!("{}\n\n{unsaved}\n{key_label}: {key}\n", (words.wa_hello)(&part.store_name));
    let address = [&form.line1, &form.line2, &form.landmark, &form.city, &form.state, &form.pincode]
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .map(|part| part.trim())
        .collect::<Vec<_>>()
        .join(", ");
    let mut tail = String::new();
    for (label, value) in [
        (words.wa_name, form.name.trim()),
        (words.wa_phone, form.phone.trim()),
        (words.wa_address, &address),
        (words.wa_note, form.note.trim()),
    ] {
        if !value.is_empty() {
            tail.push_str(&format!("{label}: {value}\n"));
        }
    }
    fit(&head, &part.lines, &[&tail, ""], words)
}

fn line_text(name: &str, label: &str, quantity: i64, subtotal: &str) -> String {
    match label {
        "" => format!("{name} × {quantity} = {subtotal}"),
        label => format!("{name} ({label}) × {quantity} = {subtotal}"),
    }
}

/// Head, as many numbered lines as fit, and the first tail that leaves room for at least one.
fn fit(head: &str, lines: &[String], tails: &[&str], words: &Messages) -> String {
    let more = words.wa_more;
    let assemble = |shown: usize, tail: &str| {
        let mut text = head.to_owned();
        for (at, line) in lines.iter().take(shown).enumerate() {
            text.push_str(&format!("{}. {line}\n", at + 1));
        }
        if shown < lines.len() {
            text.push_str(&more(lines.len() - shown));
            text.push('\n');
        }
        text.push_str(tail);
        text.trim_end().to_owned()
    };
    for tail in tails {
        for shown in (1..=lines.len()).rev() {
            let text = assemble(shown, tail);
            if fits(&text) {
                return text;
            }
        }
    }
    let last = tails.last().copied().unwrap_or("");
    let text = assemble(0, last);
    if fits(&text) { text } else { truncate(&text) }
}

fn fits(text: &str) -> bool {
    text.chars().count() <= TEXT_MAX_CHARS
        && encoded_len(text) + "https://wa.me/8801712345678?text=".len() <= URL_MAX_CHARS
}

/// The last resort for a head that alone is too long: as many whole characters as fit.
fn truncate(text: &str) -> String {
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if !fits(&kept) {
            kept.pop();
            break;
        }
    }
    kept
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn encoded_len(text: &str) -> usize {
    text.bytes().map(|byte| if is_unreserved(byte) { 1 } else { 3 }).sum()
}

/// Percent-encodes UTF-8 by RFC 3986 (a blank is `%20`: some clients show `+` literally).
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(encoded_len(text));
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::customers::{Address, Country};
    use crate::domain::ids::{OrderId, StoreId, VariantId};
    use crate::domain::messages::EN;
    use crate::domain::money::{Currency, Minor};
    use crate::domain::orders::{OrderItem, OrderMoney, OrderStatus};
    use crate::domain::payments::{PaymentMethod, PaymentStatus};
    use crate::domain::time::UnixMillis;
    use proptest::prelude::*;

    fn order(lines: usize, name: &str) -> Order {
        let item = |at: usize| OrderItem {
            variant_id: VariantId::new(at.to_string()),
            product_name: format!("{name} {at}"),
            sku: "SKU".into(),
            size: "M".into(),
            color: "Blue".into(),
            picture: None,
            quantity: 2,
            unit_price: Minor(99_900),
            weight_grams: 200,
        };
        Order {
            id: OrderId::new("o"),
            reference: "LEG-ABCDEF-234567".into(),
            store_id: StoreId::new("s"),
            status: OrderStatus::Pending,
            payment_method: PaymentMethod::Cod,
            payment_status: PaymentStatus::Pending,
            customer_name: "Asha & Co".into(),
            customer_phone: Phone::parse("9876543210", Country::IN).unwrap(),
            customer_email: String::new(),
            address: Address {
                line1: "12 Park Road".into(),
                line2: String::new(),
                landmark: String::new(),
                city: "Pune".into(),
                state: String::new(),
                pincode: "411001".into(),
                country: Country::IN,
            },
            note: "After 6 PM?".into(),
            currency: Currency::INR,
            money: OrderMoney { goods: Minor(199_800 * lines as i64), ..OrderMoney::default() },
            items: (1..=lines).map(item).collect(),
            created_at: UnixMillis(0),
            updated_at: UnixMillis(0),
        }
    }

    #[test]
    fn the_documented_link_vectors_come_out_exactly() {
        let vectors = include_str!("../tests/fixtures/wa_me_link_vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        for vector in vectors["vectors"].as_array().unwrap() {
            let home =
                if vector["phone_in"].as_str().is_some_and(|p| p.contains("880")) { Country::BD } else { Country::IN };
            let phone =
                vector["phone_in"].as_str().map(|typed| Phone::parse(typed, home).unwrap_or_else(|| panic!("{typed}")));
            assert_eq!(link(phone.as_ref(), vector["text"].as_str().unwrap()), vector["url"].as_str().unwrap());
        }
    }

    #[test]
    fn a_short_order_is_written_out_whole() {
        let text = order_text(&order(2, "Cotton shirt"), "Meghna", "https://shop.example/o/abc", &EN);
        for part in [
            "LEG-ABCDEF-234567",
            "1. Cotton shirt 1 (M · Blue) × 2 = ₹1,998",
            "Asha & Co",
            "12 Park Road, Pune, 411001",
            "After 6 PM?",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.ends_with("https://shop.example/o/abc"));
    }

    #[test]
    fn a_long_order_counts_what_it_cannot_list_and_ends_in_the_link() {
        let text = order_text(
            &order(40, "Handwoven cotton saree with a long border"),
            "Meghna",
            "https://shop.example/o/abc",
            &EN,
        );
        assert!(text.chars().count() <= TEXT_MAX_CHARS);
        assert!(text.contains("more"), "{text}");
        assert!(text.ends_with("https://shop.example/o/abc"));
        assert!(text.contains("LEG-ABCDEF-234567"));
    }

    proptest! {
        #[test]
        fn any_names_fit_the_limits_and_keep_reference_and_link(name in "\\PC{0,60}", lines in 1usize..41) {
            let mut placed = order(lines, &name);
            placed.customer_name = name.clone();
            placed.note = name.repeat(8);
            let text = order_text(&placed, "Meghna", "https://shop.example/o/abc", &EN);
            prop_assert!(text.chars().count() <= TEXT_MAX_CHARS);
            prop_assert!(link(Some(&placed.customer_phone), &text).len() <= URL_MAX_CHARS);
            prop_assert!(text.contains(&placed.reference));
            prop_assert!(text.ends_with("/o/abc"));
        }
    }
}
