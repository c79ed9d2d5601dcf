#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

mod agent_program;
mod attack;
mod binary;
mod campaign_crash_test;
mod crash_test;
mod fault_case;
mod fault_catalog;
mod fault_mix;
mod in_process;
mod llm_test_agent;
mod load_test;
mod model_server;
mod poison_test;
mod process;
mod slow_echo;
mod test_env;

pub use agent_program::serve;
pub use attack::{AttackReport, AttackScale, attack};
pub use binary::waxwing;
pub use campaign_crash_test::{CampaignCrashReport, CampaignCrashTest};
pub use crash_test::CrashTest;
pub use fault_case::{ExpectedEffect, FaultCase};
pub use fault_catalog::FaultCatalog;
pub use fault_mix::FaultMix;
pub use in_process::InProcessServer;
pub use llm_test_agent::LlmTestAgent;
pub use load_test::Report;
pub use model_server::{ModelReply, ModelRequest, ModelServer, ProviderProtocol};
pub use poison_test::PoisonTest;
pub use process::{ProcessOutput, ServerProcess};
pub use slow_echo::SlowEcho;
pub use test_env::{Launch, TestEnv};

/// Compiles and runs the examples of the guide for bot tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing-your-bot.md")]
struct Guide;

/// Compiles the examples of the guide for forms.
#[cfg(doctest)]
#[doc = include_str!("../../docs/forms.md")]
struct FormsGuide;
