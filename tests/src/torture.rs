//! A server that is killed again and again while people write to it, and what has become of their messages.
//!
//! The moments of the kills follow from a seed, as events that are counted: no time is waited for. What the processes make of them is real.

mod dice;
mod evidence;
mod traffic;
mod verdict;

use std::fmt::{self, Write as _};
use std::time::Duration;

use waxwing_simulator::{Endpoint, Fault, Outcome, Pace, Redelivery, Simulator, Updates, WebhookFault};

use crate::process::Server;
use crate::scene::Scene;
use dice::Dice;
use evidence::Evidence;
use traffic::{Progress, Traffic};
use verdict::Verdict;

/// How long the server may take for anything: far longer than the doubt window, which is the longest that a message can be stuck.
const DEADLINE: Duration = Duration::from_secs(40);

/// How long a send stays in doubt. Statuses come within milliseconds of the time that a server listens, so no send that arrived is to be repeated; on a
/// machine that stands still for as long as this, one may.
const DOUBT: Duration = Duration::from_secs(2);

/// What is to be done to a server.
#[derive(Debug, Clone, Copy)]
pub struct Torture {
    /// How often it is killed.
    pub kills: u32,
    /// Where the moments come from.
    pub seed: u64,
}

/// What came of it. Messages are those of all users together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How often the server was killed.
    pub kills: u32,
    /// Messages whose webhook was answered with 200.
    pub acknowledged: usize,
    /// Those that were answered.
    pub answered: usize,
    /// Those that never were.
    pub lost: usize,
    /// Those that were answered more than once, although a status told of the first answer inside the doubt window.
    pub doubled: usize,
    /// Those that were answered more than once because that status came too late.
    pub late: usize,
    /// Answers that came after the answer to a later message of the same user.
    pub out_of_sequence: usize,
    /// What users got that answers none of their messages.
    pub strange: usize,
    /// Sends whose fate was unknown and was told by a status.
    pub settled_by_status: usize,
    /// Sends whose fate stayed unknown and that were made again.
    pub sent_again: usize,
}

impl Torture {
    /// Kills a server over and over, lets the last one come to rest, and counts.
    ///
    /// # Panics
    ///
    /// When a promise was broken, with the seed, the conversations of the users concerned and their rows of the outbox; or when the server does not get
    /// anywhere.
    pub async fn run(self) -> Report {
        let scene = scene(self.seed).await;
        let mut dice = Dice::new(self.seed);
        let mut traffic = Traffic::start(&scene.sim, &mut dice);
        let mut evidence = Evidence::default();

        let mut server = serve(&scene, &mut dice).await;
        for nth in 1..=self.kills {
            let moment = Moment::draw(&mut dice);
            let reached = traffic.reaches(|before, now| moment.is_reached(before, now)).await;
            assert!(reached, "seed {}, before kill {nth}: nothing came in time; {}", self.seed, traffic.transcripts());
            evidence.hear(&server.kill().await);
            evidence.watch(&scene.sim);
            server = serve(&scene, &mut dice).await;
        }
        // From here on nothing goes wrong, so that the last message of each user is the end of the story.
        scene.sim.lift_faults();
        let is_finished = traffic.finish().await;
        if is_finished {
            scene.sim.expect_settled().await;
        }
        evidence.hear(&server.terminate().await.stderr);
        evidence.watch(&scene.sim);
        evidence.read(&scene.path("test.db"));

        let mut report = Report { kills: self.kills, ..Report::default() };
        (report.settled_by_status, report.sent_again) = evidence.doubts();
        let mut details = String::new();
        for stream in traffic.streams() {
            let verdict = Verdict::on(&stream.acknowledged, &evidence.heard_by(&stream.user));
            report.add(&verdict);
            if !verdict.is_innocent() {
                let (chat, outbox) = (stream.user.transcript(), evidence.outbox_of(&stream.user));
                writeln!(details, "\n{verdict:?}\n{chat}{outbox}").unwrap();
            }
        }
        assert!(details.is_empty() && is_finished, "seed {}, finished: {is_finished}\n{report}{details}", self.seed);
        report
    }
}

