//! Many things that go wrong at once, drawn from a seed, and what has become of the messages.

use std::time::Duration;

use crate::case::{Case, Script};
use crate::scene::Scene;
use crate::trial::{self, Crowd, Dice, Report, Terms, Trial};

/// How long a send stays in doubt. Statuses that are late are late by much less; on a machine that stands still for as long as this, a send may be
/// repeated that had arrived.
const DOUBT: Duration = Duration::from_secs(2);

/// How many messages are written in one round before all goes well again.
const MESSAGES: usize = 150;

/// Rounds, each on a new server that lives through a mix of its own.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    /// How many rounds.
    pub rounds: u64,
    /// Where the first mix comes from; the next ones come from the numbers that follow.
    pub seed: u64,
}

impl Storm {
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
    let mut dice = Dice::new(seed);
    let (script, terms) = mix(&mut dice);
    let scene = Scene::with(trial::emulator(seed)).await;
    let settle = if dice.one_in(2) { "0s" } else { "30ms" };
    let (server, _) = trial::serve(&scene, DOUBT).set("WAXWING_SETTLE", settle).start().await;
    scene.sim.play(&script.scenario()).unwrap();

    let mut trial =
        Trial::begin(scene, Crowd { users: 8, patience: 12, pictures: 8, is_lossy: script.is_lossy() }, &mut dice);
    trial.reaches(|progress| progress.acknowledged >= MESSAGES).await;
    trial.rest().await;
    let log = server.terminate().await.stderr;
    trial.hear(&log);
    trial.judge(&terms, &format!("storm of seed {seed}:\n{script}"))
}

/// Some of the cases, each at a rate of its own, and what may come of them.
fn mix(dice: &mut Dice) -> (Script, Terms) {
    let mut script = Script::default();
    let mut terms = Terms { doubt: DOUBT, reasons: Vec::new(), in_turn: true };
    for case in Case::all().iter().filter(|case| case.mixes()) {
        if dice.one_in(4) {
            script.add(&case.script, || dice.between(0.01, 0.10));
            terms.reasons.extend(case.fate().reason());
            terms.in_turn &= case.in_turn;
        }
    }
    (script, terms)
}
