//! How much a user may say at once.

use async_trait::async_trait;

use super::{Guardrail, GuardrailContext, GuardrailDecision};
use crate::{AgentError, Reply, Turn};

/// Limits how much a user says in one turn: texts, captions, places and cards, in characters. Media are not measured.
#[derive(Debug, Clone)]
pub struct LengthLimit {
    limit: usize,
    /// None to cut what is too long.
    refusal: Option<Reply>,
}

impl LengthLimit {
    /// Refuses what is longer than so many characters.
    pub fn new(limit: usize) -> Self {
        let refusal = format!("That is too long for me. Please say it in fewer than {limit} characters.");
        Self { limit, refusal: Some(refusal.into()) }
    }

    /// Takes the first so many characters, and leaves out the rest.
    pub fn truncate(limit: usize) -> Self {
        Self { limit, refusal: None }
    }

    /// Refuses what is too long with these words.
    pub fn refusal(mut self, refusal: impl Into<Reply>) -> Self {
        self.refusal = Some(refusal.into());
        self
    }
}

#[async_trait]
impl Guardrail for LengthLimit {
    fn name(&self) -> &'static str {
        "maximum length"
    }

    async fn input(&self, turn: &mut Turn, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        if let Some(refusal) = &self.refusal {
            let length: usize = turn.messages.iter().map(|message| message.plain_text().chars().count()).sum();
            return Ok(if length > self.limit {
                GuardrailDecision::Refuse(refusal.clone())
            } else {
                GuardrailDecision::Pass
            });
        }
        let mut room = self.limit;
        turn.messages.retain_mut(|message| {
            let words = message.plain_text();
            let length = words.chars().count();
            if length <= room {
                room -= length;
                return true;
            }
            message.text = words.chars().take(room).collect();
            message.location = None;
            message.contacts.clear();
            room = 0;
            let came_with_more = message.media.is_some() || message.media_problem.is_some() || message.choice.is_some();
            !message.text.is_empty() || came_with_more
        });
        Ok(GuardrailDecision::Pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, Media, RunContext, UserMessage};

    #[track_caller]
    fn check(left: &(Turn, GuardrailDecision), expected: &[&str]) {
        assert_eq!(left.1, GuardrailDecision::Pass);
        let texts: Vec<_> = left.0.messages.iter().map(|message| message.plain_text().into_owned()).collect();
        assert_eq!(texts, expected);
    }

    async fn left(limit: LengthLimit, messages: Vec<UserMessage>) -> (Turn, GuardrailDecision) {
        let mut turn = Turn { messages, ..Turn::default() };
        let ctx = GuardrailContext::new(&RunContext::in_memory("1"), "a");
        let verdict = limit.input(&mut turn, &ctx).await.unwrap();
        (turn, verdict)
    }

    fn said() -> Vec<UserMessage> {
        let place = UserMessage::text("").with_location(Location::new(1.5, 2.5));
        let picture = UserMessage::text("look").with_media(Media::image("image/png", vec![1]));
        vec![UserMessage::text("äöü"), place, picture, UserMessage::text("end")]
    }

    #[tokio::test]
    async fn what_is_too_long_is_cut_or_refused() {
        check(&left(LengthLimit::truncate(18), said()).await, &["äöü", "1.5, 2.5", "look", "end"]);
        check(&left(LengthLimit::truncate(13), said()).await, &["äöü", "1.5, 2.5", "lo"]);
        check(&left(LengthLimit::truncate(6), said()).await, &["äöü", "1.5", ""]);
        check(&left(LengthLimit::truncate(1), said()).await, &["ä", ""]);
        check(&left(LengthLimit::new(18), said()).await, &["äöü", "1.5, 2.5", "look", "end"]);
        let refused = GuardrailDecision::refuse("That is too long for me. Please say it in fewer than 17 characters.");
        assert_eq!(left(LengthLimit::new(17), said()).await.1, refused);
        assert_eq!(
            left(LengthLimit::new(2).refusal("Shorter."), said()).await.1,
            GuardrailDecision::refuse("Shorter.")
        );
    }
}
