//! Sends the queue of one conversation, message by message.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_backoff::random_fraction;
use waxwing_client::ErrorCode;
use waxwing_store::{SendAttempt, SendError, SendOutcome, SendSource};
use waxwing_types::{OutboundContent, OutboundMessage};

use super::retry;
use super::send_counts;
use super::upload::{UploadFailure, upload};
use super::window::{self, WindowDecision};
use crate::delivery_spans;
use crate::events::EngineEventKind;
use crate::graph::{FailureKind, GraphError};
use crate::media_memory::MediaPermit;
use crate::rate_limit::{Permit, SendHold};
use crate::send_slots::SendSlot;
use crate::shared::{Route, Shared};
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Longest wait for the rate limiter. A message with a longer wait releases its send slot for another conversation.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Delay before the next attempt of a message whose medium found no memory, or could not be read.
const UPLOAD_BACKOFF: Duration = Duration::from_secs(1);

/// A send that takes longer makes way for other conversations.
const SLOW_AFTER: Duration = Duration::from_secs(1);

/// Meta's code for a marketing message to a user who wants none.
const MARKETING_STOPPED: i64 = 131_050;

/// How long to wait before a failed store is asked again to record an outcome.
const RECORD_BACKOFF: Duration = Duration::from_millis(200);

/// Sends the queued messages of a conversation until none is due or the shutdown timeout is over.
///
/// `first` was claimed at `claimed_at` or later.
pub(crate) async fn send_queue(
    shared: Arc<Shared>,
    shutdown: ShutdownSignal,
    first: SendAttempt,
    mut claimed_at: Instant,
    mut slot: SendSlot,
) {
    let mut next = Some(first);
    while let Some(send) = next {
        let attempt = Attempt { shared: &shared, shutdown: &shutdown, send: &send, claimed_at };
        let started = Instant::now();
        let outcome = attempt.run(&mut slot).await;
        report(&shared, &send, &outcome, started.elapsed());
        shared.note_campaign_outcome(&send, &outcome).await;
        (next, claimed_at) = attempt.record(&outcome).await;
        let is_final = matches!(
            outcome,
            SendOutcome::Accepted(_)
                | SendOutcome::Refused { .. }
                | SendOutcome::DeadLetter { .. }
                | SendOutcome::Park { .. }
        );
        if send.source.is_campaign {
            shared.due.campaigns.note_queued(&send.number);
        }
        if !is_final {
            // The loop that claims sends has to read the new due time of the conversation.
            shared.due.sends.notify_one();
        }
    }
    if slot.is_failing() || slot.is_campaign() {
        // The loop claims no failing conversations, and none of campaigns, while all slots for them are taken.
        drop(slot);
        shared.due.sends.notify_one();
    }
}

/// One attempt to send one message.
struct Attempt<'a> {
    shared: &'a Shared,
    shutdown: &'a ShutdownSignal,
    send: &'a SendAttempt,
    /// Not later than the start of the lease.
    claimed_at: Instant,
}

