//! What people of the business do in conversations: what they say at the desk or type in the Business app, and who answers then.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use waxwing_agent::MediaKind;
use waxwing_store::{ConversationId, Intervention, OutboxId, Pause, PendingMessage, Recipient, Store, Timestamp};
use waxwing_types::{Content, Text};

use crate::engine::Engine;
use crate::inbound::understand;
use crate::settings::Settings;

/// What somebody does at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskAct {
    /// What is said to the user.
    pub words: Option<String>,
    /// Who answers then.
    pub answers: Answers,
}

/// Who answers after somebody has taken part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answers {
    /// A person, for [`Settings::hand_over_time`]: as after words that are typed in the Business app.
    AsUsual,
    /// Whoever has answered before.
    AsBefore,
    /// A person, until then, in milliseconds since the Unix epoch.
    PersonUntil(i64),
    /// A person, until somebody resumes.
    Person,
    /// The agent.
    Agent,
}

/// An act at the desk could not be taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// WhatsApp does not carry these words.
    #[error("the words cannot be sent: {0}")]
    Invalid(String),
    /// The store failed, or does not know the conversation.
    #[error(transparent)]
    Store(#[from] waxwing_store::Error),
}

/// Takes in what somebody does at the desk: for a program that has the store and no engine. The next engine on this store will see to it.
///
/// Returns the conversation, and the row of the outbox that carries the words.
///
/// # Errors
///
/// Words that WhatsApp does not carry are refused; so is a conversation that does not exist.
pub async fn act(
    store: &dyn Store,
    to: Recipient,
    act: &DeskAct,
) -> Result<(ConversationId, Option<OutboxId>), ActError> {
    let says = act.words.clone().map(|words| Content::from(Text::new(words)));
    if let Some(content) = &says {
        content.validate().map_err(|error| ActError::Invalid(error.to_string()))?;
    }
    let id = format!("desk-{}", uuid::Uuid::now_v7().simple());
    let body = Stored { words: act.words.clone(), answers: act.answers }.bytes();
    Ok(store.intervene(Intervention { to, id, says, body }).await?)
}

impl Engine {
    /// Takes in what somebody does at the desk: what is said is sent, an answer that is being written is called off, and the turn that follows keeps
    /// the words in the history.
    ///
    /// # Errors
    ///
    /// As for [`act`].
    pub async fn act(&self, to: Recipient, what: &DeskAct) -> Result<(ConversationId, Option<OutboxId>), ActError> {
        let shared = self.shared();
        let done = act(&*shared.store, to, what).await?;
        shared.attention.call(&[done.0]);
        shared.turns_due.notify_one();
        shared.sends_due.notify_one();
        Ok(done)
    }
}

/// An act as it waits for its turn.
#[derive(Serialize, Deserialize)]
struct Stored {
    words: Option<String>,
    answers: Answers,
}

impl Stored {
    fn bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings and numbers are JSON").into()
    }
}

/// What a turn reads of something that a person of the business said or did.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) words: String,
    pub(crate) medium: Option<MediaKind>,
    pub(crate) answers: Answers,
}

impl Act {
    /// Words that were typed in the Business app.
    pub(crate) fn typed(pending: &PendingMessage) -> Self {
        let parsed = waxwing_webhook::Message::parse(&pending.body).ok();
        let understood = parsed.and_then(|message| understand(message.content));
        let (words, medium) = understood.map_or((String::new(), None), |(message, medium)| {
            (message.in_words().into_owned(), medium.map(|(kind, _)| kind))
        });
        Self { words, medium, answers: Answers::AsUsual }
    }

    /// What was said or done at the desk.
    pub(crate) fn of_desk(pending: &PendingMessage) -> Self {
        // It is our own; one that cannot be read has gone out, and must not come back to be answered.
        let stored = serde_json::from_slice(&pending.body);
        let Stored { words, answers } = stored.unwrap_or(Stored { words: None, answers: Answers::AsUsual });
        Self { words: words.unwrap_or_default(), medium: None, answers }
    }
}

impl Answers {
    /// What it changes at this time, in a conversation that is paused until `paused_until`.
    pub(crate) fn pause(self, settings: &Settings, now: Timestamp, paused_until: Option<Timestamp>) -> Option<Pause> {
        match self {
            // What lasts longer already is not cut short.
            Self::AsUsual if !settings.hand_over_time.is_zero() => {
                Some(Pause::Until(now.after(settings.hand_over_time).max(paused_until.unwrap_or(now))))
            }
            Self::AsUsual | Self::AsBefore => None,
            Self::PersonUntil(until) => Some(Pause::Until(Timestamp::from_millis(until))),
            Self::Person => Some(Pause::Until(Timestamp::MAX)),
            Self::Agent => Some(Pause::Over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;
    use waxwing_store::{InboxSeq, Origin, Person};
    use waxwing_types::MessageId;

    fn pending(origin: Origin, body: &Value) -> PendingMessage {
        PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.A"),
            origin,
            sender: Person::default(),
            sent_at: 0,
            received_at: Timestamp::from_millis(0),
            kind: "text".into(),
            body: Bytes::from(body.to_string()),
            run: None,
        }
    }

    #[test]
    fn what_was_typed_is_read_in_words() {
        for (body, words, medium) in [
            (json!({"id": "1", "type": "text", "text": {"body": "hola"}}), "hola", None),
            (json!({"id": "1", "type": "image", "image": {"id": "7", "caption": "c"}}), "c", Some(MediaKind::Image)),
            (json!({"id": "1", "type": "hologram", "hologram": {}}), "", None),
            (json!(7), "", None),
        ] {
            let act = Act::typed(&pending(Origin::App, &body));
            assert_eq!((act.words.as_str(), act.medium, act.answers), (words, medium, Answers::AsUsual), "{body}");
        }
    }

    #[test]
    fn what_was_done_at_the_desk_is_read_back() {
        for answers in [Answers::AsUsual, Answers::AsBefore, Answers::PersonUntil(7), Answers::Person, Answers::Agent] {
            let body = serde_json::to_value(Stored { words: Some("hola".into()), answers }).unwrap();
            let act = Act::of_desk(&pending(Origin::Desk, &body));
            assert_eq!((act.words.as_str(), act.answers), ("hola", answers));
        }
        assert_eq!(Act::of_desk(&pending(Origin::Desk, &json!(7))).answers, Answers::AsUsual);
    }

    #[test]
    fn a_word_of_a_person_never_shortens_a_pause() {
        let at = Timestamp::from_millis;
        let settings = Settings { hand_over_time: Duration::from_millis(10), ..Settings::default() };
        let never = Settings { hand_over_time: Duration::ZERO, ..Settings::default() };
        let pause = |answers: Answers, until| answers.pause(&settings, at(100), until);
        assert_eq!(pause(Answers::AsUsual, None), Some(Pause::Until(at(110))));
        assert_eq!(pause(Answers::AsUsual, Some(at(105))), Some(Pause::Until(at(110))));
        assert_eq!(pause(Answers::AsUsual, Some(at(120))), Some(Pause::Until(at(120))));
        assert_eq!(Answers::AsUsual.pause(&never, at(100), Some(at(120))), None);
        assert_eq!(pause(Answers::AsBefore, Some(at(120))), None);
        assert_eq!(pause(Answers::PersonUntil(101), Some(at(120))), Some(Pause::Until(at(101))));
        assert_eq!(pause(Answers::Person, None), Some(Pause::Until(Timestamp::MAX)));
        assert_eq!(pause(Answers::Agent, Some(at(120))), Some(Pause::Over));
    }
}
