//! A server like the program's own, with an agent that is slow, and that a certain word kills together with its process.

use std::process::ExitCode;
use std::time::Duration;

use waxwing_tests::Probe;

#[tokio::main]
async fn main() -> ExitCode {
    let pause = std::env::var(Probe::PAUSE).ok().and_then(|millis| millis.parse().ok());
    waxwing_tests::serve(Probe { pause: pause.map_or(Duration::ZERO, Duration::from_millis) }).await
}
