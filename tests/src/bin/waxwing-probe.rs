//! A server like the program's own, with an agent that is slow, and that a certain word kills together with its process.

use std::process::ExitCode;
use std::time::Duration;

use waxwing::AgentOs;
use waxwing_tests::Probe;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr).init();
    let pause = std::env::var(Probe::PAUSE).ok().and_then(|millis| millis.parse().ok());
    let probe = Probe { pause: pause.map_or(Duration::ZERO, Duration::from_millis) };
    let served = match AgentOs::from_env(probe) {
        Ok(os) => os.serve().await,
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the server failed");
            ExitCode::FAILURE
        }
    }
}
