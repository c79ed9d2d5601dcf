//! What people of the business do in conversations: what they say at the desk or type in the Business app, and who responder then.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use waxwing_agent::MediaKind;
use waxwing_store::{
    ConversationId, ConversationTarget, NewOperatorAction, OperatorStore, OutboxId, PendingMessage, ResponderChange,
    Timestamp,
};
use waxwing_types::{OutboundContent, Text};

use crate::engine::Engine;
use crate::inbound::classify::decode_content;
use crate::settings::EngineSettings;

/// What somebody does at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorAction {
    /// What is said to the user.
    pub text: Option<String>,
    /// Who responder then.
    pub responder: NextResponder,
}

/// Who responder after somebody has taken part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextResponder {
    /// A person, for [`EngineSettings::handoff_duration`]: as after text that are typed in the Business app.
    HumanTemporarily,
    /// Whoever has answered before.
    Unchanged,
    /// A person, until then, in milliseconds since the Unix epoch.
    HumanUntil(i64),
    /// A person, until somebody resumes.
    Human,
    /// The agent.
    Agent,
}

/// An act at the desk could not be taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// WhatsApp does not carry these text.
    #[error("the text cannot be sent: {0}")]
    Invalid(String),
    /// The store failed, or does not know the conversation.
    #[error(transparent)]
    Store(#[from] waxwing_store::Error),
}

/// Takes in what somebody does at the desk: for a program that has the store and no engine. The next engine on this store will see to it.
///
/// Returns the conversation, and the row of the outbox that carries the text.
///
/// # Errors
///
/// Words that WhatsApp does not carry are refused; so is a conversation that does not exist.
pub async fn act(
    store: &dyn OperatorStore,
    to: ConversationTarget,
    act: &OperatorAction,
) -> Result<(ConversationId, Option<OutboxId>), OperatorError> {
    let content = act.text.clone().map(|text| OutboundContent::from(Text::new(text)));
    if let Some(content) = &content {
        content.validate().map_err(|error| OperatorError::Invalid(error.to_string()))?;
    }
    let id = format!("desk-{}", uuid::Uuid::now_v7().simple());
    let body = Stored { text: act.text.clone(), responder: act.responder }.bytes();
    Ok(store.record_operator_action(NewOperatorAction { target: to, id, content, body }).await?)
}

impl Engine {
    /// Takes in what somebody does at the desk: what is said is sent, an answer that is being written is called off, and the turn that follows keeps
    /// the text in the history.
    ///
    /// # Errors
    ///
    /// As for [`act`].
    pub async fn act(
        &self,
        to: ConversationTarget,
        what: &OperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), OperatorError> {
        let shared = self.shared();
        let done = act(&*shared.store, to, what).await?;
        shared.turn_signals.wake(&[done.0]);
        shared.turns_due.notify_one();
        shared.sends_due.notify_one();
        Ok(done)
    }
}

/// An act as it waits for its turn.
#[derive(Serialize, Deserialize)]
struct Stored {
    text: Option<String>,
    responder: NextResponder,
}

impl Stored {
    fn bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings and numbers are JSON").into()
    }
}

/// What a turn reads of something that a person of the business said or did.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) text: String,
    pub(crate) medium: Option<MediaKind>,
    pub(crate) responder: NextResponder,
}

impl Act {
    /// Words that were typed in the Business app.
    pub(crate) fn typed(pending: &PendingMessage) -> Self {
        let parsed = waxwing_webhook::InboundMessage::parse(&pending.body).ok();
        let understood = parsed.and_then(|message| decode_content(message.content));
        let (text, medium) = understood.map_or((String::new(), None), |(message, medium)| {
            (message.plain_text().into_owned(), medium.map(|(kind, _)| kind))
        });
        Self { text, medium, responder: NextResponder::HumanTemporarily }
    }

