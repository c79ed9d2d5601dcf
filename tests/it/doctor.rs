//! `waxwing doctor` and `waxwing webhook`, with faults of a set-up.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Redirect;
use axum::routing::any;
use serde_json::{Value, json};
use waxwing_tests::{Launch, ModelReply, ModelServer, ProviderProtocol, TestEnv};

/// Configures a command with the settings of a sound server.
fn command<'a>(env: &'a TestEnv, arguments: &[&str]) -> Launch<'a> {
    env.run(arguments)
        .set("WHATSAPP_ACCESS_TOKEN", env.emulator.access_token())
        .set("WHATSAPP_PHONE_NUMBER_ID", env.emulator.phone_number_id())
        .set("WHATSAPP_APP_SECRET", env.emulator.app_secret().unwrap())
        .set("WHATSAPP_VERIFY_TOKEN", env.emulator.verify_token())
        .set("WHATSAPP_GRAPH_URL", &env.emulator.url())
        .set("WAXWING_AGENT", "echo")
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

/// Serves a proxy before this server, which changes bodies or refuses them. Returns the address of the webhook behind it.
async fn proxy(origin: String, change: fn(Bytes) -> Result<Vec<u8>, StatusCode>) -> String {
    let forward = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
        let body = match change(body) {
            Ok(body) => body,
            Err(status) => return (status, Bytes::new()),
        };
        let mut request = reqwest::Client::new().request(method, format!("{origin}{uri}")).body(body);
        if let Some(signature) = headers.get("x-hub-signature-256") {
            request = request.header("x-hub-signature-256", signature);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.bytes().await.unwrap())
    };
    page(Router::new().fallback(any(forward)).layer(DefaultBodyLimit::disable())).await
}

#[tokio::test]
async fn a_sound_set_up_has_no_fault() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    let url = format!("{base}/whatsapp/webhook");
    let output = command(&env, &["doctor"]).output().await;
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
    check_error(&found, "business number", "no number with the id 404");

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
    check_error(&found, "app secret", "does not accept");
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
        env.emulator.set_webhook(url);
        check_error(&doctor(command(&env, &["doctor", "--json"])).await, "public address", part);
    };
    check(&format!("{base}/webhook"), "404").await;
    let target = format!("{base}/whatsapp/webhook");
    let moved = Router::new().fallback(any(move || async move { Redirect::permanent(&target) }));
    check(&page(moved).await, "redirect").await;
    check(&page(Router::new().fallback(any(|| async { StatusCode::BAD_GATEWAY }))).await, "502").await;
    let rewriting = |body: Bytes| match serde_json::from_slice::<Value>(&body) {
        Ok(json) => Ok(serde_json::to_vec(&json).unwrap()),
        Err(_) => Ok(body.to_vec()),
    };
    check(&proxy(base.clone(), rewriting).await, "signed webhook").await;
    let narrow =
        |body: Bytes| if body.len() > 1 << 20 { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(body.to_vec()) };
    check(&proxy(base.clone(), narrow).await, "413").await;
    let wrong = command(&env, &["webhook", "verify", "bot.example.com"]).output().await;
    assert!(wrong.code == Some(1) && wrong.stdout.contains("no address of a webhook"), "{}", wrong.stdout);
    server.kill().await;
    check(&format!("{base}/whatsapp/webhook"), "error").await;
}

/// Calls the Graph API of the emulator with the token of the app.
async fn as_app(env: &TestEnv, body: &Value) {
    let token = format!("3000003|{}", env.emulator.app_secret().unwrap());
    let url = format!("{}/v26.0/3000003/subscriptions", env.emulator.url());
    let response = reqwest::Client::new().post(url).bearer_auth(token).json(body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
}

#[tokio::test]
async fn faults_of_the_app_are_found() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    let url = format!("{base}/whatsapp/webhook");
    let subscription = json!({
        "object": "whatsapp_business_account", "callback_url": url, "verify_token": env.emulator.verify_token(),
        "fields": "account_update",
    });
    as_app(&env, &subscription).await;
    check_error(&doctor(command(&env, &["doctor", "--json"])).await, "fields of the webhook", "no message arrives");
    assert!(doctor(command(&env, &["doctor", "--json", "--fix"])).await.0);
    assert!(doctor(command(&env, &["doctor", "--json"])).await.0);

    let output = command(&env, &["doctor", "--json", "--account", "7"]).output().await;
    assert!(
        output.stdout.contains("error") && output.stdout.contains("not the id of the portfolio"),
        "{}",
        output.stdout
    );
}

#[tokio::test]
async fn another_address_than_that_of_the_server_is_found() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    env.emulator.set_webhook("http://127.0.0.1:9/whatsapp/webhook");
    let found = doctor(command(&env, &["doctor", "--json", "--url", &format!("{base}/whatsapp/webhook")])).await;
    check_error(&found, "address of the webhook", "127.0.0.1:9");
}

#[tokio::test]
async fn a_filter_against_the_user_agent_of_meta_is_found() {
    let env = TestEnv::new().await;
    let (_server, base) = env.serve("echo").start().await;
    let filter =
        Router::new().fallback(any(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
            if agent.contains("facebook") {
                return (StatusCode::FORBIDDEN, Bytes::new());
            }
            let response =
                reqwest::Client::new().request(method, format!("{base}{uri}")).body(body).send().await.unwrap();
            (response.status(), response.bytes().await.unwrap())
        }));
    env.emulator.set_webhook(page(filter.layer(DefaultBodyLimit::disable())).await);
    check_error(&doctor(command(&env, &["doctor", "--json"])).await, "public address", "refuses every request");
}

