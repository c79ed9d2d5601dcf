//! One of a team.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use waxwing_agent::{Agent, AgentError, Reply, ReplyPart, RunContext, Turn, UserMessage};

use crate::tool::left;

/// One of a team.
pub(super) struct Member {
    pub(super) agent: Arc<dyn Agent>,
    /// What it is good for.
    pub(super) description: String,
    /// Whether the user sees who speaks.
    pub(super) is_shown: bool,
    /// How long it may take where it works for the leader.
    pub(super) timeout: Duration,
}

/// What a member has made for the leader.
pub(super) struct Work {
    /// For the leader.
    pub(super) words: String,
    /// For the user.
    pub(super) reply: Reply,
}

impl Member {
    pub(super) fn name(&self) -> &str {
        self.agent.name()
    }

    /// Answers the user.
    pub(super) async fn answer(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let reply = self.run(turn, &ctx.scoped(self.name())).await?;
        Ok(if self.is_shown { headed(self.name(), reply) } else { reply })
    }

    /// Works for the leader, within a scope that the caller has chosen.
    pub(super) async fn work(&self, turn: Turn, ctx: &RunContext) -> Result<Work, AgentError> {
        // The other half is the leader's, to make something of it.
        let timeout = self.timeout.min(left(ctx) / 2);
        let too_long = |_| Err(AgentError::new(format!("no answer after {timeout:?}")));
        let reply = tokio::time::timeout(timeout, self.run(turn, &ctx.muted())).await.unwrap_or_else(too_long)?;
        let words: Vec<_> = reply.parts().iter().filter_map(ReplyPart::plain_text).collect();
        let mut words = words.join("\n\n");
        let reply = if self.is_shown { headed(self.name(), reply) } else { without_words(reply) };
        if !self.is_shown && !reply.parts().is_empty() {
            words.push_str("\n[The user gets what came with it, such as media and questions, with your reply.]");
        }
        Ok(Work { words, reply })
    }

    /// Runs it, so that a panic is a failure like others.
    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let run = AssertUnwindSafe(self.agent.run(turn, ctx)).catch_unwind();
        run.await.unwrap_or_else(|_panic| {
            // The words of the panic may quote anything; the panic hook has shown them.
            tracing::error!(member = self.name(), "a member of a team panicked");
            Err(AgentError::new("a member of the team panicked"))
        })
    }
}

/// A reply under the name of who made it.
fn headed(name: &str, reply: Reply) -> Reply {
    changed(reply, |mut parts| {
        match parts.first_mut() {
            None => {}
            Some(ReplyPart::Markdown(text)) => *text = format!("**{name}**\n\n{text}"),
            Some(ReplyPart::Text(text)) => *text = format!("{name}:\n{text}"),
            Some(_) => parts.insert(0, ReplyPart::Markdown(format!("**{name}**"))),
        }
        parts
    })
}

/// What the leader cannot say in its own words.
fn without_words(reply: Reply) -> Reply {
    changed(reply, |mut parts| {
        parts.retain(|part| !matches!(part, ReplyPart::Text(_) | ReplyPart::Markdown(_)));
        parts
    })
}

fn changed(reply: Reply, change: impl FnOnce(Vec<ReplyPart>) -> Vec<ReplyPart>) -> Reply {
    let handoff = reply.handoff().copied();
    let reply: Reply = change(reply.into_parts()).into_iter().collect();
    handoff.into_iter().fold(reply, Reply::with_handoff)
}

/// Words that go with what the user said: as a message beside the last one.
pub(super) fn beside(last: Option<&UserMessage>, words: String) -> UserMessage {
    let mut message = UserMessage::text(words);
    if let Some(last) = last {
        message.id.clone_from(&last.id);
        message.sender.clone_from(&last.sender);
        message.sent_at = last.sent_at;
    }
    message
}
