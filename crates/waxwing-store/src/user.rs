//! Identity of the other end of a conversation.

use std::fmt;

use waxwing_types::{Address, Bsuid, GroupId, WaId};

use crate::redact;

/// The other end of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// One user.
    User(UserIdentity),
    /// A group.
    Group(GroupId),
}

impl Peer {
    /// Returns the address for replies: the group, else the WhatsApp id as it was received, else the BSUID. Returns `None` if the user has
    /// lost the WhatsApp id and no BSUID is known.
    pub fn address(&self) -> Option<Address> {
        match self {
            Self::Group(id) => Some(id.clone().into()),
            Self::User(user) => {
                let phone = user.wa_id.clone().map(Address::from);
                phone.or_else(|| user.bsuid.clone().map(Address::from))
            }
        }
    }
}

/// Ids and names of a user. `Debug` output shows which of them are known, and none of their values.
///
/// ```
/// use waxwing_store::{Peer, UserIdentity};
/// use waxwing_types::{Bsuid, WaId};
///
/// let user = UserIdentity { bsuid: Some(Bsuid::new("ES.1234")), ..UserIdentity::default() };
/// assert_eq!(user.label(), "ES.1234");
/// let user = UserIdentity { wa_id: Some(WaId::new("34600000000")), ..user };
/// assert_eq!(user.label(), "34600000000");
/// assert_eq!(Peer::User(user).address(), Some(WaId::new("34600000000").into()));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserIdentity {
    /// WhatsApp id, usually the phone number in digits.
    pub wa_id: Option<WaId>,
    /// Business-scoped user id.
    pub bsuid: Option<Bsuid>,
    /// Business-scoped user id over linked portfolios.
    pub parent_bsuid: Option<Bsuid>,
    /// Profile name that was seen last.
    pub name: Option<String>,
    /// Username that was seen last.
    pub username: Option<String>,
}

impl UserIdentity {
    /// Returns the id under which agents know the user: the phone number, or the BSUID if no phone number is known. Empty if neither
    /// is known.
    pub fn label(&self) -> &str {
        let phone = self.wa_id.as_ref().map(WaId::as_str);
        phone.or_else(|| self.bsuid.as_ref().map(Bsuid::as_str)).unwrap_or_default()
    }
}

impl fmt::Debug for UserIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserIdentity")
            .field("wa_id", &redact::presence(self.wa_id.as_ref()))
            .field("bsuid", &redact::presence(self.bsuid.as_ref()))
            .field("parent_bsuid", &redact::presence(self.parent_bsuid.as_ref()))
            .field("name", &redact::presence(self.name.as_ref()))
            .field("username", &redact::presence(self.username.as_ref()))
            .finish()
    }
}

/// Id by which a user is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserKey {
    /// The WhatsApp id. Matches the user who has the id now, and a former owner of whom no BSUID is known.
    Phone(WaId),
    /// The business-scoped user id.
    Bsuid(Bsuid),
}
