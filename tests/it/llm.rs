//! Agents with models of each provider, with and without faults of the provider.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use waxwing::agent::AgentError;
use waxwing::llm::{LlmAgent, RetryPolicy, tool};
use waxwing_emulator::User;
use waxwing_tests::{
    InProcessServer, Launch, LlmTestAgent, ModelReply, ModelRequest, ModelServer, ProviderProtocol, TestEnv,
};

const APOLOGY: &str = "Something went wrong with your message.";

/// Timeout of a model request. It is longer than a reply takes on a busy machine. The default is 2 minutes.
const PATIENCE: Duration = Duration::from_secs(1);

/// Number of attempts of a model request.
const TRIES: usize = 3;

/// Server with an agent that has a weather tool and uses a provider with this protocol.
struct Fixture {
    env: TestEnv,
    model: ModelServer,
    ana: User,
    server: InProcessServer,
}

impl Fixture {
    async fn new(dialect: ProviderProtocol) -> Self {
        let (env, model) = (TestEnv::new().await, ModelServer::start(dialect).await);
        let weather = tool("weather", "The weather of a city, now.", |arguments: Value, _| async move {
            Ok::<_, AgentError>(format!("rain in {}", arguments["city"].as_str().unwrap_or("no city")))
        });
        let retry = RetryPolicy::default()
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_attempts(u32::try_from(TRIES).unwrap());
        let agent = LlmAgent::builder("guide", model.provider().timeout(PATIENCE).model("m").unwrap())
            .instructions("You tell travellers about the weather.")
            .tool(weather)
            .retry(retry)
            .build()
            .unwrap();
        // One run, because another run would repeat the requests.
        let launch = env.serve("echo").set("WAXWING_RUN_ATTEMPTS", "1").set("WAXWING_MESSAGE_APOLOGY", APOLOGY);
        // An outage ends in an apology at once.
        let launch = launch.set("WAXWING_ANSWER_WITHIN", "0s");
        let server = launch.start_in_process(agent, Duration::from_secs(10)).await;
        let ana = env.emulator.user("+34600000000");
        Self { env, model, ana, server }
    }
}

#[tokio::test]
async fn a_conversation_with_a_tool_is_the_same_with_every_provider() {
    for dialect in ProviderProtocol::ALL {
        let Fixture { model, ana, env, server } = Fixture::new(dialect).await;
        let answers =
            [ModelReply::tool_call("weather", json!({"city": "Vigo"})), ModelReply::text("It **rains** in Vigo.")];
        model.reply_with(answers);
        ana.says("How is Vigo?").await;
        ana.expect_text("It *rains* in Vigo.").await;
        model.reply_with([ModelReply::text("You are welcome.")]);
        ana.says("Thanks!").await;
        ana.expect_text("You are welcome.").await;
        env.drain_in_process(server).await;
        ana.expect_nothing().await;

        let asked = model.requests();
        assert_eq!(asked.len(), 3, "{dialect:?}");
        assert!(!asked[0].body.to_string().contains("rain in Vigo"), "{dialect:?}");
        assert!(asked[1].body.to_string().contains("rain in Vigo"), "{dialect:?}: what the tool said");
        let speaker = if dialect == ProviderProtocol::Gemini { "model" } else { "assistant" };
        assert!(asked[2].body.to_string().contains("rain in Vigo"), "{dialect:?}: the next turn has the result");
        // Calls have no text, and the providers differ in the role of results.
        let is_said =
            |line: &String| !line.ends_with(": ") && !line.starts_with("system: ") && !line.starts_with("tool: ");
        let said = asked[2].transcript().into_iter().filter(is_said);
        let expected = ["user: How is Vigo?", &format!("{speaker}: It **rains** in Vigo."), "user: Thanks!"];
        assert_eq!(said.collect::<Vec<_>>(), expected, "{dialect:?}");
    }
}

