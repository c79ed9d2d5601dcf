//! Delivery of every message, once and in order, across crashes of the server.

use std::env;

use waxwing_tests::{CampaignCrashTest, CrashTest};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_reaches_no_recipient_twice() {
    let recipients = number("WAXWING_CRASH_RECIPIENTS").unwrap_or(300).try_into().unwrap();
    let kills = number("WAXWING_CRASH_KILLS").unwrap_or(5).try_into().unwrap();
    let test = CampaignCrashTest { recipients, kills, seed: number("WAXWING_CRASH_SEED").unwrap_or(1) };
    let report = test.run().await;
    println!("{test:?}\n{report:?}");
    assert_eq!((&report.received_twice, &report.wrong), (&vec![], &vec![]), "{report:?}");
    assert_eq!(report.states.values().sum::<usize>(), recipients as usize, "{report:?}");
    let unknown = report.states.get("unknown").copied().unwrap_or_default();
    assert!(report.received + unknown >= recipients as usize, "{report:?}");
    assert_eq!(report.kills_in_flight, test.kills_in_flight(), "{report:?}");
}
