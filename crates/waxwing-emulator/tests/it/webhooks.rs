//! Webhooks.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use waxwing_emulator::{Error, FaultEffect, Persona, RedeliveryPolicy, TimelineEventKind, WebhookSubject};

use crate::support::{Graph, WebhookServer, builder, start};

/// Meta: verification requests.
#[tokio::test]
async fn the_webhook_is_verified_with_a_challenge() {
    let (emulator, server, _graph) = start().await;
    let verification = emulator.verify_webhook().await.unwrap();
    assert!(verification.is_accepted(), "{verification:?}");
    emulator.set_webhook(server.url.replace("/webhook", "/elsewhere"));
    let verification = emulator.verify_webhook().await.unwrap();
    assert!(!verification.is_accepted() && verification.response.status == 404);

    let other = builder().verify_token("another").start().await.unwrap();
    assert!(matches!(other.verify_webhook().await, Err(Error::NoWebhook)));
    other.set_webhook(&server.url);
    assert_eq!(other.verify_webhook().await.unwrap().response.status, 403);
    other.set_webhook("no url");
    assert!(matches!(other.verify_webhook().await, Err(Error::WebhookUrl(_))));
}

/// Meta: validate payloads.
#[tokio::test]
async fn posts_are_signed_over_the_escaped_bytes() {
    let emulator = builder().app_secret(Some("a secret".into())).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    emulator.user("+34600000000").says("¡Olé! 😀 https://x/").await;
    emulator.expect_idle().await;
    let post = &server.posts()[0];
    assert!(post.body.is_ascii());
    let text = String::from_utf8(post.body.to_vec()).unwrap();
    assert!(text.contains(r#""\u00a1Ol\u00e9! \ud83d\ude00 https:\/\/x\/""#), "{text}");

    let mut mac = Hmac::<Sha256>::new_from_slice(b"a secret").unwrap();
    mac.update(&post.body);
    let signature = post.headers["x-hub-signature-256"].to_str().unwrap();
    mac.verify_slice(&hex::decode(signature.strip_prefix("sha256=").unwrap()).unwrap()).unwrap();
    assert_eq!(signature, signature.to_lowercase());
    assert_eq!(post.headers["content-type"], "application/json");
}

/// Meta: webhooks, text messages; business-scoped user ids.
#[tokio::test]
async fn a_message_has_its_envelope() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user(Persona::phone("+34 600 000 000").name("Ana").username("ana.b").with_bsuid("ES.1234"));
    let id = ana.says("hi").await;
    emulator.expect_idle().await;
    let mut body: Value = serde_json::from_slice(&server.posts()[0].body).unwrap();
    let timestamp = body["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"].take();
    assert!(timestamp.as_str().unwrap().parse::<u64>().unwrap() > 1_700_000_000);
    assert_eq!(
        body,
        json!({"object": "whatsapp_business_account", "entry": [{"id": "2000002", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550001111", "phone_number_id": "1000001"},
            "contacts": [{"profile": {"name": "Ana", "username": "ana.b"}, "wa_id": "34600000000", "user_id": "ES.1234"}],
            "messages": [{
                "id": id, "from": "34600000000", "from_user_id": "ES.1234", "timestamp": null, "type": "text", "text": {"body": "hi"},
            }],
        }}]}]})
    );
}

/// Meta: business-scoped user ids, presence.
#[tokio::test]
async fn webhooks_identify_users_by_their_visible_addresses() {
    let (emulator, server, _graph) = start().await;
    emulator.user_without_phone("ES.123", "Ben Cruz").says("hi").await;
    emulator.expect_idle().await;
    emulator.user(Persona::phone("34600000001").without_bsuid()).says("hi").await;
    emulator.expect_idle().await;
    let values: Vec<_> = server.posts().iter().map(crate::support::Post::value).collect();
    assert_eq!(
        values[0]["contacts"],
        json!([{"profile": {"name": "Ben Cruz", "username": "ben.cruz"}, "user_id": "ES.123"}])
    );
    assert_eq!(
        (&values[0]["messages"][0]["from"], &values[0]["messages"][0]["from_user_id"]),
        (&Value::Null, &json!("ES.123"))
    );
    assert_eq!(values[1]["contacts"][0]["user_id"], Value::Null);
    assert_eq!(values[1]["messages"][0]["from"], "34600000001");
    assert!(values[1]["messages"][0].get("from_user_id").is_none());
}

