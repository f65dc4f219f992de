//! Carts, quotes and the checkout form: what a visitor wants, what it costs, who gets it.

use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{Store, option_label};
use crate::domain::customers::{Address, Country, Phone, postcode_digits};
use crate::domain::ids::{BlobId, ProductId, VariantId};
use crate::domain::messages::Messages;
use crate::domain::money::Minor;
use crate::domain::orders::Order;
use crate::domain::payments::PaymentMethod;
use crate::domain::time::UnixMillis;
use crate::error::FieldError;

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

/// The checkout form as typed: every field is text, nothing has been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckoutForm {
    /// Hidden: the cart's key.
    pub key: String,
    /// Hidden: digest of [`Quote::contents`] as shown.
    pub contents: String,
    /// Full name.
    pub name: String,
    /// Phone as typed.
    pub phone: String,
    /// E-mail, optional.
    pub email: String,
    /// House, street, area.
    pub line1: String,
    /// More of it, optional.
    pub line2: String,
    /// Landmark, optional.
    pub landmark: String,
    /// Town or city.
    pub city: String,
    /// State or district, optional.
    pub state: String,
    /// Postcode.
    pub pincode: String,
    /// Country code.
    pub country: String,
    /// Code of a payment method.
    pub payment_method: String,
    /// Note to the merchant, optional.
    pub note: String,
}

/// A checked checkout form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckoutDetails {
    /// Full name.
    pub name: String,
    /// Phone.
    pub phone: Phone,
    /// E-mail, possibly empty.
    pub email: String,
    /// Address.
    pub address: Address,
    /// How to pay.
    pub payment_method: PaymentMethod,
    /// Note, possibly empty.
    pub note: String,
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

const NAME_MAX: usize = 100;
const LINE_MAX: usize = 200;
const SHORT_MAX: usize = 100;
const EMAIL_MAX: usize = 254;
const NOTE_MAX: usize = 500;

/// How strict a postcode is: a parcel inside India needs one, a program may not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postcode {
    /// As the country demands.
    AsCountry,
    /// May always be left out.
    Optional,
}

impl CheckoutForm {
    /// Checks every field and names each that is wrong, so that a person sees all at once.
    pub fn parse(&self, postcode: Postcode, words: &Messages) -> Result<CheckoutDetails, Vec<FieldError>> {
        let mut errors = Vec::new();
        let country = Country::from_code(&self.country);
        if country.is_none() {
            errors.push(FieldError::new("country", words.country_unknown));
        }
        let home = country.unwrap_or(Country::IN);
        let mut text = |field: &'static str, typed: &str, max: usize, missing: Option<&'static str>| {
            let clean = clean_line(typed);
            match missing {
                Some(message) if clean.is_empty() => errors.push(FieldError::new(field, message)),
                _ if clean.chars().count() > max => errors.push(FieldError::new(field, (words.too_long)(max))),
                _ => {}
            }
            clean
        };
        let name = text("name", &self.name, NAME_MAX, Some(words.name_missing));
        let email = text("email", &self.email, EMAIL_MAX, None);
        let line1 = text("line1", &self.line1, LINE_MAX, Some(words.line1_missing));
        let line2 = text("line2", &self.line2, LINE_MAX, None);
        let landmark = text("landmark", &self.landmark, LINE_MAX, None);
        let city = text("city", &self.city, SHORT_MAX, Some(words.city_missing));
        let state = text("state", &self.state, SHORT_MAX, None);
        let note = clean_note(&self.note);
        if note.chars().count() > NOTE_MAX {
            errors.push(FieldError::new("note", (words.too_long)(NOTE_MAX)));
        }
        if !email.is_empty() && !looks_like_email(&email) {
            errors.push(FieldError::new("email", words.email_wrong));
        }
        let pincode = parse_pincode(&self.pincode, home, postcode, words).unwrap_or_else(|message| {
            errors.push(FieldError::new("pincode", message));
            String::new()
        });
        let phone = Phone::parse(&self.phone, home);
        if phone.is_none() {
            let message = if self.phone.trim().is_empty() { words.phone_missing } else { words.phone_wrong };
            errors.push(FieldError::new("phone", message));
        }
        let payment_method = self.payment_method.trim().parse::<PaymentMethod>().ok();
        if payment_method.is_none() {
            errors.push(FieldError::new("payment_method", words.payment_method_missing));
        }
        match (phone, payment_method, country) {
            (Some(phone), Some(payment_method), Some(country)) if errors.is_empty() => Ok(CheckoutDetails {
                name,
                phone,
                email,
                address: Address { line1, line2, landmark, city, state, pincode, country },
                payment_method,
                note,
            }),
            _ => Err(errors),
        }
    }
}

