//! What CI does, in stages.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

use crate::{test, tidy};

/// A part of CI that can be run alone.
struct Stage {
    name: &'static str,
    /// Gets the flags that leave tests out.
    run: fn(&Shell, &[String]) -> anyhow::Result<()>,
}

/// Cheap ones first. All use one profile and one set of flags, so each finds the dependencies that an earlier one compiled.
const STAGES: [Stage; 7] = [
    Stage { name: "fmt", run: |sh, _| Ok(cmd!(sh, "cargo fmt --all -- --check").run()?) },
    Stage { name: "tidy", run: |sh, _| tidy::run(sh) },
    Stage { name: "clippy", run: clippy },
    Stage { name: "features", run: features },
    Stage { name: "trees", run: trees },
    Stage { name: "docs", run: docs },
    Stage { name: "test", run: tests },
];

/// Crates that must stay light, each with what it must never pull in and the features it is looked at with.
const TREES: [(&str, &[&str], &[&str]); 3] = [
    ("waxwing-client", &[], &["axum", "rusqlite", "genai", "rmcp"]),
    ("waxwing-agent", &[], &["axum", "reqwest", "rusqlite", "genai", "rmcp"]),
    ("waxwing", &["--no-default-features"], &["clap", "rusqlite", "genai", "rmcp"]),
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let (flags, names): (Vec<String>, Vec<_>) = args.iter().cloned().partition(|arg| arg.starts_with("--"));
    if let Some(flag) = flags.iter().find(|flag| !test::leaves_out(flag)) {
        bail!("unknown option `{flag}`; `cargo xtask help` lists them");
    }
    let known: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("unknown stage `{name}`; there are {}", known.join(", "));
    }

    let mut done = Vec::new();
    for stage in STAGES.iter().filter(|stage| names.is_empty() || names.iter().any(|name| name == stage.name)) {
        println!("\n=== {} ===", stage.name);
        let start = Instant::now();
        let result = (stage.run)(sh, &flags);
        let took = seconds(start.elapsed());
        result.with_context(|| format!("{0} failed after {took}; alone: cargo xtask ci {0}", stage.name))?;
        println!("=== {} passed in {took} ===", stage.name);
        done.push(format!("{} {took}", stage.name));
    }
    println!("\nci passed: {}", done.join(", "));
    Ok(ExitCode::SUCCESS)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn clippy(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    Ok(cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?)
}

/// Each crate alone, as others would depend on it: in the workspace, features that a neighbour asks for hide what is missing.
fn features(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    for path in sh.read_dir("crates")? {
        let manifest: toml::Table = sh.read_file(path.join("Cargo.toml"))?.parse()?;
        let name = manifest["package"]["name"].as_str().context("a package has a name")?;
        for args in combinations(&manifest) {
            cmd!(sh, "cargo check --quiet --package {name} {args...}").run()?;
        }
    }
    Ok(())
}

/// The arguments for the default features, for none, and for each alone.
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
            bail!("{package} pulls in {name}; `cargo tree --package {package} --invert {name}` says by which way");
        }
        ensure!(tree.lines().count() > 1, "cargo tree says nothing of {package}");
    }
    Ok(())
}

/// Libraries only: the binary has the facade's name and would be written over its pages.
fn docs(sh: &Shell, _: &[String]) -> anyhow::Result<()> {
    let _flags = sh.push_env("RUSTDOCFLAGS", "-Dwarnings");
    Ok(cmd!(sh, "cargo doc --workspace --no-deps --lib").run()?)
}

fn tests(sh: &Shell, flags: &[String]) -> anyhow::Result<()> {
    let code = test::run(sh, flags.to_vec())?;
    ensure!(code == ExitCode::SUCCESS, "a test failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(manifest: &str, expected: &[&[&str]]) {
        assert_eq!(super::combinations(&manifest.parse().unwrap()), expected);
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
