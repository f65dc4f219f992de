//! Carts, quotes and the checkout form: what a visitor wants, what it costs, who gets it.

mod form;

use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{Store, option_label};
use crate::domain::customers::Country;
use crate::domain::ids::{BlobId, ProductId, VariantId};
use crate::domain::money::Minor;
use crate::domain::orders::Order;
use crate::domain::time::UnixMillis;

pub use form::{CheckoutDetails, CheckoutForm, Postcode, clean_line, clean_note};

/// Lines a cart can hold; 40 keep the cookie under 1.5 kB.
pub const CART_LINES_MAX: usize = 40;
/// Pieces of one variant in a cart.
pub const QUANTITY_MAX: i64 = 999;

/// The 128-bit identity of a cart, which is also the idempotency key of its order: 32 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CartKey(String);

impl CartKey {
    /// A key from 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads a key a browser sent; `None` unless it is 32 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One line of a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// What.
    pub variant_id: VariantId,
    /// How many, 1 to [`QUANTITY_MAX`].
    pub quantity: i64,
}

/// What a visitor has put together. It lives in a signed cookie, never in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Identity; becomes the key of the order.
    pub key: CartKey,
    /// Lines in the order they were added.
    pub lines: Vec<CartLine>,
}

/// Why a cart could not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartRefusal {
    /// The quantity is below one or above [`QUANTITY_MAX`].
    Quantity,
    /// The cart holds [`CART_LINES_MAX`] lines already.
    Full,
}

impl Cart {
    /// An empty cart.
    pub fn new(key: CartKey) -> Self {
        Self { key, lines: Vec::new() }
    }

    /// Adds pieces of a variant, to its line if it has one.
    pub fn add(&mut self, variant_id: VariantId, quantity: i64) -> Result<(), CartRefusal> {
        let present = self.quantity_of(&variant_id);
        let wanted = present.checked_add(quantity).ok_or(CartRefusal::Quantity)?;
        if quantity < 1 {
            return Err(CartRefusal::Quantity);
        }
        self.set(variant_id, wanted)
    }

    /// Sets the pieces of a variant; zero takes its line out.
    pub fn set(&mut self, variant_id: VariantId, quantity: i64) -> Result<(), CartRefusal> {
        if !(0..=QUANTITY_MAX).contains(&quantity) {
            return Err(CartRefusal::Quantity);
        }
        match self.lines.iter().position(|line| line.variant_id == variant_id) {
            Some(at) if quantity == 0 => {
                self.lines.remove(at);
            }
            Some(at) => self.lines[at].quantity = quantity,
            None if quantity == 0 => {}
            None if self.lines.len() == CART_LINES_MAX => return Err(CartRefusal::Full),
            None => self.lines.push(CartLine { variant_id, quantity }),
        }
        Ok(())
    }

    /// Pieces of a variant in the cart.
    pub fn quantity_of(&self, variant_id: &VariantId) -> i64 {
        self.lines.iter().find(|line| line.variant_id == *variant_id).map_or(0, |line| line.quantity)
    }

    /// Pieces in the cart.
    pub fn item_count(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity).sum()
    }
}

/// A cart line with what it costs now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuoteLine {
    /// The variant.
    pub variant_id: VariantId,
    /// Its product.
    pub product_id: ProductId,
    /// Product page.
    pub product_slug: String,
    /// Product name.
    pub product_name: String,
    /// Merchant's code.
    pub sku: String,
    /// Barcode, possibly empty.
    pub barcode: String,
    /// Chosen size, possibly empty.
    pub size: String,
    /// Chosen colour, possibly empty.
    pub color: String,
    /// Picture, if there is one.
    pub picture: Option<BlobId>,
    /// Price of one piece, tax included.
    pub unit_price: Minor,
    /// Weight of one piece in grams.
    pub weight_grams: i64,
    /// Tax rate in hundredths of a percent.
    pub tax_rate_bp: i64,
    /// Tariff code, possibly empty.
    pub hsn: String,
    /// Pieces wanted.
    pub quantity: i64,
    /// Pieces in stock now.
    pub available: i64,
}

