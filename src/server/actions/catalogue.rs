//! Changes of the catalogue: for now the stock, always through a movement row.

use crate::domain::ids::{StoreId, VariantId};
use crate::domain::messages::EN;
use crate::error::AppError;
use crate::server::App;
use crate::server::db::stock::{self, Movement};

/// Highest stock a variant can be set to.
pub const STOCK_MAX: i64 = 1_000_000;

/// Sets the stock of a product's variant by a movement of the difference; returns the new stock.
///
/// `only_store` is the one store the author may touch.
///
/// # Errors
/// [`AppError::NotFound`] when the product has no such variant or it is another store's.
pub async fn set_stock(
    app: &App,
    product_id: &str,
    variant_id: &str,
    quantity: i64,
    only_store: Option<StoreId>,
    author: String,
) -> Result<i64, AppError> {
    if !(0..=STOCK_MAX).contains(&quantity) {
        return Err(AppError::invalid("stock_quantity", EN.stock_range));
    }
    let now = app.clock.now();
    let (movement_id, product_id, variant_id) = (app.chance.id(now), product_id.to_owned(), VariantId::new(variant_id));
    app.db
        .write(move |conn| {
            let (movement_id, product_id, variant_id) = (movement_id.clone(), product_id.clone(), variant_id.clone());
            let (only_store, author) = (only_store.clone(), author.clone());
            Box::pin(async move {
                let found = stock::lock_variant(conn, &variant_id).await?;
                let (store_id, _, present) = found
                    .filter(|(store, product, _)| {
                        product.as_str() == product_id && only_store.as_ref().is_none_or(|only| only == store)
                    })
                    .ok_or_else(|| AppError::not_found("Variant"))?;
                if quantity != present {
                    let movement = Movement {
                        id: &movement_id,
                        store_id: &store_id,
                        variant_id: &variant_id,
                        quantity: quantity - present,
                        reason: "correction",
                        order_id: None,
                        author: &author,
                    };
                    stock::move_stock(conn, &movement, now).await?;
                }
                Ok(quantity)
            })
        })
        .await
}
