//! A store that wraps another store, records the calls, and fails on demand.

mod account;
mod campaigns;
mod event_log;
mod handoff;
mod received_media;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Notify, watch};
use waxwing_store::{
    AcceptSummary, AgentControlStore, Claims, CommittedTurn, ConversationFilter, ConversationId, ConversationRecord,
    ConversationRow, ConversationTarget, DeliveryEvents, Disposition, Draft, ErasureReport, Error, FoundMessage,
    IdempotencyKey, InboxMessage, InboxSeq, InboxStore, JournalStore, Lease, LogEntry, LogKey, MediaDigest,
    MessageCharge, MessageCount, MessageOutcome, ModelCost, MonitorStore, NewEvent, NewLogEntry, NewMessage,
    NewOperatorAction, OperatorStore, OptOut, OutboxId, OutboxRecord, OutboxRow, OutboxState, OutboxStore,
    PendingMessage, ProactiveStore, QuarantineId, QuarantineRecord, QuarantineRow, QueueDepth, QueuedMessage,
    QueuedNotice, RecordedEvent, ReleaseReason, Retention, RetentionStats, RetentionStore, RunId, RunRef, SendAttempt,
    SendLimits, SendOutcome, SendPolicy, StepKey, StepRecord, Store, StoredSession, Timestamp, TurnClaim, TurnCommit,
    TurnRelease, TurnStore, Upload, UsageQuery, UsageStore, UserKey, UserLogEntry, UserReport, WebhookItem,
};
use waxwing_types::{MediaId, MessageId, PhoneNumberId};

use super::patiently;

#[derive(Debug)]
pub(crate) struct Spy {
    inner: Arc<dyn Store>,
    seen: watch::Sender<Seen>,
    faults: Mutex<Vec<(Op, Fault)>>,
}

/// The successful calls so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// The outcome of each message by its id, in the order of the commits.
    pub(crate) outcomes: Vec<(String, MessageOutcome)>,
    /// Released conversations, and whether the release counted as a failure.
    pub(crate) released: Vec<bool>,
    /// The outcomes of sends.
    pub(crate) send_outcomes: Vec<SendOutcome>,
    /// Calls that the store refused because the lease was lost.
    pub(crate) lost: Vec<Op>,
    /// Number of calls that claim turns.
    pub(crate) turn_claims: usize,
    /// Number of calls that count the users to whom campaigns wrote first.
    pub(crate) limit_counts: usize,
    /// Number of calls that read the subscriptions.
    pub(crate) subscription_reads: usize,
    /// Number of calls that claim sends.
    pub(crate) send_claims: usize,
    /// Numbers of the calls that claim messages of campaigns.
    pub(crate) campaign_claims: Vec<PhoneNumberId>,
    /// The removed data.
    pub(crate) removed: RetentionStats,
    /// Why parts of webhooks were quarantined.
    pub(crate) quarantined: Vec<String>,
    ids: HashMap<InboxSeq, String>,
}

/// A method of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Accept,
    ClaimTurns,
    PendingMessages,
    NewMessages,
    Isolate,
    AbandonRun,
    RenewLease,
    Release,
    Session,
    FindMessages,
    Steps,
    BeginStep,
    FinishStep,
    Enqueue,
    CommitTurn,
    ClaimSends,
    VisitCampaigns,
    Upload,
    RecordUpload,
    RecordOutcome,
    Outbox,
    Requeue,
    Discard,
    RecordOperatorAction,
    EraseUser,
    RecordMedia,
    ApplyRetention,
    CheckHealth,
}

/// A fault of one call.
#[derive(Debug)]
enum Fault {
    /// The call fails without an effect.
    Fail,
    /// The call has its effect and never returns.
    Stall,
    /// The call waits at a breakpoint before it has its effect.
    Break(Arc<Breakpoint>),
}

/// A place where a call waits.
#[derive(Debug, Default)]
pub(crate) struct Breakpoint {
    reached: Notify,
    opened: Notify,
}

