//! Random sequences of operations, compared with a small model of leases and send queues.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use waxwing_store::{
    Clock, ConversationId, Error, InboxStore, ManualClock, OperatorStore, OutboxId, OutboxStore, RetentionStore,
    SendAttempt, SendError, SendOutcome, SqliteStore, StatusKind, StatusUpdate, Timestamp, TurnClaim, TurnCommit,
    TurnStore, WebhookItem,
};
use waxwing_types::{MessageId, OutboundContent};

use crate::{LEASE, REQUEST, answer, clock, items, message, number, retention, text};

#[derive(Debug, Clone)]
enum Op {
    Accept { user: u8, id: u8 },
    ClaimTurns { limit: usize },
    Commit { turn: usize, replies: u8, send: bool },
    Release { turn: usize, seconds: u64, failed: bool },
    ClaimSends,
    Settle { send: usize, how: How, seconds: u64 },
    Status { send: usize, failed: bool },
    Requeue { send: usize },
    Pass { seconds: u64 },
    ApplyRetention,
    Reopen,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Accepted,
    Retry,
    RetryUncounted,
    DeadLetter,
    InDoubt,
    NotAttempted,
}

fn op() -> impl Strategy<Value = Op> {
    // A pick counts from the newest claim: most operations use a recent claim, some use a claim that was lost long ago.
    let pick = || prop_oneof![4 => 0..2_usize, 1 => 0..20_usize];
    let how = prop_oneof![
        3 => Just(How::Accepted),
        1 => Just(How::Retry),
        1 => Just(How::RetryUncounted),
        1 => Just(How::DeadLetter),
        1 => Just(How::InDoubt),
        1 => Just(How::NotAttempted),
    ];
    prop_oneof![
        4 => (0..3_u8, 0..40_u8).prop_map(|(user, id)| Op::Accept { user, id }),
        4 => (1..4_usize).prop_map(|limit| Op::ClaimTurns { limit }),
        4 => (pick(), 0..4_u8, any::<bool>()).prop_map(|(turn, replies, send)| Op::Commit { turn, replies, send }),
        1 => (pick(), 0..60_u64, any::<bool>())
            .prop_map(|(turn, seconds, failed)| Op::Release { turn, seconds, failed }),
        4 => Just(Op::ClaimSends),
        6 => (pick(), how, 0..20_u64).prop_map(|(send, how, seconds)| Op::Settle { send, how, seconds }),
        2 => (pick(), any::<bool>()).prop_map(|(send, failed)| Op::Status { send, failed }),
        1 => pick().prop_map(|send| Op::Requeue { send }),
        3 => (1..40_u64).prop_map(|seconds| Op::Pass { seconds }),
        1 => Just(Op::ApplyRetention),
        1 => Just(Op::Reopen),
    ]
}

/// A lock in the model.
#[derive(Debug, Clone, Copy, Default)]
struct Lock {
    epoch: i64,
    held_until: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Conversation {
    turn: Lock,
    /// Time at which the messages are due while no lease is held.
    due: Option<Timestamp>,
    failures: u32,
    crash_count: u32,
    pending: Vec<String>,
    send_queue: Lock,
    /// Rows in queue order.
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    text: String,
    run: String,
    state: State,
    attempts: u32,
    uncounted_attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Queued(Timestamp),
    Sending,
    InDoubt(Timestamp),
    Taken,
    Failed,
    DeadLetter,
}

impl State {
    fn is_open(self) -> bool {
        matches!(self, Self::Queued(_) | Self::Sending | Self::InDoubt(_))
    }
}

impl Conversation {
    fn row(&mut self, text: &str) -> &mut Row {
        self.rows.iter_mut().find(|row| row.text == text).unwrap()
    }

    fn turn_due(&self) -> Option<Timestamp> {
        self.turn.held_until.or(self.due)
    }

    fn send_due(&self) -> Option<Timestamp> {
        let head = self.rows.iter().map(|row| row.state).find(|state| state.is_open());
        let due = match head {
            Some(State::Queued(at) | State::InDoubt(at)) => Some(at),
            _ => None,
        };
        self.send_queue.held_until.or(due)
    }

    /// Starts the attempt that the next claim returns.
    fn advance(&mut self, now: Timestamp) -> Option<(String, u32)> {
        self.send_queue.held_until = None;
        let head = self.rows.iter_mut().find(|row| row.state.is_open())?;
        match head.state {
            State::Sending => {
                head.state = State::InDoubt(now.after(REQUEST.in_doubt_window));
                return None;
            }
            State::Queued(at) | State::InDoubt(at) if at > now => return None,
            _ => {}
        }
        head.state = State::Sending;
        head.attempts += 1;
        self.send_queue.epoch += 1;
        self.send_queue.held_until = Some(now.after(REQUEST.lease));
        Some((head.text.clone(), head.attempts))
    }

