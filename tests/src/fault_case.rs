//! Fault case: faults of Meta's API with their expected effect.

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

/// Number of replies between two checks whether each fault was triggered.
const ANSWERS: usize = 12;

/// Largest number of these checks.
const LOOKS: usize = 10;

/// In-doubt window for cases in which the status arrives. It is longer than any delay of a slow machine.
const AMPLE: Duration = Duration::from_secs(20);

/// In-doubt window for cases in which no status arrives in time.
const SOON: Duration = Duration::from_millis(250);

/// Faults that are active together, with their expected effect.
#[derive(Debug, Clone)]
pub struct FaultCase {
    pub(crate) script: ScenarioScript,
    expected: ExpectedEffect,
    /// Whether messages arrive in the order in which they were written.
    pub(crate) in_order: bool,
    /// Rate limits of the emulator. Unlimited if `None`.
    limits: Option<RateLimits>,
    /// Timeout of the server's requests to the Graph API. 20 s if `None`.
    patience: Option<Duration>,
}

/// Expected effect on the affected messages. Every other message is answered once and in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedEffect {
    /// Messages are answered once, without a repeated send.
    Unaffected,
    /// Meta refuses the reply at first, and accepts it later.
    Retried,
    /// The send is in doubt until a status arrives.
    Reconciled,
    /// The send is in doubt and is repeated. Meta had not accepted the first request.
    Resent,
    /// The send is in doubt and is repeated. Meta had accepted the first request.
    Duplicated,
    /// Meta refuses the reply permanently, with this error code.
    DeadLettered(i64),
    /// Meta accepts the reply, and reports later that it failed, with this error code.
    FailedLater(i64),
}

impl FaultCase {
    /// Returns all fault cases.
    pub fn all() -> Vec<Self> {
        matrix::all()
    }

    /// Returns the features of the emulator that the fault cases use.
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

    /// Returns the expected effect.
    pub fn expected(&self) -> ExpectedEffect {
        self.expected
    }

    /// Whether the case can run together with other cases on a server with default settings.
    pub(crate) fn mixes(&self) -> bool {
        self.limits.is_none() && self.patience.is_none() && self.expected != ExpectedEffect::Duplicated
    }

    /// Runs a server with these faults while three users write to it, and checks the delivery of their messages.
    ///
    /// # Panics
    ///
    /// Panics if the effect differs from the expected effect. The message contains the case, the conversations and the outbox.
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

    /// Waits until each fault was triggered at least once. Panics if that does not happen.
    async fn goes_wrong(&self, trial: &LoadTest) {
        for _ in 0..LOOKS {
            trial.wait_until(|progress| progress.replies >= ANSWERS).await;
            if trial.env.fault_counts().await.iter().all(|struck| *struck > 0) {
                return;
            }
        }
        panic!("{self}some faults were not triggered");
    }
}

impl ExpectedEffect {
    /// Returns the error code for which the server may give up a reply.
    pub(crate) fn reason(self) -> Option<i64> {
        match self {
            Self::DeadLettered(code) | Self::FailedLater(code) => Some(code),
            _ => None,
        }
    }

    /// Whether the effect needs the in-doubt window to pass.
    fn has_to_wait(self) -> bool {
        matches!(self, Self::Resent | Self::Duplicated)
    }

    /// Checks that the counts of `report` that belong to the effect are above zero, and that the other counts are zero.
    fn check(self, report: &Report) -> Result<(), String> {
        for (what, count, expected) in [
            ("refused", report.refused, matches!(self, Self::Retried | Self::DeadLettered(_))),
            ("reconciled by status", report.reconciled, matches!(self, Self::Reconciled | Self::Duplicated)),
            ("sent again", report.resent, self.has_to_wait()),
            ("duplicated", report.duplicated_late, self == Self::Duplicated),
            ("given up", report.abandoned, self.reason().is_some()),
        ] {
            // A status may or may not arrive for a duplicated send.
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
