//! Implementation of the store traits: each method runs one operation.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{MediaId, MessageId, PhoneNumberId};

use super::outcome::AttemptKey;
use super::run::Run;
use super::tables::outbox::report;
use super::tables::{conversation, outbox_media, quarantine, uploaded_media};
use super::writer::Priority;
use super::{
    SqliteStore, accept, commit, compaction, database, depth, erase, journal, lease, log, notice, operator, opt_out,
    outbox_record, outcome, proactive, retention, run, schedule, send_queue, session, turn, user_report,
};
use crate::{
    AcceptSummary, Claims, CommittedTurn, ConversationFilter, ConversationId, ConversationRecord, ConversationRow,
    ConversationTarget, DeliveryEvents, Draft, ErasureReport, Error, FoundMessage, IdempotencyKey, InboxSeq,
    InboxStore, JournalStore, Lease, LogEntry, LogKey, MediaDigest, MonitorStore, NewEvent, NewLogEntry, NewMessage,
    NewOperatorAction, OperatorStore, OptOut, OutboxId, OutboxRecord, OutboxRow, OutboxState, OutboxStore,
    PendingMessage, ProactiveStore, QuarantineId, QuarantineRecord, QuarantineRow, QueueDepth, QueuedMessage,
    QueuedNotice, RecordedEvent, Retention, RetentionStats, RetentionStore, RunId, RunRef, SendAttempt, SendLimits,
    SendOutcome, SendPolicy, StepKey, StepRecord, StoredSession, TurnClaim, TurnCommit, TurnRelease, TurnStore, Upload,
    UserKey, UserLogEntry, UserReport, WebhookItem,
};

#[async_trait]
impl InboxStore for SqliteStore {
    async fn accept(&self, items: Vec<WebhookItem>) -> Result<AcceptSummary, Error> {
        let has_messages =
            items.iter().any(|item| matches!(item, WebhookItem::Message(_) | WebhookItem::MessageEcho(_)));
        let priority = if has_messages { Priority::Messages } else { Priority::Statuses };
        self.writer.run(priority, move |tx| accept::accept(tx, &items)).await
    }
}

#[async_trait]
impl TurnStore for SqliteStore {
    async fn claim_turns(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        lease: Duration,
    ) -> Result<Claims<TurnClaim>, Error> {
        let numbers = numbers.to_vec();
        self.writer.run(Priority::Claim, move |tx| turn::claim(tx, &numbers, limit, lease)).await
    }

    async fn pending_messages(&self, lease: &Lease) -> Result<Vec<PendingMessage>, Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Claim, move |tx| turn::pending_messages(tx, &lease)).await
    }

    async fn new_messages(&self, lease: &Lease, after: InboxSeq) -> Result<Vec<PendingMessage>, Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Claim, move |tx| turn::new_messages(tx, &lease, after)).await
    }

    async fn renew_lease(&self, lease: &Lease, length: Duration) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| lease::renew(tx, &lease, length)).await
    }

    async fn release(&self, lease: &Lease, release: TurnRelease) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| turn::release(tx, &lease, &release)).await
    }

    async fn isolate(&self, lease: &Lease) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| lease::isolate(tx, &lease)).await
    }

    async fn session(&self, lease: &Lease, agent: &str, label: &str, history: usize) -> Result<StoredSession, Error> {
        let (lease, agent, label) = (lease.clone(), agent.to_owned(), label.to_owned());
        // No other process writes to the session of a held conversation, so the reader sees its final state.
        let key = (lease.clone(), agent.clone());
        let found = self.reader.run(move |conn| session::find(conn, &key.0, &key.1, history)).await?;
        match found {
            Some(session) => Ok(session),
            None => {
                self.writer.run(Priority::Claim, move |tx| session::current(tx, &lease, &agent, &label, history)).await
            }
        }
    }

    async fn find_messages(&self, lease: &Lease, ids: &[MessageId]) -> Result<Vec<FoundMessage>, Error> {
        let (lease, ids) = (lease.clone(), ids.to_vec());
        self.reader.run(move |conn| log::find_messages(conn, &lease, &ids)).await
    }

    async fn queue_first_contact(&self, lease: &Lease, version: &str, notice: QueuedNotice) -> Result<(), Error> {
        let (lease, version) = (lease.clone(), version.to_owned());
        self.writer.run(Priority::Write, move |tx| notice::first_contact(tx, &lease, &version, &notice)).await
    }

    async fn abandon_run(&self, lease: &Lease, discard_unsent: Option<&'static str>) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| run::abandon(tx, &lease, discard_unsent)).await
    }

    async fn commit_turn(&self, lease: &Lease, commit: TurnCommit) -> Result<CommittedTurn, Error> {
        let lease = lease.clone();
        self.writer.run(Priority::Write, move |tx| commit::commit(tx, &lease, &commit)).await
    }
}

