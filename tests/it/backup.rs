//! Backups with the program: written while a server runs, and restored to another place.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use waxwing_emulator::FaultEffect;
use waxwing_tests::{ProcessOutput, TestEnv};

const ANA: &str = "+34600000000";

/// Duration that is longer than any test.
const NEVER: &str = "1h";

const RESTORED: &str = "sqlite://restored.db";

async fn run(env: &TestEnv, arguments: &[&str]) -> ProcessOutput {
    env.run(arguments).output().await
}

/// Runs a command that succeeds, and returns its output.
async fn succeed(env: &TestEnv, arguments: &[&str]) -> String {
    let ended = run(env, arguments).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

/// Runs a command that fails with this text.
async fn fail(env: &TestEnv, arguments: &[&str], expected: &str) {
    let ended = run(env, arguments).await;
    assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.stderr);
    assert!(ended.stderr.contains(expected) || ended.stdout.contains(expected), "{}{}", ended.stdout, ended.stderr);
}

/// Lists the outbox of the restored database, newest first.
async fn outbox(env: &TestEnv) -> Vec<Value> {
    let ended = env.run(&["outbox", "list", "--json"]).set("DATABASE_URL", RESTORED).output().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_restored_and_nothing_is_sent_twice() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("before").await;
    ana.expect_text("echo before").await;
    env.emulator.expect_idle().await;
    // Meta accepts the next message, and the server does not learn of it.
    env.emulator.hold_statuses();
    env.emulator.next_send(FaultEffect::Delay(Duration::from_hours(1)));
    ana.says("unknown").await;
    ana.expect_text("echo unknown").await;

    let backup = env.run(&["db", "backup", "backup"]).spawn();
    let ben = env.emulator.user("+34600000001");
    for nth in 0..10 {
        ben.says(format!("during {nth}")).await;
        ben.expect_text(&format!("echo during {nth}")).await;
    }
    let ended = backup.wait().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("backup backup written"), "{}", ended.stdout);
    succeed(&env, &["db", "verify", "backup"]).await;
    succeed(&env, &["db", "verify"]).await;
    server.kill().await;

    let told = succeed(&env, &["db", "restore", "backup", "--to", RESTORED]).await;
    assert!(
        told.contains("restored as it was at 2") && told.contains("messages to users may have been sent"),
        "{told}"
    );
    let (server, _) =
        env.serve("echo").set("DATABASE_URL", RESTORED).set("WAXWING_IN_DOUBT_WINDOW", "100ms").start().await;
    let dead = outbox(&env).await.into_iter().find(|row| row["state"] == "dead_letter").unwrap();
    assert!(dead["reason"].as_str().unwrap().contains("may have been sent after the backup"), "{dead}");
    env.emulator.release_statuses();
    ana.says("next").await;
    ana.expect_text("echo next").await;
    env.emulator.expect_idle().await;
    // The status proved that the message was sent before.
    let row = outbox(&env).await.into_iter().find(|row| row["id"] == dead["id"]).unwrap();
    assert_eq!(row["state"], "delivered");
    env.drain(server).await;
    ana.expect_nothing().await;
    ben.expect_nothing().await;

    let history = env.run(&["users", "export", ANA]).set("DATABASE_URL", RESTORED).output().await.stdout;
    for text in ["before", "unknown", "next"] {
        assert!(history.contains(&format!("echo {text}")), "{text}: {history}");
    }
    let checked = env.run(&["db", "verify"]).set("DATABASE_URL", RESTORED).output().await;
    assert_eq!(checked.code, Some(0), "{}", checked.stdout);
}

#[tokio::test]
async fn a_message_without_an_answer_is_answered_only_if_the_database_has_moved() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").set("WAXWING_DEBOUNCE", NEVER).set("WAXWING_DEBOUNCE_MAX", NEVER).start().await;
    let message = ana.says("one").await;
    ana.expect_acknowledged(&message).await;
    succeed(&env, &["db", "backup", "online"]).await;
    server.kill().await;
    succeed(&env, &["db", "backup", "offline"]).await;

    let told = succeed(&env, &["db", "restore", "online", "--to", RESTORED]).await;
    assert!(told.contains("1 messages of users may have been answered"), "{told}");
    let (server, _) = env.serve("echo").set("DATABASE_URL", RESTORED).start().await;
    ana.says("two").await;
    ana.expect_text("echo two").await;
    env.drain(server).await;
    ana.expect_nothing().await;

    fail(&env, &["db", "restore", "online", "--to", "sqlite://moved.db", "--keep-pending"], "during the backup").await;
    succeed(&env, &["db", "restore", "offline", "--to", "sqlite://moved.db", "--keep-pending"]).await;
    let (server, _) = env.serve("echo").set("DATABASE_URL", "sqlite://moved.db").start().await;
    ana.expect_text("echo one").await;
    env.drain(server).await;
}

#[tokio::test]
async fn a_damaged_backup_and_a_place_with_a_database_are_refused() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    succeed(&env, &["db", "backup", "backup"]).await;
    fail(&env, &["db", "backup", "backup"], "choose another name, or replace that backup with --overwrite").await;
    succeed(&env, &["db", "backup", "backup", "--overwrite"]).await;
    fail(&env, &["db", "restore", "backup"], "test.db exists; restore to another place with --to").await;
    env.drain(server).await;

    let database = env.path("backup/waxwing.db");
    let length = std::fs::metadata(&database).unwrap().len();
    std::fs::File::options().write(true).open(&database).unwrap().set_len(length / 2).unwrap();
    fail(&env, &["db", "verify", "backup"], "waxwing.db has").await;
    fail(&env, &["db", "restore", "backup", "--to", RESTORED], "the backup cannot be restored: waxwing.db has").await;
    assert!(!env.path("restored.db").exists());
    fail(&env, &["db", "verify", "nothing"], "nothing does not exist").await;
    fail(&env, &["db", "restore", "nothing", "--to", RESTORED], "nothing does not exist").await;
    // Text of a user is in no output.
    std::fs::write(env.path("test.db"), "x".repeat(8192)).unwrap();
    // The write-ahead log has the pages of the database.
    let _ = std::fs::remove_file(env.path("test.db-wal"));
    fail(&env, &["db", "verify"], "not an SQLite database").await;
    fail(&env, &["db", "backup", "other"], "no backup written").await;
    assert!(!env.path("other").exists());
}

#[tokio::test]
async fn a_killed_backup_leaves_nothing_under_its_name() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    env.drain(server).await;
    fill(&env.path("test.db"));
    let (part, backup) = (env.path(".backup.part"), env.path("backup"));
    let mut killed = 0;
    for _ in 0..10 {
        let process = env.run(&["db", "backup", "backup"]).spawn();
        let started = async {
            while !part.join("waxwing.db").exists() && !backup.exists() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), started).await.expect("the backup starts");
        process.kill().await;
        if backup.exists() {
            succeed(&env, &["db", "verify", "backup"]).await;
            std::fs::remove_dir_all(&backup).unwrap();
        } else {
            killed += 1;
        }
    }
    assert!(killed > 0, "no backup was killed before it was complete");
    succeed(&env, &["db", "backup", "backup"]).await;
    succeed(&env, &["db", "verify", "backup"]).await;
    assert!(!part.exists());
}

/// Adds so much data that a backup takes a while.
fn fill(database: &Path) {
    let conn = rusqlite::Connection::open(database).unwrap();
    let insert = "INSERT INTO quarantine (reason, body, received_at) VALUES ('test', randomblob(1000000), 0)";
    for _ in 0..20 {
        conn.execute(insert, ()).unwrap();
    }
}
