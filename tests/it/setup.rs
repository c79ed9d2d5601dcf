//! The path of a newcomer, from the credentials of an account to an answered message: `waxwing setup`, `serve`, `doctor`.

use std::os::unix::fs::PermissionsExt as _;

use waxwing_emulator::matcher::template;
use waxwing_tests::{Launch, TestEnv};

/// Configures a command whose only knowledge is the address of the Graph API.
fn newcomer<'a>(env: &'a TestEnv, arguments: &[&str]) -> Launch<'a> {
    env.run(arguments).set("WHATSAPP_GRAPH_URL", &env.emulator.url())
}

/// Configures a command with the variables of `.env`.
fn with_environment<'a>(env: &'a TestEnv, arguments: &[&str]) -> Launch<'a> {
    let text = std::fs::read_to_string(env.path(".env")).unwrap();
    let variables = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once('=').unwrap());
    variables.fold(env.run(arguments), |launch, (name, value)| launch.set(name, value))
}

#[tokio::test]
async fn a_newcomer_gets_from_credentials_to_an_answer() {
    let env = TestEnv::new().await;
    let (token, secret) = (env.emulator.access_token(), env.emulator.app_secret().unwrap());
    // The account and the number are found by the token.
    let set_up = newcomer(&env, &["setup"]).input(&format!("{token}\n{secret}\n")).output().await;
    assert_eq!(set_up.code, Some(0), "{}{}", set_up.stdout, set_up.stderr);
    assert!(set_up.stdout.contains("waxwing setup --url"), "{}", set_up.stdout);
    assert!(!set_up.stdout.contains(token) && !set_up.stdout.contains(secret), "{}", set_up.stdout);
    let mode = env.path(".env").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(env.run(&["config", "check"]).output().await.code, Some(0));

    // Meta has no address yet.
    let red = with_environment(&env, &["doctor"]).output().await;
    assert!(red.code == Some(1) && red.stdout.contains("Meta has no address"), "{}", red.stdout);

    let serve = with_environment(&env, &["--log-format", "json", "serve"]);
    let serve = serve.set("HOST", "127.0.0.1").set("PORT", "0").set("WAXWING_DEBOUNCE", "0s");
    let mut server = serve.spawn();
    let line = server.wait_for_log("serving").await;
    assert_eq!((line["webhook"].as_str(), line["agent"].as_str()), (Some("/whatsapp/webhook"), Some("assistant")));
    let address = server.wait_for_log("listening").await["address"].as_str().unwrap().to_owned();
    let url = format!("http://{address}/whatsapp/webhook");

    let connect = ["setup", "--url", &url, "--to", "+34 600 000 000"];
    let connected = with_environment(&env, &connect).output().await;
    assert_eq!(connected.code, Some(0), "{}{}", connected.stdout, connected.stderr);
    assert!(connected.stdout.contains("kept     ./.env"), "{}", connected.stdout);
    let ana = env.emulator.user("+34600000000");
    ana.expect(template("hello_world")).await;

    let green = with_environment(&env, &["doctor"]).output().await;
    assert_eq!(green.code, Some(0), "{}{}", green.stdout, green.stderr);
    assert!(!green.stdout.contains("warning"), "{}", green.stdout);
    ana.says("hello").await;
    ana.expect(waxwing_emulator::matcher::any()).await;
    env.drain(server).await;
}

#[tokio::test]
async fn a_wrong_value_is_explained_and_asked_again() {
    let env = TestEnv::new().await;
    let (token, secret) = (env.emulator.access_token(), env.emulator.app_secret().unwrap());
    let input = format!("EAAGwrong\n{token}\nnot-the-secret\n{secret}\n");
    let set_up = newcomer(&env, &["setup"]).input(&input).output().await;
    assert_eq!(set_up.code, Some(0), "{}{}", set_up.stdout, set_up.stderr);
    assert!(set_up.stdout.contains("190"), "{}", set_up.stdout);

    // A value of the environment is not asked for.
    let wrong = newcomer(&env, &["setup"]).set("WHATSAPP_ACCESS_TOKEN", "EAAGwrong").output().await;
    assert!(
        wrong.code == Some(1) && wrong.stderr.contains("WHATSAPP_ACCESS_TOKEN in the environment"),
        "{}",
        wrong.stderr
    );
    let phone = newcomer(&env, &["setup"])
        .set("WHATSAPP_ACCESS_TOKEN", token)
        .set("WHATSAPP_PHONE_NUMBER_ID", env.emulator.display_phone_number());
    let phone = phone.output().await;
    assert!(phone.code == Some(1) && phone.stderr.contains("not its id"), "{}", phone.stderr);
    let missing = newcomer(&env, &["setup"]).output().await;
    assert!(missing.stderr.contains("WHATSAPP_ACCESS_TOKEN is missing"), "{}", missing.stderr);
}

#[tokio::test]
async fn meta_is_not_told_an_address_that_does_not_work() {
    let env = TestEnv::new().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let set_up = newcomer(&env, &["setup", "--url", &format!("http://{closed}/whatsapp/webhook")])
        .set("WHATSAPP_ACCESS_TOKEN", env.emulator.access_token())
        .set("WHATSAPP_APP_SECRET", env.emulator.app_secret().unwrap());
    let set_up = set_up.output().await;
    assert_eq!(set_up.code, Some(1));
    assert!(set_up.stderr.contains("Meta was not told the address"), "{}", set_up.stderr);
    let show = with_environment(&env, &["webhook", "show"]).output().await;
    assert!(show.stdout.contains("address of the app: none"), "{}", show.stdout);
}
