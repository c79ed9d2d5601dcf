//! Logs that complete the timeline.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::bot_event::{BotEventLog, bot_event_log};
use crate::exchange_log::{ExchangeLog, exchange_log};

/// Maximum number of requests that wait for an entry, or that follow the logs.
const MAX_READERS: usize = 1_024;

/// Logs of one emulator. They have locks of their own, so that readers do not hold up the emulated world.
#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) exchanges: ExchangeLog,
    pub(crate) bot_events: BotEventLog,
    /// Permits of the requests that wait for an entry, or that follow the logs.
    pub(crate) readers: Arc<Semaphore>,
}

impl Logs {
    /// Removes all entries.
    pub(crate) fn clear(&self) {
        self.exchanges.clear();
        self.bot_events.clear();
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self { exchanges: exchange_log(), bot_events: bot_event_log(), readers: Arc::new(Semaphore::new(MAX_READERS)) }
    }
}
