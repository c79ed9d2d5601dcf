//! Logs through the handle.

use std::panic::Location;
use std::sync::Arc;

use super::Emulator;
use crate::bot_event::{BotEvent, BotEventError};
use crate::exchange_log::{Exchange, ExchangeFilter, ExchangeKind, wait_for};

impl Emulator {
    /// Returns the calls of the Graph API so far, oldest first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// # let emulator = waxwing_emulator::Emulator::builder().start().await?;
    /// let sends = emulator.requests().into_iter().filter(|call| call.path().ends_with("/messages"));
    /// assert_eq!(sends.count(), 0);
    /// # Ok(()) }
    /// ```
    pub fn requests(&self) -> Vec<Arc<Exchange>> {
        self.exchanges(ExchangeKind::Graph)
    }

    /// Returns the requests to the webhook so far, oldest first: each attempt, and verification requests.
    pub fn webhooks(&self) -> Vec<Arc<Exchange>> {
        self.exchanges(ExchangeKind::Webhook)
    }

    /// Waits for a call of the Graph API that matches. Earlier calls count.
    ///
    /// # Panics
    ///
    /// Panics after the deadline of the emulator ([`EmulatorBuilder::deadline`](crate::EmulatorBuilder::deadline)).
    #[track_caller]
    pub fn expect_request(&self, filter: &ExchangeFilter) -> impl Future<Output = Arc<Exchange>> {
        self.expect_exchange(ExchangeKind::Graph, filter, Location::caller())
    }

    /// Waits for a request to the webhook that matches. Earlier requests count.
    ///
    /// # Panics
    ///
    /// Panics after the deadline of the emulator ([`EmulatorBuilder::deadline`](crate::EmulatorBuilder::deadline)).
    #[track_caller]
    pub fn expect_webhook(&self, filter: &ExchangeFilter) -> impl Future<Output = Arc<Exchange>> {
        self.expect_exchange(ExchangeKind::Webhook, filter, Location::caller())
    }

    /// Records an event of the bot, which the inspector shows. The emulator keeps the latest 10,000 events.
    ///
    /// # Errors
    ///
    /// Returns an error if the name is not valid, or if the event is larger than 64 KiB.
    pub fn record_bot_event(&self, event: BotEvent) -> Result<(), BotEventError> {
        event.record(&self.shared.logs.bot_events, self.shared.clock.now()).map(drop)
    }

    /// Returns the recorded events of the bot, oldest first.
    pub fn bot_events(&self) -> Vec<BotEvent> {
        let events = self.shared.logs.bot_events.after(0, usize::MAX);
        events.into_iter().map(|(_, recorded)| recorded.event.clone()).collect()
    }

    fn exchanges(&self, kind: ExchangeKind) -> Vec<Arc<Exchange>> {
        let exchanges = self.shared.logs.exchanges.after(0, usize::MAX).into_iter().map(|(_, exchange)| exchange);
        exchanges.filter(|exchange| exchange.kind() == kind).collect()
    }

    async fn expect_exchange(
        &self,
        kind: ExchangeKind,
        filter: &ExchangeFilter,
        location: &Location<'_>,
    ) -> Arc<Exchange> {
        let matches = |exchange: &Exchange| exchange.kind() == kind && filter.matches(exchange);
        let found = wait_for(&self.shared.logs.exchanges, 0, 1, matches);
        let Ok(found) = tokio::time::timeout(self.shared.settings.deadline, found).await else {
            let known: Vec<_> = self.exchanges(kind);
            panic!("{location}: no exchange matches {filter:?}\n{known:#?}\n{}", self.transcripts());
        };
        found.exchanges.into_iter().next().expect("the wait ends with an exchange")
    }
}
