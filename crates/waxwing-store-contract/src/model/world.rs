//! A store with its model.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{
    Clock, ConversationId, Error, InboxStore, ManualClock, OperatorStore, OutageRelease, OutboxId, OutboxStore,
    ReleaseReason, Retention, RetentionStore, SendAttempt, SendLimits, SqliteStore, StatusKind, StatusUpdate,
    Timestamp, TurnClaim, TurnCommit, TurnRelease, TurnStore, WebhookItem,
};
use waxwing_types::MessageId;

use super::conversation::{Conversation, Lock, Row, RowState};
use super::message::{draft, fallback, name};
use super::operation::{Operation, RecordedOutcome};
use super::policy::REQUEST;
use crate::fixture::{LEASE, answer, from, number, phone};

/// Removes all finished data at once, except outbox rows.
const ALL_BUT_ROWS: Retention = Retention {
    inbox: Some(Duration::ZERO),
    outbox: None,
    sessions: Some(Duration::ZERO),
    media: Some(Duration::ZERO),
    quarantine: Some(Duration::ZERO),
    deduplication: Some(Duration::ZERO),
    usage: None,
};

/// The store with its model.
pub(super) struct World {
    store: SqliteStore,
    clock: Arc<ManualClock>,
    model: BTreeMap<ConversationId, Conversation>,
    seen: HashSet<String>,
    answered: HashSet<String>,
    turns: Vec<TurnClaim>,
    sends: Vec<SendAttempt>,
    /// Attempts with a recorded outcome, by row and number.
    recorded: HashSet<(OutboxId, u32, i64)>,
    postponed: HashSet<(OutboxId, u32, i64)>,
    failed_attempts: HashSet<(String, u32)>,
    statuses: HashSet<(String, u32, bool)>,
    runs: u32,
}

