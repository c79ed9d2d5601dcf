//! The sections of the file. Their documentation is what editors show and what docs/configuration.md lists.

mod agent;
mod command;
mod guard;
mod model;
mod number;
mod router;

pub(crate) use agent::{Agent, History, LanguageAgent, Retry};
pub(crate) use command::{Command, Translation};
pub(crate) use guard::Guard;
pub(crate) use model::{Medium, Model, ProviderName};
pub(crate) use number::Number;
pub(crate) use router::{MediaName, OneOrMore, Router, Rule};
