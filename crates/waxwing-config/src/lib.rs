#![doc = include_str!("../README.md")]

mod build;
mod check;
mod config;
mod description;
mod document;
mod environment;
mod file;
mod fingerprint;
mod key_path;
mod messages;
mod numbers;
mod position;
mod problem;
mod provider;
mod reader;
mod report;
mod reserved_name;
mod schema;
mod sections;
mod subscriptions;
mod substitution;
mod suggestion;
mod validation;
mod values;

pub use build::Agents;
pub use config::{Config, ConfigPurpose};
pub use environment::{EnvironmentVariables, ProcessEnvironment};
pub use fingerprint::ConfigChanges;
pub use numbers::ServedNumber;
pub use problem::{ConfigProblem, InvalidConfig};
pub use schema::schema;
