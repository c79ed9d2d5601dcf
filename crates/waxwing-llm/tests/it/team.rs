//! Teams of agents.

mod broadcast;
mod coordinate;
mod crash_recovery;
mod route;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Barrier;
use waxwing_agent::{Agent, AgentError, Question, Reply, ReplyPart, RunContext, Turn, UserMessage, agent_fn};
use waxwing_llm::ScriptedReply;
use waxwing_llm::{ChatRequest, ChatResponse, LlmAgent, LlmAgentBuilder, ScriptedModel, Team, tool};

use crate::support::tool_calls;

/// Returns a leader with this model.
fn leader(model: &ScriptedModel) -> LlmAgentBuilder {
    LlmAgent::builder("office", model.clone())
}

/// Returns an agent that always gives this reply.
fn says(name: &'static str, reply: impl Into<Reply>) -> Box<dyn Agent> {
    let reply = reply.into();
    Box::new(agent_fn(name, move |_: Turn, _| {
        let reply = reply.clone();
        async { Ok(reply) }
    }))
}

fn fails(name: &'static str, retryable: bool) -> impl Agent {
    agent_fn(name, move |_: Turn, _| async move {
        Err(if retryable { AgentError::retryable("busy") } else { AgentError::new("broken") })
    })
}

fn panics(name: &'static str) -> impl Agent {
    agent_fn(name, |_: Turn, _| async { panic!("a panic in a member") })
}

/// Returns an agent that waits until the others run as well, sends an interim message, and asks for new messages.
fn meets(name: &'static str, others: &Arc<Barrier>, answer: fn(&str) -> Reply) -> Box<dyn Agent> {
    let others = others.clone();
    Box::new(agent_fn(name, move |turn: Turn, ctx: RunContext| {
        let others = others.clone();
        async move {
            others.wait().await;
            ctx.send_interim("One moment.").await?;
            assert_eq!(ctx.new_messages().await?.len(), 0, "new messages are for the leader");
            Ok(answer(&turn.text()))
        }
    }))
}

/// Returns an agent with a tool that requires approval.
fn requiring_approval<L: Into<ScriptedReply>>(
    name: &str,
    script: impl IntoIterator<Item = L>,
) -> (LlmAgent, ScriptedModel) {
    let model = ScriptedModel::new(script);
    let pay = tool("pay", "Pays.", |_: Map<String, Value>, _| async { Ok("paid") }).require_approval("Pay?");
    (LlmAgent::builder(name, model.clone()).tool(pay).build().unwrap(), model)
}

fn calls_pay() -> ChatResponse {
    tool_calls(&[("pay", json!({}))])
}

/// Returns a response that delegates tasks to members.
fn delegates(tasks: &[(&str, &str)]) -> ChatResponse {
    let calls: Vec<_> = tasks.iter().map(|(member, task)| (*member, json!({ "task": task }))).collect();
    tool_calls(&calls)
}

fn picks(member: &str) -> ChatResponse {
    tool_calls(&[("route_to", json!({ "member": member }))])
}

async fn answer(team: &Team, said: impl Into<Turn>, ctx: &RunContext) -> Reply {
    team.run(said.into(), ctx).await.unwrap()
}

/// Returns a tap on the first choice of the question at the end of a reply.
#[track_caller]
fn first_choice(reply: &Reply) -> UserMessage {
    match reply.parts().last() {
        Some(ReplyPart::Question(Question { choices, .. })) => UserMessage::tap(choices[0].clone()),
        other => panic!("expected a question: {other:?}"),
    }
}

fn keys(requests: &[ChatRequest]) -> Vec<&str> {
    requests.iter().map(|request| request.idempotency_key.as_deref().unwrap()).collect()
}

#[test]
fn invalid_settings_are_rejected() {
    let (model, echo) = (ScriptedModel::new([""]), || waxwing_agent::Echo);
    let words = |builder: waxwing_llm::TeamBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(words(Team::route(leader(&model))), "the team has no members; add at least one");
    assert_eq!(
        words(Team::broadcast(leader(&model)).member("", echo()).member("", echo())),
        "duplicate member name \"echo\"; each member needs a name of its own"
    );
    let unknown = Team::route(leader(&model)).member("", echo()).default_member("eco");
    assert_eq!(words(unknown), "the default member \"eco\" is not in the team");
    let alike = Team::coordinate(leader(&model)).member("", says("a b", "")).member("", says("a_b", ""));
    assert_eq!(words(alike), "duplicate tool name \"a_b\"; each tool needs a name of its own");
    let shown = format!("{:?}", Team::route(leader(&model)).member("", echo()).build().unwrap());
    assert_eq!(shown, "Team { name: \"office\", mode: Route, members: [\"echo\"], .. }");
}