#[tokio::test]
async fn sends_that_meta_refuses_are_found() {
    let env = TestEnv::new().await;
    let (mut server, _) = env.serve("echo").start().await;
    let fault = json!({ "send": { "error": { "code": 131_042 } } });
    let faults = format!("{}/control/faults", env.emulator.url());
    assert!(reqwest::Client::new().post(faults).json(&fault).send().await.unwrap().status().is_success());
    env.emulator.user("+34600000000").says("hi").await;
    server.wait_for_log("sends blocked by an account problem; probing until it is fixed").await;
    check_error(&doctor(command(&env, &["doctor", "--json"])).await, "messages to users", "131042");
}

#[tokio::test]
async fn a_database_that_the_server_does_not_use_is_found() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    let (_, findings) = doctor(command(&env, &["doctor", "--json"]).set("DATABASE_URL", "sqlite://other.db")).await;
    let warned = findings.iter().any(|finding| finding["level"] == "warning" && finding["check"] == "database");
    assert!(warned, "{findings:?}");
}

#[tokio::test]
async fn settings_that_serve_refuses_are_found() {
    let env = TestEnv::new().await;
    let missing = env.run(&["doctor", "--json"]).output().await;
    assert!(missing.code == Some(2) && missing.stdout.contains("WHATSAPP_ACCESS_TOKEN"), "{}", missing.stdout);
    let (_server, _) = env.serve("echo").start().await;
    let unknown = command(&env, &["doctor", "--json"]).set("WAXWING_AGENT", "sales");
    check_error(&doctor(unknown).await, "agent of the number", "unknown agent");
}

#[tokio::test]
async fn paused_agents_are_found() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    assert_eq!(env.run(&["agents", "pause", "--all"]).output().await.code, Some(0));
    check_error(&doctor(command(&env, &["doctor", "--json"])).await, "agents", "paused since");
    assert_eq!(env.run(&["agents", "resume", "--all"]).output().await.code, Some(0));
    assert!(doctor(command(&env, &["doctor", "--json"])).await.0);
}

/// Checks that the doctor finds exactly this warning of a check.
#[track_caller]
fn check_warning((is_sound, findings): &(bool, Vec<Value>), check: &str, part: &str) {
    let found: Vec<_> = findings.iter().filter(|finding| finding["check"] == check).collect();
    assert!(*is_sound && found.len() == 1 && found[0]["level"] == "warning", "{findings:?}");
    assert!(found[0]["found"].as_str().unwrap().contains(part), "{found:?}");
}

#[tokio::test]
async fn conversations_without_an_agent_are_found() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("echo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    assert!(
        doctor(command(&env, &["doctor", "--json"])).await.1.iter().all(|found| found["check"] != "human handoffs")
    );
    assert_eq!(env.run(&["conversations", "pause", "34600000000"]).output().await.code, Some(0));
    let found = doctor(command(&env, &["doctor", "--json"])).await;
    check_warning(&found, "human handoffs", "1 conversation is with a person");

    // The Unix epoch was a Thursday, and the business opens the day after tomorrow.
    let days = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / (24 * 60 * 60);
    let day = ["sat", "sun", "mon", "tue", "wed", "thu", "fri"][usize::try_from(days % 7).unwrap()];
    let closed = command(&env, &["doctor", "--json"]).set("WAXWING_HOURS_TIME_ZONE", "UTC");
    let closed = closed.set("WAXWING_HOURS_OPEN", &format!("{day} 09:00-17:00"));
    check_warning(&doctor(closed).await, "opening hours", "agents do not answer");
}

#[tokio::test]
async fn agents_that_cannot_answer_are_found() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let (_server, _) = env.serve("echo").start().await;
    let nobody = page(Router::new().fallback(any(|| async { StatusCode::METHOD_NOT_ALLOWED }))).await;
    let file = |url: &str| {
        format!(
            "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\n\
             [agents.waiter]\nmodel = 'stub'\ntools = ['send_location']\n\
             [agents.cook]\nkind = 'http'\nurl = '{url}'\nsecret = '0123456789abcdef'\n",
            model.url()
        )
    };
    let check = async |part: &str| {
        let set_up = command(&env, &["doctor", "--json"]).set("WAXWING_AGENT", "waiter");
        let found = doctor(set_up).await;
        let errors: Vec<_> = found.1.iter().filter(|finding| finding["level"] == "error").collect();
        assert!(errors.iter().any(|error| error["found"].as_str().unwrap().contains(part)), "{errors:?}");
    };
    env.write_config(&file(&nobody));
    // The script is empty, so that the model refuses the request.
    check("the agent waiter fails").await;
    model.reply_with([ModelReply::text("Good evening.")]);
    assert!(doctor(command(&env, &["doctor", "--json"]).set("WAXWING_AGENT", "waiter")).await.0);
    let asked = model.requests().pop().unwrap().body;
    assert!(asked["tools"].to_string().contains("send_location"), "the tools of the agent are offered: {asked}");
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    env.write_config(&file(&format!("http://{closed}/turn")));
    check("cook").await;
}
