//! Start of a server, and its errors.

use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint};
use waxwing_tests::{Launch, TestEnv};

async fn refused(launch: Launch<'_>, code: i32, parts: &[&str]) {
    let ended = launch.output().await;
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    let last = ended.stderr.lines().last().unwrap_or_default();
    for part in parts {
        assert!(last.contains(part), "{part:?} is not in the last line:\n{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("panic"), "{}", ended.stderr);
}

#[tokio::test]
async fn missing_settings_are_named_all_at_once() {
    let env = TestEnv::new().await;
    let launch = env.serve("echo").unset("WHATSAPP_ACCESS_TOKEN").set("WHATSAPP_PHONE_NUMBER_ID", "");
    refused(launch, 2, &["WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"]).await;
}

#[tokio::test]
async fn wrong_settings_are_named_with_what_is_wrong() {
    let env = TestEnv::new().await;
    refused(env.serve("echo").set("PORT", "http"), 2, &["PORT", "http"]).await;
    refused(env.serve("echo").set("DATABASE_URL", "postgres://u:hush@h/d"), 2, &["DATABASE_URL", "PostgreSQL"]).await;
    refused(env.serve("echo").set("WHATSAPP_GRAPH_URL", "nonsense"), 2, &["WHATSAPP_GRAPH_URL"]).await;
    refused(env.serve("echo").argument("--debounce=soon"), 2, &["WAXWING_DEBOUNCE", "400ms"]).await;
    let phone = env.serve("echo").set("WHATSAPP_PHONE_NUMBER_ID", "+34600000000");
    refused(phone, 2, &["WHATSAPP_PHONE_NUMBER_ID", "is a phone number; set the id of the number"]).await;
    let example = env.serve("echo").set("WHATSAPP_VERIFY_TOKEN", "your-verify-token");
    refused(example, 2, &["WHATSAPP_VERIFY_TOKEN", "is still an example value; set your own"]).await;
    for command in ["emulator", "replay"] {
        let ended = env.run(&[command, "--webhook", "localhost:8000/webhook"]).output().await;
        let message = "it must start with http:// or https:// and have a host, such as http://127.0.0.1:8000/webhook";
        assert!(ended.code == Some(2) && ended.stderr.contains(message), "{command}: {}", ended.stderr);
    }
    std::fs::write(env.path("waxwing.toml"), "[server]\nport = 0\nprot = 1\n").unwrap();
    refused(env.serve("echo"), 2, &["waxwing.toml:3", "server.prot"]).await;
}

#[tokio::test]
async fn production_without_a_secret_and_development_for_the_world_are_refused() {
    let env = TestEnv::new().await;
    let unsigned = || env.serve("echo").unset("WHATSAPP_APP_SECRET");
    refused(unsigned().set("APP_ENV", "production"), 2, &["WHATSAPP_APP_SECRET", "APP_ENV=development"]).await;
    refused(unsigned().set("HOST", "0.0.0.0"), 2, &["HOST", "--allow-unsigned"]).await;
}

#[tokio::test]
async fn development_takes_unsigned_webhooks_and_says_so() {
    let env = TestEnv::new().await;
    let (mut server, origin) = env.serve("echo").unset("WHATSAPP_APP_SECRET").start().await;
    let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    assert_eq!(env.emulator.post_raw(body, &[]).await.unwrap().status, 200);
    server.wait_for_log("development mode: accepting webhooks without checking signatures").await;
    let health = reqwest::get(format!("{origin}/health")).await.unwrap().text().await.unwrap();
    assert!(health.contains(r#""signatures":"unchecked""#), "{health}");
}

#[tokio::test]
async fn a_port_in_use_and_a_database_in_use_are_told() {
    let env = TestEnv::new().await;
    let (_server, origin) = env.serve("echo").start().await;
    let port = origin.rsplit(':').next().unwrap();
    let second = env.serve("echo").set("PORT", port).set("DATABASE_URL", "sqlite://other.db");
    refused(second, 1, &["cannot listen on 127.0.0.1", "in use", "PORT"]).await;
    refused(env.serve("echo"), 1, &["test.db", "in use by another process"]).await;
}

#[tokio::test]
async fn a_database_belongs_to_one_graph_host() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("echo").start().await;
    assert_eq!(server.terminate().await.code, Some(0));
    let elsewhere = env.serve("echo").set("WHATSAPP_GRAPH_URL", "https://graph.facebook.com");
    refused(elsewhere, 1, &["127.0.0.1", "graph.facebook.com"]).await;
}

#[tokio::test]
async fn flags_go_before_the_environment_and_that_before_the_file() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("waxwing.toml"), "[server]\nprefix = \"/file\"\n").unwrap();
    let prefix = async |launch: Launch<'_>| {
        let (server, origin) = launch.start().await;
        let mut found = Vec::new();
        for prefix in ["/file", "/environment", "/flag"] {
            let response = reqwest::get(format!("{origin}{prefix}/status")).await.unwrap();
            if response.status().is_success() {
                found.push(prefix);
            }
        }
        server.terminate().await;
        found
    };
    assert_eq!(prefix(env.serve("echo")).await, ["/file"]);
    assert_eq!(prefix(env.serve("echo").set("WAXWING_PREFIX", "environment")).await, ["/environment"]);
    let all = env.serve("echo").set("WAXWING_PREFIX", "environment").argument("--prefix=/flag");
    assert_eq!(prefix(all).await, ["/flag"]);
}

