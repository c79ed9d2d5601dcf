//! From descriptions to agents.

mod guards;
mod language;
mod router;
mod tools;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use waxwing::{Agent, Demo, Echo, agent_fn};

use crate::config::Config;
use crate::document::below;
use crate::problem::{Invalid, Report, undescribed};
use crate::sections;

pub(crate) use guards::guarded;

/// The agents and teams of a file, by their names.
#[derive(Clone, Default)]
pub struct Agents(BTreeMap<String, Arc<dyn Agent>>);

impl Agents {
    /// The agent or team of this name. `echo` and `demo` need no description.
    ///
    /// # Errors
    ///
    /// Says which there are.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Agent>, waxwing::ConfigError> {
        match (self.0.get(name), name) {
            (Some(agent), _) => Ok(agent.clone()),
            (None, "echo") => Ok(Arc::new(Echo)),
            (None, "demo") => Ok(Arc::new(Demo)),
            (None, _) => {
                let names = self.0.keys().map(String::as_str).chain(BUILT_IN);
                Err(waxwing::ConfigError::new(undescribed("agent", name, names.collect())))
            }
        }
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The agents that need no description.
const BUILT_IN: [&str; 2] = ["echo", "demo"];

/// Whether an agent of this name is there without a description.
pub(crate) fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

/// Makes all agents.
pub(crate) fn build(config: &Config) -> Result<Agents, Invalid> {
    let mut report = Report::new(&config.places);
    let mut builder = Builder { config, report: &mut report, made: BTreeMap::new() };
    for name in config.file.answerers() {
        builder.answerer(name);
    }
    let made = builder.made.into_iter().filter_map(|(name, agent)| Some((name, agent?))).collect();
    report.finish()?;
    Ok(Agents(made))
}

struct Builder<'a, 'r, 'p> {
    config: &'a Config,
    report: &'r mut Report<'p>,
    /// None for those that could not be made.
    made: BTreeMap<String, Option<Arc<dyn Agent>>>,
}

impl Builder<'_, '_, '_> {
    /// Makes an agent and those that it gives turns to, unless they are there. Turns do not go round: that was checked.
    fn answerer(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        if let Some(made) = self.made.get(name) {
            return made.clone();
        }
        let agent = self.agent(name);
        self.made.insert(name.to_owned(), agent.clone());
        agent
    }

    fn agent(&mut self, name: &str) -> Option<Arc<dyn Agent>> {
        let described = self.config.file.agents.get(name)?;
        let path = below("agents", name);
        let agent: Arc<dyn Agent> = match described {
            sections::Agent::Language(it) => Arc::new(language::agent(name, it, &path, self.config, self.report)?),
            sections::Agent::Router(it) => Arc::new(router::router(name, it, &mut |name| self.answerer(name))?),
            sections::Agent::Echo(_) => called(name, Echo),
            sections::Agent::Demo(_) => called(name, Demo),
        };
        Some(guards::guarded(agent, described.guards(), &self.config.file.guards))
    }
}

/// An agent under another name.
fn called(name: &str, agent: impl Agent + Copy + 'static) -> Arc<dyn Agent> {
    Arc::new(agent_fn(name.to_owned(), move |turn, ctx| async move { agent.run(turn, &ctx).await }))
}
