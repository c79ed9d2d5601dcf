//! The configuration that can change while an engine runs.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_types::PhoneNumberId;

use crate::settings::OutsideWindow;
use crate::system_messages::MessageCatalog;

/// The configuration that can change while an engine runs. A running turn ends with the configuration that it began with.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ReloadableConfig {
    /// Texts that the engine itself sends.
    pub system_messages: MessageCatalog,
    /// Agents by business number. A number without an entry keeps the agent of its [`Route`](crate::Route).
    pub agents: HashMap<PhoneNumberId, Arc<dyn Agent>>,
    /// Handling of messages while the customer service window is closed, by the name of their agent: see
    /// [`EngineSettings::outside_window_of_agents`](crate::EngineSettings::outside_window_of_agents).
    pub outside_window: HashMap<String, OutsideWindow>,
}

impl ReloadableConfig {
    /// Creates a configuration without agents.
    pub fn new(system_messages: impl Into<MessageCatalog>) -> Self {
        Self { system_messages: system_messages.into(), ..Self::default() }
    }

    /// Sets the handling of messages of an agent while the customer service window is closed.
    pub fn with_outside_window(mut self, agent: impl Into<String>, policy: OutsideWindow) -> Self {
        self.outside_window.insert(agent.into(), policy);
        self
    }

    /// Sets the agent of a business number.
    pub fn with_agent(mut self, number: PhoneNumberId, agent: Arc<dyn Agent>) -> Self {
        self.agents.insert(number, agent);
        self
    }
}

impl fmt::Debug for ReloadableConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents: HashMap<_, _> = self.agents.iter().map(|(number, agent)| (number, agent.name())).collect();
        f.debug_struct("ReloadableConfig").field("agents", &agents).finish_non_exhaustive()
    }
}
