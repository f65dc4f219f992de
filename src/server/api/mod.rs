//! The REST API: what programs may ask. JSON, snake_case out, snake_case and camelCase in.
//!
//! One file per noun: `stores` · `products` · `orders` (reading one) · `order_lists` · `order_items` ·
//! `placing` (`POST orders/`) · `order_edits` (`PUT`, `PATCH`, `DELETE orders/{id}/`) · `moves`
//! (`orders/{id}/confirm/` and its like) · `bulk` one thing to many · `figures` · `export` · `shipments` ·
//! `papers` what is asked about booked ones · `rates` · `couriers` · `webhook_log` · `jobs`. Around them: `address` ids, filters, pages and cursors · `body` JSON
//! that was sent · `caller` who asks and what that one sees · `keys` idempotency · `answers` lists and
//! errors · `openapi` the document made from all this · `docs` the same for people.

pub mod address;
pub mod answers;
pub mod body;
pub mod bulk;
pub mod caller;
pub mod couriers;
pub mod docs;
pub mod export;
pub mod figures;
pub mod jobs;
pub mod keys;
pub mod moves;
pub mod openapi;
pub mod order_edits;
pub mod order_items;
pub mod order_lists;
pub mod orders;
pub mod papers;
pub mod placing;
pub mod products;
pub mod rates;
pub mod shipments;
pub mod stores;
pub mod webhook_log;
