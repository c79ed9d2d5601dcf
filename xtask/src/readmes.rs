//! Builds the examples of each library's README as an outside user does.
//!
//! The tests of a crate see its dev-dependencies and the features that its neighbors enable, and so compile examples that fail for a
//! reader. A trial crate outside the workspace has only the dependencies that the README names. The Rust template of `waxwing new` is one more
//! trial crate.

use std::path::Path;

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

/// Directory of the trial crates.
const TRIALS: &str = "target/readmes";

/// Directory of the Rust template of `waxwing new`.
const TEMPLATE: &str = "crates/waxwing-cli/templates/rust";

/// Files of the template that are compiled, and their paths in a project.
const TEMPLATE_FILES: [(&str, &str); 4] = [
    ("manifest.toml", "Cargo.toml"),
    ("src/lib.rs", "src/lib.rs"),
    ("src/main.rs", "src/main.rs"),
    ("tests/conversation.rs", "tests/conversation.rs"),
];

/// Compiles and runs the Rust examples of each library README, and the test of the Rust template.
///
/// # Errors
///
/// A README names no dependency, names one of another version, or has an example that fails. The test of the template fails.
pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    let libraries = libraries(sh)?;
    let root = sh.current_dir();
    sh.remove_path(TRIALS)?;
    for library in &libraries {
        let path = root.join("crates").join(library).join("README.md");
        let readme = sh.read_file(&path)?;
        let dependencies = dependencies(&readme, library).with_context(|| format!("crates/{library}/README.md"))?;
        let trial = Path::new(TRIALS).join(library);
        sh.write_file(trial.join("Cargo.toml"), package(library, &dependencies))?;
        sh.write_file(trial.join("src/lib.rs"), format!("#![doc = include_str!({})]\n", quoted(&path)))?;
    }
    for (source, target) in TEMPLATE_FILES {
        let text = sh.read_file(Path::new(TEMPLATE).join(source))?;
        sh.write_file(Path::new(TRIALS).join("template").join(target), filled(&text, &root))?;
    }
    sh.write_file(
        Path::new(TRIALS).join("Cargo.toml"),
        workspace(&root, &libraries, &profile(&sh.read_file("Cargo.toml")?)?),
    )?;
    // The same versions as in the workspace: nothing is downloaded, and a release of a dependency cannot break CI.
    sh.copy_file("Cargo.lock", Path::new(TRIALS).join("Cargo.lock"))?;

    let _directory = sh.push_dir(TRIALS);
    let _target = sh.push_env("CARGO_TARGET_DIR", root.join("target"));
    // All at once: the trial crates share most of what is compiled. The stage `features` checks each library alone.
    cmd!(sh, "cargo test --quiet --offline --doc --workspace --no-fail-fast")
        .run()
        .context("an example fails with only the dependencies that its README names")?;
    // The whole workspace again, so that the crates have the same features and are not compiled a second time.
    cmd!(sh, "cargo test --quiet --offline --workspace --test conversation")
        .run()
        .context("the test of the Rust template of `waxwing new` fails")?;
    Ok(())
}

/// Fills the placeholders of a file of the template, as `waxwing new` does. The project is a member of the trial workspace.
fn filled(text: &str, root: &Path) -> String {
    let text = text.replace("{{name}}", "template").replace("{{crate}}", "template");
    let text = text.replace("{{waxwing}}", &root.display().to_string());
    text.split("\n# The project is no part of a workspace").next().unwrap_or_default().to_owned()
}

/// Names of the crates that have a library, sorted.
fn libraries(sh: &Shell) -> anyhow::Result<Vec<String>> {
    let paths = sh.read_dir("crates")?;
    let libraries = paths.iter().filter(|path| path.join("src/lib.rs").is_file());
    Ok(libraries.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
}

/// The lines under `[dependencies]` or `[dev-dependencies]` in the first TOML block of a README.
fn dependencies(readme: &str, library: &str) -> anyhow::Result<String> {
    let block = readme.split_once("```toml\n").and_then(|(_, rest)| rest.split_once("```"));
    let (block, _) = block.context("names no dependencies; add a block of TOML with `[dependencies]`")?;
    let lines = block.strip_prefix("[dependencies]\n").or_else(|| block.strip_prefix("[dev-dependencies]\n"));
    let lines = lines.context("the first block of TOML does not begin with `[dependencies]`")?;
    let table: toml::Table = lines.parse().context("the dependencies are not TOML")?;
    ensure!(table.contains_key(library), "the dependencies do not name `{library}`");
    Ok(lines.to_owned())
}

fn package(library: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"readme-of-{library}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}")
}

/// A workspace that takes the libraries from this checkout, as if they were published. `profile` is that of the root manifest: with another
/// one, every dependency would be compiled again.
fn workspace(root: &Path, libraries: &[String], profile: &str) -> String {
    let patches = libraries.iter().map(|name| {
        let path = root.join("crates").join(name);
        format!("{name} = {{ path = {} }}\n", quoted(&path))
    });
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n[patch.crates-io]\n{}\n{profile}",
        patches.collect::<String>()
    )
}

/// The tables `[profile.*]` of a manifest.
fn profile(manifest: &str) -> anyhow::Result<String> {
    let mut manifest: toml::Table = manifest.parse()?;
    manifest.retain(|key, _| key == "profile");
    Ok(toml::to_string(&manifest)?)
}

/// A path as a text of TOML or Rust.
fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str =
        "# A\n\n```toml\n[dependencies]\na = \"0.1\"\nserde_json = \"1\"\n```\n\n```rust\nuse a::A;\n```\n";

    #[test]
    fn the_dependencies_of_a_readme() {
        assert_eq!(dependencies(README, "a").unwrap(), "a = \"0.1\"\nserde_json = \"1\"\n");
        let dev = README.replace("[dependencies]", "[dev-dependencies]");
        assert_eq!(dependencies(&dev, "a").unwrap(), "a = \"0.1\"\nserde_json = \"1\"\n");
    }

    #[test]
    fn the_template_joins_the_trial_workspace() {
        let manifest = "[package]\nname = \"{{name}}\"\npath = \"{{waxwing}}/a\"\n\n# The project is no part of a workspace above it.\n[workspace]\n";
        assert_eq!(filled(manifest, Path::new("/r")), "[package]\nname = \"template\"\npath = \"/r/a\"\n");
    }

    #[test]
    fn the_profile_is_that_of_the_manifest() {
        let manifest = "[workspace]\nmembers = []\n\n[profile.dev]\ndebug = false\n";
        assert_eq!(profile(manifest).unwrap(), "[profile.dev]\ndebug = false\n");
    }

    #[test]
    fn a_readme_without_dependencies_is_refused() {
        #[track_caller]
        fn check(readme: &str, library: &str, expected: &str) {
            assert_eq!(dependencies(readme, library).unwrap_err().to_string(), expected);
        }
        check("# A\n", "a", "names no dependencies; add a block of TOML with `[dependencies]`");
        check("```toml\n[features]\n```\n", "a", "the first block of TOML does not begin with `[dependencies]`");
        check(README, "b", "the dependencies do not name `b`");
    }
}
