//! Restored backups: history, and work that may have been done after the backup.

use std::sync::Arc;
use std::time::Duration;

use waxwing_store::{
    BackupError, CampaignChange, CampaignKind, CampaignState, CampaignStore, ConversationFilter, ConversationTarget,
    Error, InboxStore, ManualClock, NewCampaign, NewRecipient, NewScheduledMessage, OperatorStore, OutboxState,
    OutboxStore, PauseReason, RecipientQuery, RecipientState, SendError, SendLimits, SendOutcome, SqliteFiles,
    SqliteOptions, SqliteStore, StatusKind, StatusUpdate, TurnStore, WebhookItem,
};
use waxwing_types::{MessageId, UserProfile, WaId};

use crate::backup::Place;
use crate::{LEASE, REQUEST, answer, clock, items, message, number, open, text};

const LIMITS: SendLimits = SendLimits::each(10);

async fn restored(place: &Place, clock: Arc<ManualClock>) -> SqliteStore {
    open(&place.path("restored.db"), clock).await.unwrap()
}

/// Leaves three queued messages, two in progress, a parked one, and a received message without an answer. Returns the token of a message in progress.
async fn leave_work(store: &SqliteStore) -> String {
    store.accept(items([message("1", "a"), message("2", "b"), message("3", "c")])).await.unwrap();
    for (run, claim) in
        ["parks", "sends", "waits"].into_iter().zip(store.claim_turns(&[number()], 3, LEASE).await.unwrap().claimed)
    {
        let replies = vec![text(format!("{run} 1")), text(format!("{run} 2"))];
        store.commit_turn(&claim.lease, answer(&claim, run, replies)).await.unwrap();
    }
    let two = SendLimits::each(2);
    let mut attempts = store.claim_sends(&[number()], two, REQUEST).await.unwrap().claimed;
    let parked = attempts.remove(0);
    let error = SendError { code: None, message: "closed".into() };
    let park = SendOutcome::Park { error, replacement: None, was_attempted: false };
    // The next message of the conversation is on its way at once.
    store.record_outcome(&parked, park, REQUEST).await.unwrap().unwrap();
    store.accept(items([message("4", "d")])).await.unwrap();
    attempts.remove(0).token
}

fn status(id: &str, token: &str) -> WebhookItem {
    WebhookItem::Status(StatusUpdate {
        number: number(),
        id: MessageId::new(id),
        status: StatusKind::Delivered,
        at: 1_767_225_700,
        participant: None,
        charge: None,
        callback_data: Some(token.to_owned()),
        error: None,
        allows_fallback: false,
        body: "{}".into(),
    })
}

#[tokio::test]
async fn nothing_that_may_be_done_is_done_again() {
    let place = Place::new();
    let store = place.store().await;
    let token = leave_work(&store).await;
    place.files("waxwing.db").back_up(&place.path("backup"), false).unwrap();

    let held = place.files("restored.db").restore(&place.path("backup"), false).unwrap().held;
    assert_eq!((held.outgoing, held.unanswered, held.campaigns, held.scheduled), (6, 1, 0, 0));
    let clock = clock();
    let restored = restored(&place, clock.clone()).await;
    for _ in 0..3 {
        assert!(restored.claim_sends(&[number()], LIMITS, REQUEST).await.unwrap().claimed.is_empty());
        assert!(restored.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed.is_empty());
        clock.advance(Duration::from_hours(24));
    }
    let rows = restored.outbox(Some(OutboxState::DeadLetter), 10).await.unwrap();
    let reasons: Vec<_> = rows.iter().filter_map(|row| row.error.as_ref()).map(|error| &error.message).collect();
    assert_eq!(reasons.len(), 6);
    assert!(reasons.iter().all(|reason| reason.contains("may have been sent after the backup")), "{reasons:?}");

    // A status that arrives later proves that a message was sent: the request that was in progress, and one that the other server made.
    let queued = rows.iter().find(|row| row.run.0 == "waits").unwrap();
    let namespace = token.split('.').next().unwrap();
    restored
        .accept(vec![status("wamid.1", &token), status("wamid.2", &format!("{namespace}.{}.1", queued.id.0))])
        .await
        .unwrap();
    assert_eq!(restored.outbox(Some(OutboxState::Delivered), 10).await.unwrap().len(), 2);

    // An operator releases a message.
    let other = rows.iter().find(|row| row.run.0 == "parks").unwrap();
    restored.requeue(other.id).await.unwrap();
    let sent = restored.claim_sends(&[number()], LIMITS, REQUEST).await.unwrap().claimed;
    assert_eq!(sent.iter().map(|sent| sent.id).collect::<Vec<_>>(), [other.id]);

    // The next message gets a turn, with the unanswered one in the history.
    restored.accept(items([message("4", "e")])).await.unwrap();
    let claim = restored.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed.remove(0);
    assert_eq!(claim.pending.len(), 1);
    let session = restored.session(&claim.lease, "agent", "label", 10).await.unwrap();
    assert_eq!(session.entries.len(), 1, "{:?}", session.entries);
}

