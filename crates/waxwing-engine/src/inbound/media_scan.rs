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
    match run(scan, file).await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            remove(file).await;
            if status.code() == Some(REJECTED) {
                tracing::warn!(program = scan.program, "media scan rejected a file");
                return Err("the malware scan rejected it");
            }
            tracing::error!(program = scan.program, %status, "media scan failed; file withheld");
            Err("it could not be scanned for malware")
        }
        Err(error) => {
            remove(file).await;
            tracing::error!(
                program = scan.program,
                error = &error as &dyn std::error::Error,
                "media scan failed; file withheld"
            );
            Err("it could not be scanned for malware")
        }
    }
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

    /// Scans a file with a shell script, to which the path is `$0`.
    async fn scan_with(script: &str, timeout: Duration) -> (Result<(), &'static str>, bool) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("0");
        std::fs::write(&file, "EICAR").unwrap();
        let mut command = MediaScan::new(["sh", "-c", script].map(str::to_owned)).unwrap();
        command.timeout = timeout;
        let result = scan(&command, &file).await;
        (result, file.exists())
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

        let dir = tempfile::tempdir().unwrap();
        let missing = MediaScan::new(["/nonexistent/scanner".to_owned()]).unwrap();
        let file = dir.path().join("0");
        std::fs::write(&file, "EICAR").unwrap();
        assert_eq!((scan(&missing, &file).await, file.exists()), withheld);
    }

    #[tokio::test]
    async fn the_program_gets_no_secret_of_the_environment() {
        // Cargo sets CARGO_PKG_NAME for every test.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let (result, _) = scan_with("test -z \"$CARGO_PKG_NAME\" && test -n \"$PATH\"", MediaScan::TIMEOUT).await;
        assert_eq!(result, Ok(()));
    }
}
