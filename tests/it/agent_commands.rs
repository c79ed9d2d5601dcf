//! Commands that show what agents ask their models.

use serde_json::{Value, json};
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

const FILE: &str = r#"
[models.remote]
provider = "anthropic"
model = "claude-sonnet-4-5"
api_key = "k"

[agents.waiter]
model = "remote"
instructions = "You are a waiter."
include_user = true
tools = ["send_location"]

[agents.parrot]
kind = "echo"
"#;

#[tokio::test]
async fn the_request_of_an_agent_is_printed_without_asking_its_model() {
    let env = TestEnv::new().await;
    env.write_config(FILE);
    let printed = env.run(&["agents", "prompt", "waiter", "--message", "Table for two?"]).output().await;
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let body: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!((&body["model"], &body["tools"][0]["name"]), (&json!("claude-sonnet-4-5"), &json!("send_location")));
    assert!(body["system"].to_string().contains("You are a waiter."), "{body}");
    let said = body["messages"].to_string();
    assert!(said.contains("15550100001") && said.contains("<message>Table for two?</message>"), "{said}");

    let none = env.run(&["agents", "prompt", "parrot"]).output().await;
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("the agent `parrot` answered without a request to a model"), "{}", none.stderr);
}

#[tokio::test]
async fn an_agent_is_tried_on_a_stored_conversation_without_sending_anything() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    env.write_config(&format!(
        "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\n
         [agents.waiter]\nmodel = 'stub'\ninstructions = 'Be brief.'\n
         [agents.polite]\nmodel = 'stub'\ninstructions = 'Be polite.'\ntools = ['send_location']\n",
        model.url()
    ));
    let (server, _) = env.serve("waiter").start().await;
    let ana = env.emulator.user("+34600000000");
    model.reply_with(["Soup.", "Bread."].map(ModelReply::text));
    for (question, answer) in [("What is there?", "Soup."), ("And what else?", "Bread.")] {
        ana.says(question).await;
        ana.expect_text(answer).await;
    }
    env.drain(server).await;

    let there = json!({"latitude": 1.0, "longitude": 2.0});
    model.reply_with([
        ModelReply::text("Soup, sir."),
        ModelReply::tool_call("send_location", there),
        ModelReply::text("Bread, sir."),
    ]);
    let compared = env.run(&["agents", "compare", "1", "--agent", "polite", "--json"]).output().await;
    assert_eq!(compared.code, Some(0), "{}", compared.stderr);
    let turns: Vec<Value> = compared.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        json!({"user": "What is there?", "stored": "Soup.", "new": "Soup, sir."}),
        json!({"user": "And what else?", "stored": "Bread.", "new": "Bread, sir."}),
    ];
    assert_eq!(turns, expected);
    let asked = model.requests();
    assert!(asked[4].body.to_string().contains("this conversation is a rehearsal"), "the tool is not called");
    ana.expect_nothing().await;

    let printed = env.run(&["agents", "prompt", "waiter", "--conversation", "1", "--message", "Thanks"]).output().await;
    let body: Value = serde_json::from_str(&printed.stdout).unwrap();
    let said: Vec<_> = body["messages"].as_array().unwrap().iter().map(|message| &message["content"]).collect();
    assert!(said[0].as_str().unwrap().ends_with("\n\nBe brief."), "{}", said[0]);
    let expected = [
        "<message>What is there?</message>",
        "Soup.",
        "<message>And what else?</message>",
        "Bread.",
        "<message>Thanks</message>",
    ];
    assert_eq!(said[1..], expected);
}
