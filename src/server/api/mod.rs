//! The REST API: what programs may ask. JSON, snake_case out, snake_case and camelCase in.
//!
//! One file per noun: `stores` · `products` · `orders` (reading) · `placing` (`POST orders/`) · `moves`
//! (`orders/{id}/confirm/` and its like) · `shipments`. Around
//! them: `address` ids, filters and pages · `body` JSON that was sent · `caller` who asks and what that
//! one sees · `keys` idempotency · `answers` lists and errors · `openapi` the document made from all
//! this · `docs` the same for people.

pub mod address;
pub mod answers;
pub mod body;
pub mod caller;
pub mod docs;
pub mod keys;
pub mod moves;
pub mod openapi;
pub mod orders;
pub mod placing;
pub mod products;
pub mod shipments;
pub mod stores;
