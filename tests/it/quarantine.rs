//! Command `waxwing quarantine`, for received data that could not be used.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use serde_json::{Value, json};
use waxwing_tests::TestEnv;

const ANA: &str = "+34600000000";

/// Returns the quarantined items.
async fn quarantine(env: &TestEnv) -> Vec<Value> {
    let listed = env.run(&["quarantine", "list", "--json"]).output().await;
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Quarantines a message that Ana has just written, as an older version could have done.
fn quarantine_message(env: &TestEnv, text: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seconds = now.as_secs().to_string();
    let message = json!({
        "from": "34600000000", "id": "wamid.quarantined", "timestamp": seconds, "type": "text", "text": { "body": text },
    });
    // The first byte is the format: plain.
    let body = [&[0], message.to_string().as_bytes()].concat();
    let database = Connection::open(env.path("test.db")).unwrap();
    database
        .execute(
            "INSERT INTO quarantine (number, reason, body, received_at) VALUES (?1, 'message of an odd form', ?2, ?3)",
            (env.emulator.phone_number_id(), body, i64::try_from(now.as_millis()).unwrap()),
        )
        .unwrap();
}

#[tokio::test]
async fn a_quarantined_message_is_requeued_and_answered_once() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    assert_eq!(server.terminate().await.code, Some(0));
    quarantine_message(&env, "once more");

    let id = quarantine(&env).await[0]["id"].to_string();
    let without_server = env.run(&["quarantine", "requeue", &id]).output().await;
    assert_eq!(without_server.code, Some(1));
    assert!(without_server.stderr.contains("no server uses the database"), "{}", without_server.stderr);

    let (server, _) = env.serve("echo").start().await;
    let shown = env.run(&["quarantine", "show", &id]).output().await;
    assert!(shown.stdout.contains("message of an odd form") && shown.stdout.contains("once more"), "{}", shown.stdout);
    let requeued = env.run(&["quarantine", "requeue", &id]).output().await;
    assert_eq!((requeued.code, requeued.stdout), (Some(0), format!("item {id} requeued")), "{}", requeued.stderr);
    ana.expect_text("echo once more").await;
    assert_eq!(quarantine(&env).await, [] as [Value; 0]);
    let again = env.run(&["quarantine", "requeue", &id]).output().await;
    assert!(again.code == Some(1) && again.stderr.contains("row not found"), "{}", again.stderr);
    assert_eq!(server.terminate().await.code, Some(0));
    assert_eq!(ana.messages().len(), 2);
}

#[tokio::test]
async fn data_that_stays_unusable_stays_in_the_quarantine() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    let changes = json!([{ "field": "moon_phase", "value": { "phase": "new" } }]);
    let webhook = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] });
    assert_eq!(env.emulator.post_webhook(&webhook).await.unwrap().status, 200);
    let items = quarantine(&env).await;
    assert_eq!((items.len(), &items[0]["reason"]), (1, &"field:moon_phase".into()), "{items:?}");

    let id = items[0]["id"].to_string();
    let requeued = env.run(&["quarantine", "requeue", &id]).output().await;
    assert_eq!(requeued.code, Some(1));
    assert!(requeued.stderr.contains("this version cannot use the data"), "{}", requeued.stderr);
    assert_eq!(quarantine(&env).await, items);

    // The commands have the same output without a server.
    let table = async || env.run(&["quarantine", "list"]).output().await.stdout;
    let with_server = table().await;
    assert_eq!(server.terminate().await.code, Some(0));
    assert_eq!(quarantine(&env).await, items);
    assert_eq!(table().await, with_server);
    let shown = env.run(&["quarantine", "show", "--json", &id]).output().await;
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!((&shown["reason"], &shown["body"]), (&"field:moon_phase".into(), &r#"{"phase":"new"}"#.into()));
}

#[tokio::test]
async fn received_data_cannot_control_the_terminal() {
    const HOSTILE: &str = "hi \u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{2066}";
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    let signature = env.emulator.signature(HOSTILE.as_bytes());
    let answer = env.emulator.post_raw(HOSTILE, &[("X-Hub-Signature-256", &signature)]).await.unwrap();
    assert_eq!(answer.status, 400);
    let id = quarantine(&env).await[0]["id"].to_string();
    for flags in [&[][..], &["--json"]] {
        let shown = env.run(&[&["quarantine", "show", &id], flags].concat()).output().await;
        assert!(shown.stdout.contains("hi "), "{}", shown.stderr);
        let is_unsafe = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{2066}'));
        assert!(!shown.stdout.contains(is_unsafe), "{flags:?}: {:?}", shown.stdout);
    }
    let wrong = env.run(&["quarantine", "list", "--database-url", "sqlite://\u{202e}\u{9b}.db"]).output().await;
    assert!(wrong.code == Some(2) && !wrong.stderr.contains(['\u{202e}', '\u{9b}']), "{:?}", wrong.stderr);
    server.terminate().await;
}
