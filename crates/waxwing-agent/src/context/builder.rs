//! Builder of a run's context.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{MessageCounts, RunContext, RunCost, RunData};
use crate::backend::BackendCircuits;
use crate::conversation::Conversation;
use crate::conversation_info::ConversationInfo;
use crate::journal::{Journal, MemoryJournal};
use crate::memory::Memory;
use crate::run_event::RunObserver;
use crate::session::Session;
use crate::user::User;

/// Builds a [`RunContext`]. See [`RunContext::builder`].
///
/// ```
/// use waxwing_agent::{RunContext, Session};
///
/// let ctx = RunContext::builder("34600000000", Session::new("34600000000")).user_name(Some("Ana".into())).build();
/// assert_eq!(ctx.user_name(), Some("Ana"));
/// ```
pub struct RunContextBuilder(RunData);

impl RunContextBuilder {
    pub(super) fn new(user_id: String, session: Session) -> Self {
        Self(RunData {
            user: User::new(user_id),
            is_group: false,
            info: ConversationInfo::default(),
            run_id: "run".into(),
            session,
            memory: Memory::default(),
            conversation: None,
            journal: Arc::new(MemoryJournal::default()),
            cancellation: CancellationToken::new(),
            deadline: None,
            step_counts: Mutex::default(),
            message_counts: MessageCounts::default(),
            cost: RunCost::default(),
            observer: None,
            circuits: None,
        })
    }

    /// Sets the name in the user's profile. The default is no name.
    pub fn user_name(mut self, name: Option<String>) -> Self {
        self.0.user.name = name;
        self
    }

    /// Sets the user with all ids that are known.
    pub fn user(mut self, user: User) -> Self {
        self.0.user = user;
        self
    }

    /// Sets the key of the conversation, the business number and the group. The default is empty.
    pub fn conversation_info(mut self, info: ConversationInfo) -> Self {
        self.0.info = info;
        self
    }

    /// Sets the id of the run. The default is `run`.
    pub fn run_id(mut self, run_id: impl Into<String>) -> Self {
        self.0.run_id = run_id.into();
        self
    }

    /// Sets whether the conversation is a group. The default is false.
    pub fn in_group(mut self, is_group: bool) -> Self {
        self.0.is_group = is_group;
        self
    }

    /// Sets the memory. The default is an empty memory.
    pub fn memory(mut self, memory: Memory) -> Self {
        self.0.memory = memory;
        self
    }

    /// Sets the conversation. Interim messages are dropped without one.
    pub fn conversation(mut self, conversation: Arc<dyn Conversation>) -> Self {
        self.0.conversation = Some(conversation);
        self
    }

    /// Sets the journal. The default is a journal in memory.
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.0.journal = journal;
        self
    }

    /// Sets the token that cancels the run. The default is a token that is never cancelled.
    pub fn cancellation(mut self, cancellation: CancellationToken) -> Self {
        self.0.cancellation = cancellation;
        self
    }

    /// Sets the time at which the engine drops the future of the run. The default is no deadline.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.0.deadline = Some(deadline);
        self
    }

    /// Sets the observer of the run. The default is no observer.
    pub fn observer(mut self, observer: Arc<dyn RunObserver>) -> Self {
        self.0.observer = Some(observer);
        self
    }

    /// Sets the circuits of backends. The default is none: each request is admitted.
    pub fn circuits(mut self, circuits: Arc<dyn BackendCircuits>) -> Self {
        self.0.circuits = Some(circuits);
        self
    }

    /// Builds the context.
    pub fn build(self) -> RunContext {
        RunContext { run: Arc::new(self.0), scope: Arc::from(""), is_muted: false, conversation_override: None }
    }
}

impl fmt::Debug for RunContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContextBuilder").field("run_id", &self.0.run_id).finish_non_exhaustive()
    }
}
