//! `waxwing new`: each template is checked, served and tested as its README says.

use std::path::Path;

use tokio::process::Command;
use waxwing_tests::{Launch, ModelReply, ModelServer, ProcessOutput, ProviderProtocol, ServerProcess, TestEnv};

use crate::support::{DevPhone, dev};

const SECRET: &str = "a secret between these two";

/// Creates a project in the directory of the environment.
async fn create(env: &TestEnv, template: &str) -> ProcessOutput {
    let created = env.run(&["new", "--template", template]).output().await;
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    created
}

/// Checks the settings file of a project.
async fn check(launch: Launch<'_>, summary: &str) {
    let checked = launch.output().await;
    assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
    let expected = format!("waxwing.toml is valid: {summary}");
    let first = checked.stdout.lines().next().unwrap_or_default();
    assert!(first.ends_with(&expected), "there are no warnings: {}", checked.stdout);
}

/// Starts the agent of the Python template, and returns it with its URL.
async fn python_agent(env: &TestEnv) -> (ServerProcess, String) {
    let mut python = Command::new("python3");
    python.arg("agent.py").current_dir(env.path("")).env("WAXWING_AGENT_SECRET", SECRET).env("PORT", "0");
    let mut agent = ServerProcess::spawn(python);
    let line = agent.wait_for_line("listening on ").await;
    let url = line.rsplit(' ').next().unwrap().to_owned();
    (agent, url)
}

/// Sets the variables that the Python template needs.
fn with_agent<'a>(launch: Launch<'a>, url: &str) -> Launch<'a> {
    launch.set("WAXWING_AGENT_SECRET", SECRET).set("WAXWING_AGENT_URL", url)
}

