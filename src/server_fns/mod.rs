//! What the browser may ask: every public call in one room, easy to audit. A body authorises, calls
//! one action and returns.
//!
//! Each function has two doors: `/fn/{name}` for islands, and the plain form of its page. Both run it
//! with the request's `Visit` in the context.

pub mod cart;
pub mod checkout;
pub mod couriers;
pub mod mappings;
pub mod orders;
pub mod shipping;
pub mod staff;
pub mod webhooks;
