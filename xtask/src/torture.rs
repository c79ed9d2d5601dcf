//! Task that runs the crash test or the fault mixes for a chosen number of repetitions.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

/// Number of recipients of the campaign of a crash test.
const RECIPIENTS: u64 = 10_000;

/// Arguments of the task.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    workload: Workload,
    seed: u64,
    /// Whether the server is built in release mode.
    release: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Workload {
    /// Number of kills of a crash test.
    Kills(u32),
    /// Number of rounds of fault mixes.
    Rounds(u64),
    /// Number of kills of a crash test of a campaign with 10,000 recipients.
    Campaign(u32),
}

/// Runs the test with these arguments, and returns its exit code.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let Options { workload, seed, release } = parse(args)?;
    let (test, variables): (_, Vec<(&str, u64)>) = match workload {
        Workload::Kills(kills) => (
            "crashes::what_was_acknowledged",
            vec![("WAXWING_CRASH_KILLS", kills.into()), ("WAXWING_CRASH_SEED", seed)],
        ),
        Workload::Rounds(rounds) => (
            "faults::whatever_goes_wrong_together",
            vec![("WAXWING_FAULT_ROUNDS", rounds), ("WAXWING_FAULT_SEED", seed)],
        ),
        Workload::Campaign(kills) => (
            "crashes::a_campaign_reaches",
            vec![
                ("WAXWING_CRASH_RECIPIENTS", RECIPIENTS),
                ("WAXWING_CRASH_KILLS", kills.into()),
                ("WAXWING_CRASH_SEED", seed),
            ],
        ),
    };
    let _binary = sh.push_env("WAXWING_BIN", build(sh, release)?);
    let _variables =
        variables.into_iter().map(|(variable, value)| sh.push_env(variable, value.to_string())).collect::<Vec<_>>();
    cmd!(sh, "cargo test --package waxwing-tests --test it -- {test} --nocapture").run()?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the program. Returns its path.
pub(crate) fn build(sh: &Shell, release: bool) -> anyhow::Result<PathBuf> {
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    cmd!(sh, "cargo build --package waxwing-cli {profile...}").run()?;
    binary(release)
}

/// Returns the path of the program: next to this program, or in the directory of the release build.
fn binary(release: bool) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let profile = this.parent().context("this program is not in a directory")?;
    let profile = if release { profile.with_file_name("release") } else { profile.to_owned() };
    Ok(profile.join(format!("waxwing{}", std::env::consts::EXE_SUFFIX)))
}

fn parse(args: &[String]) -> anyhow::Result<Options> {
    let (mut kills, mut rounds, mut seed) = (None, None, 1);
    let (mut faults, mut campaign, mut release) = (false, false, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
        let mut number = || {
            let value = value.or_else(|| args.next().map(String::as_str)).unwrap_or_default();
            value.parse::<u64>().with_context(|| format!("{name} needs a number"))
        };
        match name {
            "--kills" => kills = Some(number()?),
            "--rounds" => rounds = Some(number()?),
            "--seed" => seed = number()?,
            "--faults" if value.is_none() => faults = true,
            "--campaign" if value.is_none() => campaign = true,
            "--release" if value.is_none() => release = true,
            _ => bail!(
                "unknown option `{arg}`; the options are --kills, --campaign, --faults, --rounds, --seed and --release"
            ),
        }
    }
    let kills = kills.map(u32::try_from).transpose().context("--kills is too large")?;
    let workload = match (faults, kills, rounds) {
        _ if campaign && !faults && rounds.is_none() => Workload::Campaign(kills.unwrap_or(10)),
        (true, None, rounds) if !campaign => Workload::Rounds(rounds.unwrap_or(100)),
        (false, kills, None) if !campaign => Workload::Kills(kills.unwrap_or(1_000)),
        _ => bail!("--rounds needs --faults, which excludes --kills and --campaign"),
    };
    Ok(Options { workload, seed, release })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &str, expected: Option<(Workload, u64, bool)>) {
        let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
        assert_eq!(parse(&args).ok(), expected.map(|(workload, seed, release)| Options { workload, seed, release }));
    }

    #[test]
    fn numbers_among_the_arguments() {
        use Workload::{Campaign, Kills, Rounds};
        check("", Some((Kills(1_000), 1, false)));
        check("--kills 30", Some((Kills(30), 1, false)));
        check("--seed=7 --kills 3 --release", Some((Kills(3), 7, true)));
        check("--faults", Some((Rounds(100), 1, false)));
        check("--faults --rounds=5 --seed 2", Some((Rounds(5), 2, false)));
        check("--campaign", Some((Campaign(10), 1, false)));
        check("--campaign --kills 3", Some((Campaign(3), 1, false)));
        check("--campaign --faults", None);
        check("--rounds 5", None);
        check("--faults --kills 5", None);
        check("--faults=yes", None);
        check("--kills", None);
        check("--kills many", None);
        check("--lives 9", None);
    }
}
