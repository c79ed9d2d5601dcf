//! `Debug` output of types with personal data.

use std::fmt::Debug;

use bytes::Bytes;
use waxwing_store::{
    CampaignId, CampaignKind, CampaignRecord, CampaignState, CampaignVisit, ConversationFilter, ConversationId,
    ConversationRecord, ConversationRow, ConversationTarget, DeliveryEvent, Disposition, Draft, FeedDecision,
    IdentityChange, InboxMessage, InboxSeq, LogEntry, NewCampaign, NewLogEntry, NewOperatorAction, NewRecipient,
    NewReminder, NewScheduledMessage, NewSession, Origin, OutboxId, OutboxState, Peer, PendingMessage, QuarantinedItem,
    RecipientCounts, RecipientMessage, RecipientRecord, RecipientState, RunId, SendAttempt, SendError, SendLease,
    SentMessage, SessionId, SessionRecord, SessionWrite, StatusKind, StatusUpdate, StepKey, StepRecord, StoredMessage,
    StoredSession, Timestamp, UndeliveredMessage, Upload, UserIdentity, UserKey, UserRecord, UserReport,
    WaitingRecipient, WebhookItem,
};
use waxwing_types::{Bsuid, MessageId, OutboundContent, Text, UserProfile, WaId};

use crate::number;

const PHONE: &str = "34600777001";
const BSUID: &str = "ES.SECRETID";
const NAME: &str = "Secretname";
const TEXT: &str = "secret text";

#[track_caller]
fn check(value: &impl Debug) {
    let output = format!("{value:?} {value:#?}");
    for secret in [PHONE, BSUID, NAME, TEXT] {
        assert!(!output.contains(secret), "contains {secret:?}: {output}");
    }
}

fn at() -> Timestamp {
    Timestamp::from_millis(0)
}