    fn dead_letter(&mut self, text: &str) {
        let at = self.rows.iter().position(|row| row.text == text).unwrap();
        let run = self.rows[at].run.clone();
        self.rows[at].state = State::DeadLetter;
        for row in &mut self.rows[at..] {
            if row.run == run && matches!(row.state, State::Queued(_)) {
                row.state = State::DeadLetter;
            }
        }
    }
}

fn name(send: &SendAttempt) -> (String, u32) {
    match &send.content {
        OutboundContent::Text(text) => (text.body.clone(), send.attempt),
        other => panic!("expected a text, found {}", other.kind()),
    }
}

/// The store with its model.
struct World {
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
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn apply(&mut self, op: Op) {
        match op {
            Op::Accept { user, id } => self.accept(user, id).await,
            Op::ClaimTurns { limit } => self.claim_turns(limit).await,
            Op::Commit { turn, replies, send } => {
                if let Some(turn) = nth_last(&self.turns, turn) {
                    self.commit(turn.clone(), replies, send).await;
                }
            }
            Op::Release { turn, seconds, failed } => {
                if let Some(turn) = nth_last(&self.turns, turn) {
                    self.release(turn.clone(), seconds, failed).await;
                }
            }
            Op::ClaimSends => self.claim_sends().await,
            Op::Settle { send, how, seconds } if send < self.sends.len() => {
                self.record_outcome(self.sends.len() - send - 1, how, seconds).await;
            }
            Op::Status { send, failed } if send < self.sends.len() => {
                self.status(self.sends.len() - send - 1, failed).await;
            }
            Op::Requeue { send } if send < self.sends.len() => {
                self.requeue(self.sends.len() - send - 1).await;
            }
            Op::Pass { seconds } => self.clock.advance(Duration::from_secs(seconds)),
            Op::ApplyRetention => {
                while !self.store.apply_retention(&retention::ALL_BUT_ROWS, 7).await.unwrap().is_complete {}
            }
            Op::Settle { .. } | Op::Status { .. } | Op::Requeue { .. } => {}
            Op::Reopen => self.reopen(),
        }
    }