impl QuoteLine {
    /// Price of the line; prices and quantities are bounded, so it always fits.
    pub fn subtotal(&self) -> Minor {
        Minor(self.unit_price.0.saturating_mul(self.quantity))
    }

    /// Size and colour for people.
    pub fn label(&self) -> String {
        option_label(&self.size, &self.color)
    }

    /// Whether fewer pieces are in stock than wanted.
    pub fn is_short(&self) -> bool {
        self.available < self.quantity
    }
}

/// The lines of one store; they become one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreQuote {
    /// Who sells.
    pub store: Store,
    /// What.
    pub lines: Vec<QuoteLine>,
}

impl StoreQuote {
    /// Sum of the lines.
    pub fn goods(&self) -> Minor {
        Minor(self.lines.iter().map(|line| line.subtotal().0).sum())
    }
}

/// What a cart costs now, by store. Made by the server only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// One part per store, in the order the stores first appear in the cart.
    pub stores: Vec<StoreQuote>,
    /// Lines of the cart whose variant is not sold any more.
    pub gone: Vec<VariantId>,
}

impl Quote {
    /// Every line of every store.
    pub fn lines(&self) -> impl Iterator<Item = &QuoteLine> {
        self.stores.iter().flat_map(|part| part.lines.iter())
    }

    /// Pieces in the quote.
    pub fn item_count(&self) -> i64 {
        self.lines().map(|line| line.quantity).sum()
    }

    /// Whether there is nothing to order.
    pub fn is_empty(&self) -> bool {
        self.stores.is_empty()
    }

    /// Lines that want more than is in stock. A soft check: the stock is taken at confirmation.
    pub fn short_lines(&self) -> impl Iterator<Item = &QuoteLine> {
        self.lines().filter(|line| line.is_short())
    }

    /// What the visitor saw and agreed to: variants, quantities and prices as text.
    ///
    /// It goes into the form as a digest, so that an order is never placed on other lines or prices
    /// than the page showed.
    pub fn contents(&self) -> String {
        let mut text = String::new();
        for line in self.lines() {
            text.push_str(&format!("{}x{}@{};", line.variant_id, line.quantity, line.unit_price.0));
        }
        text
    }

    /// The country checkout starts from: that of the first store.
    pub fn country(&self) -> Country {
        self.stores.first().map_or(Country::IN, |part| part.store.country)
    }
}

/// What placing a cart answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Token of the page `/o/{token}`.
    pub token: String,
    /// References of the orders, one per store.
    pub references: Vec<String>,
}

/// A cart that was placed, with its orders.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedCheckout {
    /// The cart's key.
    pub key: String,
    /// Token of the page `/o/{token}`.
    pub token: String,
    /// Digest of the request that placed it.
    pub fingerprint: String,
    /// One order per store.
    pub orders: Vec<(Store, Order)>,
    /// When it was placed.
    pub created_at: UnixMillis,
}

impl PlacedCheckout {
    /// References of the orders, for people.
    pub fn references(&self) -> Vec<String> {
        self.orders.iter().map(|(_, order)| order.reference.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_keeps_its_limits() {
        let mut cart = Cart::new(CartKey::from_bytes([7; 16]));
        let variant = VariantId::new("v");
        assert_eq!(cart.add(variant.clone(), 0), Err(CartRefusal::Quantity));
        assert_eq!(cart.add(variant.clone(), -1), Err(CartRefusal::Quantity));
        assert_eq!(cart.add(variant.clone(), 1_000_000_000), Err(CartRefusal::Quantity));
        assert_eq!(cart.add(variant.clone(), i64::MAX), Err(CartRefusal::Quantity));
        assert_eq!(cart.add(variant.clone(), QUANTITY_MAX), Ok(()));
        assert_eq!(cart.add(variant.clone(), 1), Err(CartRefusal::Quantity));
        for at in 1..CART_LINES_MAX {
            assert_eq!(cart.add(VariantId::new(at.to_string()), 1), Ok(()));
        }
        assert_eq!(cart.add(VariantId::new("one more"), 1), Err(CartRefusal::Full));
        assert_eq!(cart.set(variant, 0), Ok(()));
        assert_eq!(cart.lines.len(), CART_LINES_MAX - 1);
    }
}
