//! Agents of any kind: `[agents.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::http_agent::HttpAgentSection;
use super::llm_agent::LlmAgentSection;
use super::router::RouterSection;

/// Agent. Sessions belong to the name of the agent: an agent with another name does not see them.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub(crate) enum AgentSection {
    Llm(Box<LlmAgentSection>),
    Http(HttpAgentSection),
    Router(RouterSection),
    Echo(EchoAgentSection),
    Demo(DemoAgentSection),
}

impl AgentSection {
    /// Returns the section of an agent with a language model.
    pub(crate) fn llm(&self) -> Option<&LlmAgentSection> {
        match self {
            Self::Llm(section) => Some(section),
            Self::Http(_) | Self::Router(_) | Self::Echo(_) | Self::Demo(_) => None,
        }
    }

    pub(crate) fn description(&self) -> Option<&str> {
        match self {
            Self::Llm(section) => section.description.as_deref(),
            Self::Http(section) => section.description.as_deref(),
            Self::Router(section) => section.description.as_deref(),
            Self::Echo(section) => section.description.as_deref(),
            Self::Demo(section) => section.description.as_deref(),
        }
    }

    /// Returns the names of the agents to which this agent passes turns.
    pub(crate) fn handoffs(&self) -> impl Iterator<Item = &str> {
        let names: Vec<&str> = match self {
            Self::Router(router) => router.rules.iter().map(|rule| &*rule.to).chain([&*router.default]).collect(),
            Self::Llm(_) | Self::Http(_) | Self::Echo(_) | Self::Demo(_) => Vec::new(),
        };
        names.into_iter()
    }

    /// Returns the policy outside the service window, and the template that asks the user to write.
    pub(crate) fn outside_window(&self) -> (Option<&[String]>, Option<&str>) {
        let (policy, template) = match self {
            Self::Llm(section) => return section.outside_window(),
            Self::Http(section) => (&section.outside_window, &section.window_template),
            Self::Router(section) => (&section.outside_window, &section.window_template),
            Self::Echo(section) => (&section.outside_window, &section.window_template),
            Self::Demo(_) => return (None, None),
        };
        (policy.as_deref(), template.as_deref())
    }

    /// Returns the names of the access lists.
    pub(crate) fn access(&self) -> &[String] {
        match self {
            Self::Llm(section) => &section.access,
            Self::Http(section) => &section.access,
            Self::Router(section) => &section.access,
            Self::Echo(_) | Self::Demo(_) => &[],
        }
    }

    /// Returns the names of the limits.
    pub(crate) fn limits(&self) -> &[String] {
        match self {
            Self::Llm(section) => &section.limits,
            Self::Http(section) => &section.limits,
            Self::Router(section) => &section.limits,
            Self::Echo(_) | Self::Demo(_) => &[],
        }
    }
}

/// Agent that repeats each message, for tests and load.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EchoAgentSection {
    /// Kind of the agent.
    #[serde(rename = "kind")]
    _kind: EchoKind,
    /// Short description of the agent. The leader of a team uses it to choose a member.
    pub(crate) description: Option<String>,
    /// Handling of messages of this agent outside the customer service window. The setting of the number if neither this nor `window_template` is set.
    pub(crate) outside_window: Option<Vec<String>>,
    /// Template that asks the user to write, as NAME/LANGUAGE.
    pub(crate) window_template: Option<String>,
}

/// Agent that shows the features of the channel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoAgentSection {
    /// Kind of the agent.
    #[serde(rename = "kind")]
    _kind: DemoKind,
    /// Short description of the agent. The leader of a team uses it to choose a member.
    pub(crate) description: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EchoKind {
    Echo,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DemoKind {
    Demo,
}