impl Breakpoint {
    /// Waits until the call has reached the breakpoint.
    pub(crate) async fn reached(&self) {
        patiently("a call at a breakpoint", self.reached.notified()).await;
    }

    pub(crate) fn open(&self) {
        self.opened.notify_one();
    }
}

impl Spy {
    pub(crate) fn on(inner: Arc<dyn Store>) -> Self {
        Self { inner, seen: watch::Sender::default(), faults: Mutex::default() }
    }

    /// Lets the next `op` fail.
    pub(crate) fn fails(&self, op: Op) {
        self.faults.lock().unwrap().push((op, Fault::Fail));
    }

    /// Lets the next `op` have its effect and never return.
    pub(crate) fn stalls(&self, op: Op) {
        self.faults.lock().unwrap().push((op, Fault::Stall));
    }

    /// Lets the next `op` wait at a breakpoint.
    pub(crate) fn break_at(&self, op: Op) -> Arc<Breakpoint> {
        let breakpoint = Arc::new(Breakpoint::default());
        self.faults.lock().unwrap().push((op, Fault::Break(breakpoint.clone())));
        breakpoint
    }

    /// Returns the successful calls so far.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until the calls fulfil a condition.
    pub(crate) async fn until(&self, what: &str, condition: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.seen.subscribe();
        let found = patiently(what, seen.wait_for(condition)).await;
        found.unwrap().clone()
    }

    /// Waits for the outcome of a message.
    pub(crate) async fn outcome(&self, message: &str) -> MessageOutcome {
        let of = |seen: &Seen| seen.outcomes.iter().find(|(id, _)| id == message).map(|(_, outcome)| outcome.clone());
        of(&self.until("an outcome", |seen| of(seen).is_some()).await).unwrap()
    }

    /// Waits until `count` sends have an outcome, and returns all outcomes.
    pub(crate) async fn send_outcomes(&self, count: usize) -> Vec<SendOutcome> {
        self.until("the end of a send", |seen| seen.send_outcomes.len() >= count).await.send_outcomes
    }

    async fn pass<T: Send>(&self, op: Op, call: impl Future<Output = Result<T, Error>> + Send) -> Result<T, Error> {
        let fault = {
            let mut faults = self.faults.lock().unwrap();
            let at = faults.iter().position(|(failing, _)| *failing == op);
            at.map(|at| faults.remove(at).1)
        };
        match fault {
            Some(Fault::Fail) => return Err(Error::Database("the test has pulled the plug".into())),
            Some(Fault::Stall) => {
                let _ = call.await;
                return std::future::pending().await;
            }
            Some(Fault::Break(breakpoint)) => {
                breakpoint.reached.notify_one();
                breakpoint.opened.notified().await;
            }
            None => {}
        }
        let result = call.await;
        if matches!(result, Err(Error::LeaseLost)) {
            self.note(|seen| seen.lost.push(op));
        }
        result
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(note);
    }
}

#[async_trait]
impl InboxStore for Spy {
    async fn accept(&self, arrivals: Vec<WebhookItem>) -> Result<AcceptSummary, Error> {
        let (mut ignored, mut quarantined) = (Vec::new(), Vec::new());
        for arrival in &arrivals {
            match arrival {
                WebhookItem::Message(InboxMessage { id, disposition: Disposition::Ignored(reason), .. }) => {
                    ignored.push((id.as_str().to_owned(), MessageOutcome::Ignored(reason.clone())));
                }
                WebhookItem::Quarantined(part) => quarantined.push(part.reason.clone()),
                _ => {}
            }
        }
        let accepted = self.pass(Op::Accept, self.inner.accept(arrivals)).await?;
        self.note(|seen| {
            seen.outcomes.extend(ignored);
            seen.quarantined.extend(quarantined);
        });
        Ok(accepted)
    }
}

