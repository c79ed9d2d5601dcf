//! Agents with a real language model.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

use std::time::Duration;

use waxwing_emulator::User;
use waxwing_emulator::matcher::{Matcher, text};
use waxwing_model_tests::Llama;
use waxwing_tests::{Launch, ModelReply, ModelServer, TestEnv};

/// Configuration with agents and a team. `URL` is a placeholder for the URL of the model. An answer ends with its first sentence, because an
/// answer that reaches the limit of tokens would be continued in another request.
const FILE: &str = r#"
[models.local]
provider = "openai-compatible"
base_url = "URL"
model = "smollm2"

[agents.waiter]
model = "local"
instructions = "You are a friendly waiter. Be brief."
parameters = { max_tokens = 100, temperature = 0.0, stop_sequences = [".", "!", "?"] }

[agents.cook]
description = "Knows soups."
model = "local"
instructions = "You are a cook. Be brief."
parameters = { max_tokens = 100, temperature = 0.0, stop_sequences = [".", "!", "?"] }

[teams.kitchen]
mode = "broadcast"
members = ["waiter", "cook"]
model = "local"
instructions = "You lead a kitchen."
parameters = { max_tokens = 100, temperature = 0.0, stop_sequences = [".", "!", "?"] }
"#;

/// Creates an environment with a deadline that allows for slow replies of the model on a busy machine.
async fn env() -> TestEnv {
    TestEnv::with(TestEnv::emulator().deadline(Duration::from_mins(2))).await
}

/// Configures a server with the agent or team `who`.
fn serve<'a>(env: &'a TestEnv, model: &ModelServer, who: &str) -> Launch<'a> {
    std::fs::write(env.path("waxwing.toml"), FILE.replace("URL", &model.url())).unwrap();
    env.serve(who)
}

/// Matches any text that is not blank.
fn words() -> Matcher {
    text().that("words", |message| message.text().is_some_and(|text| !text.trim().is_empty()))
}

async fn answer(user: &User) -> String {
    user.expect(words()).await.text().unwrap().to_owned()
}

/// Returns the letters and digits of a text, without WhatsApp's formatting.
fn letters(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[tokio::test]
async fn a_conversation_whose_every_turn_the_model_gets_to_read() {
    let (env, model) = (env().await, ModelServer::proxy(&Llama::running().url).await);
    let (server, _) = serve(&env, &model, "waiter").start().await;
    let ana = env.emulator.user("+34600000000");

    let mut said = vec!["system: You are a friendly waiter. Be brief.".to_owned()];
    for question in ["Hello, my name is Ana.", "What is soup made of?", "And what is bread made of?"] {
        ana.says(question).await;
        let answer = answer(&ana).await;
        said.push(format!("user: {question}"));
        let asked = model.requests().pop().unwrap().transcript();
        let all = |lines: &[String]| lines.iter().map(|line| letters(line)).collect::<Vec<_>>();
        assert_eq!(all(&asked), all(&said));
        said.push(format!("assistant: {answer}"));
    }
    assert_eq!(model.requests().len(), 3);
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn ten_turns_in_a_context_of_1024_tokens_are_all_answered() {
    let (env, llama) = (env().await, Llama::with_context(1024));
    let model = ModelServer::proxy(&llama.url).await;
    let (mut server, _) = serve(&env, &model, "waiter").start().await;
    let ana = env.emulator.user("+34600000000");
    for nth in 1..=10 {
        // About 150 tokens, so that ten turns take more than the context.
        let story = "Yesterday my friend and I walked to the market and bought bread, cheese and apples. ".repeat(8);
        ana.says(&format!("{story}That was day {nth}. What should I cook?")).await;
        let answer = answer(&ana).await;
        assert!(!answer.starts_with("Sorry, something went wrong"), "{answer}");
    }
    server.wait_for_log("context overflow: request reduced").await;
    let refused = model.requests().len() - 10;
    assert!((1..=3).contains(&refused), "the length that fits is learned, but {refused} requests were refused");
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_kill_while_the_model_is_asked_ends_in_one_reply() {
    let (env, model) = (env().await, ModelServer::proxy(&Llama::running().url).await);
    let ana = env.emulator.user("+34600000000");
    let (server, _) = serve(&env, &model, "waiter").start().await;
    model.reply_with([ModelReply::Held]);
    ana.says("Hello!").await;
    model.wait_for_requests(1).await;
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (server, _) = serve(&env, &model, "waiter").start().await;
    answer(&ana).await;
    env.drain(server).await;
    ana.expect_nothing().await;
    let asked = model.requests();
    assert_eq!(asked.len(), 2);
    assert_eq!((asked[0].key(), &asked[0].body), (asked[1].key(), &asked[1].body), "the same call once more");
}

#[tokio::test]
async fn a_kill_after_the_model_has_answered_some_calls_makes_none_of_these_again() {
    let (env, model) = (env().await, ModelServer::proxy(&Llama::running().url).await);
    let ana = env.emulator.user("+34600000000");
    let (server, _) = serve(&env, &model, "kitchen").start().await;
    // The members get replies, and the leader does not.
    model.reply_to("You lead a kitchen.", [ModelReply::Held]);
    ana.says("What is soup made of?").await;
    model.wait_for_requests(3).await;
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (server, _) = serve(&env, &model, "kitchen").start().await;
    answer(&ana).await;
    env.drain(server).await;
    ana.expect_nothing().await;
    let asked = model.requests();
    assert_eq!(asked.len(), 4);
    assert_eq!((asked[2].key(), &asked[2].body), (asked[3].key(), &asked[3].body), "the leader's call once more");
}
