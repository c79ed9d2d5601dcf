//! Answers that follow the contract.

use serde_json::json;
use waxwing_agent::{Agent as _, HumanHandoff, Media, Reply, Turn, UserMessage};

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
