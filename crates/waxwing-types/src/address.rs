//! To whom a message goes.

use serde::{Deserialize, Serialize};

use crate::{Bsuid, GroupId, WaId};

/// The recipient of an outbound message.
///
/// Meta takes a phone and a group in `to` and a business-scoped user id in `recipient`; which field is used follows from the
/// variant, so a BSUID cannot end up in `to`.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages>
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// A user's WhatsApp id, exactly as it was received.
    Phone(WaId),
    /// A user whose phone number may be hidden.
    Bsuid(Bsuid),
    /// A group chat.
    Group(GroupId),
}

impl Address {
    /// True for a group, where interactive messages, read receipts and typing indicators do not exist.
    pub fn is_group(&self) -> bool {
        matches!(self, Self::Group(_))
    }
}

impl From<WaId> for Address {
    fn from(id: WaId) -> Self {
        Self::Phone(id)
    }
}

impl From<Bsuid> for Address {
    fn from(id: Bsuid) -> Self {
        Self::Bsuid(id)
    }
}

impl From<GroupId> for Address {
    fn from(id: GroupId) -> Self {
        Self::Group(id)
    }
}
