//! `waxwing new`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use waxwing::ConfigError;

use crate::output::print_text;
use crate::project_template::{ProjectTemplate, ProjectValues};

/// Name of a project in a directory whose name has no letter.
const DEFAULT_NAME: &str = "my-bot";

/// Most files that the error about a directory names.
const MAX_NAMED: usize = 5;

/// Create a project: an agent, its secrets to set, a test, and a compose file.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// Directory of the project. It is created, or it must be empty.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,

    /// Kind of the project.
    #[arg(long, value_enum, default_value_t)]
    template: ProjectTemplate,

    /// Checkout of Waxwing whose crates the template `rust` uses, since no version is published yet. Default: the one that this program was
    /// compiled from.
    #[arg(long, value_name = "DIR")]
    checkout: Option<PathBuf>,
}

impl New {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let dir = self.dir.display();
        refuse_files(&self.dir)?;
        let checkout = match self.template {
            ProjectTemplate::Rust => checkout(self.checkout)?,
            ProjectTemplate::Model | ProjectTemplate::Python => String::new(),
        };
        fs::create_dir_all(&self.dir).with_context(|| format!("the directory {dir} cannot be created"))?;
        let values = ProjectValues { name: name(&self.dir), checkout };
        let files = self.template.files(&values);
        for (path, text) in &files {
            write(&self.dir.join(path), text)
                .with_context(|| format!("the file {} cannot be written", self.dir.join(path).display()))?;
        }
        let names: Vec<_> = files.iter().map(|(path, _)| *path).collect();
        print_text!("  Created in {dir}: {}\n\n  Try it:\n", names.join(", "));
        let change = (self.dir != Path::new(".")).then(|| format!("cd {dir}"));
        for command in change.iter().map(String::as_str).chain(self.template.next_commands().iter().copied()) {
            print_text!("    {command}");
        }
        print_text!("\n  README.md shows how to test and to serve it.");
        Ok(())
    }
}

/// Fails if a directory has files, and names them. A repository of git may exist.
fn refuse_files(dir: &Path) -> anyhow::Result<()> {
    let found = match fs::read_dir(dir) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let message = format!("{} is a file; name an empty or a new directory", dir.display());
            return Err(ConfigError::new(message).into());
        }
        Err(error) => return Err(error).with_context(|| format!("the directory {} cannot be read", dir.display())),
    };
    let names = found.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>, _>>()?;
    names.retain(|name| name != ".git");
    names.sort();
    if names.is_empty() {
        return Ok(());
    }
    let others = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    let others = if others == 0 { String::new() } else { format!(" and {others} more") };
    let message = format!(
        "the directory {} is not empty: it has {}{others}; name an empty or a new directory",
        dir.display(),
        names.join(", ")
    );
    Err(ConfigError::new(message).into())
}

/// Writes a new file. An existing one is never replaced.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// Returns the name of the directory in the form of a crate's name: lower-case letters, digits and `-`, with a letter first.
fn name(dir: &Path) -> String {
    let full = dir.canonicalize().ok();
    let own = full.as_deref().unwrap_or(dir).file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name: String = own.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-').trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    if name.is_empty() { DEFAULT_NAME.to_owned() } else { name.to_owned() }
}

/// Returns the path of a checkout of Waxwing.
fn checkout(given: Option<PathBuf>) -> Result<String, ConfigError> {
    let compiled = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = given.is_some();
    let checkout = given.unwrap_or_else(compiled).canonicalize().ok();
    let checkout = checkout.filter(|checkout| checkout.join("crates/waxwing/Cargo.toml").is_file());
    checkout.map(|checkout| checkout.to_string_lossy().replace('\\', "/")).ok_or_else(|| {
        let message = if named {
            "--checkout names no checkout of Waxwing: it has no crates/waxwing"
        } else {
            "no version of Waxwing is published yet; name a checkout of its source with --checkout"
        };
        ConfigError::new(message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_a_crate() {
        for (dir, expected) in
            [("/x/My Bot", "my-bot"), ("/x/2nd_bot", "nd-bot"), ("/", "my-bot"), ("/x/---", "my-bot")]
        {
            assert_eq!(name(Path::new(dir)), expected, "{dir}");
        }
    }
}