#[async_trait]
impl JournalStore for SqliteStore {
    async fn steps(&self, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Error> {
        let (lease, run) = (lease.clone(), run.clone());
        self.writer.run(Priority::Claim, move |tx| journal::steps(tx, &lease, &run)).await
    }

    async fn begin_step(&self, run: RunRef<'_>, key: &StepKey) -> Result<(), Error> {
        let (run, key) = (Run::from(run), key.clone());
        self.writer.run(Priority::Write, move |tx| journal::begin_step(tx, &run, &key)).await
    }

    async fn finish_step(&self, run: RunRef<'_>, key: &StepKey, result: Bytes) -> Result<(), Error> {
        let (run, key) = (Run::from(run), key.clone());
        self.writer.run(Priority::Write, move |tx| journal::finish_step(tx, &run, &key, &result)).await
    }

    async fn enqueue(&self, run: RunRef<'_>, key: &str, draft: Draft, entry: Option<NewLogEntry>) -> Result<(), Error> {
        let (run, key) = (Run::from(run), key.to_owned());
        self.writer.run(Priority::Write, move |tx| journal::enqueue(tx, &run, &key, &draft, entry.as_ref())).await
    }
}

#[async_trait]
impl OutboxStore for SqliteStore {
    async fn claim_sends(
        &self,
        numbers: &[PhoneNumberId],
        limits: SendLimits,
        policy: SendPolicy,
    ) -> Result<Claims<SendAttempt>, Error> {
        let numbers = numbers.to_vec();
        self.writer.run(Priority::Claim, move |tx| send_queue::claim(tx, &numbers, limits, policy)).await
    }

    async fn upload(&self, attempt: &SendAttempt) -> Result<Upload, Error> {
        let row = attempt.id;
        self.reader.run(move |conn| outbox_media::get(conn, row)).await
    }

    async fn find_upload(
        &self,
        number: &PhoneNumberId,
        digest: &MediaDigest,
        max_age: Duration,
    ) -> Result<Option<MediaId>, Error> {
        let (number, digest, since) = (number.clone(), *digest, self.clock.now().before(max_age));
        self.reader.run(move |conn| uploaded_media::find(conn, &number, &digest, since)).await
    }

    async fn forget_upload(&self, media: &MediaId) -> Result<(), Error> {
        let media = media.clone();
        self.writer.run(Priority::Write, move |tx| uploaded_media::delete(tx, &media)).await
    }

    async fn record_upload(&self, attempt: &SendAttempt, media: &MediaId, digest: &MediaDigest) -> Result<(), Error> {
        let (number, attempt) = (attempt.number.clone(), AttemptKey::from(attempt));
        let (media, digest) = (media.clone(), *digest);
        self.writer
            .run(Priority::Write, move |tx| {
                outcome::record_upload(tx, &attempt, &media)?;
                uploaded_media::set(tx, &number, &digest, &media)
            })
            .await
    }

    async fn record_outcome(
        &self,
        attempt: &SendAttempt,
        outcome: SendOutcome,
        policy: SendPolicy,
    ) -> Result<Option<SendAttempt>, Error> {
        let attempt = AttemptKey::from(attempt);
        self.writer.run(Priority::Write, move |tx| outcome::record(tx, &attempt, &outcome, policy)).await
    }
}

#[async_trait]
impl ProactiveStore for SqliteStore {
    async fn number_of(&self, target: &ConversationTarget) -> Result<PhoneNumberId, Error> {
        if let ConversationTarget::User(number, _) = target {
            return Ok(number.clone());
        }
        let target = target.clone();
        self.writer.run(Priority::Claim, move |tx| proactive::number_of(tx, &target)).await
    }

    async fn repeated_message(&self, key: &IdempotencyKey) -> Result<Option<QueuedMessage>, Error> {
        let key = key.clone();
        self.writer.run(Priority::Claim, move |tx| proactive::repeated_message(tx, Some(&key))).await
    }

    async fn queue_message(&self, message: NewMessage) -> Result<QueuedMessage, Error> {
        self.writer.run(Priority::Write, move |tx| proactive::queue(tx, &message)).await
    }

    async fn record_event(&self, event: NewEvent) -> Result<RecordedEvent, Error> {
        self.writer.run(Priority::Write, move |tx| proactive::record_event(tx, &event)).await
    }
}

#[async_trait]
impl OperatorStore for SqliteStore {
    async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxRow>, Error> {
        self.reader.run(move |conn| report::list(conn, state, limit)).await
    }

    async fn outbox_record(&self, id: OutboxId) -> Result<OutboxRecord, Error> {
        self.reader.run(move |conn| outbox_record::read(conn, id)).await
    }

