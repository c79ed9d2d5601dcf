//! A server like the program's own, with an agent that is slow, and that a certain word kills together with its process.

use std::process::ExitCode;
use std::time::Duration;

use waxwing_tests::SlowEcho;

#[tokio::main]
async fn main() -> ExitCode {
    let pause = std::env::var(SlowEcho::PAUSE).ok().and_then(|millis| millis.parse().ok());
    waxwing_tests::serve(SlowEcho { pause: pause.map_or(Duration::ZERO, Duration::from_millis) }).await
}
