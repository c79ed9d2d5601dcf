//! The agents that need no description.

use std::sync::Arc;

use clap::ValueEnum;
use waxwing::{Agent, Demo, Echo};

/// An agent that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuiltIn {
    /// Repeats what it hears: for tests and load.
    Echo,
    /// Shows what the channel can do.
    Demo,
}

impl BuiltIn {
    pub(crate) fn agent(self) -> Arc<dyn Agent> {
        match self {
            Self::Echo => Arc::new(Echo),
            Self::Demo => Arc::new(Demo),
        }
    }
}
