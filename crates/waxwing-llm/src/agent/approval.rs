//! Calls that wait for the user's consent: what a turn says about them.
//!
//! A run that comes to such a call ends. What is needed to go on is kept in the session's state, which is committed with the turn that asks; the turn that brings
//! the answer goes on from there, in whichever process it is run.

mod pending;

use waxwing_agent::{AgentError, Choice, Question, Reply, RunContext, Turn, UserMessage};

use super::prompt::quoted;
use super::{CannedMessages, LlmAgent};

pub(super) use pending::{CallState, Kept, KeptCall, MAX_QUESTION, Pending, Ticket};

/// What begins the ids of the answers: a tap on one that is not known any more must not be taken for anything else.
const PREFIX: &str = "waxwing.approval.";

/// What a turn brings for a run to begin with.
pub(super) enum Opening {
    /// Nothing but an answer that does not count, which the user is told.
    Closed(Reply),
    Open(Opened),
}

/// A turn without what it says about a call that waits.
pub(super) struct Opened {
    /// The messages for the model.
    pub(super) messages: Vec<UserMessage>,
    /// What the model is told beside them.
    pub(super) notes: Vec<String>,
    /// The call that waits, and whether it is approved.
    pub(super) answer: Option<(Pending, bool)>,
}

/// What a message says about a call that waits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Heard {
    Nothing,
    Answer {
        approved: bool,
    },
    /// An answer that comes too late: to a question that has expired, was answered before, or is not known.
    Late,
    /// An answer of somebody else than was asked.
    Stranger,
}

impl LlmAgent {
    /// Where the session keeps what waits, and the memory which question was answered last.
    pub(super) fn approval_key(&self) -> String {
        format!("approval/{}", self.name)
    }

    fn kept(&self, ctx: &RunContext) -> Option<Kept> {
        let used: Option<String> = ctx.memory().state().get(&self.approval_key());
        let kept = ctx.session().get(&self.approval_key())?;
        let is_used = matches!(&kept, Kept::Waiting(pending) if used.as_ref() == Some(&pending.id));
        (!is_used).then_some(kept)
    }

    /// Notes that a question was answered. The memory is kept also where a run fails for good, and the state is not: without it the same answer could be given again.
    pub(super) fn use_up(&self, pending: &Pending, ctx: &RunContext) -> Result<(), AgentError> {
        ctx.memory().state().set(self.approval_key(), &pending.id)
    }

    /// The call that waits.
    pub(super) fn pending(&self, ctx: &RunContext) -> Option<Pending> {
        match self.kept(ctx)? {
            Kept::Waiting(pending) => Some(pending),
            Kept::Settled(_) => None,
        }
    }

    /// True if the turn has an answer to what this agent has asked.
    pub(super) fn is_awaited(&self, turn: &Turn, ctx: &RunContext) -> bool {
        let Some(pending) = self.pending(ctx) else { return false };
        turn.messages.iter().any(|message| match tapped(message) {
            Some((id, _)) => id == pending.id,
            None => heard(Some(&pending), message, &self.texts, ctx) != Heard::Nothing,
        })
    }

