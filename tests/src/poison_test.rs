//! A user whose messages kill the server, and what becomes of everybody else's.

use std::path::Path;
use std::time::Duration;

use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Report, SeededRng};
use crate::process::ServerProcess;
use crate::slow_echo::SlowEcho;
use crate::test_env::TestEnv;

/// How long a send stays in in_doubt_window, as in the crash test.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// How long a run takes: long enough for others to be going on when one kills the process.
const PAUSE: Duration = Duration::from_millis(120);

/// The apology that the poisoner reads in the end.
const APOLOGY: &str = "Something went wrong with your message.";

/// A server whose agent is slow, and kills its process at a certain word.
#[derive(Debug, Clone, Copy)]
pub struct PoisonTest<'a> {
    /// The program `waxwing-slow-echo`.
    pub program: &'a Path,
    /// How often the word is said.
    pub doses: u32,
    /// Where the other users' doings come from.
    pub seed: u64,
}

impl PoisonTest<'_> {
    /// Lets one user say the word while others write, starts the server again each time that it dies, and counts. The deaths that each dose took are
    /// told as well.
    ///
    /// # Panics
    ///
    /// When a promise was broken to one of the others, or when a dose does not end in one apology, after which the poisoner is answered again.
    pub async fn run(self) -> (Report, Vec<u32>) {
        let mut rng = SeededRng::new(self.seed);
        let env = TestEnv::with(load_test::emulator(self.seed)).await;
        let poisoner = env.emulator.user("+34699999999");
        let crowd = LoadProfile { users: 5, max_unanswered: 4, pictures: 8, is_lossy: false };
        let mut trial = LoadTest::begin(env, crowd, &mut rng);

        let mut server = self.serve(&trial.env).await;
        let mut deaths = Vec::new();
        for _ in 0..self.doses {
            // The others are at work.
            trial.wait_until(|progress| progress.replies > 5).await;
            poisoner.says(SlowEcho::POISON).await;
            let mut died = 0;
            let mut apology = std::pin::pin!(poisoner.expect_text(APOLOGY));
            loop {
                tokio::select! {
                    _ = &mut apology => break,
                    log = server.wait_for_crash() => {
                        died += 1;
                        trial.record_log(&log);
                        server = self.serve(&trial.env).await;
                    }
                }
            }
            deaths.push(died);
            poisoner.says("0").await;
            poisoner.expect_text("echo 0").await;
        }
        trial.drain().await;
        let log = trial.env.drain(server).await.stderr;
        trial.record_log(&log);
        poisoner.expect_nothing_more_than(2 * usize::try_from(self.doses).unwrap());
        let terms = Guarantees { in_doubt_window: IN_DOUBT_WINDOW, allowed_codes: Vec::new(), in_order: true };
        (trial.evaluate(&terms, &format!("{self:?}, deaths {deaths:?}")), deaths)
    }

    async fn serve(&self, env: &TestEnv) -> ServerProcess {
        let launch = load_test::serve(env, IN_DOUBT_WINDOW)
            .program(self.program)
            .set(SlowEcho::PAUSE, &PAUSE.as_millis().to_string())
            .set("WAXWING_ISOLATION_BACKOFF", "100ms")
            .set("WAXWING_MESSAGE_APOLOGY", APOLOGY);
        launch.start().await.0
    }
}
