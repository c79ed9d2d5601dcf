//! Stages of CI.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

use crate::{audit, deploy, foreign, metrics, readmes, test, tidy};

/// Stage of CI that can run alone.
struct Stage {
    name: &'static str,
    /// Whether `--quick` runs the stage.
    quick: bool,
    /// Flag that leaves the stage out.
    without: Option<&'static str>,
    /// Function of the stage. Its arguments are the flags that leave out tests.
    run: fn(&Shell, &[String]) -> anyhow::Result<()>,
}

/// Stages, cheap ones first. All stages use the same profile and flags, so they share compiled dependencies.
const STAGES: [Stage; 12] = [
    Stage { name: "fmt", quick: true, without: None, run: |sh, _| Ok(cmd!(sh, "cargo fmt --all -- --check").run()?) },
    Stage { name: "tidy", quick: true, without: None, run: |sh, _| tidy::run(sh) },
    Stage { name: "audit", quick: true, without: None, run: audits },
    Stage { name: "deploy", quick: true, without: None, run: |sh, _| deploy::run(sh) },
    Stage { name: "clippy", quick: true, without: None, run: clippy },
    Stage { name: "features", quick: false, without: None, run: features },
    Stage { name: "trees", quick: true, without: None, run: trees },
    Stage { name: "docs", quick: false, without: None, run: docs },
    Stage { name: "readmes", quick: false, without: None, run: |sh, _| readmes::run(sh) },
    Stage { name: "test", quick: true, without: None, run: tests },
    Stage { name: "metrics", quick: false, without: None, run: |sh, _| metrics::run(sh) },
    Stage { name: "foreign", quick: false, without: Some(foreign::OFFLINE), run: |sh, _| foreign::run(sh, &[], false) },
];

/// Crates with a limit on their dependencies: the name, the features of the check, and the crates that must not be dependencies.
const TREES: [(&str, &[&str], &[&str]); 3] = [
    ("waxwing-client", &[], &["axum", "rusqlite", "genai", "rmcp"]),
    ("waxwing-agent", &[], &["axum", "reqwest", "rusqlite", "genai", "rmcp"]),
    ("waxwing", &["--no-default-features"], &["clap", "rusqlite", "genai", "rmcp"]),
];

/// Runs the stages that `args` name, or all stages. A failed stage does not stop the later stages.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let plan = Plan::new(args)?;
    let mut reports = Vec::new();
    for stage in plan.stages {
        println!("\n=== {} ===", stage.name);
        let start = Instant::now();
        let left_out = stage.without.filter(|flag| plan.left_out.contains(flag));
        let error = if left_out.is_some() { None } else { (stage.run)(sh, &plan.flags).err() };
        let report = Report { stage: stage.name, took: start.elapsed(), error, left_out };
        println!("=== {} {} ===", report.stage, report.result());
        reports.push(report);
    }
    print!("\n{}", table(&reports));
    let failed = reports.iter().any(|report| report.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Stages to run, in order, with the flags that leave out tests.
struct Plan {
    stages: Vec<&'static Stage>,
    flags: Vec<String>,
    /// Flags that leave out stages.
    left_out: Vec<&'static str>,
}

impl Plan {
    fn new(args: &[String]) -> anyhow::Result<Self> {
        let (mut flags, names): (Vec<String>, Vec<_>) = args.iter().cloned().partition(|arg| arg.starts_with("--"));
        let quick = flags.iter().any(|flag| flag == QUICK);
        flags.retain(|flag| flag != QUICK);
        let left_out: Vec<_> = STAGES
            .iter()
            .filter_map(|stage| stage.without)
            .filter(|out| flags.iter().any(|flag| flag == out))
            .collect();
        flags.retain(|flag| !left_out.contains(&flag.as_str()));
        if let Some(flag) = flags.iter().find(|flag| !test::leaves_out(flag)) {
            bail!("unknown option `{flag}`; `cargo xtask help` lists the options");
        }
        let known: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            bail!("unknown stage `{name}`; the stages are {}", known.join(", "));
        }
        if quick {
            flags = test::opt_outs();
        }
        let selected = |stage: &&Stage| {
            if names.is_empty() { stage.quick || !quick } else { names.iter().any(|name| name == stage.name) }
        };
        Ok(Self { stages: STAGES.iter().filter(selected).collect(), flags, left_out })
    }
}

/// Flag that leaves out slow stages, and tests that need more than the Rust toolchain.
const QUICK: &str = "--quick";

/// Result of a stage.
struct Report {
    stage: &'static str,
    took: Duration,
    error: Option<anyhow::Error>,
    /// Flag that left the stage out.
    left_out: Option<&'static str>,
}

impl Report {
    fn result(&self) -> String {
        match &self.error {
            None if let Some(flag) = self.left_out => format!("left out by {flag}"),
            None => "passed".to_owned(),
            Some(error) => format!("FAILED: {error:#}; run it alone with `cargo xtask ci {}`", self.stage),
        }
    }
}

