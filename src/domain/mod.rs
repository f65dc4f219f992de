//! What is true: shared types and pure rules. No I/O, no async, no clock, no randomness.
//!
//! `ids` row identities · `money` amounts and currencies · `time` instants · `customers` phones,
//! names and addresses · `catalogue` stores, products, variants · `checkout` carts, quotes and the
//! checkout form · `orders` what an order is and the only ways it may change · `shipping` parcels ·
//! `tracking` how events make a parcel's state · `polling` how often couriers are asked · `couriers` accounts ·
//! `mappings` codes that merchants explain · `webhooks` pushes, and what is wrong with how they come ·
//! `rates` prices before a booking · `requests` what couriers are
//! asked for beside it · `payments` payment states · `whatsapp` the message and its link · `staff` roles ·
//! `alerts` what staff are told of · `invariants` what must hold whatever happened · `messages` every visible string.

pub mod alerts;
pub mod catalogue;
pub mod checkout;
pub mod couriers;
pub mod customers;
pub mod ids;
pub mod invariants;
pub mod mappings;
pub mod messages;
pub mod money;
pub mod orders;
pub mod payments;
pub mod polling;
pub mod rates;
pub mod requests;
pub mod shipping;
pub mod staff;
pub mod time;
pub mod tracking;
pub mod webhooks;
pub mod whatsapp;
