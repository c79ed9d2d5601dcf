//! An agent that repeats what it hears.

use async_trait::async_trait;

use crate::{Agent, AgentError, Reply, ReplyPart, RunContext, Turn, UserMessage};

/// Replies `echo <text>` to each message of a turn, in order, `echo <kind>` to a medium without a caption, and
/// what else was shared in words. For tests, load and conformance runs.
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
    let heard = match &message.media {
        Some(media) if message.text.is_empty() => media.kind().as_str().into(),
        _ => message.plain_text(),
    };
    ReplyPart::Text(format!("echo {heard}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, Media};

    #[tokio::test]
    async fn one_reply_per_message_in_order() {
        let picture = UserMessage::text("").with_media(Media::image("image/png", vec![1]));
        let place = UserMessage::text("").with_location(Location::new(1.5, 2.5));
        let turn =
            Turn { messages: vec![UserMessage::text("a"), picture, place, UserMessage::text("b")], ..Turn::default() };
        let reply = Echo.run(turn, &RunContext::in_memory("1")).await.unwrap();
        assert_eq!(
            reply,
            ["echo a", "echo image", "echo 1.5, 2.5", "echo b"].into_iter().fold(Reply::none(), Reply::with_text)
        );
    }
}
