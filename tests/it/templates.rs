//! Template messages from the agent to the user, checked against their definitions.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing::agent::{AgentError, Media, Reply, RunContext, Template, TemplateButton, Turn, agent_fn};
use waxwing_emulator::matcher::{template, text};
use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, TemplateStatus};
use waxwing_tests::{InProcessServer, ModelReply, ModelServer, ProviderProtocol, TestEnv};

const PICTURE: &[u8] = include_bytes!("../foreign/media/picture.png");

const MISSING: &str = "template order_ready (en) needs 2 body values, 1 was given: {{2}} is missing";

/// Definition with a picture, two values and a button.
fn definition() -> Value {
    json!({ "name": "order_ready", "language": "en", "category": "UTILITY", "components": [
        { "type": "HEADER", "format": "IMAGE" },
        { "type": "BODY", "text": "Order {{1}} is ready until {{2}}.", "example": { "body_text": [["17", "noon"]] } },
        { "type": "BUTTONS", "buttons": [
            { "type": "URL", "text": "Show", "url": "https://pizza.example/{{1}}", "example": ["https://pizza.example/17"] },
        ] },
    ] })
}

fn order(values: &[&str]) -> Template {
    Template::new("order_ready", "en")
        .with_values(values.iter().copied())
        .with_header(Media::image("image/png", PICTURE))
        .with_button(0, TemplateButton::Url("orders/17".into()))
}

/// Returns the reply that a message asks for, or the reason for which an earlier reply was lost.
async fn answer(turn: Turn, ctx: RunContext) -> Result<Reply, AgentError> {
    if let Some(lost) = turn.undelivered.first() {
        return Ok(Reply::text(format!("lost: {}", lost.reason)));
    }
    Ok(match &*turn.messages[0].text {
        "send" => order(&["17", "noon"]).into(),
        // The text arrives once the turn is committed.
        "blind" => Reply::from(order(&["17"])).with_text("done"),
        "careful" => match ctx.check_template(&order(&["17", "noon"])).await {
            Ok(()) => order(&["17", "noon"]).into(),
            Err(mismatch) => Reply::text(mismatch.to_string()),
        },
        "check" => Reply::text(ctx.check_template(&order(&["17"])).await.unwrap_err().to_string()),
        "interim" => {
            let error = ctx.send_interim(order(&["17\n", "noon"])).await.unwrap_err();
            let problems = &error.template_mismatch().unwrap().problems;
            Reply::text(problems.iter().map(|problem| problem.kind.as_str()).collect::<Vec<_>>().join(" "))
        }
        _ => Reply::text("pong"),
    })
}

async fn start() -> (TestEnv, InProcessServer) {
    let env = TestEnv::new().await;
    env.emulator.add_template(&definition());
    let launch = env.serve("shop");
    let server = launch.start_in_process(agent_fn("shop", answer), Duration::from_secs(5)).await;
    (env, server)
}

/// Returns the number of requests that sent a template.
fn sent(env: &TestEnv) -> usize {
    let is_template = |json: Value| json["type"] == "template";
    env.emulator.requests().iter().filter(|request| request.request_json().is_some_and(is_template)).count()
}

/// Returns the number of requests for definitions.
fn fetched(env: &TestEnv) -> usize {
    env.emulator.requests().iter().filter(|request| request.path().ends_with("/message_templates")).count()
}

#[tokio::test]
async fn a_template_with_a_picture_values_and_a_button_reaches_the_user() {
    let (env, server) = start().await;
    let ana = env.emulator.user("+34600000000");
    for _ in 0..2 {
        ana.says("send").await;
        let message = ana.expect(template("order_ready").saying("Order 17 is ready until noon.")).await;
        let components = &message.request.as_ref().unwrap()["template"]["components"];
        assert_eq!(components[0]["parameters"][0]["type"], "image");
        assert_eq!(components[2]["parameters"][0]["text"], "orders/17");
    }
    assert_eq!(fetched(&env), 1, "the definition is remembered");
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn an_agent_learns_what_does_not_fit_before_anything_is_sent() {
    let (env, server) = start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("check").await;
    ana.expect_text(MISSING).await;
    ana.says("interim").await;
    ana.expect_text("not_one_line").await;
    // A reply that does not fit is not sent, and one of the next turns reports it.
    ana.says("blind").await;
    ana.expect_text("done").await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        ana.says("ping").await;
        answers.push(ana.expect(text()).await.text().unwrap().to_owned());
    }
    assert!(answers.contains(&format!("lost: {MISSING}")), "{answers:?}");
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
    assert_eq!(sent(&env), 0);
}