    /// What was said or done at the desk.
    pub(crate) fn of_desk(pending: &PendingMessage) -> Self {
        // It is our own; one that cannot be read has gone out, and must not come back to be answered.
        let stored = serde_json::from_slice(&pending.body);
        let Stored { text, responder } =
            stored.unwrap_or(Stored { text: None, responder: NextResponder::HumanTemporarily });
        Self { text: text.unwrap_or_default(), medium: None, responder }
    }
}

impl NextResponder {
    /// Returns the change of the responder, if there is one.
    pub(crate) fn change(self, settings: &EngineSettings, now: Timestamp) -> Option<ResponderChange> {
        match self {
            Self::HumanTemporarily if !settings.handoff_duration.is_zero() => {
                Some(ResponderChange::HumanForAtLeast(settings.handoff_duration))
            }
            Self::HumanTemporarily | Self::Unchanged => None,
            Self::HumanUntil(until) => Some(ResponderChange::HumanFor(Timestamp::from_millis(until).since(now))),
            Self::Human => Some(ResponderChange::HumanUntilResumed),
            Self::Agent => Some(ResponderChange::Agent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;
    use waxwing_store::{InboxSeq, Origin, UserIdentity};
    use waxwing_types::MessageId;

    fn pending(origin: Origin, body: &Value) -> PendingMessage {
        PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.A"),
            origin,
            sender: UserIdentity::default(),
            sent_at: 0,
            received_at: Timestamp::from_millis(0),
            kind: "text".into(),
            body: Bytes::from(body.to_string()),
            run: None,
        }
    }

    #[test]
    fn what_was_typed_is_read_in_words() {
        for (body, text, medium) in [
            (json!({"id": "1", "type": "text", "text": {"body": "hola"}}), "hola", None),
            (json!({"id": "1", "type": "image", "image": {"id": "7", "caption": "c"}}), "c", Some(MediaKind::Image)),
            (json!({"id": "1", "type": "hologram", "hologram": {}}), "", None),
            (json!(7), "", None),
        ] {
            let act = Act::typed(&pending(Origin::BusinessApp, &body));
            assert_eq!(
                (act.text.as_str(), act.medium, act.responder),
                (text, medium, NextResponder::HumanTemporarily),
                "{body}"
            );
        }
    }

    #[test]
    fn what_was_done_at_the_desk_is_read_back() {
        for responder in [
            NextResponder::HumanTemporarily,
            NextResponder::Unchanged,
            NextResponder::HumanUntil(7),
            NextResponder::Human,
            NextResponder::Agent,
        ] {
            let body = serde_json::to_value(Stored { text: Some("hola".into()), responder }).unwrap();
            let act = Act::of_desk(&pending(Origin::Operator, &body));
            assert_eq!((act.text.as_str(), act.responder), ("hola", responder));
        }
        assert_eq!(Act::of_desk(&pending(Origin::Operator, &json!(7))).responder, NextResponder::HumanTemporarily);
    }

    #[test]
    fn an_action_changes_the_responder() {
        let at = Timestamp::from_millis;
        let time = Duration::from_millis(10);
        let settings = EngineSettings { handoff_duration: time, ..EngineSettings::default() };
        let never = EngineSettings { handoff_duration: Duration::ZERO, ..EngineSettings::default() };
        let change = |responder: NextResponder| responder.change(&settings, at(100));
        assert_eq!(change(NextResponder::HumanTemporarily), Some(ResponderChange::HumanForAtLeast(time)));
        assert_eq!(NextResponder::HumanTemporarily.change(&never, at(100)), None);
        assert_eq!(change(NextResponder::Unchanged), None);
        let one = Duration::from_millis(1);
        assert_eq!(change(NextResponder::HumanUntil(101)), Some(ResponderChange::HumanFor(one)));
        assert_eq!(change(NextResponder::HumanUntil(99)), Some(ResponderChange::HumanFor(Duration::ZERO)));
        assert_eq!(change(NextResponder::Human), Some(ResponderChange::HumanUntilResumed));
        assert_eq!(change(NextResponder::Agent), Some(ResponderChange::Agent));
    }
}
