//! Team mode `coordinate`: members are tools of the leader.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use waxwing_agent::{AgentError, TeamNote, Turn, UserMessage};

use super::member::{Member, MemberAnswer, note};
use crate::schema::schema_of;
use crate::tag;
use crate::tool::short_tool_name;
use crate::{Tool, ToolContext, ToolOutput, ToolSpec};

/// A member as a tool of the leader.
pub(super) struct MemberTool {
    member: Arc<Member>,
    spec: ToolSpec,
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The task for the member. The member knows the earlier conversation, but not the user's last message. Include everything that the
    /// member needs. Images, audio and files of the user's last message are attached to the task.
    task: String,
}

impl MemberTool {
    pub(super) fn new(member: Arc<Member>) -> Self {
        let readers =
            if member.is_shown { "The user also reads the answer, below yours." } else { "Only you read the answer." };
        let description =
            format!("Delegates a task to a member of your team. {readers} About the member: {}", member.description);
        let spec = ToolSpec::new(short_tool_name(member.name()), description, schema_of::<Arguments>());
        Self { member, spec }
    }
}

#[async_trait]
impl Tool for MemberTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn records_own_steps(&self) -> bool {
        true
    }

    /// Returns a timeout one second longer than that of the member, because the error message of the member is more precise.
    fn timeout(&self) -> Option<Duration> {
        Some(self.member.timeout + Duration::from_secs(1))
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        let Arguments { task } = serde_json::from_value(arguments)
            .map_err(|error| AgentError::new(format!("the arguments do not match the schema: {error}")))?;
        let answer = self.member.answer_leader(turn(&task, ctx.messages()), ctx.run()).await?;
        let MemberAnswer { mut text, note, reply } = answer;
        if let Some(note) = note {
            text = format!("{text}\n{}", tag::note(note));
        }
        Ok(ToolOutput::text(text).with_reply(reply).supplementary())
    }
}

/// Returns the turn for a member: the task, and the media of the user's messages. The note names the leader as the author, so that the task
/// is not taken for a message of the user, in particular not for an approval.
fn turn(task: &str, messages: &[UserMessage]) -> Turn {
    let mut with_task: Vec<_> = messages.iter().filter(|message| message.media.is_some()).cloned().collect();
    with_task.push(note(messages.last(), TeamNote::Task { text: task.to_owned() }));
    Turn::new(with_task)
}
