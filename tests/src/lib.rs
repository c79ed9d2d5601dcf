#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

mod binary;
mod case;
mod here;
mod model_server;
mod poison;
mod probe;
mod process;
mod scene;
mod serving;
mod storm;
mod talker;
mod torture;
mod trial;
mod vocabulary;

pub use binary::waxwing;
pub use case::{Case, Fate};
pub use here::Here;
pub use model_server::{Answer, Dialect, ModelRequest, ModelServer};
pub use poison::Poison;
pub use probe::Probe;
pub use process::{Ended, Server};
pub use scene::{Launch, Scene};
pub use serving::serve;
pub use storm::Storm;
pub use talker::Talker;
pub use torture::Torture;
pub use trial::Report;
pub use vocabulary::Vocabulary;

/// The guide for those who test their own bots: what it shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing-your-bot.md")]
struct Guide;
