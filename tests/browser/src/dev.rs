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

    /// Kills the program with SIGKILL.
    pub async fn kill(&mut self) {
        self.server.take().expect("the program runs").kill().await;
    }

    /// Starts the program again after [`Dev::kill`], with the phone page on the same port.
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