/// Returns faults, with whether the agent retries.
fn faults() -> Vec<(&'static str, ModelReply, bool)> {
    vec![
        // The request waits longer than the timeout of the agent.
        ("a provider that does not answer in time", ModelReply::Held, true),
        ("a busy one", ModelReply::RateLimited(Duration::from_millis(200)), true),
        ("one that fails", ModelReply::Status(500), true),
        ("one that is overloaded", ModelReply::Status(529), true),
        ("garbage", ModelReply::Garbage, true),
        ("half a body", ModelReply::Truncated, true),
        ("an empty answer", ModelReply::empty(), true),
        ("a provider that does not take the request", ModelReply::Status(400), false),
        ("a wrong key", ModelReply::Status(401), false),
    ]
}

#[tokio::test]
async fn what_goes_wrong_once_is_tried_again_and_the_user_gets_one_reply() {
    for dialect in ProviderProtocol::ALL {
        let Fixture { model, ana, env, server } = Fixture::new(dialect).await;
        for (what, fault, _) in faults().into_iter().filter(|(_, _, helps)| *helps) {
            let before = model.requests().len();
            model.reply_with([fault.clone(), ModelReply::text(format!("After {what}."))]);
            ana.says("hi").await;
            ana.expect_text(&format!("After {what}.")).await;
            ana.expect_nothing().await;
            let asked = &model.requests()[before..];
            assert_eq!(asked.len(), 2, "{dialect:?}, {what}");
            // A server that knows the key would repeat its empty answer.
            let suffix = if what == "an empty answer" { ":empty" } else { "" };
            assert_eq!(format!("{}{suffix}", asked[0].key()), asked[1].key(), "{dialect:?}, {what}: the same call");
            if let ModelReply::RateLimited(wait) = fault {
                assert!(asked[1].at - asked[0].at >= wait, "{dialect:?}, {what}: it was left alone");
            }
        }
        env.drain_in_process(server).await;
        ana.expect_nothing().await;
    }
}

#[tokio::test]
async fn what_stays_wrong_ends_in_one_apology() {
    for dialect in ProviderProtocol::ALL {
        // A model that gives no answer twice has failed nothing: the user gets a message that says so.
        for (what, fault, helps) in faults().into_iter().filter(|(what, ..)| *what != "an empty answer") {
            let Fixture { model, ana, env, server } = Fixture::new(dialect).await;
            let tries = if helps { TRIES } else { 1 };
            model.reply_with(vec![fault; tries]);
            ana.says("hi").await;
            ana.expect_text(APOLOGY).await;
            ana.expect_nothing().await;
            assert_eq!(model.requests().len(), tries, "{dialect:?}, {what}");
            // The failure does not affect the next turn.
            model.reply_with([ModelReply::text("Better.")]);
            ana.says("hi").await;
            ana.expect_text("Better.").await;
            env.drain_in_process(server).await;
            ana.expect_nothing().await;
        }
    }
}

#[tokio::test]
async fn a_run_whose_time_is_up_ends_in_one_apology() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let agent = LlmAgent::builder("guide", model.provider().model("m").unwrap()).build().unwrap();
    let launch = env.serve("echo").set("WAXWING_RUN_TIMEOUT", "2s").set("WAXWING_RUN_ATTEMPTS", "1");
    let server = launch.set("WAXWING_MESSAGE_APOLOGY", APOLOGY).start_in_process(agent, Duration::from_secs(10)).await;
    let ana = env.emulator.user("+34600000000");
    model.reply_with([ModelReply::Held]);
    ana.says("hi").await;
    ana.expect_text(APOLOGY).await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test]
