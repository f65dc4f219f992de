//! The customer's pages, one file each. A handler loads, decides which page it is, and renders; a
//! `POST` calls exactly one server function.
//!
//! `home` catalogue and search · `product` · `cart` · `checkout` · `order` what was placed · `login` ·
//! `account` the own orders · `track` an order by its number.

pub mod account;
pub mod cart;
pub mod checkout;
pub mod home;
pub mod login;
pub mod order;
pub mod product;
pub mod track;
