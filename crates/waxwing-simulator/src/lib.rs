#![doc = include_str!("../README.md")]

mod app;
mod builder;
mod clock;
mod connection;
mod error;
mod escape;
mod graph;
mod ids;
pub mod matcher;
pub mod message;
mod outcome;
mod persona;
mod phone;
mod rules;
mod service;
mod simulator;
pub mod timeline;
mod user;
mod webhook;
mod world;

pub use builder::{Builder, Redelivery, StatusDelays};
pub use error::Error;
pub use matcher::Matcher;
pub use message::{Choice, ChoiceKind, Content, Media, MediaKind, Message, Party, State};
pub use outcome::Outcome;
pub use persona::Persona;
pub use rules::pace::Pace;
pub use rules::table::UnknownRule;
pub use rules::{Rule, Rules};
pub use service::Service;
pub use simulator::{Answer, Simulator, Verification};
pub use timeline::{Event, EventKind, Subject, UserId};
pub use user::{Step, User};
pub use world::templates::TemplateStatus;
