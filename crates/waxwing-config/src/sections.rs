//! Sections of `waxwing.toml`.
//!
//! Editors show the doc comments of the sections and their fields, and `docs/configuration.md` lists them.

mod access;
mod agent;
mod command;
mod form;
mod http_agent;
mod limits;
mod llm_agent;
mod mcp;
mod model;
mod number;
mod router;
mod team;
mod template;
mod webhook;

pub(crate) use access::AccessSection;
pub(crate) use agent::AgentSection;
pub(crate) use command::{CommandSection, CommandTranslation};
pub(crate) use form::FormSection;
pub(crate) use http_agent::HttpAgentSection;
pub(crate) use limits::LimitsSection;
pub(crate) use llm_agent::{HistorySection, LlmAgentSection, RetrySection};
pub(crate) use mcp::McpServerSection;
pub(crate) use model::{ApiName, AwsSection, ModalityName, ModelSection, ProviderName};
pub(crate) use number::{NumberMessagesSection, NumberSection, NumberTranslationSection};
pub(crate) use router::{MediaName, OneOrMore, RouterSection, RuleSection};
pub(crate) use team::{MembersSection, TeamMode, TeamSection};
pub(crate) use template::{TemplateButtonName, TemplateSection};
pub(crate) use webhook::WebhookSection;
