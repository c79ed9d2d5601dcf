//! Reactions in the prompt.

use waxwing_agent::{QuotedMessage, User};

use super::quote;
use crate::tag::Tag;

/// Reaction of a user, in this turn or in the history. Both look the same.
pub(in crate::agent) struct GivenReaction<'a> {
    /// User who reacted. `None` if the author is not known.
    pub(in crate::agent) sender: Option<&'a User>,
    /// Emoji. Empty if the user removed the reaction.
    pub(in crate::agent) emoji: &'a str,
    /// Id of the message.
    pub(in crate::agent) message: &'a str,
    /// The message, as far as the conversation keeps it.
    pub(in crate::agent) quoted: Option<&'a QuotedMessage>,
}

impl GivenReaction<'_> {
    /// Returns the reaction as the model reads it. In a group, the reaction names its sender.
    pub(in crate::agent) fn tag(&self, names_sender: bool) -> Tag {
        let sender = self.sender.filter(|_| names_sender).map(|user| user.name.as_ref().unwrap_or(&user.id));
        let tag = Tag::new("reaction").attr_if_some("from", sender).attr("message_id", self.message);
        let tag = if self.emoji.is_empty() { tag.attr("removed", "yes") } else { tag.attr("emoji", self.emoji) };
        tag.child(quote(self.quoted, names_sender))
    }
}
