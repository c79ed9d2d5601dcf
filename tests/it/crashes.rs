//! Delivery of every message, once and in order, across crashes of the server.

use std::env;

use waxwing_tests::CrashTest;

/// Returns the value of a variable that `cargo xtask torture` sets.
fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_answered_once_and_in_order() {
    let kills = number("WAXWING_CRASH_KILLS").unwrap_or(30);
    let torture = CrashTest { kills: kills.try_into().unwrap(), seed: number("WAXWING_CRASH_SEED").unwrap_or(1) };
    let report = torture.run().await;
    println!("{torture:?}\n{report}");
    assert_eq!(report.answered, report.acknowledged, "{report}");
    assert!(report.acknowledged > usize::try_from(kills).unwrap(), "there was traffic\n{report}");
}
