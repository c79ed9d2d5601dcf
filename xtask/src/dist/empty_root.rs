//! Trial of the program in an empty root directory.
//!
//! The directory has the program, certificates of CAs, and names of hosts. The process has no environment but settings, as in a container.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::oci::USER;
use crate::debian;

/// Deadline of each wait.
const DEADLINE: Duration = Duration::from_secs(30);

/// Settings of the trial. The address of the Graph API is on this machine, so that nothing leaves it.
const SETTINGS: [(&str, &str); 9] = [
    ("DATABASE_URL", "sqlite:///data/waxwing.db"),
    ("HOST", "127.0.0.1"),
    ("PORT", "0"),
    ("WAXWING_AGENT", "echo"),
    ("WAXWING_LOG_FORMAT", "json"),
    ("WHATSAPP_ACCESS_TOKEN", "trial"),
    ("WHATSAPP_APP_SECRET", "trial"),
    ("WHATSAPP_GRAPH_URL", "http://127.0.0.1:9"),
    ("WHATSAPP_PHONE_NUMBER_ID", "1"),
];

/// Name that only the file `/etc/hosts` of the directory knows.
const NAME: &str = "waxwing.test";

/// Result of the trial.
pub(super) enum Trial {
    /// The program printed this version, served, and stopped.
    Passed(String),
    /// The machine does not let this user change the root directory.
    NotRun(String),
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(version) => write!(f, "`{version}` served in an empty root"),
            Self::NotRun(reason) => write!(f, "not run in an empty root: {reason}"),
        }
    }
}

/// Runs the program in an empty root: it prints its version, serves, answers `/health/live`, and stops.
pub(super) fn run(sh: &Shell, program: &Path, certificates: &[u8]) -> anyhow::Result<Trial> {
    let root = tempfile::tempdir()?;
    let root = root.path();
    for directory in ["data", "etc/ssl/certs"] {
        std::fs::create_dir_all(root.join(directory))?;
    }
    std::fs::copy(program, root.join("waxwing"))?;
    std::fs::write(root.join("etc/ssl/certs/ca-certificates.crt"), certificates)?;
    std::fs::write(root.join("etc/hosts"), format!("127.0.0.1 localhost {NAME}\n"))?;
    std::fs::write(root.join("etc/nsswitch.conf"), "hosts: files dns\n")?;
    let Some(jail) = Jail::find(sh, root)? else {
        return Ok(Trial::NotRun("neither chroot nor unshare is permitted".to_owned()));
    };
    let version = output(jail.command(&["--version"]))?;
    let mut serve = jail.command(&["serve"]);
    let mut server = Server(serve.envs(SETTINGS).stderr(Stdio::piped()).spawn()?);
    let address = server.address()?;
    let answer = live(&address)?;
    ensure!(answer.starts_with("HTTP/1.1 200") && answer.contains("alive"), "/health/live answered: {answer}");
    // A static C library must find names without further libraries.
    let port = address.rsplit(':').next().context("an address has a port")?;
    output(jail.command(&["health", "--url", &format!("http://{NAME}:{port}")]))?;
    server.stop(sh)?;
    Ok(Trial::Passed(version))
}

/// Way to start a program with another root directory.
struct Jail(Vec<String>);

impl Jail {
    /// Tries `chroot` for root, and `unshare` for others.
    fn find(sh: &Shell, root: &Path) -> anyhow::Result<Option<Self>> {
        let root = root.to_str().context("the temporary directory is not UTF-8")?;
        let is_root = cmd!(sh, "id -u").quiet().read()? == "0";
        let owner = format!("{USER}:{USER}");
        let ways = [
            ("chroot", vec![format!("--userspec={owner}"), root.to_owned()]),
            ("unshare", vec!["--map-root-user".to_owned(), format!("--root={root}")]),
        ];
        for (way, arguments) in ways {
            let Some(program) = debian::find(sh, way) else { continue };
            if way == "chroot" {
                if !is_root {
                    continue;
                }
                cmd!(sh, "chown {owner} {root}/data").quiet().run()?;
            }
            let jail = Self([vec![program.display().to_string()], arguments].concat());
            if jail.command(&["--version"]).output()?.status.success() {
                return Ok(Some(jail));
            }
        }
        Ok(None)
    }

    /// Returns a command of the program with an empty environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]).arg("/waxwing").args(arguments).env_clear().stdin(Stdio::null());
        command
    }
}

/// Runs a command to its end, and returns the last line of its output.
fn output(mut command: Command) -> anyhow::Result<String> {
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(text)
}

/// Running server. It is killed when it is dropped.
struct Server(Child);

impl Server {
    /// Waits until the server listens, and returns its address.
    fn address(&mut self) -> anyhow::Result<String> {
        let stderr = self.0.stderr.take().context("the log is piped")?;
        let (sender, lines) = mpsc::channel();
        // The thread ends with the server, and reads the rest of the log so that the server can write it.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut log = String::new();
        while let Ok(line) = lines.recv_timeout(DEADLINE) {
            let fields: Value = serde_json::from_str(&line).unwrap_or_default();
            if fields["message"] == "listening" {
                return Ok(fields["address"].as_str().context("the server logs no address")?.to_owned());
            }
            log = log + &line + "\n";
        }
        bail!("the server does not listen:\n{log}")
    }

    /// Stops the server with SIGTERM.
    fn stop(mut self, sh: &Shell) -> anyhow::Result<()> {
        let pid = self.0.id().to_string();
        cmd!(sh, "kill -s TERM {pid}").quiet().run()?;
        let status = self.0.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if the server has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks `/health/live`, and returns the whole answer.
fn live(address: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream
        .write_all(format!("GET /health/live HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
