//! The alert rules and the dashboard on a server under load, with Prometheus itself.
//!
//! `cargo xtask ci metrics` installs Prometheus and sets `WAXWING_PROMETHEUS` to its path. Without the variable, the test does nothing.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::{Value, json};
use waxwing_emulator::FaultEffect;
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, ServerProcess, TestEnv};

use crate::support::{ComposeService, METRICS_TOKEN, Scraper};

/// Time for Prometheus to collect what the expressions need.
const PATIENCE: Duration = Duration::from_mins(2);

/// Time between two requests to Prometheus.
const PAUSE: Duration = Duration::from_millis(500);

/// Words of expressions about faults that the load does not have. They may have no value.
const FAULTS: [&str; 2] = ["waxwing_window_refusals_total", "waxwing_template_refusals_total"];

/// A running Prometheus.
struct Prometheus {
    url: String,
    client: Client,
    _process: ServerProcess,
}

impl Prometheus {
    /// Starts the service `prometheus` of the compose file for the metrics of one server. It reads them once in a second.
    async fn start(program: &Path, env: &TestEnv, target: &str) -> Self {
        let changes = [
            ("waxwing:9464", target),
            ("_interval: 15s", "_interval: 1s"),
            ("/etc/prometheus/waxwing-token", "waxwing-token"),
        ];
        let service = ComposeService::read("prometheus", env, &changes);
        fs::write(service.mounted("/etc/prometheus/waxwing-token"), METRICS_TOKEN).unwrap();
        // Prometheus does not report the port that it got, so the port is chosen here.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let launch = service.environment(env.run(&[]).program(program));
        let launch = service.arguments().iter().fold(launch, |launch, argument| launch.argument(argument));
        let mut process = launch.argument(&format!("--web.listen-address={address}")).spawn();
        process.wait_for_log_text("Server is ready to receive web requests").await;
        Self {
            url: format!("http://{address}"),
            client: Client::builder().no_proxy().build().unwrap(),
            _process: process,
        }
    }

    /// Evaluates an expression. Returns the number of its series; none if Prometheus does not answer yet.
    async fn query(&self, expression: &str) -> Option<usize> {
        let url = Url::parse_with_params(&format!("{}/api/v1/query", self.url), [("query", expression)]).unwrap();
        let answer: Value = self.client.get(url).send().await.ok()?.json().await.ok()?;
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        Some(answer["data"]["result"].as_array().unwrap().len())
    }
}

fn project(path: &str) -> String {
    format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))
}

/// Returns the expressions of the panels of the dashboard, as Grafana sends them.
fn dashboard() -> Vec<String> {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(project("deploy/grafana/waxwing.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expression = |target: &Value| {
        let text = target["expr"].as_str().unwrap();
        text.replace("$__rate_interval", "1m").replace("$instance", ".*")
    };
    targets.map(expression).collect()
}

/// Returns the rules that Prometheus has loaded: their types, names and expressions.
async fn rules(prometheus: &Prometheus) -> Vec<Value> {
    let url = format!("{}/api/v1/rules", prometheus.url);
    let answer: Value = prometheus.client.get(url).send().await.unwrap().json().await.unwrap();
    let groups = answer["data"]["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn every_expression_has_a_value_on_a_server_under_load() {
    let Some(program) = std::env::var_os("WAXWING_PROMETHEUS") else { return };
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    env.write_config(&format!(
        "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\n\
         price = {{ input = 1.0, output = 2.0 }}\n\n[agents.guide]\nmodel = 'stub'\ntools = ['remind_user']\n",
        model.url()
    ));
    let (scraper, server) = Scraper::start(env.serve_config()).await;
    let target = scraper.url.trim_start_matches("http://").trim_end_matches("/metrics");
    let prometheus = Prometheus::start(Path::new(&program), &env, target).await;
    let ana = env.emulator.user("+34600000000");
    let load = async |nth: usize| {
        model.reply_with([ModelReply::tool_call("remind_user", json!({})), ModelReply::text("Hola.")]);
        if nth % 5 == 1 {
            env.emulator.next_send(FaultEffect::Error { code: 131_026, http: 400 });
        }
        ana.says(format!("message {nth}")).await;
        env.emulator.expect_idle().await;
    };
    let expressions = dashboard();
    assert!(expressions.len() > 30, "{expressions:?}");
    let is_fault = |expression: &String| FAULTS.iter().any(|fault| expression.contains(fault));
    let mut missing: Vec<String> = expressions.iter().filter(|expression| !is_fault(expression)).cloned().collect();
    missing.extend(["waxwing_ready", "instance:waxwing_failed_runs:ratio_rate5m"].map(str::to_owned));
    missing.push("instance_number:waxwing_refused_sends:ratio_rate15m".to_owned());
    let complete = async {
        for nth in 0.. {
            load(nth).await;
            let mut still_missing = Vec::new();
            for expression in &missing {
                if prometheus.query(expression).await.unwrap_or_default() == 0 {
                    still_missing.push(expression.clone());
                }
            }
            if still_missing.is_empty() {
                return;
            }
            missing = still_missing;
            // tidy: allow sleep - Prometheus scrapes once in a second, and tells nobody.
            tokio::time::sleep(PAUSE).await;
        }
    };
    let complete = tokio::time::timeout(PATIENCE, complete).await;
    assert!(complete.is_ok(), "without a value: {missing:#?}\n{}", scraper.page().await.0);

    for expression in expressions.iter().filter(|expression| is_fault(expression)) {
        prometheus.query(expression).await.unwrap();
    }
    let rules = rules(&prometheus).await;
    assert!(rules.len() >= 15, "{rules:?}");
    for rule in &rules {
        assert_ne!(rule["health"], "err", "{rule}");
        prometheus.query(rule["query"].as_str().unwrap()).await.unwrap();
    }
    if let Some(file) = std::env::var_os("WAXWING_METRICS_PAGE") {
        fs::write(file, scraper.page().await.0).unwrap();
    }
    env.drain(server).await;
}
