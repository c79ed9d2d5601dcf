//! An agent to try a server with.

use std::time::Duration;

use async_trait::async_trait;
use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn, UserMessage};

/// Repeats what it hears, as the echo does, but slowly, and message by message: all but the last one while the run goes on. A user who sends a picture last
/// gets it back.
#[derive(Debug, Clone, Copy, Default)]
pub struct SlowEcho {
    /// How long a run takes.
    pub pause: Duration,
}

impl SlowEcho {
    /// The variable by which the program `waxwing-slow-echo` knows the pause, in milliseconds.
    pub const PAUSE: &str = "WAXWING_SLOW_ECHO_PAUSE";

    /// Text that kills the process that answers it, in the middle of the pause.
    pub const POISON: &str = "poison";
}

#[async_trait]
impl Agent for SlowEcho {
    fn name(&self) -> &'static str {
        "probe"
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let Some((last, others)) = turn.messages.split_last() else { return Ok(Reply::none()) };
        for message in others {
            ctx.send_interim(echo(message)).await?;
        }
        // tidy: allow sleep - the agent is slow on purpose
        tokio::time::sleep(self.pause / 2).await;
        if turn.messages.iter().any(|message| message.text == Self::POISON) {
            std::process::abort();
        }
        // tidy: allow sleep - as above
        tokio::time::sleep(self.pause / 2).await;
        Ok(match &last.media {
            Some(picture) => Reply::text(echo(last)).with_media(picture.clone()),
            None => Reply::text(echo(last)),
        })
    }
}

fn echo(message: &UserMessage) -> String {
    format!("echo {}", message.text)
}