fn body() -> Bytes {
    Bytes::from(format!(r#"{{"from":"{PHONE}","name":"{NAME}","text":"{TEXT}"}}"#))
}

fn profile() -> UserProfile {
    UserProfile::from(WaId::new(PHONE)).bsuid(Bsuid::new(BSUID)).name(NAME).username(NAME)
}

fn identity() -> UserIdentity {
    UserIdentity {
        wa_id: Some(WaId::new(PHONE)),
        bsuid: Some(Bsuid::new(BSUID)),
        parent_bsuid: Some(Bsuid::new(BSUID)),
        name: Some(NAME.into()),
        username: Some(NAME.into()),
    }
}

fn content() -> OutboundContent {
    Text::new(TEXT).into()
}

#[test]
fn webhook_items_hide_personal_data() {
    let message = InboxMessage {
        number: number(),
        id: MessageId::new(PHONE),
        sender: profile(),
        group: None,
        sent_at: 0,
        kind: "text".into(),
        body: body(),
        disposition: Disposition::Pending,
        wakes: true,
        opens_window: true,
    };
    check(&message);
    check(&WebhookItem::Message(message));
    check(&StatusUpdate {
        number: number(),
        charge: None,
        id: MessageId::new(PHONE),
        status: StatusKind::Failed,
        at: 0,
        participant: Some(PHONE.into()),
        callback_data: Some(TEXT.into()),
        error: Some((131_026, "undeliverable".into())),
        allows_fallback: false,
        body: body(),
    });
    check(&IdentityChange { old: profile(), new: profile(), at: 0, body: body() });
    check(&QuarantinedItem { number: None, reason: "odd".into(), body: body() });
}

#[test]
fn turns_hide_personal_data() {
    check(&identity());
    check(&Peer::User(identity()));
    check(&PendingMessage {
        seq: InboxSeq(1),
        id: MessageId::new(PHONE),
        origin: Origin::User,
        sender: identity(),
        sent_at: 0,
        age: std::time::Duration::ZERO,
        received_at: at(),
        kind: "text".into(),
        body: body(),
        run: None,
    });
    let id = SessionId(1);
    let (state, memory) = (Some(body()), Some(body()));
    let entry = LogEntry {
        seq: 1,
        origin: Origin::User,
        author: None,
        kind: "text".into(),
        user: Some(identity()),
        at: at(),
        run: None,
        content: body(),
        medium: None,
        is_handled: true,
    };
    check(&entry);
    check(&StoredMessage::Received(Box::new(entry.clone())));
    let content = Text::new(NAME).into();
    check(&StoredMessage::Sent(SentMessage { content, from_operator: false, run: RunId("r".into()) }));
    check(&StoredSession {
        id,
        label: PHONE.into(),
        entries: vec![entry],
        state: state.clone(),
        memory: memory.clone(),
    });
    check(&SessionWrite { id, state, memory });
    check(&NewLogEntry { origin: Origin::Agent, author: None, kind: "reply".into(), content: body() });
    check(&NewSession { agent: "agent".into(), label: PHONE.into() });
    check(&StepRecord { key: StepKey { name: "model".into(), nth: 0 }, result: Some(body()) });
}

#[test]
fn outgoing_messages_hide_personal_data() {
    let upload = Upload { mime_type: "image/png".into(), filename: NAME.into(), bytes: body() };
    check(&Draft {
        to: WaId::new(PHONE).into(),
        content: content(),
        reply_to: Some(MessageId::new(PHONE)),
        callback_data: Some(TEXT.into()),
        upload: Some(upload),
        needs_previous: false,
        fallback: Some(content()),
    });
    check(&SendAttempt {
        lease: SendLease { conversation: ConversationId(1), epoch: 1 },
        id: OutboxId(1),
        number: number(),
        to: WaId::new(PHONE).into(),
        content: content(),
        reply_to: Some(MessageId::new(PHONE)),
        token: "namespace.1.1".into(),
        upload_bytes: Some(4),
        attempt: 1,
        attempts_since_queued: 1,
        age: std::time::Duration::ZERO,
        service_window: std::time::Duration::ZERO,
        source: waxwing_store::SendSource { run: RunId("r".into()), agent: None, is_campaign: false },
        has_stopped_marketing: false,
        failing_for: None,
    });
    let error = SendError { code: None, message: "refused".into() };
    check(&UndeliveredMessage { id: OutboxId(1), content: content(), error, is_replaced: false, is_parked: false });
    check(&DeliveryEvent {
        outbox: OutboxId(1),
        conversation: ConversationId(1),
        number: number(),
        message_id: Some(MessageId::new(PHONE)),
        callback_data: Some(TEXT.into()),
        state: OutboxState::Sent,
        error: None,
        run: RunId("r".into()),
        agent: None,
        at: at(),
    });
}

#[test]
fn data_for_operators_hides_personal_data() {
    let target = ConversationTarget::User(number(), profile());
    check(&NewOperatorAction {
        target,
        id: "operator-1".into(),
        content: Some(content()),
        needs_window: false,
        body: body(),
    });
    check(&ConversationFilter::User(UserKey::Phone(WaId::new(PHONE))));
    check(&UserKey::Bsuid(Bsuid::new(BSUID)));
    let row = ConversationRow {
        is_with_other_app: false,
        id: ConversationId(1),
        number: number(),
        peer: Peer::User(identity()),
        paused_until: None,
        has_stopped_marketing: false,
        waiting: 0,
        created_at: at(),
    };
    let session = SessionRecord {
        agent: "agent".into(),
        label: PHONE.into(),
        is_current: true,
        state: Some(body()),
        used_at: at(),
    };
    let conversation = ConversationRecord {
        row,
        received: 1,
        sent: 1,
        entries: 1,
        sessions: vec![session],
        memories: vec![("agent".into(), body())],
    };
    let user = UserRecord { identity: identity(), known_since: at() };
    check(&UserReport { users: vec![user], conversations: vec![conversation], group_messages: 0 });
}

#[test]
fn campaigns_hide_personal_data() {
    check(&NewCampaign { number: number(), name: "spring".into(), plan: body() });
    check(&NewRecipient { user: WaId::new(PHONE).into(), data: body() });
    check(&WaitingRecipient { place: 1, data: body() });
    check(&RecipientRecord {
        place: 1,
        address: PHONE.into(),
        state: RecipientState::Sent,
        reason: None,
        error: None,
        message: None,
        conversation: None,
        due_at: at(),
    });
    let log = NewLogEntry { origin: Origin::System, author: None, kind: "reply".into(), content: body() };
    let content = content();
    let message = RecipientMessage { content, is_marketing: false, needs_window: false, busy: None, log };
    check(&FeedDecision::Queue(Box::new(message)));
    let target = ConversationTarget::Conversation(ConversationId(1));
    let send_in = std::time::Duration::ZERO;
    check(&NewScheduledMessage { target, data: body(), send_in, idempotency: None });
    check(&NewReminder { key: "run/0".into(), data: body(), send_in });
    let (results, waiting, plan) = (Vec::new(), Vec::new(), body());
    check(&CampaignVisit { id: CampaignId(1), number: number(), kind: CampaignKind::Campaign, plan, waiting, results });
    check(&CampaignRecord {
        id: CampaignId(1),
        number: number(),
        kind: CampaignKind::Campaign,
        name: "spring".into(),
        state: CampaignState::Draft,
        reason: None,
        plan: body(),
        counts: RecipientCounts::default(),
        starts_at: None,
        created_at: at(),
        changed_at: at(),
    });
}
