//! An emulated Cloud API, a directory for a database, and the programs that are started on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use waxwing::{Agent, AgentOs, Setting, Settings, WhatsApp};
use waxwing_emulator::{Builder, Emulator, Pace};

use crate::binary::waxwing;
use crate::here::Here;
use crate::process::{Ended, Server};

/// Where a test takes place.
#[derive(Debug)]
pub struct Scene {
    /// The emulated Cloud API.
    pub sim: Arc<Emulator>,
    dir: TempDir,
}

/// A program that is about to be started.
#[derive(Debug)]
pub struct Launch<'a> {
    scene: &'a Scene,
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Scene {
    /// A scene with the usual emulator.
    pub async fn new() -> Self {
        Self::with(Self::emulator()).await
    }

    /// The usual emulator. It does not ask for a pace between two messages to the same user, since [`serve`](Self::serve) keeps none: on a slow machine an
    /// answer could come after the burst that Meta allows.
    pub fn emulator() -> Builder {
        let pace = Pace { pair_interval: Duration::ZERO, ..Pace::default() };
        Emulator::builder().seed(7).pace(pace)
    }

    /// A scene with an emulator of its own.
    pub async fn with(emulator: Builder) -> Self {
        Self { sim: Arc::new(emulator.start().await.unwrap()), dir: tempfile::tempdir().unwrap() }
    }

    /// A path in the scene's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// How often each fault in force has struck so far.
    pub async fn strikes(&self) -> Vec<u64> {
        let faults = reqwest::get(format!("{}/control/faults", self.sim.url())).await.unwrap();
        let faults: Vec<Value> = faults.json().await.unwrap();
        faults.iter().map(|fault| fault["struck"].as_u64().unwrap()).collect()
    }

    /// `waxwing serve` for the emulated number, on a free port, answering at once, without a pace, and in doubt no longer because no webhook
    /// comes in, unless told otherwise.
    pub fn serve(&self, agent: &str) -> Launch<'_> {
        self.serve_described().argument("--agent").argument(agent)
    }

    /// The same with whom `waxwing.toml` describes: see [`describe`](Self::describe).
    pub fn serve_described(&self) -> Launch<'_> {
        self.run(&["--log-format", "json", "serve"])
            .set("HOST", "127.0.0.1")
            .set("PORT", "0")
            .set("WHATSAPP_ACCESS_TOKEN", self.sim.access_token())
            .set("WHATSAPP_PHONE_NUMBER_ID", self.sim.phone_number_id())
            .set("WHATSAPP_APP_SECRET", self.sim.app_secret().unwrap())
            .set("WHATSAPP_VERIFY_TOKEN", self.sim.verify_token())
            .set("WHATSAPP_GRAPH_URL", &self.sim.url())
            .set("WAXWING_SETTLE", "0s")
            .set("WAXWING_PAIR_INTERVAL", "0s")
            .set("WAXWING_DOUBT_LIMIT", "0s")
            .set("WAXWING_RETRY_BASE", "20ms")
    }

    /// Writes `waxwing.toml`.
    pub fn describe(&self, toml: &str) {
        std::fs::write(self.path("waxwing.toml"), toml).unwrap();
    }

    /// Any command, in the scene's directory and with nothing in its environment but the way to the database.
    pub fn run(&self, arguments: &[&str]) -> Launch<'_> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let program = waxwing().to_owned();
        Launch { scene: self, program, arguments, environment: BTreeMap::new() }.set("DATABASE_URL", "sqlite://test.db")
    }
}

impl Launch<'_> {
    /// Sets a variable.
    pub fn set(mut self, variable: &str, value: &str) -> Self {
        self.environment.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// Removes a variable.
    pub fn unset(mut self, variable: &str) -> Self {
        self.environment.remove(variable);
        self
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts this program instead, which takes the settings from its environment alone.
    pub fn program(self, program: &Path) -> Self {
        Self { program: program.to_owned(), arguments: Vec::new(), ..self }
    }

    /// Starts the program, without waiting for anything.
    pub fn spawn(self) -> Server {
        let mut command = Command::new(self.program);
        command.args(self.arguments).env_clear().envs(self.environment).current_dir(self.scene.dir.path());
        Server::spawn(command)
    }

    /// Runs the program to its end.
    pub async fn output(self) -> Ended {
        self.spawn().ended().await
    }

    /// Starts a server, waits until it listens, and points the emulator's webhook at it.
    pub async fn start(self) -> (Server, String) {
        let scene = self.scene;
        let mut server = self.spawn();
        let line = server.logged("listening").await;
        let origin = format!("http://{}", line["address"].as_str().unwrap());
        scene.sim.set_webhook(format!("{origin}/whatsapp/webhook"));
        (server, origin)
    }

    /// Starts a server with the same settings in this process, over sockets all the same, and points the emulator's webhook at it. What its agent is, and
    /// how long its client waits, is said here, as no setting does.
    pub async fn start_here(self, agent: impl Agent + 'static, patience: Duration) -> Here {
        let scene = self.scene;
        let database = format!("sqlite://{}", scene.path("test.db").display());
        let environment = self.set("DATABASE_URL", &database).environment;
        let settings = Settings::read(&|setting: &Setting| environment.get(setting.variable).cloned()).unwrap();
        let interface = WhatsApp::from_settings(agent, &settings).unwrap().client(|client| client.timeout(patience));
        let (here, origin) = Here::start(AgentOs::from_settings(&settings).interface(interface)).await;
        scene.sim.set_webhook(format!("{origin}/whatsapp/webhook"));
        here
    }
}
