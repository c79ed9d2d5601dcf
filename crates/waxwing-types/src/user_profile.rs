//! Who wrote a message, as a webhook tells it.

use std::fmt;

use crate::{Bsuid, WaId};

/// Who wrote a message.
///
/// A user who has taken a username may hide the phone number; the business-scoped id is there for every user. In some system
/// messages neither is. `Debug` shows what is known, not its content.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserProfile {
    /// The WhatsApp id, usually the phone number in digits.
    pub wa_id: Option<WaId>,
    /// The business-scoped user id.
    pub bsuid: Option<Bsuid>,
    /// The same over linked portfolios, if the business is enrolled.
    pub parent_bsuid: Option<Bsuid>,
    /// The name in the user's profile.
    pub name: Option<String>,
    /// The user's public handle. It changes: show it, never key on it.
    pub username: Option<String>,
}

impl fmt::Debug for UserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("wa_id", &self.wa_id.is_some())
            .field("bsuid", &self.bsuid.is_some())
            .field("parent_bsuid", &self.parent_bsuid.is_some())
            .field("name", &self.name.is_some())
            .field("username", &self.username.is_some())
            .finish()
    }
}
