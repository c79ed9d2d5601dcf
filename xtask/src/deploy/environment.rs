//! Environment variables that deployments may set.

use std::collections::BTreeSet;

use anyhow::ensure;

/// Names of variables that the program reads.
#[derive(Debug)]
pub(super) struct KnownVariables(BTreeSet<String>);

impl KnownVariables {
    /// Reads the first column of the tables of `docs/settings.md`. A test of the program keeps that page up to date.
    pub(super) fn parse(settings: &str) -> Self {
        let rows = settings.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        Self(rows.filter(|name| is_variable(name)).map(str::to_owned).collect())
    }

    /// Checks that each name is a variable of the program. `place` is part of the error.
    pub(super) fn check<'a>(&self, place: &str, names: impl IntoIterator<Item = &'a str>) -> anyhow::Result<()> {
        for name in names {
            ensure!(self.0.contains(name), "{place}: {name} is no setting of docs/settings.md");
        }
        Ok(())
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Returns the names in a file with lines such as `NAME=value`. Comments and empty lines have none.
pub(super) fn names(file: &str) -> Vec<&str> {
    let lines = file.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_page() {
        let page = "| environment | file |\n|---|---|\n| `PORT` | `server.port` |\n| `waxwing.db` | the database |\n";
        let known = KnownVariables::parse(page);
        known.check("a", ["PORT"]).unwrap();
        for unknown in ["PROT", "waxwing.db", "environment"] {
            assert!(known.check("a", [unknown]).unwrap_err().to_string().contains(unknown));
        }
    }

    #[test]
    fn names_of_an_environment_file() {
        assert_eq!(names("# A=1\n\nB=2=3\n  C=\n"), ["B", "C"]);
    }
}
