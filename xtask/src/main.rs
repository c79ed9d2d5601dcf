//! Project tasks: `cargo xtask COMMAND`.
//!
//! People and CI run the same tasks.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is for the person who runs it")]

mod attack;
mod audit;
mod axe;
mod bench;
mod browser;
mod cargo_tree;
mod ci;
mod debian;
mod deploy;
mod dist;
mod examples;
mod foreign;
mod fuzz;
mod interpreters;
mod metrics;
mod model;
mod readmes;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  ci [STAGE..] [--quick] [--offline] [--no-browser] [--no-model]
              Runs the stages of CI, or the named stages only:
              fmt, tidy, audit, deploy, clippy, features, trees, docs, readmes, test, metrics, foreign.
              A failed stage does not stop the later stages. A table shows minutes and results.
              --quick leaves out the stages features, docs, readmes, metrics and foreign, and the tests
              that need a browser or a language model. --offline leaves out the stage foreign
  test [--no-browser] [--no-model] [CARGO TEST ARGUMENTS]
              Runs all tests: installs Chromium, axe-core and a small language model if possible, builds
              the program, and runs `cargo test --workspace`.
              --no-browser leaves out the tests of the phone page,
              --no-model the tests with the language model
  torture [[--campaign] [--kills N] | --faults [--rounds N]] [--seed S] [--release]
              Kills a server N times (1,000 by default) while users write to it, and checks the
              delivery of their messages. The seed S determines the moments.
              --campaign kills a server N times (10 by default) during a campaign with 10,000
              recipients, and checks that no recipient gets its message twice.
              --faults runs N servers (100 by default) with random mixes of faults instead.
              --release builds the server in release mode
  attack [--quick] [--release]
              Attacks servers on loopback, and prints for each attack how many promises were tried
              and how many survived. --quick runs the attacks in the size of the test command.
              --release builds the server in release mode
  coverage    Writes docs/coverage.md from docs/coverage.toml, and lists the rows that name no item or test
  deploy      Checks the files of deploy/: the systemd units with systemd-analyze, the compose file
              and the Kubernetes manifests
  dist [--target TARGET [--program FILE]] [--dir DIRECTORY]
              Builds release binaries for the targets whose standard library is installed, or for the
              named one, and packs each with its licences, an SBOM and checksums; for Linux an OCI
              image, too. Starts the binary in an empty root. DIRECTORY is target/dist by default.
              --program packs a binary that was compiled elsewhere
  examples FILE
              Writes the request examples of a JSON file with the types of waxwing-types, and sends
              them to an emulator, after it has filled their placeholders and created what they
              name. Prints which are not expressed, and which are refused, with the reason. Fails
              unless all are expressed and accepted, except those with a note: code 100
  foreign [CLIENT..] [--write] [--offline]
              Installs client libraries from PyPI and npm, and plays a conversation between the
              emulator and a bot of each, or of the named ones. Checks the wrappers and the
              examples of the guide. --write puts the results into docs/emulator-compatibility.md,
              --offline does nothing
  fuzz [TARGET..] [--minutes N]
              Runs the fuzz targets of fuzz/, or the named ones, for N minutes each (20 by default).
              Needs cargo-fuzz and a nightly toolchain. `cargo xtask test` replays their seeds
  bench [MEASUREMENT..] [--quick] [--dir DIRECTORY] [--write]
              Runs the measurements ack, latency, memory, growth, writes and campaign, or the named
              ones, in release mode. DIRECTORY holds the databases, by default a temporary directory.
              --write puts the tables into docs/performance.md
  audit [--advisory-db PATH]
              Checks licences, bans, sources and duplicates of the dependencies against deny.toml,
              with cargo-deny if it is installed. Finds unused default features. PATH is a
              checkout of RustSec's advisory-db, and adds the check for known vulnerabilities
  tidy [RULE|PATH]
              Checks the rules of the project that no other tool checks. With a rule or the
              start of a path, prints its findings, including exempt ones
  fixup       Formats the code, and applies the fixes of clippy
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Vec<String>) -> anyhow::Result<ExitCode> {
    let sh = Shell::new()?;
    sh.change_dir(root(&sh)?);
    let command = if args.is_empty() { "help".to_owned() } else { args.remove(0) };
    match command.as_str() {
        "ci" => ci::run(&sh, &args),
        "test" => test::run(&sh, args),
        "attack" => attack::run(&sh, &args),
        "audit" => audit::run(&sh, &args),
        "bench" => bench::run(&sh, &args),
        "coverage" => tidy::write_coverage(&sh).map(|()| ExitCode::SUCCESS),
        "deploy" => deploy::run(&sh).map(|()| ExitCode::SUCCESS),
        "dist" => dist::run(&sh, &args),
        "examples" => examples::run(&sh, &args),
        "foreign" => foreign::command(&sh, &args),
        "fuzz" => fuzz::run(&sh, &args),
        "torture" => torture::run(&sh, &args),
        "tidy" => match args.first() {
            Some(about) => tidy::run_about(&sh, about),
            None => tidy::run(&sh),
        }
        .map(|()| ExitCode::SUCCESS),
        "fixup" => fixup(&sh).map(|()| ExitCode::SUCCESS),
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("unknown command `{other}`; `cargo xtask help` lists them"),
    }
}

/// Returns the directory of the workspace. Cargo determines it, because this program may have been compiled in another directory.
fn root(sh: &Shell) -> anyhow::Result<std::path::PathBuf> {
    let manifest = cmd!(sh, "cargo locate-project --workspace --message-format plain").quiet().read()?;
    let root = std::path::Path::new(&manifest).parent().context("cargo printed no path of the workspace")?;
    Ok(root.to_owned())
}

/// Formats the code, and applies the fixes of clippy. Code that does not compile is formatted, too.
fn fixup(sh: &Shell) -> anyhow::Result<()> {
    let formatted = cmd!(sh, "cargo fmt --all").run();
    cmd!(sh, "cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged").run()?;
    Ok(formatted?)
}
