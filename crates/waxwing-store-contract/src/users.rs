//! Reports on users, erasure.

use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{
    ConversationFilter, ConversationId, Error, IdentityChange, NewLogEntry, QuarantinedItem, Retention, RunId, RunRef,
    SendAttempt, SessionWrite, StatusKind, StepKey, TOOL_ROUND, TRANSCRIPT, TurnCommit, UserKey, WebhookItem,
};
use waxwing_types::{Bsuid, UserProfile, WaId};

use crate::fixture::{
    Fixture, accepted, all_writes_are_refused, answer, both, entry, from, hidden, in_group, lost, phone, picture,
    status, status_of,
};

const ANA: &str = "34600000001";

fn ana() -> UserProfile {
    both(ANA, "ES.1").name("Ana").username("ana.b")
}

fn key() -> UserKey {
    UserKey::Phone(WaId::new(ANA))
}

/// Answers a message of a user with a picture and a text, and writes to the session. Returns the first attempt.
async fn converse(b: &Fixture, sender: UserProfile, id: &str) -> (ConversationId, SendAttempt) {
    let claim = b.turn(from(sender, id)).await;
    let session = b.store.session(&claim.lease, "agent", "label", 1).await.unwrap();
    let write = SessionWrite {
        id: session.id,
        state: Some(Bytes::from_static(b"state")),
        memory: Some(Bytes::from_static(b"memory")),
    };
    let reply = vec![picture("look"), crate::fixture::text("bye")];
    let log = vec![entry("entry")];
    let commit = TurnCommit { session: Some(write), log, reply, ..answer(&claim, &format!("run of {id}"), &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    (claim.conversation.id, b.send().await)
}

fn part(body: &str) -> WebhookItem {
    WebhookItem::Quarantined(QuarantinedItem { number: None, reason: "odd".into(), body: Bytes::from(body.to_owned()) })
}

/// A report covers conversations, sessions, memories and group messages.
pub async fn a_user_report_counts_stored_data(b: Fixture) {
    assert!(matches!(b.store.user_report(&key()).await, Err(Error::NotFound)));
    let (conversation, _) = converse(&b, ana(), "a").await;
    b.receive(in_group("g", from(ana(), "b"))).await;
    b.receive(from(phone("2"), "c")).await;
    let record = b.store.user_report(&key()).await.unwrap();
    assert_eq!(record, b.store.user_report(&key()).await.unwrap());
    let [user] = &record.users[..] else { panic!("{record:?}") };
    assert_eq!((user.identity.name.as_deref(), user.identity.username.as_deref()), (Some("Ana"), Some("ana.b")));
    let [found] = &record.conversations[..] else { panic!("{record:?}") };
    assert_eq!((found.row.id, found.received, found.sent, record.group_messages), (conversation, 1, 2, 1));
    let [session] = &found.sessions[..] else { panic!("{record:?}") };
    assert_eq!((session.agent.as_str(), found.entries, session.is_current), ("agent", 2, true));
    assert_eq!(session.state.as_deref(), Some(&b"state"[..]));
    assert_eq!(found.memories, [("agent".to_owned(), Bytes::from_static(b"memory"))]);
}

/// Nothing is found of an erased user, and nothing is sent to the user.
pub async fn an_erased_user_is_gone(b: Fixture) {
    let (conversation, send) = converse(&b, ana(), "a").await;
    b.record(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Sent, "wamid.1")).await;
    b.store.accept(vec![part(r#"{"wa_id":"34600000001"}"#), part(r#"{"user_id":"ES.1"}"#)]).await.unwrap();
    let forgotten = b.store.erase_user(&key()).await.unwrap();
    assert_eq!(forgotten.conversations, [conversation]);
    let counts = (forgotten.received, forgotten.sent, forgotten.statuses, forgotten.sessions, forgotten.quarantine);
    assert_eq!(counts, (1, 2, 1, 1, 2));
    assert!(matches!(b.store.user_report(&key()).await, Err(Error::NotFound)));
    assert!(matches!(b.store.erase_user(&key()).await, Err(Error::NotFound)));
    assert!(matches!(b.store.outbox_record(send.id).await, Err(Error::NotFound)));
    assert!(matches!(b.store.requeue(send.id).await, Err(Error::NotFound)));
    assert_eq!(b.rows().await, []);
    assert_eq!(b.no_send().await, None);
    assert_eq!(b.store.conversations(&ConversationFilter::All, 10).await.unwrap(), []);
    // A repeated webhook is still a duplicate.
    assert_eq!(b.accept([from(ana(), "a")]).await.duplicates, 1);
}

/// Data of other users is unchanged.
pub async fn other_users_are_not_erased(b: Fixture) {
    let (others, send) = converse(&b, both("346000000011", "ES.11"), "o").await;
    b.record(&send, accepted("wamid.o")).await;
    b.status(status(StatusKind::Sent, "wamid.o")).await;
    b.store.accept(vec![part(r#"{"wa_id":"346000000011","user_id":"ES.11"}"#)]).await.unwrap();
    let (_, theirs) = converse(&b, hidden("ES.2"), "p").await;
    let before = b.store.user_report(&UserKey::Bsuid(Bsuid::new("ES.11"))).await.unwrap();
    converse(&b, ana(), "a").await;
    let forgotten = b.store.erase_user(&key()).await.unwrap();
    assert_eq!((forgotten.statuses, forgotten.quarantine), (0, 0));
    assert_eq!(b.store.user_report(&UserKey::Bsuid(Bsuid::new("ES.11"))).await.unwrap(), before);
    assert_eq!(b.store.outbox_record(send.id).await.unwrap().deliveries.len(), 2);
    b.record(&theirs, accepted("wamid.p")).await;
    assert_eq!(b.rows().await.iter().filter(|row| row.conversation == others).count(), 2);
    assert_eq!(b.turn(from(hidden("ES.2"), "q")).await.pending.len(), 1);
}

/// A former owner without a BSUID is known by the phone number only.
pub async fn a_phone_number_is_erased_with_its_former_owner(b: Fixture) {
    let former = b.receive(from(phone(ANA), "a")).await;
    let known = b.receive(from(hidden("ES.1"), "b")).await;
    // Now the phone number belongs to the user with the BSUID.
    b.receive(from(both(ANA, "ES.1"), "c")).await;
    let record = b.store.user_report(&key()).await.unwrap();
    assert_eq!((record.users.len(), record.conversations.len()), (2, 2));
    let mut forgotten = b.store.erase_user(&key()).await.unwrap().conversations;
    forgotten.sort();
    assert_eq!(forgotten, [former, known]);
    assert!(b.claims(10).await.is_empty());
}

/// An erasure covers data under former ids.
pub async fn a_merged_user_is_erased_with_the_old_identity(b: Fixture) {
    let old = b.receive(from(hidden("ES.0"), "a")).await;
    let new = b.receive(from(hidden("ES.1"), "b")).await;
    let change = IdentityChange { old: hidden("ES.0"), new: hidden("ES.1"), at: 4_000_000_000, body: Bytes::new() };
    b.store.accept(vec![WebhookItem::IdentityChange(change)]).await.unwrap();
    // Quarantined items name the user by current and former ids.
    let parts = ["ES.0", "ES.1", "ES.2"].map(|id| part(&format!(r#"{{"user_id":"{id}"}}"#)));
    b.store.accept(parts.to_vec()).await.unwrap();
    let key = UserKey::Bsuid(Bsuid::new("ES.1"));
    assert_eq!(b.store.user_report(&key).await.unwrap().users.len(), 2);
    assert_eq!(b.store.conversations(&ConversationFilter::User(key.clone()), 10).await.unwrap().len(), 1);
    let mut forgotten = b.store.erase_user(&key).await.unwrap();
    forgotten.conversations.sort();
    assert_eq!((forgotten.conversations, forgotten.received, forgotten.quarantine), (vec![old, new], 2, 2));
    assert_eq!(b.store.conversations(&ConversationFilter::All, 10).await.unwrap(), []);
}

/// Running turns and attempts cannot write any more.
pub async fn a_turn_of_an_erased_user_is_lost(b: Fixture) {
    let (_, send) = converse(&b, ana(), "a").await;
    let claim = b.turn(from(ana(), "b")).await;
    b.store.erase_user(&key()).await.unwrap();
    all_writes_are_refused(&b, &claim.lease, &claim).await;
    lost(&b.store.record_outcome(&send, crate::fixture::dead(), crate::fixture::REQUEST).await);
    lost(&b.store.record_upload(&send, &waxwing_types::MediaId::new("7"), &[7; 32]).await);
    // A new conversation does not reuse the key of the erased one.
    let new = b.turn(from(phone("2"), "c")).await;
    assert_ne!(new.conversation.id, claim.conversation.id);
    all_writes_are_refused(&b, &claim.lease, &claim).await;
}

/// The history of a group keeps the messages of other members without the ids of an erased user, whom they quoted.
pub async fn quotes_in_a_group_lose_the_ids_of_an_erased_user(b: Fixture) {
    let body = r#"{"context":{"from":"34600000001","from_user_id":"ES.1","id":"a"},"text":"no, 34600000011"}"#;
    let quoting = waxwing_store::InboxMessage { body: body.into(), ..from(phone("2"), "b") };
    b.accept([in_group("g", from(ana(), "a")), in_group("g", quoting)]).await;
    let claim = b.claim().await;
    b.answer(&claim, "1", &[]).await;
    b.store.erase_user(&key()).await.unwrap();
    let entries = b.store.conversation_log(claim.conversation.id, None, 9).await.unwrap();
    let expected = r#"{"context":{"from":"0","from_user_id":"0","id":"a"},"text":"no, 34600000011"}"#;
    assert_eq!(entries.iter().map(|entry| &entry.content[..]).collect::<Vec<_>>(), [expected.as_bytes()]);
}

/// A member who was mentioned and never wrote is hidden, too.
pub async fn mentions_in_a_group_lose_the_ids_of_an_erased_user(b: Fixture) {
    b.receive(from(ana(), "a")).await;
    let mention = waxwing_store::InboxMessage { body: r#"{"text":"@34600000001?"}"#.into(), ..from(phone("2"), "b") };
    let group = b.receive(in_group("g", mention)).await;
    b.store.erase_user(&key()).await.unwrap();
    let entries = b.store.conversation_log(group, None, 9).await.unwrap();
    assert_eq!(entries.iter().map(|entry| &entry.content[..]).collect::<Vec<_>>(), [br#"{"text":"@0?"}"#]);
}

/// The run of the group is repeated with the messages of the other users.
pub async fn a_group_continues_after_an_erasure(b: Fixture) {
    b.accept([in_group("g", from(ana(), "a")), in_group("g", from(phone("2"), "b"))]).await;
    let claim = b.claim().await;
    let messages: Vec<_> = claim.pending.iter().map(|message| message.seq).collect();
    let run = RunId("run".into());
    let run = RunRef { lease: &claim.lease, run: &run, messages: &messages, agent: "shop" };
    b.store.begin_step(run, &StepKey { name: "step".into(), nth: 0 }).await.unwrap();
    let forgotten = b.store.erase_user(&key()).await.unwrap();
    assert_eq!((forgotten.conversations, forgotten.received), (vec![claim.conversation.id], 1));
    all_writes_are_refused(&b, &claim.lease, &claim).await;
    let again = b.claim().await;
    assert_eq!(again.pending.len(), 1);
    assert_eq!((again.pending[0].id.as_str(), &again.pending[0].run), ("b", &None));
    assert!(b.store.steps(&again.lease, &RunId("run".into())).await.unwrap().is_empty());
}

/// Messages of other users and answers remain. Results of tools and transcripts of the runs that answered the user are removed.
pub async fn group_history_of_an_erased_user_is_removed(b: Fixture) {
    b.accept([in_group("g", from(ana(), "a")), in_group("g", from(phone("2"), "b"))]).await;
    let claim = b.claim().await;
    let kind = |kind: &str, text| NewLogEntry { kind: kind.into(), ..entry(text) };
    let log = vec![kind(TRANSCRIPT, "spoken"), kind(TOOL_ROUND, "looked up"), entry("the answer")];
    b.store.commit_turn(&claim.lease, TurnCommit { log, ..answer(&claim, "run", &[]) }).await.unwrap();
    let report = b.store.erase_user(&key()).await.unwrap();
    assert_eq!((report.received, report.entries), (1, 3));
    let claim = b.turn(in_group("g", from(phone("2"), "c"))).await;
    let entries = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap().entries;
    let said: Vec<_> = entries.iter().map(|entry| &entry.content[..]).collect();
    assert_eq!(said, [&b"the body of b"[..], b"the answer"]);
}

/// A late status names the erased user.
pub async fn a_status_after_an_erasure_is_not_stored(b: Fixture) {
    let (_, send) = converse(&b, ana(), "a").await;
    b.record(&send, accepted("wamid.1")).await;
    b.store.erase_user(&key()).await.unwrap();
    assert!(!b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await);
    b.pass(60);
    let keep = Retention { outbox: Some(Duration::ZERO), ..Retention::default() };
    assert_eq!(b.store.apply_retention(&keep, 100).await.unwrap().statuses, 0);
}

/// A user who writes after an erasure has no history.
pub async fn a_returning_user_is_new(b: Fixture) {
    let (before, _) = converse(&b, ana(), "a").await;
    b.store.erase_user(&key()).await.unwrap();
    let claim = b.turn(from(ana(), "b")).await;
    assert_ne!(claim.conversation.id, before);
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    assert_eq!((session.entries.len(), session.state, session.memory), (0, None, None));
    b.answer(&claim, "run", &["hello"]).await;
    assert_eq!(b.send().await.to, WaId::new(ANA).into());
}
