#![doc = include_str!("../README.md")]

pub mod agent;
pub mod context;
pub mod echo;
pub mod guardrail;
pub mod journal;
pub mod media;
pub mod memory;
pub mod question;
pub mod reply;
pub mod router;
pub mod session;
pub mod shared;
pub mod state;
pub mod turn;

#[cfg(feature = "demo")]
pub mod demo;

pub use agent::{Agent, AgentError, agent_fn};
pub use context::{Conversation, RunContext, RunContextBuilder};
pub use echo::Echo;
pub use journal::{IdempotencyKey, Journal, MemoryJournal, Step, StepKey, StepStatus};
pub use media::{Media, MediaKind};
pub use memory::{Fact, Memory};
pub use question::{Choice, Question};
pub use reply::{HumanHandoff, Link, Reply, ReplyPart, Template};
pub use router::{Router, Rule};
pub use session::{HistoryEntry, Role, Session};
pub use shared::{Contact, Location};
pub use state::SessionState;
pub use turn::{Turn, Undelivered, User, UserMessage};

#[cfg(feature = "demo")]
pub use demo::Demo;
