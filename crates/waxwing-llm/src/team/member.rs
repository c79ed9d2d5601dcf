//! Member of a team.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use waxwing_agent::{Agent, AgentError, MessageContent, Reply, ReplyPart, RunContext, TeamNote, Turn, UserMessage};

use crate::tool::time_left;

/// Note about parts of an answer that the leader does not repeat.
const ATTACHMENTS: &str = "Media, questions and other attachments of this answer are sent to the user with your reply.";

/// Member of a team.
pub(super) struct Member {
    pub(super) agent: Arc<dyn Agent>,
    /// Description for the leader.
    pub(super) description: String,
    /// True if the user sees the name and the text of the member.
    pub(super) is_shown: bool,
    /// Timeout of an answer to the leader.
    pub(super) timeout: Duration,
}

/// Answer of a member to the leader.
pub(super) struct MemberAnswer {
    /// Text for the leader.
    pub(super) text: String,
    /// Note for the leader about the reply parts.
    pub(super) note: Option<&'static str>,
    /// Reply parts for the user.
    pub(super) reply: Reply,
}

impl Member {
    pub(super) fn name(&self) -> &str {
        self.agent.name()
    }

    /// Answers the user.
    pub(super) async fn answer_user(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let reply = self.run(turn, &ctx.scoped(self.name())).await?;
        Ok(if self.is_shown { with_heading(self.name(), reply) } else { reply })
    }

    /// Answers the leader. `ctx` has a scope of its own.
    pub(super) async fn answer_leader(&self, turn: Turn, ctx: &RunContext) -> Result<MemberAnswer, AgentError> {
        // Half of the time is left for the leader.
        let timeout = self.timeout.min(time_left(ctx) / 2);
        let timed_out = |_| Err(AgentError::new(format!("no answer after {timeout:?}")));
        let reply = tokio::time::timeout(timeout, self.run(turn, &ctx.muted())).await.unwrap_or_else(timed_out)?;
        let texts: Vec<_> = reply.parts().iter().filter_map(ReplyPart::plain_text).collect();
        let text = texts.join("\n\n");
        let reply = if self.is_shown { with_heading(self.name(), reply) } else { without_text(reply) };
        let note = (!self.is_shown && !reply.parts().is_empty()).then_some(ATTACHMENTS);
        Ok(MemberAnswer { text, note, reply })
    }

    /// Runs the member, and turns a panic into an error.
    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let run = AssertUnwindSafe(self.agent.run(turn, ctx)).catch_unwind();
        run.await.unwrap_or_else(|_panic| {
            // The panic message may hold user data. The panic hook has printed it already.
            tracing::error!(member = self.name(), "team member panicked");
            Err(AgentError::new("the team member failed because of an internal error"))
        })
    }
}

/// Adds the name of the member to the start of a reply.
fn with_heading(name: &str, reply: Reply) -> Reply {
    reply.map_parts(|mut parts| {
        match parts.first_mut() {
            None => {}
            Some(ReplyPart::Markdown(text)) => *text = format!("**{name}**\n\n{text}"),
            Some(ReplyPart::Text(text)) => *text = format!("{name}:\n{text}"),
            Some(_) => parts.insert(0, ReplyPart::Markdown(format!("**{name}**"))),
        }
        parts
    })
}

/// Removes the text of a reply, which the leader repeats in its own words.
fn without_text(reply: Reply) -> Reply {
    reply.map_parts(|mut parts| {
        parts.retain(|part| !matches!(part, ReplyPart::Text(_) | ReplyPart::Markdown(_)));
        parts
    })
}

/// Creates a message with a note of the team, which has the id, the sender and the time of the user's last message.
///
/// The text has the note in words, so that it is neither taken for a message of the user nor for an approval. Agents of this crate read a
/// tag instead, which no user can write.
pub(super) fn note(last: Option<&UserMessage>, note: TeamNote) -> UserMessage {
    let mut message = UserMessage::text(words(&note)).with_content(MessageContent::Team(note));
    if let Some(last) = last {
        message.id.clone_from(&last.id);
        message.sender.clone_from(&last.sender);
        message.sent_at = last.sent_at;
    }
    message
}

fn words(note: &TeamNote) -> String {
    match note {
        TeamNote::Task { text } => format!("[Task from the leader of your team:]\n{text}"),
        TeamNote::Answer { member, text, note } => {
            format!("[Answer of the team member {member:?}. {note}]\n{text}\n[End of the answer.]")
        }
        TeamNote::Failure { member } => format!("[The team member {member:?} failed to answer.]"),
        _ => String::new(),
    }
}
