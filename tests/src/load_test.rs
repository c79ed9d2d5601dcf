//! Load test: users write to a server under faults while the test checks the delivery of their messages.

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

/// Deadline of each wait. It is much longer than the in-doubt window, which is the longest expected delay of a message.
const DEADLINE: Duration = Duration::from_secs(40);

/// Reply of the server to an unsupported message. It counts as the answer to no message.
const UNSUPPORTED: &str = "I cannot read this.";

/// Replies that count as the answer to no message: those to messages that the tests inject.
const NOISE: [&str; 4] = [UNSUPPORTED, "echo", "echo hologram", "echo poll"];

/// Returns an emulator without rate limits that redelivers webhooks within 40 ms.
pub(crate) fn emulator(seed: u64) -> EmulatorBuilder {
    let redelivery = RedeliveryPolicy::default()
        .with_initial_backoff(Duration::from_millis(10))
        .with_max_backoff(Duration::from_millis(40))
        .with_max_attempts(u32::MAX);
    Emulator::builder().seed(seed).rate_limits(RateLimits::unlimited()).redelivery(redelivery).deadline(DEADLINE)
}

/// Returns a server without rate limits and loop guard, with fast retries and this in-doubt window.
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

/// Load of a test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadProfile {
    /// Number of users. The last user hides the phone number.
    pub(crate) users: usize,
    /// Largest number of unanswered messages of a user. The user then waits for an answer.
    pub(crate) max_unanswered: usize,
    /// One in this number of messages is the caption of an image.
    pub(crate) pictures: u32,
    /// Whether the emulator may lose messages permanently.
    pub(crate) is_lossy: bool,
}

/// Guarantees that a load test checks.
#[derive(Debug, Clone)]
pub(crate) struct Guarantees {
    /// Time that the server waits for a status before it repeats a send.
    pub(crate) in_doubt_window: Duration,
    /// Error codes for which the server may give up a reply.
    pub(crate) allowed_codes: Vec<i64>,
    /// Whether messages arrive in the order in which they were written. Replies must then have the same order.
    pub(crate) in_order: bool,
}

/// Running load test.
#[derive(Debug)]
pub(crate) struct LoadTest {
    pub(crate) env: TestEnv,
    traffic: LoadGenerator,
    evidence: Observations,
    is_finished: bool,
}

impl LoadTest {
    /// Starts the users.
    pub(crate) fn begin(env: TestEnv, crowd: LoadProfile, rng: &mut SeededRng) -> Self {
        let traffic = LoadGenerator::start(&env.emulator, crowd, rng);
        Self { env, traffic, evidence: Observations::default(), is_finished: false }
    }

    /// Waits until the progress since this call satisfies `is_reached`.
    ///
    /// # Panics
    ///
    /// Panics after the deadline. The message contains all conversations.
    pub(crate) async fn wait_until(&self, is_reached: impl Fn(Progress) -> bool) {
        let reached = self.traffic.wait_until(|before, now| {
            is_reached(Progress {
                acknowledged: now.acknowledged - before.acknowledged,
                replies: now.replies - before.replies,
            })
        });
        assert!(reached.await, "nothing came in time; {}", self.traffic.transcripts());
    }

    /// Records the log of a server that has ended.
    pub(crate) fn record_log(&mut self, log: &str) {
        self.evidence.record_log(log);
        self.evidence.record_timeline(&self.env.emulator);
    }

    /// Stops all faults, lets each user write a last message, and waits for the replies.
    pub(crate) async fn drain(&mut self) {
        self.env.emulator.stop_scenario();
        self.is_finished = self.traffic.finish().await;
        if self.is_finished {
            self.env.emulator.expect_idle().await;
        }
    }

    /// Checks the delivery of all messages. No server may be running.
    ///
    /// # Panics
    ///
    /// Panics if a guarantee is broken, or if [`drain`](Self::drain) did not finish. The message contains `name`, and the conversations and
    /// outbox rows of the affected users.
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
