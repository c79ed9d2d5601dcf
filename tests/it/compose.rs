//! The services of `deploy/compose.yaml` as plain processes, with the arguments, the environment and the mounts of the file.
//!
//! Prometheus runs in the tests of [`prometheus`](crate::prometheus). `cargo xtask ci` installs Caddy and sets `WAXWING_CADDY` to its path. Without
//! the variable, the test of the proxy does nothing.

use std::net::TcpListener;
use std::path::Path;

use reqwest::Client;
use waxwing_tests::{Launch, ServerProcess, TestEnv};

use crate::support::{ComposeService, METRICS_TOKEN, deploy};

/// Command of the image of Caddy, which the compose file leaves as it is.
const CADDY: [&str; 5] = ["run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"];

/// Variables of the image of Caddy.
const CADDY_VARIABLES: [(&str, &str); 2] = [("XDG_CONFIG_HOME", "/config"), ("XDG_DATA_HOME", "/data")];

/// Sets the variables of `.env.example` to the values of the emulator, as an operator fills in the values of Meta.
fn secrets<'e>(env: &TestEnv, mut launch: Launch<'e>) -> Launch<'e> {
    let example = std::fs::read_to_string(deploy().join(".env.example")).unwrap();
    for line in example.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let secret = env.emulator.app_secret();
        launch = match name {
            "WHATSAPP_ACCESS_TOKEN" => launch.set(name, env.emulator.access_token()),
            "WHATSAPP_PHONE_NUMBER_ID" => launch.set(name, env.emulator.phone_number_id()),
            "WHATSAPP_APP_SECRET" => launch.set(name, secret.unwrap()),
            "WHATSAPP_VERIFY_TOKEN" => launch.set(name, env.emulator.verify_token()),
            "WAXWING_METRICS_TOKEN" => launch.set(name, METRICS_TOKEN),
            _ => launch.set(name, value),
        };
    }
    launch
}

/// Configures a command of the service `waxwing` with its environment.
fn configured<'e>(service: &ComposeService, env: &'e TestEnv, arguments: &[String]) -> Launch<'e> {
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    secrets(env, service.environment(env.run(&arguments)))
}

/// Starts the service `waxwing`. The emulator plays Meta, and the ports are free ones. Returns the server and its address.
async fn start(service: &ComposeService, env: &TestEnv) -> (ServerProcess, String) {
    let launch = configured(service, env, &service.arguments()).set("WAXWING_METRICS_LISTEN", "127.0.0.1:0");
    let (server, origin) = launch.set("PORT", "0").set("WHATSAPP_GRAPH_URL", &env.emulator.url()).start().await;
    let port = origin.rsplit(':').next().unwrap();
    (server, format!("127.0.0.1:{port}"))
}

#[tokio::test]
async fn the_service_answers_and_its_health_check_passes() {
    let env = TestEnv::new().await;
    let service = ComposeService::read("waxwing", &env, &[]);
    let (server, address) = start(&service, &env).await;
    env.emulator.set_webhook(format!("http://{address}/whatsapp/webhook"));
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let database = service.mounted("/var/lib/waxwing/waxwing.db");
    assert!(Path::new(&database).is_file(), "the database is in the volume");

    let [kind, program, arguments @ ..] = service.health_check.as_slice() else { panic!("no health check") };
    assert!(kind == "CMD" && program.ends_with("/waxwing"), "{:?}", service.health_check);
    let port = address.rsplit(':').next().unwrap();
    let health = configured(&service, &env, arguments).set("PORT", port).output().await;
    assert_eq!(health.code, Some(0), "{}", health.stderr);
    assert_eq!(server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn the_proxy_passes_webhooks_and_nothing_else() {
    let Some(program) = std::env::var_os("WAXWING_CADDY") else { return };
    let env = TestEnv::new().await;
    let (server, upstream) = start(&ComposeService::read("waxwing", &env, &[]), &env).await;
    let proxy = ComposeService::read("proxy", &env, &[("waxwing:7777", &upstream)]);
    // Caddy does not report a port that it got, so the port is chosen here. With a scheme, Caddy needs no certificate.
    let site = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let launch = proxy.environment(env.run(&[]).program(Path::new(&program)));
    let launch = CADDY.iter().fold(launch, |launch, argument| launch.argument(&proxy.mounted(argument)));
    let launch = CADDY_VARIABLES.iter().fold(launch, |launch, (name, path)| launch.set(name, &proxy.mounted(path)));
    let mut caddy = launch.set("WAXWING_DOMAIN", &site).set("CADDY_ADMIN", "off").spawn();
    caddy.wait_for_log_text("serving initial configuration").await;

    env.emulator.set_webhook(format!("{site}/whatsapp/webhook"));
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let client = Client::builder().no_proxy().build().unwrap();
    for private in ["/", "/health/live", "/v1/messages", "/whatsapp"] {
        let response = client.get(format!("{site}{private}")).send().await.unwrap();
        assert_eq!(response.status(), 404, "{private}");
    }
    env.drain(server).await;
}
