//! Who asks, and what of the shop that person or program may see. Nothing is seen by default (K17).

use crate::domain::ids::{StoreId, UserId};
use crate::domain::staff::Role;
use crate::server::visit::Identity;

/// Which orders and stocks somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// None.
    Nothing,
    /// The person's own.
    Own(UserId),
    /// One store's.
    Store(StoreId),
    /// All.
    Everything,
}

impl Sight {
    /// What somebody sees; a guest is `None`.
    pub fn of(identity: Option<&Identity>) -> Sight {
        let Some(identity) = identity else { return Sight::Nothing };
        match (identity.role, &identity.store_id, &identity.user_id) {
            (Role::Customer, _, Some(user)) => Sight::Own(user.clone()),
            // A customer's token is nobody, and a seller without a store has nothing to sell.
            (Role::Customer, _, None) | (Role::Seller, None, _) => Sight::Nothing,
            // A token of staff may be bound to one store too.
            (Role::Seller | Role::Staff | Role::Admin, Some(store), _) => Sight::Store(store.clone()),
            (Role::Staff | Role::Admin, None, _) => Sight::Everything,
        }
    }

    /// Whether an order of this store and person is seen.
    pub fn has_order(&self, store: &StoreId, user: Option<&UserId>) -> bool {
        match self {
            Sight::Nothing => false,
            Sight::Own(own) => user == Some(own),
            Sight::Store(own) => store == own,
            Sight::Everything => true,
        }
    }

    /// Whether the number of pieces in a store's stock is seen.
    pub fn has_stock(&self, store: &StoreId) -> bool {
        match self {
            Sight::Nothing | Sight::Own(_) => false,
            Sight::Store(own) => store == own,
            Sight::Everything => true,
        }
    }
}

/// The name under which somebody's changes and idempotency keys are kept: `user:…`, `token:…`,
/// `anonymous`.
pub fn scope(identity: Option<&Identity>) -> String {
    match identity.map(|identity| (&identity.user_id, &identity.token_id)) {
        Some((Some(user), _)) => format!("user:{user}"),
        Some((None, Some(token))) => format!("token:{token}"),
        Some((None, None)) | None => "anonymous".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(role: Role, user: Option<&str>, store: Option<&str>) -> Identity {
        Identity {
            user_id: user.map(UserId::new),
            token_id: user.is_none().then(|| "t".to_owned()),
            name: String::new(),
            role,
            store_id: store.map(StoreId::new),
        }
    }

    #[test]
    fn nobody_sees_more_than_the_own() {
        let (here, there) = (StoreId::new("here"), StoreId::new("there"));
        let (me, you) = (UserId::new("me"), UserId::new("you"));
        let customer = Sight::of(Some(&identity(Role::Customer, Some("me"), Some("here"))));
        assert!(customer.has_order(&here, Some(&me)) && !customer.has_order(&here, Some(&you)));
        assert!(!customer.has_order(&here, None) && !customer.has_stock(&here));
        let seller = Sight::of(Some(&identity(Role::Seller, None, Some("here"))));
        assert!(seller.has_order(&here, None) && !seller.has_order(&there, None));
        assert!(seller.has_stock(&here) && !seller.has_stock(&there));
        for staff in [Role::Staff, Role::Admin] {
            assert_eq!(Sight::of(Some(&identity(staff, None, None))), Sight::Everything);
            assert_eq!(Sight::of(Some(&identity(staff, None, Some("here")))), Sight::Store(here.clone()));
        }
        for nobody in [identity(Role::Customer, None, None), identity(Role::Seller, Some("me"), None)] {
            assert_eq!(Sight::of(Some(&nobody)), Sight::Nothing);
        }
        assert_eq!(Sight::of(None), Sight::Nothing);
    }
}
