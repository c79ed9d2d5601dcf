//! Reads what an operator did in a conversation.

use std::fmt;

use waxwing_agent::MediaKind;
use waxwing_store::PendingMessage;
use waxwing_webhook::InboundMessage;

use super::content::decode_content;
use crate::operator::{NextResponder, StoredAction};

/// A message or an action of an operator.
pub(crate) struct OperatorMessage {
    /// The text that the operator sent; may be empty.
    pub(crate) text: String,
    /// The kind of medium that the operator sent.
    pub(crate) medium: Option<MediaKind>,
    pub(crate) responder: NextResponder,
}

impl OperatorMessage {
    /// Reads a message echo: a message that an operator typed in the WhatsApp Business app.
    pub(super) fn from_message_echo(pending: &PendingMessage) -> Self {
        let decoded = InboundMessage::parse(&pending.body).ok().and_then(|message| decode_content(message.content));
        let (text, medium) = decoded.map_or((String::new(), None), |(message, medium)| {
            (message.plain_text().into_owned(), medium.map(|(kind, _)| kind))
        });
        Self { text, medium, responder: NextResponder::HumanTemporarily }
    }

    /// Reads an action that was taken through an [`Operator`](crate::Operator).
    ///
    /// An action that cannot be read counts as a message without text: its text is sent already, and no agent must answer it.
    pub(super) fn from_action(pending: &PendingMessage) -> Self {
        let StoredAction { text, responder } = StoredAction::from_bytes(&pending.body).unwrap_or_default();
        Self { text: text.unwrap_or_default(), medium: None, responder }
    }
}

impl fmt::Debug for OperatorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorMessage")
            .field("medium", &self.medium)
            .field("responder", &self.responder)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::{Value, json};
    use waxwing_store::{InboxSeq, Origin, UserIdentity};
    use waxwing_types::MessageId;

    fn pending(origin: Origin, body: Bytes) -> PendingMessage {
        PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.A"),
            origin,
            sender: UserIdentity::default(),
            sent_at: 0,
            age: std::time::Duration::ZERO,
            kind: "text".into(),
            body,
            run: None,
        }
    }

    fn json_bytes(body: &Value) -> Bytes {
        Bytes::from(body.to_string())
    }

    #[test]
    fn a_message_echo_is_read_as_text() {
        for (body, text, medium) in [
            (json!({"id": "1", "type": "text", "text": {"body": "hola"}}), "hola", None),
            (json!({"id": "1", "type": "image", "image": {"id": "7", "caption": "c"}}), "c", Some(MediaKind::Image)),
            (json!({"id": "1", "type": "hologram", "hologram": {}}), "", None),
            (json!(7), "", None),
        ] {
            let read = OperatorMessage::from_message_echo(&pending(Origin::BusinessApp, json_bytes(&body)));
            let expected = (text, medium, NextResponder::HumanTemporarily);
            assert_eq!((read.text.as_str(), read.medium, read.responder), expected, "{body}");
        }
    }

    #[test]
    fn an_action_is_read_back() {
        for responder in [
            NextResponder::HumanTemporarily,
            NextResponder::Unchanged,
            NextResponder::HumanUntil(7),
            NextResponder::Human,
            NextResponder::Agent,
        ] {
            let stored = StoredAction { text: Some("hola".into()), responder };
            let read = OperatorMessage::from_action(&pending(Origin::Operator, stored.to_bytes()));
            assert_eq!((read.text.as_str(), read.responder), ("hola", responder));
        }
        let unreadable = OperatorMessage::from_action(&pending(Origin::Operator, json_bytes(&json!(7))));
        assert_eq!(unreadable.responder, NextResponder::HumanTemporarily);
    }
}
