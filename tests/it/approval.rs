//! Tool approval over WhatsApp, across restarts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use waxwing::agent::AgentError;
use waxwing::llm::{LlmAgent, Tool, tool};
use waxwing_emulator::Action;
use waxwing_emulator::matcher::{buttons, text};
use waxwing_tests::{InProcessServer, ModelReply, ModelServer, ProviderProtocol, TestEnv};

const CLOSED: &str = "This request has expired or has already been answered, so nothing was done. Please ask me again.";

type Orders = Arc<Mutex<Vec<u64>>>;

fn cancel(orders: &Orders) -> impl Tool + use<> {
    let orders = orders.clone();
    tool("cancel", "Cancels an order.", move |arguments: Value, _| {
        let order = arguments["order"].as_u64().unwrap();
        orders.lock().unwrap().push(order);
        async move { Ok::<_, AgentError>(format!("order {order} is cancelled")) }
    })
    .require_approval_with(|arguments| format!("Cancel order **{}**?", arguments["order"]))
}

/// Starts a server on the database of the environment, with a new agent.
async fn start(env: &TestEnv, model: &ModelServer, orders: &Orders) -> InProcessServer {
    let model = model.provider().model("m").unwrap();
    let agent = LlmAgent::builder("shop", model).tool(cancel(orders)).build().unwrap();
    env.serve("echo").start_in_process(agent, Duration::from_secs(10)).await
}

#[tokio::test]
async fn a_reaction_to_the_card_is_an_answer_if_the_settings_say_so() {
    let (env, model, orders) =
        (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await, Orders::default());
    let ana = env.emulator.user("+34600000000");
    let shop = model.provider().model("m").unwrap();
    let agent = LlmAgent::builder("shop", shop).tool(cancel(&orders)).approval_reactions().build().unwrap();
    let launch = env.serve("echo").set("WAXWING_REACTIONS", "run");
    let server = launch.start_in_process(agent, Duration::from_secs(10)).await;
    model.reply_with([ModelReply::text("Hello, Ana!")]);
    ana.says("Hi!").await;
    let greeting = ana.expect(text().saying("Hello, Ana!")).await;
    model.reply_with([ModelReply::tool_call("cancel", json!({"order": 17}))]);
    ana.says("Cancel my order!").await;
    let question = ana.expect(buttons(["Approve", "Deny"]).saying("Cancel order *17*?")).await;
    model.reply_with([ModelReply::text("Thank you!")]);
    ana.reacts(&greeting, "👍").await;
    ana.expect_text("Thank you!").await;
    assert!(orders.lock().unwrap().is_empty(), "another message");
    model.reply_with([ModelReply::text("It is cancelled.")]);
    ana.reacts(&question, "👍").await;
    ana.expect_text("It is cancelled.").await;
    ana.reacts(&question, "👎").await;
    ana.expect_text(CLOSED).await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
    assert_eq!(*orders.lock().unwrap(), [17]);
}

#[tokio::test]
async fn a_tap_after_a_restart_makes_the_call_and_makes_it_once() {
    let (env, model, orders) =
        (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await, Orders::default());
    let ana = env.emulator.user("+34600000000");
    let server = start(&env, &model, &orders).await;
    model.reply_with([ModelReply::tool_call("cancel", json!({"order": 17}))]);
    ana.says("Cancel my order!").await;
    let question = ana.expect(buttons(["Approve", "Deny"]).saying("Cancel order *17*?")).await;
    server.stop().await;
    assert!(orders.lock().unwrap().is_empty());

    let server = start(&env, &model, &orders).await;
    model.reply_with([ModelReply::text("It is cancelled.")]);
    ana.taps_on(&question, "Approve").await;
    ana.expect_text("It is cancelled.").await;
    ana.taps_on(&question, "Approve").await;
    ana.expect_text(CLOSED).await;
    ana.taps_on(&question, "Deny").await;
    ana.expect_text(CLOSED).await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
    assert_eq!(*orders.lock().unwrap(), [17]);
    let asked = model.requests();
    assert_eq!(asked.len(), 2, "who taps too late costs nothing");
    assert!(asked[1].body.to_string().contains("order 17 is cancelled"));
}

#[tokio::test]
async fn in_a_group_only_who_was_asked_can_answer() {
    let (env, model, orders) =
        (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await, Orders::default());
    let (ana, bea) = (env.emulator.user("+34600000000"), env.emulator.user("+34611111111"));
    let _server = start(&env, &model, &orders).await;
    let participants = vec!["+34600000000".to_owned(), "+34611111111".to_owned()];
    let create = Action::CreateGroup { id: None, subject: "Orders".to_owned(), participants };
    let group = env.emulator.perform(create).unwrap().id;
    let say = |user: &str, text: &str| {
        let (user, text) = (user.to_owned(), text.to_owned());
        env.emulator.perform(Action::Says { user, text, group: group.clone(), quotes: None, number: None }).unwrap();
    };
    let (ana_says, bea_says) = (ana.phone().unwrap(), bea.phone().unwrap());
    model.reply_with([ModelReply::tool_call("cancel", json!({"order": 17}))]);
    say(&ana_says, "Cancel my order!");
    ana.expect(text().saying("Cancel order *17*?\n\n1. Approve\n2. Deny")).await;
    model.reply_with([ModelReply::text("That is for Ana to say.")]);
    say(&bea_says, "approve");
    ana.expect_text("That is for Ana to say.").await;
    assert!(orders.lock().unwrap().is_empty());
    model.reply_with([ModelReply::text("It is cancelled.")]);
    say(&ana_says, "approve");
    ana.expect_text("It is cancelled.").await;
    assert_eq!(*orders.lock().unwrap(), [17]);
}
