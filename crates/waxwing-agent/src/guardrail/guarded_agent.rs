//! An agent with guardrails around it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::guarded_conversation::GuardedConversation;
use super::{Guardrail, GuardrailContext, GuardrailDecision};
use crate::{Agent, AgentError, Reply, RunContext, Turn};

/// An agent with guardrails around it, under the agent's name.
///
/// What the user says passes the guardrails in the order in which they were added, what the agent says in the opposite order: the first guard is the outermost one.
/// A turn that is refused, or of which the guardrails leave no message, does not reach the agent. Where the agent's words are refused, the words of the refusal take
/// their place, and the guardrails further out see these.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::guardrail::{GuardedAgent, LengthLimit, RateLimit, AccessList};
/// use waxwing_agent::{Agent, Echo};
///
/// let agent = GuardedAgent::new(Echo)
///     .guardrail(AccessList::deny(["+34 600 000 000"]))
///     .guardrail(RateLimit::new(20, Duration::from_mins(10)))
///     .guardrail(LengthLimit::new(2_000));
/// assert_eq!(agent.name(), "echo");
/// ```
pub struct GuardedAgent {
    agent: Arc<dyn Agent>,
    guardrails: GuardrailChain,
}

/// What stands around the agent. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct GuardrailChain {
    guardrails: Vec<Arc<dyn Guardrail>>,
    on_flag: Option<Arc<OnFlag>>,
}

type OnFlag = dyn Fn(&GuardrailFlag, &RunContext) + Send + Sync;

/// Something that a guard let pass and that somebody should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardrailFlag {
    /// The name of the guarded agent.
    pub agent: String,
    /// The name of the guard.
    pub guardrail: String,
    /// What the guard says.
    pub reason: String,
    /// True for the user's words, false for the agent's.
    pub is_input: bool,
}

impl GuardedAgent {
    /// Begins with no guard.
    pub fn new(agent: impl Agent + 'static) -> Self {
        Self { agent: Arc::new(agent), guardrails: GuardrailChain::default() }
    }

    /// Adds a guard inside of those that are there.
    pub fn guardrail(mut self, guardrail: impl Guardrail + 'static) -> Self {
        self.guardrails.guardrails.push(Arc::new(guardrail));
        self
    }

    /// Calls `hook` with each flag, beside the log: to count them, or to tell somebody.
    pub fn on_flag(mut self, hook: impl Fn(&GuardrailFlag, &RunContext) + Send + Sync + 'static) -> Self {
        self.guardrails.on_flag = Some(Arc::new(hook));
        self
    }
}

impl GuardrailChain {
    /// What the user gets if the turn does not pass.
    pub(super) async fn input(&self, turn: &mut Turn, ctx: &GuardrailContext) -> Result<Option<Reply>, AgentError> {
        for guardrail in &self.guardrails {
            let verdict = guardrail.input(turn, ctx).await?;
            if let Some(refusal) = self.judged(verdict, &**guardrail, true, ctx) {
                return Ok(Some(refusal));
            }
        }
        Ok(turn.messages.is_empty().then(Reply::none))
    }

    /// What the user gets of what the agent says.
    pub(super) async fn output(&self, mut reply: Reply, ctx: &GuardrailContext) -> Result<Reply, AgentError> {
        for guardrail in self.guardrails.iter().rev() {
            let verdict = guardrail.output(&mut reply, ctx).await?;
            if let Some(refusal) = self.judged(verdict, &**guardrail, false, ctx) {
                reply = refusal;
            }
        }
        Ok(reply)
    }

    /// Raises the flag, or returns the refusal.
    fn judged(
        &self,
        verdict: GuardrailDecision,
        guardrail: &dyn Guardrail,
        is_input: bool,
        ctx: &GuardrailContext,
    ) -> Option<Reply> {
        match verdict {
            GuardrailDecision::Pass => None,
            GuardrailDecision::Refuse(reply) => Some(reply),
            GuardrailDecision::GuardrailFlag(reason) => {
                let flag = GuardrailFlag {
                    agent: ctx.agent().to_owned(),
                    guardrail: guardrail.name().to_owned(),
                    reason,
                    is_input,
                };
                tracing::info!(
                    agent = flag.agent,
                    guardrail = flag.guardrail,
                    reason = flag.reason,
                    is_input,
                    "a guard raised a flag"
                );
                if let Some(hook) = &self.on_flag {
                    hook(&flag, ctx.run());
                }
                None
            }
        }
    }
}

#[async_trait]
impl Agent for GuardedAgent {
    fn name(&self) -> &str {
        self.agent.name()
    }

    async fn run(&self, mut turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let around = GuardrailContext::new(ctx, self.name());
        if let Some(refusal) = self.guardrails.input(&mut turn, &around).await? {
            return Ok(refusal);
        }
        let watched = GuardedConversation::over(ctx, self.guardrails.clone(), around.clone());
        let mut agent = self.agent.run(turn, &watched);
        let result = ctx.cancellation().run_until_cancelled(&mut agent).await;
        // Once a run is called off it is dropped soon, and what it cost counts all the same.
        for guardrail in &self.guardrails.guardrails {
            guardrail.run_ended(&around).await?;
        }
        let result = match result {
            Some(result) => result,
            None => agent.await,
        };
        self.guardrails.output(result?, &around).await
    }

