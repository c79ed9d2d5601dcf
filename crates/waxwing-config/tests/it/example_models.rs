//! Requests of the example's agents, at a provider that is as strict as the real ones.

use waxwing::agent::{Agent as _, RunContext};
use waxwing_config::{Config, ConfigPurpose};
use waxwing_scripted_provider::{Api, ScriptedAnswer, ScriptedProvider};

const EXAMPLE: &str = include_str!("../../../../waxwing.example.toml");

/// Returns the agents of a file such as the example, with the base URL of `[models.fast]` at a scripted provider.
fn agents(example: &str, provider: &ScriptedProvider) -> waxwing_config::Agents {
    let url = provider.base_url(Api::OpenAiResponses);
    let model = "[models.fast]\nprovider = \"openai\"\n";
    assert!(example.contains(model));
    let text = example.replace(model, &format!("{model}base_url = \"{url}\"\n"));
    let text = text.replace("fallbacks = [\"own\"]\n", "");
    let variables = |name: &str| Some(format!("{name}-0123456789abcdef0123456789abcdef"));
    let config = Config::parse(&text, "waxwing.example.toml", ".".into(), &variables, ConfigPurpose::Emulator).unwrap();
    config.check_agents(waxwing::NetworkPolicy::default()).unwrap()
}

#[tokio::test]
async fn the_agents_of_the_example_answer() {
    for agent in ["sales", "complaints"] {
        let provider = ScriptedProvider::start().await.unwrap();
        provider.answer("Good evening!");
        let agent = agents(EXAMPLE, &provider).get(agent).unwrap();
        let reply = agent.run("Hello".into(), &RunContext::in_memory("34600000000")).await;
        assert_eq!(provider.refusals(), [], "{reply:?}");
        assert_eq!(reply.unwrap(), waxwing::agent::Reply::markdown("Good evening!"));
    }
}

/// The example of an earlier version set a temperature, which the model refuses.
#[tokio::test]
async fn a_parameter_that_the_model_refuses_is_not_sent() {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.answer("Good evening!");
    let parameters = "parameters = { reasoning_effort = \"low\", max_tokens = 2000 }";
    assert!(EXAMPLE.contains(parameters));
    let example = EXAMPLE.replace(parameters, "parameters = { temperature = 0.3, max_tokens = 800 }");
    let agent = agents(&example, &provider).get("sales").unwrap();
    let reply = agent.run("Hello".into(), &RunContext::in_memory("34600000000")).await;
    assert_eq!(provider.refusals(), [], "{reply:?}");
    assert_eq!(reply.unwrap(), waxwing::agent::Reply::markdown("Good evening!"));
    let body = &provider.requests()[0].body;
    assert_eq!((body.get("temperature"), &body["max_output_tokens"]), (None, &serde_json::json!(800)));
}

#[tokio::test]
async fn the_leader_of_the_example_chooses_a_member() {
    let provider = ScriptedProvider::start().await.unwrap();
    let choice = serde_json::json!({ "member": "complaints" });
    provider.answer(ScriptedAnswer::calls([("route_to", choice)])).answer("I am sorry.");
    let team = agents(EXAMPLE, &provider).get("front").unwrap();
    let reply = team.run("My pizza was cold".into(), &RunContext::in_memory("34600000000")).await;
    assert_eq!(provider.refusals(), [], "{reply:?}");
    assert_eq!(reply.unwrap(), waxwing::agent::Reply::markdown("I am sorry."));
}
