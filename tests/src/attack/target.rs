//! Server under attack.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::Instant;
use waxwing::webhook::AppSecrets;

use super::graph_server::{GraphCall, GraphServer};
use super::report::AttackReport;
use crate::process::ServerProcess;
use crate::test_env::{Launch, TestEnv};

/// Time within which a user is answered.
pub(super) const SOON: Duration = Duration::from_secs(5);

/// A server with the echo agent, on a Graph API of the attack.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) env: TestEnv,
    pub(super) server: ServerProcess,
    pub(super) address: SocketAddr,
    pub(super) graph: GraphServer,
    secrets: AppSecrets,
    client: reqwest::Client,
    users: AtomicUsize,
    /// The business number to which users write.
    number: String,
}

impl Target {
    /// Starts a server with these settings. `respond` chooses the responses of the Graph API; with none, a call succeeds.
    pub(super) async fn start(
        settings: &[(&str, &str)],
        respond: impl Fn(&GraphCall) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        let env = TestEnv::new().await;
        Self::start_in(env, settings, respond, |env| env.serve("echo")).await
    }

    /// Starts a server with the agents and the numbers of `waxwing.toml` in `env`.
    pub(super) async fn start_with_config(
        env: TestEnv,
        settings: &[(&str, &str)],
        respond: impl Fn(&GraphCall) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        Self::start_in(env, settings, respond, |env| env.serve_config().unset("WHATSAPP_PHONE_NUMBER_ID")).await
    }

    async fn start_in(
        env: TestEnv,
        settings: &[(&str, &str)],
        respond: impl Fn(&GraphCall) -> Option<Response> + Send + Sync + 'static,
        serve: impl FnOnce(&TestEnv) -> Launch<'_>,
    ) -> Self {
        let graph = GraphServer::start(respond).await;
        let launch = serve(&env).set("WHATSAPP_GRAPH_URL", &graph.url).set("WAXWING_SHUTDOWN_TIMEOUT", "2s");
        let launch = settings.iter().fold(launch, |launch, (variable, value)| launch.set(variable, value));
        let (server, origin) = launch.start().await;
        let address = origin.trim_start_matches("http://").parse().unwrap();
        let secrets = AppSecrets::new([env.emulator.app_secret().unwrap()]).unwrap();
        // A connection for each request, as a proxy of many servers has it.
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(SOON).build().unwrap();
        let number = env.emulator.phone_number_id().to_owned();
        Self { env, server, address, graph, secrets, client, users: AtomicUsize::new(0), number }
    }

    /// Lets users write to another business number from now on.
    pub(super) fn at(self, number: String) -> Self {
        Self { number, ..self }
    }

    /// Returns a phone number that did not write before.
    pub(super) fn new_user(&self) -> String {
        format!("34600{:06}", self.users.fetch_add(1, Ordering::Relaxed))
    }

    /// Delivers a message of a user. Returns the status of the response; none if there is no response within five seconds.
    pub(super) async fn deliver(&self, user: &str, id: &str, content: &Value) -> Option<u16> {
        let mut message = json!({ "from": user, "id": format!("wamid.{user}.{id}"), "timestamp": now() });
        message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        let number = &self.number;
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": "15550001111", "phone_number_id": number },
                "contacts": [{ "profile": { "name": "A" }, "wa_id": user }],
                "messages": [message],
            },
        }] }] })
        .to_string();
        let request = self.client.post(format!("http://{}/whatsapp/webhook", self.address));
        let request = request.header("x-hub-signature-256", self.secrets.sign(body.as_bytes()));
        Some(request.body(body).send().await.ok()?.status().as_u16())
    }

    /// Returns the status of `GET /health/ready`.
    pub(super) async fn readiness(&self) -> Option<u16> {
        let response = self.client.get(format!("http://{}/health/ready", self.address)).send().await;
        Some(response.ok()?.status().as_u16())
    }

    /// A user writes a text. Returns false if the server does not accept it within five seconds.
    pub(super) async fn write(&self, user: &str, text: &str) -> bool {
        let start = Instant::now();
        let content = json!({ "type": "text", "text": { "body": text } });
        // Meta repeats a webhook that was not accepted.
        while self.deliver(user, text, &content).await != Some(200) {
            if start.elapsed() > SOON {
                return false;
            }
            // tidy: allow sleep - the pace of the redelivery
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        true
    }

    /// A user writes a text. Returns the time until the user has the answer; none if that takes longer than five seconds.
    pub(super) async fn ask(&self, user: &str, text: &str) -> Option<Duration> {
        let start = Instant::now();
        if !self.write(user, text).await {
            return None;
        }
        let answer = format!("echo {text}");
        self.graph.has_sent(user, &answer, SOON.saturating_sub(start.elapsed())).await.then(|| start.elapsed())
    }

    /// Lets new users write, one after another, and counts those who are answered. Returns the longest wait.
    pub(super) async fn probe(&self, report: &mut AttackReport, times: usize) -> Duration {
        let mut longest = Duration::ZERO;
        for _ in 0..times {
            let wait = self.ask(&self.new_user(), "hello").await;
            report.count(wait.is_some());
            longest = longest.max(wait.unwrap_or(SOON));
        }
        longest
    }

    /// Waits until the resident memory is at most `limit`, or for 20 s: freed memory goes back after 10 s. Returns it.
    pub(super) async fn memory_after(&self, limit: u64) -> u64 {
        let start = Instant::now();
        loop {
            let memory = self.server.memory().unwrap_or_default();
            if memory <= limit || start.elapsed() > 4 * SOON {
                return memory;
            }
            // tidy: allow sleep - the system tells no change of the memory
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Stops the server, and counts a clean exit. Adds the peak of its memory to the figures.
    pub(super) async fn finish(self, report: &mut AttackReport) {
        if let Some(peak) = self.server.peak_memory() {
            report.figures.push(format!("peak RSS {} MB", peak / 1_000_000));
        }
        let output = self.server.terminate().await;
        report.count(output.code == Some(0));
    }
}

fn now() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs().to_string()
}
