//! An agent with guards around it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::watch::Watch;
use super::{Guard, GuardContext, Verdict};
use crate::{Agent, AgentError, Reply, RunContext, Turn};

/// An agent with guards around it, under the agent's name.
///
/// What the user says passes the guards in the order in which they were added, what the agent says in the opposite order: the first guard is the outermost one.
/// A turn that is refused, or of which the guards leave no message, does not reach the agent. Where the agent's words are refused, the words of the refusal take
/// their place, and the guards further out see these.
///
/// ```
/// use std::time::Duration;
/// use waxwing_agent::guard::{Guarded, MaxLength, RateLimit, Senders};
/// use waxwing_agent::{Agent, Echo};
///
/// let agent = Guarded::new(Echo)
///     .guard(Senders::deny(["+34 600 000 000"]))
///     .guard(RateLimit::new(20, Duration::from_mins(10)))
///     .guard(MaxLength::new(2_000));
/// assert_eq!(agent.name(), "echo");
/// ```
pub struct Guarded {
    agent: Arc<dyn Agent>,
    guards: Guards,
}

/// What stands around the agent. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Guards {
    guards: Vec<Arc<dyn Guard>>,
    on_flag: Option<Arc<OnFlag>>,
}

type OnFlag = dyn Fn(&Flag, &RunContext) + Send + Sync;

/// Something that a guard let pass and that somebody should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flag {
    /// The name of the guarded agent.
    pub agent: String,
    /// The name of the guard.
    pub guard: String,
    /// What the guard says.
    pub reason: String,
    /// True for the user's words, false for the agent's.
    pub is_input: bool,
}

impl Guarded {
    /// Begins with no guard.
    pub fn new(agent: impl Agent + 'static) -> Self {
        Self { agent: Arc::new(agent), guards: Guards::default() }
    }

    /// Adds a guard inside of those that are there.
    pub fn guard(mut self, guard: impl Guard + 'static) -> Self {
        self.guards.guards.push(Arc::new(guard));
        self
    }

    /// Calls `hook` with each flag, beside the log: to count them, or to tell somebody.
    pub fn on_flag(mut self, hook: impl Fn(&Flag, &RunContext) + Send + Sync + 'static) -> Self {
        self.guards.on_flag = Some(Arc::new(hook));
        self
    }
}

impl Guards {
    /// What the user gets if the turn does not pass.
    pub(super) async fn input(&self, turn: &mut Turn, ctx: &GuardContext) -> Result<Option<Reply>, AgentError> {
        for guard in &self.guards {
            let verdict = guard.input(turn, ctx).await?;
            if let Some(refusal) = self.judged(verdict, &**guard, true, ctx) {
                return Ok(Some(refusal));
            }
        }
        Ok(turn.messages.is_empty().then(Reply::none))
    }

    /// What the user gets of what the agent says.
    pub(super) async fn output(&self, mut reply: Reply, ctx: &GuardContext) -> Result<Reply, AgentError> {
        for guard in self.guards.iter().rev() {
            let verdict = guard.output(&mut reply, ctx).await?;
            if let Some(refusal) = self.judged(verdict, &**guard, false, ctx) {
                reply = refusal;
            }
        }
        Ok(reply)
    }

