//! Process of `waxwing dev`.

use tempfile::TempDir;
use tokio::process::Command;
use waxwing_tests::{ServerProcess, waxwing};

/// Running `waxwing dev` in its own directory, without environment variables. It is killed when it is dropped.
#[derive(Debug)]
pub struct Dev {
    /// Origin of the phone page, without a slash at the end.
    pub origin: String,
    server: Option<ServerProcess>,
    // Dropped last, after the process has ended.
    dir: TempDir,
}

impl Dev {
    /// Starts the program on free ports, and waits until it prints the URL of the phone page.
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (server, origin) = start(&dir, "0").await;
        Self { origin, server: Some(server), dir }
    }

    /// Stops the program with SIGTERM, so that the outcome of every sent message is recorded. A new emulator knows nothing of a message that
    /// is in doubt, and the conversation would wait for its status.
    pub async fn stop(&mut self) {
        let output = self.server.take().expect("the program runs").terminate().await;
        assert_eq!(output.code, Some(0), "{}", output.stderr);
    }

    /// Starts the program again after [`Dev::stop`], with the phone page on the same port.
    pub async fn restart(&mut self) {
        let (_, port) = self.origin.rsplit_once(':').unwrap();
        let (server, origin) = start(&self.dir, port).await;
        assert_eq!(origin, self.origin);
        self.server = Some(server);
    }
}

async fn start(dir: &TempDir, phone_port: &str) -> (ServerProcess, String) {
    let mut command = Command::new(waxwing());
    command.args(["dev", "--phone-port", phone_port, "--port", "0"]).env_clear().current_dir(dir.path());
    let mut server = ServerProcess::spawn(command);
    let line = server.wait_for_line("http://").await;
    (server, line.trim().trim_end_matches('/').to_owned())
}