async fn a_second_provider_answers_where_the_first_does_not() {
    let (env, first, second) = (
        TestEnv::new().await,
        ModelServer::start(ProviderProtocol::Anthropic).await,
        ModelServer::start(ProviderProtocol::Gemini).await,
    );
    let model = |server: &ModelServer| server.provider().model("m").unwrap();
    let agent = LlmAgent::builder("guide", model(&first)).fallback(model(&second)).build().unwrap();
    let server = env.serve("echo").start_in_process(agent, Duration::from_secs(10)).await;
    let ana = env.emulator.user("+34600000000");
    first.reply_with([ModelReply::Status(401)]);
    second.reply_with([ModelReply::text("Here I am.")]);
    ana.says("hi").await;
    ana.expect_text("Here I am.").await;
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
}

/// Configures a server process with an agent that orders dishes.
fn process<'a>(env: &'a TestEnv, model: &ModelServer) -> Launch<'a> {
    let program = Path::new(env!("CARGO_BIN_EXE_waxwing-llm-agent"));
    let orders = env.path("orders.txt");
    env.serve("echo")
        .program(program)
        .set(LlmTestAgent::MODEL_URL, &model.url())
        .set(LlmTestAgent::ORDERS, orders.to_str().unwrap())
}

#[tokio::test]
async fn after_a_kill_no_call_is_made_again_that_has_a_result_and_the_others_keep_their_keys() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let ana = env.emulator.user("+34600000000");
    let (server, _) = process(&env, &model).start().await;
    model.reply_with([ModelReply::Held]);
    ana.says("One soup, please!").await;
    model.wait_for_requests(1).await;
    server.kill().await;

    // The agent repeats the first request. This request and the tool call complete, and the second request does not.
    let (server, _) = process(&env, &model).start().await;
    model.reply_with([ModelReply::tool_call("order", json!({"dish": "soup"})), ModelReply::Held]);
    model.wait_for_requests(3).await;
    server.kill().await;
    let (mut server, _) = process(&env, &model).set(LlmTestAgent::STOPS_SHORT, "1").start().await;
    model.reply_with([ModelReply::text("Your soup is on its way.")]);
    server.wait_for_log(LlmTestAgent::STOPPED).await;
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (server, _) = process(&env, &model).start().await;
    ana.expect_text("Your soup is on its way.").await;
    env.drain(server).await;
    ana.expect_nothing().await;
    let asked = model.requests();
    let keys: Vec<_> = asked.iter().map(ModelRequest::key).collect();
    assert_eq!(keys.len(), 4);
    assert_eq!((keys[0], keys[2]), (keys[1], keys[3]), "an unfinished call");
    assert_ne!(keys[0], keys[2]);
    assert_eq!(asked[0].body, asked[1].body);
    assert_eq!(asked[2].body, asked[3].body);
    let orders = std::fs::read_to_string(env.path("orders.txt")).unwrap();
    assert_eq!(orders.lines().count(), 1, "{orders}");
}

#[tokio::test]
async fn a_dead_first_model_is_left_out_after_a_few_slow_answers() {
    let env = TestEnv::new().await;
    let (dead, alive) =
        (ModelServer::start(ProviderProtocol::OpenAi).await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let retry = RetryPolicy::default().with_initial_backoff(Duration::from_millis(1));
    let agent = LlmAgent::builder("guide", dead.provider().model("dead").unwrap())
        .fallback(alive.provider().model("alive").unwrap())
        .retry(retry)
        .build()
        .unwrap();
    let server = env.serve("echo").start_in_process(agent, Duration::from_secs(10)).await;
    dead.reply_with(vec![ModelReply::Status(503); 100]);
    for nth in 0..20 {
        let user = env.emulator.user(&*format!("+346000000{nth:02}"));
        alive.reply_with([ModelReply::text("Sunny.")]);
        user.says("How is Vigo?").await;
        user.expect_text("Sunny.").await;
    }
    // The first four users cost all retries, and the fifth one request. Each later user costs at most one probe.
    let asked = dead.requests().len();
    assert!((4 * TRIES + 1..=4 * TRIES + 16).contains(&asked), "{asked} requests");
    env.drain_in_process(server).await;
}
