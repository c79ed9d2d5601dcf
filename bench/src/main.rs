//! Benchmark of the server.
//!
//! The benchmark generates load and fakes the Graph API on one core. The measured server is a child process on another core, so that they
//! do not compete for CPU time. `cargo xtask bench` builds and runs the benchmark. `docs/performance.md` has its results.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output is for the person who runs it")]
#![expect(clippy::cast_precision_loss, reason = "counts and times become figures with three digits")]

mod ack;
mod campaign;
mod child;
mod database;
mod graph;
mod growth;
mod http;
mod latency;
mod load;
mod machine;
mod memory;
mod plan;
mod process;
mod report;
mod sealed;
mod server;
mod wal;
mod webhook;
mod writes;

use std::process::ExitCode;

use crate::plan::{Measurement, Plan};
use crate::report::Report;

/// First argument of a child process. The second argument is the configuration of the server.
const SERVE: &str = "serve";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let ended = match &args[..] {
        [serve, config] if serve == SERVE => server::run(config),
        _ => Plan::parse(&args).and_then(|plan| measure(&plan)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all measurements of a plan. One thread generates the load, so one core is enough.
fn measure(plan: &Plan) -> anyhow::Result<()> {
    process::pin_this(process::LOAD_CORE);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::default();
    for measurement in &plan.measurements {
        eprintln!("measuring: {}", measurement.name());
        let table = runtime.block_on(tokio::task::LocalSet::new().run_until(async {
            match measurement {
                Measurement::Ack => ack::measure(plan).await,
                Measurement::Latency => latency::measure(plan).await,
                Measurement::Campaign => campaign::measure(plan).await,
                Measurement::Memory => memory::measure(plan).await,
                Measurement::Growth => growth::measure(plan).await,
                Measurement::Writes => writes::measure(plan).await,
                Measurement::Sealed => sealed::measure(plan).await,
            }
        }))?;
        report.add(table);
    }
    report.machine = machine::describe(&plan.dir)?;
    let text = report.to_markdown();
    println!("{text}");
    plan.write.as_deref().map_or(Ok(()), |file| report::write(file, &text))
}
