//! Identities of users.

use std::fmt;

use serde::{Deserialize, Serialize};
use waxwing::store::UserIdentity;
use waxwing::types::{Bsuid, WaId};

/// Ids and names of a user. `Debug` output hides all of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserView {
    /// Phone number in digits.
    pub phone: Option<String>,
    /// Business-scoped user id.
    pub bsuid: Option<String>,
    /// Profile name.
    pub name: Option<String>,
    /// Username.
    pub username: Option<String>,
}

impl From<UserIdentity> for UserView {
    fn from(identity: UserIdentity) -> Self {
        Self {
            phone: identity.wa_id.map(|id| id.as_str().to_owned()),
            bsuid: identity.bsuid.map(|id| id.as_str().to_owned()),
            name: identity.name,
            username: identity.username,
        }
    }
}

impl From<UserView> for UserIdentity {
    fn from(view: UserView) -> Self {
        Self {
            wa_id: view.phone.map(WaId::new),
            bsuid: view.bsuid.map(Bsuid::new),
            parent_bsuid: None,
            name: view.name,
            username: view.username,
        }
    }
}

impl fmt::Debug for UserView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserView").finish_non_exhaustive()
    }
}
