//! Random mixes of fault cases under load.

use std::time::Duration;

use crate::fault_case::{FaultCase, ScenarioScript};
use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Report, SeededRng};
use crate::test_env::TestEnv;

/// In-doubt window of a send. Delayed statuses arrive much earlier. A machine that stalls for longer than the window can cause a repeated
/// send.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// Number of acknowledged messages in a round before the faults end.
const MESSAGES: usize = 150;

/// Rounds of load. Each round has a new server and its own mix of faults.
#[derive(Debug, Clone, Copy)]
pub struct FaultMix {
    /// Number of rounds.
    pub rounds: u64,
    /// Seed of the first round. Each further round uses the next number.
    pub seed: u64,
}

impl FaultMix {
    /// Runs all rounds, and checks the delivery of all messages.
    ///
    /// # Panics
    ///
    /// Panics if a guarantee is broken, or if the server makes no progress before the deadline. The message contains the seed, the
    /// scenario, and the conversations and outbox rows of the affected users.
    pub async fn run(self) -> Report {
        let mut report = Report::default();
        for seed in (self.seed..).take(usize::try_from(self.rounds).unwrap()) {
            report += round(seed).await;
        }
        report
    }
}

async fn round(seed: u64) -> Report {
    let mut rng = SeededRng::new(seed);
    let (script, terms) = mix(&mut rng);
    let env = TestEnv::with(load_test::emulator(seed)).await;
    let settle = if rng.one_in(2) { "0s" } else { "30ms" };
    let (server, _) = load_test::serve(&env, IN_DOUBT_WINDOW).set("WAXWING_DEBOUNCE", settle).start().await;
    env.emulator.play_scenario(&script.scenario()).unwrap();

    let mut trial = LoadTest::begin(
        env,
        LoadProfile { users: 8, max_unanswered: 12, pictures: 8, is_lossy: script.is_lossy() },
        &mut rng,
    );
    trial.wait_until(|progress| progress.acknowledged >= MESSAGES).await;
    trial.drain().await;
    let log = trial.env.drain(server).await.stderr;
    trial.record_log(&log);
    trial.evaluate(&terms, &format!("fault mix with seed {seed}:\n{script}"))
}

/// Draws about a quarter of the fault cases with random rates, and returns them with the guarantees that still hold.
fn mix(rng: &mut SeededRng) -> (ScenarioScript, Guarantees) {
    let mut script = ScenarioScript::default();
    let mut terms = Guarantees { in_doubt_window: IN_DOUBT_WINDOW, allowed_codes: Vec::new(), in_order: true };
    for case in FaultCase::all().iter().filter(|case| case.mixes()) {
        if rng.one_in(4) {
            script.add(&case.script, || rng.between(0.01, 0.10));
            terms.allowed_codes.extend(case.expected().reason());
            terms.in_order &= case.in_order;
        }
    }
    (script, terms)
}
