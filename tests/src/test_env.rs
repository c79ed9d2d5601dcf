//! Test environment: an emulator and a directory for the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use waxwing::agent::Agent;
use waxwing::{AgentOs, Setting, Settings, WhatsApp};
use waxwing_emulator::{Emulator, EmulatorBuilder, RateLimits};

use crate::binary::waxwing;
use crate::in_process::InProcessServer;
use crate::process::{ProcessOutput, ServerProcess};

/// Environment of an end-to-end test.
#[derive(Debug)]
pub struct TestEnv {
    /// Emulator of the Cloud API.
    pub emulator: Arc<Emulator>,
    dir: TempDir,
}

/// Configuration of a program before its start.
#[derive(Debug)]
pub struct Launch<'a> {
    env: &'a TestEnv,
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    open_files: Option<u32>,
    socket: Option<TcpListener>,
    input: Option<File>,
}

impl TestEnv {
    /// Creates an environment with the default emulator.
    pub async fn new() -> Self {
        Self::with(Self::emulator()).await
    }

    /// Returns the builder of the default emulator. The emulator has no limit for messages to one user, because the servers of the tests
    /// send without one.
    pub fn emulator() -> EmulatorBuilder {
        let pace = RateLimits::default().with_pair_interval(Duration::ZERO);
        Emulator::builder().seed(7).rate_limits(pace)
    }

    /// Creates an environment with this emulator.
    pub async fn with(emulator: EmulatorBuilder) -> Self {
        Self { emulator: Arc::new(emulator.start().await.unwrap()), dir: tempfile::tempdir().unwrap() }
    }

    /// Returns a path in the directory of the environment.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Returns how often each active fault was triggered.
    pub async fn fault_counts(&self) -> Vec<u64> {
        let faults = reqwest::get(format!("{}/control/faults", self.emulator.url())).await.unwrap();
        let faults: Vec<Value> = faults.json().await.unwrap();
        faults.iter().map(|fault| fault["triggered"].as_u64().unwrap()).collect()
    }

    /// Configures `waxwing serve` with this agent on a free port. The server has no debounce and no pair limit. It does not extend the
    /// in-doubt window while no webhooks arrive.
    pub fn serve(&self, agent: &str) -> Launch<'_> {
        self.serve_config().argument("--agent").argument(agent)
    }

    /// Configures `waxwing serve` with the agents of `waxwing.toml`; see [`write_config`](Self::write_config).
    pub fn serve_config(&self) -> Launch<'_> {
        self.run(&["--log-format", "json", "serve"])
            .set("HOST", "127.0.0.1")
            .set("PORT", "0")
            .set("WHATSAPP_ACCESS_TOKEN", self.emulator.access_token())
            .set("WHATSAPP_PHONE_NUMBER_ID", self.emulator.phone_number_id())
            .set("WHATSAPP_APP_SECRET", self.emulator.app_secret().unwrap())
            .set("WHATSAPP_VERIFY_TOKEN", self.emulator.verify_token())
            .set("WHATSAPP_GRAPH_URL", &self.emulator.url())
            .set("WAXWING_DEBOUNCE", "0s")
            .set("WAXWING_PAIR_INTERVAL", "0s")
            .set("WAXWING_IN_DOUBT_MAX", "0s")
            .set("WAXWING_RETRY_BASE", "20ms")
    }

    /// Drains a server: waits until the emulator is idle, stops the server with SIGTERM, and returns its output. After the drain, no more
    /// messages can arrive, so a test may check that nothing did.
    ///
    /// # Panics
    ///
    /// If the server does not exit with code 0.
    pub async fn drain(&self, server: ServerProcess) -> ProcessOutput {
        self.emulator.expect_idle().await;
        let output = server.terminate().await;
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        output
    }

    /// Drains a server in the test's process, and returns its log; see [`drain`](Self::drain).
    pub async fn drain_in_process(&self, server: InProcessServer) -> String {
        self.emulator.expect_idle().await;
        server.stop().await
    }

    /// Writes `waxwing.toml`.
    pub fn write_config(&self, toml: &str) {
        std::fs::write(self.path("waxwing.toml"), toml).unwrap();
    }

    /// Configures any command. It runs in the directory of the environment, with `DATABASE_URL` as its only environment variable.
    pub fn run(&self, arguments: &[&str]) -> Launch<'_> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let program = waxwing().to_owned();
        Launch {
            env: self,
            program,
            arguments,
            environment: BTreeMap::new(),
            open_files: None,
            socket: None,
            input: None,
        }
        .set("DATABASE_URL", "sqlite://test.db")
    }
}

