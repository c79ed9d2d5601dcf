//! Scans a downloaded file with a program of the operator.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;

use crate::settings::MediaScan;

/// Variables of the environment that the program gets. The others can contain secrets.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// Exit code with which the program rejects a file.
const REJECTED: i32 = 1;

/// Scans a file. The error describes the problem for the agent. A scan that cannot be made withholds the file, too.
pub(super) async fn scan(scan: &MediaScan, file: &Path) -> Result<(), &'static str> {
    let program = &scan.program;
    let problem = match run(scan, file).await {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) if status.code() == Some(REJECTED) => {
            tracing::warn!(program, "media scan rejected a file");
            "the malware scan rejected it"
        }
        Ok(status) => {
            tracing::error!(program, %status, "media scan failed; file withheld");
            "it could not be scanned for malware"
        }
        Err(error) => {
            tracing::error!(program, error = &error as &dyn std::error::Error, "media scan failed; file withheld");
            "it could not be scanned for malware"
        }
    };
    remove(file).await;
    Err(problem)
}

/// Runs the program. A program that takes too long is killed.
async fn run(scan: &MediaScan, file: &Path) -> std::io::Result<ExitStatus> {
    let environment = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut program = Command::new(&scan.program);
    program.args(&scan.arguments).arg(file).env_clear().envs(environment);
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    tokio::time::timeout(scan.timeout, program.status()).await?
}

/// Removes a file that no agent gets. A file that stays is removed with the other files of its run.
async fn remove(file: &Path) {
    if let Err(error) = tokio::fs::remove_file(file).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "deleting a withheld file failed");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Scans a file. Returns the result, and whether the file is still there.
    async fn scan_file(command: &MediaScan) -> (Result<(), &'static str>, bool) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("0");
        std::fs::write(&file, "EICAR").unwrap();
        let result = scan(command, &file).await;
        (result, file.exists())
    }

    /// Scans a file with a shell script, to which the path is `$0`.
    async fn scan_with(script: &str, timeout: Duration) -> (Result<(), &'static str>, bool) {
        let mut command = MediaScan::new(["sh", "-c", script].map(str::to_owned)).unwrap();
        command.timeout = timeout;
        scan_file(&command).await
    }

    #[tokio::test]
    async fn the_exit_code_decides() {
        let clean = scan_with("grep -q EICAR \"$0\"", MediaScan::TIMEOUT).await;
        assert_eq!(clean, (Ok(()), true));
        let rejected = scan_with("! grep -q EICAR \"$0\"", MediaScan::TIMEOUT).await;
        assert_eq!(rejected, (Err("the malware scan rejected it"), false));
    }

    #[tokio::test]
    async fn a_scan_that_cannot_be_made_withholds_the_file() {
        let withheld = (Err("it could not be scanned for malware"), false);
        assert_eq!(scan_with("exit 2", MediaScan::TIMEOUT).await, withheld);
        assert_eq!(scan_with("kill -9 $$", MediaScan::TIMEOUT).await, withheld);
        assert_eq!(scan_with("sleep 600", Duration::from_millis(1)).await, withheld);
        let missing = MediaScan::new(["/nonexistent/scanner".to_owned()]).unwrap();
        assert_eq!(scan_file(&missing).await, withheld);
    }

    #[tokio::test]
    async fn the_program_gets_no_secret_of_the_environment() {
        // Cargo sets CARGO_PKG_NAME for every test.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let (result, _) = scan_with("test -z \"$CARGO_PKG_NAME\" && test -n \"$PATH\"", MediaScan::TIMEOUT).await;
        assert_eq!(result, Ok(()));
    }
}
