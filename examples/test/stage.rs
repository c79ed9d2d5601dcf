//! Test environment of an example.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use waxwing_emulator::{EmulatorBuilder, User};
use waxwing_tests::{Launch, ModelServer, ProviderProtocol, ServerProcess, TestEnv};

/// Emulator with one user, and a fake provider of language models.
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

    /// Configures an example with the environment variables that its documentation lists.
    pub(crate) fn example(&self, name: &str) -> Launch<'_> {
        let launch = self.env.serve("echo").program(&program(name));
        launch.set("WAXWING_MODEL_URL", &self.model.url()).set("NO_COLOR", "1")
    }

    /// Starts an example.
    pub(crate) async fn run(&self, name: &str) -> ServerProcess {
        self.start(self.example(name)).await
    }

    /// Starts an example, waits until it listens, and configures its webhook in the emulator.
    pub(crate) async fn start(&self, launch: Launch<'_>) -> ServerProcess {
        let mut server = launch.spawn();
        self.env.emulator.set_webhook(format!("{}/whatsapp/webhook", origin(&mut server).await));
        server
    }
}

/// Returns the origin of an example from its log.
pub(crate) async fn origin(server: &mut ServerProcess) -> String {
    let line = server.wait_for_line("listening").await;
    let (_, address) = line.trim().rsplit_once("address=").unwrap();
    format!("http://{address}")
}

/// Returns the path of an example. Builds the example unless the test command built everything.
fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    if std::env::var_os("WAXWING_BIN").is_none() {
        BUILT.get_or_init(build);
    }
    // Cargo puts a test into target/<profile>/deps and an example into target/<profile>/examples.
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}

fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--package", "waxwing-examples", "--examples"]).status();
    assert!(built.unwrap().success(), "the examples do not build");
}
