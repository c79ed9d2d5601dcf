//! Storage of webhook items.

use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{Disposition, InboxMessage, Peer, QuarantinedItem, ReleaseReason, TurnRelease, WebhookItem};
use waxwing_types::{PhoneNumberId, UserProfile};

use crate::fixture::{Fixture, LEASE, from, hidden, in_group, message, number, other_number, phone, secs};

/// A message is a duplicate if its business number and id are known.
pub async fn a_message_is_stored_once(b: Fixture) {
    let first = b.accept([message("a"), message("a"), message("b")]).await;
    assert_eq!((first.messages, first.duplicates), (2, 1));
    let again = b.accept([message("a")]).await;
    assert_eq!((again.messages, again.duplicates, again.conversations.len()), (0, 1, 0));
    let elsewhere = b.accept([InboxMessage { number: other_number(), ..message("a") }]).await;
    assert_eq!((elsewhere.messages, elsewhere.duplicates), (1, 0));
}

/// An outcome does not make a duplicate look new.
pub async fn an_answered_message_is_still_a_duplicate(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.answer(&claim, "run", &[]).await;
    b.pass(8 * 24 * 3600);
    assert_eq!(b.accept([message("a")]).await.duplicates, 1);
    assert!(b.claims(1).await.is_empty());
}

/// A quarantined item is a duplicate if its bytes are known.
pub async fn an_item_is_quarantined_once(b: Fixture) {
    let part = |number: Option<PhoneNumberId>, body: &'static [u8]| {
        WebhookItem::Quarantined(QuarantinedItem {
            number,
            reason: "unknown field".into(),
            body: Bytes::from_static(body),
        })
    };
    let first = b.store.accept(vec![part(None, b"{}"), part(Some(number()), b"{\0\xff}")]).await.unwrap();
    assert_eq!((first.messages, first.duplicates, first.conversations.len()), (0, 0, 0));
    let again = b.store.accept(vec![part(None, b"{}"), part(None, b"[]")]).await.unwrap();
    assert_eq!((again.messages, again.duplicates), (0, 1));
}

/// A message without a sender has no conversation.
pub async fn a_message_without_a_sender_is_quarantined(b: Fixture) {
    let nobody = || from(UserProfile::default(), "a");
    let accepted = b.accept([nobody(), message("b")]).await;
    assert_eq!((accepted.messages, accepted.duplicates, accepted.conversations.len()), (1, 0, 1));
    assert_eq!(b.accept([nobody()]).await.duplicates, 1);
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// A message that is stored with its outcome does not make its conversation due.
pub async fn an_ignored_message_starts_no_turn(b: Fixture) {
    let ignored = || InboxMessage { disposition: Disposition::Ignored("reaction".into()), ..message("a") };
    let accepted = b.accept([ignored()]).await;
    assert_eq!((accepted.messages, accepted.conversations.len()), (1, 0));
    assert!(b.claims(1).await.is_empty());
    assert_eq!(b.accept([ignored()]).await.duplicates, 1);
    // An ignored message is not part of a later turn.
    assert_eq!(b.turn(message("b")).await.pending.len(), 1);
}

/// A batch may contain several messages of a conversation.
pub async fn a_conversation_is_reported_once_per_batch(b: Fixture) {
    let batch = [message("a"), from(phone("34600000002"), "b"), message("c")];
    let accepted = b.accept(batch).await;
    assert_eq!((accepted.messages, accepted.conversations.len()), (3, 2));
    assert_ne!(accepted.conversations[0], accepted.conversations[1]);
    assert_eq!(b.accept([message("d")]).await.conversations, accepted.conversations[..1]);
}

/// Every payload is accepted and returned byte for byte.
pub async fn payloads_are_stored_unchanged(b: Fixture) {
    let odd = InboxMessage {
        body: Bytes::from_static(b"{\"text\":\"\0\xff\xfe\xed\xa0\x80\"}"),
        kind: "odd\0'kind".into(),
        sender: phone("34600000001").name("a\0b'); --\u{202e}"),
        ..message("wamid.\0'")
    };
    let claim = b.turn(odd.clone()).await;
    let pending = &claim.pending[0];
    assert_eq!((&pending.body, &pending.kind, &pending.id), (&odd.body, &odd.kind, &odd.id));
    assert_eq!(pending.sender.name, odd.sender.name);
    assert_eq!((pending.sent_at, pending.age), (odd.sent_at, secs(0)));
    b.pass(7);
    assert_eq!(b.store.pending_messages(&claim.lease).await.unwrap()[0].age, secs(7));
    assert_eq!(b.accept([odd]).await.duplicates, 1);
}

/// A batch without items is not an error.
pub async fn an_empty_batch_is_accepted(b: Fixture) {
    assert_eq!(b.store.accept(Vec::new()).await.unwrap(), waxwing_store::AcceptSummary::default());
}

/// A conversation belongs to one business number and one user or group.
pub async fn conversations_are_separate(b: Fixture) {
    let ana = || hidden("ES.1");
    let direct = b.receive(from(ana(), "a")).await;
    let group = b.receive(in_group("g1", from(ana(), "b"))).await;
    let other_group = b.receive(in_group("g2", from(ana(), "c"))).await;
    let elsewhere = b.receive(InboxMessage { number: other_number(), ..from(ana(), "d") }).await;
    let mut all = vec![direct, group, other_group, elsewhere];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4);
    // All participants of a group share one conversation.
    assert_eq!(b.receive(in_group("g1", from(hidden("ES.2"), "e"))).await, group);
    let claims = b.claims(10).await;
    let claim = claims.iter().find(|claim| claim.conversation.id == group).unwrap();
    assert!(matches!(&claim.conversation.peer, Peer::Group(id) if id.as_str() == "g1"));
    let senders: Vec<_> = claim.pending.iter().map(|message| message.sender.label()).collect();
    assert_eq!(senders, ["ES.1", "ES.2"]);
    assert_eq!(claims.len(), 3);
    assert_eq!(b.store.claim_turns(&[other_number()], 10, LEASE).await.unwrap().claimed.len(), 1);
}

/// A conversation that waits for a retry stays delayed. An idle conversation is due at once.
pub async fn a_message_does_not_shorten_a_backoff(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.store.release(&claim.lease, TurnRelease::new(secs(60), ReleaseReason::RunFailed)).await.unwrap();
    b.receive(message("b")).await;
    b.pass(59);
    assert!(b.claims(1).await.is_empty());
    b.pass(1);
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), 2);
    b.answer(&claim, "run", &[]).await;
    b.pass(1);
    b.turn(message("c")).await;
}

/// Concurrent callers lose no message and store none twice.
pub async fn concurrent_batches_are_stored_once(b: Fixture) {
    let mut tasks = Vec::new();
    for task in 0..16_usize {
        let store = b.store.clone();
        // Two callers deliver each message.
        let batch = [task / 2, 8 + task].map(|n| WebhookItem::Message(from(phone(&n.to_string()), &n.to_string())));
        tasks.push(tokio::spawn(async move { store.accept(batch.into()).await.unwrap() }));
    }
    let mut messages = 0;
    for task in tasks {
        messages += task.await.unwrap().messages;
    }
    assert_eq!(messages, 24);
    let claims = b.store.claim_turns(&[number()], 100, Duration::from_secs(1)).await.unwrap();
    assert_eq!(claims.claimed.len(), 24);
    assert!(claims.claimed.iter().all(|claim| claim.pending.len() == 1));
}
