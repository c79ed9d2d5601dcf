//! Where an example is tried.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use waxwing_emulator::{EmulatorBuilder, User};
use waxwing_tests::{Launch, ModelServer, ProviderProtocol, ServerProcess, TestEnv};

/// An emulated Cloud API with one user, and a model that says what it is told to.
pub(crate) struct Stage {
    pub(crate) env: TestEnv,
    pub(crate) model: ModelServer,
    pub(crate) ana: User,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(TestEnv::emulator()).await
    }

    pub(crate) async fn with(emulator: EmulatorBuilder) -> Self {
        let (env, model) = (TestEnv::with(emulator).await, ModelServer::start(ProviderProtocol::OpenAi).await);
        let ana = env.emulator.user("+34600000000");
        Self { env, model, ana }
    }

    /// The program of an example, with the variables that it is told to be run with.
    pub(crate) fn example(&self, name: &str) -> Launch<'_> {
        let launch = self.env.serve("echo").program(&program(name));
        launch.set("WAXWING_MODEL_URL", &self.model.url()).set("NO_COLOR", "1")
    }

    /// Starts an example.
    pub(crate) async fn run(&self, name: &str) -> ServerProcess {
        self.start(self.example(name)).await
    }

    /// Starts an example, waits until it listens, and points the emulator's webhook at it.
    pub(crate) async fn start(&self, launch: Launch<'_>) -> ServerProcess {
        let mut server = launch.spawn();
        self.env.emulator.set_webhook(format!("{}/whatsapp/webhook", origin(&mut server).await));
        server
    }
}

/// Where an example listens, as its log says.
pub(crate) async fn origin(server: &mut ServerProcess) -> String {
    let line = server.wait_for_line("listening").await;
    let (_, address) = line.trim().rsplit_once("address=").unwrap();
    format!("http://{address}")
}

/// The program of an example, built from the sources as they are: by whoever started the tests, if they built everything, else here.
fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    if std::env::var_os("WAXWING_BIN").is_none() {
        BUILT.get_or_init(build);
    }
    // Tests lie in target/<profile>/deps, examples in target/<profile>/examples.
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}

fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--package", "waxwing-examples", "--examples"]).status();
    assert!(built.unwrap().success(), "the examples do not build");
}
