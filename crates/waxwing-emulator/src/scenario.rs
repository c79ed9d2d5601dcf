//! Scenario files.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::action::Action;
use crate::behavior::BehaviorChange;
use crate::duration_text;
use crate::fault::{Fault, FaultForm};

/// Maximum number of steps of a scenario, including repetitions.
const MAX_STEPS: u64 = 100_000;

/// Actions and faults in a TOML file.
///
/// ```
/// # fn main() -> Result<(), waxwing_emulator::ScenarioError> {
/// let scenario: waxwing_emulator::Scenario = r#"
/// seed = 7
///
/// [behavior]
/// status_delays = { sent = "100ms", delivered = "1s" }
///
/// [[fault]]
/// send = { error = { code = 130429 } }
/// rate = 0.1
///
/// [[step]]
/// after = "2s"
/// do.says = { user = "+34600000000", text = "hi" }
/// "#.parse()?;
/// # drop(scenario); Ok(()) }
/// ```
///
/// - `seed`: seed of all rates. A seed given to [`EmulatorBuilder::seed`](crate::EmulatorBuilder::seed) takes precedence for ids.
/// - `[behavior]`: a [`BehaviorChange`].
/// - `[[fault]]`: a [`Fault`], active from the start.
/// - `[[step]]`: an [`Action`] under `do`. The emulator performs the action `after` a delay since the previous step, which may be
///   omitted. `times` repeats the action, with a pause of `every`. Times are by the emulator's clock.
///
/// - `[[sent]]`: a message of the bot in a recording. A scenario ignores it.
///
/// Durations are strings such as `"150ms"`, `"2s"` or `"1h 30m"`. Unknown keys are errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub(crate) seed: Option<u64>,
    pub(crate) behavior: BehaviorChange,
    pub(crate) faults: Vec<Fault>,
    steps: Vec<ScenarioStep>,
}

/// Scenario before its faults are checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioForm {
    seed: Option<u64>,
    #[serde(default)]
    behavior: BehaviorChange,
    #[serde(default, rename = "fault")]
    faults: Vec<Spanned<FaultForm>>,
    #[serde(default, rename = "step")]
    steps: Vec<ScenarioStep>,
    /// Messages of the bot in a recording.
    #[serde(default, rename = "sent")]
    _sent: Vec<SentForm>,
}

/// Message of the bot in a recording. A scenario does not use it, but a wrong one is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentForm {
    #[serde(rename = "to")]
    _to: String,
    #[serde(rename = "after_step")]
    _after_step: usize,
    #[serde(rename = "message")]
    _message: toml::Table,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioStep {
    #[serde(default, deserialize_with = "duration_text::deserialize")]
    after: Duration,
    #[serde(default = "once")]
    times: u64,
    #[serde(default, deserialize_with = "duration_text::deserialize")]
    every: Duration,
    #[serde(rename = "do")]
    action: Action,
}

fn once() -> u64 {
    1
}

/// Error in a scenario. The text states line, column and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError(String);

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl std::error::Error for ScenarioError {}

impl FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let form: ScenarioForm = toml::from_str(text).map_err(|error| ScenarioError(error.to_string()))?;
        let ScenarioForm { seed, behavior, faults, steps, _sent } = form;
        let faults = faults.into_iter().map(|form| {
            let start = form.span().start;
            Fault::try_from(form.into_inner()).map_err(|why| {
                let line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
                ScenarioError(format!("line {line}, fault: {why}"))
            })
        });
        let scenario = Self { seed, behavior, faults: faults.collect::<Result<_, _>>()?, steps };
        let steps = scenario.steps.iter().fold(0_u64, |sum, step| sum.saturating_add(step.times));
        if steps > MAX_STEPS {
            return Err(ScenarioError(format!(
                "the scenario has {steps} steps including repetitions; at most {MAX_STEPS} are allowed"
            )));
        }
        Ok(scenario)
    }
}

impl Scenario {
    /// Returns each action with its time after the start.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Duration, &Action)> {
        let mut now = Duration::ZERO;
        self.steps.iter().flat_map(move |step| {
            now = now.saturating_add(step.after);
            let start = now;
            (0..step.times).map(move |time| {
                let offset = step.every.saturating_mul(u32::try_from(time).unwrap_or(u32::MAX));
                (start.saturating_add(offset), &step.action)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, parts: &[&str]) {
        let error = text.parse::<Scenario>().unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{part:?} in {error}");
        }
    }

    #[test]
    fn errors_state_the_line_and_the_unknown_name() {
        check("sed = 1", &["line 1", "sed"]);
        check("seed = 1\n[behavior]\nunknown_field = 1.0", &["line 3", "unknown_field"]);
        check("[behavior]\nstatus_delays = { sent = \"1s\", red = \"1s\" }", &["line 2", "red"]);
        check("[behavior.redelivery]\nschedule = \"meta\"\nattemts = 4", &["line 3", "attemts"]);
        check("[[fault]]\nsend = \"stall\"\nrat = 0.1", &["line 3", "rat"]);
        check("[[fault]]\nsend = { error = { code = 4, htp = 1 } }", &["line 2", "htp"]);
        check("[[fault]]\nsend = \"stal\"", &["line 2", "stal"]);
        check("[[fault]]\nsend = \"stall\"\n[[fault]]\nrate = 0.1", &["line 3", "exactly one of"]);
        check("[[step]]\ndo.says = { user = \"Ana\", txt = \"hi\" }", &["line 2", "txt"]);
        check("[[step]]\ndo.say = { user = \"Ana\", text = \"hi\" }", &["line 2", "say"]);
        check("[[step]]\nafter = \"2\"\ndo = \"clear_faults\"", &["line 2", "2"]);
        check("[[step]]\ntimes = 1000000\ndo = \"clear_faults\"", &["at most 100000"]);
    }

    #[test]
    fn delays_count_from_the_previous_step() {
        let text = "[[step]]\nafter = \"1s\"\ntimes = 2\nevery = \"5s\"\ndo = \"clear_faults\"\n[[step]]\nafter = \"2s\"\n\
                    do = \"clear_faults\"";
        let scenario: Scenario = text.parse().unwrap();
        assert_eq!(scenario.steps().map(|(at, _)| at.as_secs()).collect::<Vec<_>>(), [1, 6, 3]);
    }
}
