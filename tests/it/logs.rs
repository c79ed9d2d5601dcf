//! The log of the program in JSON.

use std::path::Path;

use serde_json::{Value, json};
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

#[tokio::test]
async fn each_turn_has_one_line_with_its_figures_and_without_personal_data() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with([
        ModelReply::tool_call("remind_user", json!({})),
        ModelReply::text("A secret answer."),
        ModelReply::Status(400),
    ]);
    env.write_config(&format!(
        "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\n\
         price = {{ input = 1000.0, output = 2000.0 }}\n\n[agents.guide]\nmodel = 'stub'\ntools = ['remind_user']\n",
        model.url()
    ));
    let launch = env.serve_config().set("WAXWING_RUN_ATTEMPTS", "1").set("WAXWING_MESSAGE_APOLOGY", "Sorry.");
    let (server, _) = launch.start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("a secret wish").await;
    ana.expect_text("A secret answer.").await;
    ana.says("another wish").await;
    ana.expect_text("Sorry.").await;
    let log = env.drain(server).await.stderr;

    let lines = lines(&log);
    let turns: Vec<_> = lines.iter().filter(|line| line["event"] == "turn.finished").collect();
    let [answered, failed] = &turns[..] else { panic!("two turns, two lines: {log}") };
    for turn in [answered, failed] {
        assert_eq!((&turn["message"], &turn["level"]), (&json!("turn finished"), &json!("INFO")));
        assert_eq!((&turn["agent"], &turn["outcome"]), (&json!("guide"), &json!("committed")));
        assert_eq!((&turn["number"], &turn["messages"]), (&json!(env.emulator.phone_number_id()), &json!(1)));
        assert!(turn["conversation_key"].as_str().is_some_and(|key| key.len() >= 16), "{turn}");
        assert_eq!(turn["conversation"], answered["conversation"]);
        let (turn_time, run_time) = (turn["milliseconds"].as_u64(), turn["run_milliseconds"].as_u64());
        assert!(turn_time.is_some() && run_time.is_some() && turn_time >= run_time, "{turn}");
    }
    let figures = |turn: &Value| {
        let keys = ["model_calls", "tool_calls", "input_tokens", "cached_input_tokens", "output_tokens"];
        keys.map(|key| turn[key].as_u64().unwrap())
    };
    // Each answer of the model has 20 tokens of input and 8 of output.
    assert_eq!(figures(answered), [2, 1, 40, 0, 16]);
    assert_eq!(figures(failed), [1, 0, 0, 0, 0]);
    let cost = |turn: &Value| turn["cost"].as_f64().unwrap();
    assert!((cost(answered) - 0.072).abs() < 1e-9 && cost(failed).abs() < 1e-9, "{answered} {failed}");

    let sent: Vec<_> = lines.iter().filter(|line| line["event"] == "message.attempted").collect();
    assert_eq!(sent.len(), 2, "{log}");
    for personal in ["34600000000", "secret", "wish", "Sorry", "wamid."] {
        assert!(!log.contains(personal), "{personal} is personal: {log}");
    }
}

/// The page is what operators search by.
#[test]
fn the_page_about_the_log_names_messages_of_the_program() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut source = String::new();
    let mut directories = vec![root.join("crates")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                source.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let page = std::fs::read_to_string(root.join("docs/logging.md")).unwrap();
    let (_, table) = page.split_once("## Other lines").unwrap();
    let rows: Vec<_> = table.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    assert!(rows.len() > 15, "{rows:?}");
    for row in rows {
        let cell = row.split(" | ").next().unwrap();
        for message in cell.split('`').filter(|part| !part.trim_matches([' ', ',']).is_empty()) {
            let format = message.replace("a webhook with", "a {name} with");
            let is_known = [message, &format].iter().any(|text| source.contains(&format!("\"{text}\"")));
            assert!(is_known, "no line has the message {message:?}");
        }
    }
}
