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
pub use case::{ExpectedEffect, FaultCase};
pub use here::InProcessServer;
pub use model_server::{ModelReply, ModelRequest, ModelServer, ProviderProtocol};
pub use poison::PoisonTest;
pub use probe::SlowEcho;
pub use process::{ProcessOutput, ServerProcess};
pub use scene::{Launch, TestEnv};
pub use serving::serve;
pub use storm::FaultMix;
pub use talker::LlmTestAgent;
pub use torture::CrashTest;
pub use trial::Report;
pub use vocabulary::FaultCatalog;

/// The guide for those who test their own bots: what it shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing-your-bot.md")]
struct Guide;
