//! What can change while an engine runs.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_types::PhoneNumberId;

use crate::system_messages::MessageCatalog;

/// What can change while an engine runs. A turn ends with what it began with.
#[derive(Clone, Default)]
pub struct ReloadableConfig {
    /// What users read that no agent wrote.
    pub system_messages: MessageCatalog,
    /// Who answers on each business number; on one that is not named, whoever the engine was built with.
    pub agents: HashMap<PhoneNumberId, Arc<dyn Agent>>,
}

impl fmt::Debug for ReloadableConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents: HashMap<_, _> = self.agents.iter().map(|(number, agent)| (number, agent.name())).collect();
        f.debug_struct("ReloadableConfig").field("agents", &agents).finish_non_exhaustive()
    }
}
