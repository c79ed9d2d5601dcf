//! How a turn ends: what becomes of each message, what the user reads, what the session keeps.

use waxwing_agent::Reply;
use waxwing_store::{Draft, InboxSeq, MessageOutcome, NewSession, OutboxId, ResponderChange, SessionWrite};

use super::input::Skipped;

/// The end of a turn, before it is committed.
#[derive(Debug, Default)]
pub(super) struct TurnOutcome {
    pub(super) outcomes: Vec<(InboxSeq, MessageOutcome)>,
    pub(super) reply: Vec<Draft>,
    pub(super) session: Option<SessionWrite>,
    pub(super) begin_session: Option<NewSession>,
    /// Who answers from now on, where that changes.
    pub(super) pause: Option<ResponderChange>,
    /// Messages that will not arrive, of which the agent knows now.
    pub(super) told: Vec<OutboxId>,
}

impl TurnOutcome {
    /// The messages were answered with this reply, or, without one, in silence.
    pub(super) fn answered(messages: &[InboxSeq], reply: Vec<Draft>, session: SessionWrite) -> Self {
        Self { outcomes: each(messages, &MessageOutcome::Answered), reply, session: Some(session), ..Self::default() }
    }

    /// The messages will not be answered, for this reason.
    pub(super) fn given_up(messages: &[InboxSeq], reason: &str, apology: Vec<Draft>) -> Self {
        let outcome = MessageOutcome::DeadLettered(reason.to_owned());
        Self { outcomes: each(messages, &outcome), reply: apology, ..Self::default() }
    }

    /// A command was carried out.
    pub(super) fn commanded(command: InboxSeq, reply: Vec<Draft>) -> Self {
        Self { outcomes: each(&[command], &MessageOutcome::Command), reply, ..Self::default() }
    }

    /// There was nothing to answer, but perhaps something to say.
    pub(super) fn nothing(reply: Vec<Draft>) -> Self {
        Self { reply, ..Self::default() }
    }

    /// Begins a new session after the turn.
    pub(super) fn and_begin(mut self, session: NewSession) -> Self {
        self.begin_session = Some(session);
        self
    }

    /// Keeps what was said in the session.
    pub(super) fn and_keep(mut self, session: impl Into<Option<SessionWrite>>) -> Self {
        self.session = session.into().or(self.session);
        self
    }

    /// Changes who answers.
    pub(super) fn and_pause(mut self, pause: Option<ResponderChange>) -> Self {
        self.pause = pause.or(self.pause);
        self
    }

    /// Passes messages over.
    pub(super) fn and_skip(mut self, messages: Vec<Skipped>) -> Self {
        let outcome = |message: Skipped| (message.seq, MessageOutcome::Ignored(message.reason.words()));
        self.outcomes.extend(messages.into_iter().map(outcome));
        self
    }
}

/// A reply of one fixed text; none if the text is empty.
pub(super) fn fixed(text: &str) -> Reply {
    if text.is_empty() { Reply::none() } else { Reply::text(text) }
}

fn each(messages: &[InboxSeq], outcome: &MessageOutcome) -> Vec<(InboxSeq, MessageOutcome)> {
    messages.iter().map(|seq| (*seq, outcome.clone())).collect()
}
