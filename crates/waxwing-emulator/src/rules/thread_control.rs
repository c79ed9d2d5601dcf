//! Requests about the owner of a conversation.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers>

use serde_json::Value;

use super::address::{self, RecipientAddress};
use super::{GraphError, RequestObject, Rule, Rules};

/// Request about the owner of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThreadControlRequest {
    pub(crate) user: RecipientAddress,
    /// Whether the conversation goes to another responder. A released conversation has no owner.
    pub(crate) is_passed: bool,
}

/// Checks a request. The business is no escalation partner, which alone can take a conversation.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<ThreadControlRequest, GraphError> {
    let keys = &["messaging_product", "recipient_type", "to", "recipient", "action", "metadata", "control_pass"];
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let user = address::check(body)?;
        let action = body.one_of("action", &["pass", "release", "take"])?;
        body.text("metadata", Rule::ThreadMetadata)?;
        if let Some(pass) = body.object("control_pass", &["target_role"])?
            && pass.has("target_role")
        {
            pass.one_of("target_role", &["ai_agent"])?;
        }
        if action == "take" {
            return Err(body.violates(
                Rule::ThreadTake,
                "action",
                "only the escalation partner can take a conversation",
            ));
        }
        Ok(ThreadControlRequest { user, is_passed: action == "pass" })
    };
    RequestObject::read(body, keys, rules, check).map(|(request, _)| request)
}
