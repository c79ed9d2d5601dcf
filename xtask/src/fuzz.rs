//! Runs the fuzz targets of `fuzz/` with cargo-fuzz.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

use crate::debian;

/// Message for a machine that cannot fuzz.
const MISSING: &str = "fuzzing needs cargo-fuzz (`cargo install cargo-fuzz`) and a nightly toolchain (`rustup toolchain install nightly`); \
                       `cargo test -p waxwing-fuzz` replays the seeds without them";

/// Fixtures of other crates that serve as seeds, by target. The replay test of `fuzz/` reads the same directories.
const FIXTURES: [(&str, &str); 3] =
    [("markdown", "docs"), ("notification", "crates/waxwing-webhook/tests/fixtures"), ("split", "docs")];

/// Targets whose input is JSON. Their fuzzers use a dictionary.
const JSON_TARGETS: [&str; 3] = ["message", "notification", "template"];

/// The request of the command line.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// Names of targets. All targets if there is none.
    targets: Vec<String>,
    minutes: u64,
}

/// A target with the features that it needs.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    name: String,
    features: String,
}

/// Coverage in edges.
#[derive(Debug, Default, PartialEq, Eq)]
struct Coverage {
    /// Coverage of the seeds and the corpus.
    start: Option<u64>,
    end: Option<u64>,
}

/// Runs each target for the same time, one after another. Prints the coverage at the start and at the end.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let Options { targets: names, minutes } = parse(args)?;
    let targets = targets(&sh.read_file("fuzz/Cargo.toml")?)?;
    if let Some(name) = names.iter().find(|name| targets.iter().all(|target| target.name != **name)) {
        let known: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        bail!("unknown target `{name}`; the targets are {}", known.join(", "));
    }
    let has_nightly = || cmd!(sh, "rustup run nightly rustc --version").quiet().ignore_stdout().ignore_stderr().run();
    ensure!(debian::find(sh, "cargo-fuzz").is_some() && has_nightly().is_ok(), MISSING);

    let selected = targets.iter().filter(|target| names.is_empty() || names.contains(&target.name));
    let mut failed = Vec::new();
    let mut table = format!("{:<14} {:>12} {:>12}\n", "target", "edges before", "edges after");
    for target in selected {
        let (is_ok, coverage) = fuzz(sh, target, minutes)?;
        let edges = |edges: Option<u64>| edges.map_or_else(|| "unknown".to_owned(), |edges| edges.to_string());
        let (start, end) = (edges(coverage.start), edges(coverage.end));
        writeln!(table, "{:<14} {start:>12} {end:>12}", target.name).expect("a string takes any text");
        if !is_ok {
            failed.push(target.name.as_str());
        }
    }
    print!("\n{table}");
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}; the inputs lie in fuzz/artifacts", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// Builds and runs one target, with link-time optimisation off: it takes minutes. Returns whether every input passed, and the coverage.
fn fuzz(sh: &Shell, target: &Target, minutes: u64) -> anyhow::Result<(bool, Coverage)> {
    let name = &target.name;
    let root = sh.current_dir();
    let corpus = root.join("fuzz/corpus").join(name);
    sh.create_dir(&corpus)?;
    let build = target.arguments("build", &root);
    cmd!(sh, "rustup {build...}").env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_INCREMENTAL", "0").run()?;
    let mut command = Command::new("nice");
    command.current_dir(&root).args(["-n", "15", "rustup"]).args(target.arguments("run", &root)).arg(corpus);
    command.arg(root.join("fuzz/seeds").join(name));
    command.args(FIXTURES.iter().filter(|(target, _)| target == name).map(|(_, directory)| root.join(directory)));
    command.args([
        "--",
        &format!("-max_total_time={}", minutes * 60),
        "-max_len=4096",
        "-timeout=20",
        "-rss_limit_mb=2048",
    ]);
    if JSON_TARGETS.contains(&name.as_str()) {
        command.arg(format!("-dict={}", root.join("fuzz/json.dict").display()));
    }
    command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_INCREMENTAL", "0");
    let mut child = command.stderr(Stdio::piped()).spawn().context("cargo-fuzz cannot be started")?;
    let output = child.stderr.take().context("stderr was not piped")?;
    let mut coverage = Coverage::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        coverage.read(&line);
        eprintln!("{line}");
    }
    Ok((child.wait()?.success(), coverage))
}

