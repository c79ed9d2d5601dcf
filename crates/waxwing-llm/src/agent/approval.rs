//! Tool approval: recognizes the user's answers to approvals in a turn.
//!
//! A run that reaches a call which needs approval ends with a question. Everything that is needed to continue is kept in the session state,
//! which is committed with the question. The turn with the answer continues from there, in any process.

mod answer;
mod answer_words;
mod pending;
mod store;

use std::time::Duration;

use waxwing_agent::{AgentError, Reply, Turn, UserMessage};

use super::CannedMessages;
use crate::tag::Tag;
use answer::{Answer, TurnAnswers};

pub(super) use answer::AnswerRules;
pub(super) use pending::{ApprovalTicket, CallStatus, MAX_QUESTION, PendingApproval, PendingCall, StoredApproval};
pub(super) use store::ApprovalStore;

const LATE: &str = "The user answered an approval that has expired or was already answered. Nothing was done.";

const NOT_ASKED: &str = "Another person answered this approval. Only the user who was asked can approve it.";

/// Settings of approvals.
pub(super) struct ApprovalSettings {
    /// Time after which an approval expires.
    pub(super) timeout: Duration,
    /// True if reactions to the card are answers.
    pub(super) reactions: bool,
}

impl Default for ApprovalSettings {
    fn default() -> Self {
        Self { timeout: Duration::from_mins(15), reactions: false }
    }
}

/// Returns a note for the model. `state` is `approved`, `denied`, `open`, `expired`, `late` or `not_asked`.
pub(super) fn note(state: &str, note: &str) -> Tag {
    Tag::new("approval").attr("state", state).attr("note", note)
}

/// A turn after the approval answers have been taken out.
pub(super) enum Intake {
    /// The turn holds only answers that do not count. The reply tells the user so; the model is not asked.
    Reply(Reply),
    /// The turn is for the model.
    Turn(TurnIntake),
}

/// Messages of a turn for the model, and what is known about approvals.
pub(super) struct TurnIntake {
    /// Messages that are not approval answers.
    pub(super) messages: Vec<UserMessage>,
    /// Notes for the model.
    pub(super) notes: Vec<String>,
    /// The pending approval and the user's decision, if the turn holds one.
    pub(super) decision: Option<Decision>,
}

/// Decision of the user about a pending approval.
pub(super) struct Decision {
    pub(super) pending: PendingApproval,
    pub(super) is_approved: bool,
}

/// Returns true if a turn holds an answer to the pending approval of the agent.
pub(super) fn is_awaited(turn: &Turn, store: &ApprovalStore<'_>, rules: AnswerRules<'_>) -> bool {
    let Some(pending) = store.pending() else { return false };
    turn.messages.iter().any(|message| match pending::tapped_choice(message) {
        Some((id, _)) => id == pending.id(),
        None => answer::classify(message, Some(&pending), rules, store.ctx()) != Answer::None,
    })
}

/// Takes the approval answers out of a turn, and an answered or expired approval out of the session state.
pub(super) fn take_answers(
    turn: &Turn,
    store: &ApprovalStore<'_>,
    rules: AnswerRules<'_>,
) -> Result<Intake, AgentError> {
    let messages = rules.labels;
    let stored = store.load();
    let pending = stored.as_ref().and_then(StoredApproval::pending);
    let answers = TurnAnswers::collect(&turn.messages, pending, rules, store.ctx());
    let is_expired = pending.is_some_and(|pending| turn.messages.iter().any(|message| pending.is_expired_for(message)));
    let is_answer_only = answers.is_approved.is_none() && answers.others.is_empty() && turn.undelivered.is_empty();
    if is_answer_only && (answers.has_late || answers.has_not_asked) {
        if is_expired {
            store.clear();
        }
        let text = match stored {
            _ if answers.has_not_asked => &messages.approval_not_yours,
            Some(StoredApproval::Completed(_)) => &messages.approval_result_unknown,
            _ => &messages.approval_expired,
        };
        return Ok(Intake::Reply(Reply::text(text)));
    }
    let mut notes = Vec::new();
    notes.extend(answers.has_late.then(|| note("late", LATE).into()));
    notes.extend(answers.has_not_asked.then(|| note("not_asked", NOT_ASKED).into()));
    let decision = match stored {
        None => None,
        Some(StoredApproval::Completed(result)) => {
            store.clear();
            notes.push(result);
            None
        }
        Some(StoredApproval::Pending(pending)) => {
            if let Some(is_approved) = answers.is_approved {
                store.clear();
                notes.push(decision_note(&pending, is_approved));
                Some(Decision { pending, is_approved })
            } else {
                notes.push(leave_open(pending, is_expired, store, messages)?);
                None
            }
        }
    };
    Ok(Intake::Turn(TurnIntake { messages: answers.others, notes, decision }))
}

fn decision_note(pending: &PendingApproval, is_approved: bool) -> String {
    let decision = if is_approved { "approved" } else { "denied" };
    note(decision, "You asked the user for approval, and the user answered.").text(&pending.question).into()
}

/// Keeps an approval that the turn does not answer, or drops it if it has expired. Returns the note for the model.
fn leave_open(
    mut pending: PendingApproval,
    is_expired: bool,
    store: &ApprovalStore<'_>,
    labels: &CannedMessages,
) -> Result<String, AgentError> {
    if is_expired {
        store.clear();
        let late = "You asked the user for approval. The user did not answer in time, and nothing was done.";
        return Ok(note("expired", late).text(&pending.question).into());
    }
    let open = "You asked the user for approval. The user has not answered yet, and nothing was done. The user can tap or write one of the labels.";
    let tag = note("open", open).attr("approve", &labels.approve).attr("deny", &labels.deny).text(&pending.question);
    pending.was_interrupted = true;
    store.save(StoredApproval::Pending(pending))?;
    Ok(tag.into())
}
