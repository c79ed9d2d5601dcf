//! Answers that follow the contract.

use std::time::{Duration, SystemTime};

use serde_json::json;
use waxwing_agent::{Agent as _, HumanHandoff, Media, Reminder, Reply, Turn, UserMessage};

use crate::test_run::{TestRun, agent, ask, builder, document, event, program, stream, text};

#[tokio::test]
async fn an_answer_becomes_the_reply_and_changes_state_and_memory() {
    let answer = json!({
        "parts": [{"type": "markdown", "text": "**Hi**"}, {"type": "media", "kind": "image", "mime_type": "image/png", "data": "AQID"}],
        "state": {"set": {"n": 2}, "remove": ["old"]},
        "memory": {"forget": [1], "remember": ["Eats meat after all.", ""]},
        "hand_over": {"seconds": 60}
    });
    let server = program([move |key: &str| document(key, &answer)]).await;
    let ctx = TestRun::default().ctx();
    ctx.session().set("old", 1).unwrap();
    ctx.memory().remember("Eats no meat.").unwrap();
    let reply = agent(&server).run("hi".into(), &ctx).await.unwrap();
    let picture = Media::image("image/png", vec![1, 2, 3]);
    let handoff = HumanHandoff::for_duration(std::time::Duration::from_mins(1));
    assert_eq!(reply, Reply::markdown("**Hi**").with_media(picture).with_handoff(handoff));
    assert_eq!(ctx.session().state().snapshot(), *json!({"n": 2}).as_object().unwrap());
    let facts: Vec<_> = ctx.memory().facts().into_iter().map(|fact| fact.text).collect();
    assert_eq!(facts, ["Eats meat after all."]);
}

#[tokio::test]
async fn an_answer_without_parts_is_an_empty_reply() {
    let server = program([|key: &str| document(key, &json!({"parts": []}))]).await;
    assert_eq!(ask(&server).await.unwrap(), Reply::none());
}

#[tokio::test]
async fn interim_messages_come_before_the_answer() {
    let server = program([|key: &str| {
        let events = [
            ": wait\n\n".to_owned(),
            event(key, 1, "message", &text("one")),
            event(key, 2, "message", &text("two")),
            event(key, 3, "reply", &text("done")),
            "event: reply\ndata: after the end\n\n".to_owned(),
        ];
        stream(&events.concat())
    }])
    .await;
    let run = TestRun::default();
    let reply = agent(&server).run("hi".into(), &run.ctx()).await.unwrap();
    assert_eq!(reply, Reply::text("done"));
    let sent = run.sent();
    let sent: Vec<_> = sent.iter().map(|(key, reply)| (key.nth, reply.clone())).collect();
    assert_eq!(sent, [(0, Reply::text("one")), (1, Reply::text("two"))]);
}

#[tokio::test]
async fn media_above_the_limit_are_sent_without_their_bytes() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let picture = |len| UserMessage::text("").with_media(Media::image("image/png", vec![0; len]));
    let turn = Turn::new([picture(60), picture(60), picture(40)]);
    let agent = builder(&server.uri()).max_media_bytes(100).build().unwrap();
    agent.run(turn, &TestRun::default().ctx()).await.unwrap();
    let sent: serde_json::Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let media = sent["messages"].as_array().unwrap().iter().map(|message| &message["media"]);
    let media: Vec<_> = media.map(|media| (media["size"].as_u64().unwrap(), media["data"].is_string())).collect();
    assert_eq!(media, [(60, true), (60, false), (40, true)]);
}

#[tokio::test]
async fn messages_for_later_are_scheduled_under_the_same_keys_in_each_run() {
    let reminder = |text: &str| json!({"at": 1_767_258_000_123_u64, "text": text});
    let reminders = json!([reminder("one"), reminder("refused"), reminder("two")]);
    let answer = json!({"parts": [{"type": "text", "text": "ok"}], "reminders": reminders});
    let server = program([move |key: &str| document(key, &answer)]).await;
    let run = TestRun::default();
    for _ in 0..2 {
        assert_eq!(agent(&server).run("hi".into(), &run.ctx()).await.unwrap(), Reply::text("ok"));
    }
    let scheduled: Vec<_> = run.scheduled().into_iter().map(|(key, found)| (key.nth, found)).collect();
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_258_000_123);
    let once = [(0, Reminder::new(at, "one")), (2, Reminder::new(at, "two"))];
    assert_eq!(scheduled, [once.clone(), once].concat());
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "the second run finds the recorded answer");
}

#[tokio::test]
async fn too_many_messages_for_later_are_left_out_and_a_busy_store_fails_the_run() {
    let reminder = |text: &str| json!({"at": 1, "text": text});
    let many = json!({"parts": [], "reminders": vec![reminder("one"); 33]});
    let server = program([move |key: &str| document(key, &many)]).await;
    let run = TestRun::default();
    agent(&server).run("hi".into(), &run.ctx()).await.unwrap();
    assert_eq!(run.scheduled().len(), 32);
    let later = json!({"parts": [], "reminders": [reminder("later")]});
    let server = program([move |key: &str| document(key, &later)]).await;
    assert!(ask(&server).await.unwrap_err().is_retryable());
}
