//! The public API: a recorder between an emulator and a bot, and the replay of its recording.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bot;
mod record;
mod replay;
