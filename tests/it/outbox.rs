//! Messages that Meta refuses.

use serde_json::{Value, json};
use waxwing_emulator::FaultEffect;
use waxwing_tests::TestEnv;

async fn outbox(env: &TestEnv, arguments: &[&str]) -> Vec<Value> {
    let ended = env.run(&[&["outbox", "list", "--json"], arguments].concat()).output().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn what_meta_refuses_for_now_is_tried_again_in_order() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").set("WAXWING_RETRY_CAP", "50ms").start().await;
    for outcome in [FaultEffect::Error { code: 131_056, http: 400 }, FaultEffect::Error { code: 131_016, http: 500 }] {
        env.emulator.next_send(outcome);
    }
    ana.says("one").await;
    ana.says("two").await;
    ana.expect_text("echo one").await;
    ana.expect_text("echo two").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn what_meta_refuses_is_listed_and_can_be_queued_again() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (mut server, _) = env.serve("echo").start().await;
    env.emulator.next_send(FaultEffect::Error { code: 131_026, http: 400 });
    ana.says("one").await;
    server.wait_for_log("message refused; not sent").await;
    ana.says("two").await;
    ana.expect_text("echo two").await;

    let dead = outbox(&env, &["--state", "failed"]).await;
    let [row] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!((&row["code"], &row["attempts"], &row["kind"]), (&131_026.into(), &1.into(), &"text".into()));
    let id = row["id"].to_string();
    let requeued = env.run(&["outbox", "requeue", &id]).output().await;
    assert_eq!(requeued.code, Some(0), "{}", requeued.stderr);
    ana.expect_text("echo one").await;
    assert!(outbox(&env, &["--state", "failed"]).await.is_empty());

    let again = env.run(&["outbox", "requeue", &id]).output().await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("operation not allowed in state"), "{}", again.stderr);
    let unknown = env.run(&["outbox", "requeue", "999"]).output().await;
    assert!(unknown.code == Some(1) && unknown.stderr.contains("row not found"), "{}", unknown.stderr);
}

#[tokio::test]
async fn a_refused_message_does_not_hold_the_messages_behind_it() {
    // A marketing message held back, a paused template, a payment problem of calls: design-details 4, cloud-api 12.6.
    for code in [131_049, 132_015, 131_044, 131_050, 131_053] {
        let env = TestEnv::new().await;
        let ana = env.emulator.user("+34600000000");
        let (mut server, _) = env.serve("echo").start().await;
        env.emulator.next_send(FaultEffect::Error { code, http: 400 });
        ana.says("one").await;
        server.wait_for_log("message refused; not sent").await;
        ana.says("two").await;
        ana.expect_text("echo two").await;
        let failed = outbox(&env, &["--state", "failed"]).await;
        let [row] = &failed[..] else { panic!("{code}: {failed:?}") };
        assert_eq!((&row["code"], &row["attempts"]), (&code.into(), &1.into()));
        let reason = row["reason"].as_str().unwrap();
        assert!(reason.contains("; ") && !reason.contains("see Meta's list"), "operators read the cause: {reason}");
    }
}

#[tokio::test]
async fn statuses_move_the_rows_and_the_list_works_without_a_server() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    env.emulator.next_send(FaultEffect::AcceptThenFail { code: 131_026 });
    ana.says("two").await;
    ana.says("three").await;
    ana.expect_text("echo three").await;
    ana.reads_all();
    env.emulator.expect_idle().await;
    assert_eq!(server.terminate().await.code, Some(0));
    let states: Vec<_> = outbox(&env, &[]).await.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["read", "failed", "read"]);
    let failed = outbox(&env, &["--state", "failed"]).await;
    assert_eq!(failed[0]["code"], 131_026);
}

#[tokio::test]
async fn a_message_is_shown_with_its_whole_way() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").start().await;
    env.emulator.next_send(FaultEffect::Error { code: 131_016, http: 500 });
    env.emulator.next_send(FaultEffect::AcceptThenFail { code: 131_026 });
    ana.says("one").await;
    ana.says("two").await;
    ana.expect_text("echo two").await;
    env.emulator.expect_idle().await;
    let id = outbox(&env, &["--state", "failed"]).await[0]["id"].to_string();
    let shown = async || {
        let ended = env.run(&["outbox", "show", "--json", &id]).output().await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()
    };
    let record = shown().await;
    let facts = json!([record["state"], record["code"], record["attempts"], record["number"]]);
    assert_eq!(facts, json!(["failed", 131_026, 2, env.emulator.phone_number_id()]));
    let requests = record["requests"].as_array().unwrap();
    assert_eq!((requests.len(), &requests[0]["message_id"]), (2, &Value::Null));
    assert_eq!(requests[1]["message_id"], record["message_id"]);
    let way: Vec<_> =
        record["events"].as_array().unwrap().iter().map(|event| json!([event["state"], event["code"]])).collect();
    assert_eq!(way, [json!(["accepted", null]), json!(["failed", 131_026])]);
    assert!(record["events"][0]["at"].as_i64() >= requests[1]["started_at"].as_i64());

    // The command has the same output without a server. Its output for people names the failure.
    assert_eq!(server.terminate().await.code, Some(0));
    assert_eq!(shown().await, record);
    let ended = env.run(&["outbox", "show", &id]).output().await;
    assert!(ended.stdout.starts_with(&format!("message {id}, failed since 2")), "{}", ended.stdout);
    assert!(ended.stdout.contains("attempt 2 failed: 131026"), "{}", ended.stdout);
    for secret in ["echo one", "34600000000"] {
        assert!(!ended.stdout.contains(secret) && !record.to_string().contains(secret), "{}", ended.stdout);
    }
}

