//! Responses of a server to valid and invalid requests.

use serde_json::{Value, json};
use waxwing_tests::TestEnv;

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text:?}"))
}

#[tokio::test]
async fn signatures_are_checked_before_anything_is_read() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#.to_vec();
    let good = env.emulator.signature(&body);
    let wrong = format!("sha256={}", "0".repeat(64));
    for header in [None, Some(wrong.as_str()), Some("sha256=zz"), Some("ünsinn"), Some(""), Some(&good[7..])] {
        let headers: Vec<_> = header.iter().map(|header| ("X-Hub-Signature-256", *header)).collect();
        let answer = env.emulator.post_raw(body.clone(), &headers).await.unwrap();
        assert_eq!(answer.status, 403, "{header:?}");
        assert_eq!(json(&answer.body), json!({"detail": "the signature is missing or wrong"}));
    }
    let answer = env.emulator.post_raw(body, &[("X-Hub-Signature-256", &good)]).await.unwrap();
    assert_eq!((answer.status, json(&answer.body)), (200, json!({"status": "processing"})));
}

#[tokio::test]
async fn whatever_json_it_is_it_is_acknowledged() {
    let env = TestEnv::new().await;
    let (mut server, _) = env.serve("echo").start().await;
    let account = |entry: Value| json!({"object": "whatsapp_business_account", "entry": entry});
    for (body, status) in [
        (account(json!([])), "processing"),
        (account(json!({"id": 1})), "processing"),
        (account(json!([null, 7, {"changes": [{"field": "messages"}]}])), "processing"),
        (account(json!([{"changes": [{"field": "moon_phase", "value": {"phase": "new"}}]}])), "processing"),
        (json!({"object": "page", "entry": []}), "ignored"),
        (json!({"object": 5}), "ignored"),
        (json!([]), "ignored"),
        (json!("hi"), "ignored"),
        (Value::Null, "ignored"),
    ] {
        for _ in 0..2 {
            let answer = env.emulator.post_webhook(&body).await.unwrap();
            assert_eq!((answer.status, json(&answer.body)), (200, json!({"status": status})), "{body}");
        }
    }
    let ana = env.emulator.user("+34600000000");
    ana.says("still alive?").await;
    ana.expect_text("echo still alive?").await;
    server.wait_for_log("webhook item quarantined").await;
    assert_eq!(server.log().matches("moon_phase").count(), 1, "told once per kind: {}", server.log());
    assert!(!server.log().contains("panic"), "{}", server.log());
}

#[tokio::test]
async fn what_is_signed_but_not_json_or_too_large_is_refused() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    let signed = async |body: Vec<u8>| {
        let signature = env.emulator.signature(&body);
        let answer = env.emulator.post_raw(body, &[("X-Hub-Signature-256", &signature)]).await.unwrap();
        (answer.status, json(&answer.body))
    };
    for body in [&b""[..], b"{", b"\xff\xfe", b"{} {}"] {
        assert_eq!(signed(body.to_vec()).await, (400, json!({"detail": "the body is not JSON"})), "{body:?}");
    }
    let large = signed(vec![b' '; 4 * 1024 * 1024]).await;
    assert_eq!(large, (413, json!({"detail": "the body is larger than 3 MiB"})));
    let mut padded = br#"{"object":"whatsapp_business_account","entry":[]}"#.to_vec();
    padded.resize(3 * 1024 * 1024, b' ');
    assert_eq!(signed(padded).await.0, 200);
}

#[tokio::test]
async fn the_challenge_status_and_health_are_answered() {
    let env = TestEnv::new().await;
    let (_server, origin) = env.serve("echo").start().await;
    let get = async |path: String| {
        let response = reqwest::get(format!("{origin}{path}")).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let token = env.emulator.verify_token();
    let challenge = |query: String| get(format!("/whatsapp/webhook?{query}"));
    let good = challenge(format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=01x")).await;
    assert_eq!(good, (200, "01x".into()));
    for query in [
        "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1".to_owned(),
        format!("hub.mode=other&hub.verify_token={token}&hub.challenge=1"),
        String::new(),
    ] {
        assert_eq!(challenge(query.clone()).await.0, 403, "{query}");
    }
    assert_eq!(challenge(format!("hub.mode=subscribe&hub.verify_token={token}")).await.0, 400);
    assert_eq!(get("/whatsapp/status".into()).await, (200, r#"{"status":"available"}"#.into()));
    let (status, health) = get("/health".into()).await;
    assert_eq!((status, &json(&health)["signatures"]), (200, &json!("checked")));
    assert_eq!(get("/elsewhere".into()).await.0, 404);
}

#[tokio::test]
async fn a_server_whose_token_is_refused_is_not_ready() {
    let env = TestEnv::new().await;
    let (server, origin) = env.serve("echo").set("WHATSAPP_ACCESS_TOKEN", "revoked").start().await;
    let get = async |path: &str| {
        let response = reqwest::get(format!("{origin}{path}")).await.unwrap();
        (response.status().as_u16(), json(&response.text().await.unwrap()))
    };
    let ready = json!({ "status": "ready", "reasons": [], "signatures": "checked" });
    assert_eq!(get("/health/ready").await, (200, ready));
    env.emulator.user("+34600000000").says("hi").await;
    let unavailable = json!({ "status": "unavailable", "reasons": ["token"], "signatures": "checked" });
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let (status, body) = get("/health/ready").await;
        if status == 503 {
            assert_eq!(body, unavailable);
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{}", server.log());
    }
    assert_eq!(get("/health/live").await, (200, json!({ "status": "alive" })));
}

#[tokio::test]
async fn without_a_verify_token_the_challenge_is_answered_with_500() {
    let env = TestEnv::new().await;
    let (_server, origin) = env.serve("echo").unset("WHATSAPP_VERIFY_TOKEN").start().await;
    let response = reqwest::get(format!("{origin}/whatsapp/webhook?hub.mode=x")).await.unwrap();
    assert_eq!(response.status().as_u16(), 500);
}

#[tokio::test]
async fn nothing_personal_and_no_secret_is_logged() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("a very private matter").await;
    ana.expect_text("echo a very private matter").await;
    env.emulator.next_send(waxwing_emulator::FaultEffect::Error { code: 131_047, http: 400 });
    ana.says("another one").await;
    env.emulator.expect_idle().await;
    let ended = server.terminate().await;
    let bsuid = ana.bsuid().unwrap();
    for secret in [
        "34600000000",
        &bsuid,
        "private",
        "wamid",
        env.emulator.access_token(),
        env.emulator.app_secret().unwrap(),
        env.emulator.verify_token(),
    ] {
        assert!(!ended.stderr.contains(secret), "{secret} is in the log:\n{}", ended.stderr);
    }
}
