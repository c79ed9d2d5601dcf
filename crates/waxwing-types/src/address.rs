//! Recipient of an outbound message.

use serde::{Deserialize, Serialize};

use crate::{Bsuid, GroupId, WaId};

/// Recipient of an outbound message.
///
/// The variant decides the JSON field: Meta reads a WhatsApp id or a group id from `to` and a BSUID from `recipient`. `Debug`
/// hides WhatsApp ids and BSUIDs.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages>
///
/// ```
/// use waxwing_types::{Address, Bsuid, OutboundMessage, Text, WaId};
///
/// let by_phone = Address::from(WaId::new("34600000000"));
/// let hidden_phone = Address::from(Bsuid::new("ES.1234"));
/// for address in [by_phone, hidden_phone] {
///     assert!(!address.is_group());
///     OutboundMessage::new(address, Text::new("hola")).validate()?;
/// }
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// WhatsApp id of a user, exactly as a webhook delivered it.
    Phone(WaId),
    /// Business-scoped id of a user, whose phone number may be hidden.
    Bsuid(Bsuid),
    /// Group chat.
    Group(GroupId),
}

impl Address {
    /// Returns true for a group.
    ///
    /// Groups have no read receipts and no typing indicators, and accept fewer message types: see
    /// [`OutboundContent::is_allowed_in_groups`](crate::OutboundContent::is_allowed_in_groups).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_phone_numbers_and_bsuids() {
        let shown = format!("{:?} {:?}", Address::from(WaId::new("34600000000")), Address::from(Bsuid::new("ES.1234")));
        assert_eq!(shown, "Phone(WaId([11 characters])) Bsuid(Bsuid([7 characters]))");
    }
}