/// Formats the minutes and the result of each stage, and their total.
fn table(reports: &[Report]) -> String {
    let minutes = |time: Duration| time.as_secs_f64() / 60.0;
    let mut table = format!("{:<10} {:>7}  result\n", "stage", "minutes");
    for report in reports {
        writeln!(table, "{:<10} {:>7.1}  {}", report.stage, minutes(report.took), report.result()).expect(INFALLIBLE);
    }
    let failed = reports.iter().filter(|report| report.error.is_some()).count();
    let result = match failed {
        0 => "passed".to_owned(),
        failed => format!("FAILED: {failed} of {} stages", reports.len()),
    };
    let total = reports.iter().map(|report| report.took).sum();
    writeln!(table, "{:<10} {:>7.1}  {result}", "total", minutes(total)).expect(INFALLIBLE);
    table
}

const INFALLIBLE: &str = "a string takes whatever is written to it";

fn clippy(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    Ok(cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?)
}

fn audits(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    let code = audit::run(sh, &[])?;
    ensure!(code == ExitCode::SUCCESS, "a dependency is not as the policy says");
    Ok(())
}

/// Checks each crate alone, as users of the crate build it. A build of the workspace hides a missing feature that another crate enables.
fn features(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    for path in sh.read_dir("crates")? {
        let manifest: toml::Table = sh.read_file(path.join("Cargo.toml"))?.parse()?;
        let name = manifest["package"]["name"].as_str().context("a package in the workspace has no name")?;
        for args in combinations(&manifest) {
            cmd!(sh, "cargo check --quiet --package {name} {args...}").run()?;
        }
    }
    Ok(())
}

/// Returns the cargo arguments for the default features, for no features, and for each feature alone.
fn combinations(manifest: &toml::Table) -> Vec<Vec<String>> {
    let mut combinations = vec![Vec::new()];
    let Some(features) = manifest.get("features").and_then(toml::Value::as_table) else { return combinations };
    let none = "--no-default-features".to_owned();
    combinations.push(vec![none.clone()]);
    for feature in features.keys().filter(|feature| *feature != "default") {
        combinations.push(vec![none.clone(), format!("--features={feature}")]);
    }
    combinations
}

fn trees(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    for (package, args, forbidden) in TREES {
        let tree = cmd!(sh, "cargo tree --package {package} {args...} --edges normal --prefix none");
        let tree = tree.read()?;
        let found = tree.lines().filter_map(|line| line.split(' ').next()).find(|name| forbidden.contains(name));
        if let Some(name) = found {
            bail!(
                "{package} must not depend on {name}; `cargo tree --package {package} --invert {name}` shows the path"
            );
        }
        ensure!(tree.lines().count() > 1, "cargo tree lists no dependency of {package}");
    }
    Ok(())
}

/// Documents the libraries only. The documentation of the program `waxwing` would overwrite that of the library `waxwing`.
fn docs(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    let _flags = sh.push_env("RUSTDOCFLAGS", "-Dwarnings");
    Ok(cmd!(sh, "cargo doc --workspace --no-deps --lib").run()?)
}

fn tests(sh: &Shell, flags: &[String]) -> anyhow::Result<()> {
    let code = test::run(sh, flags.to_vec())?;
    ensure!(code == ExitCode::SUCCESS, "some tests failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(manifest: &str, expected: &[&[&str]]) {
        assert_eq!(combinations(&manifest.parse().unwrap()), expected);
    }

    #[test]
    fn quick_leaves_out_slow_stages_and_tests() {
        let plan = |args: &[&str]| Plan::new(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
        let names = |plan: &Plan| plan.stages.iter().map(|stage| stage.name).collect::<Vec<_>>();
        let all = plan(&[]).unwrap();
        assert_eq!((names(&all).len(), all.flags.len()), (STAGES.len(), 0));
        let quick = plan(&["--quick"]).unwrap();
        assert!(!names(&quick).contains(&"docs") && names(&quick).contains(&"test"));
        assert_eq!(quick.flags, test::opt_outs());
        assert_eq!(names(&plan(&["docs", "fmt"]).unwrap()), ["fmt", "docs"]);
        let offline = plan(&["foreign", "--offline"]).unwrap();
        assert_eq!(
            (names(&offline).len(), offline.left_out.as_slice(), offline.flags.len()),
            (1, &[foreign::OFFLINE][..], 0)
        );
        assert!(plan(&["--slow"]).is_err() && plan(&["lint"]).is_err());
    }

    #[test]
    fn the_table_names_every_failure() {
        let report =
            |stage, seconds, error| Report { stage, took: Duration::from_secs(seconds), error, left_out: None };
        let failure = Some(anyhow::anyhow!("2 findings"));
        let left_out = Report { left_out: Some(foreign::OFFLINE), ..report("foreign", 0, None) };
        assert_eq!(
            table(&[report("fmt", 6, None), report("tidy", 60, failure), report("test", 294, None), left_out]),
            "stage      minutes  result\n\
             fmt            0.1  passed\n\
             tidy           1.0  FAILED: 2 findings; run it alone with `cargo xtask ci tidy`\n\
             test           4.9  passed\n\
             foreign        0.0  left out by --offline\n\
             total          6.0  FAILED: 1 of 4 stages\n"
        );
    }

    #[test]
    fn combinations_of_features() {
        check("[package]", &[&[]]);
        check(
            "[features]\ndefault = ['a']\na = []\nb = []",
            &[
                &[],
                &["--no-default-features"],
                &["--no-default-features", "--features=a"],
                &["--no-default-features", "--features=b"],
            ],
        );
    }
}
