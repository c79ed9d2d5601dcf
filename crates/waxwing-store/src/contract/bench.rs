//! What the cases are written with.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use waxwing_types::{
    Bsuid, GroupId, Image, MediaId, MessageId, OutboundContent, PhoneNumberId, Text, UserProfile, WaId,
};

use crate::time::ManualClock;
use crate::{
    AcceptSummary, CommittedTurn, ConversationId, Disposition, Draft, Error, InboxMessage, Lease, MessageOutcome,
    OnInDoubt, OutboxRow, OutboxState, RunId, SendAttempt, SendError, SendOutcome, SendPolicy, StatusKind,
    StatusUpdate, Store, Timestamp, TurnClaim, TurnCommit, Upload, WebhookItem,
};

/// How long the cases hold a turn.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// How the cases ask for sends.
pub(super) const REQUEST: SendPolicy = SendPolicy {
    lease: Duration::from_mins(1),
    in_doubt_window: Duration::from_secs(10),
    in_doubt_max: Duration::from_secs(10),
    on_in_doubt: OnInDoubt::SendAgain,
    max_attempts: 12,
    max_age: Duration::from_hours(24),
};

/// The same, but a message in doubt is given up.
pub(super) const GIVE_UP: SendPolicy = SendPolicy { on_in_doubt: OnInDoubt::GiveUp, ..REQUEST };

/// An empty store with a clock that stands still.
pub struct Bench {
    /// The store.
    pub(super) store: Arc<dyn Store>,
    /// Its clock.
    pub(super) clock: Arc<ManualClock>,
    keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").field("store", &self.store).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Bench {
    /// A store that reads this clock.
    pub fn new(store: Arc<dyn Store>, clock: Arc<ManualClock>) -> Self {
        Self { store, clock, keep: Vec::new() }
    }

    /// Keeps something for as long as the store is used, such as its directory.
    pub fn keep(mut self, thing: impl Any + Send + Sync) -> Self {
        self.keep.push(Box::new(thing));
        self
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        crate::Clock::now(&*self.clock)
    }

    /// The time in so many seconds.
    pub(super) fn in_secs(&self, seconds: u64) -> Timestamp {
        self.now().after(Duration::from_secs(seconds))
    }

    /// Lets time pass.
    pub(super) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Takes messages in.
    pub(super) async fn accept(&self, messages: impl IntoIterator<Item = InboxMessage>) -> AcceptSummary {
        self.store.accept(messages.into_iter().map(WebhookItem::Message).collect()).await.unwrap()
    }

    /// Takes in a message that waits, and returns where.
    pub(super) async fn say(&self, message: InboxMessage) -> ConversationId {
        let accepted = self.accept([message]).await;
        assert_eq!(accepted.conversations.len(), 1, "a new message wakes its conversation: {accepted:?}");
        accepted.conversations[0]
    }

    /// Claims turns of [`number`].
    pub(super) async fn claims(&self, limit: usize) -> Vec<TurnClaim> {
        self.store.claim_turns(&[number()], limit, LEASE).await.unwrap().claimed
    }

    /// Checks that no turn can be claimed, and returns when one can.
    pub(super) async fn next_turn_due_in(&self) -> Option<Duration> {
        let claims = self.store.claim_turns(&[number()], 10, LEASE).await.unwrap();
        assert!(claims.claimed.is_empty(), "nothing is due: {:?}", claims.claimed);
        claims.next_due_in
    }

    /// Claims the only turn there is.
    pub(super) async fn claim(&self) -> TurnClaim {
        let mut claimed = self.claims(10).await;
        assert_eq!(claimed.len(), 1, "one conversation is due");
        claimed.remove(0)
    }

    /// Takes a message in and claims its conversation, which is the only one that is due.
    pub(super) async fn turn(&self, message: InboxMessage) -> TurnClaim {
        self.say(message).await;
        self.claim().await
    }

