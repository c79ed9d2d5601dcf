//! Fixture of the test cases.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use waxwing_types::{
    Bsuid, GroupId, Image, MediaId, MessageId, OutboundContent, PhoneNumberId, Text, UserProfile, WaId,
};

use waxwing_store::ManualClock;
use waxwing_store::{
    AcceptSummary, ClosedRelease, CommittedTurn, ConversationId, Disposition, Draft, Error, InboxMessage, InboxSeq,
    Lease, MessageOutcome, NewLogEntry, OnInDoubt, Origin, OutageRelease, OutboxRow, OutboxState, QueuedNotice,
    ReleaseReason, RunId, SendAttempt, SendError, SendLimits, SendOutcome, SendPolicy, StatusKind, StatusUpdate, Store,
    Timestamp, TurnClaim, TurnCommit, TurnRelease, Upload, WebhookItem,
};

/// Length of the leases on turns.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// Policy of the sends.
pub(crate) const REQUEST: SendPolicy = SendPolicy {
    lease: Duration::from_mins(1),
    in_doubt_window: Duration::from_secs(10),
    in_doubt_max: Duration::from_secs(10),
    on_in_doubt: OnInDoubt::SendAgain,
    max_attempts: 12,
    max_age: Duration::from_hours(24),
};

/// The same policy with dead letters for rows in doubt.
pub(crate) const GIVE_UP: SendPolicy = SendPolicy { on_in_doubt: OnInDoubt::GiveUp, ..REQUEST };

/// An empty store with a clock that only the case moves.
pub struct Fixture {
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// Its clock.
    pub(crate) clock: Arc<ManualClock>,
    keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture").field("store", &self.store).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Fixture {
    /// Creates a fixture from a store that reads this clock.
    pub fn new(store: Arc<dyn Store>, clock: Arc<ManualClock>) -> Self {
        Self { store, clock, keep: Vec::new() }
    }

    /// Keeps a value, such as a temporary directory, as long as the store.
    pub fn keep(mut self, thing: impl Any + Send + Sync) -> Self {
        self.keep.push(Box::new(thing));
        self
    }

    /// Returns the current time.
    pub(crate) fn now(&self) -> Timestamp {
        waxwing_store::Clock::now(&*self.clock)
    }

    /// Returns the time in a number of seconds.
    pub(crate) fn in_secs(&self, seconds: u64) -> Timestamp {
        self.now().after(Duration::from_secs(seconds))
    }

    /// Moves the clock forward by a number of seconds.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Accepts messages.
    pub(crate) async fn accept(&self, messages: impl IntoIterator<Item = InboxMessage>) -> AcceptSummary {
        self.store.accept(messages.into_iter().map(WebhookItem::Message).collect()).await.unwrap()
    }

    /// Accepts a pending message. Returns its conversation.
    pub(crate) async fn receive(&self, message: InboxMessage) -> ConversationId {
        let accepted = self.accept([message]).await;
        assert_eq!(accepted.conversations.len(), 1, "a new message is reported with its conversation: {accepted:?}");
        accepted.conversations[0]
    }

    /// Claims turns of [`number`].
    pub(crate) async fn claims(&self, limit: usize) -> Vec<TurnClaim> {
        self.store.claim_turns(&[number()], limit, LEASE).await.unwrap().claimed
    }

    /// Checks that no turn can be claimed, and returns when one can.
    pub(crate) async fn next_turn_due_in(&self) -> Option<Duration> {
        let claims = self.store.claim_turns(&[number()], 10, LEASE).await.unwrap();
        assert!(claims.claimed.is_empty(), "nothing is due: {:?}", claims.claimed);
        claims.next_due_in
    }

    /// Claims the only turn there is.
    pub(crate) async fn claim(&self) -> TurnClaim {
        let mut claimed = self.claims(10).await;
        assert_eq!(claimed.len(), 1, "one conversation is due");
        claimed.remove(0)
    }

    /// Accepts a message and claims its conversation, the only one that is due.
    pub(crate) async fn turn(&self, message: InboxMessage) -> TurnClaim {
        self.receive(message).await;
        self.claim().await
    }

    /// Commits a turn with these texts, without a claim of a send.
    pub(crate) async fn answer(&self, claim: &TurnClaim, run: &str, texts: &[&str]) -> CommittedTurn {
        self.store.commit_turn(&claim.lease, answer(claim, run, texts)).await.unwrap()
    }

    /// Queues these texts for Ana in a run with this name.
    pub(crate) async fn queue(&self, run: &str, texts: &[&str]) {
        let claim = self.turn(message(&format!("for {run}"))).await;
        self.answer(&claim, run, texts).await;
    }

    /// Claims sends of [`number`].
    pub(crate) async fn sends(&self, policy: SendPolicy) -> Vec<SendAttempt> {
        self.store.claim_sends(&[number()], SendLimits::each(10), policy).await.unwrap().claimed
    }

