//! Choosing between agents by rules, without a model.

mod rule;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Agent, AgentError, Reply, RunContext, Turn};

pub use rule::Rule;

/// An agent that gives each turn to one of several: to the first whose rule matches, else to a default.
///
/// The conversation has one session, the router's, which all of them share. A turn that one of them [awaits](Agent::awaits) goes to that one, whatever the rules say.
///
/// ```
/// use waxwing_agent::{Agent, Reply, Router, Rule, RunContext, Turn, agent_fn};
///
/// # async fn example() -> Result<(), waxwing_agent::AgentError> {
/// let says = |words: &'static str| agent_fn(words, move |_: Turn, _| async move { Ok(Reply::text(words)) });
/// let router = Router::new("front desk", says("welcome"))
///     .route(Rule::word("menu").or(Rule::tapped("dish/")), says("waiter"))
///     .route(Rule::number("49"), says("Kellner"));
///
/// let ctx = RunContext::in_memory("34600000000");
/// assert_eq!(router.run("The MENU, please!".into(), &ctx).await?, Reply::text("waiter"));
/// assert_eq!(router.run("hello".into(), &ctx).await?, Reply::text("welcome"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
pub struct Router {
    name: String,
    routes: Vec<(Rule, Arc<dyn Agent>)>,
    default: Arc<dyn Agent>,
    is_sticky: bool,
}

impl Router {
    /// Begins a router that gives everything to `default`.
    pub fn new(name: impl Into<String>, default: impl Agent + 'static) -> Self {
        Self { name: name.into(), routes: Vec::new(), default: Arc::new(default), is_sticky: false }
    }

    /// Adds an agent for the turns that match a rule and none of those added before. An agent that several rules lead to is added several times.
    pub fn route(mut self, rule: Rule, agent: impl Agent + 'static) -> Self {
        self.routes.push((rule, Arc::new(agent)));
        self
    }

    /// Lets the conversation stay with the agent that it was given to last, until a rule matches: the default is for what comes before. A new session begins
    /// with the default. Agents are told apart by their names.
    pub fn sticky(mut self) -> Self {
        self.is_sticky = true;
        self
    }

    /// All agents, the default last.
    fn agents(&self) -> impl Iterator<Item = &Arc<dyn Agent>> {
        self.routes.iter().map(|(_, agent)| agent).chain([&self.default])
    }

    fn awaiting(&self, turn: &Turn, ctx: &RunContext) -> Option<&Arc<dyn Agent>> {
        self.agents().find(|agent| agent.awaits(turn, ctx))
    }

    fn chosen(&self, turn: &Turn, ctx: &RunContext) -> Result<&Arc<dyn Agent>, AgentError> {
        if let Some(agent) = self.awaiting(turn, ctx) {
            return Ok(agent);
        }
        let key = format!("router/{}", self.name);
        if let Some((_, agent)) = self.routes.iter().find(|(rule, _)| rule.matches(turn, ctx)) {
            if self.is_sticky {
                ctx.session().set(key, agent.name())?;
            }
            return Ok(agent);
        }
        let last: Option<String> = if self.is_sticky { ctx.session().get(&key) } else { None };
        let last = last.and_then(|name| self.agents().find(|agent| agent.name() == name));
        Ok(last.unwrap_or(&self.default))
    }
}

#[async_trait]
impl Agent for Router {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let agent = self.chosen(&turn, ctx)?;
        agent.run(turn, &ctx.scoped(agent.name())).await
    }

    fn history_limit(&self) -> Option<usize> {
        self.agents().filter_map(Agent::history_limit).max()
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.awaiting(turn, ctx).is_some()
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents: Vec<_> = self.agents().map(Agent::name).collect();
        f.debug_struct("Router").field("name", &self.name).field("agents", &agents).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choice, Session, UserMessage};

    /// Says its name, and waits for a tap on it.
    struct Named(&'static str, Option<usize>);

    #[async_trait]
    impl Agent for Named {
        fn name(&self) -> &str {
            self.0
        }

        async fn run(&self, _turn: Turn, _ctx: &RunContext) -> Result<Reply, AgentError> {
            Ok(self.0.into())
        }

        fn history_limit(&self) -> Option<usize> {
            self.1
        }

        fn awaits(&self, turn: &Turn, _ctx: &RunContext) -> bool {
            turn.messages.iter().any(|message| message.choice.as_ref().is_some_and(|choice| choice.id == self.0))
        }
    }

    fn router() -> Router {
        Router::new("router", Named("front", None))
            .route(Rule::word("eat"), Named("cook", Some(5)))
            .route(Rule::word("drink"), Named("waiter", Some(9)))
            .route(Rule::word("bye"), Named("front", None))
    }

    async fn check(router: &Router, ctx: &RunContext, said: impl Into<Turn>, expected: &str) {
        assert_eq!(router.run(said.into(), ctx).await.unwrap(), expected.into());
    }

    #[tokio::test]
    async fn the_first_rule_that_matches_decides() {
        let (router, ctx) = (router(), RunContext::in_memory("1"));
        for (said, expected) in [("hi", "front"), ("eat and drink", "cook"), ("drink", "waiter"), ("more", "front")] {
            check(&router, &ctx, said, expected).await;
        }
        assert_eq!(ctx.session().changed_state(), None);
        assert_eq!(router.history_limit(), Some(9));
    }

    #[tokio::test]
    async fn a_conversation_stays_where_it_is() {
        let (router, ctx) = (router().sticky(), RunContext::in_memory("1"));
        for (said, expected) in
            [("hi", "front"), ("eat", "cook"), ("more", "cook"), ("drink", "waiter"), ("bye", "front"), ("?", "front")]
        {
            check(&router, &ctx, said, expected).await;
        }
        check(&router, &ctx, "eat", "cook").await;
        let later =
            RunContext::builder("1", Session::restored("1", Vec::new(), ctx.session().changed_state().unwrap()));
        check(&router, &later.build(), "more", "cook").await;
        check(&router, &RunContext::in_memory("1"), "more", "front").await;
    }

    #[tokio::test]
    async fn what_an_agent_waits_for_is_its_own() {
        let (router, ctx) = (router(), RunContext::in_memory("1"));
        let tap = || Turn::from(UserMessage::tap(Choice::new("waiter", "I want to eat")));
        assert!(router.awaits(&tap(), &ctx) && !router.awaits(&"eat".into(), &ctx));
        check(&router, &ctx, tap(), "waiter").await;
        let around = Router::new("around", Named("x", None)).route(Rule::word("x"), router);
        check(&around, &ctx, tap(), "waiter").await;
    }
}
