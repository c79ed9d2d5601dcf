//! Faults of webhooks.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::{
    BatchLayout, Batching, Emulator, Fault, LONE_SURROGATE, StatusDelays, TimelineEvent, TimelineEventKind,
    UpdateFilter, WebhookFault, WebhookSubject,
};

use crate::support::{WebhookServer, builder, start};

fn texts(server: &WebhookServer) -> Vec<Value> {
    server.messages().iter().map(|message| message["text"]["body"].clone()).collect()
}

fn names(server: &WebhookServer) -> Vec<Value> {
    server.statuses().iter().map(|value| value["statuses"][0]["status"].clone()).collect()
}

fn attempts(emulator: &Emulator) -> impl Iterator<Item = TimelineEvent> {
    emulator.timeline().into_iter().filter(|event| matches!(event.kind, TimelineEventKind::WebhookAttempt { .. }))
}

/// Waits for a number of attempts, or until the webhook is abandoned.
async fn attempted(emulator: &Emulator, count: usize) {
    let is_abandoned =
        || emulator.timeline().iter().any(|event| matches!(event.kind, TimelineEventKind::WebhookAbandoned { .. }));
    while attempts(emulator).count() < count && !is_abandoned() {
        tokio::task::yield_now().await;
    }
}

/// Meta delivers webhooks at least once.
#[tokio::test]
async fn a_webhook_can_be_duplicated() {
    let (emulator, server, _graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Duplicate { copies: 2 }).times(1));
    let ana = emulator.user("+34600000000");
    ana.says("one").await;
    ana.says("two").await;
    emulator.expect_idle().await;
    assert_eq!(texts(&server), ["one", "one", "one", "two"]);
    let posts = server.posts();
    assert_eq!((&posts[0].body, &posts[0].body), (&posts[1].body, &posts[2].body));
}

/// Meta does not guarantee an order.
#[tokio::test]
async fn a_webhook_can_be_overtaken_by_the_next_of_its_queue() {
    let (emulator, server, graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Reorder).times(1));
    emulator.inject(Fault::webhook(UpdateFilter::Statuses, WebhookFault::Reorder).only("sent"));
    let ana = emulator.user("+34600000000");
    ana.says("one").await;
    ana.says("two").await;
    ana.says("three").await;
    emulator.expect_idle().await;
    assert_eq!(texts(&server), ["two", "one", "three"]);
    graph.text("34600000000", "a").await;
    emulator.expect_idle().await;
    assert_eq!(names(&server), ["delivered", "sent"]);
}

#[tokio::test]
async fn a_reordered_webhook_is_posted_after_one_second() {
    let (emulator, server, _graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Reorder));
    let ana = emulator.user("+34600000000");
    let id = ana.says("one").await;
    emulator.advance(Duration::from_secs(1));
    ana.expect_acknowledged(&id).await;
    assert_eq!(texts(&server), ["one"]);
}

#[tokio::test]
async fn a_webhook_can_be_delayed_by_the_emulators_clock() {
    let (emulator, server, _graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Delay(Duration::from_hours(1))).times(1));
    let ana = emulator.user("+34600000000");
    let late = ana.says("late").await;
    let soon = ana.says("soon").await;
    ana.expect_acknowledged(&soon).await;
    assert_eq!(texts(&server), ["soon"]);
    emulator.advance(Duration::from_hours(1));
    ana.expect_acknowledged(&late).await;
    assert_eq!(texts(&server), ["soon", "late"]);
}

#[tokio::test]
async fn a_dropped_webhook_is_redelivered() {
    let (emulator, server, _graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Drop { attempts: 2 }).times(1));
    let ana = emulator.user("+34600000000");
    ana.says("one").await;
    emulator.expect_idle().await;
    assert_eq!(texts(&server), ["one"]);
    let attempts: Vec<_> = emulator
        .timeline()
        .into_iter()
        .filter_map(|event| match event.kind {
            TimelineEventKind::WebhookAttempt { attempt, status, .. } => Some((attempt, status)),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [(1, None), (2, None), (3, Some(200))]);
}

/// The server has responded, but Meta has not received the response.
#[tokio::test]
async fn a_webhook_with_a_lost_response_is_redelivered() {
    let (emulator, server, _graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::LoseResponse { attempts: 1 }).times(1));
    emulator.user("+34600000000").says("one").await;
    emulator.expect_idle().await;
    assert_eq!(texts(&server), ["one", "one"]);
}

#[tokio::test]
async fn a_lost_webhook_is_never_posted() {
    let (emulator, server, graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Statuses, WebhookFault::Lose).only("delivered"));
    emulator.user("+34600000000").says("hi").await;
    let id = graph.text("34600000000", "a").await;
    emulator.expect_idle().await;
    assert_eq!(names(&server), ["sent"]);
    let lost = |kind: &TimelineEventKind| matches!(kind, TimelineEventKind::WebhookAbandoned { subject: WebhookSubject::Status { message, .. } } if *message == id);
    assert_eq!(emulator.timeline().iter().filter(|event| lost(&event.kind)).count(), 1);
}

