//! Owner of a conversation.

use serde_json::json;
use waxwing_types::Address;

use super::Number;
use crate::Error;
use crate::node::recipient_fields;

/// Change of the owner of a conversation. Several responders of a number own different conversations.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ThreadAction {
    /// Gives the conversation to the next responder.
    Pass,
    /// Gives the conversation to Meta's AI agent.
    PassToAiAgent,
    /// Leaves the conversation without an owner. Meta reports it to nobody.
    Release,
    /// Takes the conversation. Only the designated escalation partner can.
    Take,
}

impl Number<'_> {
    /// Changes the owner of the conversation with a user. `metadata` is a text for the new owner, at most 2,000 characters.
    ///
    /// Meta reports the change by the webhook field `messaging_handovers`. A message of the business takes a conversation over without
    /// this call.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers>
    ///
    /// # Errors
    ///
    /// Returns an error for a group, and if the business must not take the conversation (100, sub-code 2494191).
    ///
    /// ```no_run
    /// use waxwing_client::types::{PhoneNumberId, WaId};
    /// use waxwing_client::{Client, Error, ThreadAction};
    ///
    /// async fn hand_over(client: &Client) -> Result<(), Error> {
    ///     let number = client.number(PhoneNumberId::new("1000001"));
    ///     let ana = WaId::new("34600000000").into();
    ///     number.control_thread(&ana, ThreadAction::Pass, Some("asks for a refund")).await
    /// }
    /// ```
    pub async fn control_thread(
        &self,
        user: &Address,
        action: ThreadAction,
        metadata: Option<&str>,
    ) -> Result<(), Error> {
        let mut body = recipient_fields(user)?;
        body["action"] = match action {
            ThreadAction::Pass | ThreadAction::PassToAiAgent => "pass",
            ThreadAction::Release => "release",
            ThreadAction::Take => "take",
        }
        .into();
        if action == ThreadAction::PassToAiAgent {
            body["control_pass"] = json!({ "target_role": "ai_agent" });
        }
        if let Some(metadata) = metadata {
            body["metadata"] = metadata.into();
        }
        self.node.post(&["thread_control"], &body).await
    }
}