#[tokio::test]
async fn help_explains_every_setting_and_no_secret_is_a_flag() {
    let env = TestEnv::new().await;
    let help = env.run(&["serve", "--help"]).output().await;
    assert_eq!(help.code, Some(0));
    for name in [
        "--database-url",
        "--graph-url",
        "DATABASE_URL",
        "WHATSAPP_ACCESS_TOKEN",
        "WHATSAPP_APP_SECRET",
        "--allow-unsigned",
    ] {
        assert!(help.stdout.contains(name), "{name}");
    }
    for secret in ["--access-token", "--app-secret", "--verify-token"] {
        assert!(!help.stdout.contains(secret), "{secret}");
    }
    assert_eq!(env.run(&["serve", "--agent", "nobody"]).output().await.code, Some(2));
}

#[tokio::test]
async fn the_version_is_that_of_the_package_with_its_commit() {
    let env = TestEnv::new().await;
    let version = env.run(&["--version"]).output().await.stdout;
    let number = version.trim().strip_prefix("waxwing ").unwrap();
    let (number, commit) = number.split_once(' ').unwrap_or((number, "(0)"));
    assert_eq!(number, env!("CARGO_PKG_VERSION"));
    let commit = commit.strip_prefix('(').and_then(|commit| commit.strip_suffix(')'));
    assert!(commit.is_some_and(|commit| commit.chars().all(|c| c.is_ascii_hexdigit())), "{version}");
}

#[tokio::test]
async fn an_emulator_that_is_asked_for_what_does_not_exist_says_what_does() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("day.toml"), "seed = 1\n\n[[fualt]]\nrate = 0.5\n").unwrap();
    let emulator = |arguments: &[&str]| env.run(&[&["emulator", "--port", "0"], arguments].concat());
    refused(emulator(&["--scenario", "day.toml"]), 2, &["day.toml", "line 3", "fualt"]).await;
    refused(emulator(&["--scenario", "night.toml"]), 2, &["night.toml"]).await;
    let ended = emulator(&["--lenient", "gravity"]).output().await;
    assert!(ended.code == Some(2) && ended.stderr.contains("list-body"), "{}", ended.stderr);
}

#[tokio::test]
async fn whoever_says_stop_twice_does_not_have_to_wait() {
    let env = TestEnv::new().await;
    let (mut server, _) = env.serve("echo").set("WAXWING_SHUTDOWN_TIMEOUT", "1h").start().await;
    env.emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::AcceptThenStall).times(1));
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.send_sigterm().await;
    server.wait_for_log("shutting down").await;
    assert_eq!(server.terminate().await.code, Some(1));
    // The shutdown neither lost nor duplicated a message.
    let (server, _) = env.serve("echo").start().await;
    ana.says("again").await;
    ana.expect_text("echo again").await;
    server.terminate().await;
    assert_eq!(ana.messages().len(), 2);
}