    async fn requeue(&self, id: OutboxId) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| operator::requeue(tx, id)).await
    }

    async fn discard(&self, id: OutboxId) -> Result<(), Error> {
        self.writer.run(Priority::Write, move |tx| operator::discard(tx, id)).await
    }

    async fn record_operator_action(
        &self,
        action: NewOperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), Error> {
        self.writer.run(Priority::Write, move |tx| operator::record_action(tx, &action)).await
    }

    async fn conversations(&self, filter: &ConversationFilter, limit: usize) -> Result<Vec<ConversationRow>, Error> {
        let (filter, now) = (filter.clone(), self.clock.now());
        self.reader.run(move |conn| conversation::list(conn, &filter, now, limit)).await
    }

    async fn opt_outs(&self, after: Option<&str>, limit: usize) -> Result<Vec<OptOut>, Error> {
        let after = after.map(str::to_owned);
        self.writer.run(Priority::Claim, move |tx| opt_out::list(tx, after.as_deref(), limit)).await
    }

    async fn conversation_report(&self, id: ConversationId) -> Result<ConversationRecord, Error> {
        let now = self.clock.now();
        self.reader.run(move |conn| user_report::conversation(conn, id, now)).await
    }

    async fn conversation_log(
        &self,
        id: ConversationId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<LogEntry>, Error> {
        self.reader.run(move |conn| log::list(conn, id, before, limit)).await
    }

    async fn agent_history(&self, id: ConversationId, agent: &str, history: usize) -> Result<Vec<LogEntry>, Error> {
        let agent = agent.to_owned();
        self.reader.run(move |conn| session::history(conn, id, &agent, history)).await
    }

    async fn conversation_messages(&self, id: ConversationId, ids: &[MessageId]) -> Result<Vec<FoundMessage>, Error> {
        let ids = ids.to_vec();
        self.reader.run(move |conn| log::conversation_messages(conn, id, &ids)).await
    }

    async fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineRow>, Error> {
        self.reader.run(move |conn| quarantine::list(conn, limit)).await
    }

    async fn quarantine_record(&self, id: QuarantineId) -> Result<QuarantineRecord, Error> {
        self.reader.run(move |conn| quarantine::get(conn, id)).await
    }

    async fn requeue_quarantined(&self, id: QuarantineId, items: Vec<WebhookItem>) -> Result<AcceptSummary, Error> {
        self.writer.run(Priority::Write, move |tx| accept::requeue_quarantined(tx, id, &items)).await
    }

    async fn user_report(&self, key: &UserKey) -> Result<UserReport, Error> {
        let (key, now) = (key.clone(), self.clock.now());
        self.reader.run(move |conn| user_report::read(conn, &key, now)).await
    }

    async fn user_log(&self, key: &UserKey, after: Option<LogKey>, limit: usize) -> Result<Vec<UserLogEntry>, Error> {
        let key = key.clone();
        self.reader.run(move |conn| log::of_user(conn, &key, after, limit)).await
    }

    async fn erase_user(&self, key: &UserKey) -> Result<ErasureReport, Error> {
        let key = key.clone();
        let report = self.writer.run(Priority::Write, move |tx| erase::user(tx, &key)).await?;
        self.writer.run(Priority::Write, compaction::check).await?;
        Ok(report)
    }
}

#[async_trait]
impl RetentionStore for SqliteStore {
    async fn apply_retention(&self, retention: &Retention, limit: usize) -> Result<RetentionStats, Error> {
        let retention = retention.clone();
        self.writer.run(Priority::Maintenance, move |tx| retention::step(tx, &retention, limit)).await
    }
}

#[async_trait]
impl MonitorStore for SqliteStore {
    async fn check_health(&self) -> Result<(), Error> {
        self.writer.run(Priority::Claim, database::check_health).await
    }

    async fn backlog_age(&self, numbers: &[PhoneNumberId]) -> Result<Duration, Error> {
        let numbers = numbers.to_vec();
        self.writer.run(Priority::Claim, move |tx| schedule::backlog_age(tx, &numbers)).await
    }

    async fn queue_depths(&self, numbers: &[PhoneNumberId]) -> Result<Vec<QueueDepth>, Error> {
        let (numbers, now) = (numbers.to_vec(), self.clock.now());
        self.reader.run(move |conn| depth::of_numbers(conn, &numbers, now)).await
    }

    async fn has_unsent_messages(&self, conversation: ConversationId) -> Result<bool, Error> {
        self.reader.run(move |conn| report::has_open(conn, conversation)).await
    }

    fn delivery_events(&self) -> DeliveryEvents {
        self.channels.deliveries.subscribe()
    }
}
