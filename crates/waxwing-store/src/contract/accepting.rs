//! What is taken in, and what is known already.

use std::time::Duration;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, UserProfile};

use super::bench::{Bench, LEASE, from, hidden, in_group, message, number, other_number, phone, secs};
use crate::{Disposition, InboxMessage, Peer, QuarantinedItem, WebhookItem};

/// A message is known by its number and id.
pub async fn a_message_is_taken_in_once(b: Bench) {
    let first = b.accept([message("a"), message("a"), message("b")]).await;
    assert_eq!((first.messages, first.duplicates), (2, 1));
    let again = b.accept([message("a")]).await;
    assert_eq!((again.messages, again.duplicates, again.conversations.len()), (0, 1, 0));
    let elsewhere = b.accept([InboxMessage { number: other_number(), ..message("a") }]).await;
    assert_eq!((elsewhere.messages, elsewhere.duplicates), (1, 0));
}

/// An outcome does not make a repeat look new.
pub async fn an_answered_message_is_still_known(b: Bench) {
    let claim = b.turn(message("a")).await;
    b.answer(&claim, "run", &[]).await;
    b.pass(8 * 24 * 3600);
    assert_eq!(b.accept([message("a")]).await.duplicates, 1);
    assert!(b.claims(1).await.is_empty());
}

/// A part without an id is known by its bytes.
pub async fn a_part_is_set_aside_once(b: Bench) {
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

/// Nobody can be answered who is not named.
pub async fn a_message_without_a_sender_is_set_aside(b: Bench) {
    let nobody = || from(UserProfile::default(), "a");
    let accepted = b.accept([nobody(), message("b")]).await;
    assert_eq!((accepted.messages, accepted.duplicates, accepted.conversations.len()), (1, 0, 1));
    assert_eq!(b.accept([nobody()]).await.duplicates, 1);
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// A message that is stored with its outcome is no work.
pub async fn an_ignored_message_wakes_nobody(b: Bench) {
    let ignored = || InboxMessage { disposition: Disposition::Ignored("reaction".into()), ..message("a") };
    let accepted = b.accept([ignored()]).await;
    assert_eq!((accepted.messages, accepted.conversations.len()), (1, 0));
    assert!(b.claims(1).await.is_empty());
    assert_eq!(b.accept([ignored()]).await.duplicates, 1);
    // Nor does it come along with what is work.
    assert_eq!(b.turn(message("b")).await.pending.len(), 1);
}

/// A batch may hold several messages of a conversation.
pub async fn each_conversation_is_named_once(b: Bench) {
    let batch = [message("a"), from(phone("34600000002"), "b"), message("c")];
    let accepted = b.accept(batch).await;
    assert_eq!((accepted.messages, accepted.conversations.len()), (3, 2));
    assert_ne!(accepted.conversations[0], accepted.conversations[1]);
    assert_eq!(b.accept([message("d")]).await.conversations, accepted.conversations[..1]);
}

/// Nothing in a payload can be refused, nor is it changed.
pub async fn payloads_are_kept_as_they_came(b: Bench) {
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
    assert_eq!((pending.sent_at, pending.received_at), (odd.sent_at, b.now()));
    assert_eq!(b.accept([odd]).await.duplicates, 1);
}

/// An empty delivery is no error.
pub async fn an_empty_batch_is_taken_in(b: Bench) {
    assert_eq!(b.store.accept(Vec::new()).await.unwrap(), crate::AcceptSummary::default());
}

/// A conversation belongs to one number and one user or group.
pub async fn conversations_are_kept_apart(b: Bench) {
    let ana = || hidden("ES.1");
    let direct = b.say(from(ana(), "a")).await;
    let group = b.say(in_group("g1", from(ana(), "b"))).await;
    let other_group = b.say(in_group("g2", from(ana(), "c"))).await;
    let elsewhere = b.say(InboxMessage { number: other_number(), ..from(ana(), "d") }).await;
    let mut all = vec![direct, group, other_group, elsewhere];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4);
    // In a group everybody writes to the same conversation.
    assert_eq!(b.say(in_group("g1", from(hidden("ES.2"), "e"))).await, group);
    let claims = b.claims(10).await;
    let claim = claims.iter().find(|claim| claim.conversation.id == group).unwrap();
    assert!(matches!(&claim.conversation.peer, Peer::Group(id) if id.as_str() == "g1"));
    let senders: Vec<_> = claim.pending.iter().map(|message| message.sender.label()).collect();
    assert_eq!(senders, ["ES.1", "ES.2"]);
    assert_eq!(claims.len(), 3);
    assert_eq!(b.store.claim_turns(&[other_number()], 10, LEASE).await.unwrap().claimed.len(), 1);
}

/// What waits for a retry goes on waiting, and what is idle is due at once.
pub async fn a_message_does_not_shorten_a_backoff(b: Bench) {
    let claim = b.turn(message("a")).await;
    b.store.release(&claim.lease, secs(60), true).await.unwrap();
    b.say(message("b")).await;
    b.pass(59);
    assert!(b.claims(1).await.is_empty());
    b.pass(1);
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), 2);
    b.answer(&claim, "run", &[]).await;
    b.pass(1);
    b.turn(message("c")).await;
}

/// Many callers at once lose nothing and double nothing.
pub async fn concurrent_batches_are_taken_in_once(b: Bench) {
    let mut tasks = Vec::new();
    for task in 0..16_usize {
        let store = b.store.clone();
        // Each message is delivered by two of the callers.
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
