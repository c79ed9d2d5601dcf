//! Check of the dependencies against `deny.toml`.
//!
//! The task runs cargo-deny if it is installed. Without it, the task makes short forms of the checks of licences, bans, sources and
//! duplicates, so that every machine has them.

mod advisories;
mod default_features;
mod dependencies;
mod license;
mod policy;
mod rules;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::debian;
use dependencies::Dependencies;
use policy::Policy;

/// Name of the file with the policy.
const POLICY: &str = "deny.toml";

/// Runs the audit with the arguments of the command. Prints every finding.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let database = advisory_database(args)?;
    let policy = Policy::parse(&sh.read_file(POLICY)?).context(POLICY)?;
    let dependencies = Dependencies::read(sh)?;

    let mut findings = default_features::check(&sh.read_file("Cargo.toml")?, &dependencies)?;
    let has_cargo_deny = debian::find(sh, "cargo-deny").is_some();
    if has_cargo_deny {
        if cmd!(sh, "cargo deny --all-features check licenses bans sources").run().is_err() {
            findings.push("cargo-deny has findings".to_owned());
        }
    } else {
        findings.extend(rules::check(&policy, &dependencies));
    }
    let advisories = match database {
        None => "not checked".to_owned(),
        Some(database) => {
            let (checked, found) = advisories::check(&database, &policy, &dependencies)?;
            findings.extend(found);
            format!("{checked} checked")
        }
    };

    for finding in &findings {
        println!("{finding}");
    }
    let checker = if has_cargo_deny { "by cargo-deny" } else { "by cargo metadata" };
    println!("licences, bans, sources, duplicates: {} packages checked {checker}", dependencies.packages.len());
    println!("advisories: {advisories}");
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the directory of `--advisory-db`: a checkout of <https://github.com/rustsec/advisory-db>.
fn advisory_database(args: &[String]) -> anyhow::Result<Option<PathBuf>> {
    match args {
        [] => Ok(None),
        [option, path] if option == "--advisory-db" => Ok(Some(path.into())),
        [option] if option.starts_with("--advisory-db=") => Ok(option.split_once('=').map(|(_, path)| path.into())),
        _ => bail!("`audit` knows the option --advisory-db PATH only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_among_the_arguments() {
        let parse = |args: &[&str]| advisory_database(&args.iter().map(ToString::to_string).collect::<Vec<_>>()).ok();
        assert_eq!(parse(&[]), Some(None));
        assert_eq!(parse(&["--advisory-db", "db"]), Some(Some("db".into())));
        assert_eq!(parse(&["--advisory-db=db"]), Some(Some("db".into())));
        assert_eq!(parse(&["--advisory-db"]), None);
        assert_eq!(parse(&["--db", "db"]), None);
    }

    #[test]
    fn the_dependencies_of_the_workspace_are_as_the_policy_says() {
        let sh = Shell::new().unwrap();
        sh.change_dir(crate::root(&sh).unwrap());
        let policy = Policy::parse(&sh.read_file(POLICY).unwrap()).unwrap();
        let dependencies = Dependencies::read(&sh).unwrap();
        assert!(dependencies.packages.len() > 100, "cargo metadata lists the dependencies");
        let mut findings = rules::check(&policy, &dependencies);
        findings.extend(default_features::check(&sh.read_file("Cargo.toml").unwrap(), &dependencies).unwrap());
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }
}
