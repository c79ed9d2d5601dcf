//! Plan of the measurements.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// Measurement, with one or more tables in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measurement {
    /// Cost of accepting a webhook.
    Ack,
    /// Latency from the webhook to the reply.
    Latency,
    /// Latency of conversations during a campaign.
    Campaign,
    /// Memory of the server.
    Memory,
    /// Cost of a message in a database with many messages.
    Growth,
    /// Writes of a message.
    Writes,
    /// Cost of sealed content.
    Sealed,
}

const ALL: [Measurement; 7] = [
    Measurement::Ack,
    Measurement::Latency,
    Measurement::Campaign,
    Measurement::Memory,
    Measurement::Growth,
    Measurement::Writes,
    Measurement::Sealed,
];

impl Measurement {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Latency => "latency",
            Self::Campaign => "campaign",
            Self::Memory => "memory",
            Self::Growth => "growth",
            Self::Writes => "writes",
            Self::Sealed => "sealed",
        }
    }
}

/// Measurements with their parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) measurements: Vec<Measurement>,
    /// Directory of the databases, on the disk to measure.
    pub(crate) dir: PathBuf,
    /// Markdown file with the tables to replace.
    pub(crate) write: Option<PathBuf>,
    /// Number of runs of each alternative. The result is their median.
    pub(crate) rounds: usize,
    /// Number of users.
    pub(crate) users: usize,
    /// Shortest load before a measurement starts. Each user has written at least once at its end.
    pub(crate) warm_up: Duration,
    /// Duration of each measurement.
    pub(crate) window: Duration,
    /// Number of single webhooks, sent one after the other.
    pub(crate) lone: usize,
    /// Number of recipients of the campaign of each business number.
    pub(crate) recipients: usize,
    /// Number of concurrent agent runs.
    pub(crate) runs: usize,
    /// Number of messages in the larger database of `growth`.
    pub(crate) stored: usize,
    /// Number of messages that `growth` and `writes` measure on each database in each round.
    pub(crate) measured: usize,
    /// Additional time of each disk flush, for each column of the tables.
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
            recipients: 1_250,
            runs: 10_000,
            stored: 1_000_000,
            measured: 4_000,
            flush_delays: vec![Duration::ZERO, Duration::from_millis(2)],
        }
    }

    /// Plan for a first impression.
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

    /// Plan that only shows that all measurements work.
    fn smoke() -> Self {
        Self {
            rounds: 1,
            users: 100,
            warm_up: Duration::from_millis(20),
            window: Duration::from_millis(200),
            lone: 20,
            recipients: 20,
            runs: 50,
            stored: 2_000,
            measured: 100,
            flush_delays: vec![Duration::ZERO],
            ..Self::full()
        }
    }

    /// Parses the arguments of the program: names of measurements, and options.
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
                        "unknown argument `{name}`; the arguments are {}, --quick, --smoke, --dir DIRECTORY and --write",
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
