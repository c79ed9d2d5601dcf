//! Many things that go wrong at once, drawn from a seed, and what has become of the messages.

use std::time::Duration;

use crate::fault_case::{FaultCase, ScenarioScript};
use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Report, SeededRng};
use crate::test_env::TestEnv;

/// How long a send stays in in_doubt_window. Statuses that are late are late by much less; on a machine that stands still for as long as this, a send may be
/// repeated that had arrived.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// How many messages are written in one round before all goes well again.
const MESSAGES: usize = 150;

/// Rounds, each on a new server that lives through a mix of its own.
#[derive(Debug, Clone, Copy)]
pub struct FaultMix {
    /// How many rounds.
    pub rounds: u64,
    /// Where the first mix comes from; the next ones come from the numbers that follow.
    pub seed: u64,
}

impl FaultMix {
    /// Lets users write to the program while many things go wrong, and counts.
    ///
    /// # Panics
    ///
    /// When a promise was broken, with the seed of the round, what went wrong as a scenario, the conversations of the users concerned and their rows of the
    /// outbox; or when the server does not get anywhere.
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
    trial.evaluate(&terms, &format!("storm of seed {seed}:\n{script}"))
}

/// Some of the cases, each at a rate of its own, and what may come of them.
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