impl World {
    /// Creates an empty store.
    ///
    /// # Panics
    ///
    /// If SQLite fails.
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
        Self {
            store: SqliteStore::in_memory(clock.clone()).unwrap(),
            clock,
            model: BTreeMap::new(),
            seen: HashSet::new(),
            answered: HashSet::new(),
            turns: Vec::new(),
            sends: Vec::new(),
            recorded: HashSet::new(),
            postponed: HashSet::new(),
            failed_attempts: HashSet::new(),
            statuses: HashSet::new(),
            runs: 0,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Accept { user, id } => self.accept(user, id).await,
            Operation::ClaimTurns { limit } => self.claim_turns(limit).await,
            Operation::Commit { turn, replies, send } => {
                if let Some(turn) = nth_last(&self.turns, turn) {
                    self.commit(turn.clone(), replies, send).await;
                }
            }
            Operation::Release { turn, seconds, failed } => {
                if let Some(turn) = nth_last(&self.turns, turn) {
                    let reason = if failed { ReleaseReason::RunFailed } else { ReleaseReason::PutOff };
                    self.release(turn.clone(), seconds, reason).await;
                }
            }
            Operation::ReleaseInOutage { turn, seconds } => {
                if let Some(turn) = nth_last(&self.turns, turn) {
                    let outage = OutageRelease { has_run: true, interim: None };
                    self.release(turn.clone(), seconds, ReleaseReason::Outage(Box::new(outage))).await;
                }
            }
            Operation::ClaimSends => self.claim_sends().await,
            Operation::RecordOutcome { send, outcome, seconds } if send < self.sends.len() => {
                self.record_outcome(self.sends.len() - send - 1, outcome, seconds).await;
            }
            Operation::Status { send, failed, fallback } if send < self.sends.len() => {
                self.status(self.sends.len() - send - 1, failed, fallback).await;
            }
            Operation::Requeue { send } if send < self.sends.len() => {
                self.requeue(self.sends.len() - send - 1).await;
            }
            Operation::Pass { seconds } => self.clock.advance(Duration::from_secs(seconds)),
            Operation::ApplyRetention => {
                while !self.store.apply_retention(&ALL_BUT_ROWS, 7).await.unwrap().is_complete {}
            }
            Operation::RecordOutcome { .. } | Operation::Status { .. } | Operation::Requeue { .. } => {}
            Operation::Reopen => self.reopen(),
        }
    }

    async fn accept(&mut self, user: u8, id: u8) {
        let id = format!("{user}.{id}");
        let accepted =
            self.store.accept(vec![WebhookItem::Message(from(phone(&user.to_string()), &id))]).await.unwrap();
        assert_eq!(accepted.messages == 1, self.seen.insert(id.clone()), "{id} is new or a duplicate");
        if let Some(conversation) = accepted.conversations.first() {
            let now = self.now();
            let conversation = self.model.entry(*conversation).or_default();
            conversation.pending.push(id);
            if conversation.turn.held_until.is_none() {
                // A message ends the wait for an agent that could not work.
                let waits = conversation.due.is_some_and(|due| due > now) && conversation.outage_runs > 0;
                conversation.due = if waits { Some(now) } else { conversation.due.or(Some(now)) };
            }
        }
    }

    async fn claim_turns(&mut self, limit: usize) {
        let now = self.now();
        let claims = self.store.claim_turns(&[number()], limit, LEASE).await.unwrap();
        let due = self.model.values().filter(|c| c.turn_due().is_some_and(|due| due <= now)).count();
        assert_eq!(claims.claimed.len(), due.min(limit), "exactly the due conversations are claimed");
        for claim in claims.claimed {
            let conversation = self.model.get_mut(&claim.conversation.id).unwrap();
            assert!(conversation.turn_due().is_some_and(|due| due <= now), "claimed while a lease was held");
            assert_eq!((claim.failures, claim.crash_count), (conversation.failures, conversation.crash_count));
            assert_eq!(claim.outage.map_or(0, |outage| outage.failed_runs), conversation.outage_runs);
            assert!(claim.lease.epoch > conversation.turn.epoch);
            conversation.turn = Lock { epoch: claim.lease.epoch, held_until: Some(now.after(LEASE)) };
            conversation.due = None;
            let pending: Vec<_> = claim.pending.iter().map(|message| message.id.as_str()).collect();
            assert_eq!(pending, conversation.pending);
            self.turns.push(claim);
        }
        let next = self.model.values().filter_map(Conversation::turn_due).min();
        assert_eq!(claims.next_due_in, next.map(|due| due.since(now)));
    }

    fn holds(&self, turn: &TurnClaim) -> bool {
        let lock = self.model[&turn.conversation.id].turn;
        lock.held_until.is_some() && lock.epoch == turn.lease.epoch
    }

    async fn commit(&mut self, turn: TurnClaim, replies: u8, send: bool) {
        self.runs += 1;
        let run = self.runs.to_string();
        let texts: Vec<_> = (0..replies).map(|part| format!("{run}.{part}")).collect();
        let reply = texts.iter().enumerate().map(|(part, text)| draft(part, text)).collect();
        let commit = TurnCommit { send: send.then_some(REQUEST), reply, ..answer(&turn, &run, &[]) };
        let result = self.store.commit_turn(&turn.lease, commit).await;
        if !self.holds(&turn) {
            assert!(matches!(result, Err(Error::LeaseLost)));
            return;
        }
        let (committed, now) = (result.unwrap(), self.now());
        let conversation = self.model.get_mut(&turn.conversation.id).unwrap();
        for message in &turn.pending {
            assert!(self.answered.insert(message.id.as_str().to_owned()), "answered twice");
        }
        conversation.pending.drain(..turn.pending.len());
        conversation.turn.held_until = None;
        (conversation.failures, conversation.crash_count, conversation.outage_runs) = (0, 0, 0);
        conversation.due = (!conversation.pending.is_empty()).then_some(now);
        assert_eq!(committed.more, conversation.due.is_some());
        for (part, text) in texts.iter().enumerate() {
            let draft = draft(part, text);
            conversation.rows.push(Row {
                needs: draft.needs_previous.then(|| texts[part - 1].clone()),
                fallback: draft.fallback.map(|_| fallback(text)),
                ..Row::queued(text.clone(), now)
            });
        }
        let is_claimed = send && conversation.send_queue.held_until.is_none() && !conversation.is_failing;
        let expected = if is_claimed { conversation.advance(now) } else { None };
        assert_eq!(committed.send.as_ref().map(name), expected);
        self.sends.extend(committed.send);
    }

    async fn release(&mut self, turn: TurnClaim, seconds: u64, reason: ReleaseReason) {
        let delay = Duration::from_secs(seconds);
        let due = self.now().after(delay);
        let failures = u32::from(matches!(reason, ReleaseReason::RunFailed));
        let outage_runs = u32::from(matches!(reason, ReleaseReason::Outage(_)));
        let result = self.store.release(&turn.lease, TurnRelease::new(delay, reason)).await;
        assert_eq!(result.is_ok(), self.holds(&turn));
        if result.is_ok() {
            let conversation = self.model.get_mut(&turn.conversation.id).unwrap();
            conversation.turn.held_until = None;
            conversation.due = Some(due);
            conversation.failures += failures;
            conversation.outage_runs += outage_runs;
        }
    }

    async fn claim_sends(&mut self) {
        let now = self.now();
        let claims = self.store.claim_sends(&[number()], SendLimits::each(100), REQUEST).await.unwrap();
        let due = self.model.values_mut().filter(|c| c.send_due().is_some_and(|due| due <= now));
        let expected: HashSet<_> = due.filter_map(|c| c.advance(now)).collect();
        assert_eq!(claims.claimed.iter().map(name).collect::<HashSet<_>>(), expected);
        assert_eq!(claims.claimed.len(), expected.len());
        let next = self.model.values().filter_map(Conversation::send_due).min();
        assert_eq!(claims.next_due_in, next.map(|due| due.since(now)));
        self.sends.extend(claims.claimed);
    }

    async fn record_outcome(&mut self, at: usize, outcome: RecordedOutcome, seconds: u64) {
        let (send, now) = (&self.sends[at], self.now());
        let reported = |failed| self.statuses.contains(&(name(send).0, send.attempt, failed));
        if matches!(outcome, RecordedOutcome::NotAttempted) && (reported(true) || reported(false)) {
            return; // Without a request Meta sends no status.
        }
        let key = (send.id, send.attempt, send.lease.epoch);
        let ((text, attempt), delay) = (name(send), Duration::from_secs(seconds));
        let later = now.after(delay);
        let recorded = outcome.outcome(&format!("wamid.{text}.{attempt}"), delay);
        let result = self.store.record_outcome(send, recorded, REQUEST).await;
        let conversation = self.model.get_mut(&send.lease.conversation).unwrap();
        if conversation.send_queue.epoch != send.lease.epoch || self.recorded.contains(&key) {
            assert!(matches!(result, Err(Error::LeaseLost)), "{result:?}");
            return;
        }
        self.recorded.insert(key);
        conversation.send_queue.held_until = None;
        let failed = self.failed_attempts.contains(&(text.clone(), attempt));
        let was_open = conversation.row(&text).state.is_open();
        if let RecordedOutcome::Retry | RecordedOutcome::RetryUncounted | RecordedOutcome::InDoubt = outcome {
            conversation.is_failing |= was_open;
        }
        let row = conversation.row(&text);
        match outcome {
            RecordedOutcome::Accepted if !failed && matches!(row.state, RowState::Lost) => {
                row.state = RowState::Taken;
            }
            _ if !row.state.is_open() => {}
            RecordedOutcome::Accepted if failed => {}
            RecordedOutcome::Accepted => row.state = RowState::Taken,
            RecordedOutcome::Retry | RecordedOutcome::RetryUncounted => {
                row.state = RowState::Queued(later);
                row.uncounted_attempts = row
                    .attempts
                    .min(row.uncounted_attempts + u32::from(matches!(outcome, RecordedOutcome::RetryUncounted)));
            }
            RecordedOutcome::Refused | RecordedOutcome::DeadLetter => conversation.end(&text, false, now),
            RecordedOutcome::RefusedWithFallback => conversation.end(&text, true, now),
            RecordedOutcome::InDoubt => row.state = RowState::InDoubt(now.after(REQUEST.in_doubt_window)),
            RecordedOutcome::NotAttempted => {
                row.state = RowState::Queued(later);
                row.attempts -= 1;
                row.uncounted_attempts = row.uncounted_attempts.min(row.attempts);
                self.postponed.insert(key);
            }
        }
        conversation.note_accepted(&text, was_open);
        let expected = if conversation.row(&text).state.is_open() { None } else { conversation.advance(now) };
        let next = result.unwrap();
        assert_eq!(next.as_ref().map(name), expected);
        self.sends.extend(next);
    }

    async fn status(&mut self, at: usize, failed: bool, use_fallback: bool) {
        let send = &self.sends[at];
        let (text, attempt) = name(send);
        if self.postponed.contains(&(send.id, attempt, send.lease.epoch)) {
            // Without a request Meta sends no status.
            return;
        }
        let update = StatusUpdate {
            number: send.number.clone(),
            charge: None,
            id: MessageId::new(format!("wamid.{text}.{attempt}")),
            status: if failed { StatusKind::Failed } else { StatusKind::Sent },
            at: 0,
            participant: None,
            callback_data: Some(send.token.clone()),
            error: None,
            allows_fallback: use_fallback,
            body: Bytes::from_static(b"{}"),
        };
        self.store.accept(vec![WebhookItem::Status(update)]).await.unwrap();
        if !self.statuses.insert((text.clone(), attempt, failed)) {
            return;
        }
        if self.failed_attempts.contains(&(text.clone(), attempt)) {
            return;
        }
        let now = self.now();
        let conversation = self.model.get_mut(&send.lease.conversation).unwrap();
        let row = conversation.row(&text);
        let was_open = row.state.is_open();
        if !failed {
            if row.state != RowState::Failed {
                row.state = RowState::Taken;
            }
        } else if attempt == row.attempts && attempt > row.uncounted_attempts {
            conversation.fail_late(&text, use_fallback, now);
        }
        conversation.note_accepted(&text, was_open);
        if failed {
            self.failed_attempts.insert((text, attempt));
        }
    }

    async fn requeue(&mut self, at: usize) {
        let (send, now) = (&self.sends[at], self.now());
        let (text, _) = name(send);
        let result = self.store.requeue(send.id).await;
        let conversation = self.model.get_mut(&send.lease.conversation).unwrap();
        let at = conversation.rows.iter().position(|row| row.label == text).unwrap();
        assert_eq!(result.is_ok(), matches!(conversation.rows[at].state, RowState::Lost | RowState::Failed));
        if result.is_ok() {
            let row = conversation.rows.remove(at);
            let state = RowState::Queued(now);
            conversation.rows.push(Row { state, uncounted_attempts: row.attempts, queued_at: now, needs: None, ..row });
        }
    }

    fn reopen(&mut self) {
        self.store = self.store.reopen().unwrap();
        let now = self.now();
        for conversation in self.model.values_mut() {
            if conversation.turn.held_until.take().is_some() {
                conversation.crash_count += 1;
                conversation.due = Some(now);
            }
            // No status could arrive for rows in doubt, so their windows restart.
            let doubtful = conversation.rows.iter_mut().find(|row| matches!(row.state, RowState::InDoubt(_)));
            let was_doubtful = doubtful.map(|row| row.state = RowState::Sending).is_some();
            if was_doubtful || conversation.send_queue.held_until.is_some() {
                conversation.send_queue.held_until = Some(now);
            }
        }
    }

    /// Finishes all turns and sends.
    pub(super) async fn drain(&mut self) {
        for _ in 0..200 {
            self.clock.advance(Duration::from_mins(10));
            self.claim_turns(100).await;
            let (turns, sends) = (self.turns.len(), self.sends.len());
            for turn in self.turns.clone() {
                if self.holds(&turn) {
                    self.commit(turn, 1, false).await;
                }
            }
            self.claim_sends().await;
            for at in sends..self.sends.len() {
                self.record_outcome(at, RecordedOutcome::Accepted, 0).await;
            }
            if turns == self.turns.len() && self.model.values().all(|c| c.turn_due().or(c.send_due()).is_none()) {
                break;
            }
        }
        assert_eq!(self.answered, self.seen, "every message has an outcome");
        for row in self.model.values().flat_map(|conversation| &conversation.rows) {
            assert!(!row.state.is_open(), "left behind: {row:?}");
        }
    }
}

fn nth_last<T>(items: &[T], n: usize) -> Option<&T> {
    items.len().checked_sub(n + 1).map(|at| &items[at])
}
