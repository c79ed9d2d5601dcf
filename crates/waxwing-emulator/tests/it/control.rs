//! Control API.

use serde_json::json;
use waxwing_emulator::TimelineEventKind;

use crate::support::{Control, fetch, start};

#[tokio::test]
async fn faults_can_be_injected_and_removed() {
    let (emulator, _server, graph) = start().await;
    let control = Control::new(&emulator);
    let (status, injected) = control.post("/faults", json!({"other": "server_error_without_json", "times": 1})).await;
    assert_eq!(status, 200, "{injected}");
    assert_eq!(graph.get(emulator.phone_number_id()).await.0, 502);
    assert_eq!(graph.get(emulator.phone_number_id()).await.0, 200);
    let faults = control.get("/faults").await;
    assert_eq!(
        (&faults[0]["id"], &faults[0]["triggered"], &faults[0]["evaluated"]),
        (&injected["id"], &json!(1), &json!(2))
    );
    assert_eq!(faults[0]["fault"], json!({"other": "server_error_without_json", "times": 1}), "as it was injected");
    assert_eq!(control.delete(&format!("/faults/{}", injected["id"])).await, 204);
    assert_eq!(control.delete(&format!("/faults/{}", injected["id"])).await, 404);
    control.post("/faults", json!({"any_call": "server_error_without_json"})).await;
    assert_eq!(control.delete("/faults").await, 204);
    assert_eq!(control.get("").await["faults"], 0);
    let (status, refused) = control.post("/faults", json!({"any_call": "stall", "chance": 1})).await;
    assert!(status == 422 && refused["error"].as_str().unwrap().contains("chance"), "{refused}");
}

/// A time that no clock can express once ended the task that runs the timers.
#[tokio::test]
async fn a_time_beyond_all_clocks_is_refused() {
    let (emulator, _server, _graph) = start().await;
    let control = Control::new(&emulator);
    for (path, body) in [
        ("/faults", json!({"statuses": {"delay": "500000000000years"}})),
        ("/behavior", json!({"redelivery": {"initial_backoff": "500000000000years"}})),
        ("/clock", json!({"advance": "500000000000years"})),
    ] {
        let (status, refused) = control.post(path, body).await;
        assert!(status == 422 && refused["error"].as_str().unwrap().contains("10000 years"), "{path} {refused}");
    }
}

#[tokio::test]
async fn the_webhook_can_be_set() {
    let (emulator, server, _graph) = start().await;
    let control = Control::new(&emulator);
    emulator.set_webhook("http://127.0.0.1:1/");
    for url in ["", "127.0.0.1:8000", "ftp://127.0.0.1/"] {
        let (status, refused) = control.post("/webhook", json!({ "url": url })).await;
        assert!(status == 400 && refused["error"].as_str().unwrap().contains("not a URL"), "{refused}");
    }
    assert_eq!(control.post("/webhook", json!({ "url": server.url })).await.0, 204);
    let ana = emulator.user("+34600000000");
    let hi = ana.says("hi").await;
    ana.expect_acknowledged(&hi).await;
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn actions_statuses_behavior_and_clock_can_be_controlled() {
    let (emulator, server, graph) = start().await;
    let control = Control::new(&emulator);
    let (status, done) = control.post("/actions", json!({"says": {"user": "+34600000000", "text": "hi"}})).await;
    assert!(status == 200 && done["id"].is_string() && done["user"] == 1, "{done}");
    emulator.expect_idle().await;
    assert_eq!(server.messages()[0]["text"]["body"], "hi");
    let (status, refused) = control.post("/actions", json!({"reads": {"user": "Nobody"}})).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("Nobody"));

    assert_eq!(control.post("/statuses", json!({"held": true})).await.0, 204);
    graph.text("34600000000", "a").await;
    assert!(control.get("").await["idle"] == false && server.statuses().is_empty());
    control.post("/statuses", json!({"held": false})).await;
    emulator.expect_idle().await;

    assert_eq!(control.post("/behavior", json!({"status_delays": {"sent": "1h"}})).await.0, 204);
    graph.text("34600000000", "b").await;
    let posted = server.statuses().len();
    let before = control.get("").await["now"].as_u64().unwrap();
    let (_, after) = control.post("/clock", json!({"advance": "2h"})).await;
    assert!(after["now"].as_u64().unwrap() >= before + 2 * 3_600_000);
    emulator.expect_idle().await;
    assert_eq!(server.statuses().len(), posted + 2);

    let events = control.get("/timeline").await;
    let events = events.as_array().unwrap();
    assert_eq!(events[1]["event"], json!({"user_message": {"user": 1, "message": done["id"]}}));
    let after = control.get("/timeline?after=2").await;
    assert_eq!(after[0]["seq"], 3);
    assert_eq!(events.len(), emulator.timeline().len());
}

#[tokio::test]
async fn a_scenario_can_be_started_and_stopped() {
    let (emulator, server, _graph) = start().await;
    let control = Control::new(&emulator);
    let play =
        async |text: &'static str| fetch(control.http.post(format!("{}/scenario", control.base)).body(text)).await;
    let text = "[[step]]\ndo.says = { user = \"+34600000000\", text = \"now\" }\n[[step]]\nafter = \"1h\"\n\
                do.says = { user = \"+34600000000\", text = \"never\" }";
    assert_eq!(play(text).await, (200, json!({"steps": 2, "faults": 0})));
    server.wait_for(1).await;
    assert_eq!(control.get("").await["pending_steps"], 1);
    assert_eq!(control.delete("/scenario").await, 204);
    emulator.advance(std::time::Duration::from_hours(2));
    emulator.expect_idle().await;
    assert_eq!(server.messages().len(), 1);
    let (status, refused) = play("[[step]]\ndo.says = { user = \"Ana\", txt = \"now\" }").await;
    assert_eq!(status, 400);
    let why = refused["error"].as_str().unwrap();
    assert!(why.contains("line 2") && why.contains("txt"), "{why}");
}

/// The control API needs no password, so other sites must not reach it.
#[tokio::test]
async fn requests_from_other_sites_are_refused() {
    let (emulator, _server, _graph) = start().await;
    let control = Control::new(&emulator);
    let request = || control.http.post(format!("{}/faults", control.base)).json(&json!({"any_call": "stall"}));
    for (name, value) in
        [("host", "evil.example"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]
    {
        assert_eq!(fetch(request().header(name, value)).await.0, 403, "{name}");
    }
    let simple = control.http.post(format!("{}/faults", control.base)).body("{\"any_call\": \"stall\"}");
    assert_eq!(fetch(simple.header("content-type", "text/plain")).await.0, 415, "what a form could send");
    let scenario = control.http.post(format!("{}/scenario", control.base)).header("origin", "null").body("");
    assert_eq!(fetch(scenario).await.0, 403);
    assert_eq!(control.get("/faults").await, json!([]));
    assert!(!emulator.timeline().iter().any(|event| matches!(event.kind, TimelineEventKind::Refused { .. })));
}
