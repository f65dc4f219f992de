//! What pages are put together from.
//!
//! `shell` the document around every page · `alerts` what is going wrong · `desk_header` the top of the merchant's pages · `told` what
//! came of a form · `tracking` where an order is · `problem` pages that say no · `fields` what forms are made
//! of · `icons` inline drawings · `picture` a product's picture · `lines` ordered items and amounts · `order_form` ·
//! `pagination` · `status` badges of states and stock · `text` · `time` instants in a store's zone.

pub mod alerts;
pub mod desk_header;
pub mod fields;
pub mod icons;
pub mod lines;
pub mod order_form;
pub mod pagination;
pub mod picture;
pub mod problem;
pub mod shell;
pub mod status;
pub mod text;
pub mod time;
pub mod told;
pub mod tracking;