    fn history_limit(&self) -> Option<usize> {
        self.agent.history_limit()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.agent.awaits(turn, ctx)
    }
}

impl fmt::Debug for GuardedAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guardrails: Vec<_> = self.guardrails.guardrails.iter().map(|guardrail| guardrail.name()).collect();
        f.debug_struct("GuardedAgent")
            .field("agent", &self.name())
            .field("guardrails", &guardrails)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conversation, Echo, ReplyPart, Session, StepKey, UserMessage, agent_fn};
    use std::sync::Mutex;

    /// Writes its letter on all that passes, refuses what contains `bad`, and flags what contains `odd`.
    struct Letter(char);

    impl Letter {
        fn judge(&self, text: &mut String) -> GuardrailDecision {
            text.push(self.0);
            match () {
                () if text.contains("bad") => GuardrailDecision::refuse(format!("no {}", self.0)),
                () if text.contains("odd") => GuardrailDecision::GuardrailFlag(format!("seen by {}", self.0)),
                () => GuardrailDecision::Pass,
            }
        }
    }

    #[async_trait]
    impl Guardrail for Letter {
        fn name(&self) -> &'static str {
            "letter"
        }

        async fn input(&self, turn: &mut Turn, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
            Ok(self.judge(&mut turn.messages[0].text))
        }

        async fn output(&self, reply: &mut Reply, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
            let mut text: String = reply.parts().iter().filter_map(ReplyPart::plain_text).collect();
            let verdict = self.judge(&mut text);
            *reply = text.into();
            Ok(verdict)
        }
    }

    /// Takes everything out.
    struct Empty;

    #[async_trait]
    impl Guardrail for Empty {
        fn name(&self) -> &'static str {
            "empty"
        }

        async fn input(&self, turn: &mut Turn, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
            turn.messages.clear();
            Ok(GuardrailDecision::Pass)
        }
    }

    async fn run(agent: &dyn Agent, text: &str) -> Reply {
        agent.run(text.into(), &RunContext::in_memory("1")).await.unwrap()
    }

    #[tokio::test]
    async fn words_pass_in_and_out_through_all_guards() {
        let agent = GuardedAgent::new(Echo).guardrail(Letter('a')).guardrail(Letter('b'));
        assert_eq!(run(&agent, "hi ").await, "echo hi abba".into());
        assert_eq!(run(&agent, "bad ").await, "no a".into(), "neither the second guard nor the agent sees it");
        let says_bad = GuardedAgent::new(agent_fn("rude", |_, _| async { Ok("bad ".into()) }))
            .guardrail(Letter('a'))
            .guardrail(Letter('b'));
        assert_eq!(run(&says_bad, "hi").await, "no ba".into(), "the outer guard sees the refusal");
        assert_eq!(run(&GuardedAgent::new(Echo).guardrail(Empty), "hi").await, Reply::none());
    }

    #[tokio::test]
    async fn flags_are_raised_on_both_sides() {
        let flags = Arc::new(Mutex::new(Vec::new()));
        let hook = flags.clone();
        let agent = GuardedAgent::new(Echo).guardrail(Letter('a')).on_flag(move |flag, ctx| {
            hook.lock().unwrap().push((flag.clone(), ctx.user_id().to_owned()));
        });
        run(&agent, "odd").await;
        let flag = |is_input| {
            let reason = "seen by a".into();
            (GuardrailFlag { agent: "echo".into(), guardrail: "letter".into(), reason, is_input }, "1".to_owned())
        };
        assert_eq!(*flags.lock().unwrap(), [flag(true), flag(false)]);
    }

    #[derive(Default)]
    struct Talk {
        said: Mutex<Vec<(StepKey, Reply)>>,
        news: Mutex<Vec<UserMessage>>,
    }

    #[async_trait]
    impl Conversation for Talk {
        async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
            self.said.lock().unwrap().push((key.clone(), interim));
            Ok(())
        }

        async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
            Ok(self.news.lock().unwrap().pop().into_iter().collect())
        }
    }

    #[tokio::test]
    async fn what_is_said_meanwhile_passes_the_guards_too() {
        let talk = Arc::new(Talk::default());
        let named = |id: &str, text: &str| UserMessage { id: id.into(), ..UserMessage::text(text) };
        talk.news.lock().unwrap().extend([named("m2", "and "), named("m1", "bad")]);
        let agent = agent_fn("a", |_, ctx: RunContext| async move {
            ctx.send_interim("one moment ").await?;
            let mut news = Vec::new();
            for _ in 0..3 {
                news.extend(ctx.new_messages().await?);
            }
            Ok(news.iter().map(|message| ReplyPart::Text(message.text.clone())).collect())
        });
        let agent = GuardedAgent::new(agent).guardrail(Letter('a'));
        let ctx = RunContext::builder("1", Session::new("1")).conversation(talk.clone()).build();
        assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), "and aa".into());
        // A repeated run has the message in its turn: what the agent says must not be taken for what the guard has said to it.
        let key = |name: &str| StepKey { name: name.into(), nth: 0 };
        let said = [(key(""), "one moment a".into()), (key("guardrail m1"), "no a".into())];
        assert_eq!(*talk.said.lock().unwrap(), said);
        agent.run("hi".into(), &ctx.muted()).await.unwrap();
        assert_eq!(*talk.said.lock().unwrap(), said, "a muted agent is muted with its guardrails");
    }
}