#[tokio::test]
async fn updates_can_be_posted_again_in_one_webhook() {
    let (emulator, server, _graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Regroup { last: 3 }).after(2));
    let (ana, ben) = (emulator.user("+34600000000"), emulator.user("+34600000001"));
    for (user, text) in [(&ana, "one"), (&ben, "two"), (&ana, "three")] {
        let id = user.says(text).await;
        user.expect_acknowledged(&id).await;
    }
    emulator.expect_idle().await;
    let all: Vec<_> =
        server.changes().iter().flat_map(|change| change["value"]["messages"].as_array().cloned().unwrap()).collect();
    let all: Vec<_> = all.iter().map(|message| message["text"]["body"].as_str().unwrap().to_owned()).collect();
    assert_eq!(all, ["one", "two", "three", "one", "two", "three"]);
    assert_eq!(server.posts().len(), 4);
}

#[tokio::test]
async fn a_status_can_omit_the_recipient() {
    let (emulator, server, graph) = start().await;
    emulator.inject(Fault::webhook(UpdateFilter::Statuses, WebhookFault::Anonymous));
    emulator.user("+34600000000").says("hi").await;
    graph.text("34600000000", "a").await;
    emulator.expect_idle().await;
    for value in server.statuses() {
        assert!(value.get("contacts").is_none());
        let status = value["statuses"][0].as_object().unwrap();
        assert!(status.contains_key("id") && !status.keys().any(|key| key.starts_with("recipient")), "{status:?}");
    }
    assert_eq!(names(&server).len(), 2);
}

/// Meta adds fields without notice.
#[tokio::test]
async fn every_object_of_a_webhook_can_have_an_unknown_field() {
    fn objects_are_odd(value: &Value) -> bool {
        match value {
            Value::Object(object) => {
                let odd = object.keys().any(|key| key.contains("future"));
                odd && object.iter().all(|(key, value)| key.contains("future") || objects_are_odd(value))
            }
            Value::Array(array) => array.iter().all(objects_are_odd),
            _ => true,
        }
    }
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::UnknownFields).times(1));
    ana.says("one").await;
    emulator.expect_idle().await;
    let body: Value = serde_json::from_slice(&server.posts()[0].body).unwrap();
    assert!(objects_are_odd(&body["entry"][0]["changes"][0]["value"]) && !objects_are_odd(&body));
    emulator.change_behavior(|behavior| behavior.unknown_fields = 1.0);
    ana.says("two").await;
    let (_, answer) = graph.post(json!({"to": "34600000000", "type": "text", "text": {"body": "a"}})).await;
    assert!(objects_are_odd(&answer), "{answer}");
    emulator.expect_idle().await;
    assert!(server.posts().iter().skip(1).all(|post| objects_are_odd(&serde_json::from_slice(&post.body).unwrap())));
}

