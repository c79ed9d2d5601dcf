//! A server that is killed again and again while people write to it, and what has become of their messages.
//!
//! The moments of the kills follow from a seed, as events that are counted: no time is waited for. The behaviour of the processes is real.

use std::time::Duration;

use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, UpdateFilter, WebhookFault};

use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Progress, Report, SeededRng};
use crate::process::ServerProcess;
use crate::test_env::TestEnv;

/// How long a send stays in in_doubt_window. Statuses come within milliseconds of the time that a server listens, so no send that arrived is to be repeated; on a
/// machine that stands still for as long as this, one may.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// The plan of a torture test.
#[derive(Debug, Clone, Copy)]
pub struct CrashTest {
    /// How often it is killed.
    pub kills: u32,
    /// Where the moments come from.
    pub seed: u64,
}

impl CrashTest {
    /// Kills a server over and over, lets the last one come to rest, and counts.
    ///
    /// # Panics
    ///
    /// When a promise was broken, with the conversations of the users concerned and their rows of the outbox; or when the server does not get
    /// anywhere.
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

/// When a server is killed, counted from when it listens.
#[derive(Debug, Clone, Copy)]
enum KillPoint {
    /// After so many webhooks were acknowledged.
    Acknowledged(usize),
    /// After so many answers arrived.
    Replies(usize),
    /// After so many of both.
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
/// A Meta on a bad day, but one whose statuses all come.
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

/// A next life on the same database: one that answers at once, or one that waits for bursts.
async fn serve(env: &TestEnv, rng: &mut SeededRng) -> ServerProcess {
    let settle = if rng.one_in(2) { "0s" } else { "60ms" };
    let launch = load_test::serve(env, IN_DOUBT_WINDOW)
        .set("WAXWING_DEBOUNCE", settle)
        .set("WAXWING_DEBOUNCE_MAX", "200ms")
        .set("WAXWING_IN_DOUBT_MAX", &format!("{}ms", 2 * IN_DOUBT_WINDOW.as_millis()))
        .set("WAXWING_ISOLATION_BACKOFF", "1s");
    launch.start().await.0
}
