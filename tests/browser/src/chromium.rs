//! Process of the browser.

use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};

use crate::DEADLINE;

/// Names of the Chromium executable.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// No window, no connections of the browser's own, no throttling that depends on the load of the machine.
const FLAGS: [&str; 19] = [
    "--headless",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--disable-gpu",
    // A microphone that plays a tone, without a question to the person.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-hang-monitor",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
];

/// A running Chromium with an empty profile. Dropping it kills all its processes and removes the profile.
#[derive(Debug)]
pub(crate) struct Chromium {
    process: Child,
    // Dropped last, after the process that writes to it.
    _profile: TempDir,
}

impl Chromium {
    /// Starts the browser and returns the address of its DevTools protocol.
    pub(crate) async fn start() -> (Self, String) {
        let profile = tempfile::Builder::new().prefix("waxwing-chromium-").tempdir().unwrap();
        let mut command = Command::new(find());
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        // A killed browser does not remove its temporary files; the profile's directory is removed with them.
        command.env("TMPDIR", profile.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Its child processes share its process group, so that one signal kills all.
        let mut process = command.process_group(0).kill_on_drop(true).spawn().unwrap();
        let stderr = process.stderr.take().unwrap();
        let chromium = Self { process, _profile: profile };
        let address = address(stderr).await;
        (chromium, address)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The id is known until the process has been waited for, which does not happen before the drop.
        let Some(id) = self.process.id() else { return };
        let killed = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{id}")]).status();
        // A second panic during unwinding would abort the tests.
        if !std::thread::panicking() {
            assert!(killed.unwrap().success(), "Chromium could not be killed");
        }
    }
}

fn find() -> PathBuf {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<_> = std::env::split_paths(&path).collect();
    let files = NAMES.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    files.into_iter().find(|file| file.is_file()).unwrap_or_else(|| {
        panic!("no Chromium: `apt-get install chromium`, or set CHROMIUM to its path, or run `cargo xtask test --no-browser`")
    })
}

/// Reads the DevTools address from stderr. The rest is read until the end, so that a full pipe never blocks the browser.
async fn address(stderr: ChildStderr) -> String {
    let mut lines = BufReader::new(stderr).lines();
    let mut output = Vec::new();
    let search = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, address)) = line.split_once("DevTools listening on ") {
                return Some(address.trim().to_owned());
            }
            output.push(line);
        }
        None
    };
    let Some(address) = tokio::time::timeout(DEADLINE, search).await.ok().flatten() else {
        panic!("Chromium does not start:\n{}", output.join("\n"));
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    address
}
