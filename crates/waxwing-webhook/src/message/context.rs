//! Reference of a message to an earlier message or a product.

use waxwing_types::{Bsuid, MessageId, WaId};

use super::product::ProductReference;
use crate::json::JsonObject;

/// Reference of a message to an earlier one, or to a product. A reply names the quoted message; a forwarded message names none.
///
/// `Debug` hides the ids of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageContext {
    /// Message that is quoted.
    pub id: Option<MessageId>,
    /// WhatsApp id of the author of the quoted message: the business number or a user.
    pub from: Option<WaId>,
    /// Business-scoped id of the author of the quoted message.
    pub from_bsuid: Option<Bsuid>,
    /// Whether the user forwarded the message.
    pub forwarded: bool,
    /// Whether the message has been forwarded many times.
    pub frequently_forwarded: bool,
    /// Product of the catalog that the user asks about.
    pub referred_product: Option<ProductReference>,
}

impl MessageContext {
    pub(super) fn read(context: &JsonObject<'_>) -> Self {
        Self {
            id: context.string("id").map(MessageId::new),
            from: context.string("from").map(WaId::new),
            from_bsuid: context.string("from_user_id").map(Bsuid::new),
            forwarded: context.is_true("forwarded"),
            frequently_forwarded: context.is_true("frequently_forwarded"),
            referred_product: context.object("referred_product").and_then(|product| ProductReference::read(&product)),
        }
    }
}
