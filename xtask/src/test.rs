//! Task that runs the tests with their dependencies.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::{axe, browser, debian, interpreters, model};

/// Tests in their own package that need more than the Rust toolchain. A flag leaves them out.
struct Demanding {
    package: &'static str,
    /// Flag that leaves out the tests.
    without: &'static str,
    /// Dependencies of the tests.
    needs: &'static [Dependency],
}

/// Program or file that tests need.
struct Dependency {
    /// Finds or installs the dependency, and returns its path.
    prepare: fn(&Shell) -> anyhow::Result<PathBuf>,
    /// Environment variable with the path.
    variable: &'static str,
}

const DEMANDING: [Demanding; 2] = [
    Demanding {
        package: "waxwing-browser-tests",
        without: "--no-browser",
        needs: &[
            Dependency { prepare: browser::prepare, variable: "CHROMIUM" },
            Dependency { prepare: axe::prepare, variable: "WAXWING_AXE" },
        ],
    },
    Demanding {
        package: "waxwing-model-tests",
        without: "--no-model",
        needs: &[Dependency { prepare: model::prepare, variable: "WAXWING_LLAMA" }],
    },
];

/// Returns all flags that leave out tests.
pub(crate) fn opt_outs() -> Vec<String> {
    DEMANDING.iter().map(|tests| tests.without.to_owned()).collect()
}

/// Whether `arg` is a flag that leaves out tests.
pub(crate) fn leaves_out(arg: &str) -> bool {
    DEMANDING.iter().any(|tests| tests.without == arg)
}

/// Runs the tests, and returns the exit code of cargo.
pub(crate) fn run(sh: &Shell, mut args: Vec<String>) -> anyhow::Result<ExitCode> {
    let (with, without): (Vec<_>, Vec<_>) =
        DEMANDING.iter().partition(|tests| !args.iter().any(|arg| arg == tests.without));
    args.retain(|arg| !leaves_out(arg));
    let packages = packages(&args);

    let mut selection: Vec<&str> = Vec::new();
    if packages.is_empty() {
        selection.push("--workspace");
        selection.extend(without.iter().flat_map(|tests| ["--exclude", tests.package]));
    }
    let mut environment = Vec::new();
    for tests in with.iter().filter(|tests| packages.is_empty() || packages.contains(&tests.package)) {
        for dependency in tests.needs {
            environment.push((dependency.variable, (dependency.prepare)(sh)?));
        }
    }

    if packages.is_empty() || interpreters::PACKAGES.iter().any(|package| packages.contains(package)) {
        interpreters::prepare(sh)?;
    }

    // The end-to-end tests start the program, which `cargo test` alone does not build. A build together with the tests uses the same
    // features and compiles nothing twice.
    if packages.is_empty() {
        let selection = &selection;
        cmd!(sh, "cargo build {selection...} --all-targets").run()?;
    } else {
        cmd!(sh, "cargo build --package waxwing-cli").run()?;
    }
    match debian::find(sh, "caddy") {
        Some(caddy) => environment.push(("WAXWING_CADDY", caddy)),
        None => println!(
            "the proxy of compose.yaml is not tested, because caddy is missing; `cargo xtask ci deploy` installs it"
        ),
    }
    // With this variable, the tests do not build the program themselves, with other features and during a deadline.
    environment.push(("WAXWING_BIN", program()?));
    let mut cargo = Command::new("cargo");
    // A failure in one test binary must not hide failures in the others.
    cargo.current_dir(sh.current_dir()).args(["test", "--no-fail-fast"]).args(selection).args(args).envs(environment);
    stream(cargo)
}

/// Returns the path of the program under test, which a build of the workspace writes.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let name = format!("waxwing{}", std::env::consts::EXE_SUFFIX);
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Returns the packages that the arguments of `cargo test` select.
fn packages(args: &[String]) -> Vec<&str> {
    let args: Vec<&str> = args.iter().map(String::as_str).take_while(|arg| *arg != "--").collect();
    let following = args.windows(2).filter(|pair| matches!(pair[0], "-p" | "--package")).map(|pair| pair[1]);
    let joined = args.iter().filter_map(|arg| arg.strip_prefix("--package="));
    following.chain(joined).collect()
}

/// Prints the output of cargo, followed by the total of all test binaries.
fn stream(mut cargo: Command) -> anyhow::Result<ExitCode> {
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cargo cannot be started")?;
    let output = child.stdout.take().context("stdout was not piped")?;
    let mut total = Counts::default();
    let mut screen = std::io::stdout().lock();
    for line in BufReader::new(output).split(b'\n') {
        let mut line = line?;
        total.add(&String::from_utf8_lossy(&line));
        line.push(b'\n');
        screen.write_all(&line)?;
    }
    let status = child.wait()?;
    // A failed build has no test results.
    if total != Counts::default() {
        writeln!(screen, "{} passed, {} failed", total.passed, total.failed + total.running)?;
    }
    // Cargo has no exit code if a signal killed it.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    /// Test binaries that started and printed no result, because the process died. Each counts as one failure.
    running: u64,
}

impl Counts {
    /// Adds the counts of a line such as `running 3 tests` or `test result: ok. 3 passed; 0 failed; ..`.
    fn add(&mut self, line: &str) {
        if let Some((_, "test" | "tests")) = line.strip_prefix("running ").and_then(|rest| rest.split_once(' ')) {
            self.running += 1;
        }
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        self.running = self.running.saturating_sub(1);
        for count in counts.split("; ") {
            let Some((number, kind)) = count.split_once(' ') else { continue };
            let number: u64 = number.parse().unwrap_or(0);
            match kind {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_among_the_arguments() {
        #[track_caller]
        fn check(args: &str, expected: &[&str]) {
            let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
            assert_eq!(packages(&args), expected);
        }
        check("", &[]);
        check("name --release", &[]);
        check("-p a --package b", &["a", "b"]);
        check("--package=a", &["a"]);
        check("name -- -p a", &[]);
    }

    #[test]
    fn results_are_added_up() {
        let mut counts = Counts::default();
        counts.add("running 3 tests");
        assert_eq!(counts, Counts { running: 1, ..Counts::default() });
        counts.add("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        counts.add("running 3 tests");
        counts.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(counts, Counts { passed: 4, failed: 2, running: 0 });
    }

    #[test]
    fn a_binary_that_dies_without_a_result_is_counted() {
        let mut counts = Counts::default();
        counts.add("running 1 test");
        counts.add("running 2 tests");
        counts.add("test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(counts, Counts { passed: 2, failed: 0, running: 1 });
    }
}