    /// Answers a turn with these texts and asks for no send.
    pub(super) async fn answer(&self, claim: &TurnClaim, run: &str, texts: &[&str]) -> CommittedTurn {
        self.store.commit_turn(&claim.lease, answer(claim, run, texts)).await.unwrap()
    }

    /// Lets Ana write and answers her with these texts, as the run of this name.
    pub(super) async fn queue(&self, run: &str, texts: &[&str]) {
        let claim = self.turn(message(&format!("for {run}"))).await;
        self.answer(&claim, run, texts).await;
    }

    /// Claims sends of [`number`].
    pub(super) async fn sends(&self, policy: SendPolicy) -> Vec<SendAttempt> {
        self.store.claim_sends(&[number()], 10, policy).await.unwrap().claimed
    }

    /// Claims the only send there is.
    pub(super) async fn send(&self) -> SendAttempt {
        let mut claimed = self.sends(REQUEST).await;
        assert_eq!(claimed.len(), 1, "one send is due");
        claimed.remove(0)
    }

    /// Checks that no send can be claimed, and returns when one can.
    pub(super) async fn no_send(&self) -> Option<Duration> {
        let claims = self.store.claim_sends(&[number()], 10, REQUEST).await.unwrap();
        assert!(claims.claimed.is_empty(), "nothing can be sent: {:?}", claims.claimed);
        claims.next_due_in
    }

    /// Settles an attempt.
    pub(super) async fn settle(&self, send: &SendAttempt, outcome: SendOutcome) -> Option<SendAttempt> {
        self.store.record_outcome(send, outcome, REQUEST).await.unwrap()
    }

    /// Takes a status in; true if it settled a doubt.
    pub(super) async fn status(&self, status: StatusUpdate) -> bool {
        self.store.accept(vec![WebhookItem::Status(status)]).await.unwrap().resolved_in_doubt
    }

    /// The rows of the outbox, oldest first.
    pub(super) async fn rows(&self) -> Vec<OutboxRow> {
        let mut rows = self.store.outbox(None, 100).await.unwrap();
        rows.reverse();
        rows
    }

    /// Where the rows of the outbox stand, oldest first.
    pub(super) async fn states(&self) -> Vec<OutboxState> {
        self.rows().await.into_iter().map(|row| row.state).collect()
    }
}

/// A duration in seconds.
pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The business number of the cases.
pub(super) fn number() -> PhoneNumberId {
    PhoneNumberId::new("1000001")
}

/// Another business number.
pub(super) fn other_number() -> PhoneNumberId {
    PhoneNumberId::new("1000002")
}

/// A message from Ana, who does not hide her number.
pub(super) fn message(id: &str) -> InboxMessage {
    from(phone("34600000001"), id)
}

/// A message from somebody.
pub(super) fn from(sender: UserProfile, id: &str) -> InboxMessage {
    InboxMessage {
        number: number(),
        id: MessageId::new(id),
        sender,
        group: None,
        sent_at: 1_767_225_600,
        kind: "text".into(),
        body: Bytes::from(format!("the body of {id}")),
        disposition: Disposition::Pending,
    }
}

/// A message to a group.
pub(super) fn in_group(group: &str, message: InboxMessage) -> InboxMessage {
    InboxMessage { group: Some(GroupId::new(group)), ..message }
}

/// Somebody of whom the number is known.
pub(super) fn phone(wa_id: &str) -> UserProfile {
    UserProfile::from(WaId::new(wa_id))
}

/// Somebody of whom the number is hidden.
pub(super) fn hidden(bsuid: &str) -> UserProfile {
    UserProfile::from(Bsuid::new(bsuid))
}

/// Somebody of whom both ids are known.
pub(super) fn both(wa_id: &str, bsuid: &str) -> UserProfile {
    phone(wa_id).bsuid(Bsuid::new(bsuid))
}

