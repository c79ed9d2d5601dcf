//! What teams make of their members.

mod broadcast;
mod coordinate;
mod crash_recovery;
mod route;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Barrier;
use waxwing_agent::{Agent, AgentError, Question, Reply, ReplyPart, RunContext, Turn, UserMessage, agent_fn};
use waxwing_llm::scripted::ScriptedReply;
use waxwing_llm::{ChatRequest, ChatResponse, LlmAgent, LlmAgentBuilder, ScriptedModel, Team, tool};

use crate::support::asks;

/// A leader with this script.
fn leader(model: &ScriptedModel) -> LlmAgentBuilder {
    LlmAgent::builder("office", model.clone())
}

/// An agent that always says this.
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
    agent_fn(name, |_: Turn, _| async { panic!("what a member does when it breaks") })
}

/// An agent that waits until the others work as well, and tries to speak and to hear in between.
fn meets(name: &'static str, others: &Arc<Barrier>, answer: fn(&str) -> Reply) -> Box<dyn Agent> {
    let others = others.clone();
    Box::new(agent_fn(name, move |turn: Turn, ctx: RunContext| {
        let others = others.clone();
        async move {
            others.wait().await;
            ctx.send_interim("One moment.").await?;
            assert_eq!(ctx.new_messages().await?.len(), 0, "what the user says is for the leader");
            Ok(answer(&turn.text()))
        }
    }))
}

/// An agent with a tool that asks first.
fn careful<L: Into<ScriptedReply>>(name: &str, script: impl IntoIterator<Item = L>) -> (LlmAgent, ScriptedModel) {
    let model = ScriptedModel::new(script);
    let pay = tool("pay", "Pays.", |_: Map<String, Value>, _| async { Ok("paid") }).require_approval("Pay?");
    (LlmAgent::builder(name, model.clone()).tool(pay).build().unwrap(), model)
}

fn asks_to_pay() -> ChatResponse {
    asks(&[("pay", json!({}))])
}

/// A request for tasks of members.
fn hands_out(tasks: &[(&str, &str)]) -> ChatResponse {
    let calls: Vec<_> = tasks.iter().map(|(member, task)| (*member, json!({ "task": task }))).collect();
    asks(&calls)
}

fn picks(member: &str) -> ChatResponse {
    asks(&[("route_to", json!({ "member": member }))])
}

async fn answer(team: &Team, said: impl Into<Turn>, ctx: &RunContext) -> Reply {
    team.run(said.into(), ctx).await.unwrap()
}

/// A tap on the first answer to the question that ends a reply.
#[track_caller]
fn first_answer(reply: &Reply) -> UserMessage {
    match reply.parts().last() {
        Some(ReplyPart::Question(Question { choices, .. })) => UserMessage::tap(choices[0].clone()),
        other => panic!("a question: {other:?}"),
    }
}

fn keys(requests: &[ChatRequest]) -> Vec<&str> {
    requests.iter().map(|request| request.idempotency_key.as_deref().unwrap()).collect()
}

#[test]
fn settings_are_checked() {
    let (model, echo) = (ScriptedModel::new([""]), || waxwing_agent::Echo);
    let words = |builder: waxwing_llm::TeamBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(words(Team::route(leader(&model))), "a team has members");
    assert_eq!(
        words(Team::broadcast(leader(&model)).member("", echo()).member("", echo())),
        "there are two members called \"echo\""
    );
    let unknown = Team::route(leader(&model)).member("", echo()).default_member("eco");
    assert_eq!(words(unknown), "the default member, \"eco\", is not in the team");
    let alike = Team::coordinate(leader(&model)).member("", says("a b", "")).member("", says("a_b", ""));
    assert_eq!(words(alike), "there are two tools called \"a_b\"");
    let shown = format!("{:?}", Team::route(leader(&model)).member("", echo()).build().unwrap());
    assert_eq!(shown, "Team { name: \"office\", mode: Route, members: [\"echo\"], .. }");
}
