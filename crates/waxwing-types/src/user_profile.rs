//! WhatsApp user as a webhook describes it.

use std::fmt;

use crate::{Bsuid, WaId};

/// Ids and names of a WhatsApp user, as one webhook states them.
///
/// Every field is optional. A user with a username can hide the phone number, so `wa_id` may be absent while `bsuid` is present.
/// Some system messages carry neither. `Debug` shows which fields are present, not their values.
///
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
///
/// ```
/// use waxwing_types::{Bsuid, UserProfile, WaId};
///
/// let user = UserProfile::from(WaId::new("34600000000")).bsuid(Bsuid::new("ES.1234")).name("Ana");
/// assert_eq!(user.name.as_deref(), Some("Ana"));
/// assert!(!format!("{user:?}").contains("Ana"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserProfile {
    /// WhatsApp id, usually the phone number in digits.
    pub wa_id: Option<WaId>,
    /// Business-scoped user id.
    pub bsuid: Option<Bsuid>,
    /// Business-scoped user id over linked portfolios. Present only if Meta has enrolled the business.
    pub parent_bsuid: Option<Bsuid>,
    /// Name in the user's profile.
    pub name: Option<String>,
    /// Public handle. The user can change it, so do not use it as a key.
    pub username: Option<String>,
}

impl UserProfile {
    /// Creates a profile without ids and names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the WhatsApp id.
    pub fn wa_id(mut self, id: WaId) -> Self {
        self.wa_id = Some(id);
        self
    }

    /// Sets the business-scoped user id.
    pub fn bsuid(mut self, id: Bsuid) -> Self {
        self.bsuid = Some(id);
        self
    }

    /// Sets the business-scoped user id over linked portfolios.
    pub fn parent_bsuid(mut self, id: Bsuid) -> Self {
        self.parent_bsuid = Some(id);
        self
    }

    /// Sets the profile name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the username.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }
}

impl From<WaId> for UserProfile {
    fn from(id: WaId) -> Self {
        Self::new().wa_id(id)
    }
}

impl From<Bsuid> for UserProfile {
    fn from(id: Bsuid) -> Self {
        Self::new().bsuid(id)
    }
}

impl fmt::Debug for UserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserProfile")
            .field("wa_id", &self.wa_id.is_some())
            .field("bsuid", &self.bsuid.is_some())
            .field("parent_bsuid", &self.parent_bsuid.is_some())
            .field("name", &self.name.is_some())
            .field("username", &self.username.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_presence_and_no_values() {
        let user = UserProfile::from(WaId::new("34600000000"))
            .bsuid(Bsuid::new("ES.1234"))
            .parent_bsuid(Bsuid::new("ES.ENT.5"))
            .name("Ana")
            .username("ana.b");
        let shown = format!("{user:?}");
        for value in ["346", "ES.", "Ana", "ana.b"] {
            assert!(!shown.contains(value), "{shown}");
        }
        assert!(shown.contains("name: true"), "{shown}");
    }
}
