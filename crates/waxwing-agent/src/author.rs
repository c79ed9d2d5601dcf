//! Author of what stands in a conversation.

use std::fmt;

use crate::user::User;

/// Author of an entry of the history.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Author {
    /// The user. In a group, users differ.
    User(User),
    /// The agent with this name. Several agents may have answered the conversation.
    Agent(String),
    /// An operator: a person of the business who answered instead of the agent, or a program of the business.
    Operator,
    /// A person of the business who wrote in the WhatsApp Business app.
    BusinessApp,
    /// Another app that shares the conversation, such as Meta Business Agent.
    OtherApp,
    /// The channel, which writes fixed texts such as an apology.
    System,
}

impl fmt::Debug for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(_) => f.write_str("User"),
            Self::Agent(name) => f.debug_tuple("Agent").field(name).finish(),
            Self::Operator => f.write_str("Operator"),
            Self::BusinessApp => f.write_str("BusinessApp"),
            Self::OtherApp => f.write_str("OtherApp"),
            Self::System => f.write_str("System"),
        }
    }
}
