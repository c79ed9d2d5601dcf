//! One thing that goes wrong, and what is to come of it.

mod script;
mod table;

use std::fmt;
use std::time::Duration;

use waxwing_emulator::Pace;

use crate::probe::Probe;
use crate::scene::Scene;
use crate::trial::{self, Crowd, Dice, Report, Terms, Trial};
use crate::vocabulary::Vocabulary;
pub(crate) use script::Script;

/// How many answers come before it is looked whether enough has gone wrong.
const ANSWERS: usize = 12;

/// How often that is looked at most.
const LOOKS: usize = 10;

/// How long the server waits for a status that comes: no machine is that slow.
const NEVER_TOO_LATE: Duration = Duration::from_secs(20);

/// How long the server waits for a status that does not come.
const SOON: Duration = Duration::from_millis(250);

/// One thing that goes wrong, several that belong together, and what is to come of it.
#[derive(Debug, Clone)]
pub struct Case {
    pub(crate) script: Script,
    fate: Fate,
    /// Whether messages come in their own order.
    pub(crate) in_turn: bool,
    /// What Meta allows; everything, if it is not said.
    pace: Option<Pace>,
    /// How long the server waits for an answer, where it has to give up waiting.
    patience: Option<Duration>,
}

/// What is to come of the messages that are concerned. All others are answered once and in order, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are answered once, and no send has to be repeated.
    Unharmed,
    /// Meta refuses the answer, and takes it later.
    Retried,
    /// Nobody knows whether Meta took the answer, until a status tells.
    Settled,
    /// Nobody knows whether Meta took the answer, so it is sent again. It had not.
    SentAgain,
    /// Nobody knows whether Meta took the answer, so it is sent again. It had.
    Doubled,
    /// Meta refuses the answer for good, with this code.
    Dead(i64),
    /// Meta takes the answer, and tells later that it has failed, with this code.
    Failed(i64),
}

impl Case {
    /// Everything that can go wrong, one by one.
    pub fn all() -> Vec<Self> {
        table::all()
    }

    /// What the cases use of what the emulator can play.
    pub fn vocabulary() -> Vocabulary {
        let mut used = Vocabulary::default();
        for case in Self::all() {
            case.script.note(&mut used);
        }
        used
    }

    fn new(fate: Fate, script: Script) -> Self {
        Self { script, fate, in_turn: true, pace: None, patience: None }
    }

    fn fault(fate: Fate, fault: &'static str, rate: f64) -> Self {
        Self::new(fate, Script::default().fault(fault, rate))
    }

    fn conduct(key: &'static str, value: &'static str) -> Self {
        Self::new(Fate::Unharmed, Script::default().conduct(key, value))
    }

    fn step(step: &'static str) -> Self {
        Self::new(Fate::Unharmed, Script::default().step(step))
    }

    fn paced(fate: Fate, pace: Pace) -> Self {
        Self { pace: Some(pace), ..Self::new(fate, Script::default()) }
    }

    fn and(self, fault: &'static str, rate: f64) -> Self {
        Self { script: self.script.fault(fault, rate), ..self }
    }

    fn and_step(self, step: &'static str) -> Self {
        Self { script: self.script.step(step), ..self }
    }

    fn out_of_turn(self) -> Self {
        Self { in_turn: false, ..self }
    }

    fn with_patience(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// What is to come of it.
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// Whether it can go wrong together with others, in any server.
    pub(crate) fn mixes(&self) -> bool {
        self.pace.is_none() && self.patience.is_none() && self.fate != Fate::Doubled
    }

    /// Lets some users write to a server while it goes wrong, and checks what becomes of their messages.
    ///
    /// # Panics
    ///
    /// When something else comes of it, with the case, the conversations and the outbox.
    pub async fn run(&self) -> Report {
        let pace = self.pace.unwrap_or_else(Pace::unlimited);
        let scene = Scene::with(trial::emulator(1).pace(pace)).await;
        let doubt = if self.fate.has_to_wait() { SOON } else { NEVER_TOO_LATE };
        let patience = self.patience.unwrap_or(NEVER_TOO_LATE);
        let server = trial::serve(&scene, doubt).start_here(Probe::default(), patience).await;
        scene.sim.play(&self.script.scenario()).unwrap();

        let crowd = Crowd { users: 3, patience: 8, pictures: 2, is_lossy: self.script.is_lossy() };
        let mut trial = Trial::begin(scene, crowd, &mut Dice::new(1));
        self.goes_wrong(&trial).await;
        trial.rest().await;
        trial.hear(&server.stop().await);
        let terms = Terms { doubt, reasons: self.fate.reason().into_iter().collect(), in_turn: self.in_turn };
        let report = trial.judge(&terms, &self.to_string());
        self.fate.check(&report).unwrap_or_else(|why| panic!("{self}: {why}\n{report}"));
        report
    }

    /// Waits until there was some traffic and each fault has struck.
    async fn goes_wrong(&self, trial: &Trial) {
        for _ in 0..LOOKS {
            trial.reaches(|progress| progress.heard >= ANSWERS).await;
            if trial.scene.strikes().await.iter().all(|struck| *struck > 0) {
                return;
            }
        }
        panic!("{self}nothing goes wrong");
    }
}

impl Fate {
    /// Meta's code for which an answer may be given up.
    pub(crate) fn reason(self) -> Option<i64> {
        match self {
            Self::Dead(code) | Self::Failed(code) => Some(code),
            _ => None,
        }
    }

    /// Whether it comes only when the doubt window has closed.
    fn has_to_wait(self) -> bool {
        matches!(self, Self::SentAgain | Self::Doubled)
    }

    /// Each count is there or not, as the fate says.
    fn check(self, report: &Report) -> Result<(), String> {
        for (what, count, expected) in [
            ("refused", report.refused, matches!(self, Self::Retried | Self::Dead(_))),
            ("settled by status", report.settled_by_status, matches!(self, Self::Settled | Self::Doubled)),
            ("sent again", report.sent_again, self.has_to_wait()),
            ("doubled", report.late, self == Self::Doubled),
            ("given up", report.given_up, self.reason().is_some()),
        ] {
            // Whether a status still comes for what was sent twice is another matter.
            let is_open = self == Self::Doubled && what == "settled by status";
            if (count > 0) != expected && !is_open {
                return Err(format!("{count} {what}"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "expected to be {:?}, pace {:?}", self.fate, self.pace)?;
        self.script.fmt(f)
    }
}
