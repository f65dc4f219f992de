//! The visitor's cart: its cookie, its changes, and its placing. The cookie is signed and compact, and
//! the only place a cart is kept before it is ordered.
//!
//! Content: a version byte, the 16 bytes of the key, then per line the 16 bytes of the variant's
//! UUID and its quantity in two bytes. 40 lines are 737 bytes, 1,004 characters signed.

use crate::domain::checkout::{
    CART_LINES_MAX, Cart, CartKey, CartLine, CartRefusal, CheckoutForm, Placed, PlacedCheckout, Postcode, QUANTITY_MAX,
};
use crate::domain::ids::{VariantId, uuid_bytes, uuid_text};
use crate::error::AppError;
use crate::server::actions::orders::{self, PlaceOrder};
use crate::server::db;
use crate::server::secrets::Secrets;
use crate::server::visit::Visit;

/// Name of the cookie.
pub const COOKIE: &str = "cart";
/// How long a cart is kept: 30 days, in seconds.
pub const MAX_AGE_SECONDS: i64 = 30 * 24 * 3600;
const PURPOSE: &str = "cart";
const VERSION: u8 = 1;
const LINE_BYTES: usize = 18;

/// The cookie's value for a cart.
pub fn encode(cart: &Cart, secrets: &Secrets) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(hex::decode(cart.key.as_str()).unwrap_or_default());
    for line in &cart.lines {
        if let (Some(id), Ok(quantity)) = (uuid_bytes(line.variant_id.as_str()), u16::try_from(line.quantity)) {
            bytes.extend_from_slice(&id);
            bytes.extend_from_slice(&quantity.to_be_bytes());
        }
    }
    secrets.sign(PURPOSE, &bytes)
}

/// The cart of a cookie; `None` when it is not one we signed.
pub fn decode(value: &str, secrets: &Secrets) -> Option<Cart> {
    let bytes = secrets.verify(PURPOSE, value)?;
    let (&version, rest) = bytes.split_first()?;
    if version != VERSION || rest.len() < 16 {
        return None;
    }
    let (key, lines) = rest.split_at(16);
    let mut cart = Cart::new(CartKey::from_bytes(key.try_into().ok()?));
    if lines.len() % LINE_BYTES != 0 || lines.len() / LINE_BYTES > CART_LINES_MAX {
        return None;
    }
    for line in lines.chunks_exact(LINE_BYTES) {
        let id: [u8; 16] = line[..16].try_into().ok()?;
        let quantity = i64::from(u16::from_be_bytes([line[16], line[17]]));
        if !(1..=QUANTITY_MAX).contains(&quantity) {
            return None;
        }
        cart.lines.push(CartLine { variant_id: VariantId::new(uuid_text(&id)), quantity });
    }
    Some(cart)
}

/// What to do with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Add pieces to it.
    Add,
    /// Set its pieces; zero takes it out.
    Set,
}

/// Changes a line of the visitor's cart and stores it in the browser; answers the pieces in it.
///
/// # Errors
/// [`AppError::Invalid`] when the quantity or the variant is none, or the cart is full.
pub async fn change(visit: &Visit, variant: &str, quantity: &str, change: Change) -> Result<i64, AppError> {
    let words = visit.words();
    let quantity: i64 = quantity.trim().parse().map_err(|_| AppError::invalid("quantity", words.cart_quantity))?;
    let id = uuid_bytes(variant.trim()).ok_or_else(|| AppError::invalid("variant", words.cart_unknown))?;
    let id = VariantId::new(uuid_text(&id));
    let mut cart = visit.cart_or_new();
    let changed = match change {
        Change::Add => cart.add(id.clone(), quantity),
        Change::Set => cart.set(id.clone(), quantity),
    };
    changed.map_err(|refusal| match refusal {
        CartRefusal::Quantity => AppError::invalid("quantity", words.cart_quantity),
        CartRefusal::Full => AppError::invalid("variant", words.cart_full),
    })?;
    if quantity > 0 {
        let mut conn = visit.app.db.read().await?;
        let quote = db::catalogue::quote(&mut conn, &cart).await?;
        if quote.gone.contains(&id) {
            return Err(AppError::invalid("variant", words.cart_unknown));
        }
    }
    visit.set_cart(&cart);
    Ok(cart.item_count())
}

