//! Access list of users.

use std::collections::HashSet;
use std::fmt;

use async_trait::async_trait;

use super::Guardrail;
use super::context::GuardrailContext;
use super::decision::GuardrailDecision;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// Allows or denies users by their [id](crate::User::id).
///
/// The id is the phone number in digits with country code, or the business-scoped user id if the phone number is hidden. A phone number may
/// be written with a plus sign, spaces and hyphens. In a group, the list applies to the sender of each message: messages of other users are
/// answered. `Debug` output does not contain the ids.
///
/// ```
/// use waxwing_agent::guardrail::{AccessList, GuardedAgent};
/// use waxwing_agent::{Agent, AgentError, Echo, Reply, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// let staff = AccessList::allow(["+34 600 000 001", "+34 600 000 002"]).refusal("This number is for staff only.");
/// let agent = GuardedAgent::new(Echo).guardrail(staff);
/// assert_eq!(agent.run("hi".into(), &RunContext::in_memory("34600000001")).await?, Reply::text("echo hi"));
/// let reply = agent.run("hi".into(), &RunContext::in_memory("34699999999")).await?;
/// assert_eq!(reply, Reply::text("This number is for staff only."));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct AccessList {
    ids: HashSet<String>,
    is_allow_list: bool,
    refusal: Reply,
}

impl AccessList {
    /// Creates a list of the only users whose messages are answered. Other users get no answer, unless a [refusal](Self::refusal) is set.
    pub fn allow(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::new(ids, true)
    }

    /// Creates a list of users whose messages are not answered. These users get no answer, unless a [refusal](Self::refusal) is set.
    pub fn deny(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::new(ids, false)
    }

    fn new(ids: impl IntoIterator<Item = impl AsRef<str>>, is_allow_list: bool) -> Self {
        let ids = ids.into_iter().map(|id| normalized(id.as_ref())).collect();
        Self { ids, is_allow_list, refusal: Reply::none() }
    }

    /// Sets the reply to users whose messages are not answered. The default is no reply.
    pub fn refusal(mut self, refusal: impl Into<Reply>) -> Self {
        self.refusal = refusal.into();
        self
    }
}

/// Reduces a phone number to its digits. Other ids stay as they are.
fn normalized(id: &str) -> String {
    let id = id.trim();
    let is_phone_number = id.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-'));
    if is_phone_number { id.chars().filter(char::is_ascii_digit).collect() } else { id.to_owned() }
}

#[async_trait]
impl Guardrail for AccessList {
    fn name(&self) -> &'static str {
        if self.is_allow_list { "allow list" } else { "deny list" }
    }

    async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
        ctx.remove_senders(turn, |sender, _| self.ids.contains(sender) == self.is_allow_list);
        let is_refused = turn.messages.is_empty();
        Ok(if is_refused { GuardrailDecision::Refuse(self.refusal.clone()) } else { GuardrailDecision::Pass })
    }
}

impl fmt::Debug for AccessList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessList")
            .field("ids", &self.ids.len())
            .field("is_allow_list", &self.is_allow_list)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::RunContext;
    use crate::user::User;
    use crate::user_message::UserMessage;

    async fn checked(list: AccessList, senders: &[&str]) -> (Vec<String>, GuardrailDecision) {
        let message = |id: &&str| UserMessage::text(format!("by {id}")).with_sender(User::new(*id));
        let mut turn = Turn::new(senders.iter().map(message));
        let ctx = GuardrailContext::new(&RunContext::in_memory("34600000001"), "a");
        let decision = list.input(&mut turn, &ctx).await.unwrap();
        (turn.messages.into_iter().map(|message| message.text).collect(), decision)
    }

    #[tokio::test]
    async fn messages_of_denied_senders_are_removed() {
        let (one, two) = ("34600000001", "ES.1");
        let allow = || AccessList::allow(["+34 600-000 001"]);
        let deny = || AccessList::deny(["+34 600-000 001"]);
        for (list, senders, expected) in [
            (allow(), [one, two, one], &["by 34600000001", "by 34600000001"][..]),
            (deny(), [one, two, one], &["by ES.1"]),
            (AccessList::deny(["ES.1"]), [one, two, two], &["by 34600000001"]),
            (allow(), ["", two, two], &["by "]),
        ] {
            let expected = expected.iter().map(ToString::to_string).collect();
            assert_eq!(checked(list, &senders).await, (expected, GuardrailDecision::Pass));
        }
        assert_eq!(checked(deny(), &[one]).await.1, GuardrailDecision::refuse_silently());
        let refusal = GuardrailDecision::refuse("Not here.");
        assert_eq!(checked(allow().refusal("Not here."), &[two]).await.1, refusal);
    }

    #[test]
    fn debug_output_has_no_ids() {
        let shown = format!("{:?}", AccessList::allow(["34600000001"]));
        assert_eq!(shown, "AccessList { ids: 1, is_allow_list: true, .. }");
    }
}
