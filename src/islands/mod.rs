//! What moves in the browser: the only components that are compiled to WebAssembly.
//!
//! An island improves a page that works without it. It takes plain props, keeps its state in
//! signals, calls `server_fns`, and decides nothing: a rule it needs is a `domain` function. Forms
//! are rendered by the server alone; an island listens to one, which keeps the wasm small.
//!
//! `checkout` placing the order and saving one that could not be saved · `orders` opening WhatsApp
//! once · `live` regions that stay up to date · `panel` what islands say · `browser`, `region` every
//! call into the browser, each with a twin for the server that does nothing.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "browser_stub.rs")]
pub mod browser;
pub mod checkout;
pub mod live;
pub mod orders;
pub mod panel;
#[cfg_attr(feature = "hydrate", path = "region.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "region_stub.rs")]
pub mod region;
