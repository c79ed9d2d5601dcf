//! The sections of the file. Their documentation is what editors show and what docs/configuration.md lists.

mod agent;
mod model;
mod number;

pub(crate) use agent::{Agent, History, LanguageAgent, Retry, Texts};
pub(crate) use model::{Medium, Model, ProviderName};
pub(crate) use number::Number;
