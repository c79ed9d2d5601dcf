//! Users who write to a server while something is done to it, and what has become of their messages: what the harnesses have in common.

mod delivery_check;
mod generator;
mod observations;
mod report;
mod seeded_rng;

use std::fmt::Write as _;
use std::time::Duration;

use waxwing_emulator::{Emulator, EmulatorBuilder, RateLimits, RedeliveryPolicy};

use crate::test_env::{Launch, TestEnv};
use delivery_check::DeliveryCheck;
use generator::LoadGenerator;
pub(crate) use generator::Progress;
use observations::Observations;
pub use report::Report;
pub(crate) use seeded_rng::SeededRng;

/// How long the server may take for anything: far longer than the doubt window, which is the longest that a message can be stuck.
const DEADLINE: Duration = Duration::from_secs(40);

/// The server's answer to an unsupported message. It answers no message of the trial.
const UNSUPPORTED: &str = "I cannot read this.";

/// A Meta that keeps no pace and tries again at once.
pub(crate) fn emulator(seed: u64) -> EmulatorBuilder {
    let redelivery = RedeliveryPolicy::default()
        .with_initial_backoff(Duration::from_millis(10))
        .with_max_backoff(Duration::from_millis(40))
        .with_max_attempts(u32::MAX);
    Emulator::builder().seed(seed).rate_limits(RateLimits::unlimited()).redelivery(redelivery).deadline(DEADLINE)
}

/// A server that keeps no pace, takes nobody for a bot, tries again soon and often, and waits this long for a status.
pub(crate) fn serve(env: &TestEnv, in_doubt_window: Duration) -> Launch<'_> {
    env.serve("echo")
        .set("WAXWING_RETRY_CAP", "100ms")
        .set("WAXWING_RETRY_ATTEMPTS", "100")
        .set("WAXWING_THROUGHPUT", "100000")
        .set("WAXWING_LOOP_LIMIT", "0")
        .set("WAXWING_MESSAGE_UNSUPPORTED", UNSUPPORTED)
        .set("WAXWING_IN_DOUBT_WINDOW", &format!("{}ms", in_doubt_window.as_millis()))
        .set("WAXWING_SHUTDOWN_TIMEOUT", "5s")
}

/// The users who write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadProfile {
    /// How many users; the last one hides the phone number.
    pub(crate) users: usize,
    /// How many messages of one user may wait for their answers before the user writes the next.
    pub(crate) max_unanswered: usize,
    /// One message in so many is written on a picture.
    pub(crate) pictures: u32,
    /// Whether Meta may lose messages for good.
    pub(crate) is_lossy: bool,
}

/// The promises of the server to the users.
#[derive(Debug, Clone)]
pub(crate) struct Guarantees {
    /// How long it waits for a status before it sends again.
    pub(crate) in_doubt_window: Duration,
    /// Meta's codes for which an answer may be given up.
    pub(crate) allowed_codes: Vec<i64>,
    /// Whether messages come in their own order, so that answers have to as well.
    pub(crate) in_order: bool,
}

/// A trial that goes on.
#[derive(Debug)]
pub(crate) struct LoadTest {
    pub(crate) env: TestEnv,
    traffic: LoadGenerator,
    evidence: Observations,
    is_finished: bool,
}

impl LoadTest {
    /// Lets users write.
    pub(crate) fn begin(env: TestEnv, crowd: LoadProfile, rng: &mut SeededRng) -> Self {
        let traffic = LoadGenerator::start(&env.emulator, crowd, rng);
        Self { env, traffic, evidence: Observations::default(), is_finished: false }
    }

    /// Waits until so much more has happened.
    ///
    /// # Panics
    ///
    /// When it takes too long, with all conversations.
    pub(crate) async fn wait_until(&self, is_reached: impl Fn(Progress) -> bool) {
        let reached = self.traffic.wait_until(|before, now| {
            is_reached(Progress {
                acknowledged: now.acknowledged - before.acknowledged,
                replies: now.replies - before.replies,
            })
        });
        assert!(reached.await, "nothing came in time; {}", self.traffic.transcripts());
    }

    /// Takes in the log of a server that has ended.
    pub(crate) fn record_log(&mut self, log: &str) {
        self.evidence.record_log(log);
        self.evidence.record_timeline(&self.env.emulator);
    }

    /// Lets nothing go wrong any more and each user write a last time, so that the answer to that is the end of the story.
    pub(crate) async fn drain(&mut self) {
        self.env.emulator.stop_scenario();
        self.is_finished = self.traffic.finish().await;
        if self.is_finished {
            self.env.emulator.expect_idle().await;
        }
    }

    /// Judges, once no server runs any more.
    ///
    /// # Panics
    ///
    /// When a promise was broken, with the conversations of the users concerned and their rows of the outbox; or when the server did not get
    /// anywhere. `name` says how to do it again.
    pub(crate) fn evaluate(mut self, terms: &Guarantees, name: &str) -> Report {
        self.evidence.read(&self.env.path("test.db"));
        let mut report = Report::new(&self.evidence);
        let mut details = String::new();
        for stream in self.traffic.streams() {
            let replies = self.evidence.received_by(&stream.user, terms.in_doubt_window);
            let mut abandoned = self.evidence.abandoned(&stream.user);
            abandoned.retain(|answer| answer.code.is_some_and(|code| terms.allowed_codes.contains(&code)));
            let verdict = DeliveryCheck::on(&stream.acknowledged, &replies, &abandoned);
            report.add(&verdict);
            if !verdict.is_ok(terms.in_order) || !self.is_finished {
                let (chat, outbox) = (stream.user.transcript(), self.evidence.outbox_of(&stream.user));
                writeln!(details, "\n{verdict:?}\n{chat}{outbox}").unwrap();
            }
        }
        assert!(details.is_empty(), "{name}, finished: {}\n{report}\n{details}", self.is_finished);
        report
    }
}