#[async_trait]
impl TurnStore for Spy {
    async fn claim_turns(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        lease: Duration,
    ) -> Result<Claims<TurnClaim>, Error> {
        let claims = self.pass(Op::ClaimTurns, self.inner.claim_turns(numbers, limit, lease)).await?;
        let pending = claims.claimed.iter().flat_map(|claim| &claim.pending);
        let ids: Vec<_> = pending.map(|message| (message.seq, message.id.as_str().to_owned())).collect();
        self.note(|seen| {
            seen.turn_claims += 1;
            seen.ids.extend(ids);
        });
        Ok(claims)
    }

    async fn pending_messages(&self, lease: &Lease) -> Result<Vec<PendingMessage>, Error> {
        let pending = self.pass(Op::PendingMessages, self.inner.pending_messages(lease)).await?;
        self.note(|seen| {
            seen.ids.extend(pending.iter().map(|message| (message.seq, message.id.as_str().to_owned())));
        });
        Ok(pending)
    }

    async fn new_messages(&self, lease: &Lease, after: InboxSeq) -> Result<Vec<PendingMessage>, Error> {
        let news = self.pass(Op::NewMessages, self.inner.new_messages(lease, after)).await?;
        self.note(|seen| seen.ids.extend(news.iter().map(|message| (message.seq, message.id.as_str().to_owned()))));
        Ok(news)
    }

    async fn renew_lease(&self, lease: &Lease, length: Duration) -> Result<(), Error> {
        self.pass(Op::RenewLease, self.inner.renew_lease(lease, length)).await
    }

    async fn release(&self, lease: &Lease, release: TurnRelease) -> Result<(), Error> {
        let failed = matches!(release.reason, ReleaseReason::RunFailed);
        self.pass(Op::Release, self.inner.release(lease, release)).await?;
        self.note(|seen| seen.released.push(failed));
        Ok(())
    }

    async fn isolate(&self, lease: &Lease) -> Result<(), Error> {
        self.pass(Op::Isolate, self.inner.isolate(lease)).await
    }

    async fn session(&self, lease: &Lease, agent: &str, label: &str, history: usize) -> Result<StoredSession, Error> {
        self.pass(Op::Session, self.inner.session(lease, agent, label, history)).await
    }

    async fn find_messages(&self, lease: &Lease, ids: &[MessageId]) -> Result<Vec<FoundMessage>, Error> {
        self.pass(Op::FindMessages, self.inner.find_messages(lease, ids)).await
    }

    async fn queue_first_contact(&self, lease: &Lease, version: &str, notice: QueuedNotice) -> Result<(), Error> {
        self.inner.queue_first_contact(lease, version, notice).await
    }

    async fn abandon_run(&self, lease: &Lease, discard_unsent: Option<&'static str>) -> Result<(), Error> {
        self.pass(Op::AbandonRun, self.inner.abandon_run(lease, discard_unsent)).await
    }

    async fn commit_turn(&self, lease: &Lease, commit: TurnCommit) -> Result<CommittedTurn, Error> {
        let outcomes = commit.outcomes.clone();
        let committed = self.pass(Op::CommitTurn, self.inner.commit_turn(lease, commit)).await?;
        self.note(|seen| {
            for (seq, outcome) in outcomes {
                let id = seen.ids.get(&seq).cloned().unwrap_or_default();
                seen.outcomes.push((id, outcome));
            }
        });
        Ok(committed)
    }
}

