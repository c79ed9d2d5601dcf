//! Length limit of a turn.

use async_trait::async_trait;

use super::Guardrail;
use super::context::GuardrailContext;
use super::decision::GuardrailDecision;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// Limits the length of a turn: the characters of texts, captions, locations, contact cards, orders and form answers. Media and content of unknown
/// types are not measured.
///
/// ```
/// use waxwing_agent::guardrail::{GuardedAgent, LengthLimit};
/// use waxwing_agent::{Agent, AgentError, Echo, Reply, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// let agent = GuardedAgent::new(Echo).guardrail(LengthLimit::truncate(5));
/// let reply = agent.run("hello world".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::text("echo hello"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct LengthLimit {
    limit: usize,
    /// `None` truncates longer turns.
    refusal: Option<Reply>,
}

impl LengthLimit {
    /// Creates a limit of `limit` characters. Longer turns are refused with an English text.
    pub fn new(limit: usize) -> Self {
        let refusal = format!("Your message is too long. Please use at most {limit} characters.");
        Self { limit, refusal: Some(refusal.into()) }
    }

    /// Creates a limit of `limit` characters. Longer turns are truncated to the limit.
    pub fn truncate(limit: usize) -> Self {
        Self { limit, refusal: None }
    }

    /// Sets the reply to turns that are too long. Longer turns are refused, not truncated.
    pub fn refusal(mut self, refusal: impl Into<Reply>) -> Self {
        self.refusal = Some(refusal.into());
        self
    }
}

#[async_trait]
impl Guardrail for LengthLimit {
    fn name(&self) -> &'static str {
        "length limit"
    }

    async fn input(&self, turn: &mut Turn, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        if let Some(refusal) = &self.refusal {
            let length: usize = turn.messages.iter().map(|message| message.plain_text().chars().count()).sum();
            let is_too_long = length > self.limit;
            return Ok(if is_too_long { GuardrailDecision::Refuse(refusal.clone()) } else { GuardrailDecision::Pass });
        }
        let mut room = self.limit;
        turn.messages.retain_mut(|message| {
            let text = message.plain_text();
            let length = text.chars().count();
            if length <= room {
                room -= length;
                return true;
            }
            message.text = text.chars().take(room).collect();
            message.location = None;
            message.contacts.clear();
            message.content = None;
            room = 0;
            let has_more = message.media.is_some() || message.media_problem.is_some() || message.choice.is_some();
            !message.text.is_empty() || has_more
        });
        Ok(GuardrailDecision::Pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::RunContext;
    use crate::location::Location;
    use crate::media::Media;
    use crate::order::{Order, OrderItem};
    use crate::user_message::UserMessage;

    #[track_caller]
    fn check(left: &(Turn, GuardrailDecision), expected: &[&str]) {
        assert_eq!(left.1, GuardrailDecision::Pass);
        let texts: Vec<_> = left.0.messages.iter().map(|message| message.plain_text().into_owned()).collect();
        assert_eq!(texts, expected);
    }

    async fn limited(limit: LengthLimit) -> (Turn, GuardrailDecision) {
        let place = UserMessage::text("").with_location(Location::new(1.5, 2.5));
        let picture = UserMessage::text("look").with_media(Media::image("image/png", vec![1]));
        let mut turn = Turn::new([UserMessage::text("äöü"), place, picture, UserMessage::text("end")]);
        let ctx = GuardrailContext::new(&RunContext::in_memory("1"), "a");
        let decision = limit.input(&mut turn, &ctx).await.unwrap();
        (turn, decision)
    }

    #[tokio::test]
    async fn a_longer_turn_is_truncated_or_refused() {
        check(&limited(LengthLimit::truncate(18)).await, &["äöü", "1.5, 2.5", "look", "end"]);
        check(&limited(LengthLimit::truncate(13)).await, &["äöü", "1.5, 2.5", "lo"]);
        check(&limited(LengthLimit::truncate(6)).await, &["äöü", "1.5", ""]);
        check(&limited(LengthLimit::truncate(1)).await, &["ä", ""]);
        let order = Order::new([OrderItem::new("pizza-7")]);
        let mut turn = Turn::new([UserMessage::text("").with_content(order)]);
        let ctx = GuardrailContext::new(&RunContext::in_memory("1"), "a");
        LengthLimit::truncate(5).input(&mut turn, &ctx).await.unwrap();
        assert_eq!((turn.messages[0].text.as_str(), &turn.messages[0].content), ("pizza", &None));
        check(&limited(LengthLimit::new(18)).await, &["äöü", "1.5, 2.5", "look", "end"]);
        let refused = "Your message is too long. Please use at most 17 characters.";
        assert_eq!(limited(LengthLimit::new(17)).await.1, GuardrailDecision::refuse(refused));
        let shorter = LengthLimit::new(2).refusal("Shorter.");
        assert_eq!(limited(shorter).await.1, GuardrailDecision::refuse("Shorter."));
    }
}
