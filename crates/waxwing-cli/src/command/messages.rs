//! `waxwing messages`.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use waxwing::engine::{NextResponder, OperatorAction};

use super::conversations::{Target, human_for};
use crate::admin_flags::AdminFlags;
use crate::output::print_line;

/// Send messages to users as an operator.
#[derive(Debug, Args)]
pub(crate) struct Messages {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send a message to a user.
    ///
    /// The message goes to the end of the conversation's send queue. A running answer of the agent is cancelled, and the agent is paused. The command
    /// fails if the user has not written within 24 hours, because WhatsApp delivers only templates then.
    Send(SendArgs),
}

#[derive(Args)]
struct SendArgs {
    #[command(flatten)]
    target: Target,

    /// Time for which the agent is paused from now on, such as 30m; WAXWING_HANDOFF_DURATION by default.
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,

    /// Do not pause the agent.
    #[arg(long, conflicts_with = "duration")]
    keep_agent: bool,

    /// Text of the message; `-` reads it from standard input.
    text: String,

    #[command(flatten)]
    flags: AdminFlags,
}

impl fmt::Debug for SendArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendArgs").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Messages {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Command::Send(send) = self.command;
        send.run().await
    }
}

impl SendArgs {
    async fn run(self) -> anyhow::Result<()> {
        let mut text = self.text;
        if text == "-" {
            text.clear();
            std::io::stdin().read_to_string(&mut text)?;
        }
        let responder = match self.duration {
            Some(duration) => human_for(duration),
            None if self.keep_agent => NextResponder::Unchanged,
            None => NextResponder::HumanTemporarily,
        };
        let (client, output) = self.flags.client().await?;
        let conversation = self.target.find(&client).await?;
        let action = OperatorAction::new(responder).with_text(text.trim());
        let (conversation, message) = client.send(conversation, action).await?;
        let sent = json!({ "conversation": conversation, "message": message });
        output.print(&sent, |_| print_line!("message {message} queued in conversation {conversation}"))
    }
}
