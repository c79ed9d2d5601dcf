//! Update of a webhook notification, one variant per kind.

use bytes::Bytes;

use super::{
    AccountEvent, CallEvent, HandoverEvent, IdentityEvent, MessageEchoEvent, MessageEvent, OtherEvent, PreferenceEvent,
    StatusEvent, TemplateEvent,
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
    /// Change of an account, of a number, or of one of their services.
    Account(AccountEvent),
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

impl WebhookEvent {
    /// Returns the JSON of the event, as received. A slice of the body.
    pub fn raw(&self) -> &Bytes {
        match self {
            Self::Message(event) | Self::StandbyMessage(event) => &event.raw,
            Self::MessageEcho(event) | Self::StandbyEcho(event) => &event.raw,
            Self::Status(event) => &event.raw,
            Self::Identity(event) => &event.raw,
            Self::Preference(event) => &event.raw,
            Self::Template(event) => &event.raw,
            Self::Account(event) => &event.raw,
            Self::Call(event) => &event.raw,
            Self::Handover(event) => &event.raw,
            Self::Other(event) => &event.raw,
        }
    }
}
