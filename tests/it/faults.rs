//! Fault cases, alone and in mixes.

use std::sync::Mutex;
use std::{env, thread};

use tokio::runtime::Builder;
use waxwing_tests::{FaultCase, FaultCatalog, FaultMix};

/// Number of cases that run at once. A case mostly waits for the disk.
const AT_ONCE: usize = 4;

#[test]
fn whatever_goes_wrong_alone_comes_to_what_the_table_says() {
    let cases = Mutex::new(FaultCase::all().into_iter());
    let next = || cases.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = next() {
                    // Each case has its own thread, because the log of a server is recorded per thread.
                    let report = Builder::new_current_thread().enable_all().build().unwrap().block_on(case.run());
                    println!("{case}{report}\n");
                }
            });
        }
    });
}

#[test]
fn all_that_the_emulator_plays_is_in_the_table() {
    assert_eq!(FaultCase::catalog(), FaultCatalog::from_emulator());
}

/// Returns the value of a variable that `cargo xtask torture --faults` sets.
fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_together_breaks_no_promise() {
    let rounds = number("WAXWING_FAULT_ROUNDS").unwrap_or(2);
    let storm = FaultMix { rounds, seed: number("WAXWING_FAULT_SEED").unwrap_or(1) };
    let report = storm.run().await;
    println!("{storm:?}\n{report}");
    assert!(report.answered > 0 && report.reconciled + report.refused > 0, "something went wrong\n{report}");
}