/// A commit that answers everything with these texts.
pub(super) fn answer(claim: &TurnClaim, run: &str, texts: &[&str]) -> TurnCommit {
    TurnCommit {
        outcomes: claim.pending.iter().map(|message| (message.seq, MessageOutcome::Answered)).collect(),
        reply: texts.iter().map(|body| text(body)).collect(),
        ..TurnCommit::new(RunId(run.into()))
    }
}

/// A text for Ana.
pub(super) fn text(body: &str) -> Draft {
    Draft {
        to: WaId::new("34600000001").into(),
        content: Text::new(body).into(),
        reply_to: None,
        callback_data: None,
        upload: None,
    }
}

/// A picture for Ana that Meta does not have yet.
pub(super) fn picture(caption: &str) -> Draft {
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

/// The words of a send that is a text.
pub(super) fn body(send: &SendAttempt) -> &str {
    match &send.content {
        OutboundContent::Text(text) => &text.body,
        other => panic!("a text, not {}", other.kind()),
    }
}

/// Why an attempt failed.
pub(super) fn error(message: &str) -> SendError {
    SendError { code: Some(131_000), message: message.into() }
}

/// Meta took it.
pub(super) fn accepted(id: &str) -> SendOutcome {
    SendOutcome::Accepted(MessageId::new(id))
}

/// It is tried again later.
pub(super) fn retry(seconds: u64) -> SendOutcome {
    SendOutcome::Retry { after: secs(seconds), error: error("rate limited") }
}

/// It is tried again later, and counts for nothing.
pub(super) fn held(seconds: u64) -> SendOutcome {
    SendOutcome::RetryUncounted { after: secs(seconds), error: error("the account is locked") }
}

/// It is given up.
pub(super) fn dead() -> SendOutcome {
    SendOutcome::DeadLetter(error("refused"))
}

/// Nobody knows.
pub(super) fn in_doubt() -> SendOutcome {
    SendOutcome::InDoubt(error("connection reset"))
}

/// A status of a message.
pub(super) fn status(kind: StatusKind, id: &str) -> StatusUpdate {
    StatusUpdate {
        id: MessageId::new(id),
        status: kind,
        at: 1_767_225_700,
        participant: None,
        callback_data: None,
        error: (kind == StatusKind::Failed).then(|| (131_026, "undeliverable".into())),
        body: Bytes::from_static(b"{}"),
    }
}

/// A status that bears the token of an attempt.
pub(super) fn status_of(kind: StatusKind, id: &str, send: &SendAttempt) -> StatusUpdate {
    StatusUpdate { callback_data: Some(send.token.clone()), ..status(kind, id) }
}

/// Checks that a write was refused because its lease was lost.
#[track_caller]
pub(super) fn lost<T: fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::LeaseLost)), "the lease is lost: {result:?}");
}

/// Tries every write of a turn with a lease that does not hold any more.
pub(super) async fn nothing_can_be_written(b: &Bench, lease: &Lease, claim: &TurnClaim) {
    let run = RunId("late".into());
    let messages: Vec<_> = claim.pending.iter().map(|message| message.seq).collect();
    let writes = crate::RunRef { lease, run: &run, messages: &messages };
    let key = crate::StepKey { name: "step".into(), nth: 0 };
    lost(&b.store.pending_messages(lease).await);
    lost(&b.store.new_messages(lease, messages[0]).await);
    lost(&b.store.isolate(lease).await);
    lost(&b.store.abandon_run(lease).await);
    lost(&b.store.renew_lease(lease, LEASE).await);
    lost(&b.store.release(lease, secs(0), true).await);
    lost(&b.store.session(lease, "agent", "label", 1).await);
    lost(&b.store.steps(lease, &run).await);
    lost(&b.store.begin_step(writes, &key).await);
    lost(&b.store.finish_step(writes, &key, Bytes::new()).await);
    lost(&b.store.enqueue(writes, "0", text("late")).await);
    lost(&b.store.commit_turn(lease, answer(claim, "late", &["late"])).await);
}
