//! What the shop does: every change, one transaction each, whoever asks for it.
//!
//! `orders` places · `staff` signs people in and makes accounts · `catalogue` sets stock · `upkeep`
//! sweeps.

pub mod catalogue;
pub mod orders;
pub mod staff;
pub mod upkeep;
