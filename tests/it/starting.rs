//! How a server starts, and how it does not.

use waxwing_emulator::{Endpoint, Fault, Outcome};
use waxwing_tests::{Launch, Scene};

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
    let scene = Scene::new().await;
    let launch = scene.serve("echo").unset("WHATSAPP_ACCESS_TOKEN").set("WHATSAPP_PHONE_NUMBER_ID", "");
    refused(launch, 2, &["WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"]).await;
}

#[tokio::test]
async fn wrong_settings_are_named_with_what_is_wrong() {
    let scene = Scene::new().await;
    refused(scene.serve("echo").set("PORT", "http"), 2, &["PORT", "http"]).await;
    refused(scene.serve("echo").set("DATABASE_URL", "postgres://u:hush@h/d"), 2, &["DATABASE_URL", "PostgreSQL"]).await;
    refused(scene.serve("echo").set("WHATSAPP_GRAPH_URL", "nonsense"), 2, &["WHATSAPP_GRAPH_URL"]).await;
    refused(scene.serve("echo").argument("--settle=soon"), 2, &["WAXWING_SETTLE", "400ms"]).await;
    std::fs::write(scene.path("waxwing.toml"), "[server]\nport = 0\nprot = 1\n").unwrap();
    refused(scene.serve("echo"), 2, &["waxwing.toml:3", "server.prot"]).await;
}

#[tokio::test]
async fn production_without_a_secret_and_development_for_the_world_are_refused() {
    let scene = Scene::new().await;
    let unsigned = || scene.serve("echo").unset("WHATSAPP_APP_SECRET");
    refused(unsigned().set("APP_ENV", "production"), 2, &["WHATSAPP_APP_SECRET", "APP_ENV=development"]).await;
    refused(unsigned().set("HOST", "0.0.0.0"), 2, &["HOST", "--allow-unsigned"]).await;
}

#[tokio::test]
async fn development_takes_unsigned_webhooks_and_says_so() {
    let scene = Scene::new().await;
    let (mut server, origin) = scene.serve("echo").unset("WHATSAPP_APP_SECRET").start().await;
    let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    assert_eq!(scene.sim.post_raw(body, &[]).await.unwrap().status, 200);
    server.logged("development mode: webhooks are taken without a check of their signature").await;
    let health = reqwest::get(format!("{origin}/health")).await.unwrap().text().await.unwrap();
    assert!(health.contains(r#""signatures":"unchecked""#), "{health}");
}

#[tokio::test]
async fn a_port_in_use_and_a_database_in_use_are_told() {
    let scene = Scene::new().await;
    let (_server, origin) = scene.serve("echo").start().await;
    let port = origin.rsplit(':').next().unwrap();
    let second = scene.serve("echo").set("PORT", port).set("DATABASE_URL", "sqlite://other.db");
    refused(second, 1, &["cannot listen on 127.0.0.1", "in use", "PORT"]).await;
    refused(scene.serve("echo"), 1, &["test.db", "in use by another process"]).await;
}

#[tokio::test]
async fn a_database_belongs_to_one_graph_host() {
    let scene = Scene::new().await;
    let (server, _) = scene.serve("echo").start().await;
    assert_eq!(server.terminate().await.code, Some(0));
    let elsewhere = scene.serve("echo").set("WHATSAPP_GRAPH_URL", "https://graph.facebook.com");
    refused(elsewhere, 1, &["127.0.0.1", "graph.facebook.com"]).await;
}

#[tokio::test]
async fn flags_go_before_the_environment_and_that_before_the_file() {
    let scene = Scene::new().await;
    std::fs::write(scene.path("waxwing.toml"), "[server]\nprefix = \"/file\"\n").unwrap();
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
    assert_eq!(prefix(scene.serve("echo")).await, ["/file"]);
    assert_eq!(prefix(scene.serve("echo").set("WAXWING_PREFIX", "environment")).await, ["/environment"]);
    let all = scene.serve("echo").set("WAXWING_PREFIX", "environment").argument("--prefix=/flag");
    assert_eq!(prefix(all).await, ["/flag"]);
}

#[tokio::test]
async fn help_explains_every_setting_and_no_secret_is_a_flag() {
    let scene = Scene::new().await;
    let help = scene.run(&["serve", "--help"]).output().await;
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
    assert_eq!(scene.run(&["serve", "--agent", "nobody"]).output().await.code, Some(2));
}

#[tokio::test]
async fn an_emulator_that_is_asked_for_what_does_not_exist_says_what_does() {
    let scene = Scene::new().await;
    std::fs::write(scene.path("day.toml"), "seed = 1\n\n[[fualt]]\nrate = 0.5\n").unwrap();
    let emulator = |arguments: &[&str]| scene.run(&[&["emulator", "--port", "0"], arguments].concat());
    refused(emulator(&["--scenario", "day.toml"]), 2, &["day.toml", "line 3", "fualt"]).await;
    refused(emulator(&["--scenario", "night.toml"]), 2, &["night.toml"]).await;
    let ended = emulator(&["--lenient", "gravity"]).output().await;
    assert!(ended.code == Some(2) && ended.stderr.contains("flow-cta"), "{}", ended.stderr);
}

#[tokio::test]
async fn whoever_says_stop_twice_does_not_have_to_wait() {
    let scene = Scene::new().await;
    let (mut server, _) = scene.serve("echo").set("WAXWING_GRACE", "1h").start().await;
    scene.sim.inject(Fault::graph(Endpoint::Send, Outcome::AcceptThenStall).times(1));
    let ana = scene.sim.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.tell_to_stop().await;
    server.logged("stopping").await;
    assert_eq!(server.terminate().await.code, Some(1));
    // Nothing is lost by it, nor doubled.
    let (server, _) = scene.serve("echo").start().await;
    ana.says("again").await;
    ana.expect_text("echo again").await;
    server.terminate().await;
    assert_eq!(ana.messages().len(), 2);
}