#[async_trait]
impl JournalStore for Spy {
    async fn steps(&self, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Error> {
        self.pass(Op::Steps, self.inner.steps(lease, run)).await
    }

    async fn begin_step(&self, run: RunRef<'_>, key: &StepKey) -> Result<(), Error> {
        self.pass(Op::BeginStep, self.inner.begin_step(run, key)).await
    }

    async fn finish_step(&self, run: RunRef<'_>, key: &StepKey, result: Bytes) -> Result<(), Error> {
        self.pass(Op::FinishStep, self.inner.finish_step(run, key, result)).await
    }

    async fn enqueue(&self, run: RunRef<'_>, key: &str, draft: Draft, entry: Option<NewLogEntry>) -> Result<(), Error> {
        self.pass(Op::Enqueue, self.inner.enqueue(run, key, draft, entry)).await
    }
}

#[async_trait]
impl OutboxStore for Spy {
    async fn claim_sends(
        &self,
        numbers: &[PhoneNumberId],
        limits: SendLimits,
        request: SendPolicy,
    ) -> Result<Claims<SendAttempt>, Error> {
        let claims = self.pass(Op::ClaimSends, self.inner.claim_sends(numbers, limits, request)).await?;
        self.note(|seen| {
            seen.send_claims += 1;
            if limits.campaign > 0 {
                seen.campaign_claims.extend_from_slice(numbers);
            }
        });
        Ok(claims)
    }

    async fn upload(&self, send: &SendAttempt) -> Result<Upload, Error> {
        self.pass(Op::Upload, self.inner.upload(send)).await
    }

    async fn find_upload(
        &self,
        number: &PhoneNumberId,
        digest: &MediaDigest,
        max_age: Duration,
    ) -> Result<Option<MediaId>, Error> {
        self.inner.find_upload(number, digest, max_age).await
    }

    async fn forget_upload(&self, media: &MediaId) -> Result<(), Error> {
        self.inner.forget_upload(media).await
    }

    async fn record_upload(&self, send: &SendAttempt, media: &MediaId, digest: &MediaDigest) -> Result<(), Error> {
        self.pass(Op::RecordUpload, self.inner.record_upload(send, media, digest)).await
    }

    async fn record_outcome(
        &self,
        send: &SendAttempt,
        outcome: SendOutcome,
        request: SendPolicy,
    ) -> Result<Option<SendAttempt>, Error> {
        let next = self.pass(Op::RecordOutcome, self.inner.record_outcome(send, outcome.clone(), request)).await?;
        self.note(|seen| seen.send_outcomes.push(outcome));
        Ok(next)
    }
}

#[async_trait]
impl ProactiveStore for Spy {
    async fn number_of(&self, target: &ConversationTarget) -> Result<PhoneNumberId, Error> {
        self.inner.number_of(target).await
    }

    async fn repeated_message(&self, key: &IdempotencyKey) -> Result<Option<QueuedMessage>, Error> {
        self.inner.repeated_message(key).await
    }

    async fn queue_message(&self, message: NewMessage) -> Result<QueuedMessage, Error> {
        self.inner.queue_message(message).await
    }

    async fn record_event(&self, event: NewEvent) -> Result<RecordedEvent, Error> {
        self.inner.record_event(event).await
    }
}

#[async_trait]
impl OperatorStore for Spy {
    async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxRow>, Error> {
        self.pass(Op::Outbox, self.inner.outbox(state, limit)).await
    }

    async fn outbox_record(&self, id: OutboxId) -> Result<OutboxRecord, Error> {
        self.pass(Op::Outbox, self.inner.outbox_record(id)).await
    }

    async fn requeue(&self, id: OutboxId) -> Result<(), Error> {
        self.pass(Op::Requeue, self.inner.requeue(id)).await
    }

    async fn discard(&self, id: OutboxId) -> Result<(), Error> {
        self.pass(Op::Discard, self.inner.discard(id)).await
    }

    async fn record_operator_action(
        &self,
        action: NewOperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), Error> {
        self.pass(Op::RecordOperatorAction, self.inner.record_operator_action(action)).await
    }

    async fn conversations(&self, which: &ConversationFilter, limit: usize) -> Result<Vec<ConversationRow>, Error> {
        self.pass(Op::Outbox, self.inner.conversations(which, limit)).await
    }

    async fn opt_outs(&self, after: Option<&str>, limit: usize) -> Result<Vec<OptOut>, Error> {
        self.inner.opt_outs(after, limit).await
    }

    async fn conversation_report(&self, id: ConversationId) -> Result<ConversationRecord, Error> {
        self.pass(Op::Outbox, self.inner.conversation_report(id)).await
    }

