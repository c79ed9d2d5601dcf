//! What a user writes while the agent runs: it waits, interrupts, steers, or stops the run.

use waxwing_store::InboxSeq;

use super::run_conversation::Run;
use super::{STORE_PAUSE, Work};
use crate::inbound::classify::{Command, Inbound, classify};
use crate::settings::WhileRunning;

/// How many times the user may interrupt one turn; what is written then waits, so that somebody who never stops is answered, too.
const INTERRUPTIONS: u32 = 8;

/// What of that which comes in while the agent runs is for the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearing {
    /// What came in behind this message is new.
    pub(super) newest: InboxSeq,
    /// Whether something waits that belongs to a later turn: then so does everything behind it.
    pub(super) is_closed: bool,
}

/// Why a run is called off.
#[derive(Debug)]
pub(super) enum CancelReason {
    /// The user said stop, with this message; those before it are not to be answered either.
    Stopped { command: InboxSeq, before: Vec<InboxSeq> },
    /// A person of the business has taken part; what waits is the next turn's.
    ByPerson,
    /// The user wrote something that belongs into the same answer.
    Interrupted,
}

impl Work {
    /// Listens until the user calls the run off. What is seen is kept in `hearing`, so that one can go on listening.
    pub(super) async fn until_cancelled(&self, run: &Run, mut hearing: Hearing) -> CancelReason {
        // What was heard and waits: a stop calls it off, too.
        let mut waiting = Vec::new();
        loop {
            self.signal.woken().await;
            let came = loop {
                match self.shared.store.new_messages(&self.lease, hearing.newest).await {
                    Ok(came) => break came,
                    Err(error) => {
                        tracing::debug!(error = &error as &dyn std::error::Error, "what came in cannot be read yet");
                        tokio::time::sleep(STORE_PAUSE).await;
                    }
                }
            };
            hearing.newest = came.iter().map(|message| message.seq).max().unwrap_or(hearing.newest).max(hearing.newest);
            let mut said = Vec::new();
            let mut stop = None;
            for message in &came {
                match classify(message, self.system_messages()) {
                    Inbound::Command(Command::Stop) => stop = Some((message.seq, waiting.len())),
                    Inbound::Operator(_) => return CancelReason::ByPerson,
                    Inbound::Command(_) => {
                        // What stands behind it belongs to a later turn.
                        hearing.is_closed = true;
                        continue;
                    }
                    heard => said.extend(heard.into_message().filter(|_| !hearing.is_closed)),
                }
                waiting.push(message.seq);
            }
            if let Some((command, before)) = stop {
                waiting.truncate(before);
                return CancelReason::Stopped { command, before: waiting };
            }
            match self.shared.settings.while_running {
                WhileRunning::Steer => run.offer(said),
                WhileRunning::Interrupt if !said.is_empty() && self.interrupts(run) => {
                    return CancelReason::Interrupted;
                }
                WhileRunning::Interrupt | WhileRunning::Queue => {}
            }
        }
    }

    /// Interrupts the run, if it may be.
    fn interrupts(&self, run: &Run) -> bool {
        self.past.interruptions < INTERRUPTIONS && run.seal_unless_begun()
    }
}
