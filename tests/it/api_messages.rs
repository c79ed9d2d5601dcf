//! Messages of other systems, and the promises of the API about them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use waxwing_emulator::matcher::buttons;
use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint};
use waxwing_tests::TestEnv;

use crate::support::Api;

const ANA: &str = "+34600000000";
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_message_that_was_accepted_is_sent_once_after_a_kill() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    // Meta does not answer, so the second message waits for the first one.
    env.emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Stall));
    assert_eq!(api.post(None, &api.text("first")).await.0, 202);
    let (status, second) = api.post(Some("order-17"), &api.text("second")).await;
    assert_eq!(status, 202);
    let shown = api.show(&second["id"]).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("queued"), &json!(0)));
    server.kill().await;
    env.emulator.clear_faults();

    let (api, server) = Api::start(&env, env.serve("echo").set("WAXWING_IN_DOUBT_WINDOW", "200ms")).await;
    ana.expect_text("first").await;
    ana.expect_text("second").await;
    let (status, again) = api.post(Some("order-17"), &api.text("second")).await;
    assert_eq!((status, &again["id"]), (200, &second["id"]), "the key is stored with the message");
    let delivered = async { while api.show(&second["id"]).await["state"] != "delivered" {} };
    tokio::time::timeout(PATIENCE, delivered).await.expect("the status arrives");
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_command_queues_an_interactive_message() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let queue = async |titles: &[&str]| {
        let choices: Vec<_> =
            titles.iter().map(|title| json!({ "type": "reply", "reply": { "id": title, "title": title } })).collect();
        let question =
            json!({ "type": "button", "body": { "text": "What to drink?" }, "action": { "buttons": choices } });
        let content = json!({ "type": "interactive", "interactive": question });
        fs::write(env.path("question.json"), content.to_string()).unwrap();
        let number = env.emulator.phone_number_id();
        env.run(&["messages", "queue", ANA, "--number", number, "--content", "question.json"]).output().await
    };
    let queued = queue(&["Water", "Tea"]).await;
    assert_eq!(queued.code, Some(0), "{}", queued.stderr);
    ana.expect(buttons(["Water", "Tea"]).saying("What to drink?")).await;
    ana.taps("Tea").await;
    ana.expect_text("echo Tea").await;
    let refused = queue(&["Water with a slice of lemon"]).await;
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("title"), "{}", refused.stderr);
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_store_that_refuses_writes_accepts_no_message() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    fs::rename(env.path("test.db"), env.path("elsewhere.db")).unwrap();
    let refused = async {
        loop {
            let (status, body) = api.post(Some("order-17"), &api.text("Your order is ready.")).await;
            if status == 503 {
                return body;
            }
            assert!(status == 202 || status == 200, "{status} {body}");
        }
    };
    let refused = tokio::time::timeout(PATIENCE, refused).await.expect("the server notices the fault");
    assert!(refused["detail"].as_str().unwrap().contains("the store refuses writes"), "{refused}");
    server.kill().await;
}

/// Returns the paths in `.route("/v1…")` of the API.
fn routed(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in fs::read_dir(directory).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let paths = text.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1));
        found.extend(paths.filter(|path| path.starts_with("/v1/")).map(str::to_owned));
    }
    found
}

#[tokio::test]
async fn each_route_is_documented_and_each_documented_operation_is_served() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/waxwing-admin/src/server");
    let operations = api.operations();
    let documented: BTreeSet<_> = operations.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(documented, routed(&directory), "paths of the document, and of the routers");
    for path in &documented {
        // No operation has this method, so the answer lists the methods of the path.
        let refused = api.request(Method::TRACE, &path.replace(['{', '}'], "")).send().await.unwrap();
        let allowed = refused.headers().get("allow").unwrap_or_else(|| panic!("{path} is not served"));
        let allowed = allowed.to_str().unwrap().to_lowercase();
        let answered: BTreeSet<_> = allowed.split(',').filter(|method| *method != "head").collect();
        let named: BTreeSet<_> =
            operations.iter().filter(|(other, _)| other == path).map(|(_, method)| *method).collect();
        assert_eq!(named, answered, "{path}");
    }
    env.drain(server).await;
}
