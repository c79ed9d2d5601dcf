//! Reads what an operator did in a conversation.

use waxwing_store::PendingMessage;

use crate::operator::{NextResponder, StoredAction};

/// A message or an action of an operator. The conversation log has the text.
#[derive(Debug)]
pub(crate) struct OperatorMessage {
    pub(crate) responder: NextResponder,
}

impl OperatorMessage {
    /// Reads a message echo: a message that an operator typed in the WhatsApp Business app.
    pub(super) fn from_message_echo() -> Self {
        Self { responder: NextResponder::HumanTemporarily }
    }

    /// Reads an action that was taken through an [`Operator`](crate::Operator).
    ///
    /// An action that cannot be read counts as a message without text: its text is sent already, and no agent must answer it.
    pub(super) fn from_action(pending: &PendingMessage) -> Self {
        Self { responder: StoredAction::from_bytes(&pending.body).unwrap_or_default().responder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use waxwing_store::{InboxSeq, Origin, UserIdentity};
    use waxwing_types::MessageId;

    fn action(body: Bytes) -> PendingMessage {
        PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("operator-1"),
            origin: Origin::Operator,
            sender: UserIdentity::default(),
            sent_at: 0,
            age: std::time::Duration::ZERO,
            kind: "operator".into(),
            body,
            run: None,
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
            assert_eq!(OperatorMessage::from_action(&action(stored.to_bytes())).responder, responder);
        }
        let unreadable = OperatorMessage::from_action(&action(Bytes::from_static(b"7")));
        assert_eq!(unreadable.responder, NextResponder::HumanTemporarily);
    }
}
