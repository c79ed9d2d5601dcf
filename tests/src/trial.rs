//! Users who write to a server while something is done to it, and what has become of their messages: what the harnesses have in common.

mod dice;
mod evidence;
mod report;
mod traffic;
mod verdict;

use std::fmt::Write as _;
use std::time::Duration;

use waxwing_emulator::{Builder, Emulator, Pace, Redelivery};

use crate::scene::{Launch, Scene};
pub(crate) use dice::Dice;
use evidence::Evidence;
pub use report::Report;
pub(crate) use traffic::Progress;
use traffic::Traffic;
use verdict::Verdict;

/// How long the server may take for anything: far longer than the doubt window, which is the longest that a message can be stuck.
const DEADLINE: Duration = Duration::from_secs(40);

/// What a server is to say, where it says anything, to what no agent can take. It answers no message of the trial.
const ASIDE: &str = "I cannot read this.";

/// A Meta that keeps no pace and tries again at once.
pub(crate) fn emulator(seed: u64) -> Builder {
    let redelivery = Redelivery {
        first: Duration::from_millis(10),
        longest: Duration::from_millis(40),
        attempts: u32::MAX,
        ..Redelivery::default()
    };
    Emulator::builder().seed(seed).pace(Pace::unlimited()).redelivery(redelivery).deadline(DEADLINE)
}

/// A server that keeps no pace, takes nobody for a bot, tries again soon and often, and waits this long for a status.
pub(crate) fn serve(scene: &Scene, doubt: Duration) -> Launch<'_> {
    scene
        .serve("echo")
        .set("WAXWING_RETRY_CAP", "100ms")
        .set("WAXWING_RETRY_ATTEMPTS", "100")
        .set("WAXWING_THROUGHPUT", "100000")
        .set("WAXWING_LOOP_LIMIT", "0")
        .set("WAXWING_TEXT_UNSUPPORTED", ASIDE)
        .set("WAXWING_DOUBT", &format!("{}ms", doubt.as_millis()))
        .set("WAXWING_GRACE", "5s")
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// How many users; the last one hides the phone number.
    pub(crate) users: usize,
    /// How many messages of one user may wait for their answers before the user writes the next.
    pub(crate) patience: usize,
    /// One message in so many is written on a picture.
    pub(crate) pictures: u32,
    /// Whether Meta may lose messages for good.
    pub(crate) is_lossy: bool,
}

/// What the server owes to the users.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// How long it waits for a status before it sends again.
    pub(crate) doubt: Duration,
    /// Meta's codes for which an answer may be given up.
    pub(crate) reasons: Vec<i64>,
    /// Whether messages come in their own order, so that answers have to as well.
    pub(crate) in_turn: bool,
}

/// A trial that goes on.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) scene: Scene,
    traffic: Traffic,
    evidence: Evidence,
    is_finished: bool,
}

impl Trial {
    /// Lets users write.
    pub(crate) fn begin(scene: Scene, crowd: Crowd, dice: &mut Dice) -> Self {
        let traffic = Traffic::start(&scene.sim, crowd, dice);
        Self { scene, traffic, evidence: Evidence::default(), is_finished: false }
    }

    /// Waits until so much more has happened.
    ///
    /// # Panics
    ///
    /// When it takes too long, with all conversations.
    pub(crate) async fn reaches(&self, is_reached: impl Fn(Progress) -> bool) {
        let reached = self.traffic.reaches(|before, now| {
            is_reached(Progress {
                acknowledged: now.acknowledged - before.acknowledged,
                heard: now.heard - before.heard,
            })
        });
        assert!(reached.await, "nothing came in time; {}", self.traffic.transcripts());
    }

    /// Takes in the log of a server that has ended.
    pub(crate) fn hear(&mut self, log: &str) {
        self.evidence.hear(log);
        self.evidence.watch(&self.scene.sim);
    }

    /// Lets nothing go wrong any more and each user write a last time, so that the answer to that is the end of the story.
    pub(crate) async fn rest(&mut self) {
        self.scene.sim.stop_scenario();
        self.is_finished = self.traffic.finish().await;
        if self.is_finished {
            self.scene.sim.expect_settled().await;
        }
    }

    /// Judges, once no server runs any more.
    ///
    /// # Panics
    ///
    /// When a promise was broken, with the conversations of the users concerned and their rows of the outbox; or when the server did not get
    /// anywhere. `name` says how to do it again.
    pub(crate) fn judge(mut self, terms: &Terms, name: &str) -> Report {
        self.evidence.read(&self.scene.path("test.db"));
        let mut report = Report::new(&self.evidence);
        let mut details = String::new();
        for stream in self.traffic.streams() {
            let heard = self.evidence.heard_by(&stream.user, terms.doubt);
            let mut given_up = self.evidence.given_up(&stream.user);
            given_up.retain(|answer| answer.code.is_some_and(|code| terms.reasons.contains(&code)));
            let verdict = Verdict::on(&stream.acknowledged, &heard, &given_up);
            report.add(&verdict);
            if !verdict.is_innocent(terms.in_turn) || !self.is_finished {
                let (chat, outbox) = (stream.user.transcript(), self.evidence.outbox_of(&stream.user));
                writeln!(details, "\n{verdict:?}\n{chat}{outbox}").unwrap();
            }
        }
        assert!(details.is_empty(), "{name}, finished: {}\n{report}\n{details}", self.is_finished);
        report
    }
}
