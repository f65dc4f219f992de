//! Who does something: what it is allowed and what is written beside it.

use crate::domain::ids::{StoreId, UserId};
use crate::domain::staff::Role;
use crate::error::AppError;
use crate::server::db::events::Author;
use crate::server::visit::Visit;

/// Whoever asks for a change.
#[derive(Clone, Debug)]
pub struct Actor {
    /// As it is written down.
    pub author: Author,
    /// Role; none for a guest.
    pub role: Option<Role>,
    /// The person, if it is one.
    pub user_id: Option<UserId>,
    /// The only store it may touch; `None` is all.
    pub only_store: Option<StoreId>,
}

impl Actor {
    /// The program itself.
    pub fn system() -> Actor {
        Actor { author: Author { kind: "system", id: None }, role: Some(Role::Admin), user_id: None, only_store: None }
    }

    /// Whoever sent this request.
    pub fn of(visit: &Visit) -> Actor {
        let identity = visit.identity.as_ref();
        Actor {
            author: visit.author(),
            role: identity.map(|identity| identity.role),
            user_id: identity.and_then(|identity| identity.user_id.clone()),
            only_store: identity.and_then(|identity| identity.store_id.clone()),
        }
    }

    /// Whether the store is one this actor works in.
    pub fn works_in(&self, store: &StoreId) -> bool {
        let bound = match self.role {
            // A seller without a store has nothing to sell.
            Some(Role::Seller) => self.only_store.is_some(),
            Some(Role::Staff | Role::Admin) => true,
            Some(Role::Customer) | None => false,
        };
        bound && self.only_store.as_ref().is_none_or(|only| only == store)
    }

    /// Somebody who works in this store.
    ///
    /// # Errors
    /// [`AppError::NotFound`] with this name for anybody else: what is not theirs is not there.
    pub fn must_work_in(&self, store: &StoreId, what: &str) -> Result<(), AppError> {
        if self.works_in(store) { Ok(()) } else { Err(AppError::not_found(what)) }
    }
}
