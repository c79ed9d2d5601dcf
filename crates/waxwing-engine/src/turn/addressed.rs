//! Decides whether messages of a group are addressed to the business.

use std::collections::HashSet;

use waxwing_agent::UserMessage;
use waxwing_store::{Origin, Peer, StoredMessage};
use waxwing_types::MessageId;

use super::context::{TurnContext, TurnError, TurnState};
use super::input::{SkipReason, Skipped};
use crate::history;
use crate::inbound::classify::ReceivedMessage;
use crate::settings::GroupAnswers;

/// Returns the messages of a turn that the agent does not answer. They enter the history. Returns none if the agent answers the turn.
///
/// # Errors
///
/// Returns the error of the store.
pub(super) async fn unanswered(
    context: &TurnContext,
    state: &TurnState,
    received: &[ReceivedMessage],
) -> Result<Option<Vec<Skipped>>, TurnError> {
    // An unfinished run began because its messages are addressed to the business.
    if state.is_resumed || is_answered(context, received).await? {
        return Ok(None);
    }
    // Many messages among members say nothing about a loop of two agents.
    state.uncount(context);
    let skipped = received.iter().map(|message| Skipped { seq: message.seq, reason: SkipReason::NotAddressed });
    Ok(Some(skipped.collect()))
}

/// Returns whether the agent answers these messages of one turn. In a group, the settings may ask for a message that is addressed to the business.
/// The other messages of its turn belong to its context.
async fn is_answered(context: &TurnContext, received: &[ReceivedMessage]) -> Result<bool, TurnError> {
    let messages = || received.iter().map(|received| &received.message);
    if !is_selective(context)
        || received.iter().any(|message| !message.is_from_user() || names_business(context, &message.message))
    {
        return Ok(true);
    }
    let quoted: HashSet<_> = messages().filter_map(history::quote_target).collect();
    if quoted.is_empty() {
        return Ok(false);
    }
    let quoted: Vec<_> = quoted.into_iter().map(MessageId::new).collect();
    let found = context.shared.store.find_messages(context.lease(), &quoted).await?;
    Ok(found.iter().any(|found| match &found.message {
        StoredMessage::Sent(_) => true,
        StoredMessage::Received(entry) => entry.origin == Origin::BusinessApp,
    }))
}

/// Returns whether a message that arrives during a run may concern the run. A quote may be a quote of the business.
pub(super) fn may_be_answered(context: &TurnContext, message: &UserMessage) -> bool {
    !is_selective(context) || history::quote_target(message).is_some() || names_business(context, message)
}

/// Returns whether the agent answers addressed messages only.
fn is_selective(context: &TurnContext) -> bool {
    context.shared.settings.group_answers == GroupAnswers::Addressed
        && matches!(context.conversation().peer, Peer::Group(_))
}

fn names_business(context: &TurnContext, message: &UserMessage) -> bool {
    let phone = context.shared.routes.phone(&context.conversation().number);
    let own = context.shared.settings.group_names.iter().map(String::as_str);
    let mut names = own.chain([context.route.agent.name()]);
    phone.is_some_and(|phone| mentions(&message.text, &phone)) || names.any(|name| begins_with(&message.text, name))
}

/// Returns whether a text mentions a phone number, as WhatsApp writes it: `@15550001111`.
fn mentions(text: &str, phone: &str) -> bool {
    let phone: String = phone.chars().filter(char::is_ascii_digit).collect();
    !phone.is_empty()
        && text
            .split('@')
            .skip(1)
            .any(|rest| rest.strip_prefix(&phone).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())))
}

/// Returns whether a text begins with a name, in any case, perhaps after an `@`.
fn begins_with(text: &str, name: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c == '@' || c.is_whitespace()).to_lowercase();
    let name = name.trim().to_lowercase();
    !name.is_empty() && text.strip_prefix(&name).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_the_whole_number_after_an_at_sign() {
        for (text, expected) in [
            ("@15550001111 a table?", true),
            ("and you, @15550001111?", true),
            ("a@b.example, @15550001111", true),
            ("@155500011112", false),
            ("15550001111", false),
            ("@1555", false),
            ("", false),
        ] {
            assert_eq!(mentions(text, "+1 555-000-1111"), expected, "{text}");
        }
        assert!(!mentions("@", ""));
    }

    #[test]
    fn a_name_is_a_whole_word_at_the_beginning() {
        for (text, expected) in [
            ("Bella Napoli, a table?", true),
            ("  @bella napoli?", true),
            ("BELLA NAPOLI", true),
            ("Bella Napolitana", false),
            ("I like Bella Napoli", false),
            ("", false),
        ] {
            assert_eq!(begins_with(text, "Bella Napoli"), expected, "{text}");
        }
        assert!(!begins_with("anything", " "));
    }
}
