//! One thing that goes wrong, and what is to come of it.

mod matrix;
mod scenario;

use std::fmt;
use std::time::Duration;

use waxwing_emulator::RateLimits;

use crate::fault_catalog::FaultCatalog;
use crate::load_test::{self, Guarantees, LoadProfile, LoadTest, Report, SeededRng};
use crate::slow_echo::SlowEcho;
use crate::test_env::TestEnv;
pub(crate) use scenario::ScenarioScript;

/// How many answers come before it is looked whether enough has gone wrong.
const ANSWERS: usize = 12;

/// How often that is looked at most.
const LOOKS: usize = 10;

/// How long the server waits for a status that comes: no machine is that slow.
const AMPLE: Duration = Duration::from_secs(20);

/// How long the server waits for a status that does not come.
const SOON: Duration = Duration::from_millis(250);

/// One thing that goes wrong, several that belong together, and what is to come of it.
#[derive(Debug, Clone)]
pub struct FaultCase {
    pub(crate) script: ScenarioScript,
    expected: ExpectedEffect,
    /// Whether messages come in their own order.
    pub(crate) in_order: bool,
    /// Rate limits of Meta; none by default.
    limits: Option<RateLimits>,
    /// How long the server waits for an answer, where it has to give up waiting.
    patience: Option<Duration>,
}

/// The expected result for the messages that are concerned. All others are answered once and in order, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedEffect {
    /// They are answered once, and no send has to be repeated.
    Unaffected,
    /// Meta refuses the answer, and takes it later.
    Retried,
    /// The send is in doubt until a status arrives.
    Reconciled,
    /// The send is in doubt and is made again. Meta had not accepted the first one.
    Resent,
    /// The send is in doubt and is made again. Meta had accepted the first one.
    Duplicated,
    /// Meta refuses the answer for good, with this code.
    DeadLettered(i64),
    /// Meta takes the answer, and tells later that it has failed, with this code.
    FailedLater(i64),
}

impl FaultCase {
    /// Everything that can go wrong, one by one.
    pub fn all() -> Vec<Self> {
        matrix::all()
    }

    /// The abilities of the emulator that the cases use.
    pub fn catalog() -> FaultCatalog {
        let mut used = FaultCatalog::default();
        for case in Self::all() {
            case.script.note(&mut used);
        }
        used
    }

    fn new(expected: ExpectedEffect, script: ScenarioScript) -> Self {
        Self { script, expected, in_order: true, limits: None, patience: None }
    }

    fn fault(expected: ExpectedEffect, fault: &'static str, rate: f64) -> Self {
        Self::new(expected, ScenarioScript::default().fault(fault, rate))
    }

    fn behavior(key: &'static str, value: &'static str) -> Self {
        Self::new(ExpectedEffect::Unaffected, ScenarioScript::default().behavior(key, value))
    }

    fn step(step: &'static str) -> Self {
        Self::new(ExpectedEffect::Unaffected, ScenarioScript::default().step(step))
    }

    fn paced(expected: ExpectedEffect, limits: RateLimits) -> Self {
        Self { limits: Some(limits), ..Self::new(expected, ScenarioScript::default()) }
    }

    fn and(self, fault: &'static str, rate: f64) -> Self {
        Self { script: self.script.fault(fault, rate), ..self }
    }

    fn with_step(self, step: &'static str) -> Self {
        Self { script: self.script.step(step), ..self }
    }

    fn reordered(self) -> Self {
        Self { in_order: false, ..self }
    }

    fn with_patience(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// The expected result.
    pub fn expected(&self) -> ExpectedEffect {
        self.expected
    }

    /// Whether it can go wrong together with others, in any server.
    pub(crate) fn mixes(&self) -> bool {
        self.limits.is_none() && self.patience.is_none() && self.expected != ExpectedEffect::Duplicated
    }

    /// Lets some users write to a server while it goes wrong, and checks what becomes of their messages.
    ///
    /// # Panics
    ///
    /// When something else comes of it, with the case, the conversations and the outbox.
    pub async fn run(&self) -> Report {
        let limits = self.limits.unwrap_or_else(RateLimits::unlimited);
        let env = TestEnv::with(load_test::emulator(1).rate_limits(limits)).await;
        let in_doubt_window = if self.expected.has_to_wait() { SOON } else { AMPLE };
        let patience = self.patience.unwrap_or(AMPLE);
        let server = load_test::serve(&env, in_doubt_window).start_in_process(SlowEcho::default(), patience).await;
        env.emulator.play_scenario(&self.script.scenario()).unwrap();

        let crowd = LoadProfile { users: 3, max_unanswered: 8, pictures: 2, is_lossy: self.script.is_lossy() };
        let mut trial = LoadTest::begin(env, crowd, &mut SeededRng::new(1));
        self.goes_wrong(&trial).await;
        trial.drain().await;
        trial.record_log(&server.stop().await);
        let terms = Guarantees {
            in_doubt_window,
            allowed_codes: self.expected.reason().into_iter().collect(),
            in_order: self.in_order,
        };
        let report = trial.evaluate(&terms, &self.to_string());
        self.expected.check(&report).unwrap_or_else(|why| panic!("{self}: {why}\n{report}"));
        report
    }

    /// Waits until there was some traffic and each fault has struck.
    async fn goes_wrong(&self, trial: &LoadTest) {
        for _ in 0..LOOKS {
            trial.wait_until(|progress| progress.replies >= ANSWERS).await;
            if trial.env.fault_counts().await.iter().all(|struck| *struck > 0) {
                return;
            }
        }
        panic!("{self}nothing goes wrong");
    }
}

impl ExpectedEffect {
    /// Meta's code for which an answer may be given up.
    pub(crate) fn reason(self) -> Option<i64> {
        match self {
            Self::DeadLettered(code) | Self::FailedLater(code) => Some(code),
            _ => None,
        }
    }

    /// Whether it comes only when the doubt window has closed.
    fn has_to_wait(self) -> bool {
        matches!(self, Self::Resent | Self::Duplicated)
    }

    /// Each count is there or not, as the fate says.
    fn check(self, report: &Report) -> Result<(), String> {
        for (what, count, expected) in [
            ("refused", report.refused, matches!(self, Self::Retried | Self::DeadLettered(_))),
            ("reconciled by status", report.reconciled, matches!(self, Self::Reconciled | Self::Duplicated)),
            ("sent again", report.resent, self.has_to_wait()),
            ("doubled", report.duplicated_late, self == Self::Duplicated),
            ("given up", report.abandoned, self.reason().is_some()),
        ] {
            // Whether a status still comes for what was sent twice is another matter.
            let is_open = self == Self::Duplicated && what == "reconciled by status";
            if (count > 0) != expected && !is_open {
                return Err(format!("{count} {what}"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for FaultCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "expected to be {:?}, limits {:?}", self.expected, self.limits)?;
        self.script.fmt(f)
    }
}
