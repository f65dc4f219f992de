//! An account with its opened credentials. Nothing of it is ever shown or logged.

use std::collections::BTreeMap;

use crate::domain::couriers::{CourierAccount, Provider};

/// What is needed to speak to a courier for a store.
#[derive(Clone)]
pub struct Account {
    /// What staff see of it.
    pub shown: CourierAccount,
    /// Names and values of the credentials the courier's capabilities ask for.
    pub credentials: BTreeMap<String, String>,
    /// The secret its webhooks carry, if one is set.
    pub webhook_secret: Option<String>,
    /// Anything else, as its courier names it.
    pub settings: serde_json::Value,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("slug", &self.shown.slug).finish_non_exhaustive()
    }
}

impl Account {
    /// A credential; empty when it was never set.
    pub fn credential(&self, name: &str) -> &str {
        self.credentials.get(name).map_or("", String::as_str)
    }

    /// Which courier it is with.
    pub fn provider(&self) -> Provider {
        self.shown.provider
    }
}