/// Places the visitor's cart under the form's key and empties it in the browser.
///
/// # Errors
/// Field errors of the form; [`AppError::OrderedAlready`] when the key has placed something else;
/// [`AppError::Conflict`] when the cart is not what the form showed.
pub async fn place(visit: &Visit, form: &CheckoutForm) -> Result<Placed, AppError> {
    let (app, words) = (&visit.app, visit.words());
    let key = CartKey::parse(&form.key).ok_or_else(|| AppError::conflict(words.key_missing))?;
    let mut conn = app.db.read().await?;
    let placed = db::orders::placed_by_key(&mut conn, key.as_str()).await?;
    let details = form.parse(Postcode::AsCountry, words);
    if let Some(placed) = placed {
        let answer = details
            .map_err(|_| ())
            .and_then(|details| orders::answer_again(&placed, &details, &form.contents).map_err(|_| ()));
        return match answer {
            Ok(answer) => {
                finish(visit, &key, &answer);
                Ok(answer)
            }
            Err(()) => Err(ordered_already(visit, &placed)),
        };
    }
    let details = details.map_err(|fields| AppError::Invalid { fields })?;
    let cart = visit.cart().filter(|cart| cart.key == key).ok_or_else(|| AppError::conflict(words.cart_changed))?;
    let quote = db::catalogue::quote(&mut conn, &cart).await?;
    drop(conn);
    if quote.is_empty() {
        return Err(AppError::conflict(words.cart_empty));
    }
    let contents = orders::contents_digest(&quote);
    if !quote.gone.is_empty() || !(form.contents.is_empty() || form.contents == contents) {
        return Err(AppError::conflict(words.cart_changed));
    }
    if let Some(line) = quote.short_lines().next() {
        return Err(AppError::conflict((words.cart_short)(&line.product_name, line.available)));
    }
    let user_id = visit.identity.as_ref().and_then(|identity| identity.user_id.clone());
    let order =
        PlaceOrder { key: key.clone(), details, quote, user_id, author: visit.author(), site_url: visit.site_url() };
    let placed = orders::place(app, order, words).await?;
    finish(visit, &key, &placed);
    Ok(placed)
}

/// The browser that placed an order forgets the cart and remembers the order.
fn finish(visit: &Visit, key: &CartKey, placed: &Placed) {
    if visit.cart().is_some_and(|cart| cart.key == *key) {
        visit.clear_cart();
    }
    visit.remember_placed(&placed.token);
}

/// Says that the key was used; the order's page only to a browser that holds the key's cart or
/// placed the order, since a key alone in a request proves nothing.
pub fn ordered_already(visit: &Visit, placed: &PlacedCheckout) -> AppError {
    let holds_key = visit.cart().is_some_and(|cart| cart.key.as_str() == placed.key);
    let token = (holds_key || visit.placed_here(&placed.token)).then(|| placed.token.clone());
    AppError::OrderedAlready { reference: placed.references().join(", "), token }
}

/// Gives the visitor's cart a fresh key, if it still has the used one.
pub fn rotate_key(visit: &Visit, used: &str) {
    if let Some(cart) = visit.cart().filter(|cart| cart.key.as_str() == used) {
        visit.set_cart(&Cart { key: visit.fresh_key(), lines: cart.lines });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_full_cart_fits_its_cookie_and_reads_back() {
        let secrets = Secrets::from_text("a secret of the shop");
        let mut cart = Cart::new(CartKey::from_bytes([9; 16]));
        for at in 0..CART_LINES_MAX {
            cart.add(VariantId::new(uuid_text(&[at as u8; 16])), QUANTITY_MAX).unwrap();
        }
        let value = encode(&cart, &secrets);
        assert!(value.len() <= 1_500, "{}", value.len());
        assert_eq!(decode(&value, &secrets), Some(cart));
    }

    proptest! {
        #[test]
        fn a_forged_cookie_is_no_cart(value in "\\PC{0,200}") {
            prop_assert_eq!(decode(&value, &Secrets::from_text("a secret of the shop")), None);
        }
    }
}
