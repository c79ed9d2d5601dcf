//! Sending: takes the messages of one conversation to Meta, one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use waxwing_backoff::random_fraction;
use waxwing_store::{Error, SendAttempt, SendError, SendOutcome};
use waxwing_types::{MediaSource, OutboundMessage};

use super::retry;
use crate::graph::{FailureKind, GraphError};
use crate::rate_limit::Permit;
use crate::shared::{Route, Shared};
use crate::shutdown::ShutdownSignal;

/// A message that must wait longer than this for its pace gives its place to another conversation.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait before the store is asked again to record what became of a message.
const RECORD_PAUSE: Duration = Duration::from_millis(200);

/// Sends what a conversation has in the outbox, beginning with a message that was claimed at `claimed_at` or later, until there is nothing
/// more or it is time to stop. `place` is given back at the end; none if another one's place is used.
pub(crate) async fn drain(
    shared: Arc<Shared>,
    stop: ShutdownSignal,
    first: SendAttempt,
    mut claimed_at: Instant,
    place: Option<OwnedSemaphorePermit>,
) {
    let mut next = Some(first);
    while let Some(send) = next {
        let attempt = Attempt { shared: &shared, stop: &stop, send: &send, claimed_at };
        let outcome = attempt.make().await;
        report(&send, &outcome);
        (next, claimed_at) = attempt.record(&outcome).await;
        if !matches!(outcome, SendOutcome::Accepted(_) | SendOutcome::DeadLetter(_)) {
            // The sender's loop knows when the conversation is due again only if it looks.
            shared.sends_due.notify_one();
        }
    }
    drop(place);
}

/// One attempt to send one message.
struct Attempt<'a> {
    shared: &'a Shared,
    stop: &'a ShutdownSignal,
    send: &'a SendAttempt,
    /// Not later than the beginning of the lease.
    claimed_at: Instant,
}

impl Attempt<'_> {
    async fn make(&self) -> SendOutcome {
        let Some(route) = self.shared.routes.get(&self.send.number) else {
            return dead("the business number is not configured any more");
        };
        let pass = match self.enter().await {
            Ok(pass) => pass,
            Err(postponed) => return postponed,
        };
        let probe = pass.is_probe();
        let outcome = self.request(route, pass).await;
        if probe {
            // Others have waited for it.
            self.shared.sends_due.notify_one();
        }
        outcome
    }

    async fn request(&self, route: &Route, pass: Permit<'_>) -> SendOutcome {
        let mut message = OutboundMessage::new(self.send.to.clone(), self.send.content.clone())
            .callback_data(self.send.token.clone());
        message.reply_to.clone_from(&self.send.reply_to);
        // An upload that may or may not have been taken can be repeated, and broken off: nobody sees it.
        let uploaded = tokio::select! {
            biased;
            () = self.stop.abort.cancelled() => return Self::postponed(Duration::ZERO),
            uploaded = self.upload(route, &mut message) => uploaded,
        };
        if let Err(error) = uploaded {
            let kind = if error.kind == FailureKind::InDoubt { FailureKind::Transient } else { error.kind };
            return self.failed(pass, &GraphError { kind, ..error });
        }
        if self.claimed_at.elapsed() + route.graph.send_timeout() > self.shared.settings.retry.lease {
            return Self::postponed(Duration::ZERO);
        }
        match route.graph.send(&message).await {
            Ok(id) => {
                pass.record_accepted();
                SendOutcome::Accepted(id)
            }
            Err(error) => self.failed(pass, &error),
        }
    }

    /// Records how the attempt ended, and claims the next message of the conversation, if it is due.
    async fn record(&self, outcome: &SendOutcome) -> (Option<SendAttempt>, Instant) {
        let request = self.shared.settings.retry.request();
        let outbox = self.send.id.0;
        loop {
            let claimed_at = Instant::now();
            match self.shared.store.record_outcome(self.send, outcome.clone(), request).await {
                Ok(next) => return (next, claimed_at),
                Err(error @ Error::Database(_)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        outbox,
                        "the end of a send could not be recorded"
                    );
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        outbox,
                        "the fate of a send is settled elsewhere"
                    );
                    return (None, claimed_at);
                }
            }
            if self.claimed_at.elapsed() > self.shared.settings.retry.lease {
                return (None, claimed_at);
            }
            tokio::select! {
                () = tokio::time::sleep(RECORD_PAUSE) => {}
                // What is not recorded is in doubt at the next start.
                () = self.stop.abort.cancelled() => return (None, claimed_at),
            }
        }
    }

    /// Waits until the message may be sent; gives it back if that is long.
    async fn enter(&self) -> Result<Permit<'_>, SendOutcome> {
        loop {
            if self.stop.drain.is_cancelled() {
                return Err(Self::postponed(Duration::ZERO));
            }
            match self.shared.rate_limiter.acquire(&self.send.number, self.send.lease.conversation) {
                Ok(pass) => return Ok(pass),
                Err(wait) if wait > PATIENCE => return Err(Self::postponed(wait)),
                Err(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.stop.drain.cancelled() => {}
                    }
                }
            }
        }
    }

    async fn upload(&self, route: &Route, message: &mut OutboundMessage) -> Result<(), GraphError> {
        let (Some(upload), Some(source)) = (&self.send.upload, message.content.media_mut()) else { return Ok(()) };
        let id = route.graph.upload(upload).await?;
        if let Err(error) = self.shared.store.record_upload(self.send, &id).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                outbox = self.send.id.0,
                "an upload could not be recorded"
            );
        }
        *source = MediaSource::Id(id);
        Ok(())
    }

    fn failed(&self, pass: Permit<'_>, error: &GraphError) -> SendOutcome {
        let block = pass.record_failed(error, random_fraction());
        let age = self.send.age + self.claimed_at.elapsed();
        retry::outcome(self.send, error, block, &self.shared.settings.retry, age, random_fraction())
    }

    fn postponed(wait: Duration) -> SendOutcome {
        SendOutcome::NotAttempted { after: wait }
    }
}

fn dead(message: &str) -> SendOutcome {
    SendOutcome::DeadLetter(SendError { code: None, message: message.to_owned() })
}

fn report(send: &SendAttempt, outcome: &SendOutcome) {
    let (outbox, attempt) = (send.id.0, send.attempt);
    match outcome {
        SendOutcome::Accepted(_) => {
            tracing::info!(outbox, attempt, "a message was sent");
        }
        SendOutcome::NotAttempted { .. } => tracing::debug!(outbox, "a message waits until it may be sent"),
        SendOutcome::RetryUncounted { error, .. } => {
            tracing::debug!(
                outbox,
                attempt,
                code = error.code,
                reason = error.message,
                "a message waits for its number"
            );
        }
        SendOutcome::Retry { error, .. } => {
            tracing::warn!(
                outbox,
                attempt,
                code = error.code,
                reason = error.message,
                "a message was not taken and is tried again"
            );
        }
        SendOutcome::InDoubt(error) => {
            tracing::warn!(
                outbox,
                attempt,
                reason = error.message,
                "nobody knows whether a message was taken; waiting for a status"
            );
        }
        SendOutcome::DeadLetter(error) => {
            tracing::error!(outbox, attempt, code = error.code, reason = error.message, "a message was given up");
        }
    }
}
