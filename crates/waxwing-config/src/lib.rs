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
pub use config::{Config, Scope};
pub use digests::Differences;
pub use numbers::Number;
pub use problem::{Invalid, Problem};
pub use schema::schema;
pub use variables::{Process, Variables};
