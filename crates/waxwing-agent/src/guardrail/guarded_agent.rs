//! Agent with guardrails.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::Guardrail;
use super::chain::GuardrailChain;
use super::context::GuardrailContext;
use super::flag::GuardrailFlag;
use super::guarded_conversation::GuardedConversation;
use crate::agent::Agent;
use crate::backend::Backend;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

/// An agent with guardrails, under the name of the agent.
///
/// A turn passes the guardrails in the order in which they were added, and a reply passes them in the opposite order: the first guardrail
/// is the outermost one. A turn does not reach the agent if a guardrail refuses it or removes all of its messages. A refusal of a reply
/// replaces the reply, and passes the guardrails further out.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::guardrail::{AccessList, GuardedAgent, LengthLimit, RateLimit};
/// use waxwing_agent::{Agent, AgentError, Echo, Reply, RunContext};
///
/// # async fn example() -> Result<(), AgentError> {
/// let agent = GuardedAgent::new(Echo)
///     .guardrail(AccessList::deny(["+34 600 000 999"]))
///     .guardrail(RateLimit::new(20, Duration::from_mins(10)))
///     .guardrail(LengthLimit::new(2_000));
/// assert_eq!(agent.run("hi".into(), &RunContext::in_memory("34600000000")).await?, Reply::text("echo hi"));
/// assert_eq!(agent.run("hi".into(), &RunContext::in_memory("34600000999")).await?, Reply::none());
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
pub struct GuardedAgent {
    agent: Arc<dyn Agent>,
    guardrails: GuardrailChain,
}

impl GuardedAgent {
    /// Wraps an agent, without guardrails.
    pub fn new(agent: impl Agent + 'static) -> Self {
        Self { agent: Arc::new(agent), guardrails: GuardrailChain::default() }
    }

    /// Adds a guardrail inside of the present ones.
    pub fn guardrail(mut self, guardrail: impl Guardrail + 'static) -> Self {
        self.guardrails.push(Arc::new(guardrail));
        self
    }

    /// Sets a function that is called with each flag, in addition to the log entry. Use it for metrics or notifications.
    pub fn on_flag(mut self, hook: impl Fn(&GuardrailFlag, &RunContext) + Send + Sync + 'static) -> Self {
        self.guardrails.set_on_flag(Arc::new(hook));
        self
    }
}

#[async_trait]
impl Agent for GuardedAgent {
    fn name(&self) -> &str {
        self.agent.name()
    }

    async fn run(&self, mut turn: Turn, run: &RunContext) -> Result<Reply, AgentError> {
        let ctx = GuardrailContext::new(run, self.name());
        if let Some(refusal) = self.guardrails.input(&mut turn, &ctx).await? {
            return Ok(refusal);
        }
        let guarded = GuardedConversation::around(run, self.guardrails.clone(), ctx.clone());
        let mut agent = self.agent.run(turn, &guarded);
        let result = run.cancellation().run_until_cancelled(&mut agent).await;
        // The engine drops a cancelled run shortly after, and its cost counts as well.
        self.guardrails.run_ended(&ctx).await?;
        let result = match result {
            Some(result) => result,
            None => agent.await,
        };
        self.guardrails.output(result?, &ctx).await
    }

    fn history_limit(&self) -> Option<usize> {
        self.agent.history_limit()
    }

    fn backends(&self) -> Vec<Backend> {
        self.agent.backends()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.agent.awaits(turn, ctx)
    }
}

impl fmt::Debug for GuardedAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guardrails: Vec<_> = self.guardrails.names().collect();
        f.debug_struct("GuardedAgent")
            .field("agent", &self.name())
            .field("guardrails", &guardrails)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent_fn::agent_fn;
    use crate::conversation::Conversation;
    use crate::echo::Echo;
    use crate::guardrail::GuardrailDecision;
    use crate::reply_part::ReplyPart;
    use crate::session::Session;
    use crate::step::StepKey;
    use crate::user_message::UserMessage;
    use std::sync::Mutex;

    /// Appends its letter to each text, refuses texts that contain `bad`, and flags texts that contain `odd`.
    struct Letter(char);

    impl Letter {
        fn decide(&self, text: &mut String) -> GuardrailDecision {
            text.push(self.0);
            match () {
                () if text.contains("bad") => GuardrailDecision::refuse(format!("no {}", self.0)),
                () if text.contains("odd") => GuardrailDecision::Flag(format!("seen by {}", self.0)),
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
            Ok(self.decide(&mut turn.messages[0].text))
        }

        async fn output(&self, reply: &mut Reply, _ctx: &GuardrailContext) -> Result<GuardrailDecision, AgentError> {
            let mut text: String = reply.parts().iter().filter_map(ReplyPart::plain_text).collect();
            let decision = self.decide(&mut text);
            *reply = text.into();
            Ok(decision)
        }
    }

    /// Removes all messages.
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
    async fn turns_and_replies_pass_all_guardrails() {
        let agent = GuardedAgent::new(Echo).guardrail(Letter('a')).guardrail(Letter('b'));
        assert_eq!(run(&agent, "hi ").await, "echo hi abba".into());
        assert_eq!(
            run(&agent, "bad ").await,
            "no a".into(),
            "the refused turn reaches neither the second guardrail nor the agent"
        );
        let says_bad = GuardedAgent::new(agent_fn("rude", |_, _| async { Ok("bad ".into()) }))
            .guardrail(Letter('a'))
            .guardrail(Letter('b'));
        assert_eq!(run(&says_bad, "hi").await, "no ba".into(), "the outer guardrail checks the refusal");
        assert_eq!(run(&GuardedAgent::new(Echo).guardrail(Empty), "hi").await, Reply::none());
    }

    #[tokio::test]
    async fn turns_and_replies_can_be_flagged() {
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
    struct Messages {
        sent: Mutex<Vec<(StepKey, Reply)>>,
        new: Mutex<Vec<UserMessage>>,
    }

    #[async_trait]
    impl Conversation for Messages {
        async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
            self.sent.lock().unwrap().push((key.clone(), interim));
            Ok(())
        }

        async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
            Ok(self.new.lock().unwrap().pop().into_iter().collect())
        }
    }

    #[tokio::test]
    async fn messages_during_the_run_pass_the_guardrails() {
        let messages = Arc::new(Messages::default());
        let message = |id: &str, text: &str| UserMessage::text(text).with_id(id);
        messages.new.lock().unwrap().extend([message("m2", "and "), message("m1", "bad")]);
        let agent = agent_fn("a", |_, ctx: RunContext| async move {
            ctx.send_interim("one moment ").await?;
            let mut news = Vec::new();
            for _ in 0..3 {
                news.extend(ctx.new_messages().await?);
            }
            Ok(news.iter().map(|message| ReplyPart::Text(message.text.clone())).collect())
        });
        let agent = GuardedAgent::new(agent).guardrail(Letter('a'));
        let ctx = RunContext::builder("1", Session::new("1")).conversation(messages.clone()).build();
        assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), "and aa".into());
        // A repeated run has the message in its turn. Its interim message must not get the key of the refusal.
        let key = |name: &str| StepKey::new(name, 0);
        let sent = [(key(""), "one moment a".into()), (key("guardrail m1"), "no a".into())];
        assert_eq!(*messages.sent.lock().unwrap(), sent);
        agent.run("hi".into(), &ctx.muted()).await.unwrap();
        assert_eq!(*messages.sent.lock().unwrap(), sent, "a muted agent is muted together with its guardrails");
    }
}