impl Launch<'_> {
    /// Sets an environment variable.
    pub fn set(mut self, variable: &str, value: &str) -> Self {
        self.environment.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// Removes an environment variable.
    pub fn unset(mut self, variable: &str) -> Self {
        self.environment.remove(variable);
        self
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Replaces the program and removes the arguments. The program reads its settings from environment variables only.
    pub fn program(self, program: &Path) -> Self {
        Self { program: program.to_owned(), arguments: Vec::new(), ..self }
    }

    /// Passes a listening socket to the program, as a service manager does.
    pub fn socket(self, socket: &TcpListener) -> Self {
        Self { socket: Some(socket.try_clone().unwrap()), ..self }
    }

    /// Sets the text of standard input, which is empty otherwise.
    pub fn input(self, text: &str) -> Self {
        let path = self.env.path("standard-input");
        std::fs::write(&path, text).unwrap();
        Self { input: Some(File::open(path).unwrap()), ..self }
    }

    /// Limits how many files the program may have open.
    pub fn open_files(self, limit: u32) -> Self {
        Self { open_files: Some(limit), ..self }
    }

    /// Starts the program without waiting for output.
    pub fn spawn(self) -> ServerProcess {
        let mut script = self.open_files.map(|limit| format!("ulimit -n {limit} && ")).unwrap_or_default();
        if self.socket.is_some() {
            script.push_str("exec 3<&0 0</dev/null && export LISTEN_FDS=1 LISTEN_PID=$$ && ");
        }
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("{script}exec \"$0\" \"$@\"")]).arg(self.program);
        let input = self.input.map_or_else(Stdio::null, Stdio::from);
        command.stdin(self.socket.map_or(input, |socket| OwnedFd::from(socket).into()));
        command.args(self.arguments).env_clear().envs(self.environment).current_dir(self.env.dir.path());
        ServerProcess::spawn(command)
    }

    /// Runs the program to its end.
    pub async fn output(self) -> ProcessOutput {
        self.spawn().wait().await
    }

    /// Starts a server, waits until it listens, and configures its webhook in the emulator. Returns the server and its origin.
    pub async fn start(self) -> (ServerProcess, String) {
        let env = self.env;
        let mut server = self.spawn();
        let line = server.wait_for_log("listening").await;
        let origin = format!("http://{}", line["address"].as_str().unwrap());
        env.emulator.set_webhook(format!("{origin}/whatsapp/webhook"));
        (server, origin)
    }

    /// Starts a server with the same settings in the process of the test, behind a real socket, and configures its webhook in the emulator.
    /// `patience` is the request timeout of the Graph client.
    pub async fn start_in_process(self, agent: impl Agent + 'static, patience: Duration) -> InProcessServer {
        let env = self.env;
        let database = format!("sqlite://{}", env.path("test.db").display());
        let environment = self.set("DATABASE_URL", &database).environment;
        let settings = Settings::read(&|setting: &Setting| environment.get(setting.variable).cloned()).unwrap();
        let interface = WhatsApp::builder(agent)
            .settings(&settings)
            .client(move |client| client.timeout(patience))
            .build()
            .unwrap();
        let (here, origin) = InProcessServer::start(AgentOs::from_settings(&settings).interface(interface)).await;
        env.emulator.set_webhook(format!("{origin}/whatsapp/webhook"));
        here
    }
}