#[tokio::test]
async fn a_model_agent_answers_and_its_test_passes_without_a_key() {
    let env = TestEnv::new().await;
    let created = create(&env, "model").await;
    for command in ["export OPENAI_API_KEY=...", "waxwing config check", "waxwing dev"] {
        assert!(created.stdout.contains(&format!("    {command}\n")), "{}", created.stdout);
    }
    check(env.run(&["config", "check"]).set("OPENAI_API_KEY", "k"), "1 agent, 1 model, 1 limit set").await;
    let missing = env.run(&["config", "check"]).output().await;
    assert!(missing.stderr.contains("environment variable `OPENAI_API_KEY` is missing"), "{}", missing.stderr);
    // The values of .env.example are not used by mistake.
    let example = std::fs::read_to_string(env.path(".env.example")).unwrap();
    let (_, key) = example.lines().find_map(|line| line.split_once("OPENAI_API_KEY=")).unwrap();
    let copied = env.run(&["config", "check"]).set("OPENAI_API_KEY", key).output().await;
    assert!(copied.stderr.contains("`OPENAI_API_KEY` still has an example value"), "{}", copied.stderr);

    let replayed = env.run(&["replay", "tests/hours.toml", "--serve"]).set("OPENAI_API_KEY", "none").output().await;
    assert_eq!(replayed.code, Some(0), "{}{}", replayed.stdout, replayed.stderr);
    assert!(replayed.stdout.contains("sent the same 1 messages"), "{}", replayed.stdout);

    let model = ModelServer::start(ProviderProtocol::OpenAi).await;
    model.reply_with([ModelReply::text("Welcome!")]);
    let file = std::fs::read_to_string(env.path("waxwing.toml")).unwrap();
    let provider = format!("provider = \"openai-compatible\"\nbase_url = \"{}\" #", model.url());
    env.write_config(&file.replace("provider = \"openai\"", &provider));
    let mut phone = DevPhone::start(dev(&env, &[]).set("OPENAI_API_KEY", "k")).await;
    assert_eq!(phone.ask("hello").await, "Welcome!");
    let instructions = std::fs::read_to_string(env.path("instructions.md")).unwrap();
    assert!(model.requests()[0].transcript()[0].contains(instructions.trim()), "the model reads instructions.md");
    assert_eq!(phone.server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_replay_against_the_file_shows_differences() {
    let env = TestEnv::new().await;
    create(&env, "model").await;
    let file = std::fs::read_to_string(env.path("waxwing.toml")).unwrap();
    env.write_config(&file.replace("9:00 to 17:00", "10:00 to 18:00"));
    let replayed = env.run(&["replay", "tests/hours.toml", "--serve"]).set("OPENAI_API_KEY", "none").output().await;
    assert_eq!(replayed.code, Some(1), "{}{}", replayed.stdout, replayed.stderr);
    assert!(
        replayed.stdout.contains("10:00 to 18:00") && replayed.stdout.contains("9:00 to 17:00"),
        "{}",
        replayed.stdout
    );
    assert!(!env.path("waxwing.db").exists() && !env.path("waxwing-dev.db").exists(), "the database is temporary");
}

#[tokio::test]
async fn an_agent_in_python_answers_and_its_tests_pass() {
    let env = TestEnv::new().await;
    create(&env, "python").await;
    let mut tests = Command::new("python3");
    tests.args(["-B", "-m", "unittest"]).current_dir(env.path(""));
    let tested = ServerProcess::spawn(tests).wait().await;
    assert!(tested.code == Some(0) && tested.stderr.contains("Ran 4 tests"), "{}", tested.stderr);

    let (_agent, url) = python_agent(&env).await;
    check(with_agent(env.run(&["config", "check"]), &url), "1 agent, 1 limit set").await;
    let replayed = with_agent(env.run(&["replay", "tests/hello.toml", "--serve"]), &url).output().await;
    assert_eq!(replayed.code, Some(0), "{}{}", replayed.stdout, replayed.stderr);
    let mut phone = DevPhone::start(with_agent(dev(&env, &[]), &url)).await;
    assert_eq!(phone.ask("hello").await, "1: you said hello");
    assert_eq!(phone.ask("again").await, "2: you said again");
    assert_eq!(phone.ask("menu").await, "What would you like?");
    assert_eq!(phone.server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_crate_depends_on_the_checkout() {
    let env = TestEnv::new().await;
    let created = env.run(&["new", "my_bot", "--template", "rust"]).output().await;
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    assert!(
        created.stdout.contains("    cd my_bot\n") && created.stdout.contains("    cargo test\n"),
        "{}",
        created.stdout
    );
    let read = |path: &str| std::fs::read_to_string(env.path("my_bot").join(path)).unwrap();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(manifest["package"]["name"].as_str(), Some("my-bot"));
    let waxwing = manifest["dependencies"]["waxwing"]["path"].as_str().unwrap();
    assert!(Path::new(waxwing).join("Cargo.toml").is_file(), "{waxwing}");
    assert!(read("src/main.rs").contains("my_bot::assistant()"));
    check(env.run(&["config", "check", "my_bot/waxwing.toml"]), "0 agents").await;
}

#[tokio::test]
async fn a_directory_with_files_is_refused_and_nothing_is_changed() {
    let env = TestEnv::new().await;
    let refused = async |arguments: &[&str], expected: &str| {
        let ended = env.run(arguments).output().await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert_eq!(ended.stderr, format!("waxwing: {expected}"));
    };
    std::fs::create_dir(env.path("bot")).unwrap();
    std::fs::create_dir(env.path("bot/.git")).unwrap();
    for name in ["README.md", "waxwing.toml"] {
        std::fs::write(env.path("bot").join(name), "mine").unwrap();
    }
    let message = "the directory bot is not empty: it has README.md, waxwing.toml; name an empty or a new directory";
    refused(&["new", "bot"], message).await;
    assert_eq!(std::fs::read_to_string(env.path("bot/waxwing.toml")).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(env.path("bot")).unwrap().count(), 3);
    std::fs::write(env.path("file"), "mine").unwrap();
    refused(&["new", "file"], "file is a file; name an empty or a new directory").await;
    let message = "--checkout names no checkout of Waxwing: it has no crates/waxwing";
    refused(&["new", "other", "--template", "rust", "--checkout", "bot"], message).await;
    assert!(!env.path("other").exists());
    for name in ["README.md", "waxwing.toml"] {
        std::fs::remove_file(env.path("bot").join(name)).unwrap();
    }
    assert_eq!(env.run(&["new", "bot"]).output().await.code, Some(0), "a repository may exist");
}