    /// Takes what a turn says about a call that waits out of it, and out of the state.
    pub(super) fn open(&self, turn: &Turn, ctx: &RunContext) -> Result<Opening, AgentError> {
        let state = ctx.session().state();
        let kept = self.kept(ctx);
        let pending = if let Some(Kept::Waiting(pending)) = &kept { Some(pending) } else { None };
        let (mut messages, mut answer) = (Vec::new(), None);
        let (mut is_late, mut is_strange) = (false, false);
        for message in &turn.messages {
            match heard(pending, message, &self.texts, ctx) {
                Heard::Nothing => messages.push(message.clone()),
                // Whoever taps both has tapped one of them first.
                Heard::Answer { approved } => answer = answer.or(Some(approved)),
                Heard::Late => is_late = true,
                Heard::Stranger => is_strange = true,
            }
        }
        let is_over = |pending: &Pending| turn.messages.iter().any(|message| pending.is_over(message));
        let nothing_else = answer.is_none() && messages.is_empty() && turn.undelivered.is_empty();
        if nothing_else && (is_late || is_strange) {
            if pending.is_some_and(is_over) {
                state.remove(&self.approval_key());
            }
            let text = match kept {
                _ if is_strange => &self.texts.approval_not_yours,
                Some(Kept::Settled(_)) => &self.texts.approval_result_unknown,
                _ => &self.texts.approval_expired,
            };
            return Ok(Opening::Closed(Reply::text(text)));
        }
        let mut notes = Vec::new();
        if is_late {
            notes.push(
                "[The user tapped an answer to a question of yours that is not open any more. Nothing was done.]"
                    .to_owned(),
            );
        }
        if is_strange {
            notes.push("[Somebody else than you have asked tapped the answer. It does not count.]".to_owned());
        }
        let mut answered = None;
        match kept {
            None => {}
            Some(Kept::Settled(note)) => {
                state.remove(&self.approval_key());
                notes.push(note);
            }
            Some(Kept::Waiting(mut pending)) => {
                let asked = format!("[You have asked the user: {}.", quoted(&pending.question));
                if let Some(approved) = answer {
                    state.remove(&self.approval_key());
                    let what = if approved { "The user has approved it" } else { "The user has not approved it" };
                    notes.push(format!("{asked} {what}.]"));
                    answered = Some((pending, approved));
                } else if is_over(&pending) {
                    state.remove(&self.approval_key());
                    notes.push(format!("{asked} There was no answer in time, and it was not done.]"));
                } else {
                    let CannedMessages { approve, deny, .. } = &self.texts;
                    notes.push(format!(
                        "{asked} There is no answer yet, and it is not done. The user can tap or write {} or {}.]",
                        quoted(approve),
                        quoted(deny)
                    ));
                    pending.was_passed = true;
                    state.set(self.approval_key(), Kept::Waiting(pending))?;
                }
            }
        }
        Ok(Opening::Open(Opened { messages, notes, answer: answered }))
    }
}

impl CannedMessages {
    /// The question of a call that waits.
    pub(super) fn question(&self, pending: &Pending) -> Question {
        let id = |answer: &str| format!("{PREFIX}{}.{answer}", pending.id);
        Question::new(&pending.question)
            .with_choice(Choice::new(id("yes"), &self.approve))
            .with_choice(Choice::new(id("no"), &self.deny))
    }
}

/// What a message says about a call that waits, if there is one.
fn heard(pending: Option<&Pending>, message: &UserMessage, texts: &CannedMessages, ctx: &RunContext) -> Heard {
    let sender = if message.sender.id.is_empty() { ctx.user_id() } else { &message.sender.id };
    let pending = pending.map(|pending| {
        // Elsewhere there is nobody else, though the user may be known by another name since.
        let is_asked = !ctx.is_group() || pending.asked == sender;
        (pending, is_asked, pending.is_over(message))
    });
    match (tapped(message), pending) {
        (Some((id, approved)), Some((pending, is_asked, is_over))) if id == pending.id => match (is_asked, is_over) {
            (false, _) => Heard::Stranger,
            (true, true) => Heard::Late,
            (true, false) => Heard::Answer { approved },
        },
        (Some(_), _) => Heard::Late,
        (None, Some((pending, true, false))) if message.choice.is_none() => {
            // After something else was said, a number may be meant for that.
            let is_number =
                message.text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ')'));
            let question = texts.question(pending);
            let answer =
                question.answer(message).filter(|_| !(is_number && pending.is_passed(ctx.session().history())));
            let approved = answer.map(|choice| *choice == question.choices[0]);
            approved.map_or(Heard::Nothing, |approved| Heard::Answer { approved })
        }
        (None, _) => Heard::Nothing,
    }
}

/// Which question a message answers by a tap, and how.
fn tapped(message: &UserMessage) -> Option<(&str, bool)> {
    let (id, answer) = message.choice.as_ref()?.id.strip_prefix(PREFIX)?.split_once('.')?;
    Some((id, answer == "yes"))
}
