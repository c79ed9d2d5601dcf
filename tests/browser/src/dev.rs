//! The program, as the first command of the README starts it.

use tempfile::TempDir;
use tokio::process::Command;
use waxwing_tests::{ServerProcess, waxwing};

/// `waxwing dev`, in a directory of its own and with nothing in its environment. Killed when it is dropped.
#[derive(Debug)]
pub struct Dev {
    /// Where the phone page is, without a slash at the end.
    pub origin: String,
    server: Option<ServerProcess>,
    // Last: the program is gone before its directory is.
    dir: TempDir,
}

impl Dev {
    /// Starts the program on free ports and waits until it says where the phone page is.
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (server, origin) = start(&dir, "0").await;
        Self { origin, server: Some(server), dir }
    }

    /// Kills the program as `kill -9` does.
    pub async fn kill(&mut self) {
        self.server.take().expect("the program runs").kill().await;
    }

    /// Starts the program again after [`Dev::kill`], with the phone page where it was.
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
