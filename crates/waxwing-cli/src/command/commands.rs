//! `waxwing commands`.

use anyhow::ensure;
use clap::{Args, Subcommand};
use serde_json::json;
use waxwing::client::{ChatCommand, ConversationalAutomation};

use crate::number_flags::{NumberFlags, explained};
use crate::output::print_line;

/// Show and publish the commands that WhatsApp offers when a user types a slash.
#[derive(Debug, Args)]
pub(crate) struct Commands {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the commands and the questions that WhatsApp offers.
    Show {
        #[command(flatten)]
        flags: NumberFlags,
    },
    /// Make WhatsApp offer the commands of the settings file that have a description. They replace the former ones; the questions stay.
    Publish {
        #[command(flatten)]
        flags: NumberFlags,
    },
}

impl Commands {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (flags, publishes) = match self.command {
            Command::Show { flags } => (flags, false),
            Command::Publish { flags } => (flags, true),
        };
        let open = flags.open()?;
        let number = open.number();
        let mut automation = number.automation().await.map_err(|error| explained(&error))?;
        if publishes {
            let commands = open.settings.engine.system_messages.standard.commands.iter();
            let described = commands.filter(|command| !command.description.is_empty());
            let commands: Vec<_> = described
                .map(|command| ChatCommand::new(command.word.trim_start_matches('/'), command.description.as_str()))
                .collect();
            ensure!(!commands.is_empty(), "the settings file has no command with a description; add one to [commands]");
            number.set_commands(&commands, &automation.prompts).await.map_err(|error| explained(&error))?;
            automation.commands = commands;
        }
        let shown = json!({ "commands": automation.commands, "prompts": automation.prompts });
        open.output.print(&shown, |_| print(&automation))
    }
}

fn print(automation: &ConversationalAutomation) {
    for command in &automation.commands {
        print_line!("/{}  {}", command.name, command.description);
    }
    for prompt in &automation.prompts {
        print_line!("question: {prompt}");
    }
}