/// Meta: webhooks, context.
#[tokio::test]
async fn a_reply_has_a_context() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let question = graph.text("34600000000", "tea?").await;
    ana.replies(&question, "yes").await;
    emulator.expect_idle().await;
    assert_eq!(server.messages()[1]["context"], json!({"from": "15550001111", "id": question}));
}

/// Meta: webhooks, statuses.
#[tokio::test]
async fn statuses_arrive_in_order_with_the_callback_data() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let body = json!({"to": "34600000000", "type": "text", "text": {"body": "a"}, "biz_opaque_callback_data": "job-7"});
    let id = graph.post(body).await.1["messages"][0]["id"].clone();
    emulator.expect_idle().await;
    ana.reads_all();
    ana.reads_all();
    emulator.expect_idle().await;

    let values = server.statuses();
    let names: Vec<_> = values.iter().map(|value| value["statuses"][0]["status"].as_str().unwrap()).collect();
    assert_eq!(names, ["sent", "delivered", "read"]);
    for value in &values {
        let status = &value["statuses"][0];
        assert_eq!((&status["id"], &status["biz_opaque_callback_data"]), (&id, &json!("job-7")));
        assert_eq!(status["recipient_id"], "34600000000");
        assert_eq!(status["recipient_user_id"], json!(ana.bsuid()));
        assert_eq!(status["pricing"]["pricing_model"], "PMP");
        assert_eq!(value["contacts"][0]["wa_id"], "34600000000");
        assert!(status["timestamp"].is_string());
    }
}

/// Meta: business-scoped user ids, presence. The username is visible from `delivered` on.
#[tokio::test]
async fn statuses_of_users_without_a_phone_number_contain_the_bsuid() {
    let (emulator, server, graph) = start().await;
    emulator.user_without_phone("ES.123", "Ben").says("hi").await;
    let text = || json!({"recipient": "ES.123", "type": "text", "text": {"body": "a"}});
    graph.post(text()).await;
    emulator.expect_idle().await;
    let values = server.statuses();
    assert_eq!(values.len(), 2);
    assert!(values.iter().all(|value| value["statuses"][0].get("recipient_id").is_none()));
    assert!(values.iter().all(|value| value["statuses"][0]["recipient_user_id"] == "ES.123"));
    assert_eq!(values[0]["contacts"][0]["profile"]["username"], Value::Null);
    assert_eq!(values[1]["contacts"][0]["profile"]["username"], "ben");
}

/// Meta: business-scoped user ids, presence. A failed status contains only the address of the message, and no `contacts`.
#[tokio::test]
async fn failed_statuses_contain_only_the_address() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let bsuid = ana.bsuid().unwrap();
    for address in [json!({"to": "34600000000"}), json!({"recipient": bsuid})] {
        emulator.next_send(FaultEffect::AcceptThenFail { code: 131_026 });
        let mut body = address;
        body["type"] = "text".into();
        body["text"] = json!({"body": "a"});
        assert_eq!(graph.post(body).await.0, 200);
        emulator.expect_idle().await;
    }
    let values = server.statuses();
    assert!(values.iter().all(|value| value.get("contacts").is_none()));
    let named = |index: usize| {
        let status: &Value = &values[index]["statuses"][0];
        (status["recipient_id"].clone(), status["recipient_user_id"].clone())
    };
    assert_eq!(named(0), (json!("34600000000"), Value::Null));
    assert_eq!(named(1), (Value::Null, json!(bsuid)));
}

/// Meta: set up webhooks, retries. Only 200 counts.
#[tokio::test]
async fn a_webhook_is_repeated_until_200_byte_for_byte() {
    let (emulator, server, _graph) = start().await;
    server.will_respond(&[500, 404, 204, 302]);
    let ana = emulator.user("+34600000000");
    let id = ana.says("hi").await;
    ana.expect_acknowledged(&id).await;
    let posts = server.posts();
    assert_eq!(posts.len(), 5);
    assert!(posts.iter().all(|post| post.body == posts[0].body));

    let attempts = emulator.timeline().into_iter().filter_map(|event| match event.kind {
        TimelineEventKind::WebhookAttempt { subject: WebhookSubject::Message { message, .. }, attempt, status }
            if message == id =>
        {
            Some((attempt, status))
        }
        _ => None,
    });
    let attempts: Vec<_> = attempts.collect();
    assert_eq!(attempts, [(1, Some(500)), (2, Some(404)), (3, Some(204)), (4, Some(302)), (5, Some(200))]);
}

