//! Slow agent that repeats messages.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn, UserMessage};

/// Agent that repeats each message of a turn after a pause. It sends all but the last reply as interim messages. If the last message is an
/// image, the reply is the image.
#[derive(Debug, Clone, Default)]
pub struct SlowEcho {
    /// Duration of a run.
    pub pause: Duration,
    /// Directory that holds all runs together: each run adds a file, and waits for the file [`OPEN`](Self::OPEN).
    pub barrier: Option<PathBuf>,
}

impl SlowEcho {
    /// Environment variable with the pause of the program `waxwing-slow-echo`, in milliseconds.
    pub const PAUSE: &str = "WAXWING_SLOW_ECHO_PAUSE";

    /// Environment variable with the barrier of the program `waxwing-slow-echo`.
    pub const BARRIER: &str = "WAXWING_SLOW_ECHO_BARRIER";

    /// Name of the file that opens the barrier.
    pub const OPEN: &str = "open";

    /// Text that aborts the process in the middle of the pause.
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
        if let Some(barrier) = &self.barrier {
            wait_at(barrier, ctx.run_id()).await?;
        }
        Ok(match &last.media {
            Some(picture) => Reply::text(echo(last)).with_media(picture.clone()),
            None => Reply::text(echo(last)),
        })
    }
}

async fn wait_at(barrier: &Path, run: &str) -> Result<(), AgentError> {
    tokio::fs::write(barrier.join(run), "").await?;
    while !tokio::fs::try_exists(barrier.join(SlowEcho::OPEN)).await? {
        // tidy: allow sleep - the interval between two looks
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

fn echo(message: &UserMessage) -> String {
    format!("echo {}", message.text)
}
