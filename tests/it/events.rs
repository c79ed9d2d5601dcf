//! The events of a turn in the inspector of `waxwing dev`.

use serde_json::{Value, json};
use waxwing_tests::TestEnv;

#[tokio::test]
async fn dev_shows_a_turn_from_its_message_to_the_delivered_reply() {
    let env = TestEnv::new().await;
    let mut server = env.run(&["dev", "--phone-port", "0", "--port", "0"]).unset("DATABASE_URL").spawn();
    let phone = server.wait_for_line("http://").await.trim().trim_end_matches('/').to_owned();
    let says = json!({ "says": { "user": "+34600000000", "text": "hi" } });
    reqwest::Client::new().post(format!("{phone}/control/actions")).json(&says).send().await.unwrap();
    let (mut after, mut events): (u64, Vec<Value>) = (0, Vec::new());
    while events.iter().all(|event| event["name"] != "message.delivered") {
        let newer = reqwest::get(format!("{phone}/control/bot-events?after={after}&wait=20s")).await.unwrap();
        let newer: Value = newer.json().await.unwrap();
        assert!(newer["next"].as_u64() > Some(after), "no further event: {events:?}\n{}", server.log());
        after = newer["next"].as_u64().unwrap();
        events.extend(newer["events"].as_array().unwrap().iter().cloned());
    }
    let turn: Vec<_> = events.iter().filter(|event| !event["turn"].is_null()).collect();
    let mut names: Vec<_> = turn.iter().map(|event| event["name"].as_str().unwrap()).collect();
    names.dedup();
    let expected =
        ["turn.started", "turn.waiting", "agent.started", "agent.finished", "message.queued", "turn.finished"];
    assert_eq!(names, expected);
    assert!(turn.iter().all(|event| event["user"] == "34600000000" && event["turn"] == turn[0]["turn"]));
    assert!(events.iter().any(|event| event["name"] == "message.received"));
}

#[tokio::test]
async fn dev_holds_no_answer_back_in_a_burst() {
    let env = TestEnv::new().await;
    let mut server = env.run(&["dev", "--phone-port", "0", "--port", "0"]).unset("DATABASE_URL").spawn();
    let phone = server.wait_for_line("http://").await.trim().trim_end_matches('/').to_owned();
    let http = reqwest::Client::new();
    let (mut after, mut accepted) = (0_u64, 0);
    for text in ["one.", "two.", "three.", "four.", "five.", "six."] {
        let says = json!({ "says": { "user": "+34600000000", "text": text } });
        http.post(format!("{phone}/control/actions")).json(&says).send().await.unwrap();
        let goal = accepted + 1;
        while accepted < goal {
            let newer = reqwest::get(format!("{phone}/control/bot-events?after={after}&wait=20s")).await.unwrap();
            let newer: Value = newer.json().await.unwrap();
            assert!(newer["next"].as_u64() > Some(after), "no further event\n{}", server.log());
            after = newer["next"].as_u64().unwrap();
            for event in newer["events"].as_array().unwrap() {
                assert_ne!(event["data"]["outcome"], "delayed", "{event}");
                accepted += usize::from(event["data"]["outcome"] == "accepted");
            }
        }
    }
}
