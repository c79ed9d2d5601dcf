//! Messages that no turn asked for.

use waxwing_store::OutboxState::Queued;
use waxwing_store::{
    ABOUT, ConversationId, ConversationTarget, Error, IDEMPOTENCY_AGE, IdempotencyKey, MAX_QUEUED, NewEvent,
    NewMessage, Origin, QueuedMessage, UserKey,
};
use waxwing_types::{TemplateMessage, UserProfile, WaId};

use crate::fixture::{Fixture, accepted, body, entry, from, message, number, phone, text};

const ANA: &str = "34600000001";

/// Returns a message to a user.
pub(crate) fn to(user: UserProfile, id: &str, body: &str) -> NewMessage {
    NewMessage {
        target: ConversationTarget::User(number(), user),
        id: id.into(),
        content: text(body).content,
        upload: None,
        needs_window: false,
        log: waxwing_store::NewLogEntry { origin: Origin::System, author: None, ..entry(body) },
        idempotency: None,
    }
}

fn keyed(message: NewMessage, key: &str, request: u8) -> NewMessage {
    let key = IdempotencyKey { scope: "caller".into(), key: key.into(), request: [request; 32] };
    NewMessage { idempotency: Some(key), ..message }
}

async fn queue(b: &Fixture, message: NewMessage) -> Result<QueuedMessage, Error> {
    b.store.queue_message(message).await
}

/// The message is sent, no turn is started, and the history has it.
pub async fn a_message_is_queued_without_a_turn(b: Fixture) {
    let queued = queue(&b, to(phone(ANA), "m-1", "Your order is ready.")).await.unwrap();
    assert!(!queued.is_repeated);
    assert_eq!(b.next_turn_due_in().await, None);
    let send = b.send().await;
    assert_eq!((body(&send), send.id), ("Your order is ready.", queued.message));
    b.record(&send, accepted("wamid.1")).await;
    let claim = b.turn(message("thanks")).await;
    assert_eq!((claim.conversation.id, &claim.conversation.key), (queued.conversation, &queued.conversation_key));
    let key = ConversationTarget::Key(queued.conversation_key.clone());
    assert_eq!(b.store.number_of(&key).await.unwrap(), number());
    let by_key = NewMessage { target: ConversationTarget::Key(queued.conversation_key), ..to(phone(ANA), "m-2", "2") };
    assert_eq!(queue(&b, by_key).await.unwrap().conversation, queued.conversation);
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let told: Vec<_> = session.entries.iter().map(|entry| (entry.origin, &entry.content[..])).collect();
    assert_eq!(told, [(Origin::System, &b"Your order is ready."[..]), (Origin::System, &b"2"[..])]);
}

/// A message follows what is queued already, also while a turn runs.
pub async fn a_message_is_sent_in_order(b: Fixture) {
    b.queue("run", &["1"]).await;
    let claim = b.turn(message("more")).await;
    queue(&b, to(phone(ANA), "m-1", "2")).await.unwrap();
    b.answer(&claim, "run 2", &["3"]).await;
    let mut next = Some(b.send().await);
    let mut sent = Vec::new();
    while let Some(send) = next {
        sent.push(body(&send).to_owned());
        next = b.record(&send, accepted(&format!("wamid.{}", sent.len()))).await;
    }
    assert_eq!(sent, ["1", "2", "3"]);
}

/// A repeated request sends nothing twice, and another request with the same key is an error of the caller.
pub async fn a_key_makes_a_request_repeatable(b: Fixture) {
    let first = queue(&b, keyed(to(phone(ANA), "m-1", "hi"), "key", 1)).await.unwrap();
    let again = queue(&b, keyed(to(phone(ANA), "m-2", "hi"), "key", 1)).await.unwrap();
    assert_eq!(again, QueuedMessage { is_repeated: true, ..first });
    let other = queue(&b, keyed(to(phone(ANA), "m-3", "hello"), "key", 2)).await;
    assert!(matches!(other, Err(Error::IdempotencyConflict)), "{other:?}");
    for (request, expected) in [(1, Ok(Some(again))), (2, Err(Error::IdempotencyConflict))] {
        let key = keyed(to(phone(ANA), "m-5", "hi"), "key", request).idempotency.unwrap();
        let known = b.store.repeated_message(&key).await;
        assert_eq!(known.map_err(|error| error.to_string()), expected.map_err(|error| error.to_string()));
    }
    let unknown = keyed(to(phone(ANA), "m-6", "hi"), "another key", 1).idempotency.unwrap();
    assert!(matches!(b.store.repeated_message(&unknown).await, Ok(None)));
    let other_scope = NewMessage {
        idempotency: Some(IdempotencyKey { scope: "other".into(), key: "key".into(), request: [2; 32] }),
        ..to(phone(ANA), "m-4", "hello")
    };
    assert!(!queue(&b, other_scope).await.unwrap().is_repeated);
    assert_eq!(b.states().await, [Queued; 2]);
}

/// A key of yesterday is free again.
pub async fn a_key_is_remembered_for_a_day(b: Fixture) {
    queue(&b, keyed(to(phone(ANA), "m-1", "hi"), "key", 1)).await.unwrap();
    b.clock.advance(IDEMPOTENCY_AGE);
    let later = queue(&b, keyed(to(phone(ANA), "m-2", "hello"), "key", 2)).await.unwrap();
    assert!(!later.is_repeated);
    let repeated = queue(&b, keyed(to(phone(ANA), "m-3", "hello"), "key", 2)).await.unwrap();
    assert_eq!((repeated.message, repeated.is_repeated), (later.message, true));
}

