//! Poison message test: one user's messages crash the server while others write.

use std::path::Path;
use std::time::Duration;

use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Report, SeededRng};
use crate::process::ServerProcess;
use crate::slow_echo::SlowEcho;
use crate::test_env::TestEnv;

/// In-doubt window of a send, as in the crash test.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// Duration of a run. It is long enough that other runs are in progress when one run kills the process.
const PAUSE: Duration = Duration::from_millis(120);

/// Apology to the user of a poison message.
const APOLOGY: &str = "Something went wrong with your message.";

/// Test of a server with a slow agent that kills its process on a poison message.
#[derive(Debug, Clone, Copy)]
pub struct PoisonTest<'a> {
    /// Path of the program `waxwing-slow-echo`.
    pub program: &'a Path,
    /// Number of poison messages.
    pub doses: u32,
    /// Seed of the load from the other users.
    pub seed: u64,
}

impl PoisonTest<'_> {
    /// Lets one user send poison messages while others write, and restarts the server after each crash. Returns the report, and the number
    /// of crashes for each poison message.
    ///
    /// # Panics
    ///
    /// Panics if a guarantee is broken for another user. Panics if a poison message is not answered with one apology, or if the user gets
    /// no reply after it.
    pub async fn run(self) -> (Report, Vec<u32>) {
        let mut rng = SeededRng::new(self.seed);
        let env = TestEnv::with(load_test::emulator(self.seed)).await;
        let crowd = LoadProfile { users: 5, max_unanswered: 4, pictures: 8, is_lossy: false };
        let mut trial = LoadTest::begin(env, crowd, &mut rng);

        let mut server = self.serve(&trial.env).await;
        let (mut deaths, mut poisoners) = (Vec::new(), Vec::new());
        for dose in 0..self.doses {
            // A user gets one apology in an hour.
            let poisoner = trial.env.emulator.user(format!("+3469999{dose:04}").as_str());
            // Other users have runs in progress.
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
            poisoners.push(poisoner);
        }
        trial.drain().await;
        let log = trial.env.drain(server).await.stderr;
        trial.record_log(&log);
        for poisoner in &poisoners {
            poisoner.expect_nothing_more_than(2);
        }
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
