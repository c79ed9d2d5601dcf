//! Agents that a file defines.

mod guardrails;
mod http_agent;
mod llm_agent;
mod mcp_servers;
mod router;
mod team;
mod tools;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use waxwing::NetworkPolicy;
use waxwing::agent::{Agent, Demo, Echo, agent_fn};
use waxwing_llm::{InvalidAgent, LlmAgentBuilder};

use crate::description::Description;
use crate::key_path::child;
use crate::problem::InvalidConfig;
use crate::report::ProblemReport;
use crate::reserved_name::BUILT_IN_AGENTS;
use crate::sections::{AgentSection, LlmAgentSection};
use crate::suggestion::unknown;

pub(crate) use guardrails::guarded;
use llm_agent::LlmAgentConfig;
use mcp_servers::McpServers;
use tools::Headers;

/// The agents and teams of a file by name, with the connections to their MCP servers. `Debug` output contains the names only.
#[derive(Clone, Default)]
pub struct Agents {
    agents: BTreeMap<String, Arc<dyn Agent>>,
    servers: McpServers,
}

impl Agents {
    /// Returns the agent or team with this name. The agents `echo` and `demo` exist without a definition.
    ///
    /// # Errors
    ///
    /// Returns an error with the known names if there is no such agent.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Agent>, waxwing::ConfigError> {
        match (self.agents.get(name), name) {
            (Some(agent), _) => Ok(agent.clone()),
            (None, "echo") => Ok(Arc::new(Echo)),
            (None, "demo") => Ok(Arc::new(Demo)),
            (None, _) => {
                let names = self.agents.keys().map(String::as_str).chain(BUILT_IN_AGENTS);
                Err(waxwing::ConfigError::new(unknown("agent", name, names)))
            }
        }
    }

    /// Waits until each MCP server is connected or has failed once. Failures are logged, and the connection is retried in the background.
    pub async fn ready(&self) {
        let all = self.servers.values().map(|(_, tools)| async {
            if let Err(error) = tools.ready().await {
                tracing::warn!(%error, "mcp server unavailable; retrying in the background");
            }
        });
        futures_util::future::join_all(all).await;
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.agents.keys()).finish()
    }
}

/// Effects that agents are built without.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rehearsal<'a> {
    /// Replaces the base URL of the models.
    pub(crate) base_url: Option<&'a str>,
    /// Whether tools are described to the models, but not called.
    pub(crate) skips_tools: bool,
}

/// Builds all agents of a file. Connects to MCP servers if `previous` is given. `rehearsal` holds effects back.
pub(crate) fn build(
    description: &Description,
    previous: Option<&Agents>,
    network: NetworkPolicy,
    rehearsal: Rehearsal<'_>,
) -> Result<Agents, InvalidConfig> {
    let mut report = description.report();
    mcp_servers::check(description, network, &mut report);
    let connect = |previous: &Agents| mcp_servers::connect(description, network, &previous.servers, &mut report);
    let servers = previous.map(connect).unwrap_or_default();
    let headers = tools::headers(description, &mut report);
    let mut builder = AgentBuilder {
        description,
        network,
        rehearsal,
        report: &mut report,
        servers: &servers,
        headers: &headers,
        agents: BTreeMap::new(),
    };
    for name in description.file.agent_names() {
        builder.agent_or_team(name);
    }
    let agents = builder.agents.into_iter().filter_map(|(name, agent)| Some((name, agent?))).collect();
    report.finish()?;
    Ok(Agents { agents, servers })
}

struct AgentBuilder<'a, 'r, 'p> {
    description: &'a Description,
    network: NetworkPolicy,
    rehearsal: Rehearsal<'a>,
    report: &'r mut ProblemReport<'p>,
    servers: &'r McpServers,
    headers: &'r Headers,
    /// Agents and teams by name. `None` for invalid ones.
    agents: BTreeMap<String, Option<Arc<dyn Agent>>>,
}

impl AgentBuilder<'_, '_, '_> {
    /// Returns an agent or team. Builds the agent, and the agents to which it passes turns, at the first call. Agents do not pass turns in
    /// a circle: the file has been checked.
    fn agent_or_team(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        if let Some(agent) = self.agents.get(name) {
            return agent.clone();
        }
        let agent = self.agent(name).or_else(|| self.team(name));
        self.agents.insert(name.to_owned(), agent.clone());
        agent
    }

    fn agent(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        let file = &self.description.file;
        let section = file.agents.get(name)?;
        let path = child("agents", name);
        let agent: Arc<dyn Agent> = match section {
            AgentSection::Llm(section) => {
                let builder = self.llm_agent(section, name, &path)?;
                let error = |error: InvalidAgent| self.report.key_error(&path, error.to_string());
                Arc::new(builder.build().map_err(error).ok()?)
            }
            AgentSection::Http(section) => {
                Arc::new(http_agent::agent(name, section, self.network, &path, self.report)?)
            }
            AgentSection::Router(section) => {
                Arc::new(router::router(name, section, &mut |name| self.agent_or_team(name))?)
            }
            AgentSection::Echo(_) => renamed(name, Echo),
            AgentSection::Demo(_) => renamed(name, Demo),
        };
        Some(guarded(agent, section.access(), section.limits(), file))
    }

    fn team(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        let file = &self.description.file;
        let section = file.teams.get(name)?;
        let path = child("teams", name);
        let member = |name: &String| {
            let description = file.agent_description(name).unwrap_or_default().to_owned();
            Some((description, self.agent_or_team(name)?))
        };
        let members = section.members.members.iter().map(member).collect::<Option<Vec<_>>>()?;
        let leader = self.llm_agent(&section.leader, name, &path)?;
        let team = team::team(&section.members, leader, members, &path, self.report)?;
        Some(guarded(Arc::new(team), &section.leader.access, &section.leader.limits, file))
    }

    fn llm_agent(&mut self, section: &LlmAgentSection, name: &str, path: &str) -> Option<LlmAgentBuilder> {
        let agent = LlmAgentConfig {
            section,
            path,
            description: self.description,
            network: self.network,
            rehearsal: self.rehearsal,
            servers: self.servers,
            headers: self.headers,
        };
        agent.builder(name, self.report)
    }
}

/// Returns an agent under another name.
fn renamed(name: &str, agent: impl Agent + Copy + 'static) -> Arc<dyn Agent> {
    Arc::new(agent_fn(name.to_owned(), move |turn, ctx| async move { agent.run(turn, &ctx).await }))
}
