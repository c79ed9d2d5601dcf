//! `waxwing agents prompt` for a stored conversation.

use image::ImageFormat;
use serde_json::Value;
use waxwing_emulator::matcher::text;
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

use crate::support::red_picture;

/// Returns the messages of the request that the program prints for the messages that wait.
async fn printed(env: &TestEnv, agent: &str) -> Value {
    let printed = env.run(&["agents", "prompt", agent, "--conversation", "1"]).output().await;
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    serde_json::from_str::<Value>(&printed.stdout).unwrap()["messages"].take()
}

async fn set_agents(env: &TestEnv, action: &str) {
    let done = env.run(&["agents", action, "--all"]).output().await;
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

#[tokio::test]
async fn the_printed_request_is_the_one_that_is_sent_next() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let agent = |name| format!("[agents.{name}]\nmodel = 'stub'\ninclude_user = true\n");
    env.write_config(&format!(
        "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\nmodalities = ['images']\n{}{}",
        model.url(),
        agent("waiter"),
        agent("cook"),
    ));
    let next = || model.requests().pop().unwrap().body["messages"].take();
    model.reply_with(["Hello.", "Nice.", "It was red.", "Red again.", "Yes."].map(ModelReply::text));
    let (server, _) = env.serve("waiter").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("This is forgotten.").await;
    let hello = ana.expect_text("Hello.").await;
    ana.says("/new").await;
    ana.expect(text()).await;
    ana.sends_image(red_picture(8, ImageFormat::Png), "image/png", Some("look")).await;
    ana.expect_text("Nice.").await;
    env.emulator.expect_idle().await;

    // With a running server. The quoted message is not in the history.
    set_agents(&env, "pause").await;
    ana.replies(&hello, "Which colour was it?").await;
    let expected = printed(&env, "waiter").await;
    set_agents(&env, "resume").await;
    ana.expect_text("It was red.").await;
    assert_eq!(expected, next());
    let read = expected.to_string();
    for part in ["data:image/png;base64", "Hello.</quote>", "Which colour was it?"] {
        assert!(read.contains(part), "{part}: {read}");
    }
    assert!(!read.contains("forgotten"), "{read}");

    // A file that no turn has downloaded yet.
    set_agents(&env, "pause").await;
    ana.sends_image(red_picture(8, ImageFormat::Png), "image/png", None).await;
    let shown = printed(&env, "waiter").await.to_string();
    assert!(shown.contains("it is downloaded when the turn begins"), "{shown}");
    set_agents(&env, "resume").await;
    ana.expect_text("Red again.").await;

    // Without a server, and with an agent that has no session yet.
    env.emulator.expect_idle().await;
    set_agents(&env, "pause").await;
    ana.says("Is it hot?").await;
    env.drain(server).await;
    let expected = printed(&env, "cook").await;
    let (server, _) = env.serve("cook").start().await;
    set_agents(&env, "resume").await;
    ana.expect_text("Yes.").await;
    env.drain(server).await;
    assert_eq!(expected, next());
}