impl Target {
    /// Arguments of rustup for a command of cargo-fuzz. Both commands need the same arguments, else the second one compiles again.
    fn arguments(&self, command: &str, root: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = ["run", "nightly", "cargo", "fuzz", command].map(OsString::from).into();
        // The crates have no unsafe code, so a sanitizer finds nothing and halves the speed.
        let options = ["--sanitizer", "none", "--no-default-features", "--features", &self.features, "--target-dir"];
        arguments.extend(options.map(OsString::from));
        arguments.extend([root.join("target/fuzz").into(), (&self.name).into()]);
        arguments
    }
}

impl Coverage {
    /// Reads a line of libFuzzer: `#12 INITED cov: 345 ft: 678 ..`.
    fn read(&mut self, line: &str) {
        let Some((event, rest)) = line.strip_prefix('#').and_then(|line| line.split_once(" cov: ")) else { return };
        let Some(edges) = rest.split(' ').next().and_then(|edges| edges.parse().ok()) else { return };
        if event.contains("INITED") {
            self.start = Some(edges);
        }
        self.end = Some(edges);
    }
}

/// The programs of the package, each with its features.
fn targets(manifest: &str) -> anyhow::Result<Vec<Target>> {
    let manifest: toml::Table = manifest.parse()?;
    let programs = manifest.get("bin").and_then(toml::Value::as_array).context("fuzz/Cargo.toml has no programs")?;
    let target = |program: &toml::Value| {
        let name = program.get("name").and_then(toml::Value::as_str).context("a program has a name")?;
        let features = program.get("required-features").and_then(toml::Value::as_array).context("features")?;
        let features: Vec<_> = features.iter().filter_map(toml::Value::as_str).collect();
        Ok(Target { name: name.to_owned(), features: features.join(",") })
    };
    programs.iter().map(target).collect()
}

fn parse(args: &[String]) -> anyhow::Result<Options> {
    let (mut targets, mut minutes) = (Vec::new(), 20);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if let Some(value) = arg.strip_prefix("--minutes=") {
            minutes = value.parse().context("--minutes takes a number")?;
        } else if arg == "--minutes" {
            minutes = args.next().and_then(|value| value.parse().ok()).context("--minutes takes a number")?;
        } else if arg.starts_with('-') {
            bail!("unknown option `{arg}`; `fuzz` knows --minutes");
        } else {
            targets.push(arg.clone());
        }
    }
    ensure!(minutes > 0, "--minutes takes a number above 0");
    Ok(Options { targets, minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options() {
        let parse = |args: &str| parse(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).ok();
        let options = |targets: &[&str], minutes| {
            Some(Options { targets: targets.iter().map(ToString::to_string).collect(), minutes })
        };
        assert_eq!(parse(""), options(&[], 20));
        assert_eq!(parse("split --minutes 5 store"), options(&["split", "store"], 5));
        assert_eq!(parse("--minutes=1"), options(&[], 1));
        for wrong in ["--minutes", "--minutes 0", "--minutes soon", "--hours 1"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn programs_are_targets() {
        let manifest = "[[bin]]\nname = 'split'\nrequired-features = ['libfuzzer', 'markdown']";
        let expected = Target { name: "split".into(), features: "libfuzzer,markdown".into() };
        assert_eq!(targets(manifest).unwrap(), [expected]);
        assert!(targets("").is_err());
    }

    #[test]
    fn coverage_of_the_first_and_of_the_last_line() {
        let mut coverage = Coverage::default();
        for line in ["INFO: seed corpus: files: 2", "#3\tINITED cov: 10 ft: 11 corp: 2/9b", "#9\tNEW    cov: 12 ft: 13"]
        {
            coverage.read(line);
        }
        assert_eq!(coverage, Coverage { start: Some(10), end: Some(12) });
    }
}
