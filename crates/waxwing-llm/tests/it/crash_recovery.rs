//! Runs that are repeated after a crash.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use waxwing_agent::{Agent as _, Reply, Session};
use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, ToolContext, tool};

use crate::support::{CrashingJournal, World, tool_calls, tool_results};

struct Shop {
    model: ScriptedModel,
    agent: LlmAgent,
    looked: Arc<AtomicU32>,
    keys: Arc<Mutex<Vec<String>>>,
}

/// Returns an agent with a tool that looks up a price and a tool that pays.
fn shop(once: bool) -> Shop {
    let model = ScriptedModel::new([
        tool_calls(&[("look", Value::Null), ("pay", json!({"cents": 5}))]),
        ChatResponse::text("paid"),
        ChatResponse::text("once more"),
    ]);
    let (looked, keys) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(Vec::new())));
    let look = looked.clone();
    let look = tool("look", "Looks.", move |_: Value, ctx: ToolContext| {
        let count = look.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            ctx.run().session().set("looked", count)?;
            Ok("5 cents")
        }
    });
    let paid = keys.clone();
    let pay = tool("pay", "Pays.", move |_: Value, ctx: ToolContext| {
        paid.lock().unwrap().push(ctx.idempotency_key().to_string());
        async { Ok("paid") }
    });
    let pay = if once { pay.at_most_once() } else { pay };
    let agent = LlmAgent::builder("a", model.clone()).tool(look).tool(pay).build().unwrap();
    Shop { model, agent, looked, keys }
}

/// Runs until a crash before a step is recorded, and runs again.
async fn crash_before(step: &'static str, shop: &Shop) -> Reply {
    let world = World::default();
    let dying = CrashingJournal::new(&world.journal, step);
    let died = shop.agent.run("buy".into(), &world.run_in(Session::new("s"), Arc::new(dying))).await;
    assert_eq!(died.unwrap_err().to_string(), "simulated crash");
    let again = world.run();
    let reply = shop.agent.run("buy".into(), &again).await.unwrap();
    let looked = shop.looked.load(Ordering::SeqCst);
    assert_eq!(again.session().get("looked").unwrap_or(0), looked, "a recorded call makes the same changes");
    reply
}

#[tokio::test]
async fn recorded_steps_are_not_repeated() {
    let shop = shop(false);
    assert_eq!(crash_before("pay", &shop).await, Reply::markdown("paid"));
    assert_eq!(shop.model.requests().len(), 2, "the first response was recorded");
    assert_eq!(shop.looked.load(Ordering::SeqCst), 1);
    let keys = shop.keys.lock().unwrap();
    assert_eq!(*keys, ["r1:a: tool 2 pay:0"; 2], "the unfinished call is repeated with its key");
}

#[tokio::test]
async fn an_at_most_once_call_is_not_repeated() {
    let shop = shop(true);
    assert_eq!(crash_before("pay", &shop).await, Reply::markdown("paid"));
    assert_eq!(shop.keys.lock().unwrap().len(), 1);
    let requests = shop.model.requests();
    let read = tool_results(&requests[1]);
    assert!(read[1].starts_with("Error: this call was interrupted, and its outcome is unknown."), "{read:?}");
}

#[tokio::test]
async fn an_unrecorded_response_is_requested_again_with_its_key() {
    let shop = shop(false);
    crash_before("model", &shop).await;
    let keys: Vec<_> = shop.model.requests().into_iter().map(|request| request.idempotency_key.unwrap()).collect();
    assert_eq!(keys, ["r1:a: model:0", "r1:a: model:0"]);
}

#[tokio::test]
async fn a_finished_run_is_repeated_without_requests_and_calls() {
    let shop = shop(false);
    let world = World::default();
    let first = shop.agent.run("buy".into(), &world.run()).await.unwrap();
    let again = shop.agent.run("buy".into(), &world.run()).await.unwrap();
    assert_eq!((first, shop.model.requests().len(), shop.keys.lock().unwrap().len()), (again, 2, 1));
}