    /// Claims the only send there is.
    pub(crate) async fn send(&self) -> SendAttempt {
        let mut claimed = self.sends(REQUEST).await;
        assert_eq!(claimed.len(), 1, "one send is due");
        claimed.remove(0)
    }

    /// Sends one message, which Meta accepts as `wamid.1`. Returns its attempt.
    pub(crate) async fn send_accepted(&self) -> SendAttempt {
        self.queue("run", &["1"]).await;
        let send = self.send().await;
        self.record(&send, accepted("wamid.1")).await;
        send
    }

    /// Checks that no send can be claimed, and returns when one can.
    pub(crate) async fn no_send(&self) -> Option<Duration> {
        let claims = self.store.claim_sends(&[number()], SendLimits::each(10), REQUEST).await.unwrap();
        assert!(claims.claimed.is_empty(), "nothing can be sent: {:?}", claims.claimed);
        claims.next_due_in
    }

    /// Records the outcome of an attempt.
    pub(crate) async fn record(&self, send: &SendAttempt, outcome: SendOutcome) -> Option<SendAttempt> {
        self.store.record_outcome(send, outcome, REQUEST).await.unwrap()
    }

    /// Accepts a status. Returns whether it resolved a send in doubt.
    pub(crate) async fn status(&self, status: StatusUpdate) -> bool {
        self.store.accept(vec![WebhookItem::Status(status)]).await.unwrap().wakes_sends
    }

    /// Returns the outbox rows, oldest first.
    pub(crate) async fn rows(&self) -> Vec<OutboxRow> {
        let mut rows = self.store.outbox(None, 100).await.unwrap();
        rows.reverse();
        rows
    }

    /// Returns the states of the outbox rows, oldest first.
    pub(crate) async fn states(&self) -> Vec<OutboxState> {
        self.rows().await.into_iter().map(|row| row.state).collect()
    }
}

/// Returns a duration in seconds.
pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns the business number of the cases.
pub(crate) fn number() -> PhoneNumberId {
    PhoneNumberId::new("1000001")
}

/// Returns another business number.
pub(crate) fn other_number() -> PhoneNumberId {
    PhoneNumberId::new("1000002")
}

/// Returns a message from Ana, whose phone number is known.
pub(crate) fn message(id: &str) -> InboxMessage {
    from(phone("34600000001"), id)
}

/// Returns a message from a user.
pub(crate) fn from(sender: UserProfile, id: &str) -> InboxMessage {
    InboxMessage {
        number: number(),
        id: MessageId::new(id),
        sender,
        group: None,
        sent_at: 1_767_225_600,
        kind: "text".into(),
        body: Bytes::from(format!("the body of {id}")),
        disposition: Disposition::Pending,
        wakes: true,
        opens_window: true,
    }
}

/// Returns the positions of the messages of a claim.
pub(crate) fn messages(claim: &TurnClaim) -> Vec<InboxSeq> {
    claim.pending.iter().map(|message| message.seq).collect()
}

/// Returns the message as a message in a group.
pub(crate) fn in_group(group: &str, message: InboxMessage) -> InboxMessage {
    InboxMessage { group: Some(GroupId::new(group)), ..message }
}

/// Returns a user with a phone number.
pub(crate) fn phone(wa_id: &str) -> UserProfile {
    UserProfile::from(WaId::new(wa_id))
}

/// Returns a user with a BSUID and without a phone number.
pub(crate) fn hidden(bsuid: &str) -> UserProfile {
    UserProfile::from(Bsuid::new(bsuid))
}

/// Returns a user with both ids.
pub(crate) fn both(wa_id: &str, bsuid: &str) -> UserProfile {
    phone(wa_id).bsuid(Bsuid::new(bsuid))
}

/// Returns a commit that answers all pending messages with these texts. A text that starts with `+` continues the text before it.
pub(crate) fn answer(claim: &TurnClaim, run: &str, texts: &[&str]) -> TurnCommit {
    TurnCommit {
        outcomes: claim.pending.iter().map(|message| (message.seq, MessageOutcome::Answered)).collect(),
        reply: texts.iter().map(|body| text(body)).collect(),
        ..TurnCommit::new(RunId(run.into()))
    }
}

/// Returns an entry of the conversation log.
pub(crate) fn entry(text: &str) -> NewLogEntry {
    NewLogEntry {
        origin: Origin::Agent,
        author: Some("agent".into()),
        kind: "reply".into(),
        content: Bytes::from(text.to_owned()),
    }
}

/// Returns a text for Ana.
pub(crate) fn text(body: &str) -> Draft {
    Draft {
        to: WaId::new("34600000001").into(),
        content: Text::new(body).into(),
        reply_to: None,
        callback_data: None,
        upload: None,
        needs_previous: body.starts_with('+'),
        fallback: None,
    }
}

