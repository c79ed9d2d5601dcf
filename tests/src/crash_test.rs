//! Crash test: kills a server repeatedly while users write to it.
//!
//! A seed determines the moments of the kills. A moment is a number of events, not a time. The server is a real process.

use std::time::Duration;

use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, UpdateFilter, WebhookFault};

use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Progress, Report, SeededRng};
use crate::process::ServerProcess;
use crate::test_env::TestEnv;

/// In-doubt window of a send. The emulator delivers a status within milliseconds after the server starts to listen. A machine that stalls
/// for longer than the window can cause a repeated send.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// Parameters of a crash test.
#[derive(Debug, Clone, Copy)]
pub struct CrashTest {
    /// Number of kills.
    pub kills: u32,
    /// Seed of the moments of the kills.
    pub seed: u64,
}

impl CrashTest {
    /// Kills the server [`kills`](Self::kills) times, drains the last server, and checks the delivery of all messages.
    ///
    /// # Panics
    ///
    /// Panics if a guarantee is broken, or if the server makes no progress before the deadline. The message contains the conversations and
    /// the outbox rows of the affected users.
    pub async fn run(self) -> Report {
        let mut rng = SeededRng::new(self.seed);
        let crowd = LoadProfile { users: 8, max_unanswered: 12, pictures: 8, is_lossy: false };
        let mut trial = LoadTest::begin(env(self.seed).await, crowd, &mut rng);
        let mut server = serve(&trial.env, &mut rng).await;
        for _ in 0..self.kills {
            let moment = KillPoint::draw(&mut rng);
            trial.wait_until(|progress| moment.is_reached(progress)).await;
            let log = server.kill().await;
            trial.record_log(&log);
            server = serve(&trial.env, &mut rng).await;
        }
        trial.drain().await;
        let log = trial.env.drain(server).await.stderr;
        trial.record_log(&log);
        trial.evaluate(
            &Guarantees { in_doubt_window: IN_DOUBT_WINDOW, allowed_codes: Vec::new(), in_order: true },
            &format!("{self:?}"),
        )
    }
}

/// Moment of a kill, counted from the start of the server.
#[derive(Debug, Clone, Copy)]
enum KillPoint {
    /// After this number of acknowledged webhooks.
    Acknowledged(usize),
    /// After this number of replies.
    Replies(usize),
    /// After this number of acknowledged webhooks and replies together.
    Either(usize),
}

impl KillPoint {
    fn draw(rng: &mut SeededRng) -> Self {
        match rng.below(8) {
            0 => Self::Either(0),
            1..4 => Self::Acknowledged(1 + rng.below(12)),
            4..7 => Self::Replies(1 + rng.below(12)),
            _ => Self::Either(1 + rng.below(40)),
        }
    }

    fn is_reached(self, Progress { acknowledged, replies }: Progress) -> bool {
        match self {
            Self::Acknowledged(count) => acknowledged >= count,
            Self::Replies(count) => replies >= count,
            Self::Either(count) => acknowledged + replies >= count,
        }
    }
}
/// Creates an environment with faults in sends and webhooks. Every status arrives in the end.
async fn env(seed: u64) -> TestEnv {
    let env = TestEnv::with(load_test::emulator(seed)).await;
    for (outcome, rate) in [
        (FaultEffect::AcceptThenDropConnection, 0.04),
        (FaultEffect::DropConnection, 0.01),
        (FaultEffect::ServerErrorWithoutJson, 0.01),
        (FaultEffect::TruncatedBody, 0.02),
        (FaultEffect::Error { code: 131_056, http: 400 }, 0.03),
        (FaultEffect::Error { code: 131_016, http: 500 }, 0.03),
        (FaultEffect::Delay(Duration::from_millis(40)), 0.15),
        (FaultEffect::StatusFirst, 0.05),
    ] {
        env.emulator.inject(Fault::graph(GraphEndpoint::Send, outcome).rate(rate));
    }
    for fault in [
        WebhookFault::Drop { attempts: 1 },
        WebhookFault::LoseResponse { attempts: 1 },
        WebhookFault::Duplicate { copies: 1 },
    ] {
        env.emulator.inject(Fault::webhook(UpdateFilter::All, fault).rate(0.05));
    }
    env
}

/// Starts the next server on the same database, with or without debounce.
async fn serve(env: &TestEnv, rng: &mut SeededRng) -> ServerProcess {
    let settle = if rng.one_in(2) { "0s" } else { "60ms" };
    let launch = load_test::serve(env, IN_DOUBT_WINDOW)
        .set("WAXWING_DEBOUNCE", settle)
        .set("WAXWING_DEBOUNCE_MAX", "200ms")
        .set("WAXWING_IN_DOUBT_MAX", &format!("{}ms", 2 * IN_DOUBT_WINDOW.as_millis()))
        .set("WAXWING_ISOLATION_BACKOFF", "1s");
    launch.start().await.0
}