    async fn accept(&mut self, user: u8, id: u8) {
        let id = format!("{user}.{id}");
        let accepted = self.store.accept(items([message(&user.to_string(), &id)])).await.unwrap();
        assert_eq!(accepted.messages == 1, self.seen.insert(id.clone()), "{id} is new or a duplicate");
        if let Some(conversation) = accepted.conversations.first() {
            let now = self.now();
            let conversation = self.model.entry(*conversation).or_default();
            conversation.pending.push(id);
            if conversation.turn.held_until.is_none() {
                conversation.due.get_or_insert(now);
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
            conversation.crash_count += u32::from(conversation.turn.held_until.is_some());
            assert_eq!((claim.failures, claim.crash_count), (conversation.failures, conversation.crash_count));
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
        let commit =
            TurnCommit { send: send.then_some(REQUEST), ..answer(&turn, &run, texts.iter().map(text).collect()) };
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
        (conversation.failures, conversation.crash_count) = (0, 0);
        conversation.due = (!conversation.pending.is_empty()).then_some(now);
        assert_eq!(committed.more, conversation.due.is_some());
        let rows = texts.into_iter();
        conversation.rows.extend(rows.map(|text| Row {
            text,
            run: run.clone(),
            state: State::Queued(now),
            attempts: 0,
            uncounted_attempts: 0,
        }));
        let expected =
            if send && conversation.send_queue.held_until.is_none() { conversation.advance(now) } else { None };
        assert_eq!(committed.send.as_ref().map(name), expected);
        self.sends.extend(committed.send);
    }

    async fn release(&mut self, turn: TurnClaim, seconds: u64, failed: bool) {
        let delay = Duration::from_secs(seconds);
        let due = self.now().after(delay);
        let result = self.store.release(&turn.lease, delay, failed).await;
        assert_eq!(result.is_ok(), self.holds(&turn));
        if result.is_ok() {
            let conversation = self.model.get_mut(&turn.conversation.id).unwrap();
            conversation.turn.held_until = None;
            conversation.due = Some(due);
            conversation.failures += u32::from(failed);
        }
    }

    async fn claim_sends(&mut self) {
        let now = self.now();
        let claims = self.store.claim_sends(&[number()], 100, REQUEST).await.unwrap();
        let due = self.model.values_mut().filter(|c| c.send_due().is_some_and(|due| due <= now));
        let expected: HashSet<_> = due.filter_map(|c| c.advance(now)).collect();
        assert_eq!(claims.claimed.iter().map(name).collect::<HashSet<_>>(), expected);
        assert_eq!(claims.claimed.len(), expected.len());
        let next = self.model.values().filter_map(Conversation::send_due).min();
        assert_eq!(claims.next_due_in, next.map(|due| due.since(now)));
        self.sends.extend(claims.claimed);
    }

    async fn record_outcome(&mut self, at: usize, how: How, seconds: u64) {
        let (send, now) = (&self.sends[at], self.now());
        let reported = |failed| self.statuses.contains(&(name(send).0, send.attempt, failed));
        if matches!(how, How::NotAttempted) && (reported(true) || reported(false)) {
            return; // Without a request Meta sends no status.
        }
        let key = (send.id, send.attempt, send.lease.epoch);
        let ((text, attempt), delay) = (name(send), Duration::from_secs(seconds));
        let later = now.after(delay);
        let error = SendError { code: None, message: "chosen by the test".into() };
        let outcome = match how {
            How::Accepted => SendOutcome::Accepted(MessageId::new(format!("wamid.{text}.{attempt}"))),
            How::Retry => SendOutcome::Retry { after: delay, error },
            How::RetryUncounted => SendOutcome::RetryUncounted { after: delay, error },
            How::DeadLetter => SendOutcome::DeadLetter(error),
            How::InDoubt => SendOutcome::InDoubt(error),
            How::NotAttempted => SendOutcome::NotAttempted { after: delay },
        };
        let result = self.store.record_outcome(send, outcome, REQUEST).await;
        let conversation = self.model.get_mut(&send.lease.conversation).unwrap();
        if conversation.send_queue.epoch != send.lease.epoch || self.recorded.contains(&key) {
            assert!(matches!(result, Err(Error::LeaseLost)), "{result:?}");
            return;
        }
        self.recorded.insert(key);
        conversation.send_queue.held_until = None;
        let failed = self.failed_attempts.contains(&(text.clone(), attempt));
        let row = conversation.row(&text);
        match how {
            How::Accepted if !failed && matches!(row.state, State::DeadLetter) => row.state = State::Taken,
            _ if !row.state.is_open() => {}
            How::Accepted if failed => {}
            How::Accepted => row.state = State::Taken,
            How::Retry | How::RetryUncounted => {
                row.state = State::Queued(later);
                row.uncounted_attempts =
                    row.attempts.min(row.uncounted_attempts + u32::from(matches!(how, How::RetryUncounted)));
            }
            How::DeadLetter => conversation.dead_letter(&text),
            How::InDoubt => row.state = State::InDoubt(now.after(REQUEST.in_doubt_window)),
            How::NotAttempted => {
                row.state = State::Queued(later);
                row.attempts -= 1;
                row.uncounted_attempts = row.uncounted_attempts.min(row.attempts);
                self.postponed.insert(key);
            }
        }
        let expected = if conversation.row(&text).state.is_open() { None } else { conversation.advance(now) };
        let next = result.unwrap();
        assert_eq!(next.as_ref().map(name), expected);
        self.sends.extend(next);
    }

    async fn status(&mut self, at: usize, failed: bool) {
        let send = &self.sends[at];
        let (text, attempt) = name(send);
        if self.postponed.contains(&(send.id, attempt, send.lease.epoch)) {
            // Without a request Meta sends no status.
            return;
        }
        let update = StatusUpdate {
            id: MessageId::new(format!("wamid.{text}.{attempt}")),
            status: if failed { StatusKind::Failed } else { StatusKind::Sent },
            at: 0,
            participant: None,
            callback_data: Some(send.token.clone()),
            error: None,
            body: Bytes::from_static(b"{}"),
        };
        self.store.accept(vec![WebhookItem::Status(update)]).await.unwrap();
        if !self.statuses.insert((text.clone(), attempt, failed)) {
            return;
        }
        let row = self.model.get_mut(&send.lease.conversation).unwrap().row(&text);
        if self.failed_attempts.contains(&(text.clone(), attempt)) {
            return;
        }
        if !failed {
            if row.state != State::Failed {
                row.state = State::Taken;
            }
            return;
        }
        self.failed_attempts.insert((text, attempt));
        if attempt == row.attempts && attempt > row.uncounted_attempts {
            row.state = State::Failed;
        }
    }

    async fn requeue(&mut self, at: usize) {
        let (send, now) = (&self.sends[at], self.now());
        let (text, _) = name(send);
        let result = self.store.requeue(send.id).await;
        let conversation = self.model.get_mut(&send.lease.conversation).unwrap();
        let at = conversation.rows.iter().position(|row| row.text == text).unwrap();
        assert_eq!(result.is_ok(), matches!(conversation.rows[at].state, State::DeadLetter | State::Failed));
        if result.is_ok() {
            let row = conversation.rows.remove(at);
            conversation.rows.push(Row { state: State::Queued(now), uncounted_attempts: row.attempts, ..row });
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
            let doubtful = conversation.rows.iter_mut().find(|row| matches!(row.state, State::InDoubt(_)));
            let was_doubtful = doubtful.map(|row| row.state = State::Sending).is_some();
            if was_doubtful || conversation.send_queue.held_until.is_some() {
                conversation.send_queue.held_until = Some(now);
            }
        }
    }

    /// Finishes all turns and sends.
    async fn drain(&mut self) {
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
                self.record_outcome(at, How::Accepted, 0).await;
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

async fn run(ops: Vec<Op>) {
    let clock = clock();
    let mut world = World {
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
    };
    for op in ops {
        world.apply(op).await;
    }
    world.drain().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_the_model_does(ops in proptest::collection::vec(op(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(ops));
    }
}
