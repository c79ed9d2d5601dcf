//! Tool calls of a model.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::time::Instant;
use waxwing_agent::{Agent as _, AgentError, Reply, RunContext, Session};
use waxwing_llm::schemars::JsonSchema;
use waxwing_llm::{LlmAgent, LlmAgentBuilder, Tool, ToolContext, ToolSource, tool};

use crate::support::{model_calling, run, tool_results};

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing_llm::schemars")]
struct City {
    /// Its name, in English.
    city: String,
    days: Option<u8>,
}

fn weather() -> impl Tool + use<> {
    tool("weather", "The weather of a city.", |City { city, days }, _| async move {
        match city.as_str() {
            "Atlantis" => Err("sunk".parse::<u8>().unwrap_err().into()),
            "Nowhere" => Err(AgentError::new("there is no such city")),
            "Volcano" => panic!("it erupts"),
            _ => Ok(format!("rain in {city} for {} days", days.unwrap_or(1))),
        }
    })
}

/// Runs an agent whose model makes these calls. Returns the tool results and the reply.
async fn called(calls: &[(&str, Value)], set: impl FnOnce(LlmAgentBuilder) -> LlmAgentBuilder) -> (Vec<String>, Reply) {
    let model = model_calling(calls);
    let agent = set(LlmAgent::builder("a", model.clone())).build().unwrap();
    let reply = run(&agent, "hi").await.unwrap();
    (tool_results(&model.requests()[1]).into_iter().map(str::to_owned).collect(), reply)
}

#[test]
fn the_schema_is_derived_from_the_type() {
    let expected = json!({
        "type": "object",
        "properties": {
            "city": {"description": "Its name, in English.", "type": "string"},
            "days": {"type": ["integer", "null"], "format": "uint8", "minimum": 0, "maximum": 255}
        },
        "required": ["city"]
    });
    assert_eq!(weather().spec().parameters, expected);
}

#[tokio::test]
async fn the_model_reads_results_and_errors() {
    let calls = [
        ("weather", json!({"city": "Vigo", "days": 2})),
        ("weather", json!({"city": "Atlantis"})),
        ("weather", json!({"city": "Nowhere"})),
        ("weather", json!({"city": "Volcano"})),
        ("weather", json!({"town": "Vigo"})),
        ("weather", json!("{\"city\": ")),
        ("wetter", json!({})),
    ];
    let (read, reply) = called(&calls, |agent| agent.tool(weather())).await;
    let expected = [
        "rain in Vigo for 2 days",
        "Error: invalid digit found in string",
        "Error: there is no such city",
        "Error: the tool failed because of an internal error.",
        "Error: the arguments do not match the schema: missing field `city`",
        "Error: the arguments are not a JSON object. Call the tool again with a JSON object.",
        "Error: unknown tool. Available tools: weather.",
    ];
    assert_eq!(read, expected);
    assert_eq!(reply, Reply::markdown("done"));
}

/// A source with tools of these names.
struct Source(&'static [&'static str]);

impl ToolSource for Source {
    fn tools(&self) -> Vec<Arc<dyn Tool>> {
        let tool = |name: &&str| -> Arc<dyn Tool> {
            Arc::new(tool(*name, "Names its source.", |_: Value, _| async { Ok("from the source") }))
        };
        self.0.iter().map(tool).collect()
    }
}

#[tokio::test]
async fn a_source_cannot_replace_a_tool_of_the_agent() {
    let calls = [("weather", json!({"city": "Vigo"})), ("more", json!({}))];
    let source = Source(&["weather", "more", "no name", "more"]);
    let (read, _) = called(&calls, |agent| agent.tools_from(source).tool(weather())).await;
    assert_eq!(read, ["rain in Vigo for 1 days", "from the source"]);
}

#[tokio::test]
async fn calls_run_concurrently() {
    let together = Arc::new(Barrier::new(2));
    let meet = tool("meet", "Waits for the other.", move |_: Value, _| {
        let together = together.clone();
        async move {
            together.wait().await;
            Ok("met")
        }
    });
    let (read, _) = called(&[("meet", Value::Null), ("meet", Value::Null)], |agent| agent.tool(meet)).await;
    assert_eq!(read, ["met", "met"]);
}

#[tokio::test]
async fn the_number_of_calls_is_limited() {
    let calls = [("weather", json!({"city": "Vigo"})), ("weather", json!({"city": "Lugo"}))];
    let (read, _) = called(&calls, |agent| agent.tool(weather()).max_tool_calls(1)).await;
    let refused = "Error: the limit of tool calls in this turn is reached. Answer with the information that you have.";
    assert_eq!(read, ["rain in Vigo for 1 days", refused]);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_tool_times_out() {
    let hang = |name: &str| tool(name, "Hangs.", |_: Value, _| std::future::pending::<Result<&str, AgentError>>());
    let (read, _) = called(&[("slow", Value::Null), ("slower", Value::Null)], |agent| {
        agent
            .tool(hang("slow").timeout(Duration::from_secs(2)))
            .tool(hang("slower"))
            .tool_timeout(Duration::from_secs(5))
    })
    .await;
    let expected =
        ["2s", "5s"].map(|time| format!("Error: no result after {time}; the outcome of the call is unknown"));
    assert_eq!(read, expected);
}

#[tokio::test(start_paused = true)]
async fn a_call_times_out_before_the_deadline_of_its_run() {
    let hang = tool("hang", "Hangs.", |_: Value, _| std::future::pending::<Result<&str, AgentError>>());
    let model = model_calling(&[("hang", Value::Null)]);
    let agent = LlmAgent::builder("a", model.clone()).tool(hang).build().unwrap();
    let deadline = Instant::now().into_std() + Duration::from_secs(10);
    let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
    assert_eq!(agent.run("hi".into(), &ctx).await.unwrap(), Reply::markdown("done"));
    assert_eq!(tool_results(&model.requests()[1]), ["Error: no result after 9s; the outcome of the call is unknown"]);
}

#[tokio::test]
async fn a_tool_sees_the_user_and_its_idempotency_key() {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = calls.clone();
    let count = tool("count", "Counts.", move |_: Value, ctx: ToolContext| {
        let n = counter.fetch_add(1, Ordering::SeqCst);
        async move {
            ctx.run().session().set("n", n)?;
            Ok(format!("{} {}", ctx.run().user_id(), ctx.idempotency_key()))
        }
    });
    let (read, _) = called(&[("count", Value::Null), ("count", json!({}))], |agent| agent.tool(count)).await;
    assert_eq!(read, ["34600000000 r1:a: tool 1 count:0", "34600000000 r1:a: tool 2 count:0"]);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