#[tokio::test]
async fn each_refused_attempt_is_shown_with_its_code_and_what_helps() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (mut server, _) = env.serve("echo").set("WAXWING_RETRY_CAP", "50ms").start().await;
    for (code, http) in [(131_056, 400), (131_016, 500), (131_026, 400)] {
        env.emulator.next_send(FaultEffect::Error { code, http });
    }
    ana.says("one").await;
    let page = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes";
    let refused = server.wait_for_log("message refused; not sent").await;
    assert_eq!((&refused["code"], &refused["page"]), (&131_026.into(), &page.into()), "{refused}");
    assert!(refused["reason"].as_str().unwrap().contains("the user has no WhatsApp"), "{refused}");

    let id = outbox(&env, &["--state", "failed"]).await[0]["id"].to_string();
    let shown = env.run(&["outbox", "show", "--json", &id]).output().await.stdout;
    let record: Value = serde_json::from_str(&shown).unwrap();
    let requests = record["requests"].as_array().unwrap();
    let codes: Vec<_> = requests.iter().map(|request| request["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [131_056, 131_016, 131_026]);
    let explanation = &requests[0]["explanation"];
    assert_eq!(explanation["meaning"], "too many messages to one user in a short time");
    assert_eq!((&explanation["page"], explanation["remedy"].is_string()), (&page.into(), true));

    let text = env.run(&["outbox", "show", &id]).output().await.stdout;
    for expected in
        ["attempt 1 started, failed: 131056", "attempt 2 started, failed: 131016", "attempt 3 started, failed: 131026"]
    {
        assert!(text.contains(expected), "{text}");
    }
    assert!(text.contains("  meaning       meta's service is unavailable\n"), "{text}");
    assert!(text.contains("  to do         do not repeat the request"), "{text}");
    assert_eq!(text.matches(page).count(), 3, "{text}");
    assert!(!text.contains("echo one") && !text.contains("34600000000"), "{text}");
    env.drain(server).await;
}

#[tokio::test]
async fn a_message_that_waits_can_be_dropped() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (mut server, _) = env.serve("echo").set("WAXWING_IN_DOUBT_WINDOW", "1h").start().await;
    env.emulator.next_send(FaultEffect::DropConnection);
    ana.says("one").await;
    server.wait_for_log("send outcome unknown; waiting for a status webhook").await;
    ana.says("two").await;
    ana.expect_nothing().await;
    let id = outbox(&env, &["--state", "in_doubt"]).await[0]["id"].to_string();
    let drop = async |id: &str| env.run(&["outbox", "discard", id]).output().await;
    let dropped = drop(&id).await;
    assert_eq!((dropped.code, dropped.stdout), (Some(0), format!("message {id} discarded")), "{}", dropped.stderr);
    // The messages after the discarded message are sent.
    ana.expect_text("echo two").await;
    let dead = outbox(&env, &["--state", "dead_letter"]).await;
    assert_eq!((dead.len(), &dead[0]["reason"]), (1, &"discarded by an operator".into()));

    for server in [Some(server), None] {
        let again = drop(&id).await;
        assert_eq!(again.code, Some(1));
        assert!(again.stderr.contains("operation not allowed in state dead"), "{}", again.stderr);
        for command in ["show", "discard"] {
            let unknown = env.run(&["outbox", command, "999"]).output().await;
            assert!(unknown.code == Some(1) && unknown.stderr.contains("row not found"), "{}", unknown.stderr);
            let word = env.run(&["outbox", command, "one"]).output().await;
            assert!(word.code == Some(2) && word.stderr.contains("invalid value 'one'"), "{}", word.stderr);
        }
        if let Some(server) = server {
            server.terminate().await;
        }
    }
}

#[tokio::test]
async fn what_is_sent_is_forgotten_when_it_is_old() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let serve = env.serve("echo").set("WAXWING_KEEP_OUTBOX", "0s").set("WAXWING_RETENTION_INTERVAL", "100ms");
    let (mut server, _) = serve.set("RUST_LOG", "info,waxwing_engine::retention=debug").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    let swept = server.wait_for_log("old data removed").await;
    assert_eq!((&swept["outbox"], &swept["inbox"]), (&1.into(), &0.into()));
    assert!(outbox(&env, &[]).await.is_empty());
    // The server goes on, and accepts statuses of removed messages.
    ana.reads_all();
    ana.says("two").await;
    ana.expect_text("echo two").await;
    env.emulator.expect_idle().await;
}

#[tokio::test]
async fn a_list_without_a_database_says_so() {
    let env = TestEnv::new().await;
    let ended = env.run(&["outbox", "list"]).output().await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("there is no database at test.db"), "{}", ended.stderr);
    assert!(!env.path("test.db").exists());
}
