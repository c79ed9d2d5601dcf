//! Accepted message of the business.

use serde_json::Value;

use super::account::NumberIndex;
use super::delivery_plan::DeliveryPlan;
use crate::price::Price;
use crate::rules::message::MessageDraft;
use crate::timeline::EmulatedUserId;

/// Message of the business that was accepted and is not in a chat yet.
#[derive(Debug, Clone)]
pub(crate) struct AcceptedMessage {
    pub(crate) id: String,
    pub(crate) number: NumberIndex,
    /// Recipient. For a group message, one of the participants.
    pub(crate) user: EmulatedUserId,
    pub(crate) group: Option<String>,
    pub(crate) draft: MessageDraft,
    pub(crate) reply_to: Option<String>,
    pub(crate) callback_data: Option<String>,
    /// Whether the business addressed the phone number instead of the BSUID.
    pub(crate) by_phone: bool,
    pub(crate) price: Price,
    pub(crate) plan: DeliveryPlan,
    pub(crate) is_direct_send: bool,
    /// Body of the request.
    pub(crate) body: Value,
}