fn parse_pincode(typed: &str, country: Country, rule: Postcode, words: &Messages) -> Result<String, String> {
    let wrong = || (words.pincode_wrong)(country.postcode_digits());
    let digits = postcode_digits(typed).ok_or_else(wrong)?;
    if digits.is_empty() {
        let needed = match country {
            Country::IN => rule == Postcode::AsCountry,
            Country::BD => false,
        };
        return if needed { Err(words.pincode_missing.to_owned()) } else { Ok(digits) };
    }
    if digits.len() != country.postcode_digits() || digits.starts_with('0') && country == Country::IN {
        return Err(wrong());
    }
    Ok(digits)
}

/// One line of text: control characters dropped (databases refuse NUL), runs of blanks made one.
pub fn clean_line(typed: &str) -> String {
    let visible: String = typed.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Several lines of text, each cleaned, line ends made one kind.
pub fn clean_note(typed: &str) -> String {
    let lines: Vec<String> = typed.replace("\r\n", "\n").split('\n').map(clean_line).collect();
    lines.join("\n").trim().to_owned()
}

/// Something before and after one `@`, a dot in the part after it. Delivery is the only real test.
fn looks_like_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((local, host)) => {
            !local.is_empty()
                && !host.contains('@')
                && !text.contains(' ')
                && host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::messages::EN;
    use proptest::prelude::*;

    fn filled() -> CheckoutForm {
        CheckoutForm {
            name: " Asha \u{0} Rao ".into(),
            phone: "098765 43210".into(),
            line1: "12 Park Road".into(),
            city: "Pune".into(),
            pincode: "411 001".into(),
            country: "IN".into(),
            payment_method: "cod".into(),
            note: "Ring twice\r\n\r\nThanks\u{0}".into(),
            ..CheckoutForm::default()
        }
    }

    #[test]
    fn a_filled_form_becomes_details() {
        let details = filled().parse(Postcode::AsCountry, &EN).expect("valid");
        assert_eq!(details.name, "Asha Rao");
        assert_eq!(details.phone.as_str(), "+919876543210");
        assert_eq!(details.address.pincode, "411001");
        assert_eq!(details.note, "Ring twice\n\nThanks");
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let form = CheckoutForm { email: "a@b".into(), pincode: "12".into(), ..CheckoutForm::default() };
        let errors = form.parse(Postcode::AsCountry, &EN).expect_err("invalid");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["country", "name", "line1", "city", "email", "pincode", "phone", "payment_method"]);
    }

    #[test]
    fn a_postcode_is_needed_in_india_and_optional_in_bangladesh() {
        let without = CheckoutForm { pincode: String::new(), ..filled() };
        assert!(without.parse(Postcode::AsCountry, &EN).is_err());
        assert!(without.parse(Postcode::Optional, &EN).is_ok());
        let dhaka = CheckoutForm { country: "BD".into(), phone: "01712345678".into(), ..without };
        assert!(dhaka.parse(Postcode::AsCountry, &EN).is_ok());
        let wrong = CheckoutForm { pincode: "411001".into(), ..dhaka };
        assert!(wrong.parse(Postcode::Optional, &EN).is_err(), "four digits in Bangladesh");
    }

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

    proptest! {
        #[test]
        fn any_text_in_any_field_is_answered_and_never_panics(text in "\\PC{0,300}") {
            let form = CheckoutForm {
                name: text.clone(), phone: text.clone(), email: text.clone(), line1: text.clone(), city: text.clone(),
                pincode: text.clone(), country: "bd".into(), payment_method: text.clone(), note: text, ..CheckoutForm::default()
            };
            let _ = form.parse(Postcode::AsCountry, &EN);
        }
    }
}