/// A request that was refused stores nothing, so it can be repeated with the same key.
pub async fn a_refused_message_stores_nothing(b: Fixture) {
    let late = || keyed(NewMessage { needs_window: true, ..to(phone(ANA), "m-1", "hi") }, "key", 1);
    let refused = queue(&b, late()).await;
    assert!(matches!(refused, Err(Error::WindowClosed)), "{refused:?}");
    assert!(b.rows().await.is_empty());
    let claim = b.turn(message("hi")).await;
    b.answer(&claim, "run", &[]).await;
    assert!(!queue(&b, late()).await.unwrap().is_repeated);
    let nobody = queue(&b, to(UserProfile::new(), "m-2", "hi")).await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
    let unknown = ConversationTarget::Conversation(waxwing_store::ConversationId(77));
    let unknown = queue(&b, NewMessage { target: unknown, ..to(phone(ANA), "m-3", "hi") }).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
    let unknown = b.store.number_of(&ConversationTarget::Key("0123456789abcdef".into())).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

/// A template needs no window.
pub async fn a_template_is_queued_at_any_time(b: Fixture) {
    let template = TemplateMessage::new("order_ready", "en").into();
    queue(&b, NewMessage { content: template, ..to(phone(ANA), "m-1", "") }).await.unwrap();
    assert_eq!(b.send().await.content.kind(), "template");
}

/// One conversation cannot fill the queue.
pub async fn a_limited_number_of_messages_waits(b: Fixture) {
    for n in 0..MAX_QUEUED {
        queue(&b, to(phone(ANA), &format!("m-{n}"), "hi")).await.unwrap();
    }
    let refused = queue(&b, to(phone(ANA), "m-last", "hi")).await;
    assert!(matches!(refused, Err(Error::QueueFull)), "{refused:?}");
    queue(&b, to(phone("34600000002"), "m-other", "hi")).await.unwrap();
}

/// An erased user has no keys.
pub async fn an_erasure_removes_keys(b: Fixture) {
    queue(&b, keyed(to(phone(ANA), "m-1", "hi"), "key", 1)).await.unwrap();
    b.store.erase_user(&UserKey::Phone(WaId::new(ANA))).await.unwrap();
    let again = queue(&b, keyed(to(phone(ANA), "m-2", "other"), "key", 2)).await.unwrap();
    assert!(!again.is_repeated);
}

fn event(user: UserProfile, id: &str) -> NewEvent {
    NewEvent {
        target: ConversationTarget::User(number(), user),
        id: id.into(),
        body: bytes::Bytes::from(format!("event {id}")),
        idempotency: None,
    }
}

/// The agent learns of an event by a turn.
pub async fn an_event_starts_a_turn(b: Fixture) {
    let recorded = b.store.record_event(event(phone(ANA), "e-1")).await.unwrap();
    let claim = b.claim().await;
    assert_eq!(
        (claim.conversation.id, claim.conversation.key.clone()),
        (recorded.conversation, recorded.conversation_key)
    );
    let found: Vec<_> = claim.pending.iter().map(|pending| (pending.origin, &pending.body[..])).collect();
    assert_eq!(found, [(Origin::External, &b"event e-1"[..])]);
    assert!(claim.service_window.is_zero(), "an event does not open the window");
    b.answer(&claim, "run", &["thanks for the payment"]).await;
    assert_eq!(b.states().await, [Queued]);
}

/// A repeated event is recorded once.
pub async fn an_event_is_recorded_once(b: Fixture) {
    let keyed = |id: &str, request: u8| NewEvent {
        idempotency: Some(IdempotencyKey { scope: "caller".into(), key: "key".into(), request: [request; 32] }),
        ..event(phone(ANA), id)
    };
    assert!(!b.store.record_event(keyed("e-1", 1)).await.unwrap().is_repeated);
    assert!(b.store.record_event(keyed("e-2", 1)).await.unwrap().is_repeated);
    let other = b.store.record_event(keyed("e-3", 2)).await;
    assert!(matches!(other, Err(Error::IdempotencyConflict)), "{other:?}");
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// Events without an end do not fill the database.
pub async fn a_limited_number_of_events_waits(b: Fixture) {
    for n in 0..MAX_QUEUED {
        b.store.record_event(event(phone(ANA), &format!("e-{n}"))).await.unwrap();
    }
    let refused = b.store.record_event(event(phone(ANA), "e-last")).await;
    assert!(matches!(refused, Err(Error::QueueFull)), "{refused:?}");
}

/// A message to an employee about a user is erased with the user, and others stay.
pub async fn a_message_about_a_user_is_erased_with_the_user(b: Fixture) {
    let ana = b.receive(message("help")).await;
    let other = b.receive(from(phone("34600000003"), "me too")).await;
    let about = |of: ConversationId, nth: u32| format!("{ABOUT}{}-{nth}", of.0);
    for (id, body) in
        [(about(ana, 1), "Ana waits"), (about(other, 2), "Cleo waits"), (about(ana, 3), "Ana still waits")]
    {
        queue(&b, to(phone("34600000002"), &id, body)).await.unwrap();
    }
    let sending = b.send().await;
    assert_eq!(body(&sending), "Ana waits");
    b.store.erase_user(&UserKey::Phone(WaId::new("34600000001"))).await.unwrap();
    let bea = sending.lease.conversation;
    let log = b.store.conversation_log(bea, None, 10).await.unwrap();
    assert_eq!(log.iter().map(|entry| &entry.content[..]).collect::<Vec<_>>(), [b"Cleo waits"]);
    let next = b.record(&sending, accepted("wamid.1")).await.unwrap();
    assert_eq!(body(&next), "Cleo waits");
    b.record(&next, accepted("wamid.2")).await;
    assert_eq!(b.rows().await.len(), 2, "the attempt that was running keeps its row");
}
