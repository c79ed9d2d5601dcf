//! A user whose messages kill the server, and what becomes of everybody else's.

use std::path::Path;
use std::time::Duration;

use crate::probe::Probe;
use crate::process::Server;
use crate::scene::Scene;
use crate::trial::{self, Crowd, Dice, Report, Terms, Trial};

/// How long a send stays in doubt, as in the crash test.
const DOUBT: Duration = Duration::from_secs(2);

/// How long a run takes: long enough for others to be going on when one kills the process.
const PAUSE: Duration = Duration::from_millis(120);

/// What the poisoner reads in the end.
const APOLOGY: &str = "Something went wrong with your message.";

/// A server whose agent is slow, and kills its process at a certain word.
#[derive(Debug, Clone, Copy)]
pub struct Poison<'a> {
    /// The program `waxwing-probe`.
    pub program: &'a Path,
    /// How often the word is said.
    pub doses: u32,
    /// Where the other users' doings come from.
    pub seed: u64,
}

impl Poison<'_> {
    /// Lets one user say the word while others write, starts the server again each time that it dies, and counts. The deaths that each dose took are
    /// told as well.
    ///
    /// # Panics
    ///
    /// When a promise was broken to one of the others, or when a dose does not end in one apology, after which the poisoner is answered again.
    pub async fn run(self) -> (Report, Vec<u32>) {
        let mut dice = Dice::new(self.seed);
        let scene = Scene::with(trial::emulator(self.seed)).await;
        let poisoner = scene.sim.user("+34699999999");
        let crowd = Crowd { users: 5, patience: 4, pictures: 8, is_lossy: false };
        let mut trial = Trial::begin(scene, crowd, &mut dice);

        let mut server = self.serve(&trial.scene).await;
        let mut deaths = Vec::new();
        for _ in 0..self.doses {
            // The others are at work.
            trial.reaches(|progress| progress.heard > 5).await;
            poisoner.says(Probe::POISON).await;
            let mut died = 0;
            let mut apology = std::pin::pin!(poisoner.expect_text(APOLOGY));
            loop {
                tokio::select! {
                    _ = &mut apology => break,
                    log = server.dies() => {
                        died += 1;
                        trial.hear(&log);
                        server = self.serve(&trial.scene).await;
                    }
                }
            }
            deaths.push(died);
            poisoner.says("0").await;
            poisoner.expect_text("echo 0").await;
        }
        trial.rest().await;
        let log = server.terminate().await.stderr;
        trial.hear(&log);
        poisoner.expect_nothing_more_than(2 * usize::try_from(self.doses).unwrap());
        let terms = Terms { doubt: DOUBT, reasons: Vec::new(), in_turn: true };
        (trial.judge(&terms, &format!("{self:?}, deaths {deaths:?}")), deaths)
    }

    async fn serve(&self, scene: &Scene) -> Server {
        let launch = trial::serve(scene, DOUBT)
            .program(self.program)
            .set(Probe::PAUSE, &PAUSE.as_millis().to_string())
            .set("WAXWING_SUSPECT_PAUSE", "100ms")
            .set("WAXWING_TEXT_APOLOGY", APOLOGY);
        launch.start().await.0
    }
}
