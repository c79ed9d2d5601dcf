//! Update of a webhook notification, one variant per kind.

use super::{
    CallEvent, HandoverEvent, IdentityEvent, MessageEchoEvent, MessageEvent, OtherEvent, PreferenceEvent, StatusEvent,
    TemplateEvent,
};

/// One update of a webhook notification. `Debug` hides message texts and users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookEvent {
    /// Message that a user sent.
    Message(MessageEvent),
    /// Message that the business sent from the WhatsApp Business app.
    MessageEcho(MessageEchoEvent),
    /// Delivery status of an outbound message.
    Status(StatusEvent),
    /// Change of a user's ids.
    Identity(IdentityEvent),
    /// Preference of a user, such as the end of marketing messages.
    Preference(PreferenceEvent),
    /// Change of a message template.
    Template(TemplateEvent),
    /// Event of a call.
    Call(CallEvent),
    /// Message that a user sent in a conversation that another app owns (`standby`). It is not to be answered.
    StandbyMessage(MessageEvent),
    /// Message that another app sent to a user, as the owner of the conversation (`standby`).
    StandbyEcho(MessageEchoEvent),
    /// Change of the owner of a conversation.
    Handover(HandoverEvent),
    /// Any other part of the notification, as raw JSON.
    Other(OtherEvent),
}
