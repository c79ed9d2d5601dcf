//! Project tasks: `cargo xtask COMMAND`.
//!
//! Everything that a person or CI does with the workspace beyond plain cargo is here, so that both do the same.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is for the person who runs it")]

mod bench;
mod browser;
mod ci;
mod debian;
mod interpreters;
mod model;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  ci [STAGE..] [--quick] [--no-browser] [--no-model]
              Runs what CI runs: every stage, or only those named:
              fmt, tidy, clippy, features, trees, docs, test.
              A failed stage does not stop the later ones; a table shows minutes and results.
              --quick, for use between commits, leaves out the features, the docs, and the
              tests that need a browser or a language model
  test [--no-browser] [--no-model] [CARGO TEST ARGUMENTS]
              All tests, with all that they need: installs Chromium and a small language
              model where it can, builds the binary, runs `cargo test --workspace`.
              --no-browser leaves out the tests of the phone page,
              --no-model those that talk to the model
  torture [--kills N | --faults [--rounds N]] [--seed S] [--release]
              Kills the server N times (1,000 by default) while people write to it, at moments
              drawn from S, and counts what became of their messages. With --faults, nobody
              is killed, but N servers (100 by default) live through mixes of faults. With
              --release, the server is an optimised one
  bench [MEASUREMENT..] [--quick] [--dir DIRECTORY] [--write]
              Measures speed and cost in release mode: ack, latency, memory, growth, writes, or
              those that are named. The databases are made in DIRECTORY, among the temporary files
              by default; --write puts the tables into docs/performance.md
  tidy [RULE|PATH]
              Checks the rules that no other tool checks. With the name of a rule or the start
              of a path, lists every finding there, those that are exempt too
  fixup       Formats, and repairs what clippy can repair
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
        "bench" => bench::run(&sh, &args),
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

/// The workspace's directory. Asked of cargo: where this program was compiled need not be where it is run.
fn root(sh: &Shell) -> anyhow::Result<std::path::PathBuf> {
    let manifest = cmd!(sh, "cargo locate-project --workspace --message-format plain").quiet().read()?;
    let root = std::path::Path::new(&manifest).parent().context("cargo named no workspace")?;
    Ok(root.to_owned())
}

/// Each as far as it goes: code that does not compile can still be formatted.
fn fixup(sh: &Shell) -> anyhow::Result<()> {
    let formatted = cmd!(sh, "cargo fmt --all").run();
    cmd!(sh, "cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged").run()?;
    Ok(formatted?)
}
