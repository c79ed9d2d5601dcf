//! Classification of messages as answers to an approval.

use waxwing_agent::{RunContext, UserMessage};

use super::pending::{PendingApproval, tapped_choice};
use crate::CannedMessages;

/// Classification of a message with regard to the pending approval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Answer {
    /// The message is not an answer.
    None,
    /// The user approves or denies.
    Decision { is_approved: bool },
    /// An answer to an approval that has expired, was already answered, or is unknown.
    Late,
    /// An answer of another person than the user who was asked.
    NotAsked,
}

/// Answers to approvals in the messages of a turn.
#[derive(Default)]
pub(super) struct TurnAnswers {
    /// Messages that are not answers.
    pub(super) others: Vec<UserMessage>,
    /// First decision in the turn.
    pub(super) is_approved: Option<bool>,
    pub(super) has_late: bool,
    pub(super) has_not_asked: bool,
}

impl TurnAnswers {
    pub(super) fn collect(
        messages: &[UserMessage],
        pending: Option<&PendingApproval>,
        labels: &CannedMessages,
        ctx: &RunContext,
    ) -> Self {
        let mut answers = Self::default();
        for message in messages {
            match classify(message, pending, labels, ctx) {
                Answer::None => answers.others.push(message.clone()),
                // If the user taps both buttons, the first tap counts.
                Answer::Decision { is_approved } => answers.is_approved = answers.is_approved.or(Some(is_approved)),
                Answer::Late => answers.has_late = true,
                Answer::NotAsked => answers.has_not_asked = true,
            }
        }
        answers
    }
}

pub(super) fn classify(
    message: &UserMessage,
    pending: Option<&PendingApproval>,
    labels: &CannedMessages,
    ctx: &RunContext,
) -> Answer {
    let sender = if message.sender.id.is_empty() { ctx.user_id() } else { &message.sender.id };
    let pending = pending.map(|pending| {
        // Outside of a group there is only one user, whose id may have changed since.
        let was_asked = !ctx.is_group() || pending.user_id == sender;
        (pending, was_asked, pending.is_expired_for(message))
    });
    match (tapped_choice(message), pending) {
        (Some((id, is_approved)), Some((pending, was_asked, is_expired))) if id == pending.id() => {
            match (was_asked, is_expired) {
                (false, _) => Answer::NotAsked,
                (true, true) => Answer::Late,
                (true, false) => Answer::Decision { is_approved },
            }
        }
        (Some(_), _) => Answer::Late,
        (None, Some((pending, true, false))) if message.choice.is_none() => written(message, pending, labels, ctx),
        (None, _) => Answer::None,
    }
}

/// Classifies a written message: the label or the number of a choice is a decision.
fn written(message: &UserMessage, pending: &PendingApproval, labels: &CannedMessages, ctx: &RunContext) -> Answer {
    let question = pending.question(labels);
    let Some(choice) = question.answer(message) else { return Answer::None };
    // A number may answer something that was said after the question.
    let is_number_char = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ')');
    if message.text.chars().all(is_number_char) && pending.is_interrupted(ctx.session().history()) {
        return Answer::None;
    }
    Answer::Decision { is_approved: *choice == question.choices[0] }
}
