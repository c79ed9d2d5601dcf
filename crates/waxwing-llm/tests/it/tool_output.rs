//! Reply parts of tools, and when the model's text is dropped.

use serde_json::{Value, json};
use waxwing_agent::{AgentError, HumanHandoff, Location, Media, Question, Reply};
use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, Tool, ToolOutput, tool};

use crate::support::{run, tool_calls};

fn size() -> Question {
    Question::new("Which size?").choice("s", "Small").choice("l", "Large")
}

fn giving<O: Into<ToolOutput>>(name: &str, output: O) -> impl Tool + use<O> {
    let output = output.into();
    tool(name, "Gives.", move |_: Value, _| {
        let output = output.clone();
        async move { Ok(output) }
    })
}

fn failing() -> impl Tool {
    tool("fail", "Fails.", |_: Value, _| async { Err::<&str, _>(AgentError::new("no")) })
}

/// Returns the reply of an agent whose model calls these tools, round by round, and then answers `done`.
async fn reply(rounds: &[&[&str]]) -> Reply {
    let round = |names: &&[&str]| tool_calls(&names.iter().map(|name| (*name, json!({}))).collect::<Vec<_>>());
    let mut script: Vec<_> = rounds.iter().map(round).collect();
    script.push(ChatResponse::text("done"));
    let agent = LlmAgent::builder("a", ScriptedModel::new(script))
        .tool(giving("ask", Reply::from(size())))
        .tool(giving("place", Reply::from(Location::new(1.0, 2.0))))
        .tool(giving("draw", picture()))
        .tool(giving("frame", ToolOutput::from(picture()).supplementary()))
        .tool(giving("like", Reply::none().with_reaction("wamid.1", "👍")))
        .tool(giving("look", "rain"))
        .tool(giving("nothing", ToolOutput::default()))
        .tool(giving("blank", Reply::text(" ")))
        .tool(giving("person", Reply::none().with_handoff(HumanHandoff::until_resumed())))
        .tool(failing())
        .build()
        .unwrap();
    run(&agent, "hi").await.unwrap()
}

fn picture() -> Media {
    Media::image("image/png", vec![1, 2, 3])
}

#[tokio::test]
async fn an_answer_of_a_tool_replaces_the_text() {
    assert_eq!(reply(&[&["ask"]]).await, Reply::from(size()));
    assert_eq!(reply(&[&["draw"]]).await, Reply::from(picture()));
    assert_eq!(reply(&[&["look", "ask", "fail"]]).await, Reply::from(size()));
    assert_eq!(reply(&[&["look"], &["place"]]).await, Reply::from(Location::new(1.0, 2.0)));
    let all = Reply::from(Location::new(1.0, 2.0)).with_media(picture()).with_question(size());
    assert_eq!(reply(&[&["place", "draw"], &["ask"]]).await, all, "in the order of the calls");
}

#[tokio::test]
async fn other_outputs_keep_the_text() {
    let done = || Reply::markdown("done");
    assert_eq!(reply(&[&["fail"]]).await, done());
    assert_eq!(reply(&[&["no such tool"]]).await, done());
    assert_eq!(reply(&[&["look", "nothing"]]).await, done());
    assert_eq!(reply(&[&["like"]]).await, done().with_reaction("wamid.1", "👍"));
    assert_eq!(reply(&[&["blank"]]).await, done().with_text(" "));
    assert_eq!(reply(&[&["frame"]]).await, done().with_media(picture()));
    assert_eq!(reply(&[&["person"]]).await, done().with_handoff(HumanHandoff::until_resumed()));
    assert_eq!(
        reply(&[&["ask"], &["look"]]).await,
        done().with_question(size()),
        "the answer came in an earlier round"
    );
}

#[tokio::test]
async fn an_empty_response_after_an_answer_of_a_tool_is_no_failure() {
    let script = [tool_calls(&[("ask", json!({}))]), ChatResponse::text("")];
    let model = ScriptedModel::new(script);
    let agent = LlmAgent::builder("a", model.clone()).tool(giving("ask", Reply::from(size()))).build().unwrap();
    assert_eq!(run(&agent, "hi").await.unwrap(), Reply::from(size()));
    assert_eq!(model.requests().len(), 2, "the empty response is not retried");
}
