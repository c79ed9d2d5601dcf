//! A server that is killed again and again while people write to it, and what has become of their messages.
//!
//! The moments of the kills follow from a seed, as events that are counted: no time is waited for. What the processes make of them is real.

use std::time::Duration;

use waxwing_emulator::{Endpoint, Fault, Outcome, Updates, WebhookFault};

use crate::process::Server;
use crate::scene::Scene;
use crate::trial::{self, Crowd, Dice, Progress, Report, Terms, Trial};

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

impl Torture {
    /// Kills a server over and over, lets the last one come to rest, and counts.
    ///
    /// # Panics
    ///
    /// When a promise was broken, with the conversations of the users concerned and their rows of the outbox; or when the server does not get
    /// anywhere.
    pub async fn run(self) -> Report {
        let mut dice = Dice::new(self.seed);
        let crowd = Crowd { users: 8, patience: 12, pictures: 8, is_lossy: false };
        let mut trial = Trial::begin(scene(self.seed).await, crowd, &mut dice);
        let mut server = serve(&trial.scene, &mut dice).await;
        for _ in 0..self.kills {
            let moment = Moment::draw(&mut dice);
            trial.reaches(|progress| moment.is_reached(progress)).await;
            let log = server.kill().await;
            trial.hear(&log);
            server = serve(&trial.scene, &mut dice).await;
        }
        trial.rest().await;
        let log = server.terminate().await.stderr;
        trial.hear(&log);
        trial.judge(&Terms { doubt: DOUBT, reasons: Vec::new(), in_turn: true }, &format!("{self:?}"))
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

    fn is_reached(self, Progress { acknowledged, heard }: Progress) -> bool {
        match self {
            Self::Acknowledged(count) => acknowledged >= count,
            Self::Heard(count) => heard >= count,
            Self::Either(count) => acknowledged + heard >= count,
        }
    }
}
/// A Meta on a bad day, but one whose statuses all come.
async fn scene(seed: u64) -> Scene {
    let scene = Scene::with(trial::emulator(seed)).await;
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
    let launch = trial::serve(scene, DOUBT)
        .set("WAXWING_SETTLE", settle)
        .set("WAXWING_SETTLE_CAP", "200ms")
        .set("WAXWING_DOUBT_LIMIT", &format!("{}ms", 2 * DOUBT.as_millis()))
        .set("WAXWING_SUSPECT_PAUSE", "1s");
    launch.start().await.0
}