#[tokio::test]
async fn a_text_can_end_in_a_lone_surrogate() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user("+34600000000");
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::LoneSurrogate).times(1));
    ana.says("cut").await;
    ana.says(format!("{LONE_SURROGATE} too")).await;
    emulator.expect_idle().await;
    let bodies: Vec<_> = server.posts().iter().map(|post| String::from_utf8(post.body.to_vec()).unwrap()).collect();
    assert!(bodies[0].contains(r#""body":"cut\ud83d""#) && bodies[1].contains(r#""body":"\ud83d too""#), "{bodies:?}");
}

/// A webhook can have several entries, changes and items.
#[tokio::test]
async fn updates_can_share_a_webhook() {
    for layout in [BatchLayout::Value, BatchLayout::Changes, BatchLayout::Entries, BatchLayout::Mixed] {
        let batching =
            Batching::default().with_max_updates(4).with_max_wait(Duration::from_hours(1)).with_layout(layout);
        let emulator = builder().batching(batching).start().await.unwrap();
        let server = WebhookServer::start(&emulator).await;
        let users = [emulator.user("+34600000000"), emulator.user("+34600000001")];
        for (index, text) in ["1", "2", "3", "4"].into_iter().enumerate() {
            users[index % 2].says(text).await;
        }
        server.wait_for(1).await;
        let body: Value = serde_json::from_slice(&server.posts()[0].body).unwrap();
        let entries = body["entry"].as_array().unwrap();
        let changes = server.changes();
        let messages: Vec<_> =
            changes.iter().flat_map(|change| change["value"]["messages"].as_array().cloned().unwrap()).collect();
        let texts: Vec<_> = messages.iter().map(|message| message["text"]["body"].clone()).collect();
        assert_eq!(texts, ["1", "2", "3", "4"]);
        match layout {
            BatchLayout::Value => {
                assert_eq!((entries.len(), changes.len()), (1, 1));
                assert_eq!(changes[0]["value"]["contacts"].as_array().unwrap().len(), 2, "shorter than messages");
            }
            BatchLayout::Changes => assert_eq!((entries.len(), changes.len()), (1, 4)),
            _ if layout == BatchLayout::Entries => assert_eq!((entries.len(), changes.len()), (4, 4)),
            _ => assert!(entries.len() <= changes.len() && changes.len() <= 4),
        }
        users[0].expect_acknowledged(messages[0]["id"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn a_batch_is_posted_after_its_wait_and_mixes_messages_with_statuses() {
    let batching =
        Batching::default().with_max_updates(100).with_max_wait(Duration::from_mins(1)).with_layout(BatchLayout::Value);
    let emulator = builder()
        .frozen_clock(std::time::UNIX_EPOCH + Duration::from_hours(500_000))
        .batching(batching)
        .start()
        .await
        .unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = crate::support::Graph::new(&emulator);
    server.will_respond(&[500]);
    emulator.user("+34600000000").says("hi").await;
    graph.text("34600000000", "a").await;
    assert!(server.posts().is_empty());
    emulator.advance(Duration::from_mins(1));
    attempted(&emulator, 1).await;
    emulator.advance(Duration::from_mins(1));
    emulator.expect_idle().await;
    let posts = server.posts();
    assert_eq!(posts.len(), 2, "the whole batch is repeated");
    assert_eq!(posts[0].body, posts[1].body);
    let value = posts[0].value();
    assert_eq!((value["messages"].as_array().unwrap().len(), value["statuses"].as_array().unwrap().len()), (1, 2));
}

/// Meta redelivers for up to seven days.
#[tokio::test]
async fn the_meta_policy_redelivers_at_growing_intervals() {
    let start = std::time::UNIX_EPOCH + Duration::from_hours(500_000);
    let emulator =
        builder().frozen_clock(start).redelivery(waxwing_emulator::RedeliveryPolicy::meta()).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    server.will_respond(&[500; 100]);
    emulator.user("+34600000000").says("hi").await;
    let is_abandoned =
        || emulator.timeline().iter().any(|event| matches!(event.kind, TimelineEventKind::WebhookAbandoned { .. }));
    let mut pause = 30;
    for attempts in 2.. {
        attempted(&emulator, attempts).await;
        if is_abandoned() {
            break;
        }
        emulator.advance(Duration::from_secs(pause));
        pause = (2 * pause).min(12 * 3600);
    }
    let times: Vec<_> = attempts(&emulator).map(|event| event.at.duration_since(start).unwrap().as_secs()).collect();
    assert!((15..40).contains(&times.len()), "{times:?}");
    assert_eq!(times[..2], [0, 0]);
    assert!(*times.last().unwrap() <= 7 * 24 * 3600);
}

/// The same seed and client produce the same timeline, except the interleaving of different queues.
#[tokio::test]
async fn the_seed_determines_the_timeline() {
    let mut runs = Vec::new();
    for seed in [11, 11, 12] {
        let start = std::time::UNIX_EPOCH + Duration::from_hours(500_000);
        let delays = StatusDelays::default().with_read(Some(Duration::from_secs(1)));
        let emulator = builder().seed(seed).frozen_clock(start).status_delays(delays).start().await.unwrap();
        let server = WebhookServer::start(&emulator).await;
        let graph = crate::support::Graph::new(&emulator);
        for fault in [
            Fault::webhook(UpdateFilter::All, WebhookFault::Duplicate { copies: 1 }).rate(0.3),
            Fault::webhook(UpdateFilter::All, WebhookFault::Delay(Duration::from_millis(1500))).rate(0.3),
            Fault::webhook(UpdateFilter::Statuses, WebhookFault::Lose).rate(0.2),
            Fault::webhook(UpdateFilter::All, WebhookFault::Reorder).rate(0.2),
            Fault::graph(
                waxwing_emulator::GraphEndpoint::Send,
                waxwing_emulator::FaultEffect::Error { code: 131_000, http: 500 },
            )
            .rate(0.3),
        ] {
            emulator.inject(fault);
        }
        let ana = emulator.user("+34600000000");
        let mut codes = Vec::new();
        for round in 0..10 {
            ana.says(format!("message {round}")).await;
            codes.push(graph.post(json!({"to": "34600000000", "type": "text", "text": {"body": "a"}})).await.0);
            emulator.advance(Duration::from_secs(1));
        }
        for _ in 0..4 {
            emulator.advance(Duration::from_secs(1));
        }
        emulator.expect_idle().await;
        let (attempts, rest): (Vec<_>, Vec<_>) = emulator
            .timeline()
            .into_iter()
            .partition(|event| matches!(event.kind, TimelineEventKind::WebhookAttempt { .. }));
        let rest: Vec<_> = rest.into_iter().map(|event| (event.at, event.kind)).collect();
        let mut attempts: Vec<_> = attempts.into_iter().map(|event| format!("{:?}", event.kind)).collect();
        attempts.sort();
        let mut bodies: Vec<_> = server.posts().into_iter().map(|post| post.body).collect();
        bodies.sort();
        runs.push((codes, rest, attempts, bodies));
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].0 != runs[2].0 && runs[0].1 != runs[2].1);
}
