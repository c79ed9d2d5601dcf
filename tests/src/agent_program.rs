//! `main` of the programs that serve the agents of the tests.

use std::process::ExitCode;

use waxwing::AgentOs;
use waxwing::agent::Agent;

/// Serves `agent` with the settings of the environment. Logs JSON to stderr, as `waxwing --log-format json` does. Returns a failure code if
/// the server fails.
pub async fn serve(agent: impl Agent + 'static) -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr).init();
    let served = match AgentOs::from_env(agent) {
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
