//! Report of a user's stored data, and its erasure.

use serde_json::Value;
use waxwing_tests::TestEnv;

const ANA: &str = "+34600000000";

/// Returns the files of the environment that contain one of these words.
fn traces(env: &TestEnv, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(env.path("")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for word in words {
            if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
    found
}

#[tokio::test]
async fn a_user_is_shown_and_forgotten() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let bea = env.emulator.user("+34600000009");
    let (server, _) = env.serve("echo").start().await;
    for word in ["marmalade", "periwinkle"] {
        ana.says(word).await;
        ana.expect_text(&format!("echo {word}")).await;
    }
    bea.says("tangerine").await;
    bea.expect_text("echo tangerine").await;
    env.emulator.expect_idle().await;

    let shown = env.run(&["users", "show", "--json", ANA]).output().await;
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let person: Value = serde_json::from_str(&shown.stdout).unwrap();
    let conversation = &person["conversations"][0];
    assert_eq!((&person["users"][0]["phone"], &conversation["received"]), (&"34600000000".into(), &2.into()));
    assert_eq!((&conversation["sent"], &conversation["entries"]), (&2.into(), &4.into()));
    let shown = env.run(&["users", "show", ANA]).output().await;
    assert!(shown.stdout.contains(": 2 received, 2 sent, 4 in the log\n"), "{}", shown.stdout);

    let words = ["marmalade", "periwinkle", "34600000000"];
    assert!(!traces(&env, &words).is_empty());
    let forgotten = env.run(&["users", "erase", ANA]).output().await;
    assert!(forgotten.stdout.starts_with("user erased: 2 received messages in 1 conversations"), "{forgotten:?}");
    assert_eq!(traces(&env, &words), [] as [String; 0]);
    assert!(!traces(&env, &["tangerine"]).is_empty(), "others are as they were");
    let again = env.run(&["users", "erase", ANA]).output().await;
    assert!(again.code == Some(1) && again.stderr.contains("cannot be erased"), "{}", again.stderr);

    // A returning user gets a reply. An erasure works without a server, too.
    ana.says("marmalade").await;
    ana.expect_text("echo marmalade").await;
    env.emulator.expect_idle().await;
    assert_eq!(server.terminate().await.code, Some(0));
    std::fs::create_dir_all(env.path("test.db.media/run")).unwrap();
    std::fs::write(env.path("test.db.media/run/0"), "marmalade").unwrap();
    let forgotten = env.run(&["users", "erase", ANA]).output().await;
    assert_eq!(forgotten.code, Some(0), "{}", forgotten.stderr);
    assert_eq!(traces(&env, &words), [] as [String; 0]);
    assert!(!env.path("test.db.media").exists());
    let shown = env.run(&["users", "show", "+34600000009"]).output().await;
    assert!(shown.stdout.contains(": 1 received, 1 sent, 2 in the log\n"), "{}", shown.stdout);
}

#[tokio::test]
async fn all_data_of_a_user_is_exported() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (_server, _) = env.serve("echo").start().await;
    for word in ["marmalade", "periwinkle"] {
        ana.says(word).await;
        ana.expect_text(&format!("echo {word}")).await;
    }
    env.emulator.user("+34600000009").says("tangerine").await;
    env.emulator.expect_idle().await;

    let exported = env.run(&["users", "export", ANA]).output().await;
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    let lines: Vec<Value> = exported.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["users"][0]["phone"], &lines[0]["conversations"][0]["entries"]),
        (&"34600000000".into(), &4.into())
    );
    let said: Vec<_> =
        lines[1..].iter().map(|entry| (entry["origin"].as_str().unwrap(), entry["content"].to_string())).collect();
    let expected =
        [("user", "marmalade"), ("agent", "echo marmalade"), ("user", "periwinkle"), ("agent", "echo periwinkle")];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for ((origin, content), (by, word)) in said.iter().zip(expected) {
        assert!(*origin == by && content.contains(word), "{origin}: {content}");
    }
    assert!(!exported.stdout.contains("tangerine"));
    let unknown = env.run(&["users", "export", "+34600000077"]).output().await;
    assert!(
        unknown.code == Some(1) && unknown.stdout.is_empty() && unknown.stderr.contains("cannot be exported"),
        "{unknown:?}"
    );
}
