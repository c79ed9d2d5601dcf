//! Keys of stored rows.

use std::fmt;

/// Key of a conversation: one business number with one user or one group.
///
/// A store never uses a key twice, also after the conversation was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub i64);

/// Key of an inbox message. A later message has a higher key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InboxSeq(pub i64);

/// Key of an agent's session in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub i64);

/// Key of one execution of an agent. The caller chooses the key; a run that is repeated after a crash keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RunId(pub String);

/// Key of an outbox row. A later row has a higher key, and a requeued row keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxId(pub i64);

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Key of a quarantined item. A later item has a higher key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuarantineId(pub i64);

impl fmt::Display for QuarantineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Key of an event for other systems. A later event has a higher key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub i64);