impl Attempt<'_> {
    async fn run(&self, slot: &mut SendSlot) -> SendOutcome {
        let Some(route) = self.shared.routes.get(&self.send.number) else {
            let message = "the engine does not serve the business number any more".to_owned();
            return SendOutcome::DeadLetter { error: SendError { code: None, message }, use_fallback: false };
        };
        let is_direct = match self.decide_by_window(route) {
            WindowDecision::Send => false,
            WindowDecision::DirectSend => true,
            WindowDecision::Hold(outcome) => return *outcome,
        };
        if let OutboundContent::Template(template) = &self.send.content
            && let Err(mismatch) = self.shared.check_template(&route.number, &*route.graph, template).await
        {
            let error = SendError { code: None, message: mismatch.to_string() };
            return SendOutcome::Refused { error, use_fallback: true };
        }
        if let OutboundContent::Template(template) = &self.send.content
            && self.send.has_stopped_marketing
            && self.shared.is_marketing(&route.number, template).await
        {
            let message = "the user has stopped marketing messages".to_owned();
            let error = SendError { code: Some(MARKETING_STOPPED), message };
            return SendOutcome::Refused { error, use_fallback: false };
        }
        let Some(memory) = self.take_memory(slot).await else { return not_attempted(UPLOAD_BACKOFF) };
        let waiting_since = Instant::now();
        let permit = self.acquire_permit().await;
        send_counts::rate_limit_wait(&self.shared.reports.metrics, self.send, waiting_since.elapsed());
        let permit = match permit {
            Ok(permit) => permit,
            Err(not_attempted) => return not_attempted,
        };
        let is_probe = permit.is_probe();
        let outcome = {
            let mut request = pin!(self.request(route, permit, memory, is_direct));
            if let Ok(outcome) = tokio::time::timeout(SLOW_AFTER, &mut request).await {
                outcome
            } else {
                slot.exchange();
                request.await
            }
        };
        if is_probe {
            // Other messages of the number wait for the result of the probe.
            self.shared.due.sends.notify_one();
        }
        let (config, refusals) = (self.shared.config(), &self.shared.routes.direct_send_refusals);
        let policy = self.shared.outside_window(route, self.send.source.agent.as_deref(), &config);
        window::after_refusal(self.send, outcome, is_direct, policy, refusals)
    }

    fn decide_by_window(&self, route: &Route) -> WindowDecision {
        let (config, refusals) = (self.shared.config(), &self.shared.routes.direct_send_refusals);
        let policy = self.shared.outside_window(route, self.send.source.agent.as_deref(), &config);
        window::decide(self.send, self.claimed_at.elapsed(), policy, refusals)
    }

    async fn request(&self, route: &Route, permit: Permit<'_>, memory: MediaPermit, is_direct: bool) -> SendOutcome {
        let mut message = OutboundMessage::new(self.send.to.clone(), self.send.content.clone())
            .callback_data(self.send.token.clone());
        message.reply_to.clone_from(&self.send.reply_to);
        if is_direct {
            message = window::direct(message);
        }
        // An upload can be aborted and repeated in any case, since no user sees it.
        let uploaded = tokio::select! {
            biased;
            () = self.shutdown.abort.cancelled() => return not_attempted(Duration::ZERO),
            uploaded = upload(self.shared, route, self.send, &mut message, memory) => uploaded,
        };
        let reused = match uploaded {
            Ok(reused) => reused,
            Err(UploadFailure::Store) => return not_attempted(UPLOAD_BACKOFF),
            Err(UploadFailure::Graph(error)) => {
                let kind = if error.kind == FailureKind::InDoubt { FailureKind::Transient } else { error.kind };
                // A text needs no upload, so the reason of the failure does not concern it.
                return self.failed(permit, &GraphError { kind, allows_fallback: true, ..error });
            }
        };
        if self.claimed_at.elapsed() + route.graph.send_timeout() > self.shared.settings.retry.lease {
            return not_attempted(Duration::ZERO);
        }
        let sent = tokio::select! {
            biased;
            sent = self.timed(route.graph.send(&message)) => sent,
            // Meta may have accepted the message. The next process waits for its status.
            () = self.shutdown.abort.cancelled() => {
                let message = "the shutdown timeout ended before Meta answered".to_owned();
                return SendOutcome::InDoubt(SendError { code: None, message });
            }
        };
        match sent {
            Ok(id) => {
                permit.record_accepted();
                if let Some(reused) = reused {
                    reused.accepted(self.shared, self.send).await;
                }
                SendOutcome::Accepted(id)
            }
            Err(error) => {
                if let OutboundContent::Template(template) = &self.send.content {
                    self.shared.template_refused(&route.number, template, error.code).await;
                }
                let failed = self.failed(permit, &error);
                match (reused, failed) {
                    (Some(reused), SendOutcome::Refused { error: reason, use_fallback }) => {
                        if reused.forget_if_gone(self.shared, self.send, &error).await {
                            SendOutcome::Retry { after: Duration::ZERO, error: reason }
                        } else {
                            SendOutcome::Refused { error: reason, use_fallback }
                        }
                    }
                    (_, failed) => failed,
                }
            }
        }
    }

    /// Makes a request that sends a message, and counts its time.
    async fn timed<T>(&self, request: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let sent = request.await;
        send_counts::request(&self.shared.reports.metrics, self.send, started.elapsed());
        sent
    }

    /// Records the outcome, and claims the next message of the conversation if it is due.
    async fn record(&self, outcome: &SendOutcome) -> (Option<SendAttempt>, Instant) {
        let policy = self.shared.settings.retry.send_policy();
        let outbox = self.send.id.0;
        loop {
            let claimed_at = Instant::now();
            match self.shared.store.record_outcome(self.send, outcome.clone(), policy).await {
                Ok(next) => return (next, claimed_at),
                Err(error) => {
                    if !error.is_transient() {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, outbox, "send outcome not recorded; another claim exists");
                        return (None, claimed_at);
                    }
                    log_store_error!(error, outbox, "recording a send outcome failed; retrying");
                }
            }
            if self.claimed_at.elapsed() > self.shared.settings.retry.lease {
                return (None, claimed_at);
            }
            tokio::select! {
                () = tokio::time::sleep(RECORD_BACKOFF) => {}
                // A send without a recorded outcome is in doubt at the next start.
                () = self.shutdown.abort.cancelled() => return (None, claimed_at),
            }
        }
    }

    /// Waits for a permit of the rate limiter.
    ///
    /// # Errors
    ///
    /// The outcome of the attempt, if the wait is long or the shutdown timeout is over.
    async fn acquire_permit(&self) -> Result<Permit<'_>, SendOutcome> {
        loop {
            if self.shutdown.abort.is_cancelled() {
                return Err(not_attempted(Duration::ZERO));
            }
            let SendAttempt { number, lease, failing_for, source: SendSource { is_campaign, .. }, .. } = self.send;
            match self.shared.rate_limiter.acquire(number, lease.conversation, *failing_for, *is_campaign) {
                Ok(permit) => return Ok(permit),
                // The loop that claims sends leaves the number alone until the circuit changes.
                Err(SendHold::Circuit) => return Err(not_attempted(Duration::ZERO)),
                Err(SendHold::Limit(wait)) if wait > MAX_WAIT => return Err(not_attempted(wait)),
                Err(SendHold::Limit(wait)) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.shutdown.abort.cancelled() => {}
                    }
                }
            }
        }
    }

    /// Takes the memory for the medium of the message, if it has one. A message waits for memory in a slot for slow sends only, so
    /// that it delays no other.
    async fn take_memory(&self, slot: &mut SendSlot) -> Option<MediaPermit> {
        let (memory, bytes) = (&self.shared.slots.upload_memory, self.send.upload_bytes.unwrap_or_default());
        if let Some(taken) = memory.try_take(bytes) {
            return Some(taken);
        }
        slot.exchange();
        if !slot.is_failing() {
            return None;
        }
        // A shorter wait would never collect the memory for a large medium.
        let end = self.claimed_at + self.shared.settings.retry.lease / 2;
        tokio::select! {
            taken = tokio::time::timeout_at(end, memory.take(bytes)) => taken.ok(),
            () = self.shutdown.abort.cancelled() => None,
        }
    }

    fn failed(&self, permit: Permit<'_>, error: &GraphError) -> SendOutcome {
        let block = permit.record_failed(error, random_fraction());
        let age = self.send.age + self.claimed_at.elapsed();
        retry::outcome(self.send, error, block, &self.shared.settings.retry, age, random_fraction())
    }
}

