//! Agent that passes each turn to one of several agents.

mod rule;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::agent::Agent;
use crate::backend::Backend;
use crate::context::RunContext;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::turn::Turn;

pub use rule::Rule;

/// Passes each turn to the agent of the first rule that matches, or to a default agent. No model is involved.
///
/// All agents share the session of the router. A turn that one of the agents [awaits](Agent::awaits) goes to this agent, whatever the rules
/// say.
///
/// ```
/// use waxwing_agent::{Agent, Reply, Router, Rule, RunContext, Turn, agent_fn};
///
/// # async fn example() -> Result<(), waxwing_agent::AgentError> {
/// let says = |text: &'static str| agent_fn(text, move |_: Turn, _| async move { Ok(Reply::text(text)) });
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
    /// Creates a router that passes every turn to `default`.
    pub fn new(name: impl Into<String>, default: impl Agent + 'static) -> Self {
        Self { name: name.into(), routes: Vec::new(), default: Arc::new(default), is_sticky: false }
    }

    /// Adds an agent for the turns that match a rule and no earlier rule. An agent with several rules is added several times.
    pub fn route(mut self, rule: Rule, agent: impl Agent + 'static) -> Self {
        self.routes.push((rule, Arc::new(agent)));
        self
    }

    /// Keeps a conversation with the agent that a rule has chosen until another rule matches. A new session begins with the default agent.
    /// Agents are identified by their names.
    pub fn sticky(mut self) -> Self {
        self.is_sticky = true;
        self
    }

    /// Returns all agents. The default agent is the last.
    fn agents(&self) -> impl Iterator<Item = &Arc<dyn Agent>> {
        self.routes.iter().map(|(_, agent)| agent).chain([&self.default])
    }

    fn awaiting_agent(&self, turn: &Turn, ctx: &RunContext) -> Option<&Arc<dyn Agent>> {
        self.agents().find(|agent| agent.awaits(turn, ctx))
    }

    fn choose(&self, turn: &Turn, ctx: &RunContext) -> Result<&Arc<dyn Agent>, AgentError> {
        if let Some(agent) = self.awaiting_agent(turn, ctx) {
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
        let agent = self.choose(&turn, ctx)?;
        agent.run(turn, &ctx.scoped(agent.name())).await
    }

    fn history_limit(&self) -> Option<usize> {
        self.agents().filter_map(Agent::history_limit).max()
    }

    fn backends(&self) -> Vec<Backend> {
        Backend::of_any(self.agents().map(Agent::backends))
    }

    fn awaits(&self, turn: &Turn, ctx: &RunContext) -> bool {
        self.awaiting_agent(turn, ctx).is_some()
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
    use crate::choice::Choice;
    use crate::session::Session;
    use crate::user_message::UserMessage;

    /// Replies with its name, and awaits taps on a choice with its name.
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

    async fn check(router: &Router, ctx: &RunContext, turn: impl Into<Turn>, expected: &str) {
        assert_eq!(router.run(turn.into(), ctx).await.unwrap(), expected.into());
    }

    #[tokio::test]
    async fn the_first_rule_that_matches_chooses_the_agent() {
        let (router, ctx) = (router(), RunContext::in_memory("1"));
        for (text, expected) in [("hi", "front"), ("eat and drink", "cook"), ("drink", "waiter"), ("more", "front")] {
            check(&router, &ctx, text, expected).await;
        }
        assert_eq!(ctx.session().changed_state(), None);
        assert_eq!(router.history_limit(), Some(9));
    }

    #[tokio::test]
    async fn a_sticky_router_keeps_the_agent_until_another_rule_matches() {
        let (router, ctx) = (router().sticky(), RunContext::in_memory("1"));
        for (text, expected) in
            [("hi", "front"), ("eat", "cook"), ("more", "cook"), ("drink", "waiter"), ("bye", "front"), ("?", "front")]
        {
            check(&router, &ctx, text, expected).await;
        }
        check(&router, &ctx, "eat", "cook").await;
        let later =
            RunContext::builder("1", Session::restored("1", Vec::new(), ctx.session().changed_state().unwrap()));
        check(&router, &later.build(), "more", "cook").await;
        check(&router, &RunContext::in_memory("1"), "more", "front").await;
    }

    #[tokio::test]
    async fn a_turn_goes_to_the_agent_that_awaits_it() {
        let (router, ctx) = (router(), RunContext::in_memory("1"));
        let tap = || Turn::from(UserMessage::tap(Choice::new("waiter", "I want to eat")));
        assert!(router.awaits(&tap(), &ctx) && !router.awaits(&"eat".into(), &ctx));
        check(&router, &ctx, tap(), "waiter").await;
        let around = Router::new("around", Named("x", None)).route(Rule::word("x"), router);
        check(&around, &ctx, tap(), "waiter").await;
    }
}
