//! Facts about the conversation of a run.

use std::fmt;

use crate::redacted::debug_without_fields;

/// Facts about the conversation of a run. The facts are the same for each run of the conversation.
///
/// `Debug` output contains neither phone numbers nor ids.
///
/// ```
/// use waxwing_agent::{BusinessNumber, ConversationInfo, RunContext, Session};
///
/// let mut info = ConversationInfo::new("k7qd5yh2");
/// info.number = BusinessNumber::new("1000001");
/// let ctx = RunContext::builder("34600000000", Session::new("34600000000")).conversation_info(info).build();
/// assert_eq!(ctx.conversation_info().key, "k7qd5yh2");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationInfo {
    /// Key of the conversation: an opaque text that stays the same when the ids of the user change. Use it as a key in other systems. Empty
    /// in a run without an engine.
    pub key: String,
    /// Business number that the user writes to.
    pub number: BusinessNumber,
    /// Id of the group. `None` in a chat with one user.
    pub group_id: Option<String>,
    /// Subject of the group, which its members see as its name. `None` in a chat with one user, and if the subject is not known. The members
    /// choose the text.
    pub group_subject: Option<String>,
}

/// A phone number of the business.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusinessNumber {
    /// Id of the number at the channel. Empty in a run without an engine.
    pub id: String,
    /// Phone number in digits with country code, if it is known.
    pub phone: Option<String>,
}

impl ConversationInfo {
    /// Creates the facts about a conversation with this key, without a business number and a group.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }
}

impl BusinessNumber {
    /// Creates a business number with this id, without the phone number.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), phone: None }
    }
}

impl fmt::Debug for ConversationInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationInfo").field("is_group", &self.group_id.is_some()).finish_non_exhaustive()
    }
}

debug_without_fields!(BusinessNumber);
