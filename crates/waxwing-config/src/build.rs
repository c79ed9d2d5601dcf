//! From descriptions to agents.

mod language;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use waxwing::{Agent, Demo, Echo, agent_fn};

use crate::config::Config;
use crate::document::below;
use crate::problem::{Invalid, Report, undescribed};
use crate::sections;

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
    let mut agents = BTreeMap::new();
    for (name, described) in config.file.agents.iter() {
        let path = below("agents", name);
        let agent: Option<Arc<dyn Agent>> = match described {
            sections::Agent::Language(it) => {
                language::agent(name, it, &path, config, &mut report).map(|agent| Arc::new(agent) as _)
            }
            sections::Agent::Echo(_) => Some(called(name, Echo)),
            sections::Agent::Demo(_) => Some(called(name, Demo)),
        };
        agents.extend(agent.map(|agent| (name.to_owned(), agent)));
    }
    report.finish()?;
    Ok(Agents(agents))
}

/// An agent under another name.
fn called(name: &str, agent: impl Agent + Copy + 'static) -> Arc<dyn Agent> {
    Arc::new(agent_fn(name.to_owned(), move |turn, ctx| async move { agent.run(turn, &ctx).await }))
}
