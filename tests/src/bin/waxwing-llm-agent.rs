//! A server like the program's own, with an agent whose model is behind a URL.

use std::process::ExitCode;

use waxwing_tests::LlmTestAgent;

#[tokio::main]
async fn main() -> ExitCode {
    waxwing_tests::serve(LlmTestAgent::from_env()).await
}
