//! Stored approval of an agent in a session.

use waxwing_agent::{AgentError, RunContext};

use super::pending::{PendingApproval, StoredApproval};

/// The stored approval of an agent in the session of a run.
pub(in crate::agent) struct ApprovalStore<'a> {
    key: String,
    ctx: &'a RunContext,
}

impl<'a> ApprovalStore<'a> {
    pub(in crate::agent) fn new(agent: &str, ctx: &'a RunContext) -> Self {
        Self { key: format!("approval/{agent}"), ctx }
    }

    pub(super) fn ctx(&self) -> &RunContext {
        self.ctx
    }

    /// Returns the stored approval, unless it has been answered.
    pub(super) fn load(&self) -> Option<StoredApproval> {
        let answered: Option<String> = self.ctx.memory().state().get(&self.key);
        let stored: StoredApproval = self.ctx.session().get(&self.key)?;
        let is_answered = stored.pending().is_some_and(|pending| answered.as_deref() == Some(pending.id()));
        (!is_answered).then_some(stored)
    }

    /// Returns the pending approval, if there is one.
    pub(in crate::agent) fn pending(&self) -> Option<PendingApproval> {
        match self.load()? {
            StoredApproval::Pending(pending) => Some(pending),
            StoredApproval::Completed(_) => None,
        }
    }

    pub(in crate::agent) fn save(&self, approval: StoredApproval) -> Result<(), AgentError> {
        self.ctx.session().set(self.key.clone(), approval)
    }

    pub(super) fn clear(&self) {
        self.ctx.session().remove(&self.key);
    }

    /// Records in the memory that an approval was answered. The memory is committed even if the run fails, and the session state is not.
    /// Without the record, the same answer would count again.
    pub(in crate::agent) fn mark_answered(&self, pending: &PendingApproval) -> Result<(), AgentError> {
        self.ctx.memory().state().set(self.key.clone(), pending.id())
    }
}
