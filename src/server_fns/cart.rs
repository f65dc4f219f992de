//! Changing the cart.

use leptos::prelude::*;

use crate::error::AppError;

/// Adds pieces of a variant to the visitor's cart; answers how many pieces it holds.
#[server(prefix = "/fn", endpoint = "add_to_cart")]
pub async fn add_to_cart(variant: String, quantity: String) -> Result<i64, AppError> {
    let visit = crate::server::visit::here()?;
    crate::server::cart::change(&visit, &variant, &quantity, crate::server::cart::Change::Add).await
}

/// Sets the pieces of a variant in the visitor's cart, zero to take it out; answers how many pieces
/// the cart holds.
#[server(prefix = "/fn", endpoint = "set_cart_line")]
pub async fn set_cart_line(variant: String, quantity: String) -> Result<i64, AppError> {
    let visit = crate::server::visit::here()?;
    crate::server::cart::change(&visit, &variant, &quantity, crate::server::cart::Change::Set).await
}
