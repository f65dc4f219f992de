//! Who may do what: the roles, from guest to admin.

use serde::{Deserialize, Serialize};

/// The role of somebody who has signed in. A guest has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees the own orders.
    Customer,
    /// Works in one store.
    Seller,
    /// Works in all stores; deletes nothing and changes no settings.
    Staff,
    /// May do everything.
    Admin,
}

impl Role {
    /// Every role, lowest first, with its code in the database.
    pub const TABLE: [(Role, &'static str); 4] =
        [(Role::Customer, "customer"), (Role::Seller, "seller"), (Role::Staff, "staff"), (Role::Admin, "admin")];

    /// The code stored in the database and spoken by the API.
    pub fn code(self) -> &'static str {
        match self {
            Role::Customer => "customer",
            Role::Seller => "seller",
            Role::Staff => "staff",
            Role::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Role::TABLE
            .into_iter()
            .find_map(|(role, code)| (code == text).then_some(role))
            .ok_or_else(|| "The role must be admin, staff, seller or customer.".to_owned())
    }
}

impl TryFrom<String> for Role {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Who may use a route. There is no default: every entry of `ROUTES` names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody who has signed in.
    SignedIn,
    /// Sellers (own store), staff and admins.
    Seller,
    /// Staff and admins.
    Staff,
    /// Admins.
    Admin,
}

impl Access {
    /// Whether somebody with this role (`None` is a guest) may pass.
    pub fn allows(self, role: Option<Role>) -> bool {
        match self {
            Access::Public => true,
            Access::SignedIn => role.is_some(),
            Access::Seller => role >= Some(Role::Seller),
            Access::Staff => role >= Some(Role::Staff),
            Access::Admin => role == Some(Role::Admin),
        }
    }
}

/// Where to go after signing in: the page that was asked for if it is one of ours, else the own
/// orders. A path that a browser could read as another host is not ours.
pub fn landing(next: &str) -> String {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if ours { next.to_owned() } else { "/account/orders".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_widens_with_the_role_and_never_narrows() {
        let roles = [None, Some(Role::Customer), Some(Role::Seller), Some(Role::Staff), Some(Role::Admin)];
        let ladder = [Access::Public, Access::SignedIn, Access::Seller, Access::Staff, Access::Admin];
        for (floor, access) in ladder.into_iter().enumerate() {
            for (level, role) in roles.into_iter().enumerate() {
                assert_eq!(access.allows(role), level >= floor, "{access:?} {role:?}");
            }
        }
    }

    #[test]
    fn nobody_is_sent_to_another_site_after_signing_in() {
        for foreign in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
        {
            assert_eq!(landing(foreign), "/account/orders", "{foreign}");
        }
        assert_eq!(landing("/checkout?x=1"), "/checkout?x=1");
    }

    #[test]
    fn every_role_round_trips_through_its_code() {
        for (role, code) in Role::TABLE {
            assert_eq!(code.parse(), Ok(role));
            assert_eq!(role.code(), code);
        }
        assert!("owner".parse::<Role>().is_err());
    }
}
