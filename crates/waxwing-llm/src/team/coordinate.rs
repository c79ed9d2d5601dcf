//! Tasks that the leader hands out: a member as a tool.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use waxwing_agent::{AgentError, Turn, UserMessage};

use super::member::{Member, Work, beside};
use crate::schema::schema_of;
use crate::{Tool, ToolContext, ToolOutput, ToolSpec};

/// A member as a tool of the leader's.
pub(super) struct Delegate {
    member: Arc<Member>,
    spec: ToolSpec,
}

#[derive(Deserialize, JsonSchema)]
struct Task {
    /// What the member is to do or to answer. It knows what was said before, but not the user's last message: say all that it needs. Pictures, sounds and files
    /// of that message go with the task.
    task: String,
}

impl Delegate {
    pub(super) fn to(member: Arc<Member>) -> Self {
        let readers =
            if member.is_shown { "The user reads the answer too, below yours." } else { "You alone read the answer." };
        let description =
            format!("Gives a task to a member of your team. {readers} The member: {}", member.description);
        let spec = ToolSpec { name: tool_name(member.name()), description, parameters: schema_of::<Task>() };
        Self { member, spec }
    }
}

/// A member's name as the name of a tool.
fn tool_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(64).collect()
}

#[async_trait]
impl Tool for Delegate {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn records_own_steps(&self) -> bool {
        true
    }

    fn timeout(&self) -> Option<Duration> {
        // The member's own comes first, and says more.
        Some(self.member.timeout + Duration::from_secs(1))
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        let Task { task } = serde_json::from_value(arguments)
            .map_err(|error| AgentError::new(format!("the arguments do not fit the schema: {error}")))?;
        let Work { words, reply } = self.member.work(turn(&task, ctx.messages()), ctx.run()).await?;
        Ok(ToolOutput::text(words).with_reply(reply).supplementary())
    }
}

/// A task as the member gets it, with the media that came with what the user said. It says whose it is, so that nothing takes the leader's words for the user's:
/// least of all for a consent that the member waits for.
fn turn(task: &str, said: &[UserMessage]) -> Turn {
    let mut messages: Vec<_> = said.iter().filter(|message| message.media.is_some()).cloned().collect();
    messages.push(beside(said.last(), format!("[A task from the leader of your team:]\n{task}")));
    Turn::new(messages)
}
