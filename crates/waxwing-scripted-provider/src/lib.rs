#![doc = include_str!("../README.md")]

mod answer;
mod anthropic;
mod gemini;
mod openai;
mod provider;
mod refusal;
mod shape;

pub use answer::{FinishReason, ScriptedAnswer};
pub use provider::{Api, ReceivedRequest, ScriptedProvider};
pub use refusal::Refusal;
