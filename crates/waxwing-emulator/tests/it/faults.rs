//! Faults of calls.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, StatusDelays, TimelineEventKind};

use crate::support::{Graph, PNG, assert_error, builder, fetch, start};

fn text(body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": {"body": body}})
}

#[tokio::test]
async fn each_send_takes_one_effect_and_receipts_take_none() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let hi = ana.says("hi").await;
    emulator.next_send(FaultEffect::Error { code: 131_056, http: 429 });
    emulator.next_send(FaultEffect::Error { code: 131_000, http: 500 });
    assert_eq!(graph.post(json!({"status": "read", "message_id": hi})).await.0, 200);
    assert_error(graph.post(text("1")).await, 429, 131_056);
    assert_error(graph.post(text("2")).await, 500, 131_000);
    assert_eq!(graph.post(text("3")).await.0, 200);
    ana.expect_text("3").await;
    ana.expect_nothing_more_than(1);
    let refused = |code, http| {
        let expected = (Some(ana.id()), code, http);
        emulator.timeline().iter().any(|event| match event.kind {
            TimelineEventKind::Refused { user, code, http, rule: None, .. } => (user, code, http) == expected,
            _ => false,
        })
    };
    assert!(refused(131_056, 429) && refused(131_000, 500) && !refused(131_056, 500));
}

#[tokio::test]
async fn a_connection_drops_before_or_after_the_message_is_accepted() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let send = |body: &str| graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text(body)).send();

    emulator.next_send(FaultEffect::DropConnection);
    let error = send("lost").await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    ana.expect_nothing_more_than(0);

    emulator.next_send(FaultEffect::AcceptThenDropConnection);
    send("in doubt").await.unwrap_err();
    ana.expect_text("in doubt").await;

    assert_eq!(send("well").await.unwrap().status(), 200);
    ana.expect_text("well").await;
}

#[tokio::test]
async fn a_server_error_has_no_json() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.next_send(FaultEffect::ServerErrorWithoutJson);
    let response = graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text("1")).send().await.unwrap();
    assert_eq!(response.status(), 502);
    let body = response.text().await.unwrap();
    assert!(body.starts_with("<html>") && serde_json::from_str::<Value>(&body).is_err());
    ana.expect_nothing_more_than(0);
}

#[tokio::test]
async fn a_delayed_response_follows_the_message() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.next_send(FaultEffect::Delay(Duration::from_hours(1)));
    let check = async {
        ana.expect_text("slow").await;
        emulator.advance(Duration::from_hours(1));
    };
    let ((status, _), ()) = tokio::join!(graph.post(text("slow")), check);
    assert_eq!(status, 200);
}

/// Meta: error codes. A status reports a failed delivery.
#[tokio::test]
async fn an_accepted_message_fails_later() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.next_send(FaultEffect::AcceptThenFail { code: 131_026 });
    let id = graph.text("34600000000", "never").await;
    emulator.expect_idle().await;
    ana.expect_nothing_more_than(0);
    let statuses = server.statuses();
    assert_eq!(statuses.len(), 1);
    let status = &statuses[0]["statuses"][0];
    assert_eq!((&status["id"], &status["status"]), (&json!(id), &json!("failed")));
    assert_eq!(status["errors"][0]["code"], 131_026);
}

/// Sends a call that never gets a response, until a timeout.
async fn gives_up(graph: &Graph, text: Value) -> bool {
    let request = graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text);
    request.timeout(Duration::from_millis(200)).send().await.unwrap_err().is_timeout()
}

#[tokio::test]
async fn a_stalled_call_is_executed_or_not() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.next_send(FaultEffect::Stall);
    assert!(gives_up(&graph, text("never")).await);
    emulator.next_send(FaultEffect::AcceptThenStall);
    assert!(gives_up(&graph, text("in doubt")).await);
    ana.expect_text("in doubt").await;
    ana.expect_nothing_more_than(1);
}

#[tokio::test]
async fn a_truncated_body_breaks_off() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.next_send(FaultEffect::TruncatedBody);
    let response = graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text("half")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let announced = response.content_length().unwrap();
    assert!(announced > 20, "{announced}");
    response.bytes().await.unwrap_err();
    ana.expect_text("half").await;
    assert_eq!(graph.post(text("whole")).await.0, 200, "another connection works");
}

#[tokio::test]
async fn an_error_can_have_a_retry_after_header() {
    let (emulator, _server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    emulator.next_send(FaultEffect::ErrorWithRetryAfter { code: 130_429, http: 429, after: Duration::from_secs(7) });
    let response = graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text("1")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &"7".parse().unwrap()));
}

#[tokio::test]
async fn faults_apply_to_their_endpoint_only() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let hi = ana.says("hi").await;
    let error = |code| FaultEffect::Error { code, http: 500 };
    for (index, endpoint) in [
        GraphEndpoint::Send,
        GraphEndpoint::Receipt,
        GraphEndpoint::Upload,
        GraphEndpoint::Download,
        GraphEndpoint::Other,
    ]
    .into_iter()
    .enumerate()
    {
        emulator.inject(Fault::graph(endpoint, error(131_000 + u32::try_from(index).unwrap())).times(1));
    }
    let read = || json!({"status": "read", "message_id": hi, "typing_indicator": {"type": "text"}});
    let download = || async {
        let url = format!("{}/whatsapp_business/attachments/1?ext=1&hash=1", emulator.url());
        fetch(graph.http.get(url).bearer_auth(&graph.token)).await
    };
    // Each call meets only the fault of its own endpoint, in an order other than that of the injection.
    assert_error(graph.upload(PNG.to_vec(), "image/png").await, 500, 131_002);
    assert_error(download().await, 500, 131_003);
    assert_error(graph.get(emulator.phone_number_id()).await, 500, 131_004);
    assert_error(graph.post(read()).await, 500, 131_001);
    assert_error(graph.post(text("1")).await, 500, 131_000);

    assert_eq!(graph.upload(PNG.to_vec(), "image/png").await.0, 200);
    assert_eq!(download().await.0, 404);
    assert_eq!(graph.get(emulator.phone_number_id()).await.0, 200);
    assert_eq!(graph.post(read()).await.0, 200);
    assert_eq!(graph.post(text("2")).await.0, 200);
    ana.expect_text("2").await;
}

