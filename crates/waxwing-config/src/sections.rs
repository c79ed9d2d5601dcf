//! The sections of the file. Their documentation is what editors show and what docs/configuration.md lists.

mod access;
mod agent;
mod command;
mod http;
mod limits;
mod mcp;
mod model;
mod number;
mod router;
mod team;

pub(crate) use access::AccessSection;
pub(crate) use agent::{Agent, History, LanguageAgent, Retry, Template};
pub(crate) use command::{Command, Translation};
pub(crate) use http::HttpAgent;
pub(crate) use limits::LimitsSection;
pub(crate) use mcp::McpServer;
pub(crate) use model::{Medium, Model, ProviderName};
pub(crate) use number::Number;
pub(crate) use router::{MediaName, OneOrMore, Router, Rule};
pub(crate) use team::{Members, Mode, Team};