#[tokio::test]
async fn redelivery_keeps_the_order_of_a_users_messages() {
    let (emulator, server, _graph) = start().await;
    server.will_respond(&[500, 500, 500]);
    let ana = emulator.user("+34600000000");
    for text in ["one", "two", "three"] {
        ana.says(text).await;
    }
    emulator.expect_idle().await;
    let texts: Vec<_> = server.messages().iter().map(|message| message["text"]["body"].clone()).collect();
    assert_eq!(texts, ["one", "one", "one", "one", "two", "three"]);
}

#[tokio::test]
async fn a_webhook_is_abandoned_after_the_last_attempt() {
    let redelivery = RedeliveryPolicy::default().with_initial_backoff(Duration::from_millis(1)).with_max_attempts(2);
    let emulator = builder().redelivery(redelivery).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    server.will_respond(&[500, 500]);
    let ana = emulator.user("+34600000000");
    ana.says("lost").await;
    ana.says("found").await;
    emulator.expect_idle().await;
    assert_eq!(server.posts().len(), 3);
    assert_eq!(
        emulator
            .timeline()
            .iter()
            .filter(|event| matches!(event.kind, TimelineEventKind::WebhookAbandoned { .. }))
            .count(),
        1
    );
}

/// Meta: set up webhooks, retries: up to seven days.
#[tokio::test]
async fn a_webhook_is_abandoned_after_seven_days() {
    let redelivery = RedeliveryPolicy::default()
        .with_initial_backoff(Duration::from_hours(1))
        .with_max_backoff(Duration::from_hours(8 * 24));
    let emulator = builder().redelivery(redelivery).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    server.will_respond(&[500; 20]);
    emulator.user("+34600000000").says("lost").await;
    let settled = emulator.expect_idle();
    tokio::pin!(settled);
    while !emulator.timeline().iter().any(|event| matches!(event.kind, TimelineEventKind::WebhookAbandoned { .. })) {
        emulator.advance(Duration::from_hours(24));
        tokio::select! {
            () = &mut settled => break,
            () = tokio::task::yield_now() => {}
        }
    }
    assert!((2..=8).contains(&server.posts().len()), "{}", server.posts().len());
}

#[tokio::test]
async fn webhooks_wait_for_a_url_and_for_a_server() {
    let emulator = builder().start().await.unwrap();
    let ana = emulator.user("+34600000000");
    let id = ana.says("hi").await;
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    emulator.set_webhook(format!("http://{}/", dead.local_addr().unwrap()));
    drop(dead);
    let server = WebhookServer::start(&emulator).await;
    ana.expect_acknowledged(&id).await;
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn held_statuses_wait_for_their_release() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    emulator.hold_statuses();
    ana.says("hi").await;
    graph.text("34600000000", "a").await;
    let second = ana.says("messages are not held").await;
    ana.expect_acknowledged(&second).await;
    assert!(server.statuses().is_empty());
    emulator.release_statuses();
    emulator.expect_idle().await;
    assert_eq!(server.statuses().len(), 2);
}

#[tokio::test]
async fn the_seed_determines_the_ids() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let emulator = builder().seed(42).start().await.unwrap();
        let server = WebhookServer::start(&emulator).await;
        let ana = emulator.user("+34600000000");
        let said = ana.says("hi").await;
        let got = Graph::new(&emulator).text("34600000000", "a").await;
        emulator.expect_idle().await;
        let image = ana.sends_image("png", "image/png", None).await;
        emulator.expect_idle().await;
        let media = server.messages()[1]["image"]["id"].clone();
        runs.push((said, got, image, media, ana.bsuid()));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn raw_posts_are_not_redelivered() {
    let (emulator, server, _graph) = start().await;
    server.will_respond(&[403, 500]);
    assert_eq!(emulator.post_webhook(&json!({"object": "page", "é": 1})).await.unwrap().status, 403);
    let body = b"not json".as_slice();
    let answer =
        emulator.post_raw(body, &[("X-Hub-Signature-256", &emulator.signature(body)), ("X-Other", "1")]).await.unwrap();
    assert_eq!(answer.status, 500);
    let posts = server.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].body.as_ref(), br#"{"object":"page","\u00e9":1}"#);
    assert_eq!((posts[1].body.as_ref(), &posts[1].headers["x-other"]), (body, &"1".parse().unwrap()));
    assert!(posts[1].headers.get("content-type").is_none());
}
