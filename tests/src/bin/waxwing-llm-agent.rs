//! Server with an agent that calls a language model.

use std::process::ExitCode;

use waxwing_tests::LlmTestAgent;

#[tokio::main]
async fn main() -> ExitCode {
    waxwing_tests::serve(LlmTestAgent::from_env()).await
}
