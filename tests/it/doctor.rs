//! `waxwing doctor` and `waxwing webhook`, with faults of a set-up.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::any;
use serde_json::Value;
use waxwing_tests::{Launch, TestEnv};

/// Configures a command with the settings of a sound server.
fn command<'a>(env: &'a TestEnv, arguments: &[&str]) -> Launch<'a> {
    env.run(arguments)
        .set("WHATSAPP_ACCESS_TOKEN", env.emulator.access_token())
        .set("WHATSAPP_PHONE_NUMBER_ID", env.emulator.phone_number_id())
        .set("WHATSAPP_APP_SECRET", env.emulator.app_secret().unwrap())
        .set("WHATSAPP_VERIFY_TOKEN", env.emulator.verify_token())
        .set("WHATSAPP_GRAPH_URL", &env.emulator.url())
}

/// Runs the doctor on this address. Returns whether the set-up is sound, and the findings.
async fn doctor(launch: Launch<'_>) -> (bool, Vec<Value>) {
    let output = launch.output().await;
    let findings = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.code == Some(0), findings)
}

/// Checks that the doctor finds exactly this error.
#[track_caller]
fn check_error((is_sound, findings): &(bool, Vec<Value>), check: &str, part: &str) {
    let errors: Vec<_> = findings.iter().filter(|finding| finding["level"] == "error").collect();
    assert!(!is_sound && errors.len() == 1, "{findings:?}");
    let found = errors[0]["found"].as_str().unwrap();
    assert!(errors[0]["check"] == check && found.contains(part), "{errors:?}");
    assert!(errors[0]["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{errors:?}");
}

/// Serves one answer to all requests. Returns its address.
async fn page(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/whatsapp/webhook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_sound_set_up_has_no_fault() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    let url = format!("{base}/whatsapp/webhook");
    let output = command(&env, &["doctor", "--url", &url]).output().await;
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    assert!(output.stdout.contains("ok       access token: valid"), "{}", output.stdout);
    assert!(
        output.stdout.contains("public address: accepts Meta's verification and signed webhooks"),
        "{}",
        output.stdout
    );
    let text = format!("{}{}", output.stdout, output.stderr);
    for secret in [env.emulator.access_token(), env.emulator.verify_token(), env.emulator.app_secret().unwrap()] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(command(&env, &["webhook", "verify", &url]).output().await.code, Some(0));
    let quarantined = env.run(&["quarantine", "list", "--json"]).output().await;
    assert_eq!(quarantined.stdout, "", "the trial leaves nothing behind");
}

#[tokio::test]
async fn faults_at_meta_are_found() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    let url = format!("{base}/whatsapp/webhook");
    let arguments = ["doctor", "--json", "--url", url.as_str()];
    let found = doctor(command(&env, &arguments).set("WHATSAPP_ACCESS_TOKEN", "wrong")).await;
    check_error(&found, "access token", "190");
    let found = doctor(command(&env, &arguments).set("WHATSAPP_PHONE_NUMBER_ID", "404")).await;
    check_error(&found, "business number", "100");

    let account = format!("{}/v26.0/2000002/subscribed_apps", env.emulator.url());
    let client = reqwest::Client::new();
    let removed = client.delete(&account).bearer_auth(env.emulator.access_token()).send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::OK);
    check_error(&doctor(command(&env, &arguments)).await, "subscription of the account", "no webhooks");
    let shown = command(&env, &["webhook", "show"]).output().await;
    assert!(shown.stdout.contains("no app is subscribed"), "{}", shown.stdout);
    assert!(doctor(command(&env, &[&arguments[..], &["--fix"]].concat())).await.0);
    assert!(doctor(command(&env, &arguments)).await.0);
}

#[tokio::test]
async fn faults_of_the_settings_are_found() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    let url = format!("{base}/whatsapp/webhook");
    let arguments = ["doctor", "--json", "--url", url.as_str()];
    let found = doctor(command(&env, &arguments).set("WHATSAPP_VERIFY_TOKEN", "another")).await;
    check_error(&found, "public address", "verify token");
    let found = doctor(command(&env, &arguments).set("WHATSAPP_APP_SECRET", "another")).await;
    check_error(&found, "public address", "signed webhook");
    let found = doctor(command(&env, &arguments).unset("WHATSAPP_VERIFY_TOKEN")).await;
    check_error(&found, "verify token", "not set");
    let found = doctor(command(&env, &arguments).unset("WHATSAPP_APP_SECRET")).await;
    check_error(&found, "app secret", "not set");
}

#[tokio::test]
async fn faults_on_the_way_are_found() {
    let env = TestEnv::new().await;
    let (server, base) = env.serve("echo").start().await;
    let check = async |url: &str, part: &str| {
        let found = doctor(command(&env, &["doctor", "--json", "--url", url])).await;
        check_error(&found, "public address", part);
    };
    check(&format!("{base}/webhook"), "404").await;
    let target = format!("{base}/whatsapp/webhook");
    let moved = Router::new().fallback(any(move || async move { Redirect::permanent(&target) }));
    check(&page(moved).await, "redirect").await;
    check(&page(Router::new().fallback(any(|| async { StatusCode::BAD_GATEWAY }))).await, "502").await;
    check("bot.example.com", "no address").await;
    server.kill().await;
    check(&format!("{base}/whatsapp/webhook"), "error").await;
}
