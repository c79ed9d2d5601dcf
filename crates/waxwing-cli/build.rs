//! Puts the commit into the version of the program.

use std::process::Command;

fn main() {
    let version = env!("CARGO_PKG_VERSION");
    // An archive of the sources has no repository; who packages it may name the commit.
    println!("cargo::rerun-if-env-changed=WAXWING_COMMIT");
    let commit = std::env::var("WAXWING_COMMIT").ok().filter(|commit| !commit.is_empty()).or_else(commit_of_repository);
    let version = commit.map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=WAXWING_VERSION={version}");
}

/// The commit of the git repository that contains this crate.
fn commit_of_repository() -> Option<String> {
    // Each commit and each checkout appends to the log of HEAD.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    // A crate inside of another repository is not part of that repository.
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
