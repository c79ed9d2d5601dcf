//! Who may speak to an agent.

use std::collections::HashSet;

use async_trait::async_trait;

use super::{Guardrail, GuardrailContext, GuardrailDecision};
use crate::{AgentError, Reply, Turn};

/// Lets an agent hear some users alone, or all but some.
///
/// Users are named by what they are [known by](crate::User::id): the phone number in digits with the code of the country, or the business-scoped id of those
/// who hide their number. A number may be written with a plus sign, spaces and hyphens.
///
/// In a group it goes by the sender of each message: the others' messages are answered.
#[derive(Debug, Clone)]
pub struct AccessList {
    ids: HashSet<String>,
    is_allow_list: bool,
    refusal: Reply,
}

impl AccessList {
    /// Lets only these users be heard. The others get no answer, unless a [refusal](Self::refusal) is set.
    pub fn allow(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::new(ids, true)
    }

    /// Lets everybody but these users be heard. They get no answer, unless a [refusal](Self::refusal) is set.
    pub fn deny(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::new(ids, false)
    }

    fn new(ids: impl IntoIterator<Item = impl AsRef<str>>, is_allow_list: bool) -> Self {
        let ids = ids.into_iter().map(|id| normal(id.as_ref())).collect();
        Self { ids, is_allow_list, refusal: Reply::none() }
    }

    /// Sets what those read who are not heard.
    pub fn refusal(mut self, refusal: impl Into<Reply>) -> Self {
        self.refusal = refusal.into();
        self
    }
}

/// A number without what it may be written with.
fn normal(id: &str) -> String {
    let id = id.trim();
    let is_number = id.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-'));
    if is_number { id.chars().filter(char::is_ascii_digit).collect() } else { id.to_owned() }
}

#[async_trait]
impl Guardrail for AccessList {
    fn name(&self) -> &'static str {
        if self.is_allow_list { "allow list" } else { "deny list" }
    }

    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        ctx.take_out(turn, |sender, _| self.ids.contains(sender) == self.is_allow_list);
        Ok(if turn.messages.is_empty() {
            GuardrailDecision::Refuse(self.refusal.clone())
        } else {
            GuardrailDecision::Pass
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunContext, User, UserMessage};

    async fn heard(senders: AccessList, said: &[&str]) -> (Vec<String>, GuardrailDecision) {
        let from = |id: &&str| {
            let mut message = UserMessage::text(format!("by {id}"));
            message.sender = User { id: (*id).to_owned(), name: None };
            message
        };
        let mut turn = Turn { messages: said.iter().map(from).collect(), ..Turn::default() };
        let ctx = GuardrailContext::new(&RunContext::in_memory("34600000001"), "a");
        let verdict = senders.input(&mut turn, &ctx).await.unwrap();
        (turn.messages.into_iter().map(|message| message.text).collect(), verdict)
    }

    #[tokio::test]
    async fn senders_are_heard_or_not() {
        let (one, two) = ("34600000001", "ES.1");
        let allow = || AccessList::allow(["+34 600-000 001"]);
        let deny = || AccessList::deny(["+34 600-000 001"]);
        for (senders, said, expected) in [
            (allow(), [one, two, one], &["by 34600000001", "by 34600000001"][..]),
            (deny(), [one, two, one], &["by ES.1"]),
            (AccessList::deny(["ES.1"]), [one, two, two], &["by 34600000001"]),
            (allow(), ["", two, two], &["by "]),
        ] {
            assert_eq!(
                heard(senders, &said).await,
                (expected.iter().map(ToString::to_string).collect(), GuardrailDecision::Pass)
            );
        }
        assert_eq!(heard(deny(), &[one]).await.1, GuardrailDecision::silence());
        assert_eq!(heard(allow().refusal("Not here."), &[two]).await.1, GuardrailDecision::refuse("Not here."));
    }
}
