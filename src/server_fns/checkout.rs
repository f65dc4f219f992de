//! Placing the cart as an order.

use leptos::prelude::*;

use crate::domain::checkout::{CheckoutForm, Placed};
use crate::error::AppError;

/// Places the visitor's cart. The same key with the same contents gets the same answer.
#[server(prefix = "/fn", endpoint = "place_order")]
pub async fn place_order(form: CheckoutForm) -> Result<Placed, AppError> {
    let visit = crate::server::visit::here()?;
    crate::server::cart::place(&visit, &form).await
}

/// Gives the cart a fresh key after it has been ordered, so that it can be ordered once more.
#[server(prefix = "/fn", endpoint = "order_again")]
pub async fn order_again(key: String) -> Result<(), AppError> {
    let visit = crate::server::visit::here()?;
    crate::server::cart::rotate_key(&visit, &key);
    Ok(())
}
