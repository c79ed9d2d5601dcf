//! How a turn ends: what becomes of each message, what the user reads, what the session keeps.

use waxwing_agent::Reply;
use waxwing_store::{Draft, InboxSeq, NewSession, Outcome, SessionWrite};

use super::batch::Unreadable;

/// The end of a turn, before it is committed.
#[derive(Debug, Default)]
pub(super) struct End {
    pub(super) outcomes: Vec<(InboxSeq, Outcome)>,
    pub(super) reply: Vec<Draft>,
    pub(super) session: Option<SessionWrite>,
    pub(super) begin_session: Option<NewSession>,
}

impl End {
    /// The messages were answered with this reply, or, without one, in silence.
    pub(super) fn answered(messages: &[InboxSeq], reply: Vec<Draft>, session: SessionWrite) -> Self {
        Self { outcomes: each(messages, &Outcome::Answered), reply, session: Some(session), ..Self::default() }
    }

    /// The messages will not be answered, for this reason.
    pub(super) fn given_up(messages: &[InboxSeq], reason: &str, apology: Vec<Draft>) -> Self {
        let outcome = Outcome::DeadLettered(reason.to_owned());
        Self { outcomes: each(messages, &outcome), reply: apology, ..Self::default() }
    }

    /// A command begins a new session.
    pub(super) fn new_session(command: InboxSeq, session: NewSession, reply: Vec<Draft>) -> Self {
        Self { outcomes: each(&[command], &Outcome::Commanded), reply, begin_session: Some(session), ..Self::default() }
    }

    /// There was nothing that an agent could take.
    pub(super) fn unreadable(unreadable: Vec<Unreadable>, reply: Vec<Draft>) -> Self {
        Self { reply, ..Self::default() }.and_unreadable(unreadable)
    }

    /// Passes over messages that no agent can take.
    pub(super) fn and_unreadable(mut self, unreadable: Vec<Unreadable>) -> Self {
        let outcome =
            |message: Unreadable| (message.seq, Outcome::Ignored(format!("type not supported: {}", message.kind)));
        self.outcomes.extend(unreadable.into_iter().map(outcome));
        self
    }
}

/// A reply of one fixed text; none if the text is empty.
pub(super) fn fixed(text: &str) -> Reply {
    if text.is_empty() { Reply::none() } else { Reply::text(text) }
}

fn each(messages: &[InboxSeq], outcome: &Outcome) -> Vec<(InboxSeq, Outcome)> {
    messages.iter().map(|seq| (*seq, outcome.clone())).collect()
}
