//! From descriptions to agents.

mod guardrails;
mod http;
mod language;
mod router;
mod servers;
mod team;
mod tools;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use waxwing::agent::{Agent, Demo, Echo, agent_fn};
use waxwing_llm::{InvalidAgent, LlmAgentBuilder};

use crate::config::Config;
use crate::document::below;
use crate::problem::{InvalidConfig, Report, undescribed};
use crate::sections;

pub(crate) use guardrails::guarded;
use servers::Servers;

/// The agents and teams of a file, by their names, and the servers of their tools.
#[derive(Clone, Default)]
pub struct Agents {
    agents: BTreeMap<String, Arc<dyn Agent>>,
    servers: Servers,
}

impl Agents {
    /// The agent or team of this name. `echo` and `demo` need no description.
    ///
    /// # Errors
    ///
    /// Says which there are.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Agent>, waxwing::ConfigError> {
        match (self.agents.get(name), name) {
            (Some(agent), _) => Ok(agent.clone()),
            (None, "echo") => Ok(Arc::new(Echo)),
            (None, "demo") => Ok(Arc::new(Demo)),
            (None, _) => {
                let names = self.agents.keys().map(String::as_str).chain(BUILT_IN);
                Err(waxwing::ConfigError::new(undescribed("agent", name, names.collect())))
            }
        }
    }

    /// Waits until each server of tools was reached, or could not be, which is logged: it goes on being tried.
    pub async fn ready(&self) {
        let all = self.servers.values().map(|(_, tools)| async {
            if let Err(error) = tools.ready().await {
                tracing::warn!(%error, "a server of tools is missing for now");
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

/// The agents that need no description.
const BUILT_IN: [&str; 2] = ["echo", "demo"];

/// Whether an agent of this name is there without a description.
pub(crate) fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

/// Makes all agents.
/// Connects to the servers of tools unless it is only to be found out whether that could be done.
pub(crate) fn build(config: &Config, before: Option<&Agents>) -> Result<Agents, InvalidConfig> {
    let mut report = Report::new(&config.places);
    servers::check(config, &mut report);
    let servers = before.map(|before| servers::servers(config, &before.servers, &mut report)).unwrap_or_default();
    let mut builder = Builder { config, report: &mut report, servers: &servers, made: BTreeMap::new() };
    for name in config.file.answerers() {
        builder.answerer(name);
    }
    let made = builder.made.into_iter().filter_map(|(name, agent)| Some((name, agent?))).collect();
    report.finish()?;
    Ok(Agents { agents: made, servers })
}

struct Builder<'a, 'r, 'p> {
    config: &'a Config,
    report: &'r mut Report<'p>,
    servers: &'r Servers,
    /// None for those that could not be made.
    made: BTreeMap<String, Option<Arc<dyn Agent>>>,
}

impl Builder<'_, '_, '_> {
    /// Makes an agent and those that it gives turns to, unless they are there. Turns do not go round: that was checked.
    fn answerer(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        if let Some(made) = self.made.get(name) {
            return made.clone();
        }
        let agent = self.agent(name).or_else(|| self.team(name));
        self.made.insert(name.to_owned(), agent.clone());
        agent
    }

    fn agent(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        let described = self.config.file.agents.get(name)?;
        let path = below("agents", name);
        let agent: Arc<dyn Agent> = match described {
            sections::Agent::Language(it) => {
                let builder = self.language(it, name, &path)?;
                let error = |error: InvalidAgent| self.report.key_error(&path, error.to_string());
                Arc::new(builder.build().map_err(error).ok()?)
            }
            sections::Agent::Http(it) => Arc::new(http::agent(name, it, &path, self.report)?),
            sections::Agent::Router(it) => Arc::new(router::router(name, it, &mut |name| self.answerer(name))?),
            sections::Agent::Echo(_) => called(name, Echo),
            sections::Agent::Demo(_) => called(name, Demo),
        };
        Some(guardrails::guarded(agent, described.access(), described.limits(), &self.config.file))
    }

    fn team(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        let file = &self.config.file;
        let described = file.teams.get(name)?;
        let path = below("teams", name);
        let members = described
            .members
            .members
            .iter()
            .map(|name| Some((file.description_of(name).unwrap_or_default().to_owned(), self.answerer(name)?)));
        let members = members.collect::<Option<Vec<_>>>()?;
        let leader = self.language(&described.leader, name, &path)?;
        let team = team::team(&described.members, leader, members, &path, self.report)?;
        let leader = &described.leader;
        Some(guardrails::guarded(Arc::new(team), &leader.access, &leader.limits, file))
    }

    fn language(&mut self, it: &sections::LanguageAgent, name: &str, path: &str) -> Option<LlmAgentBuilder> {
        let language = language::Language { it, path, config: self.config, servers: self.servers };
        language.builder(name, self.report)
    }
}

/// An agent under another name.
fn called(name: &str, agent: impl Agent + Copy + 'static) -> Arc<dyn Agent> {
    Arc::new(agent_fn(name.to_owned(), move |turn, ctx| async move { agent.run(turn, &ctx).await }))
}