    async fn conversation_log(
        &self,
        id: ConversationId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<LogEntry>, Error> {
        self.pass(Op::Outbox, self.inner.conversation_log(id, before, limit)).await
    }

    async fn agent_history(&self, id: ConversationId, agent: &str, history: usize) -> Result<Vec<LogEntry>, Error> {
        self.pass(Op::Session, self.inner.agent_history(id, agent, history)).await
    }

    async fn conversation_messages(&self, id: ConversationId, ids: &[MessageId]) -> Result<Vec<FoundMessage>, Error> {
        self.pass(Op::FindMessages, self.inner.conversation_messages(id, ids)).await
    }

    async fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineRow>, Error> {
        self.pass(Op::Outbox, self.inner.quarantine(limit)).await
    }

    async fn quarantine_record(&self, id: QuarantineId) -> Result<QuarantineRecord, Error> {
        self.pass(Op::Outbox, self.inner.quarantine_record(id)).await
    }

    async fn requeue_quarantined(&self, id: QuarantineId, items: Vec<WebhookItem>) -> Result<AcceptSummary, Error> {
        self.pass(Op::Accept, self.inner.requeue_quarantined(id, items)).await
    }

    async fn user_report(&self, key: &UserKey) -> Result<UserReport, Error> {
        self.pass(Op::Outbox, self.inner.user_report(key)).await
    }

    async fn user_log(&self, key: &UserKey, after: Option<LogKey>, limit: usize) -> Result<Vec<UserLogEntry>, Error> {
        self.pass(Op::Outbox, self.inner.user_log(key, after, limit)).await
    }

    async fn erase_user(&self, key: &UserKey) -> Result<ErasureReport, Error> {
        self.pass(Op::EraseUser, self.inner.erase_user(key)).await
    }
}

#[async_trait]
impl RetentionStore for Spy {
    async fn apply_retention(&self, keep: &Retention, limit: usize) -> Result<RetentionStats, Error> {
        let swept = self.pass(Op::ApplyRetention, self.inner.apply_retention(keep, limit)).await?;
        self.note(|seen| seen.removed += swept);
        Ok(swept)
    }
}

#[async_trait]
impl AgentControlStore for Spy {
    async fn set_agents_paused(&self, is_paused: bool) -> Result<(), Error> {
        self.inner.set_agents_paused(is_paused).await
    }

    async fn agents_paused_since(&self) -> Result<Option<Timestamp>, Error> {
        self.inner.agents_paused_since().await
    }

    async fn cost_today(&self) -> Result<f64, Error> {
        self.inner.cost_today().await
    }
}

#[async_trait]
impl UsageStore for Spy {
    async fn message_counts(&self, query: UsageQuery, limit: usize) -> Result<Vec<MessageCount>, Error> {
        self.inner.message_counts(query, limit).await
    }

    async fn model_costs(&self, query: UsageQuery, limit: usize) -> Result<Vec<ModelCost>, Error> {
        self.inner.model_costs(query, limit).await
    }

    async fn last_charge(&self, conversation: ConversationId) -> Result<Option<MessageCharge>, Error> {
        self.inner.last_charge(conversation).await
    }
}

#[async_trait]
impl MonitorStore for Spy {
    async fn check_health(&self) -> Result<(), Error> {
        self.pass(Op::CheckHealth, self.inner.check_health()).await
    }

    async fn backlog_age(&self, numbers: &[PhoneNumberId]) -> Result<Duration, Error> {
        self.inner.backlog_age(numbers).await
    }

    async fn queue_depths(&self, numbers: &[PhoneNumberId]) -> Result<Vec<QueueDepth>, Error> {
        self.inner.queue_depths(numbers).await
    }

    async fn has_unsent_messages(&self, conversation: ConversationId) -> Result<bool, Error> {
        self.inner.has_unsent_messages(conversation).await
    }

    fn delivery_events(&self) -> DeliveryEvents {
        self.inner.delivery_events()
    }
}
