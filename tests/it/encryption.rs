//! Encryption at rest with the program: a server with a storage key, and changes of the key.

use std::path::Path;

use waxwing_tests::{Launch, TestEnv};

const ANA: &str = "+34600000000";

const KEY: &str = "WAXWING_STORAGE_KEY";
const PREVIOUS: &str = "WAXWING_STORAGE_PREVIOUS_KEYS";
const FIRST: &str = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";
const SECOND: &str = "CwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCws=";

/// A word that users write and that no other file contains.
const MARK: &str = "GEHEIMSACHE";

/// Returns true if a file below a directory contains the mark.
fn is_on_disk(directory: &Path) -> bool {
    std::fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_on_disk(&path);
        }
        // A file of the server may be removed meanwhile.
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(MARK.len()).any(|part| part == MARK.as_bytes())
    })
}

/// Runs a command that succeeds, and returns its output.
async fn succeed(command: Launch<'_>) -> String {
    let ended = command.output().await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    ended.stdout
}

/// Runs a command that fails with this text.
async fn fail(command: Launch<'_>, expected: &str) {
    let ended = command.output().await;
    assert_ne!(ended.code, Some(0), "{}", ended.stdout);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[tokio::test]
async fn a_server_with_a_key_leaves_no_text_on_the_disk() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").set(KEY, FIRST).start().await;
    ana.says(format!("one {MARK}")).await;
    ana.expect_text(&format!("echo one {MARK}")).await;
    env.emulator.expect_idle().await;
    server.kill().await;
    assert!(!is_on_disk(&env.path("")));

    let (server, _) = env.serve("echo").set(KEY, FIRST).start().await;
    ana.says(format!("two {MARK}")).await;
    ana.expect_text(&format!("echo two {MARK}")).await;
    env.drain(server).await;
    assert!(!is_on_disk(&env.path("")));

    fail(env.run(&["users", "export", ANA]), "sealed with the storage key").await;
    fail(env.run(&["users", "export", ANA]).set(KEY, SECOND), PREVIOUS).await;
    fail(env.run(&["users", "export", ANA]).set(KEY, "short"), "openssl rand -base64 32").await;
    let exported = succeed(env.run(&["users", "export", ANA]).set(KEY, FIRST)).await;
    assert!(exported.contains(&format!("echo two {MARK}")), "{exported}");
}

#[tokio::test]
async fn a_plain_database_is_sealed_and_its_key_is_changed() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says(format!("one {MARK}")).await;
    ana.expect_text(&format!("echo one {MARK}")).await;
    env.drain(server).await;
    assert!(is_on_disk(&env.path("")));

    fail(env.run(&["db", "encrypt"]), "no storage key is set").await;
    let told = succeed(env.run(&["db", "encrypt"]).set(KEY, FIRST)).await;
    assert!(told.contains("values sealed"), "{told}");
    assert!(!is_on_disk(&env.path("")));

    std::fs::write(env.path("storage.key"), SECOND).unwrap();
    let with_file = |command: &[&str]| env.run(command).set("WAXWING_STORAGE_KEY_FILE", "storage.key");
    let told = succeed(with_file(&["db", "encrypt"]).set(PREVIOUS, FIRST)).await;
    assert!(told.contains("content keys wrapped again"), "{told}");
    let exported = succeed(with_file(&["users", "export", ANA])).await;
    assert!(exported.contains(MARK), "{exported}");

    fail(with_file(&["db", "decrypt"]), PREVIOUS).await;
    succeed(env.run(&["db", "decrypt"]).set(PREVIOUS, SECOND)).await;
    assert!(succeed(env.run(&["users", "export", ANA])).await.contains(MARK));
}
