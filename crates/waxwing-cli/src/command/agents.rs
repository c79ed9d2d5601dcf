//! `waxwing agents`.

mod prompt;
mod request_capture;

use clap::{Args, Subcommand};

/// Show what agents ask their models.
#[derive(Debug, Args)]
pub(crate) struct Agents {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the exact request that an agent would send to its model. Nothing is sent to the model or to a user, and no tool is called.
    Prompt(prompt::Prompt),
}

impl Agents {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Prompt(prompt) => prompt.run().await,
        }
    }
}
