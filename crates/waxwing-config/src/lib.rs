#![doc = include_str!("../README.md")]

mod build;
mod check;
mod config;
mod digests;
mod document;
mod file;
mod numbers;
mod problem;
mod schema;
mod sections;
mod shape;
mod texts;
mod values;
mod variables;

pub use build::Agents;
pub use config::{Config, ConfigPurpose};
pub use digests::ConfigChanges;
pub use numbers::ServedNumber;
pub use problem::{ConfigProblem, InvalidConfig};
pub use schema::schema;
pub use variables::{Environment, ProcessEnvironment};
