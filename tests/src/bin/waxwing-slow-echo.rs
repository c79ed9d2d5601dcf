//! Server with a slow agent that aborts its process when it gets the text `poison`.

use std::process::ExitCode;
use std::time::Duration;

use waxwing_tests::SlowEcho;

#[tokio::main]
async fn main() -> ExitCode {
    let pause = std::env::var(SlowEcho::PAUSE).ok().and_then(|millis| millis.parse().ok());
    let pause = pause.map_or(Duration::ZERO, Duration::from_millis);
    let barrier = std::env::var_os(SlowEcho::BARRIER).map(Into::into);
    waxwing_tests::serve(SlowEcho { pause, barrier }).await
}
