//! The commands.

mod config;
mod dev;
mod emulator;
mod hand;
mod outbox;
mod serve;
mod serving;
mod time;
mod users;

use clap::{Parser, Subcommand};

use crate::logs::LogFormat;

/// Serves AI agents, and teams of agents, on WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "waxwing", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// How log lines look.
    #[arg(long, global = true, env = "WAXWING_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it on this machine: an emulated WhatsApp with a phone in the browser, a server and an agent. Needs nothing.
    Dev(dev::Dev),
    /// Answer business numbers.
    Serve(serve::Serve),
    /// Look at waxwing.toml: what is wrong with it, and what it may hold.
    Config(config::Config),
    /// Look at messages on their way out.
    Outbox(outbox::Outbox),
    /// Write to a user in the agent's place.
    Send(hand::Send),
    /// Let the agent be silent in a conversation.
    Pause(hand::Pause),
    /// Let the agent answer again.
    Resume(hand::Resume),
    /// List conversations, and who answers them.
    Conversations(hand::Conversations),
    /// See what is kept of a user, and erase it.
    Users(users::Users),
    /// Play WhatsApp for any server, this one or another: a fake of the Cloud API with a phone in the browser.
    Emulator(emulator::EmulatorCommand),
}

impl Cli {
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format
    }

    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Dev(dev) => dev.run().await,
            Command::Serve(serve) => serve.run().await,
            Command::Config(config) => config.run(),
            Command::Outbox(outbox) => outbox.run().await,
            Command::Send(send) => send.run().await,
            Command::Pause(pause) => pause.run().await,
            Command::Resume(resume) => resume.run().await,
            Command::Conversations(conversations) => conversations.run().await,
            Command::Users(users) => users.run().await,
            Command::Emulator(emulator) => emulator.run().await,
        }
    }
}