#[tokio::test]
async fn a_paused_template_is_not_sent_until_meta_approves_it_again() {
    let (env, server) = start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("send").await;
    ana.expect(template("order_ready")).await;
    assert!(env.emulator.set_template_status("order_ready", "en", TemplateStatus::Paused));
    env.emulator.expect_idle().await;
    ana.says("careful").await;
    ana.expect_text("template order_ready (en) cannot be sent: its status is PAUSED").await;
    assert_eq!(sent(&env), 1);
    assert!(env.emulator.set_template_status("order_ready", "en", TemplateStatus::Approved));
    env.emulator.expect_idle().await;
    ana.says("careful").await;
    ana.expect(template("order_ready")).await;
    assert_eq!(sent(&env), 2);
    let log = env.drain_in_process(server).await;
    assert_eq!(log.matches("template status changed").count(), 2);
    ana.expect_nothing().await;
}

#[tokio::test]
async fn templates_are_sent_unchecked_without_the_permission_to_read_definitions() {
    let (env, server) = start().await;
    env.emulator.inject(Fault::graph(GraphEndpoint::Other, FaultEffect::Error { code: 200, http: 403 }));
    let ana = env.emulator.user("+34600000000");
    for _ in 0..2 {
        ana.says("send").await;
        ana.expect(template("order_ready")).await;
    }
    ana.says("blind").await;
    ana.expect_text("done").await;
    ana.says("ping").await;
    ana.expect(text()).await;
    assert_eq!((sent(&env), fetched(&env)), (3, 1), "Meta itself refuses the last one");
    let log = env.drain_in_process(server).await;
    assert_eq!(log.matches("templates are sent unchecked").count(), 1);
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_model_sends_the_templates_of_the_file_and_reads_what_does_not_fit() {
    let env = TestEnv::new().await;
    env.emulator.add_template(&definition());
    env.emulator.add_template(
        &json!({ "name": "welcome", "language": "en", "category": "UTILITY", "parameter_format": "NAMED",
        "components": [{ "type": "BODY", "text": "Welcome, {{name}}!",
            "example": { "body_text_named_params": [{ "param_name": "name", "example": "Ana" }] } }] }),
    );
    let model = ModelServer::start(ProviderProtocol::OpenAi).await;
    env.write_config(&format!(
        r#"
models.stub = {{ provider = "openai-compatible", base_url = "{}", model = "m" }}

[agents.guide]
model = "stub"
templates = ["greeting", "order_ready"]

[templates.greeting]
name = "welcome"
language = "en"
description = "Welcomes the user."
named_values = {{ name = "the name of the user" }}

[templates.order_ready]
language = "en"
description = "Says that an order is ready."
values = ["the number of the order"]
"#,
        model.url()
    ));
    let (server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    let call = |name: &str, value: &str| {
        ModelReply::tool_call("send_template", json!({ "template": name, "values": [value] }))
    };
    model.reply_with([call("order_ready", "17"), call("greeting", "Ana"), ModelReply::text("Sent.")]);
    ana.says("Is it ready?").await;
    ana.expect(template("welcome").saying("Welcome, Ana!")).await;
    env.drain(server).await;
    let requests = model.requests();
    let tools = requests[0].body["tools"].to_string();
    assert!(tools.contains(r#"["greeting","order_ready"]"#), "{tools}");
    let told = requests[1].body.to_string();
    assert!(told.contains("needs 2 body values, 1 was given: {{2}} is missing"), "{told}");
    assert_eq!(sent(&env), 1);
}
