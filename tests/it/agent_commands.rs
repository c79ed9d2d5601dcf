//! Commands that show what agents ask their models.

use serde_json::{Value, json};
use waxwing_tests::TestEnv;

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
