//! What of the waiting messages one turn deals with.

use waxwing_store::{InboxSeq, PendingMessage};

use crate::inbound::{Command, Heard, Said, hear};
use crate::notice::Notices;

/// The messages of one turn: those up to the first command, or the command alone, so that it takes its place among the messages around it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What the agent is to answer.
    pub(super) said: Vec<Said>,
    /// What no agent can take.
    pub(super) unreadable: Vec<Unreadable>,
    /// What the engine is to do; then there is nothing else.
    pub(super) command: Option<(InboxSeq, Command)>,
}

/// A message that no agent can take.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) seq: InboxSeq,
    /// Meta's name for the type.
    pub(super) kind: String,
}

impl Batch {
    pub(super) fn of(pending: &[PendingMessage], notices: &Notices) -> Self {
        let mut batch = Self::default();
        for message in pending {
            match hear(message) {
                Heard::Said(said) => batch.said.push(*said),
                Heard::Unreadable(kind) => {
                    notices.once("type", &kind, || {
                        tracing::info!(kind, "a type of message came in that agents cannot take");
                    });
                    batch.unreadable.push(Unreadable { seq: message.seq, kind });
                }
                Heard::Command(command) => {
                    if batch.said.is_empty() && batch.unreadable.is_empty() {
                        batch.command = Some((message.seq, command));
                    }
                    break;
                }
            }
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;
    use waxwing_store::{Person, Timestamp};
    use waxwing_types::MessageId;

    #[track_caller]
    fn check(texts: &[&str], said: usize, unreadable: usize, command: bool) {
        let pending: Vec<_> = (1..).zip(texts).map(|(seq, text)| message(seq, text)).collect();
        let batch = Batch::of(&pending, &Notices::default());
        assert_eq!((batch.said.len(), batch.unreadable.len(), batch.command.is_some()), (said, unreadable, command));
    }

    fn message(seq: i64, text: &str) -> PendingMessage {
        let kind = if text == "?" { "poll" } else { "text" };
        PendingMessage {
            seq: InboxSeq(seq),
            id: MessageId::new("wamid.A"),
            sender: Person::default(),
            sent_at: 0,
            received_at: Timestamp::from_millis(0),
            kind: kind.into(),
            body: Bytes::from(json!({"id":"wamid.A","type":kind,"text":{"body":text}}).to_string()),
            run: None,
        }
    }

    #[test]
    fn a_command_splits_a_burst() {
        check(&["a", "b"], 2, 0, false);
        check(&["a", "/new", "b"], 1, 0, false);
        check(&["/new", "b"], 0, 0, true);
        check(&["?", "/new"], 0, 1, false);
        check(&["a", "?", "b"], 2, 1, false);
    }
}
