//! The commands of the program.

mod agents;
mod campaigns;
mod commands;
mod completions;
mod config;
mod conversations;
mod db;
mod deployment;
mod dev;
mod doctor;
mod emulated;
mod emulator;
mod events;
mod health;
mod man;
mod messages;
mod new;
mod numbers;
mod outbox;
mod profile;
mod qr;
mod quarantine;
mod record;
mod replay;
mod serve;
mod setup;
mod templates;
mod usage;
mod users;
mod webhook;

use clap::{Parser, Subcommand};

use crate::logs::LogFormat;

/// Serve AI agents, and teams of agents, on WhatsApp.
#[derive(Debug, Parser)]
#[command(name = "waxwing", version = env!("WAXWING_VERSION"), about, propagate_version = true)]
pub(crate) struct Cli {
    /// Format of log lines.
    #[arg(long, global = true, env = "WAXWING_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a project: an agent, its secrets to set, a test, and a compose file.
    New(new::New),
    /// Try an agent on this machine with an emulated WhatsApp and a phone in the browser. It needs no account and no API key.
    Dev(dev::Dev),
    /// Serve agents on your WhatsApp numbers.
    Serve(serve::Serve),
    /// Emulate the Cloud API for any server, with a phone in the browser.
    Emulator(emulator::EmulatorCommand),
    /// Record the messages between users and a bot, for `waxwing replay` and for the emulator.
    Record(record::Record),
    /// Replay a recording against a bot, and show how its messages differ from the recorded ones.
    Replay(replay::ReplayCommand),
    /// Set up a number with Meta: check its credentials, write the files, subscribe to its webhooks, send a first message.
    Setup(setup::Setup),
    /// Ask a running server whether it is alive.
    Health(health::Health),
    /// Examine the set-up of a number, and name the repair of each fault.
    Doctor(doctor::Doctor),
    /// Show and change where Meta sends the webhooks of a number, and try its address.
    Webhook(webhook::Webhook),
    /// Check waxwing.toml, and print its JSON schema.
    Config(config::Config),
    /// Send a template to a list of recipients, and show the results.
    Campaigns(campaigns::Campaigns),
    /// Pause and resume agents, show their requests to their models, and try agents on stored conversations.
    Agents(agents::Agents),
    /// List and show conversations, and pause or resume their agents.
    Conversations(conversations::Conversations),
    /// Send messages to users as an operator.
    Messages(messages::Messages),
    /// List, show, requeue and discard messages of the outbox.
    Outbox(outbox::Outbox),
    /// List, show and requeue received data that could not be used.
    Quarantine(quarantine::Quarantine),
    /// Back up, restore and check the database with the received media.
    Db(db::Db),
    /// Follow the events of a running server, and deliver events to webhooks again.
    Events(events::Events),
    /// Show what messages and models cost.
    Usage(usage::Usage),
    /// Show and erase the data of users, and block users.
    Users(users::Users),
    /// List, show, preview, create and delete the message templates of the account.
    Templates(templates::Templates),
    /// List and show the business numbers of the account.
    Numbers(numbers::Numbers),
    /// Show and change the business profile that users see.
    Profile(profile::Profile),
    /// List, create and delete QR codes that open a chat.
    Qr(qr::Qr),
    /// Show and publish the commands that WhatsApp offers when a user types a slash.
    Commands(commands::Commands),
    /// Print the completions of the commands and flags for a shell.
    Completions(completions::Completions),
    /// Print the manual page of the program, or write the pages of all commands.
    Man(man::ManPages),
}

impl Cli {
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format
    }

    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::New(new) => new.run(),
            Command::Dev(dev) => Box::pin(dev.run()).await,
            Command::Serve(serve) => serve.run().await,
            Command::Emulator(emulator) => emulator.run().await,
            Command::Record(record) => record.run().await,
            Command::Replay(replay) => replay.run().await,
            Command::Setup(setup) => setup.run().await,
            Command::Health(health) => health.run().await,
            Command::Doctor(doctor) => doctor.run().await,
            Command::Webhook(webhook) => webhook.run().await,
            Command::Config(config) => config.run(),
            Command::Campaigns(campaigns) => campaigns.run().await,
            Command::Agents(agents) => agents.run().await,
            Command::Conversations(conversations) => conversations.run().await,
            Command::Messages(messages) => messages.run().await,
            Command::Outbox(outbox) => outbox.run().await,
            Command::Quarantine(quarantine) => quarantine.run().await,
            Command::Db(db) => db.run().await,
            Command::Events(events) => events.run().await,
            Command::Usage(usage) => usage.run().await,
            Command::Users(users) => users.run().await,
            Command::Templates(templates) => templates.run().await,
            Command::Numbers(numbers) => numbers.run().await,
            Command::Profile(profile) => profile.run().await,
            Command::Qr(qr) => qr.run().await,
            Command::Commands(commands) => commands.run().await,
            Command::Completions(completions) => completions.run(),
            Command::Man(pages) => pages.run(),
        }
    }
}