    /// Raises the flag, or returns the refusal.
    fn judged(&self, verdict: Verdict, guard: &dyn Guard, is_input: bool, ctx: &GuardContext) -> Option<Reply> {
        match verdict {
            Verdict::Pass => None,
            Verdict::Refuse(reply) => Some(reply),
            Verdict::Flag(reason) => {
                let flag = Flag { agent: ctx.agent().to_owned(), guard: guard.name().to_owned(), reason, is_input };
                tracing::info!(
                    agent = flag.agent,
                    guard = flag.guard,
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
impl Agent for Guarded {
    fn name(&self) -> &str {
        self.agent.name()
    }

    async fn run(&self, mut turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let around = GuardContext::new(ctx, self.name());
        if let Some(refusal) = self.guards.input(&mut turn, &around).await? {
            return Ok(refusal);
        }
        let watched = Watch::over(ctx, self.guards.clone(), around.clone());
        let mut agent = self.agent.run(turn, &watched);
        let result = ctx.cancellation().run_until_cancelled(&mut agent).await;
        // Once a run is called off it is dropped soon, and what it cost counts all the same.
        for guard in &self.guards.guards {
            guard.ended(&around).await?;
        }
        let result = match result {
            Some(result) => result,
            None => agent.await,
        };
        self.guards.output(result?, &around).await
    }

    fn history(&self) -> Option<usize> {
        self.agent.history()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.agent.awaits(turn, ctx)
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guards: Vec<_> = self.guards.guards.iter().map(|guard| guard.name()).collect();
        f.debug_struct("Guarded").field("agent", &self.name()).field("guards", &guards).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Conversation, Echo, Message, Part, Session, StepKey, agent_fn};
    use std::sync::Mutex;

    /// Writes its letter on all that passes, refuses what contains `bad`, and flags what contains `odd`.
    struct Letter(char);

    impl Letter {
        fn judge(&self, text: &mut String) -> Verdict {
            text.push(self.0);
            match () {
                () if text.contains("bad") => Verdict::refuse(format!("no {}", self.0)),
                () if text.contains("odd") => Verdict::Flag(format!("seen by {}", self.0)),
                () => Verdict::Pass,
            }
        }
    }

    #[async_trait]
    impl Guard for Letter {
        fn name(&self) -> &'static str {
            "letter"
        }

        async fn input(&self, turn: &mut Turn, _ctx: &GuardContext) -> Result<Verdict, AgentError> {
            Ok(self.judge(&mut turn.messages[0].text))
        }

        async fn output(&self, reply: &mut Reply, _ctx: &GuardContext) -> Result<Verdict, AgentError> {
            let mut text: String = reply.parts().iter().filter_map(Part::in_words).collect();
            let verdict = self.judge(&mut text);
            *reply = text.into();
            Ok(verdict)
        }
    }

    /// Takes everything out.
    struct Empty;

    #[async_trait]
    impl Guard for Empty {
        fn name(&self) -> &'static str {
            "empty"
        }

        async fn input(&self, turn: &mut Turn, _ctx: &GuardContext) -> Result<Verdict, AgentError> {
            turn.messages.clear();
            Ok(Verdict::Pass)
        }
    }

    async fn run(agent: &dyn Agent, text: &str) -> Reply {
        agent.run(text.into(), &RunContext::in_memory("1")).await.unwrap()
    }

    #[tokio::test]
    async fn words_pass_in_and_out_through_all_guards() {
        let agent = Guarded::new(Echo).guard(Letter('a')).guard(Letter('b'));
        assert_eq!(run(&agent, "hi ").await, "echo hi abba".into());
        assert_eq!(run(&agent, "bad ").await, "no a".into(), "neither the second guard nor the agent sees it");
        let says_bad =
            Guarded::new(agent_fn("rude", |_, _| async { Ok("bad ".into()) })).guard(Letter('a')).guard(Letter('b'));
        assert_eq!(run(&says_bad, "hi").await, "no ba".into(), "the outer guard sees the refusal");
        assert_eq!(run(&Guarded::new(Echo).guard(Empty), "hi").await, Reply::none());
    }

    #[tokio::test]
    async fn flags_are_raised_on_both_sides() {
        let flags = Arc::new(Mutex::new(Vec::new()));
        let hook = flags.clone();
        let agent = Guarded::new(Echo).guard(Letter('a')).on_flag(move |flag, ctx| {
            hook.lock().unwrap().push((flag.clone(), ctx.user_id().to_owned()));
        });
        run(&agent, "odd").await;
        let flag = |is_input| {
            let reason = "seen by a".into();
            (Flag { agent: "echo".into(), guard: "letter".into(), reason, is_input }, "1".to_owned())
        };
        assert_eq!(*flags.lock().unwrap(), [flag(true), flag(false)]);
    }

    #[derive(Default)]
    struct Talk {
        said: Mutex<Vec<(StepKey, Reply)>>,
        news: Mutex<Vec<Message>>,
    }

    #[async_trait]
    impl Conversation for Talk {
        async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
            self.said.lock().unwrap().push((key.clone(), interim));
            Ok(())
        }

        async fn new_messages(&self) -> Result<Vec<Message>, AgentError> {
            Ok(self.news.lock().unwrap().pop().into_iter().collect())
        }
    }

    #[tokio::test]
    async fn what_is_said_meanwhile_passes_the_guards_too() {
        let talk = Arc::new(Talk::default());
        let named = |id: &str, text: &str| Message { id: id.into(), ..Message::text(text) };
        talk.news.lock().unwrap().extend([named("m2", "and "), named("m1", "bad")]);
        let agent = agent_fn("a", |_, ctx: RunContext| async move {
            ctx.say("one moment ").await?;
            let mut news = Vec::new();
            for _ in 0..3 {
                news.extend(ctx.new_messages().await?);
            }
            Ok(news.iter().map(|message| Part::Text(message.text.clone())).collect())
        });
        let agent = Guarded::new(agent).guard(Letter('a'));
        let ctx = RunContext::builder("1", Session::new("1")).conversation(talk.clone()).build();
        assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), "and aa".into());
        // A repeated run has the message in its turn: what the agent says must not be taken for what the guard has said to it.
        let key = |name: &str| StepKey { name: name.into(), nth: 0 };
        let said = [(key(""), "one moment a".into()), (key("guard m1"), "no a".into())];
        assert_eq!(*talk.said.lock().unwrap(), said);
        agent.run("hi".into(), &ctx.muted()).await.unwrap();
        assert_eq!(*talk.said.lock().unwrap(), said, "a muted agent is muted with its guards");
    }
}