fn not_attempted(after: Duration) -> SendOutcome {
    SendOutcome::NotAttempted { after }
}

/// Reports the outcome of an attempt to the log, to the metrics and to watchers.
fn report(shared: &Shared, send: &SendAttempt, outcome: &SendOutcome, duration: Duration) {
    log_outcome(send, outcome);
    send_counts::attempt(&shared.reports.metrics, send, outcome);
    delivery_spans::attempt(&shared.reports.traces, send, outcome, duration);
    let events = &shared.reports.events;
    if events.is_watched() {
        let attempted = EngineEventKind::attempted(send, outcome, duration);
        events.publish(Some(send.lease.conversation), None, attempted);
    }
}

fn log_outcome(send: &SendAttempt, outcome: &SendOutcome) {
    let (event, outbox, attempt) = ("message.attempted", send.id.0, send.attempt);
    // The reason has the meaning of Meta's code.
    let page = |code: &Option<i64>| code.map(|_| ErrorCode::PAGE);
    match outcome {
        SendOutcome::Accepted(_) => tracing::info!(event, outbox, attempt, "message sent"),
        SendOutcome::NotAttempted { .. } => tracing::debug!(event, outbox, "send delayed by the rate limiter"),
        SendOutcome::RetryUncounted { error, .. } => {
            let SendError { code, message: reason } = error;
            tracing::debug!(event, outbox, attempt, code, reason, "send failed; sends of the number are paused");
        }
        SendOutcome::Retry { error, .. } => {
            let SendError { code, message: reason } = error;
            tracing::warn!(event, outbox, attempt, code, reason, page = page(code), "send failed; retrying");
        }
        SendOutcome::InDoubt(SendError { message: reason, .. }) => {
            tracing::warn!(event, outbox, attempt, reason, "send outcome unknown; waiting for a status webhook");
        }
        SendOutcome::Refused { error: SendError { code, message: reason }, .. } => {
            tracing::warn!(event, outbox, attempt, code, reason, page = page(code), "message refused; not sent");
        }
        SendOutcome::Park { error: SendError { message: reason, .. }, .. } => {
            tracing::info!(event, outbox, reason, "message parked");
        }
        SendOutcome::DeadLetter { error: SendError { code, message: reason }, .. } => {
            tracing::error!(event, outbox, attempt, code, reason, page = page(code), "message dead-lettered");
        }
    }
}
