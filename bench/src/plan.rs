//! The plan of a measurement.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// One table of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measurement {
    /// Cost of accepting a webhook.
    Ack,
    /// From the webhook to the reply.
    Latency,
    /// How much memory the server takes.
    Memory,
    /// Cost of a message when many are stored.
    Growth,
    /// Cost of a message in writes.
    Writes,
}

const ALL: [Measurement; 5] =
    [Measurement::Ack, Measurement::Latency, Measurement::Memory, Measurement::Growth, Measurement::Writes];

impl Measurement {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Latency => "latency",
            Self::Memory => "memory",
            Self::Growth => "growth",
            Self::Writes => "writes",
        }
    }
}

/// Measurements with their lengths.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) measurements: Vec<Measurement>,
    /// Where databases are made: the disk that is measured.
    pub(crate) dir: PathBuf,
    /// The page whose tables are replaced.
    pub(crate) write: Option<PathBuf>,
    /// How often each alternative is measured; the median counts.
    pub(crate) rounds: usize,
    /// How many people write.
    pub(crate) users: usize,
    /// Time that a load runs before it is measured, at least. Every user has written once when it ends.
    pub(crate) warm_up: Duration,
    /// How long each load is measured.
    pub(crate) window: Duration,
    /// How many webhooks come alone, one after the other.
    pub(crate) lone: usize,
    /// How many agents run at once.
    pub(crate) runs: usize,
    /// How many messages the larger database of `growth` holds.
    pub(crate) stored: usize,
    /// How many messages `growth` and `writes` measure on each database, each round.
    pub(crate) measured: usize,
    /// Additional time of a flush of the disk, for each column of the tables.
    pub(crate) flush_delays: Vec<Duration>,
}

impl Plan {
    fn full() -> Self {
        Self {
            measurements: ALL.to_vec(),
            dir: std::env::temp_dir(),
            write: None,
            rounds: 5,
            users: 5_000,
            warm_up: Duration::from_secs(1),
            window: Duration::from_secs(4),
            lone: 3_000,
            runs: 10_000,
            stored: 1_000_000,
            measured: 4_000,
            flush_delays: vec![Duration::ZERO, Duration::from_millis(2)],
        }
    }

    /// Enough for a first impression.
    fn quick() -> Self {
        Self {
            rounds: 3,
            warm_up: Duration::from_millis(500),
            window: Duration::from_millis(1_500),
            lone: 1_000,
            runs: 2_000,
            stored: 100_000,
            measured: 2_000,
            ..Self::full()
        }
    }

    /// Enough to see that everything works.
    fn smoke() -> Self {
        Self {
            rounds: 1,
            users: 100,
            warm_up: Duration::from_millis(20),
            window: Duration::from_millis(200),
            lone: 20,
            runs: 50,
            stored: 2_000,
            measured: 100,
            flush_delays: vec![Duration::ZERO],
            ..Self::full()
        }
    }

    /// Reads the arguments of the program: names of measurements and options.
    pub(crate) fn parse(args: &[String]) -> anyhow::Result<Self> {
        let has = |name: &str| args.iter().any(|arg| arg == name);
        let mut plan = match (has("--quick"), has("--smoke")) {
            (_, true) => Self::smoke(),
            (true, false) => Self::quick(),
            (false, false) => Self::full(),
        };
        let mut named = Vec::new();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" | "--smoke" => {}
                "--write" => plan.write = Some("docs/performance.md".into()),
                "--dir" => plan.dir = args.next().context("`--dir` needs a directory")?.into(),
                name => match ALL.into_iter().find(|measurement| measurement.name() == name) {
                    Some(measurement) => named.push(measurement),
                    None => bail!(
                        "unknown argument `{name}`; there are {}, --quick, --smoke, --dir DIRECTORY and --write",
                        ALL.map(Measurement::name).join(", ")
                    ),
                },
            }
        }
        if !named.is_empty() {
            plan.measurements = named;
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &str) -> anyhow::Result<Plan> {
        Plan::parse(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments() {
        assert_eq!(parse("").unwrap(), Plan::full());
        let quick = parse("latency --quick ack --dir /data --write").unwrap();
        assert_eq!(quick.measurements, [Measurement::Latency, Measurement::Ack]);
        assert_eq!((quick.dir, quick.rounds), ("/data".into(), Plan::quick().rounds));
        assert!(quick.write.is_some());
        assert!(parse("speed").is_err());
        assert!(parse("--dir").is_err());
    }
}