/// Returns a notice for Ana.
pub(crate) fn notice(body: &str) -> QueuedNotice {
    QueuedNotice { draft: text(body), entry: entry(body) }
}

/// Returns a picture for Ana that is not uploaded yet.
pub(crate) fn picture(caption: &str) -> Draft {
    Draft {
        content: Image::new(MediaId::new("")).caption(caption).into(),
        upload: Some(Upload {
            mime_type: "image/png".into(),
            filename: "a.png".into(),
            bytes: Bytes::from_static(b"\x89PNG\0\xff"),
        }),
        ..text("")
    }
}

/// Returns the text of an attempt.
pub(crate) fn body(send: &SendAttempt) -> &str {
    match &send.content {
        OutboundContent::Text(text) => &text.body,
        other => panic!("a text, not {}", other.kind()),
    }
}

/// Returns an error of an attempt.
pub(crate) fn error(message: &str) -> SendError {
    SendError { code: Some(131_000), message: message.into() }
}

/// Returns the outcome of an accepted attempt.
pub(crate) fn accepted(id: &str) -> SendOutcome {
    SendOutcome::Accepted(MessageId::new(id))
}

/// Returns the outcome of an attempt with a retry.
pub(crate) fn retry(seconds: u64) -> SendOutcome {
    SendOutcome::Retry { after: secs(seconds), error: error("rate limited") }
}

/// Returns the outcome of an attempt with an uncounted retry.
pub(crate) fn held(seconds: u64) -> SendOutcome {
    SendOutcome::RetryUncounted { after: secs(seconds), error: error("the account is locked") }
}

/// Returns the outcome of an attempt without a retry.
pub(crate) fn dead() -> SendOutcome {
    SendOutcome::DeadLetter { error: error("refused"), use_fallback: false }
}

/// Returns the outcome of an attempt that Meta refused, with a reason that allows the fallback.
pub(crate) fn refused() -> SendOutcome {
    SendOutcome::Refused { error: error("refused"), use_fallback: true }
}

/// Returns the outcome of an attempt in doubt.
pub(crate) fn in_doubt() -> SendOutcome {
    SendOutcome::InDoubt(error("connection reset"))
}

/// Returns a status of a message.
pub(crate) fn status(kind: StatusKind, id: &str) -> StatusUpdate {
    StatusUpdate {
        number: number(),
        charge: None,
        id: MessageId::new(id),
        status: kind,
        at: 1_767_225_700,
        participant: None,
        callback_data: None,
        error: (kind == StatusKind::Failed).then(|| (131_026, "undeliverable".into())),
        allows_fallback: kind == StatusKind::Failed,
        body: Bytes::from_static(b"{}"),
    }
}

/// Returns a status with the token of an attempt.
pub(crate) fn status_of(kind: StatusKind, id: &str, send: &SendAttempt) -> StatusUpdate {
    StatusUpdate { callback_data: Some(send.token.clone()), ..status(kind, id) }
}

/// Checks that a write was refused because the lease is no longer held.
#[track_caller]
pub(crate) fn lost<T: fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::LeaseLost)), "the lease is lost: {result:?}");
}

/// Checks that every write of a turn is refused.
pub(crate) async fn all_writes_are_refused(b: &Fixture, lease: &Lease, claim: &TurnClaim) {
    let run = RunId("late".into());
    let messages: Vec<_> = claim.pending.iter().map(|message| message.seq).collect();
    let writes = waxwing_store::RunRef { lease, run: &run, messages: &messages, agent: "shop" };
    let key = waxwing_store::StepKey { name: "step".into(), nth: 0 };
    lost(&b.store.pending_messages(lease).await);
    lost(&b.store.new_messages(lease, messages[0]).await);
    lost(&b.store.isolate(lease).await);
    lost(&b.store.abandon_run(lease, None).await);
    lost(&b.store.queue_first_contact(lease, "1", notice("late")).await);
    lost(&b.store.renew_lease(lease, LEASE).await);
    let outage = OutageRelease { has_run: true, interim: None };
    let outage = ReleaseReason::Outage(Box::new(outage));
    let closed = ReleaseReason::Closed(Box::new(ClosedRelease { seen: messages[0], away: None }));
    for reason in [ReleaseReason::RunFailed, outage, closed] {
        lost(&b.store.release(lease, TurnRelease::new(secs(0), reason)).await);
    }
    lost(&b.store.session(lease, "agent", "label", 1).await);
    lost(&b.store.find_messages(lease, &[MessageId::new("a")]).await);
    lost(&b.store.steps(lease, &run).await);
    lost(&b.store.begin_step(writes, &key).await);
    lost(&b.store.finish_step(writes, &key, Bytes::new()).await);
    lost(&b.store.enqueue(writes, "0", text("late"), None).await);
    lost(&b.store.commit_turn(lease, answer(claim, "late", &["late"])).await);
}
