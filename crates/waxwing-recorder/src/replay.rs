//! Replay of a recording against a bot.

mod progress;
mod report;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use waxwing_emulator::{Action, ActionError, Emulator};

use crate::message::rename;
use crate::recording::{Recording, Step};
use progress::Progress;
pub use report::ReplayReport;

/// Interval in which the calls of the bot are read.
const POLL: Duration = Duration::from_millis(20);

/// Replays a recording: users do what they did, and the messages of the bot are compared with those of the recording.
///
/// Each step waits until the bot has sent what it had sent before this step when it was recorded, and the clock of the emulator advances by
/// the recorded time. A replay of a long conversation is therefore as fast as the bot.
///
/// ```no_run
/// use waxwing_emulator::{Emulator, Pace};
/// use waxwing_recorder::{Recording, Replay};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let recording: Recording = std::fs::read_to_string("monday.toml")?.parse()?;
/// let replay = Replay::new(recording);
/// let emulator = replay.prepare(Emulator::builder()).pace(Pace::Off).start().await?;
/// emulator.set_webhook("http://127.0.0.1:8000/webhook");
/// let report = replay.run(&emulator).await?;
/// assert!(report.is_equal(), "{report}");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Replay {
    recording: Recording,
    patience: Duration,
    final_wait: Duration,
    compares_types_only: bool,
}

/// Why a step of a recording cannot be performed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The recording has no messages of the bot. An imported webhook log has none.
    #[error("the recording has no messages of the bot: play it with `waxwing emulator --scenario`, and record the bot")]
    NothingToCompare,
    /// The emulator refuses the action.
    #[error("step {step}: {error}")]
    Action {
        /// Number of the step, counted from 1.
        step: usize,
        /// Reason.
        error: ActionError,
    },
    /// The action is not valid with the ids of this replay.
    #[error("step {step} is not an action: {error}")]
    Invalid {
        /// Number of the step, counted from 1.
        step: usize,
        /// Reason.
        error: serde_json::Error,
    },
}

impl Replay {
    /// Creates a replay that waits 10 s for each message, and one second for further messages at the end.
    pub fn new(recording: Recording) -> Self {
        let (patience, final_wait) = (Duration::from_secs(10), Duration::from_secs(1));
        Self { recording, patience, final_wait, compares_types_only: false }
    }

    /// Sets how long a step waits for the messages that the bot sent before it, in real time.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sets how long the replay waits for further messages after the last expected one, in real time.
    pub fn final_wait(self, final_wait: Duration) -> Self {
        Self { final_wait, ..self }
    }

    /// Compares only the types of messages, for bots whose texts differ from run to run.
    pub fn compare_types_only(self, compares_types_only: bool) -> Self {
        Self { compares_types_only, ..self }
    }

    /// Applies the faults and the behavior of the recording to an emulator.
    pub fn prepare(&self, emulator: waxwing_emulator::EmulatorBuilder) -> waxwing_emulator::EmulatorBuilder {
        match self.recording.surroundings.clone() {
            Some(surroundings) => emulator.scenario(surroundings),
            None => emulator,
        }
    }

    /// Runs the replay. The webhook of the emulator must be the bot, and the bot must use the emulator as its Graph API.
    ///
    /// # Errors
    ///
    /// If a step cannot be performed.
    pub async fn run(&self, emulator: &Emulator) -> Result<ReplayReport, ReplayError> {
        if self.recording.sent.is_empty() {
            return Err(ReplayError::NothingToCompare);
        }
        let mut progress = Progress::new(&self.recording.sent);
        for (index, step) in self.recording.steps.iter().enumerate() {
            self.wait(emulator, &mut progress, index).await;
            emulator.advance(step.after);
            let action = action(step, &progress).map_err(|error| ReplayError::Invalid { step: index + 1, error })?;
            let outcome = emulator.perform(action).map_err(|error| ReplayError::Action { step: index + 1, error })?;
            progress.performed(&step.action, outcome);
        }
        self.wait(emulator, &mut progress, self.recording.steps.len()).await;
        sleep(self.final_wait).await;
        progress.read(emulator);
        let is_answering = emulator.webhooks().iter().any(|webhook| webhook.status() == Some(200));
        Ok(progress.report(self.compares_types_only, is_answering))
    }

    /// Waits for the messages that the bot had sent after `steps` steps. Messages that do not come are not waited for again.
    async fn wait(&self, emulator: &Emulator, progress: &mut Progress<'_>, steps: usize) {
        let end = Instant::now() + self.patience;
        loop {
            progress.read(emulator);
            if progress.has_expected(steps) {
                return;
            }
            if Instant::now() >= end {
                return progress.give_up(steps);
            }
            sleep(POLL).await;
        }
    }
}

/// Returns the action of a step, with the ids of this replay.
fn action(step: &Step, progress: &Progress<'_>) -> Result<Action, serde_json::Error> {
    let mut action = step.action.clone();
    rename(&mut action, &|name| progress.id_of(name));
    serde_json::from_value(action)
}
