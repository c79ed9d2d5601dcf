//! Groups. Meta: groups.

use serde_json::{Value, json};
use waxwing_emulator::{Action, Emulator, FaultEffect, User};

use crate::support::{Graph, WebhookServer, assert_error, start};

/// Returns a group with Ana and Ben.
async fn group() -> (Emulator, WebhookServer, Graph, [User; 2], String) {
    let (emulator, server, graph) = start().await;
    let users = [emulator.user("+34600000000"), emulator.user("+34600000001")];
    let participants = vec!["+34600000000".to_owned(), "+34600000001".to_owned()];
    let create = Action::CreateGroup { id: None, subject: "Tea".to_owned(), participants };
    let id = emulator.perform(create).unwrap().id.unwrap();
    (emulator, server, graph, users, id)
}

fn to_group(id: &str) -> Value {
    json!({"recipient_type": "group", "to": id, "type": "text", "text": {"body": "tea?"}, "biz_opaque_callback_data": "t1"})
}

#[tokio::test]
async fn a_participant_can_send_a_group_message() {
    let (emulator, server, graph, _users, id) = group().await;
    let says = Action::Says {
        user: "Ana".to_owned(),
        text: "hi all".to_owned(),
        group: Some(id.clone()),
        quotes: None,
        number: None,
    };
    let message = emulator.perform(says).unwrap().id.unwrap();
    emulator.expect_idle().await;
    let got = &server.messages()[0];
    assert_eq!((&got["group_id"], &got["from"], &got["id"]), (&json!(id), &json!("34600000000"), &json!(message)));
    assert_error(graph.post(json!({"status": "read", "message_id": message})).await, 400, 131_009);
    let private = json!({"to": "34600000000", "type": "text", "text": {"body": "a"}});
    assert_error(graph.post(private).await, 400, 131_047);
}

#[tokio::test]
async fn a_message_reaches_all_participants_and_each_has_a_status() {
    let (emulator, server, graph, [ana, ben], id) = group().await;
    let (status, answer) = graph.post(to_group(&id)).await;
    assert_eq!((status, &answer["contacts"][0]["input"]), (200, &json!(id)));
    ana.expect_text("tea?").await;
    ben.expect_text("tea?").await;
    emulator.expect_idle().await;
    ben.reads_all();
    emulator.expect_idle().await;

    let values = server.statuses();
    let names: Vec<_> = values.iter().map(|value| value["statuses"][0]["status"].clone()).collect();
    assert_eq!(names, ["sent", "delivered", "read"]);
    let people: Vec<Vec<_>> = values
        .iter()
        .map(|value| {
            let items = value["statuses"].as_array().unwrap();
            items.iter().map(|item| item["recipient_participant_id"].as_str().unwrap().to_owned()).collect()
        })
        .collect();
    let both = ["34600000000", "34600000001"];
    assert_eq!(people, [both.to_vec(), both.to_vec(), vec!["34600000001"]], "several in one payload");
    for item in values.iter().flat_map(|value| value["statuses"].as_array().unwrap()) {
        assert_eq!((&item["recipient_type"], &item["recipient_id"]), (&json!("group"), &json!(id)));
        assert_eq!((&item["id"], &item["biz_opaque_callback_data"]), (&answer["messages"][0]["id"], &json!("t1")));
        assert!(item["recipient_participant_user_id"].is_string());
    }
}

#[tokio::test]
async fn a_group_refuses_other_message_types() {
    let (_sim, _server, graph, _users, id) = group().await;
    assert_error(graph.post(to_group("nobody@g.us")).await, 400, 131_041);
    let buttons = json!({"type": "button", "body": {"text": "a"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "1"}}]}});
    let body = json!({"recipient_type": "group", "to": id, "type": "interactive", "interactive": buttons});
    assert_error(graph.post(body).await, 400, 131_051);
}

#[tokio::test]
async fn a_group_message_can_fail() {
    let (emulator, server, graph, [ana, _], id) = group().await;
    emulator.next_send(FaultEffect::AcceptThenFail { code: 131_000 });
    assert_eq!(graph.post(to_group(&id)).await.0, 200);
    emulator.expect_idle().await;
    ana.expect_nothing_more_than(0);
    let status = &server.statuses()[0]["statuses"][0];
    assert_eq!((&status["status"], &status["recipient_id"]), (&json!("failed"), &json!(id)));
}

#[tokio::test]
async fn groups_have_limits_and_refuse_strangers() {
    let (emulator, _server, graph, _users, id) = group().await;
    emulator.user("+34600000002");
    let says = |user: &str, group: &str| Action::Says {
        user: user.to_owned(),
        text: "hi".to_owned(),
        group: Some(group.to_owned()),
        quotes: None,
        number: None,
    };
    emulator.perform(says("+34600000002", &id)).unwrap_err();
    emulator.perform(says("Ana", "nobody@g.us")).unwrap_err();
    let create = |count: u64| {
        let participants = (0..count).map(|n| format!("+{}", 34_600_000_000 + n)).collect();
        emulator.perform(Action::CreateGroup { id: None, subject: "Many".to_owned(), participants })
    };
    create(8).unwrap();
    create(9).unwrap_err();
    create(0).unwrap_err();
    let participants = vec!["+34600000000".to_owned(), "Ana".to_owned(), "+34600000001".to_owned()];
    let twice = Action::CreateGroup { id: Some("twice".to_owned()), subject: "Two".to_owned(), participants };
    emulator.perform(twice).unwrap();
    let (_, group) = graph.get("twice?fields=total_participant_count").await;
    assert_eq!(group["total_participant_count"], 2, "a user is in a group once");
}
