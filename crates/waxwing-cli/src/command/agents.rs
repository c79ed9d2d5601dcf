//! `waxwing agents`.

mod compare;
mod pause;
mod prompt;
mod request_capture;
mod stored_conversation;

use clap::{Args, Subcommand};

/// Pause and resume agents, show their requests to their models, and try agents on stored conversations.
#[derive(Debug, Args)]
pub(crate) struct Agents {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the exact request that an agent would send to its model. Nothing is sent to the model or to a user, and no tool is called.
    Prompt(prompt::Prompt),
    /// Ask an agent the questions of a stored conversation again, and print its answers next to the old ones. Nothing is sent to the user, and no
    /// tool is called. The model is asked, which costs money.
    Compare(compare::Compare),
    /// Show whether agents answer, and what they have cost today.
    Show(pause::Show),
    /// Pause agents. Webhooks are acknowledged and messages wait until the agents are resumed, also over a restart.
    ///
    /// Answers that are being made are sent. `waxwing messages send` works in the meantime.
    Pause(pause::PauseAgents),
    /// Resume agents. They answer the messages that have waited.
    Resume(pause::PauseAgents),
}

impl Agents {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Prompt(prompt) => prompt.run().await,
            Command::Compare(compare) => compare.run().await,
            Command::Show(show) => show.run().await,
            Command::Pause(pause) => pause.run(true).await,
            Command::Resume(resume) => resume.run(false).await,
        }
    }
}