#[tokio::test]
async fn new_rows_get_other_ids_than_rows_after_the_backup() {
    let place = Place::new();
    let store = place.store().await;
    store.accept(items([message("1", "a")])).await.unwrap();
    place.files("waxwing.db").back_up(&place.path("backup"), false).unwrap();
    let queue = async |store: &SqliteStore, user: &str| {
        store.accept(items([message(user, user)])).await.unwrap();
        let claims = store.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed;
        let claim = claims.into_iter().find(|claim| claim.pending.iter().any(|one| one.id.as_str() == user)).unwrap();
        store.commit_turn(&claim.lease, answer(&claim, user, vec![text("hi")])).await.unwrap();
        let sent = store.claim_sends(&[number()], LIMITS, REQUEST).await.unwrap().claimed.remove(0);
        (sent.id.0, claim.lease.conversation.0, sent.token)
    };
    let (message_after, conversation_after, token) = queue(&store, "9").await;
    place.files("restored.db").restore(&place.path("backup"), false).unwrap();
    let restored = restored(&place, clock()).await;
    let (message, conversation, other_token) = queue(&restored, "8").await;
    assert!(message > message_after && conversation > conversation_after);
    assert_eq!(token.split('.').next(), other_token.split('.').next(), "tokens of before are still known");
    // A status of the message that the database does not know changes no other message.
    restored.accept(vec![status("wamid.1", &token)]).await.unwrap();
    assert!(restored.outbox(Some(OutboxState::Delivered), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_that_moves_keeps_its_work() {
    let place = Place::new();
    let store = place.store().await;
    leave_work(&store).await;
    let online = place.path("online");
    place.files("waxwing.db").back_up(&online, false).unwrap();
    store.close().await;
    place.files("waxwing.db").back_up(&place.path("backup"), false).unwrap();

    let files = place.files("restored.db");
    let refused = files.restore(&online, true);
    assert!(matches!(refused, Err(BackupError::WasInUse)), "{refused:?}");
    let held = files.restore(&place.path("backup"), true).unwrap().held;
    assert_eq!((held.outgoing, held.unanswered), (0, 0));
    let restored = restored(&place, clock()).await;
    let claim = restored.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed.remove(0);
    assert_eq!((claim.pending[0].id.as_str(), claim.crash_count), ("d", 0));
    let sent = restored.claim_sends(&[number()], LIMITS, REQUEST).await.unwrap().claimed;
    assert_eq!(sent.len(), 1, "the messages in progress wait for their statuses");
    assert_eq!(restored.outbox(Some(OutboxState::InDoubt), 10).await.unwrap().len(), 2);
    assert_eq!(restored.outbox(Some(OutboxState::Parked), 10).await.unwrap().len(), 1);
}

fn user(id: &str) -> UserProfile {
    UserProfile::from(WaId::new(id))
}

async fn campaign(store: &SqliteStore, name: &str, start_in: Duration) -> waxwing_store::CampaignId {
    let new = NewCampaign { number: number(), name: name.into(), plan: "{}".into() };
    let id = store.create_campaign(new).await.unwrap();
    let recipient = NewRecipient { user: user("34600000001"), data: "{}".into() };
    store.add_recipients(id, vec![recipient]).await.unwrap();
    store.change_campaign(id, CampaignChange::Start(start_in)).await.unwrap();
    id
}

async fn schedule(store: &SqliteStore, send_in: Duration) -> waxwing_store::CampaignId {
    let message = NewScheduledMessage {
        target: ConversationTarget::User(number(), user("34600000001")),
        data: "{}".into(),
        send_in,
        idempotency: None,
    };
    store.schedule_message(message).await.unwrap().campaign
}

#[tokio::test]
async fn campaigns_wait_for_an_operator_and_late_scheduled_messages_are_not_sent() {
    let (place, hour) = (Place::new(), Duration::from_hours(1));
    let store = place.store().await;
    let running = campaign(&store, "running", Duration::ZERO).await;
    let later = campaign(&store, "later", 3 * hour).await;
    let (past, future) = (schedule(&store, hour).await, schedule(&store, 3 * hour).await);
    place.files("waxwing.db").back_up(&place.path("backup"), false).unwrap();

    let clock = clock();
    clock.advance(2 * hour);
    let files = place.files("restored.db").clock(clock.clone());
    let held = files.restore(&place.path("backup"), false).unwrap().held;
    assert_eq!((held.campaigns, held.scheduled), (1, 1));
    let restored = restored(&place, clock).await;
    let state = async |id| {
        let record = restored.campaign(id).await.unwrap();
        (record.state, record.reason)
    };
    assert_eq!(state(running).await, (CampaignState::Paused, Some(PauseReason::Restored)));
    assert_eq!(state(later).await, (CampaignState::Running, None));
    assert_eq!(state(past).await, (CampaignState::Finished, None));
    assert_eq!(state(future).await, (CampaignState::Running, None));
    let query = RecipientQuery { state: None, after: 0, limit: 10 };
    let recipients = restored.campaign_recipients(past, query).await.unwrap();
    assert_eq!(recipients[0].state, RecipientState::Unknown);
    restored.change_campaign(running, CampaignChange::Resume).await.unwrap();
    let listed = restored.campaigns(CampaignKind::Campaign, None, 10).await.unwrap();
    assert_eq!(listed.len(), 2);
}

#[tokio::test]
async fn a_restore_replaces_no_database_and_needs_no_server() {
    let place = Place::new();
    let store = place.store().await;
    store.accept(items([message("1", "a")])).await.unwrap();
    let backup = place.path("backup");
    place.files("waxwing.db").back_up(&backup, false).unwrap();
    let exists = place.files("waxwing.db").restore(&backup, false);
    assert!(matches!(exists, Err(BackupError::DatabaseExists { .. })), "{exists:?}");
    assert_eq!(store.conversations(&ConversationFilter::All, 10).await.unwrap().len(), 1);

    // A process that waits to create the database holds its lock.
    let lock = std::fs::File::create(place.path("free.db.lock")).unwrap();
    lock.lock().unwrap();
    let used = place.files("free.db").restore(&backup, false);
    assert!(matches!(used, Err(BackupError::Store(Error::InUse { .. }))), "{used:?}");
    drop(lock);
    // The file of a killed restore is no obstacle.
    std::fs::write(place.path("free.db.restore"), "half a database").unwrap();
    place.files("free.db").restore(&backup, false).unwrap();
    assert!(!place.path("free.db.restore").exists());
    let other = SqliteStore::open(place.path("free.db"), SqliteOptions::new("other.example")).await;
    assert!(matches!(other, Err(Error::GraphHostMismatch { .. })), "{other:?}");
    let nowhere = SqliteFiles::new(place.path("no/where.db"), place.path("no/media")).restore(&backup, false);
    assert!(matches!(nowhere, Err(BackupError::Missing { .. })), "{nowhere:?}");
}
