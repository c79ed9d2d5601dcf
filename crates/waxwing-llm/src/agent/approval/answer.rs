//! Classification of messages as answers to an approval.

use waxwing_agent::{MessageContent, RunContext, UserMessage};

use super::answer_words;
use super::pending::{PendingApproval, is_any_card, tapped_choice};
use crate::CannedMessages;

/// Classification of a message with regard to the pending approval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Answer {
    /// The message is not an answer.
    None,
    /// The user approves or denies.
    Decision { is_approved: bool },
    /// The user approves or denies with a word that could also be about something else, such as "yes".
    Word { is_approved: bool },
    /// An answer to an approval that has expired, was already answered, or is unknown.
    Late,
    /// An answer of another person than the user who was asked.
    NotAsked,
}

/// Rules by which messages are answers.
#[derive(Clone, Copy)]
pub(in crate::agent) struct AnswerRules<'a> {
    pub(in crate::agent) labels: &'a CannedMessages,
    /// True if reactions to the card count.
    pub(in crate::agent) reactions: bool,
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
        rules: AnswerRules<'_>,
        ctx: &RunContext,
    ) -> Self {
        let classified: Vec<_> =
            messages.iter().map(|message| (classify(message, pending, rules, ctx), message)).collect();
        let words = decision_of_words(classified.iter().map(|(answer, _)| *answer));
        let mut answers = Self::default();
        for (answer, message) in classified {
            match answer {
                Answer::Word { .. } if words.is_some() => answers.is_approved = words,
                Answer::None | Answer::Word { .. } => answers.others.push(message.clone()),
                // If the user taps both buttons, the first tap counts.
                Answer::Decision { is_approved } => answers.is_approved = answers.is_approved.or(Some(is_approved)),
                Answer::Late => answers.has_late = true,
                Answer::NotAsked => answers.has_not_asked = true,
            }
        }
        answers
    }
}

/// Returns the decision of words. Words count if they agree and nothing else was said: "yes" and "but make it 5" do not approve.
fn decision_of_words(answers: impl Iterator<Item = Answer>) -> Option<bool> {
    let mut decision = None;
    for answer in answers {
        match answer {
            Answer::Word { is_approved } if decision.is_none_or(|it| it == is_approved) => decision = Some(is_approved),
            Answer::Late | Answer::NotAsked => {}
            Answer::Word { .. } | Answer::None | Answer::Decision { .. } => return None,
        }
    }
    decision
}

pub(super) fn classify(
    message: &UserMessage,
    pending: Option<&PendingApproval>,
    rules: AnswerRules<'_>,
    ctx: &RunContext,
) -> Answer {
    let sender = if message.sender.id.is_empty() { ctx.user_id() } else { &message.sender.id };
    let pending = pending.map(|pending| {
        // Outside of a group there is only one user, whose id may have changed since.
        let was_asked = !ctx.is_group() || pending.user_id == sender;
        (pending, was_asked, pending.is_expired_for(message))
    });
    let decided = |is_approved, was_asked, is_expired| match (was_asked, is_expired) {
        (false, _) => Answer::NotAsked,
        (true, true) => Answer::Late,
        (true, false) => Answer::Decision { is_approved },
    };
    if let Some(MessageContent::Reaction(reaction)) = &message.content {
        let emoji = reaction.emoji.as_deref().filter(|_| rules.reactions).and_then(answer_words::reaction);
        return match (emoji, &message.quoted, pending) {
            (Some(is_approved), Some(card), Some((pending, was_asked, is_expired)))
                if pending.is_card(card, rules.labels) =>
            {
                decided(is_approved, was_asked, is_expired)
            }
            (Some(_), Some(card), _) if is_any_card(card) => Answer::Late,
            _ => Answer::None,
        };
    }
    match (tapped_choice(message), pending) {
        (Some((id, is_approved)), Some((pending, was_asked, is_expired))) if id == pending.id() => {
            decided(is_approved, was_asked, is_expired)
        }
        (Some(_), _) => Answer::Late,
        (None, Some((pending, true, false))) if message.choice.is_none() => {
            written(message, pending, rules.labels, ctx)
        }
        (None, _) => Answer::None,
    }
}

/// Classifies a written message: the label or the number of a choice is a decision, and so is a word such as "yes".
fn written(message: &UserMessage, pending: &PendingApproval, labels: &CannedMessages, ctx: &RunContext) -> Answer {
    let question = pending.question(labels);
    // A number or a word may answer something that was said after the question.
    let is_interrupted = || pending.is_interrupted(ctx.session().history());
    let is_number_char = |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ')');
    match question.answer(message) {
        Some(_) if message.text.chars().all(is_number_char) && is_interrupted() => Answer::None,
        Some(choice) => Answer::Decision { is_approved: *choice == question.choices[0] },
        None => match answer_words::decision(&message.text, labels) {
            Some(is_approved) if has_text_only(message) && !is_interrupted() => Answer::Word { is_approved },
            _ => Answer::None,
        },
    }
}

/// Returns true if a message is nothing but a text. A message with a quote answers the quoted message.
fn has_text_only(message: &UserMessage) -> bool {
    message.media.is_none()
        && message.location.is_none()
        && message.contacts.is_empty()
        && message.media_problem.is_none()
        && message.quotes.is_none()
}
