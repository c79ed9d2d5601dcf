//! What every store can do.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_types::{MediaId, PhoneNumberId};

use crate::inbox::{AcceptSummary, WebhookItem};
use crate::operator::{ConversationFilter, ConversationRow, NewOperatorAction};
use crate::outbox::{DeliveryEvents, Draft, OutboxId, OutboxRecord, OutboxRow, OutboxState, SendAttempt, SendOutcome};
use crate::turn::{CommittedTurn, InboxSeq, Lease, RunRef, StepKey, StepRecord, StoredSession, TurnClaim, TurnCommit};
use crate::user::{ErasureReport, UserKey, UserReport};
use crate::{ConversationId, Error, Retention, RetentionStats, RunId, Timestamp};

/// A durable inbox and outbox with sessions and a journal.
///
/// Every method is one transaction: when it returns `Ok`, what it wrote is on disk; when it returns an error, nothing of it was
/// written, except that [`accept`](Self::accept) may have been carried out when its future was dropped. A call that is dropped may still take effect.
///
/// Three rules hold for every implementation, whatever the number of processes:
///
/// - A conversation is held by one lease at a time, and a write that names an old epoch fails with [`Error::LeaseLost`].
/// - The outbox rows of a conversation are handed out one at a time and in order; the next only when the one before is settled.
/// - A message id is taken in once, and every id that was taken in has one [`MessageOutcome`](crate::MessageOutcome) in the end.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// Takes in what a webhook brought, all in one transaction. What holds messages goes ahead of everything else that is written, and the
    /// rest of what comes in ahead of the store's other work; but each kind of work gets its share, however much of another waits.
    ///
    /// Repeats are dropped: a message, and an echo, by its number and id, a status by message, kind and participant, a set-aside part by its bytes.
    /// An echo is a message in every respect, but for who wrote it.
    ///
    /// Users are found as [`UserProfile`](waxwing_types::UserProfile) names them: by BSUID first; by WhatsApp id only where that user has no other BSUID. A known WhatsApp id under a new
    /// BSUID is a new person, and the old one loses the id, unless an [`IdentityChange`](crate::IdentityChange) joins them, before or after.
    /// Statuses are applied to the outbox by token first, else by message id; the highest rank wins, and `Failed` is final. One that
    /// names a message which nobody knows yet is kept, and applied when the message's id is recorded.
    /// The failure of an attempt does not touch a later one, nor does the failure of one participant make a group's message a failed one.
    async fn accept(&self, arrivals: Vec<WebhookItem>) -> Result<AcceptSummary, Error>;

    /// Claims up to `limit` conversations of these numbers that have pending messages and are due, each under a lease of this length, the longest due first.
    async fn claim_turns(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        lease: Duration,
    ) -> Result<Claims<TurnClaim>, Error>;

    /// Reads a claimed conversation again, for what came in since.
    async fn pending_messages(&self, lease: &Lease) -> Result<Vec<crate::PendingMessage>, Error>;

    /// Reads what came into a claimed conversation after the message `after` and belongs to no run, at most [`MAX_TURN_MESSAGES`](crate::MAX_TURN_MESSAGES) messages.
    async fn new_messages(&self, lease: &Lease, after: InboxSeq) -> Result<Vec<crate::PendingMessage>, Error>;

    /// Makes a lease last `length` from now, and returns when it ends.
    async fn renew_lease(&self, lease: &Lease, length: Duration) -> Result<Timestamp, Error>;

    /// Gives a conversation back with its messages still pending, to be claimed again not before `due`. `failed` counts as a failure of the run.
    async fn release(&self, lease: &Lease, due: Timestamp, failed: bool) -> Result<(), Error>;

    /// Records that nothing else runs in the process of the holder: if it dies now, this conversation is the cause.
    async fn isolate(&self, lease: &Lease) -> Result<(), Error>;

    /// The current session of `agent` in the conversation with at most `history` entries, and its memory; begins one called `label` if there is none.
    async fn session(&self, lease: &Lease, agent: &str, label: &str, history: usize) -> Result<StoredSession, Error>;

    /// What an unfinished run has recorded.
    async fn steps(&self, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Error>;

    /// Records that a step was started.
    async fn begin_step(&self, run: RunRef<'_>, key: &StepKey) -> Result<(), Error>;

    /// Records the result of a step.
    async fn finish_step(&self, run: RunRef<'_>, key: &StepKey, result: Bytes) -> Result<(), Error>;

    /// Places a message of a run that goes on in the outbox. `key` names it within the run: one that is there already, because the run is a repeated one, stays
    /// as it is.
    async fn enqueue(&self, run: RunRef<'_>, key: &str, draft: Draft) -> Result<(), Error>;

    /// Forgets the unfinished run: its messages are free for another one, with what came since, and its steps are gone. What it has placed in
    /// the outbox stays.
    async fn abandon_run(&self, lease: &Lease) -> Result<(), Error>;

    /// Ends a turn: outcomes, reply, session, and the conversation is given back.
    async fn commit_turn(&self, lease: &Lease, commit: TurnCommit) -> Result<CommittedTurn, Error>;

    /// Claims the heads of up to `limit` conversations' queues that are due, each with an attempt recorded.
    ///
    /// A head whose attempt was never settled, because its process died, becomes in doubt for `policy.in_doubt_window` from now. A head
    /// in doubt whose window has closed is dealt with as `policy.on_in_doubt` says, and given up at the limits of `policy`. The window stays open
    /// while no webhook comes in, for a status could not come in either, but not beyond `policy.in_doubt_max`.
    async fn claim_sends(
        &self,
        numbers: &[PhoneNumberId],
        limit: usize,
        policy: SendPolicy,
    ) -> Result<Claims<SendAttempt>, Error>;

    /// Records Meta's id of an uploaded medium, so that another attempt does not upload it again.
    async fn record_upload(&self, send: &SendAttempt, media: &MediaId) -> Result<(), Error>;

    /// Settles an attempt and, if the queue goes on and its next row is due, claims that one with an attempt recorded.
    ///
    /// A status that came first wins: a row that is known to be accepted stays so, whatever the attempt itself reports.
    /// An attempt is settled once. One whose lease has ended may still be settled until somebody else has claimed the queue.
    async fn record_outcome(
        &self,
        send: &SendAttempt,
        outcome: SendOutcome,
        policy: SendPolicy,
    ) -> Result<Option<SendAttempt>, Error>;

    /// Rows of the outbox, newest first: in this state, or in any.
    async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxRow>, Error>;

    /// A row of the outbox with its attempts and what was heard of them.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    async fn outbox_record(&self, id: OutboxId) -> Result<OutboxRecord, Error>;

    /// Places a dead or failed row at the end of its conversation's queue.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and [`Error::WrongState`] for a row in another state.
    async fn requeue(&self, id: OutboxId) -> Result<(), Error>;

    /// Gives up a row that waits to be sent or for the end of a doubt, and with it the parts of the same reply that still wait behind it;
    /// the rest of the queue goes on. A status that tells that it arrived after all still counts.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and [`Error::WrongState`] for a row that is over, or that is being sent right now.
    async fn discard(&self, id: OutboxId) -> Result<(), Error>;

    /// Takes in what a person of the business does in a conversation: what they say is placed in the outbox, and the conversation is woken for a
    /// turn that finds it among its messages, with [`Origin::Operator`](crate::Origin::Operator). Returns the conversation, and the row of what is said.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a conversation that is not known, or whose other end has no address.
    async fn record_operator_action(
        &self,
        action: NewOperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), Error>;

    /// Looks conversations up, the newest first.
    async fn conversations(&self, filter: &ConversationFilter, limit: usize) -> Result<Vec<ConversationRow>, Error>;

    /// Tells what is kept of a person.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    async fn user_report(&self, key: &UserKey) -> Result<UserReport, Error>;

    /// Erases a person: whatever is kept of them, and of their own conversations, so that no byte of it is left where the store keeps its data.
    /// What they wrote in groups goes as well; what agents have answered there stays.
    ///
    /// Turns that go on in their conversations lose their leases, and nothing is sent to them any more; an attempt that is under way cannot be
    /// settled. Only hashes stay, by which a webhook that comes once more is known. Nothing else is done meanwhile, which may take a while:
    /// what is not erased is written anew.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]. After [`Error::Database`] the rows may be gone, but bytes of them may be left: they go when a person is forgotten
    /// again, or when the store is opened.
    async fn erase_user(&self, key: &UserKey) -> Result<ErasureReport, Error>;

    /// Tells what happens to messages from now on, as this process learns of it: each change of a row to a state that says whether Meta took it, and
    /// what became of it then. Not kept for those who listen later, nor for those who fall more than [`DELIVERY_EVENT_CAPACITY`](crate::DELIVERY_EVENT_CAPACITY) behind.
    fn delivery_events(&self) -> DeliveryEvents;

    /// Removes what is older than `keep` says, in one short step behind all other work: looks at up to `limit` rows, going on where the
    /// last step ended.
    ///
    /// What waits, is under way, or belongs to a run that has not ended stays, however old it is. A status of a message that was removed is
    /// that of a message which nobody knows, and a repeat is known for [`Retention::MIN_DEDUPLICATION`] in any case.
    async fn apply_retention(&self, keep: &Retention, limit: usize) -> Result<RetentionStats, Error>;

    /// Answers if the store can do its work: it asks the one who writes.
    async fn ping(&self) -> Result<(), Error>;
}

/// What a claim brought.
#[derive(Debug)]
pub struct Claims<T> {
    /// What was claimed.
    pub claimed: Vec<T>,
    /// When there will be something to claim again, as far as is known now: in the past if the limit was reached.
    pub next: Option<Timestamp>,
}

/// How sends are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendPolicy {
    /// How long the claimer may take over one attempt.
    pub lease: Duration,
    /// How long to wait for a status of an attempt whose fate is unknown, while webhooks come in.
    pub in_doubt_window: Duration,
    /// How long to wait for one when no webhook comes in at all.
    pub in_doubt_max: Duration,
    /// What to do when no status came.
    pub on_in_doubt: OnInDoubt,
    /// After this many attempts since it was queued, a message in doubt is given up, whatever `on_in_doubt` says.
    pub max_attempts: u32,
    /// A message in doubt is given up as well if it was queued longer ago than this.
    pub max_age: Duration,
}

/// What to do with a message of which nobody knows whether Meta took it, when no status came in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInDoubt {
    /// Send it again: it may arrive twice, it will not be lost.
    #[default]
    SendAgain,
    /// Give it up: it may be lost, it will not arrive twice.
    GiveUp,
}
