//! The crash test of the test command, for as long as one likes.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    kills: u32,
    seed: u64,
}

/// Runs the test with these numbers and passes its verdict on.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let Options { kills, seed } = parse(args)?;
    let _kills = sh.push_env("WAXWING_TORTURE_KILLS", kills.to_string());
    let _seed = sh.push_env("WAXWING_TORTURE_SEED", seed.to_string());
    cmd!(sh, "cargo build --package waxwing-cli").run()?;
    cmd!(sh, "cargo test --package waxwing-tests --test it -- torture --nocapture").run()?;
    Ok(ExitCode::SUCCESS)
}

fn parse(args: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { kills: 1_000, seed: 1 };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name, value),
            None => (arg.as_str(), args.next().with_context(|| format!("`{arg}` needs a number"))?.as_str()),
        };
        match name {
            "--kills" => options.kills = value.parse().context("--kills takes a number")?,
            "--seed" => options.seed = value.parse().context("--seed takes a number")?,
            _ => bail!("unknown option `{name}`; `torture` knows --kills and --seed"),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &str, expected: Option<(u32, u64)>) {
        let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
        assert_eq!(parse(&args).ok(), expected.map(|(kills, seed)| Options { kills, seed }));
    }

    #[test]
    fn numbers_among_the_arguments() {
        check("", Some((1_000, 1)));
        check("--kills 30", Some((30, 1)));
        check("--seed=7 --kills 3", Some((3, 7)));
        check("--kills", None);
        check("--kills many", None);
        check("--lives 9", None);
    }
}
