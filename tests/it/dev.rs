//! `waxwing dev`: its database, its reload, and commands in the same directory.

use serde_json::Value;
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

use crate::support::{DevPhone, dev};

/// Returns a file with an echo agent and a command with this reply.
fn file(reply: &str) -> String {
    format!("[agents.parrot]\nkind = 'echo'\n\n[commands.hours]\nreply = '{reply}'\n")
}

/// Returns the conversations that the command lists, and its standard error.
async fn conversations(env: &TestEnv) -> (usize, String) {
    let listed = env.run(&["conversations", "list", "--json"]).unset("DATABASE_URL").output().await;
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    (listed.stdout.lines().count(), listed.stderr)
}

const NOTICE: &str = "waxwing: using waxwing-dev.db, the database of `waxwing dev`; --database-url names another one";

#[tokio::test]
async fn the_start_names_agent_database_and_process() {
    let env = TestEnv::new().await;
    env.write_config(&file("9 to 5"));
    let mut server = dev(&env, &[]).spawn();
    assert_eq!(server.wait_for_line("  Agent ").await, "  Agent     parrot");
    assert_eq!(server.wait_for_line("  Database ").await, "  Database  waxwing-dev.db");
    let process = server.wait_for_line("  Process ").await;
    assert!(process.rsplit_once(' ').unwrap().1.parse::<u32>().is_ok(), "{process}");
    let ended = server.terminate().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[tokio::test]
async fn commands_in_the_directory_find_the_database() {
    let env = TestEnv::new().await;
    env.write_config(&file("9 to 5"));
    let missing = env.run(&["conversations", "list"]).unset("DATABASE_URL").output().await;
    assert!(missing.code == Some(2) && missing.stderr.contains("no database at waxwing.db"), "{}", missing.stderr);
    let mut phone = DevPhone::start(dev(&env, &[])).await;
    assert_eq!(phone.ask("hi").await, "echo hi");
    assert_eq!(conversations(&env).await, (1, NOTICE.to_owned()), "of the running server");
    assert_eq!(phone.server.terminate().await.code, Some(0));
    assert_eq!(conversations(&env).await, (1, NOTICE.to_owned()), "of the database");
    // A configured database and one of a real server go first.
    let configured = env.run(&["conversations", "list"]).set("DATABASE_URL", "sqlite://other.db").output().await;
    assert!(configured.stderr.contains("no database at other.db"), "{}", configured.stderr);
    let (server, _) = env.serve("echo").set("DATABASE_URL", "sqlite://waxwing.db").start().await;
    server.terminate().await;
    assert_eq!(conversations(&env).await, (0, String::new()));
}

#[tokio::test]
async fn fresh_removes_the_database_of_dev_and_no_other() {
    let env = TestEnv::new().await;
    env.write_config(&file("9 to 5"));
    std::fs::write(env.path("waxwing.db"), "of another program").unwrap();
    let mut phone = DevPhone::start(dev(&env, &["--fresh"])).await;
    assert_eq!(phone.ask("hi").await, "echo hi");
    let second = dev(&env, &["--fresh"]).output().await;
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    assert!(second.stderr.contains("stop the other `waxwing dev` before you start with --fresh"), "{}", second.stderr);
    assert_eq!(phone.ask("still there?").await, "echo still there?");
    phone.server.terminate().await;

    let rows = async || {
        let listed = env.run(&["conversations", "list", "--json"]).set("DATABASE_URL", "sqlite://waxwing-dev.db");
        listed.output().await.stdout.lines().count()
    };
    assert_eq!(rows().await, 1);
    DevPhone::start(dev(&env, &[])).await.server.terminate().await;
    assert_eq!(rows().await, 1, "without the flag, the conversation goes on");
    DevPhone::start(dev(&env, &["--fresh"])).await.server.terminate().await;
    assert_eq!(rows().await, 0);
    assert_eq!(std::fs::read_to_string(env.path("waxwing.db")).unwrap(), "of another program");

    let named = dev(&env, &["--fresh", "--database-url", "sqlite://waxwing.db"]).output().await;
    assert_eq!(named.code, Some(2), "{}", named.stderr);
    assert!(named.stderr.contains("--fresh removes waxwing-dev.db only"), "{}", named.stderr);
}

#[tokio::test]
async fn fresh_leaves_a_database_of_real_messages() {
    let env = TestEnv::new().await;
    let elsewhere = env.emulator.url().replace("127.0.0.1", "localhost");
    let real = env.serve("echo").set("WHATSAPP_GRAPH_URL", &elsewhere).set("DATABASE_URL", "sqlite://waxwing-dev.db");
    let (server, _) = real.start().await;
    server.terminate().await;
    let before = std::fs::metadata(env.path("waxwing-dev.db")).unwrap().len();
    let refused = dev(&env, &["--fresh"]).output().await;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("is not a database of `waxwing dev`, so it stays"), "{}", refused.stderr);
    assert_eq!(std::fs::metadata(env.path("waxwing-dev.db")).unwrap().len(), before);
}

#[tokio::test]
async fn a_changed_file_is_reloaded_and_a_wrong_one_changes_nothing() {
    let env = TestEnv::new().await;
    env.write_config(&file("9 to 5"));
    let mut phone = DevPhone::start(dev(&env, &[])).await;
    assert_eq!(phone.ask("/hours").await, "9 to 5");
    env.write_config(&file("10 to 6"));
    let line = phone.server.wait_for_log("configuration reloaded").await;
    assert_eq!(line["changed"], "commands.hours.reply");
    assert_eq!(phone.ask("/hours").await, "10 to 6");

    env.write_config("[agents.parrot]\nkind = echo\n");
    let line = phone.server.wait_for_log("configuration not reloaded; the running configuration stays").await;
    let error = "waxwing.toml:2:8: a text must be in quotes; write\n    kind = \"echo\"";
    assert_eq!(line["error"], Value::from(error));
    assert!(phone.server.log().contains(&format!("waxwing: {error}")), "{}", phone.server.log());
    assert_eq!(phone.ask("/hours").await, "10 to 6");
}

#[tokio::test]
async fn a_changed_file_of_instructions_is_reloaded() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with(["one", "two"].map(ModelReply::text));
    std::fs::write(env.path("guide.md"), "You guide.").unwrap();
    env.write_config(&format!(
        "models.stub = {{ provider = 'openai-compatible', base_url = '{}', model = 'm' }}\n\
         [agents.guide]\nmodel = 'stub'\ninstructions_file = 'guide.md'\n",
        model.url()
    ));
    let mut phone = DevPhone::start(dev(&env, &[])).await;
    assert_eq!(phone.ask("1").await, "one");
    std::fs::write(env.path("guide.md"), "You guide gently.").unwrap();
    let line = phone.server.wait_for_log("configuration reloaded").await;
    assert_eq!(line["changed"], "agents.guide.instructions_file");
    assert_eq!(phone.ask("2").await, "two");
    let systems: Vec<_> = model.requests().iter().map(|asked| asked.transcript()[0].clone()).collect();
    assert!(
        systems[0].starts_with("system: You guide.") && systems[1].starts_with("system: You guide gently."),
        "{systems:?}"
    );
}
