#![doc = include_str!("../README.md")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

mod binary;
mod process;
mod scene;
mod torture;

pub use binary::waxwing;
pub use process::{Ended, Server};
pub use scene::{Launch, Scene};
pub use torture::{Report, Torture};

/// The guide for those who test their own bots: what it shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing-your-bot.md")]
struct Guide;