impl Report {
    fn add(&mut self, verdict: &Verdict) {
        self.acknowledged += verdict.acknowledged;
        self.answered += verdict.answered;
        self.lost += verdict.lost.len();
        self.doubled += verdict.doubled.len();
        self.late += verdict.late.len();
        self.out_of_sequence += verdict.out_of_sequence.len();
        self.strange += verdict.strange.len();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in [
            ("acknowledged", self.acknowledged),
            ("answered", self.answered),
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("doubled, status too late", self.late),
            ("out of sequence", self.out_of_sequence),
            ("strange", self.strange),
            ("settled by status", self.settled_by_status),
            ("sent again after the window", self.sent_again),
        ] {
            writeln!(f, "{what:<28}{count:>7}")?;
        }
        write!(f, "{:<28}{:>7}", "kills", self.kills)
    }
}

/// When a server is killed, counted from when it listens.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After so many webhooks were acknowledged.
    Acknowledged(usize),
    /// After so many answers arrived.
    Heard(usize),
    /// After so many of both.
    Either(usize),
}

impl Moment {
    fn draw(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0 => Self::Either(0),
            1..4 => Self::Acknowledged(1 + dice.below(12)),
            4..7 => Self::Heard(1 + dice.below(12)),
            _ => Self::Either(1 + dice.below(40)),
        }
    }

    fn is_reached(self, before: Progress, now: Progress) -> bool {
        let (acknowledged, heard) = (now.acknowledged - before.acknowledged, now.heard - before.heard);
        match self {
            Self::Acknowledged(count) => acknowledged >= count,
            Self::Heard(count) => heard >= count,
            Self::Either(count) => acknowledged + heard >= count,
        }
    }
}

/// A Meta on a bad day, but one whose statuses all come.
async fn scene(seed: u64) -> Scene {
    let redelivery = Redelivery {
        first: Duration::from_millis(10),
        longest: Duration::from_millis(40),
        attempts: u32::MAX,
        ..Redelivery::default()
    };
    let simulator = Simulator::builder().seed(seed).pace(Pace::unlimited()).redelivery(redelivery).deadline(DEADLINE);
    let scene = Scene::with(simulator).await;
    for (outcome, rate) in [
        (Outcome::AcceptThenDropConnection, 0.04),
        (Outcome::DropConnection, 0.01),
        (Outcome::ServerErrorWithoutJson, 0.01),
        (Outcome::TruncatedBody, 0.02),
        (Outcome::Error { code: 131_056, http: 400 }, 0.03),
        (Outcome::Error { code: 131_016, http: 500 }, 0.03),
        (Outcome::Delay(Duration::from_millis(40)), 0.15),
        (Outcome::StatusFirst, 0.05),
    ] {
        scene.sim.inject(Fault::graph(Endpoint::Send, outcome).rate(rate));
    }
    for fault in [
        WebhookFault::Drop { attempts: 1 },
        WebhookFault::LoseAnswer { attempts: 1 },
        WebhookFault::Duplicate { copies: 1 },
    ] {
        scene.sim.inject(Fault::webhook(Updates::All, fault).rate(0.05));
    }
    scene
}

/// A next life on the same database: one that answers at once, or one that waits for bursts.
async fn serve(scene: &Scene, dice: &mut Dice) -> Server {
    let settle = if dice.one_in(2) { "0s" } else { "60ms" };
    let launch = scene
        .serve("echo")
        .set("WAXWING_SETTLE", settle)
        .set("WAXWING_SETTLE_CAP", "200ms")
        .set("WAXWING_RETRY_CAP", "100ms")
        .set("WAXWING_THROUGHPUT", "100000")
        .set("WAXWING_DOUBT", &format!("{}ms", DOUBT.as_millis()))
        .set("WAXWING_GRACE", "5s");
    launch.start().await.0
}
