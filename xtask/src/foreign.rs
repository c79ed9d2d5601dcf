//! Stage that tries the emulator with client libraries that other people wrote.
//!
//! The stage installs the libraries, plays a conversation with a bot of each, and checks the wrappers and the examples of the guide.

mod guide;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

use tools::Tools;

/// Flag that leaves the stage out.
pub(crate) const OFFLINE: &str = "--offline";
/// Document with the table of calls and libraries.
const DOCUMENT: &str = "docs/emulator-compatibility.md";
/// Line of the document before the generated part.
const MARK: &str = "<!-- `cargo xtask foreign --write` writes the rest of this file. -->\n";
/// Maximum number of lines of a wrapper.
const WRAPPER_LINES: usize = 150;
const WRAPPERS: [&str; 2] = ["wrappers/python/waxwing_pytest.py", "wrappers/typescript/index.js"];

/// Runs the command `foreign`: all libraries or those that `args` name.
pub(crate) fn command(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let (flags, clients): (Vec<String>, Vec<String>) = args.iter().cloned().partition(|arg| arg.starts_with("--"));
    if let Some(flag) = flags.iter().find(|flag| !matches!(flag.as_str(), OFFLINE | "--write")) {
        bail!("unknown option `{flag}`; `cargo xtask help` lists the options");
    }
    if flags.iter().any(|flag| flag == OFFLINE) {
        println!("left out because of {OFFLINE}: the client libraries come from registries");
        return Ok(ExitCode::SUCCESS);
    }
    let write = flags.iter().any(|flag| flag == "--write");
    ensure!(!write || clients.is_empty(), "--write needs the results of all clients");
    run(sh, &clients, write)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs all checks.
pub(crate) fn run(sh: &Shell, clients: &[String], write: bool) -> anyhow::Result<()> {
    let tools = Tools::prepare(sh)?;
    let program = program(sh)?;
    let _program = sh.push_env("WAXWING", &program);
    let table = play(sh, &tools, clients)?;
    if clients.is_empty() {
        check_document(sh, &table, write)?;
        check_wrappers(sh, &tools)?;
    }
    Ok(())
}

/// Builds the program `waxwing`, and returns its path.
fn program(sh: &Shell) -> anyhow::Result<PathBuf> {
    cmd!(sh, "cargo build --quiet --package waxwing-cli").run()?;
    let name = format!("waxwing{}", std::env::consts::EXE_SUFFIX);
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Plays the conversation with each library, and returns the table of the results.
fn play(sh: &Shell, tools: &Tools, clients: &[String]) -> anyhow::Result<String> {
    let Tools { python, work, .. } = tools;
    let table = work.join("table.md");
    let played = cmd!(sh, "{python} {work}/play.py --table {table} {clients...}").run();
    played.context("a call of a client library does not work with the emulator")?;
    Ok(sh.read_file(&table)?)
}

/// Checks that the document has the results of this run, or writes them into it.
fn check_document(sh: &Shell, table: &str, write: bool) -> anyhow::Result<()> {
    let document = sh.read_file(DOCUMENT)?;
    let (head, _) = document.split_once(MARK).with_context(|| format!("{DOCUMENT} lacks the line {MARK}"))?;
    let current = format!("{head}{MARK}\n{table}");
    if write {
        sh.write_file(DOCUMENT, current)?;
    } else {
        ensure!(document == current, "{DOCUMENT} is not up to date; `cargo xtask foreign --write` writes it");
    }
    Ok(())
}

/// Runs the tests of the wrappers and the examples of the guide, and checks the format of the code.
fn check_wrappers(sh: &Shell, tools: &Tools) -> anyhow::Result<()> {
    for wrapper in WRAPPERS {
        let lines = sh.read_file(wrapper)?.lines().count();
        ensure!(lines < WRAPPER_LINES, "{wrapper} has {lines} lines; a wrapper has less than {WRAPPER_LINES}");
    }
    let Tools { python, node, work } = tools;
    let sources = ["wrappers/python", "tests/foreign"];
    cmd!(sh, "{python} -m black --quiet --check {sources...}").run().context("run black on the Python files")?;
    let modules = work.join("node/node_modules");
    let prettier = modules.join("prettier/bin/prettier.cjs");
    let sources = ["wrappers/typescript/**/*.{js,json,ts}", "tests/foreign/node/*.mjs"];
    let formatted = cmd!(sh, "{node} {prettier} --log-level warn --check {sources...}").run();
    formatted.context("run prettier on the JavaScript files")?;

    let guide = guide::extract(&sh.read_file(guide::GUIDE)?)?;
    sh.write_file(work.join("wrappers/python/tests/test_guide.py"), guide.python)?;
    sh.write_file(work.join("node/tests/guide.test.ts"), guide.typescript)?;
    let tests = work.join("wrappers/python/tests");
    cmd!(sh, "{python} -m pytest --quiet -p no:cacheprovider {tests}").run().context("a Python test failed")?;
    let _directory = sh.push_dir(work.join("node"));
    typescript_tests(sh, node, &modules)
}

/// Checks the types of the tests in TypeScript, and runs them.
fn typescript_tests(sh: &Shell, node: &Path, modules: &Path) -> anyhow::Result<()> {
    let tests: Vec<_> =
        sh.read_dir("tests")?.into_iter().filter(|file| file.extension().is_some_and(|it| it == "ts")).collect();
    let compiler = modules.join("typescript/bin/tsc");
    let options =
        ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023", "--types", "node"];
    let files = &tests;
    cmd!(sh, "{node} {compiler} {options...} {files...}").run().context("the types of a TypeScript test are wrong")?;
    cmd!(sh, "{node} --import tsx --test {files...}").run().context("a TypeScript test failed")?;
    Ok(())
}