#[tokio::test]
async fn the_seed_determines_which_calls_a_rate_affects() {
    let mut runs = Vec::new();
    for seed in [3, 3, 4] {
        let emulator = builder().seed(seed).start().await.unwrap();
        let graph = Graph::new(&emulator);
        emulator.inject(Fault::any_call(FaultEffect::ServerErrorWithoutJson).rate(0.5));
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(graph.get(emulator.phone_number_id()).await.0);
        }
        assert!(statuses.contains(&200) && statuses.contains(&502));
        runs.push(statuses);
    }
    assert!(runs[0] == runs[1] && runs[0] != runs[2]);
}

#[tokio::test]
async fn removed_faults_have_no_effect() {
    let (emulator, _server, graph) = start().await;
    let id = emulator.inject(Fault::any_call(FaultEffect::ServerErrorWithoutJson));
    assert_eq!(graph.get(emulator.phone_number_id()).await.0, 502);
    assert!(emulator.remove_fault(id) && !emulator.remove_fault(id));
    assert_eq!(graph.get(emulator.phone_number_id()).await.0, 200);
    emulator.inject(Fault::any_call(FaultEffect::ServerErrorWithoutJson));
    emulator.clear_faults();
    assert_eq!(graph.get(emulator.phone_number_id()).await.0, 200);
}

/// A status may arrive before the sender has stored the response.
#[tokio::test]
async fn a_status_can_arrive_before_the_response() {
    let (emulator, server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    emulator.expect_idle().await;
    let hour = Duration::from_hours(1);
    let usual = StatusDelays::default().with_sent(hour).with_delivered(hour);
    emulator.change_behavior(|behavior| behavior.status_delays = usual);
    emulator.next_send(FaultEffect::StatusFirst);
    let id = graph.text("34600000000", "late").await;
    let posted = server.statuses();
    assert_eq!((posted.len(), &posted[0]["statuses"][0]["id"]), (1, &json!(id)));
    assert_eq!(posted[0]["statuses"][0]["status"], "sent");
}

/// `failed` may follow `sent`.
#[tokio::test]
async fn a_message_fails_after_it_was_sent() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    emulator.next_send(FaultEffect::SendThenFail { code: 131_026, after: Duration::from_millis(1) });
    graph.text("34600000000", "never").await;
    emulator.expect_idle().await;
    let names: Vec<_> = server.statuses().iter().map(|value| value["statuses"][0]["status"].clone()).collect();
    assert_eq!(names, ["sent", "failed"]);
    ana.expect_nothing_more_than(0);
}

/// `played` is for voice notes only.
#[tokio::test]
async fn a_message_can_have_its_own_status_delays() {
    let (emulator, server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    emulator.expect_idle().await;
    let media = graph.upload(b"OggS".to_vec(), "audio/ogg").await.1["id"].clone();
    let delays = StatusDelays::default()
        .with_sent(Duration::ZERO)
        .with_delivered(Duration::from_hours(1))
        .with_read(Some(Duration::from_hours(1)))
        .with_played(Some(Duration::from_hours(1)));
    emulator.next_send(FaultEffect::Statuses(delays));
    let voice = json!({"to": "34600000000", "type": "audio", "audio": {"id": media, "voice": true}});
    assert_eq!(graph.post(voice).await.0, 200);
    let mut posted = Vec::new();
    for hours in 0..4 {
        emulator.advance(Duration::from_hours(u64::from(hours > 0)));
        server.wait_for(hours + 2).await;
        posted.push(server.statuses().last().unwrap()["statuses"][0]["status"].clone());
    }
    assert_eq!(posted, ["sent", "delivered", "read", "played"]);
}

/// Meta: error codes. A user without WhatsApp, or with an old version, is never reached.
#[tokio::test]
async fn a_fault_may_concern_one_recipient() {
    let (emulator, server, graph) = start().await;
    let (ana, ben) = (emulator.user("+34600000000"), emulator.user("+34600000001"));
    ana.says("hi").await;
    ben.says("hi").await;
    let bsuid = ana.bsuid().unwrap();
    let to = |key: &str, user: &str| json!({ key: user, "text": { "body": "hello" } });
    let refused = FaultEffect::Error { code: 131_026, http: 400 };
    let fault = emulator.inject(Fault::graph(GraphEndpoint::Send, refused).to("+34 600 000 000"));
    for _ in 0..3 {
        assert_error(graph.post(to("to", "34600000000")).await, 400, 131_026);
        assert_error(graph.post(to("recipient", &bsuid)).await, 400, 131_026);
        assert_eq!(graph.post(to("to", "34600000001")).await.0, 200);
    }
    assert!(emulator.remove_fault(fault));
    emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::AcceptThenFail { code: 131_049 }).to(&bsuid));
    let (status, sent) = graph.post(to("to", "34600000000")).await;
    assert_eq!(status, 200);
    assert_eq!(graph.post(to("to", "34600000001")).await.0, 200);
    emulator.expect_idle().await;
    let failed: Vec<_> = server
        .statuses()
        .into_iter()
        .map(|value| value["statuses"][0].clone())
        .filter(|it| it["status"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&failed[0]["id"], &failed[0]["errors"][0]["code"]), (&sent["messages"][0]["id"], &json!(131_049)));
}
