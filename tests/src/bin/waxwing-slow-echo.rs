//! Server with a slow agent that aborts its process when it gets the text `poison`.

use std::process::ExitCode;
use std::time::Duration;

use waxwing_tests::SlowEcho;

#[tokio::main]
async fn main() -> ExitCode {
    let pause = std::env::var(SlowEcho::PAUSE).ok().and_then(|millis| millis.parse().ok());
    waxwing_tests::serve(SlowEcho { pause: pause.map_or(Duration::ZERO, Duration::from_millis) }).await
}
