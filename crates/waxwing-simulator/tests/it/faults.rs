//! Planned outcomes of sends.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_simulator::{EventKind, Outcome};

use crate::support::{assert_error, start};

fn text(body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": {"body": body}})
}

#[tokio::test]
async fn outcomes_are_consumed_one_per_send_and_spare_receipts() {
    let (sim, _server, graph) = start().await;
    let ana = sim.user("+34600000000");
    let hi = ana.says("hi").await;
    sim.next_send(Outcome::Error { code: 131_056, http: 429 });
    sim.next_send(Outcome::Error { code: 131_000, http: 500 });
    assert_eq!(graph.post(json!({"status": "read", "message_id": hi})).await.0, 200);
    assert_error(graph.post(text("1")).await, 429, 131_056);
    assert_error(graph.post(text("2")).await, 500, 131_000);
    assert_eq!(graph.post(text("3")).await.0, 200);
    ana.expect_text("3").await;
    ana.expect_nothing_more_than(1);
    let refused =
        |code, http| sim.timeline().iter().any(|event| event.kind == EventKind::Refused { code, http, rule: None });
    assert!(refused(131_056, 429) && refused(131_000, 500) && !refused(131_056, 500));
}

#[tokio::test]
async fn a_connection_drops_before_or_after_the_message_is_taken() {
    let (sim, _server, graph) = start().await;
    let ana = sim.user("+34600000000");
    ana.says("hi").await;
    let send = |body: &str| graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text(body)).send();

    sim.next_send(Outcome::DropConnection);
    let error = send("lost").await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    ana.expect_nothing_more_than(0);

    sim.next_send(Outcome::AcceptThenDropConnection);
    send("in doubt").await.unwrap_err();
    ana.expect_text("in doubt").await;

    assert_eq!(send("well").await.unwrap().status(), 200);
    ana.expect_text("well").await;
}

#[tokio::test]
async fn a_server_error_has_no_json() {
    let (sim, _server, graph) = start().await;
    let ana = sim.user("+34600000000");
    ana.says("hi").await;
    sim.next_send(Outcome::ServerErrorWithoutJson);
    let response = graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&text("1")).send().await.unwrap();
    assert_eq!(response.status(), 502);
    let body = response.text().await.unwrap();
    assert!(body.starts_with("<html>") && serde_json::from_str::<Value>(&body).is_err());
    ana.expect_nothing_more_than(0);
}

#[tokio::test]
async fn a_delayed_answer_comes_after_the_message() {
    let (sim, _server, graph) = start().await;
    let ana = sim.user("+34600000000");
    ana.says("hi").await;
    sim.next_send(Outcome::Delay(Duration::from_hours(1)));
    let check = async {
        ana.expect_text("slow").await;
        sim.advance(Duration::from_hours(1));
    };
    let ((status, _), ()) = tokio::join!(graph.post(text("slow")), check);
    assert_eq!(status, 200);
}

/// Meta: error codes. Delivery failures come later, as a status.
#[tokio::test]
async fn an_accepted_message_fails_later() {
    let (sim, server, graph) = start().await;
    let ana = sim.user("+34600000000");
    ana.says("hi").await;
    sim.next_send(Outcome::AcceptThenFail { code: 131_026 });
    let id = graph.text("34600000000", "never").await;
    sim.expect_settled().await;
    ana.expect_nothing_more_than(0);
    let statuses = server.statuses();
    assert_eq!(statuses.len(), 1);
    let status = &statuses[0]["statuses"][0];
    assert_eq!((&status["id"], &status["status"]), (&json!(id), &json!("failed")));
    assert_eq!(status["errors"][0]["code"], 131_026);
}
