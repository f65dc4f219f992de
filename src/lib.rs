//! Harkara: a self-hosted shop and parcel desk, from the WhatsApp order to the delivered parcel.
//!
//! ```text
//!  people          programs     couriers     the clock     the operator
//!    │                │            │             │              │
//!  server/pages/      │            │             │              │
//!  islands/ ─ server_fns/  server/api/  server/webhooks/  server/jobs/  server/cli.rs    doors
//!    └────────────────┴────────────┼─────────────┴──────────────┘
//!                            server/actions/                                             the hub
//!               ┌──────────────────┼──────────────────┐
//!           server/db/      server/couriers/   server/messages/                          hands
//!               └──────────────────┼──────────────────┘
//!                               domain/                                                  the truth
//! ```
//!
//! Arrows only point down. What never happens: `domain` does no I/O and asks no clock; SQL is
//! nowhere but in `server/db`; a write that changes the shop happens nowhere but in
//! `server/actions`, one transaction each; no page writes its own words (`domain::messages`); no
//! route exists that is not in `server::http::ROUTES` with its access rule. `src/tests/architecture.rs`
//! checks these.

pub mod domain;
pub mod error;
pub mod islands;
pub mod server_fns;

/// Everything only the server knows. This one gate keeps it out of the browser's build.
#[cfg(feature = "ssr")]
pub mod server;

/// Called by the page's script once the wasm is loaded; the islands then hydrate one by one.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
