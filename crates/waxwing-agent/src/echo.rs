//! Test agent that repeats each message.

use async_trait::async_trait;

use crate::agent::Agent;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::message_content::MessageContent;
use crate::reply::Reply;
use crate::reply_part::ReplyPart;
use crate::turn::Turn;
use crate::user_message::UserMessage;

/// Replies `echo <text>` to each message of a turn, in order. Media without a caption get `echo <kind>`. For tests, load and conformance
/// runs.
///
/// ```
/// use waxwing_agent::{Agent, AgentError, Echo, Reply, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// assert_eq!(Echo.run("hi".into(), &RunContext::in_memory("34600000000")).await?, Reply::text("echo hi"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Echo;

#[async_trait]
impl Agent for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    async fn run(&self, turn: Turn, _ctx: &RunContext) -> Result<Reply, AgentError> {
        Ok(turn.messages.iter().map(echo).collect())
    }
}

fn echo(message: &UserMessage) -> ReplyPart {
    let text = match (&message.media, &message.content) {
        (Some(media), _) if message.text.is_empty() => media.kind().as_str().into(),
        (None, Some(MessageContent::Unknown(unknown))) => unknown.kind.as_str().into(),
        _ => message.plain_text(),
    };
    ReplyPart::Text(format!("echo {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;
    use crate::media::Media;
    use crate::message_content::UnknownContent;

    #[tokio::test]
    async fn each_message_gets_one_reply_in_order() {
        let picture = UserMessage::text("").with_media(Media::image("image/png", vec![1]));
        let place = UserMessage::text("").with_location(Location::new(1.5, 2.5));
        let poll = UserMessage::text("").with_content(UnknownContent::new("poll", None));
        let turn = Turn::new([UserMessage::text("a"), picture, place, poll, UserMessage::text("b")]);
        let reply = Echo.run(turn, &RunContext::in_memory("1")).await.unwrap();
        assert_eq!(
            reply,
            ["echo a", "echo image", "echo 1.5, 2.5", "echo poll", "echo b"]
                .into_iter()
                .fold(Reply::none(), Reply::with_text)
        );
    }
}
